"""A small collector of traces: OTLP over HTTP in a thread, which keeps what it is sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Received:
    """One span as it arrived."""

    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    failed: bool
    events: int


@dataclass
class Collector:
    """What has arrived so far; ``status`` is what it answers."""

    url: str = ""
    service: str = ""
    status: int = 200
    paths: set[str] = field(default_factory=set)
    spans: list[Received] = field(default_factory=list)
    raw: bytes = b""

    def named(self, name: str) -> list[Received]:
        """Return the spans with this name."""
        return [span for span in self.spans if span.name == name]

    def one(self, name: str) -> Received:
        """Return the only span with this name."""
        (found,) = self.named(name)
        return found

    def wait_for(self, name: str, seconds: float = 10) -> Received:
        """Wait until a span with this name has arrived, and return the newest."""
        until = monotonic() + seconds
        while not self.named(name):
            if monotonic() > until:
                raise TimeoutError(f"no span {name!r} among {sorted({span.name for span in self.spans})}")
            sleep(0.05)
        return self.named(name)[-1]

    def take(self, path: str, body: bytes) -> None:
        """Keep what was sent."""
        self.paths.add(path)
        self.raw += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.service = next(a.value.string_value for a in resource.resource.attributes if a.key == "service.name")
            for scope in resource.scope_spans:
                self.spans += [_received(span) for span in scope.spans]


def _received(span: Any) -> Received:
    values = {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in span.attributes}
    return Received(
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        attributes=values,
        failed=span.status.code == 2,
        events=len(span.events),
    )


@contextmanager
def collector() -> Iterator[Collector]:
    """Start one on a free port."""
    made = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.take(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
