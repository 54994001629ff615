"""地市历史用户升级: the five steps on the screen (R-2.3)."""

from dataclasses import asdict
from typing import Any

import reflex as rx

from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public
from jsrs_portal.domain.legacy import LEGACY_UPGRADE
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.wizards import Answers
from jsrs_portal.services import legacy_upgrade, legacy_verification
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.legacy_accounts import offered
from jsrs_portal.services.legacy_upgrade import AdminTyped
from jsrs_portal.services.legacy_verification import AccountTyped
from jsrs_portal.state.form_state import key_of
from jsrs_portal.state.forms import FormModel, submits
from jsrs_portal.state.gateways import gateways
from jsrs_portal.state.puzzle import ask_for_puzzle, wants_puzzle
from jsrs_portal.state.wizard import WizardState

ACCOUNT_FORM = "upgrade-account"
"""The form that is submitted again once its puzzle is solved."""


class OldAccountForm(FormModel):
    """Step 2 as typed."""

    username: str = ""
    password: str = ""
    unit_number: str = ""


class LegalForm(FormModel):
    """Step 3 as typed."""

    mobile: str = ""


class AdminForm(FormModel):
    """Step 4 as typed."""

    id_type: str = ""
    id_number: str = ""
    name: str = ""
    mobile: str = ""
    password: str = ""
    confirmation: str = ""


class UpgradeState(WizardState, rx.State):
    """The wizard; of the old account only the unit's name and what is masked come to the browser."""

    _spec = LEGACY_UPGRADE

    systems: list[dict[str, str]] = []
    system: str = ""
    system_name: str = ""
    system_hint: str = ""
    several: bool = False
    username: str = ""
    """Kept while 「单位编号」 is asked for, so that a page loaded again asks for no more than that."""
    proved: str = ""
    legal: dict[str, str] = {}
    mobile: str = ""
    explained: bool = False
    explaining: bool = False

    @rx.event
    @public(passive=True)
    async def load(self):
        """Open the page where this browser left it, at its first step with 「升级说明」 (R-2.3.1)."""
        self._show(await self._load())
        await self._opened()
        self.explaining = self.step == "system" and not self.explained

    @rx.event
    @public()
    def explain(self):
        """Show 「升级说明」 again."""
        self.explaining = True

    @rx.event
    @public()
    def understood(self):
        """「我已知晓」."""
        self.explaining, self.explained = False, True

    @rx.event
    @public()
    async def choose_system(self, key: str):
        """Step 1: a card (R-2.3.2)."""
        outcome = await legacy_verification.choose_system(
            asked=gateways().legacy, actor=current_actor(), saved=await self._load(), key=key_of(key)
        )
        await self._go_on(outcome)

    @rx.event
    @public()
    @submits(OldAccountForm)
    async def submit_account(self, read: OldAccountForm):
        """Step 2: check the old password; a puzzle may come first (R-2.3.3)."""
        outcome = await legacy_verification.submit_account(
            asked=gateways().legacy,
            actor=current_actor(),
            saved=await self._load(),
            typed=AccountTyped(**read.model_dump()),
        )
        if isinstance(outcome, list) and wants_puzzle(outcome):
            self.busy = False
            await ask_for_puzzle(self, retry=ACCOUNT_FORM)
            return
        if isinstance(outcome, list) and not self.several and outcome == [legacy_verification.ASK_NUMBER]:
            # A question, no error: nobody can know before that their account has several units.
            self.errors, self.error, self.trouble, self.ways, self.busy = [], {}, "", [], False
            self.several, self.username = True, read.username.strip()
            return
        await self._go_on(outcome)

    @rx.event
    @public()
    @submits(LegalForm)
    async def submit_legal(self, read: LegalForm):
        """Step 3: the legal representative is confirmed, their phone completed (R-2.3.4)."""
        outcome = await legacy_upgrade.submit_legal(
            gateways().registry,
            gateways().identity,
            actor=current_actor(),
            saved=await self._load(),
            mobile=read.mobile,
        )
        await self._go_on(outcome)

    @rx.event
    @public()
    @submits(AdminForm)
    async def submit_admin(self, read: AdminForm):
        """Step 4: do it; asked twice it answers twice and does it once (R-2.3.5 to R-2.3.7)."""
        outcome = await legacy_upgrade.upgrade(
            actor=current_actor(), saved=await self._load(), typed=AdminTyped(**read.model_dump())
        )
        await self._go_on(outcome)

    async def _go_on(self, outcome: SavedProgress | list[Refusal]) -> None:
        """Show the step that follows or what is wrong; a proof that grew old leads back to the password."""
        if isinstance(outcome, list) and legacy_upgrade.AGED in outcome:
            await self._lead_back(legacy_upgrade.AGED)
            return
        await self._settle(outcome)
        if not isinstance(outcome, list):
            await self._fill(outcome)

    async def _opened(self) -> None:
        await self._fill(await self._load())

    async def _fill(self, saved: SavedProgress) -> None:
        """Put what the step on the screen shows where the page finds it."""
        shown = offered(gateways().legacy)
        self.systems = [{"key": one.key, "name": one.name, "picture": one.picture} for one in shown]
        answers: dict[str, Answers] = saved.progress.answers
        chosen: Any = next((one for one in shown if one.key == answers.get("system", {}).get("key")), None)
        if chosen is None or chosen.key != self.system or self.step != "account":
            self.several, self.username = False, ""
        self.system, self.system_name, self.system_hint = (
            (chosen.key, chosen.name, chosen.hint) if chosen else ("", "", "")
        )
        view = legacy_upgrade.view_legal(saved)
        self.legal = asdict(view) if view else {}
        self.proved = f"「{view.unit_name}」已通过校验，不修改请留空。" if view else ""
        self.mobile = "已填写，不修改请留空。" if "legal" in answers else ""
