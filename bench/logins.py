"""(b) Logins a second, from the form that is sent to the session that is open, over bare comparisons by bcrypt.

Both at the same cost, the one by the portal, the other in threads of this process; one at a time and three at once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import bcrypt

from bench.clients import Browsers, Tab, forwarded
from bench.serving import side_by_side
from bench.timing import worst
from jsrs_portal.catalog.demo import DEMO_ADMIN, DEMO_AGENT, DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT, DemoPerson

COST = 12
AT_ONCE = (1, 3)
"""Each is somebody else: several tries at once at one password would be asked for a puzzle."""
ROUNDS, EACH = 4, 3
_SUBMIT = "jsrs_portal___state___login____login_state.submit_unit"
_TICKET = "/session/open?"
_PEOPLE = (DEMO_PERSON, DEMO_ADMIN, DEMO_AGENT)


class Visitor:
    """A browser on the login page, which is known from its first login on."""

    def __init__(self, browsers: Browsers, tab: Tab, cookie: str, form: dict[str, str], address: str) -> None:
        """Send ``form`` from ``tab``."""
        self.tab = tab
        self._browsers, self._cookie, self._address = browsers, cookie, address
        self._frame = tab.frame(_SUBMIT, {"form": form})

    @classmethod
    async def arrive(cls, browsers: Browsers, form: dict[str, str], address: str = "") -> "Visitor":
        """Open the login page at ``address``; ``form`` is what will be typed: account, identifier, password."""
        cookie = await browsers.visit("/login", address)
        return cls(browsers, await browsers.tab("/login", cookie, address), cookie, form, address)

    async def log_in(self) -> None:
        """Send the form and fetch the session; the tab stays a visitor's, so that it may log in again."""
        told = await self.tab.round_trip(self._frame, _TICKET)
        path = _TICKET + told.partition(_TICKET)[2].partition('"')[0]
        address, headers = self._browsers.origin + path, {"Cookie": self._cookie, **forwarded(self._address)}
        async with self._browsers.http.get(address, headers=headers, allow_redirects=False) as answer:
            leads_to = answer.headers.get("location", "")
            if answer.status != 303 or leads_to.startswith("/login"):
                raise RuntimeError(f"the login was refused: {answer.status} {leads_to}")
            device = next((one for name, one in answer.cookies.items() if name.endswith("-device")), None)
        if device is not None and device.key not in self._cookie:
            self._cookie += f"; {device.key}={device.value}"


def _form(person: DemoPerson) -> dict[str, str]:
    return {"account": DEMO_UNIT.uscc, "identifier": person.mobile, "password": DEMO_PASSWORD}


async def _rate(works: list[Callable[[], Awaitable[object]]], each: int) -> float:
    """Return how many a second are done when each of ``works`` is done ``each`` times, all at once."""

    async def repeated(work: Callable[[], Awaitable[object]]) -> None:
        for _ in range(each):
            await work()

    began = time.perf_counter()
    await asyncio.gather(*(repeated(work) for work in works))
    return len(works) * each / (time.perf_counter() - began)


async def compared(origin: str) -> dict[str, dict[str, float]]:
    """Return the rates of both for every number at once."""
    typed = b"x" * 44
    stored = bcrypt.hashpw(typed, bcrypt.gensalt(COST))

    async def compare() -> bool:
        return await asyncio.to_thread(bcrypt.checkpw, typed, stored)

    found: dict[str, dict[str, float]] = {}
    async with Browsers(origin) as browsers:
        visitors = [await Visitor.arrive(browsers, _form(one)) for one in _PEOPLE]
        for visitor in visitors:
            await visitor.log_in()
        for number in AT_ONCE:
            rates: tuple[list[float], list[float]] = ([], [])
            for _ in range(ROUNDS):
                rates[0].append(await _rate([one.log_in for one in visitors[:number]], EACH))
                rates[1].append(await _rate([compare] * number, EACH))
            own, bare = (sum(one) / len(one) for one in rates)
            found[str(number)] = {
                "per_second": round(own, 2),
                "bare_per_second": round(bare, 2),
                "ratio": round(own / bare, 3),
            }
    return found


def measure() -> dict[str, Any]:
    """Return the ratio, and what it comes from."""
    with side_by_side(bcrypt_cost=COST) as sides:
        found = asyncio.run(compared(sides.ours))
    return {"login_ratio": worst((one["ratio"] for one in found.values()), most=False), "logins": found}
