"""Moving the oldest audit entries into a file, so that both parts stay verifiable: the file, and what remains.

A file has one JSON object per line: a head with the seal the chain had before its first entry, the entries with their
seals (details as the ciphertext they are), and an end with a keyed proof, so that a file cut short is noticed. Only
when the whole file is on disk are the entries removed, in batches, each of which moves the beginning of the chain in
the head's row along. An interruption therefore loses nothing: a second run begins where the first one stopped, and the
files overlap.
"""

import base64
import json
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain.retention import AUDIT_LEAST
from jsrs_portal.models.audit import AuditEntry, AuditHead
from jsrs_portal.services import audit, operators

FORMAT = "jsrs-audit-archive/1"
BATCH = 500
_TEXTS = (
    "id",
    "person_id",
    "unit_id",
    "grant_id",
    "action",
    "subject",
    "result",
    "address",
    "details_digest",
    "mac",
    "seal",
)


class ArchiveRefused(Exception):
    """Nothing was archived or removed; the message says why, in Chinese."""


@dataclass(frozen=True)
class Archived:
    """Which entries have been moved, by their positions; none when ``last`` is less than ``first``."""

    first: int
    last: int

    @property
    def count(self) -> int:
        """How many."""
        return max(self.last - self.first + 1, 0)


async def archive(target: Path, *, before: datetime, batch: int = BATCH) -> Archived:
    """Move the sealed entries written before ``before`` to the new file ``target``; return which they were.

    Raises :class:`ArchiveRefused` for entries that are too young, a file that exists, or a chain that does not hold.
    """
    if before > clock.now() - AUDIT_LEAST:
        raise ArchiveRefused(f"审计记录至少保存 {AUDIT_LEAST.days} 天，不能归档更晚的记录。")
    partial = _beside(target)
    try:
        with _create(partial) as file:
            done, seals = await _write(file, before, batch)
            file.flush()
            os.fsync(file.fileno())
        if not done.count:
            return done
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    await _remove(done, seals, target, batch)
    return done


def _beside(target: Path) -> Path:
    """Return where to write until all is written."""
    if target.exists():
        raise ArchiveRefused(f"{target} 已存在，请换一个文件名。")
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    return partial


def _create(file: Path) -> TextIO:
    return open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")


async def _write(file: TextIO, before: datetime, batch: int) -> tuple[Archived, dict[int, str]]:
    """Write everything to be archived; return which, with the seals at the ends of the batches."""
    async with db.reading() as session:
        head = (await session.execute(select(AuditHead))).scalar_one_or_none()
        if head is None:
            return Archived(1, 0), {}
        if not audit.archive_proven(head):
            raise ArchiveRefused("归档位置的记录被改动：请先执行 jsrs audit verify。")
        last, seal = head.archived_position, head.archived_seal
    first, seals = last + 1, dict[int, str]()
    _line(file, {"format": FORMAT, "first": first, "before_seal": seal, "written_at": clock.now().isoformat()})
    async for entry in _entries(last, before, batch):
        fault = audit.fault_of(entry, seal) if entry.position == last + 1 else f"第 {last + 1} 条缺失"
        if fault:
            raise ArchiveRefused(f"{fault}：记录不完整时不能归档，请先执行 jsrs audit verify。")
        last, seal = last + 1, entry.seal
        _line(file, _written(entry))
        if (last - first + 1) % batch == 0:
            seals[last] = seal
    seals[last] = seal
    done = Archived(first, last)
    _line(file, {"end": last, "count": done.count, "proof": _proof_of_end(first, last, seal)})
    return done, seals


async def _entries(after: int, before: datetime, batch: int) -> AsyncIterator[AuditEntry]:
    """Give the sealed entries behind ``after`` in order, up to the first one that is too young."""
    while True:
        async with db.reading() as session:
            query = select(AuditEntry).where(col(AuditEntry.position) > after)
            ordered = query.order_by(col(AuditEntry.position)).limit(batch)
            found = (await session.execute(ordered)).scalars().all()
        for entry in found:
            if entry.created_at >= before:
                return
            yield entry
        if len(found) < batch:
            return
        after = found[-1].position or 0


async def _remove(done: Archived, seals: dict[int, str], target: Path, batch: int) -> None:
    """Take the archived entries out of the table and let the chain begin behind them, a batch at a time."""
    for end in sorted(seals):
        async with db.unit_of_work() as session:
            head = (
                await session.execute(select(AuditHead).where(col(AuditHead.id) == 1).with_for_update())
            ).scalar_one()
            if head.archived_position >= end:
                continue
            gone = (col(AuditEntry.position) > head.archived_position) & (col(AuditEntry.position) <= end)
            await session.execute(delete(AuditEntry).where(gone))
            if head.archived_position == done.first - 1:  # the first batch, so that an interrupted one is known too
                subject = f"{done.first}-{done.last}"
                operators.record_operation(session, action="audit.archive", subject=subject, file=str(target))
            head.archived_position, head.archived_seal = end, seals[end]
            head.archived_proof = audit.archive_proof(end, seals[end])


def _written(entry: AuditEntry) -> dict[str, Any]:
    cipher = entry.details_cipher
    return {
        "position": entry.position,
        "created_at": entry.created_at.isoformat(),
        **{name: getattr(entry, name) for name in _TEXTS},
        "details_cipher": None if cipher is None else base64.b64encode(cipher).decode(),
    }


def _line(file: TextIO, content: dict[str, Any]) -> None:
    file.write(json.dumps(content, ensure_ascii=False) + "\n")


def _proof_of_end(first: int, last: int, seal: str) -> str:
    return crypto.audit_mac(f"archive-end\x1f{first}\x1f{last}\x1f{seal}")


@dataclass
class ArchiveReport:
    """What the verification of archives found: the range of positions, how many entries, and every fault in words."""

    first: int = 0
    last: int = 0
    count: int = 0
    faults: list[str] = field(default_factory=lambda: [])


async def verify_archives(session: AsyncSession, files: Sequence[Path], *, most_faults: int = 20) -> ArchiveReport:
    """Check the chains inside ``files``, that they join one another, and that the database goes on where they end."""
    head = (await session.execute(select(AuditHead))).scalar_one_or_none()
    place = head.archived_position if head else 0
    report, seals = ArchiveReport(), dict[int, str]()
    wanted = {place, *(_first_of(file) - 1 for file in files)}
    for file in sorted(files, key=_first_of):
        _verify_file(file, report, seals, wanted=wanted, most_faults=most_faults)
    if report.first > 1:
        report.faults.append(f"第 1 至 {report.first - 1} 条不在给出的归档文件中")
    if head is None or not audit.archive_proven(head) or seals.get(place) != head.archived_seal:
        report.faults.append(f"归档与数据库不衔接：数据库从第 {place + 1} 条开始，归档到第 {report.last} 条")
    return report


def _first_of(file: Path) -> int:
    try:
        with file.open(encoding="utf-8") as lines:
            return int(json.loads(lines.readline())["first"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _verify_file(
    file: Path, report: ArchiveReport, seals: dict[int, str], *, wanted: set[int], most_faults: int
) -> None:
    """Walk one file; what it says of an entry is worth as much as the seals in it."""

    def fault(words: str) -> None:
        if len(report.faults) < most_faults:
            report.faults.append(f"{file.name}：{words}")

    try:
        with file.open(encoding="utf-8") as text:
            lines = (json.loads(line) for line in text)
            head = next(lines)
            if head.get("format") != FORMAT:
                raise ValueError
            first, seal, ended = int(head["first"]), str(head["before_seal"]), False
            position = first - 1
            joins = not report.first or seals.get(position) == seal
            if not joins or (first == 1 and seal):
                fault(f"与前一份归档不衔接：应从第 {report.last + 1} 条开始")
            for line in lines:
                if "end" in line:
                    ended = line["proof"] == _proof_of_end(first, position, seal) and line["end"] == position
                    break
                entry = _read(line)
                position += 1
                if entry.position != position:
                    fault(f"第 {position} 条缺失")
                    position = entry.position or position
                elif wrong := audit.fault_of(entry, seal):
                    fault(wrong)
                seal = entry.seal
                report.count += 1
                if position in wanted:
                    seals[position] = seal
            if not ended or any(True for _ in lines):
                fault("文件末尾不完整或被改动")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
        fault("不是完好的审计归档文件")
        return
    seals[position] = seal
    report.first = report.first or first
    report.last = max(report.last, position)


def _read(line: dict[str, Any]) -> AuditEntry:
    """Make the entry of a line again."""
    cipher = line["details_cipher"]
    return AuditEntry(
        created_at=datetime.fromisoformat(line["created_at"]),
        position=int(line["position"]),
        details_cipher=None if cipher is None else base64.b64decode(cipher, validate=True),
        **{name: str(line[name]) for name in _TEXTS},
    )
