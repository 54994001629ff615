"""CA login on the login page: find the key, have our text signed by it, send what came of it to be judged (R-2.4.2).

The page speaks to the driver on the person's computer; the PIN is typed there and never comes here. What the driver
says is what a browser says: it chooses which certificate is shown, and decides nothing.
"""

from datetime import datetime
from typing import Any

import reflex as rx
from pydantic import ConfigDict

from jsrs_portal import clock
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public
from jsrs_portal.domain import certificates as rules
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import ca_login
from jsrs_portal.services.asserted_login import Confirm, Enter, Register
from jsrs_portal.services.ca_login import Signed
from jsrs_portal.state.form_state import key_of
from jsrs_portal.state.forms import MALFORMED, FormModel, epoch_ms, read_form
from jsrs_portal.state.gateways import gateways

MOST_KEYS = 8
"""So many certificates are shown; a token has one or two. The page sends one more, so that it can be said."""


class FoundKey(FormModel):
    """A certificate as the driver names it; ``certificate`` is empty where a key has none for signatures."""

    model_config = ConfigDict(str_max_length=24_000)
    id: str = ""
    name: str = ""
    issuer: str = ""
    not_after: str = ""
    certificate: str = ""


class SignedForm(FormModel):
    """The certificate and the signature, base64."""

    model_config = ConfigDict(str_max_length=24_000)
    certificate: str = ""
    signature: str = ""
    format: str = "raw"


class CaState(rx.State):
    """Where the login is. ``stage``: idle, looking, choosing, signing, judging or passed.

    ``wanted`` is what the page asks of the driver: list, sign, or nothing.
    """

    stage: str = "idle"
    wanted: str = ""
    keys: list[dict[str, str]] = []
    chosen: str = ""
    challenge: str = ""
    trouble: str = ""
    failures: int = 0
    """Counts what went wrong, so that the notice takes the focus each time."""
    more: bool = False
    until: int = 0
    now_ms: int = 0
    _challenge_id: str = ""

    @rx.event
    @public()
    async def begin(self):
        """Look for keys; once there are several, sign with the one that is chosen."""
        self.trouble = ""
        if self.stage == "choosing" and self._known(self.chosen):
            await self._ask_to_sign()
        else:
            self._rest()
            self.stage, self.wanted = "looking", "list"

    @rx.event
    @public()
    async def found(self, certificates: list[Any]):
        """Take what the keys hold: one certificate signs at once, of several one is chosen; the newest is first."""
        if self.wanted != "list":
            return
        told = certificates if isinstance(certificates, list) else []
        read = [read_form(FoundKey, one) for one in told[:MOST_KEYS]]
        self.wanted, self.more = "", len(told) > MOST_KEYS
        usable = [one for one in read if one and one.id and one.certificate]
        self.keys = [_shown(one) for one in sorted(usable, key=lambda one: one.not_after, reverse=True)]
        self.chosen = self.keys[0]["id"] if self.keys else ""
        if not self.keys:
            self._stop(rules.DRIVER_SENTENCES["encryption_only" if any(read) else "no_key"])
        elif len(self.keys) == 1:
            await self._ask_to_sign()
        else:
            self.stage = "choosing"

    @rx.event
    @public()
    def choose(self, certificate_id: str):
        """Choose one of several certificates."""
        if self.stage == "choosing" and self._known(certificate_id):
            self.chosen = certificate_id

    @rx.event
    @public()
    async def signed(self, answer: dict[str, Any]):
        """Send what the key has signed to be judged, once; let the unit in, or say why not."""
        name, self._challenge_id = self._challenge_id, ""
        if self.wanted != "sign" or not name:
            return
        self.wanted, self.challenge, self.until, self.stage = "", "", 0, "judging"
        yield
        read = read_form(SignedForm, answer)
        if read is None:
            self._stop(MALFORMED.sentence)
            return
        try:
            outcome = await ca_login.log_in(
                gateways().ca,
                actor=current_actor(),
                challenge_id=name,
                signed=Signed(read.certificate, read.signature, read.format),
            )
        except Exception:
            self._rest()
            raise
        if isinstance(outcome, Refusal):
            self._stop(outcome.sentence)
            return
        self._rest()
        self.stage = "passed"
        await depart(_onward(outcome))

    @rx.event
    @public()
    def troubled(self, code: str, left: int):
        """Say what the driver or the key could not do, and what to do about it."""
        if not self.wanted:
            return
        sentence = rules.DRIVER_SENTENCES.get(key_of(code), rules.DRIVER_SENTENCES["failed"])
        said = code == "pin_wrong" and isinstance(left, int) and 0 < left < 100
        self._stop(sentence + (f"还可以输入 {left} 次。" if said else ""))

    @rx.event
    @public()
    def cancel(self):
        """Give it up; what the driver still answers is ignored."""
        self._stop("")

    async def _ask_to_sign(self) -> None:
        opened = await ca_login.open_challenge(gateways().ca, actor=current_actor())
        if isinstance(opened, Refusal):
            self._stop(opened.sentence)
            return
        self._challenge_id, self.challenge = opened.id, opened.text
        self.until, self.now_ms = epoch_ms(opened.expires_at), epoch_ms(clock.now())
        self.stage, self.wanted = "signing", "sign"

    def _known(self, certificate_id: str) -> bool:
        return any(key["id"] == certificate_id for key in self.keys)

    def _stop(self, sentence: str) -> None:
        self._rest()
        self.trouble = sentence
        self.failures += bool(sentence)

    def _rest(self) -> None:
        self.stage, self.wanted, self.challenge, self._challenge_id, self.until = "idle", "", "", "", 0
        self.keys, self.chosen, self.trouble = [], "", ""


async def begin_anew(state: rx.State, *, arriving: bool = False) -> None:
    """Forget how far it was when the tab is shown; a page loaded again to reach the driver goes on looking."""
    ca = await state.get_state(CaState)
    if not (arriving and ca.wanted == "list"):
        ca._stop("")


def _onward(outcome: Enter | Confirm | Register) -> str:
    if isinstance(outcome, Enter):
        return f"/session/open?ticket={outcome.ticket}"
    return "/login/confirm" if isinstance(outcome, Confirm) else outcome.path


def _shown(key: FoundKey) -> dict[str, str]:
    """Return what a choice shows of a certificate; the certificate itself need not stay."""
    try:
        until = in_words(datetime.fromisoformat(key.not_after).astimezone(clock.BEIJING).date())
    except (ValueError, OverflowError):
        until = ""
    return {"id": key.id[:100], "name": key.name[:100], "issuer": key.issuer[:100], "until": until}
