"""Who may do what to whose grant and why not, what a grant is worth on a day, what an actor may do (R-2.6.5)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import pytest

from jsrs_portal.domain.authority import (
    ACTION_LABELS,
    COUNTED,
    MOST_GRANTS,
    REASON_SENTENCES,
    STATE_LABELS,
    TABLE,
    UNIT_ROLES,
    Action,
    Actor,
    GrantState,
    GrantStatus,
    Reason,
    Scope,
    grant_state,
    period_problem,
    why_not,
)
from jsrs_portal.domain.permissions import ROLE_LABELS, ROLE_PERMISSIONS, Permission, Role

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
    person = Actor(session_key="k", person_id="p", personal=True)
    assert person.signed_in
    own = [Permission.OWN_ACCOUNT, Permission.OWN_CREDENTIALS, Permission.APPLY]
    assert [permission for permission in Permission if person.may(permission)] == own


@pytest.mark.req("R-2.6.6.5")
def test_an_institutions_session_is_not_the_persons_own_account():
    for personal in (False, True):
        actor = Actor(
            session_key="k",
            person_id="p",
            institution_id="i",
            grant_id="g",
            role=Role.INSTITUTION_ADMIN,
            personal=personal,
        )
        own = [Permission.OWN_CREDENTIALS, Permission.APPLY, Permission.INSTITUTION_OWN]
        assert [permission for permission in Permission if actor.may(permission)] == own


@pytest.mark.req("R-2.4.9")
def test_a_units_own_password_does_not_open_the_persons_account():
    actor = Actor(session_key="k", person_id="p", unit_id="u", grant_id="g", role=Role.LEGAL_REP)
    assert not actor.may(Permission.OWN_ACCOUNT)
    assert actor.may(Permission.UNIT_VIEW)
    assert not Actor(session_key="k", person_id="p").may(Permission.OWN_ACCOUNT)
    assert not Actor(session_key="k", person_id="p", must_change=True).may(Permission.OWN_CREDENTIALS)


@pytest.mark.req("R-2.6.5.5")
@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_permissions_and_a_name_of_its_own(role):
    actor = Actor(session_key="k", person_id="p", unit_id="u", grant_id="g", role=role, personal=True)
    own = {Permission.OWN_ACCOUNT, Permission.OWN_CREDENTIALS}
    assert {p for p in Permission if actor.may(p)} == ROLE_PERMISSIONS[role] | own
    assert [ROLE_LABELS[one] for one in UNIT_ROLES] == ["法定代表人", "管理员", "经办人"]
    assert len(set(ROLE_LABELS.values())) == len(ROLE_LABELS) == len(Role)


# The table: who may do what to whose grant. Written out from the requirements, cell by cell.

EXPECTED = """
LEGAL_REP VIEW   LEGAL_REP yes
LEGAL_REP VIEW   ADMIN     yes
LEGAL_REP VIEW   AGENT     yes
LEGAL_REP GRANT  LEGAL_REP BY_REGISTRY
LEGAL_REP GRANT  ADMIN     yes
LEGAL_REP GRANT  AGENT     yes
LEGAL_REP CHANGE LEGAL_REP BY_REGISTRY
LEGAL_REP CHANGE ADMIN     yes
LEGAL_REP CHANGE AGENT     yes
LEGAL_REP REVOKE LEGAL_REP BY_REGISTRY
LEGAL_REP REVOKE ADMIN     yes
LEGAL_REP REVOKE AGENT     yes
ADMIN     VIEW   LEGAL_REP yes
ADMIN     VIEW   ADMIN     yes
ADMIN     VIEW   AGENT     yes
ADMIN     GRANT  LEGAL_REP BY_REGISTRY
ADMIN     GRANT  ADMIN     ONLY_LEGAL_REP
ADMIN     GRANT  AGENT     yes
ADMIN     CHANGE LEGAL_REP BY_REGISTRY
ADMIN     CHANGE ADMIN     ONLY_LEGAL_REP
ADMIN     CHANGE AGENT     yes
ADMIN     REVOKE LEGAL_REP BY_REGISTRY
ADMIN     REVOKE ADMIN     ONLY_LEGAL_REP
ADMIN     REVOKE AGENT     yes
AGENT     VIEW   LEGAL_REP ONLY_THEIR_OWN
AGENT     VIEW   ADMIN     ONLY_THEIR_OWN
AGENT     VIEW   AGENT     ONLY_THEIR_OWN
AGENT     GRANT  LEGAL_REP AGENTS_DO_NOT_GRANT
AGENT     GRANT  ADMIN     AGENTS_DO_NOT_GRANT
AGENT     GRANT  AGENT     AGENTS_DO_NOT_GRANT
AGENT     CHANGE LEGAL_REP AGENTS_DO_NOT_GRANT
AGENT     CHANGE ADMIN     AGENTS_DO_NOT_GRANT
AGENT     CHANGE AGENT     AGENTS_DO_NOT_GRANT
AGENT     REVOKE LEGAL_REP AGENTS_DO_NOT_GRANT
AGENT     REVOKE ADMIN     AGENTS_DO_NOT_GRANT
AGENT     REVOKE AGENT     AGENTS_DO_NOT_GRANT
"""
CELLS = [tuple(line.split()) for line in EXPECTED.strip().splitlines()]


def acting(role: Role | None) -> Actor:
    return Actor(session_key="k", person_id="p", unit_id="u", grant_id="g", role=role)


def refused(role, action, target, **more):
    return why_not(acting(role), action, target, **({"unit_id": "u", "state": GrantState.ACTIVE} | more))


@pytest.mark.req("R-2.6.5.3", "R-2.6.5.4", "R-2.6.5.6")
@pytest.mark.parametrize(("role", "action", "target", "answer"), CELLS, ids=lambda word: word.lower())
def test_every_cell_of_the_table(role, action, target, answer):
    expected = None if answer == "yes" else Reason(answer)
    assert TABLE[Role(role), Action(action), Role(target)] is expected
    assert refused(Role(role), Action(action), Role(target)) is expected


@pytest.mark.req("R-2.6.5.6")
def test_the_table_says_something_about_every_combination_and_nothing_else():
    assert set(TABLE) == set(product(UNIT_ROLES, Action, UNIT_ROLES))
    assert {(Role(role), Action(action), Role(target)) for role, action, target, _ in CELLS} == set(TABLE)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_sentence_of_its_own(reason):
    sentence = REASON_SENTENCES[reason]
    assert len(sentence) > 10
    assert sentence.endswith("。")
    assert len(set(REASON_SENTENCES.values())) == len(REASON_SENTENCES) == len(Reason)


def test_every_action_and_state_has_a_name_of_its_own():
    assert set(ACTION_LABELS) == set(Action)
    assert set(STATE_LABELS) == set(GrantState)
    assert len(set(STATE_LABELS.values())) == len(GrantState)


# Whose unit, whose grant


@pytest.mark.req("R-2.6.5.6")
@pytest.mark.parametrize("target", UNIT_ROLES)
@pytest.mark.parametrize("action", list(Action))
def test_whoever_has_no_role_in_the_unit_may_do_nothing_to_its_grants(action, target):
    for nobody in (Actor(session_key="k"), Actor(session_key="k", person_id="p"), acting(None)):
        assert why_not(nobody, action, target, unit_id="u") is Reason.NOT_FOR_THE_UNIT
        assert why_not(nobody, action, target, unit_id="", own=True) is Reason.NOT_FOR_THE_UNIT
    for role in UNIT_ROLES:
        assert refused(role, action, target, unit_id="another") is Reason.NOT_FOR_THE_UNIT
        assert refused(role, action, target, unit_id="another", own=True) is Reason.NOT_FOR_THE_UNIT
        homeless = replace(acting(role), unit_id="")
        assert why_not(homeless, action, target, unit_id="") is Reason.NOT_FOR_THE_UNIT


@pytest.mark.req("R-2.6.5.6")
@pytest.mark.parametrize("action", list(Action))
def test_a_role_outside_the_unit_itself_is_worth_nothing_in_it(action):
    for role in set(Role) - set(UNIT_ROLES):
        assert refused(role, action, Role.AGENT) is Reason.NOT_FOR_THE_UNIT
        assert not acting(role).may_do(matter="renewal", category="labour")


@pytest.mark.req("R-2.6.5.6")
def test_agents_see_their_own_grant_and_cannot_change_it():
    assert refused(Role.AGENT, Action.VIEW, Role.AGENT, own=True) is None
    assert refused(Role.AGENT, Action.CHANGE, Role.AGENT, own=True) is Reason.AGENTS_DO_NOT_GRANT
    assert refused(Role.AGENT, Action.REVOKE, Role.AGENT, own=True) is Reason.AGENTS_DO_NOT_GRANT


@pytest.mark.req("R-2.6.5.6")
@pytest.mark.parametrize("action", [Action.CHANGE, Action.REVOKE])
def test_administrators_cannot_prolong_or_drop_their_own_grant(action):
    assert refused(Role.ADMIN, action, Role.ADMIN, own=True) is Reason.ONLY_LEGAL_REP


# States and limits


@pytest.mark.parametrize("target", [Role.ADMIN, Role.AGENT])
@pytest.mark.parametrize("state", list(GrantState))
def test_what_was_revoked_cannot_be_changed_or_revoked_again(state, target):
    expected = Reason.ALREADY_REVOKED if state is GrantState.REVOKED else None
    for action in (Action.CHANGE, Action.REVOKE):
        assert refused(Role.LEGAL_REP, action, target, state=state) is expected
    assert refused(Role.LEGAL_REP, Action.VIEW, target, state=state) is None


def test_scheduled_active_and_unproven_grants_count_and_no_others():
    assert {GrantState.SCHEDULED, GrantState.ACTIVE, GrantState.UNPROVEN} == COUNTED
    assert MOST_GRANTS == {Role.ADMIN: 1, Role.AGENT: 10}


@pytest.mark.parametrize(
    ("target", "counted", "expected"),
    [
        pytest.param(Role.ADMIN, 0, None, marks=pytest.mark.req("R-2.6.5.3")),
        pytest.param(Role.ADMIN, 1, Reason.MOST_ADMINS, marks=pytest.mark.req("R-2.6.5.3")),
        pytest.param(Role.ADMIN, 2, Reason.MOST_ADMINS, marks=pytest.mark.req("R-2.6.5.3")),
        pytest.param(Role.AGENT, 0, None, marks=pytest.mark.req("R-2.6.5.4")),
        pytest.param(Role.AGENT, 9, None, marks=pytest.mark.req("R-2.6.5.4")),
        pytest.param(Role.AGENT, 10, Reason.MOST_AGENTS, marks=pytest.mark.req("R-2.6.5.4")),
        pytest.param(Role.AGENT, 11, Reason.MOST_AGENTS, marks=pytest.mark.req("R-2.6.5.4")),
    ],
)
def test_the_limits_hold_for_what_makes_one_more(target, counted, expected):
    """A new grant, and one that has ended and would be brought back to life by changing its dates."""
    assert refused(Role.LEGAL_REP, Action.GRANT, target, state=None, counted=counted) is expected
    assert refused(Role.LEGAL_REP, Action.CHANGE, target, state=GrantState.EXPIRED, counted=counted) is expected


@pytest.mark.req("R-2.6.5.4")
@pytest.mark.parametrize("state", sorted(COUNTED))
def test_what_counts_already_can_be_changed_however_full_the_unit_is(state):
    assert refused(Role.ADMIN, Action.CHANGE, Role.AGENT, state=state, counted=10) is None


@pytest.mark.req("R-2.6.5.4")
@pytest.mark.parametrize("action", [Action.VIEW, Action.REVOKE])
@pytest.mark.parametrize("state", [GrantState.ACTIVE, GrantState.EXPIRED])
def test_seeing_and_revoking_know_no_limit(action, state):
    assert refused(Role.LEGAL_REP, action, Role.AGENT, state=state, counted=10) is None


@pytest.mark.req("R-2.6.5.6")
def test_whoever_may_not_anyway_hears_that_and_not_a_limit():
    assert refused(Role.ADMIN, Action.GRANT, Role.ADMIN, counted=1) is Reason.ONLY_LEGAL_REP
    assert refused(Role.AGENT, Action.GRANT, Role.AGENT, counted=10) is Reason.AGENTS_DO_NOT_GRANT
    assert refused(Role.AGENT, Action.CHANGE, Role.AGENT, state=GrantState.REVOKED) is Reason.AGENTS_DO_NOT_GRANT


# The period


@pytest.mark.req("R-2.6.5.2")
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (None, None),
        (DAY, None),
        (None, DAY),
        (DAY, DAY),
        (DAY, AFTER),
        (AFTER, AFTER),
        (date(2046, 12, 31), None),
        (None, date(2046, 12, 31)),
        (date(2046, 12, 31), date(2046, 12, 31)),
    ],
)
def test_periods_that_may_stand(start, end):
    assert period_problem(start, end, today=DAY) == ("", "")


@pytest.mark.req("R-2.6.5.2")
@pytest.mark.parametrize(
    ("start", "end", "field", "says"),
    [
        (BEFORE, None, "valid_from", "不能早于今天"),
        (BEFORE, AFTER, "valid_from", "不能早于今天"),
        (None, BEFORE, "valid_until", "不能早于今天"),
        (DAY, BEFORE, "valid_until", "不能早于今天"),
        (AFTER, DAY, "valid_until", "不能早于开始日期"),
        (date(2047, 1, 1), None, "valid_from", "不能晚于 2046 年"),
        (None, date(2047, 1, 1), "valid_until", "不能晚于 2046 年"),
        (DAY, date(9999, 12, 31), "valid_until", "长期有效的请留空"),
        (date.min, None, "valid_from", "不能早于今天"),
        (None, date.max, "valid_until", "不能晚于 2046 年"),
    ],
)
def test_periods_that_may_not(start, end, field, says):
    found, sentence = period_problem(start, end, today=DAY)
    assert found == field
    assert says in sentence


@pytest.mark.req("R-2.6.5.2")
def test_a_first_day_in_the_past_may_stay_as_it_was_and_not_move():
    assert period_problem(BEFORE, AFTER, today=DAY, before=BEFORE) == ("", "")
    assert period_problem(date(2026, 3, 8), None, today=DAY, before=BEFORE)[0] == "valid_from"
    assert period_problem(BEFORE, None, today=DAY, before=None)[0] == "valid_from"
    assert period_problem(BEFORE, BEFORE, today=DAY, before=BEFORE)[0] == "valid_until"


# The scope


@pytest.mark.req("R-2.6.5.5")
@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (Scope(), False),
        (Scope.of(["labour"]), True),
        (Scope.of(["insurance"]), False),
        (Scope.of([], ["renewal"]), True),
        (Scope.of([], ["change"]), False),
        (Scope.of(["insurance"], ["renewal"]), True),
        (Scope.of(["renewal"], ["labour"]), False),  # a category is no matter, and the other way about
    ],
)
def test_a_scope_covers_its_categories_and_its_single_matters(scope, covered):
    assert scope.covers(matter="renewal", category="labour") is covered
    assert replace(acting(Role.AGENT), scope=scope).may_do(matter="renewal", category="labour") is covered


def test_a_scope_is_something_as_soon_as_anything_is_in_it():
    assert not Scope()
    assert not Scope.of([], [])
    assert Scope.of(["labour"])
    assert Scope.of([], ["renewal"])
    assert Scope.of(["b", "a"], ["d", "c"]) == Scope.of(["a", "b"], ["c", "d"])


@pytest.mark.req("R-2.6.5.5")
@pytest.mark.parametrize("role", [Role.LEGAL_REP, Role.ADMIN])
def test_legal_representative_and_administrator_may_do_any_business(role):
    assert acting(role).may_do(matter="renewal", category="labour")


@pytest.mark.req("R-2.6.5.5")
def test_without_a_role_or_a_scope_nobody_does_a_units_business():
    assert not acting(Role.AGENT).may_do(matter="renewal", category="labour")
    everything = Scope.of(["labour"], ["renewal"])
    assert not replace(acting(None), scope=everything).may_do(matter="renewal", category="labour")
    assert not Actor(session_key="k", person_id="p").may_do(matter="renewal", category="labour")


@pytest.mark.req("R-2.6.5.6")
def test_everybody_of_a_unit_sees_grants_and_agents_do_not_manage_them():
    holders = {permission: {role for role in Role if acting(role).may(permission)} for permission in Permission}
    assert holders[Permission.GRANTS_VIEW] == holders[Permission.UNIT_VIEW] == set(UNIT_ROLES)
    assert holders[Permission.GRANTS_MANAGE] == {Role.LEGAL_REP, Role.ADMIN}
