"""The check-up's half that is the server's: certificates of a CA that is believed, and whose they are (R-2.4.2)."""

import base64

import pytest

from jsrs_portal.certificates.reading import Kind
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.ca_checkup import MOST_CERTIFICATES
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.gateways.ca.demo_ca import DemoCa, Flavour, Issued
from jsrs_portal.gateways.ca.directory import CaDirectory
from jsrs_portal.services import ca_checkup, ca_lists
from jsrs_portal.services.ca_checkup import Shown
from tests.services.granting import UNIT
from tests.services.numbers import employer
from tests.services.world import statements, visitor

pytestmark = pytest.mark.req("R-2.4.2")
ME = visitor("at the counter")


class Here(CaDirectory):
    """The demonstration's CA in this process: its lists need no network."""

    async def fetch(self, url: str) -> bytes:
        return DEMO[0].list_of(url.rpartition("/")[2].removesuffix(".crl"))


DEMO: list[DemoCa] = []


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoCa:
    made = DemoCa.open(tmp_path_factory.mktemp("ca"), "http://localhost:3001")
    DEMO[:] = [made]
    return made


@pytest.fixture
async def ca(demo: DemoCa) -> CaDirectory:
    return Here(lambda: demo.trust)


def shown(issued: Issued, *, left: int = -1, signs: bool = True) -> Shown:
    other = issued.encryption_certificate
    exchange = base64.b64encode(other.dump()).decode() if other else ""
    return Shown("钥匙", base64.b64encode(issued.der).decode() if signs else "", exchange, left)


async def titles(ca: CaDirectory, *keys: Shown) -> list[list[str]]:
    await ca_lists.refresh_lists(ca)
    found = await ca_checkup.check_up(ca, actor=ME, shown=keys)
    assert not isinstance(found, Refusal)
    return [[finding.title for finding in one.findings] for one in found]


@pytest.mark.parametrize("kind", list(Kind)[:2])
async def test_a_registered_units_certificate_is_good(ca: CaDirectory, demo: DemoCa, unit, kind: Kind) -> None:
    assert await titles(ca, shown(demo.issue(uscc=UNIT.uscc, kind=kind))) == [["证书可以用于登录"]]


@pytest.mark.parametrize(
    ("flavour", "title"),
    [
        (Flavour.EXPIRED, "证书已过期"),
        (Flavour.NOT_YET, "证书尚未生效"),
        (Flavour.REVOKED, "证书已被吊销"),
        (Flavour.ENCRYPTION, "不是签名证书"),
        (Flavour.SELF_SIGNED, "证书不是 CA 机构颁发的"),
        (Flavour.FOREIGN, "不支持该 CA 机构的证书"),
        (Flavour.WEAK, "证书的密钥过短"),
    ],
)
async def test_what_is_wrong_is_named(ca: CaDirectory, demo: DemoCa, unit, flavour: Flavour, title: str) -> None:
    issued = demo.issue(uscc=UNIT.uscc, kind=Kind.RSA, flavour=flavour)
    assert await titles(ca, shown(issued)) == [[title]]


async def test_another_units_certificate_leads_to_registration(ca: CaDirectory, demo: DemoCa, unit) -> None:
    issued = demo.issue(uscc=employer(77).uscc, kind=Kind.SM2)
    assert await titles(ca, shown(issued)) == [["证书所属单位尚未注册"]]


async def test_each_key_has_its_own_findings(ca: CaDirectory, demo: DemoCa, unit) -> None:
    good = demo.issue(uscc=UNIT.uscc, kind=Kind.SM2)
    found = await titles(ca, shown(good), shown(good, left=0), shown(good, signs=False), Shown("坏", "AAAA", "", -1))
    assert found == [["证书可以用于登录"], ["PIN 码已锁定"], ["只有加密证书"], ["证书无法读取"]]


async def test_an_end_that_is_near_is_said_by_the_servers_clock(ca: CaDirectory, demo: DemoCa, unit, time) -> None:
    issued = demo.issue(uscc=UNIT.uscc, kind=Kind.RSA)
    time.pass_by(days=310)
    ((first, second),) = await titles(ca, shown(issued))
    assert "到期" in first
    assert second == "证书可以用于登录"


async def test_without_lists_nothing_is_called_good(ca: CaDirectory, demo: DemoCa, unit) -> None:
    issued = demo.issue(uscc=UNIT.uscc, kind=Kind.RSA)
    found = await ca_checkup.check_up(ca, actor=ME, shown=[shown(issued)])
    assert not isinstance(found, Refusal)
    assert [f.title for f in found[0].findings] == ["暂时无法核实证书是否被吊销"]


async def test_only_so_many_are_looked_at_and_asking_has_a_limit(ca: CaDirectory, demo: DemoCa, unit) -> None:
    key = Shown("坏", "AAAA", "", -1)
    found = await ca_checkup.check_up(ca, actor=ME, shown=[key] * 50)
    assert not isinstance(found, Refusal)
    assert len(found) == MOST_CERTIFICATES
    for _ in range(frequency.CA_EXAMINE_BROWSER.most):
        found = await ca_checkup.check_up(ca, actor=ME, shown=[key])
    assert isinstance(found, Refusal)
    assert found.code == "too_often"


async def test_whether_units_are_registered_is_one_question(ca: CaDirectory, demo: DemoCa, unit) -> None:
    keys = [shown(demo.issue(uscc=employer(number).uscc, kind=Kind.SM2)) for number in (81, 82, 83)]
    await ca_lists.refresh_lists(ca)
    with statements() as asked:
        await ca_checkup.check_up(ca, actor=ME, shown=keys)
    assert len([one for one in asked if "FROM units" in one]) == 1
