"""Looking into what was handed in: whole, of a kind that is taken, readable, without a virus; and tidying up after it.

Nothing slow happens inside a transaction: a file is judged first, and the verdict is written if it still is what was
judged. Where the scanner cannot be asked, a file waits (UNCHECKED) and the worker asks again.
"""

import asyncio
import hashlib
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db, file_store, previews
from jsrs_portal.domain import case_files as rules
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.cases import CaseStatus, FileState
from jsrs_portal.domain.document_parts import document_problem
from jsrs_portal.domain.file_types import MEDIA_TYPES, kind_of
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.scanner.port import Scanner
from jsrs_portal.models.cases import Case, CaseFile
from jsrs_portal.models.results import CaseResult
from jsrs_portal.services import audit
from jsrs_portal.services.case_files import FileView, editable_file, view_of
from jsrs_portal.turns import Turns

log = structlog.get_logger(__name__)
RESCANNED = 20
"""Files the worker has looked into at a time."""
PATIENCE = 60.0
"""Seconds one may take then: nobody waits for it."""
_SWEPT = 200
_PREFIXES = 256
_turns = Turns(4)
"""Files looked into at a time: a picture or PDF is held in memory for it."""


@dataclass(frozen=True)
class Judged:
    """What became of a file: its state, why it is refused, what it is, and what was found out about it."""

    state: FileState
    reason: str = ""
    kind: str = ""
    digest: str = ""
    pages: int = 0


async def complete_upload(scanner: Scanner | None, *, actor: Actor, file_id: str) -> FileView | Refusal:
    """End an upload of the actor's own whose parts are all there; asked again, it answers the same.

    The file is kept (STORED), kept until the scanner can be asked (UNCHECKED), or refused with a reason and its
    content removed. Errors: no such upload, parts missing, or it cannot be looked into just now: nothing is lost then.
    """
    async with db.reading() as session:
        found = await editable_file(session, actor=actor, file_id=file_id)
        if found is None:
            return rules.NOT_HERE
        if found.state != FileState.UPLOADING:
            return view_of(found)
    if await file_store.parts_of(file_id) != list(range(rules.parts(found.size))):
        return rules.INCOMPLETE
    try:
        async with _turns():
            judged = await _judge(scanner, found)
    except file_store.PartMissing:  # removed meanwhile
        return rules.INCOMPLETE
    except (TimeoutError, crypto.CannotDecrypt, OSError) as error:
        log.error("file.not_judged", file=file_id, error=type(error).__name__)
        return rules.BUSY
    async with db.unit_of_work() as session:
        found = await editable_file(session, actor=actor, file_id=file_id, lock=True)
        if found is None:
            return rules.NOT_HERE
        if found.state == FileState.UPLOADING:
            _settle(found, judged)
            _record(session, actor, found)
        return view_of(found)


async def look_again(scanner: Scanner | None) -> int:
    """Have files looked into that wait for it, oldest first, as long as the scanner answers; return how many.

    Where there is no scanner any more they are taken as they are, as all others.
    """
    waiting = select(CaseFile).where(col(CaseFile.state) == FileState.UNCHECKED)
    async with db.reading() as session:
        oldest = waiting.order_by(col(CaseFile.completed_at), col(CaseFile.id)).limit(RESCANNED)
        found = list((await session.execute(oldest)).scalars())
    done = 0
    for one in found:
        try:
            reason = await _virus(scanner, one, seconds=PATIENCE)
        except GatewayError as error:
            log.warning("file.not_scanned", failure=error.failure.value, code=error.code)
            if error.failure is GatewayFailure.UNREACHABLE:
                break
            continue
        except (file_store.PartMissing, crypto.CannotDecrypt, OSError) as error:
            log.error("file.unreadable", file=one.id, error=type(error).__name__)
            continue
        async with db.unit_of_work() as session:
            same = waiting.where(col(CaseFile.id) == one.id).with_for_update()
            row = (await session.execute(same)).scalar_one_or_none()
            if row is None:
                continue
            state = FileState.REFUSED if reason else FileState.STORED
            _settle(row, Judged(state, reason, rules.kind_of_media(row.media_type), row.digest, row.pages))
            _record(session, Actor(session_key=""), row)
            done += 1
    return done


async def sweep() -> int:
    """Remove uploads and refusals that are over, files of drafts that are over, and content without a row.

    Of the folders, one of 256 beginnings is looked through each minute.
    """
    now = clock.now()
    over = and_(col(CaseFile.state).in_([FileState.UPLOADING, FileState.REFUSED]), col(CaseFile.expires_at) <= now)
    drafts = select(col(Case.id)).where(col(Case.status) == CaseStatus.DRAFT, col(Case.expires_at) <= now)
    removed = await _remove_rows(or_(over, col(CaseFile.case_id).in_(drafts)))
    prefix = f"{int(now.timestamp() // 60) % _PREFIXES:02x}"
    return removed + await remove_orphans(prefix)


async def remove_orphans(prefix: str) -> int:
    """Remove content below ``prefix`` that no row knows and nobody has added to for a day; return how much."""
    old = await file_store.old_ids(prefix, before=clock.now() - rules.ORPHAN_AFTER)
    removed = 0
    for start in range(0, len(old), _SWEPT):
        some = old[start : start + _SWEPT]
        async with db.reading() as session:
            query = select(col(CaseFile.id)).where(col(CaseFile.id).in_(some), col(CaseFile.state) != FileState.REFUSED)
            known = set((await session.execute(query)).scalars())
            documents = select(col(CaseResult.file_id)).where(col(CaseResult.file_id).in_(some))
            known |= {one for one in (await session.execute(documents)).scalars() if one}
        for file_id in set(some) - known:
            await file_store.remove(file_id)
            removed += 1
    return removed


async def _remove_rows(over: ColumnElement[bool]) -> int:
    async with db.unit_of_work() as session:
        some = select(col(CaseFile.id)).where(over).limit(_SWEPT)
        gone = delete(CaseFile).where(col(CaseFile.id).in_(some), over).returning(col(CaseFile.id))
        ids = list((await session.execute(gone.execution_options(synchronize_session=False))).scalars())
    for file_id in ids:
        await file_store.remove(file_id)
    return len(ids)


async def _judge(scanner: Scanner | None, file: CaseFile) -> Judged:
    digest, kind, problem, content = await asyncio.to_thread(_read, file.id, file.size)
    if file.digest not in ("", digest):
        return Judged(FileState.REFUSED, "digest")
    if reason := rules.kind_problem(kind, file.name) or problem:
        return Judged(FileState.REFUSED, reason, "", digest)
    pages = 0
    if content:
        try:
            pages = await previews.count_pages(kind, content)
        except previews.CannotShow as error:
            return Judged(FileState.REFUSED, error.reason, kind, digest)
    try:
        reason = await _virus(scanner, file)
    except GatewayError as error:
        log.warning("file.not_scanned", failure=error.failure.value, code=error.code)
        return Judged(FileState.UNCHECKED, "", kind, digest, pages)
    return Judged(FileState.REFUSED if reason else FileState.STORED, reason, kind, digest, pages)


def _read(file_id: str, size: int) -> tuple[str, str, str, bytes]:
    """Return SHA-256 and kind of a file, what is wrong with its parts, and its content for a decoder to look at."""
    with file_store.open_file(file_id, size=size, part_bytes=rules.PART_BYTES) as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()  # pyright: ignore[reportArgumentType]
        content.seek(0)
        kind = kind_of(content)
        problem = document_problem(kind, content)
        content.seek(0)
        return digest, kind, problem, content.read() if kind in rules.SHOWN else b""


async def _virus(scanner: Scanner | None, file: CaseFile, *, seconds: float | None = None) -> str:
    """Return "virus" or "". Raises :class:`GatewayError` when it cannot be told."""
    if scanner is None:
        return ""
    verdict = await scanner.scan(file_store.contents(file.id, rules.parts(file.size)), seconds=seconds)
    if not verdict.clean:
        log.warning("file.virus", file=file.id, found=verdict.found)
    return "" if verdict.clean else "virus"


def _settle(file: CaseFile, judged: Judged) -> None:
    now = clock.now()
    refused = judged.state is FileState.REFUSED
    file.state, file.reason, file.completed_at = judged.state, judged.reason, now
    file.media_type = MEDIA_TYPES[judged.kind] if judged.kind else ""
    file.digest, file.pages = judged.digest or file.digest, judged.pages
    file.expires_at = now + rules.UPLOAD_LIFE if refused else None


def _record(session: AsyncSession, actor: Actor, file: CaseFile) -> None:
    if file.state == FileState.REFUSED:
        db.after_commit(session, lambda: file_store.remove(file.id))
        result = f"FILE_{file.reason.upper()}"
        audit.record(session, actor=actor, action="file.refuse", subject=file.id, result=result)
        return
    result = "OK" if file.state == FileState.STORED else file.state
    audit.record(session, actor=actor, action="file.store", subject=file.id, result=result)
