"""What fuzzing has found, each as a case of its own, so that it stays mended."""

import httpx
import pytest

from jsrs_portal.api.documents import SHARED_HEADERS
from tests.access import people
from tests.access.client import Socket, at, packet
from tests.access.evidence import Log
from tests.support.portal import Portal


def _ask(portal: Portal, method: str, path: str, **headers: str) -> httpx.Response:
    with httpx.Client(trust_env=False, follow_redirects=False) as client:
        url = httpx.URL(portal.origin).copy_with(raw_path=path.encode())
        return client.request(method, url, headers=headers)


@pytest.mark.parametrize(
    "path", ["/%0a/", "/%0d%0a/", "/unit%0a/", "/%0a/ping", "/%0ax/assets/", "/%2e", "/assets/%2e%2e"]
)
def test_an_odd_path_is_not_redirected_to_another_host(portal: Portal, path: str) -> None:
    """Starlette mounts no line break, and ``/.`` is a folder: the framework redirected to what ``Host`` said."""
    answer = _ask(portal, "GET", path, Host="evil.example")
    assert (answer.status_code, answer.text) == (404, "Not Found")
    assert "location" not in answer.headers
    assert {name: answer.headers.get(name) for name in SHARED_HEADERS} == SHARED_HEADERS


@pytest.mark.parametrize(
    ("path", "leads_to"), [("//", "/"), ("////", "/"), ("/login//", "/login"), ("/login", "/login")]
)
def test_a_form_sent_too_early_shows_a_page_of_ours_again(portal: Portal, path: str, leads_to: str) -> None:
    """``//`` was answered with itself, which a browser reads as the address of another host."""
    answer = _ask(portal, "POST", path)
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/session/open", "/nothing"])
def test_a_refused_method_says_which_are_allowed(portal: Portal, method: str, path: str) -> None:
    """RFC 9110 demands it of a 405."""
    answer = _ask(portal, method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


_KNOWN = {"payload": {}, "router_data": at("/")}


async def _send(portal: Portal, frame: str) -> Socket:
    browser = await people.visitor(portal)
    async with await browser.tab() as tab:
        await tab.raw(frame)
        await tab.until(lambda: tab.closed or bool(tab.departures), 5)
    return tab


@pytest.mark.parametrize(
    "name", ["", "load", "persons.delete_all", "\ud800", "reflex___state____state.no_such_handler"]
)
async def test_a_handler_nobody_knows_is_refused_like_one_nobody_may_call(portal: Portal, name: str) -> None:
    """It was a failure with a traceback in the log, and silence for the page."""
    log = Log(portal)
    tab = await _send(portal, packet("event", {**_KNOWN, "name": name}))
    assert tab.departures == ["/refused"]
    log.assert_no_failure()


@pytest.mark.parametrize(
    "arguments",
    [
        ("event", None),
        ("event", {**_KNOWN, "name": ["a"]}),
        ("event", _KNOWN),
        ("event", {**_KNOWN, "name": "a.b"}, {**_KNOWN, "name": "a.b"}),
        ("client_error", {}, {}),
        ("ping", {}),
    ],
)
async def test_a_packet_reflex_cannot_take_apart_ends_its_connection(
    portal: Portal, arguments: tuple[object, ...]
) -> None:
    """Each was a failure in the log, before any gate."""
    log = Log(portal)
    tab = await _send(portal, packet(*arguments))  # type: ignore[arg-type]
    assert tab.close_code == 1008
    log.assert_no_failure()
