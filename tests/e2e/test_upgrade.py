"""地市历史用户升级 in the browser: three systems, several units, what is refused, and the login afterwards (R-2.3)."""

import re

import httpx
import pytest
from playwright.async_api import Locator, expect

from jsrs_portal.catalog.demo import DEMO_ADMIN, DEMO_AGENT
from jsrs_portal.catalog.demo_legacy import (
    DEMO_LEGACY_HALL,
    DEMO_LEGACY_INSURANCE,
    DEMO_LEGACY_PASSWORD,
    DEMO_LEGACY_TAIZHOU,
    DemoLegacyAccount,
    DemoLegacyUnit,
)
from jsrs_portal.domain.legacy import NO_ADMIN, OTHER_NAME, SAME_PERSON, UPGRADED, WRONG
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_unit, solve_puzzle
from tests.e2e.test_pages import examine

pytestmark = pytest.mark.asyncio(loop_scope="session")

HALL, INSURANCE, TAIZHOU = (
    "江苏省人社网办大厅",
    "江苏省社会保险基金管理中心网上业务大厅",
    "泰州市人社网办大厅",
)
LEGAL_PHONE = "13912340301"
NEW = "Willow-46!tram"


def dialog(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("dialog", name="升级说明")


async def begin(visitor: Visitor) -> None:
    """Open the page and take note of what it explains."""
    await visitor.open("/upgrade")
    await dialog(visitor).get_by_role("button", name="我已知晓").click()
    await expect(dialog(visitor)).to_be_hidden()
    await expect(visitor.page.locator("#main")).to_be_focused()


def step(visitor: Visitor, name: str) -> Locator:
    """Return a step of the wizard."""
    return visitor.page.get_by_role("group", name=f"地市历史用户升级：{name}")


async def choose(visitor: Visitor, system: str) -> None:
    """Click a card."""
    await visitor.page.get_by_role("button", name=system).click()
    await visitor.field("原用户名").wait_for()


async def prove(visitor: Visitor, username: str, password: str = DEMO_LEGACY_PASSWORD, number: str = "") -> None:
    """Do step 2."""
    await visitor.fill(原用户名=username, 原密码=password, **({"单位编号": number} if number else {}))
    await visitor.press("下一步")


async def confirm(visitor: Visitor, unit: DemoLegacyUnit) -> None:
    """Do step 3: what is shown is the unit's, masked."""
    await visitor.field("法人联系电话").wait_for()
    await visitor.sees(unit.name, unit.uscc, f"{unit.legal_name[0]}**", "*" * 15 + unit.legal_id_number[-4:])
    await visitor.fill(法人联系电话=LEGAL_PHONE)
    await visitor.press("确认，下一步")
    await visitor.field("管理员姓名").wait_for()
    await expect(step(visitor, "设置管理员")).to_be_focused()


async def appoint(visitor: Visitor, **other: str) -> None:
    """Do step 4; ``other`` by label."""
    typed = {
        "管理员证件号码": DEMO_ADMIN.id_number,
        "管理员姓名": DEMO_ADMIN.name,
        "管理员移动电话": DEMO_ADMIN.mobile,
        "管理员密码": NEW,
        "确认密码": NEW,
    }
    await visitor.fill(**(typed | other))
    await visitor.press("下一步")


async def to_admin(visitor: Visitor, system: str, account: DemoLegacyAccount) -> None:
    """Do everything up to step 4."""
    await begin(visitor)
    await choose(visitor, system)
    await prove(visitor, account.username)
    await confirm(visitor, account.units[0])


async def new_number(visitor: Visitor) -> str:
    """Return the number on the last page."""
    await visitor.sees("历史用户升级成功，请使用新单位编号", "前往登录")
    return await visitor.page.get_by_text(re.compile(r"^32\d{10}$")).last.inner_text()


@pytest.mark.req("R-2.3.1", "R-2.3.2", "R-2.3.3", "R-2.3.4", "R-2.3.5", "R-2.3.6", "R-2.3.7", "R-2.3.8")
async def test_from_the_login_to_the_unit_centre(arrive: Arrive) -> None:
    """An imported account, every state looked at; then in by USCC and by the new number."""
    visitor, unit = await arrive(), DEMO_LEGACY_HALL.units[0]
    await visitor.open("/login")
    await visitor.follow("地市历史用户升级", "/upgrade")
    await visitor.heading("地市历史用户升级")
    for point in ("适用范围：", "信息核验：", "设置单位管理员：", "登录大厅："):
        await expect(dialog(visitor).get_by_text(point)).to_be_visible()
    await examine(visitor, "upgrade-explained")
    await visitor.page.set_viewport_size({"width": 1440, "height": 900})
    await dialog(visitor).get_by_role("button", name="我已知晓").click()
    await visitor.sees("选择历史系统", "校验历史账户", "确认法人信息", "设置管理员", "完成升级")
    await visitor.sees("已有帐号,去登录", "快捷方式登录", "如何申领 CA", HALL, INSURANCE, TAIZHOU)
    await expect(visitor.page.locator("main img")).to_have_count(3)
    await examine(visitor, "upgrade-system")
    await visitor.page.set_viewport_size({"width": 1440, "height": 900})
    await choose(visitor, HALL)
    await expect(visitor.field("单位编号")).to_be_hidden()
    await examine(visitor, "upgrade-account")
    await visitor.page.set_viewport_size({"width": 1440, "height": 900})
    await prove(visitor, DEMO_LEGACY_HALL.username)
    await visitor.field("法人联系电话").wait_for()
    await examine(visitor, "upgrade-legal")
    await visitor.page.set_viewport_size({"width": 1440, "height": 900})
    await confirm(visitor, unit)
    await examine(visitor, "upgrade-admin")
    await visitor.page.set_viewport_size({"width": 1440, "height": 900})
    await appoint(visitor)
    number = await new_number(visitor)
    await examine(visitor, "upgrade-done")
    await visitor.page.set_viewport_size({"width": 1440, "height": 900})
    visitor.never_received(unit.legal_id_number, unit.legal_name, LEGAL_PHONE, DEMO_LEGACY_PASSWORD, NEW)
    for account, identifier in ((unit.uscc, DEMO_ADMIN.mobile), (number, DEMO_ADMIN.id_number)):
        browser = await arrive()
        await log_in_unit(browser, account, identifier, NEW)
        await browser.sees(unit.name, "管理员")
    stored = "SELECT role, proven_at FROM grants JOIN units ON units.id = grants.unit_id WHERE uscc = ? ORDER BY role"
    assert visitor.database.rows(stored, unit.uscc) == [("ADMIN", None), ("LEGAL_REP", None)]


@pytest.mark.req("R-2.3.2", "R-2.3.3", "R-2.3.6")
async def test_several_units_in_a_system_that_is_asked(visitor: Visitor) -> None:
    first, second = DEMO_LEGACY_INSURANCE.units
    await begin(visitor)
    await choose(visitor, INSURANCE)
    await prove(visitor, DEMO_LEGACY_INSURANCE.username)
    await visitor.sees("该账户下有多个单位，请填写要升级的单位编号。")
    await expect(visitor.field("单位编号")).to_be_focused()
    await expect(visitor.field("单位编号")).to_have_attribute("aria-invalid", "false")
    await expect(visitor.page.locator("#errors")).to_be_hidden()
    await expect(visitor.field("原密码")).to_have_value(DEMO_LEGACY_PASSWORD)
    await visitor.reload()
    await expect(visitor.field("原用户名")).to_have_value(DEMO_LEGACY_INSURANCE.username)
    await visitor.fill(原密码=DEMO_LEGACY_PASSWORD)
    await visitor.press("下一步")
    await expect(visitor.page.locator("#errors")).to_be_focused()
    visitor.never_received(first.name, second.name)
    await visitor.fill(单位编号="0000000")
    await visitor.press("下一步")
    await visitor.sees("该账户下没有这个单位编号，请核对。")
    await examine(visitor, "upgrade-several", (360, 1440))
    await visitor.fill(单位编号=second.number)
    await visitor.press("下一步")
    await confirm(visitor, second)
    visitor.never_received(first.name)
    await appoint(visitor)
    number = await new_number(visitor)
    await visitor.sees("接下来", "法定代表人首次登录前须完成人脸认证", "法人联系电话用于联系法定代表人")
    await visitor.link("去登录").click()
    await visitor.arrived("/login")
    await expect(visitor.field("统一社会信用代码/单位编号/机构编号")).to_have_value(number)
    await log_in_unit(visitor, number, DEMO_ADMIN.mobile, NEW)
    await visitor.sees(second.name)


@pytest.mark.req("R-2.3.3", "R-2.3.6", "R-2.3.7")
async def test_a_user_name_that_is_the_credit_code_and_no_second_time(arrive: Arrive) -> None:
    visitor, unit = await arrive(), DEMO_LEGACY_TAIZHOU.units[0]
    await to_admin(visitor, TAIZHOU, DEMO_LEGACY_TAIZHOU)
    await appoint(visitor)
    await new_number(visitor)
    again = await arrive()
    await begin(again)
    await choose(again, TAIZHOU)
    await prove(again, unit.uscc, "wrong")
    await again.sees(WRONG)
    await expect(again.page.locator("#trouble")).to_be_focused()
    await prove(again, unit.uscc)
    await again.sees(UPGRADED)
    trouble = again.page.locator("#trouble")
    await expect(trouble).to_be_focused()
    await expect(trouble.get_by_role("link", name="去登录")).to_have_attribute("href", "/login")
    await expect(trouble.get_by_role("link", name="找回密码")).to_have_attribute("href", "/recover")
    again.never_received(unit.name, unit.legal_name)
    await visitor.press("升级其他单位")
    await visitor.sees("请选择单位原来使用的网上办事系统。")


@pytest.mark.req("R-2.3.7")
async def test_wrong_passwords_a_puzzle_and_the_lock(visitor: Visitor) -> None:
    await begin(visitor)
    await choose(visitor, HALL)
    for turn in range(5):
        await prove(visitor, DEMO_LEGACY_HALL.username, f"wrong {turn}")
        if turn >= 3:
            await visitor.sees("拖动下方滑块完成拼图")
            await solve_puzzle(visitor)
        await expect(visitor.page.get_by_text(WRONG)).to_be_visible()
        ((tries,),) = visitor.database.rows("SELECT count(*) FROM audit_entries WHERE action = 'upgrade.verify'")
        assert tries >= turn + 1
    await prove(visitor, DEMO_LEGACY_HALL.username)
    await visitor.sees("该历史账户已暂时锁定，请 15 分钟后再试。")


@pytest.mark.req("R-2.3.1", "R-2.3.3", "R-2.3.4")
async def test_left_and_resumed_back_and_changed(visitor: Visitor) -> None:
    unit = DEMO_LEGACY_HALL.units[0]
    await to_admin(visitor, HALL, DEMO_LEGACY_HALL)
    await visitor.reload()
    await visitor.field("管理员姓名").wait_for()
    await expect(dialog(visitor)).to_be_hidden()
    await visitor.press("上一步")
    await visitor.sees(unit.name, "已填写，不修改请留空。")
    await visitor.press("上一步")
    await visitor.sees(f"「{unit.name}」已通过校验，不修改请留空。")
    await visitor.press("下一步")
    await visitor.field("管理员姓名").wait_for()
    for _ in range(3):
        await visitor.press("上一步")
        await visitor.page.wait_for_timeout(300)
    card = visitor.page.get_by_role("button", name=HALL)
    await expect(card).to_have_attribute("aria-pressed", "true")
    await choose(visitor, TAIZHOU)
    await visitor.sees("该系统的原用户名一般为统一社会信用代码")
    await expect(visitor.page.get_by_text("已通过校验")).to_be_hidden()
    await visitor.page.set_viewport_size({"width": 768, "height": 900})
    await expect(visitor.page.get_by_text("第 2 步，共 5 步")).to_be_visible()
    await visitor.page.set_viewport_size({"width": 1440, "height": 900})
    await expect(visitor.page.get_by_text("第 2 步，共 5 步")).to_be_hidden()
    await visitor.press("清空并重新开始")
    await visitor.press("继续填写")
    await expect(visitor.field("原用户名")).to_be_visible()
    await visitor.press("查看升级说明")
    await expect(dialog(visitor)).to_be_visible()
    await visitor.page.keyboard.press("Escape")
    await expect(dialog(visitor)).to_be_hidden()


@pytest.mark.req("R-2.3.1")
async def test_in_large_print_on_a_phone_the_explanation_begins_at_its_beginning(visitor: Visitor) -> None:
    await visitor.page.set_viewport_size({"width": 360, "height": 640})
    await visitor.page.add_init_script("localStorage.setItem('print', 'large')")
    await visitor.open("/upgrade")
    heading = dialog(visitor).get_by_role("heading", name="升级说明")
    await expect(heading).to_be_focused()
    await expect(heading).to_be_in_viewport()


@pytest.mark.req("R-2.3.4", "R-2.2.2")
async def test_a_unit_that_the_registry_knows_otherwise_is_sent_on(visitor: Visitor) -> None:
    """A registry that does not answer is tried again; one that knows another name by now ends the upgrade."""
    unit, former = DEMO_LEGACY_HALL.units[0], "南京云栖旧名有限公司"
    visitor.database.execute("UPDATE legacy_units SET name = ? WHERE uscc = ?", former, unit.uscc)
    await begin(visitor)
    await choose(visitor, HALL)
    await prove(visitor, DEMO_LEGACY_HALL.username)
    await visitor.field("法人联系电话").wait_for()
    await visitor.sees(former, "企业登记库")
    await visitor.fill(法人联系电话=LEGAL_PHONE)
    order = {"mode": "error500", "times": 1}
    answer = httpx.post(f"{visitor.portal.sandbox}/_control/registry", json=order)  # noqa: ASYNC210
    assert answer.status_code == 200
    await visitor.press("确认，下一步")
    await visitor.sees("企业登记信息核验服务的答复无法确认")
    await expect(visitor.field("法人联系电话")).to_have_value(LEGAL_PHONE)
    await visitor.press("确认，下一步")
    await visitor.sees(OTHER_NAME)
    await examine(visitor, "upgrade-other-name", (360, 1440))
    visitor.never_received(unit.name, unit.legal_name)


@pytest.mark.req("R-2.3.5", "R-2.2.5")
async def test_an_administrator_who_does_not_match(visitor: Visitor) -> None:
    unit = DEMO_LEGACY_HALL.units[0]
    await to_admin(visitor, HALL, DEMO_LEGACY_HALL)
    for other in (
        {"管理员姓名": DEMO_AGENT.name},
        {"管理员移动电话": DEMO_AGENT.mobile},
        {"管理员证件号码": DEMO_AGENT.id_number},
    ):
        await appoint(visitor, **other)
        await visitor.sees(NO_ADMIN)
        trouble = visitor.page.locator("#trouble")
        await expect(trouble).to_be_focused()
        await expect(trouble).to_be_in_viewport()
        await expect(trouble.get_by_role("link", name="个人用户注册")).to_have_attribute("href", "/register/person")
        await visitor.reload()
        await visitor.field("管理员姓名").wait_for()
        await expect(visitor.page.get_by_text(NO_ADMIN)).to_be_hidden()
    await appoint(visitor, 管理员证件号码=unit.legal_id_number, 管理员姓名=unit.legal_name)
    await visitor.sees(SAME_PERSON)
    await expect(visitor.page.locator("main").get_by_role("link", name="单位注册", exact=True)).to_be_visible()
    await appoint(visitor, 管理员密码="", 确认密码="")
    await visitor.sees("请输入管理员密码。", "请再次输入密码。")
    await appoint(visitor, 管理员密码="weak", 确认密码="weak")
    await visitor.sees("密码太短，请设置8至20个字符。")
    await appoint(visitor, 确认密码=NEW + "x")
    await visitor.sees("两次输入的密码不一致，请重新输入。")
    await examine(visitor, "upgrade-refused", (360, 1440))
    await appoint(visitor)
    await new_number(visitor)
