"""Who may do what: roles, one table of rules with a reason for every no, dates, scope and limits (R-2.6.5, R-2.6.6).

Pages ask before a button is pressed and show the reason; services ask again and decide.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import product

from jsrs_portal.domain.permissions import ROLE_LABELS as ROLE_LABELS
from jsrs_portal.domain.permissions import ROLE_PERMISSIONS, STAFF_PERMISSIONS, Permission, Role, StaffRole

UNIT_ROLES = (Role.LEGAL_REP, Role.ADMIN, Role.AGENT)
"""The roles in a unit itself; an institution's administrator acts for the institution alone."""

MOST_GRANTS = {Role.ADMIN: 1, Role.AGENT: 10}
"""How many scheduled and active grants of a role a unit may have (R-2.6.5.3, R-2.6.5.4)."""


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


STATE_LABELS = {
    GrantState.SCHEDULED: "未生效",
    GrantState.ACTIVE: "有效",
    GrantState.EXPIRED: "已到期",
    GrantState.REVOKED: "已收回",
    GrantState.UNPROVEN: "待认证",
}
COUNTED = frozenset({GrantState.SCHEDULED, GrantState.ACTIVE, GrantState.UNPROVEN})
"""The states in which a grant counts towards the limits, and in which its holder can be given no other."""


class Action(StrEnum):
    """What is done to a grant."""

    VIEW = "VIEW"
    GRANT = "GRANT"
    CHANGE = "CHANGE"
    REVOKE = "REVOKE"


ACTION_LABELS = {Action.VIEW: "查看", Action.GRANT: "开通", Action.CHANGE: "变更", Action.REVOKE: "收回"}


class Reason(StrEnum):
    """Why not. Each has a sentence that says what to do, in :data:`REASON_SENTENCES`."""

    NOT_FOR_THE_UNIT = "NOT_FOR_THE_UNIT"
    ONLY_THEIR_OWN = "ONLY_THEIR_OWN"
    BY_REGISTRY = "BY_REGISTRY"
    ONLY_LEGAL_REP = "ONLY_LEGAL_REP"
    AGENTS_DO_NOT_GRANT = "AGENTS_DO_NOT_GRANT"
    ALREADY_REVOKED = "ALREADY_REVOKED"
    MOST_ADMINS = "MOST_ADMINS"
    MOST_AGENTS = "MOST_AGENTS"


REASON_SENTENCES = {
    Reason.NOT_FOR_THE_UNIT: "您目前不能代表该单位办事，请重新登录或联系法定代表人。",
    Reason.ONLY_THEIR_OWN: "经办人只能查看本人的授权。",
    Reason.BY_REGISTRY: "法定代表人以企业登记为准，不在此处开通、变更或收回。",
    Reason.ONLY_LEGAL_REP: "管理员只能由法定代表人开通、变更或收回。",
    Reason.AGENTS_DO_NOT_GRANT: "经办人没有开通授权的权限，请联系法定代表人或管理员。",
    Reason.ALREADY_REVOKED: "该授权已经收回，不能再变更；如需继续办事，请重新开通。",
    Reason.MOST_ADMINS: "管理员最多 1 名。如需更换，请先收回现任管理员的授权。",
    Reason.MOST_AGENTS: "经办人最多 10 名。请先收回不再使用的授权。",
}

TABLE: Mapping[tuple[Role, Action, Role], Reason | None] = {
    # (who acts, what they do, whose grant): why not, or None — they may
    (Role.LEGAL_REP, Action.VIEW, Role.LEGAL_REP): None,
    (Role.LEGAL_REP, Action.VIEW, Role.ADMIN): None,
    (Role.LEGAL_REP, Action.VIEW, Role.AGENT): None,
    (Role.LEGAL_REP, Action.GRANT, Role.LEGAL_REP): Reason.BY_REGISTRY,
    (Role.LEGAL_REP, Action.GRANT, Role.ADMIN): None,
    (Role.LEGAL_REP, Action.GRANT, Role.AGENT): None,
    (Role.LEGAL_REP, Action.CHANGE, Role.LEGAL_REP): Reason.BY_REGISTRY,
    (Role.LEGAL_REP, Action.CHANGE, Role.ADMIN): None,
    (Role.LEGAL_REP, Action.CHANGE, Role.AGENT): None,
    (Role.LEGAL_REP, Action.REVOKE, Role.LEGAL_REP): Reason.BY_REGISTRY,
    (Role.LEGAL_REP, Action.REVOKE, Role.ADMIN): None,
    (Role.LEGAL_REP, Action.REVOKE, Role.AGENT): None,
    (Role.ADMIN, Action.VIEW, Role.LEGAL_REP): None,
    (Role.ADMIN, Action.VIEW, Role.ADMIN): None,
    (Role.ADMIN, Action.VIEW, Role.AGENT): None,
    (Role.ADMIN, Action.GRANT, Role.LEGAL_REP): Reason.BY_REGISTRY,
    (Role.ADMIN, Action.GRANT, Role.ADMIN): Reason.ONLY_LEGAL_REP,
    (Role.ADMIN, Action.GRANT, Role.AGENT): None,
    (Role.ADMIN, Action.CHANGE, Role.LEGAL_REP): Reason.BY_REGISTRY,
    (Role.ADMIN, Action.CHANGE, Role.ADMIN): Reason.ONLY_LEGAL_REP,
    (Role.ADMIN, Action.CHANGE, Role.AGENT): None,
    (Role.ADMIN, Action.REVOKE, Role.LEGAL_REP): Reason.BY_REGISTRY,
    (Role.ADMIN, Action.REVOKE, Role.ADMIN): Reason.ONLY_LEGAL_REP,
    (Role.ADMIN, Action.REVOKE, Role.AGENT): None,
    (Role.AGENT, Action.VIEW, Role.LEGAL_REP): Reason.ONLY_THEIR_OWN,
    (Role.AGENT, Action.VIEW, Role.ADMIN): Reason.ONLY_THEIR_OWN,
    (Role.AGENT, Action.VIEW, Role.AGENT): Reason.ONLY_THEIR_OWN,
    **{
        (Role.AGENT, action, target): Reason.AGENTS_DO_NOT_GRANT
        for action, target in product((Action.GRANT, Action.CHANGE, Action.REVOKE), UNIT_ROLES)
    },
}
"""R-2.6.5.3 to R-2.6.5.6. Every combination has a line; ``docs/authority.md`` is written from here."""


def why_not(
    actor: "Actor",
    action: Action,
    target: Role,
    *,
    unit_id: str,
    state: GrantState | None = None,
    own: bool = False,
    counted: int = 0,
) -> Reason | None:
    """Return why ``actor`` may not do ``action`` to a grant of role ``target`` in the unit ``unit_id``; ``None``: may.

    ``state`` is what the grant is worth today (``None`` for one that is to be made), ``own`` whether it is the actor's
    own, ``counted`` how many others of its role count today. Dates are judged by :func:`period_problem`.
    """
    if actor.role is None or actor.role not in UNIT_ROLES or not unit_id or actor.unit_id != unit_id:
        return Reason.NOT_FOR_THE_UNIT
    refused = TABLE[actor.role, action, target]
    if refused is Reason.ONLY_THEIR_OWN and own:
        return None
    if refused is not None:
        return refused
    if action in (Action.CHANGE, Action.REVOKE) and state is GrantState.REVOKED:
        return Reason.ALREADY_REVOKED
    brings_one_more = action is Action.GRANT or (action is Action.CHANGE and state not in COUNTED)
    if brings_one_more and target in MOST_GRANTS and counted >= MOST_GRANTS[target]:
        return Reason.MOST_ADMINS if target is Role.ADMIN else Reason.MOST_AGENTS
    return None


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


LONGEST_YEARS = 20


def period_problem(
    valid_from: date | None, valid_until: date | None, *, today: date, before: date | None = None
) -> tuple[str, str]:
    """Return which field of a period is wrong and why in Chinese; two empty texts when it may stand (R-2.6.5.2).

    ``before`` is the first day it had already: that may lie in the past, a new one may not.
    """
    if valid_from is not None and valid_from < today and valid_from != before:
        return "valid_from", "开始日期不能早于今天。"
    if valid_until is not None and valid_until < today:
        return "valid_until", "结束日期不能早于今天；如需停用，请收回授权。"
    if valid_from is not None and valid_until is not None and valid_until < valid_from:
        return "valid_until", "结束日期不能早于开始日期。"
    furthest = today.year + LONGEST_YEARS
    if valid_from is not None and valid_from.year > furthest:
        return "valid_from", f"开始日期不能晚于 {furthest} 年，请核对年份。"
    if valid_until is not None and valid_until.year > furthest:
        return "valid_until", f"结束日期不能晚于 {furthest} 年，请核对年份；长期有效的请留空。"
    return "", ""


@dataclass(frozen=True)
class Scope:
    """业务授权: whole business categories and single matters, by their keys (R-2.6.5.5)."""

    categories: frozenset[str] = frozenset()
    matters: frozenset[str] = frozenset()

    @classmethod
    def of(cls, categories: Iterable[str] = (), matters: Iterable[str] = ()) -> "Scope":
        """Return the scope of these keys."""
        return cls(frozenset(categories), frozenset(matters))

    def covers(self, *, matter: str, category: str) -> bool:
        """Tell whether it contains the matter with this key, in this category."""
        return matter in self.matters or category in self.categories

    def __bool__(self) -> bool:
        """Whether it contains anything."""
        return bool(self.categories or self.matters)


NO_SCOPE = Scope()


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Whoever sends a request, as far as the session cookie proves it.

    ``session_key`` names the browser's session (64 hex digits); ``person_id`` is empty for a visitor; ``unit_id``,
    ``grant_id`` and ``role`` are set when the person acts for a unit, ``scope`` is what an agent was given.
    ``institution_id`` is set, and ``unit_id`` is not, for whoever acts for an institution. ``personal``: the session
    was opened by the person's own password, not by one set for a unit. ``staff_id``, ``staff_role`` and
    ``staff_region`` (GB/T 2260) belong to officers of the bureau, who are nobody else at the same time. With
    ``must_change`` the password has to be changed before anything else. ``address`` is the network address.
    """

    session_key: str
    address: str = ""
    session_id: str = ""
    person_id: str = ""
    unit_id: str = ""
    grant_id: str = ""
    role: Role | None = None
    scope: Scope = NO_SCOPE
    institution_id: str = ""
    personal: bool = False
    must_change: bool = False
    staff_id: str = ""
    staff_role: StaffRole | None = None
    staff_region: str = ""

    @property
    def signed_in(self) -> bool:
        """Whether a person has logged in; officers are not persons here."""
        return bool(self.person_id)

    def may(self, permission: Permission) -> bool:
        """Tell whether this actor holds ``permission`` at all; services check again for the row."""
        if permission is Permission.FIRST_PASSWORD:
            return self.must_change
        if self.must_change:
            return False
        if self.staff_role is not None:
            return permission in STAFF_PERMISSIONS[self.staff_role]
        if permission is Permission.OWN_CREDENTIALS:
            return self.signed_in
        if permission is Permission.OWN_ACCOUNT:  # another realm's password opens that realm only (R-2.6.6.5)
            return self.signed_in and self.personal and not self.institution_id
        if permission is Permission.APPLY and self.role is None:  # one whose role has ended is not here for themselves
            return self.signed_in and self.personal and not self.unit_id and not self.institution_id
        return self.signed_in and self.role is not None and permission in ROLE_PERMISSIONS[self.role]

    def may_do(self, *, matter: str, category: str) -> bool:
        """Tell whether this actor may do the unit's business with a matter (R-2.6.5.5)."""
        if self.role is Role.AGENT:
            return self.scope.covers(matter=matter, category=category)
        return self.role in (Role.LEGAL_REP, Role.ADMIN)
