"""电子营业执照登录: a code of the licence system on one browser's page, and what was proven by it, used once (R-2.4.6).

The licence system tells us by itself (:func:`note_callback`) or when it is asked (:func:`follow`); either is verified
by the gateway, and whichever comes first counts. Every move is one compare-and-set on the row.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.assertions import Assertion, Source
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.outside_logins import (
    LICENCE_ASK_EVERY,
    LICENCE_FINAL,
    LICENCE_SENTENCES,
    LicenceProblem,
    LicenceState,
    recorded,
)
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.gateways.elicence.port import ELicence, LicenceAnswer
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.models.outside import LicenceLogin
from jsrs_portal.services import audit, limits
from jsrs_portal.services.asserted_login import Confirm, Enter, Register, admit
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)
ACTION = "login.licence"
CALLBACK = "/licence/callback"
_WAITING = (LicenceState.WAIT, LicenceState.SCANNED)
_PROBLEMS = frozenset(problem.value for problem in LicenceProblem)
_NOBODY = Actor(session_key="licence-system")


@dataclass(frozen=True)
class LicenceView:
    """A fresh code: the row's name, for this browser; what the picture holds; until when."""

    id: str
    text: str
    expires_at: datetime


@dataclass(frozen=True)
class LicenceStatus:
    """Where a code is, as the browser that shows it sees it; ``sentence`` says why it failed.

    ``final``: another scan does not mend it. ``elsewhere``: this browser has asked for another code since.
    """

    state: LicenceState
    sentence: str = ""
    final: bool = False
    elsewhere: bool = False


async def open_licence(*, actor: Actor, gateway: ELicence) -> LicenceView | Refusal:
    """Give this browser a code; the one it showed before is over. Asks the licence system."""
    by_source = frequency.by_source(frequency.LICENCE_SOURCE, actor.address)
    wanted = [(frequency.LICENCE_BROWSER, actor.session_key), *by_source]
    async with db.unit_of_work() as session:
        exceeded = await limits.take_all(session, wanted, now=clock.now())
        if exceeded:
            return exceeded.refusal
        mine = col(LicenceLogin.owner) == actor.session_key
        before = (*_WAITING, LicenceState.AUTHED)
        await session.execute(_move(mine, before, LicenceState.EXPIRED).values(result_cipher=None))
    settings = get_settings()
    try:
        code = await gateway.create_qr(
            purpose=f"登录{settings.bureau_name}{settings.hall_name}", callback_url=settings.origin + CALLBACK
        )
    except GatewayError as error:
        log.warning("licence.failed", failure=error.failure.value, code=error.code)
        return Refusal(error.sentence, code="licence-away")
    async with db.unit_of_work() as session:
        login = LicenceLogin(owner=actor.session_key, serial=code.serial, expires_at=code.expires_at)
        session.add(login)
        return LicenceView(login.id, code.text, code.expires_at)


async def follow(*, actor: Actor, gateway: ELicence, login_id: str) -> LicenceStatus:
    """Return where this browser's code is; the licence system is asked when that was long enough ago.

    What is unknown, or another browser's, has expired.
    """
    found = await _mine(actor, login_id)
    if found is not None and _due(found):
        serial = await _claim(found)
        if serial is not None:
            try:
                await _note(actor, await gateway.poll(serial))
            except GatewayError as error:
                await _fail(actor, serial, error)
        found = await _mine(actor, login_id)
    if found is None:
        return LicenceStatus(LicenceState.EXPIRED)
    state = LicenceState(found.state)
    if state in (*_WAITING, LicenceState.AUTHED) and found.expires_at <= clock.now():
        return LicenceStatus(LicenceState.EXPIRED)
    if state is LicenceState.EXPIRED:
        return LicenceStatus(state, elsewhere=found.expires_at > clock.now())
    if not found.problem:
        return LicenceStatus(state)
    problem = LicenceProblem(found.problem)
    return LicenceStatus(state, LICENCE_SENTENCES[problem], problem in LICENCE_FINAL)


async def note_callback(*, gateway: ELicence, address: str, body: bytes) -> bool:
    """Note what the licence system sent by itself; return whether it was believed. It ends no login that goes on.

    Anybody may send something here, so what is refused changes nothing: the code is asked about all the same.
    """
    try:
        answer = gateway.read_callback(body)
    except GatewayError as error:
        log.warning("licence.callback", failure=error.failure.value, code=error.code)
        return False
    await _note(Actor(session_key=_NOBODY.session_key, address=address), answer)
    return True


async def take_up(session: AsyncSession, *, actor: Actor, login_id: str) -> Enter | Confirm | Register | Refusal | None:
    """Let this browser in as what its code proved, once; ``None`` when nothing is proven, or it was used already."""
    this = (
        col(LicenceLogin.id) == login_id,
        col(LicenceLogin.owner) == actor.session_key,
        col(LicenceLogin.state) == LicenceState.AUTHED,
        col(LicenceLogin.expires_at) > clock.now(),
    )
    found = (await session.execute(select(LicenceLogin).where(*this).with_for_update())).scalar_one_or_none()
    if found is None:
        return None
    proven = json.loads(found.result)
    taken = await session.execute(
        update(LicenceLogin)
        .where(*this)
        .values(state=LicenceState.USED, result_cipher=None)
        .returning(col(LicenceLogin.id))
        .execution_options(synchronize_session=False)
    )
    if taken.first() is None:
        return None
    assertion = Assertion(**(proven | {"source": Source(proven["source"])}))
    return await admit(session, actor=actor, assertion=assertion)


async def _mine(actor: Actor, login_id: str) -> LicenceLogin | None:
    query = select(LicenceLogin).where(col(LicenceLogin.id) == login_id, col(LicenceLogin.owner) == actor.session_key)
    async with db.reading() as session:
        return (await session.execute(query)).scalar_one_or_none()


def _due(login: LicenceLogin) -> bool:
    """Tell whether the licence system may be asked about a code now."""
    now = clock.now()
    rested = login.asked_at is None or login.asked_at < now - LICENCE_ASK_EVERY
    return login.state in _WAITING and login.expires_at > now and rested


async def _claim(login: LicenceLogin) -> str | None:
    """Return the serial to ask about, or ``None`` when another of this browser's pages asks already."""
    same = (
        col(LicenceLogin.asked_at).is_(None) if login.asked_at is None else col(LicenceLogin.asked_at) == login.asked_at
    )
    async with db.unit_of_work() as session:
        claimed = await session.execute(
            update(LicenceLogin)
            .where(col(LicenceLogin.id) == login.id, col(LicenceLogin.state).in_(_WAITING), same)
            .values(asked_at=clock.now())
            .returning(col(LicenceLogin.serial))
        )
        return claimed.scalar_one_or_none()


def _move(which: ColumnElement[bool], before: tuple[LicenceState, ...], after: LicenceState):
    return update(LicenceLogin).where(which, col(LicenceLogin.state).in_(before)).values(state=after)


async def _note(actor: Actor, answer: LicenceAnswer) -> None:
    """Write down where a code is; a proof is kept, encrypted, until somebody enters by it."""
    if answer.state is LicenceState.WAIT:
        return
    before = (LicenceState.WAIT,) if answer.state is LicenceState.SCANNED else _WAITING
    this = (col(LicenceLogin.serial) == answer.serial) & (col(LicenceLogin.expires_at) > clock.now())
    async with db.unit_of_work() as session:
        moved = await session.execute(_move(this, before, answer.state).returning(col(LicenceLogin.id)))
        found = moved.scalar_one_or_none()
        if found is None:
            return
        if answer.assertion is not None:
            login = await session.get_one(LicenceLogin, found, populate_existing=True)
            login.result = json.dumps(asdict(answer.assertion), ensure_ascii=False)
        if answer.state is not LicenceState.SCANNED:
            audit.record(session, actor=actor, action=ACTION, subject=found, result=answer.state.value)


async def _fail(actor: Actor, serial: str, error: GatewayError) -> None:
    """End a code whose result is not believed; a system that does not answer is asked again."""
    log.warning("licence.failed", failure=error.failure.value, code=error.code)
    if error.failure is not GatewayFailure.REFUSED or error.code not in _PROBLEMS:
        return
    this = col(LicenceLogin.serial) == serial
    async with db.unit_of_work() as session:
        failed = _move(this, _WAITING, LicenceState.FAILED).values(problem=error.code)
        found = (await session.execute(failed.returning(col(LicenceLogin.id)))).scalar_one_or_none()
        if found is not None:
            result = recorded(LicenceProblem(error.code))
            audit.record(session, actor=actor, action=ACTION, subject=found, result=result)
