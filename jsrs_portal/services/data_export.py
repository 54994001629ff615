"""Export of one's own data: asked for, made by the worker, fetched once (R-2.6.8.5).

A worker that is killed leaves a claim that runs out; the next one makes the file again, from the beginning.
"""

import asyncio
import base64
from dataclasses import dataclass

import structlog
from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import own_data as rules
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.own_data import ExportState, Section
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.own_data import DataExport
from jsrs_portal.models.people import Person
from jsrs_portal.services import audit, limits, notices
from jsrs_portal.services.own_data import READERS

log = structlog.get_logger(__name__)
NOT_HERE = Refusal(rules.NOT_HERE, code="not_here")
_OPEN = (ExportState.WAITING, ExportState.WORKING, ExportState.READY)
_PAGE = "/my/settings/data"
_AT_ONCE = 20
"""Exports of one time: the duty has a deadline, and comes again."""
_MADE = "请在 24 小时内登录大厅，在「我的数据」中下载，只能下载一次。"
_FAILED = "系统暂时出现故障，请稍后在「我的数据」中重新申请。"


@dataclass(frozen=True)
class ExportView:
    """The newest export as the page shows it; ``href`` is there while its file can be fetched."""

    state: str = ""
    words: str = ""
    progress: int = 0
    asked: str = ""
    until: str = ""
    href: str = ""


async def view_export(session: AsyncSession, *, actor: Actor) -> ExportView | None:
    """Return the actor's newest export, empty without any; ``None`` without the right. One query."""
    if not actor.may(Permission.OWN_ACCOUNT):
        return None
    found = await _newest(session, actor.person_id)
    if found is None:
        return ExportView()
    state = ExportState(found.state)
    over = state is ExportState.READY and found.expires_at <= clock.now()
    ready = state is ExportState.READY and not over
    return ExportView(
        state="OVER" if over else state,
        words="已过期" if over else rules.STATE_WORDS[state],
        progress=found.progress,
        asked=to_the_minute(found.created_at),
        until=to_the_minute(found.expires_at) if ready else "",
        href=f"/exports/{found.id}" if ready else "",
    )


async def request_export(session: AsyncSession, *, actor: Actor) -> DataExport | Refusal:
    """Ask for an export; one that is under way, or waits to be fetched, is the answer to the next request too.

    Errors: a session that does not prove the person (a unit's password, a certificate); too many in a day.
    """
    if not actor.may(Permission.OWN_ACCOUNT):
        return NOT_HERE
    await session.get_one(Person, actor.person_id, with_for_update={"key_share": True})
    found = await _newest(session, actor.person_id)
    if found is not None and found.state in _OPEN and found.expires_at > clock.now():
        return found
    exceeded = await limits.take(session, frequency.DATA_EXPORT, actor.person_id, now=clock.now())
    if exceeded:
        return exceeded.refusal
    made = DataExport(person_id=actor.person_id, created_at=clock.now(), expires_at=clock.now() + rules.LIFE)
    session.add(made)
    audit.record(session, actor=actor, action="account.export", subject=made.id)
    return made


async def fetch_export(session: AsyncSession, *, actor: Actor, export_id: str) -> bytes | None:
    """Return the file of an export of the actor's own, once; it is gone from here with that. ``None`` otherwise."""
    if not actor.may(Permission.OWN_ACCOUNT):
        return None
    mine = (
        col(DataExport.id) == export_id,
        col(DataExport.person_id) == actor.person_id,
        col(DataExport.state) == ExportState.READY,
        col(DataExport.expires_at) > clock.now(),
    )
    found = (await session.execute(select(DataExport).where(*mine).with_for_update())).scalar_one_or_none()
    if found is None:
        return None
    content = base64.b64decode(found.content)
    fetched = await session.execute(
        update(DataExport)
        .where(*mine)
        .values(state=ExportState.FETCHED, content_cipher=None)
        .returning(col(DataExport.id))
        .execution_options(synchronize_session=False)
    )
    if fetched.first() is None:
        return None
    audit.record(session, actor=actor, action="account.export_fetch", subject=export_id)
    return content


async def make_exports() -> int:
    """Make the exports that wait, one after the other, at most so many; return how many. The worker's duty."""
    made = 0
    await _give_up()
    for _ in range(_AT_ONCE):
        claimed = await _claim()
        if claimed is None:
            break
        made += await _make(*claimed)
    return made


async def _claim() -> tuple[str, str, int] | None:
    """Take the oldest export that waits, or whose worker has been silent for too long; one of several gets it."""
    now = clock.now()
    free = and_(_takeable(), col(DataExport.tries) < rules.MOST_TRIES, col(DataExport.expires_at) > now)
    oldest = select(col(DataExport.id)).where(free).order_by(col(DataExport.created_at), col(DataExport.id)).limit(1)
    async with db.unit_of_work() as session:
        claimed = await session.execute(
            update(DataExport)
            .where(col(DataExport.id) == oldest.scalar_subquery(), free)
            .values(
                state=ExportState.WORKING,
                progress=0,
                tries=col(DataExport.tries) + 1,
                claimed_until=now + rules.LEASE,
            )
            .returning(col(DataExport.id), col(DataExport.person_id), col(DataExport.tries))
        )
        found = claimed.one_or_none()
        return (found[0], found[1], found[2]) if found else None


def _takeable():
    silent = and_(col(DataExport.state) == ExportState.WORKING, col(DataExport.claimed_until) <= clock.now())
    return or_(col(DataExport.state) == ExportState.WAITING, silent)


async def _make(export_id: str, person_id: str, tries: int) -> int:
    sections: list[Section] = []
    for number, read in enumerate(READERS, 1):
        async with db.reading() as session:
            sections.append(await read(session, person_id))
        if not await _advance(export_id, tries, progress=number * 90 // len(READERS)):
            return 0  # another worker has taken it over
    now = clock.now()
    packed = await asyncio.to_thread(
        rules.pack, sections, made_at=to_the_minute(now), stamp=now.astimezone(clock.BEIJING)
    )
    async with db.unit_of_work() as session:
        query = select(DataExport).where(*_claimed(export_id, tries)).with_for_update()
        found = (await session.execute(query)).scalar_one_or_none()
        if found is None:
            return 0
        found.content = base64.b64encode(packed).decode()
        found.state, found.progress, found.expires_at = ExportState.READY, 100, now + rules.LIFE
        await _tell(session, person_id, "您的个人数据已生成", _MADE)
    return 1


async def _advance(export_id: str, tries: int, *, progress: int) -> bool:
    async with db.unit_of_work() as session:
        moved = await session.execute(
            update(DataExport)
            .where(*_claimed(export_id, tries))
            .values(progress=progress, claimed_until=clock.now() + rules.LEASE)
            .returning(col(DataExport.id))
        )
        return moved.first() is not None


def _claimed(export_id: str, tries: int):
    """Return what holds while a claim is the last one: whoever took over counts one more."""
    return (
        col(DataExport.id) == export_id,
        col(DataExport.state) == ExportState.WORKING,
        col(DataExport.tries) == tries,
    )


async def _give_up() -> None:
    """Say of exports on which worker after worker failed that they could not be made."""
    async with db.unit_of_work() as session:
        failed = await session.execute(
            update(DataExport)
            .where(_takeable(), col(DataExport.tries) >= rules.MOST_TRIES)
            .values(state=ExportState.FAILED)
            .returning(col(DataExport.id), col(DataExport.person_id))
        )
        for export_id, person_id in failed.all():
            log.error("export.failed", export=export_id)
            await _tell(session, person_id, "您的个人数据未能生成", _FAILED)


async def _tell(session: AsyncSession, person_id: str, title: str, text: str) -> None:
    person = await session.get_one(Person, person_id)
    await notices.tell(session, person=person, kind=NoticeKind.SECURITY, title=title, text=text, href=_PAGE)


async def _newest(session: AsyncSession, person_id: str) -> DataExport | None:
    query = (
        select(DataExport)
        .where(col(DataExport.person_id) == person_id)
        .order_by(col(DataExport.created_at).desc(), col(DataExport.id).desc())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()
