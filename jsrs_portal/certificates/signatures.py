"""Signatures of the keys in certificates: of a CA over what it issues, of a token over our text."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from jsrs_portal.certificates import sm2
from jsrs_portal.certificates.reading import Certificate, Kind

_DIGESTS: dict[str, HashAlgorithm] = {
    "sha256": SHA256(),
    "sha384": SHA384(),
    "sha512": SHA512(),
    # Of old middleware; taken only where a CA's configuration says so.
    "sha1": SHA1(),  # noqa: S303  # nosec B303
}


def signed_by(certificate: Certificate, message: bytes, signature: bytes, digest: str) -> bool:
    """Tell whether the key of ``certificate`` signed ``message`` with ``digest`` (sha256 …, sm3)."""
    if certificate.kind is Kind.SM2:
        return digest == "sm3" and sm2.holds(certificate.key, message, signature)
    if certificate.kind is not Kind.RSA or digest not in _DIGESTS:
        return False
    try:
        key = load_der_public_key(certificate.key)
    except (ValueError, UnsupportedAlgorithm):
        return False
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(signature, message, PKCS1v15(), _DIGESTS[digest])
    except InvalidSignature:
        return False
    return True


def digest_of_raw(certificate: Certificate, message: bytes, signature: bytes) -> str:
    """Return the digest with which the key signed ``message``; empty when it did not.

    A bare signature does not say which, so each is tried, the weak one last.
    """
    tried = ("sm3",) if certificate.kind is Kind.SM2 else tuple(_DIGESTS)
    return next((one for one in tried if signed_by(certificate, message, signature, one)), "")
