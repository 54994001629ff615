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


DEMO_PERSON = DemoPerson("孙立言", "320102197604120033", "13800000001")
DEMO_UNIT = DemoUnit(
    "91320000134791231T",
    "江苏望潮建设集团有限公司",
    "江苏省南京市建邺区望潮大道200号",
    "江苏省市场监督管理局",
    "320000",
    "股份有限公司",
)
