"""Payloads for event handlers: what their forms could carry, nearly what they could, and anything JSON can say.

Which form a handler reads is taken from its own code: the form models that it, or a method of its state that it calls,
names. So a new handler is fuzzed by its own fields without a list to keep.
"""

import json
import subprocess
import sys
from functools import lru_cache
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st

from jsrs_portal.gateways.business_registry.sandbox_units import UNITS, DemoUnit
from jsrs_portal.gateways.identity.sandbox_persons import PERSONS, DemoPerson
from tests.access.handlers import REPOSITORY, Handler
from tests.access.payloads import FORMAT, MARKUP, NULS, PATHS, SQL, SURROGATE
from tests.fuzz.targets import disguised, json_values

_ASK = """
import json, sys
import jsrs_portal.jsrs_portal
from reflex_base.registry import RegistrationContext
from jsrs_portal.state.forms import FormModel

def models(fn, state, seen):
    found = []
    if fn in seen:
        return found
    seen.add(fn)
    for name in fn.__code__.co_names:
        named = fn.__globals__.get(name)
        if isinstance(named, type) and issubclass(named, FormModel) and named is not FormModel:
            found.append(named)
        method = getattr(state, name, None) if name.startswith("_") else None
        if hasattr(method, "__code__"):
            found += models(method, state, seen)
    return found

answer = {}
for name, registered in RegistrationContext.get().event_handlers.items():
    read = models(registered.handler.fn, registered.states[0], set())
    answer[name] = [model.model_json_schema() for model in read]
print("\\n" + json.dumps(answer))
"""


@lru_cache
def forms() -> dict[str, list[dict[str, Any]]]:
    """Return, by handler, the JSON schemas of the forms it reads, asked of the product in a process of its own."""
    with TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", _ASK],
            cwd=REPOSITORY,
            env={"PATH": "", "JSRS_VAR_DIR": folder, "PYTHONPATH": str(REPOSITORY)},
            check=True,
            capture_output=True,
            text=True,
        )
    return json.loads(done.stdout.splitlines()[-1])


_KNOWN = [
    *(unit.uscc for unit in UNITS[:4]),
    *(unit.name for unit in UNITS[:4]),
    *(person.id_number for person in PERSONS[:6]),
    *(person.name for person in PERSONS[:6]),
    *("01", "03", "06", "08", "11", "99", "yes", "no", "13812345678", "123456", "000000", "Kite-4702-river"),
    *("unit", "person", "ca", "scan", "password", "true", "null", ""),
]
_HOSTILE = [MARKUP, SQL, FORMAT, NULS, PATHS, SURROGATE, "x" * 200, "x" * 201, "长" * 201, "\u202e", "\ufeff", "\r\n"]
_GOOD = st.sampled_from(_KNOWN)
_TEXTS = _GOOD | _GOOD.filter(bool) | disguised(_GOOD) | st.sampled_from(_HOSTILE) | st.text(max_size=40)
ANYTHING = json_values(["form", "value", "self", "__class__", "__proto__", "uscc"], _TEXTS)


def _record() -> st.SearchStrategy[dict[str, str]]:
    """A unit and its legal representative as the registers know them, so that the way behind step 1 is walked too."""

    def filled(unit: DemoUnit, person: DemoPerson, mobile: str) -> dict[str, str]:
        whole = {"uscc": unit.uscc, "unit_name": unit.name, "legal_name": unit.legal_rep.name, "id_type": "01"}
        whole |= {"id_number": person.id_number, "name": person.name, "agreed": "yes", "mobile": mobile}
        return whole | {"code": "123456", "password": "Kite-4702-river", "confirmation": "Kite-4702-river"}

    mobiles = st.sampled_from([f"1390000{number}" for number in range(8100, 8140)])
    return st.tuples(st.sampled_from(UNITS), st.sampled_from(PERSONS[-3:]), st.booleans(), mobiles).map(
        lambda drawn: filled(drawn[0], drawn[0].legal_rep if drawn[2] else drawn[1], drawn[3])
    )


def _form(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Fields of a form: of the right kind mostly, one or another missing, of a wrong kind or unknown."""
    properties = schema.get("properties", {})
    likely = {name: _TEXTS if one.get("type") == "string" else ANYTHING for name, one in properties.items()}
    spoilt = st.dictionaries(st.sampled_from([*properties, "more"]) | st.text(max_size=5), ANYTHING, max_size=2)
    known = _record().map(lambda found: {name: found[name] for name in properties if name in found})
    drawn = st.fixed_dictionaries({}, optional=likely)
    return st.tuples(st.just({}) | known, drawn, st.just({}) | spoilt).map(
        lambda parts: parts[1] | parts[0] | parts[2]  # the coherent record wins over single texts, spoiling over both
    )


def payloads(handler: Handler) -> st.SearchStrategy[Any]:
    """Return what to send to a handler."""
    schemas = forms().get(handler.name, [])
    values = st.one_of([_form(schema) for schema in schemas]) if schemas else _TEXTS | ANYTHING
    named = st.fixed_dictionaries({name: values for name, _ in handler.arguments})
    return named | named | named | st.dictionaries(st.text(max_size=8), ANYTHING, max_size=3) | ANYTHING


def likely(handler: Handler) -> st.SearchStrategy[Any]:
    """Return what a person could send to a handler: whole forms, mostly of values that belong together."""
    schemas = forms().get(handler.name, [])
    if not schemas:
        return st.fixed_dictionaries({name: _GOOD for name, _ in handler.arguments})
    whole = [
        st.tuples(st.fixed_dictionaries(dict.fromkeys(schema["properties"], _GOOD)), st.booleans(), _record()).map(
            lambda drawn: (
                drawn[0] | ({name: drawn[2][name] for name in drawn[0] if name in drawn[2]} if drawn[1] else {})
            )
        )
        for schema in schemas
    ]
    return st.fixed_dictionaries({name: st.one_of(whole) for name, _ in handler.arguments})
