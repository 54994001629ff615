"""What the driver knows of keys, whatever holds them: certificates to show, and ways to say no."""

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta, timezone
from functools import cached_property
from typing import Any

from asn1crypto import x509

BEIJING = timezone(timedelta(hours=8))
SM2_CURVE = "1.2.156.10197.1.301"
_SIGNING = {"digital_signature", "non_repudiation"}


class KeyTrouble(Exception):
    """A key did not do what was asked."""


class NoKey(KeyTrouble):
    """The key is not there, or not there any more."""


class PinWrong(KeyTrouble):
    """The PIN is another one; ``left`` tries remain, -1 when the key does not say."""

    def __init__(self, left: int) -> None:
        """Remember how many tries there are."""
        super().__init__()
        self.left = left


class PinLocked(KeyTrouble):
    """The key takes no PIN any more: whoever issued it has to unlock it."""


class KeyFault(KeyTrouble):
    """The key, its module or its files fail in another way; the message says how, for the terminal."""


@dataclass(frozen=True)
class Certificate:
    """A certificate as the driver reads it. Whether it is worth anything is the server's to judge."""

    der: bytes

    @cached_property
    def _read(self) -> Any:
        return x509.Certificate.load(self.der).native["tbs_certificate"]

    def is_readable(self) -> bool:
        """Tell whether it is a certificate at all."""
        try:
            return bool(self._read["subject"]) and bool(self.valid_until)
        except (ValueError, TypeError, KeyError):
            return False

    @property
    def id(self) -> str:
        """Its name in the protocol: the beginning of its digest."""
        return hashlib.sha256(self.der).hexdigest()[:32]

    @property
    def name(self) -> str:
        """Whose it is."""
        return _text(self._read["subject"], "common_name", "organization_name")

    @property
    def subject(self) -> bytes:
        """The holder's distinguished name, for comparing."""
        return x509.Certificate.load(self.der).subject.dump()

    @property
    def issuer_name(self) -> str:
        """Who issued it, in one name."""
        return _text(self._read["issuer"], "common_name")

    @property
    def issuer_unit(self) -> str:
        """The organisation that issued it."""
        return _text(self._read["issuer"], "organization_name")

    @property
    def valid_until(self) -> str:
        """Its last instant, in Beijing's time."""
        return f"{self._read['validity']['not_after'].astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"

    @property
    def signs(self) -> bool:
        """Whether it is for signatures: of a CA's pair of certificates the other one is for encryption."""
        usage = next((e["extn_value"] for e in self._read["extensions"] or () if e["extn_id"] == "key_usage"), None)
        return usage is None or bool(usage & _SIGNING)


def _text(name: dict[str, Any], *parts: str) -> str:
    for part in parts:
        found = name.get(part)
        if found:
            return found if isinstance(found, str) else str(found[-1])
    return ""


class Key(ABC):
    """A private key that never leaves its place, and its certificates: one may sign, one may be for encryption."""

    sign_certificate: Certificate | None
    exchange_certificate: Certificate | None
    has_pin: bool = True

    @property
    def id(self) -> str:
        """The key's name in the protocol."""
        return (self.sign_certificate or self._other).id

    @property
    def name(self) -> str:
        """Whose key it is."""
        return (self.sign_certificate or self._other).name

    @property
    def _other(self) -> Certificate:
        if self.exchange_certificate is None:
            raise KeyFault("密钥没有证书")
        return self.exchange_certificate

    @abstractmethod
    def tries_left(self) -> int:
        """Return how often a PIN may still be wrong; 0: locked, -1: the key does not say."""

    @abstractmethod
    def check(self, pin: str) -> None:
        """Raise :class:`PinWrong` or :class:`PinLocked` unless ``pin`` opens the key."""

    @abstractmethod
    def sign(self, pin: str, data: bytes) -> bytes:
        """Sign ``data``: RSA with SHA-256 (PKCS#1 v1.5), or SM2 with SM3 (DER)."""


class Holder(ABC):
    """Where keys are: a token, a folder."""

    @abstractmethod
    def held(self) -> list[Key]:
        """Return the keys that are there now."""
