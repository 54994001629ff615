"""「请先下载驱动」: the driver is offered, and the check-up names what is wrong, with the real driver (R-2.4.2)."""

import asyncio
import contextlib
import json
import re
import zipfile
from pathlib import Path

import httpx
import pytest
from asn1crypto import keys
from playwright.async_api import Error, Route, expect

from jsrs_portal.ca_driver import PACKAGE
from jsrs_portal.catalog.demo import DEMO_UNIT
from jsrs_portal.certificates.reading import Kind
from jsrs_portal.gateways.business_registry.sandbox_units import UNITS
from jsrs_portal.gateways.ca.demo_ca import DemoCa, Flavour
from jsrs_portal.settings import CA_PAGES
from tests.e2e.browser import Visitor
from tests.e2e.test_pages import examine
from tests.support.driver import issued_folder, running
from tests.support.portal import Portal
from tests.support.token import PIN, new_token

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.4.2")]
PAGE = "/login/ca-driver"
NOBODY_THERE = ("ERR_CONNECTION_REFUSED",)


@pytest.fixture
def demo(portal: Portal) -> DemoCa:
    """The CA that the running portal believes."""
    return DemoCa.open(portal.folder, portal.sandbox)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the driver looks for keys; empty."""
    place = tmp_path / "keys"
    place.mkdir()
    return place


async def check(visitor: Visitor) -> None:
    """Press 「检测」 and wait until it is over."""
    await visitor.press("检测")
    await expect(visitor.button("检测")).to_be_enabled()


async def test_without_a_driver_the_page_says_so_and_offers_one(visitor: Visitor) -> None:
    visitor.expects(*NOBODY_THERE)
    await visitor.open(PAGE)
    await visitor.heading("CA 驱动和申领")
    await visitor.sees("下载和安装驱动", "jsrs-ca-driver --module", "申领 CA")
    await examine(visitor, "ca-driver")
    await check(visitor)
    await visitor.sees("没有检测到驱动", "请按上面的步骤安装并启动驱动")
    await visitor.does_not_see("已检测到 USB Key")
    await examine(visitor, "ca-driver-absent")


@pytest.mark.req("R-2.3.8")
async def test_how_to_get_a_ca_is_explained(visitor: Visitor) -> None:
    await visitor.open(PAGE + "#apply")
    await visitor.sees("申领 CA", "电子认证服务机构", "证书中须写有本单位的统一社会信用代码", "没有 CA 也可以办理")
    await visitor.follow("注册单位账号", "/register/unit")


async def test_the_package_is_what_the_page_says(visitor: Visitor, portal: Portal, tmp_path: Path) -> None:
    await visitor.open(PAGE)
    address = await visitor.link("下载驱动").get_attribute("href")
    assert address == f"/downloads/{PACKAGE}"
    await visitor.sees(f'pip install "{portal.origin}{address}"')
    async with visitor.page.expect_download() as started:
        await visitor.link("下载驱动").click()
    file = tmp_path / PACKAGE
    await (await started.value).save_as(file)
    with zipfile.ZipFile(file) as wheel:
        hall = json.loads(wheel.read("jsrs_ca_driver/hall.json"))
    assert hall == {"origin": portal.origin, "port": portal.driver_port}


async def test_a_driver_without_a_key(visitor: Visitor, portal: Portal, folder: Path) -> None:
    await visitor.open(PAGE)
    with running("--keys", str(folder), port=portal.driver_port, site=portal.origin):
        await check(visitor)
        await visitor.sees("驱动正在运行", "没有检测到 USB Key", "请插入 USB Key")
        await visitor.does_not_see("没有检测到驱动")


async def test_a_driver_that_serves_another_site(visitor: Visitor, portal: Portal, folder: Path) -> None:
    visitor.expects("CORS policy", "ERR_FAILED", "status of 403")
    await visitor.open(PAGE)
    with running("--keys", str(folder), port=portal.driver_port, site="https://rs.example.gov.cn"):
        await check(visitor)
        await visitor.sees("驱动不允许本网站使用")


async def test_a_driver_that_is_too_old(visitor: Visitor, portal: Portal) -> None:
    async def old(route: Route) -> None:
        headers = {"Access-Control-Allow-Origin": portal.origin}
        await route.fulfill(body=json.dumps({"rtn": 0, "outData": "0.9.12"}), headers=headers)

    await visitor.page.route(f"http://127.0.0.1:{portal.driver_port}/", old)
    await visitor.open(PAGE)
    await check(visitor)
    await visitor.sees("驱动版本过低", "请下载并安装本页提供的新版本")


@pytest.fixture
def token(tmp_path: Path, demo: DemoCa) -> tuple[str, dict[str, str]]:
    """A real token that holds the RSA key of the demonstration's unit."""
    made = new_token(tmp_path / "token")
    issued = demo.issue(uscc=DEMO_UNIT.uscc, kind=Kind.RSA, name=DEMO_UNIT.name)
    private = keys.PrivateKeyInfo.load(issued.key.pkcs8)["private_key"].parsed.dump()
    made.put(certificate=issued.der, private_key=private)
    assert issued.encryption_certificate is not None
    made.put(certificate=issued.encryption_certificate.dump(), number=2)
    return made.module, made.environment


async def test_a_good_key_in_a_real_token(visitor: Visitor, portal: Portal, token: tuple[str, dict[str, str]]) -> None:
    module, environment = token
    await asyncio.to_thread(portal.with_lists)
    await visitor.open(PAGE)
    with running("--module", module, port=portal.driver_port, site=portal.origin, pin=PIN, **environment):
        await check(visitor)
        await visitor.sees(
            "驱动正在运行", "已检测到 USB Key", f"证书：{DEMO_UNIT.name}", "有效期至", "证书可以用于登录"
        )
        await visitor.sees(f"统一社会信用代码：{DEMO_UNIT.uscc}", f"登录后进入的单位：{DEMO_UNIT.name}", "证书序列号：")
        await examine(visitor, "ca-driver-good")
        await visitor.follow("去登录", "/login")


async def test_everything_that_can_be_wrong_with_a_key_is_named(
    visitor: Visitor, portal: Portal, demo: DemoCa, folder: Path
) -> None:
    for number, flavour in enumerate((Flavour.EXPIRED, Flavour.REVOKED, Flavour.FOREIGN)):
        issued = demo.issue(uscc=DEMO_UNIT.uscc, kind=Kind.SM2, flavour=flavour, name=flavour)
        issued_folder(folder / f"{number}-{flavour}", issued)
    good = demo.issue(uscc=DEMO_UNIT.uscc, kind=Kind.SM2, name="只有一半")
    issued_folder(folder / "4-encrypts", good, signs=False)
    stranger = next(unit for unit in UNITS if unit.uscc != DEMO_UNIT.uscc)
    issued_folder(folder / "5-stranger", demo.issue(uscc=stranger.uscc, kind=Kind.RSA, name=stranger.name))
    await asyncio.to_thread(portal.with_lists, anew=True)
    await visitor.open(PAGE)
    with running("--keys", str(folder), port=portal.driver_port, site=portal.origin):
        await check(visitor)
        await visitor.sees(
            "证书已过期", "证书已被吊销", "不支持该 CA 机构的证书", "只有加密证书", "证书所属单位尚未注册"
        )
        await examine(visitor, "ca-driver-wrong")
        await visitor.follow("注册单位", "/register/unit")


async def test_no_page_but_two_may_reach_the_driver(visitor: Visitor, portal: Portal) -> None:
    driver = f"http://127.0.0.1:{portal.driver_port}"
    async with httpx.AsyncClient(base_url=portal.origin) as client:
        for path in ("/", *CA_PAGES, "/register/unit", "/matters/x", "/unit"):
            policy = (await client.get(path)).headers["content-security-policy"]
            allowed = re.search(r"connect-src ([^;]*)", policy)
            assert allowed
            assert allowed[1] == ("'self'" + (f" {driver}" if path in CA_PAGES else "")), path
    await visitor.open("/")
    await visitor.sees("网上办事服务大厅")


async def test_who_came_by_a_link_gets_a_document_that_may_reach_it(
    visitor: Visitor, portal: Portal, folder: Path
) -> None:
    """The policy belongs to the document, and a link within the portal loads none."""
    await visitor.open("/")
    await visitor.page.evaluate(f"window.__reactRouterDataRouter.navigate('{PAGE}')")
    await visitor.arrived(PAGE)
    loaded_for = "performance.getEntriesByType('navigation')[0].name.endsWith('/login/ca-driver')"
    for _ in range(200):
        with contextlib.suppress(Error):  # while it is loading
            if await visitor.page.evaluate(loaded_for):
                break
        await asyncio.sleep(0.05)
    await visitor.heading("CA 驱动和申领")
    with running("--keys", str(folder), port=portal.driver_port, site=portal.origin):
        await check(visitor)
        await visitor.sees("没有检测到 USB Key")
