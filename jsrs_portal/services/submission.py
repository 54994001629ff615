"""Submitting an application: once, whoever asks how often, and the receipt it gives (R-2.6.3.3)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.applying import why_not_apply
from jsrs_portal.domain.authority import Actor, GrantState, Permission
from jsrs_portal.domain.case_workflow import Act, Party
from jsrs_portal.domain.cases import EDITABLE, STATUS_LABELS, CaseStatus, FileState, case_number
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.form_drafts import typed_again
from jsrs_portal.domain.form_reading import Reading
from jsrs_portal.domain.institutions import InstitutionStatus
from jsrs_portal.domain.receipts import whose_turn
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import CaseFile, CaseSubmission
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.units import Grant, Institution, Unit
from jsrs_portal.services import catalog_stats, limits
from jsrs_portal.services.applications import CHANGED, GONE, RETIRED, STALE
from jsrs_portal.services.case_files import drop_unasked, why_not_submit
from jsrs_portal.services.case_moves import act_on, submissions_of, way_of
from jsrs_portal.services.case_people import handed_in_by
from jsrs_portal.services.grants import Held, held_in, lock_unit, read_scope, standing_on
from jsrs_portal.services.opened_cases import Opened, open_case
from jsrs_portal.services.prefill import locked_anew
from jsrs_portal.services.sequences import next_number

NOT_PROMISED = Refusal("请阅读并勾选承诺内容。", "promise")
_SAME_EMPLOYER = Refusal("补正时不能更换或取消已审核的单位。确需更换的，请撤回后重新申报。", code="employer")
FAULTY = Refusal("还有内容需要填写或改正，请按提示修改后再提交。", code="faulty")


@dataclass(frozen=True)
class Receipt:
    """What somebody gets who has applied: ``number`` is the 办件编号, ``whom`` in whose name, ``next`` what follows.

    ``home`` is where whoever applied has the rest of their business; ``turn`` who has to act now; ``person`` who handed
    it in, masked; ``again`` when it was handed in once more after a correction, empty otherwise.
    """

    number: str
    matter: str
    whom: str
    submitted: str
    status: str
    next: str
    home: str = ""
    home_name: str = ""
    turn: str = ""
    person: str = ""
    again: str = ""


async def submit_application(
    session: AsyncSession, *, actor: Actor, case_id: str, seen: int, promised: bool
) -> Receipt | list[Refusal]:
    """Submit a draft of the actor's own and return its receipt; one that has been submitted gives the same again.

    The unit's row and the case's are held: of fifty requests at once one submits. Everything is checked anew, by the
    definition the draft is made with. Errors: none of theirs; changed since; a newer version of the form; everything
    that is wrong with the answers; files that are not ready; the promise that was not made.
    """
    unit = await lock_unit(session, actor.unit_id) if actor.unit_id else None
    held = await held_in(session, unit.id, today=clock.today(), of=actor.person_id) if unit else []
    now = await as_of_now(session, actor, held)
    if now is None:
        return [GONE]
    actor = now
    opened = await open_case(session, actor=actor, case_id=case_id, lock=True)
    if opened is None:
        return [GONE]
    if opened.case.status not in EDITABLE:
        return await receipt_of(session, opened)
    filled = await locked_anew(
        session,
        actor=actor,
        form=opened.form,
        filled=opened.filled,
        matter_id=opened.case.matter_id,
        today=clock.today(),
    )
    opened = replace(opened, filled=filled)
    reading = await opened.reading()
    if refused := _refusals(opened, reading, actor, seen=seen, promised=promised):
        return refused
    if why := await why_not_submit(session, case_id=case_id, fields=reading.shown):
        return [Refusal(why, code="waiting")]
    if not_reviewed := await _settle_review(session, opened, reading, actor):
        return [not_reviewed]
    await drop_unasked(session, case_id=case_id, fields=reading.shown)
    refused = await _submit(session, opened, reading, actor, seen)
    return [refused] if refused else await receipt_of(session, opened)


async def as_of_now(session: AsyncSession, actor: Actor, held: Sequence[Held]) -> Actor | None:
    """Return the actor with what their grant gives at this moment; ``None`` when it gives nothing any more.

    What was believed when the request began may have been taken back since (R-2.6.5.7).
    """
    if not actor.may(Permission.APPLY):
        return None
    if actor.unit_id:
        own = next((one for one in held if one.grant.id == actor.grant_id and one.state is GrantState.ACTIVE), None)
        return replace(actor, role=own.role, scope=read_scope(own.grant.scope)) if own else None
    if actor.institution_id:
        grant = await session.get(Grant, actor.grant_id)
        institution = await session.get(Institution, actor.institution_id)
        stands = grant is not None and standing_on(grant, clock.today()) is GrantState.ACTIVE
        return actor if stands and institution is not None and institution.status == InstitutionStatus.OPEN else None
    person = await session.get(Person, actor.person_id)
    return actor if person is not None and person.status == PersonStatus.ACTIVE else None


async def receipt_of(session: AsyncSession, opened: Opened) -> Receipt:
    """Return the receipt of a submitted case."""
    case = opened.case
    whom, home = "本人", ("/my", "个人中心")
    if case.unit_id:
        home = "/unit", "单位主页"
        whom = (await session.get_one(Unit, case.unit_id)).name
    elif case.institution_id:
        home = "/institution", "机构主页"
        whom = (await session.get_one(Institution, case.institution_id)).name
    turn, follows = whose_turn(
        CaseStatus(case.status), opened.workflow, case.stage, case.step_by, own=case.unit_id is not None
    )
    return Receipt(
        number=case.number or "",
        matter=case.matter_name,
        whom=whom,
        submitted=to_the_minute(case.submitted_at) if case.submitted_at else "",
        status=STATUS_LABELS[CaseStatus(case.status)],
        next=follows,
        home=home[0],
        home_name=home[1],
        turn=turn,
        person=handed_in_by(case, await session.get_one(Person, case.person_id)),
        again=to_the_minute(case.handed_in_at) if case.handed_in_at and case.handed_in_at != case.submitted_at else "",
    )


def _refusals(opened: Opened, reading: Reading, actor: Actor, *, seen: int, promised: bool) -> list[Refusal]:
    if opened.case.version != seen:
        return [STALE]
    draft = opened.case.status == CaseStatus.DRAFT
    if draft and not opened.newest:
        return [RETIRED]
    if opened.changed:
        return [CHANGED]
    why = why_not_apply(opened.definition, region=opened.case.region, tree=regions(), actor=actor)
    if why and draft:
        return [Refusal(why, code="not_here")]
    faults = [Refusal(fault.sentence, fault.control) for fault in reading.faults]
    if faults:
        return [FAULTY, *faults]
    return [NOT_PROMISED] if opened.form.promise and not promised else []


async def _submit(session: AsyncSession, opened: Opened, reading: Reading, actor: Actor, seen: int) -> Refusal | None:
    case, answers, now = opened.case, reading.answers, clock.now()
    first = case.number is None
    if first:  # nothing is refused to a draft any more
        today = clock.today()
        serial = await next_number(session, f"{opened.definition.implementation_code}{today:%Y%m%d}")
        case.number = case_number(opened.definition.implementation_code, today, serial)
        case.submitted_at, case.expires_at = now, None
        await catalog_stats.count_application(session, matter_id=case.matter_id, today=today)
    else:
        await _keep_first(session, opened)
    outcome = await act_on(session, opened, Act.SUBMIT, Party.APPLICANT, actor=actor, seen=seen, answers=answers)
    if isinstance(outcome, Refusal):
        return outcome
    case.person_id, case.grant_id, case.role = actor.person_id, actor.grant_id or None, actor.role or ""
    case.saved_at = case.handed_in_at = now
    case.step = "receipt"
    opened.kept.typed = typed_again(opened.form, answers).to_json()  # what was not asked in the end is not kept
    opened.kept.answers = json.dumps(answers, ensure_ascii=False)
    number = await _keep(session, opened)
    if case.status != CaseStatus.UNIT_REVIEW:
        case.received = number
    return None


async def _keep_first(session: AsyncSession, opened: Opened) -> None:
    """Write down what was handed in first, before a correction replaces it, where an older portal has not."""
    case = opened.case
    if case.handed_in_at is None or await submissions_of(session, case.id):
        return
    first = select(CaseFile).where(col(CaseFile.case_id) == case.id, col(CaseFile.submission) == 1)
    files: dict[str, list[list[str]]] = {}
    for one in (await session.execute(first.order_by(col(CaseFile.created_at), col(CaseFile.id)))).scalars():
        files.setdefault(one.field, []).append([one.id, one.digest])
    made = CaseSubmission(
        case_id=case.id,
        number=1,
        version_id=case.version_id,
        person_id=case.person_id,
        files=json.dumps(files),
        created_at=case.handed_in_at,
    )
    made.answers = opened.kept.answers
    session.add(made)
    await session.flush()


async def _settle_review(session: AsyncSession, opened: Opened, reading: Reading, actor: Actor) -> Refusal | None:
    """Set the unit that may be asked to review. What the bureau has sent back stays with the employer who approved it.

    So no approval stands for something that its unit has not seen. Errors: another employer, or none, in a correction;
    too many applications to one employer in a day.
    """
    case, review = opened.case, opened.workflow.unit_review
    unit = await _reviewing_unit(session, opened, reading, actor)
    changed = unit != case.review_unit_id
    if case.unit_id is None and changed and case.returned and case.review_unit_id:
        asked = review.employer if review and review.employer in reading.shown else None
        return replace(_SAME_EMPLOYER, field=asked or "")
    way = replace(way_of(opened, reading.answers), employer=unit is not None)
    if case.unit_id is None and way.reviewed(None):
        whose = f"{actor.person_id}-{unit}"
        if exceeded := await limits.take(session, frequency.EMPLOYER_ASKED, whose, now=clock.now()):
            return exceeded.refusal
    if changed:
        case.review_unit_id, case.reviewed_at = unit, None  # whoever was named before has reviewed nothing for this one
    return None


async def _reviewing_unit(session: AsyncSession, opened: Opened, reading: Reading, actor: Actor) -> str | None:
    """Return the unit that may be asked to review: the actor's own, or the person's employer if it is known here."""
    review = opened.workflow.unit_review
    if review is None or actor.institution_id:
        return None
    if actor.unit_id:
        return actor.unit_id
    named = reading.answers.get(review.employer) if review.employer else None
    if not named:
        return None
    return (await session.execute(select(col(Unit.id)).where(col(Unit.uscc) == named["uscc"]))).scalar_one_or_none()


async def _keep(session: AsyncSession, opened: Opened) -> int:
    """Write down what was handed in now, and return which submission it is; whatever is changed later, this stays."""
    case = opened.case
    number = await submissions_of(session, case.id) + 1
    stored = (
        select(CaseFile)
        .where(col(CaseFile.case_id) == case.id, col(CaseFile.state) == FileState.STORED)
        .order_by(col(CaseFile.created_at), col(CaseFile.id))
    )
    files: dict[str, list[list[str]]] = {}
    for one in (await session.execute(stored)).scalars():
        one.submission = one.submission or number
        files.setdefault(one.field, []).append([one.id, one.digest])
    made = CaseSubmission(
        case_id=case.id, number=number, version_id=case.version_id, person_id=case.person_id, files=json.dumps(files)
    )
    made.answers = opened.kept.answers
    session.add(made)
    return number
