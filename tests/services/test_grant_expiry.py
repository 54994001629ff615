"""Grants that are about to end are announced 30 and 7 days before, once, to those whom it concerns (R-2.6.5.7)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import GrantStatus, Role
from jsrs_portal.domain.dates import in_words
from jsrs_portal.models.units import Grant
from jsrs_portal.services import grant_expiry
from jsrs_portal.services.grant_expiry import announce_endings, told_already
from tests.services.granting import (
    BOSS,
    LABOUR,
    UNIT,
    alter,
    day,
    given,
    messages,
    people,
    revoke,
    texts_for,
    the_grant,
)
from tests.services.numbers import human
from tests.services.world import at_once, everything_stored, rows, statements, warm_up

pytestmark = pytest.mark.req("R-2.6.5.7")
HER, ADMIN = human(9), human(8)
TODAY = datetime(2027, 3, 10, 9, 0, tzinfo=clock.BEIJING)


@pytest.fixture(autouse=True)
def clock_of_the_test(time):
    """It is a morning in March."""
    time.set(TODAY)
    return time


@pytest.fixture
async def her(world):
    """A registered person whom nobody has granted anything."""
    return await world.registered_person(HER)


async def phones() -> list[str]:
    return sorted(mobile for mobile, _ in await messages())


async def warned(phone: str) -> list[str]:
    """Return what a phone was told about endings, oldest first."""
    return [text for text in await texts_for(phone) if "到期" in text]


async def days_on_which_it_is_announced(time, upto: int) -> list[int]:
    """Let so many days go by, one by one, and return how many had gone when something was announced."""
    found = []
    for gone in range(upto + 1):
        for _ in range(await announce_endings()):
            found.append(gone)
        assert await announce_endings() == 0
        time.pass_by(days=1)
    return found


# When


@pytest.mark.parametrize(
    ("left", "notices"), [(31, 0), (30, 1), (29, 1), (8, 1), (7, 1), (6, 1), (1, 1), (0, 1), (-1, 0), (-30, 0)]
)
async def test_what_was_never_announced_is_announced_from_thirty_days_on_once(world, unit, her, left, notices):
    await world.granted(unit, her, valid_until=day(left))
    assert [await announce_endings() for _ in range(3)] == [notices, 0, 0]
    said = await warned(HER.mobile)
    assert len(said) == notices
    if notices:
        until = f"将于{in_words(day(left))}到期（还剩 {left} 天）" if left else "今天到期"
        assert said[0] == (
            f"您在{UNIT.name}的经办人授权{until}，到期后不能再代表该单位办事。如需继续，请联系单位续期。"
        )


async def test_thirty_days_and_seven_days_before_and_on_no_other_day(world, unit, her, time):
    await world.granted(unit, her, valid_until=day(40))
    assert await days_on_which_it_is_announced(time, 45) == [10, 33]
    assert [text.partition("还剩 ")[2][:2].strip() for text in await warned(HER.mobile)] == ["30", "7"]


async def test_without_a_last_day_nothing_is_announced(world, unit, her, time):
    await world.granted(unit, her)
    time.pass_by(days=3000)
    assert await announce_endings() == 0


@pytest.mark.parametrize(
    ("looks", "said"),
    [([20, 5], [20, 5]), ([3], [3]), ([0], [0]), ([30, 8, 6], [30, 6]), ([7], [7]), ([40, 0, -1], [0])],
)
async def test_what_was_missed_is_made_up_for_once_with_the_days_that_are_left(world, unit, her, time, looks, said):
    """After a pause of the worker one notice comes, not both."""
    last = TODAY + timedelta(days=60)
    await world.granted(unit, her, valid_until=last.date())
    for left in looks:
        time.set(last - timedelta(days=left))
        await announce_endings()
        await announce_endings()
    words = ["今天到期" if left == 0 else f"还剩 {left} 天" for left in said]
    texts = await warned(HER.mobile)
    assert len(texts) == len(words)
    for text, word in zip(texts, words, strict=True):
        assert word in text


async def test_the_day_begins_at_midnight_in_china(world, unit, her, time):
    await world.granted(unit, her, valid_until=day(31))
    time.set(TODAY.replace(hour=23, minute=59))
    assert await announce_endings() == 0
    time.pass_by(minutes=1)
    assert await announce_endings() == 1


@pytest.mark.parametrize(("days", "told"), [(-1, 7), (0, 7), (7, 7), (8, 30), (30, 30), (31, 0), (400, 0), (None, 0)])
def test_no_notice_is_needed_of_what_the_person_was_just_told(days, told):
    """Whoever is granted twenty days need not be told after a minute that thirty are not left."""
    assert told_already(None if days is None else day(days), day(0)) == told


@pytest.mark.parametrize(("days", "announced_on"), [(5, []), (7, []), (8, [1]), (20, [13]), (30, [23]), (31, [1, 24])])
async def test_a_short_grant_is_announced_only_when_that_says_something_new(boss, her, time, days, announced_on):
    await given(boss, her, terms=replace(LABOUR, valid_until=day(days)))
    assert await days_on_which_it_is_announced(time, days + 2) == announced_on


async def test_another_last_day_is_announced_anew(boss, her, time):
    made = await given(boss, her, terms=replace(LABOUR, valid_until=day(31)))
    assert await days_on_which_it_is_announced(time, 26) == [1, 24]
    await alter(boss, await the_grant(made.id), replace(LABOUR, valid_until=day(50)))
    assert await days_on_which_it_is_announced(time, 55) == [20, 43]


async def test_another_scope_or_first_day_announces_nothing_anew(boss, her, time):
    made = await given(boss, her, terms=replace(LABOUR, valid_until=day(30)))
    time.pass_by(days=23)
    assert await announce_endings() == 1
    made = await the_grant(made.id)
    await alter(boss, made, replace(LABOUR, valid_from=day(0), valid_until=made.valid_until))
    assert await announce_endings() == 0


async def test_another_scope_does_not_swallow_a_notice_that_is_due(world, unit, boss, her):
    """The worker has not looked yet when the business of a grant with seven days left is changed."""
    grant = await the_grant(await world.granted(unit, her, valid_until=day(7)))
    await alter(boss, grant, replace(LABOUR, valid_until=day(7)))
    assert await announce_endings() == 1


@pytest.mark.parametrize("left", [30, 7])
async def test_what_was_taken_back_is_not_announced(world, unit, boss, her, left):
    grant = await world.granted(unit, her, valid_until=day(left))
    await revoke(boss, await the_grant(grant))
    assert await announce_endings() == 0
    assert await warned(HER.mobile) == []


# Who


async def test_of_an_administrators_grant_the_legal_representative_is_told(world, unit, her):
    await world.granted(unit, her, role=Role.ADMIN, valid_until=day(7))
    await announce_endings()
    assert await phones() == sorted([HER.mobile, BOSS.mobile])
    (text,) = await warned(BOSS.mobile)
    assert text == (
        f"{UNIT.name}管理员 {HER.name[0]}** 的授权将于{in_words(day(7))}到期（还剩 7 天）。"
        "如需继续，请登录单位中心，在「经办人管理」中变更授权时间。"
    )


async def test_of_an_agents_grant_the_administrator_is_told_and_not_the_legal_representative(world, unit, her):
    await world.granted(unit, await world.registered_person(ADMIN), role=Role.ADMIN)
    await world.granted(unit, her, valid_until=day(30))
    await announce_endings()
    assert await phones() == sorted([HER.mobile, ADMIN.mobile])
    assert f"经办人 {HER.name[0]}** 的授权" in (await warned(ADMIN.mobile))[0]


@pytest.mark.parametrize("how", ["none", "ended", "revoked", "begins later"])
async def test_without_an_administrator_who_can_prolong_the_legal_representative_is_told(world, unit, boss, her, how):
    if how != "none":
        dates = {"ended": {"valid_until": day(-1)}, "begins later": {"valid_from": day(1)}}.get(how, {})
        admin = await world.granted(unit, await world.registered_person(ADMIN), role=Role.ADMIN, **dates)
        if how == "revoked":
            async with db.unit_of_work() as session:
                revoked = update(Grant).where(col(Grant.id) == admin).values(status=GrantStatus.REVOKED)
                await session.execute(revoked)
    await world.granted(unit, her, valid_until=day(30))
    assert await announce_endings() == 1
    assert await phones() == sorted([HER.mobile, BOSS.mobile])


async def test_a_grant_that_has_not_begun_is_announced_too(world, unit, her):
    await world.granted(unit, her, valid_from=day(3), valid_until=day(7))
    assert await announce_endings() == 1


async def test_nothing_of_a_notice_is_stored_in_plain_text(world, unit, her):
    await world.granted(unit, her, valid_until=day(7))
    await announce_endings()
    stored = await everything_stored()
    for secret in (HER.mobile, BOSS.mobile, HER.name, "到期后不能再代表", "的授权将于"):
        assert secret not in stored


# At the same time, and many


async def test_two_workers_who_look_at_once_send_once(world, unit, her):
    for person in await people(world, 3):
        await world.granted(unit, person, valid_until=day(7))
    announced = await at_once(*[announce_endings() for _ in range(10)])
    assert sum(announced) == 3
    assert len(await messages()) == 6


async def test_more_than_one_round_of_them_are_all_announced(world, unit, monkeypatch):
    monkeypatch.setattr(grant_expiry, "_AT_ONCE", 3)
    persons = await people(world, 9)
    for n, person in enumerate(persons):
        await world.granted(unit, person, valid_until=day(n * 4))
    assert await announce_endings() == 8
    assert sorted(grant.expiry_told for grant in await rows(Grant)) == [0, 0, 7, 7, 30, 30, 30, 30, 30, 30]


async def test_a_last_day_that_is_moved_while_the_worker_looks_is_not_announced(world, unit, boss, her, monkeypatch):
    """Neither with the old day nor with the new one, and the new one's own notices still come."""
    grant = await the_grant(await world.granted(unit, her, valid_until=day(7)))
    original = grant_expiry._due

    async def due(session, today):
        found = await original(session, today)
        if found:
            await session.close()
            await alter(boss, await the_grant(grant.id), replace(LABOUR, valid_until=day(300)))
        return found

    monkeypatch.setattr(grant_expiry, "_due", due)
    assert await announce_endings() == 0
    now = await the_grant(grant.id)
    assert (now.valid_until, now.expiry_told) == (day(300), 0)
    assert not any("还剩" in text for text in await texts_for(HER.mobile))


async def test_nothing_to_announce_is_one_question(world, unit, her):
    for person in await people(world, 5):
        await world.granted(unit, person, valid_until=day(100))
    await warm_up()
    with statements() as seen:
        assert await announce_endings() == 0
    assert len(seen) == 1
