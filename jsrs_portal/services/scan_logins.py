"""Scan login: a code on one browser's login page, moved on by a trusted phone, taken up by that browser (R-2.4.3).

Every move is one compare-and-set on the row; what it says about itself is read afterwards. The code's secret is in the
picture only; the browser that shows it is told apart by its cookie, so nothing in the picture helps to poll.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import masking
from jsrs_portal.domain import scans as rules
from jsrs_portal.domain.addresses import describe_place, source_of
from jsrs_portal.domain.assertions import SENTENCES as ASSERTION_SENTENCES
from jsrs_portal.domain.assertions import WAYS, AssertionProblem, Source
from jsrs_portal.domain.authority import Actor, GrantState
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.proofs import by_phone
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.scans import ScanAction, ScanProblem, ScanState
from jsrs_portal.domain.sessions import LoginWay
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.proofs import UnitProof
from jsrs_portal.models.scans import ScanLogin, TrustedPhone
from jsrs_portal.models.units import Grant, Unit
from jsrs_portal.services import audit, limits
from jsrs_portal.services.asserted_login import living_proof
from jsrs_portal.services.grants import held_in
from jsrs_portal.services.sessions import issue_ticket
from jsrs_portal.settings import get_settings

ACTION = "登录网上办事服务大厅"
NOT_PROVEN = Refusal("单位的身份验证已超时，请重新登录。", code="not_proven")
_ARRIVAL = "scan-arrival"
_CODE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class ScanCode:
    """A fresh code: the row's name, for this browser; the address in the picture; until when."""

    id: str
    address: str
    expires_at: datetime


@dataclass(frozen=True)
class ScanStatus:
    """Where a code is, as the browser that shows it sees it; whoever scanned it is masked.

    ``elsewhere``: this browser has asked for another code since.
    """

    state: ScanState
    person: str
    elsewhere: bool = False


@dataclass(frozen=True)
class ScanView:
    """What the phone shows before anything is confirmed; the person is masked."""

    site: str
    action: str
    unit: str
    device: str
    place: str
    same_network: bool
    started: str
    person: str
    expires_at: datetime


def sign_arrival(code: str, session_key: str) -> str:
    """Return our signature that the browser of ``session_key`` came by ``code``; empty for what is no code."""
    return crypto.sign(_ARRIVAL, f"{code}:{session_key}") if _CODE.fullmatch(code) else ""


def has_arrived(code: str, arrival: str, *, actor: Actor) -> bool:
    """Tell whether this browser came by ``code``, as :func:`sign_arrival` said."""
    return bool(_CODE.fullmatch(code)) and crypto.signature_holds(_ARRIVAL, f"{code}:{actor.session_key}", arrival)


async def open_scan(*, actor: Actor, device: str, confirms: bool = False) -> ScanCode | Refusal:
    """Give this browser's login page a code; the one it showed before is over. ``device`` names the browser.

    A code that ``confirms`` is for the unit which this browser has proven: whoever confirms it enters that unit.
    Errors: asked too often; nothing proven, or too long ago.
    """
    now = clock.now()
    wanted = [(frequency.SCAN_BROWSER, actor.session_key), *frequency.by_source(frequency.SCAN_SOURCE, actor.address)]
    secret = clock.new_token()
    async with db.unit_of_work() as session:
        exceeded = await limits.take_all(session, wanted, now=now)
        if exceeded:
            return exceeded.refusal
        proof = await living_proof(session, actor=actor) if confirms else None
        if confirms and proof is None:
            return NOT_PROVEN
        alive = col(ScanLogin.state).in_([ScanState.CREATED, ScanState.SCANNED, ScanState.CONFIRMED])
        await session.execute(
            update(ScanLogin).where(col(ScanLogin.owner) == actor.session_key, alive).values(state=ScanState.EXPIRED)
        )
        scan = ScanLogin(
            code_hash=crypto.fingerprint(secret),
            owner=actor.session_key,
            device=device[:120],
            address=actor.address,
            proof_id=proof[0].id if proof else None,
            expires_at=now + rules.SCAN_LIFE,
        )
        session.add(scan)
        return ScanCode(scan.id, f"{get_settings().origin}/q/{secret}", scan.expires_at)


async def follow_scan(session: AsyncSession, *, actor: Actor, scan_id: str) -> ScanStatus:
    """Return where this browser's code is; what is unknown, or another browser's, has expired. One statement."""
    query = (
        select(ScanLogin, Person)
        .outerjoin(Person, col(Person.id) == col(ScanLogin.person_id))
        .where(col(ScanLogin.id) == scan_id, col(ScanLogin.owner) == actor.session_key)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return ScanStatus(ScanState.EXPIRED, "")
    scan, person = found
    elsewhere = scan.state == ScanState.EXPIRED and scan.expires_at > clock.now()
    return ScanStatus(_state(scan), masking.mask_name(person.name) if person else "", elsewhere)


async def take_up(session: AsyncSession, *, actor: Actor, scan_id: str) -> str | Refusal | None:
    """Return a login ticket for the person who confirmed this browser's code, once; ``None`` when nobody has.

    A code for a proven unit lets them into that unit. Error: they hold no role there.
    """
    taken = await session.execute(
        update(ScanLogin)
        .where(
            col(ScanLogin.id) == scan_id,
            col(ScanLogin.owner) == actor.session_key,
            col(ScanLogin.state) == ScanState.CONFIRMED,
            col(ScanLogin.expires_at) > clock.now(),
        )
        .values(state=ScanState.CONSUMED)
        .returning(col(ScanLogin.person_id), col(ScanLogin.phone_id), col(ScanLogin.proof_id))
    )
    found = taken.one_or_none()
    if found is None:
        return None
    still = (
        select(col(TrustedPhone.app))
        .join(Person, col(Person.id) == col(TrustedPhone.person_id))
        .where(
            col(TrustedPhone.id) == found.phone_id,
            col(TrustedPhone.revoked_at).is_(None),
            col(Person.status) == PersonStatus.ACTIVE,
        )
    )
    trusted = (await session.execute(still.with_for_update(read=True, of=TrustedPhone))).one_or_none()
    proven = await _into_unit(session, found.person_id, found.proof_id) if trusted and found.proof_id else None
    refused = proven if isinstance(proven, Refusal) else None
    entered = proven if isinstance(proven, tuple) else None
    audit.record(
        session,
        actor=actor,
        action="login",
        subject=scan_id,
        result=refused.code.upper() if refused else "OK" if trusted else "WRONG",
        person_id=found.person_id,
        unit_id=entered[0].unit_id if entered else "",
    )
    if trusted is None or refused:
        return refused
    return issue_ticket(
        session,
        actor=actor,
        person_id=found.person_id,
        unit_id=entered[0].unit_id if entered else None,
        grant_id=entered[0].id if entered else None,
        proved=by_phone(found.phone_id, app=trusted.app),
        way=entered[1] if entered else LoginWay.SCAN,
    )


async def _into_unit(session: AsyncSession, person_id: str, proof_id: str) -> tuple[Grant, LoginWay] | Refusal:
    """Spend the proof of a unit for ``person_id``; return their grant in it, and the way by which it was proven.

    Somebody without a role spends nothing: another person may still confirm.
    """
    now = clock.now()
    proof = await session.get(UnitProof, proof_id, with_for_update=True, populate_existing=True)
    if proof is None or proof.used_at is not None or proof.expires_at <= now:
        return NOT_PROVEN
    held = await held_in(session, proof.unit_id, today=clock.today(), of=person_id)
    theirs = [one for one in held if one.person.id == person_id]
    active = next((one.grant for one in theirs if one.state is GrantState.ACTIVE), None)
    if active:
        proof.used_at = now
        return active, WAYS[Source(proof.source)]
    unproven = any(one.state is GrantState.UNPROVEN for one in theirs)
    problem = AssertionProblem.UNPROVEN if unproven else AssertionProblem.NO_ROLE
    return Refusal(ASSERTION_SENTENCES[problem], code=problem)


async def scan(session: AsyncSession, *, actor: Actor, phone: TrustedPhone, code: str) -> ScanView | Refusal:
    """Note that ``phone`` scanned ``code`` and return what it is asked to confirm; scanning again shows it again."""
    return await _move(session, actor, phone, code, ScanAction.SCAN)


async def confirm(session: AsyncSession, *, actor: Actor, phone: TrustedPhone, code: str) -> ScanView | Refusal:
    """Let the browser that shows ``code`` log in as the holder of ``phone``, which must have scanned it."""
    return await _move(session, actor, phone, code, ScanAction.CONFIRM)


async def cancel(session: AsyncSession, *, actor: Actor, phone: TrustedPhone, code: str) -> ScanView | Refusal:
    """End what ``phone`` scanned: the browser hears it."""
    return await _move(session, actor, phone, code, ScanAction.CANCEL)


async def _move(
    session: AsyncSession, actor: Actor, phone: TrustedPhone, code: str, action: ScanAction
) -> ScanView | Refusal:
    now = clock.now()
    exceeded = await limits.take(session, frequency.PHONE_TRY, phone.id, now=now)
    if exceeded:
        return exceeded.refusal
    before, after = rules.MOVES[action]
    this: ColumnElement[bool] = col(ScanLogin.code_hash) == crypto.fingerprint(code)
    moved = await session.execute(
        update(ScanLogin)
        .where(
            this,
            col(ScanLogin.state).in_(before),
            col(ScanLogin.expires_at) > now,
            or_(col(ScanLogin.phone_id).is_(None), col(ScanLogin.phone_id) == phone.id),
        )
        .values(state=after, phone_id=phone.id, person_id=phone.person_id)
        .returning(col(ScanLogin.id))
    )
    done = moved.first() is not None
    found = (await session.execute(select(ScanLogin).where(this).execution_options(populate_existing=True))).scalar()
    problem = None if done else _problem(found, phone, action, now)
    audit.record(
        session,
        actor=actor,
        action=f"scan.{action.lower()}",
        subject=found.id if found else "",
        result=problem.upper() if problem else "OK",
        person_id=phone.person_id,
    )
    if problem or found is None:
        problem = problem or ScanProblem.EXPIRED
        return Refusal(rules.SENTENCES[problem], code=problem)
    await session.execute(update(TrustedPhone).where(col(TrustedPhone.id) == phone.id).values(last_used_at=now))
    person = await session.get_one(Person, phone.person_id)
    unit = await _unit_name(session, found)
    started = found.created_at.astimezone(clock.BEIJING)
    return ScanView(
        site=get_settings().hall_name,
        action=ACTION,
        unit=unit,
        device=found.device,
        place=describe_place(found.address),
        same_network=source_of(found.address) == source_of(actor.address),
        started=f"{to_the_minute(started)}:{started:%S}",
        person=masking.mask_name(person.name),
        expires_at=found.expires_at,
    )


async def _unit_name(session: AsyncSession, found: ScanLogin) -> str:
    if found.proof_id is None:
        return ""
    proven = col(UnitProof.unit_id) == col(Unit.id)
    query = select(col(Unit.name)).join(UnitProof, proven).where(col(UnitProof.id) == found.proof_id)
    return (await session.execute(query)).scalar_one_or_none() or ""


def _problem(found: ScanLogin | None, phone: TrustedPhone, action: ScanAction, now: datetime) -> ScanProblem | None:
    if found is None:
        return ScanProblem.EXPIRED
    mine = found.phone_id in (None, phone.id)
    return rules.why_not(action, ScanState(found.state), over=found.expires_at <= now, mine=mine)


def _state(scan: ScanLogin) -> ScanState:
    state = ScanState(scan.state)
    waiting = state in (ScanState.CREATED, ScanState.SCANNED, ScanState.CONFIRMED)
    return ScanState.EXPIRED if waiting and scan.expires_at <= clock.now() else state
