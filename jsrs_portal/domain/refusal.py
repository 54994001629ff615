"""The one shape in which an operation says no."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """Why something was not done: a sentence for the person, and the form field it belongs to (or none).

    Operations return it instead of raising, so that what they counted (a failed try, a used code) is kept.
    ``ways`` are the pages where it goes on, as (label, path).
    """

    sentence: str
    field: str = ""
    code: str = ""
    ways: tuple[tuple[str, str], ...] = ()
