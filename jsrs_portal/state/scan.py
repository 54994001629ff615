"""The code on the screen, where it is, and the way in once a phone has confirmed it (R-2.4.3, R-2.4.5)."""

from typing import ClassVar
from urllib.parse import urlencode

import reflex as rx
import segno

from jsrs_portal import clock, db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public
from jsrs_portal.domain import scans
from jsrs_portal.domain.devices import describe_device
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import scan_logins
from jsrs_portal.settings import get_settings
from jsrs_portal.state.forms import epoch_ms

_SHOWN_AS = {
    scans.ScanState.CREATED: "waiting",
    scans.ScanState.SCANNED: "scanned",
    scans.ScanState.CONFIRMED: "passed",
    scans.ScanState.CONSUMED: "passed",
    scans.ScanState.CANCELLED: "cancelled",
    scans.ScanState.EXPIRED: "expired",
}


class ScanningState(rx.State, mixin=True):
    """The code on the screen: on the login page, or where a proven unit is confirmed (``_confirms``).

    Its secret is in the picture only; of the person only the masked name comes here.
    In the demonstration ``demo_address`` is what the picture says, for the simulated phone on the same computer.
    """

    _confirms: ClassVar[bool] = False

    shown: str = "preparing"
    qr: str = ""
    until: int = 0
    now_ms: int = 0
    person: str = ""
    trouble: str = ""
    demo_address: str = ""
    _scan: str = ""
    _renewed: int = 0

    @rx.event
    @public()
    async def begin(self):
        """Show a fresh code because somebody asked for one."""
        self._renewed = 0
        await self._fresh()

    @rx.event
    @public(passive=True)
    async def renew(self):
        """Show a fresh code because the time of the one before is up; not for ever."""
        if not self._scan:
            return
        if self._renewed >= scans.RENEWALS:
            self.shown, self.qr = "expired", ""
            return
        self._renewed += 1
        await self._fresh()

    @rx.event
    @public(passive=True)
    async def poll(self):
        """Ask where the code is; once confirmed, the page fetches its session."""
        if not self._scan:
            return
        actor = current_actor()
        async with db.reading() as session:
            status = await scan_logins.follow_scan(session, actor=actor, scan_id=self._scan)
        if status.state is scans.ScanState.CONFIRMED and not (actor.signed_in or actor.staff_id):
            async with db.unit_of_work() as session:
                ticket = await scan_logins.take_up(session, actor=actor, scan_id=self._scan)
            self._scan = ""
            if isinstance(ticket, str):
                self.shown = "passed"
                onward = "" if self._confirms else "/choose"
                await depart("/session/open?" + urlencode({"ticket": ticket, "next": onward}))
            else:
                self.shown, self.trouble = "failed", ticket.sentence if ticket else ""
            return
        self.shown, self.person = "elsewhere" if status.elsewhere else _SHOWN_AS[status.state], status.person

    async def _fresh(self) -> None:
        self.shown, self.qr, self.trouble, self.person = "preparing", "", "", ""
        opened = await scan_logins.open_scan(
            actor=current_actor(),
            device=describe_device(self.router.headers.user_agent),
            confirms=self._confirms,
        )
        if isinstance(opened, Refusal):
            self.shown, self.trouble, self._scan = "unmade", opened.sentence, ""
            return
        self._scan = opened.id
        self.qr = segno.make(opened.address, error="m").svg_data_uri(scale=6, border=0)
        self.demo_address = opened.address if get_settings().demo else ""
        self.until, self.now_ms, self.shown = epoch_ms(opened.expires_at), epoch_ms(clock.now()), "waiting"


class ScanState(ScanningState, rx.State):
    """扫码登录 on the login page: whoever confirms it chooses the role afterwards."""
