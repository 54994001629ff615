"""The product on two servers with a PostgreSQL, a Redis and a clock that a test may take away, and real work to do."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import psycopg
import pytest
import pytest_asyncio

from jsrs_portal import clock, crypto
from jsrs_portal.domain.cases import FileState
from tests.access import people
from tests.access.client import Refused, Socket, at
from tests.access.handlers import named
from tests.access.people import Browser
from tests.cluster.conftest import SERVERS, Cluster
from tests.e2e.browser import Visitor, chromium, closed
from tests.services.applying import GOOD, WORKER
from tests.support import servers
from tests.support.cases import forget_cases, put_cases
from tests.support.portal import Portal
from tests.support.servers import PostgreSQL, RedisServer
from tests.traceability import browser_evidence

APPLICANT = people.NEIGHBOUR
FAILED = "系统暂时出现故障，您已填写的内容没有丢失，请稍后再试。"
CUT = "网络连接已断开"
"""What a page says by itself while it has no connection (``e2e/test_crash.py``)."""

CONNECTED = 6
"""Seconds in which a server takes a connection, or the page says that it has none."""


@dataclass
class Hall(Cluster):
    """A cluster whose database and Redis are a test's to kill."""

    store: PostgreSQL = field(kw_only=True)
    states: RedisServer = field(kw_only=True)
    clocks: dict[str, dict[str, str]] = field(default_factory=dict)
    """By name: processes that have a clock of their own when they are started next, as settings for it."""

    def environment_of(self, name: str) -> dict[str, str]:
        """The first server serves with two worker processes."""
        own = {"JSRS_WORKERS": "2"} if name == "server-1" else {}
        return super().environment_of(name) | own | self.clocks.get(name, {})

    def health(self, name: str = "server-1") -> tuple[int, dict[str, Any]]:
        """Return what one of the servers says about itself."""
        try:
            answer = httpx.get(f"http://127.0.0.1:{SERVERS[name]}/_health", timeout=10, trust_env=False)
        except httpx.HTTPError as error:
            return 0, {"status": f"no answer: {error}"}
        return answer.status_code, answer.json()

    def until_health(self, seconds: float = 30, names: Sequence[str] = tuple(SERVERS), **said: str) -> dict[str, Any]:
        """Wait until the servers say so of themselves, and return what the last one said."""
        end, found = time.monotonic() + seconds, {}
        for name in names:
            while any(value != (found := self.health(name)[1]).get(key) for key, value in said.items()):
                assert time.monotonic() < end, f"{name} says {found}\n{self.log[-2000:]}"
                time.sleep(0.1)
        return found

    def put_drafts(self, count: int) -> list[str]:
        """Put applications there that have only to be submitted; return their identifiers."""
        made = put_cases(
            self.database,
            mobile=APPLICANT.mobile,
            uscc=APPLICANT.uscc,
            count=count,
            status="DRAFT",
            stage="",
            step="check",
            number=None,
            submitted_at=None,
            handed_in_at=None,
        )
        typed = {"typed": GOOD | {"start_date": f"{clock.today():%Y-%m-%d}"}, "rows": {"workers": [WORKER]}}
        for case_id in made:
            text = json.dumps(typed | {"locked": []}, ensure_ascii=False)
            kept = crypto.encrypt(text, table="case_forms", column="typed_cipher", row=case_id)
            self.database.execute("UPDATE case_forms SET typed_cipher = ? WHERE id = ?", kept, case_id)
            self._put_file(case_id)
        return made

    def _put_file(self, case_id: str) -> None:
        file_id = clock.new_id()
        name = crypto.encrypt("续签.pdf", table="case_files", column="name_cipher", row=file_id)
        self.database.execute(
            "INSERT INTO case_files (id, created_at, case_id, field, person_id, name_cipher, media_type, size, digest,"
            " state, reason, pages, submission) SELECT ?, ?, id, 'renewal_text', person_id, ?, 'application/pdf', 1,"
            " '', ?, '', 1, 0 FROM cases WHERE id = ?",
            *(file_id, clock.now(), name, FileState.STORED, case_id),
        )

    def assert_submitted_once(self, drafts: list[str]) -> None:
        """Every draft is a case with a number of its own, told of once, noted once; and nothing else became one."""
        rows = self.database.rows("SELECT id, number FROM cases WHERE number IS NOT NULL")
        assert sorted(case_id for case_id, _ in rows) == sorted(drafts), "some are missing, or there are others"
        assert len({number for _, number in rows}) == len(drafts)
        for table, column, of in (
            ("case_events", "case_id", "act = 'SUBMIT'"),
            ("audit_entries", "subject", "action = 'case.submit'"),
            ("case_submissions", "case_id", "true"),
        ):
            counted = self.database.rows(f"SELECT {column}, count(*) FROM {table} WHERE {of} GROUP BY {column}")
            often = {one: count for one, count in counted if one in drafts}
            assert often == dict.fromkeys(drafts, 1), table
        series: dict[str, list[int]] = {}
        for _, number in rows:
            series.setdefault(number[:-4], []).append(int(number[-4:]))
        for serials in series.values():
            assert max(serials) - min(serials) + 1 == len(serials), "a number was given to nobody"


@dataclass
class Applicant:
    """Somebody who submits, and tries again when they are told that it did not work or the connection is gone."""

    hall: Hall
    browser: Browser
    patience: float = 25
    """Seconds within which whatever was sent must be answered, or the connection be gone: an event has twenty."""
    heard: list[str] = field(default_factory=list)
    """Why they had to try again, each time: what the page said, or ``CUT``, of which the page itself tells."""

    async def submit(self, case_id: str, seconds: float = 90) -> None:
        """Open the draft and press 「提交」 until its receipt is there."""
        end = time.monotonic() + seconds
        while not await self.try_once(case_id):
            assert time.monotonic() < end, f"{case_id} is not submitted: {self.heard[-10:]}"
            await asyncio.sleep(0.3)

    async def try_once(self, case_id: str) -> bool:
        """Open the draft's page and press 「提交」 once; return whether the receipt came."""
        page = f"/applications/{case_id}"
        try:
            async with await self.browser.tab(patience=CONNECTED) as tab:
                await self._send(tab, named("ApplicationState.load"), None, page)
                if not await self._answered(tab, "loaded"):
                    return False
                if tab.value("application_state", "step") == "receipt":
                    return True
                await self._send(tab, named("ApplicationState.submit"), {"form": {"promise": "yes"}}, page)
                return await self._answered(tab, "receipt")
        except (OSError, aiohttp.ClientError, Refused) as error:
            self.heard.append(f"{CUT} ({type(error).__name__})")
            return False

    async def _send(self, tab: Socket, name: str, payload: object, page: str) -> None:
        if not tab.open:
            raise ConnectionError
        await tab.send(name, payload, at(page))

    async def _answered(self, tab: Socket, name: str) -> bool:
        """Wait for the state's variable; note what came instead. Silence on an open connection is a failure."""

        def said() -> str:
            of_page = [str(tab.value("application_state", one) or "") for one in ("trouble", "errors")]
            return "".join([str(tab.value("shell_state", "message") or ""), *of_page]).replace("[]", "")

        def answered() -> bool:
            value = tab.value("application_state", name)
            return bool(value) and (name != "receipt" or bool(value["number"]))

        await tab.until(lambda: answered() or said() or tab.closed or tab.departures, self.patience)
        if answered():
            return True
        assert said() or tab.closed or tab.departures, f"no answer to {name}: {tab.frames[-5:]}"
        self.heard.append(said() or (CUT if tab.closed else f"to {tab.departures[-1]}"))
        return False


@dataclass
class Load:
    """Several who submit one draft after the other until they are told to end."""

    hall: Hall
    drafts: list[str]
    applicants: list[Applicant]
    pause: float
    """Seconds between two drafts of one of them."""
    over: bool = False
    done: list[str] = field(default_factory=list)
    _work: asyncio.Task[Any] | None = None

    def begin(self) -> None:
        """Let them begin."""
        waiting = iter(self.drafts)

        async def one_after_the_other(applicant: Applicant) -> None:
            while not self.over and (case_id := next(waiting, "")):
                await applicant.submit(case_id)
                self.done.append(case_id)
                await asyncio.sleep(self.pause)

        async def all_of_them() -> None:
            async with asyncio.TaskGroup() as group:
                for applicant in self.applicants:
                    group.create_task(one_after_the_other(applicant))

        self._work = asyncio.create_task(all_of_them())

    @property
    def goes_on(self) -> bool:
        """Whether there is something left to submit."""
        return self._work is not None and not self._work.done()

    async def more(self, count: int = 2) -> None:
        """Wait until so many more are submitted: what happens next happens in the middle."""
        goal = min(len(self.done) + count, len(self.drafts))
        while len(self.done) < goal:
            if not self.goes_on:
                await self.end()
            await asyncio.sleep(0.05)

    async def end(self) -> list[str]:
        """Let them end; each is submitted once, and nothing else. Return what they heard meanwhile."""
        assert self._work is not None
        self.over = True
        await self._work
        self.hall.assert_submitted_once(self.done)
        heard = [words for applicant in self.applicants for words in applicant.heard]
        assert all(words.startswith((CUT, FAILED)) for words in heard), heard
        return heard


def load_of(applicant: Applicant, drafts: int, *, at_once: int = 3, pause: float = 0) -> Load:
    """Return a load on the applicant's hall that has not begun; all are the same person in several windows."""
    them = [Applicant(applicant.hall, Browser(applicant.hall, applicant.browser.cookie)) for _ in range(at_once)]
    return Load(applicant.hall, applicant.hall.put_drafts(drafts), them, pause)


@pytest.fixture(scope="package")
def hall(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """The running cluster, in the place of the portal that other tests share."""
    portal.stop()
    folder = Path(tmp_path_factory.mktemp("faults"))
    try:
        with servers.mortal_postgresql() as store, servers.mortal_redis() as states:
            with psycopg.connect(store.url.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE faults")
            extra = {"JSRS_DATABASE_URL": f"{store.url}/faults", "JSRS_REDIS_URL": states.url}
            extra |= {"JSRS_FILES_DIR": str(folder / "disk"), "JSRS_FILES_RESERVE_MB": "0"}
            running = Hall(folder, extra=extra, redis=states.url, store=store, states=states)
            running.prepare()
            people.enrol(running, people.VICTIM, APPLICANT)
            with running.balancer:
                try:
                    running.start()
                    yield running
                finally:
                    running.stop()
    finally:
        portal.start()


@pytest.fixture
def afresh(hall: Hall) -> Iterator[Hall]:
    """Everything runs, nobody is throttled, there are no cases; what a test took away is there again afterwards."""
    missing = [n for n in hall.names if n not in hall.processes or hall.processes[n].poll() is not None]
    if missing:
        hall.start(*missing)
    hall.balancer.only = None
    hall.database.change("DELETE FROM counters", "DELETE FROM notices", "DELETE FROM outbox")
    forget_cases(hall.database)
    yield hall
    for server in (hall.store, hall.states):
        if not server.running:
            server.start()


@pytest_asyncio.fixture(loop_scope="session")
async def applicant(afresh: Hall) -> Applicant:
    """Somebody who is logged in."""
    return Applicant(afresh, await people.log_in(afresh, APPLICANT))


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(request: pytest.FixtureRequest, applicant: Applicant) -> AsyncIterator[Visitor]:
    """The applicant at a browser."""
    async with chromium() as browser:
        found = await Visitor.arrive(browser, applicant.hall, browser_evidence(request))
        name, _, value = applicant.browser.cookie.partition("=")
        await found.context.add_cookies([{"name": name, "value": value, "url": applicant.hall.origin}])
        yield found
        await closed(found.context)
