"""Every page and every important state, at every width: structure, no sideways scrolling, axe finds nothing.

With JSRS_SCREENSHOTS set to a folder, each is also photographed there.
"""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_INSTITUTION_ADMIN, DEMO_PASSWORD
from jsrs_portal.components.navigation import HALL_NAVIGATION
from jsrs_portal.pages.routes import PAGES, Page
from jsrs_portal.settings import get_settings
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import (
    HE,
    KINDERGARTEN,
    SOFTWARE,
    fill_account,
    fill_login,
    fill_unit,
    on_phone,
    register_person,
    to_face,
    unit_number,
)
from tests.traceability import add_quality

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDTHS = (360, 768, 1440)
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN_AXE = """async (tags) => (await axe.run(document, {runOnly: {type: 'tag', values: tags}})).violations.map(
    (v) => `${v.id}: ${v.help} — ` + v.nodes.slice(0, 4).map((n) => n.target.join(' ')).join(', '))"""
_TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > width + 1)
        .slice(0, 5).map((e) => `${e.tagName} ${e.className}`.slice(0, 120)).concat('scrolls sideways');
}"""
_CUT_OFF = """() => [...document.querySelectorAll('main *, header *')].filter((e) => {
    const s = getComputedStyle(e);
    return e.childElementCount === 0 && e.textContent.trim() && s.overflowX === 'hidden'
        && s.position !== 'absolute' && e.scrollWidth > e.clientWidth + 1;
}).map((e) => e.textContent.trim().slice(0, 40))"""

SIGNED_IN = tuple(
    page
    for page in PAGES
    if page.route.startswith(("/unit", "/choose", "/sessions", "/notices"))
    and page.route not in ("/units", "/unit/workbench/[review_id]")
)
PERSONAL = tuple(page for page in PAGES if page.route.startswith("/my"))
INSTITUTION = tuple(page for page in PAGES if page.route.startswith("/institution"))
STAFF = tuple(page for page in PAGES if page.route == "/staff" or page.route.startswith("/staff/"))
"""The officers' pages have a frame and a login of their own: test_staff has them."""
OPEN_TO_ALL = tuple(
    page
    for page in PAGES
    if page not in (*SIGNED_IN, *PERSONAL, *INSTITUTION, *STAFF)
    and page.route
    not in ("/password/first", "/applications/[application_id]", "/cases/[case_id]", "/unit/workbench/[review_id]")
)
"""The first password, a draft, a case and a review are for who has one: test_institutions, test_application, test_cases
and test_workbench have their pages."""


@cache
def _axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(autouse=True, scope="module")
def counted() -> Iterator[None]:
    """Let the report say zero even if no page is looked at."""
    add_quality("axe_pages", 0)
    add_quality("axe_violations", 0)
    return


async def examine(visitor: Visitor, name: str, widths: tuple[int, ...] = WIDTHS) -> None:
    """Assert everything that holds for every page in every state."""
    page = visitor.page
    found: list[str] = []
    await page.evaluate(_axe())
    for width in widths:
        await page.set_viewport_size({"width": width, "height": 900})
        await _photograph(visitor, f"{name}-{width}")
        found += [f"{width}: {fault}" for fault in await page.evaluate(_TOO_WIDE)]
        found += [f"{width}: cut off: {text}" for text in await page.evaluate(_CUT_OFF)]
        violations = await page.evaluate(_RUN_AXE, _TAGS)
        add_quality("axe_violations", len(violations))
        found += [f"{width}: {violation}" for violation in violations]
    add_quality("axe_pages")
    assert await page.evaluate("document.documentElement.lang") == "zh-CN"
    await expect(page.locator("h1")).to_have_count(1)
    assert not found, "\n".join(found)


async def _photograph(visitor: Visitor, name: str) -> None:
    folder = os.environ.get("JSRS_SCREENSHOTS")
    if folder:
        file = Path(folder) / (name.strip("/").replace("/", "_") + ".png")
        await visitor.page.screenshot(path=file, full_page=True, caret="initial")


async def _navigation_is_there(visitor: Visitor, current: str) -> None:
    """R-2.1.2, in the bar and in the sheet of a phone."""
    page = visitor.page
    await page.set_viewport_size({"width": 1440, "height": 900})
    links = page.locator("header > nav").get_by_role("link")
    await expect(links).to_have_text([label for label, _ in HALL_NAVIGATION])
    assert [await link.get_attribute("href") for link in await links.all()] == [href for _, href in HALL_NAVIGATION]
    await visitor.sees(*(label for label, _ in HALL_NAVIGATION), inside=page.locator("header > nav"))
    marked = [
        await link.get_attribute("href") for link in await links.all() if await link.get_attribute("aria-current")
    ]
    assert marked == ([current] if current in dict(map(reversed, HALL_NAVIGATION)) else [])
    await page.set_viewport_size({"width": 360, "height": 900})
    await expect(page.locator("header > nav")).to_be_hidden()
    await visitor.press("菜单")
    sheet = page.get_by_role("dialog", name="菜单")
    await expect(sheet.get_by_role("navigation").get_by_role("link")).to_have_text(
        [label for label, _ in HALL_NAVIGATION]
    )
    await visitor.sees("地市频道", inside=sheet)
    await sheet.get_by_role("button", name="关闭").click()
    await expect(sheet).to_be_hidden()


EXAMPLES = {
    "/matters/[matter_key]": ("/matters/labour-contract-renewal", "劳动合同续签", "/services"),
    "/apply/[apply_key]": ("/apply/labour-contract-renewal", "网上申报", "/services"),
    "/announcements/[announcement_key]": (
        "/announcements/skill-subsidy-publicity",
        "2026年第二批紧缺型高技能人才培训补贴拟发放名单公示",
        "/announcements",
    ),
    "/cities/[city_code]": ("/cities/320500", "苏州市", "/cities"),
    "/staff/cases/[desk_id]": ("/staff/cases/" + "0" * 32, "办件处理", ""),
}
"""For a route that names something: an address, its name, and the item of the navigation it belongs to."""


LEADS_AWAY = {"/phone/face": "/phone/over", "/login/confirm": "/login"}
"""Where there is nothing to confirm; test_registration and test_scan have something."""


async def _look_at(visitor: Visitor, page: Page) -> None:
    path, name, current = EXAMPLES.get(page.route, (page.route, page.name, page.route))
    if page.route in LEADS_AWAY:
        await visitor.open(page.route, arrives_at=LEADS_AWAY[page.route])
        return
    await visitor.open(path)
    await expect(visitor.page).to_have_title(f"{name} - {get_settings().hall_name}")
    await expect(visitor.page.locator("[aria-busy=true]")).to_have_count(0)
    await examine(visitor, path.strip("/") or "hall")
    if await visitor.page.locator("dialog[open]").count():  # a page that explains itself first
        await visitor.page.keyboard.press("Escape")
    await _navigation_is_there(visitor, current)


@pytest.mark.req("R-2.1.2")
@pytest.mark.parametrize("page", OPEN_TO_ALL, ids=lambda page: page.route)
async def test_a_page_for_everybody(visitor: Visitor, page: Page) -> None:
    await _look_at(visitor, page)


@pytest.mark.req("R-2.1.2")
@pytest.mark.parametrize("page", SIGNED_IN, ids=lambda page: page.route)
async def test_a_page_for_who_is_signed_in(member: Visitor, page: Page) -> None:
    await _look_at(member, page)


@pytest.mark.req("R-2.1.2")
@pytest.mark.parametrize("page", PERSONAL, ids=lambda page: page.route)
async def test_a_page_for_a_person(person: Visitor, page: Page) -> None:
    await _look_at(person, page)


@pytest.mark.req("R-2.1.2")
@pytest.mark.parametrize("page", INSTITUTION, ids=lambda page: page.route)
async def test_a_page_for_an_institution(visitor: Visitor, page: Page) -> None:
    await visitor.open("/login")
    await fill_login(visitor, "J320000001", DEMO_INSTITUTION_ADMIN.mobile, DEMO_PASSWORD)
    await visitor.arrived("/institution")
    await _look_at(visitor, page)


async def test_axe_finds_what_is_wrong(visitor: Visitor) -> None:
    """Proves that silence in the other tests means something."""
    await visitor.open("/services")
    await visitor.page.evaluate(
        """() => {
            const bad = Object.assign(document.createElement('p'), {textContent: '看不清'});
            bad.style.color = '#dde3ea';
            document.querySelector('main').append(document.createElement('input'), bad);
        }"""
    )
    await visitor.page.evaluate(_axe())
    found = " ".join(await visitor.page.evaluate(_RUN_AXE, _TAGS))
    assert "label:" in found
    assert "color-contrast:" in found


@pytest.mark.req("R-2.1.1")
@pytest.mark.parametrize("address", ["/", "/index/", "/index"])
async def test_the_hall_is_open_to_everybody(visitor: Visitor, address: str) -> None:
    await visitor.open(address, arrives_at="/")
    await visitor.sees("请登录", "个人办事", "单位办事")
    await visitor.page.locator("main").get_by_role("link", name="单位办事").click()
    await visitor.arrived("/units")
    await visitor.heading("单位办事")
    await visitor.page.go_back()
    await visitor.page.locator("main").get_by_role("link", name="个人办事").click()
    await visitor.arrived("/persons")
    await visitor.heading("个人办事")


# States


@pytest.mark.req("R-2.2.1", "R-2.2.3")
async def test_states_of_the_registration(visitor: Visitor, phone: Visitor) -> None:
    await visitor.open("/register/unit")
    await visitor.press("下一步")
    await visitor.sees("请先改正以下内容")
    await examine(visitor, "state-unit-errors")
    await visitor.open("/register/unit")
    await fill_unit(visitor, SOFTWARE)
    await visitor.press("下一步")
    await visitor.sees("等待扫码")
    await examine(visitor, "state-face-qr")
    await visitor.press("上一步")
    await visitor.sees("不修改请留空")
    await examine(visitor, "state-unit-resumed")
    await visitor.press("下一步")
    await visitor.sees("等待扫码")
    await on_phone(phone, await visitor.qr(), "不通过")
    await examine(phone, "state-phone-done", (360,))
    await visitor.sees("未通过")
    await examine(visitor, "state-face-failed")
    await visitor.press("重新认证")
    await visitor.sees("等待扫码")
    visitor.database.change("UPDATE face_checks SET expires_at = datetime('now', '-1 second')")
    await visitor.sees("为了安全，二维码只在短时间内有效。")
    await examine(visitor, "state-face-expired")


@pytest.mark.req("R-2.2.4", "R-2.2.6")
async def test_states_of_the_account_step(applicant: Visitor, phone: Visitor) -> None:
    await examine(applicant, "state-account")
    await applicant.press("提交注册")
    await applicant.sees("请先改正以下内容")
    await examine(applicant, "state-account-errors")
    await fill_account(applicant, phone, "13805150700")
    await examine(applicant, "state-account-counting")
    await applicant.press("提交注册")
    await unit_number(applicant)
    await examine(applicant, "state-unit-done")


@pytest.mark.req("R-2.2.7")
async def test_states_of_a_person(visitor: Visitor, phone: Visitor) -> None:
    await visitor.open("/register/person")
    await visitor.press("下一步")
    await visitor.sees("请先改正以下内容")
    await examine(visitor, "state-person-errors")
    await register_person(visitor, phone, HE)
    await examine(visitor, "state-person-done")


@pytest.mark.req("R-2.4.4")
async def test_states_of_the_login(visitor: Visitor) -> None:
    await visitor.open("/login")
    await visitor.press("登录")
    await visitor.sees("请先改正以下内容")
    await examine(visitor, "state-login-errors")
    await fill_login(visitor, KINDERGARTEN.uscc, "13805150701", "x")
    await visitor.sees("不正确")
    await examine(visitor, "state-login-wrong")
    await visitor.press("CA")
    await visitor.sees("请插入CA登录", "如果您还未下载驱动,请先下载驱动")
    await examine(visitor, "state-login-ca")
    await visitor.press("个人登录")
    await expect(visitor.button("扫码登录")).to_have_count(0)
    await examine(visitor, "state-login-person")
    await visitor.page.goto("/login?reason=idle")
    await visitor.sees("您已较长时间没有操作")
    await examine(visitor, "state-login-idle")


async def test_states_of_the_frame(member: Visitor) -> None:
    await member.open("/unit")
    await member.sees("当前登录人")
    account = member.page.locator("header").get_by_role("button", expanded=False)
    await account.filter(has_text="公司", visible=True).click()
    await member.sees("退出登录")
    await examine(member, "state-account-menu", (1440,))
    await member.page.keyboard.press("Escape")
    await member.press("各地市人社部门网站")
    await member.sees("南京市人力资源和社会保障局")
    await examine(member, "state-footer-menu")
    await member.open("/unit")
    await member.page.set_viewport_size({"width": 360, "height": 900})
    await member.press("菜单")
    await member.sees("省人社门户网站")
    await examine(member, "state-sheet", (360,))
    await member.page.keyboard.press("Escape")
    await member.press("搜索")
    await member.page.get_by_role("dialog").get_by_role("combobox").wait_for()
    await examine(member, "state-search-sheet", (360,))


# How people see


KEY_PAGES = ("/", "/login", "/register/unit", "/services", "/matters/labour-contract-renewal", "/search?q=合同")


@pytest.mark.parametrize(
    ("switch", "attribute", "value"), [("长者版", "print", "large"), ("高对比度", "contrast", "high")]
)
async def test_large_print_and_high_contrast(
    member: Visitor, arrive: Arrive, unit_cookies: Any, switch: str, attribute: str, value: str
) -> None:
    visitor = await arrive()
    await visitor.open("/")
    await visitor.press(switch)
    await expect(visitor.button(switch)).to_have_attribute("aria-pressed", "true")
    for path in KEY_PAGES:
        await visitor.open(path)
        await expect(visitor.page.locator("html")).to_have_attribute(f"data-{attribute}", value)
        await examine(visitor, f"{attribute}-{path.strip('/') or 'hall'}")
    await member.open("/unit")
    await member.press(switch)
    await examine(member, f"{attribute}-unit")
    if value == "large":
        smallest = await member.page.evaluate(
            "Math.min(...[...document.querySelectorAll('main button, main a.min-h-control, header button')]"
            ".map((e) => e.getBoundingClientRect().height).filter((h) => h > 0))"
        )
        assert smallest >= 48
    await member.press(switch)
    await expect(member.page.locator("html")).to_have_attribute(f"data-{attribute}", "")


@pytest.mark.parametrize("width", [360, 320], ids=["200 percent of 720", "400 percent of 1280"])
async def test_zoomed(arrive: Arrive, unit_cookies: Any, width: int) -> None:
    """WCAG 1.4.4 and 1.4.10: a zoomed window is a narrower one with more pixels."""
    visitor = await arrive(viewport={"width": width, "height": 450}, device_scale_factor=2, storage_state=unit_cookies)
    for path in ("/", "/register/unit", "/unit", "/unit/info"):
        await visitor.open(path)
        await expect(visitor.page.locator("[aria-busy=true]")).to_have_count(0)
        assert not await visitor.page.evaluate(_TOO_WIDE)
        assert not await visitor.page.evaluate(_CUT_OFF)
        await visitor.sees("网上办事服务大厅")


@pytest.mark.req("R-2.2.3")
async def test_the_qr_code_fits_a_zoomed_window(arrive: Arrive) -> None:
    visitor = await arrive(viewport={"width": 320, "height": 600})
    address = await to_face(visitor, SOFTWARE)
    assert address.startswith(visitor.portal.origin)
    assert not await visitor.page.evaluate(_TOO_WIDE)
