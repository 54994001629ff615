"""What all tests share: the traceability plugin, the portal, databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import servers
from tests.support.portal import Portal

pytest_plugins = ["tests.traceability"]


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL for the session: its URL without a database's name."""
    with servers.postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The running product with a SQLite of its own, shared by the browser and access tests."""
    running = Portal(Path(tmp_path_factory.mktemp("portal")))
    running.prepare()
    try:
        running.start()
        yield running
    finally:
        running.stop()
