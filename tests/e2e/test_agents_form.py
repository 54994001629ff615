"""The dialogs of 经办人管理 under the hands of somebody: focus, messages, what is begun and left (R-2.6.5.2)."""

import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_PASSWORD
from tests.e2e.conftest import Arrive
from tests.e2e.test_agents import EXPIRED, at_work, fill_grant, row_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
ASKED = "填写的内容还没有提交，关闭后不会保留。确定关闭吗？"


@pytest.mark.req("R-2.6.5.2")
async def test_the_focus_follows_from_the_form_to_the_sentence_and_back_and_to_the_message(arrive: Arrive) -> None:
    visitor = await at_work(arrive)
    await visitor.press("开通授权")
    await visitor.press("开通经办人")
    await fill_grant(visitor, EXPIRED)
    await visitor.page.get_by_label("社会保险", exact=True).check()
    await visitor.press("提交")
    await expect(visitor.page.locator("#grant-sentence")).to_be_focused()
    await visitor.press("返回修改")
    await expect(visitor.field("姓名")).to_be_focused()
    await expect(visitor.field("姓名")).to_have_value(EXPIRED.name)
    await visitor.press("提交")
    await visitor.press("确认授权")
    message = visitor.page.get_by_role("status").filter(has_text="授权已开通，并已通知对方。")
    await expect(message).to_be_visible()
    await expect(message.locator("[tabindex='-1']")).to_be_focused()
    # It stays while nothing is done, and goes with the next thing.
    row = row_of(visitor, EXPIRED.name).filter(has_text="有效").first
    await row.get_by_role("button", name="收回").click()
    await expect(message).to_have_count(0)
    await visitor.press("确认收回")
    done = visitor.page.get_by_role("status").filter(has_text="授权已收回")
    await expect(done).to_be_visible()
    await visitor.link("单位主页").click()
    await visitor.arrived("/unit")
    await expect(done).to_have_count(0)


@pytest.mark.req("R-2.6.5.2")
async def test_a_form_that_was_begun_is_not_thrown_away_unasked(arrive: Arrive) -> None:
    visitor = await at_work(arrive)
    await visitor.press("开通授权")
    await visitor.press("开通经办人")
    dialog = visitor.page.get_by_role("dialog", name="开通授权")
    await expect(dialog).to_be_visible()
    await visitor.press("取消")
    await expect(dialog).to_be_hidden()
    await visitor.press("开通经办人")
    await visitor.field("姓名").fill("白")
    for leave in ("取消", "关闭"):
        await visitor.press(leave)
        await visitor.sees(ASKED)
        await expect(visitor.button("继续填写")).to_be_focused()
        await visitor.press("继续填写")
        await expect(visitor.field("姓名")).to_have_value("白")
    await visitor.field("姓名").press("Escape")
    await visitor.sees(ASKED)
    await visitor.press("放弃并关闭")
    await expect(dialog).to_be_hidden()
    await visitor.press("开通经办人")
    await expect(visitor.field("姓名")).to_have_value("")


@pytest.mark.req("R-2.6.5.2")
async def test_a_dialog_in_a_narrow_window_has_a_margin_at_both_sides(arrive: Arrive) -> None:
    visitor = await at_work(arrive)
    await visitor.page.set_viewport_size({"width": 360, "height": 740})
    await visitor.press("开通授权")
    await visitor.press("开通经办人")
    box = await visitor.page.get_by_role("dialog", name="开通授权").bounding_box()
    assert box is not None
    assert box["x"] >= 8
    assert box["x"] + box["width"] <= 352


@pytest.mark.req("R-2.4.9")
async def test_a_tab_whose_role_was_left_in_another_says_so_and_does_nothing(arrive: Arrive) -> None:
    visitor = await at_work(arrive)
    await visitor.press("开通授权")
    other = await visitor.another_tab()
    await other.open("/choose")
    await other.press("进入：以个人身份办事")
    await other.page.get_by_label("个人密码").fill(DEMO_PASSWORD)
    await other.page.get_by_role("dialog").get_by_role("button", name="进入", exact=True).click()
    await other.arrived("/my")
    grants = visitor.database.rows("SELECT count(*) FROM grants")
    await visitor.button("开通经办人").dispatch_event("click")  # whether or not it is covered already
    told = visitor.page.get_by_role("alertdialog", name="身份已切换")
    await expect(told).to_contain_text("您已在其他窗口切换身份")
    await expect(told.get_by_role("button")).to_have_text(["刷新"])
    await visitor.page.keyboard.press("Escape")
    await expect(told).to_be_visible()
    visitor.stored(grants, "SELECT count(*) FROM grants")
    await told.get_by_role("button", name="刷新").click()
    await visitor.arrived("/refused")
    await visitor.sees("您当前的身份不能进行该操作")
