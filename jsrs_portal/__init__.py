"""网上办事服务大厅: the online service hall."""

import sys

HELD_BACK = ("opentelemetry.sdk", "opentelemetry.metrics")
"""What the Redis client imports wherever it is installed, for metrics nobody here asks it for: sixty modules. Until
traces are configured, it is told that there is no such thing; ``telemetry.start`` lets it in."""

for name in HELD_BACK:
    sys.modules.setdefault(name, None)  # pyright: ignore[reportArgumentType, reportCallIssue]
