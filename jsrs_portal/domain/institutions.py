"""机构: kinds, levels, states, who may do what to one, and its administrator's first password (R-2.6.6)."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.permissions import Role

KINDS: Mapping[str, str] = {
    "hr_service": "人力资源服务机构",
    "postdoc_station": "博士后工作流动站",
    "continuing_education": "专业人员继续教育基地",
    "internship_base": "就业见习示范基地",
    "technical_school": "技工院校",
    "private_training": "民办职业培训学校",
    "skills_base": "高技能人才培训基地",
    "master_studio": "大师工作室",
    "joint_venture_training": "中外职业技能培训机构",
    "foreign_training": "外商独资经营性职业培训机构",
    "skill_assessment": "职业技能考核鉴定机构",
    "skill_recognition": "职业技能等级认定机构",
    "injury_rehabilitation": "工伤康复协议医疗机构",
    "other": "其他",
}
"""机构类型 by key, in the manual's order (R-2.6.6.6)."""


class InstitutionLevel(StrEnum):
    """机构层级 (R-2.6.6.6)."""

    PROVINCE = "PROVINCE"
    CITY = "CITY"
    COUNTY = "COUNTY"


LEVEL_LABELS = {
    InstitutionLevel.PROVINCE: "省级",
    InstitutionLevel.CITY: "市级",
    InstitutionLevel.COUNTY: "县（市、区）级",
}


class InstitutionStatus(StrEnum):
    """Whether an institution can do business by itself."""

    REGISTERED = "REGISTERED"
    OPEN = "OPEN"
    DISABLED = "DISABLED"


STATUS_LABELS = {
    InstitutionStatus.REGISTERED: "未开通",
    InstitutionStatus.OPEN: "已开通",
    InstitutionStatus.DISABLED: "已停用",
}


class InstitutionAction(StrEnum):
    """What a unit does to one of its institutions."""

    VIEW = "VIEW"
    OPEN = "OPEN"
    RESET = "RESET"
    REPLACE = "REPLACE"
    DISABLE = "DISABLE"
    ENABLE = "ENABLE"


ACTION_LABELS = {
    InstitutionAction.VIEW: "查看",
    InstitutionAction.OPEN: "开通",
    InstitutionAction.RESET: "管理员密码重置",
    InstitutionAction.REPLACE: "管理员变更",
    InstitutionAction.DISABLE: "停用",
    InstitutionAction.ENABLE: "恢复使用",
}


class InstitutionReason(StrEnum):
    """Why not; each has a sentence."""

    NOT_YOURS = "NOT_YOURS"
    NOT_FOR_AGENTS = "NOT_FOR_AGENTS"
    NOT_OPEN = "NOT_OPEN"
    OPEN_ALREADY = "OPEN_ALREADY"
    NOT_DISABLED = "NOT_DISABLED"
    DISABLED = "DISABLED"


REASON_SENTENCES = {
    InstitutionReason.NOT_YOURS: "没有这个机构，或它不属于您所代表的单位。",
    InstitutionReason.NOT_FOR_AGENTS: "机构由法定代表人或管理员管理，经办人只能查看。",
    InstitutionReason.NOT_OPEN: "该机构尚未开通。",
    InstitutionReason.OPEN_ALREADY: "该机构已经开通。如需更换管理员，请使用「管理员变更」。",
    InstitutionReason.NOT_DISABLED: "该机构没有停用。",
    InstitutionReason.DISABLED: "该机构已停用，请先恢复使用。",
}

_MANAGERS = (Role.LEGAL_REP, Role.ADMIN)
TABLE: Mapping[tuple[Role, InstitutionAction], InstitutionReason | None] = {
    # (who acts for the unit, what they do): why not, or None — they may
    **{(role, action): None for role in _MANAGERS for action in InstitutionAction},
    (Role.AGENT, InstitutionAction.VIEW): None,
    **{
        (Role.AGENT, action): InstitutionReason.NOT_FOR_AGENTS
        for action in InstitutionAction
        if action is not InstitutionAction.VIEW
    },
    **{(Role.INSTITUTION_ADMIN, action): InstitutionReason.NOT_YOURS for action in InstitutionAction},
}
"""R-2.6.6.2: only the legal representative or the administrator opens an institution, and what follows from it."""

_WHEN: Mapping[InstitutionAction, Mapping[InstitutionStatus, InstitutionReason]] = {
    InstitutionAction.VIEW: {},
    InstitutionAction.OPEN: {
        InstitutionStatus.OPEN: InstitutionReason.OPEN_ALREADY,
        InstitutionStatus.DISABLED: InstitutionReason.DISABLED,
    },
    **{
        action: {
            InstitutionStatus.REGISTERED: InstitutionReason.NOT_OPEN,
            InstitutionStatus.DISABLED: InstitutionReason.DISABLED,
        }
        for action in (InstitutionAction.RESET, InstitutionAction.REPLACE, InstitutionAction.DISABLE)
    },
    InstitutionAction.ENABLE: {
        InstitutionStatus.REGISTERED: InstitutionReason.NOT_OPEN,
        InstitutionStatus.OPEN: InstitutionReason.NOT_DISABLED,
    },
}


def why_not(
    actor: Actor, action: InstitutionAction, *, unit_id: str, status: InstitutionStatus
) -> InstitutionReason | None:
    """Return why ``actor`` may not do ``action`` to an institution of the unit ``unit_id``; ``None``: may."""
    if actor.role is None or not unit_id or actor.unit_id != unit_id:
        return InstitutionReason.NOT_YOURS
    return TABLE[actor.role, action] or _WHEN[action].get(status)


FIRST_PASSWORD_LIFE = timedelta(days=7)
"""How long a first password is good for unused (R-2.6.6.3)."""


def first_password(document_number: str) -> str:
    """Return the first password: ``Js`` and the last six characters of the document, letters in upper case."""
    return f"Js{document_number.strip().upper()[-6:]}"


def institution_number(count: int) -> str:
    """Return the 机构编号 of the ``count``-th institution registered here: J and nine digits, e.g. ``J320000001``."""
    return f"J32{count:07d}"
