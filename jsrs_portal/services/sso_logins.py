"""省政务登录: a browser is sent to the province's platform and comes back, once (R-2.4.6).

What comes back is the browser's word: only its state is used, to find what this browser was sent away with. Who logged
in is then asked of the platform itself (:mod:`jsrs_portal.gateways.sso`).
"""

from collections.abc import Mapping

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.assertions import Assertion
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.outside_logins import FLOW_LIFE, SsoProblem, recorded
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.sso.port import SsoFlow, SsoProvider
from jsrs_portal.models.outside import SsoLogin
from jsrs_portal.services import audit, limits
from jsrs_portal.services.asserted_login import Confirm, Enter, Register, admit
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)
ACTION = "login.provincial"
_LONGEST_STATE = 100


async def send_away(*, actor: Actor, provider: SsoProvider) -> str | SsoProblem:
    """Return the address of the platform's login page for this browser, or BUSY or AWAY. Asks the platform."""
    wanted = [(frequency.SSO_BROWSER, actor.session_key), *frequency.by_source(frequency.SSO_SOURCE, actor.address)]
    flow = SsoFlow(
        redirect_uri=get_settings().sso_redirect_uris[0],
        state=clock.new_token(),
        nonce=clock.new_token(),
        verifier=clock.new_token(),
    )
    now = clock.now()
    async with db.unit_of_work() as session:
        if await limits.take_all(session, wanted, now=now):
            return SsoProblem.BUSY
        login = SsoLogin(owner=actor.session_key, state_hash=crypto.fingerprint(flow.state), expires_at=now + FLOW_LIFE)
        login.nonce, login.verifier = flow.nonce, flow.verifier
        session.add(login)
    try:
        return await provider.begin(flow)
    except GatewayError as error:
        return await _problem(actor, error)


async def come_back(
    *, actor: Actor, provider: SsoProvider, answer: Mapping[str, str]
) -> Enter | Confirm | Register | Refusal | SsoProblem:
    """Return where somebody goes who came back with ``answer``, the query of the address. Asks the platform.

    The flow is used up before the platform is asked: what came back twice is done once, whatever comes of it.
    """
    state = answer.get("state", "")
    async with db.unit_of_work() as session:
        flow = await _use(session, actor, state) if 0 < len(state) <= _LONGEST_STATE else SsoProblem.STATE
        if isinstance(flow, SsoProblem):
            strange = frequency.by_source(frequency.SSO_STRANGE, actor.address)
            if await limits.take_all(session, strange, now=clock.now()) is None:
                audit.record(session, actor=actor, action=ACTION, result=recorded(flow))
            return flow
    try:
        found = await provider.finish(flow, answer)
    except GatewayError as error:
        return await _problem(actor, error)
    return await _admitted(actor, found)


async def _admitted(actor: Actor, found: Assertion) -> Enter | Confirm | Register | Refusal:
    async with db.unit_of_work() as session:
        return await admit(session, actor=actor, assertion=found)


async def _use(session: AsyncSession, actor: Actor, state: str) -> SsoFlow | SsoProblem:
    """Take this browser's flow, or say why it is not there to be taken; another browser's is unknown."""
    now = clock.now()
    mine = (col(SsoLogin.state_hash) == crypto.fingerprint(state), col(SsoLogin.owner) == actor.session_key)
    taken = await session.execute(
        update(SsoLogin)
        .where(*mine, col(SsoLogin.used_at).is_(None), col(SsoLogin.expires_at) > now)
        .values(used_at=now)
        .returning(col(SsoLogin.id))
    )
    took = taken.first() is not None
    query = select(SsoLogin).where(*mine).execution_options(populate_existing=True)
    login = (await session.execute(query)).scalar_one_or_none()
    if login is None:
        return SsoProblem.STATE
    if not took:
        return SsoProblem.USED if login.used_at is not None else SsoProblem.LATE
    return SsoFlow(
        redirect_uri=get_settings().sso_redirect_uris[0], state=state, nonce=login.nonce, verifier=login.verifier
    )


async def _problem(actor: Actor, error: GatewayError) -> SsoProblem:
    """Return what the person is told about a failed call, and write it down."""
    known = {problem.value for problem in SsoProblem}
    by_name = error.failure is GatewayFailure.REFUSED and error.code in known
    problem = SsoProblem(error.code) if by_name else SsoProblem.AWAY
    if not by_name:
        log.warning("sso.failed", failure=error.failure.value, code=error.code)
    async with db.unit_of_work() as session:
        audit.record(session, actor=actor, action=ACTION, result=recorded(problem))
    return problem
