"""网上申报 in the browser, step by step: files, the keyboard, saving, printing, the receipt (R-2.6.3.3)."""

import asyncio
import re
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import Error, Route, expect

from jsrs_portal import clock
from jsrs_portal.catalog.demo import DEMO_INSTITUTION_ADMIN, DEMO_PASSWORD
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import fill_login
from tests.e2e.test_application import RENEWAL, add_worker, at_the_form, begin, fill_form, hand_in
from tests.e2e.test_pages import examine
from tests.services.filing import pdf
from tests.services.numbers import human

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.3")]
HEADING = "#step-title"


def connections(visitor: Visitor) -> int:
    """Return how often the page has connected."""
    return sum(frame.startswith("0{") for frame in visitor.frames)


async def template(visitor: Visitor, folder: Path) -> Path:
    """Download the template of the form's table."""
    async with visitor.page.expect_download() as started:
        await visitor.page.get_by_role("link", name="模板").click()
    download = await started.value
    assert download.suggested_filename == "劳动合同续签-续签职工.xlsx"
    file = folder / "职工.xlsx"
    await download.save_as(file)
    return file


async def pick(visitor: Visitor, file: Path) -> None:
    await visitor.page.locator("#workbook-workers").set_input_files(file)


_PIECES = """(span) => [...span.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [node.data, new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size];
})"""


async def test_what_is_wrong_with_an_excel_file_stays_at_its_table(arrive: Arrive, tmp_path: Path) -> None:
    visitor, _ = await at_the_form(arrive)
    before = connections(visitor)
    file = await template(visitor, tmp_path)
    await visitor.page.wait_for_timeout(500)
    assert connections(visitor) == before  # the page was not left
    report = visitor.page.locator("#import-workers")
    broken = tmp_path / "坏.xlsx"
    broken.write_bytes(b"no workbook")
    await pick(visitor, broken)
    await visitor.sees("没有导入", "无法读取该文件", inside=report)
    await visitor.has_focus(report)
    book = openpyxl.load_workbook(file)
    book.worksheets[0]["A1"] = "名字"
    book.save(broken)
    await pick(visitor, broken)
    await visitor.sees("第一行缺少列：姓名。", inside=report)
    book = openpyxl.load_workbook(file)
    for _ in range(101):
        book.worksheets[0].append(["程安", "11010519491231002X", "木工", 6500])
    book.save(broken)
    await pick(visitor, broken)
    await visitor.sees("文件中有 101 行，一次最多导入 100 行。", inside=report)
    book = openpyxl.load_workbook(file)
    book.worksheets[0].append(["程安", "11010519491231002X", "", 6500])
    book.save(broken)
    await pick(visitor, broken)
    await visitor.sees("以下 1 行没有导入", "第 2 行", "「岗位」", "请填写岗位。", inside=report)
    await examine(visitor, "application-import-report")
    heard = len(visitor.frames)
    await visitor.page.evaluate("window.dispatchEvent(new Event('beforeunload'))")  # as another download would
    await visitor.field("联系人").fill("王五")  # whatever is sent next brings the connection back
    await visitor.field("联系人").blur()
    await visitor.filled(since=heard)
    await visitor.sees("「岗位」", inside=report)
    await report.get_by_role("button", name="知道了").click()
    await expect(report).to_have_count(0)


async def test_a_download_that_is_refused_is_told_beside_the_link(arrive: Arrive) -> None:
    visitor, _ = await at_the_form(arrive)
    visitor.expects("404")
    visitor.database.change("UPDATE cases SET status = 'SUBMITTED'")
    await visitor.page.get_by_role("link", name="模板").click()
    await visitor.sees("没有这个模板：草稿可能已经提交、删除或过期")


async def test_the_keyboard_is_at_the_heading_of_every_step(arrive: Arrive, tmp_path: Path) -> None:
    visitor, _ = await at_the_form(arrive)
    heading = visitor.page.locator(HEADING)
    await fill_form(visitor)
    await add_worker(visitor)
    await visitor.sees("共 1 行")
    await visitor.press("下一步：上传材料")
    await visitor.says(heading, "上传材料")
    await visitor.has_focus(heading)
    await visitor.press("上一步")
    await visitor.says(heading, "填写表单")
    await visitor.has_focus(heading)
    await visitor.press("下一步：上传材料")
    await hand_in(visitor, tmp_path)
    await visitor.press("下一步：核对提交")
    await visitor.says(heading, "核对提交")
    await visitor.has_focus(heading)
    await visitor.page.get_by_label("本单位承诺所填内容真实").check()
    await visitor.press("提交申报")
    await visitor.says(heading, "申报已提交")
    await visitor.has_focus(heading)


async def test_a_question_that_comes_or_goes_leaves_the_keyboard_where_it_is(arrive: Arrive) -> None:
    """The question comes in above the field somebody is typing in by then."""
    visitor, _ = await at_the_form(arrive)
    work = visitor.page.get_by_role("group", name="岗位、地点或报酬是否变更")
    for answer, comes in (("固定期限", True), ("无固定期限", False)):
        await work.get_by_label("是", exact=True).focus()
        element = await work.get_by_label("是", exact=True).element_handle()
        assert element is not None
        await (
            visitor.page.get_by_role("group", name="续签类型")
            .get_by_label(answer, exact=True)
            .evaluate("(one) => { one.checked = true; one.dispatchEvent(new Event('input', {bubbles: true})) }")
        )
        await expect(visitor.field("续签终止日")).to_have_count(int(comes))
        await visitor.has_focus(work.get_by_label("是", exact=True))
        assert await element.evaluate("(one) => one === document.activeElement && one.isConnected")


async def test_faults_are_listed_in_the_order_of_the_fields_and_lead_to_them(arrive: Arrive) -> None:
    visitor, _ = await at_the_form(arrive)
    await visitor.field("联系人").fill("")
    await visitor.press("下一步：上传材料")
    links = visitor.page.locator("#errors").get_by_role("link")
    await expect(links.first).to_have_text("请填写联系人。")
    places: list[float] = []
    for link in await links.all():
        target = visitor.page.locator(f'[id="{(await link.get_attribute("href") or "")[1:]}"]')
        await expect(target).to_have_count(1)
        await link.click()
        await visitor.has_focus(target)
        places.append(await target.evaluate("(one) => one.getBoundingClientRect().top + scrollY"))
    assert len(places) > 3
    assert places == sorted(places)


async def test_how_saving_stands_is_said_in_words(arrive: Arrive) -> None:
    visitor, _ = await at_the_form(arrive)
    state = visitor.page.get_by_role("status").filter(has_text=re.compile("保存"))
    await expect(state).to_have_text(re.compile(r"^已保存 \d\d:\d\d$"))
    await state.evaluate(
        "(one) => { window.said = []; new MutationObserver(() => window.said.push(one.textContent))"
        ".observe(one, {childList: true, characterData: true, subtree: true}) }"
    )
    await visitor.field("联系人").press_sequentially("王", delay=20)
    await expect(state).to_have_text("未保存")
    await expect(state).to_have_text(re.compile("已保存"))
    said = await visitor.page.evaluate("window.said")
    assert [text[:4] for text in said] == ["未保存", "正在保存", "已保存 "]
    visitor.database.change("UPDATE cases SET status = 'SUBMITTED'")
    await visitor.field("联系人").press_sequentially("五", delay=20)
    await visitor.sees("没有这份草稿")
    await expect(state).to_have_text("未保存")


async def test_whoever_goes_on_while_a_file_is_being_sent_is_told_and_stays(arrive: Arrive, tmp_path: Path) -> None:
    visitor, _ = await at_the_form(arrive)
    await fill_form(visitor)
    await add_worker(visitor)
    await visitor.sees("共 1 行")
    await visitor.press("下一步：上传材料")
    await visitor.sees("最多 100 个文件")
    gate = asyncio.Event()

    async def hold(route: Route) -> None:
        await gate.wait()
        with suppress(Error):  # the page that asked is gone
            await route.continue_()

    await visitor.page.route("**/files/*/parts/*", hold)
    file = tmp_path / "续签文本.pdf"
    file.write_bytes(pdf())
    await visitor.page.locator("input[type=file]").first.set_input_files(file)
    await visitor.sees("正在上传")
    await visitor.press("下一步：核对提交")
    await visitor.sees("还有 1 个文件正在上传：「续签文本.pdf」。请等待上传完成")
    await visitor.says(visitor.page.locator(HEADING), "上传材料")
    await examine(visitor, "application-uploading")
    await visitor.reload()  # only the part on the server is left
    await visitor.press("下一步：核对提交")
    await visitor.sees("文件「续签文本.pdf」还没有传完。请等待上传完成，或删除该文件后再进入下一步。")
    await visitor.page.unroute("**/files/*/parts/*")
    gate.set()
    wrong = tmp_path / "程序.pdf"
    wrong.write_bytes(b"MZ nothing of the kind")
    await visitor.page.locator("input[type=file]").first.set_input_files([file, wrong])
    await visitor.sees("已上传", "未接受", "文件内容不是可以接受的类型。")
    await visitor.press("下一步：核对提交")
    await visitor.sees("请核对以下内容", "续签文本.pdf")
    await visitor.does_not_see("程序.pdf")
    await visitor.page.get_by_label("本单位承诺所填内容真实").check()
    await visitor.press("提交申报")
    await visitor.sees("申报已提交")
    visitor.stored([("STORED",)], "SELECT state FROM case_files")


async def test_long_tables_are_printed_whole_and_the_number_breaks_between_its_parts(
    arrive: Arrive, tmp_path: Path
) -> None:
    visitor, _ = await at_the_form(arrive)
    await fill_form(visitor)
    file = await template(visitor, tmp_path)
    book = openpyxl.load_workbook(file)
    people = [human(500 + number) for number in range(60)]
    for one in people:
        book.worksheets[0].append([one.name, one.id_number, "木工", 6500])
    book.save(file)
    await pick(visitor, file)
    await visitor.page.get_by_role("dialog").get_by_role("button", name="确认导入").click()
    await visitor.sees("共 60 行")
    await visitor.press("下一步：上传材料")
    await hand_in(visitor, tmp_path)
    await visitor.press("下一步：核对提交")
    await visitor.sees("显示其余 10 行")
    last = visitor.page.get_by_text(people[-1].id_number)
    await expect(last).to_be_hidden()
    await visitor.page.emulate_media(media="print")
    await expect(last).to_be_visible()
    await visitor.sees("草稿，尚未提交。")
    await expect(visitor.button("提交申报")).to_be_hidden()
    await visitor.page.emulate_media(media="screen")
    await visitor.press("显示其余 10 行")
    await expect(last).to_be_visible()
    await examine(visitor, "application-check-long")
    await visitor.page.get_by_label("本单位承诺所填内容真实").check()
    await visitor.press("提交申报")
    await visitor.sees("申报已提交", "当前办理方")
    await visitor.page.emulate_media(media="print")
    await expect(last).to_be_visible()
    await visitor.page.emulate_media(media="screen")
    ((number,),) = visitor.database.rows("SELECT number FROM cases")
    await visitor.page.set_viewport_size({"width": 360, "height": 800})
    pieces = await visitor.page.get_by_text(number, exact=True).first.evaluate(_PIECES)
    assert [text for text, _ in pieces] == [number[:18], number[18:31], f"{clock.today():%Y%m%d}", number[39:]]
    assert [lines for _, lines in pieces] == [1, 1, 1, 1]  # none is on two lines
    assert await visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.req("R-2.6.6.3")
async def test_an_institution_finds_its_matters_applies_and_sees_its_drafts(arrive: Arrive) -> None:
    visitor = await arrive()
    ((number,),) = visitor.database.rows("SELECT number FROM institutions WHERE status = 'OPEN' LIMIT 1")
    await visitor.open("/login")
    await fill_login(visitor, number, DEMO_INSTITUTION_ADMIN.mobile, DEMO_PASSWORD)
    await visitor.arrived("/institution")
    await visitor.sees("机构办事", "民办职业培训学校变更")
    await examine(visitor, "institution-home")
    await visitor.link("申报：紧缺型高技能人才培训学员成绩管理").click()
    await visitor.arrived("/apply/shortage-skills-results")
    await begin(visitor, "/apply/shortage-skills-results")
    await visitor.open("/institution")
    await visitor.sees("未提交的申报")
    await visitor.link("紧缺型高技能人才培训学员成绩管理").click()
    await visitor.sees("下一步：上传材料")
    await visitor.open(RENEWAL)
    await visitor.sees("现在不能申报", "该事项不由机构申报")


async def test_a_fault_found_at_the_end_leads_back_to_its_step(arrive: Arrive, tmp_path: Path) -> None:
    visitor, _ = await at_the_form(arrive)
    await fill_form(visitor)
    await add_worker(visitor)
    await visitor.sees("共 1 行")
    await visitor.press("下一步：上传材料")
    await hand_in(visitor, tmp_path)
    await visitor.press("下一步：核对提交")
    await visitor.sees("请核对以下内容")
    visitor.database.change("DELETE FROM case_files")
    await visitor.page.get_by_label("本单位承诺所填内容真实").check()
    await visitor.press("提交申报")
    await visitor.says(visitor.page.locator(HEADING), "上传材料")
    link = visitor.page.locator("#errors").get_by_role("link", name="请上传劳动合同续签文本。")
    await link.click()
    await visitor.has_focus(visitor.page.locator("#renewal_text"))
    visitor.stored([("materials", None)], "SELECT step, number FROM cases")
