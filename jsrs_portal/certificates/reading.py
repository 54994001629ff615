"""A certificate, read once into what is asked of it; what cannot be read is refused here and nowhere later."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from asn1crypto import pem, x509

from jsrs_portal.certificates import sm2

MOST_BYTES = 16_384
"""A certificate has one or two thousand."""
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)
"""What asn1crypto raises for what is no certificate: it reads lazily, so for any part of it."""


class Kind(StrEnum):
    """The kinds of keys that are known."""

    RSA = "rsa"
    SM2 = "sm2"
    OTHER = "other"


class Unreadable(ValueError):
    """The bytes are no certificate."""


@dataclass(frozen=True)
class Certificate:
    """A certificate and what it says. ``key`` is 64 bytes for SM2, the SubjectPublicKeyInfo otherwise.

    ``subject`` and ``issuer`` are hashes of names; ``usage`` and ``extended_usage`` are ``None`` where there is none;
    ``values`` are raw values by OID: of extensions, and of the subject's attributes.
    """

    asn1: x509.Certificate = field(repr=False)
    kind: Kind
    key: bytes = field(repr=False)
    bits: int
    digest: str
    subject: bytes = field(repr=False)
    issuer: bytes = field(repr=False)
    issuer_text: str
    serial: int
    not_before: datetime
    not_after: datetime
    usage: frozenset[str] | None
    extended_usage: frozenset[str] | None
    is_authority: bool
    path_length: int | None
    key_id: bytes | None
    issuer_key_id: bytes | None
    critical: frozenset[str]
    values: dict[str, tuple[bytes, ...]] = field(repr=False)

    @property
    def serial_text(self) -> str:
        """The serial number as CAs print it: hexadecimal."""
        return f"{self.serial:X}"

    @property
    def subject_hash(self) -> str:
        """The subject for the audit trail, which needs no name."""
        return self.subject.hex()

    @property
    def signed_part(self) -> bytes:
        """What the issuer has signed."""
        tbs: Any = self.asn1["tbs_certificate"]
        return tbs.dump()

    @property
    def signature(self) -> bytes:
        """The issuer's signature."""
        signature: Any = self.asn1["signature_value"]
        return signature.native


def read_certificate(der: bytes) -> Certificate:
    """Return the certificate in ``der``; :class:`Unreadable` for anything else, trailing bytes included."""
    if not 0 < len(der) <= MOST_BYTES:
        raise Unreadable
    try:
        return _read(der)
    except UNREADABLE:
        raise Unreadable from None


def read_pem(text: str) -> list[Certificate]:
    """Return the certificates in ``text``; :class:`Unreadable` if anything in it is none."""
    try:
        blocks: list[Any] = list(pem.unarmor(text.encode(), multiple=True)) if text.strip() else []
    except UNREADABLE:
        raise Unreadable from None
    if any(name != "CERTIFICATE" for name, _, _ in blocks):
        raise Unreadable
    return [read_certificate(der) for _, _, der in blocks]


def name_key(name: x509.Name) -> bytes:
    """Return what tells a name from others: two that mean the same are the same (RFC 5280, 7.1)."""
    return hashlib.sha256(name.hashable.encode()).digest()


def _read(der: bytes) -> Certificate:
    asn1: Any = x509.Certificate.load(der, strict=True)
    body = asn1["tbs_certificate"]
    if asn1["signature_algorithm"].dump() != body["signature"].dump():
        raise Unreadable
    kind, key, bits = _key(body["subject_public_key_info"])
    values: dict[str, list[bytes]] = {}
    for rdn in asn1.subject.chosen:
        for attribute in rdn:
            values.setdefault(attribute["type"].dotted, []).append(attribute["value"].dump())
    for extension in body["extensions"]:
        oid = extension["extn_id"].dotted
        values.setdefault(oid, []).append(extension["extn_value"].contents or b"")
    constraints = asn1.basic_constraints_value
    usage = asn1.key_usage_value
    extended = asn1.extended_key_usage_value
    return Certificate(
        asn1=asn1,
        kind=kind,
        key=key,
        bits=bits,
        digest=digest_name(asn1["signature_algorithm"]),
        subject=name_key(asn1.subject),
        issuer=name_key(asn1.issuer),
        issuer_text=asn1.issuer.human_friendly[:200],
        serial=asn1.serial_number,
        not_before=asn1.not_valid_before,
        not_after=asn1.not_valid_after,
        usage=None if usage is None else frozenset(usage.native),
        extended_usage=None if extended is None else frozenset(extended.native),
        is_authority=bool(constraints and constraints["ca"].native),
        path_length=constraints["path_len_constraint"].native if constraints else None,
        key_id=asn1.key_identifier,
        issuer_key_id=asn1.authority_key_identifier,
        critical=frozenset(one["extn_id"].dotted for one in body["extensions"] if one["critical"].native),
        values={oid: tuple(found) for oid, found in values.items()},
    )


def _key(info: Any) -> tuple[Kind, bytes, int]:
    algorithm = info["algorithm"]
    name = algorithm["algorithm"].native
    if name == "rsa":
        return Kind.RSA, info.dump(), info.bit_size
    curve: Any = algorithm["parameters"]
    if name == "ec" and curve.name == "named" and curve.chosen.dotted == sm2.CURVE:
        point = info["public_key"].contents[1:]
        if len(point) != 65 or point[0] != 4:
            raise Unreadable
        return Kind.SM2, point[1:], 256
    return Kind.OTHER, info.dump(), 0


def digest_name(algorithm: Any) -> str:
    """Return the name of the digest a signature uses: sha1, sha256 …, sm3, or the algorithm's own name."""
    if algorithm["algorithm"].dotted == sm2.SIGNED_WITH_SM3:
        return "sm3"
    try:
        return algorithm.hash_algo
    except ValueError:
        return algorithm["algorithm"].native
