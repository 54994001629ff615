"""The driver's words: function names of GM/T 0020 (GB/T 43694), return values of GM/T 0016, JSON both ways."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

OK = 0
FAILED = 0x0A000001
NOT_SUPPORTED = 0x0A000003
INVALID = 0x0A000006
NO_KEY = 0x0A000023
PIN_INCORRECT = 0x0A000024
PIN_LOCKED = 0x0A000025
NOT_LOGGED_IN = 0x0A00002D
TEXT_REFUSED = 0x0A100001
CANCELLED = 0x0A100002
NO_WINDOW = 0x0A100003
UNANSWERED = 0x0A100004
"""The last four are ours: what was to be signed is no login to the asking site; whoever has the key said no, could not
be asked, or did not answer in time.
"""

MOST_BYTES = 64 * 1024
_PURPOSE = "JSRS-CA-LOGIN"
_LONGEST_TEXT = 1024
_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:\d{1,5})?|http://(localhost|127\.0\.0\.1)(:\d{1,5})?")
_PARAMETERS = ("certID", "cert", "passWd", "inData")


@dataclass(frozen=True)
class Request:
    """What a page asks for; parameters that were not given are empty."""

    function: str
    cert_id: str
    cert: str
    pin: str
    data: str
    type: int


def parse(body: bytes) -> Request | None:
    """Return the request in a form's ``json`` field; ``None`` for anything else."""
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=2)
        (text,) = fields["json"]
        given = json.loads(text)
    except (UnicodeDecodeError, ValueError, KeyError, RecursionError):
        return None
    if not isinstance(given, dict) or not isinstance(given.get("function"), str):
        return None
    cert_id, cert, pin, data = values = [given.get(name, "") for name in _PARAMETERS]
    kind = given.get("type", 0)
    if not all(isinstance(value, str) for value in values) or not isinstance(kind, int):
        return None
    return Request(given["function"], cert_id, cert, pin, data, kind)


def answer(code: int, **more: Any) -> Mapping[str, Any]:
    """Return the object that is sent back."""
    return {"rtn": code, **more}


def user_list(keys: list[tuple[str, str]]) -> str:
    """Return ``name||id&&&name||id``; what would be taken for one of the separators is widened."""
    return "&&&".join(f"{name.replace('||', '｜').replace('&&&', '＆')}||{key_id}" for name, key_id in keys)


def decoded(text: str) -> bytes | None:
    """Return what base64 stands for, ``None`` if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def is_origin(value: str) -> bool:
    """Tell whether a site may be allowed: HTTPS, or this computer itself; one origin, no pattern."""
    return _ORIGIN.fullmatch(value) is not None


def host(origin: str) -> str:
    """Return an origin's host, with its port where it has one of its own."""
    return urlsplit(origin).netloc


def may_sign(data: bytes, origin: str) -> bool:
    """Tell whether ``data`` is a login to ``origin`` and nothing else: a signed contract, say, begins otherwise."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    printable = text.isprintable() and len(data) <= _LONGEST_TEXT
    return printable and text.startswith(f"{_PURPOSE}|{host(origin)}|")
