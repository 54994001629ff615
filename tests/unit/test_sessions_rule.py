"""When a session ends, and the cookie it lives in (R-2.4.8, rule 2)."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsrs_portal import crypto
from jsrs_portal.access import cookie
from jsrs_portal.domain.sessions import END_SENTENCES, SessionEnd, session_end
from jsrs_portal.settings import get_settings

pytestmark = pytest.mark.req("R-2.4.8")
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
IDLE = timedelta(minutes=30)
MICRO = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("idle_for", "left", "end"),
    [
        (timedelta(0), timedelta(hours=12), None),
        (IDLE, timedelta(hours=1), None),
        (IDLE + MICRO, timedelta(hours=1), SessionEnd.IDLE),
        (timedelta(0), timedelta(0), None),
        (timedelta(0), -MICRO, SessionEnd.ABSOLUTE),
        (IDLE + MICRO, -MICRO, SessionEnd.ABSOLUTE),
        (timedelta(days=400), timedelta(hours=1), SessionEnd.IDLE),
        (-timedelta(seconds=5), timedelta(hours=1), None),
    ],
)
def test_the_last_instant_still_counts(idle_for, left, end):
    assert session_end(last_active_at=NOON - idle_for, expires_at=NOON + left, now=NOON, idle=IDLE) is end


def test_every_end_has_a_sentence():
    assert set(END_SENTENCES) == set(SessionEnd)
    assert all(sentence.endswith("。") for sentence in END_SENTENCES.values())


@pytest.fixture(autouse=True)
def _settings():
    with pytest.MonkeyPatch.context() as patch:
        for name in [known for known in os.environ if known.startswith("JSRS_")]:
            patch.delenv(name)
        _anew()
        yield
    _anew()


def _anew() -> None:
    get_settings.cache_clear()
    crypto.keyring.cache_clear()


@pytest.fixture
def https(monkeypatch):
    """A portal that is reached by HTTPS."""
    monkeypatch.setenv("JSRS_PUBLIC_URL", "https://hall.example")
    _anew()


def test_on_https_the_cookie_belongs_to_this_host_and_to_nobody_else(https):
    header = cookie.set_cookie("s.value")
    assert header.startswith("__Host-jsrs=s.value;")
    attributes = {part.strip().lower() for part in header.split(";")[1:]}
    assert attributes == {"path=/", "httponly", "samesite=lax", "secure"}


def test_without_https_the_cookie_is_still_kept_from_scripts():
    attributes = {part.strip().lower() for part in cookie.set_cookie("s.value").split(";")}
    assert attributes == {"jsrs=s.value", "path=/", "httponly", "samesite=lax"}


def test_every_cookie_is_new():
    values = {cookie.new_visitor() for _ in range(50)} | {cookie.new_signed_in() for _ in range(50)}
    assert len(values) == 100
    assert len({cookie.session_key(value) for value in values}) == 100


def test_a_visitors_cookie_is_ours_and_one_of_a_session_is_not_a_visitors():
    visitor, signed_in = cookie.new_visitor(), cookie.new_signed_in()
    assert (cookie.is_visitor(visitor), cookie.is_signed_in(visitor)) == (True, False)
    assert (cookie.is_visitor(signed_in), cookie.is_signed_in(signed_in)) == (False, True)


def test_an_altered_visitors_cookie_is_not_ours():
    value = cookie.new_visitor()
    kind, token, signature = value.split(".")
    other = cookie.new_visitor().split(".")
    for wrong in (
        f"{kind}.{token[:-1]}{'A' if token[-1] != 'A' else 'B'}.{signature}",
        f"{kind}.{token}.{other[2]}",
        f"{kind}.{token}.",
        f"{kind}..{signature}",
        f"b.{token}.{signature}",
        f"{value}.more",
        token,
    ):
        assert not cookie.is_visitor(wrong)


def test_a_visitors_cookie_dies_with_the_signing_key(monkeypatch):
    value = cookie.new_visitor()
    monkeypatch.setenv("JSRS_SECRET_KEY", "another secret of some length")
    _anew()
    assert not cookie.is_visitor(value)


def test_the_sessions_name_does_not_reveal_the_cookie():
    value = cookie.new_signed_in()
    assert value not in cookie.session_key(value)
    assert len(cookie.session_key(value)) == 64


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("", ""),
        ("jsrs=a.b.c", "a.b.c"),
        ("other=1; jsrs=a.b.c; more=2", "a.b.c"),
        ("xjsrs=1; jsrs=2", "2"),
        ("jsrs=", ""),
        ("jsrs", ""),
        ("jsrs=" + "x" * 201, ""),
        ("__Host-jsrs=1", ""),
        ("jsrs=first; jsrs=second", "first"),
    ],
)
def test_our_cookie_is_found_among_others(header, value):
    assert cookie.read(header) == value


def test_on_https_only_the_cookie_of_this_host_is_read(https):
    """A sibling domain can plant a plain cookie, but none with the prefix."""
    assert cookie.read("jsrs=planted; __Host-jsrs=ours") == "ours"
    assert cookie.read("jsrs=planted") == ""


@given(st.text(max_size=300))
def test_any_header_and_any_value_are_survived(text):
    value = cookie.read(text)
    assert not cookie.is_visitor(value)
    cookie.is_signed_in(text)
    assert len(cookie.session_key(text)) == 64
