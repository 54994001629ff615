"""办理结果 in three browsers: decided, fetched as PDF, checked by its QR code, withdrawn (R-2.6.3.2)."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pypdfium2
import pytest
import zxingcpp
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_PERSON, DEMO_STAFF, DEMO_UNIT
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.test_desk import choose
from tests.e2e.test_pages import examine
from tests.e2e.test_staff import at_work
from tests.support.cases import forget_cases, number, put_cases
from tests.support.portal import Portal

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.2")]
REASON = "适用依据有误，须重新作出决定。"


@pytest.fixture(autouse=True)
def _afterwards(portal: Portal) -> Iterator[None]:
    """No case is left to the next test."""
    yield
    forget_cases(portal.database)
    portal.database.change("UPDATE staff SET totp_last_step = 0")


async def test_a_decision_is_fetched_checked_and_withdrawn(arrive: Arrive, member: Visitor, phone: Visitor) -> None:
    (case_id,) = put_cases(member.database, mobile=DEMO_PERSON.mobile, uscc=DEMO_UNIT.uscc)
    officer = await at_work(arrive, DEMO_STAFF[0].login, f"/staff/cases/{case_id}")
    await officer.press("认领")
    await choose(officer, "不予受理")
    await officer.page.get_by_label("办理意见").fill("不属于受理范围。")
    await officer.press("提交决定")
    await officer.press("确认作出决定")
    await officer.sees("办理结果", "不予受理通知书", "有效", "撤回结果")
    await examine(officer, "staff-case-result")

    await member.open(f"/cases/{case_id}")
    await member.sees("不予受理通知书", "有效", "JG20")
    await examine(member, "case-result")
    async with member.page.expect_download() as started:
        await member.page.get_by_role("link", name="下载 PDF").click()
    download = await started.value
    assert re.fullmatch(r"不予受理通知书-JG\d{14,}\.pdf", download.suggested_filename)
    page = pypdfium2.PdfDocument(await download.path())[0]
    text = "".join(page.get_textpage().get_text_bounded().split())
    for said in ("江苏省人力资源和社会保障厅", "不予受理通知书", DEMO_UNIT.name, number(1), "不属于受理范围。"):
        assert said in text
    (code,) = zxingcpp.read_barcodes(page.render(scale=2).to_pil())
    scanned = urlsplit(code.text)

    await phone.open(f"{scanned.path}?{scanned.query}")
    (checked,) = parse_qs(scanned.query)["n"]
    await phone.sees("该文书真实有效", "不予受理通知书", checked)  # to be compared with the paper
    await examine(phone, "verify-valid")
    typed = phone.page.get_by_label("核验码")
    await typed.fill("ABCD-EFGH-JKMN")
    await phone.press("核验")
    await phone.sees("没有查到该文书")
    await examine(phone, "verify-unknown", (360,))
    await phone.page.get_by_label("编号").fill("1")
    await phone.press("核验")
    await phone.refused(number="请填写结果文书上的编号，以 JG 开头。")

    await officer.press("撤回结果")
    await examine(officer, "staff-case-withdraw", (360, 1440))
    await officer.press("确认撤回")
    await officer.refused(reason="请写明撤回的原因，至少5个字。")
    await officer.page.get_by_label("撤回原因").fill(REASON)
    await officer.press("确认撤回")
    await officer.sees("办理结果已撤回，并已告知申请人。", "已撤回", REASON)
    await phone.open(f"{scanned.path}?{scanned.query}")
    await phone.sees("该文书已撤回，不再有效", "撤回日期")
    await examine(phone, "verify-withdrawn", (360, 1440))
    phone.never_received(DEMO_UNIT.name, DEMO_UNIT.uscc, number(1), case_id, REASON, "劳动合同续签")
    await phone.open("/")
    await phone.follow("办理结果核验", "/verify")
    await member.reload()
    await member.sees("已撤回", REASON)
    await member.follow("核验", "/verify")
    await expect(member.page.get_by_label("编号")).to_have_value(checked)
    await member.open(f"/cases/{case_id}")
    await expect(member.page.get_by_role("link", name="下载 PDF")).to_have_count(0)
    await member.open("/notices")
    await member.sees("办理结果已撤回")
