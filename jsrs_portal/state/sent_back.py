"""What an application was sent back for, above its form and beside its fields (R-2.6.3.3)."""

import reflex as rx

from jsrs_portal.services.case_details import SentBack


class SentBackNotes(rx.State, mixin=True):
    """Why the case was sent back as a whole, and by the key of a field what is to be corrected there."""

    sent_back: SentBack = SentBack()
    remarks: dict[str, str] = {}

    def _note_why(self, why: SentBack) -> None:
        """Show ``why``; an empty one shows nothing."""
        self.sent_back = why
        self.remarks = dict(zip(why.fields, (one.value for one in why.remarks), strict=True))
