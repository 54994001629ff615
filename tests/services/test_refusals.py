"""Refused attempts are entries, and a flood of them does not fill the trail."""

import pytest

from jsrs_portal.access import refusals
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.models.audit import AuditEntry
from tests.services.world import how_many, rows, visitor


@pytest.fixture(autouse=True)
def _fresh():
    refusals._noted.clear()


async def attempt(browser: str, address: str = "203.0.113.7") -> None:
    await refusals.note(visitor(browser, address), handler="some_state.handler", reason="unknown")


async def test_a_refused_attempt_is_an_entry():
    await attempt("one")
    assert await how_many(AuditEntry) == 1


async def test_a_browser_leaves_ten_a_minute():
    for _ in range(50):
        await attempt("one")
    assert await how_many(AuditEntry) == refusals.MOST_BY_BROWSER


async def test_a_new_cookie_for_every_attempt_does_not_help():
    for n in range(100):
        await attempt(f"cookie {n}")
    assert await how_many(AuditEntry) == refusals.MOST_BY_SOURCE


async def test_many_sources_together_leave_no_more_than_all_may():
    for n in range(300):
        await attempt(f"cookie {n}", f"10.0.{n // 250}.{n % 250}")
    assert await how_many(AuditEntry) == refusals.MOST_IN_ALL


async def test_an_officer_who_is_refused_is_named_and_a_visitor_on_the_way_is_not():
    officer = Actor(session_key="x", address="203.0.113.7", staff_id="y" * 32, staff_role=StaffRole.SYSTEM)
    for who in (visitor("one"), officer):
        await refusals.note(who, handler="staff_audit_state.verify", reason="policy")
    (entry,) = await rows(AuditEntry)
    assert (entry.person_id, entry.action, entry.result) == ("y" * 32, "event.refused", "POLICY")
