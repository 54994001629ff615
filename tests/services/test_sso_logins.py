"""省政务登录: bound to one browser, for ten minutes, once; every failure by its name (R-2.4.6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from jsrs_portal import clock, crypto
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.assertions import Assertion, AssertionProblem, Source
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.outside_logins import FLOW_LIFE, SSO_SENTENCES, SsoProblem, recorded
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.registration import UNIT_REGISTRATION
from jsrs_portal.domain.retention import PROVINCIAL
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.sso.port import SsoFlow, refused
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.outside import SsoLogin
from jsrs_portal.models.sessions import LoginTicket
from jsrs_portal.services import retention, sso_logins
from jsrs_portal.services.asserted_login import Confirm, Enter, Register
from tests.services.numbers import employer, human
from tests.services.world import at_once, change, everything_stored, rows, statements, visitor

pytestmark = pytest.mark.req("R-2.4.6")
UNIT, OTHER_UNIT = employer(1), employer(2)
CLERK = human(61)
HERE, THERE = visitor("computer"), visitor("another computer")
BOSS = Assertion(
    source=Source.OIDC,
    issuer="https://sso.example",
    subject="u-17",
    uscc=UNIT.uscc,
    unit_name=UNIT.name,
    legal_name=UNIT.legal_rep.name,
    legal_id_number=UNIT.legal_rep.id_number,
    person_name=UNIT.legal_rep.name,
    person_id_number=UNIT.legal_rep.id_number,
)


@dataclass
class Platform:
    """The province's platform in memory: whom it says, and what it was asked with."""

    says: Assertion | GatewayError = BOSS
    begun: list[SsoFlow] = field(default_factory=list)
    asked: list[SsoFlow] = field(default_factory=list)
    away: GatewayError | None = None

    async def begin(self, flow: SsoFlow) -> str:
        self.begun.append(flow)
        if self.away:
            raise self.away
        return f"https://sso.example/login?state={flow.state}"

    async def finish(self, flow: SsoFlow, answer: Mapping[str, str]) -> Assertion:
        self.asked.append(flow)
        if isinstance(self.says, GatewayError):
            raise self.says
        return self.says


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def unit(world):
    return await world.registered_unit(UNIT)


async def sent(platform: Platform, actor: Actor = HERE) -> str:
    """Send a browser away; return the state with which it will come back."""
    address = await sso_logins.send_away(actor=actor, provider=platform)
    assert isinstance(address, str), address
    assert not isinstance(address, SsoProblem), address
    return address.rpartition("=")[2]


async def back(platform: Platform, state: str, actor: Actor = HERE):
    return await sso_logins.come_back(actor=actor, provider=platform, answer={"state": state, "code": "any"})


async def last() -> AuditEntry:
    found = [one for one in await rows(AuditEntry) if one.action == sso_logins.ACTION]
    return sorted(found, key=lambda one: one.created_at)[-1]


async def test_whoever_comes_back_enters_the_unit(platform, unit):
    outcome = await back(platform, await sent(platform))
    assert isinstance(outcome, Enter), outcome
    (ticket,) = await rows(LoginTicket)
    assert (ticket.person_id, ticket.unit_id) == (unit.person_id, unit.unit_id)


async def test_the_platform_is_asked_with_what_the_browser_was_sent_away_with(platform, unit):
    await back(platform, await sent(platform))
    (begun,), (asked,) = platform.begun, platform.asked
    assert begun == asked
    assert len({asked.state, asked.nonce, asked.verifier}) == 3
    assert min(len(asked.state), len(asked.nonce), len(asked.verifier)) == 43
    assert asked.redirect_uri.endswith("/sso/callback")


async def test_no_secret_of_a_login_is_stored_readably(platform):
    state = await sent(platform)
    (flow,) = platform.begun
    stored = await everything_stored()
    for secret in (state, flow.nonce, flow.verifier):
        assert secret not in stored
    (row,) = await rows(SsoLogin)
    assert row.state_hash == crypto.fingerprint(state)


@pytest.mark.parametrize("state", ["", "unknown", "x" * 200, "状态"])
async def test_an_unknown_state_is_refused_and_nobody_is_asked(platform, unit, state):
    await sent(platform)
    assert await back(platform, state) is SsoProblem.STATE
    assert platform.asked == []
    assert (await last()).result == "SSO_STATE"


async def test_another_browsers_login_is_unknown_and_stays_its_own(platform, unit):
    state = await sent(platform)
    assert await back(platform, state, THERE) is SsoProblem.STATE
    assert isinstance(await back(platform, state), Enter)


async def test_whoever_comes_back_too_late_is_told_so(platform, unit, time):
    state = await sent(platform)
    time.pass_by(seconds=FLOW_LIFE.total_seconds())
    assert await back(platform, state) is SsoProblem.LATE
    assert platform.asked == []


async def test_whoever_comes_back_in_time_is_let_in(platform, unit, time):
    state = await sent(platform)
    time.pass_by(seconds=FLOW_LIFE.total_seconds() - 1)
    assert isinstance(await back(platform, state), Enter)


async def test_a_state_works_once(platform, unit):
    state = await sent(platform)
    assert isinstance(await back(platform, state), Enter)
    assert await back(platform, state) is SsoProblem.USED
    assert len(platform.asked) == 1


async def test_of_fifty_at_once_one_asks_the_platform(platform, unit):
    state = await sent(platform)
    outcomes = await at_once(*(back(platform, state) for _ in range(50)))
    assert sum(isinstance(one, Enter) for one in outcomes) == 1
    assert sum(one is SsoProblem.USED for one in outcomes) == 49
    assert len(platform.asked) == 1
    assert len(await rows(LoginTicket)) == 1


async def test_a_failed_login_is_used_up_too(platform, unit):
    state = await sent(platform)
    platform.says = refused(SsoProblem.NONCE)
    assert await back(platform, state) is SsoProblem.NONCE
    platform.says = BOSS
    assert await back(platform, state) is SsoProblem.USED


@pytest.mark.parametrize("problem", list(SsoProblem))
async def test_what_the_gateway_refuses_is_said_by_name(platform, unit, problem):
    platform.says = refused(problem)
    assert await back(platform, await sent(platform)) is problem
    assert (await last()).result == recorded(problem)
    assert SSO_SENTENCES[problem].endswith("。")
    assert await rows(LoginTicket) == []


@pytest.mark.parametrize(
    "failure", [GatewayFailure.TIMEOUT, GatewayFailure.UNREACHABLE, GatewayFailure.BAD_ANSWER, GatewayFailure.BUSY]
)
async def test_a_platform_that_does_not_answer_is_away(platform, unit, failure):
    platform.says = GatewayError(System.SSO, failure)
    assert await back(platform, await sent(platform)) is SsoProblem.AWAY
    platform.away = GatewayError(System.SSO, failure)
    assert await sso_logins.send_away(actor=HERE, provider=platform) is SsoProblem.AWAY


async def test_a_unit_that_is_not_registered_begins_its_registration(world, platform):
    platform.says = replace(BOSS, uscc=OTHER_UNIT.uscc, unit_name=OTHER_UNIT.name)
    assert await back(platform, await sent(platform)) == Register("/register/unit")
    saved = await world.load(HERE, UNIT_REGISTRATION)
    assert saved.progress.given["uscc"] == OTHER_UNIT.uscc
    assert OTHER_UNIT.name not in await everything_stored()


@pytest.mark.req("R-2.4.5")
async def test_a_unit_with_agents_and_no_person_is_confirmed_by_a_scan(world, platform, unit):
    await world.granted(unit, await world.registered_person(CLERK))
    platform.says = replace(BOSS, person_name="", person_id_number="")
    assert await back(platform, await sent(platform)) == Confirm(unit.unit_id)


async def test_a_person_without_a_role_is_refused(world, platform, unit):
    await world.registered_person(CLERK)
    platform.says = replace(BOSS, person_name=CLERK.name, person_id_number=CLERK.id_number)
    outcome = await back(platform, await sent(platform))
    assert isinstance(outcome, Refusal)
    assert outcome.code == AssertionProblem.NO_ROLE


async def test_who_is_signed_in_logs_in_as_nobody_else(platform, unit):
    signed_in = replace(HERE, session_id="s", person_id=unit.person_id)
    outcome = await back(platform, await sent(platform, signed_in), signed_in)
    assert isinstance(outcome, Refusal)
    assert await rows(LoginTicket) == []


async def test_one_browser_is_not_sent_away_for_ever(platform, time):
    for _ in range(frequency.SSO_BROWSER.most):
        await sent(platform)
    assert await sso_logins.send_away(actor=HERE, provider=platform) is SsoProblem.BUSY
    assert isinstance(await sent(platform, THERE), str)
    time.pass_by(minutes=15)
    await sent(platform)


async def test_many_logins_cost_no_more_questions(platform, unit):
    state = await sent(platform)
    with statements() as few:
        await back(platform, state)
    for _ in range(10):
        await sent(platform, visitor("somebody"))
    state = await sent(platform)
    with statements() as many:
        await back(platform, state)
    assert len(few) == len(many)


async def test_what_is_over_is_cleared_away(platform, time):
    await sent(platform)
    await change(SsoLogin, expires_at=clock.now() - PROVINCIAL.keep + timedelta(minutes=1))
    await retention.clear_away()
    assert len(await rows(SsoLogin)) == 1
    time.pass_by(minutes=2)
    await retention.clear_away()
    assert await rows(SsoLogin) == []
