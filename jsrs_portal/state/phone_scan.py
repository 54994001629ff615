"""The phone's page 「扫码登录」: the phone proves itself by its key, shows what was scanned, and confirms it (R-2.4.3).

Each challenge is used once and says what for, so a signature made to open the page confirms nothing.
"""

from typing import Any

import reflex as rx

from jsrs_portal import clock, db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public, requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.devices import describe_device
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.scans import TrustedPhone
from jsrs_portal.services import phones, scan_logins
from jsrs_portal.services.scan_logins import ScanView
from jsrs_portal.settings import get_settings
from jsrs_portal.state.forms import FormModel, epoch_ms, read_form


class Signed(FormModel):
    """What the phone's key made of a challenge."""

    key: str = ""
    signature: str = ""


class PhoneScanState(rx.State):
    """What the phone shows. ``stage``: waiting, unknown, known, asked, confirmed, cancelled or refused."""

    stage: str = "waiting"
    knock: str = ""
    challenge: str = ""
    can_trust: bool = False
    by_link: bool = False
    person: str = ""
    phone_name: str = ""
    site: str = ""
    unit: str = ""
    action: str = ""
    device: str = ""
    place: str = ""
    same_network: bool = False
    started: str = ""
    until: int = 0
    now_ms: int = 0
    trouble: str = ""
    _code: str = ""
    _phone: str = ""

    @rx.event
    @public(passive=True)
    def load(self):
        """Ask the phone's key who it is; what was scanned waits until it has answered."""
        asked = self.router.url.query_parameters
        code = asked.get("code", "")
        arrived = scan_logins.has_arrived(code, asked.get("arrival", ""), actor=current_actor())
        self._code = code if arrived else ""
        self._phone, self.trouble, self.stage, self.challenge = "", "", "waiting", ""
        self.by_link = asked.get("reason", "") == "link" or bool(code and not arrived)
        self.can_trust = current_actor().may(Permission.OWN_ACCOUNT)
        self.knock = self._ask("open")

    @rx.event
    @public()
    async def opened(self, signed: dict[str, Any]):
        """Take the key's answer; a trusted phone that came by a code has scanned it."""
        expected, self.knock = self.knock, ""
        async with db.unit_of_work() as session:
            phone = await self._signer(session, signed, expected)
            if phone is None:
                self.stage, self.challenge = "unknown", self._ask("trust")
                return
            view = await phones.view_phone(session, phone)
            self._phone, self.person, self.phone_name, self.stage = phone.id, view.person, view.name, "known"
            if not self._code:
                return
            outcome = await scan_logins.scan(session, actor=current_actor(), phone=phone, code=self._code)
        self._show(outcome, "asked")
        self.challenge = self._ask("confirm") if self.stage == "asked" else ""

    @rx.event
    @public()
    async def confirm(self, signed: dict[str, Any]):
        """「确认登录」, signed by the key."""
        expected, self.challenge = self.challenge, ""
        if self.stage != "asked":
            return
        async with db.unit_of_work() as session:
            phone = await self._signer(session, signed, expected)
            if phone is None or phone.id != self._phone:
                self._refuse(phones.UNKNOWN)
                return
            outcome = await scan_logins.confirm(session, actor=current_actor(), phone=phone, code=self._code)
        self._show(outcome, "confirmed")

    @rx.event
    @public()
    async def cancel(self):
        """「取消」: the computer hears it."""
        if self.stage != "asked":
            return
        self.challenge = ""
        async with db.unit_of_work() as session:
            phone = await phones.by_id(session, phone_id=self._phone)
            if phone is None:
                self._refuse(phones.UNKNOWN)
                return
            outcome = await scan_logins.cancel(session, actor=current_actor(), phone=phone, code=self._code)
        self._show(outcome, "cancelled")

    @rx.event
    @requires(Permission.OWN_ACCOUNT)
    async def trust(self, signed: dict[str, Any]):
        """「将本机设为可信手机」: the key that was just made belongs to the person signed in here."""
        expected, self.challenge = self.challenge, self._ask("trust")
        read = read_form(Signed, signed)
        if read is None or self.stage != "unknown":
            self.trouble = phones.NO_SIGNATURE.sentence
            return
        if not expected or not phones.signature_holds(read.key, expected, read.signature):
            self.trouble = phones.NO_SIGNATURE.sentence
            return
        async with db.unit_of_work() as session:
            outcome = await phones.trust_phone(
                session,
                actor=current_actor(),
                public_key=read.key,
                name=describe_device(self.router.headers.user_agent),
            )
        if isinstance(outcome, Refusal):
            self.trouble = outcome.sentence
            return
        self.trouble, self.challenge, self.knock = "", "", self._ask("open")

    @rx.event
    @public()
    async def remove(self):
        """「移除本机」: the phone that has proven itself here is trusted no longer."""
        async with db.unit_of_work() as session:
            phone = await phones.by_id(session, phone_id=self._phone) if self._phone else None
            if phone is not None:
                await phones.remove_phone(session, actor=current_actor(), person_id=phone.person_id, phone_id=phone.id)
        self._phone, self.stage, self.challenge = "", "unknown", self._ask("trust")

    def _ask(self, what: str) -> str:
        """Return a fresh challenge for ``what``; the address is in it, so that no other site's will do."""
        return f"jsrs-phone {what} {get_settings().origin} {clock.new_token()}"

    async def _signer(self, session: Any, signed: object, expected: str) -> TrustedPhone | None:
        read = read_form(Signed, signed)
        if read is None or not expected:
            return None
        return await phones.by_key(session, public_key=read.key, message=expected, signature=read.signature)

    def _show(self, outcome: ScanView | Refusal, stage: str) -> None:
        if isinstance(outcome, Refusal):
            self._refuse(outcome)
            return
        self.stage, self.trouble = stage, ""
        self.site, self.action, self.device = outcome.site, outcome.action, outcome.device
        self.unit = outcome.unit
        self.place, self.same_network, self.started = outcome.place, outcome.same_network, outcome.started
        self.until, self.now_ms = epoch_ms(outcome.expires_at), epoch_ms(clock.now())

    def _refuse(self, refusal: Refusal) -> None:
        self.stage, self.trouble, self.challenge = "refused", refusal.sentence, ""
