"""Whom an act on a case concerns, and what they are told (R-2.6.3.2, R-2.6.7)."""

from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal import clock
from jsrs_portal.domain.authority import GrantState, Role
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.matter_workflow import StepKind
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.models.cases import Case, CaseEvent
from jsrs_portal.models.people import Person
from jsrs_portal.services import notices
from jsrs_portal.services.grants import Held, administering, held_in, read_scope
from jsrs_portal.services.opened_cases import Opened

WORKBENCH = "/unit/workbench"
_ENDINGS = {
    Act.APPROVE: ("单位审核通过", "已通过本单位审核，送交办理部门。"),
    Act.DISAPPROVE: ("单位审核未通过", "未通过本单位审核。"),
    Act.NOT_ACCEPT: ("申报不予受理", "不予受理。"),
    Act.REJECT: ("申报不予通过", "不予通过。"),
    Act.TRANSFER: ("办件已转其他部门", "已转其他部门办理。"),
    Act.LAPSE: ("办件逾期终止", "因逾期未处理，已终止。如仍需办理，请重新申报。"),
    Act.WITHDRAW: ("申报已撤回", "已撤回。"),
}


async def tell_about(session: AsyncSession, opened: Opened, event: CaseEvent, why: str) -> None:
    """Tell those whom ``event`` concerns: whoever applied of what became of it, the reviewers of what waits for them.

    ``why`` is the opinion or the reason, for the notice; a phone is sent it without.
    """
    case, act = opened.case, Act(event.act)
    held = await _held(session, case)
    if act is Act.SUBMIT and case.status == CaseStatus.UNIT_REVIEW:
        for one in reviewers(opened, held):
            await _tell_reviewer(session, case, one.person, "有申报等待单位审核", "等待您审核。")
    said = _said(opened, event)
    if said is None:
        return
    title, text = said
    if act is not Act.SUBMIT and event.person_id == case.person_id:
        return
    for person in await _applicants(session, opened, held):
        await _tell(session, case, person, title, text, why=why)


async def remind(session: AsyncSession, opened: Opened) -> None:
    """Tell whoever has to act on a case until when, before it ends for want of an answer."""
    case = opened.case
    if case.answer_by is None:
        return
    held = await _held(session, case)
    until = f"{in_words(case.answer_by)}前（含当日）"
    if case.status == CaseStatus.UNIT_REVIEW:
        text = f"尚未审核，请于{until}审核，逾期将终止。"
        for one in reviewers(opened, held):
            await _tell_reviewer(session, case, one.person, "待审核的申报即将到期", text)
        return
    what = "补正" if case.status == CaseStatus.CORRECTION else "修改"
    text = f"尚未{what}，请于{until}{what}后重新提交，逾期将终止。"
    for person in await _applicants(session, opened, held):
        await _tell(session, case, person, "需要您处理的申报即将到期", text)


async def tell_applicants(session: AsyncSession, opened: Opened, title: str, text: str, *, why: str = "") -> None:
    """Tell whoever applied, or who leads the unit by now, of something about their case that is no act on it."""
    for person in await _applicants(session, opened, await _held(session, opened.case)):
        await _tell(session, opened.case, person, title, text, why=why)


def reviewers(opened: Opened, held: list[Held]) -> list[Held]:
    """Return who of the unit may review this case now: by their role in the matter's file, or the scope of their grant.

    Nobody reviews what they handed in themselves.
    """
    review = opened.workflow.unit_review
    roles = review.roles if review else ()
    return [
        one
        for one in held
        if one.role in roles
        and one.state is GrantState.ACTIVE
        and one.person.id != opened.case.person_id
        and _theirs(opened, one)
    ]


def _said(opened: Opened, event: CaseEvent) -> tuple[str, str] | None:
    act, until = Act(event.act), in_words(event.answer_by) if event.answer_by else ""
    if act in _ENDINGS:
        return _ENDINGS[act]
    if act is Act.SUBMIT:
        return "申报已提交", "已收到。"
    if act is Act.SEND_BACK:
        return "申报被单位退回修改", f"被本单位退回修改，请于{until}前（含当日）修改后重新提交。"
    if act is Act.CORRECT:
        return "申报需要补正", f"需要补正，请于{until}前（含当日）修改后重新提交。"
    if act is not Act.PASS:
        return None
    if event.status == CaseStatus.COMPLETED:
        return "申报已办结", "已办结。"
    done = next((one for one in opened.workflow.steps if one.key == event.at_stage), None)
    return ("申报已受理", "已受理。") if done is not None and done.kind is StepKind.ACCEPT else None


async def _applicants(session: AsyncSession, opened: Opened, held: list[Held]) -> list[Person]:
    """Return whoever applied; where the matter is theirs in that name no more, who leads the unit or institution."""
    case = opened.case
    if not case.unit_id and not case.institution_id:
        return [await session.get_one(Person, case.person_id)]
    if case.institution_id:
        held = await administering(session, case.institution_id, today=clock.today())
    active = [one for one in held if one.state is GrantState.ACTIVE]
    applied = [one.person for one in active if one.person.id == case.person_id and _theirs(opened, one)]
    leading = (Role.LEGAL_REP, Role.ADMIN, Role.INSTITUTION_ADMIN)
    return applied[:1] or [one.person for one in active if one.role in leading]


def _theirs(opened: Opened, one: Held) -> bool:
    """Tell whether a grant covers the matter: an agent's scope does, anybody else's grant always."""
    covers = read_scope(one.grant.scope).covers
    definition = opened.definition
    return one.role is not Role.AGENT or covers(matter=definition.key, category=definition.category)


async def _held(session: AsyncSession, case: Case) -> list[Held]:
    """Return the grants of the unit that reviews a case: its own, or the employer of the person who applied."""
    unit = case.review_unit_id or case.unit_id
    return await held_in(session, unit, today=clock.today(), of=case.person_id) if unit else []


async def _tell_reviewer(session: AsyncSession, case: Case, person: Person, title: str, text: str) -> None:
    unit = case.review_unit_id or ""
    await _tell(session, case, person, title, text, href=f"{WORKBENCH}/{case.id}", unit_id=unit)


async def _tell(
    session: AsyncSession,
    case: Case,
    person: Person,
    title: str,
    text: str,
    *,
    why: str = "",
    href: str = "",
    unit_id: str = "",
) -> None:
    said = f"「{case.matter_name}」{text}办件编号 {case.number}。"
    await notices.tell(
        session,
        person=person,
        kind=NoticeKind.CASE,
        title=title,
        text=f"{said}说明：{why}" if why else said,
        sms=said,
        href=href or f"/cases/{case.id}",
        unit_id=unit_id or case.unit_id or "",
        institution_id=case.institution_id or "",
    )
