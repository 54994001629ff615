"""From a browser's payload to typed values: nothing of it is believed before it has passed a strict model."""

import unicodedata
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

Form = TypeVar("Form", bound="FormModel")


class FormModel(BaseModel):
    """A form's fields: text of bounded length each, missing ones empty, unknown ones ignored."""

    @field_validator("*", mode="before")
    @classmethod
    def _no_control_characters(cls, value: Any) -> Any:
        """A browser's field holds no control characters but line ends; a database may choke on them."""
        if isinstance(value, str) and any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\r\n\t" for c in value):
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
