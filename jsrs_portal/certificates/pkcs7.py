"""Signatures as messages: PKCS #7 / CMS for RSA, and GM/T 0010 (GB/T 35275) for SM2, which has names of its own."""

import hashlib
from typing import Any, ClassVar

from asn1crypto import cms, core
from gmssl_pyx import sm3_hash

from jsrs_portal.certificates.reading import UNREADABLE, Certificate, Kind
from jsrs_portal.certificates.signatures import signed_by

_SIGNED_DATA = {Kind.RSA: "1.2.840.113549.1.7.2", Kind.SM2: "1.2.156.10197.6.1.4.2.2"}
_DATA = {Kind.RSA: "1.2.840.113549.1.7.1", Kind.SM2: "1.2.156.10197.6.1.4.2.1"}
_DIGESTS = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "1.2.156.10197.1.401": "sm3",
}
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SET = b"\x31"


class _Outer(core.Sequence):
    _fields: ClassVar[list[Any]] = [("content_type", core.ObjectIdentifier), ("content", core.Any, {"explicit": 0})]


class _Attribute(core.Sequence):
    _fields: ClassVar[list[Any]] = [("type", core.ObjectIdentifier), ("values", core.SetOf, {"spec": core.Any})]


class _Attributes(core.SetOf):
    _child_spec = _Attribute


class _Anything(core.SetOf):
    _child_spec = core.Any


class _Signer(core.Sequence):
    _fields: ClassVar[list[Any]] = [
        ("version", core.Integer),
        ("sid", cms.IssuerAndSerialNumber),
        ("digest_algorithm", core.Any),
        ("signed_attrs", _Attributes, {"implicit": 0, "optional": True}),
        ("signature_algorithm", core.Any),
        ("signature", core.OctetString),
        ("unsigned_attrs", _Anything, {"implicit": 1, "optional": True}),
    ]


class _Signers(core.SetOf):
    _child_spec = _Signer


class _Algorithm(core.Sequence):
    _fields: ClassVar[list[Any]] = [("algorithm", core.ObjectIdentifier), ("parameters", core.Any, {"optional": True})]


class _Content(core.Sequence):
    _fields: ClassVar[list[Any]] = [
        ("content_type", core.ObjectIdentifier),
        ("content", core.OctetString, {"explicit": 0, "optional": True}),
    ]


class _SignedData(core.Sequence):
    _fields: ClassVar[list[Any]] = [
        ("version", core.Integer),
        ("digest_algorithms", core.Any),
        ("content", _Content),
        ("certificates", _Anything, {"implicit": 0, "optional": True}),
        ("crls", _Anything, {"implicit": 1, "optional": True}),
        ("signers", _Signers),
    ]


def digest_of_message(certificate: Certificate, text: bytes, der: bytes) -> str:
    """Return the digest with which the key of ``certificate`` signed ``text`` in the message ``der``; "" if it did not.

    The content may be in the message or not; what is verified is ``text``. There must be one signer, this one.
    """
    try:
        return _digest(certificate, text, der)
    except UNREADABLE:
        return ""


def _digest(certificate: Certificate, text: bytes, der: bytes) -> str:
    outer = _Outer.load(der, strict=True)
    if outer["content_type"].native != _SIGNED_DATA.get(certificate.kind):
        return ""
    data = outer["content"].parse(_SignedData)
    content, signers = data["content"], data["signers"]
    kind = content["content_type"].native
    if kind != _DATA[certificate.kind] or content["content"].native not in (None, text) or len(signers) != 1:
        return ""
    signer = signers[0]
    if signer["sid"]["serial_number"].native != certificate.serial:
        return ""
    digest = _DIGESTS.get(signer["digest_algorithm"].parse(_Algorithm)["algorithm"].native, "")
    attributes = signer["signed_attrs"]
    signed = text
    if isinstance(attributes, _Attributes):
        # What is signed is the set itself, not its place in the message (RFC 5652, 5.4).
        signed = _SET + attributes.dump()[1:]
        said = {one["type"].native: one["values"] for one in attributes}
        if not _covers(said, digest, kind, text) or len(said) != len(attributes):
            return ""
    signature = signer["signature"].native
    return digest if digest and signed_by(certificate, signed, signature, digest) else ""


def _covers(said: dict[str, core.SetOf], digest: str, kind: str, text: bytes) -> bool:
    """Tell whether the signed attributes are about ``text``: its digest, and what it is."""
    types, digests = said.get(_CONTENT_TYPE), said.get(_MESSAGE_DIGEST)
    if types is None or digests is None or len(types) != 1 or len(digests) != 1:
        return False
    hashed = sm3_hash(text) if digest == "sm3" else hashlib.new(digest, text).digest() if digest else b""
    return types[0].parse(core.ObjectIdentifier).native == kind and digests[0].parse(core.OctetString).native == hashed
