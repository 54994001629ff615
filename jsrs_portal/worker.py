"""The worker: delivers the outbox, clears away what has expired, shows that it is alive. A process of its own.

Every duty has a deadline and is done in a task of its own, so one that hangs keeps neither the sign of life nor the
others waiting. The sign of life says when each duty was last done, so one that hangs is seen all the same.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.dialects import postgresql, sqlite

from jsrs_portal import clock, db, telemetry
from jsrs_portal.deadlines import within
from jsrs_portal.gateways import Gateways, build_gateways
from jsrs_portal.gateways.ca.directory import require_trust
from jsrs_portal.models.work import Heartbeat
from jsrs_portal.production import require_ready
from jsrs_portal.services import audit
from jsrs_portal.services.account_closing import close_accounts
from jsrs_portal.services.ca_lists import refresh_lists
from jsrs_portal.services.case_endings import tend_cases
from jsrs_portal.services.case_export_making import make_case_exports
from jsrs_portal.services.case_file_checks import look_again, sweep
from jsrs_portal.services.data_export import make_exports
from jsrs_portal.services.grant_expiry import announce_endings
from jsrs_portal.services.outbox import deliver_one
from jsrs_portal.services.parcel_tracking import tend_parcels
from jsrs_portal.services.result_making import make_results
from jsrs_portal.services.retention import clear_away
from jsrs_portal.settings import get_settings

log = structlog.get_logger("jsrs_portal.worker")  # run as a module, it is called __main__

NAME = "worker"
PAUSE = 0.25
DELIVER_EVERY = timedelta(seconds=0.5)
DELIVER_FOR = 20.0
"""Seconds after which no further message is begun; the deadline of the duty is for one that hangs."""
MOST_AT_ONCE = 20
BEAT_EVERY = timedelta(seconds=5)
CLEAR_EVERY = timedelta(minutes=1)
ENDINGS_EVERY = timedelta(minutes=1)
EXPORTS_EVERY = timedelta(seconds=2)
CASES_EVERY = timedelta(minutes=1)
CLOSINGS_EVERY = timedelta(minutes=1)
SEAL_EVERY = timedelta(seconds=1)
FILES_EVERY = timedelta(minutes=1)
PARCELS_EVERY = timedelta(seconds=5)
LISTS_EVERY = timedelta(seconds=15)
"""Only what is due is asked for; what could not be fetched is asked for again."""


async def beat(done: Mapping[str, datetime] | None = None) -> None:
    """Write the sign of life that ``/_health`` looks for, and when each duty was last ``done``: one statement."""
    at = {NAME: clock.now(), **{f"{NAME}.{duty}": when for duty, when in (done or {}).items()}}
    async with db.unit_of_work() as session:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        rows = insert(Heartbeat).values([{"name": name, "beat_at": when} for name, when in sorted(at.items())])
        fresh = {"beat_at": rows.excluded.beat_at}
        await session.execute(rows.on_conflict_do_update(index_elements=["name"], set_=fresh))


async def seal_audit() -> None:
    """Seal the audit entries committed since the last time."""
    async with db.reading() as session:
        if not await audit.count_unsealed(session):
            return
    async with db.unit_of_work() as session:
        position, seal = await audit.seal_entries(session)
    # Kept apart from the database, it anchors the chain: ``jsrs audit verify --anchor``.
    log.info("audit.sealed", position=position, seal=seal[: audit.SHORTEST_ANCHOR])


async def deliver_all(gateways: Gateways) -> None:
    """Deliver everything that is due, at most so much that others get their turn."""
    until = time.monotonic() + DELIVER_FOR
    for _ in range(MOST_AT_ONCE):
        if not await deliver_one(gateways) or time.monotonic() > until:
            return


async def fetch_lists(gateways: Gateways) -> None:
    """Fetch the CAs' revocation lists that are due."""
    await refresh_lists(gateways.ca)


async def tend_files(gateways: Gateways) -> None:
    """Have files scanned that wait for it, and remove what nobody needs."""
    await look_again(gateways.scanner)
    await sweep()


async def make_all_exports() -> None:
    """Make the files that people wait for: the documents of decisions, their own data, and lists of cases."""
    await make_results()
    await make_exports()
    await make_case_exports()


async def tend_shipments(gateways: Gateways) -> None:
    """Order news of parcels, and ask about those that nothing was heard of."""
    await tend_parcels(gateways.courier)


@dataclass
class Duty:
    """Something the worker does again and again, within a deadline; a fault in it ends nothing but this one time."""

    name: str
    every: timedelta
    limit: float
    work: Callable[[], Awaitable[object]]
    due_at: datetime
    done_at: datetime = field(init=False)
    task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        """Give it the benefit of the doubt: a worker that has just begun is not late."""
        self.done_at = self.due_at

    def begin_if_due(self, now: datetime) -> asyncio.Task[None] | None:
        """Begin it when its time has come and the last time is over; the next time counts from now."""
        if now < self.due_at or (self.task is not None and not self.task.done()):
            return None
        self.due_at = now + self.every
        self.task = asyncio.create_task(self._do(), name=f"duty {self.name}")
        return self.task

    async def _do(self) -> None:
        try:
            with telemetry.span(f"duty {self.name}", {telemetry.DUTY: self.name}) as span:
                try:
                    await within(self.limit, self.work())
                except TimeoutError:
                    span.end_as("timeout")
                    raise
            self.done_at = clock.now()
        except Exception as error:
            log.error("worker.duty_failed", duty=self.name, error=type(error).__name__)


def duties_of(gateways: Gateways, now: datetime) -> list[Duty]:
    """Return everything the worker does, with its period and its deadline in seconds."""
    duties: list[Duty] = []

    async def sign() -> None:
        await beat({duty.name: duty.done_at for duty in duties[1:]})

    duties += [
        Duty("beat", BEAT_EVERY, 10, sign, now),
        Duty("deliver", DELIVER_EVERY, 90, partial(deliver_all, gateways), now),
        Duty("seal", SEAL_EVERY, 30, lambda: seal_audit(), now),
        Duty("endings", ENDINGS_EVERY, 120, lambda: announce_endings(), now),
        Duty("exports", EXPORTS_EVERY, 120, lambda: make_all_exports(), now),
        Duty("cases", CASES_EVERY, 200, lambda: tend_cases(), now),
        Duty("closings", CLOSINGS_EVERY, 120, lambda: close_accounts(), now),
        Duty("parcels", PARCELS_EVERY, 200, partial(tend_shipments, gateways), now),
        Duty("lists", LISTS_EVERY, 120, partial(fetch_lists, gateways), now),
        Duty("files", FILES_EVERY, 200, partial(tend_files, gateways), now),
        Duty("clear", CLEAR_EVERY, 120, lambda: clear_away(), now),
    ]
    return duties


def steady_clock() -> Callable[[], datetime]:
    """Return a clock for periods: it goes on evenly when the machine's is put forward or back."""
    began, since = clock.now(), time.monotonic()
    return lambda: began + timedelta(seconds=time.monotonic() - since)


async def run(stop: asyncio.Event) -> None:
    """Work until told to stop; what is being done then is finished if it takes no longer than two seconds."""
    telemetry.start(get_settings())
    now = steady_clock()
    duties = duties_of(build_gateways(get_settings()), now())
    while not stop.is_set():
        begun = [task for duty in duties if (task := duty.begin_if_due(now()))]
        if begun:
            await asyncio.wait(begun, timeout=PAUSE)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), PAUSE)
    open_tasks = [duty.task for duty in duties if duty.task is not None and not duty.task.done()]
    if open_tasks:
        await asyncio.wait(open_tasks, timeout=2)
    await db.close_engine()
    telemetry.stop()


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    require_ready(get_settings())
    require_trust(get_settings())
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await run(stop)


if __name__ == "__main__":
    from jsrs_portal.logs import configure

    configure()
    asyncio.run(main())
