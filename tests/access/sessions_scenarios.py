"""登录设备, the end of a session and "this was not me", as the people do who may (R-2.4.8)."""

import asyncio
import re
from typing import Any

import httpx

from jsrs_portal import clock
from jsrs_portal.domain.sessions import WARNING
from tests.access import people
from tests.access.client import SESSION_ENDED, Socket
from tests.access.people import Account, Browser
from tests.access.scenarios import Walk, permitted
from tests.support.portal import Portal

PAGE, NOT_ME = "/sessions", "/not-me"
STATE = "sessions_state"


def shown(tab: Socket, name: str = "living") -> list[Any]:
    """Return the rows that a tab shows."""
    found: Any = tab.value(STATE, name)
    return list(found)


def session_of(portal: Portal, browser: Browser) -> str:
    """Return the id of a browser's session."""
    (found,) = people.rows(portal, "SELECT id FROM user_sessions WHERE token_hash = ?", browser.key)
    return found["id"]


def is_over(portal: Portal, browser: Browser) -> str:
    """Return why a browser's session has ended; "" while it lives."""
    query = "SELECT ended_because AS why FROM user_sessions WHERE token_hash = ?"
    return people.rows(portal, query, browser.key)[0]["why"]


async def alert_link(portal: Portal, account: Account) -> str:
    """Return the token in the newest message about a new device; the worker needs a moment to send it."""
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(100):
            answer = await client.get(f"{portal.sandbox}/sms/outbox.json", params={"phone": account.mobile})
            for message in answer.json():
                if found := re.search(r"/n/(\w{22}) ", message["params"].get("text", "")):
                    return found[1]
            await asyncio.sleep(0.1)
    raise AssertionError("no message about a new device")


def forgive(portal: Portal) -> None:
    """Let everybody log in with their password again."""
    people.execute(portal, "UPDATE credentials SET reset_required = ?", False)


@permitted(
    "SessionsState.load",
    "SessionsState.end",
    "SessionsState.ask",
    "SessionsState.close_dialog",
    "SessionsState.end_others",
    "ShellState.look_at_session",
    "ShellState.stay",
)
async def looks_after_their_sessions(walk: Walk) -> None:
    """Sees where one is logged in, ends one and all the others, and stays when the end is near."""
    portal, account = walk.cast.portal, walk.cast.roleless
    mine, lost, old = [await people.log_in(portal, account, as_person=True) for _ in range(3)]
    async with await mine.tab() as tab:
        await walk.call(tab, "SessionsState.load", page=PAGE)
        assert (shown(tab)[0]["id"], shown(tab)[0]["current"]) == (session_of(portal, mine), True)
        assert {one["id"] for one in shown(tab)} >= {session_of(portal, one) for one in (lost, old)}
        await walk.call(tab, "SessionsState.end", {"session_id": session_of(portal, lost)}, PAGE)
        assert is_over(portal, lost) == "ELSEWHERE"
        await walk.call(tab, "SessionsState.ask", page=PAGE)
        await walk.call(tab, "SessionsState.close_dialog", page=PAGE)
        assert tab.value(STATE, "asking") is False
        assert is_over(portal, old) == ""
        await walk.call(tab, "SessionsState.end_others", page=PAGE)
        assert (is_over(portal, old), is_over(portal, mine)) == ("ELSEWHERE", "")
        assert [one["id"] for one in shown(tab)] == [session_of(portal, mine)]
        aged = clock.now() - WARNING * 14
        people.execute(portal, "UPDATE user_sessions SET last_active_at = ? WHERE token_hash = ?", *_at(aged, mine))
        await walk.call(tab, "ShellState.look_at_session")
        near: Any = tab.value("shell_state", "session_end")
        assert near - tab.value("shell_state", "session_now") < 130_000
        await walk.call(tab, "ShellState.stay")
        assert tab.value("shell_state", "session_end") > near + 25 * 60_000
    for one in (lost, old):
        async with await one.tab() as tab:
            await walk.call(tab, "SessionsState.load", page=PAGE)
            assert (tab.departures[-1], tab.reasons[-1]) == (SESSION_ENDED, "elsewhere")


def _at(instant: Any, browser: Browser) -> tuple[str, str]:
    return instant.strftime("%Y-%m-%d %H:%M:%S.%f"), browser.key


@permitted("NotMeState.load", "NotMeState.disown")
async def says_that_a_login_was_not_theirs(walk: Walk) -> None:
    """The link in the message shows which login it is, and ends everything, once."""
    portal, account = walk.cast.portal, walk.cast.roleless
    here, thief = [await people.log_in(portal, account, as_person=True) for _ in range(2)]
    link = await alert_link(portal, account)
    phone = await people.visitor(portal)
    assert (await phone.get(f"/n/{link}")).headers["location"] == f"{NOT_ME}?token={link}"
    page = f"{NOT_ME}?token={link}"
    async with await phone.tab() as tab:
        await walk.call(tab, "NotMeState.load", page=page)
        assert (tab.value("not_me_state", "step"), tab.value("not_me_state", "person")) == (
            "ask",
            f"{account.name[0]}**",
        )
        assert not [one for one in (account.name, account.mobile, account.id_number) if one in tab.received]
        assert (is_over(portal, here), is_over(portal, thief)) == ("", "")
        await walk.call(tab, "NotMeState.disown", page=page)
        assert tab.value("not_me_state", "step") == "done"
    assert (is_over(portal, here), is_over(portal, thief)) == ("DISOWNED", "DISOWNED")
    form = {"identifier": account.mobile, "password": people.PASSWORD}
    async with await (await people.visitor(portal)).tab() as tab:
        await walk.call(tab, "LoginState.submit_person", {"form": form}, "/login")
        assert "原密码已停用" in str(tab.value("login_state", "trouble"))
    forgive(portal)
