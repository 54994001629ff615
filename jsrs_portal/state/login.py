"""The login page: which side and which way, and 单位登录 and 个人登录 by password (R-2.4.1, R-2.4.4)."""

import re
from urllib.parse import urlencode

import reflex as rx

from jsrs_portal import clock
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public
from jsrs_portal.domain.assertions import SENTENCES as ASSERTION_SENTENCES
from jsrs_portal.domain.outside_logins import SSO_SENTENCES
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import END_SENTENCES
from jsrs_portal.services import login
from jsrs_portal.state.ca import begin_anew
from jsrs_portal.state.form_state import FormState, missing
from jsrs_portal.state.forms import MALFORMED, FormModel, epoch_ms, submits
from jsrs_portal.state.puzzle import ask_for_puzzle, wants_puzzle
from jsrs_portal.state.scan import ScanState

_REASONS: dict[str, str] = {
    **{end.value.lower(): sentence for end, sentence in END_SENTENCES.items()},
    **{problem.value: sentence for problem, sentence in SSO_SENTENCES.items()},
    **{problem.value: sentence for problem, sentence in ASSERTION_SENTENCES.items()},
    "ticket": "登录未完成或已超时，请重新登录。",
    "confirm": "单位的身份验证已超时，请重新登录。",
    "unproven": "本人确认前，请先用 CA 或电子营业执照验证单位身份。",
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


class LoginState(FormState, rx.State):
    """Which side and tab is shown, and what is wrong."""

    side: str = "unit"
    tab: str = "password"
    reason: str = ""
    account: str = ""
    """What the unit's first field begins with, where a page has just given somebody their number."""

    @rx.event
    @public(passive=True)
    async def load(self):
        """Say why the person is here, if a session ended."""
        self.reason = _REASONS.get(self.router.url.query_parameters.get("reason", ""), "")
        self._refuse([])
        given = self.router.url.query_parameters.get("account", "")
        self.account = given if _ACCOUNT_FORM.fullmatch(given) else ""
        if self.account:
            self.side, self.tab = "unit", "password"
        if self.router.url.query_parameters.get("side", "") == "person":
            self.side = "person"
        if self.router.url.query_parameters.get("way", "") == "ca":
            self.side, self.tab = "unit", "ca"
        await begin_anew(self, arriving=True)
        (await self.get_state(ScanState)).now_ms = epoch_ms(clock.now())  # its code counts down from now
        if current_actor().signed_in or current_actor().staff_id:
            await depart("/session/ended")

    @rx.event
    @public()
    def choose_side(self, side: str):
        """Show 「个人登录」 or 「单位登录」."""
        if side in ("unit", "person"):
            self.side, self.reason = side, ""
            self._refuse([])

    @rx.event
    @public()
    async def choose_tab(self, tab: str):
        """Show 「CA」, 「扫码登录」 or 「账号密码」."""
        if tab in ("ca", "scan", "password"):
            self.tab, self.reason = tab, ""
            self._refuse([])
            await begin_anew(self)
        return ScanState.begin if tab == "scan" else None

    @rx.event
    @public()
    @submits(UnitLoginForm)
    async def submit_unit(self, read: UnitLoginForm):
        """Log in for a unit."""
        if not await self._ready(read, _ACCOUNT | _PERSONAL):
            return
        outcome = await login.login_unit(
            actor=current_actor(), account=read.account, identifier=read.identifier, password=read.password
        )
        await self._settle(outcome, retry="login-unit")

    @rx.event
    @public()
    @submits(PersonLoginForm)
    async def submit_person(self, read: PersonLoginForm):
        """Log in as a person."""
        if not await self._ready(read, _PERSONAL):
            return
        outcome = await login.login_person(actor=current_actor(), identifier=read.identifier, password=read.password)
        several = isinstance(outcome, login.Ticket) and outcome.several
        await self._settle(outcome, retry="login-person", otherwise="/choose" if several else "")

    async def _ready(self, read: FormModel, needed: dict[str, str]) -> bool:
        """Tell whether a form can be compared: it is whole, and nobody is logged in here already."""
        actor = current_actor()
        if actor.signed_in:  # in another tab meanwhile: whose session it is does not change by a form
            await depart("/session/ended")
            return False
        problems = [MALFORMED] if actor.staff_id else missing(read, needed)
        if problems:
            self._say_no(problems)
        return not problems

    async def _settle(self, outcome: login.Ticket | Refusal, *, retry: str, otherwise: str = "") -> None:
        """Fetch the session with a new document, or say that it was refused."""
        if isinstance(outcome, Refusal):
            if wants_puzzle([outcome]):
                self.busy = False
                await ask_for_puzzle(self, retry=retry)
            else:
                self._say_no([outcome])
            return
        wanted = self.router.url.query_parameters.get("next", "") or otherwise
        await depart("/session/open?" + urlencode({"ticket": outcome.value, "next": wanted}))

    def _say_no(self, refusals: list[Refusal]) -> None:
        """Say what is wrong in the place of why the person is here."""
        self.reason = ""
        self._refuse(refusals)


_ACCOUNT_FORM = re.compile(r"[0-9A-Z]{8,18}")
_ACCOUNT = {"account": "请输入统一社会信用代码、单位编号或机构编号。"}
_PERSONAL = {"identifier": "请输入证件号码或移动电话。", "password": "请输入密码。"}
