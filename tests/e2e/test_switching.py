"""Going to another role in the browser: a password of its own is asked for on the spot (R-2.4.9)."""

import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_ADMIN, DEMO_PASSWORD, DEMO_UNIT
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_person, log_in_unit, solve_puzzle
from tests.e2e.test_crash import crash, restart
from tests.e2e.test_pages import examine

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.req("R-2.4.9")
async def test_a_role_with_a_password_of_its_own_asks_for_it(arrive: Arrive) -> None:
    visitor = await arrive()
    await log_in_person(visitor)
    await visitor.open("/choose")
    await visitor.sees("进入时须输入单位密码", DEMO_UNIT.name)
    entry = visitor.button(f"进入：{DEMO_UNIT.name}")
    await entry.click()
    dialog = visitor.page.get_by_role("dialog", name="请输入密码")
    password, enter = dialog.get_by_label("单位密码"), dialog.get_by_role("button", name="进入", exact=True)
    await expect(password).to_be_visible()
    await examine(visitor, "choose-password")
    await enter.click()
    await expect(dialog.get_by_role("group", name="请先改正以下内容")).to_be_focused()
    await password.fill("Wrong-words-7")
    await password.press("Enter")
    await expect(dialog).to_contain_text("密码不正确")
    await visitor.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(entry).to_be_focused()
    await entry.click()
    await password.fill(DEMO_PASSWORD)
    await enter.click()
    await visitor.arrived("/unit")
    await visitor.sees("当前登录人", "法定代表人")
    # Back to oneself by the own password: the unit's does not open the personal centre.
    await visitor.open("/choose")
    await visitor.sees("进入时须输入个人密码")
    await visitor.press("进入：以个人身份办事")
    await dialog.get_by_label("个人密码").fill(DEMO_PASSWORD)
    await enter.click()
    await visitor.arrived("/my")
    await visitor.sees("个人信息")


@pytest.mark.req("R-2.4.7", "R-2.4.9")
async def test_after_three_wrong_passwords_of_a_role_a_puzzle_comes_first(arrive: Arrive) -> None:
    visitor = await arrive()
    await log_in_person(visitor)
    await visitor.open("/choose")
    await visitor.press(f"进入：{DEMO_UNIT.name}")
    dialog = visitor.page.get_by_role("dialog", name="请输入密码")
    for attempt in range(3):
        await dialog.get_by_label("单位密码").fill(f"Wrong-words-{attempt}")
        await dialog.get_by_role("button", name="进入", exact=True).click()
        await expect(dialog.get_by_text("密码不正确")).to_be_visible()
        await expect(dialog.get_by_role("button", name="进入", exact=True)).to_be_enabled()
    await dialog.get_by_label("单位密码").fill(DEMO_PASSWORD)
    await dialog.get_by_role("button", name="进入", exact=True).click()
    await solve_puzzle(visitor)
    await visitor.arrived("/unit")


@pytest.mark.req("R-2.4.9")
async def test_a_page_whose_connection_comes_back_in_another_role_covers_itself(arrive: Arrive) -> None:
    """The new connection brings the new cookie, and with it the other role's data into a page of the former."""
    visitor = await arrive()
    await log_in_unit(visitor, identifier=DEMO_ADMIN.mobile)
    await visitor.open("/services")
    other = await visitor.another_tab()
    await other.open("/choose")
    await other.press("进入：以个人身份办事")
    await other.arrived("/my")
    await crash(visitor, other)
    await restart(visitor)
    told = visitor.page.get_by_role("alertdialog", name="身份已切换")
    await expect(told.get_by_role("button", name="刷新")).to_be_visible()
    await expect(other.page.get_by_role("alertdialog")).to_have_count(0)
