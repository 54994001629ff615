"""Signed JSON over HTTP: our protocol with the business registry and the real-name check, both ends of it.

No public interface of either system exists to be followed, so this is what an adapter in front of theirs speaks.

A request is ``POST {base}{path}`` with a JSON object as body (UTF-8) and the headers

* ``X-App-Id`` — who calls; ``X-Timestamp`` — Unix seconds; ``X-Nonce`` — 32 hexadecimal digits, never used before;
* ``X-Signature`` — hex HMAC-SHA256 with the shared secret over
  ``"POST\\n{path}\\n{app_id}\\n{timestamp}\\n{nonce}\\n{hex SHA-256 of the body}"``;
  ``path`` is the whole path of the address called, without its query.

An answer carries ``X-Timestamp``, ``X-Nonce`` (the request's) and ``X-Signature`` over
``"{status}\\n{nonce}\\n{timestamp}\\n{hex SHA-256 of the body}"``. Clocks may differ by 300 seconds. The status is 200
with the result, 401 when the caller is not believed, 429 for too many calls, another 4xx when it is refused, the last
three with ``{"code": "…", "message": "…"}``. Signatures are compared in constant time.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from jsrs_portal import clock
from jsrs_portal.gateways import http
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System

MOST_SKEW = 300
_NONCE = re.compile(r"[0-9a-f]{32}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def request_signature(secret: str, *, path: str, app_id: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Sign a request."""
    lines = ["POST", path, app_id, timestamp, nonce, hashlib.sha256(body).hexdigest()]
    return _mac(secret, "\n".join(lines))


def request_headers(secret: str, *, path: str, app_id: str, body: bytes) -> dict[str, str]:
    """Return the headers of a fresh request, each nonce once."""
    timestamp, nonce = str(int(clock.now().timestamp())), clock.new_id()
    signature = request_signature(secret, path=path, app_id=app_id, timestamp=timestamp, nonce=nonce, body=body)
    return {
        "Content-Type": "application/json; charset=utf-8",
        "X-App-Id": app_id,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": signature,
    }


def answer_signature(secret: str, *, status: int, nonce: str, timestamp: str, body: bytes) -> str:
    """Sign an answer to the request that carried ``nonce``."""
    return _mac(secret, "\n".join([str(status), nonce, timestamp, hashlib.sha256(body).hexdigest()]))


def _mac(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _fresh(timestamp: str) -> bool:
    return bool(_TIMESTAMP.fullmatch(timestamp)) and (abs(int(timestamp) - clock.now().timestamp()) <= MOST_SKEW)


def request_fault(headers: Mapping[str, str], *, path: str, body: bytes, app_id: str, secret: str) -> str | None:
    """Return why the server does not believe a request, ``None`` when it does; the nonce's first use is its to check.

    ``headers`` has lower-case names. The codes: UNKNOWN_APP, STALE_TIMESTAMP, BAD_NONCE, BAD_SIGNATURE.
    """
    timestamp, nonce = headers.get("x-timestamp", ""), headers.get("x-nonce", "")
    if headers.get("x-app-id", "") != app_id:
        return "UNKNOWN_APP"
    if not _fresh(timestamp):
        return "STALE_TIMESTAMP"
    if not _NONCE.fullmatch(nonce):
        return "BAD_NONCE"
    expected = request_signature(secret, path=path, app_id=app_id, timestamp=timestamp, nonce=nonce, body=body)
    if not hmac.compare_digest(expected.encode(), headers.get("x-signature", "").encode()):
        return "BAD_SIGNATURE"
    return None


class SignedJsonClient:
    """The calling end: signs, sends, and believes only answers signed for this very request."""

    def __init__(self, system: System, *, base: str, app_id: str, secret: str, timeout: float) -> None:
        """Take the base address, our id and the shared secret there, and the deadline in seconds."""
        self._system = system
        self._base = base.rstrip("/")
        self._app_id = app_id
        self._secret = secret
        self._timeout = timeout

    async def post(self, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Post ``content`` and return the object answered; raises GatewayError, REFUSED for a signed 4xx."""
        url = self._base + path
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        headers = request_headers(self._secret, path=urlsplit(url).path, app_id=self._app_id, body=body)
        answer = await http.call(self._system, "POST", url, timeout=self._timeout, headers=headers, body=body)
        if answer.status == 401:  # it has no common secret with us to sign this one
            raise GatewayError(self._system, GatewayFailure.MISCONFIGURED, "401")
        self._verify(answer, headers["X-Nonce"])
        reply = self._parse(answer.body)
        if answer.status != 200:
            code = reply.get("code")
            raise GatewayError(
                self._system, GatewayFailure.REFUSED, code if isinstance(code, str) else str(answer.status)
            )
        return reply

    def _verify(self, answer: http.Answer, nonce: str) -> None:
        timestamp = answer.headers.get("x-timestamp", "")
        expected = answer_signature(
            self._secret, status=answer.status, nonce=nonce, timestamp=timestamp, body=answer.body
        )
        if answer.headers.get("x-nonce") != nonce or not hmac.compare_digest(
            expected.encode(), answer.headers.get("x-signature", "").encode()
        ):
            raise GatewayError(self._system, GatewayFailure.BAD_ANSWER, "signature")
        if not _fresh(timestamp):
            raise GatewayError(self._system, GatewayFailure.BAD_ANSWER, "timestamp")

    def _parse(self, body: bytes) -> dict[str, Any]:
        try:
            reply = json.loads(body)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict):
            raise GatewayError(self._system, GatewayFailure.BAD_ANSWER, "malformed")
        return reply
