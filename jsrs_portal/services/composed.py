"""Statements that are composed once for every kind of actor: composing one costs as much as having it answered."""

from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Date, bindparam
from sqlalchemy.sql.elements import BindParameter

from jsrs_portal import clock
from jsrs_portal.domain.authority import NO_SCOPE, Actor

_WHOSE = ("person_id", "unit_id", "institution_id", "staff_id")
TODAY: BindParameter[Any] = bindparam("today", type_=Date())
"""The day on which a statement is executed: as it is composed, it is not known."""
Day = date | BindParameter[Any]


class _Whose(str):
    """An identifier that is given later: true, as rules ask, and in a statement a parameter of its own name."""

    def __clause_element__(self) -> BindParameter[str]:
        return bindparam(str(self))


def composed(build: Callable[..., Any], actor: Actor, *given: Hashable) -> tuple[Any, dict[str, Any]]:
    """Return the statement that ``build(actor, *given)`` composes, and the parameters to execute it with.

    It is composed once for all who differ only by who they are: by person, unit, institution, officer, session and
    network address. ``build`` may depend on nothing else but ``given``, which has to be of few kinds: up to 600 KB are
    kept of each. It may compare identifiers with columns, not look at them, and the day is :data:`TODAY`. A search is
    not composed here. An agent's scope is as good as empty in it, so a statement about one is not, either. ``None``
    when ``build`` returns that.
    """
    whose = {name: getattr(actor, name) for name in _WHOSE}
    kind = {name: _Whose(name) if value else "" for name, value in whose.items()}
    somebody = replace(actor, session_key="", session_id="", grant_id="", address="", scope=NO_SCOPE, **kind)
    return _composed(build, somebody, *given), {**whose, TODAY.key: clock.today()}


@lru_cache(maxsize=256)
def _composed(build: Callable[..., Any], somebody: Actor, *given: Hashable) -> Any:
    return build(somebody, *given)
