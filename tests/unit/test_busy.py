"""A button that was pressed is free again, however what it did has ended; what failed can be tried again."""

import asyncio
from typing import Any

import pytest

from jsrs_portal.state.forms import FormModel, submits
from jsrs_portal.state.staff_case import StaffCaseState


class Form(FormModel):
    """A form with a field."""

    name: str = ""


class Page:
    """What a handler needs of its state."""

    busy = False
    errors = 0

    def _refuse(self, _refusals: object) -> None:
        self.busy, self.errors = False, self.errors + 1


@pytest.mark.parametrize("failure", [ValueError, asyncio.CancelledError])
async def test_a_form_that_fails_or_is_too_late_frees_its_button(failure: type[BaseException]):
    """A deadline arrives as a cancellation."""
    page = Page()

    @submits(Form)
    async def save(self: Page, form: Form) -> None:
        assert self.busy
        raise failure

    async def pressed() -> None:
        async for _ in save(page, {"name": "x"}):
            assert page.busy

    with pytest.raises(failure):
        await pressed()
    assert not page.busy


async def test_a_decision_whose_confirmation_failed_can_be_confirmed_again():
    done: list[object] = []

    class Case(Page):
        _decision: Any = "reject"
        fails = True

        async def _decide(self, decision: object) -> None:
            if self.fails:
                raise ConnectionError
            done.append(decision)
            self._decision = None

    case, confirm = Case(), StaffCaseState.confirm_decision.fn

    async def pressed() -> None:
        async for _ in confirm(case):
            assert case.busy
        assert not case.busy

    with pytest.raises(ConnectionError):
        await pressed()
    assert not case.busy
    case.fails = False
    await pressed()
    await pressed()
    assert done == ["reject"], "the second click finds nothing to confirm"
