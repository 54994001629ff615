"""我的工作台 in the browser: looked through, one reviewed, several at once, on a phone too (R-2.6.7)."""

import re
from dataclasses import replace

import pytest
from playwright.async_api import Locator, expect

from jsrs_portal.catalog.demo import DEMO_AGENT, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.services.people import mobile_index
from tests.access import people
from tests.access.desk import SECRETS, put_cases
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_unit
from tests.e2e.test_pages import examine
from tests.support.portal import Portal

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.req("R-2.6.7.1"),
    pytest.mark.req("R-2.6.7.2"),
]
_LEADER = replace(people.NEIGHBOUR, uscc=DEMO_UNIT.uscc)
HEADS = ("事项名称", "办件进度", "申请人", "申请日期", "操作")


def put_reviews(portal: Portal, number: int) -> list[str]:
    """Put cases of the demonstration's agent there, which wait for the unit's review."""
    made = put_cases(portal, _LEADER, number, status="UNIT_REVIEW", stage="", reviewers="LEGAL_REP ADMIN")
    of = "SELECT g.id, g.person_id FROM grants g JOIN persons p ON p.id = g.person_id WHERE p.mobile_index = ?"
    ((grant, person),) = portal.database.rows(of, mobile_index(DEMO_AGENT.mobile))
    for case_id in made:
        portal.database.execute(
            "UPDATE cases SET review_unit_id = unit_id, person_id = ?, grant_id = ?, role = 'AGENT', step_by = NULL"
            " WHERE id = ?",
            *(person, grant, case_id),
        )
    return made


def rows(visitor: Visitor) -> Locator:
    return visitor.page.locator("main tbody tr")


async def choose(visitor: Visitor, decision: str) -> None:
    """Tick a decision; the server says back what is chosen."""
    radio = visitor.page.get_by_role("radio", name=decision, exact=True)
    await radio.click()
    await expect(radio).to_be_checked()


async def waiting_are(visitor: Visitor, number: int) -> None:
    """R-2.6.7.1: the number in the menu is what is waiting."""
    await visitor.page.set_viewport_size({"width": 1440, "height": 900})
    name = re.escape(f"我的工作台 ({number}) 件待处理").replace(r"\ ", r"\s*")
    menu = visitor.page.get_by_role("navigation", name="单位中心")
    await expect(menu.get_by_role("link", name=re.compile(f"^{name}$"))).to_be_visible(timeout=30_000)


async def test_one_is_sent_back_and_the_others_are_approved_at_once(arrive: Arrive, portal: Portal) -> None:
    visitor = await arrive()
    made = put_reviews(portal, 3)
    await log_in_unit(visitor, identifier=DEMO_PERSON.mobile)
    page = visitor.page
    await waiting_are(visitor, 3)
    await visitor.open("/unit/workbench")
    await expect(rows(visitor)).to_have_count(3)
    await expect(page.get_by_role("columnheader")).to_have_text(list(HEADS))
    await visitor.sees("待办", "已办", "合并待办", "待单位审核")
    await examine(visitor, "workbench")
    await page.set_viewport_size({"width": 360, "height": 900})
    await expect(rows(visitor).first.get_by_text("申请日期")).to_be_visible()
    await page.set_viewport_size({"width": 1440, "height": 900})
    await expect(rows(visitor).first.get_by_text("申请日期")).to_be_hidden()

    await page.get_by_placeholder("请输入事项名称").fill("没有这个事项")
    await page.get_by_placeholder("请输入事项名称").press("Enter")
    await page.wait_for_url("**/unit/workbench?*q=*")
    await visitor.sees("没有符合条件的申报")
    await visitor.follow("查看全部", "/unit/workbench")
    await expect(rows(visitor)).to_have_count(3)

    await rows(visitor).first.get_by_role("link", name=re.compile("^审核")).click()
    await visitor.heading("劳动合同续签")
    await visitor.sees("申报内容", "办理进度", "单位审核", SECRETS[0])
    await examine(visitor, "review")
    await choose(visitor, "退回修改")
    await visitor.press("提交审核")
    await visitor.sees("请写明需要修改的内容，至少 2 个字。")
    await examine(visitor, "review-refused")
    await visitor.field("审核意见").fill("请补充续签文本")
    await visitor.button("提交审核").dblclick()
    await visitor.sees("已审核：退回修改，并已通知申请人。", "单位退回修改")
    await expect(visitor.button("提交审核")).to_have_count(0)
    acts = "SELECT act FROM case_events WHERE case_id = ? ORDER BY position"
    visitor.stored([("SUBMIT",), ("SEND_BACK",)], acts, made[-1])
    await waiting_are(visitor, 2)

    await visitor.open("/unit/workbench?tab=merged")
    await visitor.sees("2 件待审核")
    await examine(visitor, "workbench-merged")
    await page.get_by_role("link", name=re.compile("^合并审核")).click()
    await expect(rows(visitor)).to_have_count(2)
    await choose(visitor, "通过")
    await visitor.press("提交审核")
    await visitor.sees("请勾选要审核的办件。")
    await visitor.press("全选")
    await expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
    await examine(visitor, "workbench-several")
    await visitor.button("提交审核").dblclick()
    await visitor.sees("已审核 2 件。", "审核结果", "该事项没有待审核的申报")
    await examine(visitor, "workbench-results")
    for case_id in made[:2]:
        visitor.stored([("SUBMIT",), ("APPROVE",)], acts, case_id)
    await waiting_are(visitor, 0)

    await visitor.open("/unit/workbench?tab=done")
    await expect(rows(visitor)).to_have_count(3)
    await examine(visitor, "workbench-done")
    await visitor.open("/unit/workbench")
    await visitor.sees("没有待审核的申报")
    put_reviews(portal, 1)
    await waiting_are(visitor, 1)  # nobody has done anything on this page
    await expect(rows(visitor)).to_have_count(1)  # the list follows as well
    await visitor.sees("单位审核有了新的进展，列表已更新。")


async def test_who_handed_it_in_finds_nothing_to_review(arrive: Arrive, portal: Portal) -> None:
    visitor = await arrive()
    (case_id,) = put_reviews(portal, 1)
    await log_in_unit(visitor, identifier=DEMO_AGENT.mobile)
    await waiting_are(visitor, 0)
    await visitor.open("/unit/workbench")
    await visitor.sees("没有待审核的申报")
    await visitor.open(f"/unit/workbench/{case_id}")
    await visitor.sees("没有需要您审核的这个办件")
    await examine(visitor, "review-missing")
    visitor.never_received(*SECRETS)
