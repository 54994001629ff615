"""An application's form on the screen that outlasted its connection, maybe its server (R-2.2.8)."""

from typing import TYPE_CHECKING

import reflex as rx

from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services.opened_cases import Opened
from jsrs_portal.state.form_state import FormState
from jsrs_portal.state.forms import read_texts

UNREADABLE = Refusal("有一栏内容过长（超过 5000 字）或含有不可见的特殊字符，尚未保存，请改短或重新输入该栏。")


class TakenUp(FormState, rx.State, mixin=True):
    """How the page's form and what is kept of it stand to each other."""

    if TYPE_CHECKING:
        step: str

        async def _save(self, typed: dict[str, str], began: dict[str, str] | None = None) -> Opened | None:
            """As in the page's state."""

    revision: int = 0
    """Grows when the form is to be made anew with what stands in the database."""
    answered: int = 0
    """Grows with every answer to what the page sent to be kept."""
    unsaved: bool = False
    """Whether that answer was no."""

    @rx.event
    @requires(Permission.APPLY)
    async def resume(self, values: dict[str, str], before: dict[str, str], answered: int, revision: int):
        """Keep what stands in a form that began from ``before``; ``answered`` and ``revision`` are what it shows."""
        typed, began = read_texts(values), read_texts(before)
        if self.step != "form" or type(answered) is not int or type(revision) is not int:
            return
        self.answered, self.revision = answered, revision
        if typed is None or began is None:
            self._unreadable()
            return
        await self._save(typed, began)

    def _unreadable(self) -> None:
        """Say that nothing of what was sent is kept."""
        self._refuse([UNREADABLE])
        self.unsaved, self.answered = True, self.answered + 1
