"""From a person's certificate to a root of the configuration, with nobody on the way revoked.

RSA by pyhanko-certvalidator; SM2, which no library knows, by a walk of our own with the same rules (RFC 5280, 6.1).
No part asks the network, and without a list that counts today nobody passes.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    InsufficientRevinfoError,
    NotYetValidError,
    PathBuildingError,
    PathError,
    RevokedError,
    StaleRevinfoError,
    ValidationError,
)

from jsrs_portal.certificates.crls import RevocationList
from jsrs_portal.certificates.reading import Certificate, Kind
from jsrs_portal.certificates.signatures import signed_by
from jsrs_portal.certificates.trust import Issuer, same_key
from jsrs_portal.domain.certificates import CertificateProblem

_LONGEST = 6
_UNDERSTOOD = frozenset({"2.5.29.15", "2.5.29.19", "2.5.29.37", "2.5.29.14", "2.5.29.35", "2.5.29.31", "2.5.29.17"})
"""Extensions that may be critical: usage, constraints, extended usage, key ids, where lists are, other names."""


def check_chain(
    certificate: Certificate, issuer: Issuer, lists: Sequence[RevocationList], now: datetime
) -> CertificateProblem | None:
    """Return why ``certificate`` does not lead to a root of ``issuer``, ``None`` when it does."""
    if not lists:
        return CertificateProblem.NO_CRL
    if not all(one.is_fresh(now) for one in lists):
        return CertificateProblem.STALE_CRL
    if certificate.kind is Kind.SM2:
        return _walk(certificate, issuer, lists, now)
    return asyncio.run(_validate(certificate, issuer, lists, now))


async def _validate(
    certificate: Certificate, issuer: Issuer, lists: Sequence[RevocationList], now: datetime
) -> CertificateProblem | None:
    concerned = [one.serial for one in (certificate, *issuer.authorities)]
    context = ValidationContext(
        trust_roots=[one.asn1 for one in issuer.anchors],
        crls=[one.about(concerned) for one in lists],
        moment=now,
        allow_fetching=False,
        revocation_mode="require",  # hard-fail passes over a certificate that names no list
        weak_hash_algos={"md2", "md5"} if issuer.policy.allow_sha1 else {"md2", "md5", "sha1"},
    )
    between = [one.asn1 for one in issuer.intermediates]
    validator = CertificateValidator(certificate.asn1, intermediate_certs=between, validation_context=context)
    try:
        await validator.async_validate_usage({"digital_signature"})
    except RevokedError:
        return CertificateProblem.REVOKED
    except ExpiredError:
        return CertificateProblem.EXPIRED
    except NotYetValidError:
        return CertificateProblem.NOT_YET
    except DisallowedAlgorithmError:
        return CertificateProblem.SHA1 if certificate.digest == "sha1" else CertificateProblem.CHAIN
    except StaleRevinfoError:
        return CertificateProblem.STALE_CRL
    except InsufficientRevinfoError:
        return CertificateProblem.NO_CRL
    except PathBuildingError:
        return CertificateProblem.ISSUER
    except (PathError, ValidationError, ValueError, TypeError, KeyError):
        return CertificateProblem.CHAIN
    return None


def _walk(
    certificate: Certificate, issuer: Issuer, lists: Sequence[RevocationList], now: datetime
) -> CertificateProblem | None:
    below, authorities = 0, issuer.authorities
    anchors = {one.key for one in issuer.anchors}
    current = certificate
    for _ in range(_LONGEST):
        problem = _state(current, issuer, now)
        if problem:
            return problem
        parent = next((one for one in authorities if _issued(one, current)), None)
        if parent is None:
            return CertificateProblem.CHAIN
        if not _may_issue(parent, below):
            return CertificateProblem.CHAIN
        problem = _revocation(current, parent, lists)
        if problem:
            return problem
        if parent.key in anchors:
            return CertificateProblem.EXPIRED if now > parent.not_after else None
        below += 0 if parent.subject == parent.issuer else 1
        current = parent
    return CertificateProblem.CHAIN


def _state(certificate: Certificate, issuer: Issuer, now: datetime) -> CertificateProblem | None:
    """Look at one certificate by itself."""
    if now > certificate.not_after:
        return CertificateProblem.EXPIRED
    if now < certificate.not_before:
        return CertificateProblem.NOT_YET
    if certificate.critical - _UNDERSTOOD - set(issuer.policy.uscc_oids):
        return CertificateProblem.CHAIN
    return None


def _issued(authority: Certificate, certificate: Certificate) -> bool:
    named = authority.subject == certificate.issuer and same_key(authority, certificate)
    return named and signed_by(authority, certificate.signed_part, certificate.signature, certificate.digest)


def _may_issue(authority: Certificate, below: int) -> bool:
    """Tell whether a CA may issue, with ``below`` other CAs between it and the person."""
    if not authority.is_authority or (authority.usage is not None and "key_cert_sign" not in authority.usage):
        return False
    return authority.path_length is None or below <= authority.path_length


def _revocation(
    certificate: Certificate, parent: Certificate, lists: Sequence[RevocationList]
) -> CertificateProblem | None:
    theirs = [one for one in lists if one.issuer == parent.subject and one.issuer_key == parent.key]
    if not theirs:
        return CertificateProblem.NO_CRL
    revoked = any(certificate.serial in one.revoked for one in theirs)
    return CertificateProblem.REVOKED if revoked else None
