"""Parcels of cases: registered by whoever sends them, taken off again while nothing has moved (R-2.6.4)."""

from dataclasses import replace

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import shipments as rules
from jsrs_portal.domain import staff as staff_rules
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.matter_workflow import Direction
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.shipments import ParcelTyped, ShipmentState
from jsrs_portal.models.cases import Case
from jsrs_portal.models.shipments import Parcel, ParcelEvent, Shipment, ShipmentMilestone
from jsrs_portal.models.staff import Staff
from jsrs_portal.services import audit, case_notices, limits
from jsrs_portal.services.case_access import desk_case
from jsrs_portal.services.case_delivery import GONE, courier_of, delivery_of, held_own_case
from jsrs_portal.services.opened_cases import opened_from
from jsrs_portal.services.parcel_news import catch_up
from jsrs_portal.services.results import is_withdrawn
from jsrs_portal.services.staff import FORBIDDEN, may

NOT_THERE = Refusal("没有这个快递，它可能已被删除，请刷新后再看。", code="not_there")


async def send_materials(
    session: AsyncSession, *, actor: Actor, case_id: str, typed: ParcelTyped
) -> Shipment | list[Refusal]:
    """Register what whoever applied has sent to the bureau.

    Errors: none of theirs; a matter that takes nothing by courier; not while the bureau has the case; what is wrong
    with company, number, phone; a number that is registered already, here or elsewhere; too many, or too often.
    """
    case, acting = await held_own_case(session, actor, case_id)
    if case is None or acting is None or case.number is None:
        return [GONE]
    already = await _count(session, case.id, Direction.MATERIALS)
    refused = rules.why_not_send_materials(await courier_of(session, case), CaseStatus(case.status), already=already)
    if refused:
        return [refused]
    made = await _register(session, case, Direction.MATERIALS, typed, acting)
    if isinstance(made, Shipment):
        await catch_up(session, made, case)
    return made


async def send_result(
    session: AsyncSession, *, actor: Actor, case_id: str, typed: ParcelTyped
) -> Shipment | list[Refusal]:
    """Register what the bureau has sent to whoever applied, and tell them.

    The digits of the phone that some companies ask for are the recipient's unless others are typed. Errors: none of
    the officer's region; not decided; withdrawn since; nobody wants it sent; as :func:`send_materials`.
    """
    acting = await officer_now(session, actor)
    case = await desk_case(session, acting, case_id, lock=True) if acting else None
    if acting is None:
        return [FORBIDDEN]
    if case is None:
        return [GONE]
    wish = await delivery_of(session, case.id)
    already = await _count(session, case.id, Direction.RESULT)
    refused = rules.why_not_send_result(
        await courier_of(session, case),
        CaseStatus(case.status),
        wished=wish is not None,
        withdrawn=await is_withdrawn(session, case.id, lock=True),
        already=already,
    )
    if refused or wish is None:
        return [refused or rules.NO_ADDRESS]
    made = await _register(
        session, case, Direction.RESULT, replace(typed, phone=typed.phone.strip() or wish.mobile[-4:]), acting
    )
    if isinstance(made, Shipment):
        company = rules.company_name(typed.company)
        text = f"办理结果已由{company}寄出，快递单号 {made.number}。"
        await case_notices.tell_applicants(session, await opened_from(session, case), "办理结果已寄出", text)
        await catch_up(session, made, case)
    return made


async def remove_shipment(session: AsyncSession, *, actor: Actor, shipment_id: str) -> Refusal | None:
    """Take a parcel off that was registered by mistake; ``None`` when it is gone.

    Who may: of the bureau's own its officers, of the applicant's whoever works on the case. Errors: none of theirs;
    one that has moved.
    """
    shipment = await session.get(Shipment, shipment_id)
    if shipment is None:
        return NOT_THERE
    acting: Actor | None
    if shipment.direction == Direction.RESULT.name:
        acting = await officer_now(session, actor)
        case = await desk_case(session, acting, shipment.case_id, lock=True) if acting else None
    else:
        case, acting = await held_own_case(session, actor, shipment.case_id)
    if case is None or acting is None:
        return NOT_THERE
    held = select(Parcel).where(col(Parcel.id) == shipment.parcel_id).with_for_update()
    parcel = (await session.execute(held.execution_options(populate_existing=True))).scalar_one_or_none()
    if parcel is None:  # somebody was faster
        return NOT_THERE
    if parcel.state != ShipmentState.ORDERED or parcel.moved_at is not None:
        return rules.UNDER_WAY
    gone = delete(Shipment).where(col(Shipment.id) == shipment.id).returning(col(Shipment.id))
    if (await session.execute(gone)).scalar_one_or_none() is None:
        return NOT_THERE
    others = select(col(Shipment.id)).where(col(Shipment.parcel_id) == parcel.id).limit(1)
    if (await session.execute(others)).first() is None:
        await session.execute(delete(ParcelEvent).where(col(ParcelEvent.parcel_id) == parcel.id))
        await session.execute(delete(Parcel).where(col(Parcel.id) == parcel.id))
    audit.record(
        session,
        actor=acting,
        action="courier.drop",
        subject=case.id,
        unit_id=case.house_id or "",
        details={"company": parcel.company, "number": parcel.number, "direction": shipment.direction},
    )
    return None


async def officer_now(session: AsyncSession, actor: Actor) -> Actor | None:
    """Return the officer as their account is now; ``None`` for nobody who may handle cases."""
    if may(actor, Permission.STAFF_CASES):
        return None
    account = await session.get(Staff, actor.staff_id, populate_existing=True)
    if account is None or account.status != staff_rules.StaffStatus.ACTIVE or account.role != StaffRole.OFFICER:
        return None
    return replace(actor, staff_region=account.region)


async def _register(
    session: AsyncSession, case: Case, direction: Direction, typed: ParcelTyped, actor: Actor
) -> Shipment | list[Refusal]:
    """Put a parcel to a case whose row is held; a parcel may hold what belongs to several cases of one house.

    The bureau has what it sends in its hands: a number that applicants have typed gives way to it.
    """
    if problems := rules.check_parcel(typed):
        return problems
    if actor.person_id:
        exceeded = await limits.take(session, frequency.COURIER_SEND, actor.person_id, now=clock.now())
        if exceeded:
            return [exceeded.refusal]
    number = rules.plain_number(typed.number)
    parcel = await _parcel(session, typed, number)
    others = list((await session.execute(select(Shipment).where(col(Shipment.parcel_id) == parcel.id))).scalars())
    strange = [one for one in others if not _goes_with(one, case, direction)]
    if any(one.case_id == case.id and (one.direction == direction.name or not actor.staff_id) for one in others):
        return [rules.TWICE]
    if strange:
        if not actor.staff_id or parcel.state in rules.FINAL or any(one.staff_id for one in strange):
            return [rules.ELSEWHERE]
        await _give_way(session, parcel, strange, typed, actor)
    made = Shipment(
        case_id=case.id,
        parcel_id=parcel.id,
        direction=direction.name,
        number=number,
        house_id=case.house_id,
        institution_id=case.institution_id,
        owner_id=_owner(case),
        person_id=actor.person_id or None,
        staff_id=actor.staff_id or None,
    )
    session.add(made)
    audit.record(
        session,
        actor=actor,
        action="courier.send",
        subject=case.id,
        unit_id=case.house_id or "",
        details={"company": parcel.company, "number": number, "direction": direction.name},
    )
    await session.flush()
    return made


def _goes_with(one: Shipment, case: Case, direction: Direction) -> bool:
    """Tell whether a case's things may lie in the same parcel as those of ``one``."""
    return (one.house_id, one.owner_id, one.direction) == (case.house_id, _owner(case), direction.name)


async def _give_way(
    session: AsyncSession, parcel: Parcel, strange: list[Shipment], typed: ParcelTyped, actor: Actor
) -> None:
    """Take applicants' registrations off a parcel that is the bureau's, and tell them; it is asked about anew."""
    for one in strange:
        case = await session.get_one(Case, one.case_id)
        await session.execute(delete(ShipmentMilestone).where(col(ShipmentMilestone.shipment_id) == one.id))
        await session.execute(delete(Shipment).where(col(Shipment.id) == one.id))
        audit.record(
            session,
            actor=actor,
            action="courier.drop",
            subject=case.id,
            unit_id=case.house_id or "",
            details={"company": parcel.company, "number": parcel.number, "direction": one.direction},
        )
        text = f"登记的快递单号 {parcel.number} 与办理部门登记的单号重复，登记已删除，请核对快递面单后重新登记。"
        await case_notices.tell_applicants(session, await opened_from(session, case), "快递登记已删除", text)
    if typed.phone.strip():
        parcel.phone = typed.phone.strip()
    parcel.subscribed_at, parcel.due_at = None, clock.now()
    parcel.version += 1


async def _parcel(session: AsyncSession, typed: ParcelTyped, number: str) -> Parcel:
    """Return the parcel of this number, held, made if it is new."""
    fresh = Parcel(company=typed.company, number=number, due_at=clock.now())
    if typed.phone.strip():
        fresh.phone = typed.phone.strip()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = insert(Parcel).values(**fresh.model_dump()).on_conflict_do_nothing(index_elements=["company", "number"])
    query = select(Parcel).where(col(Parcel.company) == typed.company, col(Parcel.number) == number)
    held = query.with_for_update().execution_options(populate_existing=True)
    while True:  # one that somebody takes off at this moment is made anew
        await session.execute(made)
        if found := (await session.execute(held)).scalar_one_or_none():
            return found


def _owner(case: Case) -> str | None:
    """Return the person whose list a case stands in, where it is nobody else's."""
    return None if case.unit_id or case.institution_id else case.person_id


async def _count(session: AsyncSession, case_id: str, direction: Direction) -> int:
    query = (
        select(func.count())
        .select_from(Shipment)
        .where(col(Shipment.case_id) == case_id, col(Shipment.direction) == direction.name)
    )
    return (await session.execute(query)).scalar_one()
