"""办理结果 on a case's page, the applicant's and the officer's, and the page on which anybody checks one."""

from typing import Any

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public, requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.results import typed_number
from jsrs_portal.services import results
from jsrs_portal.services.results import UNKNOWN, Checked, ResultView
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import MALFORMED, FormModel, read_form


class WithdrawResultForm(FormModel):
    """Why a result is withdrawn."""

    model_config = FormModel.model_config | {"str_max_length": 1000}

    reason: str = ""


class CheckForm(FormModel):
    """What stands on a document."""

    number: str = ""
    code: str = ""


class ResultState(rx.State):
    """The result of the case that the address names, for those whose case it is."""

    view: ResultView = ResultView()

    _case: str = ""

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def load(self):
        """Show the result: three statements."""
        self._case = _case_of(self.router.url.path)
        self.view = await _read(self._case)

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def look_again(self):
        """Look whether the worker has made it."""
        self.view = await _read(self._case)


class StaffResultState(FormState, rx.State):
    """The same for officers, who may withdraw it."""

    view: ResultView = ResultView()
    dialog: bool = False

    _case: str = ""

    @rx.event
    @requires(Permission.STAFF_CASES, passive=True)
    async def load(self):
        """Show the result: two statements."""
        self._case = _case_of(self.router.url.path)
        self.dialog = False
        self._refuse([])
        self.view = await _read(self._case)

    @rx.event
    @requires(Permission.STAFF_CASES, passive=True)
    async def look_again(self):
        """Look whether the worker has made it."""
        self.view = await _read(self._case)

    @rx.event
    @requires(Permission.STAFF_CASES)
    def open_withdraw(self):
        """Ask why the result is to be withdrawn."""
        self.dialog = self.view.href != "" and not self.view.withdrawn
        self._refuse([])

    @rx.event
    @requires(Permission.STAFF_CASES)
    def close_withdraw(self):
        """Close the dialog; nothing is done."""
        self.dialog = False
        self._refuse([])

    @rx.event
    @requires(Permission.STAFF_CASES)
    async def submit_withdraw(self, form: dict[str, Any]):
        """Withdraw the result; whoever applied is told."""
        self.busy = True
        yield
        try:
            read = read_form(WithdrawResultForm, form)
            if read is None:
                self._refuse([MALFORMED])
                return
            async with db.unit_of_work() as session:
                refused = await results.withdraw_result(
                    session, actor=current_actor(), case_id=self._case, seen=self.view.version, reason=read.reason
                )
            self._refuse([refused] if refused else [])
            if refused and refused.field:
                return
            self.dialog = False
            self.view = await _read(self._case)
            if not refused:
                await self._say("ok", "办理结果已撤回，并已告知申请人。")
        finally:
            self.busy = False


def _case_of(path: str) -> str:
    return key_of(path.rstrip("/").rpartition("/")[2])


async def _read(case_id: str) -> ResultView:
    async with db.reading() as session:
        return await results.view_result(session, actor=current_actor(), case_id=case_id)


class CheckState(FormState, rx.State):
    """What anybody finds out about a document by its number and its code."""

    number: str = ""
    code: str = ""
    asked: bool = False
    checked: str = ""
    """The number that the answer is about: it stands on the document, to be compared."""
    found: Checked = UNKNOWN

    @rx.event
    @public(passive=True)
    async def load(self):
        """Check what the address names, as the QR code on a document does."""
        query = self.router.url.query_parameters
        self.number, self.code = str(query.get("n", ""))[:60], str(query.get("c", ""))[:60]
        self.asked, self.found = False, UNKNOWN
        self._refuse([])
        if self.number and self.code:
            await self._check(self.number, self.code)

    @rx.event
    @public()
    async def submit(self, form: dict[str, Any]):
        """「核验」 what was typed."""
        self.busy = True
        yield
        try:
            read = read_form(CheckForm, form)
            if read is None:
                self._refuse([MALFORMED])
                return
            await self._check(read.number, read.code)
        finally:
            self.busy = False

    async def _check(self, number: str, code: str) -> None:
        async with db.unit_of_work() as session:
            found = await results.check_result(session, actor=current_actor(), number=number, code=code)
        if isinstance(found, Refusal):
            self.asked, self.found = False, UNKNOWN
            self._refuse([found])
            return
        self._refuse([])
        self.asked, self.found, self.checked = True, found, typed_number(number)
