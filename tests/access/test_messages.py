"""The message of the last action: it stays on the page where it was said, and only there."""

import pytest

from tests.access import people
from tests.access.client import Socket, at
from tests.access.conftest import Cast
from tests.access.handlers import named

pytestmark = pytest.mark.asyncio(loop_scope="session")

HERE, ELSEWHERE = "/my/notices", "/my"
SAID = "没有未读通知。"


async def _call(tab: Socket, handler: str, page: str) -> str:
    await tab.send(named(handler), {}, at(page))
    await tab.settle(page)
    return str(tab.value("shell_state", "message"))


async def test_a_message_said_before_the_page_was_loaded_stays_and_leaves_with_the_page(cast: Cast) -> None:
    """Who presses at once after following a link is answered before the page's own loading has its turn."""
    browser = await people.log_in(cast.portal, cast.roleless, as_person=True)
    async with await browser.tab() as tab:
        await _call(tab, "ShellState.load", ELSEWHERE)
        await _call(tab, "NoticesState.read_all", HERE)
        assert await _call(tab, "NoticesState.read_all", HERE) == SAID
        assert await _call(tab, "ShellState.load", HERE) == SAID
        assert await _call(tab, "ShellState.load", ELSEWHERE) == ""
        assert await _call(tab, "ShellState.load", HERE) == ""
