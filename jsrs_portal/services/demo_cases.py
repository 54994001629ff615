"""The demonstration's applications, so that an officer finds something to do; nobody is told of them."""

import asyncio
import io
import json
from datetime import date, datetime, time, timedelta

from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, file_store
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.catalog.demo import DEMO_CASE_MATTER, DEMO_CASES, DEMO_PERSON, DEMO_STAFF, DEMO_UNIT, DemoAct, DemoCase
from jsrs_portal.catalog.demo_parcels import DEMO_INJURIES, DEMO_INJURY_MATTER, DemoInjury
from jsrs_portal.domain.authority import Role
from jsrs_portal.domain.case_limits import Terms
from jsrs_portal.domain.case_workflow import Act, Party, Standing, Way, move
from jsrs_portal.domain.cases import ENDED, FileState, case_number
from jsrs_portal.domain.form_drafts import typed_again
from jsrs_portal.domain.matter_forms import MatterForm
from jsrs_portal.domain.matters import MatterDefinition
from jsrs_portal.domain.results import ISSUED
from jsrs_portal.models.cases import Case, CaseEvent, CaseFile, CaseForm, CaseSubmission
from jsrs_portal.models.catalog import Matter, MatterVersion
from jsrs_portal.models.results import CaseResult
from jsrs_portal.models.staff import Staff
from jsrs_portal.models.units import Grant, Unit
from jsrs_portal.services.case_moves import Said
from jsrs_portal.services.definitions import parsed
from jsrs_portal.services.demo_parcels import add_addresses, add_travels
from jsrs_portal.services.sequences import next_number
from jsrs_portal.settings import get_settings

_MORNING = time(9, 30)
_SPOKEN = {
    DEMO_CASE_MATTER: ("renewal_text", "劳动合同续签文本.pdf"),
    DEMO_INJURY_MATTER: ("medical_files", "医疗诊断证明.pdf"),
}
"""The matters that are applied for, with the file that goes with each."""


async def load_demo_cases(session: AsyncSession) -> bool:
    """Add the applications once there is a catalogue; return whether there was anything to add.

    Raises ``RuntimeError`` in production.
    """
    if not get_settings().demo:
        raise RuntimeError("demonstration data is refused in production")
    query = (
        select(Unit, Grant)
        .join(Grant, (col(Grant.unit_id) == col(Unit.id)) & (col(Grant.role) == Role.LEGAL_REP))
        .where(col(Unit.uscc) == DEMO_UNIT.uscc)
    )
    found = (await session.execute(query)).first()
    officer = (await session.execute(select(Staff).where(col(Staff.login) == DEMO_STAFF[0].login))).scalar_one_or_none()
    served = await _matters(session)
    if found is None or officer is None or set(served) != set(_SPOKEN):
        return False
    unit, grant = found
    there = select(col(Case.id)).where(col(Case.unit_id) == unit.id, col(Case.number).is_not(None))
    if (await session.execute(there.limit(1))).first() is not None:
        return False
    picture = await asyncio.to_thread(_document)
    addresses = await add_addresses(session, unit.id)
    for one in (*DEMO_INJURIES, *DEMO_CASES):
        matter, version = served[_key(one)]
        case = Case(
            person_id=grant.person_id,
            unit_id=unit.id,
            house_id=unit.id,
            grant_id=grant.id,
            role=grant.role,
            matter_id=matter.id,
            version_id=version.id,
            matter_name=matter.name,
            region=one.region,
            officer_id=officer.id if isinstance(one, DemoInjury) or one.taken else None,
        )
        await _add(session, case, one, parsed(version.id, version.definition), officer.id, picture)
        if isinstance(one, DemoInjury):
            await add_travels(session, case, one, addresses, officer.id)
    return True


async def _matters(session: AsyncSession) -> dict[str, tuple[Matter, MatterVersion]]:
    query = (
        select(Matter, MatterVersion)
        .join(MatterVersion, col(MatterVersion.id) == col(Matter.version_id))
        .where(col(Matter.key).in_(list(_SPOKEN)))
    )
    return {matter.key: (matter, version) for matter, version in await session.execute(query)}


def _key(one: DemoCase | DemoInjury) -> str:
    return DEMO_INJURY_MATTER if isinstance(one, DemoInjury) else DEMO_CASE_MATTER


async def _add(
    session: AsyncSession,
    case: Case,
    one: DemoCase | DemoInjury,
    definition: MatterDefinition,
    officer: str,
    picture: bytes,
) -> None:
    """Add a case and lead it as far as it has come, each act on its day."""
    if definition.form is None or definition.workflow is None:
        return
    first = clock.today() - timedelta(days=one.ago)
    answers = _injury(one, first) if isinstance(one, DemoInjury) else _renewal(one, first)
    field, name = _SPOKEN[_key(one)]
    serial = await next_number(session, f"{definition.implementation_code}{first:%Y%m%d}")
    case.number = case_number(definition.implementation_code, first, serial)
    case.submitted_at = case.handed_in_at = case.saved_at = case.created_at = _at(first)
    case.step = "receipt"
    session.add(case)
    await session.flush()
    kept = CaseForm(id=case.id)
    _fill_in(kept, definition.form, answers)
    session.add(kept)
    file = await _file(case, field, name, picture)
    session.add(file)
    files = {field: [[file.id, ""]]}
    _hand_in(session, case, kept, 1, files)
    way = Way(
        definition.workflow,
        answers,
        Terms(work_days(), definition.guide.promised_limit, definition.workflow.corrections),
    )
    standing, day = Standing(), first
    for position, act in enumerate((DemoAct(0, Act.SUBMIT, Party.APPLICANT), *one.acts), 1):
        day += timedelta(days=act.after)
        standing = _acted(session, case, standing, act, way, day, position, officer)
        if act.act == Act.SUBMIT and position > 1:
            case.handed_in_at = _at(day)
            answers = {**answers, **dict(act.answers)}
            _fill_in(kept, definition.form, answers)
            _hand_in(session, case, kept, 2, files)


def _acted(
    session: AsyncSession, case: Case, before: Standing, act: DemoAct, way: Way, day: date, position: int, officer: str
) -> Standing:
    party = Party(act.by)
    after = move(before, Act(act.act), party, way=way, today=day, role=Role.LEGAL_REP)
    if not isinstance(after, Standing):
        raise ValueError(f"{act.act}: {after.sentence}")
    by_officer = party is Party.OFFICER
    event = CaseEvent(
        created_at=_at(day) + timedelta(minutes=position),
        case_id=case.id,
        position=position,
        act=act.act,
        status=after.status,
        stage=after.stage,
        at_stage=before.stage,
        person_id=None if by_officer else case.person_id,
        staff_id=officer if by_officer else None,
        grant_id=None if by_officer else case.grant_id,
        role="" if by_officer else case.role,
        answer_by=after.clock.answer_by,
    )
    if words := Said(text=act.opinion, fields=dict(act.remarks) or None).written():
        event.said = words
    session.add(event)
    if after.accepted and case.accepted_at is None:
        case.accepted_at = event.created_at
    if after.status in ENDED:
        case.finished_at = event.created_at
    if after.status in ISSUED:
        session.add(CaseResult(id=case.id, decision=after.status, due_at=clock.now()))
    case.moved_at = event.created_at
    case.status, case.stage, case.returned, case.version = after.status, after.stage, after.returned, position
    limits = after.clock
    case.answer_by, case.step_by, case.promised_by = limits.answer_by, limits.step_by, limits.promised_by
    case.stopped_on, case.paused_on = limits.stopped_on, limits.paused_on
    return after


def _hand_in(session: AsyncSession, case: Case, kept: CaseForm, number: int, files: dict[str, list[list[str]]]) -> None:
    """Write down what was handed in the ``number``-th time, with the files of each field."""
    made = CaseSubmission(
        case_id=case.id,
        number=number,
        version_id=case.version_id,
        person_id=case.person_id,
        files=json.dumps(files),
    )
    made.answers = kept.answers
    session.add(made)
    case.received = number


def _fill_in(kept: CaseForm, form: MatterForm, answers: dict[str, object]) -> None:
    kept.typed = typed_again(form, answers).to_json()
    kept.answers = json.dumps(answers, ensure_ascii=False)


async def _file(case: Case, field: str, name: str, picture: bytes) -> CaseFile:
    """Store the file that goes with what is handed in first."""
    file = CaseFile(
        created_at=case.created_at,
        case_id=case.id,
        field=field,
        person_id=case.person_id,
        media_type="application/pdf",
        size=len(picture),
        state=FileState.STORED,
        pages=1,
        submission=1,
        completed_at=case.created_at,
    )
    file.name = name
    await file_store.write_part(file.id, 0, picture)
    return file


def _renewal(one: DemoCase, first: date) -> dict[str, object]:
    worker = one.worker
    return {
        "uscc": DEMO_UNIT.uscc,
        "unit_name": DEMO_UNIT.name,
        "contact_name": DEMO_PERSON.name,
        "contact_mobile": DEMO_PERSON.mobile,
        "term_kind": "open",
        "start_date": (first + timedelta(days=10)).isoformat(),
        "terms_changed": False,
        "worksite": "320106" if one.region == "320000" else one.region,
        "workers": [
            {
                "name": worker.name,
                "id_number": worker.id_number,
                "post": one.post,
                "monthly_pay": f"{one.monthly_pay}.00",
            }
        ],
        "renewal_text": 1,
        "signed_by_agent": False,
    }


def _injury(one: DemoInjury, first: date) -> dict[str, object]:
    worker, (division, detail) = one.worker, one.place
    return {
        "applicant_kind": "unit",
        "uscc": DEMO_UNIT.uscc,
        "unit_name": DEMO_UNIT.name,
        "region": one.region,
        "contact_name": DEMO_PERSON.name,
        "contact_mobile": DEMO_PERSON.mobile,
        "worker_name": worker.name,
        "worker_id": worker.id_number,
        "worker_mobile": worker.mobile,
        "post": one.post,
        "hired_on": (first - timedelta(days=900)).isoformat(),
        "insured": True,
        "injury_kind": "workplace",
        "happened_on": (first - timedelta(days=5)).isoformat(),
        "place": {"region": division, "detail": detail},
        "process": one.process,
        "part": one.part,
        "hospital": one.hospital,
        "deceased": False,
        "medical_files": 1,
    }


def _document() -> bytes:
    """Return a page of paper as a PDF."""
    page = Image.new("RGB", (595, 842), "white")
    ImageDraw.Draw(page).text((72, 72), "Handed in with an application (demonstration)", fill="black")
    file = io.BytesIO()
    page.save(file, "PDF")
    return file.getvalue()


def _at(day: date) -> datetime:
    return datetime.combine(day, _MORNING, clock.BEIJING)
