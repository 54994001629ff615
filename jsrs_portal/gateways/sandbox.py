"""The simulated outside systems in one server: ``python -m jsrs_portal.gateways.sandbox`` (architecture rule 5).

It is for the demonstration and for tests; with production settings it refuses to exist.
"""

import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jsrs_portal.gateways.app import sandbox as app_sandbox
from jsrs_portal.gateways.app.simulated import SimulatedApp
from jsrs_portal.gateways.business_registry import sandbox as registry_sandbox
from jsrs_portal.gateways.ca import sandbox as ca_sandbox
from jsrs_portal.gateways.ca.demo_ca import DemoCa
from jsrs_portal.gateways.clients import face_keys
from jsrs_portal.gateways.courier import sandbox as courier_sandbox
from jsrs_portal.gateways.courier import sandbox_parcels
from jsrs_portal.gateways.demo_keys import load_demo_keys, load_licence_pair
from jsrs_portal.gateways.elicence import sandbox as licence_sandbox
from jsrs_portal.gateways.face import sandbox as face_sandbox
from jsrs_portal.gateways.identity import sandbox as identity_sandbox
from jsrs_portal.gateways.legacy import sandbox as legacy_sandbox
from jsrs_portal.gateways.simulation.faults import Faults
from jsrs_portal.gateways.simulation.pages import page
from jsrs_portal.gateways.simulation.store import Store
from jsrs_portal.gateways.sms import sandbox as sms_sandbox
from jsrs_portal.gateways.sms import sandbox_outbox, tencent_sandbox
from jsrs_portal.gateways.sso import sandbox as sso_sandbox
from jsrs_portal.gateways.sso import sandbox_jis
from jsrs_portal.settings import Settings, get_settings

DATABASE = "sandbox.db"
_PORT_TAKEN = "端口 {port} 已被占用，模拟的外部系统无法启动：请结束占用它的程序，或设置 JSRS_SANDBOX_PORT。"
_REFUSED = "生产环境不能运行模拟的外部系统：请检查 JSRS_ENVIRONMENT。"


class NotInProduction(RuntimeError):
    """Production settings met the simulators."""


def create_app(settings: Settings) -> Starlette:
    """Return the simulators of all systems, their pages, the control hook and ``/_health``."""
    if not settings.demo:
        raise NotInProduction(_REFUSED)
    schemas = (
        face_sandbox.SCHEMA,
        sandbox_outbox.SCHEMA,
        sso_sandbox.SCHEMA,
        sandbox_jis.SCHEMA,
        licence_sandbox.SCHEMA,
        registry_sandbox.SCHEMA,
        sandbox_parcels.SCHEMA,
    )
    store = Store(settings.var_dir / DATABASE, *schemas)
    faults = Faults()
    face = face_sandbox.FaceSimulator(
        app_id=settings.face_app_id,
        app_key=face_keys(settings)[0].public_key(),
        own_key=load_demo_keys(settings.var_dir).alipay,
        store=store,
        faults=faults,
    )
    outbox = sandbox_outbox.Outbox(store)
    sms = sms_sandbox.SmsSimulator(
        access_key=settings.sms_access_key_id,
        secret=settings.sms_access_key_secret.get_secret_value(),
        sign_name=settings.sms_sign_name,
        code_template=settings.sms_template_code,
        notice_template=settings.sms_template_notice,
        outbox=outbox,
        store=store,
        faults=faults,
    )
    tencent = tencent_sandbox.TencentSimulator(
        secret_id=settings.sms_tencent_secret_id,
        secret=settings.sms_tencent_secret_key.get_secret_value(),
        app_id=settings.sms_tencent_app_id,
        sign_name=settings.sms_sign_name,
        code_template=settings.sms_tencent_template_code,
        notice_template=settings.sms_tencent_template_notice,
        outbox=outbox,
        faults=faults,
    )
    registry = registry_sandbox.routes(
        app_id=settings.registry_app_id,
        secret=settings.registry_secret.get_secret_value(),
        store=store,
        faults=faults,
    )
    identity = identity_sandbox.routes(
        app_id=settings.identity_app_id,
        secret=settings.identity_secret.get_secret_value(),
        store=store,
        faults=faults,
    )

    sso = sso_sandbox.OidcSimulator(
        issuer=settings.sandbox_origin + sso_sandbox.PATH,
        client_id=settings.sso_client_id,
        secret=settings.sso_client_secret.get_secret_value(),
        redirect_uris=settings.sso_redirect_uris,
        store=store,
        faults=faults,
    )
    jis = sandbox_jis.JisSimulator(
        appmark=settings.sso_jis_appmark,
        appword=settings.sso_jis_appword.get_secret_value(),
        redirect_uris=settings.sso_redirect_uris,
        store=store,
        faults=faults,
    )
    licence = licence_sandbox.LicenceSimulator(
        app_id=settings.licence_app_id,
        secret=settings.licence_secret.get_secret_value(),
        own=load_licence_pair(settings.var_dir),
        store=store,
        faults=faults,
    )
    courier = courier_sandbox.CourierSimulator(
        customer=settings.kuaidi100_customer,
        key=settings.kuaidi100_key.get_secret_value(),
        partner_id=settings.sf_partner_id,
        checkword=settings.sf_checkword.get_secret_value(),
        parcels=sandbox_parcels.Parcels(store),
        faults=faults,
    )
    legacy = legacy_sandbox.routes(settings, store=store, faults=faults)
    app_id, secret = next(iter(settings.apps.items()), ("none", SecretStr("")))
    app = app_sandbox.AppPages(SimulatedApp(settings.origin, app_id, secret.get_secret_value()))

    ca = ca_sandbox.routes(DemoCa.open(settings.var_dir, settings.sandbox_origin), faults)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await store.close()

    own = [
        Route("/", _index, methods=["GET"]),
        Route("/_health", _health, methods=["GET"]),
        Route("/_control/{system:str}", faults.control, methods=["POST"]),
    ]
    provincial = [*sso.routes(), *jis.routes(), *licence.routes()]
    texting = [*sms.routes(), *tencent.routes(), *outbox.routes(), *courier.routes()]
    registers = [*registry, *identity, *legacy]
    return Starlette(
        routes=[*own, *face.routes(), *app.routes(), *texting, *registers, *ca, *provincial], lifespan=lifespan
    )


async def _index(_request: Request) -> Response:
    body = (
        '<p class="card">门户通过真实的接口协议访问下列系统；演示时由本程序代替它们作答，验签方式与真实系统相同。</p>'
        '<div class="card"><h2>短信</h2><p><a href="/sms/outbox">模拟手机短信</a>：查看收到的验证码和通知。</p>'
        "<h2>企业登记库</h2>"
        '<p><a href="/registry">模拟企业登记库</a>：注册单位时可以填写的演示单位。</p>'
        '<h2>实名核验</h2><p><a href="/identity">模拟实名核验</a>：注册个人时可以填写的演示人员。</p>'
        '<h2>历史系统</h2><p><a href="/legacy">模拟历史系统</a>：地市历史用户升级时可以填写的账户。</p>'
        '<h2>江苏智慧人社 APP</h2><p><a href="/app">模拟江苏智慧人社APP</a>：扫码登录时代替手机。</p>'
        '<h2>快递</h2><p><a href="/courier">模拟快递</a>：让登记过的快递前进，并推送给门户。</p>'
        '<h2>CA</h2><p><a href="/ca">模拟CA</a>：如何取得演示证书。</p>'
        "<h2>省政务服务平台</h2><p>模拟省政务服务平台：在登录页点击「省政务登录」后出现，没有固定地址。</p>"
        "<h2>电子营业执照</h2><p>模拟电子营业执照：打开登录页二维码中的地址后出现，没有固定地址。</p>"
        "<h2>人脸识别</h2><p>模拟支付宝刷脸：在门户扫描二维码或打开其链接后出现，没有固定地址。</p></div>"
    )
    return page("模拟的外部系统", body)


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


def app_from_environment() -> Starlette:
    """Return the app for this process's settings; Granian's worker calls it."""
    return create_app(get_settings())


def main() -> None:
    """Serve the simulators on ``sandbox_port`` (by default the portal's port + 1) until told to stop."""
    settings = get_settings()
    if not settings.demo:
        sys.exit(_REFUSED)
    port = settings.sandbox_port or settings.port + 1
    if not _is_free(settings.bind_host, port):
        sys.exit(_PORT_TAKEN.format(port=port))
    load_demo_keys(settings.var_dir)
    Granian(
        "jsrs_portal.gateways.sandbox:app_from_environment",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.bind_host,
        port=port,
        workers=1,
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=2,
    ).serve()


def _is_free(host: str, port: int) -> bool:
    """Tell whether nobody listens there. Granian shares a port with an earlier one of its kind without a word."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    main()
