"""The guide of a matter: complete, printed, kept, and why one cannot apply (R-2.1.9)."""

import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_AGENT, DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.pages.guide_parts import PARTS
from tests.e2e.browser import Visitor
from tests.e2e.journeys import fill_login, log_in_unit
from tests.e2e.test_pages import examine

pytestmark = pytest.mark.asyncio(loop_scope="session")
GUIDE = "/matters/labour-contract-renewal"


@pytest.fixture(autouse=True)
def _nothing_kept(portal) -> None:
    portal.database.change("DELETE FROM favourites")


@pytest.mark.req("R-2.1.9")
async def test_a_guide_has_all_its_parts_and_a_way_to_each(visitor: Visitor) -> None:
    await visitor.open(GUIDE)
    await visitor.heading("劳动合同续签")
    for _, title in PARTS:
        await expect(visitor.page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    await visitor.sees("实施编码", "受理标准：", "必要", "不收费", "中华人民共和国劳动合同法")
    await visitor.link("常见问题").click()
    await visitor.has_focus(visitor.page.locator("#part-faqs"))
    question = visitor.page.locator("details").first
    await question.locator("summary").click()
    await expect(question).to_have_attribute("open", "")
    for name in ("申报", "评价"):
        await expect(visitor.link(name)).to_be_visible()
    await expect(visitor.button("收藏")).to_be_visible()


@pytest.mark.req("R-2.1.9")
async def test_a_guide_says_what_it_is_before_any_script_runs(visitor: Visitor) -> None:
    """What search engines and previews of links read; once the script runs, there is one title only."""
    html = await (await visitor.page.request.get(GUIDE)).text()
    assert "<title data-served>劳动合同续签 - 网上办事服务大厅</title>" in html
    for text in ('<meta name="description"', "<noscript><h1>劳动合同续签</h1>", "受理条件", "劳动合同续签文本"):
        assert text in html
    await visitor.open(GUIDE)
    await visitor.heading("劳动合同续签")
    await expect(visitor.page.locator("head title")).to_have_count(1)


@pytest.mark.req("R-2.1.9")
async def test_an_address_without_a_matter_says_so(visitor: Visitor) -> None:
    visitor.expects(r"404 \(Not Found\)")
    answer = await visitor.page.goto("/matters/none-such")
    assert answer is not None
    assert answer.status == 404
    await visitor.sees("没有这个事项")
    await visitor.follow("去服务清单", "/services")


@pytest.mark.req("R-2.1.9")
async def test_a_visitor_who_keeps_a_matter_logs_in_first_and_comes_back(visitor: Visitor) -> None:
    await visitor.open(GUIDE)
    await visitor.press("收藏")
    await visitor.arrived("/login")
    await fill_login(visitor, DEMO_UNIT.uscc, DEMO_AGENT.mobile, DEMO_PASSWORD)
    await visitor.arrived(GUIDE)
    await visitor.press("收藏")
    await visitor.sees("已收藏")
    visitor.stored([(1,)], "SELECT count(*) FROM favourites")
    await visitor.reload()
    await visitor.press("取消收藏")
    await visitor.sees("已取消收藏")
    visitor.stored([(0,)], "SELECT count(*) FROM favourites")


@pytest.mark.req("R-2.4.9", "R-2.6.1.2", "R-2.6.6.5")
async def test_the_units_own_password_keeps_for_the_unit_and_reaches_no_personal_centre(visitor: Visitor) -> None:
    await log_in_unit(visitor)
    await visitor.open(GUIDE)
    await visitor.press("收藏")
    await visitor.sees("已收藏")
    await visitor.open("/unit")
    await visitor.press("收藏")
    await visitor.sees("劳动合同续签（办事）")
    await visitor.open(GUIDE)
    await visitor.press("取消收藏")
    await visitor.sees("已取消收藏")
    await visitor.open("/unit")
    await visitor.press("收藏")
    await visitor.sees("还没有收藏事项")
    visitor.stored([(0,)], "SELECT count(*) FROM favourites")
    await visitor.open("/my")
    await visitor.arrived("/refused")


@pytest.mark.req("R-2.1.4", "R-2.1.9")
async def test_from_the_hall_to_a_guide_to_the_login_and_back(visitor: Visitor) -> None:
    """The way most people come: a category, its list, a guide, and a login that does not lose the place."""
    await visitor.open("/")
    await visitor.page.locator("header > nav").get_by_role("link", name="服务清单").click()
    await visitor.arrived("/services")
    await visitor.follow("劳动关系")
    await visitor.page.wait_for_url("**category=labour**")
    await visitor.page.locator("main h2").get_by_role("link", name="劳动合同续签", exact=True).click()
    await visitor.arrived(GUIDE)
    await visitor.heading("劳动合同续签")
    await visitor.press("收藏")
    await visitor.arrived("/login")
    await visitor.sees("登录后可以收藏事项")
    await fill_login(visitor, DEMO_UNIT.uscc, DEMO_PERSON.mobile, DEMO_PASSWORD)
    await visitor.arrived(GUIDE)
    await visitor.heading("劳动合同续签")


@pytest.mark.req("R-2.1.9")
async def test_applying_leads_to_the_application_of_this_matter(visitor: Visitor) -> None:
    await visitor.open(GUIDE)
    await visitor.page.locator("main").get_by_role("link", name="申报", exact=True).click()
    await visitor.arrived("/apply/labour-contract-renewal")
    await visitor.sees("登录后申报")
    await visitor.follow("查看办事指南", GUIDE)


@pytest.mark.req("R-2.1.3", "R-2.1.9")
async def test_a_matter_of_another_region_says_why_one_cannot_apply(visitor: Visitor) -> None:
    """The button stays where it is, can be reached and says why; the application's own address says the same."""
    why = "该事项不在苏州办理。如需在省本级办理，请先切换区域。"
    await visitor.open("/matters/enterprise-online-reporting?region=320500")
    await visitor.sees(why)
    refused = visitor.page.locator("main").get_by_role("button", name="申报", exact=True)
    await expect(refused).to_have_attribute("aria-disabled", "true")
    await expect(refused).to_have_accessible_description(f"注意： {why}")
    await examine(visitor, "guide-why-not")
    await visitor.open("/apply/enterprise-online-reporting?region=320500")
    await visitor.sees("现在不能申报", why)


@pytest.mark.req("R-2.1.9")
async def test_a_unit_does_not_apply_for_a_persons_matter(visitor: Visitor, portal) -> None:
    query = (
        "SELECT key FROM matters WHERE sides = 'person' AND online = 'hall' AND kind = '办事' AND status = 'PUBLISHED'"
    )
    key = portal.database.rows(query)[0][0]
    await log_in_unit(visitor)
    await visitor.open(f"/matters/{key}?region=320000")
    await visitor.sees("该事项由个人申报，单位账号不能代为申报。")


@pytest.mark.req("R-2.1.9")
async def test_a_guide_is_taken_along_by_phone_or_on_paper(visitor: Visitor) -> None:
    """The code leads to this page as it is seen; on paper the answers are open and the buttons gone."""
    await visitor.open(f"{GUIDE}?region=320500")
    assert await visitor.qr() == f"{visitor.portal.origin}{GUIDE}?region=320500"
    await visitor.page.evaluate("window.print = () => { window.printed = true }")
    await visitor.press("打印")
    assert await visitor.page.evaluate("window.printed")
    await visitor.page.emulate_media(media="print")
    for name in ("收藏", "打印"):
        await expect(visitor.button(name)).to_be_hidden()
    await expect(visitor.page.locator("header")).to_be_hidden()
    assert await visitor.page.locator("details > p").evaluate_all("all => all.every(p => p.checkVisibility())")
    await expect(visitor.page.locator("main").get_by_role("heading", name="法律救济")).to_be_visible()
    pages = await visitor.page.pdf(format="A4")
    assert pages.startswith(b"%PDF")
