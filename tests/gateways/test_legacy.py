"""Old systems over signed JSON, against the running simulator (R-2.3.3)."""

from typing import Any

import pytest
from pydantic import SecretStr

from jsrs_portal import clock
from jsrs_portal.catalog.demo_legacy import DEMO_LEGACY, DEMO_LEGACY_INSURANCE, DEMO_LEGACY_PASSWORD
from jsrs_portal.catalog.shipped import legacy_systems
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.identifiers import check_uscc
from jsrs_portal.gateways.clients import legacy_clients
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.legacy import sandbox as simulator
from jsrs_portal.gateways.legacy import signed
from jsrs_portal.gateways.legacy.port import LegacyAnswer, LegacyChecker
from jsrs_portal.production import refusals

from .conftest import Sandbox

pytestmark = pytest.mark.req("R-2.3.3")
KEY = "js-insurance"
KNOWN = DEMO_LEGACY_INSURANCE


def system(sandbox: Sandbox, **changes: object) -> LegacyChecker:
    return sandbox.gateways(**changes).legacy[KEY]


async def test_the_right_password_gives_the_units_and_nothing_else_does(sandbox: Sandbox) -> None:
    answer = await system(sandbox).check(username=KNOWN.username, password=DEMO_LEGACY_PASSWORD)
    assert answer.right
    assert answer.account == KNOWN.username
    assert [(one.number, one.uscc, one.name, one.legal_name) for one in answer.units] == [
        (one.number, one.uscc, one.name, one.legal_name) for one in KNOWN.units
    ]
    for username, password in ((KNOWN.username, "wrong"), ("nobody", DEMO_LEGACY_PASSWORD), ("密", "密")):
        assert await system(sandbox).check(username=username, password=password) == LegacyAnswer(right=False)


def test_a_unit_that_is_meant_is_listed_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulator, "MOST_UNITS", 1)
    first, second = KNOWN.units
    for number, listed in (("", first), (first.number, first), (second.number, second), ("nowhere", first)):
        reply = signed._Reply.model_validate(simulator._told(KNOWN, number))
        assert ([one.number for one in reply.units], reply.more) == ([listed.number], True)


async def test_accounts_of_other_systems_are_unknown(sandbox: Sandbox) -> None:
    for account in DEMO_LEGACY:
        answer = await system(sandbox).check(username=account.username, password=DEMO_LEGACY_PASSWORD)
        assert answer.right is (account.system == KEY)


@pytest.mark.parametrize("account", DEMO_LEGACY, ids=lambda account: account.username)
def test_every_demo_account_would_pass_the_portals_own_checks(account: Any) -> None:
    assert legacy_systems().find(account.system)
    for unit in account.units:
        assert check_uscc(unit.uscc).value == unit.uscc
        document = check_document(DocumentType.RESIDENT_ID, unit.legal_id_number, clock.today())
        assert document.value == unit.legal_id_number


async def test_a_wrong_secret_is_told_apart_from_a_wrong_password(sandbox: Sandbox) -> None:
    foreign = system(sandbox, legacy_secrets={KEY: SecretStr("another")})
    with pytest.raises(GatewayError) as raised:
        await foreign.check(username=KNOWN.username, password=DEMO_LEGACY_PASSWORD)
    assert raised.value.failure is GatewayFailure.MISCONFIGURED


@pytest.mark.parametrize("body", [{}, {"username": 1, "password": "x"}, {"username": "x"}])
async def test_the_simulator_refuses_what_is_no_question(sandbox: Sandbox, body: dict[str, object]) -> None:
    client = legacy_clients(sandbox.settings)[KEY]._client
    with pytest.raises(GatewayError) as raised:
        await client.post("/v1/check", body)
    assert (raised.value.failure, raised.value.code) == (GatewayFailure.REFUSED, "BAD_REQUEST")


async def test_the_page_says_what_to_enter(sandbox: Sandbox) -> None:
    async with sandbox.http() as client:
        page = (await client.get("/legacy")).text
        assert "模拟历史系统" in (await client.get("/")).text
    assert all(account.username in page and account.units[0].number in page for account in DEMO_LEGACY)


def test_production_has_the_systems_it_connects_and_no_simulator(sandbox: Sandbox) -> None:
    def production(**changes: object):
        return sandbox.settings.model_copy(update={"environment": "production"} | changes)

    assert legacy_clients(production()) == {}
    url = {KEY: "https://old.example"}
    assert legacy_clients(production(legacy_urls=url)) == {}, "without a secret it cannot be asked"
    secret = {KEY: SecretStr("a-secret-nobody-knows-0123456789-abcdef")}
    assert set(legacy_clients(production(legacy_urls=url, legacy_secrets=secret))) == {KEY}

    def refused(**changes: object) -> str:
        return "\n".join(one for one in refusals(production(**changes)) if "LEGACY" in one)

    assert refused() == ""
    assert "JSRS_LEGACY_SECRETS" in refused(legacy_urls=url)
    assert "https" in refused(legacy_urls={KEY: "http://old.example"}, legacy_secrets=secret)
    assert refused(legacy_urls=url, legacy_secrets=secret) == ""


def test_numbers_are_taken_as_they_are_kept_here() -> None:
    """A unit or a person in small letters would be another one to whoever looks for them."""
    said = {"number": "1", "uscc": "91320213ma7rl2n865", "name": "某单位"}
    unit = signed._Unit.model_validate(
        said | {"legal_rep": {"id_type": "01", "id_number": "32010219880312009x", "name": "某人"}}
    )
    facts = signed._facts(unit)
    assert (facts.uscc, facts.legal_id_number) == ("91320213MA7RL2N865", "32010219880312009X")
    for wrong in (
        {"uscc": "91320213ma7rl2n866"},
        {"legal_rep": {"id_type": "01", "id_number": "1" * 18, "name": "某人"}},
    ):
        with pytest.raises(GatewayError, match="units"):
            signed._facts(signed._Unit.model_validate(unit.model_dump() | wrong))
