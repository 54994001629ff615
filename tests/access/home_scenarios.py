"""单位主页 as somebody who acts for the unit uses it (R-2.6.1)."""

from typing import Any

from tests.access import people
from tests.access.scenarios import Walk, permitted

PAGE = "/unit"
STATE = "home_state"


@permitted("HomeState.load", "HomeState.choose_tab", "HomeState.more")
async def looks_for_what_to_do(walk: Walk) -> None:
    """Sees what comes next, what is recommended with its reason, and pages through the others."""
    browser = await people.log_in(walk.cast.portal, walk.cast.victim)
    async with await browser.tab() as tab:
        await walk.call(tab, "HomeState.load", page=PAGE)
        recommended: Any = tab.value(STATE, "recommended")
        assert recommended
        assert all(one["reason"] and one["matter"]["name"] for one in recommended)
        await walk.call(tab, "HomeState.choose_tab", {"tab": "apply"}, PAGE)
        first: Any = tab.value(STATE, "matters")
        assert len(first) == 20
        assert {one["kind"] for one in first} == {"办事"}
        await walk.call(tab, "HomeState.more", page=PAGE)
        more: Any = tab.value(STATE, "matters")
        assert len(more) > 20
        assert more[:20] == first
        await walk.call(tab, "HomeState.choose_tab", {"tab": "query"}, PAGE)
        queries: Any = tab.value(STATE, "matters")
        assert {one["kind"] for one in queries} == {"查询"}
        await walk.call(tab, "HomeState.choose_tab", {"tab": "no such"}, PAGE)
        assert tab.value(STATE, "tab") == "query"
