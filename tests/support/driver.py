"""The CA's driver as users run it: a process of its own; and certificates that say of themselves what they are."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.support.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
SITE = "http://localhost:3000"
_USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
_NEVER = ("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
_SIGN, _ENCRYPT = _USAGES[:2], _USAGES[2:]


@dataclass(frozen=True)
class Made:
    """A self-signed certificate and its RSA key."""

    key: rsa.RSAPrivateKey
    certificate: bytes

    @property
    def private_key(self) -> bytes:
        """PKCS#1 DER."""
        form = serialization.PrivateFormat.TraditionalOpenSSL
        return self.key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())

    def pem(self, pin: str = "") -> bytes:
        """PKCS#8, encrypted with ``pin`` if there is one."""
        how = serialization.BestAvailableEncryption(pin.encode()) if pin else serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)


def self_signed(name: str, *, encrypts: bool = False, days: tuple[float, float] = (-1, 365)) -> Made:
    """Make a certificate whose usage is signing, or only encryption, valid between ``days`` from now."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "测试 CA")]
    )
    now = datetime.now(UTC)
    used = _ENCRYPT if encrypts else _SIGN
    usage = x509.KeyUsage(**{one: one in used for one in _USAGES}, **dict.fromkeys(_NEVER, False))
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now + timedelta(days=days[0])).not_valid_after(now + timedelta(days=days[1]))
    signed = builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())
    return Made(key, signed.public_bytes(serialization.Encoding.DER))


def sm2_folder(place: Path, *, name: str, pin: str = "") -> bytes:
    """Make an SM2 key and its self-signed certificate by OpenSSL in ``place``; return the certificate (DER)."""
    place.mkdir(parents=True)
    plain, key, pem = place / "plain.pem", place / "sign.key.pem", place / "cert.pem"

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", str(plain))
    usage = ("-addext", "keyUsage=critical,digitalSignature")
    made = ("-key", str(plain), "-sm3", "-days", "30", "-subj", f"/CN={name}", "-utf8", "-out", str(pem))
    openssl("req", "-x509", *made, *usage, "-sigopt", "distid:1234567812345678")
    how = ("-v2", "aes-256-cbc", "-passout", f"pass:{pin}") if pin else ("-nocrypt",)
    openssl("pkcs8", "-topk8", "-in", str(plain), "-out", str(key), *how)
    plain.unlink()
    der = x509.load_pem_x509_certificate(pem.read_bytes()).public_bytes(serialization.Encoding.DER)
    (place / "sign.cert.der").write_bytes(der)
    pem.unlink()
    return der


def rsa_folder(place: Path, made: Made, *, pin: str = "", exchange: bytes = b"") -> None:
    """Put a key in ``place`` as the driver reads it from a folder."""
    place.mkdir(parents=True)
    (place / "sign.key.pem").write_bytes(made.pem(pin))
    (place / "sign.cert.der").write_bytes(made.certificate)
    if exchange:
        (place / "encrypt.cert.der").write_bytes(exchange)


@dataclass(frozen=True)
class Driver:
    """A running driver."""

    port: int
    process: subprocess.Popen[str]

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}/"

    def post(self, name: str, *, headers: Mapping[str, str] | None = None, **parameters: Any) -> httpx.Response:
        """Ask as a page of :data:`SITE` does, or with other ``headers``."""
        form = {"json": json.dumps({"function": name, **parameters})}
        given = {"Origin": SITE} if headers is None else headers
        return httpx.post(self.address, data=form, headers=dict(given), trust_env=False, timeout=30)

    def call(self, name: str, **parameters: Any) -> dict[str, Any]:
        """Ask, and return the object that comes back."""
        answer = self.post(name, **parameters)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ids(self) -> dict[str, str]:
        """Return the keys there are: their ids by name."""
        said = self.call("SOF_GetUserList")
        assert said["rtn"] == 0, said
        return dict(line.rsplit("||", 1) for line in said["outData"].split("&&&") if line)

    def sign(self, key_id: str, text: str) -> dict[str, Any]:
        """Log in to the key and have ``text`` signed; return the last answer."""
        opened = self.call("SOF_Login", certID=key_id, passWd="")
        if opened["rtn"] != 0:
            return opened
        return self.call("SOF_SignData", certID=key_id, inData=base64.b64encode(text.encode()).decode())


@contextmanager
def running(
    *arguments: str,
    port: int = 0,
    site: str = SITE,
    pin: str | None = "111111",
    module: str = "jsrs_portal.ca_driver",
    path: str = str(ROOT),
    cwd: str = str(ROOT),
    **environment: str,
) -> Iterator[Driver]:
    """Run the driver with ``arguments`` until the end of the block; it takes the PIN from its environment.

    ``module`` below ``path`` is the driver, ``site`` the one it serves ("": the one it knows by itself).
    """
    port = port or free_port()
    allowed = ("--allow", site) if site else ()
    asked = () if pin is None else ("--pin-from", "DRIVER_PIN")
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--port", str(port), *allowed, *asked, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, "DRIVER_PIN": pin or "", "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    driver = Driver(port, process)
    try:
        _wait(driver)
        yield driver
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _wait(driver: Driver) -> None:
    for _ in range(200):
        try:
            httpx.post(driver.address, trust_env=False, timeout=2)
            return
        except httpx.TransportError:
            if driver.process.poll() is not None:
                break
            time.sleep(0.05)
    driver.process.kill()
    raise RuntimeError(f"the driver did not start: {driver.process.communicate()[0]}")


def issued_folder(place: Path, issued: Any, *, signs: bool = True) -> None:
    """Put what a CA has issued (``gateways.ca.demo_ca.Issued``) in ``place``; without ``signs`` only the other half."""
    place.mkdir(parents=True)
    if signs:
        (place / "sign.key.pem").write_bytes(issued.key.pem)
        (place / "sign.cert.der").write_bytes(issued.der)
    if issued.encryption_certificate is not None:
        (place / "encrypt.cert.der").write_bytes(issued.encryption_certificate.dump())
