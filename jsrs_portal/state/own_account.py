"""账号设置: what the page shows, changing the password, and the wizard for a new phone (R-2.6.8)."""

from typing import Any

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.own_account import PHONE_CHANGE
from jsrs_portal.services import own_account, own_password, phone_change
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.own_account import AccountView
from jsrs_portal.state.account_step import CodeStepState, MobileForm
from jsrs_portal.state.face_step import FaceStepState
from jsrs_portal.state.form_state import FormState
from jsrs_portal.state.forms import MALFORMED, FormModel, read_form, submits
from jsrs_portal.state.gateways import gateways
from jsrs_portal.state.wizard import WizardState


class PasswordForm(FormModel):
    """「密码设置」 as typed."""

    old: str = ""
    password: str = ""
    confirmation: str = ""


class PhoneForm(FormModel):
    """The new phone and its code as typed."""

    mobile: str = ""
    code: str = ""


class AccountState(FormState, rx.State):
    """The page's data, masked by the service; and the dialog in which the password is changed."""

    loaded: bool = False
    asking: bool = False
    view: AccountView = AccountView()

    @rx.event
    @requires(Permission.OWN_CREDENTIALS, passive=True)
    async def load(self):
        """Show the account: three statements. The dialog stays: a lost connection that comes back loads as well."""
        await self._read()

    @rx.event
    @requires(Permission.OWN_CREDENTIALS)
    def ask(self):
        """「修改」: open the dialog."""
        self.asking = not self.view.password_why
        self._refuse([])

    @rx.event
    @requires(Permission.OWN_CREDENTIALS)
    def close_dialog(self):
        """Leave it."""
        self.asking = False
        self._refuse([])

    @rx.event
    @requires(Permission.OWN_CREDENTIALS)
    @submits(PasswordForm)
    async def submit_password(self, read: PasswordForm):
        """Change the password; what the old one opened elsewhere ends."""
        refused = await own_password.change_password(
            actor=current_actor(), old=read.old, password=read.password, confirmation=read.confirmation
        )
        self._refuse(refused)
        if refused:
            return
        self.asking = False
        await self._say("ok", "密码已修改，用原密码登录的其他设备均已退出。")
        await self._read()

    async def _read(self) -> None:
        async with db.reading() as session:
            view = await own_account.view_account(session, actor=current_actor())
        if view is None:
            await depart("/refused")
            return
        self.view, self.loaded = view, True


class PhoneChangeState(FaceStepState, CodeStepState, rx.State):
    """The wizard; whose face it is, the session says."""

    _spec = PHONE_CHANGE
    _face = phone_change.FACE

    @rx.event
    @requires(Permission.OWN_CREDENTIALS, passive=True)
    async def load(self):
        """Open the page where this browser left it."""
        self._show(await self._load())
        await self._opened()

    @rx.event
    @requires(Permission.OWN_CREDENTIALS)
    async def send_code(self, form: dict[str, Any]):
        """「获取验证码」 for the new phone."""
        read = read_form(MobileForm, form)
        if read is None:
            self._refuse([MALFORMED])
            return
        await self._show_sent(
            await phone_change.send_code(
                gateways().sms, actor=current_actor(), saved=await self._load(), mobile=read.mobile
            )
        )

    @rx.event
    @requires(Permission.OWN_CREDENTIALS)
    @submits(PhoneForm)
    async def submit_phone(self, read: PhoneForm):
        """Make it the person's phone; asked twice it is done once."""
        outcome = await phone_change.change_phone(
            actor=current_actor(), saved=await self._load(), mobile=read.mobile, code=read.code.strip()
        )
        await self._settle(outcome)
        if isinstance(outcome, list) and outcome[0] in (phone_change.TAKEN, phone_change.SAME):
            self.resend_at = 0
        if outcome == [phone_change.PROOF_MISSING]:
            await self._lead_back(phone_change.PROOF_MISSING)

    # What every wizard has is for visitors too; this one is for who is signed in.

    @rx.event
    @requires(Permission.OWN_CREDENTIALS)
    async def back(self):
        """Go to the step before, of which there is none: a proof is not given again."""
        await WizardState.back(self)  # pyright: ignore[reportCallIssue]

    @rx.event
    @requires(Permission.OWN_CREDENTIALS)
    async def start_again(self):
        """Begin anew."""
        self.resend_at = 0
        await WizardState.start_again(self)  # pyright: ignore[reportCallIssue]

    @rx.event
    @requires(Permission.OWN_CREDENTIALS)
    async def start_face(self):
        """Show a fresh QR code."""
        self.face_state = "preparing"
        yield
        await self._start_face(await self._load())

    @rx.event
    @requires(Permission.OWN_CREDENTIALS, passive=True)
    async def poll_face(self):
        """Ask where the face check is."""
        await FaceStepState.poll_face(self)  # pyright: ignore[reportCallIssue]

    async def _load(self) -> SavedProgress:
        return await phone_change.begin(actor=current_actor(), saved=await super()._load())

    async def _opened(self) -> None:
        if self.step == self._face.key:
            await self._open_face(await self._load())
