"""The document and the name that a wizard's first step asks for, and what of that step is proven already."""

from jsrs_portal.domain import masking
from jsrs_portal.domain.assertions import SOURCE_LABELS, Source
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.registration import proven_fields
from jsrs_portal.domain.wizards import Answers, Progress
from jsrs_portal.state.wizard import WizardState


class IdentityStepState(WizardState, mixin=True):
    """What was typed never comes back to the browser but masked; a field left blank stands for what was typed.

    ``locked`` are the fields that ``proven_by`` has proven: they are shown, masked where they are personal, and cannot
    be changed; whatever is sent for them, what was proven stands.
    """

    id_type: str = "01"
    id_number_hint: str = ""
    name_hint: str = ""
    id_number_shown: str = ""
    name_shown: str = ""
    locked: list[str] = []
    proven_by: str = ""

    def _hint_at(self, progress: Progress, step: str, name: str = "name") -> None:
        """Say which document and which name (under ``name``) of ``step`` are proven, or were answered before."""
        kept: Answers = progress.answers.get(step, {})
        given = proven_fields(progress.given)
        self.locked = sorted(given)
        self.proven_by = SOURCE_LABELS[Source(progress.given["source"])] if given else ""
        known = kept | given
        self.id_type = known.get("id_type", "01")
        self.id_number_hint = self.name_hint = self.id_number_shown = self.name_shown = ""
        if "id_number" in known:
            number = masking.mask_document(DocumentType(known["id_type"]), known["id_number"])
            self.id_number_hint, self.id_number_shown = self._hint("id_number", number)
        if name in known:
            self.name_hint, self.name_shown = self._hint(name, masking.mask_name(known[name]))

    def _hint(self, field: str, masked: str) -> tuple[str, str]:
        """Return the hint at a field, and what stands in it."""
        if field in self.locked:
            return f"由{self.proven_by}提供", masked
        return f"已填写 {masked}，不修改请留空", ""
