"""What stands in a form while it is filled in: by several windows, over versions, and again from an earlier case."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from jsrs_portal.domain.form_reading import Filled
from jsrs_portal.domain.form_values import Surroundings, Typed, Wrong, controls_of, read_value, typed_of
from jsrs_portal.domain.matter_conditions import Answers
from jsrs_portal.domain.matter_forms import FieldType, FormField, MatterForm


def merged(form: MatterForm, filled: Filled, typed: Typed, asked: Iterable[str]) -> Filled:
    """Return ``filled`` with what a page sent for the fields it ``asked``; locked and computed fields stay.

    A box that is not ticked is not sent. Names that the form does not have are ignored.
    """
    wanted = set(asked)
    found = dict(filled.typed)
    for one in form.fields:
        if one.key not in wanted or one.key in filled.locked or one.computed is not None:
            continue
        for control in controls_of(one):
            if control in typed:
                found[control] = typed[control]
            elif one.type is FieldType.CHOICES:
                found.pop(control, None)
    return Filled({name: text for name, text in found.items() if text}, filled.rows, filled.locked)


@dataclass(frozen=True)
class Kept:
    """What two windows of one draft come to: what is written, and what of the later one's is not.

    ``beside`` names the fields that both changed, each with what the later window had.
    """

    filled: Filled
    beside: tuple[tuple[str, str], ...]


def beside_another(form: MatterForm, now: Filled, typed: Typed, before: Typed, asked: Iterable[str]) -> Kept:
    """Return what a window's ``typed`` comes to that began from ``before``, where ``now`` stands by another's hand.

    Each field goes its own way: what only this window changed is written; what both changed stays as it is now.
    """
    wanted = set(asked)
    mine: dict[str, str] = {}
    beside: list[tuple[str, str]] = []
    fields: set[str] = set()
    for one in form.fields:
        controls = controls_of(one)
        if one.key not in wanted or not any(typed.get(name, "") != before.get(name, "") for name in controls):
            continue
        theirs = any(now.typed.get(name, "") != before.get(name, "") for name in controls)
        if theirs and any(now.typed.get(name, "") != typed.get(name, "") for name in controls):
            beside.append((one.label, "，".join(text for name in controls if (text := typed.get(name, "").strip()))))
        else:
            mine |= {name: typed[name] for name in controls if name in typed}
            fields.add(one.key)
    return Kept(merged(form, now, mine, fields), tuple(beside))


def changed_elsewhere(
    form: MatterForm, now: Filled, typed: Typed, before: Typed, asked: Iterable[str], around: Surroundings
) -> bool:
    """Tell whether in the fields ``asked`` anything stands ``now`` that a window neither began from nor ``typed``.

    A code and the words it is shown as are the same.
    """
    wanted = set(asked) - set(now.locked)

    def another(one: FormField, other: Typed) -> bool:
        differs = any(now.typed.get(name, "") != other.get(name, "") for name in controls_of(one))
        read = read_value(one, now.typed, around)
        return differs and (isinstance(read, Wrong) or read != read_value(one, other, around))

    return any(
        another(one, typed) and another(one, before)
        for one in form.fields
        if one.key in wanted and one.computed is None
    )


def carried_over(old: MatterForm, new: MatterForm, filled: Filled) -> tuple[Filled, tuple[str, ...]]:
    """Return what of ``filled`` a new version of the form still asks, and the labels of what it does not.

    An answer is kept when its field has the same key and type; for a choice, while the option exists; rows keep the
    columns that are still there.
    """
    known = {one.key: one for one in new.fields}
    kept: dict[str, str] = {}
    rows: dict[str, list[dict[str, str]]] = {}
    lost: list[str] = []
    for one in old.fields:
        successor = known.get(one.key)
        same = successor is not None and successor.type is one.type
        if one.type is FieldType.TABLE:
            if same and successor is not None:
                rows[one.key] = [_kept_columns(one, successor, row) for row in filled.rows.get(one.key, [])]
            elif filled.rows.get(one.key):
                lost.append(one.label)
            continue
        mine = {name: filled.typed[name] for name in controls_of(one) if name in filled.typed}
        if not mine:
            continue
        if same and successor is not None and _still_offered(successor, mine):
            kept |= {name: text for name, text in mine.items() if name in controls_of(successor)}
        else:
            lost.append(one.label)
    return Filled(kept, rows, tuple(key for key in filled.locked if key in known and known[key].locked)), tuple(lost)


def typed_again(form: MatterForm, answers: Answers) -> Filled:
    """Return what would be typed to give ``answers``, e.g. those of an earlier case; what is locked stays so."""
    typed: dict[str, str] = {}
    rows: dict[str, list[dict[str, str]]] = {}
    for one in form.fields:
        answer = answers.get(one.key)
        if one.type is FieldType.TABLE:
            rows[one.key] = [typed_row(one, row) for row in cast("list[Answers]", answer or [])]
        elif one.computed is None:
            typed |= typed_of(one, answer)
    return Filled(typed, rows, tuple(one.key for one in form.fields if one.locked and answers.get(one.key)))


def typed_row(table: FormField, row: Answers) -> dict[str, str]:
    """Return what would be typed to give a row's answers; computed columns are not typed."""
    typed: dict[str, str] = {}
    for column in table.columns or ():
        if column.computed is None:
            typed |= typed_of(column, row.get(column.key))
    return typed


def _kept_columns(old: FormField, new: FormField, row: Typed) -> dict[str, str]:
    before = {column.key: column.type for column in old.columns or ()}
    names = {
        name for column in new.columns or () if before.get(column.key) is column.type for name in controls_of(column)
    }
    return {name: text for name, text in row.items() if name in names}


def _still_offered(new: FormField, typed: Typed) -> bool:
    return new.type is not FieldType.CHOICE or typed[new.key] in {option.value for option in new.options or ()}
