"""TC3-HMAC-SHA256 against Tencent Cloud's two published examples."""

import hashlib

import pytest

from jsrs_portal.gateways.sms import tc3

BODY = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
HEADERS = {"Content-Type": "application/json; charset=utf-8", "Host": "cvm.tencentcloudapi.com"}
WITH_ACTION = HEADERS | {"X-TC-Action": "DescribeInstances"}
TIMESTAMP = 1551113065
EXAMPLES = [
    (
        HEADERS,
        "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        "5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031",
        "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
    ),
    (
        WITH_ACTION,
        "*" * 32,
        "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84",
        "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
    ),
]
SECRET = "*" * 32


@pytest.mark.parametrize(("headers", "secret", "digest", "mac"), EXAMPLES)
def test_the_published_examples_give_the_published_signatures(
    headers: dict[str, str], secret: str, digest: str, mac: str
) -> None:
    assert hashlib.sha256(BODY).hexdigest() == "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064"
    names = tc3.signed_names(headers)
    canonical = tc3.canonical_request(headers=headers, names=names, body=BODY)
    assert hashlib.sha256(canonical.encode()).hexdigest() == digest
    header = tc3.authorization(
        secret_id="AKIDEXAMPLE", secret=secret, service="cvm", timestamp=TIMESTAMP, headers=headers, body=BODY
    )
    assert header == (
        f"TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/2019-02-25/cvm/tc3_request, SignedHeaders={names}, Signature={mac}"
    )
    assert tc3.claimed_id(header) == "AKIDEXAMPLE"


def signed() -> str:
    return tc3.authorization(
        secret_id="id", secret=SECRET, service="sms", timestamp=TIMESTAMP, headers=WITH_ACTION, body=BODY
    )


def verifies(header: str, **changes: object) -> bool:
    values = {"secret": SECRET, "service": "sms", "timestamp": str(TIMESTAMP), "headers": WITH_ACTION, "body": BODY}
    return tc3.verifies(header, **(values | changes))


def test_a_request_verifies_until_anything_signed_changes() -> None:
    assert verifies(signed())
    for changes in (
        {"body": BODY + b" "},
        {"timestamp": str(TIMESTAMP + 1)},
        {"timestamp": str(TIMESTAMP + 86400)},
        {"timestamp": "soon"},
        {"timestamp": "9" * 11},
        {"secret": "other"},
        {"service": "cvm"},
        *({"headers": WITH_ACTION | {name: "changed"}} for name in WITH_ACTION),
    ):
        assert not verifies(signed(), **changes)


@pytest.mark.parametrize("dropped", ["content-type", "host"])
def test_host_and_type_must_be_signed(dropped: str) -> None:
    names = ";".join(name for name in ("content-type", "host") if name != dropped)
    canonical = tc3.canonical_request(headers=WITH_ACTION, names=names, body=BODY)
    mac = tc3.signature(canonical, secret=SECRET, service="sms", timestamp=TIMESTAMP)
    scope = "id/2019-02-25/sms/tc3_request"
    assert not verifies(f"TC3-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={mac}")


@pytest.mark.parametrize("header", ["", "Bearer x", "TC3-HMAC-SHA256 Credential=id/2019-02-25/sms/tc3_request"])
def test_an_unreadable_header_claims_nothing(header: str) -> None:
    assert tc3.claimed_id(header) is None
    assert not verifies(header)
