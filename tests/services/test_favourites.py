"""收藏: kept once, by the person, for themselves only (R-2.1.9)."""

from dataclasses import replace

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.catalog import ContentStatus, Favourite, Matter
from jsrs_portal.services import catalog_load, favourites
from jsrs_portal.services.catalog import MatterCard
from tests.services.numbers import employer, human
from tests.services.world import at_once, change, how_many, visitor
from tests.support.matters import catalogue, matter

pytestmark = pytest.mark.req("R-2.1.9")
KEY = "kept-matter"


@pytest.fixture
async def me(world) -> Actor:
    """Somebody signed in, in a hall with three matters."""
    matters = [matter(key, f"事项{key}", number=n) for n, key in enumerate((KEY, "second", "third"), start=1)]
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(session, catalogue=catalogue(*matters), files_digest="x", now=clock.now())
    return Actor(session_key="k", person_id=await world.registered_person(human(1)), personal=True)


async def keep(actor: Actor, kept: bool = True, key: str = KEY) -> bool | Refusal:
    async with db.unit_of_work() as session:
        return await favourites.set_kept(session, actor=actor, key=key, kept=kept)


async def kept(actor: Actor, key: str = KEY) -> bool:
    async with db.reading() as session:
        return await favourites.is_kept(session, actor=actor, key=key)


async def listed(actor: Actor) -> tuple[MatterCard, ...]:
    async with db.reading() as session:
        return await favourites.list_kept(session, actor=actor, region="")


async def test_a_matter_is_kept_and_let_go(me):
    assert not await kept(me)
    assert await keep(me) is True
    assert await kept(me)
    assert await keep(me, kept=False) is False
    assert not await kept(me)


async def test_fifty_clicks_at_once_keep_it_once(me):
    await at_once(*[keep(me) for _ in range(50)])
    assert await how_many(Favourite) == 1


async def test_a_visitor_keeps_nothing(me):
    refused = await keep(visitor())
    assert isinstance(refused, Refusal)
    assert await how_many(Favourite) == 0
    assert not await kept(visitor())


@pytest.mark.req("R-2.4.9")
async def test_a_units_own_password_reaches_no_favourites(me):
    await keep(me)
    by_the_unit = replace(me, personal=False)
    assert not await kept(by_the_unit)
    refused = await keep(by_the_unit, kept=False)
    assert isinstance(refused, Refusal)
    assert (refused.code, await how_many(Favourite)) == ("signed_out", 1)


async def test_what_one_person_keeps_is_not_another_persons(world, me):
    await keep(me)
    other = Actor(session_key="o", person_id=await world.registered_person(human(2)), personal=True)
    assert not await kept(other)
    await keep(other, kept=False)
    assert await kept(me)


async def test_a_matter_that_is_not_served_cannot_be_kept(me):
    refused = await keep(me, key="unheard-of")
    assert (refused.code, await how_many(Favourite)) == ("unknown", 0)


async def test_there_is_an_end_to_what_one_can_keep(me, monkeypatch):
    monkeypatch.setattr(favourites, "MOST", 2)
    assert [await keep(me, key=key) for key in (KEY, "second")] == [True, True]
    refused = await keep(me, key="third")
    assert (refused.code, await how_many(Favourite)) == ("too_many", 2)


@pytest.mark.req("R-2.6.1.2", "R-2.6.6.5")
async def test_each_role_has_a_list_of_its_own(world, me):
    """The unit's password opens that unit's list, and no other; oneself keeps another one."""
    account = await world.registered_unit(employer(1))
    for_unit = Actor(
        session_key="u",
        person_id=account.person_id,
        unit_id=account.unit_id,
        grant_id=account.grant_id,
        role=Role.LEGAL_REP,
    )
    oneself = Actor(session_key="s", person_id=account.person_id, personal=True)
    school = Actor(session_key="i", person_id=account.person_id, institution_id="i" * 32)
    assert await keep(for_unit) is True
    assert await keep(oneself, key="second") is True
    assert await keep(school, key="third") is True
    for actor, key in ((for_unit, KEY), (oneself, "second"), (school, "third")):
        assert [one.key for one in await listed(actor)] == [key]
    assert await keep(for_unit, kept=False) is False
    assert (await listed(for_unit), len(await listed(oneself))) == ((), 1)


async def test_the_newest_stands_first_and_what_is_not_served_is_left_out(me):
    for key in (KEY, "second", "third"):
        await keep(me, key=key)
    assert [one.key for one in await listed(me)] == ["third", "second", KEY]
    await change(Matter, status=ContentStatus.RETIRED)
    assert await listed(me) == ()


async def test_a_visitor_and_a_first_password_have_no_list(me):
    await keep(me)
    assert await listed(visitor()) == ()
    assert await listed(replace(me, must_change=True)) == ()
    assert not await kept(replace(me, must_change=True))
