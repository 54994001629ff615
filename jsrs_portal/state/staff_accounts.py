"""工作人员账号: the list, new accounts, and what either administrator may do (domain.staff_accounts)."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.once import show_once
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.permissions import Permission, StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.staff_accounts import AccountAction
from jsrs_portal.services import staff_accounts as accounts
from jsrs_portal.services.staff import AccountData, StaffRow
from jsrs_portal.services.staff_accounts import FirstPassword
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import FormModel, read_form, submits

_NOBODY = StaffRow("", 0, "", "", "", "", "", "", False, False, False, ())


@dataclass(frozen=True)
class Handed:
    """What is handed over to an account's holder: a first password by one administrator, a code by the other."""

    login: str
    password: str = ""
    code: str = ""


_NOTHING = Handed("")
_DONE = {
    AccountAction.LOCK: "账号 {login} 已锁定。",
    AccountAction.UNLOCK: "账号 {login} 已解除锁定。",
    AccountAction.AUTHORISE: "账号 {login} 已授权，本人可以登录。",
    AccountAction.WITHDRAW: "账号 {login} 已取消授权。",
}


class AccountText(FormModel):
    """Which account is looked for."""

    text: str = ""


class AccountForm(FormModel):
    """A new account as typed."""

    login: str = ""
    name: str = ""
    role: str = ""
    region: str = ""

    def typed(self) -> AccountData:
        """Return it as the service takes it."""
        role = next((one for one in StaffRole if one == self.role), None)
        return AccountData(login=self.login.strip(), name=self.name, role=role, region=self.region)


class StaffAccountsState(FormState, rx.State):
    """One page of accounts, names masked, and the dialog. ``handed`` is only ever sent (``access.once``)."""

    loaded: bool = False
    may_add: bool = False
    text: str = ""
    waiting: bool = False
    rows: list[StaffRow] = []
    has_more: bool = False
    page: int = 1
    dialog: str = ""
    target: StaffRow = _NOBODY
    handed: Handed = _NOTHING
    _places: list[str] = [""]
    """Behind which login each page so far began."""
    _next: str = ""
    _then: str = ""
    """What is said once the dialog with the code is closed: until then nobody could see it."""

    @rx.event
    @requires(Permission.STAFF_ACCOUNTS, passive=True)
    async def load(self):
        """Show the accounts; whoever lets them in sees those first that wait for it."""
        actor = current_actor()
        self.may_add = actor.may(Permission.STAFF_IDENTITIES)
        self.text, self.waiting, self._places = "", actor.may(Permission.STAFF_AUTHORISE), [""]
        self._begin("", _NOBODY)
        self._then = ""
        await self._read()

    @rx.event
    @requires(Permission.STAFF_ACCOUNTS)
    async def find(self, form: dict[str, Any]):
        """Narrow the list to logins that contain what was typed."""
        read = read_form(AccountText, form)
        self.text, self._places = read.text.strip() if read else "", [""]
        await self._read()

    @rx.event
    @requires(Permission.STAFF_ACCOUNTS)
    async def choose_tab(self, tab: str):
        """Show every account, or those nobody has let in."""
        if tab in ("all", "waiting"):
            self.waiting, self._places = tab == "waiting", [""]
            await self._read()

    @rx.event
    @requires(Permission.STAFF_ACCOUNTS)
    async def next_page(self):
        """Show the page after this one."""
        if self._next:
            self._places = [*self._places, self._next]
            await self._read()

    @rx.event
    @requires(Permission.STAFF_ACCOUNTS)
    async def previous_page(self):
        """Show the page before this one."""
        if len(self._places) > 1:
            self._places = self._places[:-1]
            await self._read()

    @rx.event
    @requires(Permission.STAFF_ACCOUNTS)
    async def close_dialog(self):
        """Close the dialog; a password that stood in it is gone."""
        self._begin("", _NOBODY)
        sentence, self._then = self._then, ""
        if sentence:
            await self._say("ok", sentence)

    @rx.event
    @requires(Permission.STAFF_ACCOUNTS)
    def open_act(self, staff_id: str, act: str):
        """Ask whether something is really to be done to one of the list."""
        found = next((row for row in self.rows if row.id == key_of(staff_id)), _NOBODY)
        self._begin(act if act in found.acts else "", found if act in found.acts else _NOBODY)

    @rx.event
    @requires(Permission.STAFF_IDENTITIES)
    def open_add(self):
        """Begin to add an account."""
        self._begin("ADD", _NOBODY)

    @rx.event
    @requires(Permission.STAFF_IDENTITIES)
    @submits(AccountForm)
    async def submit_add(self, read: AccountForm) -> None:
        """Add an account and show its first password, once."""
        await self._show_password(await accounts.add_account(actor=current_actor(), typed=read.typed()))

    @rx.event
    @requires(Permission.STAFF_IDENTITIES)
    async def confirm_reset(self):
        """Give the account a new first password and show it, once."""
        self.busy = True
        yield
        try:
            made = await accounts.reset_account(
                actor=current_actor(), staff_id=self.target.id, version=self.target.version
            )
            await self._show_password([made] if isinstance(made, Refusal) else made)
        finally:
            self.busy = False

    @rx.event
    @requires(Permission.STAFF_IDENTITIES)
    async def confirm_lock(self):
        """Lock or unlock the account, as the dialog says."""
        await self._confirm(AccountAction.LOCK, AccountAction.UNLOCK)

    @rx.event
    @requires(Permission.STAFF_AUTHORISE)
    async def confirm_authorise(self):
        """Let the account in or no longer, as the dialog says."""
        await self._confirm(AccountAction.AUTHORISE, AccountAction.WITHDRAW)

    async def _confirm(self, *allowed: AccountAction) -> None:
        action, target = next((one for one in allowed if one == self.dialog), None), self.target
        if action is None:
            return
        async with db.unit_of_work() as session:
            found = await accounts.set_account(
                session, actor=current_actor(), staff_id=target.id, version=target.version, action=action
            )
        await self._read()
        if isinstance(found, Refusal):
            self._refuse([found])
            return
        sentence = _DONE[action].format(login=target.login)
        if found is not None and found.code:
            self._then = sentence
            await self._hand_over(Handed(found.login, code=found.code))
        else:
            self._begin("", _NOBODY)
            await self._say("ok", sentence)

    async def _show_password(self, made: FirstPassword | list[Refusal]) -> None:
        await self._read()
        if isinstance(made, list):
            self._refuse(made)
            return
        await self._hand_over(Handed(made.login, password=made.password))

    async def _hand_over(self, handed: Handed) -> None:
        self.dialog, self.target = "HANDED", _NOBODY
        self._refuse([])
        await show_once(self, handed=handed)

    async def _read(self) -> None:
        async with db.reading() as session:
            found = await accounts.list_accounts(
                session, actor=current_actor(), text=self.text, waiting=self.waiting, after=self._places[-1]
            )
        if isinstance(found, Refusal):
            self._refuse([found])
            return
        self.rows, self._next = list(found.rows), found.next
        self.has_more, self.page, self.loaded = bool(found.next), len(self._places), True

    def _begin(self, dialog: str, target: StaffRow) -> None:
        self.dialog, self.target, self.handed = dialog, target, _NOTHING
        self._refuse([])
