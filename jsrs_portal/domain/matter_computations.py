"""Computed fields in matters' files: a small tree of sums and arithmetic, evaluated by walking it (R-2.6.3.3)."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import Any, Self, cast

from pydantic import Field, model_validator

from jsrs_portal.domain.matter_parts import Key, Part

Answers = Mapping[str, Any]
DEEPEST = 6
_WAYS = ("value", "field", "sum", "rows", "add", "subtract", "multiply", "divide")
_PRECISION = 50


class ColumnRef(Part):
    """A column of a table."""

    table: Key
    column: Key


class Computation(Part):
    """A number made of others; in a file exactly one of the following.

    ``value`` a fixed number · ``field`` another field's number · ``sum`` of a table's column · ``rows`` how many rows a
    table has · ``add`` · ``subtract`` (the first less the others) · ``multiply`` · ``divide`` (by each of the others).
    An empty field counts as nothing in sums; a product with one, and a division by zero, is empty.
    """

    value: int | float | None = None
    field: Key | None = None
    sum: ColumnRef | None = None
    rows: Key | None = None
    add: tuple["Computation", ...] | None = Field(None, min_length=2, max_length=20)
    subtract: tuple["Computation", ...] | None = Field(None, min_length=2, max_length=20)
    multiply: tuple["Computation", ...] | None = Field(None, min_length=2, max_length=20)
    divide: tuple["Computation", ...] | None = Field(None, min_length=2, max_length=20)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if len([name for name in _WAYS if getattr(self, name) is not None]) != 1:
            raise ValueError(f"计算须写明恰好一种方式（{'、'.join(_WAYS)}）")
        if self.depth > DEEPEST:
            raise ValueError(f"计算最多嵌套 {DEEPEST} 层")
        return self

    @property
    def parts(self) -> tuple["Computation", ...]:
        """What it is made of."""
        return self.add or self.subtract or self.multiply or self.divide or ()

    @property
    def depth(self) -> int:
        """How many levels it has."""
        return 1 + max((part.depth for part in self.parts), default=0)


def used_in(computation: Computation) -> Iterator[tuple[str, str]]:
    """Yield (field, column) for everything it looks at; the column is empty for a field, and for counted rows."""
    for part in computation.parts:
        yield from used_in(part)
    if computation.field is not None:
        yield computation.field, ""
    if computation.rows is not None:
        yield computation.rows, ""
    if computation.sum is not None:
        yield computation.sum.table, computation.sum.column


def compute(computation: Computation, answers: Answers, *, decimals: int) -> str | None:
    """Return the number as an answer holds it, rounded half up to ``decimals``; ``None`` when there is none."""
    with localcontext() as context:
        context.prec = _PRECISION
        try:
            found = _value(computation, answers)
            return None if found is None else f"{found.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"
        except (InvalidOperation, ZeroDivisionError, OverflowError):
            return None


def _value(one: Computation, answers: Answers) -> Decimal | None:
    if one.value is not None:
        return Decimal(str(one.value))
    if one.field is not None:
        return _number(answers.get(one.field))
    if one.rows is not None:
        return Decimal(len(_rows(answers, one.rows)))
    if one.sum is not None:
        column = one.sum.column
        return sum((_number(row.get(column)) or Decimal(0) for row in _rows(answers, one.sum.table)), Decimal(0))
    values = [_value(part, answers) for part in one.parts]
    if one.add is not None or one.subtract is not None:
        if all(value is None for value in values):
            return None
        first, *others = [value or Decimal(0) for value in values]
        return first + sum(others) if one.add is not None else first - sum(others)
    product = values[0]
    for value in values[1:]:
        if product is None or value is None:
            return None
        product = product * value if one.multiply is not None else product / value
    return product


def _rows(answers: Answers, table: str) -> Sequence[Answers]:
    found = answers.get(table)
    return cast("Sequence[Answers]", found) if isinstance(found, list) else ()


def _number(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    found = Decimal(str(value))
    return found if found.is_finite() else None
