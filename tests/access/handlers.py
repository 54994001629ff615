"""What a browser can call: the product's own registry, asked in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

REPOSITORY = Path(__file__).resolve().parents[2]
ROOT_STATE = "reflex___state____state"


@dataclass(frozen=True)
class Handler:
    """One registered event handler. ``policy`` is what the middleware itself says; ``None``: it is refused."""

    name: str
    state: str
    method: str
    module: str
    background: bool
    arguments: tuple[tuple[str, str], ...]
    policy: tuple[bool, str, bool] | None

    @property
    def ours(self) -> bool:
        """Whether the portal's code defines it, or a state of the portal lets it be called."""
        return self.module.startswith("jsrs_portal.")

    @property
    def short(self) -> str:
        """The name by which tests speak of it: ``ClassName.method``."""
        return f"{self.state}.{self.method}"

    @property
    def for_visitors(self) -> bool:
        """Whether anybody with a session cookie may call it."""
        return self.policy is not None and not self.policy[0]

    @property
    def for_signed_in(self) -> bool:
        """Whether anybody signed in may call it, without a role; one applies for oneself."""
        return self.policy is not None and self.policy[1] in ("", "OWN_ACCOUNT", "OWN_CREDENTIALS", "APPLY")

    @property
    def for_units(self) -> bool:
        """Whether somebody acting for a unit may call it."""
        return self.policy is not None


@dataclass(frozen=True)
class Registry:
    """All handlers, the fields that any form of ours reads, and every method a browser could reach."""

    handlers: tuple[Handler, ...]
    form_fields: tuple[str, ...]
    framework_allowed: tuple[str, ...]


_ASK = """
import importlib, inspect, json, pkgutil, sys
import jsrs_portal, jsrs_portal.jsrs_portal
exec(sys.argv[1])
from reflex_base.registry import RegistrationContext
from jsrs_portal.access.middleware import FRAMEWORK_HANDLERS, event_policy
from jsrs_portal.state.forms import FormModel

def spoken(policy):
    return policy and [policy.signed_in, policy.permission or "", policy.passive]

found = []
for name, registered in RegistrationContext.get().event_handlers.items():
    handler = registered.handler
    parameters = list(inspect.signature(handler.fn).parameters.values())[1:]
    found.append(dict(
        name=name, state=registered.states[0].__name__, method=name.rpartition(".")[2],
        module=handler.fn.__module__, background=bool(handler.is_background),
        arguments=[[p.name, str(p.annotation)] for p in parameters], policy=spoken(event_policy(name)),
    ))

def below(model):
    return {model, *(deeper for child in model.__subclasses__() for deeper in below(child))}

fields = sorted({field for model in below(FormModel) for field in model.model_fields})
print("\\n" + json.dumps(dict(handlers=found, form_fields=fields, framework_allowed=list(FRAMEWORK_HANDLERS))))
"""


def ask_registry(first: str = "") -> Registry:
    """Import the product in a fresh process, run ``first`` there, and return what is registered then."""
    with TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JSRS_")}
        done = subprocess.run(
            [sys.executable, "-c", _ASK, first],
            cwd=REPOSITORY,
            env={**environment, "JSRS_VAR_DIR": folder, "PYTHONPATH": str(REPOSITORY)},
            check=True,
            capture_output=True,
            text=True,
        )
    raw = json.loads(done.stdout.rpartition("\n{")[1].strip() + done.stdout.rpartition("\n{")[2])
    handlers = (
        Handler(
            **{key: one[key] for key in ("name", "state", "method", "module", "background")},
            arguments=tuple((name, kind) for name, kind in one["arguments"]),
            policy=tuple(one["policy"]) if one["policy"] else None,
        )
        for one in raw["handlers"]
    )
    ordered = tuple(sorted(handlers, key=lambda handler: handler.name))
    return Registry(ordered, tuple(raw["form_fields"]), tuple(raw["framework_allowed"]))


@lru_cache
def registry() -> Registry:
    """Return the product's registry."""
    return ask_registry()


def named(short: str) -> str:
    """Return the full name of the handler ``ClassName.method``."""
    return next(handler.name for handler in registry().handlers if handler.short == short)
