"""单位信息: what a unit says of itself, who changed what of it when, and changes by two people at once (R-2.6.2).

Whoever changes something names the version they saw. When it is an older one they are told what has been changed since,
with their own values beside it, and nothing is written until they have seen that; then only what they changed is.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain import masking
from jsrs_portal.domain import unit_info as rules
from jsrs_portal.domain.authority import ROLE_LABELS, Actor, GrantState, Permission, Role
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.unit_info import FIELDS, UnitField
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Unit, UnitChange
from jsrs_portal.services import audit, notices
from jsrs_portal.services.code_search import resolve
from jsrs_portal.services.grants import acting, held_in, lock_unit
from jsrs_portal.services.unit_info_views import read_steps, text_of, values_of, words

_MOST_STEPS = 500
"""Changes that are read to know what somebody saw; whoever saw an older version begins anew."""
TOO_OLD = Refusal("您打开的内容已经过时太久，请关闭后重新打开再修改。", code="too_old")


@dataclass(frozen=True)
class Clash:
    """A field that somebody else changed meanwhile, beside what the form says; ``mine`` is empty when untouched."""

    key: str
    label: str
    who: str
    when: str
    theirs: str
    mine: str


@dataclass(frozen=True)
class Conflict:
    """Nothing was written: others changed the unit to ``version`` since the form was opened.

    ``fresh`` is what now stands in the form's fields that its person had not touched.
    """

    version: int
    clashes: tuple[Clash, ...]
    fresh: dict[str, str]


async def change_unit(*, actor: Actor, typed: Mapping[str, str], seen: int) -> Unit | Conflict | list[Refusal]:
    """Change what the unit says of itself, as somebody ``typed`` it who saw version ``seen``.

    The unit's row is held, so of two at once one is first and the other is told. Who leads and who administers the unit
    are told too, except the one who did it. Errors: why not at each field, or that nothing is changed.
    """
    async with db.unit_of_work() as session:
        unit = await lock_unit(session, actor.unit_id) if actor.unit_id else None
        held = await held_in(session, unit.id, today=clock.today()) if unit else []
        if unit is None or not acting(actor, held).may(Permission.UNIT_CHANGE):
            return [rules.NOT_ALLOWED]
        steps = await _since(session, unit, seen)
        if steps is None:
            return [TOO_OLD]
        current = values_of(unit)
        before = rules.rolled_back(current, [read_steps(change) for change, _ in steps])
        values, refused = _read_form(typed, before, unit.uscc)
        if refused:
            return refused
        mine = rules.own_changes(values, before)
        conflict = _conflict(unit, steps, mine, before)
        if conflict.clashes:
            return conflict
        if not mine:
            return [rules.NOTHING_CHANGED]
        _write(session, actor, unit, mine, current)
        for one in held:
            if one.role in (Role.LEGAL_REP, Role.ADMIN) and one.state is GrantState.ACTIVE:
                await _tell(session, unit, one.person, mine, actor)
        return unit


def _write(
    session: AsyncSession, actor: Actor, unit: Unit, mine: Mapping[str, str], current: Mapping[str, str]
) -> None:
    for key, value in mine.items():
        setattr(unit, key, value)
    unit.version += 1
    changes = {key: [current[key], value] for key, value in mine.items()}
    session.add(
        UnitChange(
            unit_id=unit.id,
            version=unit.version,
            person_id=actor.person_id,
            role=actor.role or "",
            grant_id=actor.grant_id,
            changes=json.dumps(changes, ensure_ascii=False),
        )
    )
    audit.record(session, actor=actor, action="unit.change", subject=unit.id, details={"changes": changes})


async def _tell(session: AsyncSession, unit: Unit, person: Person, mine: Mapping[str, str], actor: Actor) -> None:
    if person.id == actor.person_id:
        return
    labels = "、".join(field.label for field in FIELDS if field.key in mine)
    await notices.tell(
        session,
        person=person,
        kind=NoticeKind.UNIT,
        title="单位信息已修改",
        text=f"{unit.name}的{labels}已修改，如非本单位所为，请及时核对。",
        href="/unit/info",
        unit_id=unit.id,
    )


async def _since(session: AsyncSession, unit: Unit, seen: int) -> list[tuple[UnitChange, Person]] | None:
    """Return the changes after version ``seen``, newest first; ``None`` when they cannot be told."""
    if seen == unit.version:
        return []
    if not max(1, unit.version - _MOST_STEPS) <= seen < unit.version:
        return None
    query = (
        select(UnitChange, Person)
        .join(Person, col(Person.id) == col(UnitChange.person_id))
        .where(col(UnitChange.unit_id) == unit.id, col(UnitChange.version) > seen)
        .order_by(col(UnitChange.version).desc())
    )
    return [(change, person) for change, person in await session.execute(query)]


def _read_form(typed: Mapping[str, str], before: Mapping[str, str], uscc: str) -> tuple[dict[str, str], list[Refusal]]:
    """Return the values that are meant, or what is wrong with them; what stood there before is never wrong."""
    values: dict[str, str] = {}
    refused: list[Refusal] = []
    for field in FIELDS:
        text, kept = " ".join(typed.get(field.key, "").split()), before[field.key]
        if text == " ".join(text_of(field, kept).split()):
            values[field.key] = kept
            continue
        value, problem = _read_field(field, text, uscc)
        values[field.key] = value
        if problem:
            refused.append(Refusal(problem, field.key))
    refused += [
        Refusal(f"请选择{field.label}。", field.key)
        for field in FIELDS
        if field.required and not values[field.key] and not any(one.field == field.key for one in refused)
    ]
    return values, refused


def _read_field(field: UnitField, text: str, uscc: str) -> tuple[str, str]:
    if not text:
        return "", ""
    if field.table:
        code = resolve(field.table, text)
        return code, "" if code else rules.NOT_CHOSEN.format(label=field.label)
    if field.key == rules.ORG_CODE:
        return rules.org_code_in(uscc), rules.org_code_problem(text, uscc)
    return text, rules.address_problem(text)


def _conflict(
    unit: Unit, steps: Sequence[tuple[UnitChange, Person]], mine: Mapping[str, str], before: Mapping[str, str]
) -> Conflict:
    clashes: list[Clash] = []
    current = values_of(unit)
    for field in FIELDS:
        last = next(((change, person) for change, person in steps if field.key in read_steps(change)), None)
        if last is None or current[field.key] == before[field.key]:
            continue
        change, person = last
        own = words(field, mine[field.key]) if field.key in mine else ""
        clashes.append(
            Clash(
                key=field.key,
                label=field.label,
                who=f"{masking.mask_name(person.name)}（{ROLE_LABELS[Role(change.role)]}）",
                when=to_the_minute(change.created_at),
                theirs=words(field, current[field.key]),
                mine=own,
            )
        )
    fresh = {field.key: text_of(field, current[field.key]) for field in FIELDS if field.key not in mine}
    return Conflict(unit.version, tuple(clashes), fresh)
