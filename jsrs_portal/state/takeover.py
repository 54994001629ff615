"""法定代表人变更: the four steps on the screen (R-2.6.2.4)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.domain import takeover as rules
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.takeover import TAKEOVER
from jsrs_portal.gateways.business_registry.port import BusinessRegistry
from jsrs_portal.services import takeover
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.registration import AccountStep
from jsrs_portal.services.unit_registration import UnitStep
from jsrs_portal.state.unit_wizard import Outcome, UnitWizardState


class TakeoverState(UnitWizardState, rx.State):
    """The wizard."""

    _spec = TAKEOVER
    _purpose = CodePurpose.TAKEOVER
    _face = takeover.FACE

    needless: str = ""
    """Why nothing has to be changed; said to who has shown their face."""

    async def _check_unit(self, registry: BusinessRegistry, saved: SavedProgress, typed: UnitStep) -> Outcome:
        return await takeover.submit_unit_step(registry, actor=current_actor(), saved=saved, typed=typed)

    async def _finish(self, registry: BusinessRegistry, saved: SavedProgress, typed: AccountStep) -> Outcome:
        return await takeover.take_over(registry, actor=current_actor(), saved=saved, typed=typed)

    async def _opened(self) -> None:
        saved = await self._load()
        self._show_unit(saved, saved.progress.answers.get("unit", {}))
        self.needless = ""
        if self.step == self._face.key:
            await self._open_face(saved)
        elif self.step == "account":
            async with db.reading() as session:
                if await takeover.leads_already(session, actor=current_actor(), saved=saved):
                    self.needless = rules.SAME.sentence
