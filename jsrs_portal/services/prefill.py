"""The first values of a form: what is known of the unit and whoever applies, and the last application (R-2.6.3.3)."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.authority import Actor, GrantStatus, Role
from jsrs_portal.domain.code_tables import ECONOMIC_TYPES, INDUSTRIES
from jsrs_portal.domain.form_drafts import typed_again
from jsrs_portal.domain.form_reading import Filled
from jsrs_portal.domain.form_values import controls_of, typed_of
from jsrs_portal.domain.matter_forms import FieldType, FormField, MatterForm, Prefill
from jsrs_portal.domain.matters import MatterDefinition
from jsrs_portal.models.cases import Case, CaseForm
from jsrs_portal.models.catalog import MatterVersion
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Grant, Institution, Unit
from jsrs_portal.services.code_search import words_of


async def first_values(session: AsyncSession, *, actor: Actor, form: MatterForm, matter_id: str, today: date) -> Filled:
    """Return the form as it begins for ``actor``; a field that is ``locked`` in the matter is so when it has a value.

    For an institution its own name, number and place stand where the form asks for the unit's, its unit's code where it
    asks for a credit code. At most four queries.
    """
    known = await _known(session, actor, today)
    last = await _last(session, actor, matter_id, form) if _asks_last(form) else {}
    typed: dict[str, str] = {}
    locked: list[str] = []
    for one in form.fields:
        if one.prefill is None or one.type in (FieldType.FILE, FieldType.TABLE):
            continue
        answer = last.get(one.key) if one.prefill is Prefill.LAST else _fitting(one, known.get(one.prefill))
        given = {name: text for name, text in typed_of(one, answer).items() if text}
        typed |= given
        if given and one.locked:
            locked.append(one.key)
    again = typed_again(form, {one.key: last.get(one.key) for one in form.fields if one.prefill is Prefill.LAST})
    return Filled(typed, {key: rows for key, rows in again.rows.items() if rows}, tuple(locked))


async def locked_anew(
    session: AsyncSession, *, actor: Actor, form: MatterForm, filled: Filled, matter_id: str, today: date
) -> Filled:
    """Return ``filled`` with the fields that may not be changed as they are known now."""
    fresh = await first_values(session, actor=actor, form=form, matter_id=matter_id, today=today)
    typed = dict(filled.typed)
    for one in form.fields:
        if one.key in fresh.locked or one.key in filled.locked:
            for control in controls_of(one):
                typed.pop(control, None)
                if control in fresh.typed:
                    typed[control] = fresh.typed[control]
    return Filled(typed, filled.rows, fresh.locked)


def _asks_last(form: MatterForm) -> bool:
    return any(one.prefill is Prefill.LAST for one in form.fields)


def _fitting(one: FormField, value: Any) -> Any:
    """Return a known value as this type of field answers, ``None`` when it cannot."""
    if not value:
        return None
    if one.type is FieldType.ADDRESS:
        return value._asdict() if isinstance(value, _Place) else None
    if isinstance(value, _Place):
        return f"{divisions().full_name(value.region)}{value.detail}"
    if one.type in (FieldType.CHOICE, FieldType.CHOICES, FieldType.YES_NO, FieldType.PERSON, FieldType.UNIT):
        return None
    return value


async def _known(session: AsyncSession, actor: Actor, today: date) -> Mapping[Prefill, Any]:
    person = await session.get_one(Person, actor.person_id)
    known: dict[Prefill, Any] = {
        Prefill.OPERATOR_NAME: person.name,
        Prefill.OPERATOR_MOBILE: person.mobile,
        Prefill.OPERATOR_DOCUMENT: person.id_number,
        Prefill.TODAY: today.isoformat(),
        Prefill.THIS_YEAR: str(today.year),
        Prefill.LAST_YEAR: str(today.year - 1),
    }
    if not actor.unit_id and not actor.institution_id:
        known |= {
            Prefill.PERSON_NAME: person.name,
            Prefill.PERSON_DOCUMENT: person.id_number,
            Prefill.PERSON_MOBILE: person.mobile,
        }
    institution = await session.get(Institution, actor.institution_id) if actor.institution_id else None
    unit_id = institution.unit_id if institution else actor.unit_id
    unit = await session.get(Unit, unit_id) if unit_id else None
    if unit is None:
        return known
    known |= {
        Prefill.UNIT_USCC: unit.uscc,
        Prefill.UNIT_NAME: unit.name,
        Prefill.UNIT_NUMBER: unit.unit_number,
        Prefill.UNIT_REGION: unit.authority_region,
        Prefill.UNIT_ADDRESS: _address(unit.authority_region, unit.registered_address),
        Prefill.UNIT_ECONOMIC_TYPE: words_of(ECONOMIC_TYPES.key, unit.economic_type) if unit.economic_type else "",
        Prefill.UNIT_INDUSTRY: words_of(INDUSTRIES.key, unit.industry_code) if unit.industry_code else "",
        Prefill.LEGAL_REP_NAME: await _legal_rep(session, unit.id),
    }
    if institution is not None:
        known |= {
            Prefill.UNIT_NAME: institution.name,
            Prefill.UNIT_NUMBER: institution.number,
            Prefill.UNIT_REGION: institution.region,
            Prefill.UNIT_ADDRESS: _address(institution.region, institution.address),
        }
    return known


class _Place(NamedTuple):
    region: str
    detail: str


def _address(region: str, detail: str) -> _Place | None:
    """Return an address without the region at its beginning, which is chosen beside it."""
    if not detail or not region:
        return None
    return _Place(region, detail.removeprefix(divisions().full_name(region)).strip() or detail)


async def _legal_rep(session: AsyncSession, unit_id: str) -> str:
    query = (
        select(Person)
        .join(Grant, col(Grant.person_id) == col(Person.id))
        .where(
            col(Grant.unit_id) == unit_id,
            col(Grant.role) == Role.LEGAL_REP,
            col(Grant.status) == GrantStatus.GRANTED,
            col(Grant.institution_id).is_(None),
        )
        .order_by(col(Grant.created_at).desc())
        .limit(1)
    )
    found = (await session.execute(query)).scalar_one_or_none()
    return found.name if found else ""


async def _last(session: AsyncSession, actor: Actor, matter_id: str, form: MatterForm) -> dict[str, Any]:
    """Return the answers of the last application for this matter by this person in the same name.

    Only to questions that were of the same type then.
    """
    query = (
        select(CaseForm, col(MatterVersion.definition))
        .join(Case, col(Case.id) == col(CaseForm.id))
        .join(MatterVersion, col(MatterVersion.id) == col(Case.version_id))
        .where(
            col(Case.person_id) == actor.person_id,
            col(Case.unit_id).is_not_distinct_from(actor.unit_id or None),
            col(Case.institution_id).is_not_distinct_from(actor.institution_id or None),
            col(Case.matter_id) == matter_id,
            col(Case.submitted_at).is_not(None),
        )
        .order_by(col(Case.submitted_at).desc(), col(Case.id).desc())
        .limit(1)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return {}
    kept, definition = found
    before = MatterDefinition.model_validate_json(definition).form
    types = {one.key: one.type for one in before.fields} if before else {}
    answers: dict[str, Any] = json.loads(kept.answers)
    return {one.key: answers.get(one.key) for one in form.fields if types.get(one.key) is one.type}
