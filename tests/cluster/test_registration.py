"""法人注册 over two servers: requests land on both, one of them dies, and one correct registration is left."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from jsrs_portal.catalog.demo import DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT
from tests.cluster.conftest import SERVERS, Cluster
from tests.e2e.browser import Visitor, closed
from tests.e2e.journeys import (
    ACCOUNT_STEP,
    ARCHIVE,
    COOPERATIVE,
    LAWYERS,
    PASSWORD,
    fill_account,
    fill_unit,
    log_in_unit,
    on_phone,
    unit_number,
)
from tests.e2e.test_crash import CUT_OFF
from tests.support import servers
from tests.support.portal import Portal
from tests.traceability import browser_evidence, count_if_passed

pytestmark = pytest.mark.asyncio(loop_scope="session")
Arrive = Callable[..., Awaitable[Visitor]]
HELD = "html[data-held]"
"""A page without its connection; what is pressed there is not sent, and that is said."""
MADE = (
    "SELECT (SELECT count(*) FROM units WHERE uscc = u.uscc), (SELECT count(*) FROM grants WHERE unit_id = u.id),"
    " (SELECT count(*) FROM consents WHERE unit_id = u.id),"
    " (SELECT count(*) FROM credentials WHERE realm = 'unit:' || u.id) FROM units u WHERE u.uscc = ?"
)


@pytest.fixture(scope="module", autouse=True)
def _for_others(cluster: Cluster) -> Iterator[None]:
    """Take what was registered here away again: the attacks begin registrations of the same units."""
    yield
    units = "SELECT id FROM units WHERE uscc IN ({})".format(
        ", ".join(f"'{u.uscc}'" for u in (ARCHIVE, COOPERATIVE, LAWYERS))
    )
    cluster.database.change(
        *(f"DELETE FROM {table} WHERE unit_id IN ({units})" for table in ("user_sessions", "login_tickets")),
        f"DELETE FROM grant_events WHERE grant_id IN (SELECT id FROM grants WHERE unit_id IN ({units}))",
        *(
            f"DELETE FROM {table} WHERE unit_id IN ({units})"
            for table in ("consents", "grants", "notices", "unit_changes")
        ),
        f"DELETE FROM units WHERE id IN ({units})",
    )


@pytest_asyncio.fixture(loop_scope="session")
async def arrive(request: pytest.FixtureRequest, browser: Browser, cluster: Cluster) -> AsyncIterator[Arrive]:
    """Browsers of this test; what goes wrong in any of them and was not expected fails it."""
    visitors: list[Visitor] = []

    async def arrive(portal: Portal = cluster, **options: Any) -> Visitor:
        visitors.append(await Visitor.arrive(browser, portal, browser_evidence(request), **options))
        visitors[-1].expects(*CUT_OFF)
        return visitors[-1]

    yield arrive
    problems = [problem for visitor in visitors for problem in visitor.problems]
    for visitor in visitors:
        await closed(visitor.context)
    assert not problems, "\n".join(problems)


async def _to_the_other_server(visitor: Visitor, cluster: Cluster) -> int:
    """Cut every connection and let new ones reach only the server that has had fewer; return which that is."""
    port = min(SERVERS.values(), key=lambda server: cluster.balancer.asked[server])
    cluster.balancer.only = port
    heard = len(visitor.frames)
    await asyncio.to_thread(cluster.balancer.cut)
    await visitor.filled(since=heard)
    return port


@pytest.mark.req("R-2.2.6", "R-2.2.8")
async def test_a_registration_whose_steps_land_on_both_servers(arrive: Arrive, cluster: Cluster) -> None:
    """The connection moves to the other server before every step; what was typed and done is there each time."""
    visitor, phone = await arrive(), await arrive()
    used = []
    await visitor.open("/register/unit")
    await fill_unit(visitor, ARCHIVE)
    used.append(await _to_the_other_server(visitor, cluster))
    await visitor.press("下一步")
    await visitor.sees("等待扫码")
    address = await visitor.qr()
    used.append(await _to_the_other_server(visitor, cluster))
    await visitor.sees("等待扫码")
    await on_phone(phone, address)
    await visitor.field(ACCOUNT_STEP).wait_for()
    used.append(await _to_the_other_server(visitor, cluster))
    await fill_account(visitor, phone, "13805157001")
    used.append(await _to_the_other_server(visitor, cluster))
    await expect(visitor.field(ACCOUNT_STEP)).to_have_value("13805157001")
    await visitor.press("提交注册")
    await unit_number(visitor)
    assert set(used) == set(SERVERS.values())
    visitor.stored([(1, 1, 1, 1)], MADE, ARCHIVE.uscc)

    used.append(await _to_the_other_server(visitor, cluster))
    await log_in_unit(visitor, ARCHIVE.uscc, "13805157001", PASSWORD)
    await _to_the_other_server(visitor, cluster)
    await visitor.reload()
    await visitor.sees(ARCHIVE.name)


@pytest.mark.req("R-2.2.6", "R-2.2.8")
async def test_a_server_that_dies_in_the_middle_loses_nothing(arrive: Arrive, cluster: Cluster) -> None:
    """The server that holds the page is killed without warning while it submits; the other one finishes."""
    visitor, phone = await arrive(), await arrive()
    cluster.balancer.only = SERVERS["server-1"]
    await visitor.open("/register/unit")
    await fill_unit(visitor, COOPERATIVE)
    await visitor.press("下一步")
    await visitor.sees("等待扫码")
    await on_phone(phone, await visitor.qr())
    await visitor.field(ACCOUNT_STEP).wait_for()
    await fill_account(visitor, phone, "13805157002")
    code = await visitor.field("短信验证码").input_value()
    await visitor.button("提交注册").click(no_wait_after=True)
    await asyncio.to_thread(cluster.kill, "server-1")
    cluster.balancer.only = SERVERS["server-2"]
    await visitor.reload()
    again, done = visitor.field(ACCOUNT_STEP), visitor.page.get_by_text("单位账户已开通")
    await expect(again.or_(done)).to_be_visible()
    if await again.is_visible():
        await visitor.fill(手机号="13805157002", 短信验证码=code, 密码=PASSWORD, 确认密码=PASSWORD)
        await visitor.press("提交注册")
    await unit_number(visitor)
    visitor.stored([(1, 1, 1, 1)], MADE, COOPERATIVE.uscc)


@pytest.mark.req("R-2.4.4")
async def test_a_server_that_dies_ends_nobodys_session(arrive: Arrive, cluster: Cluster) -> None:
    """Somebody at work notices a moment's interruption, and is still logged in on the other server."""
    visitor = await arrive()
    cluster.balancer.only = SERVERS["server-2"]
    await log_in_unit(visitor, DEMO_UNIT.uscc, DEMO_PERSON.mobile, DEMO_PASSWORD)
    await asyncio.to_thread(cluster.kill, "server-2")
    heard = len(visitor.frames)
    cluster.balancer.only = SERVERS["server-1"]
    await visitor.filled(since=heard)  # by itself
    await visitor.follow("单位信息", "/unit/info")
    await visitor.sees(DEMO_UNIT.uscc)


# One server with two worker processes


@pytest.fixture
def two_workers(cluster: Cluster, shared: dict[str, str], tmp_path: Path) -> Any:
    """One machine with ``JSRS_WORKERS=2`` in the cluster's place, on the same database."""
    cluster.stop()
    running = Portal(tmp_path, extra={**shared, "JSRS_WORKERS": "2"})
    cluster.balancer.__exit__()
    with servers.port_freed(int(running.origin.rpartition(":")[2])):
        running.start()
    try:
        yield running
    finally:
        running.stop()
        cluster.balancer.__enter__()
        cluster.start()


def _workers_of(portal: Portal) -> list[int]:
    """Return the process ids of the server's workers: its children that serve."""
    found = subprocess.run(
        ["ps", "--ppid", str(portal.processes["server"].pid), "-o", "pid=,args="], capture_output=True, text=True
    )
    return [int(line.split()[0]) for line in found.stdout.splitlines() if "resource_tracker" not in line]


async def _connected_again(visitor: Visitor) -> None:
    """Wait until a page whose worker has just ended has another; it may take a moment to notice at all."""
    await visitor.page.wait_for_timeout(1500)
    await expect(visitor.page.locator(HELD)).to_have_count(0)


@pytest.mark.req("R-2.2.6", "R-2.2.8")
async def test_a_worker_killed_in_the_middle_is_replaced(
    request: pytest.FixtureRequest, arrive: Arrive, two_workers: Portal
) -> None:
    """Each worker is killed once between the steps; the page reconnects by itself and goes on."""
    count_if_passed(request, "tests_redis")
    visitor, phone = await arrive(two_workers), await arrive(two_workers)
    first, second = _workers_of(two_workers)
    await visitor.open("/register/unit")
    await fill_unit(visitor, LAWYERS)
    os.kill(first, signal.SIGKILL)
    await visitor.until(lambda: len(set(_workers_of(two_workers)) - {first}) == 2, "another worker")
    await _connected_again(visitor)
    await visitor.press("下一步")
    await visitor.sees("等待扫码")
    await on_phone(phone, await visitor.qr())
    await visitor.field(ACCOUNT_STEP).wait_for()
    os.kill(second, signal.SIGKILL)
    await visitor.until(lambda: len(set(_workers_of(two_workers)) - {first, second}) == 2, "another worker")
    await _connected_again(visitor)
    await fill_account(visitor, phone, "13805157003")
    await visitor.press("提交注册")
    await unit_number(visitor)
    visitor.stored([(1, 1, 1, 1)], MADE, LAWYERS.uscc)
