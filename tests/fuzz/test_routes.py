"""Our HTTP routes and everything beside them, asked with any path, query, header, cookie and method."""

import re
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsrs_portal.api.app import ROUTES
from jsrs_portal.api.documents import SHARED_HEADERS
from tests.access import people
from tests.access.conftest import Cast
from tests.access.evidence import Log
from tests.fuzz.effort import count, effort

_INTERNAL = re.compile(
    r"Traceback \(most recent|site-packages|jsrs_portal/|\bline \d+, in |sqlalchemy|SELECT .* FROM|\[project\]"
)
_COOKIE = re.compile(
    r"jsrs=a\.[\w-]{43}\.[\w-]{43}; HttpOnly; Path=/; SameSite=Lax"
    r"|jsrs-region=32[0-9]{4}; HttpOnly; Max-Age=31536000; Path=/; SameSite=Lax"
)
_SIGNS = st.sampled_from(
    [*"/.-_~:@!$&'()*+,;=abz09%", "%2f", "%2e", "%00", "%0d%0a", "%ff", "%e9", "%5c", "//", "..", "%25"]
)
_LOOSE = st.lists(_SIGNS, max_size=8).map("".join)
_TOKEN = _LOOSE | st.sampled_from(["x", "A" * 43, "A" * 5_000, "0" * 32 + "." + "A" * 43])
_PAGES = [
    "/",
    "/login",
    "/unit",
    "/index",
    "/404",
    "/assets/",
    "/_event/",
    "/_upload",
    "/ping",
    "/favicon.ico",
    "/__spa",
]
_PATHS = (
    st.sampled_from([route.path_format for route in ROUTES]).flatmap(
        lambda path: _TOKEN.map(lambda token: re.sub(r"\{\w+\}", lambda _: token, path))
    )
    | st.tuples(st.sampled_from(_PAGES), _LOOSE).map("".join)
    | _LOOSE.map(lambda path: "/" + path)
)
_NAMES = st.sampled_from(["ticket", "next", "reason", "token", "a", "state", "code", "iss", "error"])
_QUERIES = st.lists(
    st.tuples(_NAMES | _LOOSE, _TOKEN).map("=".join),
    max_size=4,
).map("&".join)
_BYTES = st.binary(max_size=60).map(lambda raw: bytes(byte for byte in raw if byte > 0x20 and byte != 0x7F))
"""What a client library lets stand in a header; what it does not is the server's to refuse."""
_COOKIES = st.sampled_from([b"", b"jsrs=s." + b"C" * 43, b"jsrs=a.x.y", b"jsrs=", b"; ;jsrs"]) | _BYTES.map(
    b"jsrs=".__add__
)
_HEADERS = st.fixed_dictionaries(
    {"cookie": _COOKIES | st.just(b"own")},
    optional={
        "authorization": st.sampled_from([b"Bearer", b"Bearer x", b"Basic eDp4"]) | _BYTES,
        "if-none-match": st.sampled_from([b"*", b'"x"']) | _BYTES,
        "accept-encoding": st.sampled_from([b"gzip", b"br;q=x"]) | _BYTES,
        "x-forwarded-for": _BYTES,
        "user-agent": _BYTES,
        "origin": st.sampled_from([b"null", b"https://evil.example", b"http://localhost:1"]) | _BYTES,
        "access-control-request-method": st.sampled_from([b"GET", b"POST"]),
        "range": st.sampled_from([b"bytes=0-", b"bytes=9-1", b"bytes=-1", b"lines=1"]) | _BYTES,
        "content-type": st.sampled_from([b"application/json", b"multipart/form-data"]) | _BYTES,
    },
)
_TURNED_AWAY = (401, 404, 413, 422)
"""What our own POST routes say to whoever they do not believe."""
_METHODS = st.sampled_from(["GET"] * 6 + ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """One kept connection, as a browser has it; no proxy, nothing followed."""
    with httpx.Client(trust_env=False, follow_redirects=False, timeout=10) as found:
        yield found


def _look(answer: httpx.Response, method: str, sandbox: str) -> None:
    """What holds for every answer, whoever gave it."""
    assert answer.status_code in (200, 206, 303, 304, 307, 400, *_TURNED_AWAY, 405, 416, 431), answer.status_code
    assert "access-control-allow-origin" not in answer.headers
    if answer.status_code != 400:  # what is no HTTP, and a foreign page's question whether it may ask
        missing = {name for name, value in SHARED_HEADERS.items() if answer.headers.get(name) != value}
        assert not missing, missing
    if location := answer.headers.get("location"):
        assert re.match(r"/(?![/\\])[!-~]*$", location) or location.startswith(sandbox), location
    if cookies := answer.headers.get_list("set-cookie"):
        assert len(cookies) == 1
        assert _COOKIE.fullmatch(cookies[0]), cookies
    kind = answer.headers.get("content-type", "")
    if "javascript" not in kind:
        found = _INTERNAL.search(answer.text)
        assert found is None, found
    if method not in ("GET", "HEAD"):
        assert answer.status_code in (303, 400, *_TURNED_AWAY, 405), answer.status_code
    if answer.status_code == 405:
        assert answer.headers.get("allow")


def test_any_request_is_answered_properly(cast: Cast, client: httpx.Client) -> None:
    """No failure, nothing internal, no way out of the site, our headers and no cookie but ours on every answer."""
    before = people.dump(cast.portal)
    own = people.Browser(cast.portal, client.get(cast.portal.origin).headers["set-cookie"].partition(";")[0])

    @effort(150, 6_000)
    @given(_METHODS, _PATHS, _QUERIES, _HEADERS)
    def holds(method: str, path: str, query: str, headers: dict[str, bytes]) -> None:
        count("HTTP requests")
        log = Log(cast.portal)
        said = {**headers, "cookie": own.cookie.encode() if headers["cookie"] == b"own" else headers["cookie"]}
        url = httpx.URL(cast.portal.origin).copy_with(raw_path=(path + "?" + query).encode())
        _look(client.request(method, url, headers=list(said.items())), method, cast.portal.sandbox)
        log.assert_no_failure()

    holds()
    assert people.dump(cast.portal) == before
