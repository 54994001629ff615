"""我的数据: an export and the way to its file; closing one's account, and thinking better of it (R-2.6.8.5)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.own_data import ExportState
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import account_closing, data_export
from jsrs_portal.services.account_closing import ClosingView
from jsrs_portal.services.data_export import ExportView
from jsrs_portal.state.form_state import FormState
from jsrs_portal.state.forms import FormModel, submits
from jsrs_portal.state.shell import ShellState


class ClosingForm(FormModel):
    """The dialog of closing an account as typed."""

    closing_password: str = ""


class OwnDataState(FormState, rx.State):
    """The newest export; ``allowed`` is whether this session may have one."""

    loaded: bool = False
    allowed: bool = False
    working: bool = False
    view: ExportView = ExportView()
    closing: ClosingView = ClosingView()
    asking: bool = False

    @rx.event
    @requires(Permission.OWN_CREDENTIALS, passive=True)
    async def load(self):
        """Show where the newest export is, and the closing; whoever may have none is told why."""
        self._refuse([])
        self.asking = False
        await self._read()
        await self._look()

    @rx.event
    @requires(Permission.OWN_ACCOUNT)
    def ask(self):
        """「申请注销」: open the dialog that names the consequences."""
        self._refuse([])
        self.asking = True

    @rx.event
    @requires(Permission.OWN_ACCOUNT)
    def close_dialog(self):
        """Leave it."""
        self.asking = False
        self._refuse([])

    @rx.event
    @requires(Permission.OWN_ACCOUNT)
    @submits(ClosingForm)
    async def close_account(self, read: ClosingForm):
        """「确认注销」, with the personal password."""
        refused = await account_closing.request_closing(actor=current_actor(), password=read.closing_password)
        self._refuse([refused] if refused else [])
        self.asking = bool(refused)
        await self._look()
        if not refused:
            await self._say("ok", "已申请注销，7 天内可以随时撤销。")

    @rx.event
    @requires(Permission.OWN_ACCOUNT)
    async def keep_account(self):
        """「撤销注销」."""
        async with db.unit_of_work() as session:
            refused = await account_closing.cancel_closing(session, actor=current_actor())
        self._refuse([refused] if refused else [])
        await self._look()
        if not refused:
            await self._say("ok", "已撤销注销，账户和授权保持不变。")

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

    async def _look(self) -> None:
        async with db.reading() as session:
            self.closing = await account_closing.view_closing(session, actor=current_actor()) or ClosingView()
        (await self.get_state(ShellState)).closing = self.closing.at

    async def _read(self) -> None:
        async with db.reading() as session:
            view = await data_export.view_export(session, actor=current_actor())
        self.allowed, self.view, self.loaded = view is not None, view or ExportView(), True
        self.working = self.view.state in (ExportState.WAITING, ExportState.WORKING, ExportState.READY)
