"""The simulated CA's address: its lists as of now, and a page that says how to get a certificate."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from jsrs_portal.gateways.ca.demo_ca import CRL_PATH, DemoCa
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.simulation.faults import Fault, Faults, Mode
from jsrs_portal.gateways.simulation.pages import page
from jsrs_portal.settings import get_settings

_FETCHED_WITHIN = "约 10 分钟"
"""Until a revocation is known to the hall (``services.ca_lists.FETCH_EVERY``)."""
_PAGE = (
    '<p class="card">演示CA像真实的CA机构一样签发证书、公布吊销列表。证书由命令行签发：</p>'
    '<p class="card"><code>.venv/bin/jsrs demo-ca issue --uscc 统一社会信用代码 --alg sm2 --out 密钥/单位</code></p>'
    '<p class="card">签发后在另一个命令行窗口中启动驱动；<code>--keys</code> 填上一级文件夹，'
    "其中每个子文件夹是一个密钥：</p>"
    '<p class="card"><code>.venv/bin/jsrs ca-driver --keys 密钥 --allow {origin} --port {port}</code></p>'
    '<p class="note">然后在大厅的登录页选择「CA」登录。过期、吊销、自签等证书用 --kind 签发；'
    "吊销后，大厅下次获取吊销列表（{fetched}一次）之前，证书仍可使用。</p>"
)


def routes(ca: DemoCa, faults: Faults) -> list[Route]:
    """Return where the lists are fetched, and the page."""

    async def respond(request: Request, fault: Fault) -> Response:
        if fault.mode is Mode.BUSINESS_REFUSAL:
            return PlainTextResponse("no list", 404)
        lasts = timedelta(minutes=-1) if fault.mode is Mode.OLD_TIMESTAMP else timedelta(days=1)
        try:
            content = ca.list_of(request.path_params["name"], lasts=lasts)
        except KeyError:
            return PlainTextResponse("no such list", 404)
        if fault.mode is Mode.BAD_SIGNATURE:
            content = content[:-1] + bytes([content[-1] ^ 1])
        return Response(content, media_type="application/pkix-crl")

    return [
        Route(f"{CRL_PATH}/{{name:str}}.crl", faults.around(System.CA, respond), methods=["GET"]),
        Route("/ca", _page, methods=["GET"]),
    ]


async def _page(_request: Request) -> Response:
    settings = get_settings()
    text = _PAGE.format(origin=settings.origin, port=settings.ca_driver_port, fetched=_FETCHED_WITHIN)
    return page("模拟CA", text)
