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
from jsrs_portal.services.application_import import PreviewRow, WrongRow
from jsrs_portal.state.application import ApplicationState
from jsrs_portal.state.form_state import key_of

LARGEST = application_workbooks.LARGEST
"""Bytes of a file, for the page."""
MOST_SHOWN = application_import.MOST_SHOWN
MOST_PIECES = LARGEST * 4 // 3 // 60_000 + 1
"""Pieces of a file, each a message of the page."""


class ApplicationImportState(rx.State):
    """The dialog: which rows may be put in, what stands in the table already.

    And what was wrong with the last file, which stays at its table until the next one or until it is put away.
    """

    case_id: str = ""
    open: bool = False
    busy: bool = False
    table: str = ""
    """Whose file it was; what is wrong is told there."""
    trouble: str = ""
    label: str = ""
    rows: list[PreviewRow] = []
    faulty: list[WrongRow] = []
    ready: int = 0
    wrong: int = 0
    there: int = 0
    may_add: bool = False
    why_not: str = ""
    told: int = 0
    """Grows with everything that is told at the table without a dialog."""

    _ready: list[dict[str, str]] = []
    _pieces: list[str] = []
    _handed_in: str = ""

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def load(self):
        """Begin at the application that the address names; what was told of its own files stays until it is handed in.

        The page loads again whenever its connection comes back.
        """
        case_id = key_of(self.router.url.path.rstrip("/").rpartition("/")[2])
        handed_in = (await self.get_state(ApplicationState))._handed_in
        if (case_id, handed_in) != (self.case_id, self._handed_in):
            self._forget()
        self.case_id, self._handed_in, self.busy = case_id, handed_in, False

    @rx.event
    @requires(Permission.APPLY)
    async def read_file(self, table: str, content: str, number: int, of: int):
        """Read the file that was picked for ``table``, once it is whole; show what it would bring or say what is wrong.

        It comes in ``of`` pieces (base64), this is the one with this ``number``.
        """
        if type(number) is not int or type(of) is not int or not isinstance(content, str):  # pyright: ignore
            content, number, of = "", 0, 1
        pieces = [] if number == 0 else self._pieces
        if number == 0:
            self._forget()
            self.busy, self.table = True, key_of(table)
            yield
        fits = len(pieces) == number < MOST_PIECES
        self._pieces = [*pieces, content] if fits else []
        if fits and number + 1 < of:
            return
        whole, self._pieces = "".join(self._pieces), []
        try:
            application = await self.get_state(ApplicationState)
            self.case_id = application._case
            found = await application_import.read_file(
                actor=current_actor(), case_id=self.case_id, table=self.table, content=whole
            )
            if isinstance(found, Refusal):
                self._tell(found)
                return
            self.label, self.rows, self._ready = found.label, found.shown, found.rows
            self.faulty, self.wrong = found.faulty, found.wrong
            self.ready, self.there = len(found.rows), found.there
            self.may_add = found.there + self.ready <= found.most
            if not self.may_add:
                self.why_not = f"最多填写 {found.most} 行，现有 {found.there} 行，追加后将超出，只能替换现有行。"
            self.open = self.ready > 0
            self.told += not self.open
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
        """Close the dialog and forget what could have been put in; what is wrong with the file stays at its table."""
        self._close()

    @rx.event
    @requires(Permission.APPLY)
    def put_away(self):
        """「知道了」 at what was wrong."""
        self._forget()

    async def _put(self, *, replace: bool) -> None:
        ready, self._ready, self.ready = self._ready, [], 0
        application = await self.get_state(ApplicationState)
        if not ready or application._case != self.case_id:
            self._close()
            return
        async with db.unit_of_work() as session:
            outcome = await application_tables.put_rows(
                session,
                actor=current_actor(),
                case_id=self.case_id,
                seen=application._seen,
                table=self.table,
                rows=ready,
                replace=replace,
            )
        self._close()
        if isinstance(outcome, Refusal):
            self._tell(outcome)
            return
        await application._read()
        await application._say("ok", f"已导入{self.label} {len(ready)} 行。")

    def _tell(self, refusal: Refusal) -> None:
        self.trouble = refusal.sentence
        self.told += 1

    def _close(self) -> None:
        self.open = self.may_add = False
        self.why_not = ""
        self.rows, self._ready = [], []
        self.ready = self.there = 0

    def _forget(self) -> None:
        self._close()
        self.trouble = self.label = self.table = ""
        self.faulty, self.wrong = [], 0
