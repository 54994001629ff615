"""Our signed JSON: a fixed vector, and what neither end believes."""

import pytest

from jsrs_portal import clock
from jsrs_portal.gateways import signed_json

SECRET = "0123456789abcdef0123456789abcdef"
BODY = '{"name":"陆知远"}'.encode()
NONCE = "00112233445566778899aabbccddeeff"


def test_the_request_vector() -> None:
    found = signed_json.request_signature(
        SECRET, path="/identity/v1/verify", app_id="jsrs-portal", timestamp="1767225600", nonce=NONCE, body=BODY
    )
    assert found == "8d7d0f99ffa047e0d027960d2331f99425524be63404f2fe380838e9794858b1"


def test_the_answer_vector() -> None:
    found = signed_json.answer_signature(
        SECRET, status=200, nonce=NONCE, timestamp="1767225600", body=b'{"result":"MATCH"}'
    )
    assert found == "f09201392b560892a3c338d902cfd6fb26e668a4664a73c03644d2333cb5b59f"


def headers(**changes: str) -> dict[str, str]:
    timestamp = str(int(clock.now().timestamp()))
    values = {"x-app-id": "jsrs-portal", "x-timestamp": timestamp, "x-nonce": NONCE} | changes
    signature = signed_json.request_signature(
        SECRET,
        path="/p",
        app_id=values["x-app-id"],
        timestamp=values["x-timestamp"],
        nonce=values["x-nonce"],
        body=BODY,
    )
    return {"x-signature": signature} | values


def fault(values: dict[str, str], *, path: str = "/p", body: bytes = BODY, secret: str = SECRET) -> str | None:
    return signed_json.request_fault(values, path=path, body=body, app_id="jsrs-portal", secret=secret)


def test_a_proper_request_is_believed() -> None:
    assert fault(headers()) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"x-app-id": "somebody"}, "UNKNOWN_APP"),
        ({"x-timestamp": "1600000000"}, "STALE_TIMESTAMP"),
        ({"x-timestamp": "4000000000"}, "STALE_TIMESTAMP"),
        ({"x-timestamp": "-1"}, "STALE_TIMESTAMP"),
        ({"x-timestamp": "١٢٣"}, "STALE_TIMESTAMP"),
        ({"x-nonce": "short"}, "BAD_NONCE"),
        ({"x-signature": "0" * 64}, "BAD_SIGNATURE"),
        ({"x-signature": "签名"}, "BAD_SIGNATURE"),
        ({"x-signature": ""}, "BAD_SIGNATURE"),
    ],
)
def test_a_request_that_is_not_believed_says_why(changes: dict[str, str], expected: str) -> None:
    assert fault(headers(**changes)) == expected


def test_body_path_and_secret_are_signed() -> None:
    assert fault(headers(), body=BODY + b" ") == "BAD_SIGNATURE"
    assert fault(headers(), path="/q") == "BAD_SIGNATURE"
    assert fault(headers(), secret=SECRET[::-1]) == "BAD_SIGNATURE"
    assert fault({}) == "UNKNOWN_APP"
