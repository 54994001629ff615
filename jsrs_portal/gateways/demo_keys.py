"""The demonstration's RSA keys for the simulated Alipay: made once per installation, never shipped.

Portal, worker and simulator may start at the same moment: each writes its own candidate beside the target and links it
into place, which exactly one of them can do; all then read the winner's. A killed process leaves no half file.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

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


def load_demo_keys(var_dir: Path) -> DemoKeys:
    """Return the keys under ``var_dir``, making those that are missing."""
    folder = var_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return DemoKeys(_key(folder / "app.pem"), _key(folder / "alipay.pem"))


def _key(file: Path) -> rsa.RSAPrivateKey:
    if not file.exists():
        _make(file)
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"{file.name} is not an RSA key")
    return key


def _make(file: Path) -> None:
    """Write a fresh key to ``file`` unless another process was faster."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    candidate = file.with_name(f".{file.name}.{clock.new_id()}")
    descriptor = os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(candidate, file)
    finally:
        candidate.unlink()
