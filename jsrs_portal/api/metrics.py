"""``/metrics`` for Prometheus: counts of what happens and of what waits; no label holds personal data.

Answers only with the bearer token of ``JSRS_METRICS_TOKEN``; without that setting there is no such page. With several
workers each answers for itself, but for the gauges, which come from the database.
"""

import hmac
from datetime import datetime
from functools import lru_cache

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Send

from jsrs_portal import clock, db, file_store, telemetry
from jsrs_portal.access.policies import public
from jsrs_portal.deadlines import within
from jsrs_portal.domain.cases import FileState
from jsrs_portal.gateways import BreakerState, gateways_here
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.cases import CaseFile
from jsrs_portal.models.drafts import Draft
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.work import Heartbeat, MessageState, OutboxMessage
from jsrs_portal.services import audit, limits
from jsrs_portal.settings import get_settings

SECONDS_TO_MEASURE = 5.0
REGISTRY = CollectorRegistry()
REQUESTS = Counter("jsrs_requests_total", "HTTP requests of our own routes", ["route", "status"], registry=REGISTRY)
SOCKETS = Gauge("jsrs_websockets", "open websockets of this worker", registry=REGISTRY)
SOCKETS_REFUSED = Counter(
    "jsrs_websockets_refused_total", "websockets refused or closed", ["reason"], registry=REGISTRY
)
ANSWER_SECONDS = Histogram("jsrs_answer_seconds", "time to answer a request of our own routes", registry=REGISTRY)
EVENTS = Counter(
    "jsrs_events_total", "websocket events by what became of them", ["handler", "outcome"], registry=REGISTRY
)
EVENT_SECONDS = Histogram(
    "jsrs_event_seconds", "time to handle a websocket event, waiting for its turn included", registry=REGISTRY
)
EVENTS_OF = lru_cache(maxsize=4096)(EVENTS.labels)
"""The counter of a handler and an outcome, found again without a lock for every event."""
_WAITING = Gauge("jsrs_outbox", "messages by state", ["state"], registry=REGISTRY)
_SESSIONS = Gauge("jsrs_sessions", "living signed-in sessions", registry=REGISTRY)
_DRAFTS = Gauge("jsrs_drafts", "drafts kept", registry=REGISTRY)
_UNSEALED = Gauge("jsrs_audit_unsealed", "audit entries waiting to be sealed", registry=REGISTRY)
_AUDIT_AGE = Gauge("jsrs_audit_oldest_seconds", "age of the oldest entry not archived yet", registry=REGISTRY)
_WORKER_AGE = Gauge("jsrs_worker_silent_seconds", "seconds since the worker's last sign of life", registry=REGISTRY)
_DUTY_AGE = Gauge(
    "jsrs_duty_silent_seconds", "seconds since a duty of the worker was last done", ["duty"], registry=REGISTRY
)
_BREAKER = Gauge(
    "jsrs_outside_breaker",
    "of an outside system in this process: 0 closed, 1 half open, 2 open",
    ["system"],
    registry=REGISTRY,
)
_FAILURES = Gauge(
    "jsrs_outside_failures_in_a_row",
    "failed calls to an outside system since the last that succeeded",
    ["system"],
    registry=REGISTRY,
)
_FILES = Gauge("jsrs_case_files", "files of cases by state", ["state"], registry=REGISTRY)
_SCANNING = Gauge("jsrs_files_scanned", "whether uploaded files are scanned: 1 or 0", registry=REGISTRY)
_ROOM = Gauge("jsrs_files_free_bytes", "what uploads may still use of their disk", registry=REGISTRY)
_TRACES_LOST = Gauge("jsrs_traces_lost", "spans the collector of traces did not take", registry=REGISTRY)
_BREAKER_STATES = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}


def counted(route: str, send: Send) -> Send:
    """Return ``send``, counting the answer's status under ``route`` (its pattern, never the address asked for)."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            REQUESTS.labels(route, message["status"]).inc()
        await send(message)

    return sending


_SMS_CAP = Gauge("jsrs_sms_cap_used", "share of the cap of all messages that is used", ["cap"], registry=REGISTRY)


async def _measure_files() -> None:
    _SCANNING.set(1 if get_settings().clamd_host else 0)
    try:
        _ROOM.set(await file_store.free_bytes())
    except OSError:
        _ROOM.set(-1)


async def _measure(now: datetime) -> None:
    """Read the gauges from the database: eight queries, whatever its size."""
    async with db.reading() as session:
        for cap, share in (await limits.sms_cap_used(session, now=now)).items():
            _SMS_CAP.labels(cap).set(share)
        by_state = select(col(OutboxMessage.state), func.count()).group_by(col(OutboxMessage.state))
        found = {state: count for state, count in (await session.execute(by_state)).all()}
        living = select(func.count()).where(col(UserSession.ended_at).is_(None), col(UserSession.expires_at) > now)
        _SESSIONS.set((await session.execute(living)).scalar_one())
        _DRAFTS.set((await session.execute(select(func.count()).select_from(Draft))).scalar_one())
        _UNSEALED.set(await audit.count_unsealed(session))
        sealed = select(col(AuditEntry.created_at)).where(col(AuditEntry.position).is_not(None))
        first = (await session.execute(sealed.order_by(col(AuditEntry.position)).limit(1))).scalar_one_or_none()
        files = select(col(CaseFile.state), func.count()).group_by(col(CaseFile.state))
        kept = {state: count for state, count in (await session.execute(files)).all()}
        beats = (await session.execute(select(col(Heartbeat.name), col(Heartbeat.beat_at)))).all()
    for state in FileState:
        _FILES.labels(state).set(kept.get(state, 0))
    for state in MessageState:
        _WAITING.labels(state).set(found.get(state, 0))
    _AUDIT_AGE.set((now - first).total_seconds() if first else 0)
    _measure_worker({name: at for name, at in beats}, now)


def _measure_worker(beats: dict[str, datetime], now: datetime) -> None:
    alive = beats.pop("worker", None)
    _WORKER_AGE.set((now - alive).total_seconds() if alive else -1)
    for name, at in beats.items():
        _DUTY_AGE.labels(name.partition(".")[2]).set((now - at).total_seconds())


def _measure_here() -> None:
    """Read the gauges of this process: its breakers, its traces."""
    for name, known in gateways_here().health().items():
        _BREAKER.labels(name).set(_BREAKER_STATES[known.state])
        _FAILURES.labels(name).set(known.consecutive_failures)
    _TRACES_LOST.set(telemetry.lost())


@public()
async def metrics(request: Request) -> Response:
    """``GET /metrics`` with ``Authorization: Bearer <token>``; anything else is told that there is nothing."""
    token = get_settings().metrics_token.get_secret_value()
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        return PlainTextResponse("Not Found", status_code=404)
    await within(SECONDS_TO_MEASURE, _measure(clock.now()))
    await within(SECONDS_TO_MEASURE, _measure_files())
    _measure_here()
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})
