"""法人注册: the four steps on the screen (R-2.2.1 to R-2.2.6, R-2.2.8)."""

from typing import Any

import reflex as rx

from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.registration import UNIT_REGISTRATION, proven_fields
from jsrs_portal.domain.wizards import Answers
from jsrs_portal.services import face_checks, unit_registration
from jsrs_portal.services.unit_registration import UnitStep
from jsrs_portal.state.account_step import AccountForm, AccountStepState
from jsrs_portal.state.face_step import FaceStepState
from jsrs_portal.state.forms import FormModel, submits
from jsrs_portal.state.gateways import gateways
from jsrs_portal.state.identity_step import IdentityStepState


class UnitForm(FormModel):
    """Step 1 as typed."""

    uscc: str = ""
    unit_name: str = ""
    id_type: str = ""
    id_number: str = ""
    legal_name: str = ""
    agreed: str = ""


class UnitRegistrationState(IdentityStepState, FaceStepState, AccountStepState, rx.State):
    """The wizard; personal values typed in step 1 never come back to the browser but masked."""

    _spec = UNIT_REGISTRATION
    _purpose = CodePurpose.UNIT_REGISTRATION
    _face = unit_registration.FACE

    uscc: str = ""
    unit_name: str = ""
    kept_agreement: bool = False

    @rx.event
    @public(passive=True)
    async def load(self):
        """Open the page where this browser left it (R-2.2.8)."""
        self._show(await self._load())
        await self._opened()

    @rx.event
    @public()
    @submits(UnitForm)
    async def submit_unit(self, read: UnitForm):
        """Step 1: check against the business registry, then on to the face check."""
        saved = await self._load()
        outcome = await unit_registration.submit_unit_step(
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
        """Step 3: open the account; asked twice it answers twice and does it once."""
        saved = await self._load()
        outcome = await unit_registration.register_unit(actor=current_actor(), saved=saved, typed=read.typed())
        await self._settle_account(outcome)
        if isinstance(outcome, list) and face_checks.FACE_MISSING in outcome:
            await self._lead_back(face_checks.FACE_MISSING)

    async def _opened(self) -> None:
        saved = await self._load()
        unit = saved.progress.answers.get("unit", {}) | proven_fields(saved.progress.given)
        self.uscc, self.unit_name = (
            unit.get("uscc", ""),
            unit.get("unit_name", "") or saved.progress.given.get("written_name", ""),
        )
        self.kept_agreement = "unit" in saved.progress.answers
        self._hint_at(saved.progress, "unit", "legal_name")
        if self.step == self._face.key:
            await self._open_face(saved)


def with_kept(form: UnitForm, answers: dict[str, Answers]) -> UnitStep:
    """Return step 1 with blank personal fields as this browser answered them before: they were shown masked only."""
    kept = answers.get("unit", {})
    return UnitStep(
        uscc=form.uscc,
        unit_name=form.unit_name,
        id_type=form.id_type,
        id_number=form.id_number.strip() or kept.get("id_number", ""),
        legal_name=form.legal_name.strip() or kept.get("legal_name", ""),
        agreed=form.agreed == "yes",
    )
