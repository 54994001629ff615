"""Lists, the hall, guides, announcements, cities: by region, in the same few statements at any size (R-2.1)."""

from datetime import date

import pytest

from jsrs_portal import clock, db
from jsrs_portal.services import catalog, catalog_announcements, catalog_hall, catalog_load
from jsrs_portal.services.catalog import MatterFilter
from jsrs_portal.services.catalog_guides import view_guide
from tests.services.world import statements
from tests.support.matters import announcement, catalogue, matter, thousands
from tests.support.shipped import shipped_catalogue

MATTERS = (
    matter("contract-renewal", "劳动合同续签", number=1, featured=20, themes=["talent"]),
    matter("dispatch-report", "劳务派遣情况报告", number=2, subcategory="dispatch", featured=10),
    matter("pilot-permit", "试点许可", number=3, regions=["320500"]),
    matter("province-only", "省直单位核定", number=4, regions=["320000"], kind="查询"),
    matter(
        "job-seeking",
        "求职登记",
        number=5,
        category="employment",
        subcategory="jobs",
        sides=["person"],
        audiences=["graduate", "jobless"],
        themes=["recruitment"],
        online={"way": "elsewhere", "url": "https://job.example.gov.cn", "name": "求职平台"},
    ),
    matter(
        "card-loss",
        "社会保障卡挂失",
        number=6,
        category="card",
        subcategory="manage",
        online={"way": "offline", "note": "请拨打 12333 口头挂失。"},
    ),
)
NEWS = (
    announcement("province-news", "全省的通知", issued_on="2026-03-02"),
    announcement("suzhou-news", "苏州的公示", kind="公示", region="320500", issued_on="2026-03-05", until="2026-03-10"),
    announcement("older-news", "更早的通知", issued_on="2026-01-05"),
)
TODAY = date(2026, 3, 10)


async def load(*matters, news=()):
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(
            session, catalogue=catalogue(*matters, news=tuple(news)), files_digest="x", now=clock.now()
        )


@pytest.fixture
async def loaded():
    """Six matters and three announcements."""
    await load(*MATTERS, news=NEWS)


async def keys(**wanted):
    async with db.reading() as session:
        return [item.key for item in (await catalog.list_matters(session, wanted=MatterFilter(**wanted))).items]


@pytest.mark.req("R-2.1.10", "R-2.1.4", "R-2.1.5", "R-2.1.6")
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["job-seeking", "contract-renewal", "province-only", "dispatch-report", "card-loss"]),
        ({"side": "person"}, ["job-seeking"]),
        ({"side": "institution"}, []),
        ({"audience": "jobless"}, ["job-seeking"]),
        ({"category": "card"}, ["card-loss"]),
        ({"category": "labour", "subcategory": "dispatch"}, ["dispatch-report"]),
        ({"theme": "talent"}, ["contract-renewal"]),
        ({"kind": "查询"}, ["province-only"]),
        ({"online": "elsewhere"}, ["job-seeking"]),
        ({"online": "offline"}, ["card-loss"]),
        ({"online": "yes", "category": "labour"}, ["contract-renewal", "province-only", "dispatch-report"]),
        ({"category": "nothing' OR 1=1 --"}, []),
    ],
)
async def test_a_list_is_narrowed_by_any_group(loaded, wanted, found):
    assert await keys(**wanted) == found


@pytest.mark.req("R-2.1.3", "R-2.1.10")
async def test_the_region_decides_what_exists(loaded):
    everywhere = {"job-seeking", "contract-renewal", "dispatch-report", "card-loss"}
    assert set(await keys(region="320000")) == set(await keys(region="unknown")) == {*everywhere, "province-only"}
    assert set(await keys(region="320500")) == set(await keys(region="320583")) == {*everywhere, "pilot-permit"}
    assert set(await keys(region="320100")) == everywhere


@pytest.mark.req("R-2.1.10")
async def test_pages_follow_each_other_without_gaps_or_doubles():
    made = list(thousands(57))
    await load(*(m.model_copy(update={"regions": ("all",)}) for m in made))
    seen, after = [], ""
    async with db.reading() as session:
        while True:
            page = await catalog.list_matters(session, wanted=MatterFilter(), after=after, limit=10)
            seen += [item.key for item in page.items]
            assert page.total == 57
            if not (after := page.next):
                break
    assert sorted(seen) == sorted(m.key for m in made)


@pytest.mark.req("R-2.1.10")
async def test_every_list_costs_the_same_for_few_and_for_many():
    async def costs():
        found = []
        async with db.reading() as session:
            for call in (
                lambda: catalog.list_matters(
                    session, wanted=MatterFilter(side="unit", theme="talent", region="320583")
                ),
                lambda: catalog.count_groups(session, region="320583"),
                lambda: catalog_hall.view_hall(session, today=TODAY, region="320583"),
                lambda: catalog_announcements.list_announcements(session, today=TODAY, region="320583"),
                lambda: catalog_announcements.view_announcement(session, key="suzhou-news", today=TODAY),
                lambda: catalog_hall.view_city(session, today=TODAY, region="320583"),
                lambda: catalog_hall.site_map(session),
                lambda: view_guide(session, key="contract-renewal"),
            ):
                with statements() as seen:
                    await call()
                found.append(len(seen))
        return found

    await load(*MATTERS, news=NEWS)
    few = await costs()
    await load(*MATTERS, *thousands(300), news=NEWS)
    assert await costs() == few
    assert few == [2, 1, 3, 3, 2, 1, 2, 1]


@pytest.mark.req("R-2.1.5")
async def test_the_hall_shows_every_category_in_the_fixed_order_while_there_is_no_data(loaded):
    async with db.reading() as session:
        view = await catalog_hall.view_hall(session, today=TODAY)
    assert [group.name for group in view.hot] == ["就业创业", "社会保险", "人才人事", "劳动关系", "社会保障卡"]
    labour = next(group for group in view.hot if group.key == "labour")
    assert [item.key for item in labour.matters] == ["dispatch-report", "contract-renewal", "province-only"]
    assert [item.title for item in view.announcements] == ["全省的通知", "更早的通知"]


@pytest.mark.req("R-2.1.5")
async def test_every_matter_has_a_guide_and_only_what_can_be_applied_for_an_application(loaded):
    async with db.reading() as session:
        page = await catalog.list_matters(session, wanted=MatterFilter(region="320583"))
    cards = {item.key: item for item in page.items}
    assert all(item.guide_href == f"/matters/{key}?region=320583" for key, item in cards.items())
    assert cards["contract-renewal"].apply_href == "/apply/contract-renewal?region=320583"
    assert (cards["job-seeking"].apply_href, cards["job-seeking"].elsewhere) == (
        "https://job.example.gov.cn",
        "求职平台",
    )
    assert (cards["card-loss"].apply_href, cards["card-loss"].offline) == ("", True)


@pytest.mark.req("R-2.1.10")
async def test_groups_are_counted_with_the_empty_ones_among_them(loaded):
    async with db.reading() as session:
        counts = {(c.facet, c.key): c.count for c in await catalog.count_groups(session, region="320500")}
    assert counts["category", "labour"] == 3
    assert counts["subcategory", "dispatch"] == 1
    assert counts["theme", "recruitment"] == counts["audience", "graduate"] == 1
    assert counts["category", "talent"] == counts["theme", "leaving"] == 0


@pytest.mark.req("R-2.1.9")
async def test_a_guide_has_the_national_elements_and_the_nearest_office_first(loaded):
    async with db.reading() as session:
        view = await view_guide(session, key="contract-renewal", region="320583")
        assert await view_guide(session, key="nothing") is None
    assert view is not None
    basics = {row.label: row.value for row in view.basics}
    assert basics["基本编码"] == "322000001000"
    assert len(basics["实施编码"]) == 31
    assert {
        "事项类型",
        "实施主体",
        "行使层级",
        "服务对象",
        "办件类型",
        "办理形式",
        "通办范围",
        "到办事现场次数",
    } <= set(basics)
    assert [row.label for row in view.limits] == ["法定办结时限", "承诺办结时限"]
    assert view.limits[1].value.startswith("5个工作日")
    filled = (
        view.conditions,
        view.materials,
        view.steps,
        view.fee,
        view.results,
        view.basis,
        view.contacts,
        view.faqs,
        view.remedies,
        view.remedy_note,
    )
    assert all(filled)
    assert [office.region_name for office in view.offices if office.here] == ["苏州市"]
    assert view.offices[0].here


@pytest.mark.req("R-2.1.3", "R-2.1.10")
async def test_every_city_has_a_front_of_its_own_by_data():
    shipped = shipped_catalogue()
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(session, catalogue=shipped, files_digest="x", now=clock.now())
    async with db.reading() as session:
        cities = await catalog_hall.list_cities(session)
        fronts = [await catalog_hall.view_city(session, region=city.code, today=TODAY) for city in cities]
        county = await catalog_hall.view_city(session, region="320583", today=TODAY)
        assert await catalog_hall.view_city(session, region="320000", today=TODAY) is None
    assert len(cities) == 13
    assert (
        len({front.bureau for front in fronts if front}) == len({front.introduction for front in fronts if front}) == 13
    )
    assert all(front and front.links and front.counties for front in fronts)
    assert county is not None
    assert (county.name, county.bureau) == ("苏州市", "苏州市人力资源和社会保障局")


@pytest.mark.req("R-2.1.10")
async def test_the_site_map_names_what_is_published(loaded):
    async with db.reading() as session:
        paths = {entry.path for entry in await catalog_hall.site_map(session)}
    assert {"/matters/contract-renewal", "/announcements/province-news"} <= paths
    assert len(paths) == len(MATTERS) + len(NEWS)
