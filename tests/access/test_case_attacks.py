"""Other people's cases: nobody lists, opens, exports or takes back what is not seen in their name (rule 1)."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from jsrs_portal.access.actor import REMEMBERED_SECONDS
from jsrs_portal.services.people import mobile_index
from tests.access import people
from tests.access.client import at
from tests.access.conftest import Cast
from tests.access.evidence import Log
from tests.access.handlers import named
from tests.access.people import Browser, rows
from tests.support.cases import forget_cases, number, put_cases

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.1", "R-2.6.3.2", "R-2.6.6.5")]
ANSWER = "未央宫人"
CALLS = (
    ("CaseState.load", None),
    ("CaseState.look_again", None),
    ("CaseState.withdraw", None),
    ("CasesState.look_again", None),
    ("ApplicationState.load", None),
)


@pytest.fixture(autouse=True)
def _afterwards(cast: Cast) -> Iterator[None]:
    """No case is left to the next test."""
    yield
    forget_cases(cast.portal.database)


def put(cast: Cast, account: people.Account, **more: Any) -> str:
    """Put a case of an account's there, in the name of its unit or institution."""
    name = {"institution": account.institution} if account.institution else {"uscc": account.uscc}
    (case_id,) = put_cases(
        cast.portal.database, mobile=account.mobile, **name, answers={"contact_name": ANSWER}, **more
    )
    return case_id


async def tried(browser: Browser, case_id: str, *lists: str) -> str:
    """Send every call about a case, and open ``lists``; return everything that came back."""
    page = f"/cases/{case_id}"
    async with await browser.tab() as tab:
        for name, payload in CALLS:
            where = f"/applications/{case_id}" if name.startswith("Application") else page
            await tab.send(named(name), payload, at(where))
            await tab.settle(where)
        for path in lists:
            for address in (path, f"{path}?q={number(1).lower()}"):
                await tab.send(named("CasesState.load"), None, at(address))
                await tab.settle(address)
        return str(tab.received)


def states(cast: Cast) -> list[dict[str, Any]]:
    """Return where all cases stand."""
    return rows(cast.portal, "SELECT id, status, version FROM cases ORDER BY id")


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("neighbour", "/unit/cases"),
        ("roleless", "/my/cases"),
        ("admin", "/unit/cases"),
        ("agent", "/unit/cases"),
        ("institution_admin", "/institution/cases"),
    ],
)
async def test_another_units_case_is_not_there(cast: Cast, who: str, path: str) -> None:
    log, case_id = Log(cast.portal), put(cast, cast.victim)
    before = states(cast)
    browser = await people.log_in(cast.portal, getattr(cast, who), as_person=who == "roleless")
    received = await tried(browser, case_id, path)
    assert number(1) not in received
    assert ANSWER not in received
    assert states(cast) == before
    log.assert_no_failure()


@pytest.mark.req("R-2.6.5.5")
async def test_a_colleagues_case_outside_of_the_scope_is_not_there(cast: Cast) -> None:
    """The agent has social security cards; the case is about a labour contract."""
    case_id = put(cast, cast.neighbour)
    received = await tried(await people.log_in(cast.portal, cast.agent), case_id, "/unit/cases")
    assert number(1) not in received
    assert ANSWER not in received
    own = put(cast, cast.agent, first=2)
    received = await tried(await people.log_in(cast.portal, cast.agent), own, "/unit/cases")
    assert number(2) in received
    assert {one["status"] for one in states(cast)} == {"SUBMITTED"}  # seen, but not to be acted on


async def test_the_units_case_is_seen_by_who_leads_it_and_not_by_its_institution(cast: Cast) -> None:
    case_id = put(cast, cast.neighbour)
    received = await tried(await people.log_in(cast.portal, cast.institution_admin), case_id, "/institution/cases")
    assert number(1) not in received
    assert ANSWER not in received
    async with await (await people.log_in(cast.portal, cast.admin)).tab() as tab:
        await tab.send(named("CaseState.load"), None, at(f"/cases/{case_id}"))
        await tab.settle()
        assert ANSWER in tab.received


async def test_an_institutions_case_is_seen_by_its_unit_and_taken_back_by_itself_alone(cast: Cast) -> None:
    case_id = put(cast, cast.institution_admin, key="shortage-skills-results")
    received = await tried(await people.log_in(cast.portal, cast.neighbour), case_id, "/unit/cases")
    assert number(1) in received
    assert states(cast)[0]["status"] == "SUBMITTED"
    for stranger in (cast.victim, cast.newcomer):
        received = await tried(await people.log_in(cast.portal, stranger), case_id)
        assert number(1) not in received
    await tried(await people.log_in(cast.portal, cast.institution_admin), case_id)
    assert states(cast)[0]["status"] == "WITHDRAWN"


async def test_what_somebody_handed_in_for_themselves_is_not_their_units(cast: Cast) -> None:
    """One person, two names: neither sees the other's."""
    (private,) = put_cases(
        cast.portal.database, mobile=cast.admin.mobile, key="labour-arbitration-application", answers={"claim": ANSWER}
    )
    units = put(cast, cast.admin, first=2)
    received = await tried(await people.log_in(cast.portal, cast.admin), private)
    assert number(1) not in received
    received = await tried(await people.log_in(cast.portal, cast.admin, as_person=True), units, "/my/cases")
    assert number(2) not in received
    assert number(1) in received
    assert {one["id"]: one["status"] for one in states(cast)} == {private: "SUBMITTED", units: "SUBMITTED"}


@pytest.mark.parametrize("who", ["expired", "revoked"])
async def test_a_former_agent_sees_nothing_any_more(cast: Cast, who: str) -> None:
    account: people.Account = getattr(cast, who)
    grants = rows(cast.portal, "SELECT id, valid_from, valid_until, status FROM grants")
    mine = "person_id = (SELECT id FROM persons WHERE mobile_index = ?)"
    stands = f"UPDATE grants SET status = 'GRANTED', valid_until = NULL WHERE {mine}"
    people.execute(cast.portal, stands, mobile_index(account.mobile))
    case_id = put(cast, account)
    browser = await people.log_in(cast.portal, account)
    people.lapse(cast.portal, account)
    await asyncio.sleep(REMEMBERED_SECONDS + 0.5)
    received = await tried(browser, case_id, "/unit/cases")
    assert number(1) not in received
    assert ANSWER not in received
    assert states(cast)[0]["status"] == "SUBMITTED"
    for one in grants:
        people.execute(
            cast.portal,
            "UPDATE grants SET valid_from = ?, valid_until = ?, status = ? WHERE id = ?",
            *(one["valid_from"], one["valid_until"], one["status"], one["id"]),
        )


async def test_what_is_no_case_is_answered_like_anothers(cast: Cast) -> None:
    browser = await people.log_in(cast.portal, cast.neighbour)
    for path in (
        "/case-exports/%00",
        f"/case-exports/{'0' * 32}",
        "/case-exports/x",
        "/case-results/%00",
        f"/case-results/{'0' * 32}",
    ):
        assert (await browser.get(path)).status_code == 404
    async with await browser.tab() as tab:
        for key in ("0" * 32, "%00", "x'--"):
            await tab.send(named("CaseState.load"), None, at(f"/cases/{key}"))
            await tab.settle()
            assert tab.value("case_state", "missing") is True
