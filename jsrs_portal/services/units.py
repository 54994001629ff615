"""What a signed-in person sees of themselves and of the unit, masked on the server (R-2.6.1.1, Masking)."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import ROLE_LABELS, Actor, Permission
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Institution, Unit


@dataclass(frozen=True)
class ViewerView:
    """Whoever is signed in, for the header and the person's card; every personal value masked."""

    name: str
    initial: str
    mobile: str
    document_kind: str
    document: str
    role: str
    unit_name: str
    home: str
    closing: str


@dataclass(frozen=True)
class UnitView:
    """The unit in short; all of it public. The whole of it is :mod:`.unit_info`."""

    uscc: str
    unit_number: str
    name: str


async def view_viewer(session: AsyncSession, *, actor: Actor) -> ViewerView | None:
    """Return how the signed-in person is shown to themselves; ``None`` for a visitor. One query."""
    if not actor.signed_in:
        return None
    query = (
        select(Person, func.coalesce(col(Unit.name), col(Institution.name), ""))
        .outerjoin(Unit, col(Unit.id) == actor.unit_id)
        .outerjoin(Institution, col(Institution.id) == actor.institution_id)
        .where(col(Person.id) == actor.person_id)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    return viewer_of(row[0], row[1], actor)


def viewer_of(person: Person, unit_name: str, actor: Actor) -> ViewerView:
    """Return how ``person``, who is the actor, is shown to themselves."""
    name = masking.mask_name(person.name)
    return ViewerView(
        name=name,
        initial=name[:1],
        mobile=masking.mask_phone(person.mobile),
        document_kind=DocumentType(person.id_type).label,
        document=masking.mask_document(DocumentType(person.id_type), person.id_number),
        role=ROLE_LABELS[actor.role] if actor.role else "个人用户",
        unit_name=unit_name,
        closing=to_the_minute(person.closing_at) if person.closing_at and actor.may(Permission.OWN_ACCOUNT) else "",
        home="/institution" if actor.institution_id else "/unit" if actor.unit_id else "/my",
    )


async def view_unit(session: AsyncSession, *, actor: Actor) -> UnitView | None:
    """Return the unit the actor acts for, and no other; ``None`` without the right to see it."""
    if not actor.may(Permission.UNIT_VIEW):
        return None
    unit = await session.get(Unit, actor.unit_id)
    if unit is None:
        return None
    return UnitView(uscc=unit.uscc, unit_number=unit.unit_number, name=unit.name)
