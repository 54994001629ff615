"""The slider puzzle in the browser: by hand, by keys, by a code; and what a script gets (R-2.4.7, R-2.5.2, R-2.5.6)."""

import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.domain.puzzles import FARTHEST
from jsrs_portal.puzzle_picture import place
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import drag, fill_login, read_code, solve_puzzle
from tests.e2e.test_pages import examine

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.4.7")]
MISSED = "没有对准缺口，请再试一次。"


async def at_the_puzzle(visitor: Visitor) -> None:
    """Fail three times, then type the right password."""
    await visitor.open("/login")
    for n in range(3):
        await fill_login(visitor, DEMO_UNIT.uscc, DEMO_PERSON.mobile, f"Wrong-{n}-words")
        await expect(visitor.page.get_by_text("密码不正确")).to_be_visible()
        await expect(visitor.button("登录").last).to_be_enabled()
    await fill_login(visitor, DEMO_UNIT.uscc, DEMO_PERSON.mobile, DEMO_PASSWORD)
    await visitor.sees("拖动下方滑块完成拼图")


def open_puzzles(visitor: Visitor) -> list[str]:
    """Return the seeds of what may be answered now."""
    return [seed for (seed,) in visitor.database.rows("SELECT seed FROM puzzles WHERE state = 'OPEN'")]


@pytest.mark.req("R-2.5.2")
async def test_by_hand_and_the_login_goes_on_by_itself(visitor: Visitor) -> None:
    await at_the_puzzle(visitor)
    (first,) = open_puzzles(visitor)
    await expect(visitor.page.locator("dialog img")).to_have_count(2)
    assert await visitor.page.locator("dialog img").evaluate_all(
        "(all) => Promise.all(all.map(async (one) => (await one.decode(), one.naturalWidth)))"
    ) == [640, 112]
    await examine(visitor, "puzzle")
    await visitor.page.set_viewport_size({"width": 1440, "height": 900})
    target = place(first)[0]
    await drag(visitor, target - 20)
    await visitor.page.mouse.up()
    await visitor.sees(MISSED)
    (second,) = open_puzzles(visitor)
    assert second != first
    await visitor.press("换一张")
    await visitor.until(lambda: open_puzzles(visitor) not in ([second], []), "another picture")
    await expect(visitor.page.get_by_text(MISSED)).to_be_hidden()
    visitor.never_received(first, second)
    await solve_puzzle(visitor)
    await visitor.arrived("/unit")
    await visitor.sees("当前登录人")


@pytest.mark.req("R-2.5.2")
async def test_a_straight_line_at_constant_speed_is_not_believed(visitor: Visitor) -> None:
    await at_the_puzzle(visitor)
    (seed,) = open_puzzles(visitor)
    await visitor.page.get_by_role("slider").evaluate(
        """async (slider, target) => {
            const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
            slider.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}));
            const began = performance.now();
            for (let x = 0; x < target;) {
                await new Promise((done) => setTimeout(done, 16));
                x = Math.min(target, Math.round((performance.now() - began) * target / 900));
                set.call(slider, x);
                slider.dispatchEvent(new Event('input', {bubbles: true}));
            }
            slider.dispatchEvent(new PointerEvent('pointerup', {bubbles: true}));
        }""",
        place(seed)[0],
    )
    await visitor.sees(MISSED)
    visitor.stored([("FAILED",)], "SELECT state FROM puzzles WHERE seed = ?", seed)
    assert visitor.path == "/login"


@pytest.mark.req("R-2.5.6")
async def test_by_keyboard_alone(visitor: Visitor) -> None:
    await at_the_puzzle(visitor)
    slider, keyboard = visitor.page.get_by_role("slider"), visitor.page.keyboard
    await expect(slider).to_be_enabled()
    ((seed,),) = [open_puzzles(visitor)]
    await slider.focus()
    target = place(seed)[0]
    value = 0
    while target - value >= 8 and value < FARTHEST:
        await keyboard.press("PageUp" if target - value > 40 else "ArrowRight")
        value = int(await slider.input_value())
    await visitor.page.wait_for_timeout(400)
    while value < target:
        await keyboard.press("ArrowRight")
        value = int(await slider.input_value())
    await expect(visitor.button("确认位置")).to_be_visible()
    await keyboard.press("Enter")
    await visitor.arrived("/unit")


@pytest.mark.req("R-2.5.6")
async def test_a_code_on_ones_phone_instead_of_the_picture(arrive: Arrive) -> None:
    visitor, phone = await arrive(), await arrive()
    mobile = "13912349911"
    await at_the_puzzle(visitor)
    await visitor.press("看不清图片？改用短信验证")
    await visitor.press("获取验证码")
    await visitor.sees("请填写手机号。")
    await visitor.fill(接收验证码的手机号=mobile)
    await visitor.press("获取验证码")
    await visitor.sees("后可重新获取")
    await examine(visitor, "puzzle-code")
    await visitor.fill(短信验证码="000000")
    await visitor.press("确定")
    await visitor.sees("验证码不正确或已失效")
    await visitor.fill(短信验证码=await read_code(phone, mobile))
    await visitor.press("确定")
    await visitor.arrived("/unit")


async def test_the_pictures_are_for_this_browser_only(arrive: Arrive) -> None:
    visitor, other = await arrive(), await arrive()
    await at_the_puzzle(visitor)
    source = await visitor.page.locator("dialog img").first.get_attribute("src")
    assert source
    assert (await visitor.context.request.get(source)).ok
    assert (await other.context.request.get(source)).status == 404
    await visitor.press("关闭")
    await expect(visitor.page.get_by_role("slider")).to_be_hidden()
    assert visitor.path == "/login"
