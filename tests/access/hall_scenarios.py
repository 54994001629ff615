"""The hall's handlers as visitors and signed-in people call them."""

import json

from tests.access import people
from tests.access.scenarios import Walk, permitted

MATTER = "labour-contract-renewal"
"""A matter of the shipped catalogue."""


@permitted("HallState.load", "HallState.choose_tab")
async def looks_at_the_hall(walk: Walk) -> None:
    """The hot matters of every category, the news, and another tab."""
    browser = await people.visitor(walk.cast.portal)
    async with await browser.tab() as tab:
        await walk.call(tab, "HallState.load", page="/")
        assert [group["name"] for group in tab.value("hall_state", "hot")][3] == "劳动关系"
        assert tab.value("hall_state", "news")
        await walk.call(tab, "HallState.choose_tab", {"tab": "labour"})
        assert tab.value("hall_state", "tab") == "labour"
        await walk.call(tab, "HallState.choose_tab", {"tab": "nonsense"})
        assert tab.value("hall_state", "tab") == "labour"


@permitted("MatterListState.load")
async def looks_through_a_list(walk: Walk) -> None:
    """What the address narrows the list to, and from which region."""
    browser = await people.visitor(walk.cast.portal)
    async with await browser.tab() as tab:
        await walk.call(tab, "MatterListState.load", page="/units?category=labour&region=320500")
        assert tab.value("matter_list_state", "region_name") == "苏州"
        found = tab.value("matter_list_state", "items")
        assert {one["category"] for one in found} == {"labour"}
        assert all(one["guide_href"].endswith("?region=320500") for one in found)
        await walk.call(tab, "MatterListState.load", page="/unheard-of")
        assert tab.value("matter_list_state", "clear") == "/services?region=320500"  # the tab stays where it was


@permitted("GuideState.load", "GuideState.keep", "GuideRatingState.load")
async def reads_and_keeps_a_guide(walk: Walk) -> None:
    """A visitor is sent to log in; somebody signed in keeps the matter and lets it go again."""
    page = f"/matters/{MATTER}"
    browser = await people.visitor(walk.cast.portal)
    async with await browser.tab() as tab:
        await walk.call(tab, "GuideState.load", page=page)
        await walk.call(tab, "GuideRatingState.load", page=page)
        assert dict(tab.value("guide_rating_state", "summary"))["average"] == ""  # pyright: ignore
        assert tab.value("guide_state", "guide")["matter"]["name"] == "劳动合同续签"
        await walk.call(tab, "GuideState.keep", page=page)
        assert tab.departures == [f"/login?next={page}&reason=keep"]
    member = await people.log_in(walk.cast.portal, walk.cast.victim, as_person=True)
    async with await member.tab() as tab:
        await walk.call(tab, "GuideState.load", page=page)
        for kept in (True, False):
            await walk.call(tab, "GuideState.keep", page=page)
            assert tab.value("guide_state", "kept") is kept
    assert walk.cast.portal.database.rows("SELECT count(*) FROM favourites") == [(0,)]


@permitted("AnnouncementListState.load", "AnnouncementState.load", "CityListState.load", "CityState.load")
async def reads_the_news_and_a_citys_front(walk: Walk) -> None:
    """Lists and details; an address that names nothing says so."""
    browser = await people.visitor(walk.cast.portal)
    async with await browser.tab() as tab:
        await walk.call(tab, "AnnouncementListState.load", page="/announcements?kind=公示")
        found = tab.value("announcement_list_state", "items")
        assert {one["kind"] for one in found} == {"公示"}
        await walk.call(tab, "AnnouncementState.load", page=found[0]["href"])
        assert tab.value("announcement_state", "announcement")["html"]
        await walk.call(tab, "AnnouncementState.load", page="/announcements/none-such")
        assert tab.value("announcement_state", "missing") is True
        await walk.call(tab, "CityListState.load", page="/cities")
        assert len(tab.value("city_list_state", "cities")) == 13
        await walk.call(tab, "CityState.load", page="/cities/320500")
        assert "苏州" in tab.value("city_state", "city")["bureau"]


@permitted("SearchState.load", "SearchState.suggest")
async def searches(walk: Walk) -> None:
    """By initials, with suggestions; whoever asks without end is not answered any more."""
    browser = await people.visitor(walk.cast.portal)
    async with await browser.tab() as tab:
        await walk.call(tab, "SearchState.load", page="/search?q=ldhtxq")
        assert "劳动合同续签" in json.dumps(_plain(tab.value("search_state", "hits")), ensure_ascii=False)
        await walk.call(tab, "SearchState.suggest", {"text": "劳动合同续"})
        assert tab.value("search_state", "suggested_for") == "劳动合同续"
        for n in range(25):
            await walk.call(tab, "SearchState.suggest", {"text": f"就业{n}"})
        assert tab.value("search_state", "suggested_for") != "就业24"


def _plain(hits: list[dict[str, object]]) -> list[str]:
    return ["".join(part for part, _ in hit["title"]) for hit in hits]  # pyright: ignore
