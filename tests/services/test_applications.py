"""Drafts of applications: whose they are, how they begin, how they are saved, and submitting once (R-2.6.3.3)."""

import json
from dataclasses import replace

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor, Role, Scope
from jsrs_portal.domain.cases import DRAFT_LIFE, MOST_DRAFTS, CaseStatus, FileState
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.domain.matter_forms import Prefill
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case, CaseFile, CaseForm
from jsrs_portal.models.catalog import MatterStat
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.units import Grant, Unit
from jsrs_portal.services import application_lists, application_tables, applications
from jsrs_portal.services.application_checks import checked_sections
from jsrs_portal.services.applications import CHANGED, GONE, RETIRED, STALE, TOO_MANY
from jsrs_portal.services.submission import NOT_PROMISED, Receipt
from tests.services.applying import (
    GOOD,
    RENEWAL,
    SHIPPED,
    WORKER,
    add_row,
    begin,
    complete,
    opened,
    put_file,
    save,
    serve,
    shipped,
    submit,
)
from tests.services.granting import BOSS, UNIT, acting, audited, revoke
from tests.services.numbers import human
from tests.services.world import at_once, change, how_many, rows, statements

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.3.3")]


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with the matters that these tests apply for."""
    await serve(*(shipped(key) for key in SHIPPED))


@pytest.fixture
async def me(world) -> Actor:
    """Somebody signed in for themselves."""
    return Actor(session_key="k", person_id=await world.registered_person(human(50)), personal=True)


# How a draft begins


async def test_a_draft_begins_with_what_is_known_and_what_is_fixed(boss):
    found = await opened(boss, await begin(boss))
    assert found is not None
    typed = {"uscc": UNIT.uscc, "unit_name": UNIT.name, "contact_name": BOSS.name, "contact_mobile": BOSS.mobile}
    assert typed.items() <= found.filled.typed.items()
    assert set(found.filled.locked) == {"uscc", "unit_name"}
    assert (found.case.status, found.case.step, found.case.unit_id) == (CaseStatus.DRAFT, "form", boss.unit_id)
    assert len(await audited("case.begin")) == 1


async def test_a_person_applies_for_themselves_and_an_institution_for_itself(me, school, world):
    found = await opened(me, await begin(me, "labour-arbitration-application"))
    assert found is not None
    assert found.case.unit_id is None
    assert found.filled.locked == ()
    head = Actor(session_key="s", person_id=me.person_id, institution_id=school.id, role=Role.INSTITUTION_ADMIN)
    found = await opened(head, await begin(head, "shortage-skills-results"))
    assert found is not None
    assert found.case.institution_id == school.id
    assert school.name in found.filled.typed.values()


@pytest.mark.parametrize("key", [RENEWAL, "enterprise-pay-survey"])
async def test_a_person_alone_does_not_apply_for_a_unit(me, key):
    assert isinstance(await begin(me, key), Refusal)


async def test_what_may_not_be_begun(boss, me):
    assert await begin(boss, "nothing") == RETIRED
    assert await begin(replace(boss, role=None)) == GONE
    assert await begin(Actor(session_key="v")) == GONE
    assert (await begin(replace(boss, role=Role.AGENT, scope=Scope.of(["card"])))).code == "not_here"
    bare = shipped("labour-arbitration-application").model_copy(update={"form": None, "workflow": None})
    await serve(bare, digest="y")
    assert (await begin(me, bare.key)).code == "no_form"


async def test_ten_drafts_of_a_matter_also_when_fifty_are_begun_at_once(boss):
    outcomes = await at_once(*(begin(boss) for _ in range(50)))
    assert sum(isinstance(outcome, str) for outcome in outcomes) == MOST_DRAFTS == await how_many(Case)
    assert {outcome for outcome in outcomes if isinstance(outcome, Refusal)} == {TOO_MANY}


# Whose it is


async def test_a_draft_is_its_persons_in_that_name_alone(boss, agent, me, world, time):
    case_id = await begin(boss)
    assert await opened(boss, case_id) is not None
    colleague = replace(boss, person_id=me.person_id)
    for other in (me, colleague, replace(boss, unit_id="", role=None, personal=True), replace(boss, role=None)):
        assert await opened(other, case_id) is None
        assert await save(other, case_id, GOOD, seen=1) == GONE
        assert await submit(other, case_id, seen=1) == [GONE]
        async with db.unit_of_work() as session:
            assert await applications.drop_draft(session, actor=other, case_id=case_id) == ""
        async with db.reading() as session:
            assert await application_lists.view_drafts(session, actor=other) == []
    assert await opened(replace(boss, role=Role.AGENT, scope=Scope.of(["card"])), case_id) is None
    time.pass_by(days=DRAFT_LIFE.days, seconds=1)
    assert await opened(boss, case_id) is None


async def test_opening_costs_the_same_with_one_row_and_with_a_hundred(boss):
    case_id = await begin(boss)
    with statements() as few:
        await opened(boss, case_id)
    for _ in range(20):
        await add_row(boss, case_id, WORKER)
    with statements() as many:
        await opened(boss, case_id)
    assert len(few) == len(many) <= 4


# Saving


async def test_what_is_typed_is_kept_right_or_wrong_and_what_is_fixed_stays(boss):
    case_id = await begin(boss)
    await save(boss, case_id, GOOD | {"start_date": "no day", "uscc": "x", "nothing": "y"})
    found = await opened(boss, case_id)
    assert found is not None
    assert found.filled.typed["start_date"] == "no day"
    assert found.filled.typed["uscc"] == UNIT.uscc
    assert "nothing" not in found.filled.typed


async def test_of_two_windows_one_is_told_and_nothing_is_lost(boss):
    case_id = await begin(boss)
    outcomes = await at_once(
        save(boss, case_id, {"contact_name": "甲"}, seen=1), save(boss, case_id, {"contact_name": "乙"}, seen=1)
    )
    assert sorted(outcome == STALE for outcome in outcomes) == [False, True]
    found = await opened(boss, case_id)
    kept = next(outcome for outcome in outcomes if outcome != STALE)
    assert found is not None
    assert found.filled.typed["contact_name"] == kept.opened.filled.typed["contact_name"]
    assert found.case.version == 2


async def test_two_windows_that_know_what_they_began_from_are_put_together(boss):
    case_id = await begin(boss)
    first = await opened(boss, case_id)
    assert first is not None
    before = dict(first.filled.typed)
    await save(boss, case_id, before | {"contact_name": "甲", "term_kind": "open"}, seen=1)
    mine = before | {"contact_name": "乙", "contact_mobile": "13900000009", "term_kind": "open"}
    outcome = await save(boss, case_id, mine, seen=1, before=before)
    assert outcome.others
    assert outcome.beside == (("联系人", "乙"),)
    found = await opened(boss, case_id)
    assert found is not None
    kept = found.filled.typed
    assert (kept["contact_name"], kept["contact_mobile"], kept["term_kind"]) == ("甲", "13900000009", "open")


async def test_a_window_that_forgot_its_version_is_told_of_others_by_what_they_changed(boss):
    case_id = await begin(boss)
    first = await opened(boss, case_id)
    assert first is not None
    before = dict(first.filled.typed)

    async def again(typed: dict[str, str], began: dict[str, str]) -> tuple[bool, tuple[tuple[str, str], ...], int]:
        async with db.unit_of_work() as session:
            asked = [one.key for one in first.form.fields]
            outcome = await applications.save_typed(
                session, actor=boss, case_id=case_id, seen=None, typed=typed, asked=asked, before=began
            )
        assert not isinstance(outcome, Refusal)
        return outcome.others, outcome.beside, outcome.opened.case.version

    assert await again(before, before) == (False, (), 1)  # nothing new is no new version
    mine = before | {"contact_name": "甲", "term_kind": "open"}
    assert await again(mine, before) == (False, (), 2)
    assert await again(mine, before) == (False, (), 2)  # it was written, and the answer was lost
    await save(boss, case_id, mine | {"contact_name": "乙", "contact_mobile": "13900000009"})
    assert await again(mine, mine) == (True, (), 3)  # only others changed something
    assert await again(mine | {"contact_name": "丙"}, mine) == (True, (("联系人", "丙"),), 3)  # theirs stays
    found = await opened(boss, case_id)
    assert found is not None
    assert (found.filled.typed["contact_name"], found.filled.typed["contact_mobile"]) == ("乙", "13900000009")


async def test_the_same_person_twice_in_a_table_is_named(boss):
    case_id = await begin(boss)
    for _ in range(2):
        await add_row(boss, case_id, WORKER)
    refused = await submit(boss, case_id)
    assert "续签职工第 2 行：居民身份证号码与第 1 行重复。" in [one.sentence for one in refused]


async def test_rows_are_right_or_not_saved(boss):
    case_id = await begin(boss)
    wrong = await add_row(boss, case_id, WORKER | {"id_number": "1", "monthly_pay": "-1"})
    assert {one.field for one in wrong} == {"id_number", "monthly_pay"}
    await add_row(boss, case_id, WORKER)
    await add_row(boss, case_id, WORKER | {"name": "黄二"})
    await add_row(boss, case_id, WORKER | {"name": "陆一"}, number=1)
    found = await opened(boss, case_id)
    assert found is not None
    assert [row["name"] for row in found.filled.rows["workers"]] == ["陆一", "黄二"]
    assert await add_row(boss, case_id, WORKER, number=3) == [GONE]
    async with db.unit_of_work() as session:
        await application_tables.drop_row(
            session, actor=boss, case_id=case_id, seen=found.case.version, table="workers", number=1
        )
    found = await opened(boss, case_id)
    assert found is not None
    assert [row["name"] for row in found.filled.rows["workers"]] == ["黄二"]


async def test_nothing_typed_can_be_read_in_the_database(boss):
    await complete(boss)
    (kept,) = await rows(CaseForm)
    assert "程安".encode() not in kept.typed_cipher
    assert "程安" in kept.typed


# Submitting


async def test_a_complete_draft_is_submitted_and_has_a_number(boss):
    case_id = await complete(boss)
    receipt = await submit(boss, case_id)
    assert isinstance(receipt, Receipt)
    code = shipped().implementation_code
    assert receipt.number == f"{code}{clock.today():%Y%m%d}0001"
    assert (receipt.matter, receipt.whom, receipt.status) == ("劳动合同续签", UNIT.name, "已提交")
    (case,) = await rows(Case)
    assert (case.status, case.grant_id, case.expires_at) == (CaseStatus.SUBMITTED, boss.grant_id, None)
    (kept,) = await rows(CaseForm)
    assert json.loads(kept.answers)["workers"][0]["monthly_pay"] == "6500.00"
    assert [one.title for one in await rows(Notice)] == ["申报已提交"]
    assert [one.applications for one in await rows(MatterStat)] == [1]
    assert len(await audited("case.submit")) == 1
    assert await save(boss, case_id, GOOD) == GONE


async def test_fifty_at_once_and_a_retry_submit_once(boss):
    case_id = await complete(boss)
    found = await opened(boss, case_id)
    assert found is not None
    receipts = await at_once(*(submit(boss, case_id, seen=found.case.version) for _ in range(50)))
    assert len({receipt.number for receipt in receipts}) == 1
    assert await submit(boss, case_id) == receipts[0]
    assert len(await audited("case.submit")) == 1
    assert await how_many(Notice) == 1


async def test_numbers_of_a_day_follow_each_other(boss):
    receipts = [await submit(boss, await complete(boss)) for _ in range(2)]
    assert [receipt.number[-4:] for receipt in receipts] == ["0001", "0002"]


async def test_an_agents_application_goes_to_the_unit_first(boss, agent, world):
    her = await acting(agent.id)
    receipt = await submit(her, await complete(her))
    assert receipt.status == "待单位审核"
    assert sorted(one.title for one in await rows(Notice) if "授权" not in one.title) == [
        "有申报等待单位审核",
        "申报已提交",
    ]


async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_submitted(boss):
    case_id = await begin(boss)
    refused = await submit(boss, case_id)
    assert {"term_kind", "start_date", "workers", "renewal_text"} <= {one.field for one in refused}
    assert refused[0].code == "faulty"
    assert await how_many(Notice) == 0


async def test_a_promise_has_to_be_made_and_files_have_to_be_ready(boss):
    case_id = await complete(boss)
    assert await submit(boss, case_id, promised=False) == [NOT_PROMISED]
    await put_file(case_id, boss, state=FileState.UNCHECKED)
    assert [one.code for one in await submit(boss, case_id)] == ["waiting"]


@pytest.mark.parametrize("personal", [True, False])
async def test_a_grant_that_has_ended_submits_nothing(boss, agent, personal):
    """Whatever password opened the session, and however long the server has believed in it."""
    her = replace(await acting(agent.id), personal=personal)
    case_id = await complete(her)
    await revoke(boss, agent)
    assert await submit(her, case_id) == [GONE]


async def test_a_grant_that_covers_the_matter_no_longer_submits_nothing(boss, agent):
    her = await acting(agent.id)
    case_id = await complete(her)
    await change(Grant, scope='{"categories": ["card"], "matters": []}')
    assert await submit(her, case_id) == [GONE]


async def test_what_was_submitted_is_read_as_on_that_day(boss, time):
    case_id = await complete(boss)
    await submit(boss, case_id)
    found = await opened(boss, case_id)
    assert found is not None
    then = found.read().answers
    time.pass_by(days=400)
    found = await opened(boss, case_id)
    assert found is not None
    assert found.read().answers == then
    assert then["start_date"]


async def test_files_of_questions_that_are_not_asked_do_not_go_along(boss):
    case_id = await complete(boss)
    await put_file(case_id, boss, field="attorney", state=FileState.UPLOADING)
    assert isinstance(await submit(boss, case_id), Receipt)
    assert {one.field for one in await rows(CaseFile)} == {"renewal_text"}


async def test_refused_files_are_no_part_of_what_was_submitted(boss):
    case_id = await complete(boss)
    await put_file(case_id, boss, state=FileState.REFUSED)
    assert isinstance(await submit(boss, case_id), Receipt)
    assert {one.state for one in await rows(CaseFile)} == {FileState.STORED}


async def test_a_receipt_says_how_it_stands_and_whose_turn_it_is(boss):
    receipt = await submit(boss, await complete(boss))
    assert isinstance(receipt, Receipt)
    first = shipped().workflow.steps[0]
    assert (receipt.status, receipt.turn) == ("已提交", first.office)
    assert (receipt.person, receipt.again) == (f"{mask_name(BOSS.name)}（法定代表人）", "")


async def test_every_row_is_there_to_be_looked_over(boss):
    case_id = await begin(boss)
    found = await opened(boss, case_id)
    assert found is not None
    people = [human(200 + number) for number in range(60)]
    lines = [WORKER | {"name": one.name, "id_number": one.id_number} for one in people]
    async with db.unit_of_work() as session:
        await application_tables.put_rows(
            session, actor=boss, case_id=case_id, seen=found.case.version, table="workers", rows=lines, replace=False
        )
    found = await opened(boss, case_id)
    assert found is not None
    sections = await checked_sections(found, found.read())
    (table,) = [one for section in sections for one in section.tables]
    assert table.heads[:2] == ("姓名", "居民身份证号码")
    assert (table.count, len(table.first), len(table.rest)) == (60, 50, 10)
    assert [cells[1] for cells in (*table.first, *table.rest)] == [one.id_number for one in people]


async def test_a_year_is_there_from_the_start(boss):
    found = await opened(boss, await begin(boss, "enterprise-pay-survey"))
    assert found is not None
    assert found.filled.typed["survey_year"] == str(clock.today().year - 1)


async def test_fields_that_may_not_be_changed_are_as_they_are_now(boss):
    case_id = await complete(boss)
    await change(Unit, name="改名后的单位")
    assert isinstance(await submit(boss, case_id), Receipt)
    (kept,) = await rows(CaseForm)
    assert json.loads(kept.answers)["unit_name"] == "改名后的单位"


# A new version of the matter


async def test_a_draft_of_an_older_version_is_carried_over_before_it_is_submitted(boss):
    case_id = await complete(boss)
    section = shipped().form.sections[0]
    fewer = tuple(one for one in section.fields if one.key != "contact_name")
    form = shipped().form.model_copy(
        update={"sections": (section.model_copy(update={"fields": fewer}), *shipped().form.sections[1:])}
    )
    await serve(shipped().model_copy(update={"form": form}), digest="y")
    assert await submit(boss, case_id) == [CHANGED]
    found = await opened(boss, case_id)
    assert found is not None
    assert found.changed
    async with db.unit_of_work() as session:
        outcome = await applications.adopt_newest(session, actor=boss, case_id=case_id, seen=found.case.version)
    assert not isinstance(outcome, Refusal)
    assert outcome[1] == ("联系人",)
    receipt = await submit(boss, case_id)
    assert isinstance(receipt, Receipt)


async def test_a_matter_that_is_retired_takes_no_more_drafts_in(boss):
    case_id = await complete(boss)
    await serve(shipped("enterprise-pay-survey"), digest="y")
    assert await submit(boss, case_id) == [RETIRED]


async def test_a_draft_is_thrown_away_with_its_files(boss):
    case_id = await complete(boss)
    async with db.unit_of_work() as session:
        assert await applications.drop_draft(session, actor=boss, case_id=case_id) == RENEWAL
    assert [await how_many(model) for model in (Case, CaseForm, CaseFile)] == [0, 0, 0]


async def test_the_last_answers_are_there_again(boss):
    again = shipped().form.sections[0].fields[2].model_copy(update={"prefill": Prefill.LAST})
    section = shipped().form.sections[0]
    fields = tuple(again if one.key == "contact_name" else one for one in section.fields)
    form = shipped().form.model_copy(
        update={"sections": (section.model_copy(update={"fields": fields}), *shipped().form.sections[1:])}
    )
    await serve(shipped().model_copy(update={"form": form}), digest="y")
    first = await complete(boss)
    await save(boss, first, {"contact_name": "周明"})
    assert isinstance(await submit(boss, first), Receipt)
    found = await opened(boss, await begin(boss))
    assert found is not None
    assert found.filled.typed["contact_name"] == "周明"
