"""One case from application to a rated end, by four people: an agent, their boss, an officer, whoever checks (R-2.6).

The result is sent by courier and signed for; its document is checked by its QR code, and the case is rated.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import openpyxl
import pypdfium2
import pytest
import zxingcpp
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_AGENT, DEMO_PERSON, DEMO_STAFF, DEMO_UNIT
from jsrs_portal.services.people import mobile_index
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_unit
from tests.e2e.test_application import begin, choose
from tests.e2e.test_courier import STREET, ordered, travel, type_address, waybill
from tests.e2e.test_pages import examine
from tests.e2e.test_staff import at_work
from tests.e2e.test_three_people import decide
from tests.services.filing import pdf
from tests.services.numbers import human
from tests.support.cases import forget_cases
from tests.support.portal import Portal

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.req("R-2.6.3.2", "R-2.6.3.3", "R-2.6.3.4", "R-2.6.4.1", "R-2.6.7.2"),
]
MATTER = "单位批量申领社会保障卡"
CARDS = "/apply/unit-batch-card-application"


@pytest.fixture(autouse=True)
def agent_for_cards(portal: Portal, afresh: None) -> Iterator[None]:
    """The unit's agent covers cards meanwhile; nothing is left to the next test."""
    whose = "person_id = (SELECT id FROM persons WHERE mobile_index = ?) AND role = 'AGENT'"
    ((before,),) = portal.database.rows(f"SELECT scope FROM grants WHERE {whose}", mobile_index(DEMO_AGENT.mobile))
    scope = json.loads(before)
    scope["categories"] = [*scope["categories"], "card"]
    change = f"UPDATE grants SET scope = ? WHERE {whose}"
    portal.database.change("DELETE FROM addresses")
    portal.database.execute(change, json.dumps(scope), mobile_index(DEMO_AGENT.mobile))
    yield
    portal.database.execute(change, before, mobile_index(DEMO_AGENT.mobile))
    forget_cases(portal.database)
    portal.database.change("DELETE FROM addresses", "UPDATE staff SET totp_last_step = 0")


async def import_workers(visitor: Visitor, folder: Path) -> None:
    """Fill the table of workers from its own template."""
    async with visitor.page.expect_download() as started:
        await visitor.page.get_by_role("link", name="模板").click()
    file = folder / "办卡职工名册.xlsx"
    await (await started.value).save_as(file)
    book = openpyxl.load_workbook(file)
    for number in range(10):
        one = human(700 + number)
        book.worksheets[0].append([one.name, one.id_number, one.mobile, "江苏银行", "没有"])
    book.save(file)
    await visitor.page.locator("#workbook-workers").set_input_files(file)
    await visitor.page.get_by_role("dialog").get_by_role("button", name="确认导入").click()
    await visitor.sees("共 10 行")


async def apply(visitor: Visitor, folder: Path) -> str:
    """Apply for the cards of ten workers; return the case's identifier."""
    await begin(visitor, CARDS)
    await visitor.fill(本批人数="10")
    await visitor.field("多数职工选择的合作银行").select_option(label="江苏银行")
    await choose(visitor, "名册中是否有人选择其他银行", "否")
    await choose(visitor, "照片来源", "全部沿用身份证照片")
    await choose(visitor, "领取方式", "网点签领")
    await visitor.fill(第一领卡人="方海生", 第一领卡人手机="13800000003")
    await visitor.fill(第二领卡人="孙立", 第二领卡人手机="13800000001")
    await import_workers(visitor, folder)
    await visitor.press("下一步：上传材料")
    await visitor.sees("最多 100 个文件")
    file = folder / "代办同意书.pdf"
    file.write_bytes(pdf())
    consent = visitor.page.get_by_role("heading", name="职工代办同意书")
    await consent.locator("..").locator("input[type=file]").set_input_files(file)
    await visitor.sees("代办同意书.pdf", "已上传")
    await visitor.press("下一步：核对提交")
    await visitor.sees("请核对以下内容", "江苏银行")
    await visitor.page.get_by_label("本单位承诺职工自愿选择银行").check()
    await visitor.button("提交申报").dblclick()
    await visitor.sees("申报已提交", "查看办件进度")
    ((case_id,),) = visitor.database.rows("SELECT id FROM cases WHERE status <> 'DRAFT'")
    return str(case_id)


async def send_result(desk: Visitor) -> str:
    """Register the number of the parcel with the result; return it."""
    number = waybill("SF")
    await desk.press("登记快递单号")
    dialog = desk.page.get_by_role("dialog")
    await dialog.get_by_label("快递公司").select_option(label="顺丰速运")
    await dialog.get_by_label("快递单号").fill(number)
    await dialog.get_by_role("button", name="登记", exact=True).click()
    await desk.sees("快递单号已登记，并已通知申请人。", number)
    return number


async def fetch_document(visitor: Visitor) -> str:
    """Download the result; return the path that its QR code leads to."""
    async with visitor.page.expect_download() as started:
        await visitor.page.get_by_role("link", name="下载 PDF").click()
    page = pypdfium2.PdfDocument(await (await started.value).path())[0]
    assert DEMO_UNIT.name in "".join(page.get_textpage().get_text_bounded().split())
    (code,) = zxingcpp.read_barcodes(page.render(scale=2).to_pil())
    scanned = urlsplit(code.text)
    return f"{scanned.path}?{scanned.query}"


async def test_an_agent_a_boss_an_officer_and_whoever_checks(
    arrive: Arrive, portal: Portal, phone: Visitor, tmp_path: Path
) -> None:
    boss = await arrive()
    await log_in_unit(boss, identifier=DEMO_PERSON.mobile)
    await boss.open("/unit/settings/addresses")
    await boss.press("新增收件地址")
    await type_address(boss)
    await boss.sees("收件地址已新增。")

    agent = await arrive()
    await log_in_unit(agent, identifier=DEMO_AGENT.mobile)
    case_id = await apply(agent, tmp_path)
    await agent.follow("查看办件进度", f"/cases/{case_id}")
    await agent.sees("本单位审核", MATTER)
    await agent.press("选择收件地址")
    await agent.page.get_by_role("dialog").get_by_role("button", name="保存").click()
    await agent.sees("已选择结果寄送地址，办结后将寄到这里。", STREET)

    await boss.open(f"/unit/workbench/{case_id}")
    await boss.sees("申报内容", "江苏银行", "单位审核")
    await boss.page.get_by_role("radio", name="通过", exact=True).check()
    await boss.press("提交审核")
    await boss.sees("已审核：通过")

    officer = await at_work(arrive, DEMO_STAFF[0].login, f"/staff/cases/{case_id}")
    for step, outcome in (("数据清洗", "予以受理"), ("批量制卡", "通过")):
        await officer.sees(step)
        await officer.press("认领")
        await decide(officer, outcome)
    await officer.press("确认作出决定")
    await officer.sees("办件已办结，并已通知申请人。", "办结通知书")
    await officer.reload()
    number = await send_result(officer)
    await ordered(officer, portal, number)
    await travel(portal, number, "next", "next", "next", "next", "next")
    officer.never_received(DEMO_AGENT.name, DEMO_AGENT.id_number, DEMO_AGENT.mobile)

    await agent.open(f"/cases/{case_id}")
    await agent.sees("已办结", "办理结果已签收", "单位审核通过", "批量制卡：通过")
    await examine(agent, "four-finished")
    path = await fetch_document(agent)
    await phone.open(path)
    await phone.sees("该文书真实有效", "办结通知书")
    phone.never_received(DEMO_UNIT.name, DEMO_UNIT.uscc, MATTER, case_id)

    await agent.open(f"/cases/{case_id}?rate=1")
    await agent.page.get_by_label("非常满意", exact=True).check()
    await agent.button("提交评价").dblclick()
    await agent.sees("感谢您的评价。")
    agent.stored([("COMPLETED", 1)], f"SELECT status, rated_at IS NOT NULL FROM cases WHERE id = '{case_id}'")
    agent.stored([(5,)], "SELECT level FROM ratings")
    await expect(agent.page.get_by_role("link", name="评价", exact=True)).to_have_count(0)
