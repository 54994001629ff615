"""Whether one may apply for a matter here and now, and if not, the sentence that says why and what to do (R-2.1.9)."""

from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.matters import MatterDefinition, MatterKind, OnlineWay, Side
from jsrs_portal.domain.regions import RegionTree

_MOST_NAMED = 5


def why_not_apply(matter: MatterDefinition, *, region: str, tree: RegionTree, actor: Actor | None) -> str:
    """Return why ``actor`` cannot apply for ``matter`` from ``region`` (a code); empty: nothing is known against it.

    A visitor is judged by the matter alone: who they are is asked when they log in. What is done on another site, that
    site decides, and looking something up is not applying.
    """
    if matter.kind is MatterKind.QUERY:
        return ""
    here = tree.chosen(region)
    if not set(matter.regions) & set(tree.matter_scopes(here.code)):
        names = [tree.by_code[code].short for code in matter.regions if code in tree.by_code]
        where = "、".join(names[:_MOST_NAMED]) + ("等地" if len(names) > _MOST_NAMED else "")
        return f"该事项不在{here.short}办理。如需在{where}办理，请先切换区域。"
    if matter.online.way is OnlineWay.OFFLINE:
        return f"该事项不能网上申报。{matter.online.note}"
    if matter.online.way is OnlineWay.ELSEWHERE or actor is None or not actor.signed_in:
        return ""
    if actor.institution_id:
        return "" if Side.INSTITUTION in matter.sides else "该事项不由机构申报，请以单位或个人身份办理。"
    if actor.unit_id and Side.UNIT not in matter.sides:
        whose = "个人" if Side.PERSON in matter.sides else "机构"
        return f"该事项由{whose}申报，单位账号不能代为申报。"
    if not actor.unit_id and Side.PERSON not in matter.sides:
        return "该事项由单位申报。您目前没有代表单位办事，请先在用户中心选择单位。"
    if actor.unit_id and not actor.may_do(matter=matter.key, category=matter.category):
        return "您的授权不包含该业务。如需办理，请联系法定代表人或管理员，在「经办人管理」中调整授权范围。"
    return ""


def no_form(matter: MatterDefinition) -> str:
    """Return that ``matter`` is to be applied for here and has no form yet, if that is so; empty otherwise."""
    missing = matter.can_apply and matter.form is None
    return "该事项的网上申报尚未开通，请按办事指南到窗口办理，或拨打 12333 咨询。" if missing else ""
