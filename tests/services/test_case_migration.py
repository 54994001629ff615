"""Cases that had been submitted before cases had a way are placed on it, and go on (R-2.6.3.2)."""

import asyncio
import subprocess
import sys
from datetime import timedelta
from functools import partial

import pytest

from jsrs_portal import clock, db
from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_workflow import Act, Party
from jsrs_portal.domain.cases import CaseStatus, FileState
from jsrs_portal.models.cases import Case, CaseEvent, CaseFile
from jsrs_portal.models.units import Institution
from jsrs_portal.settings import ROOT
from tests.services.applying import RENEWAL, put_file, serve, shipped
from tests.services.casework import act, events, lay, the_case
from tests.services.granting import acting
from tests.services.officers import officer
from tests.services.world import rows

pytestmark = pytest.mark.req("R-2.6.3.2")
CHECKED = "shortage-skills-results"
"""Its first step is no acceptance: handed in, it counts as accepted."""


def _alembic(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "alembic", *arguments], cwd=ROOT, check=True, capture_output=True)


@pytest.fixture
async def laid(boss: Actor, agent, school: Institution) -> dict[str, str]:
    """Cases as they were at the time, brought up to now."""
    await serve(shipped(RENEWAL), shipped(CHECKED))
    her, now = await acting(agent.id), clock.now()
    review = partial(lay, her, status=CaseStatus.UNIT_REVIEW)
    found = {
        "waiting": (await review(submitted_at=now - timedelta(days=10)))[0],
        "old": (await review(submitted_at=now - timedelta(days=200)))[0],
        "submitted": (await lay(boss, status=CaseStatus.SUBMITTED))[0],
        "checked": (await lay(boss, key=CHECKED, status=CaseStatus.SUBMITTED))[0],
        "draft": (await lay(boss, status=CaseStatus.DRAFT, number=None, submitted_at=now))[0],
        "school's": (await lay(boss, key=CHECKED, status=CaseStatus.SUBMITTED, unit_id=None, institution_id=school.id))[
            0
        ],
    }
    async with db.unit_of_work() as session:
        draft = await session.get_one(Case, found["draft"])
        draft.submitted_at = draft.handed_in_at = None
    for state in (FileState.STORED, FileState.REFUSED):
        await put_file(found["submitted"], boss, state=state)
    await put_file(found["draft"], boss)
    await db.close_engine()
    try:
        await asyncio.to_thread(_alembic, "downgrade", "0021_cases")
    finally:
        await asyncio.to_thread(_alembic, "upgrade", "head")
    return found


async def test_what_had_been_submitted_is_placed_at_its_first_step(laid, unit, boss, agent):
    before = {one.id: one for one in await rows(Case)}
    placed = {name: (before[key].status, before[key].stage) for name, key in laid.items()}
    assert placed == {
        "waiting": (CaseStatus.UNIT_REVIEW, ""),
        "old": (CaseStatus.UNIT_REVIEW, ""),
        "submitted": (CaseStatus.SUBMITTED, "accept"),
        "checked": (CaseStatus.ACCEPTED, "inspect"),
        "draft": (CaseStatus.DRAFT, ""),
        "school's": (CaseStatus.ACCEPTED, "inspect"),
    }
    for name, key in laid.items():
        case = before[key]
        assert case.house_id == unit.unit_id
        assert case.handed_in_at == case.moved_at == case.submitted_at
        assert (case.accepted_at == case.submitted_at) == (case.status in (CaseStatus.ACCEPTED, CaseStatus.DRAFT))
        assert case.role == ("AGENT" if name in ("waiting", "old") else "LEGAL_REP")
        assert [(one.position, one.act, one.status, one.stage) for one in await events(key)] == (
            [] if name == "draft" else [(1, Act.SUBMIT, case.status, case.stage)]
        )


async def test_who_reviews_has_time_enough(laid):
    """By the day in China; what has waited longer than that does not end the day the portal is upgraded."""
    today = clock.today()
    assert (await the_case(laid["waiting"])).answer_by == today + timedelta(days=80)
    assert (await the_case(laid["old"])).answer_by == today + timedelta(days=14)
    for name in ("submitted", "checked", "draft"):
        assert (await the_case(laid[name])).answer_by is None


async def test_files_that_had_been_handed_in_are_of_the_first_submission(laid):
    of = {(one.case_id, one.state): one.submission for one in await rows(CaseFile)}
    submitted, draft = laid["submitted"], laid["draft"]
    assert of == {(submitted, FileState.STORED): 1, (submitted, FileState.REFUSED): 0, (draft, FileState.STORED): 0}


async def test_they_go_on_and_their_limits_begin(laid, boss):
    desk = (await officer()).acting
    event = await act(laid["submitted"], Act.PASS, Party.OFFICER, desk)
    assert isinstance(event, CaseEvent)
    assert event.position == 2
    case = await the_case(laid["submitted"])
    assert (case.stage, case.step_by) == ("check", work_days().after(clock.today(), 3))
    assert case.promised_by == work_days().after(clock.today(), 5)
    await act(laid["checked"], Act.CORRECT, Party.OFFICER, desk)
    assert isinstance(await act(laid["checked"], Act.SUBMIT, Party.APPLICANT, boss), CaseEvent)
    case = await the_case(laid["checked"])
    assert (case.status, case.step_by) == (CaseStatus.ACCEPTED, work_days().after(clock.today(), 5))
    event = await act(laid["waiting"], Act.APPROVE, Party.REVIEWER, boss)
    assert isinstance(event, CaseEvent)
