"""「CA 驱动」: the check-up that names what keeps a key from logging in (R-2.4.2)."""

from typing import Any

import reflex as rx
from pydantic import Field

from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public
from jsrs_portal.domain import ca_checkup as rules
from jsrs_portal.domain.ca_checkup import Examined, Finding
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import ca_checkup
from jsrs_portal.services.ca_checkup import Shown
from jsrs_portal.state.forms import FormModel, read_form
from jsrs_portal.state.gateways import gateways

_DER = Field("", max_length=12_000)


class FoundKey(FormModel):
    """A key as the driver describes it; its issuer and its dates are read from the certificate instead."""

    name: str = Field("", max_length=400)
    left: str = ""
    certificate: str = _DER
    exchange: str = _DER


class CaDriverState(rx.State):
    """What was found: of the driver and the key together, then of each certificate."""

    wanted: str = ""
    checked: bool = False
    findings: list[Finding] = []
    keys: list[Examined] = []
    trouble: str = ""
    supported: list[str] = []
    """The CAs whose certificates are taken."""

    @rx.event
    @public(passive=True)
    def load(self):
        """Begin without results: those of an earlier visit may hold no longer."""
        self._forget()
        self.wanted = ""
        self.supported = [issuer.policy.name for issuer in gateways().ca.trust.issuers]

    @rx.event
    @public()
    def check(self):
        """「检测」: have the page ask the driver."""
        self._forget()
        self.wanted = "list"

    @rx.event
    @public()
    async def found(self, certificates: list[dict[str, Any]]):
        """Take what the keys hold and say what it is worth."""
        self._forget()
        self.wanted = ""
        given = certificates if isinstance(certificates, list) else []
        read = [key for key in (read_form(FoundKey, one) for one in given[: rules.MOST_CERTIFICATES]) if key]
        if not read:
            self._conclude(rules.DRIVER_WORKS, rules.DRIVER["no_key"])
            return
        shown = [Shown(key.name, key.certificate, key.exchange, _number(key.left)) for key in read]
        examined = await ca_checkup.check_up(gateways().ca, actor=current_actor(), shown=shown)
        if isinstance(examined, Refusal):
            self.trouble = examined.sentence
            return
        self.keys = examined
        many = [rules.TOO_MANY] if len(given) > rules.MOST_CERTIFICATES else []
        self._conclude(rules.DRIVER_WORKS, rules.KEY_IS_THERE, *many)

    @rx.event
    @public()
    def failed(self, code: str):
        """Take what kept the driver from answering."""
        self._forget()
        self.wanted = ""
        known = code if isinstance(code, str) and code in rules.DRIVER else "failed"
        self._conclude(*([rules.DRIVER_WORKS] if known == "no_key" else []), rules.DRIVER[known])

    def _conclude(self, *findings: Finding) -> None:
        self.findings, self.checked = list(findings), True

    def _forget(self) -> None:
        self.findings, self.keys, self.trouble, self.checked = [], [], "", False


def _number(text: str) -> int:
    """Return how many tries the driver says a PIN has; -1 for what is no such number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else -1
