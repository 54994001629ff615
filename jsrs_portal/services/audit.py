"""The audit trail: every act leaves an entry in its own transaction; the worker seals them into a chain.

Each seal is a keyed hash over the seal before it and everything the entry says, so an entry that is changed, removed
or moved breaks the chain from there on. The end of the chain is kept apart, with a proof of its own, so that cutting
off the end is noticed too. Old entries move to an archive (:mod:`jsrs_portal.services.audit_archive`).
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import crypto
from jsrs_portal.domain.authority import Actor
from jsrs_portal.models.audit import AuditEntry, AuditHead
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Unit

BATCH = 500
AT_A_STRETCH = 25
"""Entries that are read and recomputed before everybody else's turn: one to two milliseconds."""
SHORTEST_ANCHOR = 16
"""Hexadecimal digits of a seal that the worker's log shows."""
_SAME_ACT = timedelta(minutes=1)
"""How far apart a row and its entry of the same transaction may be."""


def record(
    session: AsyncSession,
    *,
    actor: Actor,
    action: str,
    subject: str = "",
    result: str = "OK",
    details: Mapping[str, object] | None = None,
    person_id: str = "",
    unit_id: str = "",
) -> None:
    """Add an entry: who (``actor``, or ``person_id`` when the act itself establishes it), what, to which row.

    An officer's identifier stands in the person's place: nobody is both.

    ``details`` (e.g. ``{"before": …, "after": …}``) may hold personal data and is encrypted; ``subject`` and ``result``
    may not.
    """
    entry = AuditEntry(
        person_id=person_id or actor.person_id or actor.staff_id,
        unit_id=unit_id or actor.unit_id,
        grant_id=actor.grant_id,
        action=action,
        subject=subject,
        result=result,
        address=actor.address,
    )
    if details:
        entry.details = json.dumps(details, ensure_ascii=False, sort_keys=True, default=str)
        entry.details_digest = crypto.audit_mac(f"details\x1f{entry.id}\x1f{entry.details}")
    entry.mac = _mac_of(entry)
    session.add(entry)


def _mac_of(entry: AuditEntry) -> str:
    """What only this product can have written; a row inserted by hand has none."""
    return crypto.audit_mac("entry\x1f" + json.dumps(_said(entry), ensure_ascii=False))


def _said(entry: AuditEntry) -> list[str]:
    return [
        entry.id,
        entry.created_at.isoformat(),
        entry.person_id,
        entry.unit_id,
        entry.grant_id,
        entry.action,
        entry.subject,
        entry.result,
        entry.address,
        entry.details_digest,
    ]


def _seal_of(entry: AuditEntry, position: int, before: str) -> str:
    return crypto.audit_mac(json.dumps([before, position, entry.mac, *_said(entry)], ensure_ascii=False))


def _proof_of(position: int, seal: str) -> str:
    return crypto.audit_mac(f"head\x1f{position}\x1f{seal}")


async def seal_entries(session: AsyncSession, *, most: int = BATCH) -> tuple[int, str]:
    """Seal up to ``most`` entries that have been committed, oldest first; return the chain's end: position and seal.

    Only the worker calls it. The head's row is locked, so two workers cannot both continue the chain.
    """
    head = (
        await session.execute(select(AuditHead).where(col(AuditHead.id) == 1).with_for_update())
    ).scalar_one_or_none()
    if head is None:
        head = AuditHead(proof=_proof_of(0, ""))
        session.add(head)
        await session.flush()
    waiting = (
        select(AuditEntry)
        .where(col(AuditEntry.position).is_(None))
        .order_by(col(AuditEntry.created_at), col(AuditEntry.id))
        .limit(most)
    )
    entries = (await session.execute(waiting)).scalars().all()
    for entry in entries:
        head.position += 1
        entry.position = head.position
        entry.seal = head.seal = _seal_of(entry, head.position, head.seal)
    head.proof = _proof_of(head.position, head.seal)
    return head.position, head.seal


@dataclass
class AuditReport:
    """What a verification found: how many entries are archived, sealed, waiting, and every fault in words."""

    archived: int = 0
    sealed: int = 0
    unsealed: int = 0
    faults: list[str] = field(default_factory=lambda: [])


@dataclass(frozen=True)
class Anchor:
    """A place of the chain as it is known from elsewhere, e.g. from the worker's log; the seal may be shortened."""

    position: int
    seal: str

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """Read ``POSITION:SEAL``; raise ``ValueError`` when it is none."""
        position, _, seal = text.partition(":")
        if len(seal) < SHORTEST_ANCHOR:
            raise ValueError("too short a seal to prove anything")
        return cls(int(position), seal)

    def fits(self, seal: str) -> bool:
        """Tell whether ``seal`` is the anchor's."""
        return seal.startswith(self.seal)


async def verify_trail(session: AsyncSession, *, most_faults: int = 20, anchor: Anchor | None = None) -> AuditReport:
    """Walk the whole chain in order; finds changed, removed, added and reordered entries and a cut-off end.

    It begins behind what has been archived, as the head proves it. ``anchor`` is compared with the chain: with one
    from a log even a trail that was emptied together with its head is missed.
    """
    await _one_picture(session)
    head = (await session.execute(select(AuditHead))).scalar_one_or_none()
    report = AuditReport(archived=head.archived_position if head else 0)
    if head is not None and not archive_proven(head):
        report.faults.append("归档位置的记录被改动")
    expected, before = report.archived, head.archived_seal if head else ""
    known = {expected: before} if head else {}
    query = select(AuditEntry).where(col(AuditEntry.position).is_not(None)).order_by(col(AuditEntry.position))
    result = await session.stream_scalars(query.execution_options(yield_per=AT_A_STRETCH))
    async for entry in result:
        if report.sealed % AT_A_STRETCH == 0:
            await asyncio.sleep(0)  # what a buffer holds is given without waiting: the loop would never be free
        position = entry.position or 0
        expected += 1
        if len(report.faults) >= most_faults:
            break
        if position != expected:
            report.faults.append(f"第 {expected} 至 {position - 1} 条缺失")
            expected = position
        elif fault := fault_of(entry, before):
            report.faults.append(fault)
        before = entry.seal
        report.sealed += 1
        if anchor is not None and position == anchor.position:
            known[position] = entry.seal
    if len(report.faults) < most_faults:
        report.faults += _faults_of_head(head, expected, before, report.sealed)
        report.faults += _faults_by_anchor(anchor, known, report.archived)
    report.unsealed = await count_unsealed(session)
    if not report.archived and await _older_than_the_trail(session):
        report.faults.append("已有业务数据，而最早的审计记录缺失：审计记录可能被清空")
    return report


async def _one_picture(session: AsyncSession) -> None:
    """See the database as it is now until the end, or entries sealed meanwhile would look like added ones."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def fault_of(entry: AuditEntry, before: str) -> str:
    """Return what is wrong with a sealed entry whose predecessor's seal is ``before``; empty when nothing is."""
    position = entry.position or 0
    if _seal_of(entry, position, before) != entry.seal:
        return f"第 {position} 条被改动或移动"
    if entry.mac != _mac_of(entry):
        return f"第 {position} 条不是本系统写入的"
    return "" if _details_hold(entry) else f"第 {position} 条的详情被改动"


def _faults_of_head(head: AuditHead | None, last: int, seal: str, sealed: int) -> list[str]:
    if head is None:
        return ["链尾记录缺失"] if sealed else []
    found = [] if head.proof == _proof_of(head.position, head.seal) else ["链尾记录被改动"]
    if (head.position, head.seal) != (last, seal):
        found.append(f"链尾应为第 {head.position} 条，实际为第 {last} 条：末尾的记录被删除或改动")
    return found


def _faults_by_anchor(anchor: Anchor | None, known: dict[int, str], archived: int) -> list[str]:
    if anchor is None or (anchor.position in known and anchor.fits(known[anchor.position])):
        return []
    if anchor.position < archived:
        return [f"第 {anchor.position} 条已归档：请连同归档文件一起校验"]
    return [f"第 {anchor.position} 条与给出的封印不符：记录被清空、替换或截断"]


async def _older_than_the_trail(session: AsyncSession) -> bool:
    """Tell whether there are persons or units from before the first entry: each of them was written with one."""
    first = (await session.execute(select(func.min(col(AuditEntry.created_at))))).scalar_one_or_none()
    for model in (Person, Unit):
        oldest = (await session.execute(select(func.min(col(model.created_at))))).scalar_one_or_none()
        if oldest is not None and (first is None or oldest < first - _SAME_ACT):
            return True
    return False


def archive_proven(head: AuditHead) -> bool:
    """Tell whether it was this product that put the beginning of the chain where ``head`` says."""
    if not head.archived_position:
        return not head.archived_seal
    return head.archived_proof == archive_proof(head.archived_position, head.archived_seal)


def archive_proof(position: int, seal: str) -> str:
    """Return the proof that everything up to ``position`` has been archived."""
    return crypto.audit_mac(f"archived\x1f{position}\x1f{seal}")


async def count_unsealed(session: AsyncSession) -> int:
    """Return how many entries wait to be sealed."""
    query = select(func.count()).select_from(AuditEntry).where(col(AuditEntry.position).is_(None))
    return (await session.execute(query)).scalar_one()


def _details_hold(entry: AuditEntry) -> bool:
    if entry.details_cipher is None:
        return not entry.details_digest
    try:
        details = entry.details
    except crypto.CannotDecrypt:
        return False
    return entry.details_digest == crypto.audit_mac(f"details\x1f{entry.id}\x1f{details}")
