"""Who may do what to officers' accounts: the whole table, and that no single hand opens one (GB/T 22239, 8.1.5)."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from jsrs_portal.domain.permissions import STAFF_PERMISSIONS, Permission, StaffRole
from jsrs_portal.domain.staff import PASSWORD_LIFE, StaffStatus, password_due
from jsrs_portal.domain.staff_accounts import (
    REASON_SENTENCES,
    TABLE,
    AccountAction,
    AccountReason,
    admitted,
    password_problem,
    why_not,
)

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SYSTEM, SECURITY, AUDIT, OFFICER = StaffRole
HANDED_OVER = {AccountAction.ADD, AccountAction.RESET}
"""Whoever does this reads a first password."""
FIT = {
    AccountAction.UNLOCK: {"status": StaffStatus.LOCKED},
    AccountAction.AUTHORISE: {"authorised": False},
}


def may(role: StaffRole, action: AccountAction, **how: object) -> bool:
    return why_not(role, action, **({"own": False} | FIT.get(action, {}) | how)) is None  # pyright: ignore


def test_every_combination_has_a_line_and_every_reason_a_sentence() -> None:
    assert set(TABLE) == set(product(StaffRole, AccountAction))
    assert set(REASON_SENTENCES) == set(AccountReason)


@pytest.mark.parametrize(
    ("role", "acts"),
    [
        (SYSTEM, {"ADD", "RESET", "LOCK", "UNLOCK"}),
        (SECURITY, {"AUTHORISE", "WITHDRAW"}),
        (AUDIT, set()),
        (OFFICER, set()),
    ],
)
def test_what_each_role_does(role: StaffRole, acts: set[str]) -> None:
    assert {str(action) for action in AccountAction if may(role, action)} == acts


def test_nobody_who_learns_a_first_password_lets_it_in() -> None:
    for role in StaffRole:
        mine = {action for action in AccountAction if TABLE[role, action] is None}
        assert not (mine & HANDED_OVER and AccountAction.AUTHORISE in mine), role


def test_the_table_says_what_the_permissions_say() -> None:
    asked = {
        Permission.STAFF_IDENTITIES: HANDED_OVER | {AccountAction.LOCK, AccountAction.UNLOCK},
        Permission.STAFF_AUTHORISE: {AccountAction.AUTHORISE, AccountAction.WITHDRAW},
    }
    for role, (permission, actions) in product(StaffRole, asked.items()):
        held = permission in STAFF_PERMISSIONS[role]
        assert {TABLE[role, action] is None for action in actions} == {held}, (role, permission)
        assert not held or Permission.STAFF_ACCOUNTS in STAFF_PERMISSIONS[role]


@pytest.mark.parametrize("action", [one for one in AccountAction if one is not AccountAction.ADD])
def test_nobody_does_anything_to_their_own(action: AccountAction) -> None:
    role = next(one for one in StaffRole if TABLE[one, action] is None)
    assert why_not(role, action, own=True) is AccountReason.OWN


@pytest.mark.parametrize(
    ("own", "target", "allowed"),
    [
        ("", "", True),
        ("", "320500", True),
        ("320500", "320583", True),
        ("320500", "320100", False),
        ("320500", "", False),
        ("320500", "320000", False),
    ],
)
def test_nobody_gives_more_than_they_have(own: str, target: str, allowed: bool) -> None:
    for action in (AccountAction.AUTHORISE, AccountAction.WITHDRAW):
        assert may(SECURITY, action, region=own, target_region=target) is allowed


@pytest.mark.parametrize(
    ("action", "how", "reason"),
    [
        (AccountAction.LOCK, {"status": StaffStatus.LOCKED}, AccountReason.LOCKED),
        (AccountAction.UNLOCK, {"status": StaffStatus.ACTIVE}, AccountReason.NOT_LOCKED),
        (AccountAction.AUTHORISE, {"authorised": True}, AccountReason.AUTHORISED),
        (AccountAction.WITHDRAW, {"authorised": False}, AccountReason.NOT_AUTHORISED),
    ],
)
def test_what_is_so_already_is_not_done_again(action: AccountAction, how: dict[str, object], reason: object) -> None:
    role = next(one for one in StaffRole if TABLE[one, action] is None)
    assert why_not(role, action, own=False, **how) is reason  # pyright: ignore


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, ""),
        ({"status": StaffStatus.LOCKED, "authorised": False}, "ACCOUNT_LOCKED"),
        ({"authorised": False}, "NOT_AUTHORISED"),
        ({"must_change": True, "void_after": NOW}, ""),
        ({"must_change": True, "void_after": NOW - timedelta(seconds=1)}, "VOID"),
        ({"must_change": False, "void_after": NOW - timedelta(days=9)}, ""),
    ],
)
def test_who_may_log_in_at_all(how: dict[str, object], said: str) -> None:
    account = {"status": StaffStatus.ACTIVE, "authorised": True, "must_change": False, "void_after": None}
    assert admitted(now=NOW, **(account | how)) == said  # pyright: ignore


def test_a_password_grows_old() -> None:
    assert password_due(must_change=True, changed_at=NOW, now=NOW)
    assert not password_due(must_change=False, changed_at=NOW - PASSWORD_LIFE, now=NOW)
    assert password_due(must_change=False, changed_at=NOW - PASSWORD_LIFE - timedelta(seconds=1), now=NOW)


@pytest.mark.parametrize(
    ("password", "part"),
    [("Meadow-71-kite", ""), ("short", "密码太短"), ("zhang.san-A1x", "账号"), ("字" * 9, "半角")],
)
def test_an_officers_password_does_not_hold_the_login(password: str, part: str) -> None:
    found = password_problem(password, login="zhang.san")
    assert part in found
    assert bool(found) is bool(part)
