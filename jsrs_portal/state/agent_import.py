"""批量导入: many agents from an Excel file, shown row by row before anything is given (R-2.6.5.4)."""

from typing import Any

import reflex as rx

from jsrs_portal import clock
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import agent_import
from jsrs_portal.services.agent_import import PreviewRow, ResultRow
from jsrs_portal.services.workbooks import picked
from jsrs_portal.state.agents import AgentsState

LARGEST = agent_import.LARGEST
"""Bytes of a file, for the page."""


class AgentImportState(rx.State):
    """The dialog: what the file would bring, then what it has brought."""

    open: bool = False
    rows: list[PreviewRow] = []
    results: list[ResultRow] = []
    ready: int = 0
    trouble: str = ""
    busy: bool = False
    _proposals: dict[int, Any] = {}

    @rx.event
    @requires(Permission.GRANTS_VIEW, passive=True)
    def load(self):
        """Begin without a file: what was begun in an earlier visit is over."""
        self._forget()

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    async def read_file(self, content: str):
        """Read the picked file (base64) and show what every row would bring."""
        self._forget()
        self.open = self.busy = True
        yield
        try:
            outcome = await agent_import.read_file(actor=current_actor(), content=picked(content, agent_import.SHAPE))
            if isinstance(outcome, Refusal):
                self.trouble = outcome.sentence
                return
            shown, proposals = await agent_import.preview(actor=current_actor(), rows=outcome, today=clock.today())
            self.rows, self.ready, self._proposals = shown, len(proposals), proposals
        finally:
            self.busy = False

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    async def confirm(self):
        """Give what may be given, row by row; a second click finds nothing left to give."""
        proposals, self._proposals = self._proposals, {}
        self.ready = 0
        if not proposals:
            return None
        names = {row.number: row.name for row in self.rows}
        given = await agent_import.give_all(
            actor=current_actor(), proposals=proposals, names=names, today=clock.today()
        )
        refused = [ResultRow(row.number, row.name, False, row.problem) for row in self.rows if row.problem]
        self.results = sorted([*given, *refused], key=lambda row: row.number)
        return AgentsState.load

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    def close(self):
        """Close the dialog and forget the file."""
        self._forget()

    def _forget(self) -> None:
        self.open = self.busy = False
        self.rows, self.results, self.ready, self.trouble = [], [], 0, ""
        self._proposals = {}
