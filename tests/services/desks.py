"""Cases at the bureau in the words of the tests: handed in, taken, decided, corrected (R-2.6.3)."""

import json
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_desk import Tab
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.cases import CaseStatus, FileState
from jsrs_portal.domain.form_reading import Filled
from jsrs_portal.models.cases import Case, CaseEvent, CaseFile, CaseForm
from jsrs_portal.models.catalog import Matter
from jsrs_portal.services import application_tables, staff_case_acts, staff_cases
from jsrs_portal.services.staff_case_acts import Decision
from jsrs_portal.services.staff_case_rows import DeskRow
from jsrs_portal.services.staff_cases import DeskFilter, DeskPage
from jsrs_portal.services.submission import Receipt
from tests.services.applying import RENEWAL, begin, opened, save, submit
from tests.services.numbers import human
from tests.services.officers import Officer

WORKER = {"name": "程安", "id_number": human(40).id_number, "post": "木工", "monthly_pay": "6500"}
OPINION = "材料齐全，符合条件。"


async def handed_in(actor: Actor, region: str = "320100") -> str:
    """Fill in a whole application for a unit and submit it; return the case."""
    case_id = await begin(actor, region=region)
    typed = {
        "term_kind": "open",
        "contact_name": "孙立",
        "contact_mobile": "13800000001",
        "terms_changed": "no",
        "worksite": "320106",
        "signed_by_agent": "no",
        "start_date": f"{clock.today():%Y-%m-%d}",
    }
    await save(actor, case_id, typed)
    found = await opened(actor, case_id)
    assert found is not None
    async with db.unit_of_work() as session:
        await application_tables.save_row(
            session,
            actor=actor,
            case_id=case_id,
            seen=found.case.version,
            table="workers",
            number=0,
            typed=WORKER,
        )
        file = CaseFile(case_id=case_id, field="renewal_text", person_id=actor.person_id, size=1)
        file.name, file.state, file.media_type = "续签.pdf", FileState.STORED, "application/pdf"
        session.add(file)
    await again(actor, case_id)
    return case_id


async def again(actor: Actor, case_id: str) -> None:
    """Submit what is there, for the first time or corrected."""
    outcome = await submit(actor, case_id)
    assert isinstance(outcome, Receipt), outcome


async def put_cases(
    actor: Actor,
    many: int,
    *,
    region: str = "320100",
    step_by: date | None = None,
    answers: dict[str, Any] | None = None,
    **changes: Any,
) -> list[str]:
    """Write cases straight to the desk, one due each day from ``step_by`` on, and what was answered in them."""
    start, made = step_by or clock.today() + timedelta(days=1), list[str]()
    async with db.unit_of_work() as session:
        key = changes.pop("key", RENEWAL)
        matter = (await session.execute(select(Matter).where(Matter.key == key))).scalar_one()
        for n in range(many):
            case = Case(
                person_id=actor.person_id,
                unit_id=actor.unit_id or None,
                house_id=actor.unit_id or None,
                grant_id=actor.grant_id or None,
                role=actor.role or "",
                matter_id=matter.id,
                version_id=matter.version_id or "",
                matter_name=matter.name,
                region=region,
                status=CaseStatus.SUBMITTED,
                stage="accept",
                number=f"{clock.new_id()[:20]}{n:04d}",
                step_by=start + timedelta(days=n),
                submitted_at=clock.now() - timedelta(minutes=many - n),
            )
            for name, value in changes.items():
                setattr(case, name, value)
            session.add(case)
            await session.flush()
            kept = CaseForm(id=case.id)
            kept.typed, kept.answers = Filled().to_json(), json.dumps(answers or {})
            session.add(kept)
            session.add(
                CaseEvent(
                    case_id=case.id,
                    position=1,
                    act=Act.SUBMIT,
                    status=case.status,
                    stage=case.stage,
                    person_id=case.person_id,
                )
            )
            made.append(case.id)
    return made


async def case_of(case_id: str) -> Case:
    """Return a case as it is stored."""
    async with db.reading() as session:
        return await session.get_one(Case, case_id)


async def queue(who: Officer, tab: Tab = Tab.ALL, after: str = "", **narrowed: str) -> DeskPage:
    """Return a page of an officer's queue."""
    async with db.reading() as session:
        page = await staff_cases.list_cases(
            session, actor=who.acting, wanted=DeskFilter(tab=tab, **narrowed), after=after
        )
    assert isinstance(page, DeskPage), page
    return page


async def row(who: Officer, case_id: str, tab: Tab = Tab.ALL) -> DeskRow:
    """Return a case as it stands in an officer's queue."""
    return next(one for one in (await queue(who, tab)).rows if one.id == case_id)


async def take(who: Officer, case_id: str, *, seen: int | None = None) -> Any:
    """Take a case as it was last seen."""
    version = seen if seen is not None else (await case_of(case_id)).version
    async with db.unit_of_work() as session:
        return await staff_case_acts.take(session, actor=who.acting, case_id=case_id, seen=version)


async def give(who: Officer, case_id: str, to: str, reason: str = "", *, seen: int | None = None) -> Any:
    """Give a case to a colleague."""
    version = seen if seen is not None else (await case_of(case_id)).version
    async with db.unit_of_work() as session:
        problems = await staff_case_acts.give(
            session, actor=who.acting, case_id=case_id, seen=version, to=to, reason=reason
        )
    return problems[0] if problems else None


async def put_back(who: Officer, case_id: str, reason: str = "") -> Any:
    """Put a case back among those that are to be taken."""
    version = (await case_of(case_id)).version
    async with db.unit_of_work() as session:
        return await staff_case_acts.put_back(session, actor=who.acting, case_id=case_id, seen=version, reason=reason)


async def decide(who: Officer, case_id: str, act: str, *, seen: int | None = None, **said: Any) -> Any:
    """End the step a case stands at."""
    version = seen if seen is not None else (await case_of(case_id)).version
    said = {"opinion": OPINION} | said
    async with db.unit_of_work() as session:
        return await staff_case_acts.decide(
            session, actor=who.acting, case_id=case_id, seen=version, decision=Decision(act=act, **said)
        )
