"""收件地址: at most ten, one default, kept by who may, seen masked by who acts for the unit (R-2.6.8.4)."""

import json
from dataclasses import replace

import pytest

from jsrs_portal import db
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.delivery_addresses import AddressTyped
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.addresses import Address
from jsrs_portal.services import delivery_addresses as addresses
from jsrs_portal.services.delivery_addresses import FULL, GONE, NOT_YOURS, STALE
from tests.services.granting import acting, audited, given, revoke
from tests.services.numbers import employer, human
from tests.services.recovering import AGENT
from tests.services.world import (
    OTHER_PASSWORD,
    at_once,
    everything_stored,
    fields,
    how_many,
    rows,
    statements,
    visitor,
    warm_up,
)

pytestmark = [pytest.mark.req("R-2.6.8.4"), pytest.mark.usefixtures("as_in_the_server")]
WHO = human(71)


def typed(number: int = 1, **other) -> AddressTyped:
    values = {
        "name": WHO.name,
        "mobile": WHO.mobile,
        "province": "320000",
        "city": "320500",
        "county": "320583",
        "detail": f"前进东路{number}号政务服务中心",
    }
    return AddressTyped(**(values | other))


async def add(actor: Actor, number: int = 1, **other):
    async with db.unit_of_work() as session:
        return await addresses.add_address(session, actor=actor, typed=typed(number, **other))


async def added(actor: Actor, number: int = 1, **other) -> Address:
    made = await add(actor, number, **other)
    assert isinstance(made, Address), made
    return made


async def alter(actor: Actor, of: Address, version: int | None = None, **other):
    async with db.unit_of_work() as session:
        return await addresses.change_address(
            session,
            actor=actor,
            address_id=of.id,
            version=of.version if version is None else version,
            typed=typed(**other),
        )


async def remove(actor: Actor, of: Address, version: int | None = None) -> Refusal | None:
    async with db.unit_of_work() as session:
        return await addresses.remove_address(
            session, actor=actor, address_id=of.id, version=of.version if version is None else version
        )


async def make_default(actor: Actor, of: Address) -> Refusal | None:
    async with db.unit_of_work() as session:
        return await addresses.make_default(session, actor=actor, address_id=of.id)


async def seen(actor: Actor):
    async with db.reading() as session:
        return await addresses.view_addresses(session, actor=actor)


async def defaults() -> list[str]:
    return [one.id for one in await rows(Address) if one.is_default]


@pytest.fixture
async def admin(world, boss) -> Actor:
    """The unit's administrator."""
    return await acting((await given(boss, await world.registered_person(human(72), OTHER_PASSWORD), Role.ADMIN)).id)


@pytest.fixture
async def stranger(world) -> Actor:
    """Another unit's legal representative."""
    return await acting((await world.registered_unit(employer(2))).grant_id)


async def test_the_first_address_is_the_default_and_is_shown_masked_in_one_statement(boss):
    made = await added(boss)
    await added(boss, 2)
    await warm_up()
    with statements() as asked:
        view = await seen(boss)
    assert len(asked) == 1
    assert view.room == "温馨提示：最多10个、当前已设置 2 个，还可以增加 8 个"
    first, second = view.rows
    assert (first.id, first.is_default, second.is_default) == (made.id, True, False)
    assert (first.name, first.mobile) == (f"{WHO.name[0]}**", f"1*******{WHO.mobile[-2:]}")
    assert (first.place, first.detail) == ("江苏省苏州市昆山市", "前进东路1号政务服务中心")
    assert (first.province, first.city, first.county) == ("320000", "320500", "320583")
    (entry, _) = await audited("address.add")
    assert (entry.subject, entry.unit_id, json.loads(entry.details)["after"]["name"]) == (
        made.id,
        boss.unit_id,
        WHO.name,
    )


async def test_nothing_of_the_recipient_is_stored_in_the_clear(boss):
    await added(boss)
    stored = await everything_stored()
    assert not [secret for secret in (WHO.name, WHO.mobile, "前进东路") if secret in stored]


@pytest.mark.parametrize(
    ("chosen", "division", "place"),
    [
        (("440000", "441900", ""), "441900", "广东省东莞市"),
        (("420000", "429000", "429004"), "429004", "湖北省仙桃市"),
        (("110000", "110100", "110101"), "110101", "北京市东城区"),
    ],
)
async def test_places_without_a_county_or_a_city_can_be_named(boss, chosen, division, place):
    province, city, county = chosen
    made = await added(boss, province=province, city=city, county=county)
    assert made.division == division
    assert (await seen(boss)).rows[0].place == place


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "王"}, ["name"]),
        ({"name": "王" * 51}, ["name"]),
        ({"mobile": "0512-1234567"}, ["mobile"]),
        ({"province": ""}, ["province"]),
        ({"province": "330000"}, ["city"]),
        ({"county": "320102"}, ["county"]),
        ({"county": ""}, ["county"]),
        ({"detail": " 3 号 "}, ["detail"]),
        ({"detail": "x" * 121}, ["detail"]),
        ({"name": "", "mobile": "", "county": "", "detail": ""}, ["name", "mobile", "county", "detail"]),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_in_the_order_of_the_form(boss, other, named):
    assert fields(await add(boss, **other)) == named
    assert await how_many(Address) == 0


# Who


async def test_the_administrator_keeps_them_too_and_an_agent_only_sees_them(boss, admin, agent):
    made = await added(admin)
    clerk = await acting(agent.id)
    view = await seen(clerk)
    assert ([row.id for row in view.rows], view.may_manage) == ([made.id], False)
    assert await add(clerk) == [NOT_YOURS]
    assert await alter(clerk, made) == [NOT_YOURS]
    assert await make_default(clerk, made) == NOT_YOURS
    assert await remove(clerk, made) == NOT_YOURS
    assert await how_many(Address) == 1


async def test_visitors_persons_and_institutions_see_none(boss, agent):
    await added(boss)
    person = Actor(session_key="0" * 64, person_id=agent.person_id, personal=True)
    for actor in (visitor(), person, replace(person, institution_id="x", role=Role.INSTITUTION_ADMIN)):
        assert await seen(actor) is None
        assert await add(actor) == [NOT_YOURS]


async def test_another_unit_neither_sees_nor_touches_them(boss, stranger):
    made = await added(boss)
    assert (await seen(stranger)).rows == ()
    assert await alter(stranger, made) == [GONE]
    assert await make_default(stranger, made) == GONE
    assert await remove(stranger, made) == GONE
    assert await how_many(Address) == 1


async def test_a_grant_that_was_taken_back_a_moment_ago_adds_nothing(world, boss):
    grant = await given(boss, await world.registered_person(AGENT, OTHER_PASSWORD), Role.ADMIN)
    admin = await acting(grant.id)
    await revoke(boss, grant)
    assert await add(admin) == [NOT_YOURS]


# Changing and removing


async def test_a_change_keeps_what_is_left_blank_and_says_what_was(boss):
    made = await added(boss)
    changed = await alter(boss, made, name="", mobile="", county="320505", city="320500", detail="狮山路22号科技大厦")
    assert isinstance(changed, Address)
    assert (changed.name, changed.mobile, changed.division, changed.version) == (WHO.name, WHO.mobile, "320505", 2)
    (entry,) = await audited("address.change")
    kept = json.loads(entry.details)
    assert (kept["before"]["division"], kept["after"]["division"]) == ("320583", "320505")


async def test_another_s_change_is_not_overwritten(boss, admin):
    made = await added(boss)
    assert isinstance(await alter(admin, made, detail="狮山路22号科技大厦"), Address)
    assert await alter(boss, made) == [STALE]
    assert await remove(boss, made) == STALE
    assert (await seen(boss)).rows[0].detail == "狮山路22号科技大厦"


async def test_one_default_at_a_time(boss):
    first, second = await added(boss), await added(boss, 2)
    assert await make_default(boss, second) is None
    assert await defaults() == [second.id]
    assert isinstance(await alter(boss, first, is_default=True), Address)
    assert await defaults() == [first.id]
    third = await added(boss, 3, is_default=True)
    assert await defaults() == [third.id]
    assert [row.id for row in (await seen(boss)).rows] == [third.id, first.id, second.id]


async def test_after_the_default_the_oldest_that_is_left_is_it(boss):
    made = [await added(boss, number) for number in range(3)]
    assert await remove(boss, made[0]) is None
    assert await defaults() == [made[1].id]
    assert await remove(boss, made[2]) is None
    assert await remove(boss, made[1]) is None
    assert await remove(boss, made[1]) == GONE
    assert await how_many(Address) == 0
    assert len(await audited("address.remove")) == 3


# At once


async def test_fifty_at_once_fill_it_up_and_no_more(boss):
    outcomes = await at_once(*[add(boss, number, is_default=number % 2 == 0) for number in range(50)])
    assert sum(isinstance(one, Address) for one in outcomes) == 10
    assert [one for one in outcomes if not isinstance(one, Address)] == [[FULL]] * 40
    assert await how_many(Address) == 10
    assert len(await defaults()) == 1
    assert (await seen(boss)).room == "温馨提示：最多10个、当前已设置 10 个，还可以增加 0 个"


async def test_many_who_choose_the_default_at_once_leave_one(boss):
    made = [await added(boss, number) for number in range(5)]
    assert await at_once(*[make_default(boss, one) for one in made * 4]) == [None] * 20
    assert len(await defaults()) == 1


async def test_two_units_do_not_count_together(boss, stranger):
    await at_once(*[add(boss, number) for number in range(10)], *[add(stranger, number) for number in range(10)])
    assert await how_many(Address) == 20
    assert len(await defaults()) == 2
