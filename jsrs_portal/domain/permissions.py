"""Roles, and what each may ask for at all; rows are judged by :mod:`.authority` and :mod:`.institutions`."""

from enum import StrEnum


class Role(StrEnum):
    """A person's role in a unit or one of its institutions, with the manual's words in :data:`ROLE_LABELS`."""

    LEGAL_REP = "LEGAL_REP"
    ADMIN = "ADMIN"
    AGENT = "AGENT"
    INSTITUTION_ADMIN = "INSTITUTION_ADMIN"


ROLE_LABELS = {
    Role.LEGAL_REP: "法定代表人",
    Role.ADMIN: "管理员",
    Role.AGENT: "经办人",
    Role.INSTITUTION_ADMIN: "机构管理员",
}


class StaffRole(StrEnum):
    """An officer's role. The three administrators are kept apart (GB/T 22239-2019, 8.1.4, 安全管理中心)."""

    SYSTEM = "SYSTEM"
    SECURITY = "SECURITY"
    AUDIT = "AUDIT"
    OFFICER = "OFFICER"


STAFF_LABELS = {
    StaffRole.SYSTEM: "系统管理员",
    StaffRole.SECURITY: "安全管理员",
    StaffRole.AUDIT: "审计管理员",
    StaffRole.OFFICER: "业务经办人员",
}


class Permission(StrEnum):
    """Something a handler or a service asks for."""

    OWN_ACCOUNT = "OWN_ACCOUNT"
    OWN_CREDENTIALS = "OWN_CREDENTIALS"
    FIRST_PASSWORD = "FIRST_PASSWORD"
    APPLY = "APPLY"
    UNIT_VIEW = "UNIT_VIEW"
    UNIT_CHANGE = "UNIT_CHANGE"
    GRANTS_VIEW = "GRANTS_VIEW"
    GRANTS_MANAGE = "GRANTS_MANAGE"
    ADDRESSES_VIEW = "ADDRESSES_VIEW"
    ADDRESSES_MANAGE = "ADDRESSES_MANAGE"
    INSTITUTIONS_VIEW = "INSTITUTIONS_VIEW"
    INSTITUTIONS_MANAGE = "INSTITUTIONS_MANAGE"
    INSTITUTION_OWN = "INSTITUTION_OWN"
    STAFF_HOME = "STAFF_HOME"
    STAFF_ACCOUNTS = "STAFF_ACCOUNTS"
    STAFF_IDENTITIES = "STAFF_IDENTITIES"
    STAFF_AUTHORISE = "STAFF_AUTHORISE"
    STAFF_INSTITUTIONS = "STAFF_INSTITUTIONS"
    STAFF_SEARCH = "STAFF_SEARCH"
    STAFF_UNMASK = "STAFF_UNMASK"
    STAFF_LOCK = "STAFF_LOCK"
    STAFF_AUDIT = "STAFF_AUDIT"
    STAFF_CASES = "STAFF_CASES"
    CASE_REVIEW = "CASE_REVIEW"


_UNIT_MANAGER = frozenset(
    {
        Permission.APPLY,
        Permission.UNIT_VIEW,
        Permission.UNIT_CHANGE,
        Permission.GRANTS_VIEW,
        Permission.GRANTS_MANAGE,
        Permission.ADDRESSES_VIEW,
        Permission.ADDRESSES_MANAGE,
        Permission.INSTITUTIONS_VIEW,
        Permission.INSTITUTIONS_MANAGE,
        Permission.CASE_REVIEW,
    }
)
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.LEGAL_REP: _UNIT_MANAGER,
    Role.ADMIN: _UNIT_MANAGER,
    Role.AGENT: frozenset(
        {
            Permission.APPLY,
            Permission.UNIT_VIEW,
            Permission.GRANTS_VIEW,
            Permission.ADDRESSES_VIEW,
            Permission.INSTITUTIONS_VIEW,
            Permission.CASE_REVIEW,
        }
    ),
    Role.INSTITUTION_ADMIN: frozenset({Permission.APPLY, Permission.INSTITUTION_OWN}),
}
"""What each role may do in its unit or institution. Whoever proved the personal password
has :attr:`Permission.OWN_ACCOUNT` besides, an institution's administrator never. Everybody who is signed in has
:attr:`Permission.OWN_CREDENTIALS`: their phone, which their face has to prove, and the password of this login. With the
personal password and no role one has :attr:`Permission.APPLY` for oneself."""

STAFF_PERMISSIONS: dict[StaffRole, frozenset[Permission]] = {
    StaffRole.SYSTEM: frozenset({Permission.STAFF_HOME, Permission.STAFF_ACCOUNTS, Permission.STAFF_IDENTITIES}),
    StaffRole.SECURITY: frozenset(
        {
            Permission.STAFF_HOME,
            Permission.STAFF_ACCOUNTS,
            Permission.STAFF_AUTHORISE,
            Permission.STAFF_SEARCH,
            Permission.STAFF_LOCK,
        }
    ),
    StaffRole.AUDIT: frozenset({Permission.STAFF_HOME, Permission.STAFF_AUDIT}),
    StaffRole.OFFICER: frozenset(
        {
            Permission.STAFF_HOME,
            Permission.STAFF_INSTITUTIONS,
            Permission.STAFF_SEARCH,
            Permission.STAFF_UNMASK,
            Permission.STAFF_CASES,
        }
    ),
}
"""Nobody may both do something to accounts and look after the record of it. The list of the officers' accounts is for
two of them: one makes accounts, the other lets them in (:mod:`.staff_accounts`)."""
