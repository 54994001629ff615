"""单位主页: what comes next and what is recommended, to whom (R-2.6.1.2, R-2.6.1.3)."""

from dataclasses import replace
from datetime import date

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor, Role, Scope
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.recommendations import HOT_REASON, KEPT_REASON, MOST
from jsrs_portal.models.units import Institution, Unit
from jsrs_portal.services import catalog_load, favourites, unit_home
from jsrs_portal.services.grant_terms import Terms
from tests.services.granting import LABOUR, UNIT, acting, day, given, people
from tests.services.numbers import employer, human
from tests.services.world import change, statements, visitor, warm_up
from tests.support.shipped import shipped_catalogue

pytestmark = [pytest.mark.req("R-2.6.1.2"), pytest.mark.usefixtures("time")]
NOVEMBER = date(2026, 11, 28)
HER = human(9)


@pytest.fixture
async def unit(world):
    """A unit in a hall with everything that is shipped."""
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(session, catalogue=shipped_catalogue(), files_digest="x", now=clock.now())
    return await world.registered_unit(UNIT)


@pytest.fixture
async def boss(unit):
    return await acting(unit.grant_id)


async def steps(actor: Actor):
    async with db.reading() as session:
        return await unit_home.view_next(session, actor=actor, today=clock.today())


async def recommended(actor: Actor, region: str = "", today: date = NOVEMBER):
    async with db.reading() as session:
        return await unit_home.list_recommended(session, actor=actor, region=region, today=today)


def reasons(found) -> dict[str, str]:
    return {one.matter.key: one.reason for one in found}


# What comes next


@pytest.mark.req("R-2.6.1.3")
async def test_the_legal_representative_is_told_that_there_is_no_administrator(world, boss):
    (step,) = await steps(boss)
    assert (step.what[:7], step.href, step.urgent) == ("尚未设置管理员", "/unit/agents", False)
    await given(boss, await world.registered_person(HER), Role.ADMIN)
    assert await steps(boss) == ()


@pytest.mark.req("R-2.6.1.3")
@pytest.mark.parametrize(
    ("days", "told", "urgent"),
    [(0, True, True), (7, True, True), (8, True, False), (30, True, False), (31, False, False)],
)
async def test_a_grant_that_ends_soon_is_named_with_its_day(world, boss, days, told, urgent):
    await given(boss, await world.registered_person(human(8)), Role.ADMIN)
    await given(boss, await world.registered_person(HER), terms=replace(LABOUR, valid_until=day(days)))
    found = await steps(boss)
    assert [(one.what, one.urgent) for one in found] == (
        [(f"经办人 {HER.name[0]}** 的授权即将到期", urgent)] if told else []
    )
    for one in found:
        assert in_words(day(days)) in one.when
        assert HER.name not in one.what


@pytest.mark.req("R-2.6.1.3", "R-2.6.5.6")
async def test_an_agent_is_told_of_the_own_grant_alone(world, boss):
    soon = replace(LABOUR, valid_until=day(3))
    mine, other = [await given(boss, person, terms=soon) for person in await people(world, 2)]
    (step,) = await steps(await acting(mine.id))
    assert step.what.startswith("您的授权即将到期")
    assert (step.action, step.when) == ("查看", f"{in_words(day(3))}（还剩 3 天）")
    assert len([one for one in await steps(boss) if "授权即将到期" in one.what]) == 2
    assert other.id != mine.id


@pytest.mark.req("R-2.6.1.3")
async def test_an_administrator_whose_grant_ends_asks_and_does_not_renew(world, boss):
    until = Terms(valid_until=day(5))
    admin = await acting((await given(boss, await world.registered_person(HER), Role.ADMIN, until)).id)
    (step,) = await steps(admin)
    assert (step.action, "请联系法定代表人" in step.what.replace("联系法定代表人", "请联系法定代表人")) == (
        "查看",
        True,
    )


async def test_whoever_acts_for_no_unit_sees_nothing(boss):
    with statements() as asked:
        for nobody in (visitor(), Actor(session_key="p", person_id=boss.person_id, personal=True)):
            assert await steps(nobody) == ()
            assert await recommended(nobody) == ()
    assert len(asked) == 0


# What is recommended


async def test_what_the_time_of_the_year_asks_of_such_a_unit_stands_first(boss):
    await change(Unit, created_at=clock.now().replace(year=2020))
    found = await recommended(boss)
    assert found[0].reason == "每年下半年集中申报"
    assert reasons(found)["labour-contract-renewal"] == "年底合同集中到期"
    assert len(found) == MOST
    assert HOT_REASON in reasons(found).values()
    june = reasons(await recommended(boss, today=date(2026, 6, 3)))
    assert june["contribution-base-declaration"] == "每年 6—7 月申报缴费基数"
    assert "labour-contract-renewal" not in june or june["labour-contract-renewal"] != "年底合同集中到期"


async def test_a_new_unit_is_led_to_what_it_needs_first(boss):
    await change(Unit, created_at=clock.now())
    async with db.reading() as session:
        found = await unit_home.list_recommended(session, actor=boss, region="", today=clock.today())
    assert [one.reason for one in found[:3]] == ["新注册单位先办"] * 3


async def test_another_kind_of_unit_is_recommended_other_things(world, unit, boss):
    await change(Unit, uscc="12320000466007120A", created_at=clock.now().replace(year=2020))
    found = reasons(await recommended(boss))
    assert found["institution-recruitment-filing"] == "事业单位常办"
    assert "hiring-expansion-subsidy" not in {key for key, reason in found.items() if reason != HOT_REASON}


async def test_its_institutions_bring_theirs_and_a_disabled_one_none(boss):
    async with db.unit_of_work() as session:
        session.add(
            Institution(
                unit_id=boss.unit_id,
                number="J320000009",
                name="望潮职业培训学校",
                kind="private_training",
                level="CITY",
                region="320100",
                status="REGISTERED",
            )
        )
    assert reasons(await recommended(boss))["training-school-change"] == "您有民办职业培训学校"
    await change(Institution, status="DISABLED")
    assert reasons(await recommended(boss)).get("training-school-change") != "您有民办职业培训学校"


async def test_what_is_like_the_kept_ones_follows(boss):
    async with db.unit_of_work() as session:
        await favourites.set_kept(session, actor=boss, key="postdoc-workstation", kept=True)
    found = reasons(await recommended(boss))
    assert KEPT_REASON in found.values()


@pytest.mark.req("R-2.6.5.5")
async def test_an_agent_is_recommended_only_what_the_grant_covers(world, boss):
    scope = Terms(scope=Scope.of(["labour"]))
    agent = await acting((await given(boss, await world.registered_person(HER), terms=scope)).id)
    found = await recommended(agent)
    assert found
    assert {one.matter.category for one in found} == {"labour"}


async def test_everything_recommended_is_served_for_units_here(boss):
    for region in ("", "320500", "320000"):
        for one in await recommended(boss, region=region):
            assert {"单位", "机构"} & set(one.matter.sides)
            assert one.matter.guide_href


async def test_the_same_statements_whatever_the_unit_has(world, boss):
    await warm_up()
    with statements() as few:
        await recommended(boss)
        await steps(boss)
    for person in await people(world, 5):
        await given(boss, person, terms=replace(LABOUR, valid_until=day(3)))
    other = await world.registered_unit(employer(2))
    assert other.unit_id
    with statements() as many:
        await recommended(boss)
        await steps(boss)
    assert len(few) == len(many) == 8
