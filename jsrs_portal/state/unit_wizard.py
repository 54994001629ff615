"""What 法人注册 and 法定代表人变更 have in common: unit and representative, their face, a phone and a password."""

from typing import Any

import reflex as rx

from jsrs_portal.access.policies import public
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.wizards import Answers
from jsrs_portal.gateways.business_registry.port import BusinessRegistry
from jsrs_portal.services import face_checks
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.registration import AccountStep
from jsrs_portal.services.unit_registration import UnitStep
from jsrs_portal.state.account_step import AccountForm, AccountStepState
from jsrs_portal.state.face_step import FaceStepState
from jsrs_portal.state.forms import FormModel, submits
from jsrs_portal.state.gateways import gateways
from jsrs_portal.state.identity_step import IdentityStepState

Outcome = SavedProgress | list[Refusal]


class UnitForm(FormModel):
    """Step 1 as typed."""

    uscc: str = ""
    unit_name: str = ""
    id_type: str = ""
    id_number: str = ""
    legal_name: str = ""
    agreed: str = ""


class UnitWizardState(IdentityStepState, FaceStepState, AccountStepState, mixin=True):
    """The wizard; personal values typed in step 1 never come back to the browser but masked."""

    uscc: str = ""
    unit_name: str = ""
    kept_agreement: bool = False

    async def _check_unit(self, registry: BusinessRegistry, saved: SavedProgress, typed: UnitStep) -> Outcome:
        """Do step 1."""
        raise NotImplementedError

    async def _finish(self, registry: BusinessRegistry, saved: SavedProgress, typed: AccountStep) -> Outcome:
        """Do step 3, once."""
        raise NotImplementedError

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
        outcome = await self._check_unit(gateways().registry, saved, with_kept(read, saved.progress.answers))
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
        """Step 3: do what the wizard is for; asked twice it answers twice and does it once."""
        outcome = await self._finish(gateways().registry, await self._load(), read.typed())
        await self._settle_account(outcome)
        if isinstance(outcome, list) and face_checks.FACE_MISSING in outcome:
            await self._lead_back(face_checks.FACE_MISSING)

    def _show_unit(self, saved: SavedProgress, unit: Answers) -> None:
        """Show ``unit``, what is known of step 1."""
        self.uscc, self.unit_name = unit.get("uscc", ""), unit.get("unit_name", "")
        self.kept_agreement = "unit" in saved.progress.answers
        self._hint_at(saved.progress, "unit", "legal_name")


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
