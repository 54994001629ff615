"""单位和个人查询: units, one person masked; seeing one in full for a reason, locking and unlocking."""

from typing import Any

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.once import show_once
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.permissions import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import staff_locks
from jsrs_portal.services import staff_search as search
from jsrs_portal.services.staff_search import FullPerson, PersonHit, UnitHit
from jsrs_portal.state.form_state import FormState
from jsrs_portal.state.forms import MALFORMED, FormModel, ReasonForm, read_form, submits

_NOBODY = PersonHit("", 0, "", "", "", "", "", "", "", ())
_NOTHING = FullPerson("", "", "", "")


class UnitText(FormModel):
    """Which unit is looked for."""

    text: str = ""


class PersonText(FormModel):
    """Which person is looked for, by an exact number."""

    identifier: str = ""


class StaffSearchState(FormState, rx.State):
    """What was found. ``full`` is only ever sent (``access.once``), and gone when its dialog is closed."""

    tab: str = "unit"
    may_unmask: bool = False
    may_lock: bool = False
    units: list[UnitHit] = []
    units_for: str = ""
    person: PersonHit = _NOBODY
    dialog: str = ""
    full: FullPerson = _NOTHING

    @rx.event
    @requires(Permission.STAFF_SEARCH, passive=True)
    async def load(self):
        """Begin with nothing found."""
        actor = current_actor()
        self.may_unmask, self.may_lock = actor.may(Permission.STAFF_UNMASK), actor.may(Permission.STAFF_LOCK)
        self.units, self.units_for, self.person = [], "", _NOBODY
        self._begin("")

    @rx.event
    @requires(Permission.STAFF_SEARCH)
    def choose_tab(self, tab: str):
        """Show 「单位」 or 「个人」."""
        if tab in ("unit", "person"):
            self.tab = tab
            self._begin("")

    @rx.event
    @requires(Permission.STAFF_SEARCH)
    async def find_units(self, form: dict[str, Any]):
        """Look for units."""
        read = read_form(UnitText, form)
        self.units, self.units_for = [], ""
        if read is None:
            self._refuse([MALFORMED])
            return
        async with db.reading() as session:
            found = await search.find_units(session, actor=current_actor(), text=read.text)
        if isinstance(found, Refusal):
            self._refuse([found])
            return
        self.units, self.units_for = list(found), read.text.strip()
        self._refuse([])

    @rx.event
    @requires(Permission.STAFF_SEARCH)
    async def find_person(self, form: dict[str, Any]):
        """Look for one person."""
        read = read_form(PersonText, form)
        self.person = _NOBODY
        if read is None:
            self._refuse([MALFORMED])
            return
        async with db.unit_of_work() as session:
            found = await search.find_one_person(session, actor=current_actor(), identifier=read.identifier)
        if isinstance(found, Refusal):
            self._refuse([found])
            return
        self.person = found
        self._refuse([])

    @rx.event
    @requires(Permission.STAFF_UNMASK)
    def open_unmask(self):
        """Ask why the person is to be seen in full."""
        self._begin("unmask" if self.person.id else "")

    @rx.event
    @requires(Permission.STAFF_UNMASK)
    @submits(ReasonForm)
    async def submit_unmask(self, read: ReasonForm) -> None:
        """Show the person in full until the dialog is closed."""
        actor = current_actor()
        async with db.unit_of_work() as session:
            found = await search.unmask(session, actor=actor, person_id=self.person.id, reason=read.reason)
        if isinstance(found, Refusal):
            self._refuse([found])
            return
        self._refuse([])
        await show_once(self, full=found)

    @rx.event
    @requires(Permission.STAFF_LOCK)
    def open_lock(self):
        """Ask why the person is to be locked or unlocked."""
        self._begin("lock" if self.person.id else "")

    @rx.event
    @requires(Permission.STAFF_LOCK)
    @submits(ReasonForm)
    async def submit_lock(self, read: ReasonForm) -> None:
        """Lock or unlock the person, whichever changes the state that is shown."""
        actor, locked = current_actor(), self.person.status == "ACTIVE"
        async with db.unit_of_work() as session:
            refused = await staff_locks.set_person_locked(
                session,
                actor=actor,
                person_id=self.person.id,
                version=self.person.version,
                locked=locked,
                reason=read.reason,
            )
        async with db.reading() as session:
            shown = await search.view_person(session, actor=actor, person_id=self.person.id)
        self.person = _NOBODY if isinstance(shown, Refusal) else shown
        if refused:
            self._refuse([refused])
            return
        self._begin("")
        await self._say("ok", "已锁定，该用户的登录已全部结束。" if locked else "已解除锁定，该用户可以重新登录。")

    @rx.event
    @requires(Permission.STAFF_SEARCH)
    def close_dialog(self):
        """Close the dialog; what was shown in full is forgotten."""
        self._begin("")

    def _begin(self, dialog: str) -> None:
        self.dialog, self.full = dialog, _NOTHING
        self._refuse([])
