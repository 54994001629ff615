"""What every wizard's state does alike: load the draft, show the step, say what is wrong, go back (rule 3)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import reflex as rx

from jsrs_portal import clock, db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.wizards import WizardSpec, current_step, go_back
from jsrs_portal.services.drafts import SavedProgress, drop_progress, load_progress, save_progress
from jsrs_portal.state.forms import epoch_ms


class WizardState(rx.State, mixin=True):
    """The step on the screen and what is wrong with it; the draft in the database is the truth."""

    _spec: ClassVar[WizardSpec]

    step: str = ""
    position: int = 1
    saved_text: str = ""
    errors: list[dict[str, str]] = []
    error: dict[str, str] = {}
    trouble: str = ""
    ways: list[dict[str, str]] = []
    attempt: int = 0
    busy: bool = False
    result: dict[str, str] = {}
    now_ms: int = 0
    """The server's clock when a countdown on the page was set."""

    async def _load(self) -> SavedProgress:
        """Return the draft as it is now; the state's own picture of it is never trusted."""
        async with db.reading() as session:
            return await load_progress(session, spec=self._spec, owner=current_actor().session_key)

    def _show(self, saved: SavedProgress) -> None:
        """Put the draft's current step on the screen and take away what was wrong."""
        self.step = current_step(self._spec, saved.progress)
        self.position = [step.key for step in self._spec.steps].index(self.step) + 1
        if self.step == self._spec.last:
            self.position += 1
        self.saved_text = (
            f"已保存 {saved.saved_at.astimezone(clock.BEIJING):%H:%M}" if saved.saved_at and saved.version else ""
        )
        self.result = {key: str(value) for key, value in saved.progress.result.items()}
        self.errors, self.error, self.trouble, self.ways = [], {}, "", []
        self.busy = False
        self.now_ms = epoch_ms(clock.now())  # a page that was loaded anew counts down from now

    def _refuse(self, refusals: Sequence[Refusal]) -> None:
        """Say what is wrong: at the fields and in the summary, what belongs to no field above the form."""
        self.errors = [{"field": r.field, "message": r.sentence} for r in refusals if r.field]
        self.error = {r.field: r.sentence for r in reversed(refusals) if r.field}
        self.trouble = next((r.sentence for r in refusals if not r.field), "")
        self.ways = [{"label": label, "href": href} for r in refusals for label, href in r.ways]
        self.attempt += 1
        self.busy = False

    async def _lead_back(self, refusal: Refusal) -> None:
        """Show the step that the draft stands at by now, and why it is an earlier one."""
        self._show(await self._load())
        await self._opened()
        self.trouble = refusal.sentence
        self.attempt += 1

    async def _settle(self, outcome: SavedProgress | list[Refusal]) -> None:
        """Show the step that follows, or what is wrong."""
        if isinstance(outcome, list):
            self._refuse(outcome)
        else:
            self._show(outcome)

    @rx.event
    @public()
    async def back(self):
        """Go to the step before; nothing is lost until an answer there is changed (R-2.2.8)."""
        saved = await self._load()
        before = replace(saved, progress=go_back(self._spec, saved.progress))
        if before == saved:
            self._show(saved)
            await self._opened()
            return
        async with db.unit_of_work() as session:
            kept = await save_progress(session, spec=self._spec, owner=current_actor().session_key, saved=before)
        self._show(replace(before, version=saved.version + 1) if kept else await self._load())
        await self._opened()

    @rx.event
    @public()
    async def start_again(self):
        """Throw the draft away and begin anew, e.g. for another unit on the same computer."""
        async with db.unit_of_work() as session:
            await drop_progress(session, spec=self._spec, owner=current_actor().session_key)
        self._show(await self._load())
        await self._opened()

    async def _opened(self) -> None:
        """Prepare what the step on the screen shows besides its form; wizards override it."""
