"""What a signed-in person sees: the own unit, the own data, masked; never more (R-2.6.1.1, R-2.6.2.1, Masking)."""

from dataclasses import asdict, replace

import pytest

from jsrs_portal import db
from jsrs_portal.access import cookie
from jsrs_portal.access.actor import resolve
from jsrs_portal.domain.authority import Role
from jsrs_portal.services import units
from tests.services.numbers import employer, human
from tests.services.world import ADDRESS, statements, visitor, warm_up

pytestmark = pytest.mark.req("R-2.6.1.1")
UNIT = employer(1)
BOSS = UNIT.legal_rep


@pytest.fixture
async def unit(world):
    """A registered unit among others."""
    made = await world.registered_unit(UNIT)
    await world.registered_unit(employer(2))
    return made


@pytest.fixture
async def boss(world, unit):
    """The legal representative, signed in."""
    return await resolve(cookie.proof(await world.signed_in(unit)), address=ADDRESS)


async def viewer(actor):
    async with db.reading() as session:
        return await units.view_viewer(session, actor=actor)


async def unit_of(actor):
    async with db.reading() as session:
        return await units.view_unit(session, actor=actor)


@pytest.mark.req("R-2.6.8.1")
async def test_a_person_sees_the_own_data_masked_as_the_manual_shows(boss):
    view = await viewer(boss)
    assert asdict(view) == {
        "name": f"{BOSS.name[0]}**",
        "initial": BOSS.name[0],
        "mobile": "1*******01",
        "document_kind": "居民身份证",
        "document": "*" * 15 + BOSS.id_number[-4:],
        "role": "法定代表人",
        "unit_name": UNIT.name,
        "home": "/unit",
        "closing": "",
    }


@pytest.mark.req("R-2.6.8.1")
async def test_no_view_holds_an_unmasked_value(boss):
    shown = f"{asdict(await viewer(boss))}{asdict(await unit_of(boss))}"
    for personal in (BOSS.name, BOSS.name[1:], BOSS.id_number, BOSS.id_number[:14], BOSS.mobile):
        assert personal not in shown


@pytest.mark.req("R-2.6.2.1")
async def test_a_role_sees_the_own_unit(unit, boss):
    view = await unit_of(boss)
    assert (view.uscc, view.unit_number, view.name) == (UNIT.uscc, unit.unit_number, UNIT.name)


@pytest.mark.req("R-2.6.2.1")
@pytest.mark.parametrize("kind", ["visitor", "person without a role", "unit without a role", "unknown unit"])
async def test_nobody_else_sees_a_unit(world, unit, boss, kind):
    actor = {
        "visitor": visitor(),
        "person without a role": replace(boss, unit_id="", grant_id="", role=None),
        "unit without a role": replace(boss, role=None),
        "unknown unit": replace(boss, unit_id="0" * 32),
    }[kind]
    assert await unit_of(actor) is None


@pytest.mark.parametrize("role", list(Role))
async def test_every_role_is_named_in_the_manuals_words(boss, role):
    view = await viewer(replace(boss, role=role))
    words = {"LEGAL_REP": "法定代表人", "ADMIN": "管理员", "AGENT": "经办人", "INSTITUTION_ADMIN": "机构管理员"}
    assert view.role == words[role]


async def test_without_a_unit_one_is_a_person(world):
    person = await world.registered_person(human(9))
    view = await viewer(replace(visitor(), person_id=person))
    assert (view.role, view.unit_name) == ("个人用户", "")


async def test_a_visitor_sees_nobody(unit):
    assert await viewer(visitor()) is None
    assert await viewer(replace(visitor(), person_id="0" * 32)) is None


@pytest.mark.parametrize("others", [0, 12])
async def test_each_view_is_one_statement_however_many_rows_there_are(world, boss, others):
    for n in range(3, 3 + others):
        await world.registered_unit(employer(n, BOSS if n % 2 else human(n)))
    await warm_up()
    with statements() as seen:
        await viewer(boss)
    assert len(seen) == 1
    with statements() as seen:
        await unit_of(boss)
    assert len(seen) == 1


async def test_a_visitor_costs_no_statement(database):
    await warm_up()
    with statements() as seen:
        await viewer(visitor())
        await unit_of(visitor())
    assert seen == []
