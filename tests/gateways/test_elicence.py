"""电子营业执照登录 against the simulator: sealed requests, SM2-signed results, every refusal by name (R-2.4.6)."""

import base64
import json
import subprocess
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import gmssl_pyx
import pytest
from pydantic import SecretStr, ValidationError

from jsrs_portal import clock
from jsrs_portal.domain.assertions import Source
from jsrs_portal.domain.outside_logins import LICENCE_LIFE, LICENCE_SENTENCES, LicenceProblem, LicenceState
from jsrs_portal.gateways import clients
from jsrs_portal.gateways.business_registry.sandbox_units import BY_USCC
from jsrs_portal.gateways.demo_keys import load_licence_pair, new_sm2_pair
from jsrs_portal.gateways.elicence import sm2
from jsrs_portal.gateways.elicence.fields import LicenceFields, Words, instant_of
from jsrs_portal.gateways.elicence.port import ELicence, LicenceCode
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.identity import sandbox_persons as persons

from .conftest import Sandbox

pytestmark = pytest.mark.req("R-2.4.6")
UNIT = BY_USCC["91320000134791231T"]
DISSOLVED = BY_USCC["91320594MA27XP9C0N"]
Order = Callable[..., Awaitable[None]]
PURPOSE = "登录网上办事服务大厅"


def client(sandbox: Sandbox, **changes: Any) -> ELicence:
    found = clients.licence_client(sandbox.settings.model_copy(update=changes))
    assert found is not None
    return found


async def begun(sandbox: Sandbox, **changes: Any) -> tuple[ELicence, LicenceCode]:
    gateway = client(sandbox, **changes)
    return gateway, await gateway.create_qr(purpose=PURPOSE, callback_url="")


async def shows(sandbox: Sandbox, code: LicenceCode, act: str = "show", **form: str) -> str:
    """Scan a code with the simulated phone and decide; return what the phone says at the end."""
    path = code.text.removeprefix(sandbox.origin)
    sent = {"unit": UNIT.uscc, "holder": "LEREP", "numbered": "yes", "act": act} | form
    async with sandbox.http() as phone:
        asked = await phone.get(path)
        assert asked.status_code == 200
        if "<form" in asked.text:
            assert PURPOSE in asked.text
        return (await phone.post(path, data=sent)).text


def said(error: pytest.ExceptionInfo[GatewayError], problem: LicenceProblem) -> None:
    assert error.value.failure is GatewayFailure.REFUSED
    assert (error.value.code, error.value.sentence) == (problem.value, LICENCE_SENTENCES[problem])


# SM2, SM3 and keys


def test_sm2_is_that_of_the_standard() -> None:
    """GB/T 32918.5, annex A: key, message and signature."""
    public = sm2.read_public_key(
        "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    r = bytes.fromhex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3")
    s = bytes.fromhex("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")
    parts = b"".join(b"\x02" + bytes([len(n)]) + n for n in (b"\0" + r, b"\0" + s))
    der = b"\x30" + bytes([len(parts)]) + parts
    assert gmssl_pyx.sm2_verify(public, b"message digest", der)
    assert not gmssl_pyx.sm2_verify(public, b"message digest!", der)


def test_what_is_sealed_is_canonical() -> None:
    assert sm2.canonical({"乙": 1, "a": {"z": None, "b": "文"}}) == '{"a":{"b":"文","z":null},"乙":1}'.encode()
    assert sm2.seal({"b": 1, "a": 2}, "k") == sm2.seal({"a": 2, "b": 1}, "k")
    assert sm2.seal({"a": 2}, "k") != sm2.seal({"a": 2}, "other")


@pytest.mark.parametrize("signature", [None, 7, "", "no base64!", base64.b64encode(b"no der").decode(), "A" * 500])
def test_what_is_no_signature_is_wrong(signature: object) -> None:
    pair = new_sm2_pair()
    assert not sm2.verifies({"a": 1}, signature, pair.public_key)
    right = sm2.sign({"a": 1}, private_key=pair.private_key, public_key=pair.public_key)
    assert sm2.verifies({"a": 1}, right, pair.public_key)
    assert not sm2.verifies({"a": 2}, right, pair.public_key)


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def test_keys_and_certificates_made_by_others_are_read(tmp_path: Path) -> None:
    """OpenSSL makes the key and the certificate, signs, and we verify."""
    _openssl(tmp_path, "ecparam", "-name", "SM2", "-genkey", "-noout", "-out", "key.pem")
    _openssl(tmp_path, "pkey", "-in", "key.pem", "-pubout", "-out", "public.pem")
    identity = ("-sm3", "-sigopt", "distid:1234567812345678")
    about = ("-new", "-x509", "-key", "key.pem", "-subj", "/CN=test", "-days", "1")
    _openssl(tmp_path, "req", *about, *identity, "-out", "certificate.pem")
    content = {"bizSn": "1", "state": "WAIT"}
    (tmp_path / "text").write_bytes(sm2.canonical(content))
    _openssl(tmp_path, "dgst", *identity, "-sign", "key.pem", "-out", "signature", "text")
    signature = base64.b64encode((tmp_path / "signature").read_bytes()).decode()
    for name in ("public.pem", "certificate.pem"):
        public = sm2.read_public_key((tmp_path / name).read_text())
        assert sm2.verifies(content, signature, public)
        assert not sm2.verifies(content | {"state": "AUTHED"}, signature, public)
        assert sm2.read_public_key(public.hex()) == public


@pytest.mark.parametrize("text", ["", "04", "zz" * 64, "00" * 63])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"128|hex"):
        sm2.read_public_key(text)


def test_a_key_of_another_curve_is_refused(tmp_path: Path) -> None:
    _openssl(tmp_path, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem")
    _openssl(tmp_path, "pkey", "-in", "key.pem", "-pubout", "-out", "public.pem")
    with pytest.raises(ValueError, match="no SM2 public key"):
        sm2.read_public_key((tmp_path / "public.pem").read_text())


# The words


def test_their_words_are_settings() -> None:
    assert LicenceFields(uscc="uniScid").uscc == "uniScid"
    with pytest.raises(ValidationError):
        LicenceFields.model_validate({"nobody": "x"})
    words = Words({"leg": "LEREP", "2": "AUTHED"}, ["K"])
    assert words.holder("leg") == "LEREP"
    assert words.holder("somebody") is None
    assert words.state("2") is LicenceState.AUTHED
    assert words.state("USED") is None
    assert (words.in_force("K"), words.in_force("")) == (True, False)
    with pytest.raises(ValueError, match="NOBODYS_WORD"):
        Words({"x": "NOBODYS_WORD"}, [])


@pytest.mark.parametrize(
    "value", [1767240000, "1767240000", "1767240000000", "20260101120000", "2026-01-01T12:00:00+08:00"]
)
def test_an_instant_is_read_as_they_write_it(value: object) -> None:
    found = instant_of(value)
    assert found is not None
    assert found.timestamp() == 1767240000


@pytest.mark.parametrize("value", [None, True, "", "soon", 10**20, "99999999999999", [], 1.5])
def test_what_is_no_instant_is_none(value: object) -> None:
    assert instant_of(value) is None


# The way through


async def test_a_shown_licence_proves_unit_and_legal_representative(sandbox: Sandbox) -> None:
    gateway, code = await begun(sandbox)
    assert clock.now() < code.expires_at <= clock.now() + LICENCE_LIFE
    assert code.serial not in code.text
    assert (await gateway.poll(code.serial)).state is LicenceState.WAIT
    async with sandbox.http() as phone:
        await phone.get(code.text)
    assert (await gateway.poll(code.serial)).state is LicenceState.SCANNED
    assert "已出示电子营业执照" in await shows(sandbox, code)
    answer = await gateway.poll(code.serial)
    assert answer.state is LicenceState.AUTHED
    found = answer.assertion
    assert found is not None
    assert (found.source, found.uscc, found.unit_name) == (Source.LICENCE, UNIT.uscc, UNIT.name)
    assert (found.legal_name, found.legal_id_number) == (UNIT.legal_rep.name, UNIT.legal_rep.id_number)
    assert (found.person_name, found.person_id_number) == (UNIT.legal_rep.name, UNIT.legal_rep.id_number)


async def test_without_a_number_only_the_unit_is_proven(sandbox: Sandbox) -> None:
    gateway, code = await begun(sandbox)
    await shows(sandbox, code, numbered="no")
    found = (await gateway.poll(code.serial)).assertion
    assert found is not None
    assert (found.person_name, found.person_id_number, found.legal_id_number) == ("", "", "")
    assert found.legal_name == UNIT.legal_rep.name


@pytest.mark.parametrize(("holder", "person"), [("MANAGER", persons.YE_ZHIQIU), ("AGENT", persons.FANG_HAISHENG)])
async def test_a_manager_is_not_the_legal_representative(
    sandbox: Sandbox, holder: str, person: persons.DemoPerson
) -> None:
    gateway, code = await begun(sandbox)
    await shows(sandbox, code, holder=holder)
    found = (await gateway.poll(code.serial)).assertion
    assert found is not None
    assert (found.person_name, found.person_id_number) == (person.name, person.id_number)
    assert (found.legal_id_number, found.needs_person) == ("", True)


async def test_whoever_refuses_is_not_logged_in(sandbox: Sandbox) -> None:
    gateway, code = await begun(sandbox)
    assert "已拒绝出示" in await shows(sandbox, code, act="refuse")
    answer = await gateway.poll(code.serial)
    assert (answer.state, answer.assertion) == (LicenceState.REFUSED, None)
    assert "不能再次使用" in await shows(sandbox, code)


@pytest.mark.parametrize(
    ("mode", "code_of_fault", "problem"),
    [
        ("bad_signature", "", LicenceProblem.SIGNATURE),
        ("business_refusal", "foreign_cert", LicenceProblem.KEY),
        ("business_refusal", "wrong_serial", LicenceProblem.SERIAL),
        ("business_refusal", "wrong_uscc", LicenceProblem.USCC),
        ("business_refusal", "wrong_holder", LicenceProblem.HOLDER),
        ("business_refusal", "wrong_name", LicenceProblem.INCOMPLETE),
        ("business_refusal", "no_name", LicenceProblem.INCOMPLETE),
        ("business_refusal", "no_time", LicenceProblem.TIME),
        ("business_refusal", "stopped", LicenceProblem.STATE),
        ("old_timestamp", "", LicenceProblem.TIME),
    ],
)
async def test_a_wrong_result_is_refused_by_name(
    sandbox: Sandbox, order: Order, mode: str, code_of_fault: str, problem: LicenceProblem
) -> None:
    gateway, code = await begun(sandbox)
    await shows(sandbox, code)
    await order("licence", mode, code=code_of_fault)
    with pytest.raises(GatewayError) as error:
        await gateway.poll(code.serial)
    said(error, problem)


async def test_a_dissolved_units_licence_lets_nobody_in(sandbox: Sandbox) -> None:
    gateway, code = await begun(sandbox)
    await shows(sandbox, code, unit=DISSOLVED.uscc)
    with pytest.raises(GatewayError) as error:
        await gateway.poll(code.serial)
    said(error, LicenceProblem.STATE)


async def test_what_is_sent_to_us_is_verified_as_what_we_ask_for(sandbox: Sandbox) -> None:
    gateway, pair = client(sandbox), load_licence_pair(sandbox.settings.var_dir)
    told = {"bizSn": "a1", "state": "SCANNED"}
    signature = sm2.sign(told, private_key=pair.private_key, public_key=pair.public_key)
    assert gateway.read_callback(json.dumps(told | {"sign": signature}).encode()).serial == "a1"
    for changed in ({"bizSn": "a2"}, {"state": "AUTHED"}, {"sign": ""}, {"more": 1}):
        with pytest.raises(GatewayError) as error:
            gateway.read_callback(json.dumps(told | {"sign": signature} | changed).encode())
        said(error, LicenceProblem.SIGNATURE)
    for body in (b"", b"[]", b"\xff", b"[" * 100_000):
        with pytest.raises(GatewayError) as error:
            gateway.read_callback(body)
        assert error.value.failure is GatewayFailure.BAD_ANSWER


@pytest.mark.parametrize("changes", [{"licence_secret": SecretStr("wrong")}, {"licence_app_id": "somebody"}])
async def test_the_simulator_believes_sealed_requests_only(sandbox: Sandbox, changes: dict[str, Any]) -> None:
    with pytest.raises(GatewayError) as error:
        await begun(sandbox, **changes)
    assert error.value.failure is GatewayFailure.MISCONFIGURED


async def test_the_simulator_believes_fresh_requests_once(sandbox: Sandbox) -> None:
    secret = sandbox.settings.licence_secret.get_secret_value()
    old = int((clock.now() - timedelta(hours=1)).timestamp())
    statuses = []
    for timestamp, nonce in ((clock.now().timestamp(), "n1"), (clock.now().timestamp(), "n1"), (old, "n2")):
        asked = {"appId": "jsrs-portal", "timestamp": str(int(timestamp)), "nonce": nonce, "purpose": "x"}
        async with sandbox.http() as caller:
            answer = await caller.post("/elicence/api/qr", json=asked | {"sign": sm2.seal(asked, secret)})
        statuses.append(answer.status_code)
    assert statuses == [200, 401, 401]


@pytest.mark.parametrize("mode", ["hang", "error500", "garbage"])
async def test_a_system_that_fails_is_not_a_licence_that_fails(sandbox: Sandbox, order: Order, mode: str) -> None:
    gateway, code = await begun(sandbox, gateway_timeout=1.5)
    await order("licence", mode)
    with pytest.raises(GatewayError) as error:
        await gateway.poll(code.serial)
    assert error.value.failure in (GatewayFailure.TIMEOUT, GatewayFailure.BAD_ANSWER)
    assert (await gateway.poll(code.serial)).state is LicenceState.WAIT


async def test_a_real_system_needs_keys_of_its_own(sandbox: Sandbox) -> None:
    """With an address of its own and no key nothing is believed: the demonstration's key is not in its place."""
    with pytest.raises(GatewayError) as error:
        await begun(sandbox, licence_url=f"{sandbox.origin}/elicence/api")
    said(error, LicenceProblem.SIGNATURE)
