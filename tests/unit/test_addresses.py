"""Whose request it is: the peer's address, or what the trusted proxies say; what is no address stands for nobody."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from jsrs_portal.access import handshake
from jsrs_portal.api.websocket import client_address
from jsrs_portal.domain.addresses import address_in

PEER = "10.0.0.9"
WRITTEN = {
    "203.0.113.7": "203.0.113.7",
    " 203.0.113.7:51034 ": "203.0.113.7",
    "2001:DB8::1": "2001:db8::1",
    "[2001:db8::1]:443": "2001:db8::1",
    "fe80::1%eth0": "fe80::1",
    "unknown": "",
    "_hidden": "",
    "": "",
    "x" * 5000: "",
    "203.0.113.7'; --": "",
}


@pytest.mark.parametrize(("text", "address"), WRITTEN.items(), ids=[text[:20] for text in WRITTEN])
def test_an_address_is_read_as_a_proxy_wrote_it(text: str, address: str):
    assert address_in(text) == address


@pytest.mark.parametrize(("text", "address"), WRITTEN.items(), ids=[text[:20] for text in WRITTEN])
def test_behind_a_proxy_what_is_no_address_leaves_the_peers(text: str, address: str):
    scope = {"client": (PEER, 1), "headers": [(b"x-forwarded-for", f"198.51.100.1, {text}".encode())]}
    expected = address or (PEER if text else "198.51.100.1")
    assert client_address(scope, 1) == expected
    assert client_address(scope, 0) == PEER


@pytest.mark.parametrize(("text", "address"), WRITTEN.items(), ids=[text[:20] for text in WRITTEN])
def test_events_of_a_connection_have_the_same_address_as_requests(text: str, address: str):
    def build(_sid: str, _environ: dict[str, Any]) -> dict[str, Any]:
        return {"ip": text, "headers": {"asgi-scope-client": PEER, "authorization": "x"}}

    namespace = SimpleNamespace(_build_static_router_data=build)
    handshake.keep_no_cookie(cast("Any", SimpleNamespace(event_namespace=namespace)))
    found = namespace._build_static_router_data("sid", {})
    assert found["ip"] == (address or PEER)
    assert "authorization" not in found["headers"]
