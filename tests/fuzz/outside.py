"""Targets: what the province's platform and the licence system say. Nothing false is believed, nothing breaks."""

import asyncio
import base64
import json
from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import strategies as st

from jsrs_portal.domain.assertions import Assertion, Source
from jsrs_portal.domain.identifiers import check_uscc
from jsrs_portal.domain.outside_logins import SsoProblem
from jsrs_portal.gateways import http
from jsrs_portal.gateways.demo_keys import new_sm2_pair
from jsrs_portal.gateways.elicence import sm2
from jsrs_portal.gateways.elicence.client import LicenceClient
from jsrs_portal.gateways.elicence.fields import LicenceFields, Words, instant_of
from jsrs_portal.gateways.elicence.port import LicenceAnswer
from jsrs_portal.gateways.errors import GatewayError
from jsrs_portal.gateways.sso import jis
from jsrs_portal.gateways.sso.claims import ClaimNames
from jsrs_portal.gateways.sso.keys import Published
from jsrs_portal.gateways.sso.oidc import OidcClient, OidcProvider
from jsrs_portal.gateways.sso.port import SsoFlow
from tests.fuzz.targets import TEXT, Target, as_bytes, as_json, as_text, dumped, json_values

_PAIR = new_sm2_pair()
_WORD = "0123456789abcdef"
_ISSUER = "https://sso.example"
_METADATA = {
    "issuer": _ISSUER,
    "authorization_endpoint": f"{_ISSUER}/a",
    "token_endpoint": f"{_ISSUER}/t",
    "jwks_uri": f"{_ISSUER}/jwks",
}
_KEYS = {
    "keys": [
        {
            "kty": "EC",
            "crv": "P-256",
            "kid": "k",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        }
    ]
}
"""The key of RFC 7517, appendix A.1, whose private half we do not use."""
LICENCE = LicenceClient(
    base="https://licence.example",
    app_id="a",
    secret="s",
    keys=[_PAIR.public_key],
    fields=LicenceFields(),
    words=Words({}, ["NORMAL"]),
    timeout=1,
)
FLOW = SsoFlow(redirect_uri="https://hall.example/sso/callback", state="s", nonce="n", verifier="v" * 43)


def _claims(data: bytes) -> None:
    """Whatever is said, what comes out is bounded printable text with a unit in it, or UNIT."""
    said = as_json(data)
    if not isinstance(said, dict):
        return
    found = _given(lambda: ClaimNames().read(said, source=Source.OIDC, issuer="i", subject="s", id_types={}))
    if isinstance(found, GatewayError):
        assert found.code == SsoProblem.UNIT
        return
    assert found.uscc
    assert found.needs_person is not bool(found.person_id_number)
    for value in (value for name, value in vars(found).items() if name != "needs_person"):
        assert isinstance(value, str)
        assert len(value) <= 400
        assert value.isprintable()


def _given(call: Callable[[], Any]) -> Any:
    """Return what a call gives, or its GatewayError, which a person can read."""
    try:
        return call()
    except GatewayError as error:
        found = error
    assert found.sentence.endswith("。")
    return found


def _run(call: Coroutine[Any, Any, Any], answer: Any) -> Any:
    """Make a call whose questions are answered by ``answer``; what it gives, or the GatewayError."""
    former = http.call

    async def respond(_system: Any, method: str, url: str, **_: Any) -> http.Answer:
        return http.Answer(200, {}, answer(method, url))

    http.call = respond
    try:
        return _given(lambda: asyncio.run(call))
    finally:
        http.call = former


def _tokens(data: bytes) -> None:
    """No ID token that the provider's key did not sign is believed, whatever the token endpoint answers."""
    client = OidcClient(
        client_id="c",
        client_secret="s",
        authentication="client_secret_basic",
        scope="openid",
        claims=ClaimNames(),
        id_types={},
        request_claims=False,
        prompt="login",
    )
    text = as_text(data).encode("utf-8", "replace").decode()
    head = base64.urlsafe_b64encode(b'{"alg":"ES256","kid":"k"}').rstrip(b"=").decode()
    payload = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    for token in (text, f"{head}.{text}", f"{head}.{payload}.{'A' * 86}"):
        reply = json.dumps({"id_token": token, "access_token": text}).encode()
        for body in (data, reply):

            def answer(method: str, url: str, body: bytes = body) -> bytes:
                if method == "POST":
                    return body
                return json.dumps(_KEYS if url.endswith("jwks") else _METADATA).encode()

            provider = OidcProvider(client, Published(issuer=_ISSUER, timeout=1), timeout=1)
            assert isinstance(_run(provider.finish(FLOW, {"code": "x"}), answer), GatewayError)


def _licences(data: bytes) -> None:
    """Unsigned, nothing is believed; signed, a proof names a unit whose code is right."""
    value = as_json(data)
    bodies = [(data, False)]
    if isinstance(value, dict):
        plain = {name: inner for name, inner in value.items() if name not in ("sign", "signCert")}
        try:
            signature = sm2.sign(plain, private_key=_PAIR.private_key, public_key=_PAIR.public_key)
        except (UnicodeEncodeError, RecursionError):
            return
        bodies.append((json.dumps(plain | {"sign": signature}).encode(), True))
    for body, signed in bodies:
        found = _given(lambda: LICENCE.read_callback(body))  # noqa: B023
        if isinstance(found, GatewayError):
            continue
        assert signed
        assert isinstance(found, LicenceAnswer)
        if found.assertion:
            assert not check_uscc(found.assertion.uscc).problem


def _instants(data: bytes) -> None:
    """An instant or nothing."""
    for value in (as_json(data), as_text(data)):
        found = instant_of(value)
        assert found is None or found.tzinfo is not None


def _jis(data: bytes) -> None:
    """What they hid is found again, and nothing else breaks us."""
    text = as_text(data).encode("utf-8", "replace").decode()
    assert jis.decrypt(jis.encrypt(text, _WORD), _WORD) == text
    client = jis.JisClient(
        interface="https://jis.example/interface.do",
        login="https://jis.example/login",
        appmark="m",
        appword=_WORD,
        subject="uuid",
        claims=ClaimNames.model_validate(jis.NAMES),
        id_types={},
    )
    hidden = jis.encrypt(text, _WORD)
    for body in (
        data,
        json.dumps({"retcode": jis.DONE, "data": text}).encode(),
        json.dumps({"retcode": jis.DONE, "data": hidden}).encode(),
    ):
        answers = iter([json.dumps({"retcode": jis.DONE, "data": '{"token":"t"}'}).encode(), body])
        found = _run(jis.JisProvider(client, timeout=1).finish(FLOW, {"ticket": "x"}), lambda *_: next(answers))  # noqa: B023
        assert isinstance(found, Assertion | GatewayError)


_CLAIMS = [*ClaimNames().top(), "sub", "aud", "iss"]
_FIELDS = [*LicenceFields().model_dump().values()]
_TEXTS = TEXT | st.sampled_from(["91320000134791231T", "AUTHED", "SCANNED", "LEREP", "NORMAL", "20260101120000", "01"])
TARGETS = (
    Target(
        "provincial claims",
        _claims,
        dumped(st.dictionaries(st.sampled_from(_CLAIMS), _TEXTS, max_size=8) | json_values(_CLAIMS, _TEXTS)),
        (b'{"uscc":"91320000134791231T","name":"x"}', b'{"uscc":{"a":1}}', b'{"uscc":"\\ud800"}'),
    ),
    Target(
        "identity tokens",
        _tokens,
        dumped(json_values(["id_token", "access_token", "alg", *_CLAIMS])) | TEXT.map(as_bytes),
        (b'{"id_token":"a.b.c"}', b"eyJhbGciOiJub25lIn0.e30.", b'{"id_token":7}', b'{"iss":"https://sso.example"}'),
    ),
    Target(
        "licence results",
        _licences,
        dumped(st.dictionaries(st.sampled_from(_FIELDS), json_values(_FIELDS, _TEXTS), max_size=6)),
        (
            b'{"bizSn":"1","state":"AUTHED","data":{"uniscid":"91320000134791231T"}}',
            b'{"bizSn":"1","state":"SCANNED","signCert":"00"}',
            b'{"bizSn":"1","state":"WAIT","sign":NaN}',
        ),
    ),
    Target("instants", _instants, TEXT.map(as_bytes) | dumped(json_values(["a"])), (b"20260101120000", b"9" * 13)),
    Target("jis answers", _jis, dumped(json_values(list(jis.NAMES.values()), _TEXTS)), (b'{"uuid":"1"}', b"00")),
)
