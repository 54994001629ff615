"""Clearing away what is no longer needed, in batches so small that no table is locked for long."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import SQLModel, col

from jsrs_portal import clock, db
from jsrs_portal.domain import retention as kept
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.models.case_exports import CaseExport, CaseExportPart
from jsrs_portal.models.cases import Case, CaseFile, CaseForm
from jsrs_portal.models.certificates import CaChallenge
from jsrs_portal.models.drafts import Draft
from jsrs_portal.models.legacy import LegacyAccount, LegacyUnit
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.outside import LicenceLogin, SsoLogin
from jsrs_portal.models.own_data import DataExport
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.proofs import FaceCheck, Puzzle, SmsCode, UnitProof
from jsrs_portal.models.scans import ScanLogin, SpentNonce, TrustedPhone
from jsrs_portal.models.sessions import Counter, LoginAlert, LoginTicket, UserSession
from jsrs_portal.models.shipments import CaseDelivery, Parcel, ParcelEvent
from jsrs_portal.models.staff import StaffSession, StaffTicket
from jsrs_portal.models.units import UnitChange
from jsrs_portal.models.work import Heartbeat, MessageState, OutboxMessage

BATCH = 500
MOST_BATCHES = 40
"""Per table and time: what is left waits for the next one."""

Rule = tuple[type[SQLModel], str, ColumnElement[bool]]


def rules(now: datetime) -> list[Rule]:
    """Return, for each kind of row, the table, its key and what is over at ``now``."""
    written, state = col(OutboxMessage.created_at), col(OutboxMessage.state)
    return [
        (Draft, "id", col(Draft.expires_at) < now - kept.DRAFTS.keep),
        (CaseFile, "id", col(CaseFile.case_id).in_(_old_drafts(now - kept.APPLICATION_FILES.keep))),
        (CaseDelivery, "id", col(CaseDelivery.case_id).in_(_old_drafts(now - kept.DRAFT_DELIVERIES.keep))),
        (CaseForm, "id", col(CaseForm.id).in_(_old_drafts(now - kept.APPLICATION_FORMS.keep))),
        (Case, "id", col(Case.id).in_(_old_drafts(now - kept.APPLICATIONS.keep))),
        (CaseFile, "id", col(CaseFile.case_id).in_(_never_came(now - kept.WITHDRAWN_FILES.keep))),
        (CaseDelivery, "id", col(CaseDelivery.case_id).in_(_old_cases(now - kept.DELIVERIES.keep))),
        (ParcelEvent, "id", col(ParcelEvent.parcel_id).in_(_quiet_parcels(now - kept.PARCEL_EVENTS.keep))),
        (LoginTicket, "id", col(LoginTicket.expires_at) < now - kept.TICKETS.keep),
        (StaffTicket, "id", col(StaffTicket.expires_at) < now - kept.STAFF_TICKETS.keep),
        (SmsCode, "id", col(SmsCode.expires_at) < now - kept.CODES.keep),
        (FaceCheck, "id", col(FaceCheck.expires_at) < now - kept.FACES.keep),
        (Puzzle, "id", col(Puzzle.expires_at) < now - kept.PUZZLES.keep),
        (ScanLogin, "id", col(ScanLogin.expires_at) < now - kept.SCANS.keep),
        (UnitProof, "id", _unnamed_proof(now)),
        (CaChallenge, "id", col(CaChallenge.expires_at) < now - kept.CA_CHALLENGES.keep),
        (SsoLogin, "id", col(SsoLogin.expires_at) < now - kept.PROVINCIAL.keep),
        (LicenceLogin, "id", col(LicenceLogin.expires_at) < now - kept.LICENCES.keep),
        (SpentNonce, "key", col(SpentNonce.expires_at) < now - kept.NONCES.keep),
        (LoginAlert, "id", col(LoginAlert.expires_at) < now - kept.ALERTS.keep),
        (TrustedPhone, "id", _unused_phone(now)),
        (Counter, "key", col(Counter.window_ends_at) < now - kept.COUNTERS.keep),
        (OutboxMessage, "id", state.in_([MessageState.SENT, MessageState.WITHHELD]) & (written < now - kept.SENT.keep)),
        (OutboxMessage, "id", (state == MessageState.DEAD) & (written < now - kept.DEAD.keep)),
        (DataExport, "id", col(DataExport.expires_at) < now - kept.EXPORTS.keep),
        (CaseExportPart, "id", col(CaseExportPart.export_id).in_(_old_exports(now - kept.CASE_EXPORT_PARTS.keep))),
        (CaseExport, "id", col(CaseExport.id).in_(_old_exports(now - kept.CASE_EXPORTS.keep))),
        (UnitChange, "id", col(UnitChange.created_at) < now - kept.UNIT_CHANGES.keep),
        (Notice, "id", col(Notice.created_at) < now - kept.NOTICES.keep),
        (UserSession, "id", col(UserSession.expires_at) < now - kept.SESSIONS.keep),
        (StaffSession, "id", col(StaffSession.expires_at) < now - kept.STAFF_SESSIONS.keep),
        (Heartbeat, "name", col(Heartbeat.beat_at) < now - kept.HEARTBEATS.keep),
        (LegacyUnit, "id", _old_unit(now)),
        (LegacyAccount, "id", _old_account(now)),
    ]


def _old_drafts(before: datetime) -> Select[str]:
    """Return which cases are drafts that ended ``before``, or whose person has closed their account (R-2.6.8.5).

    What their files hold the worker's sweep removes.
    """
    closed = select(col(Person.id)).where(col(Person.status) == PersonStatus.CLOSED)
    over = (col(Case.expires_at) < before) | col(Case.person_id).in_(closed)
    return select(col(Case.id)).where(col(Case.status) == CaseStatus.DRAFT, over)


def _never_came(before: datetime) -> Select[str]:
    """Return which cases were withdrawn ``before`` and had never come to the bureau.

    The case and its timeline stay; what its files hold the worker's sweep removes.
    """
    withdrawn = col(Case.status) == CaseStatus.WITHDRAWN, col(Case.stage) == ""
    return select(col(Case.id)).where(*withdrawn, col(Case.finished_at) < before)


def _old_cases(before: datetime) -> Select[str]:
    """Return which cases ended ``before``."""
    return select(col(Case.id)).where(col(Case.finished_at) < before)


def _quiet_parcels(before: datetime) -> Select[str]:
    """Return which parcels have not moved since ``before``."""
    return select(col(Parcel.id)).where(col(Parcel.moved_at) < before)


def _old_exports(before: datetime) -> Select[str]:
    """Return which exports of lists ended ``before``."""
    return select(col(CaseExport.id)).where(col(CaseExport.expires_at) < before)


def _unused_phone(now: datetime) -> ColumnElement[bool]:
    """Return which phones were taken off long ago and are named by no scan login any more."""
    named = select(col(ScanLogin.id)).where(col(ScanLogin.phone_id) == col(TrustedPhone.id)).exists()
    return (col(TrustedPhone.revoked_at) < now - kept.PHONES.keep) & ~named


def _old_unit(now: datetime) -> ColumnElement[bool]:
    """Return which units belong to an account that no file has named for long."""
    over = col(LegacyAccount.imported_at) < now - kept.LEGACY_UNITS.keep
    return col(LegacyUnit.account_id).in_(select(col(LegacyAccount.id)).where(over))


def _old_account(now: datetime) -> ColumnElement[bool]:
    """Return which accounts no file has named for long, once their units are gone."""
    units = select(col(LegacyUnit.id)).where(col(LegacyUnit.account_id) == col(LegacyAccount.id)).exists()
    return (col(LegacyAccount.imported_at) < now - kept.LEGACY_ACCOUNTS.keep) & ~units


def _unnamed_proof(now: datetime) -> ColumnElement[bool]:
    """Return which proofs of units are over and named by no scan login any more."""
    named = select(col(ScanLogin.id)).where(col(ScanLogin.proof_id) == col(UnitProof.id)).exists()
    return (col(UnitProof.expires_at) < now - kept.UNIT_PROOFS.keep) & ~named


async def clear_away(*, batch: int = BATCH) -> int:
    """Remove what :mod:`jsrs_portal.domain.retention` says is over, a transaction per batch; return how much."""
    now, removed = clock.now(), 0
    for model, key, over in rules(now):
        for _ in range(MOST_BATCHES):
            count = await _remove(model, getattr(model, key), over, batch)
            removed += count
            if count < batch:
                break
    return removed


async def _remove(model: type[SQLModel], key: InstrumentedAttribute[str], over: ColumnElement[bool], most: int) -> int:
    async with db.unit_of_work() as session:
        some = select(key).where(over).limit(most)
        done = await session.execute(delete(model).where(key.in_(some)).returning(key))
        return len(done.all())
