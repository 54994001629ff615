"""Puzzles: one browser's, answered once, spent once; asked for where machines come (R-2.4.7, R-2.5.2, R-2.5.6)."""

from datetime import timedelta

import pytest

from jsrs_portal import db, puzzle_picture
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.puzzles import PUZZLE_LIFE, SOLVED_LIFE, read_trail
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.proofs import Puzzle, PuzzleState
from jsrs_portal.services import login, presence, puzzles
from jsrs_portal.services.codes import CodeSent
from jsrs_portal.services.login import Ticket
from tests.services.numbers import employer, human
from tests.services.world import PASSWORD, at_once, rows, visitor
from tests.support.hands import hand

pytestmark = [pytest.mark.req("R-2.4.7"), pytest.mark.usefixtures("puzzles_asked")]
ME, OTHER = visitor(), visitor("another browser", "198.51.100.1")
UNIT = employer(1)
PHONE = human(3).mobile


async def draw(actor=ME) -> Puzzle:
    """Have a puzzle shown and look at what the browser does not see."""
    shown = await puzzles.open_puzzle(actor=actor)
    assert not isinstance(shown, Refusal), shown
    return next(row for row in await rows(Puzzle) if row.id == shown.id)


async def answer(puzzle: Puzzle, actor=ME, off: int = 0) -> bool:
    trail = read_trail(hand(puzzle_picture.place(puzzle.seed)[0] + off, took=400))
    assert trail is not None
    return await puzzles.answer(actor=actor, puzzle_id=puzzle.id, trail=trail)


async def solve(actor=ME) -> None:
    assert await answer(await draw(actor), actor)


async def spend(actor=ME) -> Refusal | None:
    async with db.unit_of_work() as session:
        return await presence.spend(session, actor=actor)


@pytest.fixture
async def unit(world):
    return await world.registered_unit(UNIT)


# One browser's, once


async def test_a_solved_puzzle_can_be_spent_once(world):
    assert await spend() is presence.NEEDED
    await solve()
    assert await spend() is None
    assert await spend() is presence.NEEDED


async def test_a_replayed_answer_counts_for_nothing(world):
    puzzle = await draw()
    assert await answer(puzzle)
    assert not await answer(puzzle)
    assert [row.state for row in await rows(Puzzle)] == [PuzzleState.SOLVED]


async def test_a_wrong_answer_ends_the_puzzle(world):
    puzzle = await draw()
    assert not await answer(puzzle, off=-12)
    assert not await answer(puzzle)
    assert await spend() is presence.NEEDED


async def test_the_puzzle_before_cannot_be_answered_any_more(world):
    before, now = await draw(), await draw()
    assert not await answer(before)
    assert await answer(now)


async def test_another_browser_can_neither_see_nor_answer_nor_spend_it(world):
    puzzle = await draw()
    assert await puzzles.picture(actor=OTHER, puzzle_id=puzzle.id) is None
    assert not await answer(puzzle, OTHER)
    assert await puzzles.picture(actor=ME, puzzle_id=puzzle.id) == puzzle_picture.draw(puzzle.seed)
    assert await answer(puzzle)
    assert await spend(OTHER) is presence.NEEDED
    assert await puzzles.picture(actor=ME, puzzle_id=puzzle.id) is None, "it is over"


async def test_puzzle_and_solution_grow_old(world, time):
    puzzle = await draw()
    time.pass_by(seconds=PUZZLE_LIFE.seconds + 1)
    assert not await answer(puzzle)
    puzzle = await draw()
    time.pass_by(seconds=2)
    assert await answer(puzzle)
    time.pass_by(seconds=SOLVED_LIFE.seconds + 1)
    assert await spend() is presence.NEEDED


async def test_fifty_simultaneous_answers_solve_it_once_and_fifty_spend_it_once(world):
    puzzle = await draw()
    outcomes = await at_once(*[answer(puzzle) for _ in range(50)])
    assert outcomes.count(True) == 1
    outcomes = await at_once(*[spend() for _ in range(50)])
    assert outcomes.count(None) == 1


async def test_pictures_are_not_drawn_without_end(world):
    for _ in range(frequency.PUZZLE_BROWSER.most):
        await draw()
    refused = await puzzles.open_puzzle(actor=ME)
    assert isinstance(refused, Refusal)
    assert "获取拼图过于频繁" in refused.sentence


# Where it is asked for


async def log_in(password: str = "wrong-Aa-1", actor=ME) -> str:
    outcome = await login.login_unit(
        actor=actor, account=UNIT.uscc, identifier=UNIT.legal_rep.id_number, password=password
    )
    return "in" if isinstance(outcome, Ticket) else outcome.code


async def test_after_three_failures_even_the_right_password_waits_for_a_puzzle(world, unit):
    assert [await log_in() for _ in range(3)] == ["wrong"] * 3
    assert [await log_in(PASSWORD) for _ in range(3)] == ["puzzle"] * 3, "and nothing is counted meanwhile"
    await solve()
    assert await log_in() == "wrong"
    assert await log_in() == "puzzle"
    await solve()
    assert await log_in(PASSWORD) == "in"
    assert [await log_in(actor=OTHER), await log_in(PASSWORD, OTHER)] == ["wrong", "in"], "a success starts over"


async def test_a_lock_is_not_opened_by_a_puzzle(world, unit):
    for _ in range(2):
        await solve()
    assert [await log_in() for _ in range(4)] == ["wrong"] * 4
    assert await log_in() == "wrong"
    assert await log_in(PASSWORD) == "locked"


async def test_three_failures_of_one_browser_ask_whatever_account_is_typed_next(world, unit):
    for n in range(3):
        outcome = await login.login_person(actor=ME, identifier=human(20 + n).mobile, password="wrong-Aa-1")
        assert outcome.code == "wrong"
    assert await log_in(PASSWORD) == "puzzle"
    assert await log_in(PASSWORD, OTHER) == "in"


async def test_the_question_does_not_tell_whether_anybody_has_the_account(world, unit):
    heard = []
    for uscc in (UNIT.uscc, employer(9).uscc):
        actor = visitor(uscc)
        codes = []
        for _ in range(4):
            refused = await login.login_unit(actor=actor, account=uscc, identifier=PHONE, password="wrong-Aa-1")
            codes.append(refused.code)
        heard.append(codes)
    assert heard[0] == heard[1] == ["wrong", "wrong", "wrong", "puzzle"]


async def test_before_the_first_message_of_a_visit(world):
    assert await world.send_code(ME, PHONE) is presence.NEEDED
    assert world.outside.sms.sent == []
    await solve()
    assert isinstance(await world.send_code(ME, PHONE), CodeSent)
    assert isinstance(await world.send_code(ME, human(4).mobile), CodeSent), "once a visit"
    assert await world.send_code(OTHER, human(5).mobile) is presence.NEEDED


# Without a picture


@pytest.mark.req("R-2.5.6")
async def test_a_code_on_any_phone_counts_as_a_solved_puzzle(world):
    code = await world.code(ME, PHONE, CodePurpose.PUZZLE)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    refused = await puzzles.answer_by_code(actor=ME, mobile=PHONE, code=wrong)
    assert refused is not None
    assert refused.code == "code_wrong"
    assert await spend() is presence.NEEDED
    assert await puzzles.answer_by_code(actor=ME, mobile=PHONE, code=code) is None
    assert await spend() is None
    assert await spend() is presence.NEEDED


@pytest.mark.req("R-2.5.6")
async def test_messages_without_a_puzzle_are_few(world, time):
    for n in range(frequency.PUZZLE_SMS.most):
        assert isinstance(await world.send_code(visitor(f"b{n}"), human(30 + n).mobile, CodePurpose.PUZZLE), CodeSent)
    refused = await world.send_code(visitor("one more"), human(60).mobile, CodePurpose.PUZZLE)
    assert "改用短信验证过于频繁" in refused.sentence
    time.pass_by(seconds=timedelta(hours=1).seconds + 1)
    assert isinstance(await world.send_code(visitor("later"), human(61).mobile, CodePurpose.PUZZLE), CodeSent)
