"""How much room files take up: of what is being filled in, in one name and of one person in it, and of a person's day.

A file that is replaced counts: it is kept as it was handed in (R-2.6.3.3).
"""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy import case as case_when
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain import case_files as rules
from jsrs_portal.domain.cases import EDITABLE
from jsrs_portal.models.cases import Case, CaseFile


async def space_of_open(session: AsyncSession, case: Case) -> tuple[int, int]:
    """Return the bytes of what the case's person is filling in in its name, drafts or sent back, and of everybody's."""
    own = case_when((col(Case.person_id) == case.person_id, col(CaseFile.size)), else_=0)
    query = (
        select(func.coalesce(func.sum(own), 0), func.coalesce(func.sum(col(CaseFile.size)), 0))
        .join(Case, col(Case.id) == col(CaseFile.case_id))
        .where(
            *_in_name_of(case),
            col(Case.status).in_(EDITABLE),
            col(CaseFile.state).in_(rules.KEPT),
        )
    )
    of_person, of_all = (await session.execute(query)).one()
    return int(of_person), int(of_all)


async def space_of_day(session: AsyncSession, person_id: str, *, now: datetime) -> int:
    """Return the bytes that somebody has handed in within a day, in all names, whatever became of the cases.

    What was taken away again, or refused, takes up nothing and counts no more.
    """
    query = select(func.coalesce(func.sum(col(CaseFile.size)), 0)).where(
        col(CaseFile.person_id) == person_id,
        col(CaseFile.created_at) > now - rules.A_DAY,
        col(CaseFile.state).in_(rules.KEPT),
    )
    return int((await session.execute(query)).scalar_one())


def _in_name_of(case: Case) -> list[ColumnElement[bool]]:
    if case.unit_id:
        return [col(Case.unit_id) == case.unit_id]
    if case.institution_id:
        return [col(Case.institution_id) == case.institution_id]
    none = [col(Case.unit_id).is_(None), col(Case.institution_id).is_(None)]
    return [col(Case.person_id) == case.person_id, *none]
