"""The session cookie: HttpOnly, SameSite=Lax, ``__Host-`` and Secure on HTTPS (rule 2).

A visitor's cookie is ``a.<random>.<signature>`` and costs no row in the database. A signed-in browser's is
``s.<random>``, whose hash is in ``user_sessions``; an officer's is ``t.<random>``, whose hash is in ``staff_sessions``.
Logging in and out always gives a new one. A cookie of its own, ``jsrs-device``, names the browser whoever uses it: it
proves nothing and opens nothing, it only tells a known browser from a new one (R-2.4.8).
"""

import re
from http.cookies import CookieError, SimpleCookie

from jsrs_portal import clock, crypto
from jsrs_portal.settings import Settings, get_settings

_PURPOSE, _DEVICE_PURPOSE = "anonymous-session", "device"
_A_YEAR = 366 * 24 * 3600
_LONGEST = 200


def cookie_name(settings: Settings | None = None) -> str:
    """Return the cookie's name: with the ``__Host-`` prefix whenever the portal is reached by HTTPS."""
    return "__Host-jsrs" if (settings or get_settings()).https else "jsrs"


def new_visitor() -> str:
    """Return a fresh visitor's cookie value, signed so that nobody can make up one."""
    token = clock.new_token()
    return f"a.{token}.{crypto.sign(_PURPOSE, token)}"


def new_signed_in() -> str:
    """Return a fresh cookie value for a session that is about to be opened."""
    return f"s.{clock.new_token()}"


def new_staff() -> str:
    """Return a fresh cookie value for an officer's session that is about to be opened."""
    return f"t.{clock.new_token()}"


def is_visitor(value: str) -> bool:
    """Tell whether ``value`` is a visitor's cookie that we issued."""
    kind, _, rest = value.partition(".")
    token, _, signature = rest.partition(".")
    return kind == "a" and bool(token) and crypto.signature_holds(_PURPOSE, token, signature)


def is_signed_in(value: str) -> bool:
    """Tell whether ``value`` has the form of a signed-in session; the database says whether it is one."""
    return value.startswith("s.") and len(value) > 40


def is_staff(value: str) -> bool:
    """Tell whether ``value`` has the form of an officer's session; the database says whether it is one."""
    return value.startswith("t.") and len(value) > 40


def session_key(value: str) -> str:
    """Return the name (64 hex digits) by which a session owns drafts and state; it does not reveal the cookie."""
    return crypto.fingerprint(value)


VISITOR, SIGNED_IN, STAFF = "visitor", "session", "staff"


def proof(value: str) -> str:
    """Return what a cookie proves, without its secret: ``visitor:<key>``, ``session:<key>``, ``staff:<key>``, or "".

    The key is :func:`session_key`'s; from it nobody can make the cookie again.
    """
    if is_visitor(value):
        return f"{VISITOR}:{session_key(value)}"
    if is_staff(value):
        return f"{STAFF}:{session_key(value)}"
    return f"{SIGNED_IN}:{session_key(value)}" if is_signed_in(value) else ""


REGION = "jsrs-region"
"""The cookie that remembers the region chosen last: six digits, nothing about anybody."""
_REGION_CODE = re.compile(r"[0-9]{6}")


def read_region(header: str) -> str:
    """Return the region code remembered in a ``Cookie`` header, or an empty string."""
    found = _value(header, REGION)
    return found if _REGION_CODE.fullmatch(found) else ""


def device_cookie_name() -> str:
    """Return the name of the cookie by which a browser is known again, with the prefix as the session's has it."""
    return f"{cookie_name()}-device"


def device(header: str) -> str:
    """Return the value that names the browser of a ``Cookie`` header: the one we gave it, or else a fresh one."""
    known = _value(header, device_cookie_name())
    token, _, signature = known.removeprefix("d.").partition(".")
    if known.startswith("d.") and token and crypto.signature_holds(_DEVICE_PURPOSE, token, signature):
        return known
    token = clock.new_token()
    return f"d.{token}.{crypto.sign(_DEVICE_PURPOSE, token)}"


def set_device_cookie(value: str) -> str:
    """Return the ``Set-Cookie`` header by which a browser is known again for a year from now."""
    return _set(device_cookie_name(), value, max_age=_A_YEAR)


def read(header: str) -> str:
    """Return our cookie's value in a ``Cookie`` header, or an empty string."""
    return _value(header, cookie_name())


def _value(header: str, name: str) -> str:
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name and 0 < len(value) <= _LONGEST:
            return value
    return ""


def set_cookie(value: str) -> str:
    """Return the ``Set-Cookie`` header that stores ``value`` until the browser closes."""
    return _set(cookie_name(), value)


def _set(name: str, value: str, *, max_age: int | None = None) -> str:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar[name] = value
    except CookieError as error:  # pragma: no cover - our values are URL-safe
        raise ValueError("not a cookie value") from error
    morsel = jar[name]
    if max_age is not None:
        morsel["max-age"] = max_age
    morsel["path"] = "/"
    morsel["httponly"] = True
    morsel["samesite"] = "Lax"
    if get_settings().https:
        morsel["secure"] = True
    return morsel.OutputString()
