"""我的数据: asking for an export, its progress, and the way to its file (R-2.6.8.5)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.own_data import ExportState
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import data_export
from jsrs_portal.services.data_export import ExportView
from jsrs_portal.state.form_state import FormState


class OwnDataState(FormState, rx.State):
    """The newest export; ``allowed`` is whether this session may have one."""

    loaded: bool = False
    allowed: bool = False
    working: bool = False
    view: ExportView = ExportView()

    @rx.event
    @requires(Permission.OWN_CREDENTIALS, passive=True)
    async def load(self):
        """Show where the newest export is; whoever may have none is told why."""
        self.trouble = ""
        await self._read()

    @rx.event
    @requires(Permission.OWN_ACCOUNT)
    async def request(self):
        """「申请导出」."""
        async with db.unit_of_work() as session:
            outcome = await data_export.request_export(session, actor=current_actor())
        self._refuse([outcome] if isinstance(outcome, Refusal) else [])
        await self._read()

    @rx.event
    @requires(Permission.OWN_ACCOUNT, passive=True)
    async def poll(self):
        """Look again while the worker is at it, or the file waits to be fetched."""
        await self._read()

    async def _read(self) -> None:
        async with db.reading() as session:
            view = await data_export.view_export(session, actor=current_actor())
        self.allowed, self.view, self.loaded = view is not None, view or ExportView(), True
        self.working = self.view.state in (ExportState.WAITING, ExportState.WORKING, ExportState.READY)
