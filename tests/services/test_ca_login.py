"""CA login: a text of ours, signed once by the key of a unit, lets that unit in; everything else is refused by name."""

from datetime import timedelta

import pytest

from jsrs_portal import clock, db
from jsrs_portal.access import actor as actors
from jsrs_portal.access import cookie
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.certificates import CHALLENGE_LIFE, PURPOSE, SENTENCES, CertificateProblem
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import LoginWay
from jsrs_portal.gateways.ca.directory import CaDirectory
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.certificates import CaChallenge
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.services import ca_lists, ca_login
from jsrs_portal.services.asserted_login import SIGNED_IN, Confirm, Enter, Register
from jsrs_portal.services.ca_login import Challenge, Signed
from jsrs_portal.services.login import Ticket
from jsrs_portal.settings import get_settings
from tests.services.numbers import employer, human
from tests.services.world import ADDRESS, at_once, rows, visitor
from tests.support.ca import KINDS, Flavour, Kind, as_message, make_ca, near, text

pytestmark = pytest.mark.req("R-2.4.2", "R-2.4.5")
UNIT = employer(1)
HERE, THERE = visitor("computer"), visitor("another computer")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return make_ca(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def good(demo):
    """One good certificate of each kind; making a key takes a while."""
    return {kind: demo.issue(uscc=UNIT.uscc, kind=kind) for kind in KINDS}


@pytest.fixture
async def ca(demo, database):
    """The CA, its lists at hand."""
    ca_lists._read.clear()
    made = near(demo)
    assert await ca_lists.refresh_lists(made) == 4
    return made


@pytest.fixture
async def unit(world):
    return await world.registered_unit(UNIT)


async def asked(ca, actor: Actor = HERE) -> Challenge:
    opened = await ca_login.open_challenge(ca, actor=actor)
    assert isinstance(opened, Challenge), opened
    return opened


def by_key(issued, challenge: Challenge) -> Signed:
    return Signed(text(issued.der), text(issued.key.sign(challenge.text.encode())))


async def log_in(ca, issued, actor: Actor = HERE, challenge: Challenge | None = None):
    challenge = challenge or await asked(ca, actor)
    return await ca_login.log_in(ca, actor=actor, challenge_id=challenge.id, signed=by_key(issued, challenge))


def refused(outcome: object, problem: CertificateProblem) -> None:
    assert isinstance(outcome, Refusal), outcome
    assert (outcome.code, outcome.sentence) == (problem, SENTENCES[problem])


async def judged() -> list[AuditEntry]:
    return sorted((one for one in await rows(AuditEntry) if one.action == "ca.judge"), key=lambda one: one.created_at)


# The way in


@pytest.mark.parametrize("kind", KINDS)
async def test_the_key_of_a_unit_lets_it_in(world, ca, good, unit, kind):
    outcome = await log_in(ca, good[kind])
    assert isinstance(outcome, Enter), outcome
    actor = await actors.resolve(cookie.proof(await world.redeem(HERE, Ticket(outcome.ticket))), address=ADDRESS)
    assert isinstance(actor, Actor)
    assert (actor.unit_id, actor.person_id, actor.role) == (unit.unit_id, unit.person_id, Role.LEGAL_REP)
    (opened,) = await rows(UserSession)
    assert opened.way == LoginWay.CA
    (entry,) = await judged()
    assert entry.result == "OK"
    assert f"{good[kind].certificate.serial_number:X}" in entry.details
    assert UNIT.legal_rep.name not in entry.details


async def test_a_unit_with_agents_asks_who_is_there(world, ca, good, unit):
    await world.granted(unit, await world.registered_person(human(61)))
    assert await log_in(ca, good[Kind.SM2]) == Confirm(unit.unit_id)
    assert await rows(LoginTicket) == []


async def test_a_unit_that_is_not_here_registers(world, ca, good):
    assert await log_in(ca, good[Kind.RSA]) == Register("/register/unit")
    assert (await world.load(HERE)).progress.given == {"uscc": UNIT.uscc, "source": "ca"}


async def test_the_certificate_of_another_unit_enters_that_one_only(world, ca, demo, unit):
    other = await world.registered_unit(employer(2))
    outcome = await log_in(ca, demo.issue(uscc=employer(2).uscc, kind=Kind.SM2))
    assert isinstance(outcome, Enter)
    actor = await actors.resolve(cookie.proof(await world.redeem(HERE, Ticket(outcome.ticket))), address=ADDRESS)
    assert isinstance(actor, Actor)
    assert actor.unit_id == other.unit_id != unit.unit_id


@pytest.mark.parametrize("kind", KINDS)
async def test_a_signature_as_a_message_will_do(ca, good, unit, kind):
    challenge = await asked(ca)
    message = as_message(good[kind], challenge.text.encode(), attached=True, attributes=kind is Kind.RSA)
    signed = Signed(text(good[kind].der), text(message), "pkcs7")
    assert isinstance(await ca_login.log_in(ca, actor=HERE, challenge_id=challenge.id, signed=signed), Enter)


# The text


async def test_the_text_names_the_site_and_is_new_each_time(ca, time):
    first, second = await asked(ca), await asked(ca)
    purpose, host, name, secret, at = first.text.split("|")
    assert (purpose, host, name) == (PURPOSE, get_settings().origin.partition("//")[2], first.id)
    assert len(secret) == 43
    assert at == clock.now().isoformat(timespec="seconds")
    assert second.text.split("|")[3] != secret
    assert first.expires_at == clock.now() + CHALLENGE_LIFE == clock.now() + timedelta(seconds=120)


async def test_a_replayed_text_is_refused(ca, good, unit):
    challenge = await asked(ca)
    assert isinstance(await log_in(ca, good[Kind.SM2], challenge=challenge), Enter)
    refused(await log_in(ca, good[Kind.SM2], challenge=challenge), CertificateProblem.CHALLENGE)
    assert len(await rows(LoginTicket)) == 1
    assert [one.result for one in await judged()] == ["OK", "CHALLENGE"]


async def test_a_failed_try_spends_the_text(ca, good, unit):
    challenge = await asked(ca)
    wrong = Signed(text(good[Kind.SM2].der), text(good[Kind.SM2].key.sign(b"another text")))
    outcome = await ca_login.log_in(ca, actor=HERE, challenge_id=challenge.id, signed=wrong)
    refused(outcome, CertificateProblem.SIGNATURE)
    refused(await log_in(ca, good[Kind.SM2], challenge=challenge), CertificateProblem.CHALLENGE)


async def test_a_text_belongs_to_its_browser(ca, good, unit):
    """Another browser neither uses the text nor uses it up."""
    challenge = await asked(ca)
    refused(await log_in(ca, good[Kind.SM2], THERE, challenge), CertificateProblem.CHALLENGE)
    assert isinstance(await log_in(ca, good[Kind.SM2], HERE, challenge), Enter)


async def test_a_text_grows_old(ca, good, unit, time):
    challenge = await asked(ca)
    time.pass_by(seconds=121)
    refused(await log_in(ca, good[Kind.SM2], challenge=challenge), CertificateProblem.CHALLENGE)
    challenge = await asked(ca)
    time.pass_by(seconds=119)
    assert isinstance(await log_in(ca, good[Kind.SM2], challenge=challenge), Enter)


async def test_a_new_text_ends_the_one_before(ca, good, unit):
    first = await asked(ca)
    await asked(ca)
    refused(await log_in(ca, good[Kind.SM2], challenge=first), CertificateProblem.CHALLENGE)


async def test_what_is_signed_is_our_text_and_not_what_a_browser_says(ca, good, unit):
    """A signature over another of our texts, and over one that names another site."""
    mine, theirs = await asked(ca), await asked(ca, THERE)
    outcome = await ca_login.log_in(ca, actor=HERE, challenge_id=mine.id, signed=by_key(good[Kind.RSA], theirs))
    refused(outcome, CertificateProblem.SIGNATURE)
    mine = await asked(ca)
    elsewhere = Challenge(mine.id, mine.text.replace("localhost", "evil.example"), mine.expires_at)
    outcome = await ca_login.log_in(ca, actor=HERE, challenge_id=mine.id, signed=by_key(good[Kind.RSA], elsewhere))
    refused(outcome, CertificateProblem.SIGNATURE)


async def test_fifty_at_once_leave_one_ticket(ca, good, unit):
    challenge = await asked(ca)
    outcomes = await at_once(*(log_in(ca, good[Kind.SM2], challenge=challenge) for _ in range(50)))
    assert sum(isinstance(one, Enter) for one in outcomes) == 1
    assert len(await rows(LoginTicket)) == 1


async def test_texts_are_not_given_out_without_end(ca, time):
    given = [await ca_login.open_challenge(ca, actor=HERE) for _ in range(frequency.CA_BROWSER.most + 1)]
    assert isinstance(given[-1], Refusal)
    assert given[-1].code == "too_often"
    assert len(await rows(CaChallenge)) == frequency.CA_BROWSER.most
    assert isinstance(await ca_login.open_challenge(ca, actor=THERE), Challenge)
    time.pass_by(minutes=16)
    assert isinstance(await ca_login.open_challenge(ca, actor=HERE), Challenge)


# Refusals


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("flavour", "problem"),
    [
        (Flavour.EXPIRED, CertificateProblem.EXPIRED),
        (Flavour.REVOKED, CertificateProblem.REVOKED),
        (Flavour.ENCRYPTION, CertificateProblem.USAGE),
        (Flavour.SELF_SIGNED, CertificateProblem.SELF_SIGNED),
        (Flavour.FOREIGN, CertificateProblem.ISSUER),
    ],
)
async def test_a_bad_certificate_opens_nothing_and_is_written_down(ca, demo, unit, time, kind, flavour, problem):
    issued = demo.issue(uscc=UNIT.uscc, kind=kind, flavour=flavour)
    time.pass_by(minutes=11)
    await ca_lists.refresh_lists(ca)
    refused(await log_in(ca, issued), problem)
    assert await rows(LoginTicket) == []
    (entry,) = await judged()
    assert entry.result == problem.upper()
    assert f"{issued.certificate.serial_number:X}" in entry.details


async def test_weak_and_wrong_certificates_are_named(ca, demo, unit):
    for flavour, problem in ((Flavour.WEAK, CertificateProblem.WEAK_KEY), (Flavour.SHA1, CertificateProblem.SHA1)):
        refused(await log_in(ca, demo.issue(uscc=UNIT.uscc, kind=Kind.RSA, flavour=flavour)), problem)
    wrong = demo.issue(uscc=UNIT.uscc[:-1] + "X", kind=Kind.SM2)
    refused(await log_in(ca, wrong), CertificateProblem.NO_UNIT)


@pytest.mark.parametrize("garbage", ["", "x", "=", "🙂", "AAAA", "A" * 24_000], ids=range(6))
async def test_garbage_is_no_certificate(ca, garbage):
    challenge = await asked(ca)
    outcome = await ca_login.log_in(ca, actor=HERE, challenge_id=challenge.id, signed=Signed(garbage, garbage))
    refused(outcome, CertificateProblem.UNREADABLE)


async def test_stale_and_missing_lists_refuse_everybody(ca, good, unit, time):
    time.pass_by(days=2)
    refused(await log_in(ca, good[Kind.SM2]), CertificateProblem.STALE_CRL)
    async with db.unit_of_work() as session:
        await session.execute(ca_lists.CaList.__table__.delete())  # pyright: ignore[reportAttributeAccessIssue]
    for kind in KINDS:
        refused(await log_in(ca, good[kind]), CertificateProblem.NO_CRL)


async def test_without_a_ca_the_way_is_closed(database):
    refused(await ca_login.open_challenge(CaDirectory(), actor=HERE), CertificateProblem.CLOSED)


async def test_a_browser_that_is_signed_in_stays_who_it_is(world, ca, good, unit):
    challenge = await asked(ca)
    actor = await actors.resolve(cookie.proof(await world.signed_in(unit)), address=ADDRESS)
    assert isinstance(actor, Actor)
    assert await ca_login.open_challenge(ca, actor=actor) == SIGNED_IN
    signed = by_key(good[Kind.SM2], challenge)
    assert await ca_login.log_in(ca, actor=actor, challenge_id=challenge.id, signed=signed) == SIGNED_IN


# The check-up


async def test_the_check_up_says_what_a_certificate_is_worth(ca, good, demo):
    found = await ca_login.examine(ca, actor=HERE, certificate=text(good[Kind.SM2].der))
    assert not isinstance(found, Refusal)
    assert (found.problem, found.uscc) == (None, UNIT.uscc)
    old = demo.issue(uscc=UNIT.uscc, kind=Kind.SM2, flavour=Flavour.EXPIRED)
    found = await ca_login.examine(ca, actor=HERE, certificate=text(old.der))
    assert not isinstance(found, Refusal)
    assert found.problem == CertificateProblem.EXPIRED
    for _ in range(frequency.CA_EXAMINE_BROWSER.most):
        found = await ca_login.examine(ca, actor=HERE, certificate="")
    assert isinstance(found, Refusal)
    assert isinstance(await asked(ca), Challenge), "whoever looks may still log in"
