"""Access is closed by default: whatever has no policy is refused, and nothing gets one by accident (rule 1)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from jsrs_portal.access.policies import policy_of
from tests.access.handlers import REPOSITORY, ROOT_STATE, Handler, ask_registry, registry

_ON_LOAD = f"{ROOT_STATE}.reflex___state____on_load_internal_state"
BROWSERS_NEED = {
    f"{ROOT_STATE}.hydrate",
    f"{ROOT_STATE}.hydrate_and_load",
    f"{ROOT_STATE}.set_is_hydrated",
    f"{_ON_LOAD}.on_load_internal",
    f"{_ON_LOAD}.set_is_hydrated",
}
FRAMEWORK_REFUSED = {
    f"{ROOT_STATE}.reflex___state____frontend_event_exception_state.handle_frontend_exception",
    f"{ROOT_STATE}.reflex___state____update_vars_internal_state.update_vars_internal",
}
"""Besides ``setvar``, which every state has. An upgrade of Reflex that brings another handler fails here."""


def _unexplained(handlers: tuple[Handler, ...]) -> list[str]:
    """Return our handlers without a policy: nobody could call them, so somebody forgot it."""
    return [handler.name for handler in handlers if handler.ours and handler.policy is None]


def test_every_handler_of_ours_declares_a_policy() -> None:
    """A handler without ``@public``, ``@signed_in`` or ``@requires`` fails the build."""
    assert registry().handlers
    assert _unexplained(registry().handlers) == []


def test_of_the_framework_only_what_a_browser_needs_is_allowed() -> None:
    """Everything else of the framework's is refused: writing to variables, reporting exceptions."""
    theirs = [handler for handler in registry().handlers if not handler.ours]
    assert set(registry().framework_allowed) == BROWSERS_NEED
    assert {handler.name for handler in theirs if handler.policy} == BROWSERS_NEED
    refused = {handler.name for handler in theirs if not handler.policy and handler.method != "setvar"}
    assert refused == FRAMEWORK_REFUSED


def test_every_state_has_setvar_and_it_is_refused() -> None:
    """``setvar`` writes any variable from the browser."""
    setters = [handler for handler in registry().handlers if handler.method == "setvar"]
    assert {handler.state for handler in setters} >= {handler.state for handler in registry().handlers if handler.ours}
    assert [handler.name for handler in setters if handler.policy] == []


def test_there_are_no_background_handlers() -> None:
    """A background task would go on after its session ended; pages poll instead."""
    assert [handler.name for handler in registry().handlers if handler.background] == []


_CARELESS = """
import reflex as rx
from jsrs_portal.access.policies import public

class CarelessState(rx.State):
    async def undecorated(self):
        pass

    @rx.event
    async def decorated(self):
        pass

    @rx.event(background=True)
    async def background(self):
        pass

    @rx.event(background=True)
    @public()
    async def background_with_policy(self):
        pass

    @rx.event
    @public()
    async def policy_inside(self):
        pass

    @public()
    @rx.event
    async def policy_outside(self):
        pass

for handler in CarelessState.event_handlers.values():
    if handler.fn.__name__ != "setvar":
        handler.fn.__module__ = "jsrs_portal.state.careless"
"""


def test_a_new_handler_without_a_policy_fails_the_build() -> None:
    """Proven with a state of its own: a background handler is refused even with a policy, the order is no matter."""
    found = ask_registry(_CARELESS).handlers
    assert {name.rpartition(".")[2] for name in _unexplained(found)} == {
        "undecorated",
        "decorated",
        "background",
        "background_with_policy",
    }
    assert {handler.method for handler in found if handler.state == "CarelessState" and handler.policy} == {
        "policy_inside",
        "policy_outside",
    }


def test_every_route_declares_a_policy() -> None:
    """Our HTTP routes are not seen by the middleware, so each says itself who may ask."""
    from jsrs_portal.api.app import ROUTES

    assert ROUTES
    assert [route.path for route in ROUTES if policy_of(route.endpoint) is None] == []


# What must not be used at all

_FORBIDDEN_CALLS = {
    "upload": "it opens /_upload, which believes stored headers",
    "upload_files": "it belongs to rx.upload",
    "get_upload_url": "it belongs to rx.upload",
    "toast": "it is evaluated as script, which the content security policy refuses",
    "call_script": "it is evaluated as script, which the content security policy refuses",
    "call_function": "it is evaluated as script, which the content security policy refuses",
    "run_script": "it is evaluated as script, which the content security policy refuses",
    "Cookie": "scripts can read it",
    "LocalStorage": "scripts can read it",
    "SessionStorage": "scripts can read it",
}


def _themed() -> set[str]:
    """Return every name in ``rx`` whose component would pull Radix Themes into the bundle."""
    from reflex_components_radix.mappings import RADIX_MAPPING

    lists = [names for module, names in RADIX_MAPPING.items() if ".themes." in module]
    found = {name if isinstance(name, str) else name[1] for names in lists for name in names}
    assert {"button", "box", "text"} <= found
    return found


def _uses(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Find ``rx.<name>`` and ``from reflex… import <name>``, whatever ``rx`` is called there."""
    aliases = {"rx", "reflex"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases |= {a.asname or a.name for a in node.names if a.name == "reflex"}
            yield from ((node.lineno, a.name) for a in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0].startswith("reflex"):
            yield from ((node.lineno, a.name) for a in node.names)
            yield node.lineno, node.module or ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            yield node.lineno, node.attr


def _sources() -> list[Path]:
    return sorted((REPOSITORY / "jsrs_portal").rglob("*.py"))


def test_nothing_forbidden_is_used() -> None:
    """No upload of Reflex's, no evaluated script, no script-readable storage, no themed component anywhere."""
    forbidden = set(_FORBIDDEN_CALLS) | _themed()
    found = []
    for file in _sources():
        for line, name in _uses(ast.parse(file.read_text(encoding="utf-8"))):
            if name in forbidden or name.startswith(
                ("reflex_components_radix.themes", "reflex.components.radix.themes")
            ):
                found.append(f"{file.relative_to(REPOSITORY)}:{line} {name}")
    assert found == []


@pytest.mark.parametrize(
    "line", ["import reflex as r\nr.upload()", "from reflex import toast", "import reflex\nreflex.button('x')"]
)
def test_the_scan_finds_what_it_looks_for(line: str) -> None:
    """The scan is worth nothing if another spelling passes."""
    assert {name for _, name in _uses(ast.parse(line))} & (set(_FORBIDDEN_CALLS) | _themed())
