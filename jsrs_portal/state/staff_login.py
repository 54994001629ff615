"""工作人员登录: account, password and one-time password in one step."""

from urllib.parse import urlencode

import reflex as rx

from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import END_SENTENCES
from jsrs_portal.services import staff_login
from jsrs_portal.state.form_state import FormState, missing
from jsrs_portal.state.forms import FormModel, submits

_REASONS = {end.value.lower(): sentence for end, sentence in END_SENTENCES.items()} | {
    "ticket": "登录未完成或已超时，请重新登录。"
}
_SIGNED_IN = Refusal("当前浏览器已登录办事服务大厅。请先退出，或换一个浏览器登录工作人员平台。", code="signed_in")


class StaffLoginForm(FormModel):
    """The login as typed."""

    login: str = ""
    password: str = ""
    code: str = ""


_MISSING = {"login": "请输入账号。", "password": "请输入密码。", "code": "请输入动态口令；首次登录的，请输入授权码。"}


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
    @submits(StaffLoginForm)
    async def submit(self, read: StaffLoginForm):
        """Log in."""
        problems = [_SIGNED_IN] if current_actor().signed_in else missing(read, _MISSING)
        if problems:
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

    def _read_codes(self) -> None:
        self.codes = [{"login": one.login, "code": one.code} for one in staff_login.demo_codes()]
