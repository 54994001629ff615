"""Holds a running portal to its description: ``python -m tests.fuzz.conform <origin> <examples> <short|long>``.

Schemathesis draws requests that fit the description and requests that do not, and checks status, headers and body of
each answer against it. A process of its own, because importing schemathesis takes away from hypothesis, for the whole
process, the words in which it shows a failing example.
"""

import json
import sys
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode

from jsrs_portal.api.app import ROUTES
from jsrs_portal.api.openapi import description


def main(origin: str, examples: str, how: str) -> int:
    """Print ``{"inputs": …, "failures": [...]}``; return 1 when an answer was not as described."""
    schema = schemathesis.openapi.from_dict(description(ROUTES))
    schema.config.update(base_url=origin)
    inputs, failures = 0, []
    profile = settings(
        max_examples=int(examples),
        derandomize=how == "short",
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    for found in schema.get_all_operations():
        operation: Any = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @profile
            @given(operation.as_strategy(mode))
            def conforms(case: Case) -> None:
                nonlocal inputs
                inputs += 1
                case.call_and_validate(allow_redirects=False, timeout=10)

            try:
                conforms()
            except Unsatisfiable:
                continue  # nothing can be wrong about a request without parameters
            except BaseException as failure:
                failures.append(f"{operation.label}, {mode.value}: {failure}"[:2_000])
    print(json.dumps({"inputs": inputs, "failures": failures}))  # noqa: T201 — its answer to whoever started it
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
