"""How long everything is kept is said in one place, and clearing away never locks a table for long."""

import re
from datetime import timedelta

import pytest

from jsrs_portal import clock, db, worker
from jsrs_portal.domain import retention as kept
from jsrs_portal.models.sessions import Counter
from jsrs_portal.models.work import Heartbeat, MessageState, OutboxMessage
from jsrs_portal.services import notices, retention
from tests.services.world import change, how_many, statements, warm_up


async def counters(count: int, ended: timedelta = timedelta(hours=1)) -> None:
    async with db.unit_of_work() as session:
        for n in range(count):
            session.add(Counter(key=str(n), count=1, window_ends_at=clock.now() - ended))


def test_every_period_has_a_reason_and_nothing_a_law_protects_is_shorter():
    assert len({period.kind for period in kept.PERIODS}) == len(kept.PERIODS)
    assert all(period.reason and period.since for period in kept.PERIODS)
    assert kept.AUDIT.keep >= timedelta(days=183)
    assert kept.SESSIONS.keep >= timedelta(days=183)


def test_every_period_of_the_table_is_kept_by_somebody():
    """A rule for each, but for the audit trail, which goes to an archive."""
    assert len(retention.rules(clock.now())) == len(kept.PERIODS) - 1


@pytest.mark.parametrize(("state", "period"), [(MessageState.SENT, kept.SENT), (MessageState.DEAD, kept.DEAD)])
async def test_messages_are_kept_as_long_as_the_table_says(time, state, period):
    async with db.unit_of_work() as session:
        notices.enqueue_sms(session, mobile="13800000001", text="x")
    await change(OutboxMessage, state=state, created_at=time.now)
    time.pass_by(days=period.keep.days, minutes=-1)
    await worker.clear_away()
    assert await how_many(OutboxMessage) == 1
    time.pass_by(minutes=2)
    await worker.clear_away()
    assert await how_many(OutboxMessage) == 0


@pytest.mark.parametrize("state", [MessageState.PENDING, MessageState.SENDING])
async def test_a_message_that_waits_is_never_cleared_away(time, state):
    async with db.unit_of_work() as session:
        notices.enqueue_sms(session, mobile="13800000001", text="x")
    await change(OutboxMessage, state=state)
    time.pass_by(days=4000)
    await worker.clear_away()
    assert await how_many(OutboxMessage) == 1


async def test_a_process_that_is_gone_for_good_leaves_no_sign_of_life(time):
    await worker.beat({"deliver": time.now})
    time.pass_by(hours=25)
    await worker.beat()
    await worker.clear_away()
    assert await how_many(Heartbeat) == 1


@pytest.mark.parametrize("count", [0, 4, 10])
async def test_much_is_removed_in_small_batches(count):
    await counters(count)
    await warm_up()
    with statements() as seen:
        assert await retention.clear_away(batch=4) == count
    others = len(retention.rules(clock.now())) - 1
    deletes = [statement for statement in seen if statement.startswith("DELETE")]
    assert len(deletes) == len(seen) == others + count // 4 + 1
    assert all(re.search(r"LIMIT", statement) for statement in deletes)
    assert await how_many(Counter) == 0


async def test_what_is_too_much_for_once_waits_for_the_next_time(monkeypatch):
    monkeypatch.setattr(retention, "MOST_BATCHES", 2)
    await counters(10)
    await retention.clear_away(batch=3)
    assert await how_many(Counter) == 4
    await retention.clear_away(batch=3)
    assert await how_many(Counter) == 0
