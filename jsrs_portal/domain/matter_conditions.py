"""Conditions in matters' files: a small tree of comparisons, evaluated by walking it and never by running text."""

from collections.abc import Iterable, Iterator, Mapping, Sized
from decimal import Decimal, InvalidOperation
from typing import Any, Self, cast

from pydantic import Field, model_validator

from jsrs_portal.domain.matter_parts import Key, Part, Scalar

Answers = Mapping[str, Any]

_COMPARISONS = ("equals", "one_of", "includes", "filled", "at_least", "at_most", "above", "below")


class FieldRef(Part):
    """The value of another field, in place of a fixed one: ``above: {field: start_date}``."""

    field: Key


class Condition(Part):
    """One comparison of a field, or several conditions joined by ``all``, ``any`` or ``not``.

    In a file: ``field: kind`` with exactly one of ``equals`` · ``one_of`` · ``includes`` (a multiple choice contains
    it) · ``filled`` · ``at_least`` · ``at_most`` · ``above`` · ``below``. Numbers compare as numbers, everything else
    (dates in ISO form among it) as text. An empty answer fulfils no comparison but ``filled: false``.
    """

    field: Key | None = None
    equals: Scalar | FieldRef | None = None
    one_of: tuple[Scalar, ...] | None = Field(None, min_length=1)
    includes: Scalar | None = None
    filled: bool | None = None
    at_least: Scalar | FieldRef | None = None
    at_most: Scalar | FieldRef | None = None
    above: Scalar | FieldRef | None = None
    below: Scalar | FieldRef | None = None
    every: tuple["Condition", ...] | None = Field(None, alias="all", min_length=1)
    some: tuple["Condition", ...] | None = Field(None, alias="any", min_length=1)
    negated: "Condition | None" = Field(None, alias="not")

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        joined = [part for part in (self.every, self.some, self.negated) if part is not None]
        compared = [name for name in _COMPARISONS if getattr(self, name) is not None]
        if joined and (len(joined) > 1 or self.field is not None or compared):
            raise ValueError("all、any、not 只能单独使用其中一个，不能与 field 写在同一条件中")
        if not joined and (self.field is None or len(compared) != 1):
            raise ValueError(f"条件须写明 field 和恰好一种比较（{'、'.join(_COMPARISONS)}）")
        return self


def fields_of(condition: Condition) -> Iterator[str]:
    """Yield the key of every field ``condition`` looks at, some perhaps twice."""
    for inner in (*(condition.every or ()), *(condition.some or ())):
        yield from fields_of(inner)
    if condition.negated is not None:
        yield from fields_of(condition.negated)
    if condition.field is not None:
        yield condition.field
    for name in _COMPARISONS:
        value = getattr(condition, name)
        if isinstance(value, FieldRef):
            yield value.field


def holds(condition: Condition | None, answers: Answers) -> bool:
    """Tell whether ``condition`` is true of ``answers`` (by field key); no condition always holds."""
    if condition is None:
        return True
    if condition.every is not None:
        return all(holds(inner, answers) for inner in condition.every)
    if condition.some is not None:
        return any(holds(inner, answers) for inner in condition.some)
    if condition.negated is not None:
        return not holds(condition.negated, answers)
    return _compare(condition, answers)


def _compare(condition: Condition, answers: Answers) -> bool:
    answer = answers.get(condition.field or "")
    if condition.filled is not None:
        return is_filled(answer) is condition.filled
    if not is_filled(answer):
        return False
    if condition.one_of is not None:
        return any(_order(answer, value) == 0 for value in condition.one_of)
    if condition.includes is not None:
        members = cast("Iterable[Any]", answer) if isinstance(answer, (list, tuple)) else (answer,)
        return any(_order(member, condition.includes) == 0 for member in members)
    for name, wanted in (
        ("equals", (0,)),
        ("at_least", (0, 1)),
        ("at_most", (-1, 0)),
        ("above", (1,)),
        ("below", (-1,)),
    ):
        limit = getattr(condition, name)
        if limit is not None:
            other = answers.get(limit.field) if isinstance(limit, FieldRef) else limit
            return is_filled(other) and _order(answer, other) in wanted
    return False


def is_filled(answer: Any) -> bool:
    """Tell whether somebody has answered; ``False`` and ``0`` are answers, blanks are not."""
    if answer is None:
        return False
    if isinstance(answer, str):
        return bool(answer.strip())
    return len(cast("Sized", answer)) > 0 if isinstance(answer, (list, tuple, dict)) else True


def _order(left: Any, right: Any) -> int:
    """Return -1, 0 or 1 as ``left`` is less than, equal to or greater than ``right``."""
    if isinstance(left, bool) or isinstance(right, bool):
        return 0 if _truth(left) is _truth(right) else 1
    first, second = _number(left), _number(right)
    if first is not None and second is not None:
        return (first > second) - (first < second)
    one, other = str(left).strip(), str(right).strip()
    return (one > other) - (one < other)


def _truth(value: Any) -> bool | None:
    """Return a yes or a no as a form may carry it, ``None`` for anything else."""
    words = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}
    return words.get(str(value).strip().lower())


def _number(value: Any) -> Decimal | None:
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
