"""The audit trail: every act leaves an entry in its own transaction; the worker seals them into a chain.

Each seal is a keyed hash over the seal before it and everything the entry says, so an entry that is changed, removed
or moved breaks the chain from there on. The end of the chain is kept apart, with a proof of its own, so that cutting
off the end is noticed too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import crypto
from jsrs_portal.domain.authority import Actor
from jsrs_portal.models.audit import AuditEntry, AuditHead

BATCH = 500


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

    ``details`` (e.g. ``{"before": …, "after": …}``) may hold personal data and is encrypted; ``subject`` and ``result``
    may not.
    """
    entry = AuditEntry(
        person_id=person_id or actor.person_id,
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
    """What a verification found: how many entries are sealed, how many wait, and every fault in words."""

    sealed: int = 0
    unsealed: int = 0
    faults: list[str] = field(default_factory=lambda: [])


async def verify_trail(session: AsyncSession, *, most_faults: int = 20) -> AuditReport:
    """Walk the whole chain in order; finds changed, removed, added and reordered entries and a cut-off end."""
    report, before, expected = AuditReport(), "", 0
    query = select(AuditEntry).where(col(AuditEntry.position).is_not(None)).order_by(col(AuditEntry.position))
    result = await session.stream_scalars(query.execution_options(yield_per=500))
    async for entry in result:
        position = entry.position or 0
        expected += 1
        if len(report.faults) >= most_faults:
            break
        if position != expected:
            report.faults.append(f"第 {expected} 至 {position - 1} 条缺失")
            expected = position
        elif _seal_of(entry, position, before) != entry.seal:
            report.faults.append(f"第 {position} 条被改动或移动")
        elif entry.mac != _mac_of(entry):
            report.faults.append(f"第 {position} 条不是本系统写入的")
        elif not _details_hold(entry):
            report.faults.append(f"第 {position} 条的详情被改动")
        before = entry.seal
        report.sealed += 1
    head = (await session.execute(select(AuditHead))).scalar_one_or_none()
    if head is not None and len(report.faults) < most_faults:
        if head.proof != _proof_of(head.position, head.seal):
            report.faults.append("链尾记录被改动")
        if (head.position, head.seal) != (expected, before):
            report.faults.append(f"链尾应为第 {head.position} 条，实际为第 {expected} 条：末尾的记录被删除或改动")
    elif head is None and report.sealed:
        report.faults.append("链尾记录缺失")
    report.unsealed = await count_unsealed(session)
    return report


async def count_unsealed(session: AsyncSession) -> int:
    """Return how many entries wait to be sealed."""
    query = select(func.count()).select_from(AuditEntry).where(col(AuditEntry.position).is_(None))
    return (await session.execute(query)).scalar_one()


def _details_hold(entry: AuditEntry) -> bool:
    if entry.details_cipher is None:
        return not entry.details_digest
    try:
        text = entry.details
    except crypto.CannotDecrypt:
        return False
    return entry.details_digest == crypto.audit_mac(f"details\x1f{entry.id}\x1f{text}")
