"""How PostgreSQL comes by the rows of a list: its statements are collected, and explained with what they read."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain import case_desk, case_reviews
from jsrs_portal.domain.case_groups import GROUPS
from jsrs_portal.models.catalog import MatterVersion
from jsrs_portal.services import case_counts, case_lists, review_lists, staff_cases
from jsrs_portal.services.case_lists import CaseFilter
from jsrs_portal.services.definitions import definitions_of
from jsrs_portal.services.staff_cases import DeskFilter
from tests.support.many_cases import CITY, COUNTY, Filled

Asked = tuple[str, Any]
Opening = Callable[[AsyncSession], Awaitable[Any]]


@dataclass(frozen=True)
class Read:
    """What a statement read of the cases: rows that it looked at, and the kinds of scans it did so by."""

    statement: str
    rows: int
    scans: frozenset[str]
    milliseconds: float


@contextmanager
def asked() -> Iterator[list[Asked]]:
    """Collect the statements that ask for something, with their values."""
    seen: list[Asked] = []
    target = db.engine().sync_engine

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.split()[0].upper() in {"SELECT", "WITH"}:
            seen.append((statement, parameters))

    event.listen(target, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(target, "before_cursor_execute", note)


async def explained(statement: str, parameters: Any) -> Read:
    """Run a statement once more and return what it read."""
    async with db.engine().connect() as connection:
        found = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        (whole,) = found.scalar_one()
    scans = [node for node in _nodes(whole["Plan"]) if node.get("Relation Name") == "cases"]
    removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    rows = sum((one["Actual Rows"] + sum(one.get(key, 0) for key in removed)) * one["Actual Loops"] for one in scans)
    return Read(statement, int(rows), frozenset(one["Node Type"] for one in scans), whole["Execution Time"])


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


async def read_definitions() -> None:
    """Read the matters' definitions, as a process has that was asked for lists before."""
    async with db.reading() as session:
        await definitions_of(session, (await session.execute(select(col(MatterVersion.id)))).scalars())


async def statements_of(opening: Opening) -> list[Asked]:
    """Return what opening a list asks."""
    async with db.reading() as session:
        with asked() as seen:
            await opening(session)
    return seen


def openings(filled: Filled) -> Iterator[tuple[str, Opening]]:
    """Yield every list with every filter, from its beginning and from the middle of time, by what it is called."""
    yield from _lists(filled)
    yield from _workbenches(filled)
    yield from _queues(filled)


def _lists(filled: Filled) -> Iterator[tuple[str, Opening]]:
    name = filled.rare[1]
    middle = f"{clock.now().replace(year=clock.now().year - 1).isoformat()}~{'8' * 32}"
    for who in ("boss", "agent", "school", "alone"):
        actor = getattr(filled, who)
        for group in ("", *(one.key for one in GROUPS)):
            for text in ("", name):
                wanted = CaseFilter(group, text)
                for place in ({},) if text else ({}, {"after": middle}, {"before": middle}):

                    def one(session: AsyncSession, actor=actor, wanted=wanted, place=place) -> Awaitable[Any]:
                        return case_lists.list_cases(session, actor=actor, wanted=wanted, **place)

                    def mark(session: AsyncSession, actor=actor, wanted=wanted, place=place) -> Awaitable[Any]:
                        return case_lists.mark_list(session, actor=actor, wanted=wanted, **place)

                    yield f"list/{who}/{group}/{'rare' if text else ''}/{''.join(place)}", one
                    yield f"mark/{who}/{group}/{'rare' if text else ''}/{''.join(place)}", mark
        yield f"counts/{who}", lambda session, actor=actor: case_counts.count_cases(session, actor=actor)


def _workbenches(filled: Filled) -> Iterator[tuple[str, Opening]]:
    key, name, _ = filled.rare
    for who in ("boss", "admin", "agent"):
        actor = getattr(filled, who)
        for tab in case_reviews.Tab:
            for text in ("", name):

                def one(session: AsyncSession, actor=actor, tab=tab, text=text) -> Awaitable[Any]:
                    matter = key if tab is case_reviews.Tab.MERGED else ""
                    return review_lists.list_reviews(session, actor=actor, tab=tab, text=text, matter=matter)

                yield f"workbench/{who}/{tab}/{'rare' if text else ''}", one
        yield f"workbench/{who}/groups", lambda session, actor=actor: review_lists.list_groups(session, actor=actor)
        yield f"workbench/{who}/count", lambda session, actor=actor: review_lists.count_waiting(session, actor=actor)


def _queues(filled: Filled) -> Iterator[tuple[str, Opening]]:
    for who, regions in {"province": ("", CITY, COUNTY), "city": ("", COUNTY), "county": ("",)}.items():
        actor = getattr(filled, who)
        for tab in case_desk.Tab:
            for region in regions:
                for matter in ("", filled.rare[2]):
                    wanted = DeskFilter(tab, matter, region)
                    for place in ("",) if matter else ("", f"{clock.today().isoformat()}~{'8' * 32}"):

                        def one(session: AsyncSession, actor=actor, wanted=wanted, place=place) -> Awaitable[Any]:
                            return staff_cases.list_cases(session, actor=actor, wanted=wanted, after=place)

                        def mark(session: AsyncSession, actor=actor, wanted=wanted, place=place) -> Awaitable[Any]:
                            return staff_cases.mark_queue(session, actor=actor, wanted=wanted, after=place)

                        yield f"queue/{who}/{tab}/{region}/{'rare' if matter else ''}/{place[:1]}", one
                        yield f"mark/{who}/{tab}/{region}/{'rare' if matter else ''}/{place[:1]}", mark
        yield f"queue/{who}/count", lambda session, actor=actor: staff_cases.count_waiting(session, actor=actor)
        yield f"queue/{who}/matters", lambda session, actor=actor: staff_cases.matters_at_desk(session, actor=actor)
