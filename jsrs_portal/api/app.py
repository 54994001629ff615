"""Our ASGI app around Reflex: the routes of ours first, then documents, then Reflex's websocket and hashed assets."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jsrs_portal import crypto, telemetry
from jsrs_portal.access.policies import policy_of
from jsrs_portal.api import (
    alerts,
    application_tables,
    attachments,
    ca_driver,
    case_files,
    couriers,
    exports,
    face,
    health,
    licence,
    metrics,
    phone_api,
    puzzle,
    region,
    scans,
    sessions,
    site_map,
    sso,
    staff_sessions,
)
from jsrs_portal.api.described import describe
from jsrs_portal.api.documents import SHARED_HEADERS, Documents
from jsrs_portal.api.websocket import WebsocketGuard
from jsrs_portal.deadlines import within
from jsrs_portal.gateways.ca.directory import require_trust
from jsrs_portal.production import require_ready
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)
Endpoint = Callable[[Request], Awaitable[Response]]

ROUTES = [
    Route("/_health", health.health, methods=["GET"]),
    Route("/metrics", metrics.metrics, methods=["GET"]),
    Route("/session/open", sessions.open_session, methods=["GET"]),
    Route("/session/ended", sessions.session_ended, methods=["GET"]),
    Route("/staff/session/open", staff_sessions.open_staff_session, methods=["GET"]),
    Route("/region", region.choose_region, methods=["GET"]),
    Route("/robots.txt", site_map.robots, methods=["GET"]),
    Route("/sitemap.xml", site_map.pages, methods=["GET"]),
    Route("/announcements/{key:str}/files/{number:str}", attachments.announcement_file, methods=["GET"]),
    Route("/exports/{id:str}", exports.own_export, methods=["GET"]),
    Route("/case-exports/{id:str}", exports.case_list, methods=["GET"]),
    Route("/case-results/{id:str}", exports.case_result, methods=["GET"]),
    Route("/applications/{id:str}/tables/{table:str}.xlsx", application_tables.table_template, methods=["GET"]),
    Route("/files", case_files.begin, methods=["POST"]),
    Route("/files/{id:str}", case_files.download, methods=["GET"]),
    Route("/files/{id:str}", case_files.remove, methods=["DELETE"]),
    Route("/files/{id:str}/parts/{number:str}", case_files.part, methods=["PUT"]),
    Route("/files/{id:str}/complete", case_files.complete, methods=["POST"]),
    Route("/files/{id:str}/pages/{number:str}", case_files.page, methods=["GET"]),
    Route("/downloads/{file:str}", ca_driver.driver_package, methods=["GET"]),
    Route("/puzzle/{id:str}/{part:str}", puzzle.puzzle_picture, methods=["GET"]),
    Route("/q/{code:str}", scans.scanned, methods=["GET"]),
    Route("/sso/start", sso.start, methods=["GET"]),
    Route("/sso/callback", sso.callback, methods=["GET"]),
    Route("/licence/callback", licence.told, methods=["POST"]),
    Route("/courier/kuaidi100/{id:str}", couriers.told, methods=["POST"]),
    Route("/app/phones", phone_api.add_phone, methods=["POST"]),
    Route("/app/phones/remove", phone_api.remove_phone, methods=["POST"]),
    Route("/app/scans/scan", phone_api.scan, methods=["POST"]),
    Route("/app/scans/confirm", phone_api.confirm, methods=["POST"]),
    Route("/app/scans/cancel", phone_api.cancel, methods=["POST"]),
    Route("/n/{token:str}", alerts.not_me, methods=["GET"]),
    Route("/v/{token:str}", face.scanned, methods=["GET"]),
    Route("/v/{token:str}/go", face.to_alipay, methods=["GET"]),
    Route("/v/{token:str}/back", face.back_from_alipay, methods=["GET"]),
]
"""Every HTTP route of ours. Each endpoint declares its policy; a test walks this list."""
_ONLY_GET = frozenset(
    {
        *("/session/open", "/staff/session/open", "/v/{token:str}/back"),
        *("/sso/start", "/sso/callback", "/exports/{id:str}", "/case-exports/{id:str}", "/case-results/{id:str}"),
        "/applications/{id:str}/tables/{table:str}.xlsx",
    }
)
"""Routes that use something up or write it down: the HEAD of a scanner or a link preview must not."""

_LONGER = {
    "/files/{id:str}": case_files.DOWNLOAD_SECONDS,
    "/files/{id:str}/complete": case_files.COMPLETE_SECONDS,
}
"""Routes with a deadline of their own, in seconds; no transaction is open while they wait."""

_NOT_SERVED = (".html", ".html.gz", ".jsx", ".jsx.gz")
"""Built files that are not for browsers: documents come with a cookie and a policy of their own or not at all."""
_TOO_SLOW = PlainTextResponse(
    "系统繁忙，本次请求没有在规定时间内完成。请稍后重试；如刚才提交过内容，请先查看办理结果。",
    status_code=503,
    headers={"Retry-After": "10", "Cache-Control": "no-store"},
)
_FAILED = PlainTextResponse(
    "系统暂时出现故障，请稍后再试。如刚才提交过内容，请先查看办理结果。",
    status_code=503,
    headers={"Retry-After": "10", "Cache-Control": "no-store"},
)
_AWAY = (OperationalError, InterfaceError, PoolTimeout)
"""What comes of a database that is away: nobody's mistake, so it is said, and noted in a line."""
_IMMUTABLE = "public, max-age=31536000, immutable"


def client_folder() -> Path:
    """Return the folder of the built frontend."""
    return get_settings().web_dir / "build" / "client"


class Portal:
    """The outermost app: one decision per request, in the order of the module's first line."""

    def __init__(self, reflex_app: ASGIApp) -> None:
        """Wrap Reflex's app; the built documents are read now."""
        for route in ROUTES:
            if policy_of(route.endpoint) is None:
                raise RuntimeError(f"route {route.path} has no access policy")
        self._reflex = reflex_app
        self._guarded = WebsocketGuard(reflex_app, get_settings())
        self._documents = Documents(client_folder())
        require_ready(get_settings())
        require_trust(get_settings())
        telemetry.start(get_settings())
        crypto.warm_up()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._guarded(scope, receive, send)
            return
        path: str = scope["path"]
        send = _with_headers(path, send)
        send = _without_body(send) if scope["method"] == "HEAD" else send
        for route in ROUTES:
            match, child = route.matches(scope)
            if match is Match.FULL:  # its own method or, where that is GET, as Starlette has it, a HEAD
                if scope["method"] == "HEAD" and route.path in _ONLY_GET:
                    await _method_not_allowed("GET")(scope, receive, send)
                    return
                scope.update(child)
                with metrics.ANSWER_SECONDS.time():
                    await _answer(route, scope, receive, metrics.counted(route.path, send))
                return
        if path.startswith(("/_event", "/_upload", "/ping")) or path.endswith(_NOT_SERVED):
            await Response("Not Found", status_code=404)(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD") and "." not in path.rpartition("/")[2]:
            elsewhere = self._documents.moved(path)
            if elsewhere is not None:
                query = scope["query_string"].decode("latin-1")
                await RedirectResponse(elsewhere + (f"?{query}" if query else ""), 308)(scope, receive, send)
                return
            page = await describe(path)
            await self._documents.answer(Request(scope), page)(scope, receive, send)
        elif scope["method"] == "POST" and self._documents.find(path)[1] == 200:
            # A form sent before the page's script was there: what was typed is not read, the page is shown again.
            await RedirectResponse(path.rstrip("/") or "/", status_code=303)(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD"):
            await self._reflex(scope, receive, send)
        else:
            await _method_not_allowed("GET, HEAD")(scope, receive, send)


def _method_not_allowed(allowed: str) -> Response:
    return Response("Method Not Allowed", status_code=405, headers={"Allow": allowed})


async def _answer(route: Route, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one of our own routes within the deadline, or say that it took too long."""
    status, over = 0, False

    async def noting(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)
        if not over:  # what was given up may go on for a moment: it has nothing to say any more
            await send(message)

    method: str = scope["method"]
    attributes = {telemetry.ROUTE: route.path, telemetry.METHOD: method}
    with telemetry.span(f"{method} {route.path}", attributes) as span:
        try:
            seconds = _LONGER.get(route.path, get_settings().request_deadline)
            await within(seconds, route.handle(scope, receive, noting))
        except TimeoutError:
            over = True
            span.end_as("timeout")
            log.error("request.too_slow", route=route.path)
            if status:  # it has begun to answer: the connection must end, or the browser would wait on
                raise
            status = _TOO_SLOW.status_code
            await _TOO_SLOW(scope, receive, send)
        except _AWAY as error:
            log.error("request.failed", route=route.path, error=type(error).__name__)
            if status:
                raise
            status = _FAILED.status_code
            await _FAILED(scope, receive, send)
        span.set(telemetry.STATUS, status)


def _without_body(send: Send) -> Send:
    """The answer to a HEAD: what a GET would be told, without what it would get (RFC 9110, 9.3.2)."""

    async def sending(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return sending


def _with_headers(path: str, send: Send) -> Send:
    """Every answer: our headers. Static files: those under a hashed name never change, others are asked for again."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SHARED_HEADERS.items():
                headers[name] = value
            if get_settings().https:
                headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
            if path.startswith("/assets/") and message["status"] == 200:
                headers["Cache-Control"] = _IMMUTABLE
            else:
                headers.setdefault("Cache-Control", "no-cache")
        await send(message)

    return sending
