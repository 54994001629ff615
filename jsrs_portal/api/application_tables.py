"""A table of a draft as an Excel file, to be filled in and imported: for whoever fills the draft in (R-2.6.3.3)."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from jsrs_portal.access.policies import policy_of, requires
from jsrs_portal.api.operation import NO_STORE
from jsrs_portal.api.sessions import who_asks
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.hall_content import MEDIA_TYPES
from jsrs_portal.domain.keys import key_of
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services.application_import import template_of


@requires(Permission.APPLY)
async def table_template(request: Request) -> Response:
    """``GET /applications/{id}/tables/{table}.xlsx``: the template with the draft's rows; 404 for anybody else's."""
    who = await who_asks(request)
    policy = policy_of(table_template)
    found = None
    if isinstance(who, Actor) and policy is not None and policy.admits(who):
        case_id, table = key_of(request.path_params["id"]), key_of(request.path_params["table"])
        found = await template_of(actor=who, case_id=case_id, table=table)
    if found is None:
        sentence = "没有这个模板：草稿可能已经提交、删除或过期，请从填报页面重新下载。"
        return PlainTextResponse(sentence, status_code=404, headers={"Cache-Control": NO_STORE})
    if isinstance(found, Refusal):
        return PlainTextResponse(found.sentence, status_code=429, headers={"Cache-Control": NO_STORE})
    name, content = found
    headers = {
        "Cache-Control": NO_STORE,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type=MEDIA_TYPES["xlsx"], headers=headers)
