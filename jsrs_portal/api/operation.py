"""What an operation of an HTTP route takes and may answer: the words in which :mod:`.operations` describes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

Schema = Mapping[str, Any] | type[BaseModel]
"""A JSON schema as data, or the model it is taken from."""

NO_STORE = "no-store"
TEXT = {"type": "string"}


@dataclass(frozen=True)
class Answer:
    """One status a route may answer with: its Cache-Control, unless ``cache`` is "", and where a redirect may lead."""

    description: str
    content: Mapping[str, Schema] = field(default_factory=lambda: {})
    cache: str = NO_STORE
    location: str = ""
    sets_cookie: bool = False


@dataclass(frozen=True)
class Parameter:
    """One value a route reads from its path, its query or a header; all of them are text, and none is believed."""

    name: str
    where: str
    description: str
    required: bool = False
    longest: int | None = None


@dataclass(frozen=True)
class Operation:
    """What one method of a route does. ``body`` is what it reads, if any: JSON unless ``body_type`` says so."""

    summary: str
    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None
    bearer: bool = False
    body_type: str = "application/json"
