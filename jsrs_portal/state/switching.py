"""选择身份: in whose name somebody who holds several roles wants to act (R-2.4.9)."""

import re
from urllib.parse import urlencode

import reflex as rx

from jsrs_portal import clock, db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import signed_in
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import switching
from jsrs_portal.services.switching import OWN_PASSWORD, RoleChoice
from jsrs_portal.state.form_state import FormState
from jsrs_portal.state.forms import MALFORMED, FormModel, submits
from jsrs_portal.state.puzzle import ask_for_puzzle, wants_puzzle

_ID = re.compile(r"([0-9a-f]{32})?", re.ASCII)
_NONE = RoleChoice("", "", "", "", "", False, "", False)
FORM = "enter-role"
"""The form of the password, which is sent again once a puzzle is solved."""


class RolePasswordForm(FormModel):
    """The password that a role asks for, as typed."""

    role_password: str = ""


class ChoiceState(FormState, rx.State):
    """The roles to choose from, and the one whose password is asked for."""

    loaded: bool = False
    choices: list[RoleChoice] = []
    asking: bool = False
    target: RoleChoice = _NONE

    @rx.event
    @signed_in(passive=True)
    async def load(self):
        """Show the roles; somebody who has to change a first password does that before."""
        actor = current_actor()
        if actor.must_change:
            await depart("/password/first")
            return
        self.asking = False
        self._refuse([])
        await self._read()

    @rx.event
    @signed_in()
    async def enter(self, grant_id: str):
        """Go on in another role, with a session of its own; ask for its password if it has another one."""
        self.asking = False
        self._refuse([])
        wanted = grant_id if isinstance(grant_id, str) and _ID.fullmatch(grant_id) else "?"  # pyright: ignore[reportUnnecessaryIsInstance]
        async with db.unit_of_work() as session:
            outcome = await switching.enter(session, actor=current_actor(), grant_id=wanted, today=clock.today())
        if outcome == OWN_PASSWORD:
            await self._read()
            self.target = next((one for one in self.choices if one.grant_id == wanted and one.asks), _NONE)
            self.asking = bool(self.target.asks)
        elif isinstance(outcome, Refusal):
            await self._read()
            self._refuse([outcome])
        else:
            await depart("/session/open?" + urlencode({"ticket": outcome}))

    @rx.event
    @signed_in()
    @submits(RolePasswordForm)
    async def submit_password(self, read: RolePasswordForm) -> None:
        """Enter the role whose password has been asked for."""
        if not self.asking:
            self._refuse([MALFORMED])
            return
        if not read.role_password:
            self._refuse([Refusal("请输入密码。", "role_password")])
            return
        outcome = await switching.enter_by_password(
            actor=current_actor(),
            grant_id=self.target.grant_id,
            password=read.role_password,
            today=clock.today(),
        )
        if not isinstance(outcome, Refusal):
            await depart("/session/open?" + urlencode({"ticket": outcome.value}))
        elif wants_puzzle([outcome]):
            self.busy = False
            await ask_for_puzzle(self, retry=FORM)
        else:
            self._refuse([outcome])

    @rx.event
    @signed_in()
    def close(self):
        """Close the question for a password."""
        self.asking, self.target = False, _NONE
        self._refuse([])

    async def _read(self) -> None:
        async with db.reading() as session:
            found = await switching.list_roles(session, actor=current_actor(), today=clock.today())
        self.choices, self.loaded = list(found), True
