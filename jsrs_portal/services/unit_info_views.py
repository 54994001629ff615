"""单位信息 as a unit's people see it: its values in words, and who changed what of them when (R-2.6.2.1)."""

import json
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import ROLE_LABELS, Actor, GrantStatus, Permission, Role
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.unit_info import BY_KEY, FIELDS, UnitField
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Grant, Unit, UnitChange
from jsrs_portal.services.code_search import choice_of, words_of
from jsrs_portal.services.keyset import Place, newest_first, older

PAGE = 10


@dataclass(frozen=True)
class UnitInfo:
    """A unit as its people see it. ``shown`` are its values in words, ``typed`` as they stand in the form."""

    version: int
    uscc: str
    name: str
    authority_name: str
    shown: dict[str, str]
    typed: dict[str, str]
    document_kind: str
    document: str
    may_change: bool


@dataclass(frozen=True)
class FieldChange:
    """One field from what to what, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangeRow:
    """One change in the history: when, who in masked form, in which role."""

    when: str
    who: str
    role: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class ChangePage:
    """A page of the history, newest first; ``next`` asks for the following one (empty: none)."""

    items: tuple[ChangeRow, ...]
    next: str


async def view_unit_info(session: AsyncSession, *, actor: Actor) -> UnitInfo | None:
    """Return the unit the actor acts for; its legal representative's document, masked, is for who may change it.

    ``None`` without the right to see the unit. One statement.
    """
    if not actor.may(Permission.UNIT_VIEW):
        return None
    leads = and_(
        col(Grant.unit_id) == col(Unit.id),
        col(Grant.role) == Role.LEGAL_REP,
        col(Grant.status) == GrantStatus.GRANTED,
    )
    query = (
        select(Unit, Person)
        .outerjoin(Grant, leads)
        .outerjoin(Person, col(Person.id) == col(Grant.person_id))
        .where(col(Unit.id) == actor.unit_id)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    unit, legal = row
    kind = DocumentType(legal.id_type) if legal and actor.may(Permission.UNIT_CHANGE) else None
    values = values_of(unit)
    return UnitInfo(
        version=unit.version,
        uscc=unit.uscc,
        name=unit.name,
        authority_name=unit.authority_name,
        shown={key: words(BY_KEY[key], value) for key, value in values.items()},
        typed={key: text_of(BY_KEY[key], value) for key, value in values.items()},
        document_kind=kind.label if kind else "",
        document=masking.mask_document(kind, legal.id_number) if kind else "",
        may_change=actor.may(Permission.UNIT_CHANGE),
    )


async def view_changes(session: AsyncSession, *, actor: Actor, after: str = "") -> ChangePage:
    """Return the changes of the actor's unit behind the place ``after``; nothing without the right. One statement."""
    if not actor.may(Permission.UNIT_VIEW):
        return ChangePage((), "")
    query = (
        select(UnitChange, Person)
        .join(Person, col(Person.id) == col(UnitChange.person_id))
        .where(col(UnitChange.unit_id) == actor.unit_id, *older(UnitChange, Place.parse(after)))
        .order_by(*newest_first(UnitChange))
        .limit(PAGE + 1)
    )
    rows = (await session.execute(query)).all()
    items = tuple(_row(change, person) for change, person in rows[:PAGE])
    return ChangePage(items, Place.of(rows[PAGE - 1][0]).written() if len(rows) > PAGE else "")


def values_of(unit: Unit) -> dict[str, str]:
    """Return what a unit says of itself, by field."""
    return {field.key: str(getattr(unit, field.key)) for field in FIELDS}


def words(field: UnitField, value: str) -> str:
    """Return a value as people read it."""
    if not value:
        return "未填写"
    return words_of(field.table, value) if field.table else value


def text_of(field: UnitField, value: str) -> str:
    """Return a value as it stands in the form."""
    return choice_of(field.table, value).label if field.table else value


def read_steps(change: UnitChange) -> dict[str, tuple[str, str]]:
    """Return what a change did to each field, from what to what."""
    return {key: (before, after) for key, (before, after) in json.loads(change.changes).items()}


def _row(change: UnitChange, person: Person) -> ChangeRow:
    steps = read_steps(change)
    return ChangeRow(
        when=to_the_minute(change.created_at),
        who=masking.mask_name(person.name),
        role=ROLE_LABELS[Role(change.role)],
        fields=tuple(
            FieldChange(field.label, words(field, steps[field.key][0]), words(field, steps[field.key][1]))
            for field in FIELDS
            if field.key in steps
        ),
    )
