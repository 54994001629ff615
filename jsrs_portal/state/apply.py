"""Where an application begins: the guide is read, an earlier draft goes on or a new one is begun (R-2.6.3.3)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public, requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import application_lists, applications
from jsrs_portal.services.application_lists import DraftView
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import FormModel, submits
from jsrs_portal.state.guide import GuideState
from jsrs_portal.state.region import chosen_region

NOT_READ = Refusal("请先阅读办事指南，并勾选「已阅读并了解」。", "guide_read")


class BeginForm(FormModel):
    """The tick below the guide."""

    guide_read: str = ""


class ApplyState(FormState, rx.State):
    """The drafts of this matter that somebody has already."""

    drafts: list[DraftView] = []

    @rx.event
    @public(passive=True)
    async def load(self):
        """Show the drafts of the matter that the address names; none for a visitor. One statement."""
        self._refuse([])
        await self._read()

    @rx.event
    @requires(Permission.APPLY)
    @submits(BeginForm)
    async def begin(self, read: BeginForm):
        """「开始申报」: a new draft, and its page."""
        if read.guide_read != "yes":
            self._refuse([NOT_READ])
            return
        region = await chosen_region(self)
        guide = await self.get_state(GuideState)
        async with db.unit_of_work() as session:
            outcome = await applications.begin_application(
                session, actor=current_actor(), key=guide.guide.matter.key, region=region.code
            )
        if isinstance(outcome, Refusal):
            self._refuse([outcome])
            return
        self.busy = False
        await depart(f"/applications/{outcome}")

    @rx.event
    @requires(Permission.APPLY)
    async def drop(self, case_id: str):
        """「删除」 a draft, after a question."""
        async with db.unit_of_work() as session:
            await applications.drop_draft(session, actor=current_actor(), case_id=key_of(case_id))
        await self._read()
        await self._say("ok", "草稿已删除。")

    async def _read(self) -> None:
        key = self.router.url.path.rstrip("/").rpartition("/")[2]
        async with db.reading() as session:
            self.drafts = await application_lists.view_drafts(session, actor=current_actor(), key=key)
