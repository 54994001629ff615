"""Excel files of lists of cases, made by the worker batch by batch; what is there is gone on from (R-2.6.3.5).

A worker that is killed leaves a claim that runs out; each batch is committed with how far it goes, so nothing is made
twice. What concerns people is masked: a file goes further than a page.
"""

import asyncio
import base64
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain import case_exports as rules
from jsrs_portal.domain.matters import MatterDefinition
from jsrs_portal.domain.own_data import ExportState
from jsrs_portal.models.case_exports import CaseExport, CaseExportPart
from jsrs_portal.models.cases import Case, CaseForm
from jsrs_portal.models.catalog import MatterVersion
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Institution, Unit
from jsrs_portal.services.case_export_rows import kept_rows, workbook_of
from jsrs_portal.services.case_exports import FILE, ROWS, acting_again
from jsrs_portal.services.case_lists import CaseFilter, narrowed
from jsrs_portal.services.definitions import parsed
from jsrs_portal.services.keyset import Place

log = structlog.get_logger(__name__)
_AT_ONCE = 10
"""Exports of one time: the duty has a deadline, and comes again."""


@dataclass(frozen=True)
class _Claimed:
    """An export that this worker has taken on."""

    id: str
    claim: str

    @property
    def held(self) -> ColumnElement[bool]:
        """What holds while nobody else has taken it over."""
        return and_(
            col(CaseExport.id) == self.id,
            col(CaseExport.claim) == self.claim,
            col(CaseExport.state) == ExportState.WORKING,
        )


async def make_case_exports() -> int:
    """Go on with the exports that wait, one after the other; return how many have been finished. The worker's duty."""
    made, until = 0, time.monotonic() + rules.TURN_SECONDS
    await _give_up()
    for _ in range(_AT_ONCE):
        claimed = await _claim()
        if claimed is None:
            break
        made += await _go_on(claimed, until)
        if time.monotonic() > until:
            break
    return made


async def _claim() -> _Claimed | None:
    """Take the oldest export that waits, or whose worker has been silent for too long; one of several gets it."""
    now, claim = clock.now(), clock.new_id()
    free = and_(_takeable(), col(CaseExport.tries) < rules.MOST_TRIES, col(CaseExport.expires_at) > now)
    oldest = select(col(CaseExport.id)).where(free).order_by(col(CaseExport.created_at), col(CaseExport.id)).limit(1)
    async with db.unit_of_work() as session:
        claimed = await session.execute(
            update(CaseExport)
            .where(col(CaseExport.id) == oldest.scalar_subquery(), free)
            .values(
                state=ExportState.WORKING,
                tries=col(CaseExport.tries) + 1,
                claim=claim,
                claimed_until=now + rules.LEASE,
            )
            .returning(col(CaseExport.id))
        )
        found = claimed.scalar_one_or_none()
    return _Claimed(found, claim) if found else None


def _takeable():
    silent = and_(col(CaseExport.state) == ExportState.WORKING, col(CaseExport.claimed_until) <= clock.now())
    return or_(col(CaseExport.state) == ExportState.WAITING, silent)


async def _go_on(claimed: _Claimed, until: float) -> int:
    """Make batches until all rows are there, then the file; stop in between when it takes too long."""
    while True:
        done = await _batch(claimed)
        if done is None:
            return 0
        if done and time.monotonic() <= until:
            return await _finish(claimed)
        if time.monotonic() > until:
            await _set(claimed, claimed_until=clock.now(), tries=0)  # whoever comes next goes on from here
            return 0


async def _batch(claimed: _Claimed) -> bool | None:
    """Write the next rows down; return whether all are there, ``None`` when it is not this worker's to go on with."""
    async with db.reading() as session:
        export = (await session.execute(select(CaseExport).where(claimed.held))).scalar_one_or_none()
        if export is None:
            return None
        actor = await acting_again(session, export)
    if actor is None:  # the grant has ended or is another by now
        log.warning("case_export.no_right", export=claimed.id)
        await _set(claimed, state=ExportState.FAILED)
        return None
    conditions = [
        *narrowed(actor, CaseFilter(**json.loads(export.wanted))),
        col(Case.submitted_at) <= export.created_at,
    ]
    room = min(rules.BATCH_ROWS, rules.MOST_ROWS - export.made)
    async with db.reading() as session:
        total = export.total or await _count(session, conditions)
        found = await _cases(session, conditions, Place.parse(export.place), room) if room else []
        versions = await _versions(session, {case.version_id for case, *_ in found})
    lines = await asyncio.to_thread(kept_rows, found, versions)
    made = export.made + len(found)
    async with db.unit_of_work() as session:
        values: dict[str, Any] = {"made": made, "total": max(total, made)}
        if found:
            values["tries"] = 0
            last = found[-1][0]
            values["place"] = Place(last.submitted_at or last.created_at, last.id).written()
        held = await session.execute(
            update(CaseExport)
            .where(claimed.held, col(CaseExport.made) == export.made)
            .values(**values, claimed_until=clock.now() + rules.LEASE)
            .returning(col(CaseExport.id))
        )
        if held.first() is None:
            return None
        if found:
            part = CaseExportPart(export_id=claimed.id, kind=ROWS, number=export.made // rules.BATCH_ROWS)
            part.content = lines
            session.add(part)
    return len(found) < rules.BATCH_ROWS


async def _finish(claimed: _Claimed) -> int:
    """Write the file from all rows, and put it in their place."""
    of_it = (col(CaseExportPart.export_id) == claimed.id, col(CaseExportPart.kind) == ROWS)
    async with db.reading() as session:
        query = select(CaseExportPart).where(*of_it).order_by(col(CaseExportPart.number))
        parts = [one.content for one in (await session.execute(query)).scalars()]
    content = await asyncio.to_thread(workbook_of, parts)
    async with db.unit_of_work() as session:
        ready = await session.execute(
            update(CaseExport)
            .where(claimed.held)
            .values(state=ExportState.READY, expires_at=clock.now() + rules.LIFE)
            .returning(col(CaseExport.id))
        )
        if ready.first() is None:
            return 0
        await session.execute(delete(CaseExportPart).where(*of_it))
        for number, start in enumerate(range(0, len(content), rules.PIECE_BYTES)):
            piece = CaseExportPart(export_id=claimed.id, kind=FILE, number=number)
            piece.content = base64.b64encode(content[start : start + rules.PIECE_BYTES]).decode()
            session.add(piece)
    return 1


async def _set(claimed: _Claimed, **values: Any) -> None:
    async with db.unit_of_work() as session:
        await session.execute(update(CaseExport).where(claimed.held).values(**values))


async def _give_up() -> None:
    """Say of exports on which worker after worker came no further that they could not be made."""
    async with db.unit_of_work() as session:
        failed = await session.execute(
            update(CaseExport)
            .where(_takeable(), col(CaseExport.tries) >= rules.MOST_TRIES)
            .values(state=ExportState.FAILED)
            .returning(col(CaseExport.id))
        )
        for export_id in failed.scalars():
            log.error("case_export.failed", export=export_id)


async def _count(session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> int:
    some = select(col(Case.id)).where(*conditions).limit(rules.MOST_ROWS + 1)
    return (await session.execute(select(func.count()).select_from(some.subquery()))).scalar_one()


async def _cases(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], place: Place | None, most: int
) -> list[Any]:
    at, key = col(Case.submitted_at), col(Case.id)
    query = (
        select(Case, CaseForm, Person, col(Unit.name), col(Institution.name))
        .join(CaseForm, col(CaseForm.id) == key)
        .join(Person, col(Person.id) == col(Case.person_id))
        .outerjoin(Unit, col(Unit.id) == col(Case.unit_id))
        .outerjoin(Institution, col(Institution.id) == col(Case.institution_id))
        .where(*conditions)
        .order_by(at.desc(), key.desc())
        .limit(most)
    )
    if place is not None:
        query = query.where(or_(at < place.at, and_(at == place.at, key < place.id)))
    return list(await session.execute(query))


async def _versions(session: AsyncSession, ids: set[str]) -> dict[str, MatterDefinition]:
    if not ids:
        return {}
    query = select(col(MatterVersion.id), col(MatterVersion.definition)).where(col(MatterVersion.id).in_(ids))
    return {key: parsed(key, definition) for key, definition in await session.execute(query)}
