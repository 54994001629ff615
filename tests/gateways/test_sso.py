"""省政务登录 by OpenID Connect, against the simulator and against a real provider that checks PKCE (R-2.4.6)."""

import dataclasses
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from jsrs_portal import clock
from jsrs_portal.domain.assertions import Assertion, Source
from jsrs_portal.domain.outside_logins import SSO_SENTENCES, SsoProblem
from jsrs_portal.gateways import clients, http
from jsrs_portal.gateways.business_registry.sandbox_units import BY_USCC
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.identity import sandbox_persons as persons
from jsrs_portal.gateways.sso.port import SsoFlow, SsoProvider
from tests.support import nanoidp
from tests.support.nanoidp import NanoIdp

from .conftest import TLS, Sandbox

pytestmark = pytest.mark.req("R-2.4.6")
CALLBACK = "http://localhost:3000/sso/callback"
UNIT = BY_USCC["91320000134791231T"]
Order = Callable[..., Awaitable[None]]


@pytest.fixture(scope="module")
def idp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NanoIdp]:
    found = nanoidp.start(tmp_path_factory.mktemp("nanoidp"), (CALLBACK,))
    yield found
    found.stop()


@pytest.fixture(scope="module")
def impostor(tmp_path_factory: pytest.TempPathFactory, idp: NanoIdp) -> Iterator[NanoIdp]:
    """A second provider that calls itself by the first one's name; it signs with keys of its own."""
    found = nanoidp.start(tmp_path_factory.mktemp("impostor"), (CALLBACK,), issuer=idp.issuer)
    yield found
    found.stop()


def flow(**changed: str) -> SsoFlow:
    made = SsoFlow(redirect_uri=CALLBACK, state=clock.new_token(), nonce=clock.new_token(), verifier=clock.new_token())
    return dataclasses.replace(made, **changed)


def provider(sandbox: Sandbox, **changes: Any) -> SsoProvider:
    """Return a client of the simulator that knows no keys yet."""
    found = clients.sso_client(sandbox.settings.model_copy(update=changes))
    assert found is not None
    return found


def nano(sandbox: Sandbox, idp: NanoIdp, **changes: Any) -> SsoProvider:
    found = clients.sso_client(idp.settings(sandbox.settings).model_copy(update=changes))
    assert found is not None
    return found


async def logged_in(sandbox: Sandbox, address: str, act: str = "login", unit: str = UNIT.uscc) -> dict[str, str]:
    """Log in on the simulator's page; return the query with which the browser comes back."""
    async with sandbox.http() as browser:
        shown = await browser.get(address)
        assert shown.status_code == 200, shown.text
        hidden = dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', shown.text))
        form = hidden | {"person": persons.SUN_LIYAN.id_number, "unit": unit, "act": act}
        answer = await browser.post("/sso/authorize", data=form)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(CALLBACK)
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def said(error: pytest.ExceptionInfo[GatewayError], problem: SsoProblem) -> None:
    assert error.value.failure is GatewayFailure.REFUSED
    assert (error.value.code, error.value.sentence) == (problem.value, SSO_SENTENCES[problem])


PROVEN = {
    "uscc": UNIT.uscc,
    "unit_name": UNIT.name,
    "legal_name": UNIT.legal_rep.name,
    "legal_id_number": UNIT.legal_rep.id_number,
    "person_name": persons.SUN_LIYAN.name,
    "person_id_number": persons.SUN_LIYAN.id_number,
}


def proves(found: Assertion, issuer: str) -> None:
    assert (found.source, found.issuer) == (Source.OIDC, issuer)
    assert found.subject
    assert {name: getattr(found, name) for name in PROVEN} == PROVEN


# Against the simulator


@pytest.mark.parametrize("authentication", ["client_secret_basic", "client_secret_post"])
async def test_who_logs_in_is_known_with_unit_and_person(sandbox: Sandbox, authentication: str) -> None:
    client, one = provider(sandbox, sso_client_auth=authentication), flow()
    address = await client.begin(one)
    query = dict(parse_qsl(urlsplit(address).query))
    assert one.verifier not in address
    assert (query["code_challenge_method"], query["state"], query["nonce"]) == ("S256", one.state, one.nonce)
    assert query["prompt"] == "login"  # a shared computer may still be logged in there as somebody else
    assert "prompt" not in await provider(sandbox, sso_prompt="").begin(one)
    answer = await logged_in(sandbox, address)
    assert answer["iss"] == f"{sandbox.origin}/sso"
    proves(await client.finish(one, answer), f"{sandbox.origin}/sso")


async def test_the_challenge_is_that_of_rfc_7636(sandbox: Sandbox) -> None:
    one = flow(verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    query = dict(parse_qsl(urlsplit(await provider(sandbox).begin(one)).query))
    assert query["code_challenge"] == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, appendix B


async def test_a_code_works_once(sandbox: Sandbox) -> None:
    client, one = provider(sandbox), flow()
    answer = await logged_in(sandbox, await client.begin(one))
    await client.finish(one, answer)
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    said(error, SsoProblem.CODE)


@pytest.mark.parametrize(("changed", "problem"), [("verifier", SsoProblem.CODE), ("nonce", SsoProblem.NONCE)])
async def test_what_the_browser_was_sent_away_with_must_come_back(
    sandbox: Sandbox, changed: str, problem: SsoProblem
) -> None:
    client, one = provider(sandbox), flow()
    answer = await logged_in(sandbox, await client.begin(one))
    with pytest.raises(GatewayError) as error:
        await client.finish(dataclasses.replace(one, **{changed: clock.new_token()}), answer)
    said(error, problem)


@pytest.mark.parametrize(
    ("mode", "code", "problem"),
    [
        ("business_refusal", "wrong_issuer", SsoProblem.ISSUER),
        ("business_refusal", "wrong_audience", SsoProblem.AUDIENCE),
        ("business_refusal", "several_audiences", SsoProblem.AUDIENCE),
        ("business_refusal", "wrong_azp", SsoProblem.AUDIENCE),
        ("business_refusal", "wrong_nonce", SsoProblem.NONCE),
        ("business_refusal", "foreign_key", SsoProblem.KEY),
        ("business_refusal", "hs256", SsoProblem.ALGORITHM),
        ("business_refusal", "unsigned", SsoProblem.ALGORITHM),
        ("business_refusal", "no_token", SsoProblem.TOKEN),
        ("business_refusal", "old_issue", SsoProblem.TIME),
        ("business_refusal", "no_expiry", SsoProblem.TIME),
        ("business_refusal", "from_the_future", SsoProblem.TIME),
        ("old_timestamp", "", SsoProblem.TIME),
        ("bad_signature", "", SsoProblem.SIGNATURE),
    ],
)
async def test_a_wrong_token_is_refused_by_name(
    sandbox: Sandbox, order: Order, mode: str, code: str, problem: SsoProblem
) -> None:
    client, one = provider(sandbox), flow()
    answer = await logged_in(sandbox, await client.begin(one))
    await order("sso", mode, code=code)
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    said(error, problem)


@pytest.mark.parametrize("code", ["slow_clock", "fast_clock"])
async def test_clocks_may_differ_by_a_minute(sandbox: Sandbox, order: Order, code: str) -> None:
    client, one = provider(sandbox), flow()
    answer = await logged_in(sandbox, await client.begin(one))
    await order("sso", "business_refusal", code=code)
    proves(await client.finish(one, answer), f"{sandbox.origin}/sso")


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "RS256"])
async def test_a_provider_may_change_its_keys_at_any_time(sandbox: Sandbox, algorithm: str) -> None:
    client = provider(sandbox)
    for turn in range(2):
        one = flow()
        answer = await logged_in(sandbox, await client.begin(one))
        proves(await client.finish(one, answer), f"{sandbox.origin}/sso")
        if not turn:
            async with sandbox.http() as browser:
                assert (await browser.post("/sso/rotate", json={"alg": algorithm})).status_code == 200


async def test_a_flood_of_unknown_keys_does_not_become_a_flood_of_questions(
    sandbox: Sandbox, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, asked, call = provider(sandbox), [], http.call

    async def counting(*args: Any, **more: Any) -> http.Answer:
        asked.append(args[2])
        return await call(*args, **more)

    monkeypatch.setattr(http, "call", counting)
    for _ in range(5):
        one = flow()
        answer = await logged_in(sandbox, await client.begin(one))
        await order("sso", "business_refusal", code="foreign_key")
        with pytest.raises(GatewayError):
            await client.finish(one, answer)
    assert sum(address.endswith("/jwks") for address in asked) <= 2


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"iss": "http://somebody.example"}, SsoProblem.ISSUER),
        ({"iss": None}, SsoProblem.ISSUER),
        ({"code": None}, SsoProblem.PROVIDER),
        ({"code": "x" * 5000}, SsoProblem.PROVIDER),
        ({"code": "never-given"}, SsoProblem.CODE),
        ({"code": None, "error": "server_error"}, SsoProblem.PROVIDER),
        ({"code": None, "error": "access_denied"}, SsoProblem.DENIED),
    ],
)
async def test_a_wrong_answer_is_refused_by_name(
    sandbox: Sandbox, changed: dict[str, str | None], problem: SsoProblem
) -> None:
    client, one = provider(sandbox), flow()
    answer: dict[str, Any] = {**await logged_in(sandbox, await client.begin(one)), **changed}
    with pytest.raises(GatewayError) as error:
        await client.finish(one, {name: value for name, value in answer.items() if value is not None})
    said(error, problem)


async def test_whoever_cancels_is_denied(sandbox: Sandbox) -> None:
    client, one = provider(sandbox), flow()
    answer = await logged_in(sandbox, await client.begin(one), act="deny")
    assert answer["error"] == "access_denied"
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    said(error, SsoProblem.DENIED)


async def test_an_account_without_a_unit_is_told_so(sandbox: Sandbox) -> None:
    client, one = provider(sandbox), flow()
    answer = await logged_in(sandbox, await client.begin(one), unit="")
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    said(error, SsoProblem.UNIT)


async def test_the_names_of_the_claims_are_settings(sandbox: Sandbox) -> None:
    names = {"uscc": "corp.code", "unit_name": "corp.title", "person_id_type": "kind"}
    client, one = provider(sandbox, sso_claims=names, sso_id_types={"PASSPORT": "02"}), flow()
    answer = await logged_in(sandbox, await client.begin(one))
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    said(error, SsoProblem.UNIT)


async def test_what_the_token_leaves_out_is_asked_of_userinfo(sandbox: Sandbox, order: Order) -> None:
    client, one = provider(sandbox), flow()
    answer = await logged_in(sandbox, await client.begin(one))
    await order("sso", "business_refusal", code="bare_token")
    proves(await client.finish(one, answer), f"{sandbox.origin}/sso")


async def test_userinfo_of_somebody_else_is_refused(sandbox: Sandbox, order: Order) -> None:
    client, one = provider(sandbox), flow()
    answer = await logged_in(sandbox, await client.begin(one))
    await order("sso", "business_refusal", code="bare_token_of_another")
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    said(error, SsoProblem.SUBJECT)


@pytest.mark.parametrize(
    ("mode", "failure"),
    [
        ("hang", GatewayFailure.TIMEOUT),
        ("error500", GatewayFailure.BAD_ANSWER),
        ("garbage", GatewayFailure.BAD_ANSWER),
    ],
)
async def test_a_provider_that_fails_is_not_a_person_who_fails(
    sandbox: Sandbox, order: Order, mode: str, failure: GatewayFailure
) -> None:
    client, one = provider(sandbox, gateway_timeout=1.5), flow()
    answer = await logged_in(sandbox, await client.begin(one))
    await order("sso", mode)
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    assert error.value.failure is failure


async def test_a_wrong_secret_is_the_operators_to_mend(sandbox: Sandbox) -> None:
    client, one = provider(sandbox, sso_client_secret=SecretStr("wrong")), flow()
    answer = await logged_in(sandbox, await client.begin(one))
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    assert error.value.failure is GatewayFailure.MISCONFIGURED


async def test_another_issuers_metadata_is_not_believed(sandbox: Sandbox) -> None:
    client = provider(sandbox, sso_issuer=f"{sandbox.origin.replace('localhost', '127.0.0.1')}/sso")
    with pytest.raises(GatewayError) as error:
        await client.begin(flow())
    said(error, SsoProblem.ISSUER)


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "somebody"},
        {"redirect_uri": "http://localhost:3000/elsewhere"},
        {"redirect_uri": "http://evil.example/sso/callback"},
        {"code_challenge": "short"},
        {"code_challenge_method": "plain"},
        {"scope": "profile"},
        {"nonce": ""},
    ],
)
async def test_the_simulator_checks_what_a_real_provider_checks(sandbox: Sandbox, changed: dict[str, str]) -> None:
    address = await provider(sandbox).begin(flow())
    query = dict(parse_qsl(urlsplit(address).query)) | changed
    async with sandbox.http() as browser:
        shown = await browser.get(f"/sso/authorize?{urlencode(query)}")
    assert shown.status_code == 400
    assert "location" not in shown.headers


# Against a provider that somebody else wrote


async def test_a_real_provider_says_the_same(sandbox: Sandbox, idp: NanoIdp) -> None:
    client, one = nano(sandbox, idp), flow()
    proves(await client.finish(one, idp.log_in(await client.begin(one), "legal")), idp.issuer)


async def test_a_real_provider_refuses_a_wrong_verifier(sandbox: Sandbox, idp: NanoIdp) -> None:
    client, one = nano(sandbox, idp), flow()
    answer = idp.log_in(await client.begin(one), "legal")
    with pytest.raises(GatewayError) as error:
        await client.finish(dataclasses.replace(one, verifier=clock.new_token()), answer)
    said(error, SsoProblem.CODE)


async def test_a_real_providers_code_works_once(sandbox: Sandbox, idp: NanoIdp) -> None:
    client, one = nano(sandbox, idp), flow()
    answer = idp.log_in(await client.begin(one), "legal")
    await client.finish(one, answer)
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    said(error, SsoProblem.CODE)


async def test_a_real_token_for_another_login_is_refused(sandbox: Sandbox, idp: NanoIdp) -> None:
    client, one = nano(sandbox, idp), flow()
    answer = idp.log_in(await client.begin(one), "legal")
    with pytest.raises(GatewayError) as error:
        await client.finish(dataclasses.replace(one, nonce=clock.new_token()), answer)
    said(error, SsoProblem.NONCE)


def answered_by(monkeypatch: pytest.MonkeyPatch, elsewhere: str, **form: str) -> None:
    """Let our question about a code be answered by ``elsewhere``, with ``form`` changed in it."""
    call = http.call

    async def sending(system: Any, method: str, url: str, **more: Any) -> http.Answer:
        if method == "POST":
            url = elsewhere
            more["body"] = urlencode(dict(parse_qsl(more["body"].decode())) | form).encode()
        return await call(system, method, url, **more)

    monkeypatch.setattr(http, "call", sending)


async def test_a_real_token_for_another_portal_is_refused(
    sandbox: Sandbox, idp: NanoIdp, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, ours, one = nano(sandbox, idp, sso_client_id=nanoidp.OTHER_CLIENT), nano(sandbox, idp), flow()
    answer = idp.log_in(await theirs.begin(one), "legal")
    other = {"client_id": nanoidp.OTHER_CLIENT, "client_secret": nanoidp.OTHER_SECRET}
    answered_by(monkeypatch, f"{idp.issuer}/token", **other)
    with pytest.raises(GatewayError) as error:
        await ours.finish(one, answer)
    said(error, SsoProblem.AUDIENCE)


async def test_a_real_providers_new_key_is_found_and_an_impostors_is_not(
    sandbox: Sandbox, idp: NanoIdp, impostor: NanoIdp, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = nano(sandbox, idp)
    for turn in range(2):
        one = flow()
        proves(await client.finish(one, idp.log_in(await client.begin(one), "legal")), idp.issuer)
        if not turn:
            idp.rotate()
    one = flow()
    at_the_impostor = (await client.begin(one)).replace(idp.issuer, impostor.origin)
    answer = impostor.log_in(at_the_impostor, "legal")
    answered_by(monkeypatch, f"{impostor.origin}/token")
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    said(error, SsoProblem.KEY)


async def test_a_real_account_without_a_unit_is_told_so(sandbox: Sandbox, idp: NanoIdp) -> None:
    client, one = nano(sandbox, idp), flow()
    answer = idp.log_in(await client.begin(one), "alone")
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    said(error, SsoProblem.UNIT)


async def test_what_a_real_provider_tells_only_by_userinfo_is_asked_there(
    sandbox: Sandbox, idp: NanoIdp, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {
        "uscc": "attributes.uscc",
        "unit_name": "attributes.unit_name",
        "legal_name": "attributes.legal_name",
        "legal_id_number": "attributes.legal_id_number",
        "person_name": "attributes.name",
        "person_id_number": "attributes.id_number",
    }
    client, one = nano(sandbox, idp, sso_claims=names, sso_request_claims=False), flow()
    proves(await client.finish(one, idp.log_in(await client.begin(one), "legal")), idp.issuer)


def test_the_impostor_is_one(idp: NanoIdp, impostor: NanoIdp) -> None:
    found = httpx.get(f"{impostor.origin}/.well-known/openid-configuration", trust_env=False, verify=TLS).json()
    assert found["issuer"] == idp.issuer
    assert impostor.origin != idp.issuer
