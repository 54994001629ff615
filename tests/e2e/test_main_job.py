"""The main job from end to end: a person registers, a unit registers, logs in, stands in its centre, and leaves."""

import re

import pytest
from playwright.async_api import expect

from jsrs_portal.components.side_menu import UNIT_MENU
from tests.e2e.browser import Visitor
from tests.e2e.journeys import (
    COOPERATIVE,
    GU,
    PASSWORD,
    SOFTWARE,
    fill_account,
    fill_unit,
    log_in_person,
    log_in_unit,
    log_out,
    on_phone,
    register_person,
    register_unit,
    unit_number,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
MOBILE = "13805150099"


@pytest.mark.req("R-2.2.7")
async def test_a_person_registers_and_logs_in(visitor: Visitor, phone: Visitor) -> None:
    await register_person(visitor, phone, GU)
    await visitor.sees("注册成功")
    visitor.stored(
        [(1,)],
        "SELECT count(*) FROM persons WHERE id_type = '01' AND created_at > datetime('now', '-1 hour')"
        " AND id NOT IN (SELECT person_id FROM grants)",
    )
    visitor.stored(
        [("personal",)], "SELECT realm FROM credentials WHERE person_id NOT IN (SELECT person_id FROM grants)"
    )
    visitor.stored(
        [("person-agreement", "2026-11")], "SELECT agreement, agreement_version FROM consents WHERE unit_id IS NULL"
    )
    await visitor.follow("去登录", "/login")
    await expect(visitor.button("个人登录")).to_have_attribute("aria-pressed", "true")
    await log_in_person(visitor, GU.id_number, GU.password)
    await visitor.sees("顾**", "***************0014", "1*******17", "居民身份证")
    await visitor.never_contains(GU.name, GU.id_number, GU.mobile)
    visitor.never_received(GU.name, GU.id_number, GU.mobile, GU.password)


@pytest.mark.req("R-2.2.1", "R-2.2.2", "R-2.2.3", "R-2.2.4", "R-2.2.5", "R-2.2.6", "R-2.4.4", "R-2.6.1.1")
async def test_a_unit_registers_logs_in_and_leaves(visitor: Visitor, phone: Visitor) -> None:
    await visitor.open("/register/unit")
    await visitor.heading("法人注册")
    await visitor.sees("填写单位信息", "法定代表人认证", "填写账户信息", "完成注册", "快捷方式登录", "注册说明")
    await visitor.sees("已有帐号,去登录", "地市历史用户升级")
    await expect(visitor.field("法定代表人证件类型")).to_have_value("01")
    await fill_unit(visitor, SOFTWARE)
    await visitor.press("下一步")

    await visitor.sees("等待扫码", "二维码有效时间还剩", "支付宝 APP")
    address = await visitor.qr()
    assert address.startswith(f"{visitor.portal.origin}/v/")
    await on_phone(phone, address)
    await phone.sees("请回到电脑继续")

    await visitor.sees("短信验证码")  # by itself
    await fill_account(visitor, phone, MOBILE)
    await expect(visitor.page.get_by_role("button", name=re.compile("后可重新获取"))).to_be_disabled()
    await visitor.press("提交注册")
    number = await unit_number(visitor)
    await visitor.sees("注册成功", "单位编号", number)
    visitor.stored([(SOFTWARE.name, number)], "SELECT name, unit_number FROM units WHERE uscc = ?", SOFTWARE.uscc)
    visitor.stored(
        [("LEGAL_REP", "GRANTED", 1)],
        "SELECT role, status, proven_at IS NOT NULL FROM grants JOIN units ON units.id = unit_id WHERE uscc = ?",
        SOFTWARE.uscc,
    )
    visitor.stored(
        [("unit-agreement", "2026-11")],
        "SELECT agreement, agreement_version FROM consents JOIN units ON units.id = unit_id WHERE uscc = ?",
        SOFTWARE.uscc,
    )

    await visitor.follow("去登录", "/login")
    await expect(visitor.field("统一社会信用代码/单位编号/机构编号")).to_have_value(number)
    await log_in_unit(visitor, SOFTWARE.uscc, MOBILE, PASSWORD)
    await visitor.heading("单位主页")
    await visitor.sees(SOFTWARE.name, SOFTWARE.uscc, number, "法定代表人", "陆**", "1*******99")
    await _every_menu_item_opens(visitor)
    person = SOFTWARE.legal_rep
    await visitor.never_contains(person.name, person.id_number, MOBILE, PASSWORD)
    visitor.never_received(person.name, person.id_number, MOBILE, PASSWORD)

    await log_out(visitor)
    await visitor.sees("您已安全退出")
    await _nothing_behind(visitor)


async def _every_menu_item_opens(visitor: Visitor) -> None:
    menu = visitor.page.get_by_role("navigation", name="单位中心")
    for item in UNIT_MENU:
        heard = len(visitor.frames)
        await menu.get_by_role("link", name=item.label).click()
        await visitor.arrived(item.href)
        await visitor.filled(since=heard, pages=0)
        await visitor.heading(item.label)
        await expect(menu.get_by_role("link")).to_have_count(len(UNIT_MENU) + len(item.parts))
        here = item.parts[0].label if item.parts else item.label
        await expect(menu.get_by_role("link", name=here)).to_have_attribute("aria-current", "page")
        await visitor.does_not_see("正在建设")
        await visitor.never_contains(SOFTWARE.legal_rep.name, SOFTWARE.legal_rep.id_number, MOBILE)


async def _nothing_behind(visitor: Visitor) -> None:
    """The back button shows nothing of whoever has left."""
    for _ in range(3):
        # An inner page leads on to the login by itself; in the middle of that there is no page to go back from.
        await visitor.page.wait_for_load_state("networkidle")
        await visitor.page.go_back(wait_until="commit")
        await visitor.sees("您好!")
        await visitor.does_not_see("陆**", "1*******99", SOFTWARE.uscc)


@pytest.mark.req("R-2.4.4")
@pytest.mark.parametrize("by_number", [True, False], ids=["unit number", "credit code"])
async def test_a_unit_logs_in_by_number_or_code(visitor: Visitor, phone: Visitor, arrive, by_number: bool) -> None:
    number = await register_unit(visitor, phone, COOPERATIVE, "13805150101")
    elsewhere = await arrive()
    await log_in_unit(
        elsewhere, number if by_number else COOPERATIVE.uscc.lower(), COOPERATIVE.legal_rep.id_number, PASSWORD
    )
    await elsewhere.sees(COOPERATIVE.name, number, "徐**")
    elsewhere.never_received(COOPERATIVE.legal_rep.id_number, COOPERATIVE.legal_rep.name, "13805150101")
