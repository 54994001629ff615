"""Logging in by password: who comes in, and what everybody else hears (R-2.4.4, R-2.4.7)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import login as rules
from jsrs_portal.domain.authority import GrantStatus
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.people import Credential, Person, PersonStatus
from jsrs_portal.models.sessions import Counter, LoginTicket
from jsrs_portal.models.units import Grant
from jsrs_portal.services import login, people
from jsrs_portal.services.login import Ticket
from tests.services.numbers import employer, human, human_ending_in_x
from tests.services.world import ADDRESS, OTHER_PASSWORD, PASSWORD, at_once, change, everything_stored, rows, visitor

pytestmark = pytest.mark.req("R-2.4.4")
ME, UNIT = visitor(), employer(1)
BOSS = UNIT.legal_rep


async def log_in(account: str = UNIT.uscc, identifier: str = BOSS.id_number, password: str = PASSWORD, actor=ME):
    return await login.login_unit(actor=actor, account=account, identifier=identifier, password=password)


async def guess(times: int, **how) -> list[str]:
    return [(await log_in(password=f"wrong-{n}-Aa", **how)).code for n in range(times)]


def allow(monkeypatch, limit: str, most: int) -> None:
    """Change how often a limit of the table allows something."""
    monkeypatch.setattr(frequency, limit, replace(getattr(frequency, limit), most=most))


@pytest.fixture
async def unit(world):
    """A registered unit."""
    return await world.registered_unit(UNIT)


@pytest.fixture
def comparisons(monkeypatch):
    """Every password comparison that is carried out: what was compared with what."""
    seen: list[str | None] = []
    original = crypto.verify_password

    def counted(password: str, stored: str | None) -> bool:
        seen.append(stored)
        return original(password, stored)

    monkeypatch.setattr(crypto, "verify_password", counted)
    return seen


# Who comes in


@pytest.mark.parametrize("by", ["id", "phone"])
@pytest.mark.parametrize("account", ["uscc", "number", "small letters", "wide"])
async def test_credit_code_or_unit_number_with_id_number_or_phone(unit, account, by):
    typed = {
        "uscc": UNIT.uscc,
        "number": unit.unit_number,
        "small letters": f" {UNIT.uscc.lower()} ",
        "wide": "".join(chr(ord(sign) + 0xFEE0) for sign in UNIT.uscc),
    }
    outcome = await log_in(typed[account], BOSS.id_number if by == "id" else BOSS.mobile)
    assert isinstance(outcome, Ticket)
    (ticket,) = await rows(LoginTicket)
    assert (ticket.person_id, ticket.unit_id, ticket.grant_id) == (unit.person_id, unit.unit_id, unit.grant_id)
    assert outcome.value not in await everything_stored()


@pytest.mark.parametrize("typed", ["+86 138-0000-0001", "８６13800000001", "008613800000001"])
async def test_a_phone_is_understood_however_it_is_typed(unit, typed):
    assert isinstance(await log_in(identifier=typed), Ticket)


async def test_a_number_ending_in_x_may_be_typed_small(world):
    boss = human_ending_in_x()
    await world.registered_unit(employer(2, boss))
    assert isinstance(await log_in(employer(2).uscc, boss.id_number.lower()), Ticket)


async def test_an_agent_without_an_own_password_uses_the_personal_one(world, unit):
    agent = human(9)
    person = await world.registered_person(agent, OTHER_PASSWORD)
    grant = await world.granted(unit, person)
    assert isinstance(await log_in(identifier=agent.mobile, password=OTHER_PASSWORD), Ticket)
    (ticket,) = await rows(LoginTicket)
    assert (ticket.person_id, ticket.grant_id) == (person, grant)


async def test_a_password_hash_copied_to_another_person_opens_nothing(world, unit):
    """Whoever can write the database and knows one password cannot make it somebody else's."""
    thief = await world.registered_person(human(9), OTHER_PASSWORD)
    (known,) = [found for found in await rows(Credential) if found.person_id == thief]
    async with db.unit_of_work() as session:
        copied = {"password_hash": known.password_hash, "binding": known.binding}
        await session.execute(update(Credential).where(col(Credential.person_id) == unit.person_id).values(copied))
    assert (await log_in(password=OTHER_PASSWORD)).code == "wrong"
    assert (await log_in(password=PASSWORD)).code == "wrong"


async def test_with_a_password_for_the_unit_the_personal_one_does_not_open_it(world, unit):
    await world.set_unit_password(unit, unit.person_id, OTHER_PASSWORD)
    assert (await log_in(password=PASSWORD)).code == "wrong"
    assert isinstance(await log_in(password=OTHER_PASSWORD), Ticket)


async def test_the_password_of_one_unit_does_not_open_another(world, unit):
    await world.registered_unit(employer(2, BOSS), OTHER_PASSWORD)
    assert (await log_in(employer(2).uscc, password=PASSWORD)).code == "wrong"
    assert (await log_in(UNIT.uscc, password=OTHER_PASSWORD)).code == "wrong"
    assert isinstance(await log_in(employer(2).uscc, password=OTHER_PASSWORD), Ticket)
    assert isinstance(await log_in(UNIT.uscc, password=PASSWORD), Ticket)


async def test_a_person_logs_in_with_the_personal_password_only(world, unit):
    agent = human(9)
    await world.registered_person(agent, OTHER_PASSWORD)
    came_in = await login.login_person(actor=ME, identifier=agent.id_number, password=OTHER_PASSWORD)
    assert isinstance(came_in, Ticket)
    (ticket,) = await rows(LoginTicket)
    assert (ticket.unit_id, ticket.grant_id) == (None, None)
    boss = await login.login_person(actor=ME, identifier=BOSS.id_number, password=PASSWORD)
    assert boss.code == "wrong"


async def test_setting_one_password_changes_no_other(world, unit):
    agent = human(9)
    person = await world.registered_person(agent, OTHER_PASSWORD)
    await world.granted(unit, person)
    await world.set_unit_password(unit, person, PASSWORD)
    assert isinstance(await log_in(identifier=agent.mobile, password=PASSWORD), Ticket)
    assert isinstance(await login.login_person(actor=ME, identifier=agent.mobile, password=OTHER_PASSWORD), Ticket)


@pytest.mark.req("R-2.6.5.7")
@pytest.mark.parametrize(
    ("start", "end", "comes_in"),
    [(None, None, True), (0, 0, True), (-3, None, True), (None, 3, True), (1, None, False), (None, -1, False)],
)
async def test_a_grant_counts_on_both_its_days(world, unit, start, end, comes_in):
    today = clock.now().astimezone(clock.BEIJING).date()
    agent = human(9)
    person = await world.registered_person(agent, OTHER_PASSWORD)
    days = [None if offset is None else today + timedelta(days=offset) for offset in (start, end)]
    await world.granted(unit, person, valid_from=days[0], valid_until=days[1])
    outcome = await log_in(identifier=agent.mobile, password=OTHER_PASSWORD)
    assert isinstance(outcome, Ticket) is comes_in


# The same answer whichever part is wrong


@pytest.mark.req("R-2.4.7")
@pytest.mark.parametrize(
    "what",
    ["account", "person", "password", "no grant", "revoked", "expired", "scheduled", "unproven", "locked person"],
)
async def test_the_same_sentence_whichever_part_is_wrong(world, unit, comparisons, what):
    today = clock.now().astimezone(clock.BEIJING).date()
    how = {
        "account": {"account": employer(7).uscc},
        "person": {"identifier": human(7).mobile},
        "password": {"password": OTHER_PASSWORD},
        "no grant": {"identifier": human(8).mobile},
    }.get(what, {})
    await world.registered_person(human(8), PASSWORD)
    changes = {
        "revoked": (Grant, {"status": GrantStatus.REVOKED}),
        "expired": (Grant, {"valid_until": today - timedelta(days=1)}),
        "scheduled": (Grant, {"valid_from": today + timedelta(days=1)}),
        "unproven": (Grant, {"proven_at": None}),
        "locked person": (Person, {"status": PersonStatus.LOCKED}),
    }
    if what in changes:
        await change(changes[what][0], **changes[what][1])
    refused = await log_in(**how)
    assert (refused.sentence, refused.field, refused.code) == (rules.WRONG, "", "wrong")
    assert len(comparisons) == 1
    assert not await rows(LoginTicket)


@pytest.mark.req("R-2.4.7")
async def test_a_person_who_is_unknown_or_locked_hears_the_same(world, comparisons):
    await world.registered_person(human(1), PASSWORD)
    await world.registered_person(human(2))
    heard = [
        await login.login_person(actor=ME, identifier=who, password=OTHER_PASSWORD)
        for who in (human(1).mobile, human(2).mobile, human(3).mobile, "not a number", "")
    ]
    await change(Person, status=PersonStatus.LOCKED)
    heard.append(await login.login_person(actor=ME, identifier=human(1).mobile, password=PASSWORD))
    assert {(refused.sentence, refused.code) for refused in heard} == {(rules.WRONG_PERSON, "wrong")}
    assert len(comparisons) == len(heard)


@pytest.mark.req("R-2.4.7")
@pytest.mark.parametrize("text", ["", " ", "x" * 100_000, "\x00", "' OR 1=1 --", "统一社会信用代码"])
async def test_any_text_at_all_is_answered_in_the_same_way(unit, text):
    assert (await log_in(account=text)).code == "wrong"
    assert (await log_in(identifier=text)).code == "wrong"
    assert (await log_in(password=text)).code == "wrong"


# The lock


@pytest.mark.req("R-2.4.7")
@pytest.mark.parametrize("exists", [True, False])
async def test_five_failures_lock_for_fifteen_minutes(unit, time, comparisons, exists):
    account = UNIT.uscc if exists else employer(7).uscc
    assert await guess(5, account=account) == ["wrong"] * 5
    refused = await log_in(account=account)
    assert (refused.sentence, refused.code) == (frequency.LOGIN_TYPED.sentence.format(minutes=15), "locked")
    assert len(comparisons) == 5
    time.pass_by(minutes=14, seconds=59)
    assert (await log_in(account=account)).code == "locked"
    time.pass_by(seconds=1)
    assert isinstance(await log_in(account=account), Ticket) is exists


@pytest.mark.req("R-2.4.7")
async def test_the_lock_lasts_from_the_latest_failure(unit, time):
    for _ in range(5):
        await guess(1)
        time.pass_by(minutes=10)
    time.pass_by(minutes=4, seconds=59)
    assert (await log_in()).code == "locked"
    time.pass_by(seconds=1)
    assert isinstance(await log_in(), Ticket)


@pytest.mark.req("R-2.4.7")
async def test_knocking_while_locked_does_not_prolong_the_lock(unit, time):
    await guess(5)
    for _ in range(14):
        time.pass_by(minutes=1)
        assert (await log_in()).code == "locked"
    time.pass_by(minutes=1)
    assert isinstance(await log_in(), Ticket)


@pytest.mark.req("R-2.4.7")
async def test_failures_count_together_however_unit_and_person_are_named(unit):
    names = [
        (UNIT.uscc, BOSS.id_number),
        (unit.unit_number, BOSS.mobile),
        (UNIT.uscc.lower(), f"+86{BOSS.mobile}"),
        (unit.unit_number, BOSS.id_number),
        (f" {UNIT.uscc}", f"86{BOSS.mobile}"),
    ]
    for account, identifier in names:
        assert await guess(1, account=account, identifier=identifier) == ["wrong"]
    for account, identifier in names:
        refused = await log_in(account, identifier)
        assert refused.code == "wrong", "the right password is refused, and the answer does not say that they are one"


@pytest.mark.req("R-2.4.7")
@pytest.mark.parametrize("exists", [True, False])
async def test_the_lock_does_not_tell_whether_a_phone_is_registered(unit, exists):
    """Five failures under one spelling of a phone, one try under another: known and unknown must answer alike."""
    phone = BOSS.mobile if exists else human(7).mobile
    await guess(5, identifier=phone)
    assert (await log_in(identifier=f"+86 {phone}")).code == "locked"


@pytest.mark.req("R-2.4.7")
@pytest.mark.parametrize("exists", [True, False])
async def test_the_lock_grows_from_fifteen_minutes_to_thirty_to_sixty(unit, time, comparisons, exists):
    """Known account or not, the lock grows alike, says how long it lasts, and stays at an hour."""
    account = UNIT.uscc if exists else employer(7).uscc
    for times, minutes in enumerate((15, 30, 60, 60), start=1):
        assert await guess(5, account=account) == ["wrong"] * 5
        assert len(comparisons) == 5 * times
        refused = await log_in(account=account)
        assert f"请 {minutes} 分钟后再试" in refused.sentence
        time.pass_by(minutes=minutes, seconds=-1)
        assert "请 1 分钟后再试" in (await log_in(account=account)).sentence
        time.pass_by(seconds=1)
    assert isinstance(await log_in(account=account), Ticket) is exists


@pytest.mark.req("R-2.4.7")
async def test_a_success_and_a_quiet_day_make_the_lock_short_again(unit, time):
    for quiet in ("success", "a day"):
        await guess(5)
        time.pass_by(minutes=15)
        await guess(5)
        assert "30 分钟" in (await log_in()).sentence
        time.pass_by(minutes=30)
        if quiet == "success":
            assert isinstance(await log_in(), Ticket)
        else:
            time.pass_by(hours=24)
        await guess(5)
        assert "15 分钟" in (await log_in()).sentence
        time.pass_by(minutes=15)
        assert isinstance(await log_in(), Ticket)


@pytest.mark.req("R-2.4.7")
async def test_fifty_simultaneous_failures_begin_one_lock(unit, time):
    await at_once(*[log_in(password=f"guess-{n}-Aa") for n in range(50)])
    assert "15 分钟" in (await log_in()).sentence
    time.pass_by(minutes=15)
    assert isinstance(await log_in(), Ticket)


@pytest.mark.req("R-2.4.7")
async def test_all_units_that_one_personal_password_opens_share_their_tries(world, unit, comparisons):
    """An agent of several units: five tries in all, not five in each; the answer does not say why."""
    agent, others = human(9), [await world.registered_unit(employer(n)) for n in (2, 3)]
    person = await world.registered_person(agent, OTHER_PASSWORD)
    for one in (unit, *others):
        await world.granted(one, person)
    for n, account in enumerate([UNIT.uscc, employer(2).uscc, employer(3).uscc, UNIT.uscc]):
        assert (await log_in(account, agent.mobile, f"wrong-{n}-Aa")).code == "wrong"
    assert (await login.login_person(actor=ME, identifier=agent.mobile, password="wrong-5-Aa")).code == "wrong"
    assert (await log_in(employer(3).uscc, agent.mobile, OTHER_PASSWORD)).code == "wrong"
    assert len(comparisons) == 6
    assert isinstance(await log_in(), Ticket), "nobody else is concerned"


@pytest.mark.req("R-2.4.7")
async def test_a_browser_is_throttled_wherever_it_comes_from(unit, monkeypatch):
    allow(monkeypatch, "LOGIN_BROWSER", 4)
    for n in range(4):
        here = visitor("one browser", f"198.51.100.{n}")
        assert (await log_in(account=employer(100 + n).uscc, actor=here)).code == "wrong"
    refused = await log_in(actor=visitor("one browser", "198.51.100.9"))
    assert (refused.code, "当前浏览器" in refused.sentence) == ("throttled", True)
    assert isinstance(await log_in(actor=visitor("another browser", "198.51.100.9")), Ticket)


async def test_a_passport_that_looks_like_a_phone_does_not_stand_before_its_holder(world, unit):
    """Somebody enrolled with the passport number 13800000001 is not whom that phone logs in."""
    await world.registered_person(human(5), OTHER_PASSWORD)
    await change_last_person_to_passport(BOSS.mobile)
    assert isinstance(await log_in(identifier=BOSS.mobile), Ticket)
    (ticket,) = await rows(LoginTicket)
    assert ticket.person_id == unit.person_id


async def change_last_person_to_passport(number: str) -> None:
    """Give the person enrolled last a passport with this number."""
    newest = max(await rows(Person), key=lambda person: person.created_at)
    index = people.id_number_index(DocumentType.PASSPORT, number)
    async with db.unit_of_work() as session:
        await session.execute(
            update(Person).where(col(Person.id) == newest.id).values(id_type="03", id_number_index=index)
        )


@pytest.mark.req("R-2.4.7")
async def test_a_lock_is_of_this_person_in_this_unit_only(world, unit):
    await world.registered_unit(employer(2, BOSS))
    agent = human(9)
    await world.granted(unit, await world.registered_person(agent, PASSWORD))
    await guess(5)
    assert (await log_in()).code == "locked"
    assert isinstance(await log_in(employer(2).uscc), Ticket)
    assert isinstance(await log_in(identifier=agent.mobile), Ticket)


@pytest.mark.req("R-2.4.7")
async def test_a_success_starts_the_count_over(unit):
    await guess(4)
    assert isinstance(await log_in(), Ticket)
    assert await guess(4) == ["wrong"] * 4
    assert isinstance(await log_in(), Ticket)


@pytest.mark.req("R-2.4.7")
@pytest.mark.parametrize("exists", [True, False])
async def test_fifty_simultaneous_guesses_get_five_comparisons(unit, comparisons, exists):
    identifier = BOSS.mobile if exists else human(7).mobile
    guesses = [
        log_in(identifier=identifier, password=f"guess-{n}-Aa", actor=visitor(f"browser {n}")) for n in range(50)
    ]
    codes = [refused.code for refused in await at_once(*guesses)]
    assert len(comparisons) == 5
    assert (codes.count("wrong"), codes.count("locked")) == (5, 45)


@pytest.mark.req("R-2.4.7")
async def test_an_address_is_throttled_and_recovers(unit, time, monkeypatch, comparisons):
    allow(monkeypatch, "LOGIN_SOURCE", 10)
    for n in range(10):
        assert (await log_in(account=employer(100 + n).uscc)).code == "wrong"
    refused = await log_in()
    assert (refused.sentence, refused.code) == (frequency.LOGIN_SOURCE.sentence.format(minutes=15), "throttled")
    assert len(comparisons) == 10
    assert isinstance(await log_in(actor=visitor("elsewhere", "198.51.100.1")), Ticket)
    time.pass_by(minutes=15, seconds=1)
    assert isinstance(await log_in(), Ticket)


@pytest.mark.req("R-2.4.7")
async def test_simultaneous_guesses_from_one_address_cannot_pass_its_limit_together(unit, monkeypatch, comparisons):
    allow(monkeypatch, "LOGIN_SOURCE", 10)
    await at_once(*[log_in(account=employer(100 + n).uscc) for n in range(50)])
    assert len(comparisons) <= 10


@pytest.mark.req("R-2.4.7")
async def test_a_whole_office_logs_in_from_one_address(unit, monkeypatch):
    allow(monkeypatch, "LOGIN_SOURCE", 3)
    allow(monkeypatch, "LOGIN_BROWSER", 3)
    for _ in range(6):
        assert isinstance(await log_in(), Ticket)


@pytest.mark.req("R-2.4.7")
async def test_the_counters_reveal_neither_account_nor_person_nor_address(unit):
    await guess(2)
    keys = " ".join(counter.key for counter in await rows(Counter))
    for hidden in (UNIT.uscc, BOSS.mobile, BOSS.id_number, unit.unit_id, unit.person_id, ADDRESS):
        assert hidden not in keys


# What is written down


@pytest.mark.req("R-2.4.7")
async def test_every_refused_login_leaves_one_entry(unit):
    await guess(5)
    await log_in()
    entries = [entry for entry in await rows(AuditEntry) if entry.action == "login"]
    assert [entry.result for entry in entries].count("WRONG") == 5
    assert [entry.result for entry in entries].count("LOCKED") == 1
    assert {(entry.person_id, entry.address) for entry in entries} == {(unit.person_id, ADDRESS)}


@pytest.mark.req("R-2.4.7")
async def test_a_throttled_login_leaves_one_entry(unit, monkeypatch):
    allow(monkeypatch, "LOGIN_SOURCE", 0)
    for _ in range(5):
        await log_in()
    assert [entry.result for entry in await rows(AuditEntry) if entry.action == "login"] == ["THROTTLED"]


async def test_a_right_password_leaves_one_entry(unit):
    await log_in()
    assert [entry.result for entry in await rows(AuditEntry) if entry.action == "login"] == ["OK"]


async def test_right_and_wrong_logins_at_once_do_not_wait_for_each_other(unit):
    """Both lock the same counters; in different orders one of them would be ended by the database."""
    passwords = [PASSWORD, "wrong-Aa-1"] * 4
    for _ in range(4):
        outcomes = await at_once(*[log_in(password=password, actor=visitor("one office")) for password in passwords])
        assert all(isinstance(outcome, Ticket) or outcome.code for outcome in outcomes)
