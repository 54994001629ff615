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


DEMO_PERSON = DemoPerson("苏婉清", "320703199501011238", "13800000001")
DEMO_UNIT = DemoUnit(
    "91320594MA27XP9C0N",
    "苏州金鸡湖数据服务有限公司",
    "江苏省苏州市苏州工业园区星湖街1号",
    "苏州工业园区行政审批局",
    "320594",
    "有限责任公司",
)
