"""本人确认: the unit is proven by a certificate or a licence; a scan says who acts for it (R-2.4.5)."""

from typing import ClassVar

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public
from jsrs_portal.services.asserted_login import drop_proof, view_proof
from jsrs_portal.state.scan import ScanningState


class ConfirmState(ScanningState, rx.State):
    """The unit that this browser has proven, and the code that confirms who is there."""

    _confirms: ClassVar[bool] = True

    unit: str = ""
    source: str = ""

    @rx.event
    @public(passive=True)
    async def load(self):
        """Say which unit is entered, and show a code; without a proof it begins at the login page."""
        if current_actor().signed_in or current_actor().staff_id:
            await depart("/session/ended")
            return
        async with db.reading() as session:
            proof = await view_proof(session, actor=current_actor())
        if proof is None:
            await depart("/login?reason=confirm" if self.unit else "/login?reason=unproven")
            return
        self.unit, self.source = proof.unit_name, proof.source_label
        self._renewed = 0
        await self._fresh()

    @rx.event
    @public()
    async def leave(self):
        """「换一种方式登录」: what was proven of the unit is dropped."""
        async with db.unit_of_work() as session:
            await drop_proof(session, actor=current_actor())
        self._scan, self.shown, self.unit = "", "preparing", ""
        await depart("/login")
