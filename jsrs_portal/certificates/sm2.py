"""SM2 signatures with SM3 (GB/T 32918.2, GB/T 32905), as certificates and tokens write them."""

from typing import Any, ClassVar

from asn1crypto import core, keys
from gmssl_pyx import GmsslInnerError, sm2_verify

CURVE = "1.2.156.10197.1.301"
SIGNED_WITH_SM3 = "1.2.156.10197.1.501"
_RAW = 64
keys.NamedCurve.register("sm2p256v1", CURVE, 32)  # asn1crypto does not know it, and writes no key of it otherwise


class _Signature(core.Sequence):
    _fields: ClassVar[list[Any]] = [("r", core.Integer), ("s", core.Integer)]


def holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether ``signature`` over ``message`` was made with ``key`` (64 bytes, x and y), user id by default.

    The signature is DER or the bare 64 bytes r and s: tokens give either.
    """
    try:
        if len(signature) == _RAW and sm2_verify(key, message, _as_der(signature)):
            return True
        return bool(sm2_verify(key, message, _strict(signature)))
    except (GmsslInnerError, ValueError, TypeError, OverflowError):
        return False


def _as_der(raw: bytes) -> bytes:
    r, s = (int.from_bytes(part, "big") for part in (raw[:32], raw[32:]))
    return _Signature({"r": r, "s": s}).dump()


def _strict(der: bytes) -> bytes:
    """Return the signature written anew: what the verifier sees has no second form, so nothing can be appended."""
    read = _Signature.load(der, strict=True)
    return _Signature({"r": read["r"].native, "s": read["s"].native}).dump()
