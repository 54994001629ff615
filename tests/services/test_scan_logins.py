"""Scan login: two browsers, phones of several people, every refusal by its name, one login at most (R-2.4.3)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from jsrs_portal import clock, db
from jsrs_portal.access import actor as actors
from jsrs_portal.access import cookie
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.addresses import describe_place
from jsrs_portal.domain.authority import Actor, Permission, Role
from jsrs_portal.domain.proofs import by_phone
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.scans import MOST_PHONES, PHONE_UNUSED, SCAN_LIFE, SENTENCES, ScanProblem, ScanState
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.scans import ScanLogin, TrustedPhone
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.models.work import OutboxMessage
from jsrs_portal.services import people, phones, scan_logins, switching
from jsrs_portal.services.login import Ticket
from jsrs_portal.services.scan_logins import ScanCode, ScanView
from tests.services.numbers import employer, human
from tests.services.phoning import at_home, trusted
from tests.services.world import ADDRESS, OTHER_PASSWORD, PASSWORD, at_once, change, everything_stored, rows, visitor
from tests.support.keys import PhoneKey

pytestmark = pytest.mark.req("R-2.4.3")
COMPUTER, OTHER = visitor("computer"), visitor("foreign computer", "198.51.100.1")
ME, SOMEBODY = human(50), human(51)


@pytest.fixture
async def me(world) -> str:
    return await world.registered_person(ME, PASSWORD)


@pytest.fixture
async def phone(me) -> TrustedPhone:
    found = await trusted(me)
    assert isinstance(found, TrustedPhone)
    return found


@pytest.fixture
async def stranger(world) -> TrustedPhone:
    found = await trusted(await world.registered_person(SOMEBODY, PASSWORD))
    assert isinstance(found, TrustedPhone)
    return found


async def shown(actor: Actor = COMPUTER) -> tuple[ScanCode, str]:
    """Have a code shown and read it from the screen."""
    found = await scan_logins.open_scan(actor=actor, device="Chrome · Windows")
    assert isinstance(found, ScanCode), found
    return found, found.address.rpartition("/q/")[2]


async def do(move, phone: TrustedPhone, code: str, address: str = ADDRESS) -> ScanView | Refusal:
    async with db.unit_of_work() as session:
        return await move(session, actor=visitor("phone", address), phone=phone, code=code)


async def state(code: ScanCode, actor: Actor = COMPUTER) -> tuple[ScanState, str]:
    async with db.reading() as session:
        found = await scan_logins.follow_scan(session, actor=actor, scan_id=code.id)
    return found.state, found.person


async def take(code: ScanCode, actor: Actor = COMPUTER) -> str | None:
    async with db.unit_of_work() as session:
        return await scan_logins.take_up(session, actor=actor, scan_id=code.id)


async def confirmed(phone: TrustedPhone, actor: Actor = COMPUTER) -> ScanCode:
    code, secret = await shown(actor)
    assert isinstance(await do(scan_logins.scan, phone, secret), ScanView)
    assert isinstance(await do(scan_logins.confirm, phone, secret), ScanView)
    return code


def said(outcome: ScanView | Refusal, problem: ScanProblem) -> None:
    assert isinstance(outcome, Refusal), outcome
    assert (outcome.code, outcome.sentence) == (problem, SENTENCES[problem])


# The way through


async def test_from_the_picture_to_the_session(world, me, phone):
    code, secret = await shown()
    assert await state(code) == (ScanState.CREATED, "")
    view = await do(scan_logins.scan, phone, secret)
    assert isinstance(view, ScanView)
    assert (view.site, view.action, view.device) == ("网上办事服务大厅", "登录网上办事服务大厅", "Chrome · Windows")
    assert (view.place, view.same_network) == (describe_place(ADDRESS), True)
    assert ME.name not in view.person
    assert await state(code) == (ScanState.SCANNED, view.person)
    assert await take(code) is None, "scanned is not confirmed"
    assert isinstance(await do(scan_logins.confirm, phone, secret), ScanView)
    ticket = await take(code)
    assert ticket
    assert (await state(code))[0] is ScanState.CONSUMED
    actor = await actors.resolve(cookie.proof(await world.redeem(COMPUTER, Ticket(ticket))), address=ADDRESS)
    assert isinstance(actor, Actor)
    assert (actor.person_id, actor.unit_id) == (me, "")
    assert actor.may(Permission.OWN_ACCOUNT), "a person's own phone proves the person"
    assert by_phone(phone.id) in {opened.proved for opened in await rows(UserSession)}


@pytest.mark.parametrize("app", ["", "jszhrs"], ids=["own key", "app"])
async def test_a_phone_opens_what_the_personal_password_opens_and_a_vouching_app_every_role(world, me, app):
    unit = await world.registered_unit(employer(1))
    grant = await world.granted(unit, me)
    await world.set_unit_password(unit, me, OTHER_PASSWORD)
    phone = await vouched_for() if app else await trusted(me)
    assert isinstance(phone, TrustedPhone)
    ticket = await take(await confirmed(phone))
    actor = await actors.resolve(cookie.proof(await world.redeem(COMPUTER, Ticket(ticket or ""))), address=ADDRESS)
    assert isinstance(actor, Actor)
    async with db.unit_of_work() as session:
        (own, role) = await switching.list_roles(session, actor=actor, today=clock.today())
        assert (own.current, own.asks, role.asks) == (True, "", "" if app else "单位密码")
        entered = await switching.enter(session, actor=actor, grant_id=grant, today=clock.today())
    if not app:
        assert isinstance(entered, Refusal)
        return
    assert isinstance(entered, str)
    inside = await actors.resolve(cookie.proof(await world.redeem(actor, Ticket(entered))), address=ADDRESS)
    assert isinstance(inside, Actor)
    assert (inside.unit_id, inside.role) == (unit.unit_id, Role.AGENT)


async def test_another_network_is_said(phone):
    _, secret = await shown(OTHER)
    view = await do(scan_logins.scan, phone, secret)
    assert isinstance(view, ScanView)
    assert not view.same_network


async def test_scanning_again_shows_it_again(phone):
    code, secret = await shown()
    first, second = await do(scan_logins.scan, phone, secret), await do(scan_logins.scan, phone, secret)
    assert isinstance(second, ScanView), second
    assert first == second
    assert (await state(code))[0] is ScanState.SCANNED


# Refusals by name


async def test_expired(time, phone):
    code, secret = await shown()
    time.pass_by(seconds=SCAN_LIFE.seconds + 1)
    said(await do(scan_logins.scan, phone, secret), ScanProblem.EXPIRED)
    assert await state(code) == (ScanState.EXPIRED, "")
    code, secret = await shown()
    await do(scan_logins.scan, phone, secret)
    time.pass_by(seconds=SCAN_LIFE.seconds + 1)
    said(await do(scan_logins.confirm, phone, secret), ScanProblem.EXPIRED)
    code = await confirmed(phone)
    time.pass_by(seconds=SCAN_LIFE.seconds + 1)
    assert await take(code) is None, "a confirmation does not wait for ever"


async def test_unknown_counts_as_expired(phone):
    said(await do(scan_logins.scan, phone, clock.new_token()), ScanProblem.EXPIRED)


async def test_scanned_by_another(phone, stranger):
    _, secret = await shown()
    await do(scan_logins.scan, phone, secret)
    for move in (scan_logins.scan, scan_logins.confirm, scan_logins.cancel):
        said(await do(move, stranger, secret), ScanProblem.TAKEN)
    assert isinstance(await do(scan_logins.confirm, phone, secret), ScanView)


async def test_two_confirmations(phone):
    _, secret = await shown()
    await do(scan_logins.scan, phone, secret)
    assert isinstance(await do(scan_logins.confirm, phone, secret), ScanView)
    said(await do(scan_logins.confirm, phone, secret), ScanProblem.CONFIRMED)
    said(await do(scan_logins.cancel, phone, secret), ScanProblem.CONFIRMED)


async def test_confirmed_without_scanning(phone):
    code, secret = await shown()
    said(await do(scan_logins.confirm, phone, secret), ScanProblem.NOT_SCANNED)
    assert (await state(code))[0] is ScanState.CREATED


async def test_cancelled(phone):
    code, secret = await shown()
    await do(scan_logins.scan, phone, secret)
    assert isinstance(await do(scan_logins.cancel, phone, secret), ScanView)
    assert (await state(code))[0] is ScanState.CANCELLED
    said(await do(scan_logins.confirm, phone, secret), ScanProblem.CANCELLED)
    said(await do(scan_logins.scan, phone, secret), ScanProblem.CANCELLED)
    assert await take(code) is None


async def test_a_foreign_browser_neither_sees_nor_takes_it(phone):
    code = await confirmed(phone)
    assert await state(code, OTHER) == (ScanState.EXPIRED, "")
    assert await take(code, OTHER) is None
    assert await take(code)


async def test_a_new_code_ends_the_one_before(phone):
    first, secret = await shown()
    await do(scan_logins.scan, phone, secret)
    await shown()
    assert (await state(first))[0] is ScanState.EXPIRED
    said(await do(scan_logins.confirm, phone, secret), ScanProblem.EXPIRED)


# One at most


async def test_fifty_phones_at_once_one_has_it(phone, stranger):
    _, secret = await shown()
    moves = [do(scan_logins.scan, one, secret) for one in (phone, stranger) for _ in range(25)]
    outcomes = await at_once(*moves)
    holders = {n // 25 for n, outcome in enumerate(outcomes) if isinstance(outcome, ScanView)}
    assert len(holders) == 1
    assert sum(isinstance(outcome, ScanView) for outcome in outcomes) == 25


async def test_confirm_and_cancel_at_once_one_wins(phone):
    _, secret = await shown()
    await do(scan_logins.scan, phone, secret)
    outcomes = await at_once(*[do(move, phone, secret) for move in [scan_logins.confirm, scan_logins.cancel] * 20])
    assert sum(isinstance(outcome, ScanView) for outcome in outcomes) == 1


async def test_fifty_polls_at_once_one_ticket(phone):
    code = await confirmed(phone)
    tickets = [ticket for ticket in await at_once(*[take(code) for _ in range(50)]) if ticket]
    assert len(tickets) == len(await rows(LoginTicket)) == 1


# The phone


async def test_neither_the_secret_nor_the_ticket_is_stored(phone):
    code, secret = await shown()
    assert secret not in await everything_stored()
    await do(scan_logins.scan, phone, secret)
    await do(scan_logins.confirm, phone, secret)
    ticket = await take(code)
    assert ticket not in await everything_stored()


async def test_a_phone_taken_off_confirms_nothing_and_its_sessions_end(world, me, phone):
    code = await confirmed(phone)
    value = await world.redeem(COMPUTER, Ticket(await take(code) or ""))
    waiting = await confirmed(phone, OTHER)
    async with db.unit_of_work() as session:
        actor = Actor(session_key="0" * 64, person_id=me)
        assert await phones.remove_phone(session, actor=actor, person_id=me, phone_id=phone.id)
        assert not await phones.remove_phone(session, actor=actor, person_id=me, phone_id=phone.id)
    assert await take(waiting, OTHER) is None
    assert await actors.resolve(cookie.proof(value), address=ADDRESS) == actors.Ended(SessionEnd.REPLACED)


async def test_nobody_takes_off_anothers_phone(me, phone, stranger):
    async with db.unit_of_work() as session:
        actor = Actor(session_key="0" * 64, person_id=me)
        assert not await phones.remove_phone(session, actor=actor, person_id=me, phone_id=stranger.id)
        assert [one.id for one in await phones.list_phones(session, actor=actor)] == [phone.id]


async def test_a_key_is_believed_by_its_signature_and_only_while_trusted(time, me):
    key = PhoneKey()
    phone = await trusted(me, key)
    assert isinstance(phone, TrustedPhone)

    async def believed(message: str = "text", signed: str = "text") -> bool:
        async with db.reading() as session:
            found = await phones.by_key(session, public_key=key.public, message=message, signature=key.sign(signed))
        return found is not None

    assert await believed()
    assert not await believed(message="another")
    await change(Person, status=PersonStatus.LOCKED)
    assert not await believed()
    await change(Person, status=PersonStatus.ACTIVE)
    time.pass_by(days=PHONE_UNUSED.days, seconds=1)
    assert not await believed()


async def test_a_locked_person_is_not_let_in_by_what_was_confirmed_before(me, phone):
    code = await confirmed(phone)
    await change(Person, status=PersonStatus.LOCKED)
    assert await take(code) is None
    assert [entry.result for entry in await rows(AuditEntry) if entry.action == "login"] == ["WRONG"]


async def test_a_key_belongs_to_one_person_once(world, me):
    key = PhoneKey()
    assert isinstance(await trusted(me, key), TrustedPhone)
    other = await world.registered_person(SOMEBODY, PASSWORD)
    assert await trusted(other, key) is phones.NO_SIGNATURE
    assert await trusted(me, key) is phones.NO_SIGNATURE


async def test_fifty_new_phones_at_once_are_five(me):
    outcomes = await at_once(*[trusted(me) for _ in range(50)])
    assert sum(isinstance(outcome, TrustedPhone) for outcome in outcomes) == MOST_PHONES
    assert outcomes.count(phones.TOO_MANY) == 50 - MOST_PHONES


async def test_its_holder_is_told_and_no_name_of_a_phone_is_an_address(world, me):
    await trusted(me, name="请打开 https://evil.example/x 领取\n")
    (row,) = await rows(OutboxMessage)
    message = json.loads(row.body)
    assert message["mobile"] == ME.mobile
    assert "://" not in message["text"]
    assert "evil.example" not in message["text"]


async def vouched_for(**changed: str) -> TrustedPhone | Refusal:
    asked = {"id_type": "01", "id_number": ME.id_number, "name": ME.name, "device": "device-1", "label": "我的手机"}
    async with db.unit_of_work() as session:
        return await phones.trust_app_phone(session, actor=visitor("app"), app="jszhrs", **(asked | changed))


async def test_an_app_vouches_for_so_many_in_an_hour_and_no_more(me, monkeypatch):
    monkeypatch.setattr(frequency, "APP_PHONES", replace(frequency.APP_PHONES, most=2))
    for _ in range(2):
        assert await vouched_for(name="别人") is phones.NOT_REGISTERED
    refused = await vouched_for()
    assert isinstance(refused, Refusal)
    assert refused.code == "throttled"


async def test_an_app_vouches_by_all_three_and_the_same_phone_is_the_same(me):
    first = await vouched_for()
    assert isinstance(first, TrustedPhone)
    again = await vouched_for()
    assert isinstance(again, TrustedPhone)
    assert again.id == first.id
    for wrong in ({"name": "别人"}, {"id_number": SOMEBODY.id_number}, {"id_type": "08"}):
        assert await vouched_for(**wrong) is phones.NOT_REGISTERED
    async with db.reading() as session:
        assert await phones.by_id(session, phone_id=first.id, app="jszhrs") is not None
        assert await phones.by_id(session, phone_id=first.id, app="another") is None
        assert await phones.by_id(session, phone_id=first.id) is None


@pytest.mark.parametrize(
    ("proved", "ended"), [("unit:1", False), ("phone:1", False), ("app:1", False), ("", False), ("personal", True)]
)
async def test_only_a_living_session_of_the_personal_password_takes_a_phone_into_trust(me, proved, ended):
    assert await trusted(me, actor=await at_home(me, proved, ended)) is phones.NOT_HERE


async def test_phones_are_not_taken_into_trust_without_end(me):
    for _ in range(frequency.PHONE_TRUST.most):
        phone = await trusted(me)
        assert isinstance(phone, TrustedPhone)
        async with db.unit_of_work() as session:
            await phones.remove_phone(session, actor=visitor(), person_id=me, phone_id=phone.id)
    refused = await trusted(me)
    assert isinstance(refused, Refusal)
    assert "次数已达上限" in refused.sentence
    assert len(await rows(OutboxMessage)) == frequency.PHONE_TRUST.most


async def test_a_ticket_of_a_phone_taken_off_is_none(world, me, phone):
    ticket = await take(await confirmed(phone))
    async with db.unit_of_work() as session:
        await phones.remove_phone(session, actor=visitor(), person_id=me, phone_id=phone.id)
    assert await world.redeem(COMPUTER, Ticket(ticket or "")) == ""


async def test_whoever_reclaims_their_account_by_face_has_no_strangers_phone_left(world, me, phone):
    waiting = await confirmed(phone, OTHER)
    value = await world.redeem(COMPUTER, Ticket(await take(await confirmed(phone)) or ""))
    async with db.unit_of_work() as session:
        person = await session.get_one(Person, me)
        await people.prove(session, actor=visitor("holder"), person=person, mobile=human(77).mobile)
    assert isinstance(await actors.resolve(cookie.proof(value), address=ADDRESS), actors.Ended)
    assert await take(waiting, OTHER) is None
    assert [bool(one.revoked_at) for one in await rows(TrustedPhone)] == [True]


async def test_every_move_leaves_an_entry(phone, stranger):
    _, secret = await shown()
    await do(scan_logins.scan, phone, secret)
    await do(scan_logins.confirm, stranger, secret)
    await do(scan_logins.confirm, phone, secret)
    found = [(e.action, e.result, e.person_id) for e in await rows(AuditEntry) if e.action.startswith("scan.")]
    assert sorted(found) == sorted(
        [
            ("scan.scan", "OK", phone.person_id),
            ("scan.confirm", "TAKEN", stranger.person_id),
            ("scan.confirm", "OK", phone.person_id),
        ]
    )


async def test_codes_are_not_shown_without_end(time):
    codes = [await scan_logins.open_scan(actor=COMPUTER, device="x") for _ in range(41)]
    assert isinstance(codes[-1], Refusal)
    time.pass_by(seconds=timedelta(minutes=15).seconds + 1)
    assert isinstance(await scan_logins.open_scan(actor=COMPUTER, device="x"), ScanCode)
    assert len(await rows(ScanLogin)) == 41
