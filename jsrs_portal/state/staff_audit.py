"""审计日志: read newest first, narrowed by a form, verified at the press of a button."""

from datetime import date
from typing import Any

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.permissions import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import staff_audit as trail
from jsrs_portal.services.staff_audit import AuditFilter, AuditPage, AuditRow, Verification
from jsrs_portal.state.form_state import FormState
from jsrs_portal.state.forms import MALFORMED, FormModel, read_form

_UNVERIFIED = Verification(False, "", ())


class AuditForm(FormModel):
    """The filter as typed."""

    action: str = ""
    result: str = ""
    since: str = ""
    until: str = ""
    unit: str = ""
    identifier: str = ""
    login: str = ""


class StaffAuditState(FormState, rx.State):
    """One page of the log. What it is narrowed to stays on the server."""

    loaded: bool = False
    rows: list[AuditRow] = []
    has_more: bool = False
    page: int = 1
    narrowed: bool = False
    verification: Verification = _UNVERIFIED
    _places: list[str] = [""]
    _next: str = ""
    _wanted: AuditFilter = AuditFilter()

    @rx.event
    @requires(Permission.STAFF_AUDIT, passive=True)
    async def load(self):
        """Show the newest entries."""
        self._places, self._wanted, self.verification = [""], AuditFilter(), _UNVERIFIED
        self.narrowed = False
        self._refuse([])
        await self._read()

    @rx.event
    @requires(Permission.STAFF_AUDIT)
    async def look(self, form: dict[str, Any]):
        """Narrow the log to what the form says."""
        wanted = self._asked(form)
        if isinstance(wanted, Refusal):
            self._refuse([wanted])
            return
        async with db.unit_of_work() as session:
            found = await trail.look(session, actor=current_actor(), wanted=wanted)
        if isinstance(found, list):
            self._refuse(found)
            return
        self._wanted, self._places, self.narrowed = found.wanted, [""], wanted != AuditFilter()
        self._refuse([])
        self._show(found)

    @rx.event
    @requires(Permission.STAFF_AUDIT)
    async def next_page(self):
        """Show older entries."""
        if self._next:
            self._places = [*self._places, self._next]
            await self._read()

    @rx.event
    @requires(Permission.STAFF_AUDIT)
    async def previous_page(self):
        """Show newer entries."""
        if len(self._places) > 1:
            self._places = self._places[:-1]
            await self._read()

    @rx.event
    @requires(Permission.STAFF_AUDIT)
    async def verify(self):
        """Walk the whole trail and say what was found."""
        self.busy = True
        yield
        try:
            found = await trail.verify(actor=current_actor())
            if isinstance(found, Refusal):
                self._refuse([found])
                return
            self.verification = found
        finally:
            self.busy = False

    async def _read(self) -> None:
        async with db.reading() as session:
            found = await trail.list_entries(
                session, actor=current_actor(), wanted=self._wanted, after=self._places[-1]
            )
        if isinstance(found, list):
            self._refuse(found)
            return
        self._show(found)

    def _show(self, found: AuditPage) -> None:
        self.rows, self._next = list(found.rows), found.next
        self.has_more, self.page, self.loaded = bool(found.next), len(self._places), True

    def _asked(self, form: object) -> AuditFilter | Refusal:
        read = read_form(AuditForm, form)
        if read is None:
            return MALFORMED
        days: dict[str, date | None] = {}
        for name, label in (("since", "开始日期"), ("until", "结束日期")):
            try:
                days[name] = date.fromisoformat(text) if (text := getattr(read, name).strip()) else None
            except ValueError:
                return Refusal(f"{label}不正确，请按 2026-03-02 的格式填写。", name)
        return AuditFilter(
            action=read.action,
            result=read.result,
            since=days["since"],
            until=days["until"],
            unit=read.unit,
            identifier=read.identifier,
            login=read.login,
        )
