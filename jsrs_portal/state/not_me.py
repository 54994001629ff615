"""「不是我登录的」: the page behind the link in a message about a login from a new device (R-2.4.8)."""

import reflex as rx

from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import disowning, login_alerts


class NotMeState(rx.State):
    """The login that the message told of; everything is masked by the service."""

    _token: str = ""
    step: str = ""
    trouble: str = ""
    person: str = ""
    when: str = ""
    device: str = ""
    place: str = ""

    @rx.event
    @public(passive=True)
    async def load(self):
        """Show which login it is; a link that is none, or none any more, says so."""
        token = self.router.url.query_parameters.get("token", "")
        if self.step == "done" and self._token == token:  # loaded again after a reconnection
            return
        self._token = token
        found = await login_alerts.view_alert(actor=current_actor(), token=token)
        if isinstance(found, Refusal):
            self.step, self.trouble = "gone", found.sentence
            return
        self.person, self.when, self.device, self.place = found.person, found.when, found.device, found.place
        self.step, self.trouble = "ask", ""

    @rx.event
    @public()
    async def disown(self):
        """「不是我，停用登录」."""
        refused = await disowning.disown(actor=current_actor(), token=self._token)
        self.step, self.trouble = ("gone", refused.sentence) if refused else ("done", "")
