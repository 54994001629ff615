"""The simulated provincial platform: an OpenID Connect provider with a login page that needs no password (R-2.4.6).

Like a real one it knows one client and its redirect addresses, demands PKCE by S256, gives each code once and for a
minute, checks secret, redirect address and verifier, and changes its keys when told to.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from html import escape
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from jsrs_portal import clock
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.simulation.faults import Fault, Faults
from jsrs_portal.gateways.simulation.pages import page
from jsrs_portal.gateways.simulation.store import Store
from jsrs_portal.gateways.sso.sandbox_people import account, choice
from jsrs_portal.gateways.sso.sandbox_tokens import Keys, claims_of, id_token

SCHEMA = """
CREATE TABLE IF NOT EXISTS sso_codes (
    code TEXT PRIMARY KEY, request TEXT NOT NULL, person TEXT NOT NULL, unit TEXT NOT NULL,
    created_at REAL NOT NULL, access_token TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
"""
PATH = "/sso"
CODE_SECONDS = 60
_TITLE = "模拟省政务服务平台"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_NO_STORE = {"Cache-Control": "no-store"}
_PASSED_ON = ("client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge")


class OidcSimulator:
    """Knows one client."""

    def __init__(
        self, *, issuer: str, client_id: str, secret: str, redirect_uris: tuple[str, ...], store: Store, faults: Faults
    ) -> None:
        """Take what the provider calls itself, the client, and what all simulators share."""
        self._issuer = issuer
        self._client_id = client_id
        self._secret = secret
        self._redirect_uris = redirect_uris
        self._store = store
        self._faults = faults
        self._keys = Keys()

    def routes(self) -> list[Route]:
        """Return the provider's endpoints."""
        token = self._faults.around(System.SSO, self.token)
        return [
            Route(f"{PATH}/.well-known/openid-configuration", self.metadata, methods=["GET"]),
            Route(f"{PATH}/jwks", self.jwks, methods=["GET"]),
            Route(f"{PATH}/authorize", self.ask, methods=["GET"]),
            Route(f"{PATH}/authorize", self.decide, methods=["POST"]),
            Route(f"{PATH}/token", token, methods=["POST"]),
            Route(f"{PATH}/userinfo", self.userinfo, methods=["GET"]),
            Route(f"{PATH}/rotate", self.rotate, methods=["POST"]),
        ]

    async def metadata(self, _request: Request) -> Response:
        """Discovery."""
        return JSONResponse(
            {
                "issuer": self._issuer,
                "authorization_endpoint": f"{self._issuer}/authorize",
                "token_endpoint": f"{self._issuer}/token",
                "userinfo_endpoint": f"{self._issuer}/userinfo",
                "jwks_uri": f"{self._issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256", "ES256", "PS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
                "claims_parameter_supported": False,
            },
            headers=_NO_STORE,
        )

    async def jwks(self, _request: Request) -> Response:
        """The public keys."""
        return JSONResponse(self._keys.published(), headers=_NO_STORE)

    async def rotate(self, request: Request) -> Response:
        """``POST /sso/rotate`` {"alg": "ES256"}: a new key. Only JSON is read, as in the control of faults."""
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return JSONResponse({"error": "application/json expected"}, 415)
        try:
            algorithm: Any = json.loads(await request.body()).get("alg")
        except (ValueError, AttributeError):
            algorithm = None
        if algorithm not in ("RS256", "ES256", "PS256"):
            return JSONResponse({"error": "unknown algorithm"}, 422)
        self._keys.rotate(algorithm)
        return JSONResponse({"kid": self._keys.current.kid})

    async def ask(self, request: Request) -> Response:
        """The login page. A client or redirect address unknown is said here; nobody is sent there."""
        asked = dict(request.query_params)
        fault = self._fault(asked)
        if fault:
            return page(_TITLE, f'<p class="card">请求不符合接口约定：{escape(fault)}。</p>', status=400, narrow=True)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(asked.get(name, ""))}">' for name in _PASSED_ON
        )
        form = (
            f'<form method="post" action="{PATH}/authorize" class="stack">{hidden}'
            '<p class="note">真实环境在这里登录省政务服务平台。演示时请选择登录人和所代表的单位。</p>'
            f'{choice()}<button class="primary" name="act" value="login">登录并授权</button>'
            '<button name="act" value="deny">取消</button></form>'
        )
        return page(_TITLE, form, narrow=True, submits_to=asked["redirect_uri"])

    def _fault(self, asked: dict[str, str]) -> str:
        if asked.get("client_id") != self._client_id:
            return "client_id"
        if asked.get("redirect_uri") not in self._redirect_uris:
            return "redirect_uri"
        if "openid" not in asked.get("scope", "").split():
            return "scope"
        if asked.get("response_type", "code") != "code":
            return "response_type"
        if asked.get("code_challenge_method", "S256") != "S256" or not _CHALLENGE.fullmatch(
            asked.get("code_challenge", "")
        ):
            return "code_challenge"
        return "" if asked.get("state") and asked.get("nonce") else "state, nonce"

    async def decide(self, request: Request) -> Response:
        """Somebody logged in, or would not."""
        sent = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        chosen = account(sent.get("person", ""), sent.get("unit", ""))
        if self._fault(sent) or (sent.get("act") != "deny" and chosen is None):
            return page(_TITLE, '<p class="card">请求不符合接口约定。</p>', status=400, narrow=True)
        answer = {"state": sent["state"], "iss": self._issuer}
        if chosen is None or sent.get("act") == "deny":
            answer["error"] = "access_denied"
        else:
            answer["code"] = clock.new_token()
            kept = json.dumps({name: sent[name] for name in _PASSED_ON})
            async with self._store.transaction() as connection:
                await connection.execute(
                    "INSERT INTO sso_codes (code, request, person, unit, created_at) VALUES (?, ?, ?, ?, ?)",
                    (answer["code"], kept, sent["person"], sent.get("unit", ""), clock.now().timestamp()),
                )
        return RedirectResponse(f"{sent['redirect_uri']}?{urlencode(answer)}", 303, _NO_STORE)

    async def token(self, request: Request, fault: Fault) -> Response:
        """Exchange a code, once."""
        sent = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        if not self._believes(request, sent):
            return _error(401, "invalid_client")
        if sent.get("grant_type") != "authorization_code":
            return _error(400, "unsupported_grant_type")
        access_token = clock.new_token()
        async with self._store.transaction() as connection:
            cursor = await connection.execute(
                "UPDATE sso_codes SET access_token = ? WHERE code = ? AND access_token = '' RETURNING *",
                (access_token, sent.get("code", "")),
            )
            found = await cursor.fetchone()
        if found is None or clock.now().timestamp() - found["created_at"] > CODE_SECONDS:
            return _error(400, "invalid_grant")
        asked = json.loads(found["request"])
        challenge = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        proven = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == asked["code_challenge"]
        who = account(found["person"], found["unit"])
        if not proven or sent.get("redirect_uri") != asked["redirect_uri"] or who is None:
            return _error(400, "invalid_grant")
        token = id_token(
            self._keys, fault, issuer=self._issuer, client_id=self._client_id, nonce=asked["nonce"], account=who
        )
        answer: dict[str, Any] = {"access_token": access_token, "token_type": "Bearer", "expires_in": 300} | (
            {"id_token": token} if token else {}
        )
        return JSONResponse(answer, headers=_NO_STORE)

    def _believes(self, request: Request, sent: dict[str, str]) -> bool:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        name, secret = sent.get("client_id", ""), sent.get("client_secret", "")
        if kind.lower() == "basic":
            try:
                text = base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                return False
            name, _, secret = (unquote_plus(part) for part in text.partition(":"))
        return name == self._client_id and hmac.compare_digest(secret.encode(), self._secret.encode())

    async def userinfo(self, request: Request) -> Response:
        """What an access token opens: the same that the ID token says."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        rows = await self._store.rows("SELECT * FROM sso_codes WHERE access_token = ? AND access_token <> ''", token)
        who = account(rows[0]["person"], rows[0]["unit"]) if rows and kind.lower() == "bearer" else None
        if who is None:
            return _error(401, "invalid_token")
        return JSONResponse(claims_of(who) | {"sub": who.subject}, headers=_NO_STORE)


def _error(status: int, code: str) -> Response:
    return JSONResponse({"error": code}, status, _NO_STORE)
