"""Who may do what: roles, permissions, and when a grant is good for anything (R-2.6.5)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Role(StrEnum):
    """A person's role in a unit, with the manual's words in :data:`ROLE_LABELS`."""

    LEGAL_REP = "LEGAL_REP"
    ADMIN = "ADMIN"
    AGENT = "AGENT"


ROLE_LABELS = {Role.LEGAL_REP: "法定代表人", Role.ADMIN: "管理员", Role.AGENT: "经办人"}


class GrantStatus(StrEnum):
    """What was decided about a grant; whether it counts today also depends on its dates."""

    GRANTED = "GRANTED"
    REVOKED = "REVOKED"


class GrantState(StrEnum):
    """What a grant is worth on a given day."""

    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    UNPROVEN = "UNPROVEN"


class Permission(StrEnum):
    """Something a handler or a service asks for."""

    OWN_ACCOUNT = "OWN_ACCOUNT"
    UNIT_VIEW = "UNIT_VIEW"


ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.LEGAL_REP: frozenset({Permission.UNIT_VIEW}),
    Role.ADMIN: frozenset({Permission.UNIT_VIEW}),
    Role.AGENT: frozenset({Permission.UNIT_VIEW}),
}
"""What each role may do in its unit. Everybody signed in has :attr:`Permission.OWN_ACCOUNT`."""


def grant_state(
    *,
    role: Role,
    status: GrantStatus,
    valid_from: date | None,
    valid_until: date | None,
    proven_at: datetime | None,
    today: date,
) -> GrantState:
    """Return what a grant is worth on ``today`` (a date in China); both of its days are included.

    A legal representative's grant that no face check has proven yet can do nothing (it exists after an upgrade).
    """
    if status is GrantStatus.REVOKED:
        return GrantState.REVOKED
    if valid_until is not None and today > valid_until:
        return GrantState.EXPIRED
    if valid_from is not None and today < valid_from:
        return GrantState.SCHEDULED
    if role is Role.LEGAL_REP and proven_at is None:
        return GrantState.UNPROVEN
    return GrantState.ACTIVE


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Whoever sends a request, as far as the session cookie proves it.

    ``session_key`` names the browser's session (64 hex digits); ``person_id`` is empty for a visitor; ``unit_id``,
    ``grant_id`` and ``role`` are set when the person acts for a unit. ``address`` is the client's network address.
    """

    session_key: str
    address: str = ""
    session_id: str = ""
    person_id: str = ""
    unit_id: str = ""
    grant_id: str = ""
    role: Role | None = None

    @property
    def signed_in(self) -> bool:
        """Whether somebody has logged in."""
        return bool(self.person_id)

    def may(self, permission: Permission) -> bool:
        """Tell whether this actor holds ``permission`` at all; services check again for the row."""
        if not self.signed_in:
            return False
        if permission is Permission.OWN_ACCOUNT:
            return True
        return self.role is not None and permission in ROLE_PERMISSIONS[self.role]
