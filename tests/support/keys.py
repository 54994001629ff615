"""A phone's own key, as a browser would have it."""

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class PhoneKey:
    """A P-256 key that signs as WebCrypto does (IEEE P1363)."""

    def __init__(self, curve: ec.EllipticCurve | None = None) -> None:
        self._key = ec.generate_private_key(curve or ec.SECP256R1())

    @property
    def public(self) -> str:
        """The SubjectPublicKeyInfo in base64."""
        found = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(found).decode()

    def sign(self, text: str) -> str:
        """Return the signature over ``text`` in base64."""
        r, s = decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(SHA256())))
        size = (self._key.curve.key_size + 7) // 8
        return base64.b64encode(r.to_bytes(size) + s.to_bytes(size)).decode()

    def signed(self, text: str) -> dict[str, str]:
        """Return what the phone's page sends."""
        return {"key": self.public, "signature": self.sign(text)}
