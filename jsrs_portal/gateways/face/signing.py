"""Signatures of the Alipay open platform (gateway.do, RSA2): pure functions, used by the client and by the simulator.

RSA2 is RSASSA-PKCS1-v1_5 with SHA-256, in Base64. A request signs its sorted parameters; an answer signs the raw
text of its ``…_response`` member, which therefore is cut out of the body as it came and never written anew
(Alipay escapes ``/`` as ``\\/``). Source: open platform documents and alipay-sdk-python (protocol reference §1.1).
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^,}\]\s]+")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


class MalformedReply(ValueError):
    """The body is not one JSON object with the expected members."""


def load_private_key(text: str) -> RSAPrivateKey:
    """Read a PKCS#1 or PKCS#8 key as PEM, or as the bare Base64 that Alipay's key tool gives."""
    data = text.strip().encode()
    try:
        key = (
            load_pem_private_key(data, None)
            if data.startswith(b"-----")
            else load_der_private_key(base64.b64decode(data), None)
        )
    except (ValueError, TypeError, binascii.Error):
        raise ValueError("the face gateway's private key is neither PEM nor Base64 of an RSA key") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < 2048:
        raise ValueError("the face gateway's private key must be RSA with at least 2048 bits")
    return key


def load_public_key(text: str) -> RSAPublicKey:
    """Read a public key as PEM, or as the bare Base64 shown on the open platform's pages."""
    data = text.strip().encode()
    try:
        key = load_pem_public_key(data) if data.startswith(b"-----") else load_der_public_key(base64.b64decode(data))
    except (ValueError, TypeError, binascii.Error):
        raise ValueError("the face gateway's public key is neither PEM nor Base64 of an RSA key") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise ValueError("the face gateway's public key must be RSA with at least 2048 bits")
    return key


def string_to_sign(params: Mapping[str, str]) -> str:
    """Join a request's parameters as they are signed: no ``sign``, nothing empty, sorted, not URL-encoded."""
    return "&".join(f"{key}={params[key]}" for key in sorted(params) if key != "sign" and params[key])


def sign(text: str, key: RSAPrivateKey) -> str:
    """Sign ``text`` with RSA2."""
    return base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def verifies(text: str, signature: str, key: RSAPublicKey) -> bool:
    """Tell whether ``signature`` (Base64) is the RSA2 signature of ``text``."""
    try:
        key.verify(base64.b64decode(signature, validate=True), text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def reply_parts(body: str, node: str) -> tuple[str, str]:
    """Return the raw text of the reply's object and its signature (``""`` when it carries none).

    ``node`` is the member expected, such as ``alipay_user_certify_open_query_response``; the gateway's own faults
    may come as ``error_response``. Raises :class:`MalformedReply`.
    """
    found = members(body)
    raw = found.get(node) or found.get("error_response")
    if raw is None or not raw.startswith("{"):
        raise MalformedReply("no response object")
    signature = json.loads(found.get("sign", '""'))
    if not isinstance(signature, str):
        raise MalformedReply("the signature is no string")
    return raw, signature


def parse_object(raw: str) -> dict[str, Any]:
    """Parse JSON that must be an object."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise MalformedReply("not JSON") from None
    if not isinstance(value, dict):
        raise MalformedReply("not an object")
    return value


def members(body: str) -> dict[str, str]:
    """Cut a JSON object's direct members out of its text: name → the value's raw text, character for character.

    Braces and quotes inside strings are skipped, escapes respected. Anything before or after the object and a name
    that occurs twice are refused: two readers might each see another value.
    """
    parse_object(body)
    found: dict[str, str] = {}
    at = _after_space(body, _after_space(body, 0) + 1)
    while body[at] != "}":
        name_end = _end_of_string(body, at)
        name = json.loads(body[at:name_end])
        begin = _after_space(body, _after_space(body, name_end) + 1)
        end = _end_of_value(body, begin)
        if name in found:
            raise MalformedReply("a member occurs twice")
        found[name] = body[begin:end]
        at = _after_space(body, end)
        if body[at] == ",":
            at = _after_space(body, at + 1)
    return found


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _end_of_string(text: str, at: int) -> int:
    match = _STRING.match(text, at)
    if match is None:
        raise MalformedReply("a string has no end")
    return match.end()


def _end_of_value(text: str, at: int) -> int:
    """Return where the value that begins at ``at`` ends: after its closing brace, its quote or its last character."""
    if text[at] == '"':
        return _end_of_string(text, at)
    if text[at] not in "{[":
        match = _SCALAR.match(text, at)
        if match is None:
            raise MalformedReply("a member has no value")
        return match.end()
    depth = 0
    while at < len(text):
        if text[at] == '"':
            at = _end_of_string(text, at)
            continue
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(text[at], 0)
        at += 1
        if depth == 0:
            return at
    raise MalformedReply("an object has no end")
