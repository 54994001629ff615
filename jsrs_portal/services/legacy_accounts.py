"""The accounts of old systems: those that were imported, compared here, and which units have been upgraded (R-2.3)."""

import asyncio
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import crypto, db
from jsrs_portal.catalog.shipped import legacy_systems
from jsrs_portal.domain.legacy import LegacySystem, username_key
from jsrs_portal.domain.legacy_passwords import HashScheme, is_right, nobodys
from jsrs_portal.gateways.legacy.port import MOST_UNITS, LegacyAnswer, LegacyChecker, LegacyFacts
from jsrs_portal.models.legacy import LegacyAccount, LegacyUnit, LegacyUpgrade
from jsrs_portal.models.units import Unit


def account_index(system: str, account: str) -> str:
    """Return the blind index of an account of a system: by it the account is found, and known as upgraded."""
    return crypto.blind_index("legacy-account", username_key(system, account))


class ImportedTable:
    """The accounts that a system handed over as a file; a :class:`jsrs_portal.gateways.legacy.port.LegacyChecker`."""

    def __init__(self, system: LegacySystem, hashes: HashScheme) -> None:
        """Take the system and how it hashed its passwords."""
        self._system, self._hashes = system, hashes

    async def check(self, *, username: str, password: str) -> LegacyAnswer:
        """Compare in a thread; a user name that nobody has costs a comparison too. One statement."""
        query = (
            select(LegacyAccount, LegacyUnit)
            .outerjoin(LegacyUnit, col(LegacyUnit.account_id) == col(LegacyAccount.id))
            .where(col(LegacyAccount.username_index) == account_index(self._system.key, username))
            .order_by(col(LegacyUnit.number))
            .limit(MOST_UNITS)
        )
        async with db.reading() as session:
            rows = [(account, unit) for account, unit in await session.execute(query)]
        account = rows[0][0] if rows else None
        stored, salt = (account.password_hash, account.salt) if account else nobodys(self._hashes)
        right = await asyncio.to_thread(
            is_right,
            self._hashes,
            username=account.username if account else username,
            password=password,
            salt=salt,
            stored=stored,
        )
        if account is None or not right:
            return LegacyAnswer(right=False)
        return LegacyAnswer(right=True, account=account.username, units=tuple(_facts(unit) for _, unit in rows if unit))


def _facts(unit: LegacyUnit) -> LegacyFacts:
    return LegacyFacts(
        number=unit.number,
        uscc=unit.uscc,
        name=unit.name,
        legal_id_type=unit.legal_id_type,
        legal_id_number=unit.legal_id_number,
        legal_name=unit.legal_name,
    )


def offered(asked: Mapping[str, LegacyChecker]) -> tuple[LegacySystem, ...]:
    """Return the systems that can be chosen: imported ones, and of the others those that are connected."""
    return tuple(one for one in legacy_systems().systems if one.adapter == "table" or one.key in asked)


def checker_of(system: LegacySystem, asked: Mapping[str, LegacyChecker]) -> LegacyChecker:
    """Return what checks the passwords of a system that is offered."""
    return ImportedTable(system, system.hashes) if system.hashes is not None else asked[system.key]


async def taken(session: AsyncSession, *, index: str, number: str, uscc: str) -> str:
    """Return ``upgraded`` for a unit of an account that was, ``registered`` for a unit that has an account otherwise.

    Empty for one that can be upgraded.
    """
    mine = col(LegacyUpgrade.account_index) == index, col(LegacyUpgrade.number) == number
    if (await session.execute(select(col(LegacyUpgrade.id)).where(*mine))).first() is not None:
        return "upgraded"
    known = await session.execute(select(col(Unit.id)).where(col(Unit.uscc) == uscc))
    return "registered" if known.first() is not None else ""
