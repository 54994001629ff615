"""扫码登录 with two browsers: a computer that shows the code, a phone that confirms it (R-2.4.3)."""

import pytest
from playwright.async_api import expect

from jsrs_portal.access.cookie import session_key
from jsrs_portal.catalog.demo import DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.clock import new_id
from jsrs_portal.domain.scans import SENTENCES, ScanProblem
from tests.e2e.browser import PHONE, Visitor, read_codes
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_person
from tests.e2e.test_pages import examine

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.4.3")]
HANDSET = {
    "viewport": PHONE,
    "is_mobile": True,
    "has_touch": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
}


async def at_the_code(visitor: Visitor) -> str:
    """Open 扫码登录 and return what the code on the screen says."""
    await visitor.open("/login")
    await visitor.press("扫码登录")
    await visitor.sees("等待扫码", "下载江苏智慧人社APP", "如何扫码?")
    return await visitor.qr()


async def trust(phone: Visitor) -> None:
    """Log in on the phone once and take it into trust; then it is logged out again."""
    await phone.open("/m")
    await phone.sees("本机还不是您的可信手机")
    await phone.link("个人登录").click()
    await phone.arrived("/login")
    await expect(phone.field("统一社会信用代码/单位编号/机构编号")).to_be_hidden()
    await phone.fill(**{"证件号码/移动电话": DEMO_PERSON.mobile, "密码": DEMO_PASSWORD})
    await phone.press("登录")
    await phone.arrived("/m")
    await phone.press("将本机设为可信手机")
    await phone.sees("本机是可信手机，可以扫码登录。")
    await phone.context.clear_cookies()


async def scan(phone: Visitor, address: str) -> None:
    """Open what the camera read."""
    await phone.page.goto(address)
    await phone.arrived("/m")


@pytest.mark.req("R-2.4.5", "R-2.4.9")
async def test_a_phone_is_trusted_once_and_then_lets_a_computer_in(arrive: Arrive) -> None:
    visitor, phone = await arrive(), await arrive(**HANDSET)
    await phone.open("/m")
    await phone.sees("本机还不是您的可信手机")
    await examine(phone, "phone-unknown", (360,))
    await trust(phone)
    await examine(phone, "phone-known", (360,))
    address = await at_the_code(visitor)
    await examine(visitor, "login-scan")
    await scan(phone, address)
    await phone.sees("网上办事服务大厅", "登录网上办事服务大厅", "Chrome · Linux", "二维码打开时间", "孙**")
    await examine(phone, "phone-asked", (360,))
    await visitor.sees("已扫码", "扫码人：孙**")
    await examine(visitor, "login-scanned", (1440,))
    await phone.press("确认登录")
    await phone.sees("已确认登录")
    await visitor.arrived("/choose")
    await visitor.sees("以个人身份办事", DEMO_UNIT.name)
    await visitor.press(f"进入：{DEMO_UNIT.name}")
    await visitor.page.get_by_label("单位密码").fill(DEMO_PASSWORD)  # set for this unit: the person's phone is not it
    await visitor.page.get_by_role("dialog").get_by_role("button", name="进入", exact=True).click()
    await visitor.arrived("/unit")
    await visitor.sees("当前登录人", "法定代表人")
    secret = address.rpartition("/")[2]
    visitor.stored([], "SELECT id FROM scan_logins WHERE code_hash = ?", secret)
    phone.never_received(DEMO_PERSON.name, DEMO_PERSON.mobile, DEMO_PERSON.id_number)
    notice = await arrive()
    await notice.visit(f"{notice.portal.sandbox}/sms/outbox?phone={DEMO_PERSON.mobile}")
    await notice.page.get_by_text("设为扫码登录的可信手机").first.wait_for()


async def test_cancelled_taken_by_another_and_confirmed_twice(arrive: Arrive) -> None:
    visitor, phone, other = await arrive(), await arrive(**HANDSET), await arrive(**HANDSET)
    await trust(phone)
    await trust(other)
    address = await at_the_code(visitor)
    await scan(phone, address)
    await phone.sees("确认登录")
    await scan(other, address)
    await other.sees("未能登录", SENTENCES[ScanProblem.TAKEN])
    await phone.press("取消")
    await phone.sees("已取消登录")
    await visitor.sees("已取消", "您在手机上取消了本次操作。")
    await visitor.press("刷新二维码")
    await visitor.sees("等待扫码")
    second = await visitor.qr()
    assert second != address
    await scan(phone, address)
    await phone.sees(SENTENCES[ScanProblem.CANCELLED])
    await scan(phone, second)
    await phone.press("确认登录")
    await phone.sees("已确认登录")
    await visitor.arrived("/choose")
    await scan(phone, second)
    await phone.sees(SENTENCES[ScanProblem.CONFIRMED])


async def test_an_expired_code_is_replaced_by_itself(arrive: Arrive) -> None:
    visitor, phone = await arrive(), await arrive(**HANDSET)
    await trust(phone)
    await visitor.page.clock.install()
    address = await at_the_code(visitor)
    visitor.database.change("UPDATE scan_logins SET expires_at = datetime('now', '-1 second')")
    await scan(phone, address)
    await phone.sees(SENTENCES[ScanProblem.EXPIRED])
    await visitor.page.clock.fast_forward(3_000)
    await visitor.sees("二维码已过期")
    await visitor.press("刷新二维码")
    await visitor.sees("等待扫码")
    assert await visitor.qr() != address
    before = visitor.database.rows("SELECT count(*) FROM scan_logins")
    await visitor.page.clock.fast_forward(121_000)
    await visitor.until(lambda: visitor.database.rows("SELECT count(*) FROM scan_logins") > before, "a new code")
    await visitor.sees("等待扫码")


async def test_a_foreign_browser_gets_nothing_from_anothers_code(arrive: Arrive) -> None:
    visitor, foreign, phone = await arrive(), await arrive(), await arrive(**HANDSET)
    await trust(phone)
    address = await at_the_code(visitor)
    await at_the_code(foreign)
    await scan(phone, address)
    await phone.press("确认登录")
    await visitor.arrived("/choose")
    assert foreign.path == "/login"
    await foreign.open("/choose", arrives_at="/login")


async def test_the_phone_is_taken_off_and_scans_no_more(arrive: Arrive) -> None:
    visitor, phone = await arrive(), await arrive(**HANDSET)
    await trust(phone)
    await phone.open("/m")
    await phone.press("移除本机")
    await phone.sees("本机还不是您的可信手机")
    await scan(phone, await at_the_code(visitor))
    await phone.sees("本机还不是您的可信手机")
    visitor.stored([("CREATED",)], "SELECT state FROM scan_logins")


@pytest.mark.req("R-2.4.8")
async def test_a_lost_phone_is_taken_off_at_the_computer(arrive: Arrive) -> None:
    visitor, phone = await arrive(), await arrive(**HANDSET)
    await trust(phone)
    await log_in_person(visitor)
    await visitor.open("/sessions")
    await visitor.sees("可信手机", "Chrome · Android", "手机丢失或不再使用的，请立即移除。")
    await examine(visitor, "sessions-phones")
    await visitor.press("移除可信手机：Chrome · Android")
    await visitor.sees("已移除该手机，由它确认的登录已全部结束。")
    await expect(visitor.button("移除可信手机：Chrome · Android")).to_have_count(0)
    await phone.open("/m")
    await phone.sees("本机还不是您的可信手机")


async def test_the_simulated_app_scans_by_the_interface(arrive: Arrive) -> None:
    visitor, app = await arrive(), await arrive(**HANDSET)
    address = await at_the_code(visitor)
    await app.visit(f"{app.portal.sandbox}/app")
    await app.page.get_by_label("使用人").select_option(label=DEMO_PERSON.name)
    await app.page.get_by_label("二维码中的地址").fill(address)
    await app.press("扫一扫")
    await app.sees("Chrome · Linux", "登录网上办事服务大厅")
    await visitor.sees("已扫码")
    await app.press("确认登录")
    await app.sees("已确认登录，请回到电脑。")
    await visitor.arrived("/choose")
    await visitor.press(f"进入：{DEMO_UNIT.name}")  # the app has proven the person: no password is asked
    await visitor.arrived("/unit")
    await visitor.sees("当前登录人", "法定代表人")


async def test_the_app_is_downloaded_by_a_code(arrive: Arrive) -> None:
    """As the manual has it: the link, a page with a code, and the phone's scanner."""
    visitor = await arrive()
    await at_the_code(visitor)
    await visitor.follow("下载江苏智慧人社APP", "/login/app")
    await visitor.sees("打开手机「扫一扫」，扫描下面的二维码下载。", "也可以在手机的应用商店中搜索「江苏智慧人社」")
    (address,) = read_codes(await visitor.page.get_by_alt_text("APP 下载地址的二维码").screenshot())
    assert address == f"{visitor.portal.sandbox}/app"
    here = visitor.page.get_by_role("link", name="在本机打开下载页")
    await expect(here).to_have_attribute("href", address)
    (own,) = read_codes(await visitor.page.get_by_alt_text("扫码登录页地址的二维码").screenshot())
    assert own == f"{visitor.portal.origin}/m"
    await examine(visitor, "scan-app", (360, 1440))


async def test_the_page_can_be_installed(arrive: Arrive) -> None:
    phone = await arrive(**HANDSET)
    await phone.open("/m")
    href = await phone.page.locator("link[rel=manifest]").get_attribute("href")
    assert href == "/m.webmanifest"
    answer = await phone.context.request.get(href)
    manifest = await answer.json()
    assert manifest["start_url"] == manifest["scope"] == "/m"
    for one in manifest["icons"]:
        icon = await phone.context.request.get(one["src"])
        assert icon.headers["content-type"] == "image/png"
    cdp = await phone.context.new_cdp_session(phone.page)
    found = await cdp.send("Page.getAppManifest")
    assert found["errors"] == []


@pytest.mark.req("R-2.4.9")
async def test_somebody_signed_in_goes_on_being_signed_in(arrive: Arrive) -> None:
    """The login page of who has a session leads back; the phone's page says how the phone is taken into trust."""
    visitor = await arrive()
    await log_in_person(visitor)
    await visitor.open("/m")
    await visitor.sees("将本机设为可信手机后")
    await expect(visitor.button("将本机设为可信手机")).to_be_enabled()


@pytest.mark.req("R-2.4.5")
async def test_a_proven_unit_is_entered_by_whoever_confirms_on_the_phone(arrive: Arrive) -> None:
    """As a certificate leaves it: the unit is proven to this browser, who acts for it is not yet."""
    visitor, phone = await arrive(), await arrive(**HANDSET)
    await trust(phone)
    await visitor.open("/login/confirm", arrives_at="/login")
    await visitor.sees("本人确认前，请先用 CA 或电子营业执照验证单位身份。")
    cookie = await visitor.session_cookie()
    visitor.database.execute(
        "INSERT INTO unit_proofs (id, created_at, owner, unit_id, source, expires_at) SELECT ?, strftime("
        "'%Y-%m-%d %H:%M:%f', 'now'), ?, id, 'ca', strftime('%Y-%m-%d %H:%M:%f', 'now', '5 minutes')"
        " FROM units WHERE uscc = ?",
        *(new_id(), session_key(cookie["value"]), DEMO_UNIT.uscc),
    )
    await visitor.open("/login/confirm")
    await visitor.sees("单位身份已验证", DEMO_UNIT.name, "CA 证书", "等待扫码")
    await examine(visitor, "login-confirm")
    await scan(phone, await visitor.qr())
    await phone.sees("单位", DEMO_UNIT.name, "登录网上办事服务大厅")
    await phone.press("确认登录")
    await visitor.arrived("/unit")
    await visitor.sees(DEMO_UNIT.name, "法定代表人")
