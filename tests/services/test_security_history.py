"""安全记录: one's own events, of one's own right, page by page (R-2.6.8.5)."""

from dataclasses import replace

import pytest

from jsrs_portal import db
from jsrs_portal.domain import security_history as rules
from jsrs_portal.domain.audit_words import ACTIONS
from jsrs_portal.services import audit, security_history
from tests.services.granting import BOSS, UNIT
from tests.services.numbers import human
from tests.services.opening import HER, with_own_password
from tests.services.recovering import AGENT, opens
from tests.services.settling import changed, entered, who
from tests.services.world import OTHER_PASSWORD, PASSWORD, statements, visitor, warm_up

pytestmark = [pytest.mark.req("R-2.6.8.5"), pytest.mark.usefixtures("time", "as_in_the_server")]


async def seen(actor, after: str = "", most: int = rules.PAGE):
    async with db.reading() as session:
        return await security_history.view_history(session, actor=actor, after=after, most=most)


def test_everything_that_is_shown_has_a_word():
    assert set(rules.SHOWN) <= set(ACTIONS)
    assert len(rules.SHOWN) == len(set(rules.SHOWN))


async def test_logins_right_and_wrong_are_there_newest_first_in_one_statement(world, unit, agent, time):
    assert not await opens("", AGENT, "Wrong-12-pass")
    time.pass_by(seconds=5)
    mine = await entered(world, AGENT, OTHER_PASSWORD)
    await warm_up()
    with statements() as asked:
        page = await seen(mine)
    assert len(asked) == 1
    told = [(row.what, row.result, row.tone) for row in page.rows if row.what in ("登录", "进入系统")]
    assert set(told[:2]) == {("进入系统", "成功", "ok"), ("登录", "成功", "ok")}
    assert ("登录", "不正确", "warn") in told
    assert {row.whom for row in page.rows} == {"个人"}
    assert all(row.place.startswith("外网") for row in page.rows[:2])


async def test_what_changed_is_there_and_nothing_of_the_details(world, unit):
    mine = await entered(world, BOSS, PASSWORD, UNIT.uscc)
    await changed(world, mine, human(61).mobile)
    page = await seen(mine)
    assert {"修改手机", "更换手机号"} <= {row.what for row in page.rows}
    assert not [secret for secret in (BOSS.mobile, human(61).mobile, BOSS.name) if secret in str(page)]


@pytest.mark.req("R-2.6.6.5")
async def test_a_session_by_the_unit_s_password_sees_that_unit_alone(world, unit, agent):
    await world.set_unit_password(unit, agent.person_id, PASSWORD)
    await entered(world, AGENT, OTHER_PASSWORD, "", "office")
    by_unit = await entered(world, AGENT, PASSWORD, UNIT.uscc)
    assert {row.whom for row in (await seen(by_unit)).rows} == {UNIT.name}
    personal = await entered(world, AGENT, OTHER_PASSWORD, "", "phone")
    assert {row.whom for row in (await seen(personal)).rows} >= {UNIT.name, "个人"}


async def test_nobody_else_s_events(world, unit, agent, school):
    mine = await entered(world, AGENT, OTHER_PASSWORD)
    count = len((await seen(mine, most=100)).rows)
    await entered(world, BOSS, PASSWORD, UNIT.uscc)
    assert len((await seen(mine, most=100)).rows) == count
    assert await seen(visitor()) is None
    assert await seen(replace(mine, must_change=True)) is None
    hers = await who(await with_own_password(world, school, HER))
    assert await seen(hers) is None


async def test_pages_follow_each_other_and_miss_nothing_while_rows_come_in(world, unit, agent):
    mine = await entered(world, AGENT, OTHER_PASSWORD)

    async def write(count: int) -> None:
        async with db.unit_of_work() as session:
            for number in range(count):
                audit.record(session, actor=mine, action="session.others", result=f"N{number:02d}")

    await write(45)
    first = await seen(mine)
    await write(3)
    second = await seen(mine, first.next)
    third = await seen(mine, second.next)
    got = [row.result for page in (first, second, third) for row in page.rows if row.result.startswith("N")]
    assert (len(first.rows), len(second.rows)) == (rules.PAGE, rules.PAGE)
    assert len(got) == len(set(got)) == 45
    assert (await seen(mine, "nonsense~")).rows[0] == (await seen(mine)).rows[0], "what is no place is the beginning"
