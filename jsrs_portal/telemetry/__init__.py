"""Traces for OpenTelemetry, of our own making: few spans, and attributes from a closed list.

Automatic instrumentation would record addresses with tickets in them and statements with values. So a span says what
kind of thing was done (which route, handler, outside system, duty), how it ended and how many statements it took, and
nothing about anybody. Without ``JSRS_OTEL_ENDPOINT`` a span costs a comparison, and no package of OpenTelemetry is
imported.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

from jsrs_portal import HELD_BACK
from jsrs_portal.settings import Settings

ROUTE, METHOD, STATUS = "http.route", "http.request.method", "http.response.status_code"
HANDLER, DUTY = "jsrs.handler", "jsrs.duty"
SYSTEM, OPERATION, FAILURE = "jsrs.outside.system", "jsrs.outside.operation", "jsrs.outside.failure"
OUTCOME, STATEMENTS, ERROR = "jsrs.outcome", "jsrs.db.statements", "error.type"
ALLOWED = frozenset({ROUTE, METHOD, STATUS, HANDLER, DUTY, SYSTEM, OPERATION, FAILURE, OUTCOME, STATEMENTS, ERROR})
"""The attributes a span may have. Every other one is left out, whoever sets it."""

_NAME = re.compile(r"(?!.*\d{5})[A-Za-z/_][\w.:/{}-]{0,99}", re.ASCII)
"""What a text may be: a name out of our own source. Digits in a row are somebody's number."""

_HERE = object()
Value = str | int
_tracer: Any = None
_statements: ContextVar[list[int] | None] = ContextVar("statements", default=None)


def allowed(attributes: Mapping[str, Value]) -> dict[str, Value]:
    """Return what of ``attributes`` may be recorded."""
    return {key: value for key, value in attributes.items() if key in ALLOWED and _harmless(value)}


def _harmless(value: Value) -> bool:
    return _NAME.fullmatch(value) is not None if isinstance(value, str) else abs(value) < 100_000


class Span:
    """One thing that is being done; without a collector, nothing."""

    def __init__(self, inner: Any = None) -> None:
        """Wrap OpenTelemetry's span, if there is one."""
        self._inner = inner
        self.outcome = ""

    def set(self, key: str, value: Value) -> None:
        """Add an attribute, if it is an allowed one."""
        if self._inner is not None:
            for name, kept in allowed({key: value}).items():
                self._inner.set_attribute(name, kept)

    def end_as(self, outcome: str) -> None:
        """Say how it ended, where that is neither "ok" nor an exception: "refused", for one."""
        self.outcome = outcome


_NOTHING = Span()
_OFF = nullcontext(_NOTHING)


def on() -> bool:
    """Tell whether traces are kept in this process."""
    return _tracer is not None


def start(settings: Settings) -> None:
    """Begin to export traces, if the settings name a collector; call it once per process, before anything is done."""
    global _tracer
    if settings.otel_endpoint and _tracer is None:
        for name in HELD_BACK:
            if sys.modules.get(name, _HERE) is None:
                del sys.modules[name]
        from jsrs_portal.telemetry import export

        _tracer = export.tracer(settings.otel_endpoint, settings.otel_service_name)


def stop() -> None:
    """Send what is waiting, within two seconds, and keep no more traces in this process."""
    global _tracer
    if _tracer is not None:
        from jsrs_portal.telemetry import export

        _tracer = None
        export.stop()


def export_now() -> None:
    """Send what is waiting at once, and wait for it; for tests and for the end of short commands."""
    if _tracer is not None:
        from jsrs_portal.telemetry import export

        export.flush()


def lost() -> int:
    """Return how many spans the collector did not take."""
    if _tracer is None:
        return 0
    from jsrs_portal.telemetry import export

    return export.lost()


def span(name: str, attributes: Mapping[str, Value] | None = None) -> AbstractContextManager[Span]:
    """Record what is done in the block: ``name`` and attributes from :data:`ALLOWED`, the outcome, the statements.

    An exception is recorded by its kind only and passes.
    """
    return _OFF if _tracer is None else _recorded(name, attributes or {})


@contextmanager
def _recorded(name: str, attributes: Mapping[str, Value]) -> Iterator[Span]:
    outer, mine = _statements.get(), [0]
    token = _statements.set(mine)
    options = {"record_exception": False, "set_status_on_exception": False}
    try:
        with _tracer.start_as_current_span(name, attributes=allowed(attributes), **options) as inner:
            made = Span(inner)
            try:
                yield made
            except BaseException as error:
                made.outcome = made.outcome or "failed"
                made.set(ERROR, type(error).__name__)
                raise
            finally:
                made.set(OUTCOME, made.outcome or "ok")
                made.set(STATEMENTS, mine[0])
                if made.outcome in ("failed", "timeout"):
                    inner.set_status(_error_status())
    finally:
        _statements.reset(token)
        if outer is not None:
            outer[0] += mine[0]


def _error_status() -> Any:
    from opentelemetry.trace import Status, StatusCode

    return Status(StatusCode.ERROR)


def note_statement() -> None:
    """Count one statement for the span it belongs to."""
    tally = _statements.get()
    if tally is not None:
        tally[0] += 1


def current_ids() -> dict[str, str]:
    """Return trace and span of what is being done, for log lines; empty outside of any."""
    if _tracer is None:
        return {}
    from opentelemetry.trace import get_current_span

    found = get_current_span().get_span_context()
    return {"trace_id": f"{found.trace_id:032x}", "span_id": f"{found.span_id:016x}"} if found.is_valid else {}
