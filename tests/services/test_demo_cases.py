"""The demonstration's applications: valid forms, each where it should stand, once (R-2.6.3)."""

import json
from collections import Counter
from datetime import datetime

import pytest

from jsrs_portal import clock, db, file_store
from jsrs_portal.catalog.demo import DEMO_CASES, DEMO_STAFF
from jsrs_portal.catalog.demo_parcels import DEMO_INJURIES, DEMO_INJURY_MATTER
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.case_desk import Tab
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.form_drafts import typed_again
from jsrs_portal.domain.form_reading import read_form
from jsrs_portal.domain.form_values import Surroundings
from jsrs_portal.domain.ratings import Level, rating_problems
from jsrs_portal.domain.shipments import ParcelTyped, Report, Tracking, check_parcel
from jsrs_portal.gateways.courier import sandbox_parcels
from jsrs_portal.models.cases import Case, CaseFile
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.ratings import Rating, Rectification
from jsrs_portal.models.shipments import Parcel, ParcelEvent
from jsrs_portal.models.staff import Staff
from jsrs_portal.models.units import Unit
from jsrs_portal.services.demo import load_demo
from jsrs_portal.services.demo_cases import load_demo_cases
from jsrs_portal.services.opened_cases import opened_from
from jsrs_portal.services.parcel_news import hear
from jsrs_portal.services.ratings import summary_of
from jsrs_portal.services.shipment_views import list_shipments
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


async def catalogue() -> None:
    """Serve what is applied for."""
    await serve(shipped(), shipped(DEMO_INJURY_MATTER))


async def test_an_officer_of_the_demonstration_finds_something_to_do(time):
    assert not await load()  # no catalogue yet
    await serve(shipped())
    assert not await load()  # not the whole of it
    await catalogue()
    assert await load()
    assert not await load()
    cases = await rows(Case)
    assert Counter(one.status for one in cases) == {
        CaseStatus.SUBMITTED: 4,
        CaseStatus.ACCEPTED: 2,
        CaseStatus.CORRECTION: 1,
        CaseStatus.COMPLETED: 8,
    }
    (account,) = [one for one in await rows(Staff) if one.login == DEMO_STAFF[0].login]
    who = Officer(account.id, account.login, "", account.role, "")
    assert len((await queue(who, Tab.UNCLAIMED)).rows) == 3
    assert len((await queue(who, Tab.MINE)).rows) == 4
    assert len((await queue(who, Tab.OVERDUE)).rows) >= 1
    assert await rows(Notice) == []
    for file in await rows(CaseFile):
        assert await file_store.parts_of(file.id) == [0]


async def test_its_forms_are_filled_in_as_a_person_would(time):
    await catalogue()
    await load()
    assert len(DEMO_CASES) + len(DEMO_INJURIES) == len(await rows(Case))
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


@pytest.mark.req("R-2.6.4.1")
async def test_parcels_are_on_their_way_and_at_their_end(time):
    await catalogue()
    await load()
    (unit,) = await rows(Unit)
    boss = Actor(session_key="k", person_id=(await rows(Case))[0].person_id, unit_id=unit.id, role=Role.LEGAL_REP)
    async with db.reading() as session:
        page = await list_shipments(session, actor=boss)
    assert Counter(one.state for one in page.items) == {"已签收": 3, "运输中": 1, "派送中": 1, "待取件": 1}
    assert all(one.news_at for one in page.items)
    assert not [one for one in page.items for name in ("王小明", "13900139000", "陈大力") if name in one.news]
    assert {one.due_at is None for one in await rows(Parcel) if one.state == "SIGNED"} == {True}
    for parcel in await rows(Parcel):  # what the simulated courier says of them is what is here already
        assert check_parcel(ParcelTyped(company=parcel.company, number=parcel.number, phone=parcel.phone)) == []
        told = Tracking(None, tuple(Report(*one) for one in said_of(parcel.number)))
        before = len(await rows(ParcelEvent))
        async with db.unit_of_work() as session:
            assert not await hear(session, parcel.id, told)
        assert len(await rows(ParcelEvent)) == before
    assert await rows(Notice) == []


def said_of(number: str) -> list[tuple[datetime, str]]:
    return [(datetime.fromisoformat(one[0]), one[4]) for one in json.loads(sandbox_parcels._begun(number))]


@pytest.mark.req("R-2.6.3.4")
async def test_cases_have_been_rated_and_bad_ratings_wait_or_are_done(time):
    await catalogue()
    await load()
    async with db.reading() as session:
        summary = await summary_of(session, key=DEMO_INJURY_MATTER)
    assert (summary.number, summary.average) == (5, "3.4")
    assert sorted(one.state for one in await rows(Rectification)) == ["CLOSED", "OPEN"]
    for one in await rows(Rating):
        assert rating_problems(Level(one.level), one.reasons.split(), one.words) == []
    cases = {one.id: one for one in await rows(Case)}
    assert all(cases[one.case_id].finished_at < one.created_at for one in await rows(Rating))
    assert all(one.moved_at is None or one.moved_at < clock.now() for one in await rows(Parcel))


async def test_production_has_none_of_it(monkeypatch):
    monkeypatch.setattr(type(get_settings()), "demo", property(lambda _: False))
    async with db.unit_of_work() as session:
        with pytest.raises(RuntimeError):
            await load_demo_cases(session)
