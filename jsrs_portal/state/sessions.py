"""登录设备: one's own sessions, and ending them (R-2.4.8)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import requires, signed_in
from jsrs_portal.domain.authority import Permission
from jsrs_portal.services import own_sessions, phones
from jsrs_portal.services.own_sessions import SessionRow
from jsrs_portal.services.phones import PhoneView
from jsrs_portal.state.form_state import FormState, key_of


class SessionsState(FormState, rx.State):
    """The sessions as they are shown."""

    loaded: bool = False
    asking: bool = False
    living: list[SessionRow] = []
    ended: list[SessionRow] = []
    phones: list[PhoneView] = []

    @rx.event
    @signed_in(passive=True)
    async def load(self):
        """Show the sessions; somebody who has to change a first password does that before."""
        if current_actor().must_change:
            await depart("/password/first")
            return
        await self._show()

    @rx.event
    @signed_in()
    async def end(self, session_id: str):
        """「结束登录」 of one other session."""
        async with db.unit_of_work() as session:
            refused = await own_sessions.end_one(session, actor=current_actor(), session_id=key_of(session_id))
        await self._show()
        if refused:
            self._refuse([refused])
        else:
            await self._say("ok", "已结束该登录，对应设备需重新登录。")

    @rx.event
    @signed_in()
    def ask(self):
        """Open the dialog that asks whether all others shall end."""
        self.asking = True

    @rx.event
    @signed_in()
    def close_dialog(self):
        """Leave it."""
        self.asking = False

    @rx.event
    @signed_in()
    async def end_others(self):
        """「结束其他所有登录」."""
        async with db.unit_of_work() as session:
            count = await own_sessions.end_others(session, actor=current_actor())
        await self._show()
        await self._say("ok", f"已结束其他 {count} 个登录。" if count else "没有其他正在使用的登录。")

    @rx.event
    @requires(Permission.OWN_ACCOUNT)
    async def remove_phone(self, phone_id: str):
        """「移除」 of a trusted phone; what it confirmed ends (R-2.4.3)."""
        actor = current_actor()
        async with db.unit_of_work() as session:
            removed = await phones.remove_phone(
                session, actor=actor, person_id=actor.person_id, phone_id=key_of(phone_id)
            )
        await self._show()
        if removed:
            await self._say("ok", "已移除该手机，由它确认的登录已全部结束。")
        else:
            self._refuse([phones.NO_SUCH])

    async def _show(self) -> None:
        actor = current_actor()
        async with db.reading() as session:
            found = await own_sessions.list_sessions(session, actor=actor)
            if actor.may(Permission.OWN_ACCOUNT):
                self.phones = list(await phones.list_phones(session, actor=actor))
        self.living, self.ended = list(found.living), list(found.ended)
        self.asking, self.loaded, self.trouble = False, True, ""
