"""工作人员登录 with two factors, and the first password that has to be changed."""

from typing import Any
from urllib.parse import urlencode

import reflex as rx

from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public, requires
from jsrs_portal.domain.permissions import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import END_SENTENCES
from jsrs_portal.services import staff_login
from jsrs_portal.state.form_state import FormState
from jsrs_portal.state.forms import FormModel, read_form
from jsrs_portal.state.wizard import MALFORMED

_REASONS = {end.value.lower(): sentence for end, sentence in END_SENTENCES.items()} | {
    "ticket": "登录未完成或已超时，请重新登录。"
}
_SIGNED_IN = Refusal("当前浏览器已登录办事服务大厅。请先退出，或换一个浏览器登录工作人员平台。", code="signed_in")


class StaffLoginForm(FormModel):
    """The login as typed."""

    login: str = ""
    password: str = ""
    code: str = ""


class StaffPasswordForm(FormModel):
    """The change of the first password as typed."""

    old: str = ""
    password: str = ""
    confirmation: str = ""


_LOGIN_MISSING = {"login": "请输入账号。", "password": "请输入密码。", "code": "请输入动态口令。"}
_PASSWORD_MISSING = {
    "old": "请输入初始密码。",
    "password": "请输入新密码。",
    "confirmation": "请再次输入新密码。",
}


def _missing(form: FormModel, sentences: dict[str, str]) -> list[Refusal]:
    return [Refusal(text, name) for name, text in sentences.items() if not getattr(form, name).strip()]


class StaffLoginState(FormState, rx.State):
    """The officers' login. ``codes`` are the demonstration's one-time passwords, empty everywhere else."""

    reason: str = ""
    codes: list[dict[str, str]] = []

    @rx.event
    @public(passive=True)
    async def load(self):
        """Say why the officer is here, if a session ended; whoever is logged in already goes in."""
        self.reason = _REASONS.get(self.router.url.query_parameters.get("reason", ""), "")
        self._refuse([])
        self._read_codes()
        if current_actor().staff_id:
            await depart("/session/ended")

    @rx.event
    @public(passive=True)
    def refresh_codes(self):
        """Show the demonstration's one-time passwords of now."""
        self._read_codes()

    @rx.event
    @public()
    async def submit(self, form: dict[str, Any]):
        """Log in."""
        self.busy = True
        yield
        try:
            read = read_form(StaffLoginForm, form)
            problems = _missing(read, _LOGIN_MISSING) if read else [MALFORMED]
            if current_actor().signed_in:
                problems = [_SIGNED_IN]
            if read is None or problems:
                self._refuse(problems)
                return
            outcome = await staff_login.login_staff(
                actor=current_actor(), login=read.login, password=read.password, code=read.code
            )
            if isinstance(outcome, Refusal):
                self.reason = ""
                self._refuse([outcome])
                return
            wanted = self.router.url.query_parameters.get("next", "")
            await depart("/staff/session/open?" + urlencode({"ticket": outcome.value, "next": wanted}))
        except Exception:
            self.busy = False
            raise

    def _read_codes(self) -> None:
        self.codes = [{"login": one.login, "code": one.code} for one in staff_login.demo_codes()]


class StaffPasswordState(FormState, rx.State):
    """修改初始密码: before anything else."""

    @rx.event
    @requires(Permission.FIRST_PASSWORD, passive=True)
    async def load(self):
        """Show the form; whoever has changed theirs already is sent away by the policy, and people to their own."""
        self._refuse([])
        if not current_actor().staff_id:
            await depart("/password/first")

    @rx.event
    @requires(Permission.FIRST_PASSWORD)
    async def submit(self, form: dict[str, Any]):
        """Change the password and go in."""
        self.busy = True
        yield
        try:
            read = read_form(StaffPasswordForm, form)
            problems = _missing(read, _PASSWORD_MISSING) if read else [MALFORMED]
            if read is not None and not problems:
                problems = await staff_login.change_first_password(
                    actor=current_actor(), old=read.old, password=read.password, confirmation=read.confirmation
                )
            self._refuse(problems)
            if not problems:
                await depart("/staff")
        finally:
            self.busy = False
