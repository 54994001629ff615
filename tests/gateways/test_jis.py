"""省政务登录 by JIS, as seen in public code and unverified for Jiangsu: vectors, and the simulator (R-2.4.6)."""

import re
import subprocess
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import SecretStr

from jsrs_portal import clock
from jsrs_portal.domain.assertions import Source
from jsrs_portal.domain.outside_logins import SSO_SENTENCES, SsoProblem
from jsrs_portal.gateways import clients
from jsrs_portal.gateways.business_registry.sandbox_units import BY_USCC
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.identity import sandbox_persons as persons
from jsrs_portal.gateways.sso import jis
from jsrs_portal.gateways.sso.port import SsoFlow, SsoProvider

from .conftest import Sandbox

pytestmark = pytest.mark.req("R-2.4.6")
CALLBACK = "http://localhost:3000/sso/callback"
UNIT = BY_USCC["91320000134791231T"]
WORD = "0123456789abcdef"
Order = Callable[..., Awaitable[None]]


def test_the_sign_is_the_md5_of_mark_word_and_time() -> None:
    found = jis.signature(appmark="jsrsdemo", appword=WORD, time="20260101120000")
    assert found == "d051c7bf24427338099a946c8a70a333"  # protocols.md, 5.1


def test_the_data_is_aes_in_ecb_mode() -> None:
    """OpenSSL hides it the same way."""
    text = '{"creditcode":"91320000134791231T"}'
    command = ["openssl", "enc", "-aes-128-ecb", "-K", WORD.encode().hex()]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    assert jis.encrypt(text, WORD) == done.stdout.hex()


@pytest.mark.parametrize("text", ["", "{}", '{"corname":"江苏望潮建设集团有限公司"}', "x" * 16])
def test_what_was_hidden_is_found_again(text: str) -> None:
    assert jis.decrypt(jis.encrypt(text, WORD), WORD) == text


@pytest.mark.parametrize("data", ["", "zz", "00" * 15, "00" * 16])
def test_what_was_not_hidden_by_them_is_refused(data: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the libraries say it in many ways
        jis.decrypt(data, WORD)


def flow() -> SsoFlow:
    return SsoFlow(redirect_uri=CALLBACK, state=clock.new_token(), nonce=clock.new_token(), verifier=clock.new_token())


def provider(sandbox: Sandbox, **changes: Any) -> SsoProvider:
    found = clients.sso_client(sandbox.settings.model_copy(update={"sso_kind": "jis"} | changes))
    assert found is not None
    return found


async def logged_in(sandbox: Sandbox, address: str, unit: str = UNIT.uscc) -> dict[str, str]:
    async with sandbox.http() as browser:
        shown = await browser.get(address)
        assert shown.status_code == 200, shown.text
        hidden = dict(re.findall(r'type="hidden" name="([A-Za-z]+)" value="([^"]*)"', shown.text))
        answer = await browser.post("/jis/login", data=hidden | {"person": persons.SUN_LIYAN.id_number, "unit": unit})
    assert answer.headers["location"].startswith(CALLBACK)
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def said(error: pytest.ExceptionInfo[GatewayError], problem: SsoProblem) -> None:
    assert error.value.failure is GatewayFailure.REFUSED
    assert (error.value.code, error.value.sentence) == (problem.value, SSO_SENTENCES[problem])


async def test_who_logs_in_is_known_with_unit_and_person(sandbox: Sandbox) -> None:
    client, one = provider(sandbox), flow()
    answer = await logged_in(sandbox, await client.begin(one))
    assert answer["state"] == one.state
    found = await client.finish(one, answer)
    assert (found.source, found.uscc, found.unit_name) == (Source.JIS, UNIT.uscc, UNIT.name)
    assert (found.legal_name, found.legal_id_number) == (UNIT.legal_rep.name, UNIT.legal_rep.id_number)
    assert (found.person_name, found.person_id_number) == (persons.SUN_LIYAN.name, persons.SUN_LIYAN.id_number)


async def test_a_ticket_works_once(sandbox: Sandbox) -> None:
    client, one = provider(sandbox), flow()
    answer = await logged_in(sandbox, await client.begin(one))
    await client.finish(one, answer)
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    said(error, SsoProblem.CODE)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({}, SsoProblem.DENIED),
        ({"ticket": "never-given"}, SsoProblem.CODE),
        ({"ticket": "x" * 3000}, SsoProblem.PROVIDER),
    ],
)
async def test_a_wrong_answer_is_refused_by_name(sandbox: Sandbox, answer: dict[str, str], problem: SsoProblem) -> None:
    with pytest.raises(GatewayError) as error:
        await provider(sandbox).finish(flow(), answer)
    said(error, problem)


async def test_a_person_without_a_unit_is_told_so(sandbox: Sandbox) -> None:
    client, one = provider(sandbox), flow()
    answer = await logged_in(sandbox, await client.begin(one), unit="")
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    said(error, SsoProblem.UNIT)


async def test_data_under_another_appword_is_refused(sandbox: Sandbox, order: Order) -> None:
    client, one = provider(sandbox), flow()
    answer = await logged_in(sandbox, await client.begin(one))
    await order("sso", "bad_signature", times=2)
    with pytest.raises(GatewayError) as error:
        await client.finish(one, answer)
    said(error, SsoProblem.SIGNATURE)


async def test_the_simulator_checks_our_sign(sandbox: Sandbox) -> None:
    client = provider(sandbox, sso_jis_appword=SecretStr(WORD))
    with pytest.raises(GatewayError) as error:
        await client.finish(flow(), {"ticket": "any"})
    said(error, SsoProblem.CODE)


@pytest.mark.parametrize(
    "query", ["appMark=somebody&backUrl=" + CALLBACK, "appMark=jsrsdemo&backUrl=http://evil.example"]
)
async def test_the_simulator_knows_one_application(sandbox: Sandbox, query: str) -> None:
    async with sandbox.http() as browser:
        assert (await browser.get(f"/jis/login?{query}")).status_code == 400


def test_an_appword_that_is_no_key_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="16, 24 or 32"):
        provider(sandbox, sso_jis_appword=SecretStr("short"))
