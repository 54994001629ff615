"""What a unit says of itself, who may change it, and what two people's changes at once come to (R-2.6.2.1, R-2.6.2.2).

Credit code and name are the registry's and not among :data:`FIELDS`: nobody changes them here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jsrs_portal.domain import code_tables as tables
from jsrs_portal.domain.identifiers import ORG_CODE_LABEL, check_org_code
from jsrs_portal.domain.refusal import Refusal

LONGEST_ADDRESS = 150
ADDRESS = "registered_address"
ORG_CODE = "org_code"


@dataclass(frozen=True)
class UnitField:
    """A field that may be changed: its column, its label, and the code table its value is from (none: typed)."""

    key: str
    label: str
    table: str = ""
    required: bool = False


FIELDS = (
    UnitField(ORG_CODE, ORG_CODE_LABEL),
    UnitField("industry_code", "行业类型", tables.INDUSTRIES.key),
    UnitField("economic_type", "经济类型", tables.ECONOMIC_TYPES.key),
    UnitField("subordination", "隶属关系", tables.SUBORDINATIONS.key),
    UnitField("authority_region", "登记机关行政区划", tables.DIVISIONS.key),
    UnitField(ADDRESS, "注册地地址"),
    UnitField("public_nature", "单位性质（机关事业）", tables.PUBLIC_NATURES.key),
    UnitField("category", "单位类别", tables.UNIT_CATEGORIES.key, required=True),
)
"""In the order of the form."""
BY_KEY = {field.key: field for field in FIELDS}

Values = Mapping[str, str]
"""A unit's values by field, as they are kept."""


def category_in(uscc: str) -> str:
    """Return the category that a credit code begins with (GB 32100-2015)."""
    return uscc[:2]


def org_code_in(uscc: str) -> str:
    """Return the organisation code that stands in a credit code (GB 32100-2015)."""
    return uscc[8:17]


def org_code_problem(typed: str, uscc: str) -> str:
    """Return what is wrong with an organisation code, empty for none: it is the middle of the unit's credit code."""
    checked = check_org_code(typed)
    own = org_code_in(uscc)
    if "".join(typed.split()).replace("-", "").upper() == own:  # older ones may break the check digit's rule
        return ""
    if checked.problem:
        return checked.sentence
    return f"组织机构代码应与统一社会信用代码第9至17位（{own}）一致，请核对。"


def address_problem(typed: str) -> str:
    """Return what is wrong with an address, empty for none."""
    return f"注册地地址不能超过{LONGEST_ADDRESS}个字。" if len(typed) > LONGEST_ADDRESS else ""


def rolled_back(current: Values, steps: Iterable[Mapping[str, tuple[str, str]]]) -> dict[str, str]:
    """Return what a unit's values were before ``steps``, newest first: each is field → (before, after)."""
    found = dict(current)
    for step in steps:
        found |= {key: before for key, (before, _) in step.items() if key in found}
    return found


def own_changes(typed: Values, before: Values) -> dict[str, str]:
    """Return what somebody changed who saw ``before`` when they began."""
    return {key: value for key, value in typed.items() if value != before.get(key, "")}


NOTHING_CHANGED = Refusal("没有需要保存的修改。", code="unchanged")
NOT_CHOSEN = "没有找到您填写的{label}，请从列出的选项中选择一项。"
NOT_ALLOWED = Refusal("只有法定代表人和管理员可以修改单位信息，请联系他们办理。", code="not_allowed")
