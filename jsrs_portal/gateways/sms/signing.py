"""ACS3-HMAC-SHA256, the V3 signature of Alibaba Cloud's APIs: pure functions for the client and the simulator.

Source: Alibaba Cloud, "V3 版本请求体&签名机制", with its published example as the test (protocol reference §2.1).
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    ALGORITHM + r" Credential=(?P<key>[^,\s]+), ?SignedHeaders=(?P<names>[a-z0-9;-]+), ?Signature=(?P<mac>[0-9a-f]{64})"
)
_REQUIRED = frozenset(
    {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}
)


def percent_encode(text: str) -> str:
    """Encode as RFC 3986 does: only letters, digits and ``-_.~`` stay."""
    return quote(text, safe="-_.~")


def canonical_query(query: Mapping[str, str]) -> str:
    """Return the query as it is signed, and as it may be sent."""
    return "&".join(f"{percent_encode(key)}={percent_encode(query[key])}" for key in sorted(query))


def signed_names(headers: Mapping[str, str]) -> str:
    """Return which headers are signed: host, content-type and every ``x-acs-…``, in order."""
    chosen = {name.lower() for name in headers}
    return ";".join(sorted(name for name in chosen if name in ("host", "content-type") or name.startswith("x-acs-")))


def canonical_request(
    *, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], names: str, body_hash: str
) -> str:
    """Return the canonical request (规范化请求) over the headers listed in ``names``."""
    lowered = {name.lower(): value.strip() for name, value in headers.items()}
    lines = "".join(f"{name}:{lowered.get(name, '')}\n" for name in names.split(";"))
    return "\n".join([method, path, canonical_query(query), lines, names, body_hash])


def signature(canonical: str, secret: str) -> str:
    """Sign a canonical request with the AccessKey secret."""
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def authorization(
    *, access_key: str, secret: str, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> str:
    """Return the ``Authorization`` header for a request; ``headers`` already hold the body's hash."""
    names = signed_names(headers)
    lowered = {name.lower(): value for name, value in headers.items()}
    canonical = canonical_request(
        method=method,
        path=path,
        query=query,
        headers=headers,
        names=names,
        body_hash=lowered["x-acs-content-sha256"],
    )
    return f"{ALGORITHM} Credential={access_key},SignedHeaders={names},Signature={signature(canonical, secret)}"


def claimed_key(header: str) -> str | None:
    """Return the AccessKey id a request claims to be signed with, ``None`` if it claims nothing readable."""
    match = _AUTHORIZATION.fullmatch(header)
    return match["key"] if match else None


def verifies(
    header: str, *, secret: str, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> bool:
    """Tell whether an ``Authorization`` header signs this request, everything it must sign included."""
    match = _AUTHORIZATION.fullmatch(header)
    if match is None or not set(match["names"].split(";")) >= _REQUIRED:
        return False
    canonical = canonical_request(
        method=method,
        path=path,
        query=query,
        headers=headers,
        names=match["names"],
        body_hash=headers.get("x-acs-content-sha256", ""),
    )
    return hmac.compare_digest(signature(canonical, secret), match["mac"])
