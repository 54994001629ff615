"""The app: pages, middleware, the ASGI wrapper, failures. Nothing else."""

import secrets

import reflex as rx
import structlog
from reflex.app import default_error_boundary

from jsrs_portal.access.middleware import AccessMiddleware
from jsrs_portal.api.app import Portal
from jsrs_portal.components.behaviour import connection_banner, display_script
from jsrs_portal.logs import configure
from jsrs_portal.pages.routes import PAGES
from jsrs_portal.state.shell import ShellState

configure()
log = structlog.get_logger(__name__)


def on_backend_failure(exception: Exception) -> rx.event.EventSpec:
    """Log a failure under a reference number and show the number; the person never sees what it was."""
    reference = secrets.token_hex(4).upper()
    trace, frames = exception.__traceback__, []
    while trace is not None:
        frames.append(
            f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
            if hasattr(trace.tb_frame.f_code, "co_qualname")
            else f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
        )
        trace = trace.tb_next
    log.error("event.failed", reference=reference, error=type(exception).__name__, frames=frames[-6:])
    return ShellState.show_failure(reference)


def on_frontend_failure(exception: Exception) -> None:
    """Note that a browser reported a fault; what it says may be anything, so only its length is kept."""
    log.warning("browser.failed", length=len(str(exception)))


async def close() -> None:
    """Close the database at the end of the process."""


app = rx.App(
    stylesheets=["/tokens.css"],
    html_lang="zh-CN",
    head_components=[display_script()],
    toaster=None,
    app_wraps={
        (55, "ErrorBoundary"): lambda stateful: default_error_boundary(),
        (5, "Overlay"): lambda stateful: connection_banner() if stateful else None,
    },
    backend_exception_handler=on_backend_failure,
    frontend_exception_handler=on_frontend_failure,
    api_transformer=Portal,
)
app.add_middleware(AccessMiddleware(), index=0)
for page in PAGES:
    app.add_page(page.build, route=page.route, title=page.title, description=page.description, on_load=page.on_load)
