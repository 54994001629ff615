"""Open pages that show how far cases are, and what is typed meanwhile (R-2.6.3.1, R-2.6.3.2)."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_PERSON, DEMO_STAFF, DEMO_UNIT
from jsrs_portal.settings import get_settings
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_unit
from tests.e2e.test_pages import examine
from tests.e2e.test_staff import at_work
from tests.support.cases import forget_cases, put_cases
from tests.support.portal import Portal

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.1", "R-2.6.3.2")]
UNIT = {"mobile": DEMO_PERSON.mobile, "uscc": DEMO_UNIT.uscc}
OFFICER = DEMO_STAFF[0]


@pytest.fixture(autouse=True)
def _cases(portal: Portal) -> Iterator[None]:
    """No case is there from an earlier test, and none is left to the next."""
    forget_cases(portal.database)
    yield
    forget_cases(portal.database)


async def a_while(visitor: Visitor) -> None:
    """Let the time pass after which an open page looks again."""
    await visitor.page.clock.run_for(int(get_settings().progress_every_seconds * 1000) + 500)


async def test_a_list_follows_its_cases(arrive: Arrive) -> None:
    visitor = await arrive()
    await visitor.page.clock.install()
    (case_id,) = put_cases(visitor.database, **UNIT)
    await log_in_unit(visitor, identifier=DEMO_PERSON.mobile)
    await visitor.open("/unit/cases")
    card = visitor.page.locator("main li", has=visitor.page.locator("h3"))
    await expect(card).to_contain_text("已提交")
    visitor.database.change(f"UPDATE cases SET version = 2, status = 'CORRECTION' WHERE id = '{case_id}'")
    await a_while(visitor)
    await expect(card).to_contain_text("待补正")
    await visitor.sees("办件有了新的进展，列表已更新。")
    put_cases(visitor.database, **UNIT, first=2)
    await a_while(visitor)
    await expect(card).to_have_count(2)
    await visitor.sees("全部办件：2 件")


async def test_the_queue_and_a_case_at_the_desk_follow_what_the_applicant_does(arrive: Arrive) -> None:
    visitor = await at_work(arrive, OFFICER.login)
    ((officer,),) = visitor.database.rows("SELECT id FROM staff WHERE login = ?", OFFICER.login)
    (case_id,) = put_cases(visitor.database, **UNIT, status="CORRECTION", returned=1, officer_id=officer)
    await visitor.page.clock.install()
    await visitor.open("/staff/cases")
    await visitor.press("我的（1）" if await visitor.button("我的（1）").count() else "我的")
    row = visitor.page.get_by_role("list", name="办件", exact=True).get_by_role("listitem")
    await expect(row).to_contain_text("待补正")
    visitor.database.change(f"UPDATE cases SET version = 2, status = 'SUBMITTED' WHERE id = '{case_id}'")
    await a_while(visitor)
    await expect(row).to_contain_text("已提交")
    await expect(visitor.button("我的（1）")).to_be_visible()

    visitor.database.change(f"UPDATE cases SET version = 3, status = 'CORRECTION' WHERE id = '{case_id}'")
    await visitor.open(f"/staff/cases/{case_id}")
    await visitor.sees("待补正")
    visitor.database.change(f"UPDATE cases SET version = 4, status = 'SUBMITTED' WHERE id = '{case_id}'")
    await a_while(visitor)
    await visitor.sees("办件有了新的进展：已提交。", "作出决定")

    await visitor.page.get_by_role("group", name="办理结果").get_by_label("退回补正", exact=True).check()
    await visitor.page.get_by_label("补正的总体原因").fill("续签起始日与原合同不衔接。")
    visitor.database.change(f"UPDATE cases SET version = 5, status = 'WITHDRAWN' WHERE id = '{case_id}'")
    await a_while(visitor)
    await visitor.sees("该办件刚刚有了变化")
    await expect(visitor.page.get_by_label("补正的总体原因")).to_have_value("续签起始日与原合同不衔接。")
    await examine(visitor, "staff-case-newer", (360, 1440))
    await visitor.press("查看最新情况")
    await visitor.sees("已撤回")
    await expect(visitor.page.get_by_text("该办件刚刚有了变化")).to_have_count(0)
    await expect(visitor.page.get_by_text("作出决定")).to_have_count(0)
