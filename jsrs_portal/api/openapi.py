"""The OpenAPI document of our HTTP routes, made from :mod:`.operations`.

``docs/openapi.json`` is written from here (``make openapi``) and the fuzzer holds the running portal to it, so a route
answers what it says or fails. A pydantic model may stand for a schema.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.routing import Route

from jsrs_portal.api.documents import SHARED_HEADERS
from jsrs_portal.api.operation import TEXT, Answer, Operation, Parameter, Schema
from jsrs_portal.api.operations import OPERATIONS

_TOO_SLOW = {503: Answer("it took too long", {"text/plain": TEXT})}
"""Any route may say so (``request_deadline``)."""


def plain_path(route: Route) -> str:
    """Return a route's path as OpenAPI writes it: ``{token:str}`` is ``{token}`` there."""
    return route.path_format


def description(
    routes: Iterable[Route], operations: Mapping[tuple[str, str], Operation] = OPERATIONS
) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of exactly ``routes``; ``LookupError`` when ``operations`` has others."""
    offered = [
        (method, plain_path(route)) for route in routes for method in sorted((route.methods or set()) - {"HEAD"})
    ]
    if missing := set(offered) ^ set(operations):
        raise LookupError(f"routes and their descriptions differ: {sorted(missing)}")
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for method, path in offered:
        paths.setdefault(path, {})[method.lower()] = _operation(operations[method, path], schemas)
    components: dict[str, Any] = {
        "headers": {name: _fixed(value) for name, value in SHARED_HEADERS.items()},
        "securitySchemes": {"metrics": {"type": "http", "scheme": "bearer"}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "网上办事服务大厅", "description": "The HTTP routes of the service hall.", "version": "1"},
        "paths": paths,
        "components": components | ({"schemas": schemas} if schemas else {}),
    }


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"summary": operation.summary}
    if operation.parameters:
        found["parameters"] = [_parameter(one) for one in operation.parameters]
    if operation.body is not None:
        content = {operation.body_type: {"schema": _schema(operation.body, schemas)}}
        found["requestBody"] = {"required": True, "content": content}
    if operation.bearer:
        found["security"] = [{}, {"metrics": []}]
    answers = _TOO_SLOW | dict(operation.answers)
    found["responses"] = {str(status): _answer(answer, schemas) for status, answer in answers.items()}
    return found


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if parameter.longest is not None:
        schema["maxLength"] = parameter.longest
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required,
        "description": parameter.description,
        "schema": schema,
    }


def _answer(answer: Answer, schemas: dict[str, Any]) -> dict[str, Any]:
    """Describe an answer: every one carries the shared headers, and says who may keep it."""
    headers: dict[str, Any] = {name: {"$ref": f"#/components/headers/{name}"} for name in SHARED_HEADERS}
    if answer.cache:
        headers["Cache-Control"] = _fixed(answer.cache)
    if answer.location:
        headers["Location"] = {"required": True, "schema": {"type": "string", "pattern": answer.location}}
    if answer.sets_cookie:
        headers["Set-Cookie"] = {"required": False, "schema": {"type": "string"}}
    found: dict[str, Any] = {"description": answer.description, "headers": headers}
    if answer.content:
        found["content"] = {kind: {"schema": _schema(one, schemas)} for kind, one in answer.content.items()}
    return found


def _fixed(value: str) -> dict[str, Any]:
    return {"required": True, "schema": {"type": "string", "const": value}}


def _schema(schema: Schema, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a schema to stand in place; a model's goes to the components under its name."""
    if isinstance(schema, Mapping):
        return dict(schema)
    said = schema.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(said.pop("$defs", {}))
    schemas[schema.__name__] = said
    return {"$ref": f"#/components/schemas/{schema.__name__}"}
