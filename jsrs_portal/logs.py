"""Logging without personal data: our own events carry named fields, everybody else's only where they came from."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from jsrs_portal import telemetry

OURS = "jsrs_portal"
_DIGITS = re.compile(r"\d{5,}")
_UNSAFE_KEYS = frozenset({"name", "mobile", "phone", "id_number", "password", "code_value", "cookie", "token"})


_OUR_NUMBERS = frozenset({"timestamp", "reference", "session", "position", "seal", "trace_id", "span_id"})
"""Fields whose digits are nobody's: they are made by the product."""


def _cleaned(value: Any) -> Any:
    """Blot out long runs of digits, however deep they are."""
    if isinstance(value, Mapping):
        return {str(key): "***" if key in _UNSAFE_KEYS else _cleaned(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_cleaned(inner) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return value if abs(value) < 100_000 else "*****"
    return _DIGITS.sub("*****", str(value))


def _without_personal_data(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop fields that could hold personal data, exceptions' words, and long runs of digits wherever they are."""
    if event.pop("exc_info", None):
        failure = sys.exc_info()[0]
        event["exception"] = failure.__name__ if failure else "unknown"
    for key in list(event):
        if key in _UNSAFE_KEYS:
            event[key] = "***"
        elif key not in _OUR_NUMBERS:
            event[key] = _cleaned(event[key])
    return event


def _with_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Name the trace a line belongs to, where traces are kept."""
    event.update(telemetry.current_ids())
    return event


class _OthersOnlyByPlace(logging.Filter):
    """Libraries put payloads into their messages (a rejected form, a bound parameter); keep level and place only."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Reduce the record of a library; ours have been cleaned already."""
        failure = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        ours = isinstance(record.msg, dict)  # structlog's own events, cleaned already
        if not ours and record.name != OURS and not record.name.startswith(f"{OURS}."):
            record.msg = f"{record.name}:{record.funcName}:{record.lineno} {failure}".rstrip()
            record.args = ()
        record.exc_info, record.exc_text, record.stack_info = None, None, None
        return True


def configure() -> None:
    """Write JSON lines to standard error; call it once per process, before anything is logged."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_trace,
        _without_personal_data,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_OthersOnlyByPlace())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("httpx", "httpcore", "socketio", "engineio", "sqlalchemy", "aiosqlite", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for name in ("reflex", "reflex_base", "_granian", "granian.access"):
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True
