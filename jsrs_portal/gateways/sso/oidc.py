"""OpenID Connect, the authorization code flow with PKCE: the client for any provider (R-2.4.6; protocol reference 5.3).

The protocol is Authlib's (requests, client authentication) and joserfc's (tokens); calls go through
:mod:`jsrs_portal.gateways.http` like all others, so Authlib's own HTTP client is not used. Specifications: OpenID
Connect Core 1.0, RFC 6749, RFC 7636, RFC 9207.
"""

import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jws, jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)

from jsrs_portal import clock
from jsrs_portal.domain.assertions import Assertion, Source
from jsrs_portal.domain.outside_logins import CLOCK_LEEWAY, OLDEST_TOKEN, SsoProblem
from jsrs_portal.gateways import http
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.sso.claims import ClaimNames
from jsrs_portal.gateways.sso.keys import Metadata, Published, json_object
from jsrs_portal.gateways.sso.port import SsoFlow, refused

ALGORITHMS = ("RS256", "ES256", "PS256")
_CLAIM_PROBLEMS = {
    "iss": SsoProblem.ISSUER,
    "aud": SsoProblem.AUDIENCE,
    "azp": SsoProblem.AUDIENCE,
    "nonce": SsoProblem.NONCE,
    "exp": SsoProblem.TIME,
    "iat": SsoProblem.TIME,
    "nbf": SsoProblem.TIME,
}
_MOST_CODE = 4096


@dataclass(frozen=True, kw_only=True)
class OidcClient:
    """What the provider knows us by, and what we ask it for."""

    client_id: str
    client_secret: str
    authentication: str
    """How we are registered there: client_secret_basic or client_secret_post."""
    scope: str
    claims: ClaimNames
    id_types: Mapping[str, str]
    request_claims: bool
    """Whether to name the claims in the request (OpenID Connect Core, 5.5), for providers that give no others."""
    prompt: str
    """``login``: whoever is logged in there is asked again (OpenID Connect Core, 3.1.2.1); empty for none."""


class OidcProvider:
    """Implements :class:`jsrs_portal.gateways.sso.port.SsoProvider`."""

    def __init__(self, client: OidcClient, published: Published, *, timeout: float) -> None:
        """Take our registration, the provider and the deadline in seconds."""
        self._client = client
        self._published = published
        self._timeout = timeout

    async def begin(self, flow: SsoFlow) -> str:
        """Return the address of the authorization request."""
        meta = await self._published.metadata()
        more = {"prompt": self._client.prompt} if self._client.prompt else {}
        if self._client.request_claims:
            wanted = {name: None for name in self._client.claims.top()}
            more["claims"] = json.dumps({"id_token": wanted, "userinfo": wanted}, separators=(",", ":"))
        return str(
            prepare_grant_uri(
                meta.authorization_endpoint,
                self._client.client_id,
                "code",
                redirect_uri=flow.redirect_uri,
                scope=self._client.scope,
                state=flow.state,
                nonce=flow.nonce,
                code_challenge=create_s256_code_challenge(flow.verifier),
                code_challenge_method="S256",
                **more,
            )
        )

    async def finish(self, flow: SsoFlow, answer: Mapping[str, str]) -> Assertion:
        """Exchange the code, verify the ID token, and read who it is about."""
        meta = await self._published.metadata()
        _check_issuer(meta, answer.get("iss"))
        if "error" in answer:
            denied = answer["error"] in ("access_denied", "login_required", "consent_required", "interaction_required")
            raise refused(SsoProblem.DENIED if denied else SsoProblem.PROVIDER)
        code = answer.get("code", "")
        if not 0 < len(code) <= _MOST_CODE or not code.isascii() or not code.isprintable():
            raise refused(SsoProblem.PROVIDER)
        tokens = await self._exchange(meta, flow, code)
        claims = await self._verified(tokens.get("id_token"), flow)
        said = await self._with_userinfo(meta, claims, tokens.get("access_token"))
        return self._client.claims.read(
            said,
            source=Source.OIDC,
            issuer=self._published.issuer,
            subject=claims["sub"],
            id_types=self._client.id_types,
        )

    async def _exchange(self, meta: Metadata, flow: SsoFlow, code: str) -> dict[str, Any]:
        body = prepare_token_request(
            "authorization_code", redirect_uri=flow.redirect_uri, code=code, code_verifier=flow.verifier
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        url, headers, body = self._authentication().prepare("POST", meta.token_endpoint, headers, body)
        answer = await http.call(
            System.SSO, "POST", url, timeout=self._timeout, headers=headers, body=str(body).encode()
        )
        if answer.status == 200:
            return json_object(answer.body)
        try:
            reply = json_object(answer.body)
        except GatewayError:  # what the browser brought may be answered by any page of theirs
            reply = {}
        if reply.get("error") in ("invalid_client", "unauthorized_client") or answer.status == 401:
            raise GatewayError(System.SSO, GatewayFailure.MISCONFIGURED, "invalid_client")
        raise refused(SsoProblem.CODE)

    def _authentication(self) -> ClientAuth:
        """Return how we prove who we are; in the header both are form-encoded first (RFC 6749, 2.3.1)."""
        client = self._client
        if client.authentication == "client_secret_post":
            return ClientAuth(client.client_id, client.client_secret, client.authentication)
        return ClientAuth(quote_plus(client.client_id), quote_plus(client.client_secret), client.authentication)

    async def _verified(self, token: object, flow: SsoFlow) -> dict[str, Any]:
        """Return the claims of an ID token whose signature, issuer, audience, times and nonce are right."""
        if not isinstance(token, str):
            raise refused(SsoProblem.TOKEN)
        header = _header(token)
        if header.get("alg") not in ALGORITHMS:
            raise refused(SsoProblem.ALGORITHM)
        kid: object = header.get("kid", "")
        keys = await self._published.key_for(kid if isinstance(kid, str) else "?")
        try:
            claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            self._registry(flow).validate(claims)
        except BadSignatureError:
            raise refused(SsoProblem.SIGNATURE) from None
        except UnsupportedAlgorithmError:
            raise refused(SsoProblem.ALGORITHM) from None
        except ExpiredTokenError:
            raise refused(SsoProblem.TIME) from None
        except (InvalidClaimError, MissingClaimError) as error:
            name = str(error.claim).partition(",")[0]
            raise refused(_CLAIM_PROBLEMS.get(name, SsoProblem.TOKEN)) from None
        except (JoseError, ValueError, TypeError, binascii.Error):
            raise refused(SsoProblem.TOKEN) from None
        _check_audience(claims, self._client.client_id)
        if claims["iat"] < clock.now().timestamp() - OLDEST_TOKEN - CLOCK_LEEWAY:
            raise refused(SsoProblem.TIME)
        if not hmac.compare_digest(str(claims["nonce"]).encode(), flow.nonce.encode()):
            raise refused(SsoProblem.NONCE)
        return claims

    def _registry(self, flow: SsoFlow) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=lambda: int(clock.now().timestamp()),
            leeway=CLOCK_LEEWAY,
            iss={"essential": True, "value": self._published.issuer},
            aud={"essential": True, "value": self._client.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": flow.nonce},
            sub={"essential": True},
        )

    async def _with_userinfo(self, meta: Metadata, claims: dict[str, Any], token: object) -> dict[str, Any]:
        """Return the claims with what the UserInfo endpoint adds, asked only when they name no unit or no person.

        Its subject has to be the ID token's (OpenID Connect Core, 5.3.2), and it changes nothing that was signed.
        """
        read = self._client.claims
        whole = all(_present(claims, path) for path in (read.uscc, read.person_id_number) if path)
        if whole or not meta.userinfo_endpoint or not isinstance(token, str) or not token.isascii():
            return claims
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        answer = await http.call(System.SSO, "GET", meta.userinfo_endpoint, timeout=self._timeout, headers=headers)
        if answer.status != 200:
            raise GatewayError(System.SSO, GatewayFailure.BAD_ANSWER, f"userinfo_{answer.status}")
        more = json_object(answer.body)
        if more.get("sub") != claims["sub"]:
            raise refused(SsoProblem.SUBJECT)
        return more | claims


def _check_issuer(meta: Metadata, iss: str | None) -> None:
    """Refuse an answer that says another issuer than the one asked, or none where ours always says it (RFC 9207)."""
    if iss is None:
        if meta.authorization_response_iss_parameter_supported:
            raise refused(SsoProblem.ISSUER)
    elif iss != meta.issuer:
        raise refused(SsoProblem.ISSUER)


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    """With several audiences a token must say that it was made for us, never for somebody else (Core, 3.1.3.7)."""
    audience, azp = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1  # pyright: ignore[reportUnknownArgumentType]
    if (azp is None and several) or (azp is not None and azp != client_id):
        raise refused(SsoProblem.AUDIENCE)
    subject: object = claims["sub"]
    if not isinstance(subject, str) or len(subject) > 255:
        raise refused(SsoProblem.TOKEN)


def _header(token: str) -> dict[str, Any]:
    try:
        return dict(jws.extract_compact(token.encode()).headers())
    except (JoseError, ValueError, TypeError):
        raise refused(SsoProblem.TOKEN) from None


def _present(claims: Mapping[str, Any], path: str) -> bool:
    value: Any = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None  # pyright: ignore[reportUnknownMemberType]
    return bool(value)
