"""The account step that both registrations end with: phone, code, password (R-2.2.4)."""

from typing import ClassVar

from jsrs_portal import clock
from jsrs_portal.access.actor import current_actor
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.identifiers import check_mobile
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.wizards import may_submit
from jsrs_portal.services import codes
from jsrs_portal.services.codes import CodeSent
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.registration import STALE, AccountStep
from jsrs_portal.state.forms import MALFORMED, FormModel, epoch_ms, read_form
from jsrs_portal.state.gateways import gateways
from jsrs_portal.state.puzzle import ask_for_puzzle, wants_puzzle
from jsrs_portal.state.wizard import WizardState


class MobileForm(FormModel):
    """What is sent to ask for a code."""

    mobile: str = ""


class AccountForm(FormModel):
    """The account step as typed."""

    mobile: str = ""
    code: str = ""
    password: str = ""
    confirmation: str = ""

    def typed(self) -> AccountStep:
        """Return it as the service takes it."""
        return AccountStep(
            mobile=self.mobile, code=self.code.strip(), password=self.password, confirmation=self.confirmation
        )


class CodeStepState(WizardState, mixin=True):
    """What became of asking for a code."""

    resend_at: int = 0

    async def _show_sent(self, outcome: CodeSent | Refusal) -> None:
        """Say until when no other code can be asked for, or why none was sent; a puzzle may come first."""
        if isinstance(outcome, Refusal):
            if wants_puzzle([outcome]):
                await ask_for_puzzle(self, retry="code-send")
            else:
                self._refuse([outcome])
            return
        self.errors, self.error, self.trouble, self.ways = [], {}, "", []
        self.now_ms, self.resend_at = epoch_ms(clock.now()), epoch_ms(outcome.resend_at)


class AccountStepState(CodeStepState, mixin=True):
    """Sending the code; the final submission is each wizard's own."""

    _purpose: ClassVar[CodePurpose]

    async def _settle_account(self, outcome: SavedProgress | list[Refusal]) -> None:
        """Show the end, or what is wrong; for another phone another code may be asked for at once."""
        await self._settle(outcome)
        if isinstance(outcome, list) and any(refusal.code == "mobile_taken" for refusal in outcome):
            self.resend_at = 0

    async def _send_code(self, payload: object) -> None:
        """Send a code to the phone typed, if the wizard has come that far."""
        form = read_form(MobileForm, payload)
        saved = await self._load()
        if form is None or not may_submit(self._spec, saved.progress, "account"):
            self._refuse([MALFORMED if form is None else STALE])
            return
        checked = check_mobile(form.mobile)
        if not checked.ok:
            self._refuse([Refusal(checked.sentence, "mobile")])
            return
        outcome = await codes.send_code(
            gateways().sms, actor=current_actor(), purpose=self._purpose, mobile=checked.value or ""
        )
        await self._show_sent(outcome)
