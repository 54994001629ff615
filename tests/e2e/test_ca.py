"""CA login from the login page to the unit centre: by a real token, by SM2 keys, and what is wrong (R-2.4.2)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from asn1crypto import keys
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_UNIT
from jsrs_portal.certificates.reading import Kind
from jsrs_portal.domain.certificates import DRIVER_SENTENCES, SENTENCES, CertificateProblem
from jsrs_portal.gateways.business_registry.sandbox_units import DemoUnit
from jsrs_portal.gateways.ca.demo_ca import DemoCa, Flavour, Issued
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import SOFTWARE, register_unit
from tests.e2e.test_pages import examine
from tests.e2e.test_scan import HANDSET, scan, trust
from tests.support.driver import issued_folder, running
from tests.support.portal import Portal
from tests.support.token import PIN, Token, new_token

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.4.2")]
MOBILE = "13912340099"


@pytest.fixture
def demo(portal: Portal) -> DemoCa:
    """The CA that the running portal believes, its lists at hand."""
    portal.with_lists()
    return DemoCa.open(portal.folder, portal.sandbox)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the driver looks for keys."""
    place = tmp_path / "keys"
    place.mkdir()
    return place


def on_a_token(place: Path, issued: Issued) -> Token:
    """Put an RSA key and both its certificates on a token."""
    made = new_token(place)
    private = keys.PrivateKeyInfo.load(issued.key.pkcs8)["private_key"].parsed.dump()
    made.put(certificate=issued.der, private_key=private)
    assert issued.encryption_certificate is not None
    made.put(certificate=issued.encryption_certificate.dump(), number=2)
    return made


def of(demo: DemoCa, unit: object, kind: Kind = Kind.SM2, flavour: Flavour = Flavour.GOOD, name: str = "") -> Issued:
    """Have a key issued to a unit of the demonstration."""
    assert isinstance(unit, type(DEMO_UNIT) | DemoUnit)
    return demo.issue(uscc=unit.uscc, kind=kind, flavour=flavour, name=name or unit.name)


@pytest.fixture
def with_keys(portal: Portal, folder: Path) -> Iterator[Path]:
    """A running driver with the keys that are put into the folder."""
    with running("--keys", str(folder), port=portal.driver_port, site=portal.origin):
        yield folder


async def at_ca(visitor: Visitor) -> None:
    """Open 「CA」 on the login page."""
    await visitor.open("/login")
    await visitor.press("CA")
    await visitor.sees("请插入CA登录", "如果您还未下载驱动,请先下载驱动")


async def log_in(visitor: Visitor) -> None:
    """Press the tab's 「登录」."""
    await visitor.page.locator("#login-ca").click()


async def test_a_real_token_opens_the_unit_centre(arrive: Arrive, portal: Portal, demo: DemoCa, tmp_path: Path) -> None:
    """From registration to the unit centre, with the key in a PKCS#11 token."""
    visitor, phone = await arrive(), await arrive(**HANDSET)
    await register_unit(visitor, phone, SOFTWARE, MOBILE)
    token = await asyncio.to_thread(on_a_token, tmp_path / "token", of(demo, SOFTWARE, Kind.RSA))
    computer = await arrive()
    await at_ca(computer)
    await examine(computer, "login-ca")
    site = portal.origin
    with running("--module", token.module, port=portal.driver_port, site=site, pin=PIN, **token.environment):
        await log_in(computer)
        await computer.arrived("/unit")
    await computer.sees(SOFTWARE.name, "法定代表人")
    computer.stored([("CA",)], "SELECT way FROM user_sessions ORDER BY created_at DESC LIMIT 1")
    computer.stored(
        [("OK",)], "SELECT result FROM audit_entries WHERE action = 'ca.judge' ORDER BY created_at DESC LIMIT 1"
    )


@pytest.mark.req("R-2.4.5")
async def test_a_unit_with_agents_is_confirmed_on_the_phone(arrive: Arrive, demo: DemoCa, with_keys: Path) -> None:
    visitor, phone = await arrive(), await arrive(**HANDSET)
    await trust(phone)
    issued_folder(with_keys / "unit", of(demo, DEMO_UNIT))
    await at_ca(visitor)
    await log_in(visitor)
    await visitor.arrived("/login/confirm")
    await visitor.sees("单位身份已验证", DEMO_UNIT.name, "CA 证书", "等待扫码")
    await scan(phone, await visitor.qr())
    await phone.sees("单位", DEMO_UNIT.name)
    await phone.press("确认登录")
    await visitor.arrived("/unit")
    await visitor.sees(DEMO_UNIT.name, "法定代表人")


async def test_of_several_certificates_one_is_chosen_and_a_bad_one_is_named(
    visitor: Visitor, demo: DemoCa, with_keys: Path
) -> None:
    issued_folder(with_keys / "1", of(demo, DEMO_UNIT, flavour=Flavour.EXPIRED, name="去年的证书"))
    issued_folder(with_keys / "2", of(demo, DEMO_UNIT, Kind.RSA, name="今年的证书"))
    await at_ca(visitor)
    await log_in(visitor)
    await expect(visitor.page.locator("#ca-choice")).to_be_focused()
    await visitor.sees("请选择证书", "去年的证书", "今年的证书", "发证机构：演示运营CA", "有效期至")
    await examine(visitor, "login-ca-choice")
    await visitor.page.get_by_role("radio", name="去年的证书").check()
    await log_in(visitor)
    await visitor.sees(SENTENCES[CertificateProblem.EXPIRED], "检查驱动和证书")
    await expect(visitor.page.locator("#ca-trouble")).to_be_focused()
    await examine(visitor, "login-ca-refused")
    await log_in(visitor)
    await visitor.page.get_by_role("radio", name="今年的证书").check()
    await log_in(visitor)
    await visitor.arrived("/login/confirm")


async def test_a_unit_that_is_not_here_goes_on_to_registration(visitor: Visitor, demo: DemoCa, with_keys: Path) -> None:
    issued_folder(with_keys / "unit", of(demo, SOFTWARE))
    await at_ca(visitor)
    await log_in(visitor)
    await visitor.arrived("/register/unit")
    await visitor.sees("单位身份已验证，但尚未在本大厅注册", "提供，不能修改")
    await expect(visitor.field("单位全称")).to_have_value(SOFTWARE.name)
    await expect(visitor.field("单位全称")).to_be_editable()
    await expect(visitor.field("统一社会信用代码")).to_have_value(SOFTWARE.uscc)
    await expect(visitor.field("统一社会信用代码")).not_to_be_editable()


async def test_what_is_revoked_or_foreign_is_named(
    visitor: Visitor, portal: Portal, demo: DemoCa, with_keys: Path
) -> None:
    for number, (flavour, problem) in enumerate(
        (
            (Flavour.REVOKED, CertificateProblem.REVOKED),
            (Flavour.FOREIGN, CertificateProblem.ISSUER),
            (Flavour.SELF_SIGNED, CertificateProblem.SELF_SIGNED),
        )
    ):
        place = with_keys / str(number)
        issued_folder(place, of(demo, DEMO_UNIT, flavour=flavour))
        await asyncio.to_thread(portal.with_lists, anew=True)
        await at_ca(visitor)
        await log_in(visitor)
        await visitor.sees(SENTENCES[problem])
        place.rename(with_keys.parent / f"gone-{number}")


async def test_without_a_driver_or_a_key_the_page_says_what_to_do(
    visitor: Visitor, portal: Portal, folder: Path
) -> None:
    visitor.expects("ERR_CONNECTION_REFUSED")
    await at_ca(visitor)
    await log_in(visitor)
    await visitor.sees(DRIVER_SENTENCES["absent"])
    with running("--keys", str(folder), port=portal.driver_port, site=portal.origin):
        await log_in(visitor)
        await visitor.sees(DRIVER_SENTENCES["no_key"])
    await visitor.follow("如果您还未下载驱动,请先下载驱动", "/login/ca-driver")


async def test_a_wrong_pin_is_counted_by_the_token(
    visitor: Visitor, portal: Portal, demo: DemoCa, tmp_path: Path
) -> None:
    token = await asyncio.to_thread(on_a_token, tmp_path / "token", of(demo, DEMO_UNIT, Kind.RSA))
    await at_ca(visitor)
    site = portal.origin
    with running("--module", token.module, port=portal.driver_port, site=site, pin="999999", **token.environment):
        await log_in(visitor)
        await visitor.sees("PIN码错误")
    assert visitor.path == "/login"
    await visitor.never_contains(PIN, "999999")


async def test_the_tab_begins_anew_each_time(visitor: Visitor, demo: DemoCa, with_keys: Path) -> None:
    issued_folder(with_keys / "unit", of(demo, DEMO_UNIT, flavour=Flavour.EXPIRED))
    await at_ca(visitor)
    await log_in(visitor)
    await visitor.sees(SENTENCES[CertificateProblem.EXPIRED])
    await visitor.press("账号密码")
    await visitor.press("CA")
    await visitor.sees("请插入CA登录")
    await visitor.does_not_see(SENTENCES[CertificateProblem.EXPIRED])
    await expect(visitor.page.locator("#login-ca")).to_be_enabled()
