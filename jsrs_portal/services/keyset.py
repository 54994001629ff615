"""Pages by where the last one ended (time, identifier), newest first: no page is skipped while rows come in."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from jsrs_portal.models.base import Row

_PLACE = re.compile(r"([0-9T:.+-]{19,40})~([0-9a-f]{32})", re.ASCII)


@dataclass(frozen=True)
class Place:
    """The last row of a page, as a page's address or state carries it."""

    at: datetime
    id: str

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """Read what :meth:`written` wrote; ``None`` for the beginning, and for anything else."""
        match = _PLACE.fullmatch(text)
        if match is None:
            return None
        try:
            at = datetime.fromisoformat(match[1])
        except ValueError:
            return None
        return cls(at, match[2]) if at.tzinfo else None

    @classmethod
    def of(cls, row: Row) -> "Place":
        """Return the place of ``row``."""
        return cls(row.created_at, row.id)

    def written(self) -> str:
        """Return it as text."""
        return f"{self.at.isoformat()}~{self.id}"


def older(model: type[Row], place: Place | None) -> list[ColumnElement[bool]]:
    """Return the condition that a row stands behind ``place``; none from the beginning."""
    if place is None:
        return []
    at, key = col(model.created_at), col(model.id)
    return [or_(at < place.at, and_(at == place.at, key < place.id))]


def newest_first(model: type[Row]) -> tuple[Any, Any]:
    """Return the order in which such pages are read."""
    return col(model.created_at).desc(), col(model.id).desc()
