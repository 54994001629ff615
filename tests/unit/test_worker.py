"""The worker's rounds: a fault in one does not end the next, and it stops when told to."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import pytest

from jsrs_portal import clock, db, worker
from jsrs_portal.api import health

START = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def rounds(monkeypatch):
    """The worker with everything it does replaced by notes of it; the clock goes on by one second a round."""
    notes: list[str] = []
    now = [START]
    stop = asyncio.Event()

    class Rounds:
        done = notes
        faults: dict[str, list[Exception]]
        most = 10
        waiting = 0

        def go_on(self, **how_long: float) -> None:
            now[0] += timedelta(**how_long)

        async def run(self) -> list[str]:
            await asyncio.wait_for(worker.run(stop), 5)
            return notes

    made = Rounds()
    made.faults = {}

    def noted(name: str):
        async def act(*_args) -> bool:
            notes.append(name)
            if name == "deliver":
                now[0] += timedelta(seconds=1)
                if notes.count("deliver") >= made.most:
                    stop.set()
            if made.faults.get(name):
                raise made.faults[name].pop(0)
            if name != "deliver":
                return False
            made.waiting -= 1
            return made.waiting >= 0

        return act

    for attribute, name in (
        ("beat", "beat"),
        ("clear_away", "clear"),
        ("seal_audit", "seal"),
        ("announce_endings", "endings"),
        ("fetch_lists", "lists"),
        ("make_exports", "exports"),
        ("tend_files", "files"),
        ("tend_shipments", "parcels"),
        ("close_accounts", "closings"),
        ("tend_cases", "cases"),
        ("deliver_one", "deliver"),
    ):
        monkeypatch.setattr(worker, attribute, noted(name))

    async def none() -> int:
        return 0

    monkeypatch.setattr(worker, "make_case_exports", none)
    monkeypatch.setattr(worker, "make_results", none)
    monkeypatch.setattr(worker, "build_gateways", lambda _settings: None)
    monkeypatch.setattr(worker, "PAUSE", 0.001)
    monkeypatch.setattr(clock, "now", lambda: now[0])
    monkeypatch.setattr(worker, "steady_clock", lambda: clock.now)

    async def closed() -> None:
        notes.append("closed")

    monkeypatch.setattr(db, "close_engine", closed)
    return made


async def test_it_beats_every_five_seconds_and_clears_every_minute(rounds):
    rounds.most = 121
    done = await rounds.run()
    assert (done.count("beat"), done.count("clear"), done.count("seal")) == (25, 3, 121)
    assert done[-1] == "closed"


async def test_the_first_round_shows_a_sign_of_life_at_once(rounds):
    assert (await rounds.run())[0] == "beat"


async def test_a_fault_is_survived_and_tried_again(rounds):
    rounds.faults = {"deliver": [RuntimeError("x"), OSError("y")], "beat": [RuntimeError("z")]}
    done = await rounds.run()
    assert done.count("beat") == 2
    assert done.count("deliver") == rounds.most


async def test_a_fault_of_one_duty_does_not_keep_the_others_from_being_done(rounds):
    """If clearing away always fails, messages must go out all the same."""
    rounds.faults = {"clear": [RuntimeError("again")] * 10}
    done = await rounds.run()
    assert done.count("deliver") == rounds.most


async def test_while_messages_wait_it_does_not_pause(rounds, monkeypatch):
    monkeypatch.setattr(worker, "PAUSE", 60)
    rounds.waiting, rounds.most = 10, 10
    assert (await rounds.run()).count("deliver") >= 10


async def test_a_fault_is_logged_by_its_kind_only(rounds, capsys):
    rounds.faults = {"deliver": [RuntimeError("苏婉清 13800000001")]}
    await rounds.run()
    said = capsys.readouterr()
    assert "RuntimeError" in said.out + said.err
    assert "苏婉清" not in said.out + said.err


# Deadlines


async def hang(released: asyncio.Event) -> None:
    """Do not end before the test does, whatever is cancelled."""
    while not released.is_set():
        with contextlib.suppress(asyncio.CancelledError):
            await released.wait()


@pytest.mark.parametrize("duty", ["deliver_one", "seal_audit", "clear_away"])
async def test_a_duty_that_hangs_keeps_neither_the_sign_of_life_nor_the_others_waiting(rounds, monkeypatch, duty):
    """Even one that cannot be cancelled: the beat goes on, so health tells the truth."""
    begun: list[str] = []
    released = asyncio.Event()

    async def hanging(*_args) -> bool:
        begun.append(duty)
        await hang(released)
        return False

    monkeypatch.setattr(worker, duty, hanging)
    monkeypatch.setattr(worker, "PAUSE", 0.01)
    stop = asyncio.Event()
    going_on = asyncio.create_task(worker.run(stop))
    other = "seal" if duty != "seal_audit" else "deliver"
    async with asyncio.timeout(5):
        while rounds.done.count("beat") < 3 or rounds.done.count(other) < 3:
            rounds.go_on(seconds=5)
            await asyncio.sleep(0.01)
    assert begun == [duty], "it is not begun again while it still hangs"
    stop.set()
    async with asyncio.timeout(5):
        await going_on
    released.set()


async def test_a_duty_is_ended_at_its_deadline_and_begun_again(monkeypatch):
    begun: list[int] = []

    async def slow() -> None:
        begun.append(1)
        await asyncio.sleep(60)

    duty = worker.Duty("slow", timedelta(seconds=1), 0.02, slow, START)
    for n in range(3):
        task = duty.begin_if_due(START + timedelta(seconds=n))
        assert task is not None
        await asyncio.wait_for(task, 20)
    assert len(begun) == 3
    assert duty.done_at == START, "it was never done"


async def test_the_sign_of_life_says_when_each_duty_was_last_done(monkeypatch):
    told: list[dict] = []

    async def beat(done) -> None:
        told.append(dict(done))

    async def fail(*_args) -> bool:
        raise RuntimeError

    async def nothing(*_args) -> bool:
        return False

    monkeypatch.setattr(worker, "beat", beat)
    monkeypatch.setattr(worker, "deliver_one", nothing)
    monkeypatch.setattr(worker, "seal_audit", fail)
    monkeypatch.setattr(worker, "clear_away", nothing)
    monkeypatch.setattr(worker, "announce_endings", nothing)
    monkeypatch.setattr(worker, "fetch_lists", nothing)
    monkeypatch.setattr(worker, "make_exports", nothing)
    monkeypatch.setattr(worker, "make_case_exports", nothing)
    monkeypatch.setattr(worker, "make_results", nothing)
    monkeypatch.setattr(worker, "close_accounts", nothing)
    monkeypatch.setattr(worker, "tend_cases", nothing)
    monkeypatch.setattr(worker, "tend_files", nothing)
    monkeypatch.setattr(worker, "tend_shipments", nothing)
    later = START + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    duties = worker.duties_of(None, START)
    for _ in range(2):
        for duty in duties:
            duty.due_at = START
            await duty.begin_if_due(later)
    assert told[-1] == {
        "deliver": later,
        "endings": later,
        "lists": later,
        "seal": START,
        "clear": later,
        "exports": later,
        "closings": later,
        "cases": later,
        "files": later,
        "parcels": later,
    }


def test_every_duty_has_a_deadline_shorter_than_what_health_calls_late():
    for duty in worker.duties_of(None, START):
        assert duty.limit > 0
        assert duty.every + timedelta(seconds=duty.limit) < health.DUTY_LATE_AFTER


async def test_no_message_is_begun_when_the_others_have_waited_long_enough(monkeypatch):
    sent: list[int] = []

    async def deliver(_gateways) -> bool:
        sent.append(1)
        return True

    monkeypatch.setattr(worker, "deliver_one", deliver)
    monkeypatch.setattr(worker, "DELIVER_FOR", 0)
    await worker.deliver_all(None)
    assert len(sent) == 1
