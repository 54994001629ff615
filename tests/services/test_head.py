"""A HEAD is told what a GET would be, without a body, and uses nothing up."""

from typing import Any

import httpx
import pytest

from jsrs_portal.api.app import ROUTES, Portal
from tests.support import hall

ONCE = {
    *("/session/open", "/staff/session/open", "/v/{token:str}/back", "/sso/start", "/sso/callback"),
    "/exports/{id:str}",
    "/case-exports/{id:str}",
    "/case-results/{id:str}",
    "/applications/{id:str}/tables/{table:str}.xlsx",
}


async def _nothing(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def head(path: str) -> tuple[int, dict[str, str], bytes]:
    """Send a HEAD past every library that would leave the body out by itself."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "HEAD",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"hall.example")],
        "client": ("203.0.113.7", 1),
        "server": ("hall.example", 80),
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await Portal(_nothing)(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(one.get("body", b"") for one in sent[1:])


def _filled(path: str) -> str:
    for name, value in (("{key:str}", "none"), ("{number:str}", "1"), ("{id:str}", "x"), ("{part:str}", "ground")):
        path = path.replace(name, value)
    return path.replace("{token:str}", "x").replace("{table:str}", "workers")


@pytest.mark.parametrize("path", sorted(route.path for route in ROUTES if route.path not in ONCE))
async def test_every_route_of_ours_answers_a_head_as_a_get_without_its_body(world, path):
    assert world
    async with hall.browser() as client:
        answer: httpx.Response = await client.get(_filled(path), headers={"Accept-Encoding": "identity"})
    status, headers, body = await head(_filled(path))
    assert status == answer.status_code
    assert body == b""
    if path not in ("/metrics", "/_health"):  # what they say grows
        assert headers.get("content-length") == answer.headers.get("content-length")
    for name in ("content-type", "cache-control", "location", "etag"):
        assert headers.get(name) == answer.headers.get(name), name


@pytest.mark.parametrize("path", sorted(ONCE))
async def test_what_works_once_is_not_used_up_by_a_head(world, path):
    assert world
    status, headers, body = await head(_filled(path))
    assert (status, headers["allow"], body) == (405, "GET", b"")
