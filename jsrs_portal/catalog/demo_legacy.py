"""The demonstration's accounts in the old systems; they stand on the page of the upgrade, never in production."""

from dataclasses import dataclass

DEMO_LEGACY_PASSWORD = "old-hall-2019"


@dataclass(frozen=True)
class DemoLegacyUnit:
    """A fictitious unit as an old system knows it."""

    number: str
    uscc: str
    name: str
    legal_name: str
    legal_id_number: str


@dataclass(frozen=True)
class DemoLegacyAccount:
    """A fictitious account of the system with the key ``system``."""

    system: str
    username: str
    units: tuple[DemoLegacyUnit, ...]


DEMO_LEGACY_HALL = DemoLegacyAccount(
    "js-hall",
    "yunqi2016",
    (DemoLegacyUnit("3201001688", "91320114MA7QX5K12J", "南京云栖环境工程有限公司", "许砚舟", "320114196805171014"),),
)
DEMO_LEGACY_INSURANCE = DemoLegacyAccount(
    "js-insurance",
    "baihe-group",
    (
        DemoLegacyUnit("0501178", "91320213MA7RL2N865", "无锡白荷食品有限公司", "宋清荷", "320213197509232023"),
        DemoLegacyUnit("0501179", "91320505MA7TB8H306", "苏州白荷冷链物流有限公司", "唐以川", "320505198112043049"),
    ),
)
DEMO_LEGACY_TAIZHOU = DemoLegacyAccount(
    "taizhou",
    "91321202MA7WC3D649",
    (DemoLegacyUnit("TZ00417", "91321202MA7WC3D649", "泰州凤凰河船舶配件有限公司", "丁望舒", "321202197308114030"),),
)
DEMO_LEGACY = (DEMO_LEGACY_HALL, DEMO_LEGACY_INSURANCE, DEMO_LEGACY_TAIZHOU)
