"""公示公告: whose they are, pinned ones first, shown safely, files only of published ones (R-2.1.2, R-2.1.10)."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from jsrs_portal import clock, db
from jsrs_portal.catalog.loader import catalogue_digest, read_catalogue
from jsrs_portal.catalog.shipped import FOLDER
from jsrs_portal.models.catalog import AnnouncementFile
from jsrs_portal.services import catalog_load
from jsrs_portal.services.catalog_announcements import (
    MOST_PINNED,
    attached_file,
    latest_announcements,
    list_announcements,
    view_announcement,
)
from jsrs_portal.services.search.queries import search
from tests.services.world import how_many, statements
from tests.support.matters import announcement, catalogue

pytestmark = pytest.mark.req("R-2.1.10")
TODAY = date(2026, 3, 10)
PROVINCE = announcement("province-news", "全省的通知", issued_on="2026-03-02")
SUZHOU = announcement(
    "suzhou-news", "苏州的公示", kind="公示", region="320500", issued_on="2026-03-05", until="2026-03-10"
)
OLDER = announcement("older-news", "更早的通知", issued_on="2026-01-05")


def pinned(key: str, until: str, issued_on: str = "2026-01-04", **more):
    return announcement(key, f"置顶的{key}", pinned_until=until, issued_on=issued_on, **more)


async def load(*news):
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(
            session, catalogue=catalogue(news=tuple(news)), files_digest="x", now=clock.now()
        )


async def listed(**wanted):
    async with db.reading() as session:
        return await list_announcements(session, **({"today": TODAY} | wanted))


async def keys(**wanted):
    return [item.key for item in (await listed(**wanted)).items]


async def test_they_are_those_of_the_region_and_above_newest_first():
    await load(PROVINCE, SUZHOU, OLDER)
    first = await listed(region="320583", limit=2)
    rest = await listed(region="320583", limit=2, after=first.next)
    assert await keys() == ["province-news", "older-news"]
    assert await keys(region="320583") == ["suzhou-news", "province-news", "older-news"]
    assert await keys(region="320583", kind="公示") == ["suzhou-news"]
    assert [item.key for item in (*first.items, *rest.items)] == ["suzhou-news", "province-news", "older-news"]
    assert (first.total, rest.next) == (3, "")
    assert len(await keys(after="nonsense'--")) == 2


async def test_what_is_pinned_stands_first_until_its_last_day_and_once():
    await load(PROVINCE, OLDER, pinned("until-today", "2026-03-10"), pinned("until-yesterday", "2026-03-09"))
    page = await listed()
    assert [(item.key, item.pinned) for item in page.items] == [
        ("until-today", True),
        ("province-news", False),
        ("older-news", False),
        ("until-yesterday", False),
    ]
    assert page.total == 4
    tomorrow = [item.key for item in (await listed(today=date(2026, 3, 11))).items]
    assert tomorrow == ["province-news", "older-news", "until-yesterday", "until-today"]


async def test_the_page_of_one_says_whether_it_is_pinned_today():
    await load(pinned("until-today", "2026-03-10"), pinned("until-yesterday", "2026-03-09"), PROVINCE)
    async with db.reading() as session:
        marks = [
            (await view_announcement(session, key=key, today=TODAY)).card.pinned
            for key in ("until-today", "until-yesterday", "province-news")
        ]
    assert marks == [True, False, False]


async def test_pinned_ones_come_on_the_first_page_only_and_nothing_is_left_out():
    many = [pinned(f"pinned-{number}", "2026-12-31", f"2026-02-0{number}") for number in range(1, 8)]
    await load(PROVINCE, OLDER, *many)
    seen, after, pages = [], "", 0
    while True:
        page = await listed(limit=2, after=after)
        seen += [item.key for item in page.items]
        pages += 1
        if not (after := page.next):
            break
    assert seen[:MOST_PINNED] == [f"pinned-{number}" for number in (7, 6, 5, 4, 3)]
    assert sorted(seen) == sorted(["province-news", "older-news", *(news.key for news in many)])
    assert pages == 2


async def test_another_region_or_kind_pins_its_own():
    await load(PROVINCE, pinned("in-suzhou", "2026-12-31", region="320500"), pinned("a-notice", "2026-12-31"))
    assert await keys() == ["a-notice", "province-news"]
    assert (await keys(region="320500"))[:2] == ["in-suzhou", "a-notice"]
    assert await keys(kind="公示") == []


async def test_a_short_list_keeps_its_length_with_pinned_ones_in_it():
    many = [pinned(f"pinned-{number}", "2026-12-31") for number in range(1, 4)]
    await load(PROVINCE, OLDER, SUZHOU, *many)
    async with db.reading() as session:
        short = await latest_announcements(session, today=TODAY, region="320000", most=4)
        shortest = await latest_announcements(session, today=TODAY, region="320000", most=2)
    assert [item.key for item in short] == ["pinned-3", "pinned-2", "pinned-1", "province-news"]
    assert [item.key for item in shortest] == ["pinned-3", "pinned-2"]


async def test_a_publicity_says_when_it_is_over():
    await load(SUZHOU)
    async with db.reading() as session:
        open_ = await view_announcement(session, key="suzhou-news", today=date(2026, 3, 10))
        over = await view_announcement(session, key="suzhou-news", today=date(2026, 3, 11))
        assert await view_announcement(session, key="nothing", today=date(2026, 3, 1)) is None
    assert open_ is not None
    assert over is not None
    assert (open_.over, over.over, open_.until) == (False, True, "2026年3月10日")
    assert open_.html == "<p>第一段说明有关安排。</p>\n<p>第二段说明咨询方式。</p>\n"
    assert open_.lines == ("第一段说明有关安排。", "第二段说明咨询方式。")


async def test_search_finds_the_words_and_not_the_marks():
    await load(announcement("a-table", "名单公示", body="| 单位 | 人数 |\n|:--|--:|\n| **蓝鲸**培训中心 | 12 |\n"))
    async with db.reading() as session:
        found = await search(session, text="蓝鲸培训")
    assert [hit.key for hit in found.hits] == ["a-table"]
    assert "**" not in str(found.hits[0])


# Files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped catalogue without matters, to be changed."""
    for name in ("taxonomy.yaml", "regions.yaml"):
        shutil.copy(FOLDER / name, tmp_path / name)
    shutil.copytree(FOLDER / "announcements", tmp_path / "announcements")
    shutil.copytree(FOLDER / "attachments", tmp_path / "attachments")
    for file in (tmp_path / "announcements").glob("*.yaml"):
        file.write_text(file.read_text(encoding="utf-8").replace("](/matters/", "](/services?m="), encoding="utf-8")
    return tmp_path


async def load_folder(folder: Path):
    found = read_catalogue(folder)
    assert found.faults == []
    async with db.unit_of_work() as session:
        return await catalog_load.load_catalogue(
            session, catalogue=found, files_digest=catalogue_digest(folder), now=clock.now()
        )


async def fetched(key: str, number: int, known: str = ""):
    async with db.reading() as session:
        return await attached_file(session, key=key, number=number, known=known)


async def test_a_file_is_what_lies_beside_the_announcement(folder):
    await load_folder(folder)
    async with db.reading() as session:
        view = await view_announcement(session, key="wage-survey-2026", today=TODAY)
    assert view is not None
    assert [(one.name, one.href, one.note, one.elsewhere) for one in view.attachments] == [
        ("企业薪酬调查填报说明", "/announcements/wage-survey-2026/files/1", "PDF，217 KB", False),
        ("企业薪酬调查样表", "/announcements/wage-survey-2026/files/2", "XLSX，6 KB", False),
    ]
    file = await fetched("wage-survey-2026", 1)
    assert file is not None
    assert file.content == (FOLDER / "attachments/wage-survey-2026/filling-guide.pdf").read_bytes()
    assert (file.name, file.media_type) == ("企业薪酬调查填报说明.pdf", "application/pdf")
    with statements() as seen:
        known = await fetched("wage-survey-2026", 1, file.digest)
    assert known is not None
    assert known.content is None
    assert len(seen) == 1


@pytest.mark.parametrize(("key", "number"), [("wage-survey-2026", 3), ("wage-survey-2026", 0), ("none-such", 1)])
async def test_what_is_not_there_is_not_given(folder, key, number):
    await load_folder(folder)
    assert await fetched(key, number) is None


async def test_a_draft_and_what_was_withdrawn_have_no_files(folder):
    await load_folder(folder)
    survey = folder / "announcements/wage-survey-2026.yaml"
    survey.write_text("status: draft\n" + survey.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "announcements/skill-subsidy-publicity.yaml").unlink()
    report = await load_folder(folder)
    assert report.retired == ["announcements/skill-subsidy-publicity"]
    assert report.drafts == ["announcements/wage-survey-2026"]
    assert await fetched("wage-survey-2026", 1) is None
    assert await fetched("skill-subsidy-publicity", 1) is None


async def test_a_changed_file_is_loaded_and_an_unchanged_one_is_not(folder):
    await load_folder(folder)
    assert (await load_folder(folder)).quiet
    form = folder / "attachments/wage-survey-2026/sample-form.xlsx"
    form.write_bytes(form.read_bytes() + b"more")
    report = await load_folder(folder)
    assert list(report.changed) == ["announcements/wage-survey-2026"]
    file = await fetched("wage-survey-2026", 2)
    assert file is not None
    assert file.content == form.read_bytes()
    assert await how_many(AnnouncementFile) == 3
