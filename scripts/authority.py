"""Writes docs/authority.md, who may do what to whose grant, from the table of rules itself; run by ``make authority``.

Only ``jsrs_portal.domain.authority`` decides; this file says what it decides, and a test keeps the two the same.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from jsrs_portal.domain.authority import (
    ACTION_LABELS,
    COUNTED,
    LONGEST_YEARS,
    MOST_GRANTS,
    REASON_SENTENCES,
    STATE_LABELS,
    TABLE,
    UNIT_ROLES,
    Action,
    GrantState,
    Reason,
)
from jsrs_portal.domain.permissions import ROLE_LABELS, ROLE_PERMISSIONS, Permission, Role

FILE = Path(__file__).resolve().parent.parent / "docs" / "authority.md"

_HEAD = """# Who may do what in a unit

Written from `jsrs_portal/domain/authority.py` by `make authority`; change the rules there. Pages ask the same table
before a button is pressed and show the reason beside it; the service asks again, with the unit's row held, and decides.
A refused attempt leaves an entry in the audit trail.
"""
_REASONS = """Checked in this order: whether the actor acts for the unit at all (`NOT_FOR_THE_UNIT`), the table, whether
the grant was revoked before (`ALREADY_REVOKED`), the limit of its role (`MOST_ADMINS`, `MOST_AGENTS`).
`ONLY_THEIR_OWN` does not hold for the agent's own grant.
"""
_LIMITS = """A unit has exactly one {legal}, who comes with its registration. Of the others at most so many may count at
the same time; granting makes one more, and so does changing the dates of a grant that has ended:
"""
_STATES = """What a grant is worth follows from what was decided and from its dates, on the day in China; both days are
included. Only an active grant lets anybody in. Whoever holds one that counts can be given no other in the unit. What
has ended makes room: it is replaced when the same person, or another administrator, is granted.
"""
_PASSWORDS = """A password that somebody has set for the unit belongs to the grant under which it was set. While that
grant is not active it opens nothing, and it is forgotten once the grant is revoked or replaced, or prolonged after its
end: whoever is granted again comes in with the personal password, as at the first time.
"""
_DATES = """Both days may be left open. A new first day is not in the past, the last day not before today nor before the
first, and neither is more than {years} years ahead.
"""
_PERMISSIONS = """Whoever proved the personal password has `OWN_ACCOUNT`, also while acting for a unit that has no
password of its own for them. One that was set for a unit or an institution opens that alone, not the person's account.
An agent does the business that was granted, whole categories or single matters; the others do any business of the unit.
"""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _role(role: Role) -> str:
    return f"{ROLE_LABELS[role]} `{role}`"


def _cell(actor: Role, action: Action, target: Role) -> str:
    reason = TABLE[actor, action, target]
    return f"`{reason}`" if reason else "yes"


def _action(action: Action) -> str:
    head = ["who acts \\ whose grant", *map(_role, UNIT_ROLES)]
    rows = [[_role(actor), *(_cell(actor, action, target) for target in UNIT_ROLES)] for actor in UNIT_ROLES]
    return f"### {ACTION_LABELS[action]} `{action}`\n\n{_table(head, rows)}"


def text() -> str:
    """Return what the file holds."""
    reasons = [[f"`{reason}`", REASON_SENTENCES[reason]] for reason in Reason]
    limits = [[_role(role), str(most)] for role, most in MOST_GRANTS.items()]
    states = [
        [f"{STATE_LABELS[state]} `{state}`", "yes" if state in COUNTED else "no", "yes" if lets_in else "no"]
        for state, lets_in in ((state, state is GrantState.ACTIVE) for state in GrantState)
    ]
    permissions = [
        [_role(role), *("yes" if permission in ROLE_PERMISSIONS[role] else "no" for permission in _UNIT_PERMISSIONS)]
        for role in UNIT_ROLES
    ]
    parts = [
        _HEAD,
        "## Grants\n",
        *map(_action, Action),
        "## Reasons\n",
        _REASONS,
        _table(["reason", "what the person reads"], reasons),
        "## Limits\n",
        _LIMITS.format(legal=ROLE_LABELS[Role.LEGAL_REP]),
        _table(["role", "at most"], limits),
        "## States and dates\n",
        _STATES,
        _table(["state", "counts towards the limit", "lets its holder in"], states),
        _DATES.format(years=LONGEST_YEARS),
        "## Passwords\n",
        _PASSWORDS,
        "## Permissions\n",
        _PERMISSIONS,
        _table(["role", *(f"`{permission}`" for permission in _UNIT_PERMISSIONS)], permissions),
    ]
    return "\n".join(parts)


_UNIT_PERMISSIONS = [found for found in Permission if any(found in ROLE_PERMISSIONS[role] for role in UNIT_ROLES)]


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
