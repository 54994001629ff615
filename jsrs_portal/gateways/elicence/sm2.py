"""SM2 signatures over canonical JSON (GB/T 32918, GB/T 32905): by gmssl-pyx; keys and certificates by asn1crypto."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import gmssl_pyx
from asn1crypto import keys as asn1_keys
from asn1crypto import pem, x509

from jsrs_portal.certificates.reading import UNREADABLE
from jsrs_portal.certificates.sm2 import CURVE

_HEX_DIGITS = 128


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return the bytes that are signed: names sorted, no spaces, UTF-8."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_public_key(text: str) -> bytes:
    """Return a public key (64 bytes: x and y) from 128 hex digits, a PEM public key or a PEM certificate.

    Raises ValueError for anything else, and for keys of another curve.
    """
    text = text.strip()
    if not text.startswith("-----BEGIN"):
        digits = text.lower().removeprefix("04") if len(text) == _HEX_DIGITS + 2 else text
        if len(digits) != _HEX_DIGITS:
            raise ValueError("an SM2 public key has 128 hexadecimal digits")
        return bytes.fromhex(digits)
    try:
        kind, _, der = pem.unarmor(text.encode())
        found = x509.Certificate.load(der).public_key if kind == "CERTIFICATE" else asn1_keys.PublicKeyInfo.load(der)
        curve: Any = found["algorithm"]["parameters"].chosen.dotted
        point: bytes = found["public_key"].native
    except UNREADABLE as error:
        raise ValueError("no SM2 public key") from error
    if curve != CURVE or len(point) != 65 or point[0] != 4:
        raise ValueError("no SM2 public key")
    return point[1:]


def sign(content: Mapping[str, Any], *, private_key: bytes, public_key: bytes) -> str:
    """Return the signature of ``content``, base64 of DER. For the simulator."""
    return base64.b64encode(gmssl_pyx.sm2_sign(private_key, public_key, canonical(content))).decode()


def verifies(content: Mapping[str, Any], signature: object, public_key: bytes) -> bool:
    """Tell whether ``signature`` (base64 of DER) is that of ``content`` by ``public_key``."""
    if not isinstance(signature, str) or len(signature) > 200:
        return False
    try:
        der = base64.b64decode(signature, validate=True)
        return gmssl_pyx.sm2_verify(public_key, canonical(content), der)
    except (binascii.Error, gmssl_pyx.GmsslInnerError, ValueError, RecursionError):
        return False


def seal(content: Mapping[str, Any], secret: str) -> str:
    """Return the SM3-HMAC of a request, in hex."""
    return gmssl_pyx.sm3_hmac(secret.encode(), canonical(content)).hex()
