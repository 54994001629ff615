"""Applications in the words of the tests: begin, fill in, submit (R-2.6.3.3)."""

from typing import Any

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.matters import MatterDefinition
from jsrs_portal.services import applications, catalog_load, submission
from jsrs_portal.services.applications import Opened
from tests.support.matters import catalogue
from tests.support.shipped import shipped_catalogue

RENEWAL = "labour-contract-renewal"
SHIPPED = (RENEWAL, "enterprise-pay-survey", "labour-arbitration-application", "shortage-skills-results")


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
        return await applications.open_case(session, actor=actor, case_id=case_id)


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
