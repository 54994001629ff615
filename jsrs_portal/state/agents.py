"""经办人管理: who may act for the unit, and the dialogs in which that is given, changed and taken back (R-2.6.5)."""

from datetime import date
from typing import Any

import reflex as rx

from jsrs_portal import clock, db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import requires
from jsrs_portal.catalog.shipped import taxonomy
from jsrs_portal.domain.authority import Permission, Role, Scope
from jsrs_portal.domain.dates import read_day
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import agents, grant_terms, grant_views
from jsrs_portal.services.grant_terms import Holder, Terms
from jsrs_portal.services.grant_views import GrantRow, GrantStep
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import MALFORMED, FormModel, read_form
from jsrs_portal.state.matter_picker import MatterPicker

CATEGORY = "category-"
"""How the tick box of a business category is named in the form."""
_NOBODY = GrantRow("", 0, "", "", "", "", "", (), "", -1, "", "", "neutral", "", False, "", "")


class GrantForm(FormModel):
    """「开通授权」 as typed (R-2.6.5.2)."""

    role: str = ""
    name: str = ""
    mobile: str = ""
    id_number: str = ""


class TermsForm(FormModel):
    """For how long, as typed; what it is good for are the tick boxes and the chosen matters."""

    valid_from: str = ""
    valid_until: str = ""


class AgentsState(MatterPicker, FormState, rx.State):
    """The page's rows, which dialog is open, and what is wrong in it."""

    loaded: bool = False
    tab: str = "granted"
    legal_reps: int = 0
    admins: int = 0
    agents: int = 0
    expired: int = 0
    rows: list[GrantRow] = []
    revoked: list[GrantRow] = []
    admin_why: str = ""
    agent_why: str = ""

    dialog: str = ""
    step: str = "form"
    returned: int = 0
    role: str = Role.AGENT
    target: GrantRow = _NOBODY
    valid_from: str = ""
    valid_until: str = ""
    categories: list[str] = []
    sentence: str = ""
    history: list[GrantStep] = []
    _proposed: dict[str, Any] = {}

    @rx.event
    @requires(Permission.GRANTS_VIEW, passive=True)
    async def load(self):
        """Show the grants of the actor's unit: three statements.

        A question from an earlier visit is not asked again, or an Enter would answer it. A form stays: this also runs
        when a lost connection comes back, and what is typed must not go.
        """
        if self.dialog in ("revoke", "history") or self.step == "confirm":
            self._begin("", "")
        await self._read()

    @rx.event
    @requires(Permission.GRANTS_VIEW)
    def choose_tab(self, tab: str):
        """Show 「已授权管理」 or 「开通授权」."""
        if tab in ("granted", "open"):
            self.tab = tab

    @rx.event
    @requires(Permission.GRANTS_VIEW)
    async def open_history(self, grant_id: str):
        """Show what happened to one grant."""
        async with db.reading() as session:
            found = await grant_views.view_history(session, actor=current_actor(), grant_id=key_of(grant_id))
        self._begin("history", key_of(grant_id))
        self.history = list(found)

    @rx.event
    @requires(Permission.GRANTS_VIEW)
    def close_dialog(self):
        """Close whichever dialog is open and forget what was begun in it."""
        self._begin("", "")

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    def open_grant(self, role: str):
        """Begin 「开通授权」 for one of the two roles."""
        self._begin("grant", "")
        self.role = role if role in (Role.ADMIN, Role.AGENT) else Role.AGENT

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    def choose_role(self, role: str):
        """Choose 「管理员」 or 「普通经办人」 in the form."""
        if role in (Role.ADMIN, Role.AGENT):
            self.role = role

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    async def open_change(self, grant_id: str):
        """Begin to change a grant, from what it says now."""
        async with db.reading() as session:
            found = await agents.terms_of(
                session, actor=current_actor(), grant_id=key_of(grant_id), today=clock.today()
            )
            if isinstance(found, Refusal):
                await self._say("bad", found.sentence)
                return
            grant, terms = found
            matters = await grant_terms.named_matters(session, keys=terms.scope.matters)
        self._begin("change", grant.id)
        self.role = grant.role
        self.valid_from = str(terms.valid_from or "")
        self.valid_until = str(terms.valid_until or "")
        self.categories = sorted(terms.scope.categories)
        self._forget_picked(list(matters))

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    def open_revoke(self, grant_id: str):
        """Ask whether a grant is really to be taken back."""
        self._begin("revoke", key_of(grant_id))

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    async def submit_grant(self, form: dict[str, Any]):
        """Check the form; what will be given is then said in a sentence to be confirmed."""
        self.busy = True
        yield
        try:
            read = read_form(GrantForm, form)
            if read is None or read.role not in (Role.ADMIN, Role.AGENT):
                self._refuse([MALFORMED])
                return
            self.role = read.role
            terms = self._terms(form)
            if isinstance(terms, list):
                self._refuse(terms)
                return
            outcome = await agents.propose(
                actor=current_actor(),
                role=Role(read.role),
                holder=Holder(name=read.name, mobile=read.mobile, id_number=read.id_number),
                terms=terms,
                today=clock.today(),
            )
            if isinstance(outcome, list):
                self._refuse(outcome)
                return
            self._proposed = {"person_id": outcome.person_id, "role": outcome.role, "terms": outcome.terms}
            self.sentence, self.step = outcome.sentence, "confirm"
            self._refuse([])
        finally:
            self.busy = False

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    def back_to_form(self):
        """Go back from the sentence to the form."""
        self._return_to_form()
        self._proposed = {}

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    async def confirm_grant(self):
        """Give what the sentence says; a second click finds nothing left to give."""
        proposed, self._proposed = self._proposed, {}
        if not proposed:
            return
        async with db.unit_of_work() as session:
            outcome = await agents.grant_agent(session, actor=current_actor(), today=clock.today(), **proposed)
        await self._settle(outcome, "授权已开通，并已通知对方。")

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    async def submit_change(self, form: dict[str, Any]):
        """Give a grant other dates or another scope."""
        self.busy = True
        yield
        try:
            if not self.target.id:
                return  # the second click of two: the first has done it, and said so
            terms = self._terms(form)
            if isinstance(terms, list):
                self._refuse(terms)
                return
            async with db.unit_of_work() as session:
                outcome = await agents.change_grant(
                    session,
                    actor=current_actor(),
                    grant_id=self.target.id,
                    version=self.target.version,
                    terms=terms,
                    today=clock.today(),
                )
            await self._settle(outcome, "授权已变更，并已通知对方。")
        finally:
            self.busy = False

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    async def confirm_revoke(self):
        """Take a grant back; a second click finds none to take."""
        if not self.target.id:
            return
        async with db.unit_of_work() as session:
            outcome = await agents.revoke_grant(
                session,
                actor=current_actor(),
                grant_id=self.target.id,
                version=self.target.version,
                today=clock.today(),
            )
        await self._settle(outcome, "授权已收回，对方已不能再代表本单位办事。")

    async def _read(self) -> None:
        async with db.reading() as session:
            view = await grant_views.view_grants(session, actor=current_actor(), today=clock.today())
        if view is None:
            await depart("/refused")
            return
        self.legal_reps, self.admins, self.agents = view.legal_reps, view.admins, view.agents
        self.expired = view.expired
        self.rows, self.revoked = list(view.rows), list(view.revoked)
        self.admin_why, self.agent_why = view.admin_why, view.agent_why
        self.loaded = True

    async def _settle(self, outcome: object, done: str) -> None:
        """Close the dialog and show the new state, or say why not; what others changed is shown then too."""
        if isinstance(outcome, Refusal):
            await self._read()
            if self.step == "confirm":
                self._return_to_form()
            self._refuse([outcome])
            return
        self._begin("", "")
        self.tab = "granted"
        await self._say("ok", done)
        await self._read()

    def _return_to_form(self) -> None:
        """Show the form again, with the focus in it."""
        self.step = "form"
        self.returned += 1

    def _begin(self, dialog: str, grant_id: str) -> None:
        self.target = next((row for row in (*self.rows, *self.revoked) if row.id == grant_id), _NOBODY)
        self.dialog = dialog if not grant_id or self.target.id else ""
        self.step, self.returned, self.sentence, self.busy = "form", 0, "", False
        self.valid_from, self.valid_until, self.categories = "", "", []
        self.history, self._proposed = [], {}
        self._forget_picked()
        self._refuse([])

    def _terms(self, form: dict[str, Any]) -> Terms | list[Refusal]:
        """Return dates and scope of a form, or what cannot be read of them."""
        read = read_form(TermsForm, form)
        if read is None:
            return [MALFORMED]
        days: dict[str, date | None] = {}
        for name, label in (("valid_from", "开始日期"), ("valid_until", "结束日期")):
            try:
                days[name] = read_day(getattr(read, name))
            except ValueError:
                return [Refusal(f"{label}不正确，请按 2026-03-02 的格式填写。", name)]
        agent = self.role == Role.AGENT
        offered = {group.key for group in taxonomy().categories} | set(self.categories)
        ticked = {key for key in offered if form.get(CATEGORY + key)}
        scope = Scope.of(ticked, (one.key for one in self.chosen)) if agent else Scope()
        return Terms(valid_from=days["valid_from"], valid_until=days["valid_until"], scope=scope)
