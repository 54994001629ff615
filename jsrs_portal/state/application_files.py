"""The materials of an application on the screen: handed in, taken away, and the way on (R-2.6.3.3)."""

from typing import TYPE_CHECKING

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain import case_files as rules
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.cases import FileState
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import case_files
from jsrs_portal.services.application_materials import MaterialView
from jsrs_portal.services.opened_cases import open_case
from jsrs_portal.state.form_state import FormState, key_of


class HandedIn(FormState, rx.State, mixin=True):
    """What the page of an application does with files; they come by routes of their own."""

    if TYPE_CHECKING:
        materials: list[MaterialView]
        _case: str

        async def _read(self) -> None:
            """As in the page's state."""

        async def _go(self, step: str) -> bool:
            """As in the page's state."""
            raise NotImplementedError

    @rx.event
    @requires(Permission.APPLY)
    async def files_changed(self, file: dict[str, str]):
        """Show a file that was handed in; it came by its own route, which said whether it may."""
        await self._read()

    @rx.event
    @requires(Permission.APPLY)
    async def remove_file(self, file_id: str):
        """「删除」 a file of the draft."""
        async with db.unit_of_work() as session:
            outcome = await case_files.remove_file(session, actor=current_actor(), file_id=key_of(file_id))
        if outcome is not None:
            self._refuse([outcome])
            return
        await self._read()

    @rx.event
    @requires(Permission.APPLY)
    async def check(self):
        """「下一步」 from the materials: on when nothing is missing and nothing is still on its way."""
        async with db.reading() as session:
            opened = await open_case(session, actor=current_actor(), case_id=self._case)
            files = await case_files.view_files(session, actor=current_actor(), case_id=self._case)
        faults = (await opened.reading()).faults if opened else ()
        asked = {one.key for one in self.materials}
        coming = {one.field: one.name for one in files if one.state == FileState.UPLOADING and one.field in asked}
        missing = {fault.field: Refusal(fault.sentence, fault.control) for fault in faults if fault.field in asked}
        stays = missing | {field: rules.still_coming(name, field) for field, name in coming.items()}
        if stays:
            await self._read()
            self._refuse([stays[one.key] for one in self.materials if one.key in stays])
            return
        await self._go("check")
