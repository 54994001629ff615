"""A matter as data (rule 4): identity, codes, audience, regions, guide, and the parts that applications are made of.

Elements and codes follow the national 实施清单 (GB/T 39554.1-2020 and .2-2020, protocols §9.2). A file of
``catalog/matters`` is one :class:`MatterDefinition`; what is checked here is what can be checked without the other
files. References to categories, themes, audiences and regions are checked where those are read.
"""

from enum import StrEnum
from typing import Self

from pydantic import Field, field_validator, model_validator

from jsrs_portal.domain.identifiers import check_uscc
from jsrs_portal.domain.matter_conditions import fields_of
from jsrs_portal.domain.matter_forms import FieldType, MatterForm
from jsrs_portal.domain.matter_guides import Guide, LimitUnit
from jsrs_portal.domain.matter_parts import Key, Line, Part, Text, Url, repeated
from jsrs_portal.domain.matter_workflow import MatterWorkflow


class FileStatus(StrEnum):
    """Whether the file is served; a draft is kept and shown to nobody."""

    DRAFT = "draft"
    PUBLISHED = "published"


class MatterKind(StrEnum):
    """What one does with the matter (R-2.6.1.2): apply, or look something up."""

    APPLY = "办事"
    QUERY = "查询"


class Side(StrEnum):
    """Whose matter it is."""

    PERSON = "person"
    UNIT = "unit"
    INSTITUTION = "institution"


SIDE_LABELS = {Side.PERSON: "个人", Side.UNIT: "单位", Side.INSTITUTION: "机构"}


class MatterType(StrEnum):
    """事项类型; its national code is in :data:`MATTER_TYPE_CODES`."""

    LICENCE = "行政许可"
    PAYMENT = "行政给付"
    INSPECTION = "行政检查"
    CONFIRMATION = "行政确认"
    REWARD = "行政奖励"
    RULING = "行政裁决"
    OTHER_POWER = "其他行政权力"
    PUBLIC_SERVICE = "公共服务"


MATTER_TYPE_CODES = {
    MatterType.LICENCE: "01",
    MatterType.PAYMENT: "05",
    MatterType.INSPECTION: "06",
    MatterType.CONFIRMATION: "07",
    MatterType.REWARD: "08",
    MatterType.RULING: "09",
    MatterType.OTHER_POWER: "10",
    MatterType.PUBLIC_SERVICE: "20",
}


class Served(StrEnum):
    """服务对象; its national code is in :data:`SERVED_CODES`."""

    PERSON = "自然人"
    COMPANY = "企业法人"
    PUBLIC_BODY = "事业法人"
    SOCIAL_BODY = "社会组织法人"
    UNINCORPORATED = "非法人企业"
    AUTHORITY = "行政机关"
    OTHER = "其他组织"


SERVED_CODES = {
    Served.PERSON: "1",
    Served.COMPANY: "2",
    Served.PUBLIC_BODY: "3",
    Served.SOCIAL_BODY: "4",
    Served.UNINCORPORATED: "5",
    Served.AUTHORITY: "6",
    Served.OTHER: "9",
}


class Handling(StrEnum):
    """办件类型: done at once (1) or within a promised time (2)."""

    AT_ONCE = "即办件"
    PROMISED = "承诺件"


class Level(StrEnum):
    """行使层级; its national code is in :data:`LEVEL_CODES`."""

    PROVINCE = "省级"
    CITY = "市级"
    COUNTY = "县级"


LEVEL_CODES = {Level.PROVINCE: "2", Level.CITY: "3", Level.COUNTY: "4"}


class Nature(StrEnum):
    """实施主体性质."""

    STATUTORY = "法定机关"
    AUTHORISED = "授权组织"
    ENTRUSTED = "受委托组织"


class OnlineWay(StrEnum):
    """How far the matter can be done without going anywhere."""

    HALL = "hall"
    ELSEWHERE = "elsewhere"
    OFFLINE = "offline"


class Codes(Part):
    """The national codes: 基本编码 (12), 实施编码 (31), 业务办理项编码 (33).

    基本编码 is 目录级别 or province (2) · 事项类型 (2) · 主项 (5) · 子项 (3). 实施编码 may be left out: it follows from
    the body, its highest level and the basic code; when it is given it must be exactly that.
    """

    basic: str = Field(pattern=r"^[0-9]{12}$")
    implementation: str = Field("", pattern=r"^([0-9A-Z]{31})?$")
    item: str = Field("", pattern=r"^([0-9A-Z]{33})?$")

    @field_validator("basic")
    @classmethod
    def _catalogue_is_known(cls, value: str) -> str:
        if value[:2] not in ("00", "32"):
            raise ValueError("基本编码前两位须为 00（国家目录）或 32（江苏目录）")
        return value


class Implementer(Part):
    """实施主体: the body in whose name the matter is handled at its highest level."""

    name: Line
    uscc: str
    nature: Nature = Nature.STATUTORY

    @field_validator("uscc")
    @classmethod
    def _uscc_is_valid(cls, value: str) -> str:
        checked = check_uscc(value)
        if checked.value is None:
            raise ValueError(checked.sentence.rstrip("。"))
        return checked.value


class Online(Part):
    """网上办理: in this hall, by a link elsewhere (``name`` says where), or not at all (``note`` says what instead)."""

    way: OnlineWay
    url: Url | None = None
    name: str = Field("", max_length=60)
    note: str = Field("", max_length=300)
    depth: str = Field("", pattern=r"^(Ⅰ级|Ⅱ级|Ⅲ级|Ⅳ级)?$")

    @model_validator(mode="after")
    def _link_only_elsewhere(self) -> Self:
        elsewhere = self.way is OnlineWay.ELSEWHERE
        if elsewhere != (self.url is not None) or (elsewhere and not self.name):
            raise ValueError("way 为 elsewhere 时须写明 url 和 name，其他情况不写 url")
        if self.way is OnlineWay.OFFLINE and not self.note:
            raise ValueError("way 为 offline 时须在 note 中说明如何办理")
        return self


ALL_REGIONS = "all"
"""The matter exists for the province itself and in every city and county."""


class MatterDefinition(Part):
    """One matter, complete.

    ``regions`` lists where it exists: ``all``; ``"320000"`` for 省本级 only; or cities (with all their counties) and
    counties. ``featured`` is the place among the 热门 of its category while there is no data; small numbers first.
    """

    key: Key
    status: FileStatus = FileStatus.PUBLISHED
    name: Line
    aliases: tuple[Line, ...] = ()
    keywords: tuple[Line, ...] = ()
    summary: str = Field(min_length=10, max_length=120)
    kind: MatterKind
    sides: tuple[Side, ...] = Field(min_length=1)
    audiences: tuple[Key, ...] = ()
    category: Key
    subcategory: Key
    themes: tuple[Key, ...] = ()
    regions: tuple[str, ...] = Field(min_length=1)
    featured: int | None = Field(None, ge=1, le=999)
    type: MatterType
    codes: Codes
    served: tuple[Served, ...] = Field(min_length=1)
    handling: Handling
    levels: tuple[Level, ...] = Field(min_length=1)
    implementer: Implementer
    entrusted_by: str = Field("", max_length=120)
    online: Online
    guide: Guide
    form: MatterForm | None = None
    workflow: MatterWorkflow | None = None
    note: Text | None = None

    @property
    def implementation_code(self) -> str:
        """The 31 characters of the 实施编码: body, its highest level, basic code."""
        highest = min(LEVEL_CODES[level] for level in self.levels)
        return f"{self.implementer.uscc}{highest}{self.codes.basic}"

    @property
    def can_apply(self) -> bool:
        """Whether 「申报」 is offered in this hall."""
        return self.kind is MatterKind.APPLY and self.online.way is OnlineWay.HALL

    @model_validator(mode="after")
    def _codes_agree(self) -> Self:
        wanted = MATTER_TYPE_CODES[self.type]
        if self.codes.basic[2:4] != wanted:
            raise ValueError(f"基本编码第3至4位须为「{self.type.value}」的代码 {wanted}")
        implementation = self.implementation_code
        if self.codes.implementation and self.codes.implementation != implementation:
            raise ValueError(f"实施编码须为实施主体代码、行使层级、基本编码相连：{implementation}")
        if self.codes.item and self.codes.item[:31] != implementation:
            raise ValueError(f"业务办理项编码须以实施编码 {implementation} 开头")
        return self

    @model_validator(mode="after")
    def _lists_have_no_doubles(self) -> Self:
        for name in ("aliases", "keywords", "sides", "audiences", "themes", "regions", "served", "levels"):
            if twice := repeated([str(value) for value in getattr(self, name)]):
                raise ValueError(f"{name} 中重复：{'、'.join(twice)}")
        if ALL_REGIONS in self.regions and len(self.regions) > 1:
            raise ValueError("regions 写了 all，就不能再列其他地区")
        return self

    @model_validator(mode="after")
    def _handling_agrees_with_limit(self) -> Self:
        at_once = self.guide.promised_limit.unit is LimitUnit.AT_ONCE
        if at_once != (self.handling is Handling.AT_ONCE):
            raise ValueError("即办件的承诺时限须为「即时」，承诺件不得为「即时」")
        return self

    @model_validator(mode="after")
    def _form_and_workflow_fit(self) -> Self:
        if (self.form is None) != (self.workflow is None):
            raise ValueError("form 和 workflow 须同时提供或同时省略")
        if self.form is None or self.workflow is None:
            return self
        if not self.can_apply:
            raise ValueError("只有在本大厅网上申报的办事事项才有 form 和 workflow")
        known = {material.key for material in self.guide.materials}
        attached = [field.material for field in self.form.fields if field.material]
        if unknown := [key for key in attached if key not in known]:
            raise ValueError(f"表单附件引用了不存在的材料：{'、'.join(unknown)}")
        promised = self.guide.promised_limit
        if promised.unit is LimitUnit.WORKING_DAYS and self.workflow.days > promised.days:
            raise ValueError(f"各环节合计 {self.workflow.days} 个工作日，超过承诺时限 {promised.days} 个工作日")
        asked = {field.key for field in self.form.fields}
        review = self.workflow.unit_review
        employer = review.employer if review else None
        if review and not employer and Side.UNIT not in self.sides:
            raise ValueError("unit_review 不会发生：事项不面向单位，也没有写 employer")
        if employer and employer not in {field.key for field in self.form.fields if field.type is FieldType.UNIT}:
            raise ValueError(f"unit_review.employer 须是表单中的单位类型字段，{employer} 不是")
        conditions = [step.when for step in self.workflow.steps]
        conditions.append(self.workflow.unit_review.when if self.workflow.unit_review else None)
        for condition in conditions:
            if condition and (unknown := [key for key in fields_of(condition) if key not in asked]):
                raise ValueError(f"办理环节的条件引用了不存在的字段：{'、'.join(unknown)}")
        return self
