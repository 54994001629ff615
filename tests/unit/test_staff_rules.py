"""Where an officer may act, what a reason is, and one-time passwords by the vectors of RFC 6238."""

import base64
from datetime import UTC, datetime

import pytest

from jsrs_portal.domain import staff, totp
from jsrs_portal.domain.audit_words import ACTIONS, GROUPS, RESULTS, action_words, result_words
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.institutions import InstitutionLevel
from jsrs_portal.domain.permissions import STAFF_LABELS, STAFF_PERMISSIONS, Permission, StaffRole

SECRET = base64.b32encode(b"12345678901234567890").decode()
"""The secret of RFC 6238, appendix B, for SHA-1."""
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
"""Appendix B: seconds since 1970 and the code of eight digits, whose last six are the code of six."""


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "expected"), VECTORS.items())
def test_the_codes_are_those_of_rfc_6238(seconds: int, expected: str) -> None:
    step = totp.step_at(at(seconds))
    assert totp.code_of(SECRET, step) == expected[-6:]
    assert totp.matching_step(SECRET, expected[-6:], now=at(seconds), after=0) == step


@pytest.mark.parametrize("away", [-60, -31, -30, -29, 0, 29, 30, 31, 60])
def test_a_code_is_good_one_step_before_and_after_its_own(away: int) -> None:
    now = at(1111111110)  # the first second of a step
    shown = totp.code_of(SECRET, totp.step_at(at(1111111110 + away)))
    found = totp.matching_step(SECRET, shown, now=now, after=0)
    assert (found is not None) == (abs(totp.step_at(at(1111111110 + away)) - totp.step_at(now)) <= 1)


def test_a_code_works_once_and_none_before_it_afterwards() -> None:
    now = at(1111111111)
    step = totp.step_at(now)
    for used in (step, step + 1):
        assert totp.matching_step(SECRET, totp.code_of(SECRET, step), now=now, after=used) is None
    assert totp.matching_step(SECRET, totp.code_of(SECRET, step + 1), now=now, after=step) == step + 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "------", "٠١٢٣٤٥"])
def test_what_is_no_code_matches_nothing(typed: str) -> None:
    assert totp.matching_step(SECRET, typed, now=at(59), after=0) is None


def test_spaces_in_a_code_do_not_matter() -> None:
    assert totp.matching_step(SECRET, " 287 082 ", now=at(59), after=0) == 1


def test_the_authenticators_address_says_whose_it_is() -> None:
    address = totp.enrolment_address(SECRET, login="li.si", issuer="hall.example")
    assert address == f"otpauth://totp/hall.example:li.si?secret={SECRET}&issuer=hall.example"


@pytest.mark.parametrize(
    ("own", "code", "may"),
    [
        ("", "320000", True),
        ("", "320583", True),
        ("320000", "320500", True),
        ("320500", "320500", True),
        ("320500", "320583", True),
        ("320500", "320000", False),
        ("320500", "320105", False),
        ("320583", "320583", True),
        ("320583", "320500", False),
        ("320583", "320582", False),
    ],
)
def test_an_officer_acts_in_the_region_and_below(own: str, code: str, may: bool) -> None:
    assert staff.covers(own, code) is may


@pytest.mark.parametrize(
    ("authority", "uscc", "region"),
    [("320583", "91320500MA000001X1", "320583"), ("", "91320500MA000001X1", "320500"), ("", "", "")],
)
def test_a_unit_belongs_where_it_is_registered(authority: str, uscc: str, region: str) -> None:
    assert staff.unit_region(authority, uscc) == region


@pytest.mark.parametrize(
    ("own", "connections", "may"),
    [
        ("", [], True),
        ("320000", [], True),
        ("320500", [], False),
        ("320500", ["320583"], True),
        ("320500", ["320100", "320500"], True),
        ("320500", ["320100", "320000", ""], False),
        ("320583", ["320500"], False),
        ("320583", ["320583"], True),
    ],
)
def test_one_connection_in_the_region_is_enough_and_none_is_the_provinces(
    own: str, connections: list[str], may: bool
) -> None:
    assert staff.reaches(own, connections) is may


def test_an_institution_connects_where_it_stands() -> None:
    assert staff.connected_in(unit="320100") == "320100"
    assert staff.connected_in(unit="320100", institution="320583") == "320583"


def test_levels_go_from_the_officers_own_down() -> None:
    everything = tuple(InstitutionLevel)
    assert staff.levels_within("") == staff.levels_within("320000") == everything
    assert staff.levels_within("320500") == (InstitutionLevel.CITY, InstitutionLevel.COUNTY)
    assert staff.levels_within("320583") == (InstitutionLevel.COUNTY,)


@pytest.mark.parametrize(
    ("reason", "may"), [("", False), ("    看看  ", False), ("核对联系人", True), ("字" * 201, False)]
)
def test_a_reason_has_five_characters(reason: str, may: bool) -> None:
    assert (staff.reason_problem(reason) == "") is may


@pytest.mark.parametrize("login", ["ab", "1abc", "Abc", "a b", "张三丰", "a" * 33, "abc\n", ""])
def test_what_is_no_login(login: str) -> None:
    assert staff.LOGIN.fullmatch(login) is None


def test_no_administrator_may_what_another_may() -> None:
    """等保: system, security and audit administration lie in different hands."""
    seen = {Permission.STAFF_HOME, Permission.STAFF_ACCOUNTS}  # to look at the accounts is not yet to do anything
    admins = [STAFF_PERMISSIONS[one] - seen for one in (StaffRole.SYSTEM, StaffRole.SECURITY, StaffRole.AUDIT)]
    assert not admins[0] & admins[1]
    assert not admins[0] & admins[2]
    assert not admins[1] & admins[2]
    assert Permission.STAFF_ACCOUNTS not in STAFF_PERMISSIONS[StaffRole.AUDIT]
    assert Permission.STAFF_AUDIT not in STAFF_PERMISSIONS[StaffRole.OFFICER]
    assert set(STAFF_LABELS) == set(StaffRole)


@pytest.mark.parametrize("role", list(StaffRole))
def test_an_officer_is_nobody_of_the_public(role: StaffRole) -> None:
    officer = Actor(session_key="x", staff_id="y", staff_role=role)
    assert not officer.signed_in
    mine = {one for one in Permission if officer.may(one)}
    assert mine == STAFF_PERMISSIONS[role]
    first = Actor(session_key="x", staff_id="y", staff_role=role, must_change=True)
    assert {one for one in Permission if first.may(one)} == {Permission.FIRST_PASSWORD}


def test_every_action_belongs_to_a_group_and_is_called_something() -> None:
    assert [one for one in ACTIONS if not one.startswith(tuple(prefix for prefix, _ in GROUPS))] == []
    assert action_words("login") == "登录"
    assert action_words("made.up") == "made.up"
    assert result_words("OK") == RESULTS["OK"]
    assert result_words("MADE_UP") == "MADE_UP"
