"""The worker: messages delivered once, expired things removed and nothing else, a sign of life."""

import contextlib
import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from jsrs_portal import clock, crypto, db, worker
from jsrs_portal.gateways.errors import GatewayFailure
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.drafts import Draft
from jsrs_portal.models.people import Person
from jsrs_portal.models.proofs import FaceCheck, SmsCode
from jsrs_portal.models.sessions import Counter, LoginTicket, UserSession
from jsrs_portal.models.units import Grant, Unit
from jsrs_portal.models.work import Heartbeat, MessageState, OutboxMessage
from jsrs_portal.services import notices, outbox
from jsrs_portal.settings import get_settings
from tests.services.numbers import employer, human
from tests.services.world import at_once, change, everything_stored, how_many, rows, visitor

pytestmark = pytest.mark.req("R-2.2.6")
PHONE = human(1).mobile


class Killed(BaseException):
    """The worker's process is gone: nothing below may catch this."""


async def enqueue(text: str = "单位已注册成功") -> None:
    async with db.unit_of_work() as session:
        notices.enqueue_sms(session, mobile=PHONE, text=text)


async def deliver(world) -> bool:
    return await worker.deliver_one(world.outside.gateways)


async def the_message() -> OutboxMessage:
    (found,) = await rows(OutboxMessage)
    return found


async def test_a_message_is_delivered_once(world, time):
    await enqueue()
    assert await deliver(world)
    time.pass_by(days=30)
    assert not await deliver(world)
    (sent,) = world.outside.sms.sent
    message = await the_message()
    assert (sent.phone, sent.params, sent.out_id) == (PHONE, {"text": "单位已注册成功"}, message.id)
    assert sent.template == get_settings().sms_template_notice
    assert (message.state, message.tries) == (MessageState.SENT, 1)


async def test_messages_are_delivered_in_the_order_they_became_due(world, time):
    for text in ("一", "二", "三"):
        await enqueue(text)
    while await deliver(world):
        pass
    assert [sent.params["text"] for sent in world.outside.sms.sent] == ["一", "二", "三"]


async def test_a_message_of_a_rolled_back_act_is_never_sent(world):
    with contextlib.suppress(Killed):
        async with db.unit_of_work() as session:
            notices.enqueue_sms(session, mobile=PHONE, text="never")
            await session.flush()
            raise Killed
    assert not await deliver(world)


async def test_phone_and_text_are_unreadable_at_rest(world):
    await enqueue()
    stored = await everything_stored()
    assert PHONE not in stored
    assert "单位已注册成功" not in stored
    assert json.loads((await the_message()).body)["mobile"] == PHONE


async def test_two_workers_deliver_a_message_once(world):
    for n in range(5):
        await enqueue(str(n))
    await at_once(*[deliver(world) for _ in range(10)])
    while await deliver(world):
        pass
    assert sorted(sent.params["text"] for sent in world.outside.sms.sent) == ["0", "1", "2", "3", "4"]


async def test_a_worker_killed_after_sending_looks_before_it_sends_again(world, time, monkeypatch):
    await enqueue()
    settled = outbox.update

    def killed(*_args):
        raise Killed

    monkeypatch.setattr(outbox, "update", killed)
    with pytest.raises(Killed):
        await deliver(world)
    monkeypatch.setattr(outbox, "update", settled)
    assert (await the_message()).state == MessageState.SENDING
    assert not await deliver(world), "not before its time"
    time.pass_by(seconds=30)
    assert await deliver(world)
    assert (world.outside.sms.lookups, world.outside.sms.calls) == (1, 1)
    assert (await the_message()).state == MessageState.SENT


async def test_a_worker_killed_before_sending_sends_when_nothing_is_found(world, time):
    world.outside.sms.failures = [Killed()]
    await enqueue()
    with pytest.raises(Killed):
        await deliver(world)
    time.pass_by(seconds=30)
    await deliver(world)
    assert world.outside.sms.lookups == 1
    assert len(world.outside.sms.sent) == 1


class Death:
    """Kills whoever works on the ``at``-th of all the moments in which a worker can die."""

    def __init__(self, at: int) -> None:
        self.at, self.moments, self.over = at, 0, False

    def moment(self, *_args) -> None:
        self.moments += 1
        if not self.over and self.moments == self.at:
            self.over = True
            raise Killed

    def watch(self, sms) -> None:
        """Every statement has a moment before and after it, so has every call; a commit has one before."""
        engine = db.engine().sync_engine
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(engine, name, self.moment)
        send, lookup = type(sms).send, type(sms).lookup

        async def sending(**call):
            self.moment()
            receipt = await send(sms, **call)
            self.moment()
            return receipt

        async def looking(**call):
            self.moment()
            found = await lookup(sms, **call)
            self.moment()
            return found

        sms.send, sms.lookup = sending, looking

    def unwatch(self) -> None:
        engine = db.engine().sync_engine
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.remove(engine, name, self.moment)


@pytest.mark.parametrize("failing_first", [False, True])
async def test_a_worker_killed_at_any_point_delivers_once(world, time, failing_first):
    """Die at the first moment, the second, … until one comes through alive; the next worker always finishes it."""
    for at in range(1, 200):
        await enqueue(f"第 {at} 次")
        if failing_first:
            world.outside.sms.failures = [GatewayFailure.TIMEOUT]
            await deliver(world)
            time.pass_by(minutes=2)
        death = Death(at)
        death.watch(world.outside.sms)
        with contextlib.suppress(Killed):
            await deliver(world)
        death.unwatch()
        del world.outside.sms.send, world.outside.sms.lookup
        time.pass_by(hours=2)
        while await deliver(world):
            time.pass_by(hours=2)
        sent = [message.params["text"] for message in world.outside.sms.sent]
        assert sent == [f"第 {n} 次" for n in range(1, at + 1)], f"killed at moment {at}"
        assert {message.state for message in await rows(OutboxMessage)} == {MessageState.SENT}
        if not death.over:
            break
    assert at > 10, "there are more moments than that"


async def test_notices_count_under_the_cap_and_are_never_kept_waiting(world, time, monkeypatch):
    """Whoever uses up the province's messages cannot delay the warning that a phone was changed."""
    monkeypatch.setenv("JSRS_SMS_PER_HOUR", "2")
    get_settings.cache_clear()
    for text in ("一", "二", "三"):
        await enqueue(text)
    while await deliver(world):
        pass
    assert len(world.outside.sms.sent) == 3
    refused = await world.send_code(visitor(), human(5).mobile)
    assert refused.code == "sms_cap"


async def test_a_call_that_timed_out_is_looked_up(world, time):
    world.outside.sms.failures = [GatewayFailure.TIMEOUT]
    await enqueue()
    await deliver(world)
    assert (await the_message()).state == MessageState.SENDING
    time.pass_by(seconds=30)
    await deliver(world)
    assert (await the_message()).state == MessageState.SENT
    assert (world.outside.sms.lookups, len(world.outside.sms.sent)) == (1, 1)


async def test_a_message_that_surely_was_not_sent_is_sent_again_without_looking(world, time):
    world.outside.sms.failures = [GatewayFailure.UNREACHABLE]
    await enqueue()
    await deliver(world)
    assert (await the_message()).state == MessageState.PENDING
    time.pass_by(seconds=30)
    await deliver(world)
    assert (world.outside.sms.lookups, len(world.outside.sms.sent)) == (0, 1)


@pytest.mark.parametrize("failure", [GatewayFailure.UNREACHABLE, GatewayFailure.BUSY, GatewayFailure.TIMEOUT])
async def test_a_look_that_fails_does_not_end_the_doubt(world, time, failure):
    """Sent and timed out; then the provider cannot be asked; the third round must still look before it sends."""
    world.outside.sms.failures, world.outside.sms.lookup_failures = [GatewayFailure.TIMEOUT], [failure]
    await enqueue()
    for _ in range(3):
        await deliver(world)
        time.pass_by(minutes=10)
    assert len(world.outside.sms.sent) == 1
    assert (await the_message()).state == MessageState.SENT


async def test_a_message_sent_after_midnight_is_looked_up_on_the_day_it_was_sent(world, time):
    """Providers find messages by the day of sending; the message may be older than its first try that reached them."""
    time.set(datetime(2026, 3, 12, 23, 59, 40, tzinfo=clock.BEIJING))
    world.outside.sms.failures = [GatewayFailure.UNREACHABLE, GatewayFailure.TIMEOUT]
    await enqueue()
    await change(OutboxMessage, created_at=time.now, due_at=time.now)
    for _ in range(3):
        await deliver(world)
        time.pass_by(minutes=10)
    assert len(world.outside.sms.sent) == 1


async def test_tries_are_further_and_further_apart_and_end_after_eight(world, time):
    world.outside.sms.failures = [GatewayFailure.UNREACHABLE] * 20
    await enqueue()
    waits = []
    while (await the_message()).state != MessageState.DEAD:
        assert await deliver(world)
        due = (await the_message()).due_at
        waits.append((due - time.now).total_seconds())
        time.set(due)
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600]
    assert world.outside.sms.calls == outbox.MOST_TRIES == 8
    time.pass_by(days=1)
    assert not await deliver(world)


async def test_a_message_that_is_not_due_waits(world, time):
    world.outside.sms.failures = [GatewayFailure.UNREACHABLE]
    await enqueue()
    await deliver(world)
    time.pass_by(seconds=29)
    assert not await deliver(world)
    time.pass_by(seconds=1)
    assert await deliver(world)


async def test_a_message_that_breaks_the_worker_is_given_up_too(world, time):
    """A fault that is none of the provider's must not be tried for ever."""
    world.outside.sms.failures = [ValueError("a fault of ours")] * 20
    await enqueue()
    for _ in range(12):
        with contextlib.suppress(ValueError):
            await deliver(world)
        time.pass_by(hours=1)
    assert (await the_message()).state == MessageState.DEAD


async def test_a_broken_message_does_not_keep_the_next_one_waiting(world, time):
    await enqueue("一")
    await enqueue("二")
    world.outside.sms.failures = [ValueError("a fault of ours")]
    with pytest.raises(ValueError, match="fault"):
        await deliver(world)
    await deliver(world)
    assert [sent.params["text"] for sent in world.outside.sms.sent] == ["二"]


# Clearing away


def old(**how_long) -> datetime:
    return clock.now() - timedelta(**how_long)


async def some_of_everything(world, end: datetime, name: str) -> None:
    account = await world.registered_unit(employer(int(name)))
    async with db.unit_of_work() as session:
        draft = Draft(wizard="unit-registration", owner=name, expires_at=end)
        draft.progress = "{}"
        ids = {"person_id": account.person_id, "expires_at": end}
        session.add(draft)
        session.add(LoginTicket(ticket_hash=name, anonymous_key=name, **ids))
        session.add(SmsCode(purpose="x", mobile_index=name, owner=name, code_mac=name, expires_at=end))
        session.add(FaceCheck(purpose="x", owner=name, subject_index=name, order_number=name, expires_at=end))
        session.add(Counter(key=name, count=1, window_ends_at=end))
        session.add(UserSession(token_hash=name, **ids))


EXPIRING = (Draft, LoginTicket, SmsCode, FaceCheck, Counter, UserSession)


async def left() -> list[int]:
    return [await how_many(model) for model in EXPIRING]


async def test_clearing_removes_only_what_has_expired(world, time):
    await some_of_everything(world, time.now + timedelta(seconds=1), "1")
    await some_of_everything(world, old(seconds=1), "2")
    kept = [await how_many(model) for model in (Unit, Person, Grant, AuditEntry)]
    await worker.clear_away()
    assert await left() == [1, 2, 2, 2, 1, 2]
    assert [await how_many(model) for model in (Unit, Person, Grant, AuditEntry)] == kept
    (draft,) = await rows(Draft)
    assert draft.owner == "1"


async def test_proofs_are_kept_a_day_and_sessions_half_a_year(world, time):
    await some_of_everything(world, time.now, "1")
    time.pass_by(hours=23, minutes=59)
    await worker.clear_away()
    assert await left() == [0, 1, 1, 1, 0, 1]
    time.pass_by(minutes=2)
    await worker.clear_away()
    assert await left() == [0, 0, 0, 0, 0, 1]
    time.pass_by(days=182)
    await worker.clear_away()
    assert await left() == [0, 0, 0, 0, 0, 0]
    assert await how_many(Unit) == 1


async def test_clearing_twice_or_at_once_does_no_harm(world, time):
    await some_of_everything(world, old(days=200), "1")
    await at_once(*[worker.clear_away() for _ in range(5)])
    assert await left() == [0] * 6


# The sign of life


async def test_the_heart_beats_in_one_row(time):
    await worker.beat()
    time.pass_by(seconds=5)
    await worker.beat()
    (beat,) = await rows(Heartbeat)
    assert (beat.name, beat.beat_at) == (worker.NAME, time.now)


async def test_a_message_is_bound_to_its_row(world):
    await enqueue("一")
    await enqueue("二")
    first, second = await rows(OutboxMessage)
    first.body_cipher = second.body_cipher
    with pytest.raises(crypto.CannotDecrypt):
        _ = first.body
