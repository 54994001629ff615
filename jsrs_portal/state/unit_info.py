"""单位信息: the card, the form, its history, and the matters by business below (R-2.6.2.1 to R-2.6.2.3)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.unit_info import BY_KEY
from jsrs_portal.services import unit_info, unit_info_views
from jsrs_portal.services.unit_info import Clash, Conflict
from jsrs_portal.services.unit_info_views import ChangeRow, UnitInfo
from jsrs_portal.services.unit_matters import BusinessGroup, partly, view_business
from jsrs_portal.state.code_lookup import CodeLookup
from jsrs_portal.state.form_state import FormState
from jsrs_portal.state.forms import FormModel, submits
from jsrs_portal.state.region import chosen_region

_BLANK = dict.fromkeys(BY_KEY, "")
_NONE = UnitInfo(0, "", "", "", _BLANK, _BLANK, "", "", False)


class UnitInfoForm(FormModel):
    """The form as typed: codes as 「代码 名称」."""

    org_code: str = ""
    industry_code: str = ""
    economic_type: str = ""
    subordination: str = ""
    authority_region: str = ""
    registered_address: str = ""
    public_nature: str = ""
    category: str = ""


class UnitInfoState(CodeLookup, FormState, rx.State):
    """What the unit says of itself. The form's fields are the browser's; here is only what they begin with."""

    loaded: bool = False
    info: UnitInfo = _NONE
    editing: bool = False
    values: dict[str, str] = _BLANK
    clashes: list[Clash] = []
    _seen: int = 0
    """The version the form is about; what was changed after it has not been seen."""

    history_open: bool = False
    history: list[ChangeRow] = []
    history_next: str = ""

    groups: list[BusinessGroup] = []
    limited: bool = False
    """Whoever looks may do some of the unit's business only."""
    region_name: str = ""

    @rx.event
    @requires(Permission.UNIT_VIEW, passive=True)
    async def load(self):
        """Show the unit and the matters below it; a form that is open stays as it is. Three statements."""
        region = await chosen_region(self)
        async with db.reading() as session:
            view = await unit_info_views.view_unit_info(session, actor=current_actor())
            groups = await view_business(session, actor=current_actor(), region=region.code)
        if view is None:
            await depart("/refused")
            return
        self.info, self.loaded = view, True
        self.history_open = False
        self.groups = list(groups)
        self.region_name, self.limited = region.short, partly(groups, current_actor())

    @rx.event
    @requires(Permission.UNIT_CHANGE)
    async def edit(self):
        """「修改」: open the form with what stands there now."""
        await self._read()
        self.values, self._seen, self.clashes = dict(self.info.typed), self.info.version, []
        self._refuse([])
        self.editing = True

    @rx.event
    @requires(Permission.UNIT_CHANGE)
    def cancel(self):
        """Close the form; nothing is changed."""
        self._close()

    @rx.event
    @requires(Permission.UNIT_CHANGE, passive=True)
    async def find_codes(self, field: str, text: str):
        """Answer what is typed into a field with a code table; asking too often is not answered, as in the search."""
        table = BY_KEY[field].table if isinstance(field, str) and field in BY_KEY else ""  # pyright: ignore
        if table:
            await self._look_up(field, table, text)

    @rx.event
    @requires(Permission.UNIT_CHANGE)
    @submits(UnitInfoForm)
    async def save(self, read: UnitInfoForm):
        """Save the form, or say what is wrong, or what somebody else has changed meanwhile."""
        if not self.editing:  # the second click of two
            self.busy = False
            return
        typed = read.model_dump()
        outcome = await unit_info.change_unit(actor=current_actor(), typed=typed, seen=self._seen)
        if isinstance(outcome, list):
            self.values = typed  # still there when the page is loaded anew
            self._refuse(outcome)
        elif isinstance(outcome, Conflict):
            self._refuse([])
            self.clashes, self._seen = list(outcome.clashes), outcome.version
            self.values = typed | outcome.fresh
            self.attempt += 1
        else:
            self._close()
            await self._read()
            await self._say("ok", "单位信息已保存，修改前的内容可以在「修改记录」中查看。")

    @rx.event
    @requires(Permission.UNIT_VIEW)
    async def show_history(self):
        """「修改记录」, from the newest."""
        self.history, self.history_next = [], ""
        await self._more("")
        self.history_open = True

    @rx.event
    @requires(Permission.UNIT_VIEW)
    async def more_history(self):
        """Add the following page of the history."""
        if self.history_next:
            await self._more(self.history_next)

    @rx.event
    @requires(Permission.UNIT_VIEW)
    def close_history(self):
        """Close the history."""
        self.history_open = False

    async def _more(self, after: str) -> None:
        async with db.reading() as session:
            page = await unit_info_views.view_changes(session, actor=current_actor(), after=after)
        self.history, self.history_next = [*self.history, *page.items], page.next

    async def _read(self) -> None:
        async with db.reading() as session:
            view = await unit_info_views.view_unit_info(session, actor=current_actor())
        if view is not None:
            self.info = view

    def _close(self) -> None:
        self.editing, self.clashes, self.values = False, [], _BLANK
        self._refuse([])
