"""Pytest plugin that ties tests to requirement numbers and writes down what the session proved.

``@pytest.mark.req("R-2.2.5")`` names what a test proves; a number that docs/requirements.yaml does not know stops the
collection. A test proves something in the browser only when it opened a page and asserted what was visible or stored:
the page wrapper of the end-to-end tests says so through :func:`browser_evidence`. After a run of the whole suite (or
with JSRS_REPORT=1) the counts go to build/requirements.json and build/quality.json.
"""

import json
import os
import re
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

REQUIREMENTS = Path("docs/requirements.yaml")
RESULTS = Path("build/requirements.json")
QUALITY = Path("build/quality.json")
REPORT_VARIABLE = "JSRS_REPORT"
FOLDER_VARIABLE = "JSRS_REPORT_IN"
"""Where both reports go instead, for a run that is a part of one (scripts/suite.py)."""
DATABASES = ("sqlite", "postgresql")

_NUMBER = re.compile(r"R-[0-9]+(?:\.[0-9]+)+")


# The list of requirements


@dataclass(frozen=True)
class Requirement:
    """One line of docs/requirements.yaml; ``ui`` is false where nobody can see it on a page, with the reason."""

    number: str
    text: str
    ui: bool = True
    reason: str = ""


class BadRequirements(ValueError):
    """The list of requirements is missing or wrong; the message says where."""


class _StrictLoader(yaml.SafeLoader):
    """YAML in which the same key twice is an error; the plain loader keeps the last and says nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise BadRequirements(f"{node.start_mark.name}: {', '.join(map(str, twice))} appears twice")
        return super().construct_mapping(node, deep)


def load_requirements(path: Path) -> dict[str, Requirement]:
    """Read the list of requirements in its order; :class:`BadRequirements` says what is wrong with it."""
    try:
        with path.open(encoding="utf-8") as file:
            entries = yaml.load(file, Loader=_StrictLoader)  # noqa: S506 — a SafeLoader
    except (OSError, yaml.YAMLError) as error:
        raise BadRequirements(f"{path} cannot be read: {error}") from error
    if not isinstance(entries, dict):
        raise BadRequirements(f"{path} must map requirement numbers to their text")
    return {number: _requirement(path, number, entry) for number, entry in entries.items()}


def _requirement(path: Path, number: object, entry: object) -> Requirement:
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        raise BadRequirements(f"{path}: {number!r} is not a requirement number like R-2.2.5")
    if not isinstance(entry, dict) or not entry.keys() <= {"text", "ui", "reason"}:
        raise BadRequirements(f"{path}: {number} may have text, ui and reason, nothing else")
    text, ui, reason = entry.get("text"), entry.get("ui", True), entry.get("reason", "")
    if not isinstance(text, str) or not text.strip():
        raise BadRequirements(f"{path}: {number} has no text")
    if not isinstance(ui, bool) or not isinstance(reason, str) or ui is bool(reason.strip()):
        raise BadRequirements(f"{path}: {number} needs a reason for ui: false, and only for that")
    return Requirement(number, text, ui, reason)


# What tests and fixtures tell us


@dataclass
class BrowserEvidence:
    """What one test did in the browser, told by the page wrapper."""

    pages: int = 0
    assertions: int = 0

    def used_page(self) -> None:
        """Note that the test opened a page."""
        self.pages += 1

    def asserted(self) -> None:
        """Note that the test asserted visible text, or the rows that using the page left in the database."""
        self.assertions += 1

    @property
    def complete(self) -> bool:
        """Whether both have happened."""
        return self.pages > 0 and self.assertions > 0


@dataclass
class _Session:
    """What this session has counted so far."""

    requirements: dict[str, Requirement]
    counts: dict[str, dict[str, int]]
    quality: dict[str, Any] = field(default_factory=dict)
    skipped: int = 0
    deselected: int = 0


_SESSION = pytest.StashKey[_Session]()
_EVIDENCE = pytest.StashKey[BrowserEvidence]()
_IF_PASSED = pytest.StashKey[list[str]]()
_OUTCOMES = pytest.StashKey[list[str]]()
_quality: dict[str, Any] = {}


def browser_evidence(request_or_item: pytest.FixtureRequest | pytest.Item) -> BrowserEvidence:
    """Return the recorder of the running test; every call for the same test gives the same one."""
    return _item(request_or_item).stash.setdefault(_EVIDENCE, BrowserEvidence())


def count_if_passed(request_or_item: pytest.FixtureRequest | pytest.Item, key: str) -> None:
    """Add one to ``key`` of build/quality.json if the running test passes; twice for a test counts once."""
    _item(request_or_item).stash.setdefault(_IF_PASSED, []).append(key)


def record_quality(key: str, value: object) -> None:
    """Set ``key`` of build/quality.json to a JSON value; the last call wins."""
    _quality[key] = value


def add_quality(key: str, n: float = 1) -> None:
    """Add ``n`` to ``key`` of build/quality.json, at once and whether the test passes or not."""
    _quality[key] = _quality.get(key, 0) + n


def _item(request_or_item: pytest.FixtureRequest | pytest.Item) -> pytest.Item:
    node = request_or_item if isinstance(request_or_item, pytest.Item) else request_or_item.node
    if not isinstance(node, pytest.Item):
        raise TypeError("this belongs to one test: ask from a test or a function-scoped fixture")
    return node


# Hooks


def pytest_configure(config: pytest.Config) -> None:
    """Read the list of requirements and start counting at zero."""
    config.addinivalue_line("markers", "database(name): counts a passed test as one on sqlite or postgresql")
    try:
        requirements = load_requirements(config.rootpath / REQUIREMENTS)
    except BadRequirements as error:
        raise pytest.UsageError(str(error)) from error
    counts = {number: {"passed": 0, "failed": 0, "browser": 0} for number in requirements}
    config.stash[_SESSION] = _Session(requirements, counts)
    _quality.clear()
    _quality.update({f"tests_{name}": 0 for name in (*DATABASES, "redis", "redis_attacked")})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse requirement numbers that do not exist, before anything is run."""
    known = config.stash[_SESSION].requirements
    wrong = [complaint for item in items for complaint in _complaints(item, known)]
    if wrong:
        raise pytest.UsageError("\n".join(wrong))


def _complaints(item: pytest.Item, known: Iterable[str]) -> list[str]:
    markers = list(item.iter_markers("req"))
    wrong = [f"{item.nodeid}: {number!r} is not in {REQUIREMENTS}" for number in _numbers(item) - set(known)]
    if any(not marker.args or marker.kwargs for marker in markers):
        wrong.append(f'{item.nodeid}: write the numbers as @pytest.mark.req("R-2.2.5", …)')
    for name in _databases(item) - set(DATABASES):
        wrong.append(f"{item.nodeid}: {name!r} is not one of {', '.join(DATABASES)}")
    return wrong


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Remember that a part of the suite was left out."""
    if items:
        items[0].config.stash[_SESSION].deselected += len(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Gather how setup, test and teardown went; after the teardown, count the test."""
    report = yield
    outcomes = item.stash.setdefault(_OUTCOMES, [])
    outcomes.append(report.outcome)
    if report.when == "teardown":
        _count(item, outcomes)
        del item.stash[_OUTCOMES]
    return report


def _count(item: pytest.Item, outcomes: list[str]) -> None:
    session = item.config.stash[_SESSION]
    if "failed" in outcomes:
        for number in _numbers(item):
            session.counts[number]["failed"] += 1
    elif "skipped" in outcomes:  # an expected failure too: it proves nothing
        session.skipped += 1
    else:
        _count_passed(item, session)


def _count_passed(item: pytest.Item, session: _Session) -> None:
    in_browser = item.stash.get(_EVIDENCE, BrowserEvidence()).complete
    for number in _numbers(item):
        session.counts[number]["passed"] += 1
        session.counts[number]["browser"] += in_browser
    keys = {f"tests_{name}" for name in _databases(item)} | set(item.stash.get(_IF_PASSED, []))
    for key in keys:
        add_quality(key)


def _numbers(item: pytest.Item) -> set[str]:
    return {number for marker in item.iter_markers("req") for number in marker.args}


def _databases(item: pytest.Item) -> set[str]:
    """Return the databases a test runs on: its marker's names, or a parameter that is one of the names itself."""
    callspec = getattr(item, "callspec", None)
    parameters = callspec.params.values() if callspec else ()
    marked = {name for marker in item.iter_markers("database") for name in marker.args}
    return marked | {value for value in parameters if isinstance(value, str) and value in DATABASES}


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write both reports if the tests ran to their end and were the whole suite, or the reports were asked for."""
    config = session.config
    if config.option.collectonly or exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return
    part = os.environ.get(FOLDER_VARIABLE, "")
    if not part and os.environ.get(REPORT_VARIABLE) != "1" and not _whole(session):
        return
    folder = Path(part) if part else config.rootpath / RESULTS.parent
    counted = config.stash[_SESSION]
    _write(folder / RESULTS.name, counted.counts)
    _quality["skipped"] = counted.skipped
    known = {} if part else _known_quality(folder / QUALITY.name)
    _write(folder / QUALITY.name, known | _quality)


def _whole(session: pytest.Session) -> bool:
    """Tell whether every test of the suite has run, none deselected and none left after an early stop."""
    config = session.config
    if session.shouldstop or session.shouldfail or config.stash[_SESSION].deselected:
        return False
    if config.option.ignore or config.option.ignore_glob or getattr(config.option, "lf", False):
        return False
    suite = [config.rootpath / path for path in config.getini("testpaths")] or [config.rootpath]
    given = [(config.invocation_params.dir / argument).resolve() for argument in config.args]
    return all(any(path.resolve().is_relative_to(folder) for folder in given) for path in suite)


def _known_quality(path: Path) -> dict[str, Any]:
    """Return what other tools have written beside our own keys."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
