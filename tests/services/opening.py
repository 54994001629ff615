"""A unit's institutions and their administrators, in the words of the tests: open, reset, hand over (R-2.6.6)."""

from dataclasses import replace
from typing import Any

from jsrs_portal import db
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.institutions import InstitutionStatus, institution_number
from jsrs_portal.models.people import Credential, Person, institution_realm
from jsrs_portal.models.units import Grant, Institution
from jsrs_portal.services import first_password, institutions, login, people
from jsrs_portal.services.institutions import Administrator
from jsrs_portal.services.login import Ticket
from tests.services.granting import acting, who
from tests.services.numbers import Human, human
from tests.services.world import Account, World, rows, visitor

HER, HIM, CLERK = human(9), human(19), human(29)
"""Her first administrator, its next one, and an agent of the unit."""
OWN_PASSWORD = "Lantern-58-oak"
SECOND_PASSWORD = "Harbour-73-elm"


async def registered(account: Account, serial: int = 1, **fields: str) -> Institution:
    """Return an institution that staff have registered under a unit."""
    made = Institution(
        **{
            "unit_id": account.unit_id,
            "number": institution_number(serial),
            "name": f"南京第{serial}职业培训学校",
            "kind": "private_training",
            "level": "CITY",
            "region": "320100",
            "address": f"南京市云杉路{serial}号",
            "status": InstitutionStatus.REGISTERED,
        }
        | fields
    )
    async with db.unit_of_work() as session:
        session.add(made)
    return made


async def with_document(kind: DocumentType, number: str, mobile: str) -> str:
    """Return a registered person with another document than a resident identity card."""
    async with db.unit_of_work() as session:
        identity = people.Identity("陈外宾", kind, number)
        return people.enrol(session, actor=visitor("earlier"), identity=identity, mobile=mobile).id


def administrator(of: Human, **typed: str) -> Administrator:
    """Return the form with the data of ``of``; ``typed`` are fields typed differently."""
    said = {"name": of.name, "id_type": "01", "id_number": of.id_number, "mobile": of.mobile}
    return Administrator(**(said | typed))


def first(of: Human) -> str:
    """Return somebody's first password, as the manual describes it."""
    return "Js" + of.id_number[-6:]


async def now(institution: Institution) -> Institution:
    """Return an institution as it is now."""
    async with db.reading() as session:
        return await session.get_one(Institution, institution.id)


async def _seen(institution: Institution, version: int | None) -> dict[str, Any]:
    return {
        "institution_id": institution.id,
        "version": (await now(institution)).version if version is None else version,
    }


async def open_(actor: Actor, institution: Institution, who: Administrator, version: int | None = None) -> Any:
    """「开通」, as somebody sees the institution now or saw it at ``version``."""
    return await institutions.open_institution(actor=actor, **await _seen(institution, version), typed=who)


async def hand_over(actor: Actor, institution: Institution, who: Administrator, version: int | None = None) -> Any:
    """「管理员变更」."""
    return await institutions.replace_administrator(actor=actor, **await _seen(institution, version), typed=who)


async def reset(actor: Actor, institution: Institution, version: int | None = None) -> Any:
    """「管理员密码重置」."""
    return await institutions.reset_password(actor=actor, **await _seen(institution, version))


async def switch(actor: Actor, institution: Institution, *, disabled: bool, version: int | None = None) -> Any:
    """「停用」 or 「恢复使用」."""
    return await institutions.set_disabled(actor=actor, **await _seen(institution, version), disabled=disabled)


async def attempts(actor: Actor, institution: Institution, typed: Administrator, version: int | None = None) -> Any:
    """Try everything that can be done to an institution; return by the audit trail's words what came of it."""
    return {
        "institution.open": await open_(actor, institution, typed, version),
        "institution.reset": await reset(actor, institution, version),
        "institution.replace": await hand_over(actor, institution, typed, version),
        "institution.disable": await switch(actor, institution, disabled=True, version=version),
        "institution.enable": await switch(actor, institution, disabled=False, version=version),
    }


def done(outcome: Any) -> Institution:
    """Return what must have been possible."""
    assert isinstance(outcome, Institution), outcome
    return outcome


def code(outcome: Any) -> str:
    """Return why something was refused."""
    (refusal,) = outcome if isinstance(outcome, list) else [outcome]
    return refusal.code


async def log_in(institution: Institution, identifier: str, password: str, actor: Actor | None = None) -> Any:
    """「单位登录」 with the institution's number."""
    return await login.login_unit(
        actor=actor or visitor(), account=institution.number, identifier=identifier, password=password
    )


async def enter(world: World, institution: Institution, person: Human, password: str, name: str = "browser") -> str:
    """Log an administrator in and return the cookie's value."""
    outcome = await log_in(institution, person.mobile, password, visitor(name))
    assert isinstance(outcome, Ticket), outcome
    return await world.redeem(visitor(name), outcome)


async def set_own(value: str, password: str = OWN_PASSWORD) -> None:
    """Change the first password of whoever is logged in by a cookie."""
    actor = await who(value)
    assert await first_password.change_first_password(actor=actor, password=password, confirmation=password) == []


async def with_own_password(world: World, institution: Institution, person: Human, name: str = "browser") -> str:
    """Return the cookie of an administrator who has logged in and set an own password."""
    value = await enter(world, institution, person, first(person), name)
    await set_own(value)
    return value


async def granted(institution: Institution) -> list[Grant]:
    """Return the grants of an institution that have not been revoked."""
    return [one for one in await grants_of(institution) if one.status == "GRANTED"]


async def grants_of(institution: Institution) -> list[Grant]:
    """Return all grants of an institution, oldest first."""
    found = [one for one in await rows(Grant) if one.institution_id == institution.id]
    assert {one.role for one in found} <= {Role.INSTITUTION_ADMIN}
    return sorted(found, key=lambda one: one.created_at)


async def credentials(institution: Institution) -> list[Credential]:
    """Return the passwords that open an institution."""
    return [one for one in await rows(Credential) if one.realm == institution_realm(institution.id)]


async def person_of(person_id: str) -> Person:
    """Return a person as they are now."""
    async with db.reading() as session:
        return await session.get_one(Person, person_id)


async def agent_of(world: World, account: Account, of: Human, password: str) -> Actor:
    """Return somebody registered who is an agent of the unit."""
    return await acting(await world.granted(account, await world.registered_person(of, password)))


def elsewhere(actor: Actor) -> Actor:
    """Return the same person in another browser."""
    return replace(actor, session_key=visitor("another browser").session_key)
