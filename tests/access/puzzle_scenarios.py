"""The slider puzzle as a visitor's page calls it (R-2.4.7, R-2.5.6)."""

import asyncio

from jsrs_portal.puzzle_picture import place
from tests.access import people
from tests.access.client import Socket
from tests.access.scenarios import Walk, permitted
from tests.support.hands import even, hand

PAGE = "/login"
_FORM = {"account": "91320000000000000X", "identifier": "13711110009", "password": "Wrong-words-7"}
STATE = "puzzle_state"


async def _asked(walk: Walk, tab: Socket) -> None:
    """Fail until a puzzle is asked for."""
    for _ in range(4):
        await walk.call(tab, "LoginState.submit_unit", {"form": _FORM}, PAGE)
    assert tab.value(STATE, "open") is True
    assert tab.value(STATE, "retry") == "login-unit"


def _target(walk: Walk, tab: Socket) -> int:
    ((seed,),) = walk.cast.portal.database.rows("SELECT seed FROM puzzles WHERE id = ?", tab.value(STATE, "id"))
    return place(seed)[0]


@permitted("PuzzleState.renew", "PuzzleState.answer", "PuzzleState.close")
async def solves_a_puzzle(walk: Walk) -> None:
    """Another picture, a script's answer, an answer after closing, and a right one."""
    browser = await people.visitor(walk.cast.portal)
    async with await browser.tab() as tab:
        await walk.call(tab, "PuzzleState.renew", page=PAGE)
        assert not tab.value(STATE, "id"), "nobody was asked"
        await _asked(walk, tab)
        first = tab.value(STATE, "id")
        await walk.call(tab, "PuzzleState.renew", page=PAGE)
        assert tab.value(STATE, "id") not in ("", first)
        await walk.call(tab, "PuzzleState.answer", {"trail": even(_target(walk, tab))}, PAGE)
        assert tab.value(STATE, "trouble")
        assert tab.value(STATE, "open") is True
        await walk.call(tab, "PuzzleState.close", page=PAGE)
        assert tab.value(STATE, "open") is False
        await walk.call(tab, "LoginState.submit_unit", {"form": _FORM}, PAGE)
        await asyncio.sleep(0.4)  # nobody moves a piece for longer than it is there
        await walk.call(tab, "PuzzleState.answer", {"trail": hand(_target(walk, tab), took=700)}, PAGE)
        assert tab.value(STATE, "solved") == 1
        assert tab.value(STATE, "open") is False


@permitted("PuzzleState.choose_way", "PuzzleState.send_code", "PuzzleState.submit_code")
async def proves_it_by_a_code(walk: Walk) -> None:
    """A code to any phone; a wrong one counts for nothing."""
    browser, mobile = await people.visitor(walk.cast.portal), "13711110019"
    async with await browser.tab() as tab:
        await _asked(walk, tab)
        await walk.call(tab, "PuzzleState.choose_way", {"by_code": True}, PAGE)
        assert tab.value(STATE, "by_code") is True
        await walk.call(tab, "PuzzleState.send_code", {"form": {"puzzle_mobile": "1371"}}, PAGE)
        assert tab.value(STATE, "error").keys() == {"puzzle_mobile"}
        await walk.call(tab, "PuzzleState.send_code", {"form": {"puzzle_mobile": mobile}}, PAGE)
        assert tab.value(STATE, "resend_at")
        code = await people.sms_code(walk.cast.portal, mobile)
        for typed, solved in ((f"{(int(code) + 1) % 1_000_000:06d}", 0), (code, 1)):
            form = {"puzzle_mobile": mobile, "puzzle_code": typed}
            await walk.call(tab, "PuzzleState.submit_code", {"form": form}, PAGE)
            assert (tab.value(STATE, "solved") or 0) == solved
