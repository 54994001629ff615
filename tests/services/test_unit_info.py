"""What a unit says of itself: who changes it, what is kept of it, and two people at once (R-2.6.2.1, R-2.6.2.2)."""

import json
from dataclasses import asdict, replace

import pytest

from jsrs_portal import db
from jsrs_portal.catalog.shipped import taxonomy
from jsrs_portal.domain.authority import Actor, Role, Scope
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.unit_info import FIELDS
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.units import Grant, Unit, UnitChange
from jsrs_portal.services import unit_info_views
from jsrs_portal.services.unit_info import Conflict, change_unit
from jsrs_portal.services.unit_info_views import PAGE
from jsrs_portal.services.unit_matters import partly, view_business
from tests.services.applying import RENEWAL, SHIPPED, serve, shipped
from tests.services.granting import BOSS, UNIT, acting, audited, given, load_matters, people, revoke, texts_for
from tests.services.numbers import human
from tests.services.world import at_once, change, fields, how_many, rows, sentences, statements, visitor, warm_up

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.2.2")]
ADDRESS = "江苏省南京市玄武区云杉路18号"


@pytest.fixture
async def admin(world, boss) -> Actor:
    """The unit's administrator."""
    return await acting((await given(boss, (await people(world, 1, 300))[0], Role.ADMIN)).id)


@pytest.fixture
async def agent(world, boss) -> Actor:
    """One of its agents."""
    return await acting((await given(boss, (await people(world, 1, 310))[0])).id)


async def seen_by(actor: Actor):
    async with db.reading() as session:
        return await unit_info_views.view_unit_info(session, actor=actor)


async def history_of(actor: Actor, after: str = ""):
    async with db.reading() as session:
        return await unit_info_views.view_changes(session, actor=actor, after=after)


async def save(actor: Actor, view, **typed: str):
    """Send the form that somebody opened when it was ``view``."""
    return await change_unit(actor=actor, typed=view.typed | typed, seen=view.version)


async def now() -> Unit:
    (found,) = await rows(Unit)
    return found


# Seen


@pytest.mark.req("R-2.6.2.1", "R-2.6.8.1")
async def test_everybody_of_the_unit_sees_it_and_nobody_elses_data(unit, boss, admin, agent):
    for actor, may in ((boss, True), (admin, True), (agent, False)):
        view = await seen_by(actor)
        assert (view.uscc, view.name, view.may_change) == (UNIT.uscc, (await now()).name, may)
        document = ("居民身份证", "*" * 15 + BOSS.id_number[-4:]) if may else ("", "")
        assert (view.document_kind, view.document) == document
        assert not [value for value in (BOSS.name, BOSS.id_number, BOSS.mobile) if value in str(asdict(view))]
        assert set(view.shown) == set(view.typed) == {field.key for field in FIELDS}


@pytest.mark.req("R-2.6.2.1")
async def test_codes_are_said_in_words_and_stand_in_the_form_with_their_code(boss):
    await change(Unit, industry_code="I6513", economic_type="159", subordination="50", category="91")
    view = await seen_by(boss)
    assert [view.shown[key] for key in ("industry_code", "economic_type", "subordination", "category")] == [
        "应用软件开发",
        "其他有限责任（公司）",
        "县",
        "企业",
    ]
    assert view.typed["industry_code"] == "I6513 应用软件开发"
    assert view.shown["public_nature"] == "未填写"


@pytest.mark.req("R-2.6.2.1")
async def test_the_credit_code_says_category_and_organisation_code_from_the_first_day(unit, boss):
    view = await seen_by(boss)
    assert view.typed["org_code"] == UNIT.uscc[8:17]
    assert view.typed["category"] == "91 企业"


async def test_nobody_else_sees_or_changes_a_unit(world, unit, boss):
    for actor in (visitor(), replace(boss, role=None), replace(boss, unit_id="0" * 32), replace(boss, unit_id="")):
        assert await seen_by(actor) is None
        assert (await history_of(actor)).items == ()
        assert fields_of(await change_unit(actor=actor, typed={}, seen=1)) == ["not_allowed"]
    assert await how_many(UnitChange) == 0


def fields_of(outcome) -> list[str]:
    assert isinstance(outcome, list)
    return [refusal.code for refusal in outcome]


async def test_it_costs_one_statement_to_see_it_and_one_for_its_history(boss):
    await warm_up()
    with statements() as seen:
        await seen_by(boss)
    assert len(seen) == 1
    with statements() as seen:
        await history_of(boss)
    assert len(seen) == 1


# Changed


async def test_a_change_is_kept_with_who_did_it_and_told_to_who_answers_for_the_unit(boss, admin):
    view = await seen_by(admin)
    outcome = await save(
        admin, view, industry_code="I6511", registered_address=f"  {ADDRESS}  ", subordination="市、地区"
    )
    assert isinstance(outcome, Unit)
    made = await now()
    assert (made.industry_code, made.registered_address, made.subordination) == ("I6511", ADDRESS, "40")
    assert made.version == view.version + 1
    (kept,) = await rows(UnitChange)
    assert (kept.version, kept.person_id, kept.role, kept.grant_id) == (
        made.version,
        admin.person_id,
        Role.ADMIN,
        admin.grant_id,
    )
    assert json.loads(kept.changes)["subordination"] == ["", "40"]
    (entry,) = await audited("unit.change")
    assert json.loads(entry.details)["changes"]["industry_code"][1] == "I6511"
    assert [text for text in await texts_for(BOSS.mobile) if "行业类型、隶属关系、注册地地址已修改" in text]
    told = [notice for notice in await rows(Notice) if notice.title == "单位信息已修改"]
    assert [notice.person_id for notice in told] == [boss.person_id]
    assert told[0].href == "/unit/info"


async def test_the_history_says_who_changed_what_in_words(boss, admin):
    await save(boss, await seen_by(boss), economic_type="170 私有")
    await save(admin, await seen_by(admin), economic_type="")
    page = await history_of(boss)
    assert [(row.who[1:], row.role) for row in page.items] == [("**", "管理员"), ("**", "法定代表人")]
    assert [(one.label, one.before, one.after) for row in page.items for one in row.fields] == [
        ("经济类型", "私有", "未填写"),
        ("经济类型", "未填写", "私有"),
    ]
    assert human(300).name not in str(page)
    assert page.next == ""


async def test_the_history_is_paged_without_losing_or_repeating_one(boss):
    for n in range(PAGE + 3):
        await save(boss, await seen_by(boss), registered_address=f"{ADDRESS}{n}幢")
    first = await history_of(boss)
    assert len(first.items) == PAGE
    second = await history_of(boss, first.next)
    assert len(second.items) == 3
    assert second.next == ""
    after = [one.after for row in (*first.items, *second.items) for one in row.fields]
    assert after == [f"{ADDRESS}{n}幢" for n in reversed(range(PAGE + 3))]
    assert await history_of(boss, "nonsense") == first


async def test_an_agent_may_not_and_neither_may_an_administrator_whose_grant_is_gone(boss, admin, agent):
    view = await seen_by(boss)
    assert fields_of(await save(agent, view, category="92")) == ["not_allowed"]
    (grant,) = await granted_to(admin)
    await revoke(boss, grant)
    assert fields_of(await save(admin, view, category="92")) == ["not_allowed"]
    assert (await now()).version == view.version


async def granted_to(actor: Actor):
    return [one for one in await rows(Grant) if one.id == actor.grant_id]


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"category": ""}, "category", "请选择单位类别。"),
        ({"category": "企业吧"}, "category", "没有找到您填写的单位类别"),
        ({"industry_code": "I65"}, "industry_code", "没有找到您填写的行业类型"),
        ({"industry_code": "I6513 稻谷种植"}, "industry_code", "没有找到"),
        ({"org_code": "12345678-9"}, "org_code", "组织机构代码"),
        ({"org_code": "MA000002-"}, "org_code", "位"),
        ({"registered_address": "长" * 151}, "registered_address", "不能超过150个字"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(boss, typed, field, said):
    view = await seen_by(boss)
    outcome = await save(boss, view, **typed)
    assert fields(outcome) == [field]
    assert said in sentences(outcome)
    assert (await now()).version == view.version
    assert await how_many(UnitChange) == 0


async def test_the_organisation_code_must_be_the_one_in_the_credit_code(unit, boss):
    await change(Unit, org_code="")
    view = await seen_by(boss)
    other = "MA0000029"
    assert fields(await save(boss, view, org_code=other)) == ["org_code"]
    own = UNIT.uscc[8:17]
    assert isinstance(await save(boss, view, org_code=f"{own[:8]}-{own[8].lower()}"), Unit)
    assert (await now()).org_code == own


async def test_what_an_older_edition_left_there_is_not_in_the_way(boss):
    await change(Unit, industry_code="I6540", economic_type="888")
    view = await seen_by(boss)
    assert view.shown["economic_type"] == "888"
    assert isinstance(await save(boss, view, registered_address=ADDRESS), Unit)
    assert (await now()).economic_type == "888"


async def test_credit_code_and_name_cannot_be_changed(boss):
    before = await now()
    view = await seen_by(boss)
    outcome = await change_unit(
        actor=boss,
        typed=view.typed | {"name": "别的公司", "uscc": "X", "version": "9", "registered_address": ADDRESS},
        seen=view.version,
    )
    assert isinstance(outcome, Unit)
    after = await now()
    assert (after.name, after.uscc, after.version) == (before.name, before.uscc, before.version + 1)


async def test_a_form_in_which_nothing_changed_changes_nothing(boss):
    view = await seen_by(boss)
    assert fields_of(await save(boss, view)) == ["unchanged"]
    assert (await now()).version == view.version


# Two at once


async def test_the_second_of_two_is_told_and_both_values_stand_side_by_side(boss, admin):
    hers, his = await seen_by(boss), await seen_by(admin)
    await save(boss, hers, economic_type="170", registered_address=ADDRESS)
    outcome = await save(admin, his, economic_type="150", subordination="50")
    assert isinstance(outcome, Conflict)
    both, theirs = outcome.clashes
    assert (both.label, both.theirs, both.mine) == ("经济类型", "私有", "有限责任（公司）")
    assert (theirs.label, theirs.theirs, theirs.mine) == ("注册地地址", ADDRESS, "")
    assert both.who == f"{BOSS.name[0]}**（法定代表人）"
    assert BOSS.name not in str(outcome)
    assert (await now()).economic_type == "170"
    assert (await now()).subordination == ""
    # The form keeps what was typed and shows what was not touched as it is now: saved again, nobody's work is lost.
    assert outcome.fresh["registered_address"] == ADDRESS
    assert "economic_type" not in outcome.fresh
    typed = his.typed | outcome.fresh | {"economic_type": "150", "subordination": "50"}
    assert isinstance(await change_unit(actor=admin, typed=typed, seen=outcome.version), Unit)
    made = await now()
    assert (made.economic_type, made.subordination, made.registered_address) == ("150", "50", ADDRESS)
    assert [len(row.fields) for row in (await history_of(boss)).items] == [2, 2]


async def test_whoever_saves_again_is_told_again_of_what_came_in_between(boss, admin):
    his = await seen_by(admin)
    await save(boss, await seen_by(boss), economic_type="170")
    told = await save(admin, his, subordination="50")
    assert isinstance(told, Conflict)
    await save(boss, await seen_by(boss), economic_type="150")
    typed = his.typed | told.fresh | {"subordination": "50"}
    again = await change_unit(actor=admin, typed=typed, seen=told.version)
    assert isinstance(again, Conflict)
    assert [one.theirs for one in again.clashes] == ["有限责任（公司）"]


async def test_what_came_and_went_meanwhile_is_in_nobodys_way(boss, admin):
    his = await seen_by(admin)
    await save(boss, await seen_by(boss), economic_type="170")
    await save(boss, await seen_by(boss), economic_type="")
    assert isinstance(await save(admin, his, subordination="50"), Unit)


async def test_of_twenty_at_once_one_is_first_and_all_others_are_told(boss, admin):
    view = await seen_by(boss)
    saves = [save((boss, admin)[n % 2], view, registered_address=f"{ADDRESS}{n}室") for n in range(20)]
    outcomes = await at_once(*saves)
    assert [type(outcome) for outcome in outcomes].count(Unit) == 1
    assert [type(outcome) for outcome in outcomes].count(Conflict) == 19
    assert (await now()).version == view.version + 1
    assert await how_many(UnitChange) == 1
    first = next(n for n, outcome in enumerate(outcomes) if isinstance(outcome, Unit))
    for n, outcome in enumerate(outcomes):
        if n != first:
            (clash,) = outcome.clashes
            assert (clash.theirs, clash.mine) == (f"{ADDRESS}{first}室", f"{ADDRESS}{n}室")


async def test_a_version_that_never_was_begins_anew(boss):
    view = await seen_by(boss)
    for seen in (0, -3, view.version + 1):
        outcome = await change_unit(actor=boss, typed=view.typed | {"registered_address": ADDRESS}, seen=seen)
        assert isinstance(outcome, list)
        assert isinstance(outcome[0], Refusal)
    assert (await now()).registered_address == ""


# The matters below


@pytest.mark.req("R-2.6.2.3")
async def test_matters_for_units_stand_by_business_with_their_parts_in_two_statements(boss):
    await load_matters()
    await warm_up()
    async with db.reading() as session:
        with statements() as seen:
            groups = await view_business(session, actor=boss, region="320500")
    assert len(seen) == 2
    (group,) = groups
    assert group.name == "劳动关系"
    assert {one.name for one in group.matters} == {"劳动合同续签", "劳动合同变更", "劳动用工备案"}
    assert all("region=320500" in one.guide_href for one in group.matters)
    assert group.href == "/units?category=labour&region=320500"
    assert [part.name for part in group.parts] == [taxonomy().subcategory_name("labour", "contracts")]
    assert group.parts[0].href == "/units?category=labour&subcategory=contracts&region=320500"


@pytest.mark.req("R-2.6.2.3")
async def test_an_agent_is_offered_to_apply_for_what_the_grant_covers_only(boss, agent):
    await serve(*(shipped(key) for key in SHIPPED))
    single = replace(agent, scope=Scope.of((), (RENEWAL,)))

    async def offered(who: Actor) -> tuple[set[str], bool]:
        async with db.reading() as session:
            groups = await view_business(session, actor=who, region="320000")
        cards = [one for group in groups for one in group.matters]
        assert all(one.guide_href for one in cards)
        return {one.key for one in cards if one.apply_href}, partly(groups, who)

    everything, some = await offered(boss)
    assert (RENEWAL in everything, len(everything) > 2, some) == (True, True, False)
    assert await offered(single) == ({RENEWAL}, True)


@pytest.mark.req("R-2.6.2.3")
async def test_without_matters_there_is_no_business(boss):
    async with db.reading() as session:
        assert await view_business(session, actor=boss, region="320000") == ()
