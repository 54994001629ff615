"""Submitted cases put there at once, in the words of the tests (R-2.6.3.1)."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.cases import ENDED, CaseStatus
from jsrs_portal.models.cases import Case, CaseForm
from jsrs_portal.models.catalog import Matter
from jsrs_portal.models.units import Institution

RENEWAL, SURVEY, DISPUTE, RESULTS = (
    "labour-contract-renewal",
    "enterprise-pay-survey",
    "labour-arbitration-application",
    "shortage-skills-results",
)


def number(serial: int) -> str:
    """Return a 办件编号 of the tests."""
    return f"1132000046600712{'0A' * 7}120261129{serial:04d}"


async def put_cases(actor: Actor, count: int = 1, key: str = RENEWAL, first: int = 1, **changes: Any) -> list[Case]:
    """Put ``count`` submitted cases of the actor's there, a minute after each other, the last one the newest."""
    async with db.unit_of_work() as session:
        matter = (await session.execute(select(Matter).where(Matter.key == key))).scalar_one()
        house = actor.unit_id
        if actor.institution_id:
            house = (await session.get_one(Institution, actor.institution_id)).unit_id
        begun = clock.now() - timedelta(days=1)
        made = [
            Case(
                **{
                    "person_id": actor.person_id,
                    "unit_id": actor.unit_id or None,
                    "institution_id": actor.institution_id or None,
                    "house_id": house or None,
                    "review_unit_id": actor.unit_id or None,
                    "grant_id": actor.grant_id or None,
                    "role": actor.role or "",
                    "matter_id": matter.id,
                    "version_id": matter.version_id or "",
                    "matter_name": matter.name,
                    "region": "320000",
                    "status": CaseStatus.SUBMITTED,
                    "stage": "accept",
                    "step": "receipt",
                    "number": number(first + place),
                    "saved_at": begun,
                    "submitted_at": begun + timedelta(minutes=first + place),
                    "handed_in_at": begun + timedelta(minutes=first + place),
                }
                | changes
            )
            for place in range(count)
        ]
        for one in made:
            if one.status in ENDED:
                one.finished_at = clock.now()
        session.add_all(made)
        await session.flush()
        for one in made:
            form = CaseForm(id=one.id)
            form.typed = json.dumps({"typed": {}, "rows": {}, "locked": []})
            form.answers = "{}"
            session.add(form)
        return made
