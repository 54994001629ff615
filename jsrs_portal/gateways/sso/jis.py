"""JIS (大汉统一身份认证): as seen in public code of other provinces, unverified for Jiangsu (protocols.md, 5.1).

The browser comes back with a ticket; with it we ask for a token, with the token for the corporate user, whose data is
AES-ECB under the shared appword. MD5 and ECB are the protocol's, not ours: what protects it is TLS and the appword.
There is no nonce and no signature, so whose login it is hangs on our state, which travels in the return address.
"""

import hashlib
import json
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from jsrs_portal import clock
from jsrs_portal.domain.assertions import Assertion, Source
from jsrs_portal.domain.outside_logins import SsoProblem
from jsrs_portal.gateways import http
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.sso.claims import ClaimNames
from jsrs_portal.gateways.sso.keys import json_object
from jsrs_portal.gateways.sso.port import SsoFlow, refused

DONE = "000000"
TICKET, CORPORATION = "ticketValidate", "findCorUserByToken"
CORPORATE = "2"
NAMES = {
    "uscc": "creditcode",
    "unit_name": "corname",
    "legal_name": "corpersonname",
    "legal_id_type": "",
    "legal_id_number": "corpersonnumber",
    "person_name": "name",
    "person_id_type": "",
    "person_id_number": "cardid",
}
"""Their names of the facts, where the settings say nothing else; unverified."""
_MOST = 2048


def signature(*, appmark: str, appword: str, time: str) -> str:
    """Return the ``sign`` of a request."""
    return hashlib.md5(f"{appmark}{appword}{time}".encode(), usedforsecurity=False).hexdigest()


def encrypt(content: str, appword: str) -> str:
    """Return ``content`` as their ``data``: hex of AES-ECB with PKCS#7 padding. For the simulator."""
    padder = PKCS7(128).padder()
    padded = padder.update(content.encode()) + padder.finalize()
    encryptor = _cipher(appword).encryptor()
    return (encryptor.update(padded) + encryptor.finalize()).hex()


def decrypt(data: str, appword: str) -> str:
    """Return what :func:`encrypt` hid; raises ValueError for anything else."""
    decryptor, unpadder = _cipher(appword).decryptor(), PKCS7(128).unpadder()
    padded = decryptor.update(bytes.fromhex(data)) + decryptor.finalize()
    return (unpadder.update(padded) + unpadder.finalize()).decode()


def _cipher(appword: str) -> Cipher[modes.ECB]:
    return Cipher(algorithms.AES(appword.encode()), modes.ECB())  # noqa: S305 - as JIS has it  # nosec B305


@dataclass(frozen=True, kw_only=True)
class JisClient:
    """Where it answers, what it knows us by, and its names of the facts."""

    interface: str
    login: str
    appmark: str
    appword: str
    subject: str
    claims: ClaimNames
    id_types: Mapping[str, str]


class JisProvider:
    """Implements :class:`jsrs_portal.gateways.sso.port.SsoProvider`."""

    def __init__(self, client: JisClient, *, timeout: float) -> None:
        """Take our registration and the deadline in seconds; ValueError for an appword that is no AES key."""
        if len(client.appword.encode()) not in (16, 24, 32):
            raise ValueError("the appword is no AES key: it has 16, 24 or 32 characters")
        self._client = client
        self._timeout = timeout

    async def begin(self, flow: SsoFlow) -> str:
        """Return the address of the login page. The names in its query are unverified."""
        back = f"{flow.redirect_uri}?{urlencode({'state': flow.state})}"
        query = urlencode({"appMark": self._client.appmark, "userType": CORPORATE, "backUrl": back})
        return f"{self._client.login}{'&' if urlsplit(self._client.login).query else '?'}{query}"

    async def finish(self, flow: SsoFlow, answer: Mapping[str, str]) -> Assertion:
        """Exchange the ticket, once, for the corporate user."""
        ticket = answer.get("ticket", "")
        if not 0 < len(ticket) <= _MOST:
            raise refused(SsoProblem.PROVIDER if ticket or "error" in answer else SsoProblem.DENIED)
        found = await self._ask(TICKET, {"ticket": ticket}, SsoProblem.CODE)
        token: object = _object(found).get("token")
        if not isinstance(token, str) or not token:
            raise refused(SsoProblem.TOKEN)
        data = await self._ask(CORPORATION, {"token": token}, SsoProblem.UNIT)
        try:
            text = decrypt(data, self._client.appword)
        except ValueError:
            raise refused(SsoProblem.SIGNATURE) from None
        user = _object(text)
        subject: object = user.get(self._client.subject)
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise refused(SsoProblem.TOKEN)
        return self._client.claims.read(
            user,
            source=Source.JIS,
            issuer=self._client.interface,
            subject=subject,
            id_types=self._client.id_types,
        )

    async def _ask(self, service: str, params: dict[str, str], no: SsoProblem) -> str:
        """Call a service and return its ``data``; ``no`` is what a return code other than success means."""
        client = self._client
        now: datetime = clock.now().astimezone(clock.BEIJING)
        time = f"{now:%Y%m%d%H%M%S}"
        form = {
            "appmark": client.appmark,
            "time": time,
            "sign": signature(appmark=client.appmark, appword=client.appword, time=time),
            "servicename": service,
            "params": json.dumps(params, separators=(",", ":")),
        }
        answer = await http.call(
            System.SSO,
            "POST",
            client.interface,
            timeout=self._timeout,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode(),
        )
        if answer.status != 200:
            raise GatewayError(System.SSO, GatewayFailure.BAD_ANSWER, str(answer.status))
        reply = json_object(answer.body)
        if reply.get("retcode") != DONE:
            raise refused(no)
        data: object = reply.get("data")
        if not isinstance(data, str) or not _printable(data):
            raise refused(SsoProblem.TOKEN)
        return data


def _printable(text: str) -> bool:
    return all(sign in string.printable or sign.isprintable() for sign in text)


def _object(text: str) -> dict[str, Any]:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise refused(SsoProblem.TOKEN)
    return found  # pyright: ignore[reportUnknownVariableType]
