"""``jsrs demo-ca``: a key for the driver; nothing is overwritten, and production has none of it."""

import pytest

from jsrs_portal.certificates.reading import Kind, read_certificate
from jsrs_portal.gateways.ca.keys import Key
from tests.services.operator import jsrs
from tests.support.ca import USCC

pytestmark = pytest.mark.req("R-2.4.2")


@pytest.mark.parametrize("kind", ["rsa", "sm2"])
async def test_a_key_is_issued_for_the_driver(tmp_path, kind):
    out = tmp_path / "key"
    said = await jsrs("demo-ca", "issue", "--uscc", USCC, "--alg", kind, "--name", "江苏望潮", "--out", out)
    assert said.code == 0, said.text
    certificate = read_certificate((out / "sign.cert.der").read_bytes())
    assert (certificate.kind, certificate.usage) == (Kind(kind), {"digital_signature", "non_repudiation"})
    assert Key.from_pem((out / "sign.key.pem").read_bytes()).public["public_key"].native
    other = read_certificate((out / "encrypt.cert.der").read_bytes())
    assert other.usage == {"key_encipherment", "data_encipherment"}
    assert (out / "name.txt").read_text(encoding="utf-8") == "江苏望潮"
    assert (out / "sign.key.pem").stat().st_mode & 0o077 == 0
    again = await jsrs("demo-ca", "issue", "--uscc", USCC, "--out", out)
    assert (again.code, "不是空文件夹" in again.text) == (1, True)
    assert read_certificate((out / "sign.cert.der").read_bytes()).serial == certificate.serial


async def test_what_sm2_does_not_have_is_refused(tmp_path):
    said = await jsrs("demo-ca", "issue", "--uscc", USCC, "--kind", "sha1", "--out", tmp_path / "key")
    assert (said.code, "只有RSA才有" in said.text) == (1, True)
    assert not (tmp_path / "key").exists()
