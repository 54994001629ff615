"""The demonstration's keys: RSA for the simulated Alipay, SM2 for the simulated licence system. Never shipped.

They are made once per installation.

Portal, worker and simulator may start at the same moment: each writes its own candidate beside the target and links it
into place, which exactly one of them can do; all then read the winner's. A killed process leaves no half file.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import gmssl_pyx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from jsrs_portal import clock

FOLDER = "demo-keys"


@dataclass(frozen=True)
class DemoKeys:
    """The two key pairs of the simulated connection: the app's (ours) and Alipay's."""

    app: rsa.RSAPrivateKey
    alipay: rsa.RSAPrivateKey


@dataclass(frozen=True)
class Sm2Pair:
    """An SM2 key pair: x and y of the point, and the number."""

    public_key: bytes
    private_key: bytes


def new_sm2_pair() -> Sm2Pair:
    """Make one."""
    public_key, private_key = gmssl_pyx.sm2_key_generate()
    return Sm2Pair(public_key, private_key)


def load_licence_pair(var_dir: Path) -> Sm2Pair:
    """Return the simulated licence system's key under ``var_dir``, making it if it is missing."""
    file = _folder(var_dir) / "licence.sm2"
    if not file.exists():
        made = new_sm2_pair()
        _place(file, (made.public_key + made.private_key).hex().encode())
    found = bytes.fromhex(file.read_text(encoding="ascii"))
    return Sm2Pair(found[:64], found[64:])


def load_demo_keys(var_dir: Path) -> DemoKeys:
    """Return the keys under ``var_dir``, making those that are missing."""
    folder = _folder(var_dir)
    return DemoKeys(_key(folder / "app.pem"), _key(folder / "alipay.pem"))


def _folder(var_dir: Path) -> Path:
    folder = var_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _key(file: Path) -> rsa.RSAPrivateKey:
    if not file.exists():
        _make(file)
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"{file.name} is not an RSA key")
    return key


def _make(file: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _place(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _place(file: Path, content: bytes) -> None:
    """Write a fresh key to ``file`` unless another process was faster."""
    candidate = file.with_name(f".{file.name}.{clock.new_id()}")
    descriptor = os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(candidate, file)
    finally:
        candidate.unlink()
