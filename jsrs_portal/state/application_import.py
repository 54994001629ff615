"""A table of 网上申报 filled from an Excel file: what it would bring, row by row, before it does (R-2.6.3.3).

What is right waits here between the look and the word, and nowhere else.
"""

# pyright: reportPrivateUsage=false
# The dialog belongs to the page of ApplicationState, whose methods with an underscore no browser can call.

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import application_import, application_tables, application_workbooks
from jsrs_portal.services.application_import import PreviewRow
from jsrs_portal.state.application import ApplicationState
from jsrs_portal.state.form_state import key_of

LARGEST = application_workbooks.LARGEST
"""Bytes of a file, for the page."""
MOST_SHOWN = application_import.MOST_SHOWN


class ApplicationImportState(rx.State):
    """The dialog: how many rows may be put in, which not and why, what stands in the table already."""

    case_id: str = ""
    open: bool = False
    busy: bool = False
    trouble: str = ""
    label: str = ""
    rows: list[PreviewRow] = []
    ready: int = 0
    wrong: int = 0
    there: int = 0
    may_add: bool = False
    why_not: str = ""

    _case: str = ""
    _table: str = ""
    _ready: list[dict[str, str]] = []

    @rx.event
    @requires(Permission.APPLY, passive=True)
    def load(self):
        """Begin without a file at the application that the address names."""
        self._forget()
        self.case_id = key_of(self.router.url.path.rstrip("/").rpartition("/")[2])

    @rx.event
    @requires(Permission.APPLY)
    async def read_file(self, table: str, content: str):
        """Read the file (base64) that was picked for ``table`` and show what it would bring."""
        self._forget()
        self.open = self.busy = True
        yield
        try:
            application = await self.get_state(ApplicationState)
            self._case, self._table = application._case, key_of(table)
            found = await application_import.read_file(
                actor=current_actor(), case_id=self._case, table=self._table, content=content
            )
            if isinstance(found, Refusal):
                self.trouble = found.sentence
                return
            self.label, self.rows, self._ready = found.label, found.shown, found.rows
            self.ready, self.wrong, self.there = len(found.rows), found.wrong, found.there
            self.may_add = found.there + self.ready <= found.most
            if not self.may_add:
                self.why_not = f"最多填写 {found.most} 行，现有 {found.there} 行，追加后将超出，只能替换现有行。"
        finally:
            self.busy = False

    @rx.event
    @requires(Permission.APPLY)
    async def add(self):
        """「追加到现有行之后」; a second click finds nothing left to put in."""
        await self._put(replace=False)

    @rx.event
    @requires(Permission.APPLY)
    async def replace(self):
        """「替换现有行」."""
        await self._put(replace=True)

    @rx.event
    @requires(Permission.APPLY)
    def close(self):
        """Close the dialog and forget the file."""
        self._forget()

    async def _put(self, *, replace: bool) -> None:
        ready, self._ready, self.ready = self._ready, [], 0
        application = await self.get_state(ApplicationState)
        if not ready or application._case != self._case:
            self._forget()
            return
        async with db.unit_of_work() as session:
            outcome = await application_tables.put_rows(
                session,
                actor=current_actor(),
                case_id=self._case,
                seen=application._seen,
                table=self._table,
                rows=ready,
                replace=replace,
            )
        if isinstance(outcome, Refusal):
            self.trouble, self.rows = outcome.sentence, []
            return
        label = self.label
        self._forget()
        await application._read()
        await application._say("ok", f"已导入{label} {len(ready)} 行。")

    def _forget(self) -> None:
        self.open = self.busy = self.may_add = False
        self.trouble = self.label = self.why_not = self._case = self._table = ""
        self.rows, self._ready = [], []
        self.ready = self.wrong = self.there = 0
