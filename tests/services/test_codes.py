"""SMS codes: what they are good for, how often one is sent, how often one may be tried (R-2.2.4)."""

import pytest

from jsrs_portal import db
from jsrs_portal.domain.codes import CODE_LIFE, CODE_TRIES, CodePurpose
from jsrs_portal.gateways.errors import GatewayFailure
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.proofs import CodeState, SmsCode
from jsrs_portal.services import codes
from jsrs_portal.services.codes import CodeSent
from jsrs_portal.settings import get_settings
from tests.services.numbers import human
from tests.services.world import ADDRESS, at_once, everything_stored, how_many, rows, visitor

pytestmark = pytest.mark.req("R-2.2.4")
ME, PHONE = visitor(), human(1).mobile
UNIT, PERSON = CodePurpose.UNIT_REGISTRATION, CodePurpose.PERSON_REGISTRATION


async def use(code: str, *, actor=ME, purpose=UNIT, mobile=PHONE):
    async with db.unit_of_work() as session:
        return await codes.use_code(session, actor=actor, purpose=purpose, mobile=mobile, code=code)


def wrong(code: str, n: int = 1) -> str:
    return f"{(int(code) + n) % 1_000_000:06d}"


async def test_the_right_code_works_once(world):
    code = await world.code(ME, PHONE)
    assert await use(code) is None
    assert (await use(code)).code == "code_wrong"
    (row,) = await rows(SmsCode)
    assert row.state == CodeState.USED


async def test_fifty_simultaneous_uses_of_one_code_succeed_once(world):
    code = await world.code(ME, PHONE)
    outcomes = await at_once(*[use(code) for _ in range(50)])
    assert outcomes.count(None) == 1


async def test_the_code_itself_is_never_stored(world):
    code = await world.code(ME, PHONE)
    stored = await everything_stored()
    assert f'"{code}"' not in stored
    assert code not in {row.code_mac for row in await rows(SmsCode)}
    assert PHONE not in stored


async def test_five_wrong_tries_void_the_code(world):
    code = await world.code(ME, PHONE)
    for n in range(1, CODE_TRIES + 1):
        assert (await use(wrong(code, n))).code == "code_wrong"
    assert (await use(code)).code == "code_wrong"
    (row,) = await rows(SmsCode)
    assert (row.state, row.tries_left) == (CodeState.VOID, 0)


async def test_after_four_wrong_tries_the_right_code_still_works(world):
    code = await world.code(ME, PHONE)
    for n in range(1, CODE_TRIES):
        await use(wrong(code, n))
    assert await use(code) is None


async def test_fifty_simultaneous_wrong_tries_cannot_pass_the_limit_together(world):
    code = await world.code(ME, PHONE)
    await at_once(*[use(wrong(code, n)) for n in range(1, 51)])
    (row,) = await rows(SmsCode)
    assert (row.state, row.tries_left) == (CodeState.VOID, 0)


async def test_a_code_is_worth_nothing_for_another_purpose(world):
    code = await world.code(ME, PHONE)
    assert (await use(code, purpose=PERSON)).code == "code_wrong"
    assert await use(code) is None


async def test_a_code_is_worth_nothing_in_another_browser(world):
    code = await world.code(ME, PHONE)
    assert (await use(code, actor=visitor("another browser"))).code == "code_wrong"
    assert await use(code) is None


async def test_a_code_is_worth_nothing_for_another_phone(world):
    code = await world.code(ME, PHONE)
    assert (await use(code, mobile=human(2).mobile)).code == "code_wrong"


async def test_a_code_lives_five_minutes(world, time):
    code = await world.code(ME, PHONE)
    time.pass_by(seconds=CODE_LIFE.total_seconds() - 1)
    late = time.now
    time.pass_by(seconds=1)
    assert (await use(code)).code == "code_wrong"
    time.set(late)
    assert await use(code) is None


async def test_a_new_code_voids_the_one_before(world, time):
    first = await world.code(ME, PHONE)
    time.pass_by(seconds=61)
    second = await world.code(ME, PHONE)
    assert sorted(row.state for row in await rows(SmsCode)) == [CodeState.LIVE, CodeState.VOID]
    if first != second:
        assert (await use(first)).code == "code_wrong"
    assert await use(second) is None


async def test_every_wrong_answer_has_the_same_sentence(world, time):
    code = await world.code(ME, PHONE)
    heard = {(await use(wrong(code))).sentence, (await use(code, purpose=PERSON)).sentence}
    heard.add((await use(code, mobile=human(2).mobile)).sentence)
    time.pass_by(minutes=6)
    heard.add((await use(code)).sentence)
    assert len(heard) == 1


# How often a code is sent


async def test_a_phone_gets_a_code_a_minute_at_most(world, time):
    sent = await world.send_code(ME, PHONE)
    assert sent.resend_at == time.now + codes.rules.RESEND_AFTER
    time.pass_by(seconds=59)
    refused = await world.send_code(visitor("another browser", "198.51.100.1"), PHONE, PERSON)
    assert (refused.code, refused.field) == ("too_often", "mobile")
    time.pass_by(seconds=1)
    assert isinstance(await world.send_code(ME, PHONE), CodeSent)


async def test_a_phone_gets_five_codes_an_hour(world, time):
    for _ in range(5):
        assert isinstance(await world.send_code(ME, PHONE), CodeSent)
        time.pass_by(seconds=61)
    assert (await world.send_code(ME, PHONE)).code == "too_often"
    time.pass_by(minutes=56)
    assert isinstance(await world.send_code(ME, PHONE), CodeSent)


async def test_a_phone_gets_ten_codes_a_day(world, time):
    got = 0
    for hour in range(4):
        for _ in range(5):
            sent = await world.send_code(visitor(f"{hour}", f"203.0.113.{hour}"), PHONE)
            got += isinstance(sent, CodeSent)
            time.pass_by(seconds=61)
        time.pass_by(hours=1)
    assert got == len(world.outside.sms.sent) == 10
    time.pass_by(hours=21)
    assert isinstance(await world.send_code(ME, PHONE), CodeSent)


async def test_an_address_gets_twenty_codes_an_hour(world, time):
    outcomes = [await world.send_code(visitor(f"browser {n}"), human(n).mobile) for n in range(21)]
    assert [isinstance(sent, CodeSent) for sent in outcomes] == [True] * 20 + [False]
    assert isinstance(await world.send_code(visitor("elsewhere", "198.51.100.1"), human(30).mobile), CodeSent)
    time.pass_by(hours=1, seconds=1)
    assert isinstance(await world.send_code(visitor("later", ADDRESS), human(31).mobile), CodeSent)


async def test_a_browser_gets_ten_codes_an_hour_for_whichever_phones(world, time):
    outcomes = [await world.send_code(visitor("one", f"203.0.113.{n}"), human(n).mobile) for n in range(11)]
    assert [isinstance(sent, CodeSent) for sent in outcomes] == [True] * 10 + [False]
    time.pass_by(hours=1, seconds=1)
    assert isinstance(await world.send_code(visitor("one"), human(40).mobile), CodeSent)


@pytest.mark.parametrize("cap", ["HOUR", "DAY"])
async def test_all_messages_together_are_capped_whoever_asks(world, time, monkeypatch, cap):
    """What a botnet with many phones and addresses may cost; the first one too many is an audit entry."""
    monkeypatch.setenv(f"JSRS_SMS_PER_{cap}", "3")
    get_settings.cache_clear()
    outcomes = [await world.send_code(visitor(f"b{n}", f"203.0.113.{n}"), human(n).mobile) for n in range(6)]
    assert [getattr(sent, "code", "sent") for sent in outcomes] == ["sent"] * 3 + ["sms_cap"] * 3
    assert len(world.outside.sms.sent) == 3
    assert [entry.result for entry in await rows(AuditEntry)].count(f"SMS-ALL-{cap}") == 1
    time.pass_by(hours=1 if cap == "HOUR" else 24, seconds=1)
    assert isinstance(await world.send_code(visitor("later", "203.0.113.99"), human(50).mobile), CodeSent)


async def test_a_cap_that_is_used_up_costs_nobody_their_own_day(world, time, monkeypatch):
    """Nothing was sent, so nothing counts against the phone of somebody honest."""
    monkeypatch.setenv("JSRS_SMS_PER_HOUR", "1")
    get_settings.cache_clear()
    await world.send_code(visitor("machine", "203.0.113.9"), human(9).mobile)
    for n in range(8):
        assert (await world.send_code(visitor(f"try {n}"), PHONE)).code == "sms_cap"
        time.pass_by(minutes=1, seconds=1)
    time.pass_by(hours=1)
    assert isinstance(await world.send_code(visitor("honest"), PHONE), CodeSent)


async def test_a_site_of_many_networks_is_one_source_in_the_end(world):
    """An IPv6 customer has 65,536 networks; together they get four times what one may."""
    outcomes = [await world.send_code(visitor(f"b{n}", f"2001:db8:7:{n:x}::1"), human(n).mobile) for n in range(81)]
    assert [isinstance(sent, CodeSent) for sent in outcomes] == [True] * 80 + [False]


async def test_simultaneous_requests_cannot_pass_the_cap_together(world, monkeypatch):
    monkeypatch.setenv("JSRS_SMS_PER_HOUR", "5")
    get_settings.cache_clear()
    await at_once(*[world.send_code(visitor(f"b{n}", f"203.0.113.{n}"), human(n).mobile) for n in range(50)])
    assert len(world.outside.sms.sent) == 5


async def test_fifty_simultaneous_requests_send_one_message(world):
    outcomes = await at_once(*[world.send_code(ME, PHONE) for _ in range(50)])
    assert sum(isinstance(sent, CodeSent) for sent in outcomes) == 1
    assert len(world.outside.sms.sent) == 1
    assert await how_many(SmsCode) == 1
    assert await use(world.outside.sms.code_for(PHONE)) is None


async def test_the_answer_does_not_tell_whether_a_phone_is_registered(world, time):
    await world.registered_person(human(1))
    known = await world.send_code(ME, PHONE)
    unknown = await world.send_code(ME, human(2).mobile)
    assert known == unknown


# When the provider fails


@pytest.mark.parametrize("failure", [GatewayFailure.TIMEOUT, GatewayFailure.BAD_ANSWER])
async def test_a_code_that_may_have_arrived_stays_good(world, failure):
    world.outside.sms.failures = [failure]
    assert isinstance(await world.send_code(ME, PHONE), CodeSent)
    assert await use(world.outside.sms.code_for(PHONE)) is None


@pytest.mark.parametrize(
    "failure", [GatewayFailure.UNREACHABLE, GatewayFailure.REFUSED, GatewayFailure.BUSY, GatewayFailure.MISCONFIGURED]
)
async def test_a_code_that_was_surely_not_sent_is_void_and_the_person_is_told(world, failure):
    world.outside.sms.failures = [failure]
    refused = await world.send_code(ME, PHONE)
    assert (refused.field, refused.code) == ("mobile", "sms")
    assert refused.sentence.endswith("。")
    (row,) = await rows(SmsCode)
    assert row.state == CodeState.VOID


async def test_a_failed_call_is_not_repeated_by_itself(world):
    world.outside.sms.failures = [GatewayFailure.UNREACHABLE]
    await world.send_code(ME, PHONE)
    assert world.outside.sms.calls == 1


async def test_messages_that_were_surely_not_sent_do_not_use_up_a_phones_day(world, time):
    """An hour's fault of the provider must not lock a person out until tomorrow."""
    world.outside.sms.failures = [GatewayFailure.UNREACHABLE] * 5
    for _ in range(5):
        await world.send_code(ME, PHONE)
        time.pass_by(seconds=61)
    assert isinstance(await world.send_code(ME, PHONE), CodeSent)


async def test_a_message_refused_for_whoever_asks_costs_the_phone_nothing(world):
    """Or a stranger whose own limits are used up could keep any phone from ever getting a code."""
    for n in range(20):
        await world.send_code(visitor(f"stranger {n}"), human(n + 100).mobile)
    for _ in range(3):
        assert (await world.send_code(visitor("stranger"), PHONE)).code == "too_often"
    assert isinstance(await world.send_code(visitor("holder", "198.51.100.1"), PHONE), CodeSent)
