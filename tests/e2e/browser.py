"""A person at a browser: opens pages, fills in, clicks, and asserts only on what they could see or what was stored."""

import asyncio
import contextlib
import io
import os
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

import zxingcpp
from PIL import Image
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    WebSocket,
    async_playwright,
    expect,
)

from tests.support.portal import Portal
from tests.traceability import BrowserEvidence

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = os.environ.get("JSRS_CHROMIUM", "/usr/bin/chromium")
PATIENCE = 15_000
"""Milliseconds until something that should happen counts as not happening; nothing waits for the sake of waiting."""
expect.set_options(timeout=PATIENCE)
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

WIRE, SHOWN = 24, 220
"""How many of the last frames a failure tells of, and how many characters of each end of one."""
LOGGED = 3000
"""Of the portal's log, likewise."""

_WATCH_POLICY = """document.addEventListener('securitypolicyviolation', (e) =>
    console.error('policy violated: ' + e.violatedDirective + ' ' + e.blockedURI));"""
_CONNECTED = "0{"
"""How a connection's first frame begins (Engine.IO's open packet)."""
_ALIVE = re.compile(r'"is_hydrated\w*":true')


class Visitor:
    """One page of one browser, with everything that goes wrong in it written down."""

    def __init__(self, page: Page, portal: Portal, evidence: BrowserEvidence) -> None:
        """Listen to ``page`` from its first request on."""
        self.page = page
        self.portal = portal
        self.database = portal.database
        self.frames: list[str] = []
        self._wire: deque[str] = deque(maxlen=WIRE)
        self._evidence = evidence
        self._problems: list[str] = []
        self._expected: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self._problems.append(f"script: {error}"))
        page.on("websocket", self._listen)
        page.on("requestfailed", self._failed)

    @classmethod
    async def arrive(cls, browser: Browser, portal: Portal, evidence: BrowserEvidence, **options: Any) -> "Visitor":
        """Open a browser of its own: cookies, storage and connections are shared with nobody."""
        context = await browser.new_context(
            base_url=portal.origin, **({"viewport": DESKTOP, "locale": "zh-CN", "reduced_motion": "reduce"} | options)
        )
        await context.add_init_script(_WATCH_POLICY)
        return cls(await context.new_page(), portal, evidence)

    async def another_tab(self) -> "Visitor":
        """Open a second tab of the same browser."""
        tab = Visitor(await self.context.new_page(), self.portal, self._evidence)
        tab._problems, tab._expected = self._problems, self._expected
        return tab

    @property
    def context(self) -> BrowserContext:
        """The browser's cookies and tabs."""
        return self.page.context

    async def session_cookie(self) -> dict[str, Any]:
        """Return the one cookie that says who is signed in; the only other one names the browser."""
        cookies = {found["name"]: found for found in await self.context.cookies()}
        assert set(cookies) <= {"jsrs", "jsrs-device"}
        return dict(cookies["jsrs"])

    @property
    def path(self) -> str:
        """Where the page is now, without origin and query."""
        return urlsplit(self.page.url).path

    @property
    def problems(self) -> list[str]:
        """What went wrong and was not expected."""
        return [text for text in self._problems if not any(re.search(pattern, text) for pattern in self._expected)]

    def expects(self, *patterns: str) -> None:
        """Name problems that belong to this test (regular expressions)."""
        self._expected += patterns

    # Going somewhere

    async def open(self, path: str, *, arrives_at: str | None = None) -> "Visitor":
        """Load a page and wait until the server has filled it; ``arrives_at`` when it leads elsewhere."""
        heard = len(self.frames)
        await self.page.goto(path)
        await self.arrived(arrives_at or urlsplit(path).path)
        await self.filled(since=heard)
        return self

    async def visit(self, address: str) -> "Visitor":
        """Load a page that is not the portal's, or one that stays a document."""
        await self.page.goto(address)
        self._evidence.used_page()
        return self

    async def reload(self) -> None:
        """Load the page anew."""
        heard = len(self.frames)
        await self.page.reload()
        self._evidence.used_page()
        await self.filled(since=heard)

    async def arrived(self, path: str) -> None:
        """Wait until the address is ``path``, whatever its query."""
        await self.page.wait_for_url(lambda url: urlsplit(url).path == path, wait_until="commit")
        self._evidence.used_page()

    async def filled(self, since: int = 0, pages: int = 1) -> None:
        """Wait until ``pages`` pages have connected after frame number ``since``, and the last of them has its data.

        None connects where a link leads from page to page within one document. A page that comes back tells the server
        what its forms hold before it takes a press again; that is waited for too.
        """

        def answered() -> bool:
            heard = self.frames[since:]
            begun = [number for number, frame in enumerate(heard) if frame.startswith(_CONNECTED)]
            return len(begun) >= pages and any(map(_ALIVE.search, heard[begun[-1] if begun else 0 :]))

        await self.until(answered, "the page's data")
        await self.page.locator("html:not([data-held])").wait_for(state="attached")

    async def until(self, holds: Callable[[], Any], what: str) -> None:
        """Wait for a condition outside the page."""
        end = time.monotonic() + PATIENCE / 1000
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"not within {PATIENCE // 1000} s: {what}")
            await self.page.wait_for_timeout(25)

    # Doing something

    def field(self, label: str) -> Locator:
        """Return the control with this label."""
        return self.page.get_by_label(label, exact=True)

    def button(self, name: str) -> Locator:
        """Return the button with this name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        """Return the first link that can be seen with this name."""
        return self.page.get_by_role("link", name=name, exact=True).filter(visible=True).first

    async def fill(self, **values: str) -> None:
        """Type into fields by label."""
        for label, value in values.items():
            await self.field(label).fill(value)

    async def press(self, name: str) -> None:
        """Press a button."""
        await self.button(name).click()

    async def follow(self, name: str, path: str = "") -> None:
        """Click a link and wait for where it leads."""
        await self.link(name).click()
        if path:
            await self.arrived(path)

    # Asserting

    async def sees(self, *texts: str, inside: Locator | None = None) -> None:
        """Assert that every text can be seen."""
        place = inside or self.page.locator("body")
        with self.explained():
            for text in texts:
                await expect(place.get_by_text(text).filter(visible=True).first).to_be_visible()
        self._evidence.asserted()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Add what went over the wire, and the portal's log, to an assertion that fails in here."""
        try:
            yield
        except AssertionError as failure:
            failure.add_note("\n".join((f"{time.monotonic():.2f} now; on the wire:", *self._wire)))
            failure.add_note(f"the portal's log:\n{self.portal.log[-LOGGED:]}")
            raise

    async def does_not_see(self, *texts: str) -> None:
        """Assert that none of the texts can be seen (now; assert first what stands there instead)."""
        shown = await self.page.locator("body").inner_text()
        found = [text for text in texts if text in shown]
        assert not found, f"on the screen: {found}"
        self._evidence.asserted()

    async def says(self, locator: Locator, text: str) -> None:
        """Assert that one place shows exactly ``text``."""
        await expect(locator).to_be_visible()
        await expect(locator).to_have_text(text)
        self._evidence.asserted()

    async def heading(self, text: str) -> None:
        """Assert the page's one heading."""
        await self.says(self.page.get_by_role("heading", level=1), text)

    async def has_focus(self, locator: Locator) -> None:
        """Assert where the keyboard is."""
        await expect(locator).to_be_focused()

    async def refused(self, **sentences: str) -> None:
        """Assert what a form says: at each field, in the summary, which has the focus and leads to the fields."""
        summary = self.page.locator("#errors")
        links = summary.get_by_role("link")
        await expect(links).to_have_text(list(sentences.values()))
        await self.has_focus(summary)
        for name, sentence in sentences.items():
            await self.says(self.page.locator(f"#{name}-error"), f"错误：{sentence}")
            await expect(self.page.locator(f"#{name}")).to_have_attribute("aria-invalid", "true")
            await links.filter(has_text=sentence).first.click()
            await self.has_focus(self.page.locator(f"#{name}"))
        self._evidence.asserted()

    def stored(self, expected: Sequence[tuple[Any, ...]], sql: str, *values: Any) -> None:
        """Assert on the portal's database."""
        found = self.database.rows(sql, *values)
        assert found == list(expected), f"{sql}: {found}"
        self._evidence.asserted()

    def never_received(self, *secrets: str) -> None:
        """Assert that no websocket frame of this page carried one of these."""
        found = [secret for secret in secrets for frame in self.frames if secret in frame]
        assert self.frames, "nothing was listened to"
        assert not found, f"sent to the browser: {sorted(set(found))}"

    async def never_contains(self, *secrets: str) -> None:
        """Assert that the page's HTML, attributes included, holds none of these."""
        html = await self.page.content()
        found = [secret for secret in secrets if secret in html]
        assert not found, f"in the page: {found}"

    async def qr(self) -> str:
        """Read the QR code on the screen, from its picture."""
        image = self.page.locator("main img[src^='data:image/svg']")
        await expect(image).to_be_visible()
        found = read_codes(await image.screenshot())
        assert len(found) == 1, "no readable QR code on the screen"
        return found[0]

    # Listening

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._problems.append(f"console: {message.text} {message.location.get('url', '')}")

    def _listen(self, socket: WebSocket) -> None:
        self._note("opened", socket.url)
        socket.on("framereceived", lambda payload: self._received(str(payload)))
        socket.on("framesent", lambda payload: self._note("sent", str(payload)))
        socket.on("close", lambda _: self._note("closed", socket.url))

    def _received(self, frame: str) -> None:
        self.frames.append(frame)
        self._note("received", frame)

    def _note(self, what: str, frame: str) -> None:
        if len(frame) > 1:  # a lone digit is the connection's own heartbeat
            short = frame if len(frame) <= 2 * SHOWN else f"{frame[:SHOWN]} … {frame[-SHOWN:]}"
            self._wire.append(f"{time.monotonic():.2f} {what} {short}")

    def _failed(self, request: Request) -> None:
        aborted = "ERR_ABORTED" in (request.failure or "")  # the browser's own, when a page is left
        if not aborted:
            self._problems.append(f"request: {request.failure} {request.url}")


def read_codes(picture: bytes) -> list[str]:
    """Return what the QR codes in a screenshot say."""
    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start Chromium, and end it."""
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        await closed(found)


async def closed(what: Browser | BrowserContext, seconds: float = 15) -> None:
    """Close a browser or one of its contexts, and go on without it when Chromium does not answer.

    Seen once in some 300: a context whose last page had been going back in its history never reported that it closed.
    """
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(what.close(), seconds)
