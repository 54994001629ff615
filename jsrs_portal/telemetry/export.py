"""OpenTelemetry's own machinery; imported only where a collector is configured.

Spans wait in a queue of limited length and leave it in a thread of their own. A collector that is away costs those
spans and a count of them: neither time nor log lines.
"""

import atexit
import logging
import threading
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Tracer

_PATH = "/v1/traces"
_EVERY_MILLISECONDS = 2_000
_MOST_WAITING = 2_048
_SECONDS_PER_EXPORT = 3.0
_SECONDS_AT_THE_END = 2.0

_provider: TracerProvider | None = None
_lost = 0


class _Counted(SpanExporter):
    """Passes spans on and counts those that were not taken."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send ``spans``; whatever goes wrong is a number."""
        global _lost
        try:
            result = self._inner.export(spans)
        except Exception:
            result = SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            _lost += len(spans)
        return result

    def shutdown(self) -> None:
        """Send nothing any more."""
        self._inner.shutdown()


def tracer(endpoint: str, service: str) -> Tracer:
    """Return a tracer whose spans go to the collector at ``endpoint``."""
    global _provider
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    address = endpoint.rstrip("/")
    exporter = OTLPSpanExporter(
        endpoint=address if address.endswith(_PATH) else address + _PATH, timeout=_SECONDS_PER_EXPORT
    )
    _provider = TracerProvider(resource=Resource({"service.name": service}), shutdown_on_exit=False)
    _provider.add_span_processor(
        BatchSpanProcessor(_Counted(exporter), max_queue_size=_MOST_WAITING, schedule_delay_millis=_EVERY_MILLISECONDS)
    )
    atexit.register(stop)
    return _provider.get_tracer("jsrs_portal")


def stop() -> None:
    """Send what is waiting; a collector that does not answer keeps nobody from ending."""
    global _provider
    ended, _provider = _provider, None
    if ended is not None:
        thread = threading.Thread(target=ended.force_flush, name="last-traces", daemon=True)
        thread.start()
        thread.join(_SECONDS_AT_THE_END)


def flush() -> None:
    """Send what is waiting; takes as long as the collector does."""
    if _provider is not None:
        _provider.force_flush()


def lost() -> int:
    """Return how many spans were not taken."""
    return _lost
