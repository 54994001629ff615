"""机构管理: the unit's institutions, and the dialogs in which they are opened and looked after (R-2.6.6)."""

import re
from collections.abc import Awaitable
from urllib.parse import urlencode

import reflex as rx

from jsrs_portal import clock, db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import requires, signed_in
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.matters import Side
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import first_password, institution_views, institutions
from jsrs_portal.services.application_lists import DraftView, view_drafts
from jsrs_portal.services.catalog import MatterCard, MatterFilter, list_matters
from jsrs_portal.services.institution_views import InstitutionRow, OwnInstitution
from jsrs_portal.services.institutions import Administrator
from jsrs_portal.services.next_steps import Figures, NextStep, view_corrections, view_figures
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import FormModel, submits
from jsrs_portal.state.region import chosen_region

_NONE = InstitutionRow("", 0, *[""] * 20)
_NO_OWN = OwnInstitution("", "", "", "", "", "", "")
_NUMBER = re.compile(r"[A-Z0-9]{1,16}", re.ASCII)
MOST_MATTERS = 20
_DIALOGS = ("view", "open", "reset", "replace", "disable", "enable")


class AdministratorForm(FormModel):
    """「添加管理员信息」 and 「更改管理员信息」 as typed."""

    name: str = ""
    id_type: str = ""
    id_number: str = ""
    mobile: str = ""


class InstitutionsState(FormState, rx.State):
    """The list, which dialog is open, and what is wrong in it."""

    loaded: bool = False
    items: list[InstitutionRow] = []
    total: int = 0
    next: str = ""
    first: str = ""

    dialog: str = ""
    target: InstitutionRow = _NONE

    @rx.event
    @requires(Permission.INSTITUTIONS_VIEW, passive=True)
    async def load(self):
        """Show the page of the unit's institutions that the address names: two statements.

        A question from an earlier visit is not asked again; a form stays, see ``AgentsState.load``.
        """
        if self.dialog not in ("open", "replace"):
            self.dialog, self.target = "", _NONE
            self._refuse([])
        await self._read()

    @rx.event
    @requires(Permission.INSTITUTIONS_VIEW)
    def show(self, dialog: str, institution_id: str):
        """Open one of the dialogs for an institution of the list."""
        self.target = next((row for row in self.items if row.id == key_of(institution_id)), _NONE)
        self.dialog = dialog if dialog in _DIALOGS and self.target.id else ""
        self._refuse([])

    @rx.event
    @requires(Permission.INSTITUTIONS_VIEW)
    def close_dialog(self):
        """Close whichever dialog is open."""
        self.dialog, self.target = "", _NONE
        self._refuse([])

    @rx.event
    @requires(Permission.INSTITUTIONS_MANAGE)
    @submits(AdministratorForm)
    async def submit_administrator(self, read: AdministratorForm) -> None:
        """Open the institution with its administrator, or put another one in the former's place."""
        if not self.target.id:
            self._refuse([])  # the second click of two: the first has done it, and said so
            return
        typed = Administrator(name=read.name, id_type=read.id_type, id_number=read.id_number, mobile=read.mobile)
        act = institutions.replace_administrator if self.dialog == "replace" else institutions.open_institution
        done = "管理员已变更" if self.dialog == "replace" else "机构已开通"
        await self._settle(
            act(actor=current_actor(), institution_id=self.target.id, version=self.target.version, typed=typed),
            f"{done}，并已通知新管理员。",
        )

    @rx.event
    @requires(Permission.INSTITUTIONS_MANAGE)
    async def reset_password(self):
        """Set the administrator's password back to the first one; a second click finds no question to answer."""
        if not self.target.id:
            return
        await self._settle(
            institutions.reset_password(
                actor=current_actor(), institution_id=self.target.id, version=self.target.version
            ),
            "密码已重置为初始密码，并已通知管理员。",
        )

    @rx.event
    @requires(Permission.INSTITUTIONS_MANAGE)
    async def disable(self):
        """Take the institution out of use."""
        await self._switch(disabled=True)

    @rx.event
    @requires(Permission.INSTITUTIONS_MANAGE)
    async def enable(self):
        """Bring the institution back into use."""
        await self._switch(disabled=False)

    async def _switch(self, *, disabled: bool) -> None:
        if not self.target.id:
            return
        await self._settle(
            institutions.set_disabled(
                actor=current_actor(),
                institution_id=self.target.id,
                version=self.target.version,
                disabled=disabled,
            ),
            "机构已停用，正在使用的登录已结束。" if disabled else "机构已恢复使用。",
        )

    async def _read(self) -> None:
        after = str(self.router.url.query_parameters.get("after", ""))
        after = after if _NUMBER.fullmatch(after) else ""
        async with db.reading() as session:
            view = await institution_views.view_institutions(session, actor=current_actor(), after=after)
        if view is None:
            await depart("/refused")
            return
        self.items, self.total = list(view.items), view.total
        self.next = f"/unit/institutions?{urlencode({'after': view.next})}" if view.next else ""
        self.first = "/unit/institutions" if after else ""
        self.loaded = True

    async def _settle(self, work: Awaitable[object], done: str) -> None:
        """Show the new state and close the dialog, or say at the form why it was refused."""
        outcome = await work
        refusals = outcome if isinstance(outcome, list) else [outcome]
        refused = [one for one in refusals if isinstance(one, Refusal)]
        if refused:
            self._refuse(refused)
            return
        self.dialog, self.target = "", _NONE
        self._refuse([])
        await self._say("ok", done)
        await self._read()


class OwnInstitutionState(rx.State):
    """机构主页: the institution that the signed-in person acts for."""

    loaded: bool = False
    own: OwnInstitution = _NO_OWN
    drafts: list[DraftView] = []
    matters: list[MatterCard] = []
    figures: Figures = Figures()
    steps: list[NextStep] = []

    @rx.event
    @requires(Permission.INSTITUTION_OWN, passive=True)
    async def load(self):
        """Show the actor's institution, what is to be done, and what institutions apply for in the region.

        Six statements.
        """
        wanted, actor = MatterFilter(side=Side.INSTITUTION, region=(await chosen_region(self)).code), current_actor()
        async with db.reading() as session:
            view = await institution_views.view_own_institution(session, actor=actor)
            self.drafts = await view_drafts(session, actor=actor)
            self.matters = list((await list_matters(session, wanted=wanted, limit=MOST_MATTERS)).items)
            self.figures = await view_figures(session, actor=actor)
            self.steps = await view_corrections(session, actor=actor, today=clock.today())
        if view is None:
            await depart("/refused")
            return
        self.own, self.loaded = view, True


class FirstPasswordForm(FormModel):
    """A new password, typed twice."""

    password: str = ""
    confirmation: str = ""


class FirstPasswordState(FormState, rx.State):
    """Changing a first password, before which nothing else can be done (R-2.6.6.3)."""

    @rx.event
    @signed_in(passive=True)
    async def load(self):
        """Lead whoever has nothing to change to where they belong."""
        if not current_actor().may(Permission.FIRST_PASSWORD):
            await depart("/session/ended")

    @rx.event
    @requires(Permission.FIRST_PASSWORD)
    @submits(FirstPasswordForm)
    async def submit(self, read: FirstPasswordForm) -> None:
        """Set the new password and go on to the institution."""
        refusals = await first_password.change_first_password(
            actor=current_actor(), password=read.password, confirmation=read.confirmation
        )
        self._refuse(refusals)
        if not refusals:
            await depart("/institution")
