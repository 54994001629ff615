"""Keys of the simulated CA and of those it issues to: RSA and SM2, in PKCS #8."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from asn1crypto import algos, core, keys, pem
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from gmssl_pyx import sm2_key_generate, sm2_sign

from jsrs_portal.certificates import sm2
from jsrs_portal.certificates.reading import Kind

# The weak one makes certificates that are to be refused.
_DIGESTS = {"sha256": SHA256(), "sha1": SHA1()}  # noqa: S303  # nosec B303
_UNCOMPRESSED = b"\x04"


@dataclass(frozen=True)
class Key:
    """A private key; ``pkcs8`` is its DER."""

    kind: Kind
    pkcs8: bytes = field(repr=False)

    @classmethod
    def new(cls, kind: Kind, bits: int = 2048) -> "Key":
        """Make a fresh one."""
        if kind is Kind.SM2:
            public, private = sm2_key_generate()
            return cls(kind, _sm2_pkcs8(private, public))
        rsa = generate_private_key(public_exponent=65537, key_size=bits)
        return cls(kind, rsa.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))

    @classmethod
    def from_pem(cls, text: bytes) -> "Key":
        """Read what :attr:`pem` gave."""
        der = unarmored(text)
        algorithm = keys.PrivateKeyInfo.load(der)["private_key_algorithm"]["algorithm"].native
        return cls(Kind.RSA if algorithm == "rsa" else Kind.SM2, der)

    @property
    def pem(self) -> bytes:
        """The key as a file holds it."""
        return pem.armor("PRIVATE KEY", self.pkcs8)

    @cached_property
    def public(self) -> keys.PublicKeyInfo:
        """Its SubjectPublicKeyInfo."""
        if self.kind is Kind.SM2:
            return _sm2_public(self._sm2[1])
        der = self._rsa.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return keys.PublicKeyInfo.load(der)

    @property
    def digest(self) -> str:
        """The digest it signs with unless another is asked for."""
        return "sm3" if self.kind is Kind.SM2 else "sha256"

    def sign(self, message: bytes, digest: str = "") -> bytes:
        """Sign ``message``; SM2 gives DER."""
        if self.kind is Kind.SM2:
            private, public = self._sm2
            return sm2_sign(private, public, message)
        return self._rsa.sign(message, PKCS1v15(), _DIGESTS[digest or self.digest])

    def algorithm(self, digest: str = "") -> algos.SignedDigestAlgorithm:
        """Return what a certificate says of such a signature."""
        if self.kind is Kind.SM2:
            return algos.SignedDigestAlgorithm({"algorithm": sm2.SIGNED_WITH_SM3})
        parameters = {"algorithm": f"{digest or self.digest}_rsa", "parameters": core.Null()}
        return algos.SignedDigestAlgorithm(parameters)

    @cached_property
    def _rsa(self) -> RSAPrivateKey:
        key = load_der_private_key(self.pkcs8, None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("not an RSA key")
        return key

    @cached_property
    def _sm2(self) -> tuple[bytes, bytes]:
        """The private number and the public point, x and y."""
        inner = keys.PrivateKeyInfo.load(self.pkcs8)["private_key"].parsed
        private = inner["private_key"].native
        return private.to_bytes(32, "big"), inner["public_key"].contents[2:]


def unarmored(text: bytes) -> bytes:
    """Return the DER of the only block of a PEM file."""
    found: Any = pem.unarmor(text)
    return found[2]


def _sm2_pkcs8(private: bytes, public: bytes) -> bytes:
    inner: Any = keys.ECPrivateKey(
        {
            "version": "ecPrivkeyVer1",
            "private_key": int.from_bytes(private, "big"),
            "public_key": keys.ECPointBitString(_UNCOMPRESSED + public),
        }
    )
    inner["private_key"].set_encoded_width(32)
    algorithm = keys.PrivateKeyAlgorithm({"algorithm": "ec", "parameters": _curve()})
    info = keys.PrivateKeyInfo({"version": 0, "private_key_algorithm": algorithm, "private_key": inner})
    return info.dump()


def _sm2_public(point: bytes) -> keys.PublicKeyInfo:
    algorithm = keys.PublicKeyAlgorithm({"algorithm": "ec", "parameters": _curve()})
    return keys.PublicKeyInfo({"algorithm": algorithm, "public_key": keys.ECPointBitString(_UNCOMPRESSED + point)})


def _curve() -> keys.ECDomainParameters:
    return keys.ECDomainParameters(name="named", value=keys.NamedCurve("sm2p256v1"))
