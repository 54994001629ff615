"""Excel files of lists of cases: asked for, looked after, fetched by who asked in the name they act in (R-2.6.3.5)."""

import base64
import hashlib
import json
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain import case_exports as rules
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import NO_SCOPE, Actor, Permission, Role
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.own_data import ExportState
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.case_exports import CaseExport, CaseExportPart
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Grant
from jsrs_portal.services import audit, limits
from jsrs_portal.services.case_lists import CaseFilter
from jsrs_portal.services.grants import held_in, read_scope
from jsrs_portal.services.submission import as_of_now

ROWS, FILE = "rows", "file"
"""The two kinds of parts."""
NOT_HERE = Refusal("您当前的身份没有办件可以导出。", code="not_here")
_UNDER_WAY = (ExportState.WAITING, ExportState.WORKING)
_ALMOST = 95
"""So many of a hundred when all rows are there and the file is still to be written."""


@dataclass(frozen=True)
class CaseExportView:
    """The newest export in the actor's present name; ``href`` is there while its file can be fetched."""

    state: str = ""
    words: str = ""
    progress: int = 0
    asked: str = ""
    until: str = ""
    rows: str = ""
    href: str = ""


async def view_export(session: AsyncSession, *, actor: Actor) -> CaseExportView:
    """Return where the actor's newest export is, in the name they act in now; empty without any. One query."""
    found = await _newest(session, actor) if actor.may(Permission.APPLY) else None
    if found is None or found.expires_at <= clock.now() or found.basis != basis_of(actor):
        return CaseExportView()
    state = ExportState(found.state)
    ready = state is ExportState.READY
    share = found.made * _ALMOST // found.total if found.total else 0
    words = {
        ExportState.WAITING: "正在排队",
        ExportState.WORKING: f"正在生成，已完成 {found.made} 件",
        ExportState.READY: "可以下载",
    }
    return CaseExportView(
        state=state,
        words=words.get(state, "未能生成，请重新导出"),
        progress=100 if ready else min(share, _ALMOST),
        asked=to_the_minute(found.created_at),
        until=to_the_minute(found.expires_at) if ready else "",
        rows=_rows_words(found) if ready else "",
        href=f"/case-exports/{found.id}" if ready else "",
    )


async def request_export(session: AsyncSession, *, actor: Actor, wanted: CaseFilter) -> CaseExport | Refusal:
    """Ask for a file of the actor's list as it is narrowed; one that is under way is the answer to the next too.

    What was made before in this name goes. Errors: nobody who applies; too often.
    """
    if not actor.may(Permission.APPLY):
        return NOT_HERE
    await session.get_one(Person, actor.person_id, with_for_update={"key_share": True})
    found, basis = await _newest(session, actor), basis_of(actor)
    alive = found is not None and found.expires_at > clock.now() and found.basis == basis
    if found is not None and alive and found.state in _UNDER_WAY:
        return found
    exceeded = await limits.take(session, frequency.CASE_EXPORT, actor.person_id, now=clock.now())
    if exceeded:
        return exceeded.refusal
    former = select(col(CaseExport.id)).where(*_of(actor))
    await session.execute(delete(CaseExportPart).where(col(CaseExportPart.export_id).in_(former)))
    await session.execute(delete(CaseExport).where(*_of(actor)))
    made = CaseExport(
        person_id=actor.person_id,
        unit_id=actor.unit_id or None,
        institution_id=actor.institution_id or None,
        grant_id=actor.grant_id or None,
        basis=basis,
        created_at=clock.now(),
        expires_at=clock.now() + rules.LIFE,
    )
    made.wanted = json.dumps(asdict(wanted), ensure_ascii=False)
    session.add(made)
    details = {"group": wanted.group, "searched": bool(wanted.text)}
    audit.record(session, actor=actor, action="case.export", subject=made.id, unit_id=actor.unit_id, details=details)
    return made


async def fetch_export(session: AsyncSession, *, actor: Actor, export_id: str) -> bytes | None:
    """Return the file that the actor asked for in the name, the role and the scope they have now; ``None`` for others.

    It can be fetched again until its end.
    """
    if not actor.may(Permission.APPLY):
        return None
    mine = (
        *_of(actor),
        col(CaseExport.id) == export_id,
        col(CaseExport.basis) == basis_of(actor),
        col(CaseExport.state) == ExportState.READY,
        col(CaseExport.expires_at) > clock.now(),
    )
    if (await session.execute(select(col(CaseExport.id)).where(*mine))).first() is None:
        return None
    pieces = (
        select(CaseExportPart)
        .where(col(CaseExportPart.export_id) == export_id, col(CaseExportPart.kind) == FILE)
        .order_by(col(CaseExportPart.number))
    )
    content = b"".join(base64.b64decode(one.content) for one in (await session.execute(pieces)).scalars())
    audit.record(session, actor=actor, action="case.export-fetch", subject=export_id, unit_id=actor.unit_id)
    return content


async def acting_again(session: AsyncSession, export: CaseExport) -> Actor | None:
    """Return whoever asked for ``export`` with what their grant gives at this moment; ``None`` when it is another."""
    grant = await session.get(Grant, export.grant_id) if export.grant_id else None
    alone = not export.unit_id and not export.institution_id
    if grant is None and not alone:
        return None
    actor = Actor(
        session_key="",
        person_id=export.person_id,
        unit_id=export.unit_id or "",
        institution_id=export.institution_id or "",
        grant_id=export.grant_id or "",
        role=Role(grant.role) if grant else None,
        scope=read_scope(grant.scope) if grant else NO_SCOPE,
        personal=alone,
    )
    held = await held_in(session, actor.unit_id, today=clock.today(), of=actor.person_id) if actor.unit_id else []
    now = await as_of_now(session, actor, held)
    return now if now is not None and basis_of(now) == export.basis else None


def basis_of(actor: Actor) -> str:
    """Return what an actor sees a list by: grant, role and scope (64 hex digits)."""
    scope = [sorted(actor.scope.categories), sorted(actor.scope.matters)] if actor.role is Role.AGENT else []
    said = [actor.person_id, actor.unit_id, actor.institution_id, actor.grant_id, actor.role or "", scope]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _of(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return which exports somebody has asked for in the name they act in."""
    return (
        col(CaseExport.person_id) == actor.person_id,
        col(CaseExport.unit_id).is_not_distinct_from(actor.unit_id or None),
        col(CaseExport.institution_id).is_not_distinct_from(actor.institution_id or None),
    )


def _rows_words(export: CaseExport) -> str:
    more = f"（超过 {rules.MOST_ROWS} 件，仅含最近的）" if export.total > rules.MOST_ROWS else ""
    return f"共 {export.made} 件{more}"


async def _newest(session: AsyncSession, actor: Actor) -> CaseExport | None:
    query = (
        select(CaseExport)
        .where(*_of(actor))
        .order_by(col(CaseExport.created_at).desc(), col(CaseExport.id).desc())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()
