"""ACS3-HMAC-SHA256 against Alibaba Cloud's published example."""

import hashlib

import pytest

from jsrs_portal.gateways.sms import signing

QUERY = {
    "RegionId": "cn-shanghai",
    "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
}
HEADERS = {
    "host": "ecs.cn-shanghai.aliyuncs.com",
    "x-acs-action": "RunInstances",
    "x-acs-version": "2014-05-26",
    "x-acs-date": "2023-10-26T10:22:32Z",
    "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}
SECRET = "YourAccessKeySecret"


def authorization() -> str:
    return signing.authorization(
        access_key="YourAccessKeyId", secret=SECRET, method="POST", path="/", query=QUERY, headers=HEADERS
    )


def verifies(header: str, headers: dict[str, str] = HEADERS, query: dict[str, str] = QUERY) -> bool:
    return signing.verifies(header, secret=SECRET, method="POST", path="/", query=query, headers=headers)


def test_the_published_example_gives_the_published_signature() -> None:
    canonical = signing.canonical_request(
        method="POST",
        path="/",
        query=QUERY,
        headers=HEADERS,
        names=signing.signed_names(HEADERS),
        body_hash=HEADERS["x-acs-content-sha256"],
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    assert digest == "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259"
    assert authorization() == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
        "x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_encoding_follows_rfc_3986() -> None:
    assert signing.percent_encode("a b*~-_./+&=短") == "a%20b%2A~-_.%2F%2B%26%3D%E7%9F%AD"


def test_a_request_verifies_until_anything_signed_changes() -> None:
    assert verifies(authorization())
    assert not verifies(authorization(), query=QUERY | {"RegionId": "cn-beijing"})
    for name in HEADERS:
        assert not verifies(authorization(), headers=HEADERS | {name: "changed"})


@pytest.mark.parametrize("dropped", HEADERS)
def test_every_required_header_must_be_signed(dropped: str) -> None:
    fewer = {name: value for name, value in HEADERS.items() if name != dropped}
    names = signing.signed_names(fewer)
    canonical = signing.canonical_request(
        method="POST",
        path="/",
        query=QUERY,
        headers=HEADERS,
        names=names,
        body_hash=HEADERS["x-acs-content-sha256"],
    )
    mac = signing.signature(canonical, SECRET)
    assert not verifies(f"ACS3-HMAC-SHA256 Credential=k,SignedHeaders={names},Signature={mac}")


@pytest.mark.parametrize("header", ["", "Bearer x", "ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host,Signature=1"])
def test_an_unreadable_header_claims_nothing(header: str) -> None:
    assert signing.claimed_key(header) is None
    assert not verifies(header)
