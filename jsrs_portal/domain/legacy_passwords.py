"""How the old systems hashed their passwords, and whether one is right (R-2.3.7). As slow as the scheme is."""

import base64
import binascii
import hashlib
import hmac
import re
from typing import Literal

import bcrypt
from cryptography.hazmat.primitives import hashes
from pydantic import BaseModel, ConfigDict, Field, model_validator

Algorithm = Literal["md5", "sha1", "sha256", "sm3", "bcrypt"]

_BYTES = {"md5": 16, "sha1": 20, "sha256": 32, "sm3": 32}
_PART = re.compile(r"\{(password|salt|username)\}")
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")
"""128 bits of salt leave four values to its last character: the library refuses every other."""
LEAST_COST, MOST_COST = 4, 14
"""Of bcrypt: what a system may be configured with. A costlier hash keeps a processor busy for seconds at every try."""
_BCRYPT_LONGEST = 72


class HashScheme(BaseModel):
    """One system's way: the algorithm, and where salt and user name stand around the password.

    ``material`` is what is hashed, e.g. ``{password}{salt}``, ``{salt}:{password}``, ``{username}{password}{salt}``;
    bcrypt has its salt in the hash and takes the password alone; ``cost`` is the highest among its hashes, costlier
    ones are not imported, and every comparison takes as long as one of that cost. ``rounds`` hashes the digest again
    and again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    algorithm: Algorithm
    material: str = Field(default="{password}", max_length=80)
    encoding: Literal["hex", "base64"] = "hex"
    charset: Literal["utf-8", "gb18030"] = "utf-8"
    rounds: int = Field(default=1, ge=1, le=10_000)
    cost: int = Field(default=12, ge=LEAST_COST, le=MOST_COST)

    @model_validator(mode="after")
    def _sound(self) -> "HashScheme":
        parts = _PART.findall(self.material)
        rest = _PART.sub("", self.material)
        if parts.count("password") != 1 or len(set(parts)) != len(parts) or "{" in rest or "}" in rest:
            raise ValueError("material names {password} once, and {salt} and {username} at most once")
        if self.algorithm == "bcrypt" and (parts != ["password"] or rest or self.rounds > 1):
            raise ValueError("bcrypt takes the password alone")
        if self.algorithm != "bcrypt" and "cost" in self.model_fields_set:
            raise ValueError("cost belongs to bcrypt")
        return self

    @property
    def salted(self) -> bool:
        """Whether a salt belongs to every hash."""
        return "{salt}" in self.material


def problem(scheme: HashScheme, stored: str, salt: str) -> str:
    """Return in Chinese why ``stored`` is no hash of this scheme; empty when it may be one."""
    if scheme.salted and not salt:
        return "缺少盐值"
    if scheme.algorithm == "bcrypt":
        found = _BCRYPT.fullmatch(stored)
        if not found:
            return "密码散列不是 bcrypt 格式"
        return "" if LEAST_COST <= int(found[1]) <= scheme.cost else f"bcrypt 的强度参数须为{LEAST_COST}至{scheme.cost}"
    raw = _decoded(scheme, stored)
    return "" if raw is not None and len(raw) == _BYTES[scheme.algorithm] else "密码散列的长度或格式与算法不符"


def is_right(scheme: HashScheme, *, username: str, password: str, salt: str, stored: str) -> bool:
    """Tell whether ``password`` gives ``stored``, compared in constant time; anything malformed is wrong.

    It takes as long whatever is stored: who measures it must not learn which accounts there are.
    """
    sound = not problem(scheme, stored, salt)
    if not sound:
        stored, salt = nobodys(scheme)
    if scheme.algorithm == "bcrypt":
        return _is_right_bcrypt(scheme, password, stored) and sound
    computed = digest(scheme, username=username, password=password, salt=salt)
    return hmac.compare_digest(computed, _decoded(scheme, stored) or b"") and sound


def _is_right_bcrypt(scheme: HashScheme, password: str, stored: str) -> bool:
    """Compare, then work on until it was as much as for a hash of the scheme's cost: 2ᶜ + (2ᶜ + 2ᶜ⁺¹ + …) = 2ⁿ."""
    plain = password.encode(scheme.charset, "replace")[:_BCRYPT_LONGEST]
    try:
        right = bcrypt.checkpw(plain, stored.encode())
        for cost in range(int(stored[4:6]), scheme.cost):
            bcrypt.checkpw(plain, _nobodys_bcrypt(cost).encode())
    except ValueError:  # a NUL character, whatever is stored
        return False
    return right


def digest(scheme: HashScheme, *, username: str, password: str, salt: str) -> bytes:
    """Return the raw digest of a scheme that is not bcrypt."""
    parts = {"password": password, "salt": salt, "username": username}
    material = _PART.sub(lambda found: parts[found[1]], scheme.material)
    raw = material.encode(scheme.charset, "replace")
    for _ in range(scheme.rounds):
        raw = _hash(scheme.algorithm, raw)
    return raw


def nobodys(scheme: HashScheme) -> tuple[str, str]:
    """Return a hash and a salt that no password gives, as slow to compare as a real one."""
    if scheme.algorithm == "bcrypt":
        return _nobodys_bcrypt(scheme.cost), ""
    zeros = bytes(_BYTES[scheme.algorithm])
    return (zeros.hex() if scheme.encoding == "hex" else base64.b64encode(zeros).decode()), "0" * 8


def _nobodys_bcrypt(cost: int) -> str:
    return f"$2b${cost:02d}$" + "N9qo8uLOickgx2ZMRZoMye" + "." * 31


def _hash(algorithm: str, raw: bytes) -> bytes:
    if algorithm == "sm3":
        work = hashes.Hash(hashes.SM3())
        work.update(raw)
        return work.finalize()
    return hashlib.new(algorithm, raw, usedforsecurity=False).digest()


def _decoded(scheme: HashScheme, stored: str) -> bytes | None:
    try:
        if scheme.encoding == "hex":
            return binascii.unhexlify(stored) if re.fullmatch(r"[0-9A-Fa-f]+", stored) else None
        return base64.b64decode(stored, validate=True)
    except (binascii.Error, ValueError):
        return None
