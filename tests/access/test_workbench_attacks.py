"""Reviews that are not one's own to give: nobody sees or decides them, whatever is sent (R-2.6.7.2, rule 1)."""

import pytest

from tests.access import people
from tests.access.client import at
from tests.access.conftest import Cast
from tests.access.desk import SECRETS, drop_cases
from tests.access.evidence import Log
from tests.access.handlers import named
from tests.access.people import rows
from tests.access.workbench_scenarios import LIST, MATTER, PAGE, REVIEW, put_reviews

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.7.2")]


@pytest.mark.parametrize("who", ["victim", "agent", "roleless", "institution_admin"])
async def test_a_strangers_review_is_not_there(cast: Cast, who: str) -> None:
    """Another unit's leader, who handed it in, somebody without a role, an institution's administrator."""
    log = Log(cast.portal)
    made = put_reviews(cast, 2)
    query = f"SELECT * FROM cases WHERE id IN ({', '.join('?' * 2)}) ORDER BY id"
    before = rows(cast.portal, query, *made)
    browser = await people.log_in(cast.portal, getattr(cast, who), as_person=who == "roleless")
    merged, page = f"{PAGE}?tab=merged&matter={MATTER}", f"{PAGE}/{made[0]}"
    async with await browser.tab() as tab:
        for decision in ("APPROVE", "SEND_BACK", "DISAPPROVE", "PASS", "WITHDRAW", "LAPSE", ""):
            form = {"decision": decision, "opinion": "不需要申报", "seen": "1"}
            several = {**form, **{f"case-{one}": "1" for one in made}}
            for name, payload, address in (
                ("ReviewState.load", None, page),
                ("ReviewState.choose", {"decision": decision}, page),
                ("ReviewState.submit", {"form": form}, page),
                ("WorkbenchState.load", None, PAGE),
                ("WorkbenchState.load", None, f"{PAGE}?tab=done"),
                ("WorkbenchState.look_again", None, PAGE),
                ("WorkbenchState.load", None, merged),
                ("WorkbenchState.submit", {"form": several}, merged),
            ):
                await tab.send(named(name), payload, at(address))
                await tab.settle(address)
        for secret in (*SECRETS, *(one["number"] for one in before)):
            assert secret not in tab.received
        if who in ("victim", "agent"):
            assert tab.value(LIST, "rows") == []
            assert tab.value(REVIEW, "missing") is True
    assert rows(cast.portal, query, *made) == before
    drop_cases(cast.portal, made)
    log.assert_no_failure()


async def test_forms_that_no_page_sends_decide_nothing(cast: Cast) -> None:
    log = Log(cast.portal)
    (case_id,) = made = put_reviews(cast)
    browser = await people.log_in(cast.portal, cast.neighbour)
    page = f"{PAGE}/{case_id}"
    async with await browser.tab() as tab:
        await tab.send(named("ReviewState.load"), None, at(page))
        await tab.settle(page)
        for form in (
            {"decision": "APPROVE", "seen": "0"},
            {"decision": "APPROVE", "seen": "-1"},
            {"decision": "APPROVE", "seen": "１"},
            {"decision": "APPROVE", "seen": "9" * 40},
            {"decision": "APPROVE", "seen": ["1"]},
            {"decision": ["APPROVE"], "seen": "1"},
            {"decision": "APPROVE", "opinion": "好" * 501, "seen": "1"},
            {"decision": "APPROVE", "opinion": "好\x00", "seen": "1"},
            {"decision": "approve", "seen": "1"},
        ):
            await tab.send(named("ReviewState.submit"), {"form": form}, at(page))
            await tab.settle(page)
        for form in (
            {f"case-{case_id.upper()}": "1", "decision": "APPROVE"},
            {f"case-{case_id}' OR 1=1": "1", "decision": "APPROVE"},
            {f"case-{case_id}": "x", "decision": "APPROVE"},
        ):
            await tab.send(named("WorkbenchState.submit"), {"form": form}, at(PAGE))
            await tab.settle(PAGE)
    assert rows(cast.portal, "SELECT status FROM cases WHERE id = ?", case_id) == [{"status": "UNIT_REVIEW"}]
    drop_cases(cast.portal, made)
    log.assert_no_failure()
