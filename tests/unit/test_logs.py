"""Logs without personal data: our own fields are cleaned, other people's messages are reduced to their place."""

import io
import json
import logging
import subprocess
import sys

import pytest
import structlog

from jsrs_portal import logs
from jsrs_portal.settings import ROOT

NAME, NUMBER, PHONE = "苏婉清", "320703199501011238", "13800000001"


def cleaned(**event) -> dict:
    return dict(logs._without_personal_data(None, "info", {"event": "test", **event}))


@pytest.mark.parametrize("key", ["name", "mobile", "phone", "id_number", "password", "code_value", "cookie", "token"])
def test_fields_that_could_hold_personal_data_are_blotted_out(key):
    assert cleaned(**{key: NAME})[key] == "***"


@pytest.mark.parametrize("text", [NUMBER, f"number {PHONE} of", "91320100MA1X0TE58J", "12345"])
def test_long_runs_of_digits_are_blotted_out_wherever_they_are(text):
    found = cleaned(anything=text)["anything"]
    assert not any(run.isdigit() and len(run) >= 5 for run in found.replace("*", " ").split())
    assert PHONE not in found


def test_short_numbers_and_times_are_kept():
    kept = {"port": "3000", "timestamp": "2026-03-10T12:00:00.123456Z", "reference": "A12345678", "tries": 5}
    assert cleaned(**kept) == {"event": "test", **kept}


@pytest.mark.parametrize("value", [int(PHONE), [PHONE], {"who": PHONE}, (NUMBER,), {"deep": [{"er": PHONE}]}])
def test_numbers_are_blotted_out_in_whatever_they_are_wrapped(value):
    assert PHONE not in json.dumps(cleaned(anything=value), default=str)
    assert NUMBER not in json.dumps(cleaned(anything=value), default=str)


@pytest.fixture
def written(monkeypatch):
    """What reaches standard error after the logs are configured; the process's own logging comes back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure()
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_our_own_event_is_one_line_of_json(written):
    structlog.get_logger("jsrs_portal.test").warning(
        "code.not_sent", failure="TIMEOUT", phone=PHONE, note=f"to {PHONE}"
    )
    (line,) = lines(written)
    assert (line["event"], line["level"], line["failure"]) == ("code.not_sent", "warning", "TIMEOUT")
    assert line["logger"] == "jsrs_portal.test"
    assert PHONE not in written.getvalue()


def test_a_librarys_message_is_reduced_to_its_place(written):
    logging.getLogger("some.library").error("rejected form: %s %s", NAME, NUMBER)
    (line,) = lines(written)
    assert line["event"].startswith("some.library:test_a_librarys_message_is_reduced_to_its_place:")
    assert NAME not in written.getvalue()
    assert NUMBER not in written.getvalue()


def test_a_librarys_exception_is_reduced_to_its_kind(written):
    try:
        raise ValueError(f"{NAME} {NUMBER}")
    except ValueError:
        logging.getLogger("some.library").exception("failed for %s", NAME)
    (line,) = lines(written)
    assert line["event"].endswith("ValueError")
    assert NAME not in written.getvalue()


def test_an_exception_in_our_own_event_shows_no_message(written):
    try:
        raise ValueError(f"{NAME} {NUMBER}")
    except ValueError as error:
        structlog.get_logger("jsrs_portal.test").error("test.failed", exc_info=error)
        logging.getLogger("jsrs_portal.test").exception("test.failed")
    assert NAME not in written.getvalue()
    assert NUMBER not in written.getvalue()


def test_a_name_that_only_begins_like_ours_is_somebody_elses(written):
    logging.getLogger("jsrs_portal_plugin").error("for %s", NAME)
    assert NAME not in written.getvalue()


@pytest.mark.parametrize("name", ["httpx", "sqlalchemy.engine", "aiosqlite", "asyncio"])
def test_chatty_libraries_are_heard_from_warnings_on(written, name):
    logging.getLogger(name).info("a statement with values")
    assert written.getvalue() == ""


def test_an_event_bound_to_a_session_keeps_its_short_name(written):
    with structlog.contextvars.bound_contextvars(session="12345678"):
        structlog.get_logger("jsrs_portal.test").warning("event.refused")
    (line,) = lines(written)
    assert line["session"] == "12345678"


def test_every_process_configures_its_logs_before_anything_else():
    code = "import logging; from jsrs_portal import logs; logs.configure(); logging.getLogger('x').error('secret text')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "secret text" not in done.stderr + done.stdout
    assert json.loads(done.stderr)["level"] == "error"
