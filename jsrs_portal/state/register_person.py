"""个人用户注册: identity, account, done (R-2.2.7, R-2.2.8)."""

from typing import Any

import reflex as rx

from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.registration import PERSON_REGISTRATION
from jsrs_portal.services import person_registration
from jsrs_portal.services.person_registration import IdentityStep
from jsrs_portal.state.account_step import AccountForm, AccountStepState
from jsrs_portal.state.forms import FormModel, submits
from jsrs_portal.state.gateways import gateways
from jsrs_portal.state.identity_step import IdentityStepState


class IdentityForm(FormModel):
    """Step 1 as typed."""

    id_type: str = ""
    id_number: str = ""
    name: str = ""
    agreed: str = ""


class PersonRegistrationState(IdentityStepState, AccountStepState, rx.State):
    """The wizard; name and number never come back to the browser but masked."""

    _spec = PERSON_REGISTRATION
    _purpose = CodePurpose.PERSON_REGISTRATION

    kept_agreement: bool = False

    @rx.event
    @public(passive=True)
    async def load(self):
        """Open the page where this browser left it (R-2.2.8)."""
        self._show(await self._load())
        await self._opened()

    @rx.event
    @public()
    @submits(IdentityForm)
    async def submit_identity(self, read: IdentityForm):
        """Step 1: check name and document against the real-name service."""
        saved = await self._load()
        kept = saved.progress.answers.get("identity", {})
        typed = IdentityStep(
            id_type=read.id_type,
            id_number=read.id_number.strip() or kept.get("id_number", ""),
            name=read.name.strip() or kept.get("name", ""),
            agreed=read.agreed == "yes",
        )
        await self._settle(
            await person_registration.submit_identity_step(
                gateways().identity, actor=current_actor(), saved=saved, typed=typed
            )
        )

    @rx.event
    @public()
    async def send_code(self, form: dict[str, Any]):
        """Step 2: 「获取验证码」."""
        await self._send_code(form)

    @rx.event
    @public()
    @submits(AccountForm)
    async def submit_account(self, read: AccountForm):
        """Step 2: open the account; asked twice it answers twice and does it once."""
        saved = await self._load()
        await self._settle_account(
            await person_registration.register_person(actor=current_actor(), saved=saved, typed=read.typed())
        )

    async def _opened(self) -> None:
        progress = (await self._load()).progress
        self.kept_agreement = "identity" in progress.answers
        self._hint_at(progress, "identity")
