"""The algorithms behind the encryption port: international and Chinese national (GB/T 32907 SM4, GB/T 32905 SM3).

A suite is known by the number that stands in the first byte of every ciphertext it made.
"""

from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SM3, HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
_TAG_BYTES = 16
_SALT = b"jsrs-portal"


class Suite(Protocol):
    """Authenticated encryption with associated data: the output is ciphertext and a 16-byte tag."""

    @property
    def number(self) -> int:
        """The number in the first byte of a ciphertext."""
        ...

    @property
    def key_bytes(self) -> int:
        """How long its key is."""
        ...

    def seal(self, key: bytes, nonce: bytes, plain: bytes, bound_to: bytes) -> bytes:
        """Encrypt ``plain``."""
        ...

    def unseal(self, key: bytes, nonce: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        """Decrypt, or raise :class:`cryptography.exceptions.InvalidTag`."""
        ...


@dataclass(frozen=True)
class Aes256Gcm:
    """AES-256 in Galois/Counter mode (NIST SP 800-38D)."""

    number: int = 1
    key_bytes: int = 32

    def seal(self, key: bytes, nonce: bytes, plain: bytes, bound_to: bytes) -> bytes:
        """Encrypt ``plain``."""
        return AESGCM(key).encrypt(nonce, plain, bound_to)

    def unseal(self, key: bytes, nonce: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        """Decrypt, or raise ``InvalidTag``."""
        return AESGCM(key).decrypt(nonce, sealed, bound_to)


@dataclass(frozen=True)
class Sm4Gcm:
    """SM4 in Galois/Counter mode (GB/T 32907-2016, GB/T 36624-2018)."""

    number: int = 2
    key_bytes: int = 16

    def seal(self, key: bytes, nonce: bytes, plain: bytes, bound_to: bytes) -> bytes:
        """Encrypt ``plain``."""
        work = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        work.authenticate_additional_data(bound_to)
        return work.update(plain) + work.finalize() + work.tag

    def unseal(self, key: bytes, nonce: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        """Decrypt, or raise ``InvalidTag``."""
        if len(sealed) < _TAG_BYTES:
            raise InvalidTag
        work = Cipher(algorithms.SM4(key), modes.GCM(nonce, sealed[-_TAG_BYTES:])).decryptor()
        work.authenticate_additional_data(bound_to)
        return work.update(sealed[:-_TAG_BYTES]) + work.finalize()


SUITES: dict[str, Suite] = {"aes": Aes256Gcm(), "sm4": Sm4Gcm()}
BY_NUMBER: dict[int, Suite] = {suite.number: suite for suite in SUITES.values()}
DIGESTS: dict[str, type[SHA256] | type[SM3]] = {"sha256": SHA256, "sm3": SM3}


def derive(secret: str, purpose: str, *, digest: HashAlgorithm, length: int = 32) -> bytes:
    """Return the key of ``length`` bytes that ``secret`` gives for one purpose (HKDF, RFC 5869)."""
    return HKDF(algorithm=digest, length=length, salt=_SALT, info=purpose.encode()).derive(secret.encode())


def mac(key: bytes, message: bytes, *, digest: HashAlgorithm) -> bytes:
    """Return the HMAC of ``message``: 32 bytes with either digest."""
    work = hmac.HMAC(key, digest)
    work.update(message)
    return work.finalize()
