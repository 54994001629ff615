"""办件处理 in the browser: from the queue to the end of a case, and what nobody else sees (R-2.6.3.2)."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_PERSON, DEMO_STAFF, DEMO_UNIT
from jsrs_portal.settings import ROOT
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_unit
from tests.e2e.test_keyboard import tab_to
from tests.e2e.test_pages import examine
from tests.e2e.test_staff import at_work
from tests.support.portal import Portal

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.2")]
OFFICER = DEMO_STAFF[0]
WORKER = "曾向晚"
"""Somebody in the form of the demonstration's first application."""
_AGAIN = """
import asyncio, sys
from jsrs_portal import db
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.models.cases import Case
from jsrs_portal.models.staff import Staff  # a case names its officer
from jsrs_portal.services.submission import submit_application

assert Staff

async def main():
    async with db.unit_of_work() as session:
        case = await session.get_one(Case, sys.argv[1])
        actor = Actor(
            session_key="tests", person_id=case.person_id, unit_id=case.unit_id, grant_id=case.grant_id,
            role=Role.LEGAL_REP,
        )
        outcome = await submit_application(
            session, actor=actor, case_id=case.id, seen=case.version, promised=True
        )
    await db.close_engine()
    assert not isinstance(outcome, list), outcome

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def cases(portal: Portal, afresh: None) -> Iterator[None]:
    """The demonstration's applications, as a fresh installation has them."""
    _run(portal, "-m", "jsrs_portal.cli", "demo")
    yield
    portal.database.change("UPDATE staff SET totp_last_step = 0")


def _run(portal: Portal, *command: str) -> None:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=portal.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def case_of(visitor: Visitor, region: str, status: str) -> str:
    query = f"SELECT id FROM cases WHERE region = '{region}' AND status = '{status}' ORDER BY submitted_at DESC"
    return str(visitor.database.rows(query)[0][0])


async def choose(visitor: Visitor, outcome: str) -> None:
    await visitor.page.get_by_role("group", name="办理结果").get_by_label(outcome, exact=True).check()
    await visitor.button("提交决定").wait_for()


async def test_from_the_queue_to_the_end(arrive: Arrive, portal: Portal) -> None:
    visitor = await at_work(arrive, OFFICER.login, "/staff/cases")
    await visitor.sees("待认领（3）", "我的（3）", DEMO_UNIT.name, "环节时限")
    await examine(visitor, "staff-cases")
    await visitor.press("已逾期")
    await visitor.sees("已超过")
    await visitor.press("待认领（3）")
    case_id = case_of(visitor, "320100", "SUBMITTED")
    await visitor.page.locator(f"a[href='/staff/cases/{case_id}']").click()
    await visitor.arrived(f"/staff/cases/{case_id}")
    await visitor.sees("办件信息", "办理进度", "申报内容", "申报材料", "劳动合同续签文本.pdf", "尚未认领")
    await examine(visitor, "staff-case")
    await visitor.press("认领")
    await visitor.sees("作出决定", f"{OFFICER.name}（{OFFICER.login}）")
    await choose(visitor, "退回补正")
    await examine(visitor, "staff-case-correct")
    await visitor.press("提交决定")
    await visitor.refused(opinion="请写明需要补正的总体原因，至少2个字。")
    await visitor.page.get_by_label("补正的总体原因").fill("续签起始日与原合同不衔接。")
    await visitor.page.get_by_label("续签起始日（选填）").fill("须为原合同届满日的次日")
    await visitor.button("提交决定").dblclick()
    await visitor.sees("待补正", "续签起始日与原合同不衔接。", "须为原合同届满日的次日", "补正期间办理时限暂停计算。")
    await examine(visitor, "staff-case-sent-back")
    assert visitor.database.rows(f"SELECT returned, status FROM cases WHERE id = '{case_id}'") == [(1, "CORRECTION")]
    _run(portal, "-c", _AGAIN, case_id)
    await visitor.open("/staff/cases")
    await visitor.press("我的（4）")
    row = visitor.page.get_by_role("list", name="办件", exact=True).get_by_role("listitem")
    await expect(row.filter(has=visitor.page.locator(f"a[href='/staff/cases/{case_id}']"))).to_contain_text("已补正")
    await examine(visitor, "staff-cases-mine", (360, 1440))
    await visitor.open(f"/staff/cases/{case_id}")
    await choose(visitor, "予以受理")
    await visitor.press("提交决定")
    await visitor.sees("已通过，办件进入下一环节。", "办理中")
    for _ in range(4):
        await visitor.reload()
        if await visitor.button("认领").count():  # another office's step
            await visitor.press("认领")
        await choose(visitor, "通过")
        await visitor.page.get_by_label("办理意见（选填）").fill("符合规定。")
        await visitor.press("提交决定")
        asked = visitor.page.get_by_role("dialog")
        await visitor.until(lambda: True, "answered")
        try:
            await expect(asked).to_be_visible(timeout=2500)
        except AssertionError:
            continue
        await examine(visitor, "staff-case-confirm", (360, 1440))
        await visitor.press("确认作出决定")
        break
    await visitor.sees("办件已办结，并已通知申请人。")
    await examine(visitor, "staff-case-finished")
    assert visitor.database.rows(f"SELECT status FROM cases WHERE id = '{case_id}'") == [("COMPLETED",)]
    visitor.never_received(DEMO_PERSON.name, DEMO_PERSON.id_number, DEMO_PERSON.mobile, WORKER)
    told = await arrive()
    await log_in_unit(told)
    await told.open("/notices")
    await told.sees("申报已办结")


async def test_in_full_for_a_reason_and_masked_again(arrive: Arrive) -> None:
    visitor = await at_work(arrive, OFFICER.login, "/staff/cases")
    case_id = case_of(visitor, "320100", "SUBMITTED")
    await visitor.open(f"/staff/cases/{case_id}")
    await visitor.press("查看完整信息")
    await examine(visitor, "staff-case-unmask", (360, 1440))
    dialog = visitor.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="查看", exact=True).click()
    await visitor.refused(reason="请写明原因，至少5个字；原因会记入审计日志。")
    visitor.never_received(WORKER)
    await dialog.get_by_label("原因").fill("核对续签职工是否在保")
    await dialog.get_by_role("button", name="查看", exact=True).click()
    await visitor.sees(WORKER, DEMO_PERSON.id_number, "离开本页后不再显示")
    await examine(visitor, "staff-case-full")
    await visitor.press("隐藏完整信息")
    await visitor.button("查看完整信息").wait_for()
    await visitor.does_not_see(WORKER, DEMO_PERSON.id_number)
    assert visitor.database.rows("SELECT count(*) FROM audit_entries WHERE action = 'case.unmask'") == [(1,)]


async def test_a_file_is_looked_at_and_that_is_written_down(arrive: Arrive) -> None:
    visitor = await at_work(arrive, OFFICER.login, "/staff/cases")
    case_id = case_of(visitor, "320100", "SUBMITTED")
    await visitor.open(f"/staff/cases/{case_id}")
    before = visitor.database.rows("SELECT count(*) FROM audit_entries WHERE action = 'file.look'")
    await visitor.button("查看 劳动合同续签文本.pdf").click()
    await expect(visitor.page.get_by_role("dialog").locator("img")).to_be_visible()
    await examine(visitor, "staff-case-file", (360, 1440))
    after = visitor.database.rows("SELECT count(*) FROM audit_entries WHERE action = 'file.look'")
    assert json.dumps(before) != json.dumps(after)


async def test_looking_a_case_up_and_giving_it_away(arrive: Arrive) -> None:
    visitor = await at_work(arrive, OFFICER.login, "/staff/cases")
    case_id = case_of(visitor, "320500", "SUBMITTED")
    (number,) = visitor.database.rows(f"SELECT number FROM cases WHERE id = '{case_id}'")[0]
    await visitor.press("查询")
    await visitor.refused(text="请填写办件编号。")
    await examine(visitor, "staff-cases-errors", (360, 1440))
    await visitor.field("查询内容").fill(str(number))
    await visitor.press("查询")
    await visitor.sees("查询结果", str(number))
    await examine(visitor, "staff-cases-found", (360, 1440))
    await visitor.field("查询内容").fill("nothing-of-the-kind")
    await visitor.press("查询")
    await visitor.sees("没有找到")
    await visitor.press("返回办件队列")
    await visitor.page.get_by_label("区域（选填）").select_option(label="苏州市")
    await visitor.press("筛选")
    await visitor.sees("苏州市")
    await visitor.open(f"/staff/cases/{case_id}")
    await visitor.page.get_by_role("button", name=re.compile("^分派$|^转交$")).click()
    await examine(visitor, "staff-case-give", (360, 1440))


async def test_what_a_correction_changed_and_the_case_put_back(arrive: Arrive) -> None:
    visitor = await at_work(arrive, OFFICER.login)
    ((case_id,),) = visitor.database.rows("SELECT id FROM cases WHERE returned = 1 AND status = 'SUBMITTED'")
    await visitor.open(f"/staff/cases/{case_id}")
    changes = visitor.page.get_by_role("listitem").filter(has_text="补正前")
    await expect(changes).to_have_count(2)
    await expect(changes.first).to_contain_text("岗位、地点或报酬是否变更")
    await visitor.sees("要求补正", "补正要求：报酬与原合同不一致", inside=changes.first)
    await expect(changes.first.get_by_role("definition")).to_have_text(["否", "是"])
    await expect(changes.last.get_by_role("definition")).to_have_text(["未填写", re.compile("10500")])
    await examine(visitor, "staff-case-changes", (360, 1440))
    await visitor.press("放回待认领")
    dialog = visitor.page.get_by_role("dialog", name="放回待认领")
    await examine(visitor, "staff-case-put-back", (360, 1440))
    await dialog.get_by_role("button", name="放回待认领").click()
    await visitor.refused(reason="请写明原因，至少5个字；原因会记入审计日志。")
    await dialog.get_by_label("原因").fill("不属于我的业务范围")
    await dialog.get_by_role("button", name="放回待认领").dblclick()
    await visitor.sees("已放回待认领，其他工作人员可以认领。", "尚未认领", "不属于我的业务范围")
    await expect(visitor.button("作出决定")).to_have_count(0)
    visitor.stored([(None,)], "SELECT officer_id FROM cases WHERE id = ?", case_id)
    await visitor.press("分派")
    dialog = visitor.page.get_by_role("dialog", name="分派")
    await dialog.get_by_role("button", name="分派").click()
    await visitor.refused(to="请选择负责该区域、账号正常的业务经办人员。")
    await dialog.get_by_label("交给").select_option(label=f"{OFFICER.name}（{OFFICER.login}）")
    await dialog.get_by_role("button", name="分派").click()
    await visitor.sees("已交给所选的同事办理。", f"分派办件：{OFFICER.name}（{OFFICER.login}）", "作出决定")


async def test_whoever_is_no_officer_of_the_case_sees_nothing(arrive: Arrive) -> None:
    visitor = await at_work(arrive, OFFICER.login, "/staff/cases")
    await visitor.open("/staff/cases/" + "0" * 32)
    await visitor.sees("没有这个办件")
    await examine(visitor, "staff-case-missing")
    case_id = case_of(visitor, "320100", "SUBMITTED")
    member = await arrive()
    await log_in_unit(member)
    await member.open(f"/staff/cases/{case_id}", arrives_at="/refused")
    member.never_received(WORKER)


async def test_a_case_by_keyboard_alone(arrive: Arrive) -> None:
    visitor = await at_work(arrive, OFFICER.login, "/staff/cases")
    case_id = case_of(visitor, "320100", "SUBMITTED")
    await visitor.open(f"/staff/cases/{case_id}")
    keyboard = visitor.page.keyboard
    await visitor.sees("办件信息")
    await tab_to(visitor, visitor.button("认领"))
    await keyboard.press("Enter")
    await visitor.sees("作出决定")
    await tab_to(visitor, visitor.page.get_by_label("予以受理"))
    await keyboard.press("Space")
    await visitor.button("提交决定").wait_for()
    await tab_to(visitor, visitor.button("提交决定"))
    await keyboard.press("Enter")
    await visitor.sees("已通过，办件进入下一环节。")
