"""Who may do what to officers' accounts: two hands for every account that opens (GB/T 22239-2019, 8.1.5).

The standard gives identities to the system administrator (8.1.5.1 b) and authorisation to the security administrator
(8.1.5.3 b), and neither to the audit administrator. So whoever learns a first password, by adding an account or
resetting one, cannot let it in; whoever lets it in has never seen one, and reads a code without which the password is
worth nothing. Only the account's holder has both. Nobody does anything to their own account.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from jsrs_portal.domain.passwords import PasswordProblem, check_password, explain
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.staff import StaffStatus, covers

FIRST_PASSWORD_LIFE = timedelta(days=3)
"""How long a first password may wait for its first login: it has been read by somebody else."""
ACTIVATION_DIGITS = 8
"""Of the code that the authorisation gives, and the first login asks for in the one-time password's place."""
RULE_TEXT = "密码为8至20个字符，须包含数字、大写字母、小写字母、特殊字符中的至少三种；不能是常见密码，也不能含有账号。"
_CONTAINS_LOGIN = "密码中不能出现账号，或账号中的连续6个字符，请更换。"


class AccountAction(StrEnum):
    """What is done to an account."""

    ADD = "ADD"
    RESET = "RESET"
    LOCK = "LOCK"
    UNLOCK = "UNLOCK"
    AUTHORISE = "AUTHORISE"
    WITHDRAW = "WITHDRAW"


class AccountReason(StrEnum):
    """Why not. Each has a sentence in :data:`REASON_SENTENCES`."""

    OWN = "OWN"
    ONLY_SYSTEM = "ONLY_SYSTEM"
    ONLY_SECURITY = "ONLY_SECURITY"
    ELSEWHERE = "ELSEWHERE"
    LOCKED = "LOCKED"
    NOT_LOCKED = "NOT_LOCKED"
    AUTHORISED = "AUTHORISED"
    NOT_AUTHORISED = "NOT_AUTHORISED"


REASON_SENTENCES = {
    AccountReason.OWN: "不能对自己的账号进行该操作，请由另一名管理员操作。",
    AccountReason.ONLY_SYSTEM: "账号由系统管理员新增、重置、锁定和解除锁定。",
    AccountReason.ONLY_SECURITY: "账号由安全管理员授权和取消授权。",
    AccountReason.ELSEWHERE: "该账号的负责区域不在您负责的区域之内，请由上级安全管理员授权。",
    AccountReason.LOCKED: "该账号已是锁定状态。",
    AccountReason.NOT_LOCKED: "该账号没有锁定。",
    AccountReason.AUTHORISED: "该账号已经授权。",
    AccountReason.NOT_AUTHORISED: "该账号还没有授权。",
}

TABLE: Mapping[tuple[StaffRole, AccountAction], AccountReason | None] = {
    # (who acts, what they do): why not, or None — they may, to an account of any role that is not their own
    (StaffRole.SYSTEM, AccountAction.ADD): None,
    (StaffRole.SYSTEM, AccountAction.RESET): None,
    (StaffRole.SYSTEM, AccountAction.LOCK): None,
    (StaffRole.SYSTEM, AccountAction.UNLOCK): None,
    (StaffRole.SYSTEM, AccountAction.AUTHORISE): AccountReason.ONLY_SECURITY,
    (StaffRole.SYSTEM, AccountAction.WITHDRAW): AccountReason.ONLY_SECURITY,
    (StaffRole.SECURITY, AccountAction.ADD): AccountReason.ONLY_SYSTEM,
    (StaffRole.SECURITY, AccountAction.RESET): AccountReason.ONLY_SYSTEM,
    (StaffRole.SECURITY, AccountAction.LOCK): AccountReason.ONLY_SYSTEM,
    (StaffRole.SECURITY, AccountAction.UNLOCK): AccountReason.ONLY_SYSTEM,
    (StaffRole.SECURITY, AccountAction.AUTHORISE): None,
    (StaffRole.SECURITY, AccountAction.WITHDRAW): None,
    (StaffRole.AUDIT, AccountAction.ADD): AccountReason.ONLY_SYSTEM,
    (StaffRole.AUDIT, AccountAction.RESET): AccountReason.ONLY_SYSTEM,
    (StaffRole.AUDIT, AccountAction.LOCK): AccountReason.ONLY_SYSTEM,
    (StaffRole.AUDIT, AccountAction.UNLOCK): AccountReason.ONLY_SYSTEM,
    (StaffRole.AUDIT, AccountAction.AUTHORISE): AccountReason.ONLY_SECURITY,
    (StaffRole.AUDIT, AccountAction.WITHDRAW): AccountReason.ONLY_SECURITY,
    (StaffRole.OFFICER, AccountAction.ADD): AccountReason.ONLY_SYSTEM,
    (StaffRole.OFFICER, AccountAction.RESET): AccountReason.ONLY_SYSTEM,
    (StaffRole.OFFICER, AccountAction.LOCK): AccountReason.ONLY_SYSTEM,
    (StaffRole.OFFICER, AccountAction.UNLOCK): AccountReason.ONLY_SYSTEM,
    (StaffRole.OFFICER, AccountAction.AUTHORISE): AccountReason.ONLY_SECURITY,
    (StaffRole.OFFICER, AccountAction.WITHDRAW): AccountReason.ONLY_SECURITY,
}


def why_not(
    role: StaffRole | None,
    action: AccountAction,
    *,
    own: bool,
    region: str = "",
    target_region: str = "",
    status: StaffStatus = StaffStatus.ACTIVE,
    authorised: bool = True,
) -> AccountReason | None:
    """Return why an officer of ``role`` may not do ``action`` to an account; ``None``: they may.

    ``own`` is whether the account is theirs, ``region`` where they act, the rest is the account as it is now. A
    security administrator with a region authorises within it only: nobody gives more than they have.
    """
    refused = TABLE[role, action] if role else AccountReason.ONLY_SYSTEM
    if refused is not None:
        return refused
    if own:
        return AccountReason.OWN
    if not covers(region, target_region):
        return AccountReason.ELSEWHERE
    unfit = {
        AccountAction.LOCK: (status is StaffStatus.LOCKED, AccountReason.LOCKED),
        AccountAction.UNLOCK: (status is StaffStatus.ACTIVE, AccountReason.NOT_LOCKED),
        AccountAction.AUTHORISE: (authorised, AccountReason.AUTHORISED),
        AccountAction.WITHDRAW: (not authorised, AccountReason.NOT_AUTHORISED),
    }
    holds, reason = unfit.get(action, (False, None))
    return reason if holds else None


def admitted(
    *, status: StaffStatus, authorised: bool, must_change: bool, void_after: datetime | None, now: datetime
) -> str:
    """Return "" for an account that may log in at all, else what the audit log says of the attempt."""
    if status is not StaffStatus.ACTIVE:
        return "ACCOUNT_LOCKED"
    if not authorised:
        return "NOT_AUTHORISED"
    return "VOID" if must_change and void_after is not None and now > void_after else ""


def password_problem(password: str, *, login: str) -> str:
    """Return what is wrong with an officer's new password, in Chinese; "" when it may be used."""
    problems = check_password(password, forbidden=(login,))
    if not problems:
        return ""
    return _CONTAINS_LOGIN if problems[0] is PasswordProblem.CONTAINS_IDENTIFIER else explain(problems[0])
