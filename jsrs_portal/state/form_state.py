"""What every state with a form does alike: say what is wrong with it, and what was done."""

from collections.abc import Mapping, Sequence

import reflex as rx

from jsrs_portal.domain.keys import key_of as key_of
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.state.forms import FormModel
from jsrs_portal.state.shell import say_on_page


class FormState(rx.State, mixin=True):
    """What is wrong: at the fields, in the summary, and above the form."""

    errors: list[dict[str, str]] = []
    error: dict[str, str] = {}
    trouble: str = ""
    attempt: int = 0
    busy: bool = False

    def _refuse(self, refusals: Sequence[Refusal]) -> None:
        """Show ``refusals``; none of them takes away what stood there."""
        self.errors = [{"field": r.field, "message": r.sentence} for r in refusals if r.field]
        self.error = {r.field: r.sentence for r in reversed(refusals) if r.field}
        self.trouble = next((r.sentence for r in refusals if not r.field), "")
        self.attempt += 1 if refusals else 0
        self.busy = False

    def _still(self, wrong: Mapping[str, str]) -> None:
        """Say no more what was wrong at its field and is not any more; ``wrong`` are the sentences by field now."""
        if not self.errors:
            return
        attempt = self.attempt
        self._refuse([Refusal(wrong[one["field"]], one["field"]) for one in self.errors if one["field"] in wrong])
        self.attempt = attempt

    async def _say(self, kind: str, sentence: str) -> None:
        """Show the message of the last action in the frame."""
        await say_on_page(self, kind, sentence)


def missing(form: FormModel, sentences: Mapping[str, str]) -> list[Refusal]:
    """Return the sentence of each field that was left empty."""
    return [Refusal(text, name) for name, text in sentences.items() if not getattr(form, name).strip()]
