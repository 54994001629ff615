"""The CAs' lists over a socket, from the configuration's addresses only; and whom a configuration may trust."""

import json
from pathlib import Path

import pytest
from asn1crypto import pem

from jsrs_portal.certificates.crls import Refused, read_list
from jsrs_portal.certificates.trust import BadTrust
from jsrs_portal.gateways.ca.demo_ca import DemoCa
from jsrs_portal.gateways.ca.directory import open_directory, require_trust
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.settings import Settings
from tests.gateways.conftest import Sandbox
from tests.support.ca import NAMES, USCC, Kind, make_ca

pytestmark = pytest.mark.req("R-2.4.2")


@pytest.fixture
def ca(sandbox: Sandbox) -> DemoCa:
    """The CA whose lists the sandbox answers."""
    return DemoCa.open(sandbox.settings.var_dir, sandbox.origin)


async def order(sandbox: Sandbox, mode: str) -> None:
    async with sandbox.http() as http:
        assert (await http.post("/_control/ca", json={"mode": mode})).status_code == 200


@pytest.mark.parametrize("name", NAMES)
async def test_a_list_is_fetched_and_holds(sandbox: Sandbox, ca: DemoCa, name: str) -> None:
    directory = sandbox.gateways().ca
    url = ca.crl_url(name)
    issuer = directory.trust.address(url)
    assert issuer is not None
    before = read_list(await directory.fetch(url), issuer.authorities)
    kind = Kind(name.partition("-")[0])
    serial = ca.issue(uscc=USCC, kind=kind).certificate.serial_number
    ca.revoke(serial, kind)
    after = read_list(await directory.fetch(url), issuer.authorities)
    assert serial not in before.revoked
    assert (serial in after.revoked) == name.endswith("issuing")


async def test_no_other_address_is_fetched(sandbox: Sandbox, ca: DemoCa) -> None:
    """Whatever a certificate names: it is not even asked."""
    directory = sandbox.gateways().ca
    for url in (f"{sandbox.origin}/", f"{sandbox.origin}/ca/crl/other.crl", "http://169.254.169.254/", "file:///etc"):
        with pytest.raises(GatewayError) as refused:
            await directory.fetch(url)
        assert refused.value.failure is GatewayFailure.MISCONFIGURED
        assert not refused.value.answered


@pytest.mark.parametrize("mode", ["error500", "business_refusal"])
async def test_an_answer_that_is_none_is_said(sandbox: Sandbox, ca: DemoCa, mode: str) -> None:
    await order(sandbox, mode)
    with pytest.raises(GatewayError) as failed:
        await sandbox.gateways().ca.fetch(ca.crl_url("rsa-root"))
    assert failed.value.failure is GatewayFailure.BAD_ANSWER


@pytest.mark.parametrize("mode", ["garbage", "bad_signature"])
async def test_an_answer_that_is_no_list_is_refused(sandbox: Sandbox, ca: DemoCa, mode: str) -> None:
    await order(sandbox, mode)
    directory, url = sandbox.gateways().ca, ca.crl_url("sm2-issuing")
    content = await directory.fetch(url)
    issuer = directory.trust.address(url)
    assert issuer is not None
    with pytest.raises(Refused):
        read_list(content, issuer.authorities)


async def test_the_simulated_ca_has_a_page(sandbox: Sandbox) -> None:
    async with sandbox.http() as http:
        answer = await http.get("/ca")
        assert "jsrs demo-ca issue" in answer.text
        assert (await http.get("/ca/crl/nobody.crl")).status_code == 404


# Whom a configuration may trust


def written(folder: Path, ca: DemoCa) -> Path:
    """Write a configuration that trusts ``ca``, its root in a file beside it."""
    (folder / "root.pem").write_bytes(pem.armor("CERTIFICATE", ca.authorities["sm2-root"].certificate.dump()))
    file = folder / "trust.yaml"
    issuer = {"name": "演示", "anchors": ["root.pem"], "crls": [ca.crl_url("sm2-root")]}
    file.write_text(json.dumps({"issuers": [issuer]}))
    return file


def test_the_demonstration_has_a_ca_of_its_own_and_production_none(tmp_path: Path) -> None:
    made = open_directory(Settings(_env_file=None, var_dir=tmp_path))
    assert len(made.trust.issuers) == 2
    assert open_directory(Settings(_env_file=None, var_dir=tmp_path, environment="production")).trust.issuers == ()


def test_production_does_not_take_the_demonstrations_ca(tmp_path: Path) -> None:
    file = written(tmp_path, make_ca(tmp_path))
    assert open_directory(Settings(_env_file=None, ca_trust=file)).trust.issuers
    with pytest.raises(BadTrust, match="演示CA"):
        open_directory(Settings(_env_file=None, ca_trust=file, environment="production"))
    with pytest.raises(SystemExit, match="JSRS_CA_TRUST"):
        require_trust(Settings(_env_file=None, ca_trust=file, environment="production"))


@pytest.mark.parametrize("content", [None, "", "issuers: []", b"\xff\xfe"])
def test_a_configuration_that_cannot_be_read_ends_the_start(tmp_path: Path, content: str | bytes | None) -> None:
    file = tmp_path / "trust.yaml"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SystemExit, match="CA 信任配置"):
        require_trust(Settings(_env_file=None, ca_trust=file))


def test_several_processes_at_once_agree_on_one_ca(tmp_path: Path) -> None:
    first, second = (DemoCa.open(tmp_path, "http://localhost:9") for _ in range(2))
    name = "sm2-root"
    assert first.authorities[name].certificate.dump() == second.authorities[name].certificate.dump()
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]
    assert all(one.stat().st_mode & 0o077 == 0 for one in first.folder.glob("*.key.pem"))
