"""The encryption port: personal data at rest, blind indexes, signatures and password hashes.

Ciphertext is ``algorithm (1 byte) · length of key id (1 byte) · key id · nonce (12 bytes) · AES-GCM output`` and is
bound to table, column and row as associated data, so a value copied to another row does not open (rule 7).
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache

import bcrypt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from jsrs_portal.settings import Settings, get_settings

AES_256_GCM = 1
"""Algorithm number in the first byte of a ciphertext."""
_NONCE = 12


class CannotDecrypt(Exception):
    """The value was changed, moved from another row, or its key is not configured."""


def _derive(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"jsrs-portal", info=purpose.encode()).derive(secret.encode())


@dataclass(frozen=True)
class Keyring:
    """All keys of this installation, derived from the settings' secrets by HKDF, one purpose each."""

    data: dict[str, AESGCM]
    data_key_id: str
    index: bytes
    signing: bytes
    peppers: dict[str, bytes]
    pepper_id: str
    bcrypt_cost: int

    @classmethod
    def of(cls, settings: Settings) -> "Keyring":
        """Derive the keys of ``settings``; raise ``KeyError`` when the current key id has no secret."""
        data = {k: AESGCM(_derive(v.get_secret_value(), "data")) for k, v in settings.data_keys.items()}
        peppers = {k: _derive(v.get_secret_value(), "pepper") for k, v in settings.password_peppers.items()}
        if settings.data_key_id not in data or settings.password_pepper_id not in peppers:
            raise KeyError("the current data key or pepper has no secret in the settings")
        return cls(
            data=data,
            data_key_id=settings.data_key_id,
            index=_derive(settings.index_key.get_secret_value(), "index"),
            signing=_derive(settings.secret_key.get_secret_value(), "signing"),
            peppers=peppers,
            pepper_id=settings.password_pepper_id,
            bcrypt_cost=settings.bcrypt_cost,
        )


@lru_cache
def keyring() -> Keyring:
    """Return this process's keys."""
    return Keyring.of(get_settings())


def _bound_to(table: str, column: str, row: str) -> bytes:
    return f"{table}\x1f{column}\x1f{row}".encode()


def encrypt(plain: str, *, table: str, column: str, row: str) -> bytes:
    """Return the ciphertext of ``plain`` for exactly this place."""
    keys = keyring()
    key_id = keys.data_key_id.encode()
    nonce = os.urandom(_NONCE)
    sealed = keys.data[keys.data_key_id].encrypt(nonce, plain.encode(), _bound_to(table, column, row))
    return bytes([AES_256_GCM, len(key_id)]) + key_id + nonce + sealed


def decrypt(cipher: bytes, *, table: str, column: str, row: str) -> str:
    """Return the text sealed in ``cipher``; raise :class:`CannotDecrypt` when it does not belong here."""
    if len(cipher) < 2 + _NONCE or cipher[0] != AES_256_GCM:
        raise CannotDecrypt(f"{table}.{column}: unknown algorithm or cut short")
    start = 2 + cipher[1]
    key = keyring().data.get(cipher[2:start].decode("ascii", "replace"))
    if key is None:
        raise CannotDecrypt(f"{table}.{column}: key not configured")
    try:
        plain = key.decrypt(cipher[start : start + _NONCE], cipher[start + _NONCE :], _bound_to(table, column, row))
    except InvalidTag as error:
        raise CannotDecrypt(f"{table}.{column}: altered or moved") from error
    return plain.decode()


def blind_index(kind: str, normalised: str) -> str:
    """Return the keyed index (64 hex digits) by which a personal value is found, e.g. ``("mobile", "138…")``."""
    return hmac.new(keyring().index, f"{kind}\x1f{normalised}".encode(), hashlib.sha256).hexdigest()


def fingerprint(secret: str) -> str:
    """Return the stored form of a random secret (64 hex digits): SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def sign(purpose: str, message: str) -> str:
    """Return an HMAC-SHA256 of ``message`` for one purpose: URL-safe, 43 characters."""
    mac = hmac.new(keyring().signing, f"{purpose}\x1f{message}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def signature_holds(purpose: str, message: str, signature: str) -> bool:
    """Tell, in constant time, whether ``signature`` is ours for ``message``."""
    return hmac.compare_digest(sign(purpose, message).encode(), signature.encode())


def _peppered(password: str, pepper: bytes) -> bytes:
    return base64.b64encode(hmac.new(pepper, password.encode(), hashlib.sha256).digest())


def hash_password(password: str) -> str:
    """Return ``pepper id $ bcrypt hash``. Slow by design: call it through ``asyncio.to_thread``."""
    keys = keyring()
    digest = bcrypt.hashpw(_peppered(password, keys.peppers[keys.pepper_id]), bcrypt.gensalt(keys.bcrypt_cost))
    return f"{keys.pepper_id}:{digest.decode()}"


def verify_password(password: str, stored: str | None) -> bool:
    """Tell whether ``password`` is the one hashed in ``stored``; without a hash it costs the same and is false.

    Slow by design: call it through ``asyncio.to_thread``.
    """
    keys = keyring()
    pepper_id, _, digest = (stored or _nobodys_hash()).partition(":")
    pepper = keys.peppers.get(pepper_id)
    if pepper is None:
        return False
    return bcrypt.checkpw(_peppered(password, pepper), digest.encode()) and stored is not None


@lru_cache
def _nobodys_hash() -> str:
    """A hash no password is checked against in earnest, so that an unknown account takes as long as a known one."""
    return hash_password(os.urandom(16).hex())
