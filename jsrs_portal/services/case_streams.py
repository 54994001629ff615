"""Pages of cases read from several ranges of one index, merged by the database in one statement.

A region is a prefix, and an index cannot be read by a prefix and in the order of a limit. So each (region, status) is
a stream of its own that gives up what one page needs at most: a page costs the same whatever lies in the table.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, Subquery, bindparam, func, literal, select, tuple_, union_all
from sqlmodel import col

from jsrs_portal.models.cases import Case

Stream = Sequence[ColumnElement[bool]]
"""What all cases of one stream have in common; together with the order it is best the beginning of an index."""
_PLACE = re.compile(r"([0-9T:.+-]{0,40})~([0-9a-f]{32})", re.ASCII)


class Order(Enum):
    """In which order cases are listed; what has no day comes last."""

    STEP_BY = "step_by"
    SUBMITTED = "submitted_at"
    REVIEWED = "reviewed_at"

    @property
    def newest_first(self) -> bool:
        """Limits: what is due first; instants: what came last."""
        return self is not Order.STEP_BY

    @property
    def open_ended(self) -> bool:
        """Whether a listed case may have no such day; whatever is listed by an instant has one."""
        return self is Order.STEP_BY


@dataclass(frozen=True)
class Spot:
    """Where a page ended: the last case's day or instant (``None`` for no day), and its identifier."""

    at: Any
    id: Any

    @classmethod
    def of(cls, case: Case, order: Order) -> "Spot":
        """Return the place of ``case`` in a list."""
        return cls(getattr(case, order.value), case.id)

    @classmethod
    def parse(cls, text: str, order: Order) -> "Spot | None":
        """Read what :meth:`written` wrote; ``None`` for the beginning, and for anything else."""
        match = _PLACE.fullmatch(text)
        if match is None:
            return None
        if not match[1] and not order.open_ended:
            return None
        try:
            return cls(_read(match[1], order), match[2])
        except (ValueError, OverflowError):  # no day, or an instant at the end of all time
            return None

    @classmethod
    def given_later(cls, kind: str, order: Order) -> "Spot | None":
        """Return a place of this :func:`kind_of`, for a statement that is composed before it is known."""
        if not kind:
            return None
        at = bindparam("spot_at", type_=_column(order).type) if kind == _DATED else None
        return cls(at, bindparam("spot_id"))

    def written(self) -> str:
        """Return it as text."""
        return f"{self.at.isoformat() if self.at else ''}~{self.id}"


_DATED, _UNDATED = "dated", "undated"


def kind_of(spot: Spot | None) -> str:
    """Return how a statement looks that goes on behind ``spot``; empty for the beginning."""
    return "" if spot is None else _UNDATED if spot.at is None else _DATED


def given(spot: Spot | None) -> dict[str, Any]:
    """Return the parameters for a statement composed with :meth:`Spot.given_later`."""
    return {} if spot is None else {"spot_id": spot.id} | ({} if spot.at is None else {"spot_at": spot.at})


def _read(text: str, order: Order) -> date | datetime | None:
    if not text:
        return None
    if order is Order.STEP_BY:
        return date.fromisoformat(text)
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant without its zone")
    return at.astimezone(UTC)


def page_of(
    streams: Sequence[Stream], order: Order, *, after: Spot | None, most: int, back: bool = False
) -> Subquery | None:
    """Return the identifiers (``id``) of the ``most`` cases behind ``after``, to be joined; ``None`` without streams.

    Each stream is read from its place in the index on, ``most`` rows at the utmost; ``back`` reads towards the
    beginning. No case lies in two streams. List them by :func:`in_order`.
    """
    by, key = _column(order), col(Case.id)
    parts: list[Any] = []
    for stream in streams:
        if after is None or after.at is not None:
            behind = [] if after is None else [_behind(by, key, after, order, back=back)]
            parts.append(_cut([*stream, by.is_not(None), *behind], order, most, back=back))
        if not order.open_ended:
            continue
        if after is None or after.at is not None:
            parts.append(_cut([*stream, by.is_(None)], order, most))
        else:
            parts.append(_cut([*stream, by.is_(None), key > after.id], order, most))
    if len(parts) < 2:  # its order is made when the page is joined
        return parts[0].subquery() if parts else None
    merged = union_all(*(_wrapped(part) for part in parts)).subquery()
    return select(merged.c.id).order_by(*_sorted(merged.c.at, merged.c.id, order, back=back)).limit(most).subquery()


def in_order(order: Order, *, back: bool = False) -> list[ColumnElement[Any]]:
    """Return the order of such a list, for the statement that joins the page."""
    return _sorted(_column(order), col(Case.id), order, back=back)


def count_of(streams: Sequence[Stream], *, most: int) -> Any:
    """Return the select that counts the cases of all streams together, up to ``most``: one stream after the other."""
    parts = [select(literal(1).label("one")).where(*stream).limit(most) for stream in streams]
    if len(parts) < 2:
        return select(func.count()).select_from(parts[0].subquery()) if parts else select(literal(0))
    merged = union_all(*(_wrapped(part) for part in parts)).subquery()
    return select(func.count()).select_from(select(merged.c.one).limit(most).subquery())


def _column(order: Order) -> ColumnElement[Any]:
    return getattr(Case, order.value)


def _behind(by: Any, key: Any, after: Spot, order: Order, *, back: bool) -> ColumnElement[bool]:
    here, place = tuple_(by, key), tuple_(_value(after.at, by.type), _value(after.id))
    return here < place if order.newest_first is not back else here > place


def _value(value: Any, *kind: Any) -> Any:
    known: bool = not isinstance(value, BindParameter)
    return literal(value, *kind) if known else cast("Any", value)


def _cut(conditions: Sequence[ColumnElement[bool]], order: Order, most: int, *, back: bool = False) -> Any:
    """Return one stream's first rows."""
    by, key = _column(order), col(Case.id)
    turn = (by.desc(), key.desc()) if order.newest_first is not back else (by, key)
    return select(key, by.label("at")).where(*conditions).order_by(*turn).limit(most)


def _wrapped(part: Any) -> Any:
    """Return a part of a union, which SQLite neither orders nor cuts by itself."""
    return select(*part.subquery().c)


def _sorted(by: Any, key: Any, order: Order, *, back: bool = False) -> list[ColumnElement[Any]]:
    turn = [by.desc(), key.desc()] if order.newest_first is not back else [by, key]
    return [by.is_(None), *turn] if order.open_ended else turn
