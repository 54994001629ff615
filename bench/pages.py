"""(d) The first load of the hall beside that of a bare page: bytes, FCP, LCP, and when it can be used.

A browser that has seen nothing, on this machine, without a network to wait for: what differs is what the page brings.
The bare page has as many words as the hall, since drawing Chinese words costs whoever draws them; beside it stands one
with a heading and a button.
"""

import asyncio
import statistics
from typing import Any

from playwright.async_api import Browser, async_playwright

from bench.bare import FILLED
from bench.serving import side_by_side
from bench.timing import rounded, worst
from tests.e2e.browser import ARGUMENTS, CHROMIUM

ROUNDS, WARMING = 9, 1
_WATCH = """
window.__bench = {fcp: 0, lcp: 0, busy: 0, filled: 0};
const seen = (type, note) =>
  new PerformanceObserver(list => list.getEntries().forEach(note)).observe({type, buffered: true});
seen('paint', one => { if (one.name === 'first-contentful-paint') window.__bench.fcp = one.startTime; });
seen('largest-contentful-paint', one => { window.__bench.lcp = one.startTime; });
seen('longtask', one => { window.__bench.busy = one.startTime + one.duration; });
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', one => {
      const whole = typeof one.data === 'string' && one.data.includes('"is_hydrated_rx_state_":true');
      if (whole && !window.__bench.filled) window.__bench.filled = performance.now();
    });
  }
};
"""
"""Interactive: drawn, filled by its first event, and done with long tasks."""
FIGURES = ("bytes", "fcp_ms", "lcp_ms", "interactive_ms")


async def _load(browser: Browser, address: str) -> dict[str, float]:
    """Open ``address`` in a browser that has seen nothing yet and return what it took until it is quiet."""
    context = await browser.new_context(viewport={"width": 1366, "height": 768})
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Network.enable")
    total = 0

    def note(event: dict[str, float]) -> None:
        nonlocal total
        total += int(event["encodedDataLength"])

    session.on("Network.loadingFinished", note)
    await page.add_init_script(_WATCH)
    await page.goto(address, wait_until="networkidle")
    for _ in range(100):
        found: dict[str, float] = await page.evaluate("() => window.__bench")
        if found["filled"] and found["fcp"] and found["lcp"]:
            break
        await asyncio.sleep(0.1)
    else:
        raise RuntimeError(f"{address} does not become whole: {found}")
    await asyncio.sleep(0.5)  # a long task that began before is reported when it ends
    found = await page.evaluate("() => window.__bench")
    await context.close()
    return {
        "bytes": total,
        "fcp_ms": found["fcp"],
        "lcp_ms": found["lcp"],
        "interactive_ms": max(found["fcp"], found["filled"], found["busy"]),
    }


async def compared(*addresses: str) -> list[list[dict[str, float]]]:
    """Return the figures of every load of every address, loaded in turn."""
    loads: list[list[dict[str, float]]] = [[] for _ in addresses]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for turn in range(WARMING + ROUNDS):
            for side, address in enumerate(addresses):
                found = await _load(browser, address)
                if turn >= WARMING:
                    loads[side].append(found)
        await browser.close()
    return loads


def _median(side: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in side) for name in FIGURES}


def _quartiles(side: list[dict[str, float]]) -> dict[str, list[float]]:
    found = {name: statistics.quantiles((one[name] for one in side), n=4) for name in FIGURES}
    return {name: [round(low, 1), round(high, 1)] for name, (low, _, high) in found.items()}


def measure() -> dict[str, Any]:
    """Return the ratio, and what it comes from."""
    with side_by_side() as sides:
        loads = asyncio.run(compared(sides.ours, sides.bare + FILLED, sides.bare))
    own, filled, empty = map(_median, loads)
    ratios, over_empty = ({name: round(own[name] / one[name], 3) for name in FIGURES} for one in (filled, empty))
    return {
        "first_load_ratio": worst(ratios.values()),
        "first_load": {
            "ours": rounded(own, 1),
            "bare": rounded(filled, 1),
            "ratios": ratios,
            "bare_empty": rounded(empty, 1),
            "ratios_over_empty": over_empty,
            "quartiles": dict(zip(("ours", "bare", "bare_empty"), map(_quartiles, loads), strict=True)),
        },
    }
