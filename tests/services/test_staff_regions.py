"""An officer's region ends what they find, see in full and lock; whoever is elsewhere is nobody to them."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain import staff as rules
from jsrs_portal.domain.authority import Role
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Grant, Institution, Unit
from jsrs_portal.models.work import OutboxMessage
from jsrs_portal.services import staff_locks, staff_search
from jsrs_portal.services.staff_search import FullPerson, PersonHit
from tests.services.numbers import employer, human
from tests.services.officers import Officer, officer
from tests.services.world import how_many, rows, statements, warm_up

UNIT, ELSEWHERE = employer(1), employer(2)
BOSS = UNIT.legal_rep
REASON = "核对办件 2026-118"


@pytest.fixture
async def unit(world):
    """A unit in Nanjing (320100), as its code says."""
    return await world.registered_unit(UNIT)


async def find(who: Officer, identifier: str) -> PersonHit | Refusal:
    async with db.unit_of_work() as session:
        return await staff_search.find_one_person(session, actor=who.acting, identifier=identifier)


async def unmask(who: Officer, person_id: str) -> FullPerson | Refusal:
    async with db.unit_of_work() as session:
        return await staff_search.unmask(session, actor=who.acting, person_id=person_id, reason=REASON)


async def lock(who: Officer, person_id: str) -> Refusal | None:
    async with db.unit_of_work() as session:
        return await staff_locks.set_person_locked(
            session, actor=who.acting, person_id=person_id, version=1, locked=True, reason=REASON
        )


async def found_units(who: Officer, text: str) -> list[str]:
    async with db.reading() as session:
        found = await staff_search.find_units(session, actor=who.acting, text=text)
    assert isinstance(found, tuple), found
    return [one.uscc for one in found]


async def results(action: str) -> list[str]:
    return [one.result for one in await rows(AuditEntry) if one.action == action]


@pytest.mark.parametrize(("region", "theirs"), [("", True), ("320100", True), ("320105", False), ("320500", False)])
async def test_a_person_is_found_seen_in_full_and_locked_in_their_units_region_only(unit, region, theirs):
    who, security = await officer(region=region), await officer("security", StaffRole.SECURITY, region)
    hit, full = await find(who, BOSS.mobile), await unmask(who, unit.person_id)
    assert hit == staff_search.NOBODY if not theirs else isinstance(hit, PersonHit)
    assert full == staff_search.GONE if not theirs else isinstance(full, FullPerson)
    assert await lock(security, unit.person_id) == (None if theirs else staff_search.GONE)
    (kept,) = await rows(Person)
    assert kept.status == ("LOCKED" if theirs else "ACTIVE")
    assert await how_many(OutboxMessage) == int(theirs)
    said = "OK" if theirs else "REGION"
    assert [await results(one) for one in ("staff.search", "staff.unmask", "person.lock")] == [[said]] * 3


async def test_whoever_is_elsewhere_cannot_be_told_from_nobody(unit):
    who = await officer(region="320500")
    assert await find(who, BOSS.mobile) == await find(who, human(77).mobile)
    assert await unmask(who, unit.person_id) == await unmask(who, "nobody")


async def test_whoever_stands_for_no_unit_is_the_provinces(world):
    alone = await world.registered_person(human(3))
    city, province = await officer("nan.jing", region="320100"), await officer()
    assert await find(city, human(3).mobile) == staff_search.NOBODY
    assert await unmask(city, alone) == staff_search.GONE
    assert isinstance(await find(province, human(3).mobile), PersonHit)
    assert isinstance(await unmask(province, alone), FullPerson)


@pytest.mark.parametrize(
    ("starts", "ends", "theirs"), [(None, None, True), (-9, -1, False), (3, 9, True), (-9, 0, True)]
)
async def test_a_grant_that_has_ended_connects_nobody(unit, world, starts, ends, theirs):
    person = await world.registered_person(human(3))

    def day(days: int | None):
        return None if days is None else clock.today() + timedelta(days=days)

    await world.granted(unit, person, valid_from=day(starts), valid_until=day(ends))
    hit = await find(await officer(region="320100"), human(3).mobile)
    assert isinstance(hit, PersonHit) is theirs


async def test_an_institutions_administrator_belongs_to_the_institutions_region(unit, world):
    person = await world.registered_person(human(3))
    async with db.unit_of_work() as session:
        place = Institution(
            unit_id=unit.unit_id,
            number="J320000009",
            name="昆山学校",
            kind="other",
            level="COUNTY",
            region="320583",
            status="OPEN",
        )
        session.add(place)
        await session.flush()
        role = Role.INSTITUTION_ADMIN
        session.add(Grant(unit_id=unit.unit_id, person_id=person, role=role, institution_id=place.id))
    kunshan, nanjing = await officer("kun.shan", region="320583"), await officer("nan.jing", region="320100")
    hit = await find(kunshan, human(3).mobile)
    assert isinstance(hit, PersonHit)
    assert hit.roles == ("昆山学校 · 机构管理员 · 有效",)
    assert await find(nanjing, human(3).mobile) == staff_search.NOBODY
    assert await find(kunshan, BOSS.mobile) == staff_search.NOBODY


async def test_what_somebody_is_elsewhere_is_not_shown(unit, world):
    other = await world.registered_unit(employer(2, legal_rep=BOSS))
    async with db.unit_of_work() as session:
        await session.execute(update(Unit).where(col(Unit.id) == other.unit_id).values(authority_region="320500"))
    seen = {}
    for region in ("", "320100", "320500"):
        hit = await find(await officer(f"officer{region}", region=region), BOSS.mobile)
        assert isinstance(hit, PersonHit)
        seen[region] = [role.partition(" · ")[0] for role in hit.roles]
    assert seen == {"": [employer(2).name, UNIT.name], "320100": [UNIT.name], "320500": [employer(2).name]}


async def test_the_search_for_units_says_what_the_rule_says(world):
    """The condition in SQL and :func:`rules.unit_region` are the same rule."""
    authorities = ("", "320000", "320500", "320583", "320100", "320105")
    for n, region in enumerate(authorities, 1):
        made = await world.registered_unit(employer(n))
        async with db.unit_of_work() as session:
            await session.execute(update(Unit).where(col(Unit.id) == made.unit_id).values(authority_region=region))
    for own in ("", "320000", "320100", "320105", "320500", "320583", "320582"):
        who = await officer(f"officer{own}", region=own)
        expected = {
            employer(n).uscc
            for n, region in enumerate(authorities, 1)
            if rules.covers(own, rules.unit_region(region, employer(n).uscc))
        }
        assert set(await found_units(who, "测试有限公司")) == expected
        assert {employer(n).uscc for n in range(1, 7) if await found_units(who, employer(n).uscc)} == expected


async def test_more_roles_cost_no_more_statements(world):
    who, counts = await officer(region="320100"), []
    for n in range(1, 4):
        await world.registered_unit(employer(n, legal_rep=BOSS))
        await warm_up()
        with statements() as seen:
            await find(who, BOSS.mobile)
        counts.append(len(seen))
    assert counts[0] == counts[1] == counts[2]


@pytest.mark.parametrize("role", [StaffRole.SYSTEM, StaffRole.AUDIT])
async def test_the_system_and_the_log_have_no_regions(role):
    with pytest.raises(AssertionError, match="区域只用于"):
        await officer(role=role, region="320500")
