"""Importing the accounts that an old system handed over (R-2.3.7): in batches, as often as one likes.

The same file twice changes nothing; a changed row updates its account; what was upgraded is remembered elsewhere
(:class:`~jsrs_portal.models.legacy.LegacyUpgrade`), so no file opens it again. Rows that are gone from a file stay.
"""

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain.legacy import LegacySystem
from jsrs_portal.models.legacy import LegacyAccount, LegacyUnit
from jsrs_portal.services.legacy_accounts import account_index, upgraded
from jsrs_portal.services.legacy_files import FileRow, RefusedRow
from jsrs_portal.services.operators import record_operation

BATCH = 500
MOST_REFUSED = 10_000
"""Refused rows that are kept with their reasons; of the others only how many there are."""


@dataclass
class ImportReport:
    """What became of a file's rows so far."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=lambda: [])
    refused_besides: int = 0

    @property
    def read(self) -> int:
        """How many rows have been looked at."""
        return self.added + self.changed + self.unchanged + self.not_taken

    @property
    def not_taken(self) -> int:
        """How many rows were refused."""
        return len(self.refused) + self.refused_besides

    def refuse(self, row: RefusedRow) -> None:
        """Note a refused row, among the first of them with its reason."""
        if len(self.refused) < MOST_REFUSED:
            self.refused.append(row)
        else:
            self.refused_besides += 1


async def import_rows(
    *, system: LegacySystem, rows: Iterable[FileRow | RefusedRow], write: bool = True
) -> AsyncIterator[ImportReport]:
    """Import ``rows``, a transaction per batch; yield the report after each. Without ``write`` only look.

    Refused besides what the file's reader refuses: a row that says another password than an earlier one for the same
    account, and a second row for the same unit of an account.
    """
    report = ImportReport()
    passwords: dict[bytes, bytes] = {}
    units: set[bytes] = set()
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        kept: list[tuple[str, FileRow]] = []
        for row in batch:
            if isinstance(row, RefusedRow):
                report.refuse(row)
                continue
            index = account_index(system.key, row.username)
            said, unit = _short(row.password_hash, row.salt), _short(index, row.unit_number)
            if passwords.setdefault(_short(index), said) != said:
                report.refuse(RefusedRow(row.number, "同一用户名在文件中有不同的密码散列或盐值"))
            elif unit in units:
                report.refuse(RefusedRow(row.number, "同一用户名和单位编号在文件中重复"))
            else:
                units.add(unit)
                kept.append((index, row))
        async with db.unit_of_work() as session:
            await _take(session, system, kept, report)
            if not write:
                await session.rollback()
        yield report
    if write:
        async with db.unit_of_work() as session:
            record_operation(
                session,
                action="legacy.import",
                subject=system.key,
                added=report.added,
                changed=report.changed,
                unchanged=report.unchanged,
                refused=report.not_taken,
            )


def _short(*texts: str) -> bytes:
    """Return what stands for texts while a file is read: a file may have a million rows."""
    return hashlib.sha256("\x1f".join(texts).encode()).digest()[:16]


async def _take(
    session: AsyncSession, system: LegacySystem, rows: Sequence[tuple[str, FileRow]], report: ImportReport
) -> None:
    """Add or change what a batch says, and note that it was said today. Three statements to look, whatever is in it.

    Of a unit that has been upgraded only its number and code are kept.
    """
    indexes = {index for index, _ in rows}
    done = await upgraded(session, indexes)
    found = await session.execute(select(LegacyAccount).where(col(LegacyAccount.username_index).in_(indexes)))
    accounts = {account.username_index: account for account in found.scalars()}
    theirs = await session.execute(
        select(LegacyUnit).where(col(LegacyUnit.account_id).in_([account.id for account in accounts.values()]))
    )
    units = {(unit.account_id, unit.number): unit for unit in theirs.scalars()}
    changed = {index: _account(session, system, accounts, index, row) for index, row in rows}
    await session.flush()  # accounts before their units
    for index, row in rows:
        account_id = accounts[index].id
        unit = units.get((account_id, row.unit_number))
        if new := unit is None:
            unit = LegacyUnit(account_id=account_id, number=row.unit_number, uscc="", name="", legal_id_type="")
        facts = {"name": row.unit_name, "legal_id_number": row.legal_id_number, "legal_name": row.legal_name}
        if (index, row.unit_number) in done:
            facts = dict.fromkeys(facts, "")
        wrote = _set(unit, uscc=row.uscc, legal_id_type=row.legal_id_type, **facts)
        session.add(unit)
        wrote |= changed.pop(index, False)
        report.added += new
        report.changed += wrote and not new
        report.unchanged += not wrote and not new


def _account(
    session: AsyncSession, system: LegacySystem, accounts: dict[str, LegacyAccount], index: str, row: FileRow
) -> bool:
    """Have the account of a row say what the row says; return whether anything in it changed."""
    account = accounts.setdefault(index, LegacyAccount(system=system.key, username_index=index))
    wrote = _set(account, username=row.username, password_hash=row.password_hash, salt=row.salt)
    account.imported_at = clock.now()
    session.add(account)
    return wrote


def _set(row: LegacyAccount | LegacyUnit, **values: str) -> bool:
    """Set what differs; return whether anything did. An encrypted value that is the same is not written anew."""
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in values.items():
        if name in different or (name in _SEALED and getattr(row, f"{name}_cipher") is None):
            setattr(row, name, value)
    return bool(different)


_SEALED = frozenset({"username", "password_hash", "salt", "legal_id_number", "legal_name"})
