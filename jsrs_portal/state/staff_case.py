"""One case at the desk: looked at, taken, given, decided, seen in full (R-2.6.3.2)."""

from collections.abc import Mapping

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.once import show_once
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.case_desk import REMARK
from jsrs_portal.domain.cases import STATUS_LABELS, CaseStatus
from jsrs_portal.domain.permissions import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import staff_case_acts, staff_case_views, staff_cases
from jsrs_portal.services.case_moves import STALE
from jsrs_portal.services.staff_case_acts import Decision
from jsrs_portal.services.staff_case_views import DeskCase, FullCase
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import FormModel, ReasonForm, read_texts, submits, submits_texts
from jsrs_portal.state.staff_shell import StaffShellState

_NONE = DeskCase()
_NOTHING = FullCase("", "", "", (), ())


class GiveForm(FormModel):
    """To whom a case is given, and why."""

    to: str = ""
    reason: str = ""


class StaffCaseState(FormState, rx.State):
    """One case. ``full`` is only ever sent (``access.once``), and gone with the next page or with 「隐藏」."""

    loaded: bool = False
    missing: bool = False
    case: DeskCase = _NONE
    full: FullCase = _NOTHING
    dialog: str = ""
    act: str = ""
    done: int = 0
    """Grows with each act: its button may be gone, so the focus goes to the case."""
    asked: str = ""
    """The decision that is asked about once more, in words."""
    newer: bool = False
    """The case has changed since it was shown; what is being typed is not taken away for it."""
    _case: str = ""
    """Whose page this is; what the page has of it decides nothing."""
    _decision: Decision | None = None

    @rx.event
    @requires(Permission.STAFF_CASES, passive=True)
    async def load(self):
        """Show the case that the address names."""
        case_id = key_of(self.router.url.path.rstrip("/").rpartition("/")[2])
        if case_id != self._case:
            self.loaded, self.case = False, _NONE
        self._case, self.act = case_id, ""
        self._begin("")
        self.full = _NOTHING
        await self._read()

    @rx.event
    @requires(Permission.STAFF_CASES, passive=True)
    async def look_again(self):
        """Show what has changed since; nothing costs one query. Whoever is deciding is only told so."""
        if self.missing or not self._case:
            return
        async with db.reading() as session:
            version = await staff_case_views.version_of(session, actor=current_actor(), case_id=self._case)
        if version == self.case.version:
            return
        if self.act or self.dialog:
            self.newer = True
            return
        self.full = _NOTHING
        await self._read()
        if not self.missing:
            await self._say("info", f"办件有了新的进展：{self.case.status_label}。")

    @rx.event
    @requires(Permission.STAFF_CASES)
    async def take(self):
        """Take the case."""
        async with db.unit_of_work() as session:
            refused = await staff_case_acts.take(
                session, actor=current_actor(), case_id=self._case, seen=self.case.version
            )
        await self._after(refused, "")  # the decision that is asked for now says it

    @rx.event
    @requires(Permission.STAFF_CASES)
    def open_give(self):
        """Ask to whom the case is to be given."""
        self._begin("give" if self.case.give else "")

    @rx.event
    @requires(Permission.STAFF_CASES)
    @submits(GiveForm)
    async def submit_give(self, read: GiveForm) -> None:
        """Give the case to a colleague."""
        async with db.unit_of_work() as session:
            problems = await staff_case_acts.give(
                session,
                actor=current_actor(),
                case_id=self._case,
                seen=self.case.version,
                to=key_of(read.to),
                reason=read.reason,
            )
        await self._given(problems, "已交给所选的同事办理。")

    @rx.event
    @requires(Permission.STAFF_CASES)
    def open_put_back(self):
        """Ask why the case is to be put back."""
        self._begin("put_back" if self.case.put_back else "")

    @rx.event
    @requires(Permission.STAFF_CASES)
    @submits(ReasonForm)
    async def submit_put_back(self, read: ReasonForm) -> None:
        """Put the case back among those that are to be taken."""
        async with db.unit_of_work() as session:
            refused = await staff_case_acts.put_back(
                session, actor=current_actor(), case_id=self._case, seen=self.case.version, reason=read.reason
            )
        await self._given([refused] if refused else [], "已放回待认领，其他工作人员可以认领。")

    @rx.event
    @requires(Permission.STAFF_UNMASK)
    def open_unmask(self):
        """Ask why the case is to be seen in full."""
        self._begin("unmask" if self.case.id else "")

    @rx.event
    @requires(Permission.STAFF_UNMASK)
    @submits(ReasonForm)
    async def submit_unmask(self, read: ReasonForm) -> None:
        """Show the case in full until it is hidden or the page is left."""
        async with db.unit_of_work() as session:
            found = await staff_case_views.unmask_case(
                session, actor=current_actor(), case_id=self._case, reason=read.reason
            )
        if isinstance(found, Refusal):
            self._refuse([found])
            return
        self._begin("")
        await show_once(self, full=found)

    @rx.event
    @requires(Permission.STAFF_CASES)
    def hide(self):
        """Show the case masked again."""
        self.full = _NOTHING

    @rx.event
    @requires(Permission.STAFF_CASES)
    def choose_act(self, act: str):
        """Show what has to be said with a decision."""
        self.act = next((one.key for one in self.case.acts if one.key == act), "")
        self._refuse([])

    @rx.event
    @requires(Permission.STAFF_CASES, passive=True)
    def resume(self, values: dict[str, str], seen: int):
        """After a reconnection: go on with a decision, unless the case is not the one any more that was ``seen``."""
        act = (read_texts(values) or {}).get("act", "")
        if seen == self.case.version:
            self.act = next((one.key for one in self.case.acts if one.key == act), "")
        elif self.case.acts:
            self._refuse([STALE])

    @rx.event
    @requires(Permission.STAFF_CASES)
    @submits_texts
    async def submit_decision(self, typed: dict[str, str]):
        """End the step; what ends the case is asked about once more. A second click finds nothing chosen any more."""
        if not self.act:
            self._refuse([])
            return
        decision = _read_decision(self.act, typed)
        offered = next((one for one in self.case.acts if one.key == self.act), None)
        if offered is None or not offered.ends:
            await self._decide(decision)
            return
        async with db.reading() as session:
            problems = await staff_case_acts.problems_of(
                session, actor=current_actor(), case_id=self._case, decision=decision
            )
        self._refuse(problems)
        if not problems:
            self._decision, self.asked, self.dialog = decision, offered.label, "confirm"

    @rx.event
    @requires(Permission.STAFF_CASES)
    async def confirm_decision(self):
        """End the case as it was asked about."""
        if self._decision is None:  # done by the first of two clicks
            return
        self.busy = True
        yield
        try:
            await self._decide(self._decision)
        finally:
            self.busy = False

    @rx.event
    @requires(Permission.STAFF_CASES)
    def close_dialog(self):
        """Close the dialog; nothing is done."""
        self._begin("")

    async def _decide(self, decision: Decision) -> None:
        async with db.unit_of_work() as session:
            outcome = await staff_case_acts.decide(
                session,
                actor=current_actor(),
                case_id=self._case,
                seen=self.case.version,
                decision=decision,
            )
        if isinstance(outcome, list):
            self.dialog, self._decision = "", None
            if any(one.field for one in outcome):
                self._refuse(outcome)
                return
            await self._after(outcome[0], "")
            return
        self.act = ""
        await self._after(None, _said(outcome))

    async def _given(self, problems: list[Refusal], done: str) -> None:
        """Say what is wrong at its fields, all of it at once; else show the case as it is now."""
        if any(one.field for one in problems):
            self._refuse(problems)
            return
        await self._after(problems[0] if problems else None, done)

    async def _after(self, refused: Refusal | None, done: str) -> None:
        """Show the case as it is now, and what became of the act; a refusal leaves what was typed."""
        self._begin("")
        await self._read()
        self.done += 1
        if refused:
            self._refuse([refused])
        elif done:
            await self._say("ok", done)

    async def _read(self) -> None:
        actor = current_actor()
        async with db.reading() as session:
            found = await staff_case_views.view_case(session, actor=actor, case_id=self._case)
            waiting = await staff_cases.count_waiting(session, actor=actor)
        (await self.get_state(StaffShellState)).waiting = waiting.all
        self.case, self.missing, self.loaded, self.newer = found or _NONE, found is None, True, False
        if self.act not in {one.key for one in self.case.acts}:
            self.act = ""

    def _begin(self, dialog: str) -> None:
        self.dialog, self._decision, self.asked = dialog, None, ""
        self._refuse([])


def _read_decision(act: str, typed: Mapping[str, str]) -> Decision:
    remarks = {name.removeprefix(REMARK): text for name, text in typed.items() if name.startswith(REMARK)}
    return Decision(act=act, opinion=typed.get("opinion", ""), remarks=remarks, to=typed.get("to", ""))


def _said(status: CaseStatus) -> str:
    if status is CaseStatus.ACCEPTED:
        return "已通过，办件进入下一环节。"
    if status is CaseStatus.CORRECTION:
        return "已退回补正，并已通知申请人。"
    return f"办件{STATUS_LABELS[status]}，并已通知申请人。"
