"""Where one is logged in, the warning before a session ends, and "this was not me" (R-2.4.8)."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Locator, expect

from jsrs_portal.catalog.demo import DEMO_INSTITUTION_ADMIN, DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.domain import login as rules
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.domain.sessions import END_LABELS, END_SENTENCES, SessionEnd
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import HE, fill_login, log_in_person, log_in_unit, register_person
from tests.e2e.test_pages import examine

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.4.8")]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
ENDS = "即将自动退出"


def warning(visitor: Visitor) -> Locator:
    """Return the dialog that warns."""
    return visitor.page.get_by_role("dialog", name=ENDS)


def living(visitor: Visitor) -> Locator:
    """Return the rows of the sessions that live."""
    return visitor.page.locator("section").filter(has_text="正在使用的登录").get_by_role("listitem")


def age(visitor: Visitor, seconds: int, column: str = "last_active_at") -> None:
    """Let the newest session be older by so much."""
    visitor.database.change(
        f"UPDATE user_sessions SET {column} = strftime('%Y-%m-%d %H:%M:%f', {column}, '-{seconds} seconds')"
        " WHERE id = (SELECT id FROM user_sessions ORDER BY created_at DESC LIMIT 1)"
    )


async def another_log_in(arrive: Arrive, **options: Any) -> Visitor:
    """Log the demonstration's person in with another browser."""
    other = await arrive(**options)
    await log_in_person(other)
    return other


# The list


async def test_two_browsers_and_ending_one_of_them(visitor: Visitor, arrive: Arrive) -> None:
    visitor.database.change("UPDATE user_sessions SET ended_at = created_at, ended_because = 'LOGOUT'")
    lost = await another_log_in(arrive, user_agent=FIREFOX)
    await log_in_person(visitor)
    await visitor.follow("登录设备", "/sessions")
    await visitor.heading("登录设备")
    await expect(living(visitor)).to_have_count(2)
    current, other = living(visitor).nth(0), living(visitor).nth(1)
    await visitor.sees("Chrome · Linux", "当前登录", "账号密码", "个人", "内网 127.0.0.1", inside=current)
    await visitor.sees("Firefox · Linux", inside=other)
    await expect(current.get_by_role("button")).to_have_count(0)
    await examine(visitor, "sessions")
    await other.get_by_role("button", name="结束登录").click()
    await visitor.sees("已结束该登录，对应设备需重新登录。")
    await expect(living(visitor)).to_have_count(1)
    await visitor.sees(END_LABELS[SessionEnd.ELSEWHERE])
    await lost.page.get_by_role("main").get_by_role("link", name="登录设备").first.click()
    await lost.arrived("/login")
    await lost.sees(END_SENTENCES[SessionEnd.ELSEWHERE])
    await visitor.open("/sessions")
    await expect(living(visitor)).to_have_count(1)


async def test_all_the_others_end_after_a_question(visitor: Visitor, arrive: Arrive) -> None:
    visitor.database.change("UPDATE user_sessions SET ended_at = created_at, ended_because = 'LOGOUT'")
    others = [await another_log_in(arrive) for _ in range(2)]
    await log_in_person(visitor)
    await visitor.open("/sessions")
    await expect(living(visitor)).to_have_count(3)
    await visitor.press("结束其他所有登录")
    dialog = visitor.page.get_by_role("dialog", name="结束其他所有登录")
    await visitor.sees("立即结束", inside=dialog)
    await examine(visitor, "sessions-others")
    await dialog.get_by_role("button", name="取消").click()
    await expect(dialog).to_be_hidden()
    await expect(living(visitor)).to_have_count(3)
    await visitor.press("结束其他所有登录")
    await visitor.press("确认结束")
    await visitor.sees("已结束其他 2 个登录。")
    await expect(living(visitor)).to_have_count(1)
    for other in others:
        await other.page.goto("/my")
        await other.arrived("/login")
        await other.sees(END_SENTENCES[SessionEnd.ELSEWHERE])


async def test_for_a_unit_and_an_institution_there_is_the_page_too(visitor: Visitor, arrive: Arrive) -> None:
    await log_in_unit(visitor)
    await visitor.open("/sessions")
    await visitor.sees(f"{DEMO_UNIT.name}（法定代表人）", inside=living(visitor).nth(0))
    school = await arrive()
    await school.open("/login")
    await fill_login(school, "J320000001", DEMO_INSTITUTION_ADMIN.mobile, DEMO_PASSWORD)
    await school.arrived("/institution")
    await school.open("/sessions")
    await school.sees("当前登录", inside=living(school).nth(0))


async def test_a_visitor_is_sent_to_the_login_and_comes_back(visitor: Visitor) -> None:
    await visitor.open("/sessions", arrives_at="/login")
    await visitor.press("个人登录")
    await expect(visitor.field("统一社会信用代码/单位编号/机构编号")).to_be_hidden()
    await visitor.field("证件号码/移动电话").fill(DEMO_PERSON.mobile)
    await visitor.fill(密码=DEMO_PASSWORD)
    await visitor.press("登录")
    await visitor.arrived("/sessions")
    await visitor.heading("登录设备")


# The end of a session


async def test_all_tabs_warn_alike_and_one_answer_is_enough(visitor: Visitor) -> None:
    await log_in_unit(visitor)
    age(visitor, 28 * 60 + 5)
    await visitor.open("/unit/info")
    tab = await visitor.another_tab()
    await tab.open("/unit")
    for one in (visitor, tab):
        await expect(warning(one)).to_be_visible()
        await one.sees("您已较长时间没有操作", "还剩 1 分", inside=warning(one))
    await expect(warning(tab).get_by_role("button", name="继续使用")).to_be_focused()
    await examine(tab, "session-warning")
    await warning(tab).get_by_role("button", name="继续使用").click()
    for one in (tab, visitor):
        await expect(warning(one)).to_be_hidden()
        assert one.path in ("/unit", "/unit/info")
    visitor.stored(
        [(1,)],
        "SELECT last_active_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-60 seconds') FROM user_sessions"
        " ORDER BY created_at DESC LIMIT 1",
    )


async def test_esc_is_an_answer_too(visitor: Visitor) -> None:
    await log_in_unit(visitor)
    age(visitor, 28 * 60 + 5)
    await visitor.open("/unit/info")
    await expect(warning(visitor)).to_be_visible()
    await visitor.page.keyboard.press("Escape")
    await expect(warning(visitor)).to_be_hidden()
    await visitor.reload()
    await visitor.sees(DEMO_UNIT.uscc)
    await expect(warning(visitor)).to_be_hidden()


async def test_a_tab_asks_near_the_end_and_learns_that_another_prolonged_it(visitor: Visitor) -> None:
    """Without the tabs' own channel, as between two windows that do not hear each other."""
    await visitor.page.add_init_script("window.BroadcastChannel = class { postMessage() {} close() {} }")
    await log_in_unit(visitor)
    age(visitor, 28 * 60 - 4)
    await visitor.open("/unit/info")
    visitor.database.change("UPDATE user_sessions SET last_active_at = strftime('%Y-%m-%d %H:%M:%f', 'now')")
    heard = len(visitor.frames)
    await visitor.until(lambda: any("session_end" in frame for frame in visitor.frames[heard:]), "the answer")
    await expect(warning(visitor)).to_be_hidden()
    await visitor.sees(DEMO_UNIT.uscc)


async def test_at_the_end_every_tab_leaves_by_itself(visitor: Visitor) -> None:
    await log_in_unit(visitor)
    age(visitor, 30 * 60 - 8)
    await visitor.open("/unit/info")
    tab = await visitor.another_tab()
    await tab.open("/unit")
    await expect(warning(visitor)).to_be_visible()
    for one in (visitor, tab):
        await one.arrived("/login")
        await one.sees(END_SENTENCES[SessionEnd.IDLE])
        await one.does_not_see(mask_name(DEMO_PERSON.name))


async def test_a_computer_that_slept_wakes_at_the_login(visitor: Visitor) -> None:
    """The clock has jumped over the end while no timer ran: at the first sign of life nothing is shown any more."""
    await log_in_unit(visitor)
    await visitor.open("/unit/info")
    await visitor.sees(DEMO_UNIT.uscc)
    age(visitor, 31 * 60)
    visitor.expects("WebSocket is already in CLOSING or CLOSED state")  # by its clock the socket died in its sleep
    await visitor.page.evaluate(
        "() => { const now = Date.now; Date.now = () => now() + 31 * 60_000; dispatchEvent(new Event('focus')); }"
    )
    assert await visitor.page.evaluate("getComputedStyle(document.body).visibility") == "hidden"
    await visitor.arrived("/login")
    await visitor.sees(END_SENTENCES[SessionEnd.IDLE])


async def test_before_the_longest_time_it_says_that_nothing_puts_it_off(visitor: Visitor) -> None:
    await log_in_unit(visitor)
    age(visitor, 12 * 3600 - 100, "expires_at")
    await visitor.open("/unit/info")
    await visitor.sees("本次登录即将达到最长时间（12 小时）", inside=warning(visitor))
    await examine(visitor, "session-final")
    await visitor.press("知道了")
    await expect(warning(visitor)).to_be_hidden()
    age(visitor, 95, "expires_at")
    await visitor.reload()
    await visitor.arrived("/login")
    await visitor.sees(END_SENTENCES[SessionEnd.ABSOLUTE])


async def test_from_the_warning_one_can_leave(visitor: Visitor) -> None:
    await log_in_unit(visitor)
    age(visitor, 28 * 60 + 5)
    await visitor.open("/unit/info")
    await warning(visitor).get_by_role("button", name="退出登录").click()
    await visitor.arrived("/login")
    await visitor.sees(END_SENTENCES[SessionEnd.LOGOUT])


# This was not me


async def newest_message(phone: Visitor, mobile: str) -> str:
    """Read the newest notice on the phone; the worker needs a moment."""
    for _ in range(100):
        await phone.visit(f"{phone.portal.sandbox}/sms/outbox?phone={mobile}")
        found = phone.page.get_by_text("在新设备")
        if await found.count():
            return await found.first.inner_text()
        await phone.page.wait_for_timeout(100)
    raise AssertionError("no message")


async def test_a_login_from_a_new_device_is_told_and_undone(visitor: Visitor, phone: Visitor, arrive: Arrive) -> None:
    await register_person(visitor, phone, HE)
    await log_in_person(visitor, HE.mobile, HE.password)
    thief = await arrive(user_agent=FIREFOX)
    await log_in_person(thief, HE.mobile, HE.password)
    text = await newest_message(phone, HE.mobile)
    assert "在新设备（Firefox · Linux）登录网上办事服务大厅" in text
    link = re.search(r"https?://\S+/n/\w+", text)
    assert link, text
    await phone.page.goto(link[0])
    await phone.arrived("/not-me")
    await phone.sees(mask_name(HE.name), "Firefox · Linux", "内网 127.0.0.1")
    phone.never_received(HE.name, HE.mobile, HE.id_number)
    await examine(phone, "not-me")
    await thief.page.goto("/my")
    await thief.sees("个人信息")  # looking has ended nothing
    await phone.press("不是我，停用登录")
    await phone.sees("已停用登录")
    await examine(phone, "not-me-done")
    for one in (thief, visitor):
        if one.path != "/login":  # the page may have noticed by itself
            await one.page.goto("/my")
        await one.arrived("/login")
        await one.sees(END_SENTENCES[SessionEnd.DISOWNED])
    await thief.press("个人登录")
    await expect(thief.field("统一社会信用代码/单位编号/机构编号")).to_be_hidden()
    await thief.field("证件号码/移动电话").fill(HE.mobile)
    await thief.fill(密码=HE.password)
    await thief.press("登录")
    await thief.sees(rules.RESET)
    await phone.reload()
    await phone.sees("已停用登录")
    again = await arrive()
    await again.page.goto(urlsplit(link[0]).path)
    await again.sees("该链接已使用或已失效")
    await examine(again, "not-me-gone")
    await again.follow("返回大厅首页", "/")
