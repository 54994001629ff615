"""电子营业执照登录: bound to one browser, single use, told or asked, every failure by its name (R-2.4.6)."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.assertions import Assertion, AssertionProblem, Source
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.outside_logins import (
    LICENCE_ASK_EVERY,
    LICENCE_FINAL,
    LICENCE_LIFE,
    LICENCE_SENTENCES,
    LicenceProblem,
    LicenceState,
    recorded,
)
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.retention import LICENCES
from jsrs_portal.gateways.elicence.port import LicenceAnswer, LicenceCode, refused
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.outside import LicenceLogin
from jsrs_portal.models.sessions import LoginTicket
from jsrs_portal.services import licence_logins, retention
from jsrs_portal.services.asserted_login import Confirm, Enter, Register
from jsrs_portal.services.licence_logins import LicenceStatus, LicenceView
from tests.services.numbers import employer, human
from tests.services.world import ADDRESS, at_once, change, everything_stored, rows, visitor

pytestmark = pytest.mark.req("R-2.4.6")
UNIT, OTHER_UNIT = employer(1), employer(2)
CLERK = human(61)
HERE, THERE = visitor("computer"), visitor("another computer")
UNIT_ALONE = Assertion(
    source=Source.LICENCE,
    issuer="https://licence.example",
    subject="cert-1",
    uscc=UNIT.uscc,
    unit_name=UNIT.name,
    legal_name=UNIT.legal_rep.name,
)
BOSS = replace(
    UNIT_ALONE,
    legal_id_number=UNIT.legal_rep.id_number,
    person_name=UNIT.legal_rep.name,
    person_id_number=UNIT.legal_rep.id_number,
)


@dataclass
class Wallet:
    """The licence system in memory: how its codes stand, and how often it was asked."""

    state: LicenceState = LicenceState.WAIT
    proves: Assertion = BOSS
    failure: GatewayError | None = None
    made: list[str] = field(default_factory=list)
    asked: int = 0

    async def create_qr(self, *, purpose: str, callback_url: str) -> LicenceCode:
        assert "登录" in purpose
        assert callback_url.endswith("/licence/callback")
        if self.failure:
            raise self.failure
        self.made.append(clock.new_id())
        return LicenceCode(self.made[-1], f"https://licence.example/{self.made[-1]}", clock.now() + LICENCE_LIFE)

    async def poll(self, serial: str) -> LicenceAnswer:
        self.asked += 1
        if self.failure:
            raise self.failure
        return self.answer(serial)

    def answer(self, serial: str) -> LicenceAnswer:
        return LicenceAnswer(serial, self.state, self.proves if self.state is LicenceState.AUTHED else None)

    def read_callback(self, body: bytes) -> LicenceAnswer:
        if self.failure:
            raise self.failure
        return self.answer(body.decode())


@pytest.fixture
def wallet() -> Wallet:
    return Wallet()


@pytest.fixture
async def unit(world):
    return await world.registered_unit(UNIT)


async def opened(wallet: Wallet, actor: Actor = HERE) -> LicenceView:
    found = await licence_logins.open_licence(actor=actor, gateway=wallet)
    assert isinstance(found, LicenceView), found
    return found


async def where(wallet: Wallet, code: LicenceView, actor: Actor = HERE) -> LicenceStatus:
    return await licence_logins.follow(actor=actor, gateway=wallet, login_id=code.id)


async def told(wallet: Wallet, serial: str) -> bool:
    return await licence_logins.note_callback(gateway=wallet, address=ADDRESS, body=serial.encode())


async def take(code: LicenceView, actor: Actor = HERE):
    async with db.unit_of_work() as session:
        return await licence_logins.take_up(session, actor=actor, login_id=code.id)


async def last() -> AuditEntry:
    found = [one for one in await rows(AuditEntry) if one.action == licence_logins.ACTION]
    return sorted(found, key=lambda one: one.created_at)[-1]


async def test_from_the_code_to_the_unit(wallet, unit, time):
    code = await opened(wallet)
    assert code.text.endswith(wallet.made[0])
    assert await where(wallet, code) == LicenceStatus(LicenceState.WAIT)
    time.pass_by(seconds=3)
    wallet.state = LicenceState.SCANNED
    assert (await where(wallet, code)).state is LicenceState.SCANNED
    time.pass_by(seconds=3)
    wallet.state = LicenceState.AUTHED
    assert (await where(wallet, code)).state is LicenceState.AUTHED
    assert (await last()).result == "AUTHED"
    outcome = await take(code)
    assert isinstance(outcome, Enter), outcome
    (ticket,) = await rows(LoginTicket)
    assert (ticket.person_id, ticket.unit_id) == (unit.person_id, unit.unit_id)


async def test_what_was_proven_is_kept_encrypted_and_goes_when_it_is_used(wallet, unit):
    code = await opened(wallet)
    wallet.state = LicenceState.AUTHED
    await where(wallet, code)
    (row,) = await rows(LicenceLogin)
    assert UNIT.legal_rep.id_number in row.result
    stored = await everything_stored()
    assert UNIT.legal_rep.id_number not in stored
    await take(code)
    (row,) = await rows(LicenceLogin)
    assert (row.state, row.result_cipher) == (LicenceState.USED, None)


async def test_the_system_tells_by_itself_and_is_not_asked_any_more(wallet, unit, time):
    code = await opened(wallet)
    wallet.state = LicenceState.AUTHED
    assert await told(wallet, wallet.made[0])
    assert (await where(wallet, code)).state is LicenceState.AUTHED
    assert wallet.asked == 0
    assert isinstance(await take(code), Enter)
    assert await told(wallet, wallet.made[0]), "again, and it changes nothing"
    assert await take(code) is None


async def test_what_is_not_believed_changes_nothing(wallet, unit):
    code = await opened(wallet)
    wallet.failure = refused(LicenceProblem.SIGNATURE)
    assert not await told(wallet, wallet.made[0])
    wallet.failure = None
    assert (await where(wallet, code)).state is LicenceState.WAIT


async def test_an_unknown_serial_is_nobodys(wallet, unit):
    code = await opened(wallet)
    wallet.state = LicenceState.AUTHED
    assert await told(wallet, "unknown")
    wallet.state = LicenceState.WAIT
    assert (await where(wallet, code)).state is LicenceState.WAIT


async def test_another_browser_sees_and_takes_nothing(wallet, unit):
    code = await opened(wallet)
    wallet.state = LicenceState.AUTHED
    assert (await where(wallet, code, THERE)).state is LicenceState.EXPIRED
    assert wallet.asked == 0
    await where(wallet, code)
    assert await take(code, THERE) is None
    assert isinstance(await take(code), Enter)


async def test_a_proof_works_once_however_often_it_is_taken(wallet, unit):
    code = await opened(wallet)
    wallet.state = LicenceState.AUTHED
    await where(wallet, code)
    outcomes = await at_once(*(take(code) for _ in range(20)))
    assert sum(isinstance(one, Enter) for one in outcomes) == 1
    assert sum(one is None for one in outcomes) == 19
    assert len(await rows(LoginTicket)) == 1


async def test_a_browser_has_one_code(wallet, unit):
    first, theirs, second = await opened(wallet), await opened(wallet, THERE), await opened(wallet)
    wallet.state = LicenceState.AUTHED
    assert await where(wallet, first) == LicenceStatus(LicenceState.EXPIRED, elsewhere=True)
    assert await told(wallet, wallet.made[0])
    assert await take(first) is None
    assert (await where(wallet, second)).state is LicenceState.AUTHED
    assert (await where(wallet, theirs, THERE)).state is LicenceState.AUTHED


async def test_an_old_code_is_over_even_if_it_is_told_later(wallet, unit, time):
    code = await opened(wallet)
    time.pass_by(seconds=LICENCE_LIFE.total_seconds())
    wallet.state = LicenceState.AUTHED
    assert await told(wallet, wallet.made[0])
    assert await where(wallet, code) == LicenceStatus(LicenceState.EXPIRED)
    assert await take(code) is None
    assert wallet.asked == 0


async def test_a_proof_that_was_not_taken_in_time_is_over(wallet, unit, time):
    code = await opened(wallet)
    wallet.state = LicenceState.AUTHED
    await where(wallet, code)
    time.pass_by(seconds=LICENCE_LIFE.total_seconds())
    assert (await where(wallet, code)).state is LicenceState.EXPIRED
    assert await take(code) is None


async def test_the_system_is_asked_every_other_second_however_often_a_page_asks(wallet, time):
    code = await opened(wallet)
    await at_once(*(where(wallet, code) for _ in range(20)))
    assert wallet.asked == 1
    time.pass_by(seconds=LICENCE_ASK_EVERY.total_seconds() + 0.1)
    await where(wallet, code)
    assert wallet.asked == 2


@pytest.mark.parametrize("problem", list(LicenceProblem))
async def test_a_result_that_is_refused_ends_the_code_and_is_said_by_name(wallet, unit, problem):
    code = await opened(wallet)
    wallet.failure = refused(problem)
    assert await where(wallet, code) == LicenceStatus(
        LicenceState.FAILED, LICENCE_SENTENCES[problem], final=problem in LICENCE_FINAL
    )
    assert (await last()).result == recorded(problem)
    assert await take(code) is None


async def test_a_system_that_does_not_answer_is_asked_again(wallet, unit, time):
    code = await opened(wallet)
    wallet.failure = GatewayError(System.LICENCE, GatewayFailure.TIMEOUT)
    assert (await where(wallet, code)).state is LicenceState.WAIT
    wallet.failure, wallet.state = None, LicenceState.AUTHED
    time.pass_by(seconds=3)
    assert (await where(wallet, code)).state is LicenceState.AUTHED


async def test_a_system_that_is_away_gives_no_code(wallet):
    wallet.failure = GatewayError(System.LICENCE, GatewayFailure.UNREACHABLE)
    found = await licence_logins.open_licence(actor=HERE, gateway=wallet)
    assert isinstance(found, Refusal)
    assert "电子营业执照" in found.sentence


@pytest.mark.parametrize("state", [LicenceState.REFUSED, LicenceState.EXPIRED])
async def test_what_the_phone_ends_is_over(wallet, state):
    code = await opened(wallet)
    wallet.state = state
    assert (await where(wallet, code)).state is state
    wallet.state = LicenceState.AUTHED
    assert await told(wallet, wallet.made[0])
    assert await take(code) is None


@pytest.mark.req("R-2.4.5")
async def test_a_unit_with_agents_is_confirmed_by_a_scan(world, wallet, unit):
    await world.granted(unit, await world.registered_person(CLERK))
    wallet.state, wallet.proves = LicenceState.AUTHED, UNIT_ALONE
    code = await opened(wallet)
    await where(wallet, code)
    assert await take(code) == Confirm(unit.unit_id)


async def test_a_unit_that_is_not_registered_begins_its_registration(wallet):
    wallet.state = LicenceState.AUTHED
    wallet.proves = replace(UNIT_ALONE, uscc=OTHER_UNIT.uscc, unit_name=OTHER_UNIT.name)
    code = await opened(wallet)
    await where(wallet, code)
    assert await take(code) == Register("/register/unit")


async def test_somebody_without_a_role_is_refused(world, wallet, unit):
    await world.registered_person(CLERK)
    wallet.state = LicenceState.AUTHED
    wallet.proves = replace(UNIT_ALONE, person_name=CLERK.name, person_id_number=CLERK.id_number)
    code = await opened(wallet)
    await where(wallet, code)
    outcome = await take(code)
    assert isinstance(outcome, Refusal)
    assert outcome.code == AssertionProblem.NO_ROLE


async def test_one_browser_gets_so_many_codes(wallet, time):
    for _ in range(frequency.LICENCE_BROWSER.most):
        await opened(wallet)
    assert isinstance(await licence_logins.open_licence(actor=HERE, gateway=wallet), Refusal)
    assert len(wallet.made) == frequency.LICENCE_BROWSER.most
    time.pass_by(minutes=15)
    await opened(wallet)


async def test_what_is_over_is_cleared_away(wallet, time):
    await opened(wallet)
    await change(LicenceLogin, expires_at=clock.now() - LICENCES.keep + timedelta(minutes=1))
    await retention.clear_away()
    assert len(await rows(LicenceLogin)) == 1
    time.pass_by(minutes=2)
    await retention.clear_away()
    assert await rows(LicenceLogin) == []
