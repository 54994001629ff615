"""Targets: what officers' pages and their login read."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from jsrs_portal.api.staff_sessions import staff_landing
from jsrs_portal.domain import staff, totp
from jsrs_portal.services.keyset import Place
from tests.fuzz.targets import TEXT, Target, as_bytes, as_text, disguised

_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_NOW = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)


def _places(data: bytes) -> None:
    """What is read is written the same way again, and points at one instant and one row."""
    place = Place.parse(as_text(data))
    if place is None:
        return
    assert place.at.tzinfo is not None
    assert len(place.id) == 32
    again = Place.parse(place.written())
    assert again == place


def _codes(data: bytes) -> None:
    """Only six digits in a row, spaces aside, are a code; and each step's code is one of the three around it."""
    text = as_text(data)
    step = totp.matching_step(_SECRET, text, now=_NOW, after=0)
    if step is not None:
        assert "".join(text.split()) == totp.code_of(_SECRET, step)
        assert abs(step - totp.step_at(_NOW)) <= totp.WINDOW
        assert totp.matching_step(_SECRET, text, now=_NOW, after=step) != step


def _landings(data: bytes) -> None:
    """A login leads to a page of the officers and nowhere else."""
    found = staff_landing(as_text(data))
    assert found == "/staff" or found.startswith("/staff/")
    assert found.isascii()
    assert not set(found) & set("\\%?#:@\r\n\t .")
    assert "//" not in found
    assert staff_landing(found) == found


def _reasons(data: bytes) -> None:
    """A reason that may stand is neither empty nor longer than what is kept."""
    text = as_text(data)
    if not staff.reason_problem(text):
        assert staff.REASON_SHORTEST <= len(text.strip()) <= staff.REASON_LONGEST


def _place(instant: datetime) -> bytes:
    return as_bytes(Place(instant, "0" * 32).written())


_THREE = [totp.code_of(_SECRET, totp.step_at(_NOW) + away) for away in (-1, 0, 1)]
TARGETS = (
    Target(
        "place",
        _places,
        st.datetimes(timezones=st.just(UTC)).map(_place) | TEXT.map(as_bytes),
        (b"2026-11-28T04:00:00+00:00~" + b"a" * 32, b"2026-11-28T04:00:00~" + b"a" * 32),
    ),
    Target(
        "one-time-code",
        _codes,
        (disguised(st.sampled_from(_THREE)) | TEXT).map(as_bytes),
        (*(code.encode() for code in _THREE), b"000000"),
    ),
    Target(
        "staff-landing",
        _landings,
        (st.sampled_from(["/staff", "/staff/login", "/staff/audit", "//staff", "/staff/../my"]) | TEXT).map(as_bytes),
        (b"/staff/search", b"/staff//evil.example", b"/staff/login"),
    ),
    Target("reason", _reasons, TEXT.map(as_bytes), ("核对办件".encode(), "核对联系人".encode())),
)
