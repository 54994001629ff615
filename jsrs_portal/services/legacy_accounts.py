"""The accounts of old systems: those that were imported, compared here, and which units have been upgraded (R-2.3)."""

import asyncio
from collections.abc import Collection, Mapping

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import crypto, db
from jsrs_portal.catalog.shipped import legacy_systems
from jsrs_portal.domain.identifiers import normalise
from jsrs_portal.domain.legacy import LegacySystem, username_key
from jsrs_portal.domain.legacy_passwords import HashScheme, is_right, nobodys
from jsrs_portal.gateways.legacy.port import LegacyAnswer, LegacyChecker, LegacyFacts
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

    async def check(self, *, username: str, password: str, number: str = "") -> LegacyAnswer:
        """Compare in a thread; a user name that nobody has costs a comparison too. One statement."""
        meant = case((col(LegacyUnit.number) == normalise(number), 0), else_=1)
        query = (
            select(LegacyAccount, LegacyUnit)
            .outerjoin(LegacyUnit, col(LegacyUnit.account_id) == col(LegacyAccount.id))
            .where(col(LegacyAccount.username_index) == account_index(self._system.key, username))
            .order_by(meant, col(LegacyUnit.number))
            .limit(2)  # the one that is meant, and whether there are others
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
        units = tuple(_facts(unit) for _, unit in rows if unit)
        return LegacyAnswer(right=True, account=account.username, units=units, more=len(units) > 1)


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


async def upgraded(session: AsyncSession, indexes: Collection[str]) -> set[tuple[str, str]]:
    """Return which units of these accounts have been upgraded, as (account, 单位编号). One statement."""
    query = select(col(LegacyUpgrade.account_index), col(LegacyUpgrade.number)).where(
        col(LegacyUpgrade.account_index).in_(indexes)
    )
    return {(index, number) for index, number in await session.execute(query)}


async def forget_unit(session: AsyncSession, *, index: str, number: str) -> None:
    """Keep of an imported unit that has been upgraded only by what it is known again: number and code."""
    query = (
        select(LegacyUnit)
        .join(LegacyAccount, col(LegacyUnit.account_id) == col(LegacyAccount.id))
        .where(col(LegacyAccount.username_index) == index, col(LegacyUnit.number) == number)
    )
    for unit in (await session.execute(query)).scalars():
        unit.name = unit.legal_id_number = unit.legal_name = ""


async def taken(session: AsyncSession, *, index: str, number: str, uscc: str) -> str:
    """Return ``upgraded`` for a unit of an account that was, ``registered`` for a unit that has an account otherwise.

    Empty for one that can be upgraded.
    """
    mine = col(LegacyUpgrade.account_index) == index, col(LegacyUpgrade.number) == normalise(number)
    if (await session.execute(select(col(LegacyUpgrade.id)).where(*mine))).first() is not None:
        return "upgraded"
    known = await session.execute(select(col(Unit.id)).where(col(Unit.uscc) == uscc))
    return "registered" if known.first() is not None else ""
