"""全部办件 and a case as those use them in whose name it was handed in (R-2.6.3.1, R-2.6.3.2, R-2.6.3.5)."""

import asyncio
from typing import Any

from tests.access import people
from tests.access.people import execute, rows
from tests.access.scenarios import Walk, permitted
from tests.support.cases import forget_cases, number, put_cases

PAGE = "/unit/cases"
LIST, CASE = "cases_state", "case_state"


@permitted("CasesState.load", "CasesState.look_again", "CasesState.export_list", "CasesState.look_at_export")
async def looks_through_the_list_and_exports_it(walk: Walk) -> None:
    """Pages there and back, a filter, a number; another centre's address leads home; the file is fetched."""
    cast = walk.cast
    forget_cases(cast.portal.database)
    whose = {"mobile": cast.neighbour.mobile, "uscc": cast.neighbour.uscc}
    put_cases(cast.portal.database, **whose, count=22)
    (newest,) = put_cases(cast.portal.database, **whose, first=100, status="COMPLETED")
    browser = await people.log_in(cast.portal, cast.neighbour)
    async with await browser.tab() as tab:

        async def shown(page: str) -> list[str]:
            await walk.call(tab, "CasesState.load", None, page)
            items: Any = tab.value(LIST, "items")
            return [one["number"] for one in items]

        first = await shown(PAGE)
        assert (first[0], len(first), tab.value(LIST, "total")) == (number(100), 20, "23")
        await walk.call(tab, "CasesState.look_again", None, PAGE)
        assert tab.value("shell_state", "message") == ""
        execute(cast.portal, "UPDATE cases SET version = 2, status = 'REJECTED' WHERE id = ?", newest)
        await walk.call(tab, "CasesState.look_again", None, PAGE)
        items: Any = tab.value(LIST, "items")
        assert (items[0]["status"], len(items)) == ("不予通过", 20)
        assert tab.value("shell_state", "message") == "办件有了新的进展，列表已更新。"
        assert await shown(str(tab.value(LIST, "after"))) == [number(serial) for serial in (3, 2, 1)]
        assert await shown(str(tab.value(LIST, "before"))) == first
        assert await shown(f"{PAGE}?status=done") == [number(100)]
        assert await shown(f"{PAGE}?q={number(7)}") == [number(7)]
        assert await shown(f"{PAGE}?q=%25&status=no-such") == []
        await walk.call(tab, "CasesState.load", None, "/my/cases?status=done")
        assert tab.departures[-1] == f"{PAGE}?status=done"
        page = f"{PAGE}?status=open"
        await walk.call(tab, "CasesState.load", None, page)
        await walk.call(tab, "CasesState.export_list", None, page)
        export: Any = tab.value(LIST, "export")
        for _ in range(100):
            await walk.call(tab, "CasesState.look_at_export", None, page)
            export = tab.value(LIST, "export")
            if export["href"]:
                break
            await asyncio.sleep(0.2)
        assert export["rows"] == "共 22 件"
        answer = await browser.get(export["href"])
        assert (answer.status_code, answer.content[:2]) == (200, b"PK")
        other = await people.log_in(cast.portal, cast.admin)
        for stranger in (other, await people.visitor(cast.portal)):
            assert (await stranger.get(export["href"])).status_code == 404
    forget_cases(cast.portal.database)


@permitted("CaseState.load", "CaseState.look_again", "CaseState.withdraw")
async def follows_a_case_and_takes_it_back(walk: Walk) -> None:
    """The whole case, its change while the page is open, and the end of it."""
    cast = walk.cast
    forget_cases(cast.portal.database)
    told = {"contact_name": "孙立"}
    (case_id,) = put_cases(cast.portal.database, mobile=cast.neighbour.mobile, uscc=cast.neighbour.uscc, answers=told)
    page = f"/cases/{case_id}"
    browser = await people.log_in(cast.portal, cast.neighbour)
    async with await browser.tab() as tab:

        def view() -> dict[str, Any]:
            return dict(tab.value(CASE, "view"))  # pyright: ignore

        await walk.call(tab, "CaseState.load", None, page)
        assert (view()["number"], view()["withdrawable"], view()["correct_href"]) == (number(1), True, "")
        assert "孙立" in tab.received
        await walk.call(tab, "CaseState.look_again", None, page)
        assert view()["status"] == "已提交"
        execute(cast.portal, "UPDATE cases SET version = 2, status = 'CORRECTION' WHERE id = ?", case_id)
        await walk.call(tab, "CaseState.look_again", None, page)
        assert (view()["status"], view()["correct_href"]) == ("待补正", f"/applications/{case_id}")
        for _ in range(2):  # the second click of two
            await walk.call(tab, "CaseState.withdraw", None, page)
        assert (view()["status"], view()["withdrawable"]) == ("已撤回", False)
        assert len(rows(cast.portal, f"SELECT id FROM case_events WHERE case_id = '{case_id}'")) == 1
    forget_cases(cast.portal.database)
