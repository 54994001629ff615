"""``/metrics`` for Prometheus: counts of what happens and of what waits; no label holds personal data.

Answers only with the bearer token of ``JSRS_METRICS_TOKEN``; without that setting there is no such page. With several
workers each answers for itself, but for the gauges, which come from the database.
"""

import hmac
from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Send

from jsrs_portal import clock, db
from jsrs_portal.access.policies import public
from jsrs_portal.models.drafts import Draft
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.work import Heartbeat, MessageState, OutboxMessage
from jsrs_portal.services import audit
from jsrs_portal.settings import get_settings

REGISTRY = CollectorRegistry()
REQUESTS = Counter("jsrs_requests_total", "HTTP requests of our own routes", ["route", "status"], registry=REGISTRY)
SOCKETS = Gauge("jsrs_websockets", "open websockets of this worker", registry=REGISTRY)
SOCKETS_REFUSED = Counter(
    "jsrs_websockets_refused_total", "websockets refused or closed", ["reason"], registry=REGISTRY
)
ANSWER_SECONDS = Histogram("jsrs_answer_seconds", "time to answer a request of our own routes", registry=REGISTRY)
_WAITING = Gauge("jsrs_outbox", "messages by state", ["state"], registry=REGISTRY)
_SESSIONS = Gauge("jsrs_sessions", "living signed-in sessions", registry=REGISTRY)
_DRAFTS = Gauge("jsrs_drafts", "drafts kept", registry=REGISTRY)
_UNSEALED = Gauge("jsrs_audit_unsealed", "audit entries waiting to be sealed", registry=REGISTRY)
_WORKER_AGE = Gauge("jsrs_worker_silent_seconds", "seconds since the worker's last sign of life", registry=REGISTRY)


def counted(route: str, send: Send) -> Send:
    """Return ``send``, counting the answer's status under ``route`` (its pattern, never the address asked for)."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            REQUESTS.labels(route, message["status"]).inc()
        await send(message)

    return sending


async def _measure(now: datetime) -> None:
    """Read the gauges from the database: five queries, whatever its size."""
    async with db.reading() as session:
        by_state = select(col(OutboxMessage.state), func.count()).group_by(col(OutboxMessage.state))
        found = {state: count for state, count in (await session.execute(by_state)).all()}
        living = select(func.count()).where(col(UserSession.ended_at).is_(None), col(UserSession.expires_at) > now)
        _SESSIONS.set((await session.execute(living)).scalar_one())
        _DRAFTS.set((await session.execute(select(func.count()).select_from(Draft))).scalar_one())
        _UNSEALED.set(await audit.count_unsealed(session))
        beat = (await session.execute(select(func.max(Heartbeat.beat_at)))).scalar_one_or_none()
    for state in MessageState:
        _WAITING.labels(state).set(found.get(state, 0))
    _WORKER_AGE.set((now - beat).total_seconds() if beat else -1)


@public()
async def metrics(request: Request) -> Response:
    """``GET /metrics`` with ``Authorization: Bearer <token>``; anything else is told that there is nothing."""
    token = get_settings().metrics_token.get_secret_value()
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        return PlainTextResponse("Not Found", status_code=404)
    await _measure(clock.now())
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})
