"""通知: the list, what was read, and the phone (R-2.1.3)."""

from typing import Any

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import requires, signed_in
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.notices import CHOSEN
from jsrs_portal.services import notice_views
from jsrs_portal.services.notice_views import ChoiceRow, NoticeRow
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import MALFORMED
from jsrs_portal.state.shell import ShellState


class NoticesState(FormState, rx.State):
    """The page that is shown, and the way to the next."""

    loaded: bool = False
    only: str = "all"
    rows: list[NoticeRow] = []
    after: str = ""
    choices: list[ChoiceRow] = []

    @rx.event
    @signed_in(passive=True)
    async def load(self):
        """Show the newest notices; somebody who has to change a first password does that before."""
        if current_actor().must_change:
            await depart("/password/first")
            return
        self._refuse([])
        await self._show()

    @rx.event
    @signed_in()
    async def choose(self, only: str):
        """Show all notices, or the unread ones alone."""
        if only in ("all", "unread"):
            self.only = only
            await self._show()

    @rx.event
    @signed_in()
    async def more(self):
        """Show the next page below."""
        if not self.after:
            return
        async with db.reading() as session:
            found = await notice_views.list_notices(
                session, actor=current_actor(), unread_only=self.only == "unread", after=self.after
            )
        self.rows, self.after = [*self.rows, *found.rows], found.after

    @rx.event
    @signed_in()
    async def read(self, notice_id: str):
        """Note that one notice was read; its link is followed at the same time."""
        wanted = key_of(notice_id)
        if wanted:
            async with db.unit_of_work() as session:
                await notice_views.mark_read(session, actor=current_actor(), notice_id=wanted)
            await self._show()

    @rx.event
    @signed_in()
    async def read_all(self):
        """「全部标为已读」."""
        async with db.unit_of_work() as session:
            count = await notice_views.mark_read(session, actor=current_actor())
        await self._show()
        await self._say("ok", f"已将 {count} 条通知标为已读。" if count else "没有未读通知。")

    @rx.event
    @requires(Permission.OWN_ACCOUNT)
    async def save_choices(self, form: dict[str, Any]):
        """「保存」 of what goes to the phone."""
        if not isinstance(form, dict) or form.get("asked") != "choices":  # or nothing would be nothing ticked
            self._refuse([MALFORMED])
            return
        wanted = frozenset(kind for kind in CHOSEN if form.get(f"sms_{kind}") == "yes")
        async with db.unit_of_work() as session:
            refused = await notice_views.choose_phone(session, actor=current_actor(), kinds=wanted)
        self._refuse([refused] if refused else [])
        if not refused:
            await self._show()
            await self._say("ok", "短信提醒设置已保存。")

    async def _show(self) -> None:
        actor = current_actor()
        async with db.reading() as session:
            found = await notice_views.list_notices(session, actor=actor, unread_only=self.only == "unread")
            self.choices = list(await notice_views.list_choices(session, actor=actor))
            shell = await self.get_state(ShellState)
            shell._count(await notice_views.count_unread(session, actor=actor))
        self.rows, self.after, self.loaded = list(found.rows), found.after, True
