"""Documents of decisions, made by the worker once each and kept; one that fails is tried again later (R-2.6.3.2).

A worker takes a result on by counting a try, makes the document outside of any transaction, stores it under a new name,
and writes that down if nobody else has taken the result on since. What is left over the sweep of files removes.
"""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db, file_store
from jsrs_portal.domain import results as rules
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_files import PART_BYTES
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.dates import in_words, to_the_minute
from jsrs_portal.domain.matter_guides import RemedyBody
from jsrs_portal.domain.results import ResultFacts, ResultState
from jsrs_portal.models.cases import Case, CaseEvent
from jsrs_portal.models.people import Person
from jsrs_portal.models.results import CaseResult
from jsrs_portal.models.units import Institution, Unit
from jsrs_portal.result_pdf import make_pdf
from jsrs_portal.services import audit
from jsrs_portal.services.case_moves import Said
from jsrs_portal.services.opened_cases import Opened, opened_from
from jsrs_portal.services.results import print_of
from jsrs_portal.services.sequences import next_number
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)
CHECK_PAGE = "/verify"
_AT_ONCE = 20
_WORKER = Actor(session_key="worker")


@dataclass(frozen=True)
class _Taken:
    """A result that this worker has taken on, by its number and the count of tries."""

    id: str
    number: str
    tries: int


async def make_results() -> int:
    """Make the documents that are due, the oldest first; return how many have been made. Part of a worker's duty."""
    made = 0
    async with db.reading() as session:
        query = (
            select(col(CaseResult.id))
            .where(col(CaseResult.state) == ResultState.WAITING, col(CaseResult.due_at) <= clock.now())
            .order_by(col(CaseResult.due_at), col(CaseResult.id))
            .limit(_AT_ONCE)
        )
        found = list((await session.execute(query)).scalars())
    for case_id in found:
        try:
            made += await _make(case_id)
        except Exception as error:  # tried again after a while
            log.error("result.not_made", case=case_id, error=type(error).__name__)
    return made


async def _make(case_id: str) -> bool:
    async with db.unit_of_work() as session:
        taken = await _take(session, case_id)
    if taken is None:
        return False
    code = clock.new_text(rules.CODE_ALPHABET, rules.CODE_LENGTH)
    async with db.reading() as session:
        facts = await _facts(session, taken, code)
    content = await asyncio.to_thread(make_pdf, facts)
    file_id = clock.new_id()
    for number, start in enumerate(range(0, len(content), PART_BYTES)):
        await file_store.write_part(file_id, number, content[start : start + PART_BYTES])
    async with db.unit_of_work() as session:
        kept = await session.execute(
            update(CaseResult)
            .where(
                col(CaseResult.id) == case_id,
                col(CaseResult.state) == ResultState.WAITING,
                col(CaseResult.tries) == taken.tries,
            )
            .values(
                state=ResultState.VALID,
                version=col(CaseResult.version) + 1,
                code_print=print_of(taken.number, code),
                file_id=file_id,
                size=len(content),
                digest=hashlib.sha256(content).hexdigest(),
                issued_at=clock.now(),
            )
            .returning(col(CaseResult.id))
        )
        done = kept.first() is not None
        if done:
            audit.record(
                session, actor=_WORKER, action="result.issue", subject=case_id, details={"number": taken.number}
            )
    if not done:
        await file_store.remove(file_id)
    return done


async def _take(session: AsyncSession, case_id: str) -> _Taken | None:
    """Count a try, and give the result its number the first time; ``None`` when somebody else was faster."""
    found = await session.get(CaseResult, case_id, with_for_update=True, populate_existing=True)
    if found is None or found.state != ResultState.WAITING or found.due_at > clock.now():
        return None
    if found.number is None:
        day = clock.today()
        found.number = rules.result_number(day, await next_number(session, f"result{day:%Y%m%d}"))
    found.tries += 1
    found.due_at = clock.now() + rules.wait_after(found.tries)
    return _Taken(case_id, found.number, found.tries)


async def _facts(session: AsyncSession, taken: _Taken, code: str) -> ResultFacts:
    case = await session.get_one(Case, taken.id)
    opened = await opened_from(session, case)
    applicant, applicant_code = await _applicant(session, case)
    query = select(CaseEvent).where(col(CaseEvent.case_id) == case.id).order_by(col(CaseEvent.position).desc())
    last = (await session.execute(query.limit(1))).scalar_one_or_none()
    status = CaseStatus(case.status)
    settings = get_settings()
    ended = (case.finished_at or clock.now()).astimezone(clock.BEIJING)
    return ResultFacts(
        title=rules.KINDS[status],
        bureau=settings.bureau_name,
        number=taken.number,
        code=code,
        address=f"{settings.origin}{CHECK_PAGE}?{urlencode({'n': taken.number, 'c': code})}",
        applicant=applicant,
        applicant_code=applicant_code,
        matter=case.matter_name,
        case_number=case.number or "",
        submitted=to_the_minute(case.submitted_at) if case.submitted_at else "",
        decision=rules.decided_words(status, case.matter_name, house=bool(case.unit_id or case.institution_id)),
        opinion=Said.read(last.said).text if last is not None else "",
        office=_office(opened, last),
        issued=in_words(ended.date()),
        remedies=tuple(_remedies(opened)) if status is not CaseStatus.COMPLETED else (),
    )


async def _applicant(session: AsyncSession, case: Case) -> tuple[str, str]:
    """Return in whose name it was applied for, whole, and their public code."""
    if case.unit_id:
        unit = await session.get_one(Unit, case.unit_id)
        return unit.name, unit.uscc
    if case.institution_id:
        institution = await session.get_one(Institution, case.institution_id)
        return institution.name, institution.number
    return (await session.get_one(Person, case.person_id)).name, ""


def _office(opened: Opened, last: CaseEvent | None) -> str:
    at = last.at_stage if last is not None else opened.case.stage
    step = next((one for one in opened.workflow.steps if one.key == at), None)
    return step.office if step is not None else get_settings().bureau_name


def _remedies(opened: Opened) -> Iterable[str]:
    """Yield how somebody may object to a decision that refuses: a review within sixty days, a lawsuit in six months."""
    remedy = opened.definition.guide.remedy
    if remedy.review is not None:
        yield f"如不服本决定，可以自收到之日起六十日内向{_where(remedy.review)}申请行政复议。"
    if remedy.lawsuit is not None:
        also = "也可以" if remedy.review is not None else "如不服本决定，可以"
        yield f"{also}自收到之日起六个月内向{_where(remedy.lawsuit)}提起行政诉讼。"
    if remedy.review is None and remedy.lawsuit is None:
        yield remedy.note


def _where(body: RemedyBody) -> str:
    return f"{body.name}（{body.address}，{body.phone}）"
