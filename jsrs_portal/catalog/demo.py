"""The accounts of the demonstration; they stand on its login page and never exist in production."""

from dataclasses import dataclass

DEMO_PASSWORD = "Hall-2026-demo"


@dataclass(frozen=True)
class DemoPerson:
    """A fictitious person."""

    name: str
    id_number: str
    mobile: str


@dataclass(frozen=True)
class DemoUnit:
    """A fictitious unit."""

    uscc: str
    name: str
    registered_address: str
    authority_name: str
    authority_region: str
    economic_type: str
    industry_code: str


DEMO_PERSON = DemoPerson("孙立言", "320102197604120033", "13800000001")
DEMO_UNIT = DemoUnit(
    "91320000134791231T",
    "江苏望潮建设集团有限公司",
    "江苏省南京市建邺区望潮大道200号",
    "江苏省市场监督管理局",
    "320000",
    "151",
    "E4710",
)


@dataclass(frozen=True)
class DemoGrant:
    """A role of a fictitious person in the demonstration's unit; days are counted from when the data is loaded."""

    person: DemoPerson
    role: str
    starts_in: int | None = None
    ends_in: int | None = None
    categories: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()


@dataclass(frozen=True)
class DemoInstitution:
    """A fictitious institution of the demonstration's unit; opened when it has an administrator."""

    name: str
    kind: str
    level: str
    region: str
    address: str
    admin: DemoPerson | None = None


DEMO_INSTITUTION_ADMIN = DemoPerson("秦可嘉", "32050819950226502X", "13800000004")
DEMO_INSTITUTIONS = (
    DemoInstitution(
        "望潮建设职业技能培训学校",
        "private_training",
        "CITY",
        "320100",
        "江苏省南京市建邺区望潮大道208号",
        DEMO_INSTITUTION_ADMIN,
    ),
    DemoInstitution(
        "望潮建设博士后创新实践基地", "postdoc_station", "PROVINCE", "320000", "江苏省南京市建邺区望潮大道200号"
    ),
)
DEMO_ADMIN = DemoPerson("叶知秋", "320104198709123027", "13800000002")
DEMO_AGENT = DemoPerson("方海生", "320206199111034014", "13800000003")
DEMO_GRANTS = (
    DemoGrant(DEMO_ADMIN, "ADMIN", ends_in=700),
    DemoGrant(DEMO_AGENT, "AGENT", starts_in=-60, ends_in=305, categories=("insurance", "labour")),
    DemoGrant(
        DEMO_INSTITUTION_ADMIN,
        "AGENT",
        starts_in=-345,
        ends_in=20,
        categories=("employment",),
    ),
    DemoGrant(
        DemoPerson("罗一鸣", "320412198907156037", "13800000005"),
        "AGENT",
        starts_in=12,
        matters=("employee-wage-survey", "labour-contract-renewal"),
    ),
    DemoGrant(
        DemoPerson("白子墨", "32061119930830704X", "13800000006"),
        "AGENT",
        starts_in=-370,
        ends_in=-5,
        categories=("talent", "card"),
    ),
)


DEMO_STAFF_PASSWORD = "Desk-2026-demo"


@dataclass(frozen=True)
class DemoStaff:
    """A fictitious officer. ``totp`` is the secret that the authenticator on their phone would have."""

    login: str
    name: str
    role: str
    region: str
    totp: str


DEMO_STAFF = (
    DemoStaff("officer", "程慕白", "OFFICER", "", "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"),
    DemoStaff("security", "岳临风", "SECURITY", "", "ONSWG5LSNF2HSIDEMVWW6IDTMVRXEZLU"),
    DemoStaff("auditor", "薛静安", "AUDIT", "", "MF2WI2LUEBSGK3LPEBZWKY3SMV2A22LL"),
    DemoStaff("system", "祁远山", "SYSTEM", "", "ON4XG5DFNUQGIZLNN4QHGZLDOJSXIMJS"),
)


@dataclass(frozen=True)
class DemoAct:
    """One act on a case of the demonstration, ``after`` so many days; ``by`` its party.

    ``remarks`` are what is to be corrected, ``answers`` what was, by field.
    """

    after: int
    act: str
    by: str
    opinion: str = ""
    remarks: tuple[tuple[str, str], ...] = ()
    answers: tuple[tuple[str, str | bool], ...] = ()


@dataclass(frozen=True)
class DemoCase:
    """A fictitious application of the demonstration's unit, handed in ``ago`` days before the data is loaded."""

    region: str
    ago: int
    worker: DemoPerson
    post: str
    monthly_pay: str
    acts: tuple[DemoAct, ...] = ()
    taken: bool = False


_APPLICANT, _OFFICER = "APPLICANT", "OFFICER"
DEMO_CASE_MATTER = "labour-contract-renewal"
DEMO_CASES = (
    DemoCase("320100", 0, DemoPerson("曾向晚", "320105199001012015", "13800000011"), "测量员", "8200"),
    DemoCase("320500", 1, DemoPerson("谭秋实", "320508199203044024", "13800000012"), "资料员", "7600"),
    DemoCase("320000", 9, DemoPerson("邹平野", "320102198807156030", "13800000013"), "安全员", "9100"),
    DemoCase(
        "320106",
        4,
        DemoPerson("陶望山", "320106199505208042", "13800000014"),
        "钢筋工",
        "8800",
        (DemoAct(1, "PASS", _OFFICER, "材料齐全，予以受理。"),),
        taken=True,
    ),
    DemoCase(
        "320100",
        3,
        DemoPerson("卢清和", "320102199108306014", "13800000015"),
        "焊工",
        "9300",
        (
            DemoAct(
                1,
                "CORRECT",
                _OFFICER,
                "续签起始日与原合同不衔接，请核对后重新提交。",
                (("start_date", "须为原合同届满日的次日"), ("renewal_text", "第二页缺少单位盖章")),
            ),
        ),
        taken=True,
    ),
    DemoCase(
        "320500",
        6,
        DemoPerson("苏若水", "320508198812126020", "13800000016"),
        "预算员",
        "10500",
        (
            DemoAct(1, "CORRECT", _OFFICER, "请补充岗位变更的说明。", (("terms_changed", "报酬与原合同不一致"),)),
            DemoAct(
                2,
                "SUBMIT",
                _APPLICANT,
                answers=(("terms_changed", True), ("changed_terms", "月工资由 9800 元调整为 10500 元，岗位不变。")),
            ),
        ),
        taken=True,
    ),
    DemoCase(
        "320100",
        20,
        DemoPerson("焦明远", "32010419860606401X", "13800000017"),
        "木工",
        "7900",
        (
            DemoAct(1, "PASS", _OFFICER, "予以受理。"),
            DemoAct(2, "PASS", _OFFICER, "条款符合规定。"),
            DemoAct(1, "PASS", _OFFICER, "备案回执已生成。"),
        ),
        taken=True,
    ),
)
"""What an officer finds in the demonstration: new, overdue, in process, sent back, corrected, finished."""
