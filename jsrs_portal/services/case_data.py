"""What was handed in with a case, as it is read later: whole in its own house, masked at the bureau (R-2.6.3.2)."""

import asyncio
import json
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.cases import CaseStatus, FileState
from jsrs_portal.domain.form_drafts import typed_again
from jsrs_portal.domain.form_reading import Reading, read_form
from jsrs_portal.domain.form_values import Surroundings
from jsrs_portal.models.cases import CaseFile, CaseSubmission
from jsrs_portal.services.application_checks import CheckedSection, checked_sections
from jsrs_portal.services.case_files import FileView, view_of
from jsrs_portal.services.opened_cases import Opened

_BEFORE_THE_BUREAU = (CaseStatus.UNIT_REVIEW, CaseStatus.UNIT_RETURNED, CaseStatus.WITHDRAWN, CaseStatus.LAPSED)
"""Where what was handed in last may never have come to the bureau: the unit has not approved it."""


@dataclass(frozen=True)
class HandedFiles:
    """The files that were handed in at one question; those that a correction has replaced say so."""

    label: str
    files: tuple[FileView, ...]


@dataclass(frozen=True)
class CaseData:
    """Everything that was handed in last, in words, and the files, also those of former submissions.

    ``shown`` are the keys of the questions that were asked.
    """

    sections: tuple[CheckedSection, ...]
    files: tuple[HandedFiles, ...]
    shown: frozenset[str] = frozenset()


async def case_data(session: AsyncSession, opened: Opened, *, whole: bool, bureau: bool = False) -> CaseData:
    """Return what was handed in last; ``whole`` shows people's data unmasked. One query.

    For the ``bureau`` what has reached it last: one query more while another submission is with the unit.
    """
    given = as_handed_in(opened, await _received(session, opened) if bureau else None)
    reading = await asyncio.to_thread(reading_of, given) if given.long else reading_of(given)
    sections = tuple(await checked_sections(given, reading, masked=not whole))
    query = (
        select(CaseFile)
        .where(
            col(CaseFile.case_id) == opened.case.id,
            col(CaseFile.state).in_([FileState.STORED, FileState.REPLACED]),
            col(CaseFile.submission) > 0,
            *([col(CaseFile.submission) <= opened.case.received] if bureau and opened.case.received else []),
        )
        .order_by(col(CaseFile.created_at), col(CaseFile.id))
    )
    groups: dict[str, list[FileView]] = {}
    for one in (await session.execute(query)).scalars():
        groups.setdefault(one.field, []).append(view_of(one))
    files = tuple(HandedFiles(one.label, tuple(groups[one.key])) for one in opened.form.fields if one.key in groups)
    return CaseData(sections, files, frozenset(reading.shown))


def as_handed_in(opened: Opened, answers: str | None = None) -> Opened:
    """Return the case with what was handed in last, or with ``answers``, whatever is being typed since."""
    given = opened.kept.answers if answers is None else answers
    return replace(opened, filled=typed_again(opened.form, json.loads(given)))


async def _received(session: AsyncSession, opened: Opened) -> str | None:
    """Return what the bureau has been handed in last, where that is not what was handed in last at all."""
    case = opened.case
    if not case.received or case.status not in _BEFORE_THE_BUREAU:
        return None
    query = select(CaseSubmission).where(
        col(CaseSubmission.case_id) == case.id, col(CaseSubmission.number) == case.received
    )
    found = (await session.execute(query)).scalar_one_or_none()
    return found.answers if found else None


def reading_of(given: Opened) -> Reading:
    """Read what was handed in, on the day on which that was."""
    at = given.case.handed_in_at
    day = at.astimezone(clock.BEIJING).date() if at else clock.today()
    return read_form(given.form, given.filled, Surroundings(day, divisions()), files=given.files)
