"""Cases at the bureau over raw connections: officers of elsewhere, units and persons get nothing (R-2.6.3.2)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.access import people
from tests.access.client import Socket, at
from tests.access.conftest import Cast
from tests.access.desk import SECRETS, drop_cases, put_cases
from tests.access.handlers import named
from tests.access.people import Browser, execute, rows

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.2")]


@pytest.fixture
def case(cast: Cast) -> Iterator[str]:
    """A case of Nanjing that nobody has taken."""
    made = put_cases(cast.portal, cast.victim, region="320102")
    yield made[0]
    drop_cases(cast.portal, made)


@pytest.fixture
def elsewhere(cast: Cast) -> Iterator[None]:
    """The officer's region is another city."""
    execute(cast.portal, "UPDATE staff SET region = '320500' WHERE login = ?", people.OFFICER)
    yield
    execute(cast.portal, "UPDATE staff SET region = '' WHERE login = ?", people.OFFICER)


async def everything(tab: Socket, case_id: str) -> None:
    """Send all that could be done with a case, as its page would."""
    page = f"/staff/cases/{case_id}"
    sent: list[tuple[str, Any, str]] = [
        ("StaffCaseState.load", None, page),
        ("StaffCaseState.look_again", None, page),
        ("StaffCaseState.take", None, page),
        ("StaffCaseState.open_unmask", None, page),
        ("StaffCaseState.submit_unmask", {"form": {"reason": "核对联系人是否在职"}}, page),
        ("StaffCaseState.choose_act", {"act": "PASS"}, page),
        ("StaffCaseState.submit_decision", {"form": {"opinion": "同意"}}, page),
        ("StaffCaseState.confirm_decision", None, page),
        ("StaffCaseState.submit_give", {"form": {"to": "0" * 32, "reason": "转交同事办理"}}, page),
        ("StaffCaseState.submit_put_back", {"form": {"reason": "转交同事办理"}}, page),
        ("StaffCasesState.load", None, "/staff/cases"),
        ("StaffCasesState.look_again", None, "/staff/cases"),
        ("StaffCasesState.choose_tab", {"tab": "all"}, "/staff/cases"),
        ("StaffCasesState.take", {"case_id": case_id}, "/staff/cases"),
        ("StaffCasesState.narrow", {"form": {"matter": "", "region": "320102"}}, "/staff/cases"),
    ]
    for short, payload, where in sent:
        await tab.send(named(short), payload, at(where))
        await tab.settle(where)


def untouched(cast: Cast, case_id: str) -> None:
    found = rows(cast.portal, "SELECT status, version, officer_id FROM cases WHERE id = ?", case_id)
    assert found == [{"status": "SUBMITTED", "version": 1, "officer_id": None}]


async def test_an_officer_of_elsewhere_gets_nothing(cast: Cast, case: str, elsewhere: None) -> None:
    browser = await people.log_in_staff(cast.portal, people.OFFICER)
    async with await browser.tab() as tab:
        await everything(tab, case)
        assert tab.value("staff_case_state", "missing") is True
        for secret in (*SECRETS, cast.victim.unit_name, cast.victim.name, cast.victim.id_number, cast.victim.mobile):
            assert secret not in tab.received
    untouched(cast, case)


@pytest.mark.parametrize("who", ["victim", "person", "visitor", "auditor", "security"])
async def test_whoever_is_no_officer_is_sent_away(cast: Cast, case: str, who: str) -> None:
    browser: Browser
    if who == "visitor":
        browser = await people.visitor(cast.portal)
    elif who in ("auditor", "security"):
        browser = await people.log_in_staff(cast.portal, {"auditor": people.AUDITOR, "security": people.SECURITY}[who])
    else:
        browser = await people.log_in(cast.portal, cast.victim, as_person=who == "person")
    async with await browser.tab() as tab:
        await everything(tab, case)
        assert tab.departures
        for secret in SECRETS:
            assert secret not in tab.received
    untouched(cast, case)


async def test_what_a_browser_puts_into_its_page_decides_nothing(cast: Cast, case: str) -> None:
    """Another's case in the address, a decision that is not offered, somebody else's identifier."""
    browser = await people.log_in_staff(cast.portal, people.OFFICER)
    page = f"/staff/cases/{case}"
    async with await browser.tab() as tab:
        await tab.send(named("StaffCaseState.load"), None, at(page))
        await tab.settle(page)
        for act in ("PASS", "COMPLETED", "LAPSE", "../x", ""):
            await tab.send(named("StaffCaseState.choose_act"), {"act": act}, at(page))
            await tab.send(named("StaffCaseState.submit_decision"), {"form": {"act": act, "opinion": "同意"}}, at(page))
            await tab.settle(page)
        await tab.send(named("StaffCaseState.confirm_decision"), None, at(page))
        await tab.settle(page)
    untouched(cast, case)
