"""The demonstration's persons: invented names with synthetic numbers whose check digits are right (GB 11643-1999)."""

from dataclasses import dataclass

from jsrs_portal.catalog.demo_legacy import DEMO_LEGACY


@dataclass(frozen=True)
class DemoPerson:
    """A person of the simulated population register; all hold a 居民身份证 (document type 01)."""

    name: str
    id_number: str
    id_type: str = "01"


LU_ZHIYUAN = DemoPerson("陆知远", "320106199003070012")
SHEN_RUOQING = DemoPerson("沈若清", "320502198511120022")
ZHOU_RUN = DemoPerson("周闰", "320102198802290011")
XU_XIANGBEI = DemoPerson("徐向北", "320703199501011238")
HAN_YINING = DemoPerson("韩以宁", "32010619930708005X")
CHENG_SHOUZHUO = DemoPerson("程守拙", "320311197906154439")
SUN_LIYAN = DemoPerson("孙立言", "320102197604120033")
QIAN_YUTONG = DemoPerson("钱语桐", "320411198209230061")
WU_JINGSHU = DemoPerson("吴静姝", "320602199108150029")
ZHENG_HUAIGU = DemoPerson("郑怀谷", "32090219871203005X")
FENG_YINGXUE = DemoPerson("冯映雪", "321081199406200083")
GU_CHENGPING = DemoPerson("顾承平", "321181198403180014")
HE_CAIWEI = DemoPerson("何采薇", "321202199609170043")
JIANG_YANQIU = DemoPerson("江砚秋", "321302197811090078")
YE_ZHIQIU = DemoPerson("叶知秋", "320104198709123027")
FANG_HAISHENG = DemoPerson("方海生", "320206199111034014")
QIN_KEJIA = DemoPerson("秦可嘉", "32050819950226502X")
LUO_YIMING = DemoPerson("罗一鸣", "320412198907156037")
BAI_ZIMO = DemoPerson("白子墨", "32061119930830704X")

OF_OLD_SYSTEMS = tuple(
    DemoPerson(unit.legal_name, unit.legal_id_number) for account in DEMO_LEGACY for unit in account.units
)
"""Who leads the units that the old systems know (R-2.3)."""

PERSONS = (
    LU_ZHIYUAN,
    SHEN_RUOQING,
    ZHOU_RUN,
    XU_XIANGBEI,
    HAN_YINING,
    CHENG_SHOUZHUO,
    SUN_LIYAN,
    QIAN_YUTONG,
    WU_JINGSHU,
    ZHENG_HUAIGU,
    FENG_YINGXUE,
    *OF_OLD_SYSTEMS,
    GU_CHENGPING,
    HE_CAIWEI,
    JIANG_YANQIU,
    YE_ZHIQIU,
    FANG_HAISHENG,
    QIN_KEJIA,
    LUO_YIMING,
    BAI_ZIMO,
)
"""The last three lead no unit: they are for 个人用户注册 and for agents (经办人)."""
