"""网上申报 in the browser: from the guide to the receipt, on another computer, in two windows (R-2.6.3.3)."""

import re
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import expect

from jsrs_portal import clock
from jsrs_portal.catalog.demo import DEMO_AGENT, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.settings import get_settings
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_person, log_in_unit
from tests.e2e.test_crash import crash, restart
from tests.e2e.test_pages import examine
from tests.services.filing import pdf

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.3")]
RENEWAL = "/apply/labour-contract-renewal"
WORKER = {"姓名": "程安", "居民身份证号码": "11010519491231002X", "岗位": "木工", "月工资": "6500"}


async def begin(visitor: Visitor, path: str = RENEWAL) -> str:
    """Begin a draft and return its page's path."""
    await visitor.open(path)
    await visitor.page.get_by_label("我已阅读并了解").check()
    await visitor.press("开始申报")
    await visitor.page.wait_for_url("**/applications/*")
    await visitor.sees("下一步：上传材料")
    return "/" + visitor.page.url.split("/", 3)[3]


async def at_the_form(arrive: Arrive, mobile: str = DEMO_PERSON.mobile) -> tuple[Visitor, str]:
    visitor = await arrive()
    await log_in_unit(visitor, identifier=mobile)
    return visitor, await begin(visitor)


async def choose(visitor: Visitor, question: str, answer: str) -> None:
    """Tick one of few."""
    group = visitor.page.get_by_role("group", name=question)
    await group.get_by_label(answer, exact=True).check()


async def fill_form(visitor: Visitor) -> None:
    """Answer what 劳动合同续签 asks, for good."""
    await choose(visitor, "续签类型", "无固定期限")
    await visitor.field("续签起始日").fill(f"{clock.today():%Y-%m-%d}")
    await choose(visitor, "岗位、地点或报酬是否变更", "否")
    await choose(visitor, "是否由受托人签署", "否")


async def add_worker(visitor: Visitor, **changed: str) -> None:
    await visitor.press("新增一行")
    dialog = visitor.page.get_by_role("dialog")
    await dialog.get_by_label("姓名").wait_for()
    for label, text in (WORKER | changed).items():
        await dialog.get_by_label(label).fill(text)
    await dialog.get_by_role("button", name="保存", exact=True).click()


async def hand_in(visitor: Visitor, folder: Path) -> None:
    await visitor.sees("最多 100 个文件")
    file = folder / "续签文本.pdf"
    file.write_bytes(pdf())
    await visitor.page.locator("input[type=file]").first.set_input_files(file)
    await visitor.sees("续签文本.pdf", "已上传")


async def test_a_unit_applies_from_the_guide_to_the_receipt(arrive: Arrive, tmp_path: Path) -> None:
    visitor, path = await at_the_form(arrive)
    await visitor.sees("填写表单", DEMO_UNIT.uscc, DEMO_UNIT.name)
    await expect(visitor.field("联系人")).to_have_value(DEMO_PERSON.name)
    await examine(visitor, "application-form")
    await visitor.press("下一步：上传材料")
    await visitor.sees("请先改正以下内容")
    await expect(visitor.page.locator("#errors")).to_be_focused()
    await visitor.page.locator("#errors").get_by_role("link", name="请填写续签起始日。").click()
    await visitor.has_focus(visitor.field("续签起始日"))
    await examine(visitor, "application-form-errors")
    await fill_form(visitor)
    await expect(visitor.page.locator("#errors").get_by_role("link", name="请填写续签起始日。")).to_have_count(0)
    await add_worker(visitor, 居民身份证号码="110105194912310021")
    await visitor.sees("校验码", inside=visitor.page.get_by_role("dialog"))
    await examine(visitor, "application-row")
    await visitor.page.get_by_role("dialog").get_by_label("居民身份证号码").fill(WORKER["居民身份证号码"])
    await visitor.page.get_by_role("dialog").get_by_role("button", name="保存", exact=True).click()
    await visitor.sees("程安", "11010519491231002X", "共 1 行")
    await visitor.press("下一步：上传材料")
    await visitor.sees("最多 100 个文件")
    await visitor.press("下一步：核对提交")
    await visitor.sees("请上传劳动合同续签文本。")
    await examine(visitor, "application-materials")
    await hand_in(visitor, tmp_path)
    await expect(visitor.page.get_by_text("请上传劳动合同续签文本。")).to_have_count(0)
    await visitor.press("下一步：核对提交")
    await visitor.sees("受理区域", "省本级", "请核对以下内容", "无固定期限", "续签文本.pdf")
    await examine(visitor, "application-check")
    await visitor.press("提交申报")
    await visitor.sees("请阅读并勾选承诺内容。")
    await visitor.page.get_by_label("本单位承诺所填内容真实").check()
    await visitor.button("提交申报").dblclick()
    await visitor.sees("申报已提交", "办件编号", "由劳动关系窗口受理", "扫码查看本次申报")
    await examine(visitor, "application-receipt")
    query = "SELECT number, status FROM cases"
    ((number, status),) = visitor.database.rows(query)
    assert status == "SUBMITTED"
    assert re.fullmatch(r"[0-9A-Z]{31}[0-9]{8}[0-9]{4}", number)
    await visitor.sees(number)
    await visitor.open(path)
    await visitor.sees("申报已提交", number)
    await visitor.page.emulate_media(media="print")
    await visitor.sees(get_settings().bureau_name, get_settings().hall_name, "孙**（法定代表人）", "受理区域")
    for gone in ("复制", "打印", "退出登录"):
        await expect(visitor.page.get_by_text(gone, exact=True).filter(visible=True)).to_have_count(0)
    for gone in ("查看办件进度", "返回大厅首页", "单位主页"):
        await expect(visitor.page.get_by_role("link", name=gone)).to_have_count(0)
    await visitor.page.emulate_media(media="screen")
    await visitor.follow("查看办件进度", path.replace("/applications/", "/cases/"))
    await visitor.sees("办理进度", number)
    await visitor.page.emulate_media(media="print")
    await visitor.sees(get_settings().bureau_name, get_settings().hall_name)
    await visitor.page.emulate_media(media="screen")
    await visitor.open("/notices")
    await visitor.sees("申报已提交")
    stranger = await arrive()
    await log_in_unit(stranger, identifier=DEMO_AGENT.mobile)
    await stranger.open(path)
    await stranger.sees("没有这份申报")
    await examine(stranger, "application-missing")
    stranger.never_received(WORKER["居民身份证号码"], "续签文本.pdf")


async def test_what_is_typed_is_kept_and_goes_on_on_another_computer(arrive: Arrive) -> None:
    visitor, path = await at_the_form(arrive)
    await choose(visitor, "续签类型", "以完成一定工作任务为期限")
    task = visitor.field("工作任务")
    await task.fill("完成城南泵站的安装")
    await visitor.page.wait_for_function("() => document.body.innerText.includes('已保存')")
    query = "SELECT max(version) FROM cases"
    await visitor.until(lambda: visitor.database.rows(query)[0][0] >= 3, "saved")
    await visitor.field("联系人").fill("王五")
    await choose(visitor, "是否由受托人签署", "否")
    await visitor.until(lambda: visitor.database.rows(query)[0][0] >= 4, "saved")
    await visitor.reload()
    await expect(visitor.field("联系人")).to_have_value("王五")
    await expect(task).to_have_value("完成城南泵站的安装")
    for question, answer in (("续签类型", "以完成一定工作任务为期限"), ("是否由受托人签署", "否")):
        group = visitor.page.get_by_role("group", name=question)
        await expect(group.get_by_label(answer, exact=True)).to_be_checked()
    other = await arrive()
    await log_in_unit(other)
    await other.open(RENEWAL)
    await other.sees("未提交的草稿")
    await examine(other, "apply-drafts")
    await other.link("继续填写").click()
    await other.arrived(path)
    await expect(other.field("工作任务")).to_have_value("完成城南泵站的安装")
    await other.field("工作任务").fill("完成城北泵站的安装")
    saved = visitor.database.rows(query)[0][0]
    await other.until(lambda: visitor.database.rows(query)[0][0] > saved, "saved")
    await task.fill("完成城西泵站的安装")
    await visitor.field("联系人").fill("周明")
    await visitor.sees("这份草稿刚刚在另一个窗口中保存过", "工作任务：您填写的「完成城西泵站的安装」没有采用")
    await expect(visitor.field("工作任务")).to_have_value("完成城北泵站的安装")
    await expect(visitor.field("联系人")).to_have_value("周明")
    await examine(visitor, "application-merged")
    await visitor.press("删除草稿")
    await visitor.press("删除")
    await visitor.arrived(RENEWAL)
    await visitor.does_not_see("未提交的草稿")


async def test_a_table_is_filled_from_an_excel_file(arrive: Arrive, tmp_path: Path) -> None:
    visitor, path = await at_the_form(arrive)
    async with visitor.page.expect_download() as started:
        await visitor.page.get_by_role("link", name="模板").click()
    file = tmp_path / "职工.xlsx"
    await (await started.value).save_as(file)
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    sheet.append(["程安", "11010519491231002X", "木工", 6500])
    sheet.append(["陆一", "110105194912310021", "瓦工", 6600])
    book.save(file)
    await visitor.page.locator("input[type=file]").first.set_input_files(file)
    dialog = visitor.page.get_by_role("dialog")
    await visitor.sees("校验码", inside=dialog)
    await examine(visitor, "application-import")
    await visitor.sees("11010519491231002X", inside=dialog)
    await dialog.get_by_role("button", name="确认导入").click()
    await visitor.sees("共 1 行", "程安")
    await visitor.sees("第 3 行", "「居民身份证号码」", inside=visitor.page.locator("#import-workers"))
    await visitor.open(RENEWAL)
    await visitor.open(path)
    await expect(dialog).to_be_hidden()


async def test_an_application_is_filled_in_with_the_keyboard(arrive: Arrive) -> None:
    visitor, _ = await at_the_form(arrive)
    page = visitor.page
    await visitor.field("联系电话").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await expect(visitor.page.get_by_label("固定期限", exact=True)).to_be_checked()
    await visitor.field("续签终止日").wait_for()
    await expect(visitor.page.get_by_label("固定期限", exact=True)).to_be_focused()
    place = visitor.field("工作地点")
    await place.fill("")
    await place.press_sequentially("gulou", delay=20)
    option = page.get_by_role("option").filter(has_text="南京市鼓楼区")
    await expect(option.first).to_be_visible()
    await place.press("ArrowDown")
    await place.press("Enter")
    await visitor.button("新增一行").focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("姓名").wait_for()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_a_person_applies_for_themselves_and_a_visitor_logs_in_first(arrive: Arrive) -> None:
    visitor = await arrive()
    await visitor.open("/apply/labour-arbitration-application")
    await visitor.sees("受理区域", "申报提交后由该区域的部门受理。", "受理条件", "登录后申报")
    await examine(visitor, "apply-visitor")
    await log_in_person(visitor)
    await begin(visitor, "/apply/labour-arbitration-application")
    place = visitor.page.locator("[id$='address.region']").first
    await place.press_sequentially("xuanwu", delay=20)
    option = visitor.page.get_by_role("option").filter(has_text="南京市玄武区")
    await option.first.click()
    await expect(place).to_have_value("江苏省南京市玄武区（320102）")
    await examine(visitor, "application-arbitration")
    await visitor.open(RENEWAL)
    await visitor.sees("现在不能申报", "您目前没有代表单位办事")


async def test_an_agents_application_waits_for_the_unit(arrive: Arrive, tmp_path: Path) -> None:
    visitor, _ = await at_the_form(arrive, DEMO_AGENT.mobile)
    await fill_form(visitor)
    await add_worker(visitor)
    await visitor.sees("共 1 行")
    await visitor.press("下一步：上传材料")
    await hand_in(visitor, tmp_path)
    await visitor.press("下一步：核对提交")
    await visitor.page.get_by_label("本单位承诺所填内容真实").check()
    await visitor.press("提交申报")
    await visitor.sees("申报已提交", "待单位审核", "由本单位法定代表人或管理员审核")


@pytest.mark.parametrize("written", [False, True], ids=["at once", "once it is written"])
async def test_killed_right_after_submitting_it_is_submitted_once(
    arrive: Arrive, tmp_path: Path, written: bool
) -> None:
    visitor, path = await at_the_form(arrive)
    await fill_form(visitor)
    await add_worker(visitor)
    await visitor.sees("共 1 行")
    await visitor.press("下一步：上传材料")
    await hand_in(visitor, tmp_path)
    await visitor.press("下一步：核对提交")
    await visitor.page.get_by_label("本单位承诺所填内容真实").check()
    query = "SELECT count(*) FROM cases WHERE number IS NOT NULL"
    told = "SELECT count(*) FROM notices WHERE title = '申报已提交'"
    ((before,),) = visitor.database.rows(told)
    await visitor.button("提交申报").click(no_wait_after=True)
    if written:
        await visitor.until(lambda: visitor.database.rows(query) == [(1,)], "the case")
    await crash(visitor)
    await restart(visitor)
    await visitor.open(path)
    again = visitor.button("提交申报")
    await expect(again.or_(visitor.page.get_by_text("申报已提交")).first).to_be_visible()
    if await again.count():
        await visitor.page.get_by_label("本单位承诺所填内容真实").check()
        await again.click()
    await visitor.sees("申报已提交")
    assert visitor.database.rows(query) == [(1,)]
    assert visitor.database.rows(told) == [(before + 1,)]
