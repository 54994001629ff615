"""评价 by those who may rate, and by officers who put a bad one right without learning whose it is (R-2.6.3.4)."""

from typing import Any

from tests.access import people
from tests.access.people import rows
from tests.access.scenarios import Walk, permitted
from tests.support.cases import forget_cases, number, put_cases

PAGE = "/staff/ratings"
RATING, DESK = "rating_state", "staff_ratings_state"
WORDS = "样表下载后打不开"
DONE = "已更换办事指南中的样表，并电话核对。"


@permitted("RatingState.load", "RatingState.choose_level", "RatingState.submit_rating", "RateState.load")
async def rates_a_finished_case(walk: Walk) -> None:
    """From the list to the form: a level without a reason, then with one; twice is once."""
    cast = walk.cast
    forget_cases(cast.portal.database)
    (case_id,) = put_cases(
        cast.portal.database, mobile=cast.neighbour.mobile, uscc=cast.neighbour.uscc, status="COMPLETED"
    )
    page = f"/cases/{case_id}?rate=1"
    browser = await people.log_in(cast.portal, cast.neighbour)
    async with await browser.tab() as tab:

        async def call(method: str, payload: object = None) -> dict[str, Any]:
            await walk.call(tab, f"RatingState.{method}", payload, page)
            return dict(tab.value(RATING, "view"))  # pyright: ignore

        await walk.call(tab, "RateState.load", None, "/rate")
        assert tab.departures[-1] == "/unit/cases?status=rate"
        assert (await call("load"))["ratable"] is True
        assert tab.value(RATING, "wanted") == 1
        await call("choose_level", {"level": "1"})
        reasons: Any = tab.value(RATING, "reasons")
        assert [one["name"] for one in reasons][:2] == ["reason.101", "reason.102"]
        await call("submit_rating", {"form": {"level": "1", "words": ""}})
        assert list(tab.value(RATING, "error")) == ["words"]  # pyright: ignore
        for _ in range(2):  # the second click of two
            view = await call("submit_rating", {"form": {"level": "1", "reason.102": "yes", "words": WORDS}})
        assert (view["ratable"], view["level"], view["words"]) == (False, "非常不满意", WORDS)
        assert len(rows(cast.portal, "SELECT id FROM ratings WHERE case_id = ?", case_id)) == 1
    forget_cases(cast.portal.database)


@permitted(
    "StaffRatingsState.load",
    "StaffRatingsState.choose_tab",
    "StaffRatingsState.next_page",
    "StaffRatingsState.previous_page",
    "StaffRatingsState.write",
    "StaffRatingsState.close_dialog",
    "StaffRatingsState.submit_done",
)
async def an_officer_puts_bad_ratings_right(walk: Walk) -> None:
    """Two pages, one closed; nothing that reaches the officer says who rated which case."""
    cast = walk.cast
    forget_cases(cast.portal.database)
    made = put_cases(
        cast.portal.database, mobile=cast.neighbour.mobile, uscc=cast.neighbour.uscc, status="COMPLETED", count=22
    )
    rater = await people.log_in(cast.portal, cast.neighbour)
    async with await rater.tab() as tab:
        for case_id in made:
            await walk.call(tab, "RatingState.load", None, f"/cases/{case_id}")
            form = {"level": "2", "reason.203": "yes", "words": WORDS}
            await walk.call(tab, "RatingState.submit_rating", {"form": form}, f"/cases/{case_id}")
    officer = await people.log_in_staff(cast.portal, people.OFFICER)
    async with await officer.tab() as tab:

        async def call(method: str, payload: object = None) -> list[dict[str, Any]]:
            await walk.call(tab, f"StaffRatingsState.{method}", payload, PAGE)
            found: Any = tab.value(DESK, "rows")
            return found

        first = await call("load")
        assert (len(first), tab.value(DESK, "open"), first[0]["words"]) == (20, 22, WORDS)
        assert len(await call("next_page")) == 2
        assert await call("previous_page") == first
        assert await call("choose_tab", {"tab": "overdue"}) == []
        assert len(await call("choose_tab", {"tab": "open"})) == 20
        await call("write", {"rectification_id": first[0]["id"]})
        assert tab.value(DESK, "target")["id"] == first[0]["id"]  # pyright: ignore
        await call("close_dialog")
        assert tab.value(DESK, "target")["id"] == ""  # pyright: ignore
        await call("write", {"rectification_id": first[0]["id"]})
        await call("submit_done", {"form": {"done": "好"}})
        assert list(tab.value(DESK, "error")) == ["done"]  # pyright: ignore
        for _ in range(2):  # the second click of two
            await call("submit_done", {"form": {"done": DONE}})
        (closed,) = await call("choose_tab", {"tab": "closed"})
        assert (closed["id"], closed["done"]) == (first[0]["id"], DONE)
        rated = rows(cast.portal, "SELECT id, case_id, person_id FROM ratings")
        hidden = {value for one in rated for value in one.values()} | {number(serial) for serial in range(1, 23)}
        hidden |= {cast.neighbour.name, cast.neighbour.mobile, cast.neighbour.unit_name, cast.neighbour.uscc}
        assert [one for one in hidden if one in tab.received] == []
    assert len(rows(cast.portal, "SELECT id FROM notices WHERE title = '您的评价已完成整改'")) == 1
    forget_cases(cast.portal.database)
