"""Logging without personal data: our own events carry named fields, everybody else's only where they came from."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

OURS = "jsrs_portal"
_DIGITS = re.compile(r"\d{5,}")
_UNSAFE_KEYS = frozenset({"name", "mobile", "phone", "id_number", "password", "code_value", "cookie", "token"})


def _without_personal_data(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop fields that could hold personal data and blot out long runs of digits wherever they are."""
    for key in list(event):
        if key in _UNSAFE_KEYS:
            event[key] = "***"
        elif isinstance(event[key], str) and key not in ("timestamp", "reference", "session"):
            event[key] = _DIGITS.sub("*****", event[key])
    return event


class _OthersOnlyByPlace(logging.Filter):
    """Libraries put payloads into their messages (a rejected form, a bound parameter); keep level and place only."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(OURS):
            return True
        failure = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        record.msg = f"{record.name}:{record.funcName}:{record.lineno} {failure}".rstrip()
        record.args, record.exc_info, record.exc_text, record.stack_info = (), None, None, None
        return True


def configure() -> None:
    """Write JSON lines to standard error; call it once per process, before anything is logged."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
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
