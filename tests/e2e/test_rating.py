"""评价 in the browser: from the home page to the bureau's answer, and what a guide says of it (R-2.6.3.4)."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from jsrs_portal import clock
from jsrs_portal.catalog.demo import DEMO_PERSON, DEMO_STAFF, DEMO_UNIT
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.test_pages import examine
from tests.e2e.test_staff import at_work
from tests.support.cases import RENEWAL, forget_cases, number, put_cases
from tests.support.portal import Portal

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.4")]
UNIT = {"mobile": DEMO_PERSON.mobile, "uscc": DEMO_UNIT.uscc}
WORDS = "样表下载后打不开。"
DONE = "已更换办事指南中的样表，并逐一核对。"


@pytest.fixture(autouse=True)
def _afterwards(portal: Portal) -> Iterator[None]:
    """No case is left to the next test."""
    yield
    forget_cases(portal.database)
    portal.database.change("UPDATE staff SET totp_last_step = 0")


async def test_a_bad_rating_from_the_home_page_to_the_bureaus_answer(arrive: Arrive, member: Visitor) -> None:
    put_cases(member.database, **UNIT, status="ACCEPTED")
    (case_id,) = put_cases(member.database, **UNIT, first=2, status="COMPLETED", finished_at="2026-11-02 03:00:00")
    await member.open("/unit")
    main = member.page.locator("main")
    waiting = main.get_by_role("link", name=re.compile("^待评价"))
    await expect(waiting).to_contain_text("1 件")
    await waiting.click()
    await member.page.wait_for_url("**/unit/cases?status=rate")
    await member.sees("待评价办件：1 件", number(2))
    await examine(member, "cases-to-rate")
    await main.get_by_role("link", name="评价：劳动合同续签").click()
    await member.page.wait_for_url(f"**/cases/{case_id}?rate=1")
    await expect(main.get_by_role("group", name="评价")).to_be_focused()
    await member.press("提交评价")
    await member.sees("请选择满意程度。")
    await main.get_by_label("非常不满意", exact=True).check()
    await member.sees("办事指南提供的样本有错")
    await examine(member, "case-rating")
    await member.press("提交评价")
    await member.refused(words="请至少勾选一项原因，或写下您的意见，以便有关部门整改。")
    await main.get_by_label("办事指南提供的样本有错").check()
    await main.get_by_label("意见（选填）").fill(WORDS)
    await member.button("提交评价").dblclick()
    await member.sees("感谢您的评价。", WORDS, "有关部门正在核实整改")
    await examine(member, "case-rated")
    assert member.database.rows("SELECT level, reasons FROM ratings") == [(1, "102")]
    await member.open("/unit/cases?status=rate")
    await member.sees("没有符合条件的办件")

    officer = await at_work(arrive, DEMO_STAFF[0].login, "/staff/ratings")
    await officer.sees("待整改（1）", WORDS, "劳动合同续签", "非常不满意", "整改期限", str(clock.today().year))
    await examine(officer, "staff-ratings")
    await officer.page.get_by_role("button", name="填写整改情况：劳动合同续签").click()
    await examine(officer, "staff-ratings-dialog", (360, 1440))
    await officer.press("整改办结")
    await officer.refused(done="请写明核实的情况和整改措施，至少10个字。")
    await officer.page.get_by_label("核实和整改情况").fill(DONE)
    await officer.press("整改办结")
    await officer.sees("整改已办结，并已告知评价人。", "没有待整改的评价")
    await officer.press("已整改")
    await officer.sees(DONE, DEMO_STAFF[0].name)
    await examine(officer, "staff-ratings-closed", (360, 1440))
    officer.never_received(number(2), case_id, DEMO_UNIT.name, DEMO_UNIT.uscc, DEMO_PERSON.name, DEMO_PERSON.mobile)

    await member.open("/notices")
    await member.sees("您的评价已完成整改", DONE)
    await member.open(f"/cases/{case_id}")
    await member.sees("完成整改", DONE)


async def test_a_guide_shows_what_ratings_come_to_once_they_are_enough(member: Visitor, visitor: Visitor) -> None:
    cases = put_cases(member.database, **UNIT, count=5, status="COMPLETED", finished_at="2026-11-02 03:00:00")
    await visitor.open(f"/matters/{RENEWAL}")
    await visitor.sees("目前评价不足 5 件")
    for case_id in cases:
        await member.open(f"/cases/{case_id}?rate=1")
        await member.page.get_by_label("非常满意", exact=True).check()
        await member.press("提交评价")
        await member.sees("感谢您的评价。")
    await visitor.reload()
    await visitor.sees("共 5 件评价，好评率 100%", "5.0", "满分 5 分")
    await examine(visitor, "guide-rated")


async def test_a_visitor_reads_how_to_rate_and_logs_in(visitor: Visitor) -> None:
    await visitor.open(f"/matters/{RENEWAL}")
    await visitor.page.locator("main").get_by_role("link", name="评价", exact=True).first.click()
    await visitor.arrived("/rate")
    await visitor.sees("如何评价", "15 个工作日内整改")
    await examine(visitor, "rate")
