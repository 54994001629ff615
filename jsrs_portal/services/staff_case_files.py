"""Every opening of a case's file by an officer is written down (R-2.6.3.2; 个人信息保护法 第五十一条)."""

from jsrs_portal import db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.models.cases import Case, CaseFile
from jsrs_portal.services import audit


async def note_opened(*, actor: Actor, file_id: str, page: int = 0) -> None:
    """Write down that an officer saved a file, or looked at a ``page`` of it; of anybody else nothing is noted."""
    if not actor.staff_id:
        return
    async with db.unit_of_work() as session:
        file = await session.get_one(CaseFile, file_id)
        case = await session.get_one(Case, file.case_id)
        audit.record(
            session,
            actor=actor,
            action="file.look" if page else "file.fetch",
            subject=file_id,
            unit_id=case.house_id or "",
            details={"case": case.id, "field": file.field, **({"page": page} if page else {})},
        )
