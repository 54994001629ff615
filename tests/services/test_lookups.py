"""Questions to the registers: limited, and never a way to keep somebody else from registering (R-2.2.2)."""

import pytest

from jsrs_portal.domain import limits
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.services.registration import count_lookup
from tests.services.world import rows, visitor

pytestmark = pytest.mark.req("R-2.2.2")
USCC = "91320100MA0000015Q"


async def test_a_stranger_cannot_use_up_a_units_day():
    """Twenty questions about somebody else's unit from one network end there, and nowhere else."""
    for n in range(25):
        await count_lookup(visitor(f"stranger {n}", "203.0.113.7"), "registry", USCC, f"number {n}")
    assert await count_lookup(visitor("stranger", "203.0.113.7"), "registry", USCC, "number") is not None
    assert await count_lookup(visitor("owner", "198.51.100.1"), "registry", USCC, "the right one") is None


async def test_a_flood_of_questions_leaves_few_entries():
    """What is refused is not asked: one entry says so, not one each."""
    for n in range(29):
        await count_lookup(visitor("machine"), "identity", f"somebody {n}")
    results = [entry.result for entry in await rows(AuditEntry)]
    assert results.count("OK") == limits.LOOKUP_BROWSER.most
    assert len(results) == limits.LOOKUP_BROWSER.most + 1


async def test_many_networks_asking_about_one_unit_refuse_nobody():
    """Staff are told; the unit itself can still register."""
    for n in range(limits.LOOKUP_FLOOD.most + 5):
        await count_lookup(visitor(f"b{n}", f"10.{n // 250}.{n % 250}.1"), "registry", USCC)
    assert await count_lookup(visitor("owner", "198.51.100.1"), "registry", USCC) is None
