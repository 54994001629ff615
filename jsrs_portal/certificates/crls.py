"""Revocation lists: read, and believed only when a CA of the configuration has signed them (RFC 5280, 5)."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from asn1crypto import crl

from jsrs_portal.certificates.reading import UNREADABLE, Certificate, digest_name, name_key
from jsrs_portal.certificates.signatures import signed_by
from jsrs_portal.domain.certificates import CLOCK_SKEW

MOST_BYTES = 16 << 20
"""Lists of large CAs have some megabytes."""
_CRL_NUMBER, _DELTA, _DISTRIBUTION_POINT = "2.5.29.20", "2.5.29.27", "2.5.29.28"
_OF_OTHERS = bytes.fromhex("0603551d1d")
"""The extension of an entry that names the issuer of those after it too (2.5.29.29), encoded."""
_UNDERSTOOD = {_CRL_NUMBER, _DISTRIBUTION_POINT, "2.5.29.35"}


class _NarrowBody(crl.TbsCertList):
    """The signed part of a list: its bytes are whole, its entries are those that are ``seen``, or all."""

    seen: bytes | None = None

    def __getitem__(self, name: Any) -> Any:
        if name == "revoked_certificates" and self.seen is not None:
            return crl.RevokedCertificates(contents=self.seen)
        return super().__getitem__(name)


class _Narrow(crl.CertificateList):
    _fields: ClassVar = [("tbs_cert_list", _NarrowBody), *crl.CertificateList._fields[1:]]


class Refused(ValueError):
    """The list cannot be used; the message says why, for the log."""


@dataclass(frozen=True)
class RevocationList:
    """A list whose signature was verified: whose it is, when it was made and until when it counts.

    ``entries`` are its entries, encoded, by serial number.
    """

    asn1: crl.CertificateList = field(repr=False)
    issuer: bytes
    issuer_key: bytes
    number: int
    made_at: datetime
    next_at: datetime
    entries: Mapping[int, bytes] = field(repr=False)
    whole: bool
    """Whether an entry may say something of those that follow it, so that none can be looked at by itself."""

    @property
    def revoked(self) -> AbstractSet[int]:
        """The serial numbers in the list."""
        return self.entries.keys()

    def about(self, serials: Iterable[int]) -> crl.CertificateList:
        """Return the list as it was signed, of whose entries only those about ``serials`` are seen.

        A judgement asks about the few certificates of a chain; walking 100 000 entries for it takes a second.
        """
        if self.whole:
            return self.asn1
        found: Any = _Narrow.load(self.asn1.dump())
        found["tbs_cert_list"].seen = b"".join(self.entries.get(serial, b"") for serial in set(serials))
        return found

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether it may be relied on at ``now``."""
        return self.made_at <= now + CLOCK_SKEW and now < self.next_at


def read_list(der: bytes, authorities: Iterable[Certificate], *, allow_sha1: bool = False) -> RevocationList:
    """Return the list in ``der`` when one of ``authorities`` has signed it.

    :class:`Refused` for what cannot be read, names no next issue, holds changes or certain reasons only, or is signed
    by nobody known.
    """
    if len(der) > MOST_BYTES:
        raise Refused("too large")
    try:
        return _read(der, authorities, allow_sha1)
    except UNREADABLE as error:
        if isinstance(error, Refused):
            raise
        raise Refused("unreadable") from None


def _read(der: bytes, authorities: Iterable[Certificate], allow_sha1: bool) -> RevocationList:
    asn1 = crl.CertificateList.load(der, strict=True)
    body = asn1["tbs_cert_list"]
    if asn1["signature_algorithm"].dump() != body["signature"].dump():
        raise Refused("two algorithms")
    extensions = {one["extn_id"].dotted: one for one in body["crl_extensions"] or ()}
    if _DELTA in extensions:
        raise Refused("changes only")
    if any(one["critical"].native and oid not in _UNDERSTOOD for oid, one in extensions.items()):
        raise Refused("a critical extension")
    if _DISTRIBUTION_POINT in extensions and _is_partial(extensions[_DISTRIBUTION_POINT]["extn_value"].parsed):
        raise Refused("a part only")
    if body["next_update"].native is None:
        raise Refused("no next issue")
    issuer = name_key(body["issuer"])
    signer = next((one for one in authorities if one.subject == issuer and _may_sign(one)), None)
    if signer is None:
        raise Refused("an unknown issuer")
    digest = digest_name(asn1["signature_algorithm"])
    if digest == "sha1" and not allow_sha1:
        raise Refused("sha1")
    if not signed_by(signer, body.dump(), asn1["signature"].native, digest):
        raise Refused("the signature")
    number = extensions[_CRL_NUMBER]["extn_value"].parsed.native if _CRL_NUMBER in extensions else 0
    return RevocationList(
        asn1=crl.CertificateList.load(asn1.dump()),  # without the objects of entries that were looked at
        issuer=issuer,
        issuer_key=signer.key,
        number=number,
        made_at=body["this_update"].native,
        next_at=body["next_update"].native,
        entries=_entries(body),
        whole=_OF_OTHERS in body["revoked_certificates"].dump(),
    )


def _entries(body: crl.TbsCertList) -> dict[int, bytes]:
    entries: dict[int, bytes] = {}
    for one in body["revoked_certificates"] or ():
        serial = one["user_certificate"].native
        entries[serial] = entries.get(serial, b"") + one.dump()
    return entries


def _may_sign(authority: Certificate) -> bool:
    return authority.is_authority and (authority.usage is None or "crl_sign" in authority.usage)


def _is_partial(point: crl.IssuingDistributionPoint) -> bool:
    """Tell whether the list leaves out certificates of people, or comes from somebody else than their issuer."""
    return bool(
        point["indirect_crl"].native
        or point["only_some_reasons"].native is not None
        or point["only_contains_attribute_certs"].native
        or point["only_contains_ca_certs"].native
    )
