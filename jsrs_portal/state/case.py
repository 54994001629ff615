"""办件详情: one case, how far it is, and what may be done with it (R-2.6.3.2)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.services import case_details
from jsrs_portal.services.case_details import CaseView
from jsrs_portal.services.case_withdrawal import withdraw_case
from jsrs_portal.state.cases import cases_home
from jsrs_portal.state.form_state import FormState, key_of


class CaseState(FormState, rx.State):
    """The case that the address names, as it was when it was last looked at."""

    loaded: bool = False
    missing: bool = False
    view: CaseView = CaseView()
    home: str = "/my/cases"
    open: bool = False

    _case: str = ""
    """Whose page this is; what the browser has of it decides nothing."""

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def load(self):
        """Show the case."""
        self._case = key_of(self.router.url.path.rstrip("/").rpartition("/")[2])
        self._refuse([])
        await self._read()

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def look_again(self):
        """Show what has changed since; one that has not costs two queries. The page asks again and again."""
        await self._follow()

    @rx.event
    @requires(Permission.APPLY)
    async def withdraw(self):
        """「撤回」, after a question."""
        async with db.unit_of_work() as session:
            refused = await withdraw_case(session, actor=current_actor(), case_id=self._case, seen=self.view.version)
        self._refuse([refused] if refused else [])
        await self._read()
        if not refused:
            await self._say("ok", "申报已撤回。")

    async def _follow(self) -> bool:
        """Show what has changed since and say so; return whether anything had."""
        if self.missing or not self._case:
            return False
        async with db.reading() as session:
            version = await case_details.version_of(session, actor=current_actor(), case_id=self._case)
        if version == self.view.version:
            return False
        await self._read()
        if not self.missing:
            await self._say("info", f"办件有了新的进展：{self.view.status}。")
        return True

    async def _read_again(self) -> None:
        """Show the case as it is now, if this page shows one."""
        if self._case and not self.missing:
            await self._read()

    async def _read(self) -> None:
        actor = current_actor()
        async with db.reading() as session:
            view = await case_details.view_case(session, actor=actor, case_id=self._case)
        self.home = cases_home(actor)
        self.missing, self.view = view is None, view or CaseView()
        self.open = view is not None and bool(view.timeline) and view.timeline[-1].state != "done"
        self.loaded = True
