"""注销账户: who may close their account, how long they may think better of it, and what is kept (R-2.6.8.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from jsrs_portal.domain.authority import GrantState
from jsrs_portal.domain.permissions import ROLE_LABELS, Role

COOLING_OFF = timedelta(days=7)
"""So long after the request the account goes on, and every login shows the way to take it back."""
NOT_HERE = "为保护您的账户，请使用个人密码登录后再注销。"
CONSEQUENCES = (
    "担任的经办人、管理员授权全部收回，不能再代表单位办事；",
    "登录密码、可信手机、收藏和通知设置删除，所有登录结束；",
    "手机号从系统中删除，可以由您或他人重新用于注册；",
    "已办业务的记录和安全审计记录依法保留，其中的姓名和证件号码加密保存；",
    "以后如需办事，可以重新注册，注销前的授权和记录不会恢复。",
)
"""What closing brings about, as the page lists it."""
_HELD = frozenset({GrantState.ACTIVE, GrantState.SCHEDULED, GrantState.UNPROVEN})


@dataclass(frozen=True)
class HeldRole:
    """A role that somebody holds: in the unit or institution ``name``, and what the grant is worth today.

    ``replaceable``: somebody else there can appoint another.
    """

    role: Role
    name: str
    state: GrantState
    replaceable: bool = True


def why_not_close(held: Iterable[HeldRole]) -> list[str]:
    """Return why an account cannot be closed, a sentence for each role that has to be handed over first.

    A legal representative is replaced by way of the business registry; an institution's administrator by its unit; a
    unit's administrator only while its legal representative can appoint another.
    """
    sentences: list[str] = []
    for one in held:
        if one.state not in _HELD:
            continue
        label = ROLE_LABELS[one.role]
        if one.role is Role.LEGAL_REP:
            sentences.append(f"您是{one.name}的{label}，请先在企业登记中变更，并由新的法定代表人在大厅接管单位账户。")
        elif one.role is Role.INSTITUTION_ADMIN:
            sentences.append(f"您是{one.name}的{label}，请先由所属单位在「机构管理」中变更管理员。")
        elif one.role is Role.ADMIN and not one.replaceable:
            sentences.append(f"您是{one.name}的{label}，该单位的法定代表人尚未认证，请先由其认证后另行授权管理员。")
    return sentences
