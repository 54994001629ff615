"""The demonstration's applications: valid forms, each where it should stand, once (R-2.6.3)."""

import json
from collections import Counter

import pytest

from jsrs_portal import clock, db, file_store
from jsrs_portal.catalog.demo import DEMO_CASES, DEMO_STAFF
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.case_desk import Tab
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.form_drafts import typed_again
from jsrs_portal.domain.form_reading import read_form
from jsrs_portal.domain.form_values import Surroundings
from jsrs_portal.models.cases import Case, CaseFile
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.staff import Staff
from jsrs_portal.services.demo import load_demo
from jsrs_portal.services.demo_cases import load_demo_cases
from jsrs_portal.services.opened_cases import opened_from
from jsrs_portal.settings import get_settings
from tests.services.applying import serve, shipped
from tests.services.desks import queue
from tests.services.officers import Officer
from tests.services.world import rows

pytestmark = pytest.mark.req("R-2.6.3.2")


async def load() -> bool:
    async with db.unit_of_work() as session:
        await load_demo(session)
        return await load_demo_cases(session)


async def test_an_officer_of_the_demonstration_finds_something_to_do(time):
    assert not await load()  # no catalogue yet
    await serve(shipped())
    assert await load()
    assert not await load()
    cases = await rows(Case)
    assert Counter(one.status for one in cases) == {
        CaseStatus.SUBMITTED: 4,
        CaseStatus.ACCEPTED: 1,
        CaseStatus.CORRECTION: 1,
        CaseStatus.COMPLETED: 1,
    }
    (account,) = [one for one in await rows(Staff) if one.login == DEMO_STAFF[0].login]
    who = Officer(account.id, account.login, "", account.role, "")
    assert len((await queue(who, Tab.UNCLAIMED)).rows) == 3
    assert len((await queue(who, Tab.MINE)).rows) == 3
    assert len((await queue(who, Tab.OVERDUE)).rows) >= 1
    assert await rows(Notice) == []
    for file in await rows(CaseFile):
        assert await file_store.parts_of(file.id) == [0]


async def test_its_forms_are_filled_in_as_a_person_would(time):
    await serve(shipped())
    await load()
    assert len(DEMO_CASES) == len(await rows(Case))
    for case in await rows(Case):
        async with db.reading() as session:
            opened = await opened_from(session, case)
        answers = json.loads(opened.kept.answers)
        day = case.submitted_at.astimezone(clock.BEIJING).date() if case.submitted_at else clock.today()
        reading = read_form(
            opened.form, typed_again(opened.form, answers), Surroundings(day, divisions()), files=opened.files
        )
        assert reading.faults == ()
        assert json.loads(json.dumps(reading.answers, default=str)) == answers


async def test_production_has_none_of_it(monkeypatch):
    monkeypatch.setattr(type(get_settings()), "demo", property(lambda _: False))
    async with db.unit_of_work() as session:
        with pytest.raises(RuntimeError):
            await load_demo_cases(session)
