"""The file of an export of one's own data: for its person's session alone, once (R-2.6.8.5)."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from jsrs_portal import clock, db
from jsrs_portal.access.policies import policy_of, requires
from jsrs_portal.api.operation import NO_STORE
from jsrs_portal.api.sessions import who_asks
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.keys import key_of
from jsrs_portal.services.data_export import fetch_export

MEDIA_TYPE = "application/zip"


@requires(Permission.OWN_ACCOUNT)
async def own_export(request: Request) -> Response:
    """``GET /exports/{id}``: the ZIP, to be saved; 404 for anybody else's, and for one that was fetched or is over."""
    who = await who_asks(request)
    policy = policy_of(own_export)
    content = None
    if isinstance(who, Actor) and policy is not None and policy.admits(who):
        async with db.unit_of_work() as session:
            content = await fetch_export(session, actor=who, export_id=key_of(request.path_params["id"]))
    if content is None:
        sentence = "没有这个文件：它可能已经下载过或已过期，请在「我的数据」中重新申请。"
        return PlainTextResponse(sentence, status_code=404, headers={"Cache-Control": NO_STORE})
    name = quote(f"我的数据-{clock.today()}.zip", safe="")
    headers = {
        "Cache-Control": NO_STORE,
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type=MEDIA_TYPE, headers=headers)
