"""单位主页 and 个人中心 in the browser (R-2.6.1, R-2.6.8)."""

import json
import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from jsrs_portal import clock
from jsrs_portal.catalog.demo import DEMO_AGENT, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.catalog.shipped import taxonomy
from jsrs_portal.services.people import mobile_index
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_person, log_in_unit
from tests.e2e.test_pages import examine

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.req("R-2.6.1.2", "R-2.6.1.3")
async def test_the_home_recommends_lists_and_names_what_comes_next(arrive: Arrive) -> None:
    visitor = await arrive()
    await log_in_unit(visitor, identifier=DEMO_PERSON.mobile)
    main = visitor.page.locator("main")
    for label, group in (("办理中", "open"), ("已办结", "done"), ("待评价", "rate")):
        link = main.get_by_role("link", name=re.compile(f"^{label}"))
        await expect(link).to_have_attribute("href", f"/unit/cases?status={group}")
    ending = main.locator("li").filter(has_text="的授权即将到期")
    query = "SELECT valid_from, valid_until FROM grants WHERE status = 'GRANTED' AND valid_until BETWEEN ? AND ?"
    soon = visitor.database.rows(query, str(clock.today()), str(clock.today() + timedelta(days=30)))
    await expect(ending).to_have_count(sum(since is None or since <= str(clock.today()) for since, _ in soon))
    await visitor.sees("推荐", "办事", "查询", "收藏", inside=main)
    rows = main.locator("li").filter(has=visitor.page.get_by_role("link", name="指南"))
    await expect(rows.first).to_contain_text("（办事）")
    await examine(visitor, "unit-home")
    await visitor.press("查询")
    await expect(rows.filter(has_text="（办事）")).to_have_count(0)
    await visitor.sees("事业单位离休人员补贴核定情况查询（查询）")
    await visitor.press("办事")
    await expect(rows).to_have_count(20)
    await visitor.press("显示更多事项")
    await expect(rows.nth(25)).to_be_visible()
    await visitor.press("收藏")
    await visitor.sees("还没有收藏事项")
    await examine(visitor, "unit-home-kept")


@pytest.mark.req("R-2.6.5.5")
async def test_an_agent_is_recommended_what_the_grant_covers(arrive: Arrive) -> None:
    visitor = await arrive()
    await log_in_unit(visitor, identifier=DEMO_AGENT.mobile)
    main = visitor.page.locator("main")
    rows = main.locator("li").filter(has=visitor.page.get_by_role("link", name="指南"))
    await expect(rows.first).to_be_visible()
    query = "SELECT scope FROM grants JOIN persons ON persons.id = person_id WHERE role = 'AGENT' AND mobile_index = ?"
    ((scope,),) = visitor.database.rows(query, mobile_index(DEMO_AGENT.mobile))
    named = {group.name for group in taxonomy().categories if group.key in json.loads(scope)["categories"]}
    for text in await rows.all_inner_texts():
        assert any(name in text for name in named), text


@pytest.mark.req("R-2.6.8.0")
async def test_the_personal_centre_says_in_whose_name_and_until_when(arrive: Arrive) -> None:
    visitor = await arrive()
    await log_in_unit(visitor, identifier=DEMO_AGENT.mobile)
    await visitor.open("/my")
    await visitor.sees("我可以代表的单位和机构", DEMO_UNIT.name, "经办人", "当前身份")
    await examine(visitor, "my-roles")
    visitor.never_received(DEMO_AGENT.name, DEMO_AGENT.id_number, DEMO_AGENT.mobile)
    alone = await arrive()
    await log_in_person(alone)
    await alone.sees("还没有收藏事项")
    await examine(alone, "my-alone")
