"""From a browser's payload to typed values: nothing of it is believed before it has passed a strict model."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

Form = TypeVar("Form", bound="FormModel")


class FormModel(BaseModel):
    """A form's fields: text of bounded length each, missing ones empty, unknown ones ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", str_max_length=200, frozen=True)


def read_form(model: type[Form], payload: Any) -> Form | None:
    """Return the form in ``payload``, or ``None`` when it is nothing our pages could have sent."""
    if not isinstance(payload, dict):
        return None
    try:
        return model.model_validate(payload)
    except ValidationError:
        return None
