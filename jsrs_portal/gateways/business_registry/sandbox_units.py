"""The demonstration's units: invented names, synthetic credit codes whose check digits are right (GB 32100-2015).

They cover the kinds of employers the hall serves; one has been dissolved (注销); 陆知远 leads two of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from jsrs_portal.catalog.demo_legacy import DEMO_LEGACY
from jsrs_portal.gateways.business_registry.port import RegistryFacts
from jsrs_portal.gateways.identity import sandbox_persons as persons
from jsrs_portal.gateways.identity.sandbox_persons import DemoPerson


@dataclass(frozen=True)
class DemoUnit:
    """A unit of the simulated registry."""

    uscc: str
    name: str
    legal_rep: DemoPerson
    facts: RegistryFacts
    active: bool = True


def _unit(
    uscc: str,
    name: str,
    legal_rep: DemoPerson,
    *,
    address: str,
    authority: tuple[str, str],
    kind: tuple[str, str],
    since: date,
    active: bool = True,
) -> DemoUnit:
    """Build a unit from 住所, 登记机关 with its region, 经济类型 with 行业, and 成立日期."""
    return DemoUnit(uscc, name, legal_rep, RegistryFacts(address, *authority, *kind, since), active)


_OF_OLD_SYSTEMS = {
    "91320114MA7QX5K12J": ("江苏省南京市雨花台区云栖路9号", "南京市雨花台区市场监督管理局", "N7721"),
    "91320213MA7RL2N865": ("江苏省无锡市梁溪区白荷路21号", "无锡市梁溪区市场监督管理局", "C1419"),
    "91320505MA7TB8H306": ("江苏省苏州市虎丘区白荷冷链园2号", "苏州市虎丘区市场监督管理局", "G5990"),
    "91321202MA7WC3D649": ("江苏省泰州市海陵区凤凰河路5号", "泰州市海陵区市场监督管理局", "C3734"),
}
"""Units that an old system knows (R-2.3): 住所, 登记机关, 行业."""


def _known_to_old_systems() -> Iterator[DemoUnit]:
    for unit in (unit for account in DEMO_LEGACY for unit in account.units):
        address, authority, industry = _OF_OLD_SYSTEMS[unit.uscc]
        yield _unit(
            unit.uscc,
            unit.name,
            DemoPerson(unit.legal_name, unit.legal_id_number),
            address=address,
            authority=(authority, unit.uscc[2:8]),
            kind=("159", industry),
            since=date(2016, 3, 1),
        )


UNITS = (
    _unit(
        "91320100MA1X0TE58J",
        "南京云杉软件有限公司",
        persons.LU_ZHIYUAN,
        address="江苏省南京市玄武区云杉路18号3幢",
        authority=("南京市市场监督管理局", "320100"),
        kind=("159", "I6513"),
        since=date(2018, 9, 12),
    ),
    _unit(
        "91320000134791231T",
        "江苏望潮建设集团有限公司",
        persons.SUN_LIYAN,
        address="江苏省南京市建邺区望潮大道200号",
        authority=("江苏省市场监督管理局", "320000"),
        kind=("151", "E4710"),
        since=date(1996, 4, 8),
    ),
    _unit(
        "91320594MA27XP9C0N",
        "苏州青禾生物科技有限公司",
        persons.SHEN_RUOQING,
        address="江苏省苏州市苏州工业园区青禾街66号",
        authority=("苏州工业园区市场监督管理局", "320594"),
        kind=("159", "M7340"),
        since=date(2016, 11, 3),
        active=False,
    ),
    _unit(
        "92320583MA1TERTQ2X",
        "昆山市玉山镇拾光小馆",
        persons.QIAN_YUTONG,
        address="江苏省苏州市昆山市玉山镇拾光巷5号",
        authority=("昆山市市场监督管理局", "320583"),
        kind=("175", "H6210"),
        since=date(2017, 12, 20),
    ),
    _unit(
        "123200004660012320",
        "江苏省晴川地质档案馆",
        persons.CHENG_SHOUZHUO,
        address="江苏省南京市鼓楼区晴川路9号",
        authority=("江苏省事业单位登记管理局", "320000"),
        kind=("110", "R8832"),
        since=date(2003, 6, 1),
    ),
    _unit(
        "11320000014299007L",
        "江苏省演示事务管理局",
        persons.ZHENG_HUAIGU,
        address="江苏省南京市鼓楼区示范路1号",
        authority=("中共江苏省委机构编制委员会办公室", "320000"),
        kind=("110", "S9221"),
        since=date(2000, 1, 1),
    ),
    _unit(
        "51320000509182003W",
        "江苏省青穗志愿服务协会",
        persons.WU_JINGSHU,
        address="江苏省南京市秦淮区青穗里12号",
        authority=("江苏省民政厅", "320000"),
        kind=("190", "S9521"),
        since=date(2009, 3, 5),
    ),
    _unit(
        "52320100MJ6000AB4F",
        "南京白鹭湾幼儿园",
        persons.LU_ZHIYUAN,
        address="江苏省南京市建邺区白鹭湾路33号",
        authority=("南京市民政局", "320100"),
        kind=("190", "P8310"),
        since=date(2015, 8, 25),
    ),
    _unit(
        "93320981MA1W00032D",
        "东台市沙堤蔬菜种植专业合作社",
        persons.XU_XIANGBEI,
        address="江苏省盐城市东台市沙堤镇堤北村2组",
        authority=("东台市市场监督管理局", "320981"),
        kind=("130", "A0141"),
        since=date(2018, 2, 27),
    ),
    _unit(
        "81320000MC340010XL",
        "江苏云帆职业技能联合工会",
        persons.HAN_YINING,
        address="江苏省南京市玄武区云帆路7号",
        authority=("江苏省总工会", "320000"),
        kind=("190", "S9511"),
        since=date(2012, 5, 1),
    ),
    _unit(
        "31320000MD0270A1XE",
        "江苏衡川律师事务所",
        persons.ZHOU_RUN,
        address="江苏省南京市雨花台区衡川大厦12层",
        authority=("江苏省司法厅", "320000"),
        kind=("190", "L7231"),
        since=date(2011, 10, 18),
    ),
    _unit(
        "N2320281MF01234518",
        "江阴市澄北村股份经济合作社",
        persons.FENG_YINGXUE,
        address="江苏省无锡市江阴市澄北村8号",
        authority=("江阴市农业农村局", "320281"),
        kind=("120", "A0519"),
        since=date(2019, 7, 9),
    ),
    *_known_to_old_systems(),
)
BY_USCC = {unit.uscc: unit for unit in UNITS}
