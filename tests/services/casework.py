"""Cases in the words of the tests: laid where a test needs them, and acted on by whoever it says (R-2.6.3, R-2.6.7)."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_workflow import Act, Party
from jsrs_portal.domain.cases import REVIEW_LIFE, CaseStatus
from jsrs_portal.domain.form_reading import Filled
from jsrs_portal.models.cases import Case, CaseEvent, CaseForm
from jsrs_portal.models.catalog import Matter, MatterVersion
from jsrs_portal.services.case_moves import Said, act_on
from jsrs_portal.services.definitions import parsed
from jsrs_portal.services.opened_cases import opened_from
from tests.services.applying import RENEWAL

WORKER = Actor(session_key="worker")


async def lay(
    actor: Actor,
    count: int = 1,
    *,
    key: str = RENEWAL,
    status: str = CaseStatus.UNIT_REVIEW,
    answers: dict[str, Any] | None = None,
    submitted_at: datetime | None = None,
    **values: Any,
) -> list[str]:
    """Put in so many cases that ``actor`` has handed in, the later the newer; return their identifiers."""
    async with db.unit_of_work() as session:
        matter = (await session.execute(select(Matter).where(col(Matter.key) == key))).scalar_one()
        version = await session.get_one(MatterVersion, matter.version_id)
        review = parsed(version.id, version.definition).workflow.unit_review
        at = submitted_at or clock.now()
        made: list[str] = []
        for _ in range(count):
            case = Case(
                **{
                    "person_id": actor.person_id,
                    "unit_id": actor.unit_id or None,
                    "house_id": actor.unit_id or None,
                    "review_unit_id": actor.unit_id or None,
                    "grant_id": actor.grant_id,
                    "role": actor.role or "",
                    "matter_id": matter.id,
                    "version_id": matter.version_id,
                    "matter_name": matter.name,
                    "region": "320000",
                    "status": status,
                    "number": clock.new_id(),
                    "submitted_at": at,
                    "handed_in_at": at,
                    "moved_at": at,
                    "answer_by": clock.today() + REVIEW_LIFE if status == CaseStatus.UNIT_REVIEW else None,
                    "reviewers": " ".join(review.roles) if review else "",
                    **values,
                }
            )
            form = CaseForm(id=case.id)
            form.typed, form.answers = Filled().to_json(), json.dumps(answers or {})
            session.add(case)
            await session.flush()
            session.add(form)
            made.append(case.id)
    return made


async def act(
    case_id: str, what: Act, party: Party, actor: Actor, *, seen: int | None = None, said: Said | None = None
) -> CaseEvent | Any:
    """Do one act with the case's row held, as services do; ``seen`` is its version now unless it is given."""
    async with db.unit_of_work() as session:
        case = await session.get_one(Case, case_id, with_for_update=True)
        opened = await opened_from(session, case)
        version = case.version if seen is None else seen
        return await act_on(session, opened, what, party, actor=actor, seen=version, said=said)


async def the_case(case_id: str) -> Case:
    """Return a case as it is now."""
    async with db.reading() as session:
        return await session.get_one(Case, case_id)


async def events(case_id: str) -> list[CaseEvent]:
    """Return a case's timeline, oldest first."""
    async with db.reading() as session:
        query = select(CaseEvent).where(col(CaseEvent.case_id) == case_id).order_by(col(CaseEvent.position))
        return list((await session.execute(query)).scalars())
