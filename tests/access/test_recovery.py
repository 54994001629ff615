"""What a hand-made request gets out of 找回密码: nothing without the steps before it, in the same browser (R-2.5)."""

import pytest

from tests.access import people
from tests.access.conftest import Cast
from tests.access.evidence import Log
from tests.access.recovery_scenarios import (
    FORGETFUL,
    OTHER,
    PAGE,
    STATE,
    enrolled,
    face_shown,
    named_account,
    new_password,
    step_1,
)
from tests.access.scenarios import Walk

pytestmark = pytest.mark.asyncio(loop_scope="session")
NEW = "Thimble-29!reed"


def passwords(cast: Cast) -> list[dict[str, str]]:
    """Return every password as it is stored."""
    return people.rows(cast.portal, "SELECT id, password_hash FROM credentials ORDER BY id")


@pytest.mark.req("R-2.5.1", "R-2.5.3")
async def test_no_step_can_be_skipped(cast: Cast) -> None:
    """Every later step first, then with the account alone: no code is sent, no check begins, nothing is changed."""
    enrolled(cast)
    walk, before = Walk(cast), people.dump(cast.portal)
    browser, log = await people.visitor(cast.portal), Log(cast.portal)
    later = {
        "start_face": None,
        "poll_face": None,
        "send_code": {"form": {"mobile": FORGETFUL.mobile}},
        "submit_code": {"form": {"code": "123456"}},
        "submit_password": new_password(NEW),
    }
    async with await browser.tab() as tab:
        for method, payload in later.items():
            await walk.call(tab, f"RecoveryState.{method}", payload, PAGE)
            assert tab.value(STATE, "step") in (None, "", "account")
        assert people.dump(cast.portal) == before
        await named_account(walk, tab, browser)
        await walk.call(tab, "RecoveryState.submit_password", new_password(NEW), PAGE)
        assert tab.value(STATE, "trouble")
        await walk.call(tab, "RecoveryState.submit_code", {"form": {"code": "123456"}}, PAGE)
        assert tab.value(STATE, "error").keys() == {"code"}
    assert people.dump(cast.portal, browser.key) == before
    log.assert_no_failure()


@pytest.mark.req("R-2.5.2")
async def test_without_a_puzzle_nothing_is_said_about_an_account(cast: Cast) -> None:
    """Right or wrong, a script that solves none hears the same, and is not believed to have solved one."""
    enrolled(cast)
    walk, browser = Walk(cast), await people.visitor(cast.portal)
    heard = []
    async with await browser.tab() as tab:
        for changed in ({}, {"name": "郁忘"}, {"account": OTHER.uscc}):
            await walk.call(tab, "RecoveryState.submit_account", step_1(**changed), PAGE)
            heard.append((tab.value(STATE, "step"), tab.value(STATE, "trouble"), tab.value("puzzle_state", "open")))
            await walk.call(tab, "PuzzleState.close", page=PAGE)
    assert len(set(heard)) == 1
    assert heard[0][2] is True
    assert people.rows(cast.portal, "SELECT id FROM drafts WHERE owner = ?", browser.key) == []


@pytest.mark.req("R-2.5.3")
async def test_another_browsers_proof_opens_nothing(cast: Cast) -> None:
    """The holder has shown their face here; somebody with the same data, there, has shown nothing."""
    enrolled(cast)
    walk, before = Walk(cast), passwords(cast)
    holder, other = await people.visitor(cast.portal), await people.visitor(cast.portal)
    async with await holder.tab() as mine, await other.tab() as theirs:
        await named_account(walk, mine, holder)
        await named_account(walk, theirs, other)
        await face_shown(walk, mine, holder)
        assert mine.value(STATE, "step") == "password"
        await walk.call(theirs, "RecoveryState.poll_face", page=PAGE)
        assert theirs.value(STATE, "step") == "proof"
        await walk.call(theirs, "RecoveryState.submit_password", new_password(NEW), PAGE)
        assert theirs.value(STATE, "step") == "proof"
    assert passwords(cast) == before


@pytest.mark.req("R-2.5.3")
async def test_a_face_check_for_another_purpose_opens_nothing(cast: Cast) -> None:
    """Whoever had somebody show their face for a registration has nothing for their password."""
    enrolled(cast)
    walk, before, browser = Walk(cast), passwords(cast), await people.visitor(cast.portal)
    async with await browser.tab() as tab:
        await named_account(walk, tab, browser)
        await people.pass_face(cast.portal, browser)
        people.execute(cast.portal, "UPDATE face_checks SET purpose = 'UNIT_REGISTRATION' WHERE owner = ?", browser.key)
        for _ in range(3):
            await walk.call(tab, "RecoveryState.poll_face", page=PAGE)
        assert tab.value(STATE, "step") == "proof"
        people.execute(cast.portal, "UPDATE face_checks SET state = 'PASSED' WHERE owner = ?", browser.key)
        await walk.call(tab, "RecoveryState.poll_face", page=PAGE)
        await walk.call(tab, "RecoveryState.submit_password", new_password(NEW), PAGE)
        assert tab.value(STATE, "step") == "proof"
    assert passwords(cast) == before


@pytest.mark.req("R-2.5.3")
async def test_another_account_in_step_1_needs_another_proof(cast: Cast) -> None:
    """The proof was the forgetful one's; the account that follows in the same browser is the other's."""
    enrolled(cast)
    walk, before, browser = Walk(cast), passwords(cast), await people.visitor(cast.portal)
    async with await browser.tab() as tab:
        await named_account(walk, tab, browser)
        await face_shown(walk, tab, browser)
        changed = {"account": OTHER.uscc, "id_number": OTHER.id_number, "name": OTHER.name}
        await named_account(walk, tab, browser, **changed)
        await walk.call(tab, "RecoveryState.poll_face", page=PAGE)
        await walk.call(tab, "RecoveryState.submit_password", new_password(NEW), PAGE)
        assert tab.value(STATE, "step") == "proof"
    assert passwords(cast) == before
