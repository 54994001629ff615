"""Keys in a folder, RSA or SM2: for the demonstration and for tests. What is in a file can be copied.

Each sub-folder is one key: ``sign.key.pem`` (PKCS#8 or SEC 1; its PIN is the passphrase, if it is encrypted),
``sign.cert.der``, and if there are any ``encrypt.cert.der`` and ``name.txt``.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gmssl_pyx
from asn1crypto import keys, pem, x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from .keys import SM2_CURVE, Certificate, Holder, Key, KeyFault, PinLocked, PinWrong

MOST_TRIES = 6
_HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


class Folder(Holder):
    """All keys below a folder, as they are now: taking a sub-folder away is pulling a key out."""

    def __init__(self, folder: Path) -> None:
        """Remember where to look; nothing has to be there yet."""
        self._folder = folder

    def held(self) -> list[Key]:
        """Read the certificates; no private key is looked at."""
        places = sorted(place for place in self._folder.glob("*") if place.is_dir())
        return [key for key in map(FileKey, places) if key.sign_certificate or key.exchange_certificate]


class FileKey(Key):
    """A key in a sub-folder. Wrong PINs are counted in a file beside it."""

    def __init__(self, folder: Path) -> None:
        """Read the certificates and how often the PIN was wrong."""
        self._folder = folder
        self._file = folder / "sign.key.pem"
        self._counter = folder / "pin.tries"
        self.sign_certificate = _certificate(folder / "sign.cert.der")
        self.exchange_certificate = _certificate(folder / "encrypt.cert.der")
        self.has_pin = self._file.is_file() and b"BEGIN ENCRYPTED PRIVATE KEY" in self._file.read_bytes()

    @property
    def name(self) -> str:
        """What ``name.txt`` says, or the certificate."""
        file = self._folder / "name.txt"
        return (file.read_text(encoding="utf-8").strip() if file.is_file() else "") or super().name

    def tries_left(self) -> int:
        """Count down from :data:`MOST_TRIES`."""
        if not self.has_pin:
            return -1
        try:
            return max(0, MOST_TRIES - int(self._counter.read_text(encoding="ascii")))
        except (OSError, ValueError):
            return MOST_TRIES

    def check(self, pin: str) -> None:
        """Open the key."""
        self._open(pin)

    def sign(self, pin: str, data: bytes) -> bytes:
        """Sign by whatever kind of key it is."""
        info = self._open(pin)
        if info.algorithm == "rsa":
            key = serialization.load_der_private_key(info.dump(), None)
            if not isinstance(key, rsa.RSAPrivateKey):
                raise KeyFault(f"{self._file} 不是 RSA 密钥")
            return key.sign(data, rsa_padding.PKCS1v15(), hashes.SHA256())
        if info.algorithm != "ec" or str(info["private_key_algorithm"]["parameters"].chosen.dotted) != SM2_CURVE:
            raise KeyFault(f"{self._file} 既不是 RSA 密钥，也不是 SM2 密钥")
        secret = info["private_key"].parsed["private_key"].native.to_bytes(32, "big")
        return gmssl_pyx.sm2_sign(secret, self._public(), data)

    def _public(self) -> bytes:
        """Return the SM2 key's public half from its certificate: SM2 signs that too."""
        certificate = self.sign_certificate
        if certificate is None:
            raise KeyFault(f"{self._folder} 没有签名证书")
        return bytes(x509.Certificate.load(certificate.der).public_key["public_key"].native)[1:]

    def _open(self, pin: str) -> Any:
        if self.tries_left() == 0:
            raise PinLocked
        try:
            kind, content = _unarmored(self._file)
        except (OSError, ValueError):
            raise KeyFault(f"{self._file} 不是 PEM 格式的私钥") from None
        if kind == "ENCRYPTED PRIVATE KEY":
            opened = _decrypted(content, pin)
            if opened is None:
                self._counter.write_text(str(MOST_TRIES - self.tries_left() + 1), encoding="ascii")
                left = self.tries_left()
                raise PinLocked if left == 0 else PinWrong(left)
            self._counter.unlink(missing_ok=True)
            content = opened
        return _private_key(kind, content)


def _certificate(file: Path) -> Certificate | None:
    found = Certificate(file.read_bytes()) if file.is_file() else None
    return found if found is not None and found.is_readable() else None


def _unarmored(file: Path) -> tuple[str, bytes]:
    """Return kind and content of the private key in a PEM file; OpenSSL may put the curve before it."""
    blocks: Iterator[Any] = pem.unarmor(file.read_bytes(), multiple=True)  # pyright: ignore[reportAssignmentType]
    for kind, _, content in blocks:
        if kind and kind.endswith("PRIVATE KEY"):
            return kind, content
    raise ValueError


def _private_key(kind: str, content: bytes) -> Any:
    """Return PKCS#8's PrivateKeyInfo of any of the forms in which a key is written."""
    if kind == "EC PRIVATE KEY":
        key = keys.ECPrivateKey.load(content)
        return keys.PrivateKeyInfo(
            {
                "version": 0,
                "private_key_algorithm": {"algorithm": "ec", "parameters": key["parameters"]},
                "private_key": key,
            }
        )
    if kind == "RSA PRIVATE KEY":
        return keys.PrivateKeyInfo.wrap(keys.RSAPrivateKey.load(content), "rsa")
    return keys.PrivateKeyInfo.load(content)


def _decrypted(content: bytes, pin: str) -> bytes | None:
    """Decrypt PKCS#8 (PBES2: PBKDF2 and AES-CBC, as OpenSSL writes it); ``None``: another PIN.

    ``cryptography`` does the same but refuses what it finds if that is an SM2 key.
    """
    info = keys.EncryptedPrivateKeyInfo.load(content)
    scheme = info["encryption_algorithm"]
    try:
        usable = (scheme.kdf, scheme.encryption_cipher, scheme.encryption_mode) == ("pbkdf2", "aes", "cbc")
        digest, size = _HASHES[scheme.kdf_hmac], scheme.key_length
    except (KeyError, ValueError):
        usable, digest, size = False, hashes.SHA256, 0
    if not usable:
        raise KeyFault("私钥的加密方式不受支持：请用 PBKDF2 和 AES-CBC")
    derived = PBKDF2HMAC(digest(), size, scheme.kdf_salt, scheme.kdf_iterations).derive(pin.encode())
    decryptor = Cipher(algorithms.AES(derived), modes.CBC(scheme.encryption_iv)).decryptor()
    padded = decryptor.update(info["encrypted_data"].native) + decryptor.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    with contextlib.suppress(ValueError, TypeError):
        opened = unpadder.update(padded) + unpadder.finalize()
        if keys.PrivateKeyInfo.load(opened).native:
            return opened
    return None
