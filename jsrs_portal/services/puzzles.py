"""Slider puzzles: drawn for one browser, answered once, spent once (R-2.5.2, R-2.4.7).

Whoever cannot see a picture proves the same with a code sent to a phone of theirs (R-2.5.6).
"""

import asyncio
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, update
from sqlmodel import col

from jsrs_portal import clock, db, puzzle_picture
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import puzzles as rules
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.puzzles import Sample
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.proofs import Puzzle, PuzzleState
from jsrs_portal.puzzle_picture import Picture
from jsrs_portal.services import audit, codes, limits
from jsrs_portal.turns import Turns

_drawing = Turns()


@dataclass(frozen=True)
class PuzzleView:
    """A puzzle as the page shows it: its name in the addresses of its pictures, and how far down the piece is."""

    id: str
    y: int


async def open_puzzle(*, actor: Actor) -> PuzzleView | Refusal:
    """Give this browser a fresh puzzle; one it had before can no longer be answered."""
    now = clock.now()
    wanted = [
        (frequency.PUZZLE_BROWSER, actor.session_key),
        *frequency.by_source(frequency.PUZZLE_SOURCE, actor.address),
    ]
    async with db.unit_of_work() as session:
        exceeded = await limits.take_all(session, wanted, now=now)
        if exceeded:
            return exceeded.refusal
        mine = col(Puzzle.owner) == actor.session_key
        still_open = col(Puzzle.state) == PuzzleState.OPEN
        await session.execute(update(Puzzle).where(mine, still_open).values(state=PuzzleState.VOID))
        puzzle = Puzzle(owner=actor.session_key, seed=clock.new_token(), expires_at=now + rules.PUZZLE_LIFE)
        session.add(puzzle)
        return PuzzleView(puzzle.id, puzzle_picture.place(puzzle.seed)[1])


async def picture(*, actor: Actor, puzzle_id: str) -> Picture | None:
    """Return the picture of a puzzle that this browser may still answer."""
    async with db.reading() as session:
        query = select(col(Puzzle.seed)).where(*_answerable(actor, puzzle_id))
        seed = (await session.execute(query)).scalar_one_or_none()
    if not seed:
        return None
    async with _drawing():
        return await asyncio.to_thread(puzzle_picture.draw, seed)


async def answer(*, actor: Actor, puzzle_id: str, trail: tuple[Sample, ...]) -> bool:
    """Judge a movement; right or wrong, the puzzle has been answered. What is right can be spent once."""
    now = clock.now()
    async with db.unit_of_work() as session:
        claimed = await session.execute(
            update(Puzzle)
            .where(*_answerable(actor, puzzle_id))
            .values(state=PuzzleState.FAILED)
            .returning(col(Puzzle.id), col(Puzzle.seed), col(Puzzle.created_at))
        )
        found = claimed.one_or_none()
        if found is None:
            return False
        target, _ = puzzle_picture.place(found.seed)
        solved = rules.is_solved(trail, target=target, elapsed=now - found.created_at)
        if solved:
            worth = {"state": PuzzleState.SOLVED, "expires_at": now + rules.SOLVED_LIFE}
            await session.execute(update(Puzzle).where(col(Puzzle.id) == found.id).values(**worth))
        return solved


async def answer_by_code(*, actor: Actor, mobile: str, code: str) -> Refusal | None:
    """Count the code on somebody's phone as a solved puzzle (R-2.5.6); ``None`` when it was right."""
    async with db.unit_of_work() as session:
        refused = await codes.use_code(session, actor=actor, purpose=CodePurpose.PUZZLE, mobile=mobile, code=code)
        if refused is None:
            until = clock.now() + rules.SOLVED_LIFE
            session.add(Puzzle(owner=actor.session_key, seed="", state=PuzzleState.SOLVED, expires_at=until))
            audit.record(session, actor=actor, action="puzzle.code")
        return refused


def _answerable(actor: Actor, puzzle_id: str) -> list[ColumnElement[bool]]:
    return [
        col(Puzzle.id) == puzzle_id,
        col(Puzzle.owner) == actor.session_key,
        col(Puzzle.state) == PuzzleState.OPEN,
        col(Puzzle.expires_at) > clock.now(),
    ]
