"""Which scenario proves that which handler works for somebody permitted."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.access.client import Socket
from tests.access.conftest import Cast
from tests.access.handlers import named
from tests.access.people import Browser


@dataclass
class Walk:
    """One scenario's way through the portal: it notes which handlers were called."""

    cast: Cast
    called: set[str] = field(default_factory=set)

    async def call(self, tab: Socket, short: str, payload: object = None, page: str = "/") -> Socket:
        """Call ``ClassName.method`` as the page ``page`` does and wait until its consequences are there."""
        from tests.access.client import at

        self.called.add(short)
        await tab.send(named(short), payload, at(page))
        await tab.settle(page)
        return tab

    async def tab(self, browser: Browser) -> Socket:
        """Open a tab of ``browser``."""
        return await browser.tab()


Scenario = Callable[[Walk], Awaitable[None]]
SCENARIOS: dict[str, tuple[Scenario, tuple[str, ...]]] = {}


def permitted(*handlers: str) -> Callable[[Scenario], Scenario]:
    """Say that a scenario calls each of ``handlers`` validly and asserts what it brings about."""

    def note(scenario: Scenario) -> Scenario:
        SCENARIOS[scenario.__name__] = (scenario, handlers)
        return scenario

    return note
