"""Loading the catalogue: idempotent, versioned, and no bad file touches what is served (rule 4, R-2.1.9)."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.catalog.faults import Fault
from jsrs_portal.catalog.loader import catalogue_digest
from jsrs_portal.domain.matters import FileStatus
from jsrs_portal.models.catalog import Announcement, ContentStatus, Matter, MatterFacet, MatterVersion, SearchDocument
from jsrs_portal.services import catalog_load
from jsrs_portal.services.catalog_guides import view_guide
from jsrs_portal.services.search.queries import search
from tests.services.world import how_many, rows, statements
from tests.support.matters import announcement, catalogue, matter
from tests.support.shipped import shipped_catalogue

pytestmark = pytest.mark.req("R-2.1.9")
RENEWAL = matter("labour-contract-renewal", "劳动合同续签", number=1)
CARD = matter("card-first-issue", "社会保障卡申领", number=2, category="card", subcategory="issue")


async def load(
    *matters: Any, news: Any = (), digest: str = "files", faults: tuple[Fault, ...] = (), **present: set[str]
):
    """Load a catalogue of these; ``present`` adds keys whose files were refused."""
    found = catalogue(*matters, news=tuple(news))
    found.faults = list(faults)
    for kind, keys in present.items():
        found.present[kind] |= keys
    async with db.unit_of_work() as session:
        return await catalog_load.load_catalogue(session, catalogue=found, files_digest=digest, now=clock.now())


async def guide(key: str):
    async with db.reading() as session:
        return await view_guide(session, key=key)


async def found(text: str) -> list[str]:
    async with db.reading() as session:
        return [hit.key for hit in (await search(session, text=text)).hits]


async def versions() -> list[tuple[int, str]]:
    return sorted((version.number, version.status) for version in await rows(MatterVersion))


def differing(made: Any, **values: Any) -> Any:
    return made.model_copy(update=values)


async def test_a_first_load_adds_everything():
    report = await load(RENEWAL, CARD, news=[announcement("first-news", "第一条通知")])
    assert report.added == ["labour-contract-renewal", "card-first-issue", "announcements/first-news"]
    view = await guide("card-first-issue")
    assert view is not None
    assert (view.matter.name, view.version) == ("社会保障卡申领", 1)


async def test_loading_again_changes_nothing():
    await load(RENEWAL, CARD, news=[announcement("first-news", "第一条通知")])
    before = [(row.id, row.changed_at) for row in await rows(Matter)]
    documents = sorted(row.id for row in await rows(SearchDocument))
    report = await load(RENEWAL, CARD, news=[announcement("first-news", "第一条通知")])
    assert report.quiet
    assert report.unchanged == 3
    assert [(row.id, row.changed_at) for row in await rows(Matter)] == before
    assert sorted(row.id for row in await rows(SearchDocument)) == documents
    assert await versions() == [(1, "PUBLISHED"), (1, "PUBLISHED")]


async def test_an_unchanged_catalogue_is_known_by_its_mark_alone():
    await load(RENEWAL, digest="one")
    async with db.reading() as session:
        with statements() as seen:
            assert await catalog_load.last_load(session) == catalog_load.load_mark("one")
    assert len(seen) == 1
    assert catalog_load.load_mark("one") != catalog_load.load_mark("two")


async def test_a_changed_file_makes_a_new_version_and_the_report_names_the_fields():
    await load(RENEWAL, CARD)
    guide_part = RENEWAL.guide.model_copy(update={"visits": 1, "visit_reason": "签字须本人到场"})
    changed = differing(RENEWAL, summary="这里换了一句新的说明文字。", guide=guide_part)
    report = await load(changed, CARD)
    assert report.changed == {"labour-contract-renewal": ["guide.visit_reason", "guide.visits", "summary"]}
    view = await guide("labour-contract-renewal")
    assert view is not None
    assert (view.version, view.matter.summary) == (2, "这里换了一句新的说明文字。")
    assert await versions() == [(1, "PUBLISHED"), (1, "RETIRED"), (2, "PUBLISHED")]


async def test_a_new_name_is_found_and_the_old_one_no_longer_is():
    await load(RENEWAL)
    await load(differing(RENEWAL, name="集体协商备案", summary="这里说明怎样办理集体协商备案。"))
    assert await found("集体协商备案") == ["labour-contract-renewal"]
    async with db.reading() as session:
        names = [row.title for row in (await session.execute(select(SearchDocument))).scalars()]
    assert names == ["集体协商备案"]


async def test_a_draft_is_kept_and_shown_to_nobody():
    report = await load(differing(CARD, status=FileStatus.DRAFT))
    assert report.drafts == ["card-first-issue"]
    assert await guide("card-first-issue") is None
    assert await found("社会保障卡申领") == []
    assert await versions() == [(1, "DRAFT")]
    assert (await load(differing(CARD, status=FileStatus.DRAFT))).quiet


async def test_a_draft_of_something_served_changes_nothing_until_it_is_published():
    await load(RENEWAL)
    draft = differing(RENEWAL, name="续签劳动合同", status=FileStatus.DRAFT)
    await load(draft)
    view = await guide("labour-contract-renewal")
    assert view is not None
    assert view.matter.name == "劳动合同续签"
    assert await versions() == [(1, "PUBLISHED"), (2, "DRAFT")]
    report = await load(differing(draft, status=FileStatus.PUBLISHED))
    assert report.changed == {"labour-contract-renewal": ["name"]}
    assert await versions() == [(1, "RETIRED"), (2, "PUBLISHED")]


async def test_a_file_that_is_gone_retires_its_matter_and_keeps_the_versions():
    await load(RENEWAL, CARD, news=[announcement("first-news", "第一条通知")])
    report = await load(RENEWAL)
    assert report.retired == ["card-first-issue", "announcements/first-news"]
    assert await guide("card-first-issue") is None
    assert await found("社会保障卡申领") == []
    assert await found("第一条通知") == []
    assert {row.status for row in await rows(Announcement)} == {ContentStatus.RETIRED}
    assert await how_many(MatterVersion) == 2


async def test_a_retired_matter_can_come_back():
    await load(RENEWAL, CARD)
    await load(RENEWAL)
    report = await load(RENEWAL, CARD)
    assert report.added == ["card-first-issue"]
    view = await guide("card-first-issue")
    assert view is not None
    assert view.version == 2


async def test_a_bad_file_leaves_the_row_that_is_served():
    await load(RENEWAL, CARD)
    fault = Fault("matters/card/card-first-issue.yaml", 3, "kind", "只能是办事、查询之一")
    report = await load(RENEWAL, faults=(fault,), matters={"card-first-issue"})
    assert report.retired == []
    assert await guide("card-first-issue") is not None
    assert await found("社会保障卡申领") == ["card-first-issue"]


async def test_after_a_load_with_faults_the_next_one_looks_again():
    await load(RENEWAL, digest="bad", faults=(Fault("x", 1, "", "原因"),))
    async with db.reading() as session:
        assert await catalog_load.last_load(session) == ""


async def test_without_groups_nothing_is_touched():
    await load(RENEWAL)
    broken = catalogue()
    broken.taxonomy = None
    async with db.unit_of_work() as session:
        with pytest.raises(ValueError, match="taxonomy"):
            await catalog_load.load_catalogue(session, catalogue=broken, files_digest="x", now=clock.now())
    assert await guide("labour-contract-renewal") is not None


async def test_a_load_that_fails_leaves_nothing_behind():
    await load(RENEWAL)

    async def cut_off():
        async with db.unit_of_work() as session:
            await catalog_load.load_catalogue(session, catalogue=catalogue(CARD), files_digest="x", now=clock.now())
            raise RuntimeError("the machine goes down")

    with pytest.raises(RuntimeError, match="the machine goes down"):
        await cut_off()
    assert await guide("labour-contract-renewal") is not None
    assert await found("劳动合同续签") == ["labour-contract-renewal"]
    assert await found("社会保障卡申领") == []


async def test_two_loads_at_once_do_it_once():
    reports = await asyncio.gather(*(load(RENEWAL, CARD) for _ in range(4)))
    assert sorted(len(report.added) for report in reports) == [0, 0, 0, 2]
    assert await how_many(Matter) == 2
    assert await how_many(SearchDocument) == 2


async def test_groups_follow_the_file():
    await load(differing(RENEWAL, themes=("talent",), regions=("320100",)))
    await load(differing(RENEWAL, themes=(), regions=("320500",)))
    found_facets = {(row.facet, row.value) for row in await rows(MatterFacet)}
    assert ("region", "320500") in found_facets
    assert not {("region", "320100"), ("theme", "talent")} & found_facets


async def test_what_the_product_ships_loads():
    shipped = shipped_catalogue()
    async with db.unit_of_work() as session:
        report = await catalog_load.load_catalogue(
            session, catalogue=shipped, files_digest=catalogue_digest(), now=clock.now()
        )
    assert len(report.added) == len(shipped.matters) + len(shipped.announcements) + len(shipped.cities)
    async with db.reading() as session:
        kept = await session.execute(select(col(Matter.key)).where(col(Matter.status) == ContentStatus.PUBLISHED))
        assert set(kept.scalars()) == set(shipped.matters)
