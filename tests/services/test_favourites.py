"""收藏: kept once, by the person, for themselves only (R-2.1.9)."""

from dataclasses import replace

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.catalog import Favourite
from jsrs_portal.services import catalog_load, favourites
from tests.services.numbers import human
from tests.services.world import at_once, how_many, visitor
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
    assert (refused.code, await how_many(Favourite)) == ("not_oneself", 1)


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
