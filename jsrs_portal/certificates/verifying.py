"""The whole judgement over a certificate, and over what its key has signed: a unit, or one reason why not (R-2.4.2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from jsrs_portal.certificates.chains import check_chain
from jsrs_portal.certificates.crls import RevocationList
from jsrs_portal.certificates.pkcs7 import digest_of_message
from jsrs_portal.certificates.reading import Certificate, Kind, Unreadable, read_certificate
from jsrs_portal.certificates.signatures import digest_of_raw
from jsrs_portal.certificates.trust import Issuer, Trust
from jsrs_portal.domain.certificates import (
    CLIENT_USES,
    LEAST_RSA_BITS,
    PERSON_OID,
    CertificateProblem,
    IssuerPolicy,
    common_name,
    find_uscc,
)

_UNKNOWN = IssuerPolicy(name="")
Lists = Mapping[str, RevocationList]
"""The lists at hand, by the address each was fetched from."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a certificate is worth: a unit, or the problem. The rest is for the audit trail, as far as it was read."""

    problem: CertificateProblem | None = None
    uscc: str = ""
    issuer: str = ""
    serial: str = ""
    subject_hash: str = ""
    not_after: datetime | None = None
    of_person: bool = False
    """It is a person's certificate, that names the unit as well."""
    common_name: str = ""


def judge(der: bytes, *, trust: Trust, lists: Lists, now: datetime) -> Judgement:
    """Judge a certificate by itself, as the check-up does: nothing was signed."""
    return _judged(der, None, trust, lists, now)


def judge_signature(
    der: bytes, *, message: bytes, signature: bytes, trust: Trust, lists: Lists, now: datetime, pkcs7: bool = False
) -> Judgement:
    """Judge a certificate and whether its key made ``signature`` over ``message``, which must be our own text.

    The signature is bare, or a message in ``pkcs7``.
    """
    how = digest_of_message if pkcs7 else digest_of_raw
    return _judged(der, lambda certificate: how(certificate, message, signature), trust, lists, now)


def _judged(
    der: bytes, signed: Callable[[Certificate], str] | None, trust: Trust, lists: Lists, now: datetime
) -> Judgement:
    try:
        certificate = read_certificate(der)
    except Unreadable:
        return Judgement(problem=CertificateProblem.UNREADABLE)
    issuer = trust.of(certificate)
    policy = issuer.policy if issuer else _UNKNOWN
    problem = _key(certificate)
    if problem is None and signed is not None:
        problem = _signature(signed(certificate), policy)
    problem = problem or _chain(certificate, issuer, lists, now)
    uscc = find_uscc(certificate.values, policy) if problem is None else None
    if problem is None and uscc is None:
        problem = CertificateProblem.NO_UNIT
    return Judgement(
        problem=problem,
        uscc=uscc or "",
        issuer=certificate.issuer_text,
        serial=certificate.serial_text,
        subject_hash=certificate.subject_hash,
        not_after=certificate.not_after,
        of_person=PERSON_OID in certificate.values,
        common_name=common_name(certificate.values),
    )


def _key(certificate: Certificate) -> CertificateProblem | None:
    if certificate.kind is Kind.OTHER:
        return CertificateProblem.KEY
    if certificate.kind is Kind.RSA and certificate.bits < LEAST_RSA_BITS:
        return CertificateProblem.WEAK_KEY
    return None


def _signature(digest: str, policy: IssuerPolicy) -> CertificateProblem | None:
    if not digest:
        return CertificateProblem.SIGNATURE
    return CertificateProblem.SHA1 if digest == "sha1" and not policy.allow_sha1 else None


def _chain(certificate: Certificate, issuer: Issuer | None, lists: Lists, now: datetime) -> CertificateProblem | None:
    """Look at the certificate from what its holder can see to what only its CA knows."""
    if issuer is None:
        own = certificate.subject == certificate.issuer
        return CertificateProblem.SELF_SIGNED if own else CertificateProblem.ISSUER
    if certificate.is_authority or not certificate.usage or "digital_signature" not in certificate.usage:
        return CertificateProblem.USAGE
    if certificate.extended_usage is not None and not certificate.extended_usage & CLIENT_USES:
        return CertificateProblem.USAGE
    if certificate.digest == "sha1" and not issuer.policy.allow_sha1:
        return CertificateProblem.SHA1
    if now > certificate.not_after:
        return CertificateProblem.EXPIRED
    if now < certificate.not_before:
        return CertificateProblem.NOT_YET
    if any(url not in lists for url in issuer.crls):
        return CertificateProblem.NO_CRL
    return check_chain(certificate, issuer, [lists[url] for url in issuer.crls], now)
