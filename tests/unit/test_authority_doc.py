"""docs/authority.md says what the code decides (R-2.6.5)."""

import pytest

from jsrs_portal.domain import authority as rules
from jsrs_portal.domain.authority import UNIT_ROLES, Action, Reason
from jsrs_portal.domain.permissions import ROLE_LABELS, ROLE_PERMISSIONS, Role
from scripts import authority

pytestmark = pytest.mark.req("R-2.6.5.6")


def test_the_file_is_what_the_code_would_write():
    """``make authority`` writes it anew."""
    assert authority.FILE.read_text(encoding="utf-8") == authority.text()


@pytest.mark.parametrize("action", list(Action))
def test_each_action_has_a_table_of_who_acts_and_whose_grant(action):
    section = authority.text().partition(f"`{action}`\n")[2].partition("\n#")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    head, _, *lines = rows
    assert [cell.split("`")[1] for cell in head[1:]] == list(UNIT_ROLES)
    for actor, line in zip(UNIT_ROLES, lines, strict=True):
        assert f"`{actor}`" in line[0]
        expected = [rules.TABLE[actor, action, target] for target in UNIT_ROLES]
        assert line[1:] == [f"`{reason}`" if reason else "yes" for reason in expected]


def test_it_has_every_reason_state_limit_and_permission():
    text = authority.text()
    for reason in Reason:
        assert f"| `{reason}` | {rules.REASON_SENTENCES[reason]} |" in text
    for state, label in rules.STATE_LABELS.items():
        counts = "yes" if state in rules.COUNTED else "no"
        assert f"| {label} `{state}` | {counts} |" in text
    for role, most in rules.MOST_GRANTS.items():
        assert f"| {ROLE_LABELS[role]} `{role}` | {most} |" in text
    for role in UNIT_ROLES:
        for permission in ROLE_PERMISSIONS[role]:
            assert f"`{permission}`" in text


def test_a_rule_that_is_changed_changes_the_text(monkeypatch):
    before = authority.text()
    changed = {**rules.TABLE, (Role.ADMIN, Action.GRANT, Role.ADMIN): None}
    monkeypatch.setattr(authority, "TABLE", changed)
    assert authority.text() != before
