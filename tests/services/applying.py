"""Applications in the words of the tests: begin, fill in, submit (R-2.6.3.3)."""

from typing import Any

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.cases import FileState
from jsrs_portal.domain.matters import MatterDefinition
from jsrs_portal.models.cases import CaseFile
from jsrs_portal.services import application_tables, applications, catalog_load, submission
from jsrs_portal.services.opened_cases import Opened, open_case
from tests.services.numbers import human
from tests.support.matters import catalogue
from tests.support.shipped import shipped_catalogue

RENEWAL = "labour-contract-renewal"
SHIPPED = (RENEWAL, "enterprise-pay-survey", "labour-arbitration-application", "shortage-skills-results")
WORKER = {"name": "程安", "id_number": human(40).id_number, "post": "木工", "monthly_pay": "6500"}
GOOD = {
    "term_kind": "open",
    "contact_name": "孙立",
    "contact_mobile": "13800000001",
    "terms_changed": "no",
    "worksite": "320106",
    "signed_by_agent": "no",
}


def shipped(key: str = RENEWAL) -> MatterDefinition:
    """Return a matter as it is shipped."""
    return shipped_catalogue().matters[key]


async def serve(*matters: MatterDefinition, digest: str = "x") -> None:
    """Serve these matters."""
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(session, catalogue=catalogue(*matters), files_digest=digest, now=clock.now())


async def begin(actor: Actor, key: str = RENEWAL, region: str = "320000") -> Any:
    """Begin a draft."""
    async with db.unit_of_work() as session:
        return await applications.begin_application(session, actor=actor, key=key, region=region)


async def opened(actor: Actor, case_id: str) -> Opened | None:
    """Return a case as its page opens it."""
    async with db.reading() as session:
        return await open_case(session, actor=actor, case_id=case_id)


async def save(
    actor: Actor, case_id: str, typed: dict[str, str], *, seen: int | None = None, before: dict[str, str] | None = None
) -> Any:
    """Save what stands in the form, as the page does that shows all of it."""
    found = await opened(actor, case_id)
    version = seen if seen is not None else found.case.version if found else 0
    async with db.unit_of_work() as session:
        return await applications.save_typed(
            session,
            actor=actor,
            case_id=case_id,
            seen=version,
            typed=typed,
            asked=[one.key for one in found.form.fields] if found else [],
            before=before,
        )


async def submit(actor: Actor, case_id: str, *, seen: int | None = None, promised: bool = True) -> Any:
    """Submit a draft."""
    found = await opened(actor, case_id)
    version = seen if seen is not None else found.case.version if found else 0
    async with db.unit_of_work() as session:
        return await submission.submit_application(
            session, actor=actor, case_id=case_id, seen=version, promised=promised
        )


async def add_row(actor: Actor, case_id: str, typed: dict[str, str], number: int = 0) -> Any:
    """Save a row of the table of workers; 0 is a new one."""
    found = await opened(actor, case_id)
    async with db.unit_of_work() as session:
        return await application_tables.save_row(
            session,
            actor=actor,
            case_id=case_id,
            seen=found.case.version if found else 0,
            table="workers",
            number=number,
            typed=typed,
        )


async def put_file(case_id: str, actor: Actor, field: str = "renewal_text", state: str = FileState.STORED) -> None:
    """Put a file where it is asked for, without content."""
    async with db.unit_of_work() as session:
        file = CaseFile(case_id=case_id, field=field, person_id=actor.person_id, size=1, state=state)
        file.name = "续签.pdf"
        session.add(file)


async def complete(actor: Actor) -> str:
    """Return a draft that may be submitted."""
    case_id = await begin(actor)
    start = f"{clock.today():%Y-%m-%d}"
    await save(actor, case_id, GOOD | {"start_date": start})
    assert not isinstance(await add_row(actor, case_id, WORKER), list)
    await put_file(case_id, actor)
    return case_id
