"""What employers do at the portal, event by event: read, look through lists, apply, log in. Each event is timed."""

import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench.clients import Browsers, Tab
from bench.crowd import PASSWORD, Member
from bench.logins import Visitor
from jsrs_portal import clock

MATTER = "employee-withdrawal"
BROWSED = ("/unit", "/unit/info", "/unit/agents", "/services", f"/matters/{MATTER}", "/announcements", "/notices")
LISTED = ("/unit/cases", "/unit/workbench", "/unit/shipments")
_STATE = "jsrs_portal___state___"
_APPLY, _FORM, _ROW = (
    f"{_STATE}{name}"
    for name in (
        "apply____apply_state",
        "application____application_state",
        "application_rows____application_row_state",
    )
)
BELL = f"{_STATE}shell____shell_state.look_at_notices"
_DRAFT = re.compile(r"/applications/([0-9a-f]{32})")
_BAD = ('"message_kind_rx_state_":"bad"', "/session/ended")


class Refused(Exception):
    """The portal answered with a failure, or that the session is over."""


@dataclass
class Seen:
    """What has been measured so far: seconds by kind of work, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    async def timed(self, kind: str, event: Awaitable[str], since: float | None = None) -> str:
        """Await an event and note how long it took, ``since`` it was due or from now on."""
        began = time.perf_counter() if since is None else since
        answer = await event
        self.seconds.setdefault(kind, []).append(time.perf_counter() - began)
        if any(sign in answer for sign in _BAD):
            raise Refused(f"{kind}: {answer[:200]}")
        return answer


@dataclass
class Employer:
    """A connected unit that does one thing after the other."""

    member: Member
    tab: Tab
    busy: bool = False

    async def browse(self, seen: Seen, due: float) -> None:
        """Go to a page."""
        await seen.timed("browse", self.tab.go(random.choice(BROWSED)), due)  # noqa: S311

    async def look_through(self, seen: Seen, due: float) -> None:
        """Open a list."""
        await seen.timed("list", self.tab.go(random.choice(LISTED)), due)  # noqa: S311

    async def apply(self, seen: Seen, due: float) -> None:
        """Apply for a matter with a table, from the guide to the receipt."""

        async def send(handler: str, payload: dict[str, object], text: str) -> str:
            return await seen.timed("submit", self.tab.round_trip(self.tab.frame(handler, payload), text))

        today = clock.today().isoformat()
        await seen.timed("submit", self.tab.go(f"/apply/{MATTER}"), due)
        told = await send(f"{_APPLY}.begin", {"form": {"guide_read": "yes"}}, "/applications/")
        draft = _DRAFT.search(told)
        if draft is None:
            raise Refused(f"submit: no draft: {told[:200]}")
        await seen.timed("submit", self.tab.go(f"/applications/{draft[1]}"))
        await send(f"{_ROW}.edit", {"table": "leavers", "number": 0}, '"open_rx_state_":true')
        await send(f"{_ROW}.save", {"form": _LEAVER | {"ended_on": today}}, '"open_rx_state_":false')
        await send(f"{_FORM}.next_step", {"form": _BATCH | {"stop_month": today}}, '"step_rx_state_":"materials"')
        await send(f"{_FORM}.check", {}, '"step_rx_state_":"check"')
        await send(f"{_FORM}.submit", {"form": {"promise": "yes"}}, '"step_rx_state_":"receipt"')

    async def log_in(self, seen: Seen, due: float, browsers: Browsers) -> None:
        """Log in from a second browser, and close it; the time is that from the form to the open session."""
        form = {"account": self.member.uscc, "identifier": self.member.mobile, "password": PASSWORD}
        visitor = await Visitor.arrive(browsers, form, self.member.address)
        try:
            began = time.perf_counter()
            await visitor.log_in()
            seen.seconds.setdefault("login", []).append(time.perf_counter() - began)
        finally:
            await visitor.tab.close()


def work_of(share: float, browsers: Browsers) -> Callable[[Employer, Seen, float], Awaitable[None]]:
    """Return what is done at ``share`` between 0 and 1: browse 70, lists 20, submit 5, login 5 %."""
    if share < 0.7:
        return Employer.browse
    if share < 0.9:
        return Employer.look_through
    if share < 0.95:
        return Employer.apply
    return lambda one, seen, due: one.log_in(seen, due, browsers)


_LEAVER = {
    "name": "程安",
    "id_number": "11010519491231002X",
    "cause": "resigned",
    "protected_status": "none",
    "certificate": "signed",
}
_BATCH = {
    "contact_name": "孙立",
    "contact_mobile": "13800000001",
    "staff_total": "120",
    "large_reduction": "no",
    "informed": "told",
    "has_special": "no",
}
