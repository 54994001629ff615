"""The server is killed while somebody types: what was typed stays on the page and is saved afterwards (R-2.2.8)."""

import asyncio
import subprocess
import sys

import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_PERSON, DEMO_STAFF
from jsrs_portal.settings import ROOT
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_unit
from tests.e2e.test_application import at_the_form, choose
from tests.e2e.test_crash import crash, restart
from tests.e2e.test_staff import at_work
from tests.e2e.test_workbench import choose as decide
from tests.e2e.test_workbench import put_reviews
from tests.support.portal import Portal

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.2.8")]
NOT_DONE = "连接中断时提交的操作没有执行"
VERSION = "SELECT max(version) FROM cases"


async def back(visitor: Visitor) -> None:
    """Start the server again and wait until the page has its data, and the server what stands in the page's forms."""
    since = await restart(visitor)
    await visitor.filled(since)
    await expect(visitor.page.get_by_text("网络连接已断开")).to_have_count(0)


async def saved(visitor: Visitor, version: int) -> None:
    await visitor.until(lambda: visitor.database.rows(VERSION)[0][0] >= version, "saved")


async def _opened_elsewhere(arrive: Arrive, path: str) -> Visitor:
    other = await arrive()
    await log_in_unit(other)
    await other.open(path)
    return other


@pytest.mark.req("R-2.6.3.3")
async def test_a_form_is_kept_and_saved(arrive: Arrive) -> None:
    visitor, path = await at_the_form(arrive)
    await choose(visitor, "续签类型", "以完成一定工作任务为期限")
    await visitor.field("工作任务").wait_for()
    await visitor.field("联系人").fill("周明")
    await crash(visitor)
    await visitor.field("联系电话").fill("025-83200000")
    await visitor.field("工作任务").fill("完成城南泵站的安装")
    await choose(visitor, "岗位、地点或报酬是否变更", "否")
    place = visitor.field("工作地点")
    await place.fill("江苏省南京市")
    await visitor.sees("网络连接已断开")
    await visitor.press("下一步：上传材料")
    await visitor.sees(NOT_DONE)
    await place.focus()
    await back(visitor)
    await visitor.has_focus(place)
    await visitor.sees("已保存", NOT_DONE)
    for one in (visitor, await _opened_elsewhere(arrive, path)):
        await expect(one.field("联系人")).to_have_value("周明")
        await expect(one.field("联系电话")).to_have_value("025-83200000")
        await expect(one.field("工作任务")).to_have_value("完成城南泵站的安装")
        await expect(one.field("工作地点")).to_have_value("江苏省南京市")
        changes = one.page.get_by_role("group", name="岗位、地点或报酬是否变更")
        await expect(changes.get_by_label("否", exact=True)).to_be_checked()
    await visitor.does_not_see("另一个窗口")
    await visitor.field("联系人").fill("王五")  # goes on as before
    await visitor.sees("已保存")
    await visitor.reload()
    await expect(visitor.field("联系人")).to_have_value("王五")


@pytest.mark.req("R-2.6.3.3")
async def test_what_another_window_saved_meanwhile_is_not_overwritten(arrive: Arrive) -> None:
    visitor, path = await at_the_form(arrive)
    other = await _opened_elsewhere(arrive, path)
    visitor.expects("ERR_INTERNET_DISCONNECTED")
    await visitor.context.set_offline(True)
    await crash(visitor, other)
    await visitor.field("联系人").fill("周明")
    await visitor.field("联系电话").fill("025-83200000")
    await back(other)
    ((version,),) = other.database.rows(VERSION)
    await other.field("联系人").fill("王五")
    await choose(other, "是否由受托人签署", "否")
    await saved(other, version + 1)
    await visitor.context.set_offline(False)
    await visitor.sees("这份草稿刚刚在另一个窗口中保存过", "联系人：您填写的「周明」没有采用")
    await expect(visitor.field("联系人")).to_have_value("王五")
    await expect(visitor.field("联系电话")).to_have_value("025-83200000")
    signed = visitor.page.get_by_role("group", name="是否由受托人签署")
    await expect(signed.get_by_label("否", exact=True)).to_be_checked()


@pytest.mark.req("R-2.6.3.3")
async def test_a_row_is_kept_in_its_dialog(arrive: Arrive) -> None:
    """And a form that nobody has touched is not said to be another window's."""
    visitor, _ = await at_the_form(arrive)
    await visitor.press("新增一行")
    dialog = visitor.page.get_by_role("dialog")
    await dialog.get_by_label("姓名").fill("程安")
    await crash(visitor)
    await dialog.get_by_label("居民身份证号码").fill("11010519491231002X")
    await dialog.get_by_label("岗位").fill("木工")
    await back(visitor)
    await dialog.get_by_label("月工资").fill("6500")
    for label, text in {"姓名": "程安", "居民身份证号码": "11010519491231002X", "岗位": "木工"}.items():
        await expect(dialog.get_by_label(label)).to_have_value(text)
    await dialog.get_by_role("button", name="保存", exact=True).click()
    await visitor.sees("程安", "11010519491231002X", "共 1 行")
    await visitor.does_not_see("另一个窗口", NOT_DONE)


@pytest.mark.req("R-2.6.7.2")
async def test_a_review_is_kept(arrive: Arrive, portal: Portal) -> None:
    visitor = await arrive()
    (case_id,) = put_reviews(portal, 1)
    await log_in_unit(visitor, identifier=DEMO_PERSON.mobile)
    await visitor.open(f"/unit/workbench/{case_id}")
    await decide(visitor, "通过")
    await visitor.sees("可以不填写")
    await visitor.page.get_by_label("审核意见").fill("请补充")
    await crash(visitor)
    await decide(visitor, "退回修改")
    await visitor.page.get_by_label("审核意见").fill("请补充续签文本")
    await visitor.sees("网络连接已断开")
    await visitor.press("提交审核")
    await visitor.sees(NOT_DONE)
    await back(visitor)
    await expect(visitor.page.get_by_role("radio", name="退回修改", exact=True)).to_be_checked()
    await visitor.sees("请写明原因，申请人可以看到。")
    await expect(visitor.page.get_by_label("审核意见")).to_have_value("请补充续签文本")
    await visitor.press("提交审核")
    await visitor.sees("已审核：退回修改，并已通知申请人。")
    await expect(visitor.page.get_by_text(NOT_DONE)).to_have_count(0)


@pytest.mark.req("R-2.6.7.2")
async def test_a_review_of_what_has_changed_meanwhile_is_told(arrive: Arrive, portal: Portal) -> None:
    visitor = await arrive()
    (case_id,) = put_reviews(portal, 1)
    await log_in_unit(visitor, identifier=DEMO_PERSON.mobile)
    await visitor.open(f"/unit/workbench/{case_id}")
    await decide(visitor, "退回修改")
    await visitor.page.get_by_label("审核意见").fill("请补充续签文本")
    await crash(visitor)
    portal.database.change(f"UPDATE cases SET version = version + 1 WHERE id = '{case_id}'")
    await back(visitor)
    await visitor.sees("该办件刚刚有了新的进展")
    await expect(visitor.page.get_by_label("审核意见")).to_have_value("请补充续签文本")


@pytest.mark.req("R-2.6.3.2")
async def test_a_decision_is_kept(arrive: Arrive, portal: Portal) -> None:
    command = (sys.executable, "-m", "jsrs_portal.cli", "demo")
    await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=portal.environment, check=True, capture_output=True)
    visitor = await at_work(arrive, DEMO_STAFF[0].login, "/staff/cases")
    query = "SELECT id FROM cases WHERE region = '320100' AND status = 'SUBMITTED' ORDER BY submitted_at DESC"
    case_id = visitor.database.rows(query)[0][0]
    await visitor.open(f"/staff/cases/{case_id}")
    await visitor.press("认领")
    await visitor.sees("作出决定")
    outcomes = visitor.page.get_by_role("group", name="办理结果")
    await outcomes.get_by_label("退回补正", exact=True).check()
    await visitor.page.get_by_label("补正的总体原因").fill("续签起始日与原合同不衔接。")
    await crash(visitor)
    await visitor.page.get_by_label("续签起始日（选填）").fill("须为原合同届满日的次日")
    await visitor.sees("网络连接已断开")
    await visitor.press("提交决定")
    await visitor.sees(NOT_DONE)
    await back(visitor)
    await expect(outcomes.get_by_label("退回补正", exact=True)).to_be_checked()
    await expect(visitor.page.get_by_label("补正的总体原因")).to_have_value("续签起始日与原合同不衔接。")
    await expect(visitor.page.get_by_label("续签起始日（选填）")).to_have_value("须为原合同届满日的次日")
    await visitor.press("提交决定")
    await visitor.sees("待补正", "须为原合同届满日的次日")
    portal.database.change("UPDATE staff SET totp_last_step = 0")
