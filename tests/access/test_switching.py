"""Going to a role with a password of its own over the raw websocket: nobody guesses it there either (R-2.4.9)."""

import pytest

from tests.access import people
from tests.access.agents_scenarios import CHOICE
from tests.access.client import Socket, at
from tests.access.conftest import Cast
from tests.access.handlers import named

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.4.9", "R-2.4.7")]
PAGE = "/choose"


async def _grant_of(cast: Cast, account: people.Account) -> str:
    query = "SELECT id FROM grants WHERE role = 'LEGAL_REP' AND unit_id = (SELECT id FROM units WHERE uscc = ?)"
    return people.rows(cast.portal, query, account.uscc)[0]["id"]


async def _type(tab: Socket, password: str) -> str:
    await tab.send(named("ChoiceState.submit_password"), {"form": {"role_password": password}}, at(PAGE))
    await tab.settle()
    return str(tab.value(CHOICE, "trouble"))


async def test_five_wrong_passwords_lock_the_role_also_for_the_right_one_and_at_the_login(cast: Cast) -> None:
    browser = await people.log_in(cast.portal, cast.victim, as_person=True)
    async with await browser.tab() as tab:
        await tab.send(named("ChoiceState.enter"), {"grant_id": await _grant_of(cast, cast.victim)}, at(PAGE))
        await tab.settle()
        assert tab.value(CHOICE, "asking") is True
        for attempt in range(5):
            people.solve(cast.portal, browser)
            assert "密码不正确" in await _type(tab, f"Wrong-words-{attempt}")
        people.solve(cast.portal, browser)
        assert "已暂时锁定" in await _type(tab, people.PASSWORD)
        assert tab.departures == []
    elsewhere = await people.visitor(cast.portal)
    people.solve(cast.portal, elsewhere)
    form = {"account": cast.victim.uscc, "identifier": cast.victim.mobile, "password": people.PASSWORD}
    async with await elsewhere.tab() as tab:
        await tab.send(named("LoginState.submit_unit"), {"form": form}, at("/login"))
        await tab.settle()
        assert "不正确" in str(tab.value("login_state", "trouble"))
        assert tab.departures == []
    asked = "SELECT result FROM audit_entries WHERE action = 'session.switch' AND subject = ? ORDER BY created_at"
    found = [row["result"] for row in people.rows(cast.portal, asked, await _grant_of(cast, cast.victim))]
    assert found[-6:] == ["WRONG"] * 5 + ["LOCKED"]


async def test_the_fourth_try_asks_for_a_puzzle(cast: Cast) -> None:
    browser = await people.log_in(cast.portal, cast.victim, as_person=True)
    async with await browser.tab() as tab:
        await tab.send(named("ChoiceState.enter"), {"grant_id": await _grant_of(cast, cast.victim)}, at(PAGE))
        await tab.settle()
        for attempt in range(4):
            await _type(tab, f"Wrong-words-{attempt}")
        assert tab.value("puzzle_state", "open") is True
        assert tab.value("puzzle_state", "retry") == "enter-role"


async def test_the_own_password_opens_nobody_elses_role(cast: Cast) -> None:
    browser = await people.log_in(cast.portal, cast.roleless, as_person=True)
    foreign = await _grant_of(cast, cast.victim)
    before = people.rows(cast.portal, "SELECT id FROM login_tickets")
    async with await browser.tab() as tab:
        await tab.send(named("ChoiceState.enter"), {"grant_id": foreign}, at(PAGE))
        await tab.settle()
        assert "不属于您" in str(tab.value(CHOICE, "trouble"))
        await _type(tab, people.PASSWORD)
        assert tab.departures == []
        assert foreign not in tab.received
    assert people.rows(cast.portal, "SELECT id FROM login_tickets") == before
