"""机构登记 by officers, each in their own region and level; never over another's change (R-2.6.6)."""

from dataclasses import replace

import pytest

from jsrs_portal import db
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.units import Institution
from jsrs_portal.services import staff, staff_institutions
from jsrs_portal.services.staff_institutions import InstitutionData, InstitutionPage
from tests.services.numbers import employer
from tests.services.officers import Officer, officer
from tests.services.world import at_once, how_many, rows, statements, visitor, warm_up

pytestmark = pytest.mark.req("R-2.6.6.1", "R-2.6.6.6")
UNIT, OTHER = employer(1), employer(2)
SCHOOL = InstitutionData(name="望江技工学校", kind="technical_school", level="CITY", address="姑苏区临江路1号")


@pytest.fixture
async def unit(world):
    """A registered unit."""
    return await world.registered_unit(UNIT)


async def register(who: Officer, *, unit: str = UNIT.uscc, region: str = "320500", typed: InstitutionData = SCHOOL):
    async with db.unit_of_work() as session:
        return await staff_institutions.register_institution(
            session, actor=who.acting, unit=unit, region=region, typed=typed
        )


async def change(who: Officer, one: Institution, typed: InstitutionData, version: int | None = None):
    async with db.unit_of_work() as session:
        return await staff_institutions.change_institution(
            session,
            actor=who.acting,
            institution_id=one.id,
            version=one.version if version is None else version,
            typed=typed,
        )


async def listed(who: Officer, text: str = "", after: str = "") -> InstitutionPage:
    async with db.reading() as session:
        found = await staff_institutions.list_institutions(session, actor=who.acting, text=text, after=after)
    assert isinstance(found, InstitutionPage), found
    return found


@pytest.mark.parametrize("by", ["USCC", "number"])
async def test_an_institution_is_registered_under_its_unit(unit, by):
    who = await officer()
    made = await register(who, unit=UNIT.uscc.lower() if by == "USCC" else unit.unit_number)
    assert isinstance(made, Institution)
    assert (made.unit_id, made.number, made.status, made.registered_by) == (
        unit.unit_id,
        "J320000001",
        "REGISTERED",
        who.id,
    )
    (entry,) = [one for one in await rows(AuditEntry) if one.action == "institution.register"]
    assert (entry.person_id, entry.unit_id, entry.subject) == (who.id, unit.unit_id, made.id)
    (row,) = (await listed(who)).rows
    assert (row.name, row.kind_label, row.level_label, row.region_name, row.status_label, row.unit_name) == (
        SCHOOL.name,
        "技工院校",
        "市级",
        "苏州市",
        "未开通",
        UNIT.name,
    )


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"unit": ""}, ["unit"]),
        ({"unit": OTHER.uscc}, ["unit"]),
        ({"region": "110000"}, ["region"]),
        ({"region": ""}, ["region"]),
        ({"typed": InstitutionData(name="", kind="x", level="x", address="")}, ["name", "kind", "level", "address"]),
        ({"typed": replace(SCHOOL, name="字" * 101)}, ["name"]),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(unit, changed, fields):
    refused = await register(await officer(), **changed)
    assert isinstance(refused, list)
    assert [one.field for one in refused] == fields
    assert await how_many(Institution) == 0


async def test_only_officers_register(unit):
    for role in (StaffRole.SYSTEM, StaffRole.SECURITY, StaffRole.AUDIT):
        other = await officer(f"other.{role.lower()}", role)
        assert await register(other) == [staff.FORBIDDEN]
        async with db.reading() as session:
            assert await staff_institutions.list_institutions(session, actor=other.acting) == staff.FORBIDDEN
    async with db.unit_of_work() as session:
        outcome = await staff_institutions.register_institution(
            session, actor=visitor(), unit=UNIT.uscc, region="320500", typed=SCHOOL
        )
    assert outcome == [staff.FORBIDDEN]


async def test_a_region_ends_at_its_border(unit):
    province = await officer()
    suzhou, kunshan = await officer("su.zhou", region="320500"), await officer("kun.shan", region="320583")
    there = await register(suzhou, region="320583", typed=replace(SCHOOL, name="昆山学校", level="COUNTY"))
    assert isinstance(there, Institution)
    nanjing = await register(province, region="320100", typed=replace(SCHOOL, name="南京学校"))
    assert isinstance(nanjing, Institution)
    high = await register(province, region="320583", typed=replace(SCHOOL, name="省属学校", level="PROVINCE"))
    assert isinstance(high, Institution)
    assert [one.field for one in await register(suzhou, region="320100")] == ["region"]  # pyright: ignore
    assert [one.field for one in await register(suzhou, typed=replace(SCHOOL, level="PROVINCE"))] == ["level"]  # pyright: ignore
    assert {one.name for one in (await listed(province)).rows} == {"昆山学校", "南京学校", "省属学校"}
    seen = {one.name: one.change_why for one in (await listed(suzhou)).rows}
    assert set(seen) == {"昆山学校", "省属学校"}
    assert seen["昆山学校"] == ""
    assert seen["省属学校"]
    assert {one.name for one in (await listed(kunshan)).rows} == {"昆山学校", "省属学校"}
    assert await change(suzhou, nanjing, replace(SCHOOL, name="被改的学校")) == [staff_institutions.GONE]
    assert [one.code for one in await change(suzhou, high, replace(SCHOOL, name="被改的学校"))] == ["forbidden"]
    assert [one.field for one in await change(suzhou, there, replace(SCHOOL, level="PROVINCE"))] == ["level"]
    assert {one.name for one in await rows(Institution)} == {"昆山学校", "南京学校", "省属学校"}


async def test_a_unit_has_no_two_of_one_name(unit, world):
    await world.registered_unit(OTHER)
    who = await officer()
    outcomes = await at_once(*(register(who) for _ in range(6)))
    assert sum(isinstance(one, Institution) for one in outcomes) == 1
    assert isinstance(await register(who, unit=OTHER.uscc), Institution)
    second = await register(who, typed=replace(SCHOOL, name="第二学校"))
    assert isinstance(second, Institution)
    assert [one.code for one in await change(who, second, SCHOOL)] == ["taken"]


async def test_numbers_are_given_once(unit):
    who = await officer()
    made = await at_once(*(register(who, typed=replace(SCHOOL, name=f"第{n}学校")) for n in range(8)))
    assert {one.number for one in made} == {f"J32{n:07d}" for n in range(1, 9)}


async def test_a_change_is_written_with_before_and_after_and_never_over_another(unit):
    who = await officer()
    made = await register(who)
    assert isinstance(made, Institution)
    after = InstitutionData(name="望江职业学校", kind="private_training", level="COUNTY", address="姑苏区临江路2号")
    outcomes = await at_once(*(change(who, made, replace(after, name=f"望江职业学校{n}")) for n in range(5)))
    assert outcomes.count([]) == 1
    assert outcomes.count([staff_institutions.STALE]) == 4
    (stored,) = await rows(Institution)
    assert (stored.kind, stored.level, stored.version, stored.region) == ("private_training", "COUNTY", 2, "320500")
    (entry,) = [one for one in await rows(AuditEntry) if one.action == "institution.amend"]
    assert '"name": "望江技工学校"' in entry.details
    assert '"kind": "private_training"' in entry.details


@pytest.mark.parametrize(("text", "found"), [("技工", 1), ("j320000001", 1), ("%", 0), ("_", 0), ("没有", 0), ("", 1)])
async def test_a_name_or_a_number_is_looked_for_as_it_is(unit, text, found):
    who = await officer()
    await register(who)
    assert len((await listed(who, text)).rows) == found


async def test_pages_follow_each_other_without_a_gap(unit, monkeypatch):
    monkeypatch.setattr(staff_institutions, "PAGE", 3)
    who = await officer()
    for n in range(8):
        await register(who, typed=replace(SCHOOL, name=f"第{n}学校"))
    names, after, pages = [], "", 0
    while True:
        page = await listed(who, after=after)
        names += [one.name for one in page.rows]
        pages += 1
        if pages == 1:
            await register(who, typed=replace(SCHOOL, name="插进来的学校"))
        if not (after := page.next):
            break
    assert names == [f"第{n}学校" for n in reversed(range(8))]
    assert pages == 3
    assert len((await listed(who, after="nonsense~")).rows) == 3


async def test_more_rows_cost_no_more_statements(unit):
    who = await officer()
    counts = []
    for n in range(3):
        await register(who, typed=replace(SCHOOL, name=f"第{n}学校"))
        await warm_up()
        with statements() as seen:
            await listed(who)
        counts.append(len(seen))
    assert counts == [1, 1, 1]


async def test_refusals_are_chinese_sentences(unit):
    refused = await register(await officer(), typed=InstitutionData(name="", kind="", level="", address=""))
    assert all(isinstance(one, Refusal) and one.sentence.endswith("。") for one in refused)  # pyright: ignore
