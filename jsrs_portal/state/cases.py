"""全部办件: the list in the name somebody acts in; what is chosen is in the address (R-2.6.3.1)."""

from urllib.parse import urlencode

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.case_groups import GROUP, GROUPS, counted, searched
from jsrs_portal.domain.own_data import ExportState
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import case_exports, case_lists
from jsrs_portal.services.application_lists import DraftView, view_drafts
from jsrs_portal.services.case_exports import CaseExportView
from jsrs_portal.services.case_lists import CaseCard, CaseFilter, CasePage
from jsrs_portal.state.form_state import FormState
from jsrs_portal.state.matter_filters import FilterOption

ALL = "全部"
_LONGEST_PLACE = 80
_LISTS = ("/unit/cases", "/my/cases", "/institution/cases")


def cases_home(actor: Actor) -> str:
    """Return the address of the list in the name that ``actor`` acts in."""
    centre = "/unit" if actor.unit_id else "/institution" if actor.institution_id else "/my"
    return f"{centre}/cases"


def wanted_of(query: dict[str, str]) -> CaseFilter:
    """Return what an address asks for; an unknown choice counts as none."""
    group = query.get("status", "")
    return CaseFilter(group if group in GROUP else "", searched(query.get("q", "")))


def href_of(path: str, wanted: CaseFilter, **place: str) -> str:
    """Return the address of the list at ``path`` narrowed to ``wanted``."""
    query = {"status": wanted.group, "q": wanted.text, **place}
    query = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(query)}" if query else path


def options(path: str, wanted: CaseFilter) -> list[FilterOption]:
    """Return the choices of 「全部」▾; what is searched for stays."""
    return [
        FilterOption(label, href_of(path, CaseFilter(key, wanted.text)), key == wanted.group)
        for key, label in (("", ALL), *((one.key, one.label) for one in GROUPS))
    ]


def _places(query: dict[str, str]) -> dict[str, str]:
    """Return from where an address's page goes on."""
    return {name: query.get(name, "")[:_LONGEST_PLACE] for name in ("after", "before")}


class CasesState(FormState, rx.State):
    """A page of the list; its filter, its search and its beginning are in the address."""

    loaded: bool = False
    wanted: CaseFilter = CaseFilter()
    chosen: str = ALL
    options: list[FilterOption] = []
    items: list[CaseCard] = []
    total: str = ""
    before: str = ""
    after: str = ""
    clear: str = ""
    drafts: list[DraftView] = []
    export: CaseExportView = CaseExportView()
    making: bool = False
    _mark: str = ""
    """Of the page as it is shown."""

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def load(self):
        """Show the page that the address asks for: at most six statements.

        The address of another centre leads to one's own.
        """
        actor, query = current_actor(), {name: str(value) for name, value in self.router.url.query_parameters.items()}
        wanted, path = wanted_of(query), cases_home(actor)
        asked = self.router.url.path.rstrip("/")
        if asked != path and asked in _LISTS:
            await depart(href_of(path, wanted))
            return
        async with db.reading() as session:
            page = await case_lists.list_cases(session, actor=actor, wanted=wanted, **_places(query))
            self.drafts = await view_drafts(session, actor=actor)
            self._show_export(await case_exports.view_export(session, actor=actor))
        self._refuse([])
        self._show(page, path, wanted)
        self.loaded = True

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def look_again(self):
        """Show what has changed since on this page; nothing costs a query or two. The page asks again and again."""
        if not self.loaded:
            return
        actor, query = current_actor(), {name: str(value) for name, value in self.router.url.query_parameters.items()}
        wanted, places = wanted_of(query), _places(query)
        async with db.reading() as session:
            if await case_lists.mark_list(session, actor=actor, wanted=wanted, **places) == self._mark:
                return
            page = await case_lists.list_cases(session, actor=actor, wanted=wanted, **places)
        self._show(page, cases_home(actor), wanted)
        await self._say("info", "办件有了新的进展，列表已更新。")

    def _show(self, page: CasePage, path: str, wanted: CaseFilter) -> None:
        self._mark = page.mark
        self.wanted, self.items, self.total = wanted, list(page.items), counted(page.total)
        self.options = options(path, wanted)
        self.chosen = GROUP[wanted.group].label if wanted.group else ALL
        self.before = href_of(path, wanted, before=page.before) if page.before else ""
        self.after = href_of(path, wanted, after=page.after) if page.after else ""
        self.clear = path if wanted != CaseFilter() else ""

    @rx.event
    @requires(Permission.APPLY)
    async def export_list(self):
        """「导出」 the list as it is narrowed in the address."""
        wanted = wanted_of({name: str(value) for name, value in self.router.url.query_parameters.items()})
        async with db.unit_of_work() as session:
            outcome = await case_exports.request_export(session, actor=current_actor(), wanted=wanted)
        self._refuse([outcome] if isinstance(outcome, Refusal) else [])
        await self._look()

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def look_at_export(self):
        """Look again while the worker is at it."""
        await self._look()

    async def _look(self) -> None:
        async with db.reading() as session:
            self._show_export(await case_exports.view_export(session, actor=current_actor()))

    def _show_export(self, view: CaseExportView) -> None:
        self.export, self.making = view, view.state in (ExportState.WAITING, ExportState.WORKING)
