"""A personal matter from hand to hand: a person applies, their unit's agent reviews, an officer files it (R-2.6)."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.async_api import expect

from jsrs_portal import clock
from jsrs_portal.catalog.demo import DEMO_AGENT, DEMO_GRANTS, DEMO_STAFF, DEMO_UNIT
from jsrs_portal.services.people import mobile_index
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_person, log_in_unit
from tests.e2e.test_application import begin, choose
from tests.e2e.test_pages import examine
from tests.e2e.test_staff import at_work
from tests.support.portal import Portal

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.req("R-2.6.3.2", "R-2.6.3.3", "R-2.6.7.1", "R-2.6.7.2"),
]
APPLICANT = DEMO_GRANTS[3].person
"""Whose grant in the unit has not begun: here for themselves."""
TITLE = "江苏省建筑安全管理研修班"


@pytest.fixture(autouse=True)
def agent_for_talent(portal: Portal, afresh: None) -> Iterator[None]:
    """The unit's agent covers the matter's category meanwhile."""
    whose = "person_id = (SELECT id FROM persons WHERE mobile_index = ?) AND role = 'AGENT'"
    ((before,),) = portal.database.rows(f"SELECT scope FROM grants WHERE {whose}", mobile_index(DEMO_AGENT.mobile))
    scope = json.loads(before)
    scope["categories"] = [*scope["categories"], "talent"]
    change = f"UPDATE grants SET scope = ? WHERE {whose}"
    portal.database.execute(change, json.dumps(scope), mobile_index(DEMO_AGENT.mobile))
    yield
    portal.database.execute(change, before, mobile_index(DEMO_AGENT.mobile))


async def apply(visitor: Visitor) -> str:
    """Apply for one's hours of training to be filed; return the case's identifier."""
    await visitor.open("/services?region=320100")
    await begin(visitor, "/apply/continuing-education-hours")
    await choose(visitor, "从业情况", "在职（由所在单位核对）")
    employer = visitor.page.get_by_role("group", name="所在单位")
    await employer.get_by_label("单位全称").fill(DEMO_UNIT.name)
    await employer.get_by_label("统一社会信用代码").fill(DEMO_UNIT.uscc)
    await choose(visitor, "科目", "专业科目")
    await choose(visitor, "项目类别", "培训班或网络课程")
    await visitor.fill(项目名称=TITLE, 申报学时="24")
    await visitor.page.get_by_label("举办或施教机构").fill("江苏省建筑行业协会")
    today = clock.today()
    await visitor.field("起始日期").fill(f"{today - timedelta(days=9):%Y-%m-%d}")
    await visitor.field("结束日期").fill(f"{today - timedelta(days=6):%Y-%m-%d}")
    await visitor.press("下一步：上传材料")
    await visitor.sees("上传材料")
    await hand_in(visitor)
    await visitor.sees("申报已提交", "用人单位")
    await examine(visitor, "three-receipt", (360,))
    ((case_id,),) = visitor.database.rows("SELECT id FROM cases WHERE status <> 'DRAFT'")
    return str(case_id)


async def hand_in(visitor: Visitor) -> None:
    """Go from the materials to the end, with the promise."""
    await visitor.press("下一步：核对提交")
    await visitor.sees("请核对以下内容", TITLE)
    await visitor.page.get_by_label("本人确曾参加所填的学习").check()
    await visitor.button("提交申报").dblclick()


async def review(visitor: Visitor, case_id: str) -> None:
    """Approve a case in the workbench."""
    await visitor.open(f"/unit/workbench/{case_id}")
    await visitor.sees("申报内容", TITLE, "单位审核")
    await visitor.page.get_by_role("radio", name="通过", exact=True).check()
    await visitor.press("提交审核")
    await visitor.sees("已审核：通过")


async def decide(visitor: Visitor, outcome: str, **said: str) -> None:
    """End the officer's step."""
    group = visitor.page.get_by_role("group", name="办理结果")
    await group.get_by_label(outcome, exact=True).check()
    for label, text in said.items():
        await visitor.page.get_by_label(label).fill(text)
    await visitor.press("提交决定")


async def test_a_person_an_agent_and_an_officer_bring_a_case_to_its_end(arrive: Arrive) -> None:
    person = await arrive()
    await log_in_person(person, APPLICANT.mobile)
    case_id = await apply(person)
    state = f"SELECT status, returned, unit_id IS NULL FROM cases WHERE id = '{case_id}'"
    person.stored([("UNIT_REVIEW", 0, 1)], state)
    await person.open(f"/cases/{case_id}")
    await person.sees("用人单位审核", "法定代表人、管理员、经办人", "本人办理")

    agent = await arrive()
    await log_in_unit(agent, identifier=DEMO_AGENT.mobile)
    await agent.open("/unit/workbench")
    await agent.sees("专业技术人员继续教育学时登记", f"{APPLICANT.name[0]}**")
    await review(agent, case_id)
    await agent.open("/unit/cases")
    await agent.does_not_see("专业技术人员继续教育学时登记")  # the person's, not the unit's

    officer = await at_work(arrive, DEMO_STAFF[0].login, f"/staff/cases/{case_id}")
    await officer.sees("办件信息", f"以「{DEMO_UNIT.name}」名义", "抽查")
    await officer.press("认领")
    await decide(officer, "退回补正", 补正的总体原因="请核对结业日期。", 申报学时="证书写明为 20 学时")
    await officer.sees("待补正", "补正期间办理时限暂停计算。")
    officer.never_received(APPLICANT.name, APPLICANT.id_number, APPLICANT.mobile)

    await person.open("/notices")
    await person.sees("申报需要补正", "请核对结业日期。")
    await person.open(f"/cases/{case_id}")
    await person.sees("办理部门要求补正", "证书写明为 20 学时")
    await person.follow("去补正", f"/applications/{case_id}")
    await person.sees("请核对结业日期。", "证书写明为 20 学时")
    await examine(person, "three-correction")
    await person.field("申报学时").fill("20")
    await person.press("下一步：上传材料")
    await person.sees("上传材料")
    await hand_in(person)
    await person.sees("申报已提交")
    person.stored([("UNIT_REVIEW", 1, 1)], state)
    await review(agent, case_id)

    await officer.open(f"/staff/cases/{case_id}")
    await officer.sees("20 学时", "补正后重新提交")
    await decide(officer, "通过")
    await officer.sees("已通过，办件进入下一环节。", "入档")
    await decide(officer, "通过")
    await officer.press("确认作出决定")
    await officer.sees("办件已办结，并已通知申请人。")
    person.stored([("COMPLETED", 1, 1)], state)
    await person.open(f"/cases/{case_id}")
    await person.sees("已办结", "入档：通过", "单位审核通过")
    await examine(person, "three-finished")
    await expect(person.page.get_by_role("link", name="去补正")).to_have_count(0)
    acts = f"SELECT act FROM case_events WHERE case_id = '{case_id}' ORDER BY position"
    done = ("SUBMIT", "APPROVE", "TAKE", "CORRECT", "SUBMIT", "APPROVE", "PASS", "PASS")
    person.stored([(act,) for act in done], acts)
