"""One row of a table in an application's form, edited in a dialog (R-2.6.3.3)."""

# pyright: reportPrivateUsage=false
# The dialog belongs to the page of ApplicationState, whose methods with an underscore no browser can call.

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.matter_forms import FormField
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import application_tables, application_views
from jsrs_portal.services.application_views import FieldView
from jsrs_portal.services.applications import STALE
from jsrs_portal.services.opened_cases import open_case
from jsrs_portal.state.application import ApplicationState
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import read_texts, submits_texts


class ApplicationRowState(FormState, rx.State):
    """The dialog: which row of which table, and its questions."""

    open: bool = False
    label: str = ""
    number: int = 0
    fields: list[FieldView] = []
    table: str = ""
    _case: str = ""
    _shown: tuple[str, ...] = ()

    @rx.event
    @requires(Permission.APPLY, passive=True)
    def load(self):
        """Begin without a row at another application; a row that is being filled in outlasts a lost connection."""
        case_id = key_of(self.router.url.path.rstrip("/").rpartition("/")[2])
        if case_id != self._case:
            self._close()
        self._case, self.busy = case_id, False

    @rx.event
    @requires(Permission.APPLY)
    async def edit(self, table: str, number: int):
        """「新增」 (0) or 「修改」 a row."""
        if found := await self._find(table, number):
            self._begin(*found)

    @rx.event
    @requires(Permission.APPLY)
    async def resume(self, table: str, number: int, values: dict[str, str], before: dict[str, str]):
        """After a reconnection: go on with a row that is being filled in, unless it is another row by now."""
        typed, began, found = read_texts(values), read_texts(before), await self._find(table, number)
        self._close()
        if typed is None or began is None or found is None:
            return
        asked, number, row = found
        if number and application_tables.read_typed_row(asked, began)[0] != row:
            (await self.get_state(ApplicationState))._say_no([STALE])
            return
        self._begin(asked, number, typed)

    @rx.event
    @requires(Permission.APPLY)
    async def change(self, values: dict[str, str]):
        """Ask what follows from what was chosen in the row."""
        typed = read_texts(values)
        page = await self.get_state(ApplicationState)
        if typed is None or not self.open:
            return
        async with db.reading() as session:
            opened = await open_case(session, actor=current_actor(), case_id=page._case)
        asked = application_tables.table_of(opened.form, self.table) if opened else None
        if asked is None:
            return
        fields = application_views.row_fields(asked, typed)
        if _signature(fields) != self._shown:
            self._put(fields)

    @rx.event
    @requires(Permission.APPLY)
    @submits_texts
    async def save(self, typed: dict[str, str]):
        """Put the row into the table, or say what is wrong with it."""
        page = await self.get_state(ApplicationState)
        async with db.unit_of_work() as session:
            outcome = await application_tables.save_row(
                session,
                actor=current_actor(),
                case_id=page._case,
                seen=page._seen,
                table=self.table,
                number=self.number,
                typed=typed,
            )
        if isinstance(outcome, list):
            self._refuse(outcome)
            return
        self._close()
        await page._read()

    @rx.event
    @requires(Permission.APPLY)
    async def drop(self, table: str, number: int):
        """「删除」 a row, or all of them (0), after a question."""
        page = await self.get_state(ApplicationState)
        if not key_of(table) or type(number) is not int:
            return
        async with db.unit_of_work() as session:
            outcome = await application_tables.drop_row(
                session,
                actor=current_actor(),
                case_id=page._case,
                seen=page._seen,
                table=table,
                number=number,
            )
        if isinstance(outcome, Refusal):
            page._refuse([outcome])
            return
        await page._read()

    @rx.event
    @requires(Permission.APPLY)
    def close(self):
        """Close the dialog; the row stays as it was."""
        self._close()

    async def _find(self, table: str, number: int) -> tuple[FormField, int, dict[str, str]] | None:
        """Return a table of the page's form, the number of a row in it or 0 for a new one, and the row."""
        page = await self.get_state(ApplicationState)
        async with db.reading() as session:
            opened = await open_case(session, actor=current_actor(), case_id=page._case)
        asked = application_tables.table_of(opened.form, key_of(table)) if opened else None
        if opened is None or asked is None or type(number) is not int:
            return None
        rows = opened.filled.rows.get(asked.key, [])
        return (asked, number, dict(rows[number - 1]) if number else {}) if 0 <= number <= len(rows) else None

    def _begin(self, asked: FormField, number: int, typed: dict[str, str]) -> None:
        """Open the dialog with ``typed`` in a row."""
        self.table, self.label, self.number = asked.key, asked.label, number
        self._put(application_views.row_fields(asked, typed))
        self._refuse([])
        self.open = True

    def _close(self) -> None:
        self.open, self.fields, self.table, self.number = False, [], "", 0
        self._refuse([])

    def _put(self, fields: list[FieldView]) -> None:
        self.fields, self._shown = fields, _signature(fields)


def _signature(fields: list[FieldView]) -> tuple[str, ...]:
    """Return what of a row's questions depends on its other answers."""
    return tuple(f"{one.key} {one.required} {one.first if one.kind == 'fixed' else ''}" for one in fields)
