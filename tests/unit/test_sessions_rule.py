"""When a session ends, and the cookie it lives in (R-2.4.8, rule 2)."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsrs_portal import crypto
from jsrs_portal.access import cookie
from jsrs_portal.domain.proofs import PERSONAL
from jsrs_portal.domain.sessions import (
    END_LABELS,
    END_SENTENCES,
    WAY_LABELS,
    Deadline,
    LoginWay,
    Opened,
    SessionEnd,
    disowned_realms,
    may_end,
    session_deadline,
    session_end,
)
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


def test_every_end_has_a_sentence_and_a_label_and_every_way_one():
    assert set(END_SENTENCES) == set(END_LABELS) == set(SessionEnd)
    assert set(WAY_LABELS) == set(LoginWay)
    assert all(sentence.endswith("。") for sentence in END_SENTENCES.values())


@pytest.mark.parametrize(
    ("left", "deadline"),
    [
        (timedelta(hours=12), Deadline(NOON + IDLE, final=False)),
        (IDLE + MICRO, Deadline(NOON + IDLE, final=False)),
        (IDLE, Deadline(NOON + IDLE, final=True)),
        (timedelta(minutes=5), Deadline(NOON + timedelta(minutes=5), final=True)),
    ],
)
def test_the_deadline_is_the_earlier_end_and_final_when_activity_cannot_move_it(left, deadline):
    found = session_deadline(last_active_at=NOON, expires_at=NOON + left, idle=IDLE)
    assert found == deadline
    assert session_end(last_active_at=NOON, expires_at=NOON + left, now=found.at, idle=IDLE) is None
    assert session_end(last_active_at=NOON, expires_at=NOON + left, now=found.at + MICRO, idle=IDLE) is not None


@pytest.mark.parametrize(
    ("proved", "other", "may"),
    [
        (PERSONAL, PERSONAL, True),
        (PERSONAL, "unit:1", True),
        (PERSONAL, "institution:1", True),
        (PERSONAL, "phone:1", True),
        ("phone:1", "unit:1", True),
        ("phone:1", "phone:2", True),
        ("unit:1", "unit:1", True),
        ("unit:1", PERSONAL, False),
        ("unit:1", "unit:2", False),
        ("unit:1", "phone:1", False),
        ("institution:1", "institution:1", True),
        ("institution:1", "unit:1", False),
        ("institution:1", PERSONAL, False),
        ("", PERSONAL, False),
    ],
)
def test_what_proves_the_person_sees_all_their_sessions_another_password_its_own(proved, other, may):
    assert may_end(proved, other) is may


def _opened(proved: str, device: str, minutes: int) -> Opened:
    return Opened(proved, device, NOON + timedelta(minutes=minutes))


BEFORE = (_opened("unit:1", "office", -60), _opened("unit:2", "office", -50))


@pytest.mark.parametrize(
    ("reported", "later", "realms"),
    [
        (_opened("unit:1", "thief", 0), (), {"unit:1"}),
        (_opened(PERSONAL, "thief", 0), (), {PERSONAL}),
        (_opened("institution:3", "thief", 0), (), {"institution:3"}),
        (_opened("phone:4", "thief", 0), (), {PERSONAL}),
        (_opened("", "thief", 0), (), {PERSONAL}),
        (_opened("ca:1", "thief", 0), (), set()),
        (_opened("licence:1", "thief", 0), (_opened("unit:2", "thief", 5),), {"unit:2"}),
        (_opened("unit:1", "thief", 0), (_opened("unit:2", "thief", 5),), {"unit:1", "unit:2"}),
        (_opened("unit:1", "thief", 0), (_opened(PERSONAL, "thief's other", 5),), {"unit:1", PERSONAL}),
        (_opened("unit:1", "thief", 0), (_opened("unit:2", "office", 5),), {"unit:1"}),
        (_opened("unit:1", "thief", 0), (_opened("unit:2", "", 5),), {"unit:1", "unit:2"}),
        (_opened("unit:1", "", 0), (), {"unit:1"}),
    ],
)
def test_the_passwords_a_stranger_must_know_are_to_be_set_anew_and_no_others(reported, later, realms):
    assert disowned_realms(reported, (*BEFORE, reported, *later)) == realms


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


def test_a_browser_keeps_its_name_and_nobody_makes_one_up():
    made = cookie.device("")
    assert cookie.device(f"jsrs=a.b.c; jsrs-device={made}") == made
    kind, token, signature = made.split(".")
    for forged in (f"{kind}.{token}.x", f"{kind}..{signature}", f"x.{token}.{signature}", f"a.{token}.{signature}", ""):
        assert cookie.device(f"jsrs-device={forged}") not in (made, forged)
    visitor = cookie.new_visitor()
    assert cookie.device(f"jsrs-device=d{visitor[1:]}") != f"d{visitor[1:]}"
    assert not cookie.is_visitor(f"a{made[1:]}")
    assert cookie.proof(made) == ""


def test_the_browsers_name_is_kept_for_a_year_and_from_scripts():
    attributes = {part.strip().lower() for part in cookie.set_device_cookie("d.value").split(";")}
    assert attributes == {"jsrs-device=d.value", "path=/", "httponly", "samesite=lax", "max-age=31622400"}


def test_on_https_the_browsers_name_belongs_to_this_host(https):
    header = cookie.set_device_cookie("d.value")
    assert header.startswith("__Host-jsrs-device=d.value;")
    assert {part.strip().lower() for part in header.split(";")} >= {"secure", "path=/", "httponly"}


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
