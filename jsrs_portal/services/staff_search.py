"""What officers can look up: units, which are public, and persons, by an exact number and masked (rule 7)."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.identifiers import normalise
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.staff import reason_problem
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.units import Unit
from jsrs_portal.services import audit, limits
from jsrs_portal.services.login import find_person
from jsrs_portal.services.staff import may
from jsrs_portal.services.staff_reach import Reached, reach, units_within

MOST_UNITS = 20
MOST_ROLES = 20
_SHORTEST_NAME = 2
STATUS_LABELS = {PersonStatus.ACTIVE: "正常", PersonStatus.LOCKED: "已锁定", PersonStatus.CLOSED: "已注销"}
NOBODY = Refusal("没有找到，或不在您负责的区域：请核对后填写完整的证件号码或移动电话。", "identifier", "none")
"""One and the same answer, so that nobody learns who is registered elsewhere."""
GONE = Refusal("没有这个个人用户，或不在您负责的区域，请重新查询。", code="gone")


@dataclass(frozen=True)
class UnitHit:
    """A unit; everything in it is public."""

    uscc: str
    unit_number: str
    name: str
    address: str
    registered_on: str


@dataclass(frozen=True)
class PersonHit:
    """A person as officers see them: masked, with what they are in which unit."""

    id: str
    version: int
    name: str
    mobile: str
    document_kind: str
    document: str
    status: str
    status_label: str
    registered_on: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class FullPerson:
    """One person's data in full; given only to an officer who said why."""

    name: str
    document_kind: str
    document: str
    mobile: str


async def find_units(session: AsyncSession, *, actor: Actor, text: str) -> tuple[UnitHit, ...] | Refusal:
    """Return up to 20 units of the officer's region with this number, or whose name contains ``text``. One query."""
    if refused := may(actor, Permission.STAFF_SEARCH):
        return refused
    wanted = text.strip()[:100]
    if len(wanted) < _SHORTEST_NAME:
        return Refusal("请填写统一社会信用代码、单位编号，或单位名称中的至少两个字。", "text")
    number = normalise(wanted)[:64]
    query = (
        select(Unit)
        .where(
            or_(
                col(Unit.uscc) == number,
                col(Unit.unit_number) == number,
                col(Unit.name).contains(wanted, autoescape=True),
            ),
            *units_within(actor),
        )
        .order_by(col(Unit.created_at).desc(), col(Unit.id).desc())
        .limit(MOST_UNITS)
    )
    return tuple(
        UnitHit(
            uscc=unit.uscc,
            unit_number=unit.unit_number,
            name=unit.name,
            address=unit.registered_address,
            registered_on=in_words(unit.created_at.astimezone(clock.BEIJING)),
        )
        for unit in (await session.execute(query)).scalars()
    )


async def find_one_person(session: AsyncSession, *, actor: Actor, identifier: str) -> PersonHit | Refusal:
    """Return the person with exactly this document or mobile number; the question is counted and audited."""
    if refused := may(actor, Permission.STAFF_SEARCH):
        return refused
    if not identifier.strip():
        return Refusal("请填写完整的证件号码或移动电话。", "identifier")
    exceeded = await limits.take(session, frequency.STAFF_LOOKUP, actor.staff_id, now=clock.now())
    if exceeded:
        if exceeded.first:
            audit.record(session, actor=actor, action="staff.search", result="LIMIT")
        return exceeded.refusal
    person = await find_person(session, identifier)
    if person is None:
        audit.record(session, actor=actor, action="staff.search", result="NONE", details={"asked": identifier[:64]})
        return NOBODY
    reached = await reach(session, actor=actor, person=person)
    result = "OK" if reached else "REGION"
    audit.record(session, actor=actor, action="staff.search", subject=person.id, result=result)
    return _hit(reached) if reached else NOBODY


async def view_person(session: AsyncSession, *, actor: Actor, person_id: str) -> PersonHit | Refusal:
    """Return a person found before, as they are now."""
    if refused := may(actor, Permission.STAFF_SEARCH):
        return refused
    reached = await reached_person(session, actor=actor, person_id=person_id)
    return _hit(reached) if reached else GONE


async def reached_person(session: AsyncSession, *, actor: Actor, person_id: str, action: str = "") -> Reached | None:
    """Return the person with this id if they are this region's; an ``action`` against another's is written down."""
    person = await session.get(Person, person_id) if person_id else None
    reached = await reach(session, actor=actor, person=person) if person else None
    if person is not None and reached is None and action:
        audit.record(session, actor=actor, action=action, subject=person.id, result="REGION")
    return reached


def _hit(reached: Reached) -> PersonHit:
    person = reached.person
    kind = DocumentType(person.id_type)
    return PersonHit(
        id=person.id,
        version=person.version,
        name=masking.mask_name(person.name),
        mobile=masking.mask_phone(person.mobile),
        document_kind=kind.label,
        document=masking.mask_document(kind, person.id_number),
        status=person.status,
        status_label=STATUS_LABELS[PersonStatus(person.status)],
        registered_on=in_words(person.created_at.astimezone(clock.BEIJING)),
        roles=reached.roles[:MOST_ROLES],
    )


async def unmask(session: AsyncSession, *, actor: Actor, person_id: str, reason: str) -> FullPerson | Refusal:
    """Return one person's data in full, for a reason that is written down; so many a day and no more.

    Errors: no permission, no reason, nobody of this id in the officer's region, the day's number used up.
    """
    if refused := may(actor, Permission.STAFF_UNMASK):
        return refused
    if problem := reason_problem(reason):
        return Refusal(problem, "reason")
    reached = await reached_person(session, actor=actor, person_id=person_id, action="staff.unmask")
    if reached is None:
        return GONE
    person = reached.person
    exceeded = await limits.take(session, frequency.STAFF_UNMASK, actor.staff_id, now=clock.now())
    if exceeded:
        if exceeded.first:
            audit.record(session, actor=actor, action="staff.unmask", subject=person.id, result="LIMIT")
        return exceeded.refusal
    audit.record(session, actor=actor, action="staff.unmask", subject=person.id, details={"reason": reason.strip()})
    kind = DocumentType(person.id_type)
    return FullPerson(name=person.name, document_kind=kind.label, document=person.id_number, mobile=person.mobile)
