"""办理结果 as those have it whose case it is, officers who withdraw it, and anybody who checks it (R-2.6.3.2)."""

import asyncio
import io
import re
from typing import Any

import pypdfium2

from tests.access import people
from tests.access.desk import drop_cases, put_cases
from tests.access.people import Browser, rows
from tests.access.scenarios import Walk, permitted

PAGE = "/verify"
RESULT, DESK, CHECK = "result_state", "staff_result_state", "check_state"
REASON = "适用依据有误，须重新作出决定"


async def printed(browser: Browser, href: str) -> tuple[str, str]:
    """Return the number and the code that stand in a document."""
    answer = await browser.get(href)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    page = pypdfium2.PdfDocument(io.BytesIO(answer.content))[0]
    text = "".join(page.get_textpage().get_text_bounded().split())
    found = re.search(r"核验编号：(JG\d+)核验码：([A-Z2-9-]+)", text)
    assert found
    return found[1], found[2]


@permitted(
    "ResultState.load",
    "ResultState.look_again",
    "StaffResultState.load",
    "StaffResultState.look_again",
    "StaffResultState.open_withdraw",
    "StaffResultState.close_withdraw",
    "StaffResultState.submit_withdraw",
    "CheckState.load",
    "CheckState.submit",
)
async def a_result_is_made_fetched_checked_and_withdrawn(walk: Walk) -> None:
    """By the officer who decides, the unit that gets it, and a visitor who learns that it counts and nothing else."""
    portal, unit = walk.cast.portal, walk.cast.victim
    (case_id,) = put_cases(portal, unit)
    desk, own = f"/staff/cases/{case_id}", f"/cases/{case_id}"
    officer = await people.log_in_staff(portal, people.OFFICER)
    member = await people.log_in(portal, unit)
    visitor = await people.visitor(portal)
    async with await officer.tab() as tab, await member.tab() as mine, await visitor.tab() as anybody:

        async def call(method: str, payload: object = None) -> dict[str, Any]:
            await walk.call(tab, f"StaffResultState.{method}", payload, desk)
            return dict(tab.value(DESK, "view"))  # pyright: ignore

        async def check(number: str, code: str) -> dict[str, Any]:
            await walk.call(anybody, "CheckState.submit", {"form": {"number": number, "code": code}}, PAGE)
            return dict(anybody.value(CHECK, "found"))  # pyright: ignore

        assert (await call("load"))["kind"] == ""
        for method, payload in (
            ("load", None),
            ("take", None),
            ("choose_act", {"act": "NOT_ACCEPT"}),
            ("submit_decision", {"form": {"opinion": "不属于受理范围"}}),
            ("confirm_decision", None),
        ):
            await walk.call(tab, f"StaffCaseState.{method}", payload, desk)
        view = await call("look_again")
        for _ in range(100):
            if view["href"]:
                break
            await asyncio.sleep(0.2)
            view = await call("look_again")
        for method in ("load", "look_again"):
            await walk.call(mine, f"ResultState.{method}", None, own)
        shown: Any = mine.value(RESULT, "view")
        assert (shown["kind"], shown["number"]) == ("不予受理通知书", view["number"])
        number, code = await printed(member, shown["href"])
        assert number == view["number"]
        stranger = await people.log_in(portal, walk.cast.neighbour)
        for who in (stranger, visitor):
            assert (await who.get(shown["href"])).status_code == 404
        await walk.call(anybody, "CheckState.load", None, f"{PAGE}?n={number}&c={code}")
        found: Any = anybody.value(CHECK, "found")
        assert (found["state"], found["kind"]) == ("VALID", "不予受理通知书")
        assert (await check(number, code[:-1] + ("A" if code[-1] != "A" else "B")))["state"] == ""
        await check("x", code)
        assert list(anybody.value(CHECK, "error")) == ["number"]  # pyright: ignore
        await call("open_withdraw")
        assert tab.value(DESK, "dialog") is True
        await call("submit_withdraw", {"form": {"reason": "错"}})
        assert list(tab.value(DESK, "error")) == ["reason"]  # pyright: ignore
        await call("close_withdraw")
        assert tab.value(DESK, "dialog") is False
        await call("open_withdraw")
        for _ in range(2):  # the second click of two
            view = await call("submit_withdraw", {"form": {"reason": REASON}})
        assert (view["reason"], view["withdrawn"] != "") == (REASON, True)
        assert (await check(number, code))["state"] == "WITHDRAWN"
        await walk.call(mine, "ResultState.load", None, own)
        assert mine.value(RESULT, "view")["reason"] == REASON  # pyright: ignore
        assert (await member.get(shown["href"])).status_code == 404
        assert (await officer.get(shown["href"])).status_code == 200
        for secret in (unit.unit_name, unit.uscc, unit.name, unit.mobile, case_id, REASON):
            assert secret not in anybody.received
    assert (
        len(rows(portal, "SELECT id FROM audit_entries WHERE action = 'result.withdraw' AND subject = ?", case_id)) == 1
    )
    drop_cases(portal, [case_id])
