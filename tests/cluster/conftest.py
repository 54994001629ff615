"""Two servers that share PostgreSQL and Redis, behind a balancer on the portal's port."""

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.access.conftest import Cast, register_cast
from tests.e2e.browser import chromium
from tests.support import servers
from tests.support.balancer import Balancer
from tests.support.portal import PORT, Portal
from tests.traceability import count_if_passed

SERVERS = {"server-1": PORT + 10, "server-2": PORT + 11}


@dataclass
class Cluster(Portal):
    """The product on two servers; browsers know only the balancer's address."""

    redis: str = ""
    balancer: Balancer = field(default_factory=lambda: Balancer(PORT, list(SERVERS.values())))

    @property
    def names(self) -> tuple[str, ...]:
        """Both servers, one worker, the outside systems."""
        return ("sandbox", *SERVERS, "worker")

    def environment_of(self, name: str) -> dict[str, str]:
        """A server listens on a port of its own and is reached by the balancer's address."""
        if name not in SERVERS:
            return self.environment
        own = {"PORT": str(SERVERS[name]), "JSRS_PUBLIC_URL": self.origin, "JSRS_SANDBOX_PORT": str(PORT + 1)}
        return self.environment | own

    def wait(self, seconds: float = 60) -> None:
        """Wait until every server that was started answers that all is well."""
        addresses = [f"http://127.0.0.1:{port}" for name, port in SERVERS.items() if name in self.processes]
        end = time.monotonic() + seconds
        for address in (self.sandbox, *(addresses if "worker" in self.processes else ())):
            while not _answers(f"{address}/_health"):
                assert time.monotonic() < end, f"{address} does not become healthy:\n{self.log[-3000:]}"
                time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="package")
def shared(postgresql_url: str) -> Iterator[dict[str, str]]:
    """A database and a Redis of this package's own, as settings."""
    with (
        servers.redis() as redis_url,
        psycopg.connect(postgresql_url.replace("+psycopg", "") + "/postgres", autocommit=True) as connection,
    ):
        connection.execute("CREATE DATABASE cluster")
        yield {"JSRS_DATABASE_URL": f"{postgresql_url}/cluster", "JSRS_REDIS_URL": redis_url}
        connection.execute("DROP DATABASE cluster WITH (FORCE)")


@pytest.fixture(scope="package")
def cluster(portal: Portal, shared: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The running cluster, in the place of the portal that the other tests share."""
    portal.stop()
    running = Cluster(Path(tmp_path_factory.mktemp("cluster")), extra=dict(shared), redis=shared["JSRS_REDIS_URL"])
    running.prepare()
    try:
        with running.balancer:
            running.start()
            yield running
    finally:
        running.stop()
        portal.start()


@pytest.fixture(scope="package")
def cast(cluster: Cluster) -> Cast:
    """The people of the access tests, registered here too."""
    return register_cast(cluster)


@pytest.fixture(autouse=True)
def _afresh(request: pytest.FixtureRequest, cluster: Cluster) -> None:
    """Both servers run, the balancer takes turns, nobody is throttled; a test that passes has passed on Redis."""
    missing = [n for n in cluster.names if n not in cluster.processes or cluster.processes[n].poll() is not None]
    if missing:
        cluster.start(*missing)
    cluster.balancer.only = None
    cluster.database.change("DELETE FROM counters")
    count_if_passed(request, "tests_redis")


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, one for these tests."""
    async with chromium() as found:
        yield found
