"""The app: pages, middleware, the ASGI wrapper, failures. Nothing else."""

import secrets
import traceback

import reflex as rx
import structlog
from reflex_base.event.context import EventContext
from starlette.types import ASGIApp

from jsrs_portal import announcements
from jsrs_portal.access import actor
from jsrs_portal.access.delivery import only_to_the_asking_browser
from jsrs_portal.access.departure import DepartureState
from jsrs_portal.access.handshake import keep_no_cookie
from jsrs_portal.access.unknown import refuse_the_unknown
from jsrs_portal.api import events, leases
from jsrs_portal.api.app import Portal
from jsrs_portal.api.door import Door
from jsrs_portal.components.behaviour import display_script
from jsrs_portal.components.failure import failure_boundary
from jsrs_portal.components.kept import kept_page
from jsrs_portal.logs import configure
from jsrs_portal.pages.routes import PAGES
from jsrs_portal.services.search import words
from jsrs_portal.state.shell import ShellState, failure_delta, say_state_lost

configure()
log = structlog.get_logger(__name__)


def _logged(exception: Exception) -> str:
    """Log a failure and return the reference number under which it is there."""
    reference = secrets.token_hex(4).upper()
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(exception.__traceback__)]
    log.error("event.failed", reference=reference, error=type(exception).__name__, frames=frames[-6:])
    return reference


def on_backend_failure(exception: Exception) -> rx.event.EventSpec | None:
    """Log a failure under a reference number and show the number; the person never sees what it was."""
    return ShellState.show_failure(_logged(exception))  # pyright: ignore[reportReturnType]


async def tell_failure(exception: Exception) -> None:
    """Do the same past the browser's state, where that cannot be had."""
    await EventContext.get().emit_delta(failure_delta(_logged(exception)))


def on_frontend_failure(exception: Exception) -> None:
    """Note that a browser reported a fault; what it says may be anything, so only its length is kept."""
    log.warning("browser.failed", length=len(str(exception)))


app = rx.App(
    stylesheets=["/tokens.css"],
    html_lang="zh-CN",
    reset_style=False,
    head_components=[display_script(), rx.el.link(rel="icon", href="/emblem.svg", type="image/svg+xml")],
    toaster=None,
    app_wraps={
        (55, "ErrorBoundary"): lambda _stateful: failure_boundary(ShellState.note_failure),
        (5, "Overlay"): lambda stateful: kept_page(DepartureState) if stateful else None,
    },
    backend_exception_handler=on_backend_failure,
    frontend_exception_handler=on_frontend_failure,
    api_transformer=Portal,
)
app.add_middleware(events.ObservedAccess(say_state_lost), index=0)
events.observe(app, tell_failure)
leases.lease_states(app)
keep_no_cookie(app)
refuse_the_unknown(app)
only_to_the_asking_browser(app)
announcements.listen(actor.forget)
app.register_lifespan_task(announcements.relay)
app.register_lifespan_task(words.learn)
for page in PAGES:
    app.add_page(page.build, route=page.route, title=page.title, description=page.description, on_load=page.on_load)


def served() -> ASGIApp:
    """Return what the server runs: the app, and before it the door."""
    return Door(app())
