"""电子营业执照登录: the licence system's code, where it is, and the way on (R-2.4.6)."""

from urllib.parse import urlencode

import reflex as rx
import segno

from jsrs_portal import clock, db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public
from jsrs_portal.domain.outside_logins import LicenceState as Stage
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import licence_logins
from jsrs_portal.services.asserted_login import Confirm, Enter, Register
from jsrs_portal.settings import get_settings
from jsrs_portal.state.forms import epoch_ms
from jsrs_portal.state.gateways import gateways

CONFIRM = "/login/confirm"
_SHOWN_AS = {
    Stage.WAIT: "waiting",
    Stage.SCANNED: "scanned",
    Stage.AUTHED: "passed",
    Stage.USED: "passed",
    Stage.REFUSED: "cancelled",
    Stage.EXPIRED: "expired",
    Stage.FAILED: "failed",
}


class LicenceState(rx.State):
    """The code on the screen. What was proven stays on the server; ``demo_address`` is for the simulated phone."""

    shown: str = "preparing"
    qr: str = ""
    until: int = 0
    now_ms: int = 0
    trouble: str = ""
    demo_address: str = ""
    _login: str = ""

    @rx.event
    @public(passive=True)
    async def load(self):
        """Show a code; one that is still good on this page stays."""
        if current_actor().signed_in or current_actor().staff_id:
            await depart("/session/ended")
            return
        self.now_ms = epoch_ms(clock.now())
        if self.shown not in ("waiting", "scanned") or self.until <= epoch_ms(clock.now()):
            await self._fresh()

    @rx.event
    @public()
    async def begin(self):
        """Show a fresh code because somebody asked for one."""
        await self._fresh()

    @rx.event
    @public(passive=True)
    async def expire(self):
        """Say that the code's time is up; a new one is shown when somebody asks for it."""
        if self.shown in ("waiting", "scanned"):
            self.shown, self.qr, self._login, self.demo_address = "expired", "", "", ""

    @rx.event
    @public(passive=True)
    async def poll(self):
        """Ask where the code is; once the licence was shown, the page goes on."""
        gateway = gateways().licence
        if not self._login or gateway is None:
            return
        actor = current_actor()
        status = await licence_logins.follow(actor=actor, gateway=gateway, login_id=self._login)
        if status.state is Stage.AUTHED and not (actor.signed_in or actor.staff_id):
            async with db.unit_of_work() as session:
                outcome = await licence_logins.take_up(session, actor=actor, login_id=self._login)
            self._login = ""
            await self._go_on(outcome)
            return
        known = "elsewhere" if status.elsewhere else "barred" if status.final else _SHOWN_AS[status.state]
        self.shown, self.trouble = known, status.sentence
        if self.shown not in ("waiting", "scanned"):
            self._login = ""

    async def _go_on(self, outcome: Enter | Confirm | Register | Refusal | None) -> None:
        self.shown = "passed"
        if isinstance(outcome, Enter):
            await depart("/session/open?" + urlencode({"ticket": outcome.ticket}))
        elif isinstance(outcome, Confirm):
            await depart(CONFIRM)
        elif isinstance(outcome, Register):
            await depart(outcome.path)
        else:
            self.shown = "barred" if outcome else "failed"
            self.trouble = outcome.sentence if outcome else "本次扫码结果已经使用过，请刷新二维码重试。"

    async def _fresh(self) -> None:
        self.shown, self.qr, self.trouble, self._login, self.demo_address = "preparing", "", "", "", ""
        gateway = gateways().licence
        if gateway is None:
            self.shown, self.trouble = "unmade", "电子营业执照登录尚未开通，请使用其他方式登录。"
            return
        opened = await licence_logins.open_licence(actor=current_actor(), gateway=gateway)
        if isinstance(opened, Refusal):
            self.shown, self.trouble = "unmade", opened.sentence
            return
        self._login = opened.id
        self.qr = segno.make(opened.text, error="m").svg_data_uri(scale=6, border=0)
        self.demo_address = opened.text if get_settings().demo else ""
        self.until, self.now_ms, self.shown = epoch_ms(opened.expires_at), epoch_ms(clock.now()), "waiting"
