"""工作人员账号: the list, and locking and unlocking; accounts are made and reset at a shell."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.permissions import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.staff import StaffStatus
from jsrs_portal.services import staff
from jsrs_portal.services.staff import StaffRow
from jsrs_portal.state.form_state import FormState, key_of

_NOBODY = StaffRow("", 0, "", "", "", "", "", "", False, False)


class StaffAccountsState(FormState, rx.State):
    """Every account, names masked, and the one that is asked about."""

    loaded: bool = False
    rows: list[StaffRow] = []
    target: StaffRow = _NOBODY

    @rx.event
    @requires(Permission.STAFF_ACCOUNTS, passive=True)
    async def load(self):
        """Show the accounts."""
        self._begin(_NOBODY)
        await self._read()

    @rx.event
    @requires(Permission.STAFF_ACCOUNTS)
    def open_lock(self, staff_id: str):
        """Ask whether an account is really to be locked or unlocked."""
        self._begin(next((row for row in self.rows if row.id == key_of(staff_id)), _NOBODY))

    @rx.event
    @requires(Permission.STAFF_ACCOUNTS)
    def close_dialog(self):
        """Close the dialog."""
        self._begin(_NOBODY)

    @rx.event
    @requires(Permission.STAFF_ACCOUNTS)
    async def confirm_lock(self):
        """Lock or unlock the account, whichever changes the state that is shown."""
        target = self.target
        if not target.id:
            return
        locked = target.status == StaffStatus.ACTIVE
        async with db.unit_of_work() as session:
            refused = await staff.set_locked(
                session, actor=current_actor(), staff_id=target.id, version=target.version, locked=locked
            )
        await self._read()
        if refused:
            self._refuse([refused])
            return
        self._begin(_NOBODY)
        await self._say("ok", f"账号 {target.login} 已{'锁定' if locked else '解除锁定'}。")

    async def _read(self) -> None:
        async with db.reading() as session:
            found = await staff.list_staff(session, actor=current_actor())
        if isinstance(found, Refusal):
            self._refuse([found])
            return
        self.rows, self.loaded = found, True

    def _begin(self, target: StaffRow) -> None:
        self.target = target
        self._refuse([])
