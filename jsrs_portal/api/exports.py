"""Files that the worker has made: one's own data, once (R-2.6.8.5), lists of cases (R-2.6.3.5), decisions."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from jsrs_portal import clock, db
from jsrs_portal.access.policies import policy_of, requires
from jsrs_portal.api.operation import NO_STORE
from jsrs_portal.api.sessions import who_asks
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.keys import key_of
from jsrs_portal.services import case_exports, results
from jsrs_portal.services.data_export import fetch_export

MEDIA_TYPE = "application/zip"
PDF = "application/pdf"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
        return _no_file("没有这个文件：它可能已经下载过或已过期，请在「我的数据」中重新申请。")
    return _file(content, f"我的数据-{clock.today()}.zip", MEDIA_TYPE)


@requires(Permission.APPLY)
async def case_list(request: Request) -> Response:
    """``GET /case-exports/{id}``: the Excel file of a list, to be saved; 404 for everybody but who asked for it."""
    who = await who_asks(request)
    policy = policy_of(case_list)
    content = None
    if isinstance(who, Actor) and policy is not None and policy.admits(who):
        async with db.unit_of_work() as session:
            export_id = key_of(request.path_params["id"])
            content = await case_exports.fetch_export(session, actor=who, export_id=export_id)
    if content is None:
        return _no_file("没有这个文件：它可能已过期，或不是以您当前的身份导出的，请在办件列表中重新导出。")
    return _file(content, f"办件列表-{clock.today()}.xlsx", EXCEL)


@requires(Permission.APPLY, officers=Permission.STAFF_CASES)
async def case_result(request: Request) -> Response:
    """``GET /case-results/{id}``: the document of a decision, to be saved; 404 for who may not have it."""
    who = await who_asks(request)
    policy = policy_of(case_result)
    found = None
    if isinstance(who, Actor) and policy is not None and policy.admits(who):
        async with db.unit_of_work() as session:
            found = await results.fetch_result(session, actor=who, case_id=key_of(request.path_params["id"]))
    if found is None:
        return _no_file("没有这个文件：结果可能尚未生成或已撤回，或不能以您当前的身份下载。")
    name, content = found
    return _file(content, name, PDF)


def _no_file(sentence: str) -> Response:
    return PlainTextResponse(sentence, status_code=404, headers={"Cache-Control": NO_STORE})


def _file(content: bytes, name: str, media_type: str) -> Response:
    headers = {
        "Cache-Control": NO_STORE,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type=media_type, headers=headers)
