"""(e) What a connected session keeps of the server's memory, beside one of a bare app: doing nothing, and working.

Idle: the page is open and filled, nothing more happens. Ours is a signed-in employer's own page, which fills the frame,
the menu and the page itself. Working: ours goes through five pages, and every one of both sends twenty events.
"""

import asyncio
from typing import Any

from bench.clients import Browsers, Tab
from bench.events import BARE, OURS
from bench.people import cookies
from bench.processes import private_kb
from bench.serving import side_by_side

BEFORE, SESSIONS, EVENTS = 50, 200, 20
"""Some are connected before the count begins: the first ones make what all share."""
HOME = "/unit"
PAGES = ("/unit/cases", "/unit/workbench", "/notices", "/services", "/unit/workbench")


async def _settled(pid: int) -> int:
    """Return the memory once it no longer changes much."""
    known = private_kb(pid)
    for _ in range(10):
        await asyncio.sleep(1)
        now = private_kb(pid)
        if abs(now - known) < 64:
            return now
        known = now
    return known


async def _work(tab: Tab, handler: str, pages: tuple[str, ...]) -> None:
    for page in pages:
        await tab.go(page)
    frame = tab.frame(handler)
    for _ in range(EVENTS):
        await tab.round_trip(frame)


async def _kept(
    origin: str, pid: int, handler: str, home: str, pages: tuple[str, ...], signed_in: list[str] | None
) -> dict[str, float]:
    """Return KiB a session of one side, idle and working."""
    async with Browsers(origin) as browsers:
        first = await browsers.tabs(BEFORE, home, signed_in[:BEFORE] if signed_in else None)
        for tab in first:
            await _work(tab, handler, pages)
        before = await _settled(pid)
        tabs = await browsers.tabs(SESSIONS, home, signed_in[BEFORE:] if signed_in else None)
        idle = await _settled(pid)
        for start in range(0, SESSIONS, 10):
            await asyncio.gather(*(_work(tab, handler, pages) for tab in tabs[start : start + 10]))
        active = await _settled(pid)
    return {"idle_kb": round((idle - before) / SESSIONS, 1), "active_kb": round((active - before) / SESSIONS, 1)}


def measure() -> dict[str, Any]:
    """Return both ratios, and what they come from. Neither side's server has served anybody before."""
    with side_by_side() as sides:
        signed_in = asyncio.run(cookies(BEFORE + SESSIONS))
        pid = sides.portal.processes["server"].pid
        bare = asyncio.run(_kept(sides.bare, sides.floor.pid, BARE, "/", (), None))
        ours = asyncio.run(_kept(sides.ours, pid, OURS, HOME, PAGES, signed_in))
    return {
        "idle_memory_ratio": round(ours["idle_kb"] / bare["idle_kb"], 3),
        "active_memory_ratio": round(ours["active_kb"] / bare["active_kb"], 3),
        "memory": {"ours": ours, "bare": bare},
    }
