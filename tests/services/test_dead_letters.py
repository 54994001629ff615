"""Messages that nobody could send: staff see that they exist, and can have them tried again, exactly once."""

import json

import pytest

from jsrs_portal import db, worker
from jsrs_portal.gateways.errors import GatewayFailure
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.work import MessageState, OutboxMessage
from jsrs_portal.services import notices
from tests.services.numbers import human
from tests.services.operator import jsrs
from tests.services.world import rows

TEXT = "苏婉清，您已成为单位的经办人"
PHONE = human(1).mobile


async def dead(world, time, *failures: GatewayFailure) -> OutboxMessage:
    """Return a message that was tried until it was given up."""
    async with db.unit_of_work() as session:
        notices.enqueue_sms(session, mobile=PHONE, text=TEXT)
    world.outside.sms.failures = list(failures) or [GatewayFailure.UNREACHABLE] * 8
    known = {message.id for message in await rows(OutboxMessage) if message.state == MessageState.DEAD}
    while world.outside.sms.failures:
        await worker.deliver_one(world.outside.gateways)
        time.pass_by(hours=1)
    (found,) = [m for m in await rows(OutboxMessage) if m.state == MessageState.DEAD and m.id not in known]
    return found


async def test_the_list_names_them_and_shows_neither_phone_nor_text(world, time):
    message = await dead(world, time)
    said = await jsrs("outbox", "list-dead")
    assert said.code == 0
    assert message.id in said.text
    assert f"{PHONE[0]}*******{PHONE[-2:]}" in said.text
    assert "试发 8 次" in said.text
    assert "共 1 条" in said.text
    for secret in (PHONE, "苏婉清", TEXT[4:]):
        assert secret not in said.text


async def test_without_any_the_list_says_so():
    assert "没有放弃的短信" in (await jsrs("outbox", "list-dead")).text


async def test_one_is_tried_again_and_arrives_once(world, time):
    first, second = await dead(world, time), await dead(world, time)
    assert (await jsrs("outbox", "retry", first.id)).code == 0
    while await worker.deliver_one(world.outside.gateways):
        pass
    states = {message.id: message.state for message in await rows(OutboxMessage)}
    assert states == {first.id: MessageState.SENT, second.id: MessageState.DEAD}
    assert len(world.outside.sms.sent) == 1


async def test_all_are_tried_again_from_the_beginning(world, time):
    for _ in range(3):
        await dead(world, time)
    said = await jsrs("outbox", "retry", "--all")
    assert "3 条" in said.text
    assert {(m.state, m.tries) for m in await rows(OutboxMessage)} == {(MessageState.SENDING, 0)}
    while await worker.deliver_one(world.outside.gateways):
        pass
    assert len(world.outside.sms.sent) == 3


async def test_one_whose_last_try_arrived_after_all_is_not_sent_again(world, time):
    """The eighth try timed out: the provider may have it, so it is asked first."""
    await dead(world, time, *[GatewayFailure.UNREACHABLE] * 7, GatewayFailure.TIMEOUT)
    assert len(world.outside.sms.sent) == 1
    await jsrs("outbox", "retry", "--all")
    await worker.deliver_one(world.outside.gateways)
    assert len(world.outside.sms.sent) == 1
    assert (await rows(OutboxMessage))[0].state == MessageState.SENT


async def test_a_retry_leaves_an_entry_with_the_operator(world, time, monkeypatch):
    monkeypatch.setenv("SUDO_USER", "ops-zhang")
    message = await dead(world, time)
    await jsrs("outbox", "retry", message.id)
    (entry,) = [entry for entry in await rows(AuditEntry) if entry.action == "outbox.retry"]
    assert entry.subject == message.id
    assert json.loads(entry.details) == {"account": "ops-zhang"}


@pytest.mark.parametrize("arguments", [("0" * 32,), (), ("0" * 32, "--all"), ("--all",)])
async def test_what_there_is_not_cannot_be_retried(arguments):
    said = await jsrs("outbox", "retry", *arguments)
    assert said.code == 1
    assert said.text.strip().endswith("。")
    assert await rows(AuditEntry) == []


async def test_a_message_that_is_not_dead_is_left_alone(world):
    async with db.unit_of_work() as session:
        notices.enqueue_sms(session, mobile=PHONE, text=TEXT)
    await worker.deliver_one(world.outside.gateways)
    (message,) = await rows(OutboxMessage)
    assert (await jsrs("outbox", "retry", message.id)).code == 1
    assert (await rows(OutboxMessage))[0].state == MessageState.SENT


async def test_rotating_keys_leaves_an_entry():
    assert (await jsrs("keys", "rotate")).code == 0
    (entry,) = await rows(AuditEntry)
    assert entry.action == "keys.rotate"
    assert json.loads(entry.details)["count"] == 0
