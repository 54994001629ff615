"""Sessions of others, several tabs, links that are none: what nobody gets at over the wire (R-2.4.8)."""

import pytest

from tests.access import people
from tests.access.client import SESSION_ENDED, Socket, at
from tests.access.conftest import Cast
from tests.access.handlers import named
from tests.access.sessions_scenarios import NOT_ME, PAGE, STATE, alert_link, forgive, is_over, session_of, shown

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.4.8")]


async def _call(tab: Socket, handler: str, payload: object = None, page: str = PAGE) -> None:
    await tab.send(named(handler), payload, at(page))
    await tab.settle(page)


async def test_another_persons_session_is_neither_seen_nor_ended(cast: Cast) -> None:
    """By its id, which somebody may have found out."""
    victim = await people.log_in(cast.portal, cast.victim)
    target = session_of(cast.portal, victim)
    thief = await people.log_in(cast.portal, cast.neighbour)
    async with await thief.tab() as tab:
        await _call(tab, "SessionsState.load")
        assert target not in tab.received
        for wanted in (target, target.upper(), f"{target}' OR '1'='1", [target], {"id": target}, None, ""):
            await _call(tab, "SessionsState.end", {"session_id": wanted})
        assert "不属于您" in str(tab.value(STATE, "trouble"))
        await _call(tab, "SessionsState.end_others")
    assert is_over(cast.portal, victim) == ""


async def test_from_a_units_password_the_personal_session_is_neither_seen_nor_ended(cast: Cast) -> None:
    """It opens the unit's world; the same person's other sessions are none of it."""
    personal = await people.log_in(cast.portal, cast.neighbour, as_person=True)
    # The neighbour's unit has no password of its own: say that another one opened this session.
    for_unit = await people.log_in(cast.portal, cast.neighbour)
    people.execute(cast.portal, "UPDATE user_sessions SET proved = 'unit:x' WHERE token_hash = ?", for_unit.key)
    async with await for_unit.tab() as tab:
        await _call(tab, "SessionsState.load")
        assert [one["id"] for one in shown(tab)] == [session_of(cast.portal, for_unit)]
        await _call(tab, "SessionsState.end", {"session_id": session_of(cast.portal, personal)})
        await _call(tab, "SessionsState.end_others")
    assert is_over(cast.portal, personal) == ""
    async with await personal.tab() as tab:
        await _call(tab, "SessionsState.load")
        assert session_of(cast.portal, for_unit) in [one["id"] for one in shown(tab)]


async def test_an_ended_session_is_over_in_both_of_its_tabs(cast: Cast) -> None:
    """Whichever tab asks next, it is told to leave, and why."""
    lost = await people.log_in(cast.portal, cast.roleless, as_person=True)
    mine = await people.log_in(cast.portal, cast.roleless, as_person=True)
    first, second = await lost.tab(), await people.Browser(cast.portal, lost.cookie).tab()
    async with first, second, await mine.tab() as tab:
        for one in (first, second):
            await _call(one, "MyState.load", page="/my")
            assert one.departures == []
        await _call(tab, "SessionsState.end", {"session_id": session_of(cast.portal, lost)})
        for one in (first, second):
            await one.send(named("MyState.load"), {}, at("/my"))
            await one.until(lambda one=one: bool(one.departures))
            assert (one.departures, one.reasons) == ([SESSION_ENDED], ["elsewhere"])
    # The first tab that leaves takes the cookie away; the other one still says why.
    assert (await lost.get(f"{SESSION_ENDED}?because=elsewhere")).headers["location"] == "/login?reason=elsewhere"
    assert (await lost.get(f"{SESSION_ENDED}?because=elsewhere")).headers["location"] == "/login?reason=elsewhere"


@pytest.mark.parametrize("reason", ["", "nothing", "//evil.example", "idle&reason=ticket", "IDLE", "%0d%0aX:1"])
async def test_a_reason_that_is_none_is_not_passed_on(cast: Cast, reason: str) -> None:
    visitor = await people.visitor(cast.portal)
    location = (await visitor.get(f"{SESSION_ENDED}?because={reason}")).headers["location"]
    assert location == ("/login?reason=idle" if reason.startswith("idle") else "/login")


async def test_asking_for_the_end_does_not_put_it_off(cast: Cast) -> None:
    """A tab that stands open all day asks and asks; only somebody who answers stays."""
    browser = await people.log_in(cast.portal, cast.roleless, as_person=True)
    old = "strftime('%Y-%m-%d %H:%M:%f', 'now', '-25 minutes')"
    people.execute(cast.portal, f"UPDATE user_sessions SET last_active_at = {old} WHERE token_hash = ?", browser.key)
    query = "SELECT last_active_at FROM user_sessions WHERE token_hash = ?"
    before = people.rows(cast.portal, query, browser.key)
    async with await browser.tab() as tab:
        for _ in range(3):
            await _call(tab, "ShellState.look_at_session")
        assert people.rows(cast.portal, query, browser.key) == before
        await _call(tab, "ShellState.stay")
    assert people.rows(cast.portal, query, browser.key) != before


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "A" * 5_000, "../../unit", "' OR 1=1 --"])
async def test_a_made_up_link_ends_nothing(cast: Cast, token: str) -> None:
    browser = await people.log_in(cast.portal, cast.roleless, as_person=True)
    stranger = await people.visitor(cast.portal)
    async with await stranger.tab() as tab:
        await _call(tab, "NotMeState.load", page=f"{NOT_ME}?token={token}")
        assert tab.value("not_me_state", "step") == "gone"
        await _call(tab, "NotMeState.disown", page=f"{NOT_ME}?token={token}")
        assert tab.value("not_me_state", "step") == "gone"
    assert is_over(cast.portal, browser) == ""


async def test_looking_through_the_link_ends_nothing_whoever_looks(cast: Cast) -> None:
    """Scanners of links open the address, and some run the page's script; none of them presses the button."""
    here, new = [await people.log_in(cast.portal, cast.roleless, as_person=True) for _ in range(2)]
    link = await alert_link(cast.portal, cast.roleless)
    scanner = await people.visitor(cast.portal)
    async with scanner.http() as client:
        for method in ("GET", "HEAD", "POST"):
            await client.request(method, f"/n/{link}")
            await client.request(method, f"{NOT_ME}?token={link}")
    async with await scanner.tab() as tab:
        await tab.hydrate(f"{NOT_ME}?token={link}")
    assert (is_over(cast.portal, here), is_over(cast.portal, new)) == ("", "")
    forgive(cast.portal)


async def test_the_button_without_the_page_does_nothing(cast: Cast) -> None:
    """The token is the one of the page that was loaded, never one that an event brings."""
    here, _ = [await people.log_in(cast.portal, cast.roleless, as_person=True) for _ in range(2)]
    link = await alert_link(cast.portal, cast.roleless)
    stranger = await people.visitor(cast.portal)
    async with await stranger.tab() as tab:
        await _call(tab, "NotMeState.disown", page=f"{NOT_ME}?token={link}")
        await _call(tab, "NotMeState.disown", {"token": link}, page=f"{NOT_ME}?token={link}")
    assert is_over(cast.portal, here) == ""
