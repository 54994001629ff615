"""The officers' way from a login to a session, and that theirs and people's never meet (rule 2)."""

import pytest

from jsrs_portal.api.staff_sessions import staff_landing
from tests.access import people
from tests.access.client import HYDRATE, at
from tests.access.conftest import Cast
from tests.access.evidence import assert_no_secret
from tests.access.handlers import named, registry
from tests.access.people import STAFF_PASSWORD, Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ticket_address(cast: Cast, browser: Browser, login: str = people.OFFICER) -> str:
    """Submit the login and return where the page is told to go."""
    form = {"login": login, "password": STAFF_PASSWORD, "code": people.staff_code(cast.portal, login)}
    async with await browser.tab() as tab:
        await tab.send(named("StaffLoginState.submit"), {"form": form}, at("/staff/login"))
        await tab.settle()
    return next(path for path in reversed(tab.departures) if path.startswith("/staff/session/open?"))


async def test_a_ticket_is_spent_once_and_only_by_its_browser(cast: Cast) -> None:
    browser, thief = [await people.visitor(cast.portal) for _ in range(2)]
    address = await ticket_address(cast, browser)
    refused = await thief.get(address)
    assert refused.headers["location"] == "/staff/login?reason=ticket"
    assert "set-cookie" not in refused.headers
    planted = browser.cookie
    opened = await browser.get(address)
    assert (opened.status_code, opened.headers["location"]) == (303, "/staff")
    assert opened.headers["set-cookie"].startswith("jsrs=t.")
    assert opened.headers["cache-control"] == "no-store"
    assert browser.cookie != planted
    again = await Browser(cast.portal, planted).get(address)
    assert again.headers["location"] == "/staff/login?reason=ticket"


async def test_a_ticket_of_one_kind_is_worth_nothing_at_the_other_door(cast: Cast) -> None:
    officer, member = [await people.visitor(cast.portal) for _ in range(2)]
    theirs = await ticket_address(cast, officer)
    answer = await officer.get(theirs.replace("/staff/session/open", "/session/open"))
    assert answer.headers["location"] == "/login?reason=ticket"
    assert "set-cookie" not in answer.headers
    ours = await people.ticket_address(member, cast.neighbour)
    answer = await member.get("/staff" + ours)
    assert answer.headers["location"] == "/staff/login?reason=ticket"
    assert "set-cookie" not in answer.headers


async def test_whoever_is_logged_in_opens_no_second_session(cast: Cast) -> None:
    """Neither an officer a person's, nor a person an officer's, nor an officer another."""
    officer = await people.log_in_staff(cast.portal, people.OFFICER)
    member = await people.log_in(cast.portal, cast.neighbour)
    for browser in (officer, member):
        before = browser.cookie
        for path in ("/session/open?ticket=" + "A" * 43, "/staff/session/open?ticket=" + "A" * 43):
            await browser.get(path)
            assert browser.cookie == before
    form = {"identifier": cast.neighbour.mobile, "password": people.PASSWORD, "account": cast.neighbour.uscc}
    async with await officer.tab() as tab:
        await tab.send(named("LoginState.submit_unit"), {"form": form}, at("/login"))
        await tab.settle()
    ways = [path for path in tab.departures if path.startswith("/session/open?")]
    before = officer.cookie
    for way in ways:
        await officer.get(way)
    assert officer.cookie == before
    async with await member.tab() as tab:
        form = {"login": people.OFFICER, "password": STAFF_PASSWORD, "code": "123456"}
        await tab.send(named("StaffLoginState.submit"), {"form": form}, at("/staff/login"))
        await tab.settle()
        assert "请先退出" in tab.value("staff_login_state", "trouble")
        assert not [path for path in tab.departures if path.startswith("/staff/session")]


async def test_a_living_session_is_left_alone_and_leads_home(cast: Cast) -> None:
    officer = await people.log_in_staff(cast.portal, people.AUDITOR)
    answer = await officer.get("/session/ended")
    assert answer.headers["location"] == "/staff"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("value", ["t.", "t.short", f"t.{'C' * 43}"])
async def test_a_made_up_officers_cookie_is_none(cast: Cast, value: str) -> None:
    browser = Browser(cast.portal, cookie=f"jsrs={value}")
    async with await browser.tab() as tab:
        for handler in ("StaffShellState.enter", "StaffSearchState.load", "StaffShellState.load"):
            await tab.send(named(handler), {}, at("/staff"))
        await tab.until(lambda: len(tab.departures) == 3)
        assert set(tab.departures) == {"/session/ended"}


async def test_an_officer_calls_nothing_of_peoples_and_people_nothing_of_officers(cast: Cast) -> None:
    """By name from the registry: what asks for a session of the other kind is refused to every role."""
    asked = [one for one in registry().handlers if one.ours and one.policy and one.policy[0]]
    of_officers = [one.name for one in asked if str(one.policy and one.policy[1]).startswith("STAFF_")]
    of_people = [one.name for one in asked if not str(one.policy and one.policy[1]).startswith(("STAFF_", "FIRST_"))]
    assert len(of_officers) > 20
    assert len(of_people) > 20
    logins = (people.OFFICER, people.SECURITY, people.AUDITOR, people.SYSTEM)
    for browser, refused in (
        *[(await people.log_in_staff(cast.portal, login), of_people) for login in logins],
        (await people.log_in(cast.portal, cast.neighbour), of_officers),
        (await people.log_in(cast.portal, cast.roleless, as_person=True), of_officers),
    ):
        async with await browser.tab() as tab:
            for name in refused:
                await tab.send(name, {}, at("/unit"))
            await tab.until(lambda tab=tab, refused=refused: len(tab.departures) == len(refused), 20)
            assert tab.departures == ["/refused"] * len(refused)


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/staff/audit", "/staff/audit"),
        ("/staff", "/staff"),
        ("", "/staff"),
        ("/unit", "/staff"),
        ("//evil.example", "/staff"),
        ("/staff//evil.example", "/staff"),
        ("/staff/../unit", "/staff"),
        ("/staffs", "/staff"),
        ("/staff/login", "/staff"),
        ("https://evil.example/staff", "/staff"),
        ("/staff/audit\r\nSet-Cookie: a=b", "/staff"),
    ],
)
async def test_a_login_leads_to_the_officers_pages_only(wanted: str, leads_to: str) -> None:
    assert staff_landing(wanted) == leads_to


async def test_a_visitor_on_the_way_is_led_back_afterwards(cast: Cast) -> None:
    browser = await people.visitor(cast.portal)
    async with await browser.tab() as tab:
        await tab.send(named("StaffAuditState.load"), {}, at("/staff/audit"))
        await tab.until(lambda: bool(tab.departures))
        assert tab.departures == ["/staff/login?next=/staff/audit"]


@pytest.mark.parametrize("thief", ["visitor", "person", "another officer", "nobody"])
async def test_a_stolen_client_token_shows_nothing_of_what_an_officer_saw(cast: Cast, thief: str) -> None:
    """A person stands unmasked in the officer's state; whoever comes with the tab's token finds it emptied."""
    owner, victim, page = await people.log_in_staff(cast.portal, people.OFFICER), cast.victim, "/staff/search"
    async with await owner.tab() as tab:
        await tab.hydrate(page)
        await tab.send(named("StaffSearchState.find_person"), {"form": {"identifier": victim.mobile}}, at(page))
        await tab.send(named("StaffSearchState.open_unmask"), {}, at(page))
        reason = {"form": {"reason": "核对办件 2026-118"}}
        await tab.send(named("StaffSearchState.submit_unmask"), reason, at(page))
        await tab.settle(page)
        assert victim.id_number in tab.received
    intruder = Browser(cast.portal)
    if thief == "visitor":
        intruder = await people.visitor(cast.portal)
    elif thief == "person":
        intruder = await people.log_in(cast.portal, cast.roleless, as_person=True)
    elif thief == "another officer":
        intruder = await people.log_in_staff(cast.portal, people.SECURITY)
    intruder.token = owner.token
    async with await intruder.tab(boot={"name": HYDRATE, "payload": {}, "router_data": at()}) as stolen:
        for path in (page, "/staff/login", "/"):
            await stolen.send(HYDRATE, {}, at(path))
        await stolen.settle()
        assert_no_secret([stolen], victim.secrets)
