"""机构登记: the list of the officer's region, and the dialogs in which an institution is registered and changed."""

from collections.abc import Awaitable, Callable
from typing import Any

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.institutions import LEVEL_LABELS
from jsrs_portal.domain.permissions import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.staff import levels_within
from jsrs_portal.services import staff_institutions as institutions
from jsrs_portal.services.staff_institutions import InstitutionData, InstitutionRow
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import MALFORMED, FormModel, read_form

_NONE = InstitutionRow("", 0, "", "", "", "", "", "", "", "", "", "", "", "", "")


class InstitutionText(FormModel):
    """What is looked for."""

    text: str = ""


class InstitutionForm(FormModel):
    """An institution as typed; ``unit`` and ``region`` only when it is registered."""

    unit: str = ""
    name: str = ""
    kind: str = ""
    level: str = ""
    region: str = ""
    address: str = ""

    def typed(self) -> InstitutionData:
        """Return it as the service takes it."""
        return InstitutionData(name=self.name, kind=self.kind, level=self.level, address=self.address)


class StaffInstitutionsState(FormState, rx.State):
    """One page of the list, and which dialog is open."""

    loaded: bool = False
    text: str = ""
    rows: list[InstitutionRow] = []
    has_more: bool = False
    page: int = 1
    dialog: str = ""
    target: InstitutionRow = _NONE
    levels: list[dict[str, str]] = []
    regions: list[dict[str, str]] = []
    _places: list[str] = [""]
    """Where each page so far began."""
    _next: str = ""

    @rx.event
    @requires(Permission.STAFF_INSTITUTIONS, passive=True)
    async def load(self):
        """Show the newest institutions of the officer's region."""
        actor = current_actor()
        self.levels = [{"value": one, "label": LEVEL_LABELS[one]} for one in levels_within(actor.staff_region)]
        self.regions = [{"value": code, "label": name} for code, name in institutions.offered_regions(actor)]
        self.text, self._places = "", [""]
        self._begin("", _NONE)
        await self._read()

    @rx.event
    @requires(Permission.STAFF_INSTITUTIONS)
    async def find(self, form: dict[str, Any]):
        """Narrow the list to names and numbers that contain what was typed."""
        read = read_form(InstitutionText, form)
        self.text, self._places = read.text.strip() if read else "", [""]
        await self._read()

    @rx.event
    @requires(Permission.STAFF_INSTITUTIONS)
    async def next_page(self):
        """Show the page after this one."""
        if self._next:
            self._places = [*self._places, self._next]
            await self._read()

    @rx.event
    @requires(Permission.STAFF_INSTITUTIONS)
    async def previous_page(self):
        """Show the page before this one."""
        if len(self._places) > 1:
            self._places = self._places[:-1]
            await self._read()

    @rx.event
    @requires(Permission.STAFF_INSTITUTIONS)
    def open_register(self):
        """Begin to register an institution."""
        self._begin("register", _NONE)

    @rx.event
    @requires(Permission.STAFF_INSTITUTIONS)
    def open_change(self, institution_id: str):
        """Begin to change one of the list."""
        found = next((row for row in self.rows if row.id == key_of(institution_id)), _NONE)
        self._begin("change" if found.id else "", found)

    @rx.event
    @requires(Permission.STAFF_INSTITUTIONS)
    def close_dialog(self):
        """Close the dialog."""
        self._begin("", _NONE)

    @rx.event
    @requires(Permission.STAFF_INSTITUTIONS)
    async def submit_register(self, form: dict[str, Any]):
        """Register an institution."""

        async def register(read: InstitutionForm) -> str | list[Refusal]:
            async with db.unit_of_work() as session:
                made = await institutions.register_institution(
                    session, actor=current_actor(), unit=read.unit, region=read.region, typed=read.typed()
                )
            if isinstance(made, list):
                return made
            return f"已登记，机构编号 {made.number}。请通知单位在「机构管理」中开通。"

        self.busy = True
        yield
        await self._keep(form, register)

    @rx.event
    @requires(Permission.STAFF_INSTITUTIONS)
    async def submit_change(self, form: dict[str, Any]):
        """Change an institution."""
        target = self.target

        async def change(read: InstitutionForm) -> str | list[Refusal]:
            async with db.unit_of_work() as session:
                problems = await institutions.change_institution(
                    session,
                    actor=current_actor(),
                    institution_id=target.id,
                    version=target.version,
                    typed=read.typed(),
                )
            return problems or "机构信息已变更。"

        self.busy = True
        yield
        await self._keep(form, change)

    async def _keep(self, form: object, act: Callable[[InstitutionForm], Awaitable[str | list[Refusal]]]) -> None:
        """Have ``act`` keep what was typed: the dialog closes with what it says, or stays with what it refuses."""
        try:
            read = read_form(InstitutionForm, form)
            if read is None:
                self._refuse([MALFORMED])
                return
            outcome = await act(read)
            if isinstance(outcome, str):
                self._begin("", _NONE)
                self.text, self._places = "", [""]
            await self._read()
            if isinstance(outcome, str):
                await self._say("ok", outcome)
            else:
                self._refuse(outcome)
        finally:
            self.busy = False

    async def _read(self) -> None:
        async with db.reading() as session:
            page = await institutions.list_institutions(
                session, actor=current_actor(), text=self.text, after=self._places[-1]
            )
        if isinstance(page, Refusal):
            self._refuse([page])
            return
        self.rows, self._next = list(page.rows), page.next
        self.has_more, self.page, self.loaded = bool(page.next), len(self._places), True

    def _begin(self, dialog: str, target: InstitutionRow) -> None:
        self.dialog, self.target = dialog, target
        self._refuse([])
