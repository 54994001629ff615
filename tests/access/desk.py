"""Cases at the bureau of the running portal, put there through our own models."""

import json
import subprocess
import sys
from typing import Any

from tests.access import people
from tests.access.handlers import REPOSITORY
from tests.access.people import Account
from tests.support.portal import Portal

SECRETS = ("薄暮云", "13911112222")
"""Somebody who is named in each of these cases' forms, and their phone."""
_SEED = """
import asyncio, json, sys
from jsrs_portal import db
from jsrs_portal.domain.authority import Actor, Role
from tests.services.desks import put_cases

async def main():
    whose, number, changes, (name, mobile) = json.loads(sys.argv[1])
    actor = Actor(session_key="tests", role=Role.LEGAL_REP, **whose)
    answers = {"contact_name": name, "contact_mobile": mobile, "term_kind": "open"}
    made = await put_cases(actor, number, answers=answers, **changes)
    await db.close_engine()
    print(json.dumps(made))

asyncio.run(main())
"""


def put_cases(portal: Portal, owner: Account, number: int = 1, **changes: Any) -> list[str]:
    """Put cases of the unit that ``owner`` leads to the desk; ``changes`` are fields and the region."""
    query = (
        "SELECT g.person_id, g.unit_id, g.id AS grant_id FROM grants g JOIN units u ON u.id = g.unit_id"
        " WHERE u.uscc = ? AND g.role = 'LEGAL_REP' AND g.status = 'GRANTED'"
    )
    (whose,) = people.rows(portal, query, owner.uscc)
    done = subprocess.run(
        [sys.executable, "-c", _SEED, json.dumps([whose, number, changes, SECRETS])],
        cwd=REPOSITORY,
        env={**portal.environment, "PYTHONPATH": str(REPOSITORY)},
        check=True,
        capture_output=True,
        text=True,
    )
    return list(json.loads(done.stdout.splitlines()[-1]))


def drop_cases(portal: Portal, cases: list[str]) -> None:
    """Take cases away with everything that goes with them."""
    for case_id in cases:
        rated = "SELECT id FROM ratings WHERE case_id = ?"
        people.execute(portal, f"DELETE FROM rectifications WHERE rating_id IN ({rated})", case_id)
        for table, column in (
            ("case_results", "id"),
            ("ratings", "case_id"),
            ("shipment_milestones", "case_id"),
            ("shipments", "case_id"),
            ("case_deliveries", "case_id"),
            ("case_events", "case_id"),
            ("case_submissions", "case_id"),
            ("case_files", "case_id"),
            ("case_forms", "id"),
            ("cases", "id"),
        ):
            people.execute(portal, f"DELETE FROM {table} WHERE {column} = ?", case_id)
