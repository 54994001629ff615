"""省政务登录 and 电子营业执照登录 from the login page to the unit's centre (R-2.4.6)."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_ADMIN, DEMO_AGENT, DEMO_GRANTS, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.domain.assertions import SENTENCES as ASSERTIONS
from jsrs_portal.domain.assertions import AssertionProblem
from jsrs_portal.domain.outside_logins import LICENCE_SENTENCES, SSO_SENTENCES, LicenceProblem, SsoProblem
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import DISSOLVED, SOFTWARE
from tests.e2e.test_pages import examine
from tests.support import nanoidp
from tests.support.nanoidp import NanoIdp
from tests.support.portal import Portal

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.4.6")]
DEMO_STRANGER = DEMO_GRANTS[4].person
"""Their grant has ended."""
PLATFORM, WALLET = "模拟省政务服务平台", "模拟电子营业执照"


async def order(portal: Portal, system: str, mode: str, code: str = "", times: int = 1) -> None:
    """Order a fault of a simulator."""
    async with httpx.AsyncClient(base_url=portal.sandbox, trust_env=False) as control:
        sent = {"mode": mode, "code": code, "times": times}
        assert (await control.post(f"/_control/{system}", json=sent)).status_code == 200


async def at_the_platform(visitor: Visitor) -> None:
    """Go from the login page to the province's platform."""
    await visitor.open("/login")
    await visitor.link("省政务登录").click()
    await visitor.page.wait_for_url(f"{visitor.portal.sandbox}/**")
    await visitor.sees(PLATFORM)


async def log_in(visitor: Visitor, person: str, unit: str, act: str = "登录并授权") -> None:
    """Log in there."""
    await at_the_platform(visitor)
    await visitor.page.get_by_label("登录人").select_option(person)
    await visitor.page.get_by_label("代表单位").select_option(unit)
    await visitor.press(act)


async def refused(visitor: Visitor, sentence: str) -> None:
    await visitor.arrived("/login")
    await visitor.sees(sentence)


# 省政务登录


async def test_from_the_login_page_over_the_platform_to_the_unit(visitor: Visitor) -> None:
    await at_the_platform(visitor)
    await examine(visitor, "platform", (360, 1440))
    await log_in(visitor, DEMO_PERSON.id_number, DEMO_UNIT.uscc)
    await visitor.arrived("/unit")
    await visitor.sees("当前登录人", DEMO_UNIT.name, "法定代表人")
    visitor.stored([("PROVINCIAL",)], "SELECT way FROM user_sessions ORDER BY created_at DESC LIMIT 1")
    visitor.never_received(DEMO_PERSON.id_number)


@pytest.mark.req("R-2.4.5")
async def test_an_agent_enters_as_an_agent(visitor: Visitor) -> None:
    await log_in(visitor, DEMO_AGENT.id_number, DEMO_UNIT.uscc)
    await visitor.arrived("/unit")
    await visitor.sees("当前登录人", "经办人")


async def test_an_account_without_a_unit_is_told_so(visitor: Visitor) -> None:
    await log_in(visitor, DEMO_PERSON.id_number, "")
    await refused(visitor, SSO_SENTENCES[SsoProblem.UNIT])


async def test_whoever_cancels_comes_back_to_the_login_page(visitor: Visitor) -> None:
    await log_in(visitor, DEMO_PERSON.id_number, DEMO_UNIT.uscc, act="取消")
    await refused(visitor, SSO_SENTENCES[SsoProblem.DENIED])
    await examine(visitor, "login-denied", (360, 1440))
    await visitor.reload()
    await visitor.sees("其他登录方式")
    await visitor.does_not_see(SSO_SENTENCES[SsoProblem.DENIED])


async def test_an_address_of_another_browser_and_one_used_before_let_nobody_in(
    visitor: Visitor, arrive: Arrive
) -> None:
    back: list[str] = []
    visitor.page.on("request", lambda sent: back.append(sent.url) if "/sso/callback" in sent.url else None)
    await log_in(visitor, DEMO_PERSON.id_number, DEMO_UNIT.uscc)
    await visitor.arrived("/unit")
    other = await arrive()
    await other.open("/login")
    await other.visit(back[0])
    await refused(other, SSO_SENTENCES[SsoProblem.STATE])
    await log_in(other, DEMO_PERSON.id_number, DEMO_UNIT.uscc, act="取消")
    await refused(other, SSO_SENTENCES[SsoProblem.DENIED])
    other_back: list[str] = []
    other.page.on("request", lambda sent: other_back.append(sent.url) if "/sso/callback" in sent.url else None)
    await log_in(other, DEMO_PERSON.id_number, DEMO_UNIT.uscc, act="取消")
    await refused(other, SSO_SENTENCES[SsoProblem.DENIED])
    await other.visit(other_back[0])
    await refused(other, SSO_SENTENCES[SsoProblem.USED])


async def test_a_token_that_is_wrong_is_said_by_name(visitor: Visitor) -> None:
    wrong = {
        "wrong_audience": SsoProblem.AUDIENCE,
        "wrong_nonce": SsoProblem.NONCE,
        "foreign_key": SsoProblem.KEY,
        "wrong_issuer": SsoProblem.ISSUER,
    }
    for code, problem in wrong.items():
        await at_the_platform(visitor)
        await order(visitor.portal, "sso", "business_refusal", code)
        await visitor.page.get_by_label("登录人").select_option(DEMO_PERSON.id_number)
        await visitor.page.get_by_label("代表单位").select_option(DEMO_UNIT.uscc)
        await visitor.press("登录并授权")
        await refused(visitor, SSO_SENTENCES[problem])


@pytest.mark.req("R-2.2.1", "R-2.4.6")
async def test_a_unit_that_is_not_registered_registers_with_what_is_proven(visitor: Visitor) -> None:
    await log_in(visitor, SOFTWARE.legal_rep.id_number, SOFTWARE.uscc)
    await visitor.arrived("/register/unit")
    for label, value in (("统一社会信用代码", SOFTWARE.uscc), ("单位全称", SOFTWARE.name)):
        await expect(visitor.field(label)).to_have_value(value)
        await expect(visitor.field(label)).not_to_be_editable()
    await visitor.sees("单位身份已验证，但尚未在本大厅注册，请完成注册")
    masked = "*" * 15 + SOFTWARE.legal_rep.id_number[-4:]
    await expect(visitor.field("法定代表人证件号码")).to_have_value(masked)
    await examine(visitor, "register-proven", (360, 1440))
    await visitor.page.get_by_role("checkbox").check()
    await visitor.press("下一步")
    await visitor.sees("等待扫码")
    visitor.never_received(SOFTWARE.legal_rep.id_number)


# Against a provider that somebody else wrote


@pytest.fixture(scope="module")
def idp(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NanoIdp]:
    found = nanoidp.start(tmp_path_factory.mktemp("nanoidp"), (f"{portal.origin}/sso/callback",))
    yield found
    found.stop()


@asynccontextmanager
async def portal_with(portal: Portal, changes: dict[str, str]) -> AsyncIterator[None]:
    """Let the server run with other settings for a while."""
    former = dict(portal.extra)
    portal.extra |= changes
    try:
        await asyncio.to_thread(portal.kill, "server")
        await asyncio.to_thread(portal.start, "server")
        yield
    finally:
        portal.extra.clear()
        portal.extra |= former
        await asyncio.to_thread(portal.kill, "server")
        await asyncio.to_thread(portal.start, "server")


async def test_over_a_real_provider_that_checks_pkce_to_the_unit(arrive: Arrive, portal: Portal, idp: NanoIdp) -> None:
    async with portal_with(portal, idp.environment()):
        for rotated in (False, True):
            visitor = await arrive()
            visitor.expects(
                r"cdn\.jsdelivr\.net", "ERR_", "Content Security Policy", "integrity", "bootstrap", "favicon"
            )
            if rotated:
                idp.rotate()
            await visitor.open("/login")
            await visitor.link("省政务登录").click()
            await visitor.page.wait_for_url(f"{idp.origin}/**", wait_until="domcontentloaded")
            await visitor.page.locator("input[name=username]").fill("legal")
            await visitor.page.locator("input[name=password]").fill(nanoidp.PASSWORD)
            await visitor.page.locator("button[type=submit]").first.click()
            await visitor.arrived("/unit")
            await visitor.sees("当前登录人", DEMO_UNIT.name, "法定代表人")
            await visitor.visit("about:blank")


async def test_over_jis_to_the_unit(arrive: Arrive, portal: Portal) -> None:
    async with portal_with(portal, {"JSRS_SSO_KIND": "jis"}):
        visitor = await arrive()
        await visitor.open("/login")
        await visitor.link("省政务登录").click()
        await visitor.page.wait_for_url(f"{visitor.portal.sandbox}/jis/**")
        await visitor.sees("模拟统一身份认证（JIS）")
        await visitor.page.get_by_label("登录人").select_option(DEMO_PERSON.id_number)
        await visitor.page.get_by_label("代表单位").select_option(DEMO_UNIT.uscc)
        await visitor.press("登录")
        await visitor.arrived("/unit")
        await visitor.sees("当前登录人", DEMO_UNIT.name, "法定代表人")
        await visitor.visit("about:blank")


# 电子营业执照登录


async def at_the_code(visitor: Visitor) -> str:
    """Go from the login page to the licence system's code; return what it says."""
    await visitor.open("/login")
    await visitor.follow("电子营业执照登录", "/login/licence")
    await visitor.sees("等待扫码")
    return await visitor.qr()


async def show(
    phone: Visitor, address: str, unit: str, holder: str = "LEREP", *, numbered: bool = True, act: str = "出示"
) -> None:
    """Scan the code and show a licence."""
    await phone.visit(address)
    await phone.sees(WALLET, "登录江苏省人力资源和社会保障厅网上办事服务大厅")
    await phone.page.get_by_label("电子营业执照", exact=True).select_option(unit)
    await phone.page.get_by_label("持有人", exact=True).select_option(holder)
    await phone.page.get_by_label("结果中的持有人证件号码").select_option("yes" if numbered else "no")
    await phone.press(act)


async def test_a_shown_licence_lets_its_legal_representative_in(visitor: Visitor, phone: Visitor) -> None:
    address = await at_the_code(visitor)
    await examine(visitor, "licence")
    await phone.visit(address)
    await examine(phone, "licence-phone", (360,))
    await visitor.sees("已扫码")
    await expect(visitor.button("重新获取二维码")).to_be_visible()
    await show(phone, address, DEMO_UNIT.uscc)
    await phone.sees("已出示电子营业执照，请回到电脑。")
    await visitor.arrived("/unit")
    await visitor.sees("当前登录人", "法定代表人")
    visitor.stored([("LICENCE",)], "SELECT way FROM user_sessions ORDER BY created_at DESC LIMIT 1")
    visitor.stored([("USED", None)], "SELECT state, result_cipher FROM licence_logins")
    visitor.never_received(DEMO_PERSON.id_number)


@pytest.mark.req("R-2.4.5")
async def test_without_a_person_the_agent_confirms_by_a_scan(visitor: Visitor, phone: Visitor) -> None:
    await show(phone, await at_the_code(visitor), DEMO_UNIT.uscc, numbered=False)
    await visitor.arrived("/login/confirm")
    await visitor.sees("单位身份已验证", DEMO_UNIT.name, "电子营业执照", "等待扫码")
    await visitor.press("换一种方式登录")
    await visitor.arrived("/login")
    await visitor.open("/login/confirm")
    await visitor.sees("本人确认前，请先用 CA 或电子营业执照验证单位身份。")
    await show(phone, await at_the_code(visitor), DEMO_UNIT.uscc, numbered=False)
    await visitor.arrived("/login/confirm")
    code = await visitor.qr()
    await phone.visit(f"{phone.portal.sandbox}/app")
    await phone.page.get_by_label("使用人").select_option(DEMO_ADMIN.id_number)
    await phone.fill(二维码中的地址=code)
    await phone.press("扫一扫")
    await phone.press("确认登录")
    await visitor.arrived("/unit")
    await visitor.sees("当前登录人", "管理员")


async def test_whoever_refuses_on_the_phone_is_not_logged_in(visitor: Visitor, phone: Visitor) -> None:
    await show(phone, await at_the_code(visitor), DEMO_UNIT.uscc, act="拒绝")
    await visitor.sees("已取消")
    await visitor.press("刷新二维码")
    await visitor.sees("等待扫码")


async def test_a_dissolved_unit_and_a_wrong_signature_are_said_by_name(visitor: Visitor, phone: Visitor) -> None:
    await order(visitor.portal, "licence_callback", "bad_signature", times=2)  # only asking tells the truth
    address = await at_the_code(visitor)
    await show(phone, address, DISSOLVED.uscc)
    await visitor.sees(LICENCE_SENTENCES[LicenceProblem.STATE], "不能登录")
    await visitor.does_not_see("本次扫码没有通过")
    await examine(visitor, "licence-refused", (360, 1440))
    await visitor.press("刷新二维码")
    await visitor.sees("等待扫码")
    address = await visitor.qr()
    await order(visitor.portal, "licence", "bad_signature", times=100)
    await show(phone, address, DEMO_UNIT.uscc)
    await visitor.sees(LICENCE_SENTENCES[LicenceProblem.SIGNATURE])
    await order(visitor.portal, "licence", "ok", times=0)


async def test_what_keeps_a_code_from_being_shown_is_no_failed_scan(visitor: Visitor) -> None:
    await order(visitor.portal, "licence", "error500", times=100)
    await visitor.open("/login/licence")
    await visitor.sees("二维码未能生成")
    await visitor.does_not_see("未通过")
    await order(visitor.portal, "licence", "ok", times=0)
    await visitor.press("刷新二维码")
    await visitor.sees("等待扫码")


async def test_a_page_whose_code_was_replaced_in_another_one_says_so(visitor: Visitor) -> None:
    await at_the_code(visitor)
    other = await visitor.another_tab()
    await other.open("/login/licence")
    await other.sees("等待扫码")
    await visitor.sees("已在另一个页面打开")
    await visitor.press("重新获取二维码")
    await visitor.sees("等待扫码")


async def test_loaded_again_the_page_counts_on_and_not_from_the_beginning(visitor: Visitor) -> None:
    await at_the_code(visitor)
    await visitor.page.wait_for_timeout(4_000)
    before = await visitor.page.get_by_role("timer").inner_text()
    await visitor.reload()
    await visitor.sees("等待扫码")
    await expect(visitor.page.get_by_role("timer")).to_contain_text("二维码有效时间还剩")
    assert seconds(await visitor.page.get_by_role("timer").inner_text()) <= seconds(before)


def seconds(text: str) -> int:
    """Return how many seconds a countdown says."""
    return sum(int(number) * (60 if unit == "分" else 1) for number, unit in re.findall(r"(\d+) (分|秒)", text))


async def test_an_expired_code_is_replaced_when_asked_for(visitor: Visitor) -> None:
    await visitor.page.clock.install()
    await at_the_code(visitor)
    visitor.database.change("UPDATE licence_logins SET expires_at = datetime('now', '-1 second')")
    await visitor.page.clock.fast_forward(3_000)
    await visitor.sees("二维码已过期")
    await visitor.press("刷新二维码")
    await visitor.sees("等待扫码")


@pytest.mark.req("R-2.2.1", "R-2.4.6")
async def test_a_licence_of_a_unit_that_is_not_registered_begins_its_registration(
    visitor: Visitor, phone: Visitor
) -> None:
    await show(phone, await at_the_code(visitor), SOFTWARE.uscc)
    await visitor.arrived("/register/unit")
    await expect(visitor.field("统一社会信用代码")).to_have_value(SOFTWARE.uscc)
    await expect(visitor.field("法定代表人姓名")).not_to_be_editable()


async def test_the_registration_page_leads_to_both(visitor: Visitor) -> None:
    await visitor.open("/register/unit")
    await visitor.follow("电子营业执照登录", "/login/licence")
    await visitor.sees("等待扫码")
    await visitor.open("/register/unit")
    await visitor.link("省政务登录").click()
    await visitor.page.wait_for_url(f"{visitor.portal.sandbox}/**")
    await visitor.sees(PLATFORM)


async def test_a_manager_of_the_licence_enters_by_a_role_of_their_own(visitor: Visitor, phone: Visitor) -> None:
    await show(phone, await at_the_code(visitor), DEMO_UNIT.uscc, "MANAGER")
    await visitor.arrived("/unit")
    await visitor.sees("当前登录人", "管理员")


async def test_whoever_has_no_role_in_the_unit_is_told_so(visitor: Visitor) -> None:
    await log_in(visitor, SOFTWARE.legal_rep.id_number, DEMO_UNIT.uscc)
    await visitor.arrived("/register/person")  # not registered here
    await visitor.sees("您的身份已验证，但尚未在本大厅注册", "授权，才能为该单位办事")
    await log_in(visitor, DEMO_STRANGER.id_number, DEMO_UNIT.uscc)
    await refused(visitor, ASSERTIONS[AssertionProblem.NO_ROLE])
