"""办理结果: fetched by those whose case it is, withdrawn by officers, checked by anybody (R-2.6.3.2)."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, file_store
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import results as rules
from jsrs_portal.domain import staff as staff_rules
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.case_files import parts
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.dates import in_words, to_the_minute
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.results import ResultState
from jsrs_portal.models.cases import Case
from jsrs_portal.models.results import CaseResult
from jsrs_portal.models.staff import Staff
from jsrs_portal.services import audit, limits
from jsrs_portal.services.case_access import desk_case, seen_case
from jsrs_portal.services.case_notices import tell_applicants
from jsrs_portal.services.case_timeline import Dated, TimelineEntry
from jsrs_portal.services.opened_cases import opened_from
from jsrs_portal.services.staff import FORBIDDEN, may

GONE = Refusal("没有这个办件，或它不在您负责的区域。", code="gone")
STALE = Refusal("该办件的结果刚刚已被撤回，或尚未生成，请查看最新情况。", code="stale")


@dataclass(frozen=True)
class ResultView:
    """A case's result as its page shows it: being made (``waiting``), to be fetched (``href``), or ``withdrawn``."""

    version: int = 0
    kind: str = ""
    number: str = ""
    issued: str = ""
    waiting: bool = False
    href: str = ""
    withdrawn: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Checked:
    """What anybody may find out about a document: whether it counts, its kind and its day; of whom it is, never.

    ``state`` is empty for what there is not.
    """

    state: str = ""
    kind: str = ""
    issued: str = ""
    withdrawn: str = ""


UNKNOWN = Checked()


async def view_result(session: AsyncSession, *, actor: Actor, case_id: str) -> ResultView:
    """Return the result of a case that the actor may look at, or handles; of any other nothing. Three queries."""
    if await _reached(session, actor, case_id) is None:
        return ResultView()
    found = await session.get(CaseResult, case_id)
    if found is None:
        return ResultView()
    return ResultView(
        version=found.version,
        kind=rules.KINDS[CaseStatus(found.decision)],
        number=found.number or "",
        issued=_day(found.issued_at),
        waiting=found.state == ResultState.WAITING,
        href=f"/case-results/{case_id}" if _fetchable(actor, found) else "",
        withdrawn=_day(found.withdrawn_at),
        reason=found.reason if found.state == ResultState.WITHDRAWN else "",
    )


async def is_withdrawn(session: AsyncSession, case_id: str, *, lock: bool = False) -> bool:
    """Tell whether the result of a case was withdrawn; ``lock`` keeps it as it is meanwhile. One query."""
    found = await session.get(CaseResult, case_id, with_for_update=lock or None, populate_existing=True)
    return found is not None and found.state == ResultState.WITHDRAWN


async def withdrawals(session: AsyncSession, case: Case, *, staff: bool) -> list[Dated]:
    """Return what belongs into the timeline of a case whose result was withdrawn. Two queries at most.

    For ``staff`` with the officer's name, as the rest of it.
    """
    if case.status not in rules.ISSUED:
        return []
    found = await session.get(CaseResult, case.id)
    if found is None or found.withdrawn_at is None:
        return []
    officer = await session.get(Staff, found.withdrawn_by) if staff and found.withdrawn_by else None
    entry = TimelineEntry(
        key=f"withdrawn-{case.id}",
        state="done",
        title="办理结果已撤回",
        when=to_the_minute(found.withdrawn_at),
        who=f"办理部门 {officer.name}" if officer else "办理部门",
        text=f"{rules.KINDS[CaseStatus(found.decision)]}（{found.number}）不再有效。原因：{found.reason}",
    )
    return [(found.withdrawn_at, entry)]


async def fetch_result(session: AsyncSession, *, actor: Actor, case_id: str) -> tuple[str, bytes] | None:
    """Return the document of a case as its file name and its PDF; ``None`` for who may not have it.

    One that was withdrawn only officers still get. It is written down who fetched it. Raises
    :class:`~jsrs_portal.file_store.PartMissing` and :class:`crypto.CannotDecrypt`.
    """
    case = await _reached(session, actor, case_id)
    found = await session.get(CaseResult, case_id) if case is not None else None
    if case is None or found is None or not found.file_id or not _fetchable(actor, found):
        return None
    pieces = [part async for part in file_store.contents(found.file_id, parts(found.size))]
    content = b"".join(pieces)
    if hashlib.sha256(content).hexdigest() != found.digest:
        raise crypto.CannotDecrypt("the document is another")
    audit.record(
        session,
        actor=actor,
        action="result.fetch",
        subject=case_id,
        unit_id=case.house_id or "",
        details={"number": found.number},
    )
    return f"{rules.KINDS[CaseStatus(found.decision)]}-{found.number}.pdf", content


async def withdraw_result(
    session: AsyncSession, *, actor: Actor, case_id: str, seen: int, reason: str
) -> Refusal | None:
    """Withdraw a result for a reason; whoever applied is told. It counts no more, for anybody who checks it.

    The officer's account is read again, the row is held. Errors: no permission; none of the region's; not there yet or
    withdrawn since; no reason.
    """
    if refused := may(actor, Permission.STAFF_CASES):
        return refused
    account = await session.get(Staff, actor.staff_id, populate_existing=True)
    if account is None or account.status != staff_rules.StaffStatus.ACTIVE or account.role != StaffRole.OFFICER:
        return FORBIDDEN
    case = await desk_case(session, replace(actor, staff_region=account.region), case_id)
    if case is None:
        return GONE
    found = await session.get(CaseResult, case_id, with_for_update=True, populate_existing=True)
    if found is None or found.state != ResultState.VALID or found.version != seen:
        return STALE
    if problem := rules.reason_problem(reason):
        return problem
    found.state, found.version = ResultState.WITHDRAWN, found.version + 1
    found.withdrawn_at, found.withdrawn_by = clock.now(), actor.staff_id
    found.reason = reason.strip()
    audit.record(
        session,
        actor=actor,
        action="result.withdraw",
        subject=case_id,
        unit_id=case.house_id or "",
        details={"number": found.number, "reason": found.reason},
    )
    kind = rules.KINDS[CaseStatus(found.decision)]
    text = f"的{kind}（{found.number}）已被办理部门撤回，不再有效。"
    await tell_applicants(session, await opened_from(session, case), "办理结果已撤回", text, why=found.reason)
    return None


async def check_result(session: AsyncSession, *, actor: Actor, number: str, code: str) -> Checked | Refusal:
    """Return what there is to know of the document with this number and code; the same for a wrong code as for none.

    Counted by browser and by network source. Errors: what is no number or no code, at its field; too often.
    """
    wanted, secret = rules.typed_number(number), rules.typed_code(code)
    if not wanted:
        return Refusal("请填写结果文书上的编号，以 JG 开头。", "number")
    if not secret:
        return Refusal(f"请填写结果文书上的核验码，共 {rules.CODE_LENGTH} 位。", "code")
    asked = [
        (frequency.RESULT_BROWSER, actor.session_key),
        *frequency.by_source(frequency.RESULT_SOURCE, actor.address),
    ]
    for limit, whose in asked:
        if exceeded := await limits.take(session, limit, whose, now=clock.now()):
            return exceeded.refusal
    query = select(CaseResult).where(
        col(CaseResult.number) == wanted, col(CaseResult.code_print) == print_of(wanted, secret)
    )
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None or found.state == ResultState.WAITING:
        return UNKNOWN
    return Checked(
        state=found.state,
        kind=rules.KINDS[CaseStatus(found.decision)],
        issued=_day(found.issued_at),
        withdrawn=_day(found.withdrawn_at),
    )


def print_of(number: str, code: str) -> str:
    """Return the stored form of a document's code."""
    return crypto.fingerprint(f"result\x1f{number}\x1f{code}")


async def _reached(session: AsyncSession, actor: Actor, case_id: str) -> Case | None:
    """Return a submitted case that the actor may look at, or that an officer handles in their region."""
    if actor.staff_id:
        return await desk_case(session, actor, case_id)
    case = await seen_case(session, actor, case_id) if actor.may(Permission.APPLY) else None
    return case if case is not None and case.number is not None else None


def _fetchable(actor: Actor, result: CaseResult) -> bool:
    return result.state == ResultState.VALID or (result.state == ResultState.WITHDRAWN and bool(actor.staff_id))


def _day(at: datetime | None) -> str:
    return in_words(at.astimezone(clock.BEIJING).date()) if at else ""
