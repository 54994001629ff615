"""热门 is computed from views and applications; a view costs the page nothing (R-2.1.5)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.models.catalog import Matter, MatterStat
from jsrs_portal.services import catalog_hall, catalog_load, catalog_stats
from tests.services.world import how_many, rows, statements
from tests.support.matters import catalogue, matter

pytestmark = pytest.mark.req("R-2.1.5")
TODAY = date(2026, 3, 2)
MATTERS = [matter(f"matter-{n}", f"第{n}个事项", number=n, featured=n) for n in range(1, 5)]


@pytest.fixture
async def loaded():
    """Four matters, in the fixed order of their numbers."""
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(session, catalogue=catalogue(*MATTERS), files_digest="x", now=clock.now())


@pytest.fixture
def buffer():
    """A buffer of the test's own."""
    return catalog_stats.ViewBuffer()


async def hot() -> list[str]:
    async with db.reading() as session:
        view = await catalog_hall.view_hall(session, today=clock.today())
    return [item.key for group in view.hot for item in group.matters]


async def identifier(key: str) -> str:
    async with db.reading() as session:
        return (await session.execute(select(col(Matter.id)).where(col(Matter.key) == key))).scalar_one()


async def test_what_is_looked_at_more_comes_first_and_the_rest_keep_their_order(loaded, buffer):
    for viewer in ("a", "b"):
        buffer.note("matter-3", viewer=viewer, day=TODAY)
    buffer.note("matter-4", viewer="a", day=TODAY)
    assert await hot() == ["matter-1", "matter-2", "matter-3", "matter-4"]
    assert await buffer.flush() == 3
    assert await hot() == ["matter-3", "matter-4", "matter-1", "matter-2"]


async def test_an_application_says_more_than_a_look(loaded, buffer):
    for viewer in "abcd":
        buffer.note("matter-3", viewer=viewer, day=TODAY)
    await buffer.flush()
    matter_id = await identifier("matter-4")
    async with db.unit_of_work() as session:
        await catalog_stats.count_application(session, matter_id=matter_id, today=TODAY)
    assert (await hot())[:2] == ["matter-4", "matter-3"]


async def test_an_application_that_is_not_made_is_not_counted(loaded):
    matter_id = await identifier("matter-4")

    async def refused():
        async with db.unit_of_work() as session:
            await catalog_stats.count_application(session, matter_id=matter_id, today=TODAY)
            raise RuntimeError("refused")

    with pytest.raises(RuntimeError, match="refused"):
        await refused()
    assert await how_many(MatterStat) == 0


async def test_one_viewer_counts_once_a_day(loaded, buffer):
    for _ in range(50):
        buffer.note("matter-2", viewer="a", day=TODAY)
    buffer.note("matter-2", viewer="a", day=TODAY + timedelta(days=1))
    assert await buffer.flush() == 2
    assert sorted((row.day, row.views) for row in await rows(MatterStat)) == [
        (TODAY, 1),
        (TODAY + timedelta(days=1), 1),
    ]


async def test_noting_a_view_asks_the_database_nothing(loaded, buffer):
    with statements() as seen:
        for number in range(1, 5):
            buffer.note(f"matter-{number}", viewer="a", day=TODAY)
    assert seen == []


async def test_a_thousand_views_are_written_in_a_few_statements(loaded, buffer):
    for number in range(1000):
        buffer.note(f"matter-{number % 4 + 1}", viewer=str(number), day=TODAY)
    with statements() as seen:
        assert await buffer.flush() == 1000
    assert len(seen) <= 5


async def test_views_wait_for_a_database_that_does_not_answer(loaded, buffer, monkeypatch):
    buffer.note("matter-2", viewer="a", day=TODAY)

    def down():
        raise OperationalError("begin", {}, OSError("no connection"))

    with monkeypatch.context() as broken:
        broken.setattr(db, "unit_of_work", down)
        assert await buffer.flush() == 0
    buffer.note("matter-2", viewer="b", day=TODAY)
    assert await buffer.flush() == 2


async def test_views_add_up_over_processes(loaded):
    for viewer in ("a", "b"):
        other = catalog_stats.ViewBuffer()
        other.note("matter-1", viewer=viewer, day=TODAY)
        await other.flush()
    assert [row.views for row in await rows(MatterStat)] == [2]


async def test_what_is_no_longer_used_cools_down(loaded, buffer):
    buffer.note("matter-4", viewer="a", day=TODAY)
    await buffer.flush()
    assert (await hot())[0] == "matter-4"
    later = catalog_stats.ViewBuffer()
    later.note("matter-1", viewer="a", day=TODAY + timedelta(days=31))
    await later.flush()
    assert await hot() == ["matter-1", "matter-2", "matter-3", "matter-4"]


async def test_views_of_nothing_are_dropped(loaded, buffer):
    buffer.note("no-such-matter", viewer="a", day=TODAY)
    await buffer.flush()
    assert await how_many(MatterStat) == 0


async def test_a_new_version_keeps_the_heat(loaded, buffer):
    buffer.note("matter-4", viewer="a", day=TODAY)
    await buffer.flush()
    changed = [m.model_copy(update={"summary": "这里换了一句新的说明文字。"}) for m in MATTERS]
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(session, catalogue=catalogue(*changed), files_digest="y", now=clock.now())
    assert (await hot())[0] == "matter-4"
