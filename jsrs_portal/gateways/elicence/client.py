"""The licence system over HTTP. Unverified, its interface is not public: see docs/provincial-login.md.

A request is a JSON object with our id, the time, a nonce and an SM3-HMAC over all the rest; an answer carries an SM2
signature by a key of theirs that is in the settings. Both cover canonical JSON (:mod:`.sm2`).
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from jsrs_portal import clock
from jsrs_portal.domain.assertions import Assertion, Source
from jsrs_portal.domain.identifiers import check_uscc
from jsrs_portal.domain.outside_logins import (
    LICENCE_FRESH,
    LICENCE_LIFE,
    HolderType,
    LicenceProblem,
    LicenceState,
)
from jsrs_portal.gateways import http
from jsrs_portal.gateways.elicence import sm2
from jsrs_portal.gateways.elicence.fields import LicenceFields, Words, instant_of, text_of
from jsrs_portal.gateways.elicence.port import LicenceAnswer, LicenceCode, refused
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System

_MOST_QR = 1000
_MOST_SERIAL = 64


class LicenceClient:
    """Implements :class:`jsrs_portal.gateways.elicence.port.ELicence`."""

    def __init__(
        self,
        *,
        base: str,
        app_id: str,
        secret: str,
        keys: Sequence[bytes],
        fields: LicenceFields,
        words: Words,
        timeout: float,
    ) -> None:
        """Take the address, what we are known by there, their public keys and their words."""
        self._base = base.rstrip("/")
        self._app_id = app_id
        self._secret = secret
        self._keys = tuple(keys)
        self._names = fields
        self._words = words
        self._timeout = timeout

    async def create_qr(self, *, purpose: str, callback_url: str) -> LicenceCode:
        """Begin a login."""
        names = self._names
        reply = await self._ask(names.create_path, {names.purpose: purpose, names.callback_url: callback_url})
        self._believe(reply)
        serial, text = text_of(reply, names.serial), reply.get(names.qr_text)
        lasts: object = reply.get(names.expires_in)
        usable = 0 < len(serial) <= _MOST_SERIAL and isinstance(text, str) and 0 < len(text) <= _MOST_QR
        if not usable or isinstance(lasts, bool) or not isinstance(lasts, int) or lasts <= 0:
            raise GatewayError(System.LICENCE, GatewayFailure.BAD_ANSWER, "malformed")
        return LicenceCode(serial, str(text), clock.now() + min(timedelta(seconds=min(lasts, 3600)), LICENCE_LIFE))

    async def poll(self, serial: str) -> LicenceAnswer:
        """Ask how a login stands; an answer about another one is refused."""
        reply = await self._ask(self._names.result_path, {self._names.serial: serial})
        answer = self._read(reply)
        if answer.serial != serial:
            raise refused(LicenceProblem.SERIAL)
        return answer

    def read_callback(self, body: bytes) -> LicenceAnswer:
        """Verify what was sent to us."""
        return self._read(_object(body))

    async def _ask(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        names = self._names
        content = content | {
            names.app_id: self._app_id,
            names.timestamp: str(int(clock.now().timestamp())),
            names.nonce: clock.new_id(),
        }
        content[names.sign] = sm2.seal(content, self._secret)
        answer = await http.call(
            System.LICENCE,
            "POST",
            self._base + path,
            timeout=self._timeout,
            headers={"Content-Type": "application/json; charset=utf-8"},
            body=json.dumps(content, ensure_ascii=False).encode(),
        )
        if answer.status in (401, 403):
            raise GatewayError(System.LICENCE, GatewayFailure.MISCONFIGURED, str(answer.status))
        if answer.status != 200:
            raise GatewayError(System.LICENCE, GatewayFailure.REFUSED, str(answer.status))
        return _object(answer.body)

    def _believe(self, reply: dict[str, Any]) -> None:
        """Refuse what is not signed by one of their keys; a certificate sent along must hold one of them."""
        names = self._names
        certificate = reply.get(names.sign_cert)
        keys = self._keys
        if certificate is not None:
            try:
                own = sm2.read_public_key(str(certificate))
            except (ValueError, TypeError):
                raise refused(LicenceProblem.KEY) from None
            if own not in keys:
                raise refused(LicenceProblem.KEY)
            keys = (own,)
        signed = {name: value for name, value in reply.items() if name not in (names.sign, names.sign_cert)}
        if not any(sm2.verifies(signed, reply.get(names.sign), key) for key in keys):
            raise refused(LicenceProblem.SIGNATURE)

    def _read(self, reply: dict[str, Any]) -> LicenceAnswer:
        self._believe(reply)
        serial = text_of(reply, self._names.serial)
        state = self._words.state(text_of(reply, self._names.state))
        if not serial or state is None:
            raise GatewayError(System.LICENCE, GatewayFailure.BAD_ANSWER, "malformed")
        if state is not LicenceState.AUTHED:
            return LicenceAnswer(serial, state)
        data: Any = reply.get(self._names.data)
        if not isinstance(data, dict):
            raise refused(LicenceProblem.INCOMPLETE)
        return LicenceAnswer(serial, state, self._assertion(data))  # pyright: ignore[reportUnknownArgumentType]

    def _assertion(self, data: dict[str, Any]) -> Assertion:
        """Return what a shown licence proves: the unit, and who showed it if the result says their ID number."""
        names = self._names
        signed_at = instant_of(data.get(names.sign_time))
        if signed_at is None or abs(clock.now() - signed_at) > LICENCE_FRESH:
            raise refused(LicenceProblem.TIME)
        if not self._words.in_force(text_of(data, names.licence_state)):
            raise refused(LicenceProblem.STATE)
        uscc = check_uscc(text_of(data, names.uscc))
        if uscc.problem or not uscc.value:
            raise refused(LicenceProblem.USCC)
        holder = self._words.holder(text_of(data, names.holder_type))
        if holder is None:
            raise refused(LicenceProblem.HOLDER)
        name, number = text_of(data, names.holder_name), text_of(data, names.holder_id_number).upper()
        legal = text_of(data, names.legal_name)
        subject = text_of(data, names.certificate) or text_of(data, names.licence_serial)
        if not subject or not legal or not name or (holder is HolderType.LEGAL_REP and name != legal):
            raise refused(LicenceProblem.INCOMPLETE)
        return Assertion(
            source=Source.LICENCE,
            issuer=self._base,
            subject=subject,
            uscc=uscc.value,
            unit_name=text_of(data, names.unit_name),
            legal_name=legal,
            legal_id_number=number if holder is HolderType.LEGAL_REP else "",
            person_name=name if number else "",
            person_id_number=number,
            needs_person=holder is not HolderType.LEGAL_REP,
        )


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise GatewayError(System.LICENCE, GatewayFailure.BAD_ANSWER, "malformed")
    return found  # pyright: ignore[reportUnknownVariableType]
