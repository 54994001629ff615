"""The encryption port: personal data at rest, blind indexes, signatures and password hashes.

Ciphertext is ``algorithm (1 byte) · length of key id (1 byte) · key id · nonce (12 bytes) · text and tag`` and is
bound to table, column and row, so a value copied to another row does not open (rule 7). New rows are
written with the current algorithm and key; every key and algorithm that is configured can be read, so keys rotate
without a pause. Blind indexes have a key of their own that does not rotate.
"""

import base64
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache

import bcrypt
from cryptography.exceptions import InvalidTag

from jsrs_portal import ciphers
from jsrs_portal.ciphers import NONCE_BYTES, Suite
from jsrs_portal.settings import Settings, get_settings


class CannotDecrypt(Exception):
    """The value was changed, moved from another row, or its key is not configured."""


@dataclass(frozen=True)
class Keyring:
    """All keys of this installation, derived from the settings' secrets by HKDF, one purpose each."""

    data: dict[tuple[str, int], bytes]
    data_key_id: str
    suite: Suite
    digest: str
    index: bytes
    signing: bytes
    audit: bytes
    peppers: dict[str, bytes]
    pepper_id: str
    bcrypt_cost: int

    @classmethod
    def of(cls, settings: Settings) -> "Keyring":
        """Derive the keys of ``settings``; raise ``KeyError`` when the current key id has no secret."""
        digest = ciphers.DIGESTS[settings.mac_digest]

        def key(secret: str, purpose: str, length: int = 32) -> bytes:
            return ciphers.derive(secret, purpose, digest=digest(), length=length)

        data = {
            (name, suite.number): key(secret.get_secret_value(), f"data-{suite.number}", suite.key_bytes)
            for name, secret in settings.data_keys.items()
            for suite in ciphers.SUITES.values()
        }
        peppers = {name: key(secret.get_secret_value(), "pepper") for name, secret in settings.password_peppers.items()}
        if settings.data_key_id not in settings.data_keys or settings.password_pepper_id not in peppers:
            raise KeyError("the current data key or pepper has no secret in the settings")
        return cls(
            data=data,
            data_key_id=settings.data_key_id,
            suite=ciphers.SUITES[settings.data_cipher],
            digest=settings.mac_digest,
            index=key(settings.index_key.get_secret_value(), "index"),
            signing=key(settings.secret_key.get_secret_value(), "signing"),
            audit=key(settings.index_key.get_secret_value(), "audit"),
            peppers=peppers,
            pepper_id=settings.password_pepper_id,
            bcrypt_cost=settings.bcrypt_cost,
        )

    def mac(self, key: bytes, message: str) -> bytes:
        """Return the HMAC of ``message`` with this installation's digest."""
        return ciphers.mac(key, message.encode(), digest=ciphers.DIGESTS[self.digest]())


@lru_cache
def keyring() -> Keyring:
    """Return this process's keys."""
    return Keyring.of(get_settings())


def _bound_to(table: str, column: str, row: str) -> bytes:
    return f"{table}\x1f{column}\x1f{row}".encode()


def current_prefix() -> bytes:
    """Return the bytes with which every ciphertext of the current algorithm and key begins."""
    keys = keyring()
    key_id = keys.data_key_id.encode()
    return bytes([keys.suite.number, len(key_id)]) + key_id


def encrypt(plain: str, *, table: str, column: str, row: str) -> bytes:
    """Return the ciphertext of ``plain`` for exactly this place."""
    return seal(plain.encode(), table=table, column=column, row=row)


def decrypt(cipher: bytes, *, table: str, column: str, row: str) -> str:
    """Return the text sealed in ``cipher``; raise :class:`CannotDecrypt` when it does not belong here."""
    return unseal(cipher, table=table, column=column, row=row).decode()


def seal(plain: bytes, *, table: str, column: str, row: str) -> bytes:
    """Return the ciphertext of bytes, such as a part of a file, for exactly this place."""
    keys = keyring()
    nonce = os.urandom(NONCE_BYTES)
    key = keys.data[keys.data_key_id, keys.suite.number]
    return current_prefix() + nonce + keys.suite.seal(key, nonce, plain, _bound_to(table, column, row))


def unseal(cipher: bytes, *, table: str, column: str, row: str) -> bytes:
    """Return the bytes sealed in ``cipher``; raise :class:`CannotDecrypt` when it does not belong here."""
    suite = ciphers.BY_NUMBER.get(cipher[0]) if cipher else None
    if suite is None or len(cipher) < 2 + NONCE_BYTES:
        raise CannotDecrypt(f"{table}.{column}: unknown algorithm or cut short")
    start = 2 + cipher[1]
    key = keyring().data.get((cipher[2:start].decode("utf-8", "replace"), suite.number))
    if key is None:
        raise CannotDecrypt(f"{table}.{column}: key not configured")
    nonce, sealed = cipher[start : start + NONCE_BYTES], cipher[start + NONCE_BYTES :]
    try:
        return suite.unseal(key, nonce, sealed, _bound_to(table, column, row))
    except (InvalidTag, ValueError) as error:
        raise CannotDecrypt(f"{table}.{column}: altered or moved") from error


def blind_index(kind: str, normalised: str) -> str:
    """Return the keyed index (64 hex digits) by which a personal value is found, e.g. ``("mobile", "138…")``."""
    keys = keyring()
    return keys.mac(keys.index, f"{kind}\x1f{normalised}").hex()


def audit_mac(message: str) -> str:
    """Return the keyed hash (64 hex digits) that seals the audit trail; its key does not rotate."""
    keys = keyring()
    return keys.mac(keys.audit, message).hex()


def fingerprint(secret: str) -> str:
    """Return the stored form of a random secret (64 hex digits): keyed, so that no hand-made row is one."""
    keys = keyring()
    return keys.mac(keys.signing, f"fingerprint\x1f{secret}").hex()


def sign(purpose: str, message: str) -> str:
    """Return an HMAC of ``message`` for one purpose: URL-safe, 43 characters."""
    keys = keyring()
    return base64.urlsafe_b64encode(keys.mac(keys.signing, f"{purpose}\x1f{message}")).rstrip(b"=").decode()


def signature_holds(purpose: str, message: str, signature: str) -> bool:
    """Tell, in constant time, whether ``signature`` is ours for ``message``."""
    return hmac.compare_digest(sign(purpose, message).encode(), signature.encode())


def _peppered(password: str, pepper: bytes) -> bytes:
    return base64.b64encode(keyring().mac(pepper, password))


def hash_password(password: str) -> str:
    """Return ``pepper id : bcrypt hash``. Slow by design: call it through ``asyncio.to_thread``."""
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


def is_one_of(password: str, hashes: list[str]) -> bool:
    """Tell whether ``password`` is that of one of ``hashes``; each takes as long as a login, so call it in a thread."""
    return any(verify_password(password, known) for known in hashes)


def bind_hash(stored: str, *, person: str, realm: str) -> str:
    """Return the proof (64 hex digits) that the hash ``stored`` belongs to this person and realm."""
    keys = keyring()
    return keys.mac(keys.index, f"credential\x1f{person}\x1f{realm}\x1f{stored}").hex()


def warm_up() -> None:
    """Make the hash for unknown accounts now, or the first of them would take twice as long as any other."""
    _nobodys_hash()


@lru_cache
def _nobodys_hash() -> str:
    """A hash no password is checked against in earnest, so that an unknown account takes as long as a known one."""
    return hash_password(os.urandom(16).hex())
