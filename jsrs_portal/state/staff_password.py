"""修改密码 of an officer: the first one with the authenticator before anything else, one's own at any time."""

from typing import Any

import reflex as rx
import segno

from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.once import show_once
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.permissions import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import staff_password
from jsrs_portal.services.staff_password import NewPassword
from jsrs_portal.state.form_state import FormState, missing
from jsrs_portal.state.forms import MALFORMED, FormModel, read_form


class StaffPasswordForm(FormModel):
    """A change of password as typed."""

    old: str = ""
    code: str = ""
    password: str = ""
    confirmation: str = ""

    def typed(self) -> NewPassword:
        """Return it as the service takes it."""
        return NewPassword(old=self.old, code=self.code, password=self.password, confirmation=self.confirmation)


_MISSING = {"old": "请输入原密码。", "password": "请输入新密码。", "confirmation": "请再次输入新密码。"}
_NO_CODE = {"code": "请输入动态口令。"}


def _read(form: object, *, with_code: bool) -> tuple[StaffPasswordForm | None, list[Refusal]]:
    """Return the form, or what is wrong with it before anybody is asked."""
    read = read_form(StaffPasswordForm, form)
    problems = missing(read, _MISSING | (_NO_CODE if with_code else {})) if read else [MALFORMED]
    return (None if problems else read), problems


class StaffPasswordState(FormState, rx.State):
    """修改初始密码, before anything else. ``secret`` and ``qr`` are only ever sent (``access.once``)."""

    enrolling: bool = False
    aged: bool = False
    secret: str = ""
    qr: str = ""

    @rx.event
    @requires(Permission.FIRST_PASSWORD, passive=True)
    async def load(self):
        """Show the form; whoever has changed theirs already is sent away by the policy, and people to their own."""
        self._refuse([])
        found = await staff_password.view_first_login(actor=current_actor())
        if isinstance(found, Refusal):
            await depart("/password/first")
            return
        self.enrolling, self.aged = bool(found.secret), found.aged
        if found.secret:
            qr = segno.make(found.address, error="m").svg_data_uri(scale=8, border=0)
            await show_once(self, secret=found.secret, qr=qr)

    @rx.event
    @requires(Permission.FIRST_PASSWORD)
    async def submit(self, form: dict[str, Any]):
        """Change the password and go in."""
        self.busy = True
        yield
        try:
            read, problems = _read(form, with_code=self.enrolling)
            if read is not None:
                problems = await staff_password.change_first_password(actor=current_actor(), typed=read.typed())
            self._refuse(problems)
            if not problems:
                await depart("/staff")
        finally:
            self.busy = False


class StaffOwnAccountState(FormState, rx.State):
    """我的账号: one's own password."""

    changed: bool = False

    @rx.event
    @requires(Permission.STAFF_HOME, passive=True)
    async def load(self):
        """Show the form."""
        self.changed = False
        self._refuse([])

    @rx.event
    @requires(Permission.STAFF_HOME)
    async def submit(self, form: dict[str, Any]):
        """Change the password; this session goes on, all others end."""
        self.busy = True
        yield
        try:
            read, problems = _read(form, with_code=True)
            if read is not None:
                problems = await staff_password.change_password(actor=current_actor(), typed=read.typed())
            self._refuse(problems)
            if not problems:
                self.changed = True
                await self._say("ok", "密码已修改，其他地方的登录已全部结束。")
        finally:
            self.busy = False
