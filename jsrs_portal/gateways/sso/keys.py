"""What an OpenID Connect provider publishes about itself: its metadata and its keys, fetched when needed, kept a while.

A key that is not known makes us fetch the keys once more, since providers change theirs; after that it is a foreign
one. Unknown keys in a row do not make us ask more often than every ten seconds.
"""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jsrs_portal.domain.outside_logins import SsoProblem
from jsrs_portal.gateways import http
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.sso.port import refused

METADATA_KEPT = 600.0
KEYS_KEPT = 600.0
REFETCH_PAUSE = 10.0
_MOST_KEYS = 50
_Address = Annotated[str, Field(min_length=8, max_length=500)]


class Metadata(BaseModel):
    """OpenID Connect Discovery 1.0, section 3: what of it is used."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    issuer: str
    authorization_endpoint: _Address
    token_endpoint: _Address
    jwks_uri: _Address
    userinfo_endpoint: str = ""
    authorization_response_iss_parameter_supported: bool = False
    code_challenge_methods_supported: list[str] | None = None


class Published:
    """A provider's metadata and keys; one per process."""

    def __init__(self, *, issuer: str, timeout: float, now: Callable[[], float] = time.monotonic) -> None:
        """Take the provider's issuer identifier exactly as it writes it, and a clock that never goes back."""
        self.issuer = issuer
        self._timeout = timeout
        self._now = now
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._asked_at = float("-inf")
        self._lock = asyncio.Lock()

    async def metadata(self) -> Metadata:
        """Return the metadata; raises ISSUER when it is another issuer's, MISCONFIGURED for addresses we do not use."""
        if self._metadata is not None and self._now() - self._metadata[0] < METADATA_KEPT:
            return self._metadata[1]
        document = await self._fetch(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        try:
            found = Metadata.model_validate(document)
        except ValidationError:
            raise GatewayError(System.SSO, GatewayFailure.BAD_ANSWER, "metadata") from None
        if found.issuer != self.issuer:
            raise refused(SsoProblem.ISSUER)
        secure = urlsplit(self.issuer).scheme == "https"
        addresses = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri, found.userinfo_endpoint)
        for address in addresses:
            scheme = urlsplit(address).scheme
            if address and scheme != "https" and (secure or scheme != "http"):
                raise GatewayError(System.SSO, GatewayFailure.MISCONFIGURED, "address", answered=False)
        methods = found.code_challenge_methods_supported
        if methods is not None and "S256" not in methods:
            raise GatewayError(System.SSO, GatewayFailure.MISCONFIGURED, "pkce", answered=False)
        self._metadata = (self._now(), found)
        return found

    async def key_for(self, kid: str) -> KeySet:
        """Return the keys, among them the one called ``kid``; raises KEY when the provider has published none."""
        keys = await self._fresh_keys(again=False)
        if not _has(keys, kid):
            keys = await self._fresh_keys(again=True)
        if not _has(keys, kid):
            raise refused(SsoProblem.KEY)
        return keys

    async def _fresh_keys(self, *, again: bool) -> KeySet:
        asked = self._now()
        async with self._lock:
            kept = self._keys
            if kept is not None:
                old = asked - kept[0] >= KEYS_KEPT
                # Somebody else may have fetched them while this one waited for the lock.
                may_ask = again and kept[0] < asked and asked - self._asked_at >= REFETCH_PAUSE
                if not old and not may_ask:
                    return kept[1]
            if again:
                self._asked_at = self._now()
            document = await self._fetch((await self.metadata()).jwks_uri)
            keys = _read_keys(document)
            self._keys = (self._now(), keys)
            return keys

    async def _fetch(self, address: str) -> dict[str, Any]:
        answer = await http.call(
            System.SSO, "GET", address, timeout=self._timeout, headers={"Accept": "application/json"}
        )
        if answer.status != 200:
            raise GatewayError(System.SSO, GatewayFailure.BAD_ANSWER, str(answer.status))
        return json_object(answer.body)


def json_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object; raises BAD_ANSWER for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise GatewayError(System.SSO, GatewayFailure.BAD_ANSWER, "malformed")
    return found  # pyright: ignore[reportUnknownVariableType]


def _read_keys(document: dict[str, Any]) -> KeySet:
    """Return the public signature keys of a JWKS; what we cannot read is not there."""
    entries: Any = document.get("keys")
    usable: list[Any] = []
    for entry in entries[:_MOST_KEYS] if isinstance(entries, list) else []:  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(entry, dict) or entry.get("kty") not in ("RSA", "EC"):  # pyright: ignore[reportUnknownMemberType]
            continue
        if entry.get("use", "sig") != "sig" or "d" in entry:  # pyright: ignore[reportUnknownMemberType]
            continue
        try:
            usable += KeySet.import_key_set({"keys": [entry]}).keys  # pyright: ignore[reportArgumentType]
        except (JoseError, ValueError, TypeError):
            continue
    if not usable:
        raise GatewayError(System.SSO, GatewayFailure.BAD_ANSWER, "keys")
    return KeySet(usable)


def _has(keys: KeySet, kid: str) -> bool:
    """Tell whether a key has this name; a token without one is read by the only key there is."""
    return any(key.kid == kid for key in keys.keys) if kid else len(keys.keys) == 1
