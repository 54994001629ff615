"""The hall as a visitor uses it: doors, lists, guides, search, regions, cities, announcements (R-2.1)."""

import httpx
import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.shipped import FOLDER, regions, taxonomy
from tests.e2e.browser import PHONE, Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.test_pages import examine
from tests.support.portal import Portal

pytestmark = pytest.mark.asyncio(loop_scope="session")
GUIDE = "/matters/labour-contract-renewal"


# The first page


@pytest.mark.req("R-2.1.1", "R-2.1.4", "R-2.1.6")
async def test_every_tile_of_the_hall_leads_to_matters(visitor: Visitor) -> None:
    await visitor.open("/")
    main = visitor.page.locator("main")
    for group in (*taxonomy().audiences, *taxonomy().themes):
        await expect(main.get_by_role("link", name=group.name, exact=False).first).to_be_visible()
    for kind, groups in (("audience", taxonomy().audiences), ("theme", taxonomy().themes)):
        for group in groups:
            await visitor.open(f"/services?{kind}={group.key}")
            await expect(visitor.page.locator("main li h2 a").first).to_be_visible()
            await expect(visitor.page.locator("[aria-current=true]").filter(has_text=group.name)).to_be_visible()
    await visitor.sees("个事项")


@pytest.mark.req("R-2.1.5")
async def test_the_hot_matters_of_every_category_have_guide_and_application(visitor: Visitor) -> None:
    await visitor.open("/")
    hot = visitor.page.locator("section").filter(has=visitor.page.get_by_role("heading", name="热门服务"))
    for group in taxonomy().categories:
        await hot.get_by_role("button", name=group.name).click()
        await expect(hot.get_by_role("link", name="指南：").first).to_be_visible()
    await hot.get_by_role("button", name="就业创业").click()
    away = hot.get_by_role("link", name="申报：创业担保贷款申请（在新窗口打开")
    await expect(away.locator("svg")).to_be_visible()  # that it leads elsewhere is seen as well as said
    await expect(hot.get_by_role("link", name="申报：稳岗返还申报").locator("svg")).to_have_count(0)
    await hot.get_by_role("button", name="劳动关系").click()
    await expect(hot.get_by_role("link", name="申报：劳动合同续签")).to_be_visible()
    await hot.get_by_role("link", name="指南：劳动合同续签").click()
    await visitor.arrived(GUIDE)
    await visitor.heading("劳动合同续签")


@pytest.mark.req("R-2.1.5")
async def test_what_is_looked_at_becomes_hot(visitor: Visitor, portal) -> None:
    """A guide that is read stands first in its category; the same network counts once a day, whatever its cookies."""
    cold = ("DELETE FROM matter_stats", "UPDATE matters SET heat = 0, hot_order = featured")
    query = (
        "SELECT key, name FROM matters WHERE category = 'labour' AND status = 'PUBLISHED' AND online = 'hall'"
        " ORDER BY featured DESC, place DESC"
    )
    key, name = portal.database.rows(query)[0]
    portal.database.change(*cold)
    try:
        await visitor.open(f"/matters/{key}")
        await visitor.until(
            lambda: portal.database.rows("SELECT heat FROM matters WHERE key = ?", key) == [(1,)], "the view"
        )
        # Written with it was what earlier tests had looked at.
        portal.database.change(f"UPDATE matters SET heat = 0, hot_order = featured WHERE key <> '{key}'")
        await visitor.reload()
        await visitor.open("/")
        await visitor.press("劳动关系")
        hot = visitor.page.locator("section").filter(has=visitor.page.get_by_role("heading", name="热门服务"))
        await visitor.sees(name, inside=hot.locator("li").first)
        visitor.stored([(1,)], "SELECT views FROM matter_stats JOIN matters m ON m.id = matter_id WHERE m.key = ?", key)
    finally:
        portal.database.change(*cold)


# Lists


@pytest.mark.req("R-2.1.10")
async def test_filters_are_in_the_address_and_can_be_taken_back(visitor: Visitor) -> None:
    await visitor.open("/services")
    await visitor.follow("劳动关系")
    await visitor.page.wait_for_url("**/services?category=labour&region=320000")
    await visitor.follow("工资薪酬")
    await visitor.page.wait_for_url("**/services?category=labour&subcategory=wages&region=320000")
    await visitor.sees("企业薪酬调查统计报表")
    await visitor.page.go_back()
    await visitor.sees("劳动合同续签")
    await visitor.page.go_back()
    await expect(visitor.page.locator("[aria-current=true]").filter(has_text="劳动关系")).to_have_count(0)


@pytest.mark.req("R-2.1.10")
async def test_pages_of_a_list_follow_one_another(visitor: Visitor) -> None:
    await visitor.open("/services")
    titles = visitor.page.locator("main li h2")
    first = await titles.all_inner_texts()
    assert len(first) == 20
    await visitor.follow("下一页")
    await visitor.page.wait_for_url("**after=**")
    await expect(titles.first).not_to_have_text(first[0])
    assert not set(first) & set(await titles.all_inner_texts())
    await visitor.follow("回到第一页")
    await expect(titles.first).to_have_text(first[0])
    await visitor.sees("个事项")


@pytest.mark.req("R-2.1.10")
async def test_a_filter_that_finds_nothing_leads_on(visitor: Visitor) -> None:
    await visitor.open("/queries?side=institution&category=card")
    await visitor.sees("没有符合条件的事项")
    await visitor.follow("清除筛选", "/queries")
    await expect(visitor.page.locator("main li h2").first).to_be_visible()


@pytest.mark.req("R-2.1.1", "R-2.1.10")
@pytest.mark.parametrize(("path", "tag"), [("/persons", "个人"), ("/units", "单位"), ("/queries", "查询")])
async def test_a_door_leads_to_its_own_matters_only(visitor: Visitor, path: str, tag: str) -> None:
    await visitor.open(path)
    rows = visitor.page.locator("main li").filter(has=visitor.page.locator("h2"))
    await expect(rows.first).to_be_visible()
    for row in await rows.all():
        assert tag in await row.inner_text()


# Search


@pytest.mark.req("R-2.1.8")
@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("劳动合同续签", "劳动合同续签"),
        ("ldhtxq", "劳动合同续签"),
        ("laodonghetong", "劳动合同"),
        ("劳动合同续迁", "劳动合同续签"),
        ("薪酬调查", "企业薪酬调查统计报表"),
    ],
)
async def test_search_finds_by_words_pinyin_initials_and_nearly(visitor: Visitor, text: str, finds: str) -> None:
    await visitor.open(f"/search?q={text}")
    await visitor.sees(finds, inside=visitor.page.locator("main li h2").first)
    if text == "劳动合同续迁":
        await visitor.sees("以下是相近的结果")


@pytest.mark.req("R-2.1.8")
async def test_the_search_box_suggests_and_the_keyboard_chooses(visitor: Visitor) -> None:
    await visitor.open("/")
    box = visitor.page.locator("#search-hall")
    await box.press_sequentially("劳动合同", delay=30)
    options = visitor.page.locator("#search-hall-list").get_by_role("option")
    await expect(options.first).to_be_visible()
    await box.press("ArrowDown")
    await box.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    await box.press("Escape")
    await expect(options.first).to_be_hidden()
    await box.press_sequentially("续签", delay=30)
    await visitor.sees("劳动合同续签", inside=visitor.page.locator("#search-hall-list"))
    await box.press("ArrowDown")
    await box.press("Enter")
    await visitor.arrived(GUIDE)


@pytest.mark.req("R-2.1.8")
async def test_a_search_without_result_leads_on(visitor: Visitor) -> None:
    await visitor.open("/search?q=飞碟起飞许可")
    await visitor.sees("没有找到相关内容", "大家常办", "按业务查找")
    await examine(visitor, "search-nothing")
    await visitor.page.locator("main").get_by_role("link", name="社会保险", exact=True).click()
    await visitor.page.wait_for_url("**/services?category=insurance**")


@pytest.mark.req("R-2.1.8")
async def test_what_is_typed_is_shown_and_never_run(visitor: Visitor) -> None:
    await visitor.open("/search?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%27%20OR%201%3D1")
    await visitor.sees("没有找到相关内容")
    assert await visitor.page.locator("main img").count() == 0


@pytest.mark.req("R-2.1.8")
async def test_states_of_the_search(visitor: Visitor) -> None:
    await visitor.open("/search?q=合同")
    await expect(visitor.page.locator("main mark").first).to_be_visible()
    await examine(visitor, "search-found")


# Regions and cities


@pytest.mark.req("R-2.1.3")
async def test_a_region_is_chosen_remembered_and_filters(visitor: Visitor) -> None:
    await visitor.open("/services?category=labour")
    await visitor.page.locator("header").get_by_role("button", name="省本级").click()
    tree = regions()
    for city in tree.children(tree.code):
        await expect(visitor.page.locator("header").get_by_role("link", name=city.short, exact=True)).to_be_visible()
    await visitor.page.locator("header").get_by_role("link", name="苏州", exact=True).click()
    await visitor.page.wait_for_url("**/services?category=labour&region=320500")
    await visitor.sees("苏州", inside=visitor.page.locator("main [role=status]"))
    await visitor.does_not_see("企业外网填报")  # 省本级 only
    await visitor.open("/")  # remembered without the address saying so
    await expect(visitor.page.locator("header").get_by_role("button", name="苏州")).to_be_visible()
    await visitor.open("/services?category=labour&region=320000")  # an address that says so wins
    await expect(visitor.page.locator("header").get_by_role("button", name="省本级")).to_be_visible()


@pytest.mark.req("R-2.1.10", "R-2.1.3")
async def test_a_city_has_its_own_front(visitor: Visitor) -> None:
    await visitor.open("/cities")
    await expect(visitor.page.locator("main li a")).to_have_count(13)
    await visitor.page.locator("main").get_by_role("link", name="苏州").first.click()
    await visitor.arrived("/cities/320500")
    await visitor.heading("苏州市")
    await visitor.sees("苏州市人力资源和社会保障局", "服务大厅", "相关网站", "县（市、区）事项", "本市公告")
    await visitor.page.locator("main").get_by_role("link", name="昆山市").click()
    await visitor.page.wait_for_url("**/services?region=320583")
    await visitor.sees("昆山市", inside=visitor.page.locator("main [role=status]"))


@pytest.mark.req("R-2.1.3")
async def test_the_region_on_a_phone(arrive: Arrive) -> None:
    visitor = await arrive(viewport=PHONE)
    await visitor.open("/announcements")
    header = visitor.page.locator("header")
    await header.get_by_role("button", name="省本级").click()
    await header.get_by_role("link", name="泰州", exact=True).click()
    await visitor.page.wait_for_url("**/announcements?region=321200")
    await visitor.sees("泰州")


# Announcements


@pytest.mark.req("R-2.1.10")
async def test_announcements_are_filtered_and_read(visitor: Visitor) -> None:
    await visitor.open("/announcements")
    await visitor.follow("公示")
    await visitor.page.wait_for_url("**/announcements?kind=**")
    await expect(visitor.page.locator("[aria-current=true]").filter(has_text="公示")).to_be_visible()
    first = visitor.page.locator("main li h2 a").first
    title = await first.inner_text()
    await first.click()
    await visitor.heading(title)
    await visitor.sees("公示期")
    await expect(visitor.page).to_have_title(f"{title} - 网上办事服务大厅")


@pytest.mark.req("R-2.1.10")
async def test_an_announcement_with_a_table_its_files_and_what_is_pinned(visitor: Visitor) -> None:
    await visitor.open("/")
    news = visitor.page.locator("main").get_by_role("link", name="置顶", exact=False)
    await expect(news.first).to_contain_text("关于做好地市历史用户升级工作的公告")
    await visitor.open("/announcements")
    await expect(visitor.page.locator("main li").filter(has_text="置顶")).to_contain_text("历史用户升级")
    await visitor.open("/announcements/skill-subsidy-publicity")
    table = visitor.page.get_by_role("table")
    await expect(table.get_by_role("row", name="南京市 6 214 181")).to_be_visible()
    await expect(table.get_by_role("cell", name="214")).to_have_css("text-align", "end")
    await visitor.open("/announcements/wage-survey-2026")
    await visitor.sees("PDF，217 KB", "XLSX，6 KB")
    async with visitor.page.expect_download() as saved:
        await visitor.link("企业薪酬调查样表").click()
    file = await saved.value
    assert file.suggested_filename == "企业薪酬调查样表.xlsx"
    assert (await file.path()).read_bytes() == (FOLDER / "attachments/wage-survey-2026/sample-form.xlsx").read_bytes()
    await visitor.link("企业职工工资情况调查").click()
    await visitor.arrived("/matters/employee-wage-survey")


@pytest.mark.req("R-2.1.10")
async def test_a_file_is_sent_so_that_no_browser_shows_it(portal: Portal) -> None:
    async with httpx.AsyncClient(base_url=portal.origin) as client:
        first = await client.get("/announcements/wage-survey-2026/files/1")
        again = await client.get(
            "/announcements/wage-survey-2026/files/1", headers={"If-None-Match": first.headers["etag"]}
        )
        head = await client.head("/announcements/wage-survey-2026/files/1")
        strange = [
            await client.get(f"/announcements/{path}")
            for path in (
                "wage-survey-2026/files/3",
                "wage-survey-2026/files/0",
                "wage-survey-2026/files/01",
                "wage-survey-2026/files/-1",
                "wage-survey-2026/files/" + "9" * 5000,
                "wage-survey-2026/files/１",
                "wage-survey-2026/files/1'--",
                "none-such/files/1",
                "..%2fwage-survey-2026/files/1",
            )
        ]
    assert first.status_code == 200
    assert first.content.startswith(b"%PDF-")
    assert first.headers["content-type"] == "application/pdf"
    assert first.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert first.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert first.headers["x-content-type-options"] == "nosniff"
    assert (again.status_code, again.content) == (304, b"")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == first.headers["content-length"]
    assert {answer.status_code for answer in strange} <= {404, 414}


@pytest.mark.req("R-2.1.7")
async def test_the_footer_names_who_is_responsible(visitor: Visitor) -> None:
    await visitor.open("/")
    footer = visitor.page.locator("footer")
    await visitor.sees("主办单位", "网站标识码", "ICP备案号", "公安备案号", "联系电话", inside=footer)
    for menu in ("业务子网", "各地市人社部门网站", "上级单位和外省人社部门网站"):
        await footer.get_by_role("button", name=menu).click()
        await expect(footer.get_by_role("listitem").filter(visible=True).first).to_be_visible()
        if menu == "各地市人社部门网站":
            await expect(footer.get_by_role("listitem").filter(visible=True).get_by_role("link")).to_have_count(13)
        await visitor.page.keyboard.press("Escape")
