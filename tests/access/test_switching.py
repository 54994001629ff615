"""Going to a role with a password of its own over the raw websocket: nobody guesses it there either (R-2.4.9)."""

import uuid

import pytest

from tests.access import people
from tests.access.agents_scenarios import CHOICE, form_of
from tests.access.client import Socket, at
from tests.access.conftest import Cast
from tests.access.handlers import named

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.4.9", "R-2.4.7")]
PAGE, AGENTS = "/choose", "/unit/agents"


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
        await tab.send(named("ChoiceState.load"), None, at(PAGE))
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
        await tab.send(named("ChoiceState.load"), None, at(PAGE))
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
        await tab.send(named("ChoiceState.load"), None, at(PAGE))
        await tab.send(named("ChoiceState.enter"), {"grant_id": foreign}, at(PAGE))
        await tab.settle()
        assert "不属于您" in str(tab.value(CHOICE, "trouble"))
        await _type(tab, people.PASSWORD)
        assert tab.departures == []
        assert foreign not in tab.received
    assert people.rows(cast.portal, "SELECT id FROM login_tickets") == before


async def _goes_elsewhere(cast: Cast, browser: people.Browser) -> None:
    """In another tab of the same browser, go from the unit to oneself."""
    other = people.Browser(cast.portal, browser.cookie, str(uuid.uuid4()))
    async with await other.tab() as tab:
        await tab.send(named("ChoiceState.load"), None, at(PAGE))
        await tab.send(named("ChoiceState.enter"), {"grant_id": ""}, at(PAGE))
        await tab.settle()
        (way,) = tab.departures
    await other.get(way)
    browser.cookie = other.cookie


def _told(tab: Socket) -> bool:
    return tab.value("departure_state", "switched") is True


async def test_a_page_of_a_role_left_in_another_tab_does_nothing_and_says_so(cast: Cast) -> None:
    browser = await people.log_in(cast.portal, cast.admin)
    async with await browser.tab() as tab:
        await tab.send(named("AgentsState.load"), None, at(AGENTS))
        await tab.send(named("AgentsState.open_grant"), {"role": "AGENT"}, at(AGENTS))
        await tab.settle(AGENTS)
        assert tab.value("agents_state", "dialog") == "grant"
        await _goes_elsewhere(cast, browser)
        before = people.dump(cast.portal)
        await tab.send(named("AgentsState.submit_grant"), form_of(cast.roleless), at(AGENTS))
        assert await tab.until(lambda: _told(tab))
        assert "/session/ended" not in tab.departures
        assert not tab.value("agents_state", "sentence")
        await tab.send(named("AgentsState.confirm_grant"), None, at(AGENTS))
        assert people.dump(cast.portal) == before


async def test_an_action_that_comes_with_the_other_roles_cookie_is_not_done_either(cast: Cast) -> None:
    """The connection of the first tab came back after the switch, and what was pressed goes out before all else."""
    browser = await people.log_in(cast.portal, cast.admin)
    async with await browser.tab() as tab:
        await tab.send(named("AgentsState.load"), None, at(AGENTS))
        await tab.settle(AGENTS)
    await _goes_elsewhere(cast, browser)
    before = people.dump(cast.portal)
    async with await browser.tab() as tab:
        await tab.send(named("ShellState.dismiss"), None, at(AGENTS))
        assert await tab.until(lambda: _told(tab))
        await tab.hydrate("/my")
        await tab.send(named("MyState.load"), None, at("/my"))
        await tab.settle("/my")
        assert tab.value("my_state", "loaded") is True
    assert people.dump(cast.portal) == before
