"""网上申报: the form, the materials, the check and the receipt of one application on the screen (R-2.6.3.3)."""

from collections.abc import Sequence

import reflex as rx
import segno

from jsrs_portal import clock, db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import requires
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.cases import FileState
from jsrs_portal.domain.code_tables import DIVISIONS
from jsrs_portal.domain.form_reading import Reading
from jsrs_portal.domain.keys import control_of
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import (
    application_checks,
    application_materials,
    application_views,
    applications,
    case_files,
    submission,
)
from jsrs_portal.services.application_checks import CheckedSection
from jsrs_portal.services.application_materials import MaterialView
from jsrs_portal.services.application_views import SectionView
from jsrs_portal.services.applications import CHANGED
from jsrs_portal.services.case_details import SentBack, why_sent_back
from jsrs_portal.services.opened_cases import Opened, open_case
from jsrs_portal.services.submission import Receipt
from jsrs_portal.settings import get_settings
from jsrs_portal.state.application_again import TakenUp
from jsrs_portal.state.application_files import HandedIn
from jsrs_portal.state.code_lookup import CodeLookup
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import read_texts, submits_texts
from jsrs_portal.state.sent_back import SentBackNotes

STEPS = ("guide", "form", "materials", "check")
TITLES = ("阅读指南", "填写表单", "上传材料", "核对提交")
RECEIPT = "receipt"
MOST_PAGES = 100
_BLANK = Receipt("", "", "", "", "", "")


class ApplicationState(SentBackNotes, HandedIn, TakenUp, CodeLookup, FormState, rx.State):
    """One application. The draft in the database is the truth; here is what its page shows of it."""

    loaded: bool = False
    missing: bool = False
    step: str = ""
    position: int = 2
    matter: str = ""
    region: str = ""
    promise: str = ""
    changed: bool = False
    retired: bool = False
    lost: list[str] = []
    merged: bool = False
    beside: list[str] = []
    saved_text: str = ""
    sections: list[SectionView] = []
    checked: list[CheckedSection] = []
    materials: list[MaterialView] = []
    elsewhere: list[str] = []
    case_id: str = ""
    receipt: Receipt = _BLANK
    qr: str = ""

    _case: str = ""
    """Whose page this is; ``case_id`` is what the page has of it, and decides nothing."""
    _seen: int = 0
    _before: dict[str, str] = {}
    """What stood in the form when it was last the same here and in the database."""
    _asked: list[str] = []
    _shown_as: tuple[tuple[str, ...], tuple[str | bool, ...]] = ((), ())
    _handed_in: str = ""
    """When it was handed in last; empty before."""
    _pages: dict[str, int] = {}

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def load(self):
        """Show the application that the address names, at the step where it was left."""
        case_id = key_of(self.router.url.path.rstrip("/").rpartition("/")[2])
        if case_id != self._case:
            self._pages, self.lost = {}, []
        self._case = self.case_id = case_id
        self.changed = self.merged = False
        self.beside = []
        self._refuse([])
        await self._read()

    @rx.event
    @requires(Permission.APPLY)
    async def save(self, values: dict[str, str]):
        """Keep what stands in the form (autosave), and ask what follows from it."""
        if self.step != "form":
            return
        typed = read_texts(values)
        if typed is None:
            self._unreadable()
            return
        await self._save(typed)

    @rx.event
    @requires(Permission.APPLY)
    @submits_texts
    async def next_step(self, typed: dict[str, str]):
        """「下一步」 from the form: keep it, and go on when nothing is wrong with it."""
        opened = await self._save(typed)
        if opened is None:
            return
        files = {one.key for one in opened.form.fields if one.key not in self._asked}
        faults = [fault for fault in (await opened.reading()).faults if fault.field not in files]
        if faults:
            self._refuse([Refusal(fault.sentence, fault.control) for fault in faults])
            return
        await self._go("materials")

    @rx.event
    @requires(Permission.APPLY)
    async def go_to(self, step: str):
        """Go to a step; the check shows what is still wrong."""
        if step in STEPS[1:]:
            await self._go(step)

    @rx.event
    @requires(Permission.APPLY)
    @submits_texts
    async def submit(self, typed: dict[str, str]):
        """「提交」: once, whoever clicks how often."""
        async with db.unit_of_work() as session:
            outcome = await submission.submit_application(
                session,
                actor=current_actor(),
                case_id=self._case,
                seen=self._seen,
                promised=typed.get("promise") == "yes",
            )
        if not isinstance(outcome, list):
            await self._read()
        elif submission.FAULTY in outcome:
            await self._back_to(outcome)
        else:
            self._say_no(outcome)

    @rx.event
    @requires(Permission.APPLY)
    async def adopt(self):
        """「按新要求继续」: what is still asked is kept."""
        async with db.unit_of_work() as session:
            outcome = await applications.adopt_newest(
                session, actor=current_actor(), case_id=self._case, seen=self._seen
            )
        if isinstance(outcome, Refusal):
            self._say_no([outcome])
            return
        self.lost, self.revision = list(outcome[1]), self.revision + 1
        await self._read()

    @rx.event
    @requires(Permission.APPLY)
    async def drop(self):
        """「删除草稿」, after a question."""
        async with db.unit_of_work() as session:
            key = await applications.drop_draft(session, actor=current_actor(), case_id=self._case)
        if key:
            await depart(f"/apply/{key}")
        else:
            self._refuse([applications.GONE])
            await self._read()

    @rx.event
    @requires(Permission.APPLY)
    async def turn(self, table: str, page: int):
        """Show another page of a table's rows."""
        if key_of(table) in self._asked and type(page) is int and 0 < page < MOST_PAGES:
            self._pages = {**self._pages, table: page}
            await self._read()

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def find_codes(self, field: str, text: str):
        """Answer what is typed into a field with a region; asking too often is not answered."""
        field = control_of(field)
        if field:
            await self._look_up(field, DIVISIONS.key, text)

    # What others of this page's states use

    async def _read(self) -> None:
        """Show the application as it stands in the database."""
        async with db.reading() as session:
            opened = await open_case(session, actor=current_actor(), case_id=self._case)
            receipt = await submission.receipt_of(session, opened) if opened and opened.case.number else None
            files = await case_files.view_files(session, actor=current_actor(), case_id=self._case)
            self._note_why(await why_sent_back(session, opened) if opened else SentBack())
        self.loaded, self.missing, self.busy = True, opened is None, False
        if opened is None:
            self.sections, self.checked, self.step, self.matter = [], [], "", ""
            return
        self.step = opened.case.step
        self.position = len(STEPS) + 1 if self.step == RECEIPT else STEPS.index(self.step) + 1
        if receipt is not None:
            self.receipt = receipt
            address = f"{get_settings().origin}/applications/{opened.case.id}"
            self.qr = segno.make(address, error="m").svg_data_uri(scale=4, border=0, omitsize=True)
        reading = await opened.reading()
        handed = [one for one in files if self.step == "materials" or one.state != FileState.REFUSED]
        self.materials = [] if self.step == "form" else application_materials.materials(opened, reading, handed)
        self.elsewhere = application_materials.brought_elsewhere(opened) if self.step == "materials" else []
        await self._show(opened, reading, anew=True)
        self._take_back(reading)

    async def _save(self, typed: dict[str, str], began: dict[str, str] | None = None) -> Opened | None:
        """Keep ``typed``; ``began`` is what its form began from when that is not what this state knows."""
        async with db.unit_of_work() as session:
            outcome = await applications.save_typed(
                session,
                actor=current_actor(),
                case_id=self._case,
                seen=self._seen if began is None else None,
                typed=typed,
                asked=self._asked,
                before=self._before if began is None else began,
            )
        self.unsaved, self.answered = isinstance(outcome, Refusal), self.answered + 1
        if isinstance(outcome, Refusal):
            self._say_no([outcome])
            return None
        saved, outcome = outcome, outcome.opened
        reading = await outcome.reading()
        await self._show(outcome, reading, anew=saved.others or began is not None)
        if saved.others:
            self.revision += 1
            self.beside = [f"{label}：您填写的「{text}」没有采用" for label, text in saved.beside]
            self.merged = True
        self._take_back(reading)
        self.busy = False
        return outcome

    def _take_back(self, reading: Reading) -> None:
        """Say no more what was wrong and is not any more."""
        self._still({fault.control: fault.sentence for fault in reading.faults})

    async def _back_to(self, refusals: Sequence[Refusal]) -> None:
        """Go back to the step where the first of what is wrong stands, and say it there."""
        files = {one.key for one in self.materials}
        at_form = any(one.field and one.field not in files for one in refusals)
        if await self._go("form" if at_form else "materials"):
            self._refuse([one for one in refusals if not one.field or (one.field in files) is not at_form])

    async def _go(self, step: str) -> bool:
        async with db.unit_of_work() as session:
            outcome = await applications.go_to(
                session, actor=current_actor(), case_id=self._case, seen=self._seen, step=step
            )
        if isinstance(outcome, Refusal):
            self._say_no([outcome])
            return False
        self._refuse([])
        await self._read()
        return True

    async def _show(self, opened: Opened, reading: Reading, *, anew: bool = False) -> None:
        """Put on the screen what of the application its step shows; the form only where other questions are asked."""
        case = opened.case
        self._before = dict(opened.filled.typed)
        self._seen, self.matter, self.promise = case.version, case.matter_name, opened.form.promise
        self._handed_in = str(case.handed_in_at or "")
        self.region = regions().full_name(case.region)
        self.changed, self.retired = opened.changed and bool(opened.newest), opened.changed and not opened.newest
        self.saved_text = f"已保存 {case.saved_at.astimezone(clock.BEIJING):%H:%M}"
        if self.step == "form":
            sections = application_views.form_sections(opened, reading, self._pages)
            asked = tuple(one.key for section in sections for one in section.fields)
            given = tuple(
                one.first if one.kind == "fixed" else one.required for section in sections for one in section.fields
            )
            if anew or self._shown_as != (asked, given):
                self.sections = sections
            self._asked, self._shown_as = list(asked), (asked, given)
        else:
            self.sections = []
        looked_over = self.step in ("check", RECEIPT)
        checked = await application_checks.checked_sections(opened, reading) if looked_over else []
        if checked != self.checked:  # long tables are sent once
            self.checked = checked

    def _say_no(self, refusals: Sequence[Refusal]) -> None:
        """Say what was refused; that the form has changed is a choice above it."""
        self._refuse(refusals)
        self.changed = self.changed or any(one.code == CHANGED.code for one in refusals)
