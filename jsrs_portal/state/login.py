"""单位登录 and 个人登录 by password (R-2.4.4); the other ways say that they are still to come."""

from typing import Any
from urllib.parse import urlencode

import reflex as rx

from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import END_SENTENCES
from jsrs_portal.services import login
from jsrs_portal.state.forms import FormModel, read_form
from jsrs_portal.state.puzzle import ask_for_puzzle, wants_puzzle
from jsrs_portal.state.scan import ScanState
from jsrs_portal.state.wizard import MALFORMED

_REASONS = {end.value.lower(): sentence for end, sentence in END_SENTENCES.items()} | {
    "ticket": "登录未完成或已超时，请重新登录。",
    "keep": "登录后可以收藏事项；登录成功会回到刚才的指南。",
}


class UnitLoginForm(FormModel):
    """The unit side's password tab as typed."""

    account: str = ""
    identifier: str = ""
    password: str = ""


class PersonLoginForm(FormModel):
    """The personal side as typed."""

    identifier: str = ""
    password: str = ""


class LoginState(rx.State):
    """Which side and tab is shown, and what is wrong."""

    side: str = "unit"
    tab: str = "password"
    reason: str = ""
    errors: list[dict[str, str]] = []
    error: dict[str, str] = {}
    trouble: str = ""
    attempt: int = 0
    busy: bool = False

    @rx.event
    @public(passive=True)
    async def load(self):
        """Say why the person is here, if a session ended."""
        self.reason = _REASONS.get(self.router.url.query_parameters.get("reason", ""), "")
        self.errors, self.error, self.trouble, self.busy = [], {}, "", False
        if self.router.url.query_parameters.get("side", "") == "person":
            self.side = "person"
        if current_actor().signed_in or current_actor().staff_id:
            await depart("/session/ended")

    @rx.event
    @public()
    def choose_side(self, side: str):
        """Show 「个人登录」 or 「单位登录」."""
        if side in ("unit", "person"):
            self.side = side
            self.errors, self.error, self.trouble = [], {}, ""

    @rx.event
    @public()
    def choose_tab(self, tab: str):
        """Show 「CA」, 「扫码登录」 or 「账号密码」."""
        if tab in ("ca", "scan", "password"):
            self.tab = tab
        return ScanState.begin if tab == "scan" else None

    @rx.event
    @public()
    async def submit_unit(self, form: dict[str, Any]):
        """Log in for a unit."""
        self.busy = True
        yield
        try:
            read = read_form(UnitLoginForm, form)
            missing = _missing(read, _ACCOUNT | _PERSONAL if read else {})
            if current_actor().signed_in:  # in another tab meanwhile: whose session it is does not change by a form
                await depart("/session/ended")
                return
            if read is None or missing or current_actor().staff_id:
                self._refuse(missing or [MALFORMED])
                return
            outcome = await login.login_unit(
                actor=current_actor(), account=read.account, identifier=read.identifier, password=read.password
            )
            await self._settle(outcome, retry="login-unit")
        except Exception:
            self.busy = False
            raise

    @rx.event
    @public()
    async def submit_person(self, form: dict[str, Any]):
        """Log in as a person."""
        self.busy = True
        yield
        try:
            read = read_form(PersonLoginForm, form)
            missing = _missing(read, _PERSONAL) if read else []
            if current_actor().signed_in:  # in another tab meanwhile: whose session it is does not change by a form
                await depart("/session/ended")
                return
            if read is None or missing or current_actor().staff_id:
                self._refuse(missing or [MALFORMED])
                return
            outcome = await login.login_person(
                actor=current_actor(), identifier=read.identifier, password=read.password
            )
            several = isinstance(outcome, login.Ticket) and outcome.several
            await self._settle(outcome, retry="login-person", otherwise="/choose" if several else "")
        except Exception:
            self.busy = False
            raise

    async def _settle(self, outcome: login.Ticket | Refusal, *, retry: str, otherwise: str = "") -> None:
        """Fetch the session with a new document, or say that it was refused."""
        if isinstance(outcome, Refusal):
            if wants_puzzle([outcome]):
                self.busy = False
                await ask_for_puzzle(self, retry=retry)
            else:
                self._refuse([outcome])
            return
        wanted = self.router.url.query_parameters.get("next", "") or otherwise
        await depart("/session/open?" + urlencode({"ticket": outcome.value, "next": wanted}))

    def _refuse(self, refusals: list[Refusal]) -> None:
        self.errors = [{"field": r.field, "message": r.sentence} for r in refusals if r.field]
        self.error = {r.field: r.sentence for r in refusals if r.field}
        self.trouble = next((r.sentence for r in refusals if not r.field), "")
        self.reason = ""
        self.attempt += 1
        self.busy = False


_ACCOUNT = {"account": "请输入统一社会信用代码、单位编号或机构编号。"}
_PERSONAL = {"identifier": "请输入证件号码或移动电话。", "password": "请输入密码。"}


def _missing(form: FormModel | None, sentences: dict[str, str]) -> list[Refusal]:
    return [Refusal(text, name) for name, text in sentences.items() if not getattr(form, name).strip()]
