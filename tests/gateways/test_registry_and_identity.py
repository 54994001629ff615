"""The business registry and the real-name check over signed JSON, against the running simulators."""

import json
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from jsrs_portal import clock
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.identifiers import check_uscc
from jsrs_portal.gateways import signed_json
from jsrs_portal.gateways.business_registry.port import BusinessRegistry, RegistryAnswer
from jsrs_portal.gateways.business_registry.sandbox_units import UNITS, DemoUnit
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.identity.port import IdentityAnswer
from jsrs_portal.gateways.identity.sandbox_persons import JIANG_YANQIU, PERSONS

from .conftest import Sandbox

YUNSHAN = UNITS[0]
TODAY = clock.now().astimezone(clock.BEIJING).date()


async def check(registry: BusinessRegistry, unit: DemoUnit, **changes: str) -> RegistryAnswer:
    values = {
        "uscc": unit.uscc,
        "name": unit.name,
        "legal_rep_id_type": unit.legal_rep.id_type,
        "legal_rep_id_number": unit.legal_rep.id_number,
        "legal_rep_name": unit.legal_rep.name,
    }
    return await registry.check(**(values | changes))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.uscc)
def test_every_demo_unit_would_pass_the_portals_own_checks(unit: DemoUnit) -> None:
    assert check_uscc(unit.uscc).value == unit.uscc
    assert unit.legal_rep in PERSONS
    assert len(unit.facts.authority_region) == 6


@pytest.mark.parametrize("person", PERSONS, ids=lambda person: person.name)
def test_every_demo_person_would_pass_the_portals_own_checks(person: Any) -> None:
    checked = check_document(DocumentType(person.id_type), person.id_number, TODAY)
    assert checked.value == person.id_number


def test_no_number_occurs_twice() -> None:
    assert len({person.id_number for person in PERSONS}) == len(PERSONS)
    assert len({unit.uscc for unit in UNITS}) == len(UNITS)
    assert sum(not unit.active for unit in UNITS) == 1


@pytest.mark.req("R-2.2.2")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.uscc)
async def test_a_unit_described_rightly_gets_its_facts_if_it_still_exists(sandbox: Sandbox, unit: DemoUnit) -> None:
    answer = await check(sandbox.gateways().registry, unit)
    assert answer == RegistryAnswer(
        found=True,
        active=unit.active,
        name_matches=True,
        legal_rep_name_matches=True,
        legal_rep_id_matches=True,
        facts=unit.facts if unit.active else None,
    )
    assert answer.all_matches is unit.active


@pytest.mark.req("R-2.2.2")
@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"name": "南京云杉软件公司"}, "name_matches"),
        ({"legal_rep_name": "陆知"}, "legal_rep_name_matches"),
        ({"legal_rep_id_number": "320502198511120022"}, "legal_rep_id_matches"),
        ({"legal_rep_id_type": "11"}, "legal_rep_id_matches"),
    ],
)
async def test_a_difference_is_named_and_nothing_is_given_away(
    sandbox: Sandbox, changes: dict[str, str], differs: str
) -> None:
    answer = await check(sandbox.gateways().registry, YUNSHAN, **changes)
    assert answer.found
    assert answer.facts is None
    flags = ("name_matches", "legal_rep_name_matches", "legal_rep_id_matches")
    assert [flag for flag in flags if not getattr(answer, flag)] == [differs]


@pytest.mark.req("R-2.2.2")
async def test_an_unknown_credit_code_is_not_found(sandbox: Sandbox) -> None:
    answer = await check(sandbox.gateways().registry, YUNSHAN, uscc="A1110000MB0Y12344P")
    assert not answer.found
    assert not answer.all_matches


@pytest.mark.req("R-2.2.7")
@pytest.mark.parametrize(
    ("name", "id_type", "number", "expected"),
    [
        ("陆知远", "01", "320106199003070012", IdentityAnswer.MATCH),
        ("沈若清", "01", "320106199003070012", IdentityAnswer.MISMATCH),
        ("任何人", "01", "11010519491231002X", IdentityAnswer.MATCH),
        ("阿依古丽·买买提", "01", "11010519491231002X", IdentityAnswer.MATCH),
        ("王不符", "01", "11010519491231002X", IdentityAnswer.MISMATCH),
        ("王查无", "01", "11010519491231002X", IdentityAnswer.NOT_FOUND),
        ("Smith", "01", "11010519491231002X", IdentityAnswer.MISMATCH),
        ("王", "01", "11010519491231002X", IdentityAnswer.MISMATCH),
        ("任何人", "01", "110105194912310021", IdentityAnswer.NOT_FOUND),
        ("任何人", "99", "11010519491231002X", IdentityAnswer.NOT_FOUND),
        ("任何人", "11", "810000199003075617", IdentityAnswer.MATCH),
    ],
)
async def test_the_register_compares_name_and_number(
    sandbox: Sandbox, name: str, id_type: str, number: str, expected: IdentityAnswer
) -> None:
    found = await sandbox.gateways().identity.verify(name=name, id_type=id_type, id_number=number)
    assert found is expected


async def test_pages_list_what_a_demonstration_needs(sandbox: Sandbox) -> None:
    async with sandbox.http() as client:
        units, persons = (await client.get("/registry")).text, (await client.get("/identity")).text
    for unit in UNITS:
        for text in (unit.uscc, unit.name, unit.legal_rep.name, unit.legal_rep.id_number):
            assert text in units
    assert all(person.name in persons and person.id_number in persons for person in PERSONS)


@pytest.mark.parametrize("changes", [{"registry_secret": SecretStr("wrong")}, {"registry_app_id": "somebody"}])
async def test_a_caller_with_the_wrong_key_is_refused(sandbox: Sandbox, changes: dict[str, Any]) -> None:
    with pytest.raises(GatewayError) as raised:
        await check(sandbox.gateways(**changes).registry, YUNSHAN)
    assert raised.value.failure is GatewayFailure.MISCONFIGURED


def signed_request(sandbox: Sandbox, body: bytes, path: str = "/identity/v1/verify") -> dict[str, str]:
    nonce, timestamp = clock.new_id(), str(int(clock.now().timestamp()))
    signature = signed_json.request_signature(
        sandbox.settings.identity_secret.get_secret_value(),
        path=path,
        app_id="jsrs-portal",
        timestamp=timestamp,
        nonce=nonce,
        body=body,
    )
    return {
        "X-App-Id": "jsrs-portal",
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": signature,
    }


async def test_a_nonce_counts_once_also_after_the_answer(sandbox: Sandbox) -> None:
    body = json.dumps({"name": "陆知远", "id_type": "01", "id_number": "320106199003070012"}).encode()
    headers = signed_request(sandbox, body)
    async with sandbox.http() as client:
        answers = [await client.post("/identity/v1/verify", content=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 401]
    assert answers[1].json()["code"] == "NONCE_USED"


async def test_an_answer_is_signed_for_its_request_alone(sandbox: Sandbox) -> None:
    body = b'{"name":"x"}'
    headers = signed_request(sandbox, body)
    async with sandbox.http() as client:
        answer: httpx.Response = await client.post("/identity/v1/verify", content=body, headers=headers)
    assert answer.status_code == 400
    expected = signed_json.answer_signature(
        sandbox.settings.identity_secret.get_secret_value(),
        status=400,
        nonce=headers["X-Nonce"],
        timestamp=answer.headers["x-timestamp"],
        body=answer.content,
    )
    assert answer.headers["x-signature"] == expected


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"name":1,"id_type":"01","id_number":"1"}', b"{" * 5000])
async def test_a_broken_request_is_a_signed_refusal(sandbox: Sandbox, body: bytes) -> None:
    async with sandbox.http() as client:
        answer = await client.post("/identity/v1/verify", content=body, headers=signed_request(sandbox, body))
    assert answer.status_code == 400
    assert answer.json()["code"] == "BAD_REQUEST"


@pytest.mark.req("R-2.6.2.4")
async def test_a_demonstration_can_have_a_legal_representative_change(sandbox: Sandbox) -> None:
    """On the registry's page; from then on the new one matches and the former does not, and back again."""
    registry, new = sandbox.gateways().registry, JIANG_YANQIU
    async with sandbox.http() as client:
        forms: tuple[dict[str, str], ...] = ({"uscc": "nothing", "person": new.id_number}, {"uscc": YUNSHAN.uscc}, {})
        for form in forms:
            assert (await client.post("/registry/change", data=form)).status_code == 400
        changed = await client.post("/registry/change", data={"uscc": YUNSHAN.uscc, "person": new.id_number})
        assert (changed.status_code, changed.headers["location"]) == (303, "/registry")
        page = (await client.get("/registry")).text
        assert f"<td>{new.name}</td>" in page
        assert not (await check(registry, YUNSHAN)).all_matches
        who = {"legal_rep_id_number": new.id_number, "legal_rep_name": new.name}
        assert (await check(registry, YUNSHAN, **who)).all_matches
        await client.post("/registry/change", data={"uscc": YUNSHAN.uscc, "person": YUNSHAN.legal_rep.id_number})
    assert (await check(registry, YUNSHAN)).all_matches
