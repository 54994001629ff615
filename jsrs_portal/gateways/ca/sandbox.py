"""The simulated CA's address: its lists as of now, and a page that says how to get a certificate."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from jsrs_portal.gateways.ca.demo_ca import CRL_PATH, DemoCa
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.simulation.faults import Fault, Faults, Mode
from jsrs_portal.gateways.simulation.pages import page

_PAGE = (
    '<p class="card">演示CA像真实的CA机构一样签发证书、公布吊销列表。证书由命令行签发：</p>'
    '<p class="card"><code>jsrs demo-ca issue --uscc 统一社会信用代码 --alg sm2 --out 文件夹</code></p>'
    '<p class="note">签发后用 <code>jsrs ca-driver</code> 打开该文件夹，即可在登录页选择「CA」登录。'
    "过期、吊销、自签等证书用 --kind 签发。</p>"
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
    return page("模拟CA", _PAGE)
