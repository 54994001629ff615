"""The dialog that asks for a slider puzzle, or for a code instead, and then lets the page try again (R-2.5.2)."""

from dataclasses import replace
from typing import Any

import reflex as rx

from jsrs_portal import clock
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.identifiers import check_mobile
from jsrs_portal.domain.puzzles import read_trail
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import codes, presence, puzzles
from jsrs_portal.state.form_state import FormState
from jsrs_portal.state.forms import MALFORMED, FormModel, epoch_ms, read_form
from jsrs_portal.state.gateways import gateways

_MISSED = "没有对准缺口，请再试一次。"


class CodeForm(FormModel):
    """The code instead of the picture, as typed."""

    puzzle_mobile: str = ""
    puzzle_code: str = ""


class PuzzleState(FormState, rx.State):
    """The puzzle in front of the person; ``retry`` is the element of the page that tries again afterwards."""

    open: bool = False
    id: str = ""
    y: int = 0
    by_code: bool = False
    retry: str = ""
    solved: int = 0
    resend_at: int = 0
    now_ms: int = 0

    @rx.event
    @public()
    async def renew(self):
        """Show another picture."""
        self.trouble = ""
        await self._draw()

    @rx.event
    @public()
    async def answer(self, trail: list[Any]):
        """Judge the movement; a wrong one is answered with another picture."""
        read = read_trail(trail)
        if read and await puzzles.answer(actor=current_actor(), puzzle_id=self.id, trail=read):
            self._done()
            return
        await self._draw()
        self.trouble = self.trouble or _MISSED

    @rx.event
    @public()
    async def choose_way(self, by_code: bool):
        """Ask for a code on a phone instead of the picture, or the other way round (R-2.5.6)."""
        self.by_code = by_code is True
        self._refuse([])
        if not self.by_code:
            await self._draw()

    @rx.event
    @public()
    async def send_code(self, form: dict[str, Any]):
        """「获取验证码」 of the way without a picture."""
        read = read_form(CodeForm, form)
        checked = check_mobile(read.puzzle_mobile) if read else None
        if checked is None or not checked.ok:
            self._say_no([Refusal(checked.sentence, "mobile") if checked else MALFORMED])
            return
        sent = await codes.send_code(
            gateways().sms, actor=current_actor(), purpose=CodePurpose.PUZZLE, mobile=checked.value or ""
        )
        if isinstance(sent, Refusal):
            self._say_no([sent])
            return
        self._refuse([])
        self.now_ms, self.resend_at = epoch_ms(clock.now()), epoch_ms(sent.resend_at)

    @rx.event
    @public()
    async def submit_code(self, form: dict[str, Any]):
        """Compare the code."""
        read = read_form(CodeForm, form)
        if read is None:
            self._say_no([MALFORMED])
            return
        checked = check_mobile(read.puzzle_mobile)
        if not checked.ok:
            self._say_no([Refusal(checked.sentence, "mobile")])
            return
        refused = await puzzles.answer_by_code(
            actor=current_actor(), mobile=checked.value or "", code=read.puzzle_code.strip()
        )
        if refused:
            self._say_no([refused])
        else:
            self._done()

    @rx.event
    @public()
    def close(self):
        """Close the dialog; what it was asked for has not been done."""
        self.open = False

    async def _begin(self, retry: str) -> None:
        self.open, self.by_code, self.retry = True, False, retry
        self._refuse([])
        await self._draw()

    async def _draw(self) -> None:
        if not self.open:
            return  # nobody was asked
        view = await puzzles.open_puzzle(actor=current_actor())
        if isinstance(view, Refusal):
            self.id, self.trouble = "", view.sentence
        else:
            self.id, self.y = view.id, view.y

    def _done(self) -> None:
        self.open, self.id = False, ""
        self._refuse([])
        self.solved += 1

    def _say_no(self, refusals: list[Refusal]) -> None:
        """Say what is wrong at the dialog's own fields: the page behind it may have some of the same names."""
        self._refuse([replace(one, field=f"puzzle_{one.field}") if one.field else one for one in refusals])


async def ask_for_puzzle(state: rx.State, *, retry: str) -> None:
    """Open the dialog on the page of ``state``; once it is solved, the element ``retry`` is submitted or pressed."""
    puzzle = await state.get_state(PuzzleState)
    await puzzle._begin(retry)  # pyright: ignore[reportPrivateUsage]


def wants_puzzle(refusals: list[Refusal]) -> bool:
    """Tell whether something was not done for want of a puzzle."""
    return any(refusal.code == presence.NEEDED.code for refusal in refusals)
