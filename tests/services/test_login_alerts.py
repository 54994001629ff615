"""A login from a new device is told, and "this was not me" ends what a stranger may hold (R-2.4.8)."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from jsrs_portal import clock, crypto, db
from jsrs_portal.access.actor import Ended, resolve
from jsrs_portal.access.cookie import proof
from jsrs_portal.domain import login as rules
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import ALERT_LIFE, SessionEnd
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.people import PERSONAL, Credential, unit_realm
from jsrs_portal.models.scans import ScanLogin, ScanState, TrustedPhone
from jsrs_portal.models.sessions import LoginAlert, LoginTicket, UserSession
from jsrs_portal.models.work import OutboxMessage
from jsrs_portal.services import login, people, switching
from jsrs_portal.services.disowning import disown
from jsrs_portal.services.login import Ticket
from jsrs_portal.services.login_alerts import GONE, AlertView, view_alert
from tests.services.numbers import employer, human
from tests.services.world import (
    ADDRESS,
    OTHER_PASSWORD,
    PASSWORD,
    World,
    at_once,
    change,
    everything_stored,
    how_many,
    rows,
    visitor,
)

pytestmark = pytest.mark.req("R-2.4.8")
WANG = human(7)
STRANGER = visitor("stranger", "198.51.100.9")


@pytest.fixture
async def wang(world: World) -> str:
    """Somebody registered with a personal password."""
    return await world.registered_person(WANG, PASSWORD)


async def log_in(world: World, device: str, password: str = PASSWORD, actor: Actor | None = None) -> str:
    """Log in by phone and password in the browser called ``device``; return the session's cookie."""
    actor = actor or visitor(device)
    outcome = await login.login_person(actor=actor, identifier=WANG.mobile, password=password)
    assert isinstance(outcome, Ticket), outcome
    return await world.redeem(actor, outcome, device=device)


async def messages() -> list[dict[str, str]]:
    """Return what was sent, oldest first."""
    found = sorted(await rows(OutboxMessage), key=lambda one: one.created_at)
    return [json.loads(one.body) for one in found]


async def newest_link() -> str:
    """Return the token in the newest message."""
    found = re.search(r"/n/([A-Za-z0-9]+) ", (await messages())[-1]["text"])
    assert found
    return found[1]


async def state_of(value: str) -> Any:
    """Return who a cookie stands for, asked anew."""
    return await resolve(proof(value), address=ADDRESS)


# Who is told


async def test_the_first_login_of_a_person_is_no_news(world: World, wang: str) -> None:
    await log_in(world, "office")
    assert await messages() == []
    assert await how_many(LoginAlert) == 0


@pytest.mark.parametrize(("days", "told"), [(6, 0), (8, 1), (400, 1)])
async def test_the_first_login_that_is_known_of_an_older_account_is_news(
    world: World, wang: str, time: Any, days: int, told: int
) -> None:
    """What there was of earlier sessions has been cleared away after half a year; a stranger would be the first."""
    time.pass_by(days=days)
    await log_in(world, "elsewhere")
    assert len(await messages()) == told


async def test_a_known_browser_is_none_after_logging_out_and_in(world: World, wang: str) -> None:
    for _ in range(3):
        await log_in(world, "office")
    assert await messages() == []


async def test_a_new_browser_is_told_with_time_and_device(world: World, wang: str, time: Any) -> None:
    await log_in(world, "office")
    await log_in(world, "elsewhere")
    (sent,) = await messages()
    assert sent["mobile"] == WANG.mobile
    here = time.now.astimezone(clock.BEIJING)
    assert f"于{here.year}年{here.month}月{here.day}日 {here:%H:%M}在新设备（Chrome · Windows）登录" in sent["text"]
    assert re.search(r"打开 http://localhost:3000/n/[A-Za-z0-9]{22} 停用登录并重设密码。$", sent["text"])
    (alert,) = await rows(LoginAlert)
    assert alert.expires_at == time.now + ALERT_LIFE
    assert alert.token_hash == crypto.fingerprint(await newest_link())
    entry = next(one for one in await rows(AuditEntry) if one.action == "session.alert")
    assert (entry.subject, entry.person_id, entry.result) == (alert.session_id, wang, "OK")


async def test_the_link_is_stored_only_hashed(world: World, wang: str) -> None:
    await log_in(world, "office")
    await log_in(world, "elsewhere")
    assert await newest_link() not in await everything_stored()


async def test_a_browser_not_used_for_half_a_year_is_new_again(world: World, wang: str, time: Any) -> None:
    await log_in(world, "office")
    time.pass_by(days=182)
    await log_in(world, "office")
    assert await messages() == []
    time.pass_by(days=184)
    await log_in(world, "office")
    assert len(await messages()) == 1


async def test_another_persons_browser_is_new_for_this_one(world: World, wang: str) -> None:
    await log_in(world, "office")
    other = await world.registered_unit(employer(1))
    await world.redeem(visitor("shared"), await world.ticket(visitor("shared"), other), device="shared")
    await log_in(world, "shared")
    assert [one["mobile"] for one in await messages()] == [WANG.mobile]


async def test_going_to_another_role_is_no_login(world: World, wang: str) -> None:
    account = await world.registered_unit(employer(1))
    grant = await world.granted(account, wang)
    await log_in(world, "office")
    value = await log_in(world, "office")
    actor = await state_of(value)
    async with db.unit_of_work() as session:
        ticket = await switching.enter(session, actor=actor, grant_id=grant, today=clock.today())
    assert isinstance(ticket, str)
    assert await world.redeem(actor, ticket, device="its cookie was thrown away")
    assert await messages() == []
    assert {one.way for one in await rows(UserSession)} == {"PASSWORD"}


async def test_five_messages_a_day_and_no_more(world: World, wang: str, time: Any) -> None:
    await log_in(world, "office")
    for number in range(7):
        assert await log_in(world, f"device {number}")
    assert len(await messages()) == await how_many(LoginAlert) == 5
    words = [one.result for one in await rows(AuditEntry) if one.action == "session.alert"]
    assert sorted(words) == ["LIMIT", "OK", "OK", "OK", "OK", "OK"]
    time.pass_by(days=1, seconds=1)
    await log_in(world, "tomorrow")
    assert len(await messages()) == 6


# The link


async def stolen(world: World) -> tuple[str, str, str]:
    """Return the cookies of the owner's and of a stranger's session, and the link the owner got."""
    office = await log_in(world, "office")
    thief = await log_in(world, "thief", actor=STRANGER)
    return office, thief, await newest_link()


async def test_looking_changes_nothing_however_often(world: World, wang: str) -> None:
    office, thief, link = await stolen(world)
    for _ in range(40):
        seen = await view_alert(actor=visitor("scanner"), token=link)
        assert isinstance(seen, AlertView)
    assert (seen.person, seen.device, seen.place) == (mask_name(WANG.name), "Chrome · Windows", "外网 198.51.100.9")
    assert isinstance(await state_of(office), Actor)
    assert isinstance(await state_of(thief), Actor)


@pytest.mark.usefixtures("as_in_the_server")
async def test_not_me_ends_every_session_and_the_password(world: World, wang: str) -> None:
    office, thief, link = await stolen(world)
    assert isinstance(await state_of(thief), Actor)
    assert await disown(actor=visitor("phone"), token=link) is None
    for value in (office, thief):
        assert await state_of(value) == Ended(SessionEnd.DISOWNED)
    (credential,) = await rows(Credential)
    assert credential.reset_required
    (entry,) = [one for one in await rows(AuditEntry) if one.action == "session.disown"]
    assert (entry.person_id, entry.subject) == (wang, (await rows(LoginAlert))[0].session_id)


async def test_the_link_works_once(world: World, wang: str) -> None:
    *_, link = await stolen(world)
    outcomes = await at_once(*[disown(actor=visitor(f"phone {n}"), token=link) for n in range(10)])
    assert outcomes.count(None) == 1
    assert [one for one in outcomes if one is not None] == [GONE] * 9
    assert await view_alert(actor=visitor(), token=link) == GONE


async def test_the_link_works_for_seven_days(world: World, wang: str, time: Any) -> None:
    *_, link = await stolen(world)
    time.pass_by(days=7, seconds=-1)
    assert isinstance(await view_alert(actor=visitor(), token=link), AlertView)
    time.pass_by(seconds=1)
    assert await view_alert(actor=visitor(), token=link) == GONE
    assert await disown(actor=visitor(), token=link) == GONE
    (credential,) = await rows(Credential)
    assert not credential.reset_required


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "A" * 5_000, "é" * 22, "%" * 22, "A" * 21 + "\n"])
async def test_a_made_up_link_tells_and_does_nothing(world: World, wang: str, token: str) -> None:
    office, thief, _ = await stolen(world)
    assert await view_alert(actor=visitor(), token=token) == GONE
    assert await disown(actor=visitor(), token=token) == GONE
    assert isinstance(await state_of(office), Actor)
    assert isinstance(await state_of(thief), Actor)


async def test_who_tries_links_is_stopped_and_the_owner_elsewhere_is_not(world: World, wang: str) -> None:
    *_, link = await stolen(world)
    for number in range(30):
        assert await view_alert(actor=STRANGER, token=f"{number:022d}") == GONE
    for attempt in (view_alert(actor=STRANGER, token=link), disown(actor=STRANGER, token=link)):
        refused = await attempt
        assert isinstance(refused, Refusal)
        assert refused.code == "throttled"
    assert await disown(actor=visitor("phone"), token=link) is None


async def test_what_is_under_way_comes_to_nothing(world: World, wang: str) -> None:
    *_, link = await stolen(world)
    pending = await login.login_person(actor=STRANGER, identifier=WANG.mobile, password=PASSWORD)
    assert isinstance(pending, Ticket)
    async with db.unit_of_work() as session:
        phone = TrustedPhone(person_id=wang)
        session.add(phone)
        await session.flush()
        session.add(
            ScanLogin(
                code_hash="c",
                owner="o",
                state=ScanState.CONFIRMED,
                person_id=wang,
                phone_id=phone.id,
                expires_at=clock.now(),
            )
        )
    assert await disown(actor=visitor("phone"), token=link) is None
    assert not await world.redeem(STRANGER, pending, device="thief")
    assert [one.revoked_at is not None for one in await rows(TrustedPhone)] == [True]
    assert [one.state for one in await rows(ScanLogin)] == [ScanState.CANCELLED]
    assert all(one.used_at for one in await rows(LoginTicket))


async def test_nobody_elses_anything_ends(world: World, wang: str) -> None:
    other = await world.registered_unit(employer(1))
    theirs = await world.redeem(visitor("theirs"), await world.ticket(visitor("theirs"), other), device="theirs")
    *_, link = await stolen(world)
    assert await disown(actor=visitor("phone"), token=link) is None
    assert isinstance(await state_of(theirs), Actor)
    assert [one.realm for one in await rows(Credential) if one.reset_required] == [PERSONAL]


# The password afterwards


async def test_only_the_right_password_learns_that_it_must_be_set_anew(world: World, wang: str) -> None:
    *_, link = await stolen(world)
    await disown(actor=visitor("phone"), token=link)
    wrong = await login.login_person(actor=visitor(), identifier=WANG.mobile, password=OTHER_PASSWORD)
    right = await login.login_person(actor=visitor(), identifier=WANG.mobile, password=PASSWORD)
    assert (wrong, right) == (
        Refusal(rules.WRONG_PERSON, code="wrong"),
        Refusal(rules.RESET, code="reset"),
    )
    assert "RESET" in [one.result for one in await rows(AuditEntry) if one.action == "login"]
    assert not [one for one in await rows(LoginTicket) if one.used_at is None]


async def test_a_new_password_opens_the_account_again(world: World, wang: str) -> None:
    *_, link = await stolen(world)
    await disown(actor=visitor("phone"), token=link)
    async with db.unit_of_work() as session:
        hashed = crypto.hash_password(OTHER_PASSWORD)
        await people.set_password(session, person_id=wang, realm=PERSONAL, password_hash=hashed)
    assert await log_in(world, "office", OTHER_PASSWORD)


async def test_a_units_own_password_is_the_one_that_ends(world: World) -> None:
    """The personal one, which the stranger did not use, goes on opening the account."""
    account = await world.registered_unit(employer(1))
    async with db.unit_of_work() as session:
        hashed = crypto.hash_password(OTHER_PASSWORD)
        await people.set_password(session, person_id=account.person_id, realm=PERSONAL, password_hash=hashed)
    rep = employer(1).legal_rep

    async def enter(device: str) -> Ticket | Refusal:
        actor = visitor(device)
        outcome = await login.login_unit(
            actor=actor, account=account.unit_number, identifier=rep.mobile, password=PASSWORD
        )
        if isinstance(outcome, Ticket):
            assert await world.redeem(actor, outcome, device=device)
        return outcome

    await enter("office")
    await enter("thief")
    assert await disown(actor=visitor("phone"), token=await newest_link()) is None
    flags = {one.realm: one.reset_required for one in await rows(Credential)}
    assert flags == {unit_realm(account.unit_id): True, PERSONAL: False}
    assert await enter("office") == Refusal(rules.RESET, code="reset")
    own = await login.login_person(actor=visitor(), identifier=rep.mobile, password=OTHER_PASSWORD)
    assert isinstance(own, Ticket)


async def test_a_login_during_the_report_does_not_come_through(world: World, wang: str) -> None:
    """Whichever of the two is first, afterwards nobody is in by that password."""
    *_, link = await stolen(world)
    rivals = [visitor(f"rival {n}", f"198.51.100.{n}") for n in range(4)]
    outcomes = await at_once(
        *[login.login_person(actor=one, identifier=WANG.mobile, password=PASSWORD) for one in rivals],
        disown(actor=visitor("phone"), token=link),
    )
    for actor, outcome in zip(rivals, outcomes[:-1], strict=True):
        if isinstance(outcome, Ticket):
            assert not await world.redeem(actor, outcome, device="thief")
    assert not [one for one in await rows(UserSession) if one.ended_at is None]


async def test_a_login_of_before_devices_were_named_is_told_once(world: World, wang: str) -> None:
    await log_in(world, "office")
    await change(UserSession, device_key="")
    await log_in(world, "office")
    await log_in(world, "office")
    assert len(await messages()) == 1


async def test_a_role_keeps_the_way_it_was_entered_from(world: World, wang: str) -> None:
    value = await log_in(world, "office")
    await change(UserSession, way="SCAN")
    account = await world.registered_unit(employer(1))
    grant = await world.granted(account, wang)
    actor = await state_of(value)
    async with db.unit_of_work() as session:
        ticket = await switching.enter(session, actor=replace(actor), grant_id=grant, today=clock.today())
    assert isinstance(ticket, str)
    assert await world.redeem(actor, ticket)
    assert [one.way for one in await rows(UserSession)] == ["SCAN", "SCAN"]
