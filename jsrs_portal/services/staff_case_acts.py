"""What officers do with a case: take it, give it to a colleague, put it back, end its step (R-2.6.3).

Every act holds the case's row and is done to the version that was seen, so of fifty at once one happens. The officer's
account is read again: what was believed when the request began may have been taken back since.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain import case_desk as rules
from jsrs_portal.domain import staff as staff_rules
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.case_desk import Desk
from jsrs_portal.domain.case_workflow import Act, Party
from jsrs_portal.domain.cases import AT_DESK, CaseStatus
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case, CaseEvent
from jsrs_portal.models.staff import Staff
from jsrs_portal.services.case_access import desk_case
from jsrs_portal.services.case_moves import Said, act_on, standing_of, way_of
from jsrs_portal.services.opened_cases import Opened, opened_from
from jsrs_portal.services.staff import FORBIDDEN, may
from jsrs_portal.services.staff_case_rows import holder_name

GONE = Refusal("没有这个办件，或它不在您负责的区域。", code="gone")
YOURS = Refusal("该办件已由您办理，无需再次认领。", code="yours")
NOT_HOLDER = Refusal("该办件不由您办理，不能作出决定；请先认领，或请办理人转交。", code="not_holder")
FREE = Refusal("该办件目前没有人办理，无需放回。", code="free")
OVER = Refusal("该办件已离开办理环节，不能再进行这项操作。", code="over")
_NO_COLLEAGUE = Refusal("请选择负责该区域、账号正常的业务经办人员。", "to", "no_colleague")


@dataclass(frozen=True, kw_only=True)
class Decision:
    """How an officer ends a step. ``remarks`` say what is to be corrected at which field, ``to`` where it goes."""

    act: str
    opinion: str = ""
    remarks: Mapping[str, str] | None = None
    to: str = ""


@dataclass(frozen=True)
class _AtDesk:
    actor: Actor
    officer: Desk
    case: Case
    holder: Staff | None


async def take(session: AsyncSession, *, actor: Actor, case_id: str, seen: int) -> Refusal | None:
    """Take a case (认领) that nobody looks after. Errors: none of theirs; somebody has it; changed since; over."""
    found = await _at_desk(session, actor, case_id)
    if isinstance(found, Refusal):
        return found
    if found.holder is not None:
        return YOURS if found.holder.id == actor.staff_id else _taken(found.holder)
    return await _look_after(session, found, Act.TAKE, found.officer.id, seen=seen, said=Said())


async def give(
    session: AsyncSession, *, actor: Actor, case_id: str, seen: int, to: str, reason: str = ""
) -> list[Refusal]:
    """Give a case to the colleague ``to`` (an identifier): one that nobody has, one's own, or a colleague's.

    A reason is asked for unless nobody has it. Errors: none of theirs; :func:`rules.why_not_give`; nobody who could
    look after it and no reason, both at once; changed since; over.
    """
    found = await _at_desk(session, actor, case_id)
    if isinstance(found, Refusal):
        return [found]
    holder = _desk(found.holder) if found.holder else None
    if why := rules.why_not_give(found.officer, holder, found.case.region):
        return [Refusal(why, code="not_yours")]
    colleague = await session.get(Staff, to, with_for_update={"read": True}) if to else None
    able = colleague and to != found.case.officer_id and _desk(colleague).works_in(found.case.region)
    problems = [*([] if able else [_NO_COLLEAGUE]), *_reason_problems(reason, needed=holder is not None)]
    if problems:
        return problems
    act = Act.HAND_OVER if holder is not None and holder.id == actor.staff_id else Act.ASSIGN
    refused = await _look_after(session, found, act, to, seen=seen, said=Said(text=reason.strip(), to=to))
    return [refused] if refused else []


async def put_back(session: AsyncSession, *, actor: Actor, case_id: str, seen: int, reason: str) -> Refusal | None:
    """Put a case that somebody has back among those that are to be taken (放回待认领), for a reason.

    Who may is who may give it. Errors: none of theirs; nobody has it; :func:`rules.why_not_give`; no reason; changed
    since; over.
    """
    found = await _at_desk(session, actor, case_id)
    if isinstance(found, Refusal):
        return found
    if found.holder is None:
        return FREE
    if why := rules.why_not_give(found.officer, _desk(found.holder), found.case.region):
        return Refusal(why, code="not_yours")
    if problems := _reason_problems(reason, needed=True):
        return problems[0]
    return await _look_after(session, found, Act.PUT_BACK, None, seen=seen, said=Said(text=reason.strip()))


async def decide(
    session: AsyncSession, *, actor: Actor, case_id: str, seen: int, decision: Decision
) -> CaseStatus | list[Refusal]:
    """End the step a case stands at; return where it stands then. Only who looks after it may.

    The next step of another office is for its officers to take. Errors: none of theirs; not the holder; an outcome the
    step does not have; what is missing at the opinion, the remarks, the place; changed since.
    """
    checked = await _checked(session, actor, case_id, decision)
    if isinstance(checked, list):
        return checked
    found, opened, act, said = checked
    case, before = found.case, found.case.stage
    event = await act_on(session, opened, act, Party.OFFICER, actor=found.actor, seen=seen, said=said)
    if isinstance(event, Refusal):
        return [event]
    if case.status in AT_DESK and not _same_office(opened, before, case.stage):
        case.officer_id = None
    return CaseStatus(case.status)


async def problems_of(session: AsyncSession, *, actor: Actor, case_id: str, decision: Decision) -> list[Refusal]:
    """Return why a decision could not be made as it is now, before somebody is asked whether they mean it."""
    checked = await _checked(session, actor, case_id, decision, lock=False)
    return checked if isinstance(checked, list) else []


async def _checked(
    session: AsyncSession, actor: Actor, case_id: str, decision: Decision, *, lock: bool = True
) -> tuple[_AtDesk, Opened, Act, Said] | list[Refusal]:
    found = await _at_desk(session, actor, case_id, lock=lock)
    if isinstance(found, Refusal):
        return [found]
    if found.holder is None or found.holder.id != actor.staff_id:
        return [NOT_HOLDER]
    opened = await opened_from(session, found.case)
    act = next((one for one in way_of(opened).offered(standing_of(found.case)) if one == decision.act), None)
    if act is None:
        return [OVER if found.case.status not in AT_DESK else rules.NOT_OFFERED]
    remarks = {key: text.strip() for key, text in (decision.remarks or {}).items() if text.strip()}
    problems = [
        *([one] if (one := rules.place_problem(act, decision.to)) else []),
        *([one] if (one := rules.opinion_problem(act, decision.opinion)) else []),
        *(rules.remark_problems(remarks, {one.key for one in opened.form.fields}) if act is Act.CORRECT else []),
    ]
    return problems or (found, opened, act, _said(act, decision, remarks))


async def colleagues(session: AsyncSession, *, actor: Actor, case: Case) -> list[tuple[str, str]]:
    """Return who might look after a case instead of who does, as (identifier, name and region). One query."""
    if may(actor, Permission.STAFF_CASES):
        return []
    query = (
        select(Staff)
        .where(
            col(Staff.role) == StaffRole.OFFICER,
            col(Staff.status) == staff_rules.StaffStatus.ACTIVE,
            col(Staff.authorised),
            col(Staff.region).in_(rules.regions_covering(case.region)),
            col(Staff.id) != (case.officer_id or ""),
        )
        .order_by(col(Staff.region).desc(), col(Staff.login))
    )
    found = (await session.execute(query)).scalars()
    return [(one.id, holder_name(one)) for one in found]


async def holder_of(session: AsyncSession, case: Case) -> Staff | None:
    """Return who looks after a case. One query at most."""
    return await session.get(Staff, case.officer_id) if case.officer_id else None


def may_give(actor: Actor, holder: Staff | None, case: Case) -> bool:
    """Tell whether an officer may give a case to somebody, for the button."""
    own = Desk(actor.staff_id, actor.staff_role or "", actor.staff_region, staff_rules.StaffStatus.ACTIVE, True)
    looked_after = case.status in AT_DESK or case.status == CaseStatus.CORRECTION
    return looked_after and not rules.why_not_give(own, _desk(holder) if holder else None, case.region)


async def _at_desk(session: AsyncSession, actor: Actor, case_id: str, *, lock: bool = True) -> _AtDesk | Refusal:
    """Return a case of the officer's region, held if ``lock``, the officer as they are now, and who looks after it."""
    if refused := may(actor, Permission.STAFF_CASES):
        return refused
    account = await session.get(Staff, actor.staff_id, populate_existing=True)
    if account is None or account.status != staff_rules.StaffStatus.ACTIVE or account.role != StaffRole.OFFICER:
        return FORBIDDEN
    actor = replace(actor, staff_region=account.region)
    case = await desk_case(session, actor, case_id, lock=lock)
    if case is None:
        return GONE
    if case.status not in (*AT_DESK, CaseStatus.CORRECTION):
        return OVER
    return _AtDesk(actor, _desk(account), case, await holder_of(session, case))


async def _look_after(
    session: AsyncSession, found: _AtDesk, act: Act, who: str | None, *, seen: int, said: Said
) -> Refusal | None:
    opened = await opened_from(session, found.case)
    event = await act_on(session, opened, act, Party.OFFICER, actor=found.actor, seen=seen, said=said)
    if not isinstance(event, CaseEvent):
        return event
    found.case.officer_id = who
    return None


def _reason_problems(reason: str, *, needed: bool) -> list[Refusal]:
    asked = needed or len(reason.strip()) > staff_rules.REASON_LONGEST
    problem = staff_rules.reason_problem(reason) if asked else ""
    return [Refusal(problem, "reason")] if problem else []


def _desk(account: Staff) -> Desk:
    return Desk(account.id, account.role, account.region, account.status, account.authorised)


def _taken(holder: Staff) -> Refusal:
    return Refusal(f"该办件已由 {holder_name(holder)} 办理，请刷新后查看。", code="taken")


def _said(act: Act, decision: Decision, remarks: Mapping[str, str]) -> Said:
    opinion = decision.opinion.strip()
    if act is Act.TRANSFER:
        opinion = f"转往{decision.to.strip()}。{opinion}"
    return Said(text=opinion, fields=remarks if act is Act.CORRECT and remarks else None)


def _same_office(opened: Opened, before: str, after: str) -> bool:
    steps = {one.key: one.office for one in opened.workflow.steps}
    return steps.get(before) == steps.get(after)
