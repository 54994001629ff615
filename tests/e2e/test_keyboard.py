"""Without a mouse: everything can be reached, seen and pressed (WCAG 2.1.1, 2.4.3, 2.4.7)."""

import pytest
from playwright.async_api import Locator, expect

from jsrs_portal.catalog.demo import DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT
from tests.e2e.browser import PHONE, Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import SOFTWARE

pytestmark = pytest.mark.asyncio(loop_scope="session")

_RING = """() => {
    const e = document.activeElement;
    if (!e || e === document.body) return 'nothing has the focus';
    const s = getComputedStyle(e), b = e.getBoundingClientRect();
    const ring = (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) || s.boxShadow !== 'none';
    const name = e.id || e.textContent.trim() || e.tagName;
    if (!ring) return `no ring: ${name}`;
    if (b.width < 1 || b.height < 1) return `no size: ${name}`;
    const x = b.left + b.width / 2, y = b.top + b.height / 2;
    if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return `out of sight: ${name}`;
    const top = document.elementFromPoint(x, y);
    return top && (e.contains(top) || top.contains(e)) ? '' : `covered: ${name}`;
}"""


async def tab_to(visitor: Visitor, target: Locator, most: int = 120) -> None:
    """Press Tab until ``target`` has the focus; wherever it rests on the way it must be seen."""
    for _ in range(most):
        await visitor.page.keyboard.press("Tab")
        fault = await visitor.page.evaluate(_RING)
        assert not fault, fault
        if await target.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"{most} times Tab do not lead there")


@pytest.mark.req("R-2.2.1")
async def test_the_first_step_by_keyboard_alone(visitor: Visitor) -> None:
    await visitor.open("/register/unit")
    keyboard = visitor.page.keyboard
    await tab_to(visitor, visitor.link("跳到主要内容"), 1)
    await keyboard.press("Enter")
    await visitor.has_focus(visitor.page.locator("main"))
    for label, text in (("统一社会信用代码", SOFTWARE.uscc), ("单位全称", SOFTWARE.name)):
        await tab_to(visitor, visitor.field(label), 5)
        await keyboard.type(text)
    await tab_to(visitor, visitor.field("法定代表人证件类型"), 1)
    await expect(visitor.field("法定代表人证件类型")).to_have_value("01")
    await tab_to(visitor, visitor.field("法定代表人证件号码"), 1)
    await keyboard.type(SOFTWARE.legal_rep.id_number)
    await tab_to(visitor, visitor.button("下一步"), 4)
    await keyboard.press("Enter")

    sentences = {"legal_name": "请填写姓名，与证件一致。", "agreed": "请阅读并同意《法人用户注册协议》。"}
    await visitor.sees(*sentences.values())
    await visitor.has_focus(visitor.page.locator("#errors"))
    await tab_to(visitor, visitor.page.locator("#errors").get_by_role("link").first, 1)
    await keyboard.press("Enter")
    await visitor.has_focus(visitor.field("法定代表人姓名"))
    await keyboard.type(SOFTWARE.legal_rep.name)
    await tab_to(visitor, visitor.page.get_by_role("checkbox"), 1)
    await keyboard.press("Space")
    await expect(visitor.page.get_by_role("checkbox")).to_be_checked()
    await tab_to(visitor, visitor.button("下一步"), 2)
    await keyboard.press("Space")
    await visitor.sees("等待扫码")


@pytest.mark.req("R-2.4.4")
async def test_login_and_logout_by_keyboard_alone(visitor: Visitor) -> None:
    await visitor.open("/login")
    keyboard = visitor.page.keyboard
    await tab_to(visitor, visitor.field("统一社会信用代码/单位编号/机构编号"))
    await keyboard.type(DEMO_UNIT.uscc)
    await tab_to(visitor, visitor.field("证件号码/移动电话"), 1)
    await keyboard.type(DEMO_PERSON.mobile)
    await tab_to(visitor, visitor.field("密码"), 1)
    await keyboard.type(DEMO_PASSWORD)
    await tab_to(visitor, visitor.button("显示"), 1)
    await keyboard.press("Space")
    await expect(visitor.field("密码")).to_have_attribute("type", "text")
    await keyboard.press("Space")
    await tab_to(visitor, visitor.button("登录"), 2)
    await keyboard.press("Enter")
    await visitor.arrived("/unit")
    await visitor.sees("当前登录人")
    menu = visitor.page.locator("header").get_by_role("button", name=DEMO_UNIT.name).filter(visible=True)
    await tab_to(visitor, menu)
    await keyboard.press("Enter")
    await visitor.sees("用户中心", "退出登录")
    await keyboard.press("Escape")
    await visitor.has_focus(menu)
    await expect(visitor.button("退出登录")).to_have_count(0)
    await keyboard.press("Enter")
    await tab_to(visitor, visitor.button("退出登录"), 4)
    await keyboard.press("Enter")
    await visitor.arrived("/login")
    await visitor.sees("您已安全退出")


@pytest.mark.req("R-2.1.2")
async def test_every_stop_on_the_hall_can_be_seen(visitor: Visitor) -> None:
    await visitor.open("/")
    await visitor.sees("单位办事")
    last = visitor.button("高对比度")
    await tab_to(visitor, last)


@pytest.mark.req("R-2.1.2")
async def test_the_menu_of_a_phone_by_keyboard(arrive: Arrive) -> None:
    visitor = await arrive(viewport=PHONE)
    await visitor.open("/")
    keyboard, opener = visitor.page.keyboard, visitor.button("菜单")
    await tab_to(visitor, opener)
    await keyboard.press("Enter")
    sheet = visitor.page.get_by_role("dialog", name="菜单")
    await visitor.sees("查询服务", "地市频道", inside=sheet)
    for _ in range(20):  # the focus stays inside
        await keyboard.press("Tab")
        assert await sheet.evaluate(
            "e => e.contains(document.activeElement) || document.activeElement === document.body"
        )
    await keyboard.press("Escape")
    await expect(sheet).to_be_hidden()
    await visitor.has_focus(opener)
    await keyboard.press("Enter")
    await tab_to(visitor, sheet.get_by_role("link", name="服务清单"))
    await keyboard.press("Enter")
    await visitor.arrived("/services")
    await visitor.heading("服务清单")
    await expect(sheet).to_be_hidden()


@pytest.mark.req("R-2.1.2")
async def test_a_new_page_begins_at_its_content(visitor: Visitor) -> None:
    await visitor.open("/")
    await visitor.follow("服务清单", "/services")
    await visitor.heading("服务清单")
    await visitor.has_focus(visitor.page.locator("main"))
