"""A portal of these tests' own: with a token for metrics, a collector of traces, and little patience."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.collector import Collector, collector
from tests.support.portal import Portal

TOKEN = "metrics-token-of-these-tests"
PATIENCE = 3


@pytest.fixture(scope="package")
def traces() -> Iterator[Collector]:
    """Where server and worker send their traces."""
    with collector() as made:
        yield made


@pytest.fixture(scope="package")
def watched(portal: Portal, traces: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The running portal, in the place of the one that the other tests share."""
    portal.stop()
    extra = {
        "JSRS_METRICS_TOKEN": TOKEN,
        "JSRS_OTEL_ENDPOINT": traces.url,
        "JSRS_OTEL_SERVICE_NAME": "watched-hall",
        "JSRS_EVENT_DEADLINE": str(PATIENCE),
    }
    running = Portal(Path(tmp_path_factory.mktemp("watched")), extra=extra)
    running.prepare()
    try:
        running.start()
        yield running
    finally:
        running.stop()
        portal.start()
