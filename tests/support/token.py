"""A real PKCS#11 token for tests: SoftHSM2 in a folder of its own, with keys and certificates put into it.

SoftHSM2 reads its configuration once per process, so what is put in is put in by a process of its own (this module).
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts import programs

ROOT = Path(__file__).resolve().parents[2]
PIN = "111111"
_SO_PIN = "12345678"


@dataclass(frozen=True)
class Token:
    """A token: its module, and the environment in which the module finds it."""

    folder: Path
    module: str

    @property
    def environment(self) -> dict[str, str]:
        """Variables for every process that uses the token."""
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}

    def put(self, *, certificate: bytes, private_key: bytes = b"", number: int = 1) -> None:
        """Put a certificate (DER) in, with its RSA private key (PKCS#1 DER) if there is one."""
        order = {
            "module": self.module,
            "pin": PIN,
            "number": number,
            "certificate": certificate.hex(),
            "private_key": private_key.hex(),
        }
        subprocess.run(
            [sys.executable, "-m", "tests.support.token"],
            cwd=ROOT,
            env={**os.environ, **self.environment, "PYTHONPATH": str(ROOT)},
            input=json.dumps(order).encode(),
            check=True,
            capture_output=True,
        )


def new_token(folder: Path) -> Token:
    """Initialise a token in ``folder``, which becomes its own."""
    module = programs.softhsm()
    if module is None:
        raise RuntimeError("SoftHSM2 is missing: run `make programs`")
    (folder / "tokens").mkdir(parents=True)
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    token = Token(folder, module)
    command = ["softhsm2-util", "--init-token", "--free", "--label", "test", "--so-pin", _SO_PIN, "--pin", PIN]
    subprocess.run(command, env={**os.environ, **token.environment}, check=True, capture_output=True)
    return token


def _put(order: dict[str, str]) -> None:
    import pkcs11
    from pkcs11.util.rsa import decode_rsa_private_key
    from pkcs11.util.x509 import decode_x509_certificate

    key_id = bytes([int(order["number"])])
    token = pkcs11.lib(order["module"]).get_token(token_label="test")
    with token.open(user_pin=order["pin"], rw=True) as session:
        of_certificate = decode_x509_certificate(bytes.fromhex(order["certificate"]))
        session.create_object({**of_certificate, pkcs11.Attribute.ID: key_id, pkcs11.Attribute.TOKEN: True})
        if order["private_key"]:
            of_key = decode_rsa_private_key(bytes.fromhex(order["private_key"]))
            session.create_object({**of_key, pkcs11.Attribute.ID: key_id, pkcs11.Attribute.TOKEN: True})


if __name__ == "__main__":
    _put(json.loads(sys.stdin.read()))
