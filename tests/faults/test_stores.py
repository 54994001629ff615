"""Redis and PostgreSQL are killed: whoever is at work hears so, health names it, and it goes on without a restart."""

import asyncio

import httpx
import pytest
from playwright.async_api import expect

from tests.e2e.browser import Visitor
from tests.faults.conftest import CUT, FAILED, SERVERS, Applicant, Hall, load_of
from tests.support.servers import PostgreSQL, RedisServer, hanging

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.2.8")]
STORES = ("redis", "database")
OURS = (f"/files/{'0' * 32}", "/sitemap.xml")
"""Routes of ours that ask the database."""
NOT_DONE = "页面已重新载入，刚才的操作没有执行，请核对内容后重新提交。"
RESTLESS = 60
"""More lines about failed events than a handful of people can cause; one that fails again and again has thousands."""


def store_of(hall: Hall, name: str) -> PostgreSQL | RedisServer:
    return hall.states if name == "redis" else hall.store


def failures(hall: Hall) -> int:
    return hall.log.count("event.failed")


@pytest.mark.parametrize("name", STORES)
async def test_what_is_pressed_while_it_is_away_is_answered_with_a_sentence(
    visitor: Visitor, applicant: Applicant, name: str
) -> None:
    """The page stays, says that it did not work and under which number, and does it once the store is back."""
    hall, store = applicant.hall, store_of(applicant.hall, name)
    (case_id,) = hall.put_drafts(1)
    await visitor.open(f"/applications/{case_id}")
    await visitor.page.get_by_label("本单位承诺所填内容真实").check()
    before = failures(hall)
    await asyncio.to_thread(store.kill)
    await visitor.press("提交申报")
    await visitor.sees(FAILED, "客服编号")
    assert failures(hall) - before < RESTLESS
    others = {"redis", "database"} - {name}
    for server in SERVERS:
        status, said = await asyncio.to_thread(hall.health, server)
        assert (status, said["status"], said[name]) == (503, "down", "down")
        assert {said[one] for one in others} == {"ok"}
    await asyncio.to_thread(store.start)
    await asyncio.to_thread(hall.until_health, status="ok")
    await expect(visitor.page.get_by_text(CUT)).to_have_count(0)
    await expect(visitor.button("提交申报")).to_be_enabled()
    await expect(visitor.page.get_by_label("本单位承诺所填内容真实")).to_be_checked()
    await visitor.press("提交申报")
    done, not_done = (visitor.page.get_by_text(text).first for text in ("申报已提交", NOT_DONE))
    await expect(done.or_(not_done).first).to_be_visible()
    if name == "redis" and not await done.is_visible():  # the state of the page was lost with it
        await visitor.press("提交申报")
    await visitor.sees("申报已提交")
    hall.assert_submitted_once([case_id])


@pytest.mark.parametrize("name", STORES)
async def test_killed_under_load_nothing_is_lost_or_doubled(applicant: Applicant, name: str) -> None:
    hall, store = applicant.hall, store_of(applicant.hall, name)
    load = load_of(applicant, drafts=18)
    before = failures(hall)
    load.begin()
    await load.more()
    await asyncio.to_thread(store.kill)
    await asyncio.sleep(1)
    if name == "database":
        async with httpx.AsyncClient(base_url=hall.origin, trust_env=False, timeout=20) as client:
            for path in OURS:
                answer = await client.get(path, headers={"Cookie": applicant.browser.cookie})
                assert (answer.status_code, "稍后再试" in answer.text) == (503, True), (path, answer.text)
    await asyncio.to_thread(store.start)
    heard = await load.end()
    assert heard, "nobody noticed"
    assert failures(hall) - before < RESTLESS + len(heard)
    await asyncio.to_thread(hall.until_health, status="ok")


@pytest.mark.parametrize("name", STORES)
async def test_hanging_under_load_nothing_is_lost_or_doubled(applicant: Applicant, name: str) -> None:
    """It stands still and answers nothing. Health says so in time, and all goes on where it was."""
    hall, store = applicant.hall, store_of(applicant.hall, name)
    load = load_of(applicant, drafts=18)
    before = failures(hall)
    load.begin()
    await load.more()
    with hanging(store):
        for server in SERVERS:
            status, said = await asyncio.to_thread(hall.health, server)
            assert (status, said["status"], said[name]) == (503, "down", "down")
        done = len(load.done)
        await asyncio.sleep(3)
        assert len(load.done) == done, "nothing is done without it"
    await load.more()
    heard = await load.end()
    assert failures(hall) - before < RESTLESS + len(heard)
    await asyncio.to_thread(hall.until_health, status="ok")


async def test_whoever_comes_while_redis_is_away_is_told_and_needs_no_reload(
    visitor: Visitor, applicant: Applicant
) -> None:
    """A page that cannot be filled says so; once Redis is there it fills itself."""
    hall = applicant.hall
    (case_id,) = hall.put_drafts(1)
    before = failures(hall)
    await asyncio.to_thread(hall.states.kill)
    await visitor.page.goto(f"/applications/{case_id}")
    said = visitor.page.get_by_text(CUT).or_(visitor.page.get_by_text(FAILED))
    await expect(said.first).to_be_visible()
    await asyncio.sleep(2)  # some more tries
    assert failures(hall) - before < RESTLESS
    await asyncio.to_thread(hall.states.start)
    await visitor.sees("提交申报")
    await expect(said).to_have_count(0)


async def test_a_page_that_slept_while_redis_was_emptied_is_not_emptied(visitor: Visitor, applicant: Applicant) -> None:
    """Nobody pressed anything meanwhile. What is pressed afterwards is not done in an empty state; that is said."""
    hall = applicant.hall
    (case_id,) = hall.put_drafts(1)
    await visitor.open(f"/applications/{case_id}")
    promise = visitor.page.get_by_label("本单位承诺所填内容真实")
    await promise.check()
    await asyncio.to_thread(hall.states.kill)
    await asyncio.to_thread(hall.states.start)
    await asyncio.to_thread(hall.until_health, redis="ok")
    heard = len(visitor.frames)
    await visitor.press("提交申报")
    await visitor.sees(NOT_DONE)
    await visitor.filled(since=heard)
    await expect(promise).to_be_checked()
    assert "没有这份草稿" not in "".join(visitor.frames[heard:])
    await visitor.press("提交申报")
    await visitor.sees("申报已提交")
    hall.assert_submitted_once([case_id])
