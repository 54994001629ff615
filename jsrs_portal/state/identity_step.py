"""The document and the name that a wizard's first step asks for."""

from jsrs_portal.domain import masking
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.wizards import Answers
from jsrs_portal.state.wizard import WizardState


class IdentityStepState(WizardState, mixin=True):
    """What was typed never comes back to the browser but masked; a field left blank stands for what was typed."""

    id_type: str = "01"
    id_number_hint: str = ""
    name_hint: str = ""

    def _hint_at(self, kept: Answers | None, name: str = "name") -> None:
        """Say which document and which name (under ``name``) were answered before."""
        self.id_type = kept["id_type"] if kept else "01"
        self.id_number_hint = self.name_hint = ""
        if kept:
            number = masking.mask_document(DocumentType(kept["id_type"]), kept["id_number"])
            self.id_number_hint = f"已填写 {number}，不修改请留空"
            self.name_hint = f"已填写 {masking.mask_name(kept[name])}，不修改请留空"
