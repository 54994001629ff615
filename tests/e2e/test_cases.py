"""全部办件 and a case in the browser: lists in three centres, the way of a case, its correction, Excel (R-2.6.3)."""

import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import expect

from jsrs_portal import clock
from jsrs_portal.catalog.demo import DEMO_INSTITUTION_ADMIN, DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import fill_login
from tests.e2e.test_pages import examine
from tests.support.cases import forget_cases, number, put_cases, put_event
from tests.support.portal import Portal

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.1")]
UNIT = {"mobile": DEMO_PERSON.mobile, "uscc": DEMO_UNIT.uscc}
SURVEY = "enterprise-pay-survey"


@pytest.fixture(autouse=True)
def _afterwards(portal: Portal) -> Iterator[None]:
    """No case is left to the next test."""
    yield
    forget_cases(portal.database)


async def numbers(visitor: Visitor) -> list[str]:
    """Return the numbers of the cards that are shown."""
    found = await visitor.page.locator("main li h3").locator("xpath=../..").all_inner_texts()
    return [match[0] for text in found if (match := re.search(r"[0-9A]{43,}", text))]


async def test_a_unit_goes_through_its_list(member: Visitor) -> None:
    put_cases(member.database, **UNIT, count=21, step_by=str(clock.today()))
    put_cases(member.database, **UNIT, key=SURVEY, first=30, status="COMPLETED", finished_at="2026-11-02 03:00:00")
    await member.open("/unit")
    main = member.page.locator("main")
    await expect(main.get_by_role("link", name=re.compile("^办理中"))).to_contain_text("21 件")
    await main.get_by_role("link", name=re.compile("^已办结")).click()
    await member.page.wait_for_url("**/unit/cases?status=done")
    await member.sees("已办结办件：1 件", "企业薪酬调查")
    assert await numbers(member) == [number(30)]
    await member.page.go_back()
    await member.open("/unit/cases")
    await member.sees("全部办件：22 件", "办件编号", "申请时间", "当前状态", "今天到期")
    await examine(member, "cases")
    assert len(await numbers(member)) == 20
    await member.page.get_by_role("link", name="下一页").click()
    await expect(member.page.get_by_role("link", name="上一页")).to_be_visible()
    assert await numbers(member) == [number(2), number(1)]
    await member.page.reload()
    await expect(member.page.get_by_role("link", name="上一页")).to_be_visible()
    assert await numbers(member) == [number(2), number(1)]
    await member.page.get_by_role("link", name="上一页").click()
    await expect(member.page.get_by_role("link", name="下一页")).to_be_visible()
    assert (await numbers(member))[0] == number(30)
    await member.page.get_by_placeholder("请输入办件的业务名称").fill("薪酬")
    await member.page.get_by_placeholder("请输入办件的业务名称").press("Enter")
    await member.page.wait_for_url("**/unit/cases?q=*")
    await member.sees("全部办件：1 件")
    await member.page.get_by_role("button", name="办件状态：全部").click()
    await member.page.get_by_role("link", name="办理中", exact=True).click()
    await member.sees("没有符合条件的办件")
    await expect(member.page.get_by_placeholder("请输入办件的业务名称")).to_have_value("薪酬")
    await examine(member, "cases-none", (360,))
    await member.page.get_by_role("link", name="查看全部办件").click()
    await member.sees("全部办件：22 件")


@pytest.mark.req("R-2.6.3.5")
async def test_the_list_is_exported_to_excel(member: Visitor, tmp_path: Path) -> None:
    put_cases(member.database, **UNIT, count=3)
    await member.open("/unit/cases")
    await member.sees("全部办件：3 件")
    await member.press("导出")
    link = member.page.get_by_role("link", name="下载 Excel")
    await expect(link).to_be_visible(timeout=30_000)
    await member.sees("共 3 件")
    await examine(member, "cases-exported", (360, 1440))
    async with member.page.expect_download() as coming:
        await link.click()
    file = tmp_path / "cases.xlsx"
    await (await coming.value).save_as(file)
    lines = list(openpyxl.load_workbook(file).worksheets[0].iter_rows(values_only=True))
    assert [line[0] for line in lines[1:]] == [number(3), number(2), number(1)]
    assert DEMO_PERSON.name not in str(lines)


@pytest.mark.req("R-2.6.3.2")
async def test_a_case_shows_its_way_changes_while_one_looks_and_is_taken_back(member: Visitor) -> None:
    (case_id,) = put_cases(member.database, **UNIT, answers={"contact_name": "孙立"})
    await member.open("/unit/cases")
    await member.page.get_by_role("link", name=re.compile("^查询：劳动合同续签")).click()
    await member.page.wait_for_url(f"**/cases/{case_id}")
    await member.sees("办理进度", "申报内容", "孙立", number(1), "进行中")
    await examine(member, "case")
    member.database.change(f"UPDATE cases SET version = 2, stage = 'check', status = 'ACCEPTED' WHERE id = '{case_id}'")
    await expect(member.page.get_by_text("办件有了新的进展：办理中。")).to_be_visible(timeout=30_000)
    await expect(member.page.get_by_role("button", name="撤回")).to_have_count(0)
    member.database.change(
        f"UPDATE cases SET version = 3, stage = 'accept', status = 'SUBMITTED' WHERE id = '{case_id}'"
    )
    await member.page.reload()
    await member.press("撤回")
    dialog = member.page.get_by_role("dialog", name="要撤回这次申报吗？")
    await expect(dialog).to_contain_text("不能恢复")
    await dialog.get_by_role("button", name="撤回", exact=True).click()
    await member.sees("申报已撤回。", "已撤回")
    await expect(member.page.get_by_role("button", name="撤回")).to_have_count(0)


@pytest.mark.req("R-2.6.3.3", "R-2.6.1.3")
async def test_what_was_sent_back_is_said_where_it_is_corrected(member: Visitor) -> None:
    (case_id,) = put_cases(
        member.database, **UNIT, status="CORRECTION", step="form", returned=1, answer_by=str(clock.today())
    )
    said = {"text": "请核对联系方式。", "fields": {"contact_mobile": "号码无法接通"}}
    put_event(member.database, case_id, "CORRECT", "CORRECTION", said=said)
    await member.open("/unit")
    await member.sees("「劳动合同续签」待补正，请修改后重新提交")
    await member.page.get_by_role("link", name=re.compile("^去补正")).click()
    await member.page.wait_for_url(f"**/cases/{case_id}")
    await member.sees("办理部门要求补正", "请核对联系方式。", "号码无法接通", "今天到期")
    await examine(member, "case-sent-back")
    await member.page.get_by_role("link", name="去补正").click()
    await member.page.wait_for_url(f"**/applications/{case_id}")
    await member.sees("办理部门要求补正", "需要更正：号码无法接通", "今天到期")
    await examine(member, "application-sent-back", (360, 1440))
    await expect(member.page.get_by_role("button", name="删除草稿")).to_have_count(0)


@pytest.mark.req("R-2.6.6.5")
async def test_an_institution_and_a_person_have_their_lists(visitor: Visitor, person: Visitor) -> None:
    put_cases(person.database, mobile=DEMO_PERSON.mobile, key="labour-arbitration-application")
    await person.open("/unit/cases", arrives_at="/my/cases")
    await person.sees("我的办件", "全部办件：1 件")
    await examine(person, "my-cases")
    await person.open("/my")
    await expect(person.page.get_by_role("link", name=re.compile("^办理中"))).to_contain_text("1 件")
    put_cases(
        visitor.database,
        mobile=DEMO_INSTITUTION_ADMIN.mobile,
        institution="J320000001",
        key="shortage-skills-results",
        first=2,
    )
    await visitor.open("/login")
    await fill_login(visitor, "J320000001", DEMO_INSTITUTION_ADMIN.mobile, DEMO_PASSWORD)
    await visitor.arrived("/institution")
    await visitor.page.get_by_role("link", name=re.compile("^办理中")).click()
    await visitor.page.wait_for_url("**/institution/cases?status=open")
    await visitor.sees("机构办件", "办理中办件：1 件")
    assert await numbers(visitor) == [number(2)]
    await examine(visitor, "institution-cases")


async def test_somebody_elses_case_is_not_there(person: Visitor, arrive: Arrive) -> None:
    (case_id,) = put_cases(person.database, **UNIT)
    await person.open(f"/cases/{case_id}")
    await person.sees("没有这个办件", "切换身份")
    await examine(person, "case-missing", (360,))
    stranger = await arrive()
    await stranger.open(f"/cases/{case_id}", arrives_at="/login")
