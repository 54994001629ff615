"""The bell, the list of notices and the choice about SMS in the browser (R-2.1.3)."""

import re

import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_AGENT, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.settings import get_settings
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_person, log_in_unit
from tests.e2e.test_pages import examine

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.1.3")]


def bell(visitor: Visitor):
    return visitor.page.locator("header").get_by_role("link", name="通知").filter(visible=True)


async def change_grant(boss: Visitor) -> None:
    """Give the demonstration's agent one category more, and take it away again."""
    row = boss.page.locator("main li").filter(has_text=f"{DEMO_AGENT.name[0]}**").filter(has_text="经办人")
    await row.get_by_role("button", name="变更").first.click()
    box = boss.page.get_by_label("就业创业", exact=True)
    await box.set_checked(not await box.is_checked())
    await boss.press("保存变更")
    await boss.sees("授权已变更，并已通知对方。")


async def test_a_notice_arrives_in_an_open_page_and_is_read(arrive: Arrive) -> None:
    hers = await arrive()
    await hers.page.clock.install()
    await log_in_unit(hers, identifier=DEMO_AGENT.mobile)
    hers.database.change("DELETE FROM notices")  # among them one about this new device, when others came before
    await hers.open("/notices")
    await hers.sees("暂无通知")
    await examine(hers, "notices-empty")
    await hers.open("/unit")
    await expect(bell(hers)).to_have_accessible_name("通知")
    boss = await arrive()
    await log_in_unit(boss, identifier=DEMO_PERSON.mobile)
    await boss.open("/unit/agents")
    await change_grant(boss)
    await hers.page.clock.run_for(int(get_settings().notices_every_seconds * 1000) + 500)
    await hers.sees("您有新的通知，请从页面上方的「通知」查看。")
    await expect(bell(hers)).to_have_accessible_name(re.compile(r"^通知.*1 条未读$"))
    await change_grant(boss)
    await hers.reload()
    await expect(bell(hers)).to_contain_text("2")
    await bell(hers).click()
    await hers.arrived("/notices")
    await hers.sees("您的经办人授权已变更", f"{DEMO_UNIT.name}变更了您的经办人授权", "未读")
    await examine(hers, "notices")
    rows = hers.page.locator("main li").filter(has_text="您的经办人授权已变更")
    await rows.first.get_by_role("button", name="标为已读").click()
    await expect(rows.first.get_by_text("未读")).to_have_count(0)
    await hers.press("未读")
    await expect(rows).to_have_count(1)
    await hers.press("全部标为已读")
    await hers.sees("没有未读通知")
    await expect(bell(hers)).to_have_accessible_name("通知")
    await hers.press("全部")
    await hers.page.get_by_role("link", name="查看").first.click()
    await hers.arrived("/unit/agents")
    hers.never_received(DEMO_AGENT.id_number)


async def test_what_goes_to_the_phone_is_chosen_and_kept(arrive: Arrive) -> None:
    hers = await arrive()
    await log_in_person(hers)
    await hers.open("/notices")
    await hers.sees("短信提醒", "始终发送短信，不能关闭")
    box = hers.page.get_by_role("checkbox", name="授权：")
    await expect(box).to_be_checked()
    await box.uncheck()
    await hers.press("保存")
    await hers.sees("短信提醒设置已保存。")
    await examine(hers, "notices-choices")
    await hers.reload()
    await expect(box).not_to_be_checked()
    await box.check()
    await hers.press("保存")
    await hers.sees("短信提醒设置已保存。")


@pytest.mark.req("R-2.6.6.5")
async def test_a_units_password_shows_no_choice_about_the_persons_phone(arrive: Arrive) -> None:
    boss = await arrive()
    await log_in_unit(boss)
    await boss.open("/notices")
    await boss.sees("我的通知")
    await boss.does_not_see("短信提醒")
