"""省政务登录, 电子营业执照登录: each problem has a sentence; the provider's words become ours or nothing (R-2.4.6)."""

import json
from types import SimpleNamespace

import pytest
from joserfc.jwk import RSAKey
from pydantic import ValidationError
from starlette.requests import Request

from jsrs_portal.api import licence, sso
from jsrs_portal.domain.assertions import Source
from jsrs_portal.domain.audit_words import RESULTS
from jsrs_portal.domain.outside_logins import LICENCE_SENTENCES, SSO_SENTENCES, LicenceProblem, SsoProblem, recorded
from jsrs_portal.gateways import http
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.sso.claims import ClaimNames
from jsrs_portal.gateways.sso.jis import NAMES
from jsrs_portal.gateways.sso.keys import KEYS_KEPT, METADATA_KEPT, REFETCH_PAUSE, Published, json_object
from jsrs_portal.state.login import _REASONS

pytestmark = pytest.mark.req("R-2.4.6")
SAID = {
    "uscc": "91320000134791231t",
    "unit_name": " 江苏望潮建设集团有限公司 ",
    "legal_name": "孙立言",
    "legal_id_number": "32010219760412003x",
    "name": "孙立言",
    "id_number": "320102197604120033",
}


def read(said: dict[str, object], names: dict[str, str] | None = None, **id_types: str):
    made = ClaimNames.model_validate(names or {})
    return made.read(said, source=Source.OIDC, issuer="i", subject="s", id_types=id_types)


def test_every_problem_has_a_sentence_of_its_own():
    for sentences, problems in ((SSO_SENTENCES, SsoProblem), (LICENCE_SENTENCES, LicenceProblem)):
        assert set(sentences) == set(problems)
        assert len(set(sentences.values())) == len(problems)
        assert all(sentence.endswith("。") for sentence in sentences.values())


def test_the_audit_log_has_a_word_for_every_problem():
    known = {recorded(problem) for problem in (*SsoProblem, *LicenceProblem)}
    assert known - set(RESULTS) == {"SSO_BUSY"}, "nothing has happened, and it would fill the log"


def test_the_login_page_can_say_every_problem():
    assert {problem.value for problem in SsoProblem} <= set(_REASONS)


def test_what_is_said_becomes_what_is_proven():
    found = read(SAID)
    assert found.uscc == "91320000134791231T"
    assert found.unit_name == "江苏望潮建设集团有限公司"
    assert found.legal_id_number == "32010219760412003X"
    assert (found.person_id_type, found.legal_id_type) == ("01", "01")


@pytest.mark.parametrize("value", [None, 7, True, ["x"], {"a": "b"}, "", "   ", "x" * 201, "a\nb", "a\u202eb"])
def test_what_is_no_short_text_is_not_said(value):
    assert read(SAID | {"unit_name": value}).unit_name == ""
    with pytest.raises(GatewayError) as error:
        read(SAID | {"uscc": value})
    assert error.value.code == SsoProblem.UNIT


def test_a_claim_may_be_nested_and_called_otherwise():
    names = {"uscc": "corp.info.code", "person_name": "agent.name"}
    said = {"corp": {"info": {"code": "91320000134791231T"}}, "agent": "not an object"}
    found = read(said, names)
    assert (found.uscc, found.person_name) == ("91320000134791231T", "")
    assert ClaimNames.model_validate(names).top()[0] == "corp"


def test_a_fact_that_nobody_knows_cannot_be_named():
    with pytest.raises(ValidationError):
        ClaimNames.model_validate({"password": "password"})
    assert ClaimNames.model_validate(NAMES).uscc == "creditcode"


@pytest.mark.parametrize(
    ("kind", "id_types", "expected"),
    [
        ("01", {}, ("01", "320102197604120033")),
        ("PASSPORT", {}, ("01", "")),
        ("IDCARD", {"IDCARD": "01"}, ("01", "320102197604120033")),
        ("99999", {}, ("01", "")),
    ],
)
def test_a_document_of_a_kind_that_nobody_knows_proves_nobody(kind, id_types, expected):
    found = read(SAID | {"id_type": kind}, **id_types)
    assert (found.person_id_type, found.person_id_number) == expected


@pytest.mark.parametrize("changed", [{"id_number": ""}, {"id_number": 320102197604120033}, {"id_type": "PASSPORT"}])
def test_a_login_that_does_not_say_whose_it_is_never_stands_for_the_legal_representative(changed):
    assert read(SAID | changed).needs_person
    assert not read(SAID).needs_person


# What a provider publishes


ISSUER = "https://sso.example"
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
}


class Web:
    """The provider's published documents, and how often each was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.metadata: dict[str, object] = dict(METADATA)
        self.keys = [RSAKey.generate_key(2048, {"kid": "one"})]
        self.asked: list[str] = []
        self.time = 1000.0
        monkeypatch.setattr(http, "call", self._call)

    async def _call(self, _system: object, _method: str, url: str, **_: object) -> http.Answer:
        self.asked.append(url.rpartition("/")[2])
        keys = {"keys": [key.as_dict(private=False) for key in self.keys]}
        return http.Answer(200, {}, json.dumps(keys if url.endswith("/jwks") else self.metadata).encode())

    def published(self) -> Published:
        return Published(issuer=ISSUER, timeout=1, now=lambda: self.time)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    return Web(monkeypatch)


async def test_metadata_and_keys_are_kept_for_a_while(web):
    published = web.published()
    for _ in range(3):
        await published.key_for("one")
    assert web.asked == ["jwks", "openid-configuration"][::-1]
    web.time += max(METADATA_KEPT, KEYS_KEPT) + 1
    await published.key_for("one")
    assert len(web.asked) == 4


async def test_a_new_key_is_found_and_an_unknown_one_is_asked_for_once_in_a_while(web):
    published = web.published()
    await published.key_for("one")
    web.keys = [RSAKey.generate_key(2048, {"kid": "two"})]
    web.time += 1
    await published.key_for("two")
    for _ in range(5):
        web.time += 1
        with pytest.raises(GatewayError) as error:
            await published.key_for("three")
        assert error.value.code == SsoProblem.KEY
    assert web.asked.count("jwks") == 2
    web.time += REFETCH_PAUSE
    with pytest.raises(GatewayError):
        await published.key_for("three")
    assert web.asked.count("jwks") == 3


async def test_a_token_without_a_name_is_read_by_the_only_key(web):
    published = web.published()
    await published.key_for("")
    web.keys.append(RSAKey.generate_key(2048, {"kid": "two"}))
    web.time += KEYS_KEPT
    with pytest.raises(GatewayError):
        await published.key_for("")


@pytest.mark.parametrize(
    ("changed", "failure"),
    [
        ({"issuer": "https://somebody.example"}, GatewayFailure.REFUSED),
        ({"issuer": ISSUER + "/"}, GatewayFailure.REFUSED),
        ({"token_endpoint": "http://sso.example/token"}, GatewayFailure.MISCONFIGURED),
        ({"jwks_uri": "file:///etc/passwd"}, GatewayFailure.MISCONFIGURED),
        ({"userinfo_endpoint": "ftp://sso.example"}, GatewayFailure.MISCONFIGURED),
        ({"code_challenge_methods_supported": ["plain"]}, GatewayFailure.MISCONFIGURED),
        ({"token_endpoint": None}, GatewayFailure.BAD_ANSWER),
    ],
)
async def test_metadata_that_we_cannot_follow_is_refused(web, changed, failure):
    web.metadata |= changed
    with pytest.raises(GatewayError) as error:
        await web.published().metadata()
    assert error.value.failure is failure


async def test_private_and_symmetric_keys_are_no_keys(web, monkeypatch):
    one = web.keys[0]
    monkeypatch.setattr(one, "as_dict", lambda private: RSAKey.as_dict(one, private=True))
    with pytest.raises(GatewayError) as error:
        await web.published().key_for("one")
    assert error.value.failure is GatewayFailure.BAD_ANSWER


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_a_bad_answer(body):
    with pytest.raises(GatewayError) as error:
        json_object(body)
    assert error.value.failure is GatewayFailure.BAD_ANSWER


# A province without them


def _asked(path: str) -> Request:
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "client": None}
    return Request(scope)


async def test_a_way_in_that_is_not_set_up_leads_to_the_page_that_says_so(monkeypatch):
    for module in (sso, licence):
        monkeypatch.setattr(module, "gateways_here", lambda: SimpleNamespace(sso=None, licence=None))
    assert (await sso.start(_asked("/sso/start"))).headers["location"] == "/login/other"
    assert (await sso.callback(_asked("/sso/callback"))).headers["location"] == "/login?reason=sso-state"
    assert (await licence.told(_asked("/licence/callback"))).status_code == 404
