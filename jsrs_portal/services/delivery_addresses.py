"""收件地址 of a unit: seen by whoever acts for it, kept by its legal representative and administrator (R-2.6.8.4)."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain import delivery_addresses as rules
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.delivery_addresses import AddressTyped, check_address
from jsrs_portal.domain.identifiers import check_mobile
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.addresses import Address
from jsrs_portal.services import audit
from jsrs_portal.services.grants import acting, held_in, lock_unit

NOT_YOURS = Refusal(rules.NOT_YOURS, code="not_yours")
FULL = Refusal(rules.FULL, code="full")
GONE = Refusal(rules.GONE, code="gone")
STALE = Refusal(rules.STALE, code="stale")


@dataclass(frozen=True)
class AddressRow:
    """One address as it is shown: the recipient masked, the place whole (it is the unit's, and one chooses by it)."""

    id: str
    version: int
    name: str
    mobile: str
    place: str
    detail: str
    province: str
    city: str
    county: str
    is_default: bool


@dataclass(frozen=True)
class AddressesView:
    """All addresses of a unit, the default one first, then oldest first; how many more there may be, in words."""

    rows: tuple[AddressRow, ...]
    room: str
    left: int
    may_manage: bool


async def view_addresses(session: AsyncSession, *, actor: Actor) -> AddressesView | None:
    """Return the addresses of the unit that ``actor`` acts for; ``None`` without the right. One query."""
    if not actor.may(Permission.ADDRESSES_VIEW):
        return None
    found = await _all(session, actor.unit_id)
    return AddressesView(
        rows=tuple(_row(one) for one in found),
        room=rules.room_words(len(found)),
        left=max(0, rules.MOST - len(found)),
        may_manage=actor.may(Permission.ADDRESSES_MANAGE),
    )


async def add_address(session: AsyncSession, *, actor: Actor, typed: AddressTyped) -> Address | list[Refusal]:
    """Add an address to the actor's unit; the first one is its default.

    The unit's row is held, so of fifty at once no more are added than there is room for. Errors: what is wrong at a
    field; no room; an actor who may not, as their grant is now.
    """
    read = _read(typed)
    if isinstance(read, list):
        return read
    if not await _manages(session, actor):
        return [NOT_YOURS]
    others = await _all(session, actor.unit_id)
    if len(others) >= rules.MOST:
        return [FULL]
    made = Address(unit_id=actor.unit_id, division=read)
    _set(made, typed)
    session.add(made)
    await session.flush()
    audit.record(session, actor=actor, action="address.add", subject=made.id, details={"after": _kept(made)})
    if typed.is_default or not others:
        await _set_default(session, made, others)
    return made


async def change_address(
    session: AsyncSession, *, actor: Actor, address_id: str, version: int, typed: AddressTyped
) -> Address | list[Refusal]:
    """Change an address of the actor's unit; a blank recipient or phone stands for what was there.

    Errors: as :func:`add_address`; another's change since ``version``; an address that is gone, or another unit's.
    """
    if not await _manages(session, actor):
        return [NOT_YOURS]
    found = await _one(session, actor, address_id)
    if found is None:
        return [GONE]
    if found.version != version:
        return [STALE]
    whole = AddressTyped(
        name=typed.name.strip() or found.name,
        mobile=typed.mobile.strip() or found.mobile,
        province=typed.province,
        city=typed.city,
        county=typed.county,
        detail=typed.detail,
        is_default=typed.is_default,
    )
    read = _read(whole)
    if isinstance(read, list):
        return read
    before = _kept(found)
    found.division = read
    _set(found, whole)
    found.version += 1
    audit.record(
        session,
        actor=actor,
        action="address.change",
        subject=found.id,
        details={"before": before, "after": _kept(found)},
    )
    if typed.is_default and not found.is_default:
        await _set_default(session, found, await _all(session, actor.unit_id))
    return found


async def make_default(session: AsyncSession, *, actor: Actor, address_id: str) -> Refusal | None:
    """Make an address the unit's default one; ``None`` when it is."""
    if not await _manages(session, actor):
        return NOT_YOURS
    found = await _one(session, actor, address_id)
    if found is None:
        return GONE
    if not found.is_default:
        await _set_default(session, found, await _all(session, actor.unit_id))
        audit.record(session, actor=actor, action="address.default", subject=found.id)
    return None


async def remove_address(session: AsyncSession, *, actor: Actor, address_id: str, version: int) -> Refusal | None:
    """Remove an address; ``None`` when it is done. After the default one the oldest that is left is the default.

    Errors: an actor who may not; an address that is gone, or another unit's; another's change since ``version``.
    """
    if not await _manages(session, actor):
        return NOT_YOURS
    found = await _one(session, actor, address_id)
    if found is None:
        return GONE
    if found.version != version:
        return STALE
    audit.record(session, actor=actor, action="address.remove", subject=found.id, details={"before": _kept(found)})
    was_default = found.is_default
    await session.delete(found)
    await session.flush()
    left = await _all(session, actor.unit_id)
    if was_default and left:
        await _set_default(session, left[0], [])
    return None


async def _manages(session: AsyncSession, actor: Actor) -> bool:
    """Hold the unit's row and tell whether the actor may manage its addresses, as their grant is now."""
    if not actor.may(Permission.ADDRESSES_MANAGE) or await lock_unit(session, actor.unit_id) is None:
        return False
    held = await held_in(session, actor.unit_id, today=clock.today(), of=actor.person_id)
    return acting(actor, held).may(Permission.ADDRESSES_MANAGE)


async def _all(session: AsyncSession, unit_id: str) -> list[Address]:
    query = (
        select(Address)
        .where(col(Address.unit_id) == unit_id)
        .order_by(col(Address.is_default).desc(), col(Address.created_at), col(Address.id))
    )
    return list((await session.execute(query)).scalars())


async def _one(session: AsyncSession, actor: Actor, address_id: str) -> Address | None:
    query = select(Address).where(col(Address.id) == address_id, col(Address.unit_id) == actor.unit_id)
    return (await session.execute(query)).scalar_one_or_none()


async def _set_default(session: AsyncSession, chosen: Address, others: list[Address]) -> None:
    """Take the mark from the former default first: the index allows one at a time."""
    for one in others:
        if one.is_default and one.id != chosen.id:
            one.is_default = False
    await session.flush()
    chosen.is_default = True
    await session.flush()


def _read(typed: AddressTyped) -> str | list[Refusal]:
    """Return the division that was chosen, or everything that is wrong."""
    found = divisions().choose(typed.province, typed.city, typed.county)
    refused = check_address(typed)
    if isinstance(found, Refusal):
        place = next((n for n, one in enumerate(refused) if one.field == "detail"), len(refused))
        refused.insert(place, found)
        return refused
    return refused or found


def _set(row: Address, typed: AddressTyped) -> None:
    row.name, row.detail = typed.name.strip(), " ".join(typed.detail.split())
    row.mobile = check_mobile(typed.mobile).value or ""


def _kept(row: Address) -> dict[str, str]:
    return {"division": row.division, "name": row.name, "mobile": row.mobile, "detail": row.detail}


def _row(one: Address) -> AddressRow:
    codes = [division.code for division in divisions().lineage(one.division)]
    province, city, county = (*codes, "", "", "")[:3]
    return AddressRow(
        id=one.id,
        version=one.version,
        name=masking.mask_name(one.name),
        mobile=masking.mask_phone(one.mobile),
        place=divisions().full_name(one.division),
        detail=one.detail,
        province=province,
        city=city,
        county=county,
        is_default=one.is_default,
    )
