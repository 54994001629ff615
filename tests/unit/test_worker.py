"""The worker's rounds: a fault in one does not end the next, and it stops when told to."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from jsrs_portal import clock, db, worker

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
        ("deliver_one", "deliver"),
    ):
        monkeypatch.setattr(worker, attribute, noted(name))
    monkeypatch.setattr(worker, "build_gateways", lambda _settings: None)
    monkeypatch.setattr(worker, "PAUSE", 0.001)
    monkeypatch.setattr(clock, "now", lambda: now[0])

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
