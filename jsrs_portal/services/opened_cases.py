"""A case with everything that its pages and its acts need: definition, form, files (R-2.6.3.2, R-2.6.3.3)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.cases import EDITABLE, CaseStatus, FileState
from jsrs_portal.domain.form_reading import Filled, Reading, read_form
from jsrs_portal.domain.form_values import Surroundings
from jsrs_portal.domain.matter_forms import MatterForm
from jsrs_portal.domain.matter_workflow import MatterWorkflow
from jsrs_portal.domain.matters import MatterDefinition
from jsrs_portal.models.cases import Case, CaseFile, CaseForm
from jsrs_portal.models.catalog import ContentStatus, Matter, MatterVersion
from jsrs_portal.services.case_access import own_case
from jsrs_portal.services.definitions import parsed

MOST_ROWS_AT_ONCE = 30
"""More rows are read in a thread: five hundred of sixteen columns take a twentieth of a second."""


@dataclass(frozen=True)
class Opened:
    """A case with the definition it is made with; ``newest`` is the version that is served now, empty for none."""

    case: Case
    kept: CaseForm
    definition: MatterDefinition
    filled: Filled
    files: Mapping[str, int]
    newest: str

    @property
    def form(self) -> MatterForm:
        """Its form; a case without one is never made."""
        return _form(self.definition)

    @property
    def workflow(self) -> MatterWorkflow:
        """The way it goes; there is one wherever there is a form."""
        if self.definition.workflow is None:
            raise ValueError(self.definition.key)
        return self.definition.workflow

    @property
    def changed(self) -> bool:
        """Whether a draft is about an older version than the one served."""
        return self.case.status == CaseStatus.DRAFT and self.case.version_id != self.newest

    @property
    def long(self) -> bool:
        """Whether its tables have so many rows that they are worked on beside the event loop."""
        return sum(map(len, self.filled.rows.values())) > MOST_ROWS_AT_ONCE

    async def reading(self) -> Reading:
        """Return :meth:`read`, beside the event loop where the tables are long."""
        return await asyncio.to_thread(self.read) if self.long else self.read()

    def read(self) -> Reading:
        """Return what the form says: today, or on the day it was submitted."""
        submitted = None if self.case.status in EDITABLE else self.case.handed_in_at
        day = submitted.astimezone(clock.BEIJING).date() if submitted else clock.today()
        return read_form(self.form, self.filled, Surroundings(day, divisions()), files=self.files)


def _form(definition: MatterDefinition) -> MatterForm:
    if definition.form is None:
        raise ValueError(definition.key)
    return definition.form


def surroundings() -> Surroundings:
    """Return what answers are judged by now."""
    return Surroundings(clock.today(), divisions())


async def open_case(session: AsyncSession, *, actor: Actor, case_id: str, lock: bool = False) -> Opened | None:
    """Return a case of the actor's own with everything its pages need; ``None`` for any other. Three queries."""
    case = await own_case(session, actor, case_id, lock=lock)
    over = case is not None and case.expires_at is not None and case.expires_at <= clock.now()
    return None if case is None or over else await opened_from(session, case)


async def opened_from(session: AsyncSession, case: Case) -> Opened:
    """Return ``case``, which somebody may look at, with its definition, its form and its files. Two queries."""
    query = (
        select(CaseForm, MatterVersion, col(Matter.version_id), col(Matter.status))
        .select_from(CaseForm)
        .join(MatterVersion, col(MatterVersion.id) == case.version_id)
        .join(Matter, col(Matter.id) == case.matter_id)
        .where(col(CaseForm.id) == case.id)
    )
    kept, version, newest, status = (await session.execute(query)).one()
    stored = (
        select(col(CaseFile.field), func.count())
        .where(col(CaseFile.case_id) == case.id, col(CaseFile.state) == FileState.STORED)
        .group_by(col(CaseFile.field))
    )
    counted = (await session.execute(stored)).all()
    return Opened(
        case=case,
        kept=kept,
        definition=parsed(version.id, version.definition),
        filled=Filled.from_json(kept.typed),
        files={field: number for field, number in counted},
        newest=(newest or "") if status == ContentStatus.PUBLISHED else "",
    )
