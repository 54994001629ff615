"""Logging in by what an outside party has proven: a certificate, a provincial login, a licence (R-2.4.2, R-2.4.6).

The gateways and their services check the protocol; here begins what they have in common. Whom the proof names is looked
up anew at each login, so nothing has to be linked, and nothing linked grows old.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain import assertions as rules
from jsrs_portal.domain.assertions import Assertion, AssertionProblem, Holder, Source
from jsrs_portal.domain.authority import Actor, GrantState
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.identifiers import check_uscc
from jsrs_portal.domain.proofs import by_assertion
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.registration import PERSON_REGISTRATION, UNIT_REGISTRATION
from jsrs_portal.domain.wizards import Answers, Progress, WizardSpec
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.proofs import UnitProof
from jsrs_portal.models.units import Unit
from jsrs_portal.services import audit, people
from jsrs_portal.services.drafts import SavedProgress, drop_progress, load_progress, save_progress
from jsrs_portal.services.grants import Held, held_in
from jsrs_portal.services.sessions import issue_ticket

SIGNED_IN = Refusal("本浏览器已经登录，请先退出当前账户，再以其他方式登录。", code="signed_in")


@dataclass(frozen=True)
class Enter:
    """Somebody is let in: the ticket with which the browser fetches its session."""

    ticket: str


@dataclass(frozen=True)
class Confirm:
    """The unit is proven, the person is not: they confirm by scanning the code on ``/login/confirm`` (R-2.4.5)."""

    unit_id: str


@dataclass(frozen=True)
class Register:
    """Not registered here: the wizard at ``path`` has what is proven already."""

    path: str


@dataclass(frozen=True)
class ProofView:
    """The unit that this browser has proven, and by what."""

    unit_name: str
    source_label: str
    expires_at: datetime


async def admit(session: AsyncSession, *, actor: Actor, assertion: Assertion) -> Enter | Confirm | Register | Refusal:
    """Let the browser of ``actor`` in as what ``assertion`` proves, or say what comes before that.

    A person who is proven needs a role in the unit; a unit alone enters as its legal representative while nobody else
    has one. Errors (:class:`~domain.assertions.AssertionProblem`): no valid USCC, no valid document, another name than
    registered, no role, a legal representative who is unproven or another one, a locked person, a browser that is
    signed in.
    """
    if actor.signed_in or actor.staff_id:
        return SIGNED_IN
    uscc = check_uscc(assertion.uscc)
    if uscc.problem:
        return _refuse(session, actor, assertion, AssertionProblem.NO_UNIT)
    unit = (await session.execute(select(Unit).where(col(Unit.uscc) == uscc.value))).scalar_one_or_none()
    if unit is None:
        return await _register(
            session,
            actor,
            assertion,
            UNIT_REGISTRATION,
            rules.given_for_unit(assertion, clock.today()),
            "/register/unit",
        )
    if assertion.person_id_number:
        return await _admit_person(session, actor, assertion, unit)
    return await _admit_unit(session, actor, assertion, unit)


async def view_proof(session: AsyncSession, *, actor: Actor) -> ProofView | None:
    """Return the unit that this browser has proven and not yet entered; ``None`` when there is none. One query."""
    found = await living_proof(session, actor=actor)
    if found is None:
        return None
    proof, unit = found
    return ProofView(unit.name, rules.SOURCE_LABELS[Source(proof.source)], proof.expires_at)


async def drop_proof(session: AsyncSession, *, actor: Actor) -> None:
    """End what this browser has proven of a unit and not yet used, because another way in is wanted."""
    mine = col(UnitProof.owner) == actor.session_key, col(UnitProof.used_at).is_(None)
    await session.execute(update(UnitProof).where(*mine).values(used_at=clock.now()))


async def living_proof(session: AsyncSession, *, actor: Actor) -> tuple[UnitProof, Unit] | None:
    """Return this browser's latest proof of a unit that still counts, with the unit."""
    query = (
        select(UnitProof, Unit)
        .join(Unit, col(Unit.id) == col(UnitProof.unit_id))
        .where(
            col(UnitProof.owner) == actor.session_key,
            col(UnitProof.used_at).is_(None),
            col(UnitProof.expires_at) > clock.now(),
        )
        .order_by(col(UnitProof.created_at).desc(), col(UnitProof.id))
        .limit(1)
    )
    found = (await session.execute(query)).one_or_none()
    return (found[0], found[1]) if found else None


async def _admit_person(
    session: AsyncSession, actor: Actor, assertion: Assertion, unit: Unit
) -> Enter | Register | Refusal:
    kind = assertion.person_id_type
    known = kind in set(DocumentType)
    number = check_document(DocumentType(kind), assertion.person_id_number, clock.today()).value if known else None
    if not number:
        return _refuse(session, actor, assertion, AssertionProblem.NO_PERSON, unit)
    person = await people.find_by_document(session, id_type=kind, id_number=number)
    if person is None:
        return await _register(
            session,
            actor,
            assertion,
            PERSON_REGISTRATION,
            rules.given_for_person(assertion, clock.today()),
            "/register/person",
        )
    if assertion.person_name and assertion.person_name != person.name:
        return _refuse(session, actor, assertion, AssertionProblem.NAME, unit, person)
    theirs = [
        one for one in await held_in(session, unit.id, today=clock.today(), of=person.id) if one.person.id == person.id
    ]
    active = [one for one in theirs if one.state is GrantState.ACTIVE]
    if active:
        return _enter(session, actor, assertion, active[0])
    unproven = any(one.state is GrantState.UNPROVEN for one in theirs)
    problem = AssertionProblem.UNPROVEN if unproven else AssertionProblem.NO_ROLE
    return _refuse(session, actor, assertion, problem, unit, person)


async def _admit_unit(
    session: AsyncSession, actor: Actor, assertion: Assertion, unit: Unit
) -> Enter | Confirm | Refusal:
    held = await held_in(session, unit.id, today=clock.today())
    legal = rules.who_enters(Holder(one.person.id, one.role, one.state) for one in held)
    if legal is not None and not assertion.needs_person:
        enters = next(one for one in held if one.person.id == legal)
        who = enters.person
        if rules.is_other_legal(assertion, name=who.name, id_type=who.id_type, id_number=who.id_number):
            return _refuse(session, actor, assertion, AssertionProblem.LEGAL, unit, who)
        return _enter(session, actor, assertion, enters)
    now = clock.now()
    await drop_proof(session, actor=actor)
    session.add(
        UnitProof(
            owner=actor.session_key,
            unit_id=unit.id,
            source=assertion.source,
            created_at=now,
            expires_at=now + rules.PROOF_LIFE,
        )
    )
    _record(session, actor, assertion, "CONFIRM", unit)
    return Confirm(unit.id)


def _enter(session: AsyncSession, actor: Actor, assertion: Assertion, held: Held) -> Enter | Refusal:
    if held.person.status != PersonStatus.ACTIVE:
        return _refuse(session, actor, assertion, AssertionProblem.PERSON_LOCKED, None, held.person)
    audit.record(
        session,
        actor=actor,
        action="login",
        person_id=held.person.id,
        unit_id=held.grant.unit_id,
        details=_details(assertion),
    )
    ticket = issue_ticket(
        session,
        actor=actor,
        person_id=held.person.id,
        unit_id=held.grant.unit_id,
        grant_id=held.grant.id,
        proved=by_assertion(assertion.source, held.grant.unit_id),
        way=rules.WAYS[assertion.source],
    )
    return Enter(ticket)


async def _register(
    session: AsyncSession, actor: Actor, assertion: Assertion, spec: WizardSpec, given: Answers, path: str
) -> Register:
    """Begin the wizard with what is proven; a draft that was begun with the same goes on."""
    saved = await load_progress(session, spec=spec, owner=actor.session_key, lock=True)
    if saved.progress.given != given or saved.progress.result:
        await drop_progress(session, spec=spec, owner=actor.session_key)
        await save_progress(session, spec=spec, owner=actor.session_key, saved=SavedProgress(Progress(given=given)))
    _record(session, actor, assertion, "REGISTER")
    return Register(path)


def _refuse(
    session: AsyncSession,
    actor: Actor,
    assertion: Assertion,
    problem: AssertionProblem,
    unit: Unit | None = None,
    person: Person | None = None,
) -> Refusal:
    _record(session, actor, assertion, problem.upper(), unit, person)
    return Refusal(rules.SENTENCES[problem], code=problem)


def _record(
    session: AsyncSession,
    actor: Actor,
    assertion: Assertion,
    result: str,
    unit: Unit | None = None,
    person: Person | None = None,
) -> None:
    audit.record(
        session,
        actor=actor,
        action="login",
        result=result,
        unit_id=unit.id if unit else "",
        person_id=person.id if person else "",
        details=_details(assertion),
    )


def _details(assertion: Assertion) -> dict[str, object]:
    """Return what the trail keeps, encrypted: where the proof came from, and for which unit."""
    return {
        "source": assertion.source,
        "issuer": assertion.issuer,
        "subject": assertion.subject,
        "uscc": assertion.uscc,
    }
