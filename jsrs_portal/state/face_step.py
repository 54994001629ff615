"""The step with the QR code that a phone scans, in every wizard that asks for somebody's face (R-2.2.3, R-2.5.3)."""

from typing import ClassVar

import reflex as rx
import segno

from jsrs_portal import clock
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.proofs import FaceState
from jsrs_portal.services import face_step
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.face_checks import FaceView
from jsrs_portal.services.face_step import FaceStep
from jsrs_portal.state.forms import epoch_ms
from jsrs_portal.state.gateways import gateways
from jsrs_portal.state.wizard import WizardState

_SHOWN_AS = {
    FaceState.WAITING: "waiting",
    FaceState.PASSED: "passed",
    FaceState.USED: "passed",
    FaceState.FAILED: "failed",
    FaceState.CANCELLED: "cancelled",
    FaceState.EXPIRED: "expired",
}


class FaceStepState(WizardState, mixin=True):
    """The code on the screen and what became of it."""

    _face: ClassVar[FaceStep]

    qr: str = ""
    face_state: str = "preparing"
    face_until: int = 0

    @rx.event
    @public()
    async def start_face(self):
        """Show a fresh QR code, the first one or after one that expired or failed."""
        self.face_state = "preparing"
        yield
        await self._start_face(await self._load())

    @rx.event
    @public(passive=True)
    async def poll_face(self):
        """Ask where the face check is; when it has passed the page moves on by itself."""
        saved, view = await face_step.follow(
            gateways().face, self._face, actor=current_actor(), saved=await self._load()
        )
        if view is not None:
            self._show_face(view)
        if self._face.key in saved.progress.answers and self.step == self._face.key:
            self._show(saved)
            await self._opened()

    async def _open_face(self, saved: SavedProgress) -> None:
        """Show this browser's check where it is, or begin one."""
        view = await face_step.latest(self._face, actor=current_actor(), saved=saved)
        if view is None:
            await self._start_face(saved)
        else:
            self._show_face(view)

    async def _start_face(self, saved: SavedProgress) -> None:
        outcome = await self._begin_face(saved)
        if isinstance(outcome, Refusal):
            self.face_state = "unmade"
            self.qr, self.trouble = "", outcome.sentence
        else:
            self.trouble = ""
            self._show_face(outcome)

    async def _begin_face(self, saved: SavedProgress) -> FaceView | Refusal:
        """Begin a check; wizards that look at something else first override it."""
        return await face_step.start(gateways().face, self._face, actor=current_actor(), saved=saved)

    def _show_face(self, view: FaceView) -> None:
        self.face_state = _SHOWN_AS[view.state]
        self.now_ms, self.face_until = epoch_ms(clock.now()), epoch_ms(view.expires_at)
        if view.state is FaceState.WAITING:
            self.qr = segno.make(view.address, error="m").svg_data_uri(scale=8, border=0)
