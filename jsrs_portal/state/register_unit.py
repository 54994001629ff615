"""法人注册: the four steps on the screen (R-2.2.1 to R-2.2.6, R-2.2.8)."""

import reflex as rx

from jsrs_portal.access.actor import current_actor
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.registration import UNIT_REGISTRATION, proven_fields
from jsrs_portal.gateways.business_registry.port import BusinessRegistry
from jsrs_portal.services import unit_registration
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.registration import AccountStep
from jsrs_portal.services.unit_registration import UnitStep
from jsrs_portal.state.unit_wizard import Outcome, UnitWizardState


class UnitRegistrationState(UnitWizardState, rx.State):
    """The wizard; what the visitor proved elsewhere is filled in."""

    _spec = UNIT_REGISTRATION
    _purpose = CodePurpose.UNIT_REGISTRATION
    _face = unit_registration.FACE

    async def _check_unit(self, registry: BusinessRegistry, saved: SavedProgress, typed: UnitStep) -> Outcome:
        return await unit_registration.submit_unit_step(registry, actor=current_actor(), saved=saved, typed=typed)

    async def _finish(self, registry: BusinessRegistry, saved: SavedProgress, typed: AccountStep) -> Outcome:
        return await unit_registration.register_unit(actor=current_actor(), saved=saved, typed=typed)

    async def _opened(self) -> None:
        saved = await self._load()
        given = saved.progress.given
        unit = saved.progress.answers.get("unit", {}) | proven_fields(given)
        self._show_unit(saved, unit | {"unit_name": unit.get("unit_name") or given.get("written_name", "")})
        if self.step == self._face.key:
            await self._open_face(saved)
