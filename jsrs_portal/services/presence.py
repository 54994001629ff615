"""Whether somebody has shown that they are there: a solved puzzle, spent on what needs one (R-2.4.7, R-2.5.2)."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.proofs import Puzzle, PuzzleState

NEEDED = Refusal("请先完成拼图验证。", code="puzzle")
"""Not done because nobody has shown that they are there; the page asks for a puzzle and tries again."""


async def spend(session: AsyncSession, *, actor: Actor) -> Refusal | None:
    """Use up a puzzle that this browser has solved; :data:`NEEDED` when there is none."""
    solved = (
        col(Puzzle.owner) == actor.session_key,
        col(Puzzle.state) == PuzzleState.SOLVED,
        col(Puzzle.expires_at) > clock.now(),
    )
    one = select(col(Puzzle.id)).where(*solved).order_by(col(Puzzle.created_at), col(Puzzle.id)).limit(1)
    spent = await session.execute(
        update(Puzzle)
        .where(col(Puzzle.id) == one.scalar_subquery(), col(Puzzle.state) == PuzzleState.SOLVED)
        .values(state=PuzzleState.USED)
        .returning(col(Puzzle.id))
    )
    return None if spent.first() is not None else NEEDED


async def ask(session: AsyncSession, *, actor: Actor) -> Refusal | None:
    """Return :data:`NEEDED` unless a puzzle was spent in this visit already, or can be now."""
    query = select(col(Puzzle.id)).where(col(Puzzle.owner) == actor.session_key, col(Puzzle.state) == PuzzleState.USED)
    if (await session.execute(query.limit(1))).first() is not None:
        return None
    return await spend(session, actor=actor)
