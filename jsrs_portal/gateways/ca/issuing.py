"""Making certificates and revocation lists: what a CA does, for the simulated one and for the tests."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from asn1crypto import core, crl, x509

from jsrs_portal.gateways.ca.keys import Key

SIGNING = frozenset({"digital_signature", "non_repudiation"})
ENCRYPTING = frozenset({"key_encipherment", "data_encipherment"})
AUTHORITY = frozenset({"key_cert_sign", "crl_sign"})


@dataclass(frozen=True)
class Authority:
    """A CA: its certificate and the key that goes with it."""

    certificate: x509.Certificate = field(repr=False)
    key: Key


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a certificate shall say. ``extensions`` are raw values by OID, as the CAs' own extensions are written."""

    subject: dict[str, str]
    usage: frozenset[str]
    not_before: datetime
    not_after: datetime
    authority: bool = False
    path_length: int | None = None
    extensions: dict[str, bytes] = field(default_factory=dict)
    crl_url: str = ""
    digest: str = ""


def printable(text: str) -> bytes:
    """Return ``text`` as the DER PrintableString that most CAs write."""
    return core.PrintableString(text).dump()


def self_signed(key: Key, order: Order) -> x509.Certificate:
    """Return a certificate that vouches for itself: a root, or a forgery."""
    return _signed(key, key, x509.Name.build(order.subject), order, key_id(key))


def issue(authority: Authority, key: Key, order: Order) -> x509.Certificate:
    """Return a certificate of ``authority`` for ``key``, whose private part a real CA would never see."""
    return _signed(authority.key, key, authority.certificate.subject, order, authority.certificate.key_identifier)


def revocation_list(
    authority: Authority, serials: Iterable[int], *, at: datetime, lasts: timedelta = timedelta(days=1), number: int = 0
) -> bytes:
    """Return the DER of the list of ``authority``: which of its certificates are worth nothing, as of ``at``."""
    at = at.replace(microsecond=0)
    algorithm = authority.key.algorithm()
    revoked = [
        {"user_certificate": serial, "revocation_date": x509.Time({"utc_time": at})} for serial in sorted(set(serials))
    ]
    extensions = [
        {
            "extn_id": "authority_key_identifier",
            "critical": False,
            "extn_value": x509.AuthorityKeyIdentifier({"key_identifier": authority.certificate.key_identifier}),
        },
        {"extn_id": "crl_number", "critical": False, "extn_value": number or int(at.timestamp())},
    ]
    body = crl.TbsCertList(
        {
            "version": "v2",
            "signature": algorithm,
            "issuer": authority.certificate.subject,
            "this_update": x509.Time({"utc_time": at}),
            "next_update": x509.Time({"utc_time": at + lasts}),
            "crl_extensions": extensions,
        }
        | ({"revoked_certificates": revoked} if revoked else {})
    )
    signature = authority.key.sign(body.dump())
    return crl.CertificateList(
        {"tbs_cert_list": body, "signature_algorithm": algorithm, "signature": core.OctetBitString(signature)}
    ).dump()


def key_id(key: Key) -> bytes:
    """Return the identifier of a key in certificates."""
    return hashlib.sha256(key.public["public_key"].contents).digest()[:20]


def _signed(signer: Key, key: Key, issuer: x509.Name, order: Order, signer_id: bytes | None) -> x509.Certificate:
    algorithm = signer.algorithm(order.digest)
    body = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": secrets.randbits(63) | 1 << 63,
            "signature": algorithm,
            "issuer": issuer,
            "validity": {"not_before": _time(order.not_before), "not_after": _time(order.not_after)},
            "subject": x509.Name.build(order.subject),
            "subject_public_key_info": key.public,
            "extensions": _extensions(key, order, signer_id),
        }
    )
    signature = signer.sign(body.dump(), order.digest)
    return x509.Certificate(
        {
            "tbs_certificate": body,
            "signature_algorithm": algorithm,
            "signature_value": core.OctetBitString(signature),
        }
    )


def _extensions(key: Key, order: Order, signer_id: bytes | None) -> list[dict[str, object]]:
    constraints: dict[str, object] = {"ca": order.authority}
    if order.path_length is not None:
        constraints["path_len_constraint"] = order.path_length
    found: list[dict[str, object]] = [
        {"extn_id": "key_identifier", "critical": False, "extn_value": key_id(key)},
        {
            "extn_id": "authority_key_identifier",
            "critical": False,
            "extn_value": x509.AuthorityKeyIdentifier({"key_identifier": signer_id}),
        },
        {"extn_id": "basic_constraints", "critical": True, "extn_value": x509.BasicConstraints(constraints)},
    ]
    if order.usage:
        found.append({"extn_id": "key_usage", "critical": True, "extn_value": x509.KeyUsage(set(order.usage))})
    if order.crl_url:
        point = {"distribution_point": x509.DistributionPointName("full_name", [_uri(order.crl_url)])}
        found.append({"extn_id": "crl_distribution_points", "critical": False, "extn_value": [point]})
    found += [
        {"extn_id": oid, "critical": False, "extn_value": core.ParsableOctetString(raw)}
        for oid, raw in order.extensions.items()
    ]
    return found


def _uri(address: str) -> x509.GeneralName:
    return x509.GeneralName("uniform_resource_identifier", address)


def _time(instant: datetime) -> x509.Time:
    return x509.Time({"utc_time": instant.replace(microsecond=0)})
