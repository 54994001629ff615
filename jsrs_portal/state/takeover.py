"""法定代表人变更: the four steps on the screen (R-2.6.2.4)."""

from typing import Any

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public
from jsrs_portal.domain import takeover as rules
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.takeover import TAKEOVER
from jsrs_portal.services import face_checks, takeover
from jsrs_portal.state.account_step import AccountForm, AccountStepState
from jsrs_portal.state.face_step import FaceStepState
from jsrs_portal.state.forms import submits
from jsrs_portal.state.gateways import gateways
from jsrs_portal.state.identity_step import IdentityStepState
from jsrs_portal.state.register_unit import UnitForm, with_kept


class TakeoverState(IdentityStepState, FaceStepState, AccountStepState, rx.State):
    """The wizard; what is typed in step 1 never comes back to the browser but masked."""

    _spec = TAKEOVER
    _purpose = CodePurpose.TAKEOVER
    _face = takeover.FACE

    uscc: str = ""
    unit_name: str = ""
    kept_agreement: bool = False
    needless: str = ""
    """Why nothing has to be changed; said to who has shown their face."""

    @rx.event
    @public(passive=True)
    async def load(self):
        """Open the page where this browser left it."""
        self._show(await self._load())
        await self._opened()

    @rx.event
    @public()
    @submits(UnitForm)
    async def submit_unit(self, read: UnitForm):
        """Step 1: check against the business registry, then on to the face check."""
        saved = await self._load()
        outcome = await takeover.submit_unit_step(
            gateways().registry, actor=current_actor(), saved=saved, typed=with_kept(read, saved.progress.answers)
        )
        await self._settle(outcome)
        if self.step == "face" and not isinstance(outcome, list):
            await self._start_face(outcome)

    @rx.event
    @public()
    async def send_code(self, form: dict[str, Any]):
        """Step 3: 「获取验证码」."""
        await self._send_code(form)

    @rx.event
    @public()
    @submits(AccountForm)
    async def submit_account(self, read: AccountForm):
        """Step 3: take the account over; asked twice it answers twice and does it once."""
        saved = await self._load()
        outcome = await takeover.take_over(gateways().registry, actor=current_actor(), saved=saved, typed=read.typed())
        await self._settle_account(outcome)
        if isinstance(outcome, list) and face_checks.FACE_MISSING in outcome:
            await self._lead_back(face_checks.FACE_MISSING)

    async def _opened(self) -> None:
        saved = await self._load()
        unit = saved.progress.answers.get("unit", {})
        self.uscc, self.unit_name = unit.get("uscc", ""), unit.get("unit_name", "")
        self.kept_agreement = "unit" in saved.progress.answers
        self._hint_at(saved.progress, "unit", "legal_name")
        self.needless = ""
        if self.step == self._face.key:
            await self._open_face(saved)
        elif self.step == "account":
            async with db.reading() as session:
                if await takeover.leads_already(session, actor=current_actor(), saved=saved):
                    self.needless = rules.SAME.sentence
