"""What a unit sees of its institutions, and an institution of itself: masked, paged, and nothing else (R-2.6.6.1)."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.institutions import KINDS, REASON_SENTENCES, InstitutionReason, institution_number
from jsrs_portal.services.institution_views import PAGE, OwnInstitution, view_institutions, view_own_institution
from jsrs_portal.services.institutions import Administrator
from jsrs_portal.services.units import view_viewer
from tests.services.granting import BOSS, UNIT, acting, given, people, who
from tests.services.numbers import employer
from tests.services.opening import (
    CLERK,
    HER,
    HIM,
    administrator,
    agent_of,
    done,
    enter,
    first,
    hand_over,
    open_,
    registered,
    reset,
    switch,
    with_document,
    with_own_password,
)
from tests.services.world import OTHER_PASSWORD, statements, visitor, warm_up

pytestmark = [pytest.mark.req("R-2.6.6.1"), pytest.mark.usefixtures("time", "as_in_the_server")]
WHY = REASON_SENTENCES


@pytest.fixture
async def her(world):
    """A registered person."""
    return await world.registered_person(HER)


@pytest.fixture
async def him(world):
    """Another one."""
    return await world.registered_person(HIM)


@pytest.fixture
async def school(unit):
    """An institution that staff have registered."""
    return await registered(unit)


@pytest.fixture
async def others(world):
    """An institution of another unit, opened."""
    other = await world.registered_unit(employer(2))
    await world.registered_person(CLERK)
    return done(await open_(await acting(other.grant_id), await registered(other, 900), administrator(CLERK)))


async def seen(actor, after: str = ""):
    async with db.reading() as session:
        return await view_institutions(session, actor=actor, after=after)


async def own(actor):
    async with db.reading() as session:
        return await view_own_institution(session, actor=actor)


async def row(actor):
    (found,) = (await seen(actor)).items
    return found


# The unit's list


@pytest.mark.req("R-2.6.6.6")
async def test_an_institution_can_be_seen_before_it_is_opened(boss, school):
    found = await row(boss)
    assert (found.id, found.version, found.number) == (school.id, 1, "J320000001")
    assert (found.name, found.kind, found.level) == (school.name, "民办职业培训学校", "市级")
    assert (found.region, found.address) == ("南京市", school.address)
    assert found.registered_on == in_words(school.created_at.astimezone(clock.BEIJING))
    assert (found.status, found.status_label, found.tone) == ("REGISTERED", "未开通", "info")
    assert found.admin_name == found.admin_document_kind == found.admin_document == found.admin_mobile == ""
    assert found.password_note == ""
    assert found.open_why == ""
    not_open = WHY[InstitutionReason.NOT_OPEN]
    assert found.reset_why == found.replace_why == found.disable_why == found.enable_why == not_open


@pytest.mark.req("R-2.6.6.4", "R-2.6.6.6")
async def test_afterwards_its_administrator_is_shown_masked(boss, school, her):
    done(await open_(boss, school, administrator(HER)))
    found = await row(boss)
    assert (found.version, found.status_label, found.tone) == (2, "已开通", "ok")
    assert (found.admin_name, found.admin_mobile) == (f"{HER.name[0]}**", "1*******09")
    assert (found.admin_document_kind, found.admin_document) == ("居民身份证", "*" * 15 + HER.id_number[-4:])
    assert found.open_why == WHY[InstitutionReason.OPEN_ALREADY]
    assert found.reset_why == found.replace_why == found.disable_why == ""
    assert found.enable_why == WHY[InstitutionReason.NOT_DISABLED]


@pytest.mark.req("R-2.6.6.4")
async def test_a_new_administrator_stands_in_the_formers_place(boss, school, her, him):
    done(await open_(boss, school, administrator(HER)))
    done(await hand_over(boss, school, administrator(HIM)))
    assert (await row(boss)).admin_mobile == "1*******19"


async def test_a_disabled_one_can_only_be_enabled(boss, school, her):
    done(await open_(boss, school, administrator(HER)))
    done(await switch(boss, school, disabled=True))
    found = await row(boss)
    assert (found.status, found.status_label, found.tone) == ("DISABLED", "已停用", "neutral")
    assert found.admin_name == f"{HER.name[0]}**"
    disabled = WHY[InstitutionReason.DISABLED]
    assert found.open_why == found.reset_why == found.replace_why == found.disable_why == disabled
    assert found.enable_why == ""


@pytest.mark.req("R-2.6.6.2", "R-2.6.6.6")
async def test_an_agent_sees_the_same_and_why_they_can_do_nothing(world, unit, boss, school, her):
    done(await open_(boss, school, administrator(HER)))
    agent = await agent_of(world, unit, CLERK, OTHER_PASSWORD)
    whys = {one.name for one in fields(await row(boss)) if one.name.endswith("_why")}
    found = await row(agent)
    assert {getattr(found, why) for why in whys} == {WHY[InstitutionReason.NOT_FOR_AGENTS]}
    assert len(whys) == 5
    assert replace(found, **dict.fromkeys(whys, "")) == replace(await row(boss), **dict.fromkeys(whys, ""))


@pytest.mark.req("R-2.6.6.2")
async def test_the_units_administrator_sees_what_the_legal_representative_sees(world, boss, school, her):
    admin = await acting((await given(boss, (await people(world, 1))[0], Role.ADMIN)).id)
    done(await open_(boss, school, administrator(HER)))
    assert await seen(admin) == await seen(boss)


@pytest.mark.req("R-2.6.6.6")
async def test_all_kinds_and_levels_are_named_and_a_kind_that_is_gone_by_its_key(unit, boss):
    levels = {"PROVINCE": "省级", "CITY": "市级", "COUNTY": "县（市、区）级"}
    for n, kind in enumerate([*KINDS, "formerly"]):
        await registered(unit, n + 1, kind=kind, level=list(levels)[n % 3])
    found = (await seen(boss)).items
    assert [one.kind for one in found] == [*KINDS.values(), "formerly"]
    assert [one.level for one in found] == [levels[list(levels)[n % 3]] for n in range(15)]


@pytest.mark.req("R-2.6.6.3")
async def test_the_list_says_how_long_a_first_password_is_good_and_when_it_is_not(world, boss, school, her, time):
    done(await open_(boss, school, administrator(HER)))
    until = in_words((time.now + timedelta(days=7)).astimezone(clock.BEIJING))
    assert (await row(boss)).password_note == f"初始密码尚未修改，{until}前有效。"
    time.pass_by(days=7)
    assert "前有效" in (await row(boss)).password_note
    time.pass_by(seconds=1)
    assert (await row(boss)).password_note == "初始密码超过 7 天未使用，已失效，请重置。"
    done(await reset(boss, school))
    assert "前有效" in (await row(boss)).password_note
    await with_own_password(world, school, HER)
    assert (await row(boss)).password_note == ""


async def test_nothing_personal_is_in_what_is_shown(world, unit, boss, school, her, him):
    other = await registered(unit, 2)
    third = await registered(unit, 3)
    await with_document(DocumentType.HK_MO_PERMIT, "H12345678", "13900000001")
    done(await open_(boss, school, administrator(HER)))
    done(await open_(boss, other, administrator(BOSS)))
    hers = Administrator(name="陈外宾", id_type="06", id_number="H12345678", mobile="13900000001")
    done(await open_(boss, third, hers))
    done(await hand_over(boss, school, administrator(HIM)))
    agent = await agent_of(world, unit, CLERK, OTHER_PASSWORD)
    value = await enter(world, school, HIM, first(HIM))
    for actor in (boss, agent):
        shown = repr(await seen(actor))
        for person in (HER, HIM, BOSS, CLERK):
            for secret in (person.name, person.mobile, person.id_number, person.id_number[6:14], first(person)):
                assert secret not in shown
        assert "陈外宾" not in shown
        assert "H12345678" not in shown
        assert "*****5678" in shown
    assert (await who(value)).must_change


# Whose


@pytest.mark.req("R-2.6.6.5")
async def test_only_the_own_units_institutions_are_seen(boss, school, others):
    view = await seen(boss)
    assert ([one.id for one in view.items], view.total, view.next) == ([school.id], 1, "")
    assert others.name not in repr(view)


@pytest.mark.req("R-2.6.6.5")
async def test_nobody_else_sees_a_units_institutions(world, boss, school, her):
    done(await open_(boss, school, administrator(HER)))
    value = await enter(world, school, HER, first(HER))
    herself = await who(value)
    person = Actor(session_key="k", person_id=her)
    assert await seen(herself) is None
    assert await seen(replace(herself, must_change=False)) is None
    for nobody in (visitor(), person, replace(boss, role=None), replace(boss, must_change=True)):
        assert await seen(nobody) is None
    no_unit = await seen(replace(boss, unit_id=""))
    assert (no_unit.items, no_unit.total) == ((), 0)


async def test_a_unit_without_institutions_sees_an_empty_list(boss, others):
    view = await seen(boss)
    assert (view.items, view.total, view.next) == ((), 0, "")


# Pages


async def test_pages_follow_the_numbers_and_none_is_shown_twice_or_left_out(unit, boss, others):
    serials = [*range(1, 2 * PAGE + 6)]
    for serial in reversed(serials):
        await registered(unit, serial)
    pages, after = [], ""
    while True:
        view = await seen(boss, after)
        assert view.total == len(serials)
        pages.append([one.number for one in view.items])
        if not view.next:
            break
        after = view.next
    assert [len(page) for page in pages] == [PAGE, PAGE, 5]
    assert [number for page in pages for number in page] == [institution_number(serial) for serial in serials]


@pytest.mark.parametrize("count", [PAGE - 1, PAGE, PAGE + 1])
async def test_there_is_a_next_page_only_when_something_is_on_it(unit, boss, count):
    for serial in range(1, count + 1):
        await registered(unit, serial)
    view = await seen(boss)
    assert len(view.items) == min(count, PAGE)
    assert view.next == (institution_number(PAGE) if count > PAGE else "")
    assert (await seen(boss, institution_number(count))).items == ()


@pytest.mark.parametrize("after", ["J329999999", "ZZZ", "~"])
async def test_behind_the_last_number_there_is_nothing(boss, school, after):
    view = await seen(boss, after)
    assert (view.items, view.total, view.next) == ((), 1, "")


async def test_one_institution_and_thirty_cost_the_same_statements(unit, boss, her, him):
    counts = []
    for serials in (range(1, 2), range(2, 31)):
        for serial in serials:
            made = await registered(unit, serial)
            done(await open_(boss, made, administrator((HER, HIM)[serial % 2])))
        await warm_up()
        with statements() as said:
            view = await seen(boss)
        counts.append((view.total, len(said)))
    assert counts == [(1, 2), (30, 2)]


async def test_an_institution_whose_grants_were_revoked_often_is_listed_once(unit, boss, school, her, him):
    done(await open_(boss, school, administrator(HER)))
    for who_ in (HIM, HER, HIM):
        done(await hand_over(boss, school, administrator(who_)))
    view = await seen(boss)
    assert (len(view.items), view.total) == (1, 1)


# The institution itself


@pytest.mark.req("R-2.6.6.5")
async def test_an_institution_sees_itself_and_the_unit_it_belongs_to(world, unit, boss, school, her, others):
    await registered(unit, 2)
    done(await open_(boss, school, administrator(HER)))
    actor = await who(await with_own_password(world, school, HER))
    await warm_up()
    with statements() as said:
        found = await own(actor)
    assert found == OwnInstitution(
        number="J320000001",
        name=school.name,
        kind="民办职业培训学校",
        level="市级",
        region="南京市",
        address=school.address,
        unit_name=UNIT.name,
    )
    assert len(said) == 1
    async with db.reading() as session:
        viewer = await view_viewer(session, actor=actor)
    assert (viewer.role, viewer.unit_name, viewer.home) == ("机构管理员", school.name, "/institution")


@pytest.mark.req("R-2.6.6.3", "R-2.6.6.5")
async def test_without_the_right_nobody_sees_an_institution_that_way(world, boss, school, her, others):
    done(await open_(boss, school, administrator(HER)))
    fresh = await who(await enter(world, school, HER, first(HER)))
    assert await own(fresh) is None
    for nobody in (visitor(), boss, Actor(session_key="k", person_id=her), replace(boss, institution_id=school.id)):
        assert await own(nobody) is None
    somebody = replace(fresh, must_change=False)
    assert (await own(somebody)).number == school.number
    assert await own(replace(somebody, institution_id="")) is None
    assert await own(replace(somebody, institution_id="f" * 32)) is None
