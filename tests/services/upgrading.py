"""What people do to upgrade an old account, and what an office hands over, in the words of the tests (R-2.3)."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsrs_portal import db
from jsrs_portal.catalog.shipped import legacy_systems
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.legacy import LEGACY_UPGRADE, LegacySystem
from jsrs_portal.domain.legacy_passwords import digest
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.legacy.port import LegacyAnswer, LegacyFacts
from jsrs_portal.models.legacy import LegacyAccount, LegacyUnit
from jsrs_portal.services import legacy_upgrade, legacy_verification
from jsrs_portal.services.drafts import SavedProgress, load_progress
from jsrs_portal.services.legacy_accounts import account_index
from jsrs_portal.services.legacy_files import COLUMNS, SALT
from jsrs_portal.services.legacy_upgrade import AdminTyped
from jsrs_portal.services.legacy_verification import AccountTyped
from tests.services.fakes import Outside
from tests.services.numbers import Employer, Human, employer, human
from tests.services.world import PASSWORD

OLD = "oldPassw0rd"
HALL, INSURANCE, TAIZHOU = "js-hall", "js-insurance", "taizhou"
UNIT, SECOND = employer(301), employer(302)
ADMIN = human(41)
LEGAL_PHONE = "13900000301"


@dataclass
class FakeLegacy:
    """An old system that is asked: it knows ``accounts``, may fail, and counts its calls."""

    accounts: dict[str, tuple[Employer, ...]] = field(default_factory=dict)
    failure: GatewayFailure | None = None
    calls: int = 0
    numbers: list[str] = field(default_factory=list)
    most: int = 200

    async def check(self, *, username: str, password: str, number: str = "") -> LegacyAnswer:
        self.calls += 1
        self.numbers.append(number)
        if self.failure:
            raise GatewayError(System.LEGACY, self.failure)
        if username not in self.accounts or password != OLD:
            return LegacyAnswer(right=False)
        theirs = self.accounts[username]
        listed = sorted(map(facts, theirs), key=lambda one: one.number != number)[: self.most]
        return LegacyAnswer(right=True, account=username, units=tuple(listed), more=len(theirs) > len(listed))


def facts(of: Employer) -> LegacyFacts:
    """Return what an old system knows of a unit; its number there ends as its code does."""
    return LegacyFacts(
        number=old_number(of),
        uscc=of.uscc,
        name=of.name,
        legal_id_type="01",
        legal_id_number=of.legal_rep.id_number,
        legal_name=of.legal_rep.name,
    )


def old_number(of: Employer) -> str:
    """Return a unit's number in the old systems."""
    return f"U{of.uscc[-6:]}"


def system_of(key: str) -> LegacySystem:
    """Return a system that was shipped."""
    found = legacy_systems().find(key)
    assert found is not None
    return found


async def imported(key: str, username: str, *employers: Employer, password: str = OLD, salt: str = "s41t") -> None:
    """Put an account into the table as the import would."""
    system = system_of(key)
    assert system.hashes is not None
    account = LegacyAccount(system=key, username_index=account_index(key, username))
    account.username, account.salt = username, salt
    account.password_hash = digest(system.hashes, username=username, password=password, salt=salt).hex()
    async with db.unit_of_work() as session:
        session.add(account)
        await session.flush()
        for one in map(facts, employers):
            unit = LegacyUnit(
                account_id=account.id, number=one.number, uscc=one.uscc, name=one.name, legal_id_type=one.legal_id_type
            )
            unit.legal_id_number, unit.legal_name = one.legal_id_number, one.legal_name
            session.add(unit)


@dataclass
class Upgrading:
    """One browser on the page of the upgrade."""

    actor: Actor
    asked: dict[str, FakeLegacy] = field(default_factory=dict)
    outside: Outside = field(default_factory=Outside)

    def __post_init__(self) -> None:
        """Have the registers know the units as the old systems do."""
        self.outside.know(UNIT, SECOND)

    async def saved(self) -> SavedProgress:
        """Return how far it is."""
        async with db.reading() as session:
            return await load_progress(session, spec=LEGACY_UPGRADE, owner=self.actor.session_key)

    async def choose(self, key: str) -> Any:
        """Click a card."""
        return await legacy_verification.choose_system(
            asked=self.asked, actor=self.actor, saved=await self.saved(), key=key
        )

    async def prove(self, username: str, password: str = OLD, unit_number: str = "") -> Any:
        """Send step 2."""
        typed = AccountTyped(username=username, password=password, unit_number=unit_number)
        return await legacy_verification.submit_account(
            asked=self.asked, actor=self.actor, saved=await self.saved(), typed=typed
        )

    async def confirm(self, mobile: str = LEGAL_PHONE) -> Any:
        """Send step 3."""
        return await legacy_upgrade.submit_legal(
            self.outside.registry, self.outside.identity, actor=self.actor, saved=await self.saved(), mobile=mobile
        )

    async def finish(self, admin: Human = ADMIN, **other: str) -> Any:
        """Send step 4; ``other`` are fields typed differently."""
        return await legacy_upgrade.upgrade(
            actor=self.actor, saved=await self.saved(), typed=typed_admin(admin, **other)
        )

    async def to_admin(self, key: str, username: str, unit_number: str = "") -> None:
        """Do everything up to step 4."""
        for outcome in (await self.choose(key), await self.prove(username, OLD, unit_number), await self.confirm()):
            assert isinstance(outcome, SavedProgress), outcome


def typed_admin(admin: Human = ADMIN, **other: str) -> AdminTyped:
    """Return step 4 as typed."""
    typed = {
        "id_type": "01",
        "id_number": admin.id_number,
        "name": admin.name,
        "mobile": admin.mobile,
        "password": PASSWORD,
        "confirmation": PASSWORD,
    }
    return AdminTyped(**(typed | other))


def line(of: Employer, username: str, key: str = HALL, password: str = OLD, salt: str = "s41t", **other: str) -> dict:
    """Return a row of a file by its columns; ``other`` are cells that say something else."""
    hashes = system_of(key).hashes
    assert hashes is not None
    stored = digest(hashes, username=username, password=password, salt=salt).hex()
    values = (username, stored, old_number(of), of.uscc, of.name, "01", of.legal_rep.id_number, of.legal_rep.name)
    return dict(zip(COLUMNS, values, strict=True)) | {SALT: salt} | other


def as_csv(file: Path, *lines: dict[str, str], encoding: str = "utf-8") -> Path:
    """Write a file as an office hands it over."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(lines[0]))
    writer.writeheader()
    writer.writerows(lines)
    file.write_bytes(text.getvalue().encode(encoding))
    return file
