"""(a) The round trip of an event and events a second, beside a bare app: 1, 50 and 500 clients, each waiting its turn.

Ours is one of a signed-in employer that changes two values, as the bare app's does; with it come the cookie's session,
the policy, the payload's check, the deadline and the numbers.
"""

import asyncio
import time
from typing import Any

from bench.clients import Browsers, Tab
from bench.people import cookies
from bench.processes import cpu_seconds
from bench.serving import Sides, side_by_side
from bench.timing import median_ms, p95_ms, worst

CLIENTS = (1, 50, 500)
ROUNDS, SECONDS = 5, 4.0
OURS = "jsrs_portal___state___workbench____workbench_state.choose_every"
BARE = "bare___bare____bare_state.add"


async def _busy(tabs: list[Tab], handler: str, seconds: float) -> tuple[list[float], float]:
    """Have every tab send its next event when the last is answered; return each one's seconds, and events a second."""
    times: list[float] = []
    began = time.perf_counter()
    until = began + seconds

    async def work(tab: Tab) -> None:
        frame = tab.frame(handler)
        while (sent := time.perf_counter()) < until:
            await tab.round_trip(frame)
            times.append(time.perf_counter() - sent)

    await asyncio.gather(*(work(tab) for tab in tabs))
    return times, len(times) / (time.perf_counter() - began)


async def compared(both: Sides, signed_in: list[str]) -> dict[str, dict[str, float]]:
    """Return medians, 95th percentiles, rates and the servers' processor time of both for every number of clients."""
    found: dict[str, dict[str, float]] = {}
    pids = (both.portal.processes["server"].pid, both.floor.pid)
    async with Browsers(both.ours) as own, Browsers(both.bare) as floor:
        own_tabs = await own.tabs(max(CLIENTS), "/unit/workbench", signed_in)
        bare_tabs = await floor.tabs(max(CLIENTS))
        sides = ((own_tabs, OURS), (bare_tabs, BARE))
        for clients in CLIENTS:
            for tabs, handler in sides:
                await _busy(tabs[:clients], handler, 1.0)
            times: tuple[list[float], list[float]] = ([], [])
            rates: tuple[list[float], list[float]] = ([], [])
            used = [0.0, 0.0]
            for _ in range(ROUNDS):
                for side, (tabs, handler) in enumerate(sides):
                    before = cpu_seconds(pids[side])
                    took, rate = await _busy(tabs[:clients], handler, SECONDS)
                    used[side] += cpu_seconds(pids[side]) - before
                    times[side].extend(took)
                    rates[side].append(rate)
            own_ms, bare_ms = (median_ms(one) for one in times)
            own_rate, bare_rate = (sum(one) / len(one) for one in rates)
            found[str(clients)] = {
                "p50_ms": round(own_ms, 2),
                "bare_p50_ms": round(bare_ms, 2),
                "p95_ms": round(p95_ms(times[0]), 2),
                "bare_p95_ms": round(p95_ms(times[1]), 2),
                "per_second": round(own_rate),
                "bare_per_second": round(bare_rate),
                "cpu_ms": round(used[0] * 1000 / len(times[0]), 3),
                "bare_cpu_ms": round(used[1] * 1000 / len(times[1]), 3),
                "p50_ratio": round(own_ms / bare_ms, 3),
                "rate_ratio": round(own_rate / bare_rate, 3),
            }
    return found


def measure() -> dict[str, Any]:
    """Return both ratios, and what they come from."""
    with side_by_side() as sides:
        signed_in = asyncio.run(cookies(max(CLIENTS)))
        found = asyncio.run(compared(sides, signed_in))
    return {
        "event_p50_ratio": worst(one["p50_ratio"] for one in found.values()),
        "event_rate_ratio": worst((one["rate_ratio"] for one in found.values()), most=False),
        "events": found,
    }
