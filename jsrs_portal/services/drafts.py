"""Reading and saving how far somebody is in a wizard (rule 3)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.wizards import Progress, WizardSpec
from jsrs_portal.models.drafts import Draft


@dataclass(frozen=True)
class SavedProgress:
    """Progress with the version it was read at and the time it was saved; version 0 when there is no draft yet."""

    progress: Progress
    version: int = 0
    saved_at: datetime | None = None


async def load_progress(session: AsyncSession, *, spec: WizardSpec, owner: str, lock: bool = False) -> SavedProgress:
    """Return the living draft of ``owner``, or a fresh start; ``lock`` makes others wait."""
    draft = await _find(session, spec, owner, lock=lock)
    if draft is None or draft.expires_at <= clock.now():
        return SavedProgress(Progress())
    return SavedProgress(Progress.from_json(draft.progress), draft.version, draft.saved_at)


async def unless_finished(refused: list[Refusal], *, spec: WizardSpec, owner: str) -> SavedProgress | list[Refusal]:
    """Return ``refused``, or the draft if another click of the same person has finished it a moment ago."""
    async with db.reading() as session:
        known = await load_progress(session, spec=spec, owner=owner)
    return known if known.progress.result else refused


async def save_progress(session: AsyncSession, *, spec: WizardSpec, owner: str, saved: SavedProgress) -> bool:
    """Save ``saved.progress`` if nobody saved since it was read (compare-and-set); return whether it was."""
    now = clock.now()
    draft = await _find(session, spec, owner, lock=True)
    if draft is not None and draft.expires_at <= now:
        await session.delete(draft)
        await session.flush()
        draft = None
    if (draft.version if draft else 0) != saved.version:
        return False
    if draft is None:
        draft = Draft(wizard=spec.key, owner=owner, version=0)
        draft.expires_at = now + spec.life
    draft.progress = saved.progress.to_json()
    draft.saved_at = now
    draft.version += 1
    try:
        async with session.begin_nested():
            session.add(draft)
    except IntegrityError:  # two tabs began at the same instant; the other one was first
        return False
    return True


async def drop_progress(session: AsyncSession, *, spec: WizardSpec, owner: str) -> None:
    """Throw a draft away, to start again."""
    await session.execute(delete(Draft).where(col(Draft.wizard) == spec.key, col(Draft.owner) == owner))


async def _find(session: AsyncSession, spec: WizardSpec, owner: str, *, lock: bool = False) -> Draft | None:
    query = select(Draft).where(col(Draft.wizard) == spec.key, col(Draft.owner) == owner)
    return (await session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
