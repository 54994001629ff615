"""Logging in, being refused, and how a session ends (R-2.4.4, R-2.4.7, R-2.4.8)."""

from typing import Any

import pytest
from playwright.async_api import Error, expect

from jsrs_portal.catalog.demo import DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import login as rules
from jsrs_portal.domain.masking import mask_name, mask_phone, mask_resident_id
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import PASSWORD, fill_login, log_in_person, log_in_unit, log_out, solve_puzzle

pytestmark = pytest.mark.asyncio(loop_scope="session")

MASKED = (mask_name(DEMO_PERSON.name), mask_phone(DEMO_PERSON.mobile))
"""The demonstration's person as the portal shows them to themselves."""
UNKNOWN_UNIT = "91320100MA7YYYY05U"
UNKNOWN_PERSON = "13805150599"
WRONG = {
    "password": (DEMO_UNIT.uscc, DEMO_PERSON.mobile, PASSWORD),
    "person": (DEMO_UNIT.uscc, UNKNOWN_PERSON, DEMO_PASSWORD),
    "unit": (UNKNOWN_UNIT, DEMO_PERSON.mobile, DEMO_PASSWORD),
    "nonsense": ("甲' OR 1=1 --", "%", "x"),
}


async def leave_idle(visitor: Visitor, *, minutes: int = 31, column: str = "last_active_at") -> None:
    """Age this person's open sessions."""
    visitor.database.change(
        f"UPDATE user_sessions SET {column} = strftime('%Y-%m-%d %H:%M:%f', {column}, '-{minutes} minutes')"
        " WHERE ended_at IS NULL AND id = (SELECT id FROM user_sessions ORDER BY created_at DESC LIMIT 1)"
    )


async def until_noticed(visitor: Visitor) -> None:
    """Open the unit's page until the server, which believes a session for five seconds, asks again."""
    for _ in range(40):
        try:
            await visitor.page.goto("/unit/info")
        except Error as failure:
            if "ERR_ABORTED" not in str(failure):  # the page was just leaving by itself
                raise
        shown = visitor.page.locator("main dt").or_(visitor.page.get_by_text("请重新登录"))
        await expect(shown.first).to_be_visible()
        if visitor.path == "/login":
            return
        await visitor.page.wait_for_timeout(250)
    raise AssertionError("the session does not end")


@pytest.mark.req("R-2.4.4")
async def test_nothing_filled_in(visitor: Visitor) -> None:
    await visitor.open("/login")
    await visitor.press("登录")
    await visitor.refused(
        account="请输入统一社会信用代码、单位编号或机构编号。",
        identifier="请输入证件号码或移动电话。",
        password="请输入密码。",
    )


@pytest.mark.req("R-2.4.4")
async def test_nothing_filled_in_by_a_person(visitor: Visitor) -> None:
    await visitor.open("/login")
    await visitor.press("个人登录")
    await visitor.press("登录")
    summary = visitor.page.locator("#errors")
    await visitor.sees("请输入证件号码或移动电话。", "请输入密码。", inside=summary)
    for label, sentence in (("证件号码/移动电话", "请输入证件号码或移动电话。"), ("密码", "请输入密码。")):
        await summary.get_by_role("link", name=sentence).click()
        await visitor.has_focus(visitor.field(label))
        await expect(visitor.field(label)).to_have_attribute("aria-invalid", "true")


@pytest.mark.req("R-2.4.7")
@pytest.mark.parametrize("typed", WRONG.values(), ids=WRONG)
async def test_whatever_is_wrong_the_answer_is_the_same(visitor: Visitor, typed: tuple[str, str, str]) -> None:
    await visitor.open("/login")
    await fill_login(visitor, *typed)
    await visitor.sees(rules.WRONG)
    visitor.stored([], "SELECT 1 FROM login_tickets")


@pytest.mark.req("R-2.4.7")
async def test_a_refusal_is_read_out(visitor: Visitor) -> None:
    """What appears without a change of focus must stand in a live region (WCAG 4.1.3)."""
    await visitor.open("/login")
    await fill_login(visitor, *WRONG["password"])
    await visitor.sees(rules.WRONG)
    said = visitor.page.get_by_text(rules.WRONG).first
    announced = await said.evaluate(
        "e => Boolean(e.closest('[role=alert],[role=status],[aria-live]') || e.closest('[tabindex]') "
        "&& e.closest('[tabindex]') === document.activeElement)"
    )
    assert announced, "nobody who cannot see it learns of it"


async def fail_five_times(visitor: Visitor, account: str, identifier: str) -> None:
    """Type wrong passwords; the fourth and the fifth are compared after a puzzle."""
    for attempt in range(5):
        await fill_login(visitor, account, identifier, f"{PASSWORD}{attempt}")
        if attempt >= frequency.PUZZLE_AFTER:
            await solve_puzzle(visitor)
        await visitor.sees(rules.WRONG)
        await expect(visitor.button("登录")).to_be_enabled()


@pytest.mark.req("R-2.4.7")
async def test_five_failures_lock_the_pair_and_nobody_else(visitor: Visitor, arrive: Arrive) -> None:
    await visitor.open("/login")
    await fail_five_times(visitor, DEMO_UNIT.uscc, DEMO_PERSON.mobile)
    await fill_login(visitor, DEMO_UNIT.uscc, DEMO_PERSON.mobile, DEMO_PASSWORD)
    await visitor.sees(frequency.LOGIN_TYPED.sentence.format(minutes=15))
    other = await arrive()
    await other.open("/login")  # the same person under another name: refused, and not even told that it is locked
    await fill_login(other, DEMO_UNIT.uscc, DEMO_PERSON.id_number, DEMO_PASSWORD)
    await other.sees(rules.WRONG)
    other.stored([], "SELECT 1 FROM login_tickets")
    await log_in_person(other)


@pytest.mark.req("R-2.4.7")
async def test_an_unknown_account_is_locked_alike(visitor: Visitor) -> None:
    await visitor.open("/login")
    await fail_five_times(visitor, UNKNOWN_UNIT, UNKNOWN_PERSON)
    await fill_login(visitor, UNKNOWN_UNIT, UNKNOWN_PERSON, PASSWORD)
    await visitor.sees(frequency.LOGIN_TYPED.sentence.format(minutes=15))


@pytest.mark.req("R-2.4.7")
async def test_an_address_with_many_failures_is_throttled(visitor: Visitor) -> None:
    await visitor.open("/login")
    await fill_login(visitor, UNKNOWN_UNIT, UNKNOWN_PERSON, PASSWORD)
    await visitor.sees(rules.WRONG)
    visitor.database.change("UPDATE counters SET count = 50")
    await fill_login(visitor, DEMO_UNIT.uscc, DEMO_PERSON.mobile, DEMO_PASSWORD)
    await visitor.sees(frequency.LOGIN_SOURCE.sentence.format(minutes=15))


@pytest.mark.req("R-2.4.4")
async def test_a_person_lands_in_the_personal_centre(visitor: Visitor) -> None:
    await log_in_person(visitor, DEMO_PERSON.id_number.lower())
    await visitor.heading("个人中心")
    await visitor.sees("个人信息", *MASKED, mask_resident_id(DEMO_PERSON.id_number), "居民身份证")
    visitor.never_received(DEMO_PERSON.name, DEMO_PERSON.id_number, DEMO_PERSON.mobile)
    await visitor.page.goto("/unit")
    await visitor.heading("没有权限")


@pytest.mark.req("R-2.4.4")
async def test_login_leads_to_where_one_was_going(visitor: Visitor) -> None:
    await visitor.open("/unit/agents", arrives_at="/login")
    await fill_login(visitor, DEMO_UNIT.uscc, DEMO_PERSON.mobile, DEMO_PASSWORD)
    await visitor.arrived("/unit/agents")
    await visitor.heading("经办人管理")


@pytest.mark.req("R-2.4.4")
@pytest.mark.parametrize("foreign", ["https://example.org/unit", "//example.org", "/\\example.org", "/session/ended"])
async def test_login_leads_nowhere_else(visitor: Visitor, foreign: str) -> None:
    await visitor.open(f"/login?next={foreign}")
    await fill_login(visitor, DEMO_UNIT.uscc, DEMO_PERSON.mobile, DEMO_PASSWORD)
    await visitor.arrived("/unit")
    await visitor.heading("单位主页")


@pytest.mark.req("R-2.4.4")
@pytest.mark.parametrize("path", ["/unit", "/unit/settings", "/my"])
async def test_a_visitor_is_sent_to_login(visitor: Visitor, path: str) -> None:
    await visitor.open(path, arrives_at="/login")
    await visitor.heading("登录")
    await visitor.does_not_see(*MASKED)


@pytest.mark.req("R-2.4.4")
async def test_every_way_of_logging_in_is_offered(visitor: Visitor) -> None:
    await visitor.open("/login")
    await visitor.press("CA")
    await visitor.sees("请插入CA登录", "如果您还未下载驱动,请先下载驱动")
    await visitor.press("账号密码")
    await visitor.field("密码").wait_for()
    await visitor.sees("没有账号?立即注册", "地市历史用户升级", "忘记密码?", "省政务登录", "电子营业执照登录")


@pytest.mark.req("R-2.4.8")
async def test_the_cookie_cannot_be_read_and_changes_with_login(visitor: Visitor) -> None:
    await visitor.open("/login")
    before = await visitor.session_cookie()
    await log_in_unit(visitor)
    inside = await visitor.session_cookie()
    assert inside["httpOnly"]
    assert inside["sameSite"] == "Lax"
    assert inside["expires"] == -1
    assert inside["value"] != before["value"]
    assert await visitor.page.evaluate("document.cookie") == ""
    stored = await visitor.page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert inside["value"] not in stored
    visitor.stored([(0,)], "SELECT count(*) FROM user_sessions WHERE token_hash = ?", inside["value"])
    await log_out(visitor)
    after = await visitor.session_cookie()
    assert after["value"] not in (before["value"], inside["value"])


@pytest.mark.req("R-2.4.8")
async def test_the_cookie_of_a_session_that_ended_is_worth_nothing(visitor: Visitor, arrive: Arrive) -> None:
    await log_in_unit(visitor)
    stolen = await visitor.context.storage_state()
    await log_out(visitor)
    thief = await arrive(storage_state=stolen)
    await thief.open("/unit", arrives_at="/login")
    await thief.sees("您已安全退出")
    thief.never_received(DEMO_UNIT.name, *MASKED)


@pytest.mark.req("R-2.4.8")
async def test_an_idle_session_ends(visitor: Visitor) -> None:
    await log_in_unit(visitor)
    await leave_idle(visitor)
    await until_noticed(visitor)
    await visitor.sees("您已较长时间没有操作，为保护账户安全已自动退出，请重新登录。")
    await visitor.sees("请登录")
    await log_in_unit(visitor)


@pytest.mark.req("R-2.4.8")
async def test_a_session_ends_after_twelve_hours(visitor: Visitor) -> None:
    await log_in_unit(visitor)
    await leave_idle(visitor, minutes=12 * 60 + 1, column="expires_at")
    await until_noticed(visitor)
    await visitor.sees("本次登录已达到最长时间，请重新登录。")


@pytest.mark.req("R-2.4.8")
async def test_logging_out_in_one_tab_ends_the_others(visitor: Visitor) -> None:
    await log_in_unit(visitor)
    tab = await visitor.another_tab()
    await tab.open("/unit/info")
    await tab.sees(DEMO_UNIT.uscc)
    await log_out(visitor)
    await tab.arrived("/login")  # by itself: what it showed is for nobody who sits there now
    await tab.sees("您好!")
    await tab.does_not_see(*MASKED)


@pytest.mark.req("R-2.4.4")
async def test_whoever_is_signed_in_does_not_log_in_again(member: Visitor) -> None:
    await member.open("/login", arrives_at="/unit")
    await member.heading("单位主页")


@pytest.mark.req("R-2.4.4")
async def test_two_people_in_two_browsers_do_not_meet(member: Visitor, arrive: Arrive, unit_cookies: Any) -> None:
    await member.open("/unit")
    await member.sees(DEMO_UNIT.name)
    stranger = await arrive()
    await stranger.open("/")
    token = await member.page.evaluate("sessionStorage.getItem('token')")
    assert token
    await stranger.page.evaluate("token => sessionStorage.setItem('token', token)", token)
    await stranger.open("/unit", arrives_at="/login")
    await stranger.sees("您好!")
    stranger.never_received(DEMO_UNIT.name, *MASKED)


@pytest.mark.req("R-2.4.1")
async def test_in_large_print_on_a_phone_every_way_is_in_sight(visitor: Visitor) -> None:
    await visitor.page.set_viewport_size({"width": 360, "height": 740})
    await visitor.page.add_init_script("localStorage.setItem('print', 'large')")
    await visitor.open("/login")
    row = await visitor.page.get_by_role("group", name="单位登录方式").bounding_box()
    assert row is not None
    for name in ("CA", "扫码登录", "账号密码"):
        box = await visitor.button(name).bounding_box()
        assert box is not None
        assert row["x"] - 1 <= box["x"], name
        assert box["x"] + box["width"] <= row["x"] + row["width"] + 1, name


@pytest.mark.req("R-2.4.1")
async def test_two_sides_three_ways_the_other_ways_and_the_links(visitor: Visitor) -> None:
    """By keyboard: every side and way is a button, and only the chosen one shows its form."""
    await visitor.open("/login")
    sides = visitor.page.get_by_role("group", name="登录身份").get_by_role("button")
    ways = visitor.page.get_by_role("group", name="单位登录方式").get_by_role("button")
    await expect(sides).to_have_text(["个人登录", "单位登录"])
    await expect(ways).to_have_text(["CA", "扫码登录", "账号密码"])
    for name, shown in (("CA", "CA"), ("扫码登录", "如何扫码?"), ("账号密码", "忘记密码?")):
        await ways.filter(has_text=name).focus()
        await visitor.page.keyboard.press("Enter")
        await expect(ways.and_(visitor.page.locator("[aria-pressed=true]"))).to_have_text([name])
        await visitor.sees(shown, "其他登录方式", "省政务登录", "电子营业执照登录")
    await expect(visitor.field("密码")).to_have_attribute("placeholder", "请输入密码")
    for name, path in (("没有账号?立即注册", "/register/unit"), ("地市历史用户升级", "/upgrade")):
        await expect(visitor.link(name)).to_have_attribute("href", path)
    await sides.filter(has_text="个人登录").focus()
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.field("统一社会信用代码/单位编号/机构编号")).to_be_hidden()
    await expect(visitor.link("没有账号?立即注册")).to_have_attribute("href", "/register/person")
    await visitor.does_not_see("扫码登录", "地市历史用户升级")


@pytest.mark.req("R-2.4.1")
async def test_what_was_wrong_with_one_way_is_not_said_of_another(visitor: Visitor) -> None:
    await visitor.open("/login")
    await fill_login(visitor, DEMO_UNIT.uscc, DEMO_PERSON.mobile, "Not-the-password-1")
    await visitor.sees("密码不正确，请核对后重新输入")
    await visitor.press("扫码登录")
    await visitor.sees("等待扫码")
    await visitor.does_not_see("密码不正确")
    await visitor.press("账号密码")
    await visitor.press("登录")
    await visitor.sees("请先改正以下内容")
    await visitor.press("CA")
    await visitor.sees("请插入CA登录")
    await visitor.does_not_see("请先改正以下内容")
