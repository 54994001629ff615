"""How much room the files of open drafts take up, in one name and of one person in it (R-2.6.3.3)."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy import case as case_when
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain import case_files as rules
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.models.cases import Case, CaseFile


async def space_of_drafts(session: AsyncSession, case: Case) -> tuple[int, int]:
    """Return the bytes of all drafts of the case's person in its name, and of everybody's."""
    own = case_when((col(Case.person_id) == case.person_id, col(CaseFile.size)), else_=0)
    query = (
        select(func.coalesce(func.sum(own), 0), func.coalesce(func.sum(col(CaseFile.size)), 0))
        .join(Case, col(Case.id) == col(CaseFile.case_id))
        .where(
            *_in_name_of(case),
            col(Case.status) == CaseStatus.DRAFT,
            col(CaseFile.state).in_(rules.COUNTED),
        )
    )
    of_person, of_all = (await session.execute(query)).one()
    return int(of_person), int(of_all)


def _in_name_of(case: Case) -> list[ColumnElement[bool]]:
    if case.unit_id:
        return [col(Case.unit_id) == case.unit_id]
    if case.institution_id:
        return [col(Case.institution_id) == case.institution_id]
    none = [col(Case.unit_id).is_(None), col(Case.institution_id).is_(None)]
    return [col(Case.person_id) == case.person_id, *none]
