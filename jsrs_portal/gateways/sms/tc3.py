"""TC3-HMAC-SHA256, the signature of Tencent Cloud's API 3.0: pure functions for the client and the simulator.

Source: Tencent Cloud, "签名方法 v3", with its two published examples as the tests (protocol reference §2.2). Every
product is called by ``POST /`` without a query, so neither is an argument here.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime

ALGORITHM = "TC3-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    ALGORITHM + r" Credential=(?P<id>[^/,\s]+)/(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})/(?P<service>[a-z0-9]+)/tc3_request,"
    r" ?SignedHeaders=(?P<names>[a-z0-9;-]+), ?Signature=(?P<mac>[0-9a-f]{64})"
)
_REQUIRED = frozenset({"content-type", "host"})
_SIGNED = ("content-type", "host", "x-tc-action")
_TIMESTAMP = re.compile(r"[0-9]{1,11}")


def signed_names(headers: Mapping[str, str]) -> str:
    """Return which headers are signed: content-type, host and the action if there is one, in order."""
    present = {name.lower() for name in headers}
    return ";".join(name for name in _SIGNED if name in present)


def canonical_request(*, headers: Mapping[str, str], names: str, body: bytes) -> str:
    """Return the canonical request (规范请求串) over the headers listed in ``names``; their values in lower case."""
    lowered = {name.lower(): value.strip().lower() for name, value in headers.items()}
    lines = "".join(f"{name}:{lowered.get(name, '')}\n" for name in names.split(";"))
    return "\n".join(["POST", "/", "", lines, names, hashlib.sha256(body).hexdigest()])


def signature(canonical: str, *, secret: str, service: str, timestamp: int) -> str:
    """Sign a canonical request with a key derived for the day (UTC) and the service."""
    day = _day(timestamp)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"{ALGORITHM}\n{timestamp}\n{day}/{service}/tc3_request\n{digest}"
    key = ("TC3" + secret).encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def authorization(
    *, secret_id: str, secret: str, service: str, timestamp: int, headers: Mapping[str, str], body: bytes
) -> str:
    """Return the ``Authorization`` header for a request."""
    names = signed_names(headers)
    canonical = canonical_request(headers=headers, names=names, body=body)
    mac = signature(canonical, secret=secret, service=service, timestamp=timestamp)
    scope = f"{secret_id}/{_day(timestamp)}/{service}/tc3_request"
    return f"{ALGORITHM} Credential={scope}, SignedHeaders={names}, Signature={mac}"


def claimed_id(header: str) -> str | None:
    """Return the SecretId a request claims to be signed with, ``None`` if it claims nothing readable."""
    match = _AUTHORIZATION.fullmatch(header)
    return match["id"] if match else None


def verifies(
    header: str, *, secret: str, service: str, timestamp: str, headers: Mapping[str, str], body: bytes
) -> bool:
    """Tell whether an ``Authorization`` header signs this request for this service at this ``X-TC-Timestamp``."""
    match = _AUTHORIZATION.fullmatch(header)
    if match is None or not _TIMESTAMP.fullmatch(timestamp) or match["service"] != service:
        return False
    if not set(match["names"].split(";")) >= _REQUIRED or match["date"] != _day(int(timestamp)):
        return False
    canonical = canonical_request(headers=headers, names=match["names"], body=body)
    expected = signature(canonical, secret=secret, service=service, timestamp=int(timestamp))
    return hmac.compare_digest(expected, match["mac"])


def _day(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
