"""When something of ours breaks: a sentence with a number the log has, and the page goes on working."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.async_api import WebSocketRoute, expect

from jsrs_portal.catalog.demo import DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT
from tests.e2e.browser import Visitor
from tests.e2e.conftest import ServerLog
from tests.e2e.journeys import SOFTWARE, fill_login, fill_unit
from tests.support.database import Database
from tests.support.portal import Portal

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def broken(portal: Portal, server_log: ServerLog) -> Iterator[Database]:
    """A database in which a table is missing that registering and logging in need."""
    server_log.expects("event.failed")
    server_log.expects("duty_failed|round_failed")  # the worker clears that table away once a minute
    database = portal.database
    database.change("ALTER TABLE counters RENAME TO counters_lost")
    yield database
    if database.rows("SELECT 1 FROM sqlite_master WHERE name = 'counters_lost'"):
        database.change("ALTER TABLE counters_lost RENAME TO counters")


async def _says_so(visitor: Visitor, server_log: ServerLog) -> None:
    await visitor.sees("系统暂时出现故障，您已填写的内容没有丢失，请稍后再试。")
    text = await visitor.page.get_by_text("系统暂时出现故障").inner_text()
    number = re.search(r"客服编号 ([0-9A-F]{8})", text)
    assert number, text
    failed = [json.loads(line) for line in server_log.lines if "event.failed" in line]
    assert number[1] in {entry["reference"] for entry in failed}


@pytest.mark.req("R-2.4.4")
async def test_a_failing_login_can_be_repeated(visitor: Visitor, broken: Database, server_log: ServerLog) -> None:
    await visitor.open("/login")
    await fill_login(visitor, DEMO_UNIT.uscc, DEMO_PERSON.mobile, DEMO_PASSWORD)
    await _says_so(visitor, server_log)
    visitor.never_received("OperationalError", "Traceback", "counters")
    broken.change("ALTER TABLE counters_lost RENAME TO counters")
    await expect(visitor.button("登录")).to_be_enabled()
    await visitor.press("登录")
    await visitor.arrived("/unit")
    await visitor.heading("单位主页")


@pytest.mark.req("R-2.2.8")
async def test_a_failing_step_can_be_repeated(visitor: Visitor, broken: Database, server_log: ServerLog) -> None:
    await visitor.open("/register/unit")
    await fill_unit(visitor, SOFTWARE)
    await visitor.press("下一步")
    await _says_so(visitor, server_log)
    broken.change("ALTER TABLE counters_lost RENAME TO counters")
    await expect(visitor.field("单位全称")).to_have_value(SOFTWARE.name)
    await expect(visitor.button("下一步")).to_be_enabled()
    await visitor.press("下一步")
    await visitor.sees("等待扫码")


async def test_a_failure_is_read_out_at_once(visitor: Visitor, broken: Database, server_log: ServerLog) -> None:
    await visitor.open("/login")
    await fill_login(visitor, DEMO_UNIT.uscc, DEMO_PERSON.mobile, DEMO_PASSWORD)
    await _says_so(visitor, server_log)
    await visitor.sees("系统暂时出现故障", inside=visitor.page.get_by_role("alert"))


async def test_a_page_that_was_not_answered_asks_again(visitor: Visitor) -> None:
    """What was lost on the way, or given up with the page before, is sent again without anybody doing anything."""
    lost: list[str] = []

    def through(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def answer(message: str | bytes) -> None:
            if len(lost) < 8 and isinstance(message, str) and message.startswith("42/_event"):
                lost.append(message)
            else:
                route.send(message)

        server.on_message(answer)

    await visitor.page.route_web_socket(re.compile("_event"), through)
    await visitor.page.clock.install()
    await visitor.page.goto("/cities")
    await visitor.until(lambda: lost, "what is lost")
    await visitor.page.wait_for_timeout(1000)
    await expect(visitor.page.locator("main").get_by_role("link", name="南京")).to_have_count(0)
    lost.extend([""] * 8)
    await visitor.page.clock.run_for(11_000)
    await visitor.sees("南京")
