"""What a grant is worth on a day, and what an actor may do (R-2.6.5.5, R-2.6.5.7)."""

from datetime import UTC, date, datetime

import pytest

from jsrs_portal.domain.authority import (
    ROLE_LABELS,
    ROLE_PERMISSIONS,
    Actor,
    GrantState,
    GrantStatus,
    Permission,
    Role,
    grant_state,
)

DAY = date(2026, 3, 10)
BEFORE, AFTER = date(2026, 3, 9), date(2026, 3, 11)
PROVEN = datetime(2026, 1, 1, tzinfo=UTC)
GRANTED, REVOKED = GrantStatus.GRANTED, GrantStatus.REVOKED


@pytest.mark.req("R-2.6.5.7")
@pytest.mark.parametrize(
    ("status", "start", "end", "state"),
    [
        (GRANTED, None, None, GrantState.ACTIVE),
        (GRANTED, DAY, None, GrantState.ACTIVE),
        (GRANTED, None, DAY, GrantState.ACTIVE),
        (GRANTED, DAY, DAY, GrantState.ACTIVE),
        (GRANTED, BEFORE, AFTER, GrantState.ACTIVE),
        (GRANTED, AFTER, None, GrantState.SCHEDULED),
        (GRANTED, None, BEFORE, GrantState.EXPIRED),
        (GRANTED, AFTER, BEFORE, GrantState.EXPIRED),
        (REVOKED, None, None, GrantState.REVOKED),
        (REVOKED, AFTER, None, GrantState.REVOKED),
        (REVOKED, None, BEFORE, GrantState.REVOKED),
    ],
)
@pytest.mark.parametrize("role", list(Role))
def test_the_state_of_a_grant_with_both_days_included(role, status, start, end, state):
    values = {"role": role, "status": status, "valid_from": start, "valid_until": end, "today": DAY}
    assert grant_state(**values, proven_at=PROVEN) is state


@pytest.mark.parametrize("role", list(Role))
def test_only_a_legal_representative_must_be_proven_by_face(role):
    values = {"status": GRANTED, "valid_from": None, "valid_until": None, "proven_at": None, "today": DAY}
    expected = GrantState.UNPROVEN if role is Role.LEGAL_REP else GrantState.ACTIVE
    assert grant_state(role=role, **values) is expected


@pytest.mark.parametrize(
    ("status", "start", "end", "state"),
    [
        (REVOKED, None, None, GrantState.REVOKED),
        (GRANTED, AFTER, None, GrantState.SCHEDULED),
        (GRANTED, None, BEFORE, GrantState.EXPIRED),
    ],
)
def test_an_unproven_grant_that_is_over_is_called_what_it_is(status, start, end, state):
    values = {"status": status, "valid_from": start, "valid_until": end, "proven_at": None, "today": DAY}
    assert grant_state(role=Role.LEGAL_REP, **values) is state


@pytest.mark.parametrize("permission", list(Permission))
def test_a_visitor_may_do_nothing_that_needs_a_permission(permission):
    assert not Actor(session_key="k").may(permission)
    assert not Actor(session_key="k", unit_id="u", grant_id="g", role=Role.LEGAL_REP).may(permission)


def test_a_person_without_a_role_may_see_the_own_account_and_no_unit():
    person = Actor(session_key="k", person_id="p")
    assert person.signed_in
    assert [permission for permission in Permission if person.may(permission)] == [Permission.OWN_ACCOUNT]


@pytest.mark.req("R-2.6.5.5")
@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_permissions_and_a_name_of_its_own(role):
    actor = Actor(session_key="k", person_id="p", unit_id="u", grant_id="g", role=role)
    assert {p for p in Permission if actor.may(p)} == ROLE_PERMISSIONS[role] | {Permission.OWN_ACCOUNT}
    assert ROLE_LABELS[role] in ("法定代表人", "管理员", "经办人")
