"""结果寄送: where whoever applied wants the result sent, from the draft on until it is under way (R-2.6.4).

A unit's people choose among the unit's addresses, a person or an institution says where to. What was chosen is kept as
it was then: an address that is changed later sends nothing elsewhere.
"""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain import masking
from jsrs_portal.domain import shipments as rules
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.delivery_addresses import AddressTyped, check_address
from jsrs_portal.domain.identifiers import check_mobile
from jsrs_portal.domain.matter_workflow import Courier, Direction
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.addresses import Address
from jsrs_portal.models.cases import Case
from jsrs_portal.models.shipments import CaseDelivery, Shipment
from jsrs_portal.services import audit
from jsrs_portal.services.case_access import own_case
from jsrs_portal.services.definitions import definitions_of
from jsrs_portal.services.grants import held_in, lock_unit
from jsrs_portal.services.submission import as_of_now

GONE = Refusal("没有这个办件，或不能以您当前的身份办理。请切换身份后再试。", code="gone")
NO_SUCH = Refusal("请选择收件地址；刚刚被删除的地址不能选用。", "address", "no_such")


@dataclass(frozen=True)
class DeliveryView:
    """Where a result is to be sent: the recipient masked; ``detail`` is empty where it is not to be seen.

    ``province``, ``city`` and ``county`` are codes, to begin with when it is changed.
    """

    id: str = ""
    address_id: str = ""
    name: str = ""
    mobile: str = ""
    place: str = ""
    detail: str = ""
    chosen: str = ""
    province: str = ""
    city: str = ""
    county: str = ""


NO_DELIVERY = DeliveryView()


async def choose_delivery(
    session: AsyncSession, *, actor: Actor, case_id: str, address_id: str = "", typed: AddressTyped | None = None
) -> CaseDelivery | list[Refusal]:
    """Have a case's result sent to an address of the unit, or to the one ``typed``; the last word counts.

    The audit trail stays for years and says who chose what by its place; where exactly is kept no longer than needed.
    A blank recipient or phone of one that is typed stands for what was there. Errors: none of theirs; a matter that
    sends nothing; too late; an address that is not the unit's; what is wrong with the typed one.
    """
    found = await _open(session, actor, case_id)
    if isinstance(found, Refusal):
        return [found]
    case, acting = found
    kept = await delivery_of(session, case.id)
    if kept is not None and typed is not None:
        typed = replace(typed, name=typed.name.strip() or kept.name, mobile=typed.mobile.strip() or kept.mobile)
    read = await _address_of(session, acting, address_id, typed)
    if isinstance(read, list):
        return read
    made = kept or CaseDelivery(case_id=case.id, person_id=acting.person_id, division=read.division)
    made.person_id, made.division, made.address_id = acting.person_id, read.division, read.address_id
    made.name, made.mobile, made.detail = read.name, read.mobile, read.detail
    made.created_at = clock.now()
    made.version += 1 if kept else 0
    session.add(made)
    audit.record(
        session,
        actor=acting,
        action="courier.address",
        subject=case.id,
        unit_id=case.house_id or "",
        details={
            "division": made.division,
            "name": masking.mask_name(made.name),
            "mobile": masking.mask_phone(made.mobile),
            "address_id": made.address_id,
        },
    )
    return made


async def drop_delivery(session: AsyncSession, *, actor: Actor, case_id: str) -> Refusal | None:
    """Have nothing sent after all; ``None`` when that is so. Errors: none of theirs; too late."""
    found = await _open(session, actor, case_id)
    if isinstance(found, Refusal):
        return found
    case, acting = found
    kept = await delivery_of(session, case.id)
    if kept is not None:
        await session.delete(kept)
        audit.record(session, actor=acting, action="courier.no-address", subject=case.id, unit_id=case.house_id or "")
    return None


async def delivery_of(session: AsyncSession, case_id: str) -> CaseDelivery | None:
    """Return what was chosen for a case. One query."""
    query = select(CaseDelivery).where(col(CaseDelivery.case_id) == case_id)
    return (await session.execute(query)).scalar_one_or_none()


async def courier_of(session: AsyncSession, case: Case) -> Courier | None:
    """Return what may travel with a case, by the version it was made with. One query at most."""
    found = (await definitions_of(session, [case.version_id])).get(case.version_id)
    return found.workflow.courier if found and found.workflow else None


async def result_sent(session: AsyncSession, case_id: str) -> bool:
    """Tell whether a result is under way. One query."""
    query = select(col(Shipment.id)).where(
        col(Shipment.case_id) == case_id, col(Shipment.direction) == Direction.RESULT.name
    )
    return (await session.execute(query.limit(1))).first() is not None


def delivery_view(kept: CaseDelivery | None, *, whole: bool) -> DeliveryView:
    """Return it as it is shown; ``whole`` with the street, as a unit's own addresses are shown to it."""
    if kept is None:
        return NO_DELIVERY
    codes = [one.code for one in divisions().lineage(kept.division)] if whole else []
    province, city, county = (*codes, "", "", "")[:3]
    return DeliveryView(
        id=kept.id,
        address_id=kept.address_id,
        name=masking.mask_name(kept.name),
        mobile=masking.mask_phone(kept.mobile),
        place=divisions().full_name(kept.division),
        detail=kept.detail if whole else "",
        chosen=to_the_minute(kept.created_at),
        province=province,
        city=city,
        county=county,
    )


@dataclass(frozen=True)
class _Read:
    division: str
    name: str
    mobile: str
    detail: str
    address_id: str = ""


async def _address_of(
    session: AsyncSession, actor: Actor, address_id: str, typed: AddressTyped | None
) -> _Read | list[Refusal]:
    if actor.unit_id:
        query = select(Address).where(col(Address.id) == address_id, col(Address.unit_id) == actor.unit_id)
        one = (await session.execute(query)).scalar_one_or_none()
        return _Read(one.division, one.name, one.mobile, one.detail, one.id) if one else [NO_SUCH]
    if typed is None:
        return [NO_SUCH]
    place = divisions().choose(typed.province, typed.city, typed.county)
    refused = check_address(typed)
    if isinstance(place, Refusal):
        return [*refused, place]
    mobile = check_mobile(typed.mobile).value or ""
    return refused or _Read(place, typed.name.strip(), mobile, " ".join(typed.detail.split()))


async def _open(session: AsyncSession, actor: Actor, case_id: str) -> tuple[Case, Actor] | Refusal:
    """Return a case of the actor's own, held, whose result may still be sent elsewhere, and the actor as of now."""
    case, acting = await held_own_case(session, actor, case_id)
    if case is None or acting is None:
        return GONE
    sent = await result_sent(session, case.id)
    refused = rules.why_not_choose(await courier_of(session, case), CaseStatus(case.status), sent=sent)
    return refused or (case, acting)


async def held_own_case(session: AsyncSession, actor: Actor, case_id: str) -> tuple[Case | None, Actor | None]:
    """Return a case that the actor may work on, its row held, and the actor with what their grant gives now."""
    unit = await lock_unit(session, actor.unit_id) if actor.unit_id else None
    held = await held_in(session, unit.id, today=clock.today(), of=actor.person_id) if unit else []
    acting = await as_of_now(session, actor, held)
    case = await own_case(session, acting, case_id, lock=True) if acting else None
    over = case is not None and case.expires_at is not None and case.expires_at <= clock.now()
    return (None if over else case), acting
