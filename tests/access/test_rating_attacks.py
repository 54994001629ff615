"""Ratings and results over raw connections: nobody rates, reads or fetches what is not theirs (R-2.6.3)."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from jsrs_portal import clock
from tests.access import people
from tests.access.client import at
from tests.access.conftest import Cast
from tests.access.evidence import Log
from tests.access.handlers import named
from tests.access.people import Browser, execute, rows
from tests.support.cases import forget_cases, put_cases

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.2", "R-2.6.3.4")]
WORDS = "样表打不开，连打三次电话无人接听"
REASON = "适用依据有误，须重新作出决定"
RATE = {"form": {"level": "1", "reason.102": "yes", "words": WORDS}}


@pytest.fixture(autouse=True)
def _afterwards(cast: Cast) -> Iterator[None]:
    """No case is left to the next test; the officer looks after everywhere again."""
    yield
    execute(cast.portal, "UPDATE staff SET region = '' WHERE login = ?", people.OFFICER)
    execute(cast.portal, "DELETE FROM case_results")
    forget_cases(cast.portal.database)


@pytest.fixture
async def ended(cast: Cast) -> tuple[str, str, str]:
    """Two cases of the victim's unit, one of them rated badly, and the number of the other's document."""
    whose = {"mobile": cast.victim.mobile, "uscc": cast.victim.uscc}
    rated, open_ = put_cases(cast.portal.database, **whose, status="COMPLETED", count=2, region="320102")
    async with await (await people.log_in(cast.portal, cast.victim)).tab() as tab:
        for name, payload in (("load", None), ("submit_rating", RATE)):
            await tab.send(named(f"RatingState.{name}"), payload, at(f"/cases/{rated}"))
            await tab.settle(f"/cases/{rated}")
    assert rows(cast.portal, "SELECT case_id FROM ratings") == [{"case_id": rated}]
    now = clock.now().strftime("%Y-%m-%d %H:%M:%S")
    execute(
        cast.portal,
        "INSERT INTO case_results (id, created_at, decision, state, version, tries, due_at, code_print, size, digest)"
        " VALUES (?, ?, 'COMPLETED', 'WAITING', 1, 0, ?, '', 0, '')",
        *(open_, now, now),
    )
    for _ in range(150):  # until the worker has made it
        (made,) = rows(cast.portal, "SELECT state, number FROM case_results")
        if made["state"] == "VALID":
            break
        await asyncio.sleep(0.2)
    assert made["state"] == "VALID"
    return rated, open_, made["number"]


def kept(cast: Cast) -> list[dict[str, Any]]:
    """Return everything that somebody might have changed."""
    return [
        *rows(cast.portal, "SELECT id, case_id, level, reasons, words_cipher FROM ratings ORDER BY id"),
        *rows(cast.portal, "SELECT id, state, version FROM rectifications ORDER BY id"),
        *rows(cast.portal, "SELECT id, state, version FROM case_results"),
    ]


async def tried(browser: Browser, *cases: str) -> str:
    """Send every call about ratings and results; return everything that came back."""
    mine: list[tuple[str, Any]] = [
        *(("RatingState.load", None), ("RatingState.choose_level", {"level": "5"})),
        ("RatingState.submit_rating", {"form": {"level": "5", "reason.501": "yes", "words": "好"}}),
        *(("ResultState.load", None), ("ResultState.look_again", None)),
    ]
    desk: list[tuple[str, Any]] = [
        *(("StaffResultState.load", None), ("StaffResultState.look_again", None)),
        *(("StaffResultState.open_withdraw", None), ("StaffResultState.submit_withdraw", {"form": {"reason": REASON}})),
    ]
    calls = [(name, payload, f"/cases/{one}") for one in cases for name, payload in mine]
    calls += [(name, payload, f"/staff/cases/{one}") for one in cases for name, payload in desk]
    page = "/staff/ratings"
    calls += [("StaffRatingsState.load", None, page)]
    calls += [("StaffRatingsState.choose_tab", {"tab": tab}, page) for tab in ("closed", "overdue", "open")]
    calls += [
        ("StaffRatingsState.write", {"rectification_id": "0" * 32}, page),
        ("StaffRatingsState.submit_done", {"form": {"done": "已核实并更换样表，特此说明。"}}, page),
    ]
    async with await browser.tab() as tab:
        for name, payload, where in calls:
            await tab.send(named(name), payload, at(where))
            await tab.settle(where)
        return str(tab.received)


@pytest.mark.parametrize(
    "who",
    ["neighbour", "roleless", "admin", "agent", "institution_admin", "visitor", "elsewhere", "auditor", "security"],
)
async def test_nobody_else_reads_or_changes_them(cast: Cast, ended: tuple[str, str, str], who: str) -> None:
    log, (rated, open_, number) = Log(cast.portal), ended
    before = kept(cast)
    staff = {"elsewhere": people.OFFICER, "auditor": people.AUDITOR, "security": people.SECURITY}
    if who == "elsewhere":
        execute(cast.portal, "UPDATE staff SET region = '320500' WHERE login = ?", people.OFFICER)
    if who == "visitor":
        browser = await people.visitor(cast.portal)
    elif who in staff:
        browser = await people.log_in_staff(cast.portal, staff[who])
    else:
        browser = await people.log_in(cast.portal, getattr(cast, who), as_person=who == "roleless")
    received = await tried(browser, rated, open_)
    for secret in (WORDS, json.dumps(WORDS)[1:-1], number):
        assert secret not in received
    assert kept(cast) == before
    for one in (open_, rated, open_.upper(), f"{open_}%00", f"../case-results/{open_}"):
        answer = await browser.get(f"/case-results/{one}")
        assert (answer.status_code, b"%PDF" in answer.content) == (404, False)
    log.assert_no_failure()


async def test_who_leads_the_unit_rates_once_from_many_tabs_at_once(cast: Cast, ended: tuple[str, str, str]) -> None:
    _, case_id, number = ended
    page = f"/cases/{case_id}"
    browser = await people.log_in(cast.portal, cast.victim)

    async def click(level: str) -> None:
        async with await browser.tab() as tab:
            await tab.send(named("RatingState.load"), None, at(page))
            await tab.settle(page)
            for _ in range(3):
                form = {"level": level, "words": "意见"}
                await tab.send(named("RatingState.submit_rating"), {"form": form}, at(page))
            await tab.settle(page)

    await asyncio.gather(*(click(str(level)) for level in range(1, 6)))
    assert len(rows(cast.portal, "SELECT id FROM ratings WHERE case_id = ?", case_id)) == 1
    answer = await browser.get(f"/case-results/{case_id}")
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert number in answer.headers["content-disposition"]
    assert answer.headers["content-disposition"].startswith("attachment; ")


async def test_an_officer_learns_of_a_bad_rating_neither_whose_nor_of_which_case(
    cast: Cast, ended: tuple[str, str, str]
) -> None:
    rated, *_ = ended
    browser = await people.log_in_staff(cast.portal, people.OFFICER)
    async with await browser.tab() as tab:
        for name, where in (("StaffRatingsState.load", "/staff/ratings"), ("StaffCaseState.load", "/staff/cases/x")):
            await tab.send(named(name), None, at(where))
            await tab.settle(where)
        assert WORDS in tab.received or json.dumps(WORDS)[1:-1] in tab.received
        (rating,) = rows(cast.portal, "SELECT id, person_id FROM ratings")
        victim = cast.victim
        hidden = (rated, rating["id"], rating["person_id"], victim.name, victim.mobile, victim.unit_name, victim.uscc)
        assert [one for one in hidden if one in tab.received] == []
    async with await browser.tab() as tab:
        page = f"/staff/cases/{rated}"
        for name in ("StaffCaseState.load", "StaffCaseState.look_again", "StaffResultState.load"):
            await tab.send(named(name), None, at(page))
            await tab.settle(page)
        assert not [one for one in (WORDS, json.dumps(WORDS)[1:-1], "评价", "非常不满意") if one in tab.received]
