"""找回密码: whose account, the proof, the new password, on the screen (R-2.5)."""

from dataclasses import replace
from typing import Any

import reflex as rx

from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public
from jsrs_portal.domain.recovery import RECOVERY, AccountKind, ProofWay
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import password_recovery, password_reset
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.face_checks import FaceView
from jsrs_portal.services.password_recovery import AccountTyped
from jsrs_portal.state.account_step import CodeStepState, MobileForm
from jsrs_portal.state.face_step import FaceStepState
from jsrs_portal.state.forms import MALFORMED, FormModel, read_form, submits
from jsrs_portal.state.gateways import gateways
from jsrs_portal.state.identity_step import IdentityStepState
from jsrs_portal.state.puzzle import ask_for_puzzle, wants_puzzle

ACCOUNT_FORM = "recover-account"
"""The form that is submitted again once its puzzle is solved."""


class RecoveryForm(FormModel):
    """Step 1 as typed."""

    kind: str = ""
    account: str = ""
    id_type: str = ""
    id_number: str = ""
    name: str = ""


class RecoveryCodeForm(FormModel):
    """The code of step 2 as typed."""

    code: str = ""


class NewPasswordForm(FormModel):
    """Step 3 as typed."""

    mobile: str = ""
    code: str = ""
    password: str = ""
    confirmation: str = ""


class RecoveryState(IdentityStepState, FaceStepState, CodeStepState, rx.State):
    """The wizard; of the account only the masked phone and where it leads come to the browser, after the puzzle."""

    _spec = RECOVERY
    _face = password_recovery.FACE

    kind: str = AccountKind.LEGAL_REP.value
    account: str = ""
    way: str = ProofWay.FACE.value
    mobile: str = ""
    words: str = ""
    face_only: bool = False
    asks_phone: bool = False
    _asked_for: str = ""

    @rx.event
    @public(passive=True)
    async def load(self):
        """Open the page where this browser left it; the login says for whom (``?kind=person``)."""
        self._show(await self._load())
        await self._opened()
        wanted = self.router.url.query_parameters.get("kind", "")
        if wanted != self._asked_for:
            self._asked_for = wanted
            self._choose(wanted)

    @rx.event
    @public()
    def choose_kind(self, kind: str):
        """Show the fields of 「法定代表人」, 「管理员/经办人」, 「机构管理员」 or 「个人用户」."""
        self._choose(kind)

    @rx.event
    @public()
    @submits(RecoveryForm)
    async def submit_account(self, read: RecoveryForm):
        """Step 1: a puzzle, then whether there is such an account, then on to the face check."""
        saved = await self._load()
        outcome = await password_recovery.submit_account(
            actor=current_actor(), saved=saved, typed=_with_kept(read, saved)
        )
        if isinstance(outcome, list) and wants_puzzle(outcome):
            self.errors, self.error, self.trouble, self.busy = [], {}, "", False
            await ask_for_puzzle(self, retry=ACCOUNT_FORM)
            return
        await self._settle(outcome)
        if not isinstance(outcome, list):
            await self._fill(outcome)
            self.way, self.resend_at = ProofWay.FACE.value, 0
            if self.step == self._face.key:
                await self._start_face(outcome)

    @rx.event
    @public()
    def choose_way(self, way: str):
        """Show 「支付宝人脸识别」 or 「短信验证码」 (R-2.5.3)."""
        if way in tuple(ProofWay):
            self.way = way
            self.errors, self.error, self.trouble = [], {}, ""

    @rx.event
    @public()
    async def send_code(self, form: dict[str, Any]):
        """Step 2: 「获取验证码」, to the phone that is registered; what stands in the form does not matter."""
        saved = await self._load()
        await self._show_sent(await password_recovery.send_code(gateways().sms, actor=current_actor(), saved=saved))

    @rx.event
    @public()
    async def send_phone_code(self, form: dict[str, Any]):
        """Step 3, after a first face check: 「获取验证码」 for the phone that is typed there."""
        read = read_form(MobileForm, form)
        if read is None:
            self._refuse([MALFORMED])
            return
        await self._show_sent(
            await password_recovery.send_phone_code(
                gateways().sms, actor=current_actor(), saved=await self._load(), mobile=read.mobile
            )
        )

    @rx.event
    @public()
    async def submit_code(self, form: dict[str, Any]):
        """Step 2: compare the code."""
        read = read_form(RecoveryCodeForm, form)
        if read is None:
            self._refuse([MALFORMED])
            return
        saved = await self._load()
        outcome = await password_recovery.submit_code(actor=current_actor(), saved=saved, code=read.code.strip())
        await self._settle(outcome)
        if not isinstance(outcome, list):
            await self._fill(outcome)

    @rx.event
    @public()
    @submits(NewPasswordForm)
    async def submit_password(self, read: NewPasswordForm):
        """Step 3: set it; asked twice it answers twice and does it once."""
        outcome = await password_reset.set_new_password(
            actor=current_actor(),
            saved=await self._load(),
            password=read.password,
            confirmation=read.confirmation,
            mobile=read.mobile,
            code=read.code.strip(),
        )
        await self._settle(outcome)
        if isinstance(outcome, list) and any(refusal.code == "mobile_taken" for refusal in outcome):
            self.resend_at = 0
        if isinstance(outcome, list) and outcome[0] in password_reset.LEADS_BACK:
            await self._lead_back(outcome[0])

    def _choose(self, kind: str) -> None:
        if kind in tuple(AccountKind) and self.step == self._spec.steps[0].key:
            self.kind = kind
            self.errors, self.error, self.trouble = [], {}, ""

    async def _opened(self) -> None:
        saved = await self._load()
        await self._fill(saved)
        if self.step == self._face.key:
            await self._open_face(saved)

    async def _fill(self, saved: SavedProgress) -> None:
        """Prefill what is public, hint at what is personal, and say which login it is about."""
        kept = saved.progress.answers.get("account")
        self._hint_at(saved.progress, "account")
        self.account = kept["account"] if kept else ""
        self.kind = kept["kind"] if kept else self.kind
        view = await password_recovery.view_account(saved=saved)
        self.mobile, self.words = (view.mobile, view.words) if view else ("", "")
        self.face_only, self.asks_phone = (view.face_only, view.asks_phone) if view else (False, False)

    async def _begin_face(self, saved: SavedProgress) -> FaceView | Refusal:
        return await password_recovery.start_face(gateways().face, actor=current_actor(), saved=saved)


def _with_kept(form: RecoveryForm, saved: SavedProgress) -> AccountTyped:
    """Fill blank personal fields with what this browser answered before: they were shown masked only."""
    kept = saved.progress.answers.get("account", {})
    typed = AccountTyped(**form.model_dump())
    return replace(
        typed,
        id_number=typed.id_number.strip() or kept.get("id_number", ""),
        name=typed.name.strip() or kept.get("name", ""),
    )
