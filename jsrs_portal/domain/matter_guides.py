"""The guide of a matter with the national elements (R-2.1.9; GB/T 39554.2-2020, protocols §9.2)."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from jsrs_portal.domain.matter_parts import Key, Line, Part, Phone, RegionCode, Text, Url, repeated


class MaterialType(StrEnum):
    """材料类型."""

    ORIGINAL = "原件"
    COPY = "复印件"
    BOTH = "原件及复印件"
    ELECTRONIC = "电子"


class MaterialForm(StrEnum):
    """材料形式."""

    PAPER = "纸质"
    ELECTRONIC = "电子"
    EITHER = "纸质或电子"


class Source(StrEnum):
    """来源渠道."""

    APPLICANT = "申请人自备"
    GOVERNMENT = "政府部门核发"
    OTHER = "其他"


class Necessity(StrEnum):
    """是否必要."""

    NEEDED = "必要"
    NOT_NEEDED = "非必要"
    LATER = "容缺后补"


class LimitUnit(StrEnum):
    """时限单位."""

    WORKING_DAYS = "工作日"
    DAYS = "自然日"
    MONTHS = "个月"
    AT_ONCE = "即时"


class Delivery(StrEnum):
    """结果送达方式."""

    ONLINE = "网上查看下载"
    COURIER = "邮寄"
    WINDOW = "窗口领取"
    NOTICE = "短信告知"


class Way(StrEnum):
    """办理形式."""

    ONLINE = "网上办理"
    WINDOW = "窗口办理"
    COURIER = "快递申请"
    TERMINAL = "自助终端"


class Reach(StrEnum):
    """通办范围."""

    NONE = "不通办"
    CITY = "全市通办"
    PROVINCE = "全省通办"
    PROVINCES = "跨省通办"
    NATION = "全国通办"


class Material(Part):
    """One of the 申请材料; ``exempt`` (免提交) means that the bureau obtains it itself, ``exempt_note`` from where."""

    key: Key
    name: Line
    type: MaterialType
    form: MaterialForm
    copies: int = Field(1, ge=0, le=20)
    source: Source
    source_note: str = Field("", max_length=300)
    necessity: Necessity = Necessity.NEEDED
    necessity_note: str = Field("", max_length=300)
    notes: str = Field("", max_length=600)
    standard: Text
    exempt: bool = False
    exempt_note: str = Field("", max_length=300)
    blank: Url | None = None
    sample: Url | None = None

    @model_validator(mode="after")
    def _exemption_is_explained(self) -> Self:
        if self.exempt and not self.exempt_note:
            raise ValueError(f"材料「{self.name}」免提交，须写明 exempt_note（从哪里取得）")
        return self


class GuideStep(Part):
    """One 环节 of the 办理流程: who does what within which time, with which result."""

    name: Line
    who: Line
    limit: Line
    what: Text
    result: Line


class TimeLimit(Part):
    """A 时限; ``days`` is 0 exactly for what is done at once."""

    days: int = Field(ge=0, le=730)
    unit: LimitUnit
    note: str = Field("", max_length=300)

    @model_validator(mode="after")
    def _at_once_takes_no_days(self) -> Self:
        if (self.unit is LimitUnit.AT_ONCE) != (self.days == 0):
            raise ValueError("「即时」的 days 须为 0，其他单位须大于 0")
        return self

    @property
    def words(self) -> str:
        """The limit as it is said, e.g. 「10个工作日」."""
        if self.unit is LimitUnit.AT_ONCE:
            return "即时办结"
        return f"{self.days}{'个' if self.unit is LimitUnit.WORKING_DAYS else ''}{self.unit.value}"


class SpecialProcedure(Part):
    """特别程序: something whose time is not counted, e.g. a hearing or an expert review."""

    name: Line
    limit: Line
    note: Text


class FeeItem(Part):
    """A 收费项目."""

    name: Line
    standard: Line
    basis: Text
    reduction: str = Field("", max_length=300)


class Fee(Part):
    """收费: either free, or with items; a free matter may say so in ``note``."""

    charged: bool
    items: tuple[FeeItem, ...] = ()
    note: str = Field("", max_length=300)

    @model_validator(mode="after")
    def _items_only_when_charged(self) -> Self:
        if self.charged != bool(self.items):
            raise ValueError("charged 为 true 时须列出 items，为 false 时不得列出")
        return self


class ResultType(StrEnum):
    """审批结果类型."""

    LICENCE = "证照"
    APPROVAL = "批文"
    CERTIFICATE = "证明"
    NOTICE = "告知"
    RECORD = "登记或备案"
    PAYMENT = "资金拨付"
    DATA = "查询结果"
    OTHER = "其他"


class GuideResult(Part):
    """A 办理结果 and how it reaches the applicant; ``valid`` says how long it is good for."""

    name: Line
    type: ResultType
    delivery: tuple[Delivery, ...] = Field(min_length=1)
    valid: str = Field("", max_length=120)
    sample: Url | None = None


class LegalBasis(Part):
    """A 设定依据: law, article, and what it says in our own words."""

    law: Line
    number: str = Field("", max_length=120)
    article: str = Field("", max_length=60)
    summary: Text


class Office(Part):
    """Where and when the matter is handled in one region."""

    region: RegionCode
    name: Line
    address: Line
    hours: Line
    phone: Phone
    note: str = Field("", max_length=200)


class Contact(Part):
    """咨询方式 or 监督投诉方式."""

    phone: Phone
    online: Url | None = None
    address: str = Field("", max_length=200)
    note: str = Field("", max_length=300)


class Faq(Part):
    """A 常见问题 with its answer."""

    question: Line
    answer: Text


class RemedyBody(Part):
    """Who takes an administrative review or a lawsuit, and where."""

    name: Line
    address: Line
    phone: Phone


class Remedy(Part):
    """法律救济: 行政复议 and 行政诉讼, or why there is another way (e.g. 劳动人事争议仲裁)."""

    review: RemedyBody | None = None
    lawsuit: RemedyBody | None = None
    note: Text


class Guide(Part):
    """The guide of one matter, complete; which blocks may be empty is decided here and nowhere else."""

    conditions: tuple[Text, ...] = Field(min_length=1)
    refusals: tuple[Text, ...] = ()
    materials: tuple[Material, ...] = ()
    no_materials: str = Field("", max_length=300)
    steps: tuple[GuideStep, ...] = Field(min_length=1)
    legal_limit: TimeLimit
    promised_limit: TimeLimit
    special: tuple[SpecialProcedure, ...] = ()
    fee: Fee
    results: tuple[GuideResult, ...] = Field(min_length=1)
    basis: tuple[LegalBasis, ...] = Field(min_length=1)
    offices: tuple[Office, ...] = Field(min_length=1)
    consultation: Contact
    complaint: Contact
    faqs: tuple[Faq, ...] = Field(min_length=1)
    remedy: Remedy
    visits: int = Field(ge=0, le=9)
    visit_reason: str = Field("", max_length=300)
    ways: tuple[Way, ...] = Field(min_length=1)
    reach: Reach
    appointment: bool = False
    courier: bool = False
    online_payment: bool = False
    terminals: bool = False
    partners: tuple[Line, ...] = ()
    intermediary: str = Field("", max_length=300)
    quantity_limit: str = Field("", max_length=300)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not self.materials and not self.no_materials:
            raise ValueError("没有申请材料时，须在 no_materials 中说明原因")
        if twice := repeated([material.key for material in self.materials]):
            raise ValueError(f"申请材料的 key 重复：{'、'.join(twice)}")
        if twice := repeated([office.region for office in self.offices]):
            raise ValueError(f"办理地点的 region 重复：{'、'.join(twice)}")
        if self.visits and not self.visit_reason:
            raise ValueError("到现场次数大于 0 时，须写明 visit_reason")
        same_unit = self.legal_limit.unit is self.promised_limit.unit
        if same_unit and self.promised_limit.days > self.legal_limit.days:
            raise ValueError("承诺办结时限长于法定办结时限")
        return self
