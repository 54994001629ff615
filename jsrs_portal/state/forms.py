"""From a browser's payload to typed values: nothing of it is believed before it has passed a strict model."""

import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from jsrs_portal.domain.refusal import Refusal

Form = TypeVar("Form", bound="FormModel")
Handle = Callable[[Any, Form], Awaitable[None]]
"""A method of a state that takes a form which has been read."""
Submit = Callable[[Any, dict[str, Any]], AsyncIterator[None]]
"""The event handler made of it: it takes what the browser sends."""
MALFORMED = Refusal("提交的内容格式不正确，请刷新页面后重试。", code="malformed")


def holds_text(value: str) -> bool:
    """Tell whether ``value`` is text as a browser's field holds it.

    It has no control characters but line ends: a database may choke on them.
    """
    return not any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\r\n\t" for sign in value)


class FormModel(BaseModel):
    """A form's fields: text of bounded length each, missing ones empty, unknown ones ignored."""

    @field_validator("*", mode="before")
    @classmethod
    def _no_control_characters(cls, value: Any) -> Any:
        if isinstance(value, str) and not holds_text(value):
            raise ValueError("control characters")
        return value

    model_config = ConfigDict(strict=True, extra="ignore", str_max_length=200, frozen=True)


def epoch_ms(instant: datetime) -> int:
    """Return an instant as the browser counts time: milliseconds since 1970."""
    return int(instant.timestamp() * 1000)


def read_form(model: type[Form], payload: Any) -> Form | None:
    """Return the form in ``payload``, or ``None`` when it is nothing our pages could have sent."""
    if not isinstance(payload, dict):
        return None
    try:
        return model.model_validate(payload)
    except ValidationError:
        return None


LONGEST_TEXT = 5000
MOST_TEXTS = 1000


class ReasonForm(FormModel):
    """Why something is done that needs a reason."""

    reason: str = ""


def read_texts(payload: object) -> dict[str, str] | None:
    """Return the texts by name that a form of no fixed model sends; ``None`` for what no page of ours could send."""
    if not isinstance(payload, dict) or len(payload) > MOST_TEXTS:  # pyright: ignore[reportUnknownArgumentType]
        return None
    found: dict[str, str] = {}
    for name, text in cast("dict[Any, Any]", payload).items():
        if not isinstance(name, str) or not isinstance(text, str) or len(name) > 140 or len(text) > LONGEST_TEXT:
            return None
        if not holds_text(name) or not holds_text(text):
            return None
        found[name] = text
    return found


def submits(model: type[Form]) -> Callable[[Handle[Form]], Submit]:
    """Make an event handler of what a state does with a form of ``model``.

    Its button turns from the click on until the state says how it went; what is no form of ours is refused, and a
    failure frees the button.
    """
    return lambda handle: _submitting(handle, lambda payload: read_form(model, payload))


def submits_texts(handle: Callable[[Any, dict[str, str]], Awaitable[None]]) -> Submit:
    """Make an event handler as :func:`submits` does, for a form whose fields are data."""
    return _submitting(handle, read_texts)


def _submitting(handle: Callable[[Any, Any], Awaitable[None]], read: Callable[[Any], Any]) -> Submit:
    async def submit(self: Any, form: dict[str, Any]) -> AsyncIterator[None]:
        self.busy = True
        yield
        try:
            found = read(form)
            if found is None:
                self._refuse([MALFORMED])
            else:
                await handle(self, found)
        except BaseException:  # too late, too
            self.busy = False
            raise

    # No functools.wraps: the handler takes what the browser sends, and says so by its own signature.
    submit.__name__, submit.__qualname__ = handle.__name__, handle.__qualname__
    submit.__doc__, submit.__module__ = handle.__doc__, handle.__module__
    return submit
