"""A unit's people and their grants, in the words of the tests: propose, give, change, take back (R-2.6.5)."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.access import cookie
from jsrs_portal.access.actor import resolve
from jsrs_portal.domain.authority import Actor, Role, Scope
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.units import Grant, GrantEvent
from jsrs_portal.models.work import OutboxMessage
from jsrs_portal.services import agents, catalog_load
from jsrs_portal.services.grant_terms import Holder, Terms
from jsrs_portal.services.grants import read_scope
from tests.services.numbers import Human, employer, human
from tests.services.world import ADDRESS, Account, World, rows, visitor
from tests.support.matters import catalogue, matter

UNIT = employer(1)
BOSS = UNIT.legal_rep
LABOUR = Terms(scope=Scope.of(["labour"]))
ANYTHING = Terms()
"""An administrator's terms: any business, for good."""

MATTERS = (
    matter("contract-renewal", "劳动合同续签", number=1, sides=["unit"]),
    matter("contract-change", "劳动合同变更", number=2, sides=["unit", "person"]),
    matter("own-file", "个人档案查询", number=3, sides=["person"]),
    matter("labour-old", "劳动用工备案", number=4, sides=["unit"]),
)


def day(days: int) -> date:
    """Return the day in China so many days from today."""
    return clock.today() + timedelta(days=days)


async def load_matters() -> None:
    """Serve four matters: one of units, one of units and persons, one of persons, one more of units."""
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(session, catalogue=catalogue(*MATTERS), files_digest="x", now=clock.now())


def holder(of: Human, **typed: str) -> Holder:
    """Return a form with the data of ``of``; ``typed`` are fields typed differently."""
    return Holder(**({"name": of.name, "mobile": of.mobile, "id_number": of.id_number} | typed))


async def acting(grant_id: str) -> Actor:
    """Return whoever holds a grant, acting by it."""
    async with db.reading() as session:
        grant = await session.get_one(Grant, grant_id)
    return Actor(
        session_key=crypto.fingerprint(grant_id),
        address=ADDRESS,
        person_id=grant.person_id,
        unit_id=grant.unit_id,
        grant_id=grant.id,
        role=Role(grant.role),
        scope=read_scope(grant.scope),
    )


async def propose(actor: Actor, who: Holder, role: Role = Role.AGENT, terms: Terms = LABOUR) -> Any:
    """Fill in the form."""
    return await agents.propose(actor=actor, role=role, holder=who, terms=terms, today=clock.today())


async def give(actor: Actor, person_id: str, role: Role = Role.AGENT, terms: Terms | None = None) -> Any:
    """Confirm the sentence."""
    terms = terms or (LABOUR if role is Role.AGENT else ANYTHING)
    async with db.unit_of_work() as session:
        return await agents.grant_agent(
            session, actor=actor, person_id=person_id, role=role, terms=terms, today=clock.today()
        )


async def given(actor: Actor, person_id: str, role: Role = Role.AGENT, terms: Terms | None = None) -> Grant:
    """Give a grant that must be possible."""
    made = await give(actor, person_id, role, terms)
    assert isinstance(made, Grant), made
    return made


async def alter(actor: Actor, grant: Grant, terms: Terms, *, version: int | None = None) -> Any:
    """Change a grant as it is now, or as somebody saw it at ``version``."""
    async with db.unit_of_work() as session:
        return await agents.change_grant(
            session,
            actor=actor,
            grant_id=grant.id,
            version=grant.version if version is None else version,
            terms=terms,
            today=clock.today(),
        )


async def revoke(actor: Actor, grant: Grant, *, version: int | None = None) -> Any:
    """Take a grant back."""
    async with db.unit_of_work() as session:
        return await agents.revoke_grant(
            session,
            actor=actor,
            grant_id=grant.id,
            version=grant.version if version is None else version,
            today=clock.today(),
        )


async def the_grant(grant_id: str) -> Grant:
    """Return a grant as it is now."""
    async with db.reading() as session:
        return await session.get_one(Grant, grant_id)


async def steps(grant_id: str) -> list[str]:
    """Return what happened to a grant, oldest first."""
    async with db.reading() as session:
        query = select(GrantEvent).where(col(GrantEvent.grant_id) == grant_id).order_by(col(GrantEvent.created_at))
        return [event.kind for event in (await session.execute(query)).scalars()]


async def messages() -> list[tuple[str, str]]:
    """Return phone and text of everything in the outbox."""
    bodies = [json.loads(message.body) for message in await rows(OutboxMessage)]
    return [(body["mobile"], body["text"]) for body in bodies]


async def texts_for(mobile: str) -> list[str]:
    """Return what is on its way to a phone."""
    return [text for phone, text in await messages() if phone == mobile]


async def audited(action: str) -> list[AuditEntry]:
    """Return the entries of an action in the order they were made; a table has none of its own."""
    entries = [entry for entry in await rows(AuditEntry) if entry.action == action]
    return sorted(entries, key=lambda entry: entry.created_at)


def codes(outcomes: list[Any]) -> list[str]:
    """Return the codes of what was refused."""
    return [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]


async def log_in(world: World, account: Account, grant: Grant, name: str = "agent's browser") -> str:
    """Log the holder of a grant in and return the cookie's value."""
    return await world.signed_in(replace(account, person_id=grant.person_id, grant_id=grant.id), visitor(name))


async def who(value: str) -> Any:
    """Return who a cookie stands for, or why its session is over."""
    return await resolve(cookie.proof(value), address=ADDRESS)


async def people(world: World, count: int, start: int = 100) -> list[str]:
    """Return so many registered persons."""
    return [await world.registered_person(human(start + n)) for n in range(count)]
