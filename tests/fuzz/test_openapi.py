"""The description of our HTTP routes lists exactly them, is up to date, and the running portal answers as it says."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.routing import Route

from jsrs_portal.api.app import ROUTES
from jsrs_portal.api.openapi import description
from jsrs_portal.api.operation import Answer, Operation
from jsrs_portal.api.operations import OPERATIONS
from scripts import openapi
from tests.access.handlers import REPOSITORY
from tests.fuzz.effort import LONG, count
from tests.support.portal import Portal


def test_the_committed_description_is_up_to_date() -> None:
    """``make openapi`` writes it anew."""
    assert openapi.FILE.read_text(encoding="utf-8") == openapi.text()


def test_every_route_is_described_and_nothing_else() -> None:
    """Path by path as the router has them, and a redirect may lead nowhere else than it says."""
    described = description(ROUTES)["paths"]
    assert list(described) == list(dict.fromkeys(route.path_format for route in ROUTES))
    for path in described.values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                assert ("Location" in answer["headers"]) is (status.startswith("3") and status != "304")


def _endpoint(_request: Any) -> None:
    """Never called."""


def test_a_route_without_a_description_is_noticed() -> None:
    """And a description without a route."""
    with pytest.raises(LookupError, match="/new"):
        description([*ROUTES, Route("/new", _endpoint, methods=["GET"])])
    with pytest.raises(LookupError, match="/metrics"):
        description([route for route in ROUTES if route.path != "/metrics"])


class _Inner(BaseModel):
    name: str


class _Outer(BaseModel):
    inner: _Inner


def test_a_json_route_is_described_by_its_models() -> None:
    """Models of body and answer become components, those inside them too."""
    operation = Operation("adds one", {200: Answer("added", {"application/json": _Outer})}, body=_Inner)
    found = description([Route("/x", _endpoint, methods=["POST"])], {("POST", "/x"): operation})
    assert set(found["components"]["schemas"]) == {"_Inner", "_Outer"}
    body = found["paths"]["/x"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/_Inner"}
    text = json.dumps(found)
    assert "#/$defs/" not in text
    assert '"#/components/schemas/_Inner"' in text


def test_the_running_portal_answers_as_described(portal: Portal) -> None:
    """Requests that fit the description and requests that do not: status, headers and body are what it says."""
    arguments = [portal.origin, *(("300", "long") if LONG else ("12", "short"))]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.conform", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip(), done.stderr[-2_000:]
    told = json.loads(done.stdout.splitlines()[-1])
    count("described routes", told["inputs"])
    assert told["failures"] == []
    assert told["inputs"] >= len(OPERATIONS)
