"""工作人员平台 in the browser: two factors, four roles kept apart, what each does and what nobody may."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from jsrs_portal import clock
from jsrs_portal.catalog.demo import (
    DEMO_AGENT,
    DEMO_PASSWORD,
    DEMO_PERSON,
    DEMO_STAFF,
    DEMO_STAFF_PASSWORD,
    DEMO_UNIT,
)
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import staff as rules
from jsrs_portal.domain.login import WRONG
from jsrs_portal.domain.masking import mask_name, mask_phone, mask_resident_id
from jsrs_portal.domain.totp import code_of, step_at
from tests.e2e.browser import PHONE, Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import fill_login, log_in_unit
from tests.e2e.test_keyboard import tab_to
from tests.e2e.test_pages import EXAMPLES, STAFF, examine
from tests.support.portal import Portal

pytestmark = pytest.mark.asyncio(loop_scope="session")

OFFICER, SECURITY, AUDITOR, SYSTEM = DEMO_STAFF
NEW_NAME = "苏州望潮技能人才实训基地"
NEW_LOGIN = "wen.xin"
NEWCOMERS = f"(SELECT id FROM staff WHERE login = '{NEW_LOGIN}')"
PEOPLE = "('" + "', '".join((DEMO_PERSON.mobile, DEMO_AGENT.mobile)) + "')"


@pytest.fixture(autouse=True)
def as_before(portal: Portal, afresh: None) -> Iterator[None]:
    """Every one-time password may be used once more, nobody stays locked, and passwords are what they were."""
    portal.database.change("UPDATE staff SET totp_last_step = 0, status = 'ACTIVE', must_change = 0")
    names = ("password_hash", "binding", "totp_cipher", "enrolled", "void_after", "version")
    kept = portal.database.rows(f"SELECT {', '.join(names)}, id FROM staff")
    yield
    for values in kept:
        portal.database.execute(f"UPDATE staff SET {' = ?, '.join(names)} = ? WHERE id = ?", *values)
    portal.database.change(
        "UPDATE persons SET status = 'ACTIVE'",
        "UPDATE staff SET status = 'ACTIVE', must_change = 0, authorised = 1",
        f"DELETE FROM staff_sessions WHERE staff_id IN {NEWCOMERS}",
        f"DELETE FROM staff_tickets WHERE staff_id IN {NEWCOMERS}",
        f"DELETE FROM staff WHERE id IN {NEWCOMERS}",
        "DELETE FROM institutions WHERE registered_by != ''",
    )


def code(login: str) -> str:
    """Return what the authenticator of one of the demonstration's officers shows now."""
    secret = next(one.totp for one in DEMO_STAFF if one.login == login)
    return code_of(secret, step_at(clock.now()))


def address(route: str) -> str:
    """Return where a page is; one that shows something shows nothing there."""
    return EXAMPLES.get(route, (route,))[0]


async def fill_staff(visitor: Visitor, login: str, password: str = DEMO_STAFF_PASSWORD, typed: str = "") -> None:
    await visitor.fill(账号=login, 密码=password, 动态口令=typed or code(login))
    await visitor.press("登录")


async def at_work(arrive: Arrive, login: str, path: str = "/staff", **options: object) -> Visitor:
    """Log an officer in and open a page."""
    visitor = await arrive(**options)
    visitor.database.change(f"UPDATE staff SET totp_last_step = 0 WHERE login = '{login}'")
    await visitor.open("/staff/login")
    heard = len(visitor.frames)
    await fill_staff(visitor, login)
    await visitor.arrived("/staff")
    await visitor.filled(since=heard)  # what stands in the document before that takes no press yet
    await visitor.sees("您的每一次登录、查询和操作都会记入审计日志。")
    if path != "/staff":
        await visitor.open(path)
    return visitor


# Logging in


async def test_nothing_filled_in(visitor: Visitor) -> None:
    await visitor.open("/staff/login")
    await visitor.sees("officer", "演示账号（仅演示环境）")
    await examine(visitor, "staff-login")
    await visitor.press("登录")
    await visitor.refused(
        login="请输入账号。",
        password="请输入密码。",
        code="请输入动态口令；首次登录的，请输入授权码。",
    )
    await examine(visitor, "staff-login-errors", (360, 1440))


@pytest.mark.parametrize("wrong", ["account", "password", "code", "used code"])
async def test_whatever_is_wrong_the_answer_is_the_same(arrive: Arrive, wrong: str) -> None:
    visitor = await arrive()
    await visitor.open("/staff/login")
    used = code(OFFICER.login)
    if wrong == "used code":
        visitor.database.change(f"UPDATE staff SET totp_last_step = {step_at(clock.now()) + 2}")
    await fill_staff(
        visitor,
        "nobody" if wrong == "account" else OFFICER.login,
        "Wrong-2026-pass" if wrong == "password" else DEMO_STAFF_PASSWORD,
        f"{(int(used) + 1) % 1_000_000:06d}" if wrong == "code" else used,
    )
    await visitor.sees(rules.WRONG)
    visitor.stored([], "SELECT 1 FROM staff_tickets WHERE used_at IS NULL")


async def test_five_failures_lock_the_account(visitor: Visitor) -> None:
    await visitor.open("/staff/login")
    for _ in range(5):
        await fill_staff(visitor, OFFICER.login, "Wrong-2026-pass")
        await visitor.sees(rules.WRONG)
        await expect(visitor.button("登录")).to_be_enabled()
    await fill_staff(visitor, OFFICER.login)
    await visitor.sees(frequency.STAFF_TYPED.sentence.format(minutes=15))


async def test_a_login_by_keyboard_alone(visitor: Visitor) -> None:
    await visitor.open("/staff/login")
    keyboard = visitor.page.keyboard
    await tab_to(visitor, visitor.field("账号"))
    await keyboard.type(OFFICER.login)
    await tab_to(visitor, visitor.field("密码"), 1)
    await keyboard.type(DEMO_STAFF_PASSWORD)
    await tab_to(visitor, visitor.field("动态口令"), 2)
    await keyboard.type(code(OFFICER.login))
    await keyboard.press("Enter")
    await visitor.arrived("/staff")
    await visitor.heading("我的首页")
    await tab_to(visitor, visitor.page.get_by_role("button", name=OFFICER.login).filter(visible=True))
    await keyboard.press("Enter")
    await tab_to(visitor, visitor.button("退出登录"), 3)
    await keyboard.press("Enter")
    await visitor.arrived("/staff/login")
    await visitor.sees("您已安全退出")


@pytest.mark.parametrize("page", [page.route for page in STAFF if page.route not in ("/staff/login",)])
async def test_a_visitor_is_sent_to_the_officers_login(visitor: Visitor, page: str) -> None:
    await visitor.open(address(page), arrives_at="/staff/login")
    await visitor.heading("工作人员登录")


async def test_a_login_leads_to_where_one_was_going(visitor: Visitor) -> None:
    await visitor.open("/staff/search", arrives_at="/staff/login")
    await fill_staff(visitor, OFFICER.login)
    await visitor.arrived("/staff/search")
    await visitor.heading("单位和个人查询")


async def test_the_first_password_comes_before_everything(arrive: Arrive) -> None:
    visitor = await arrive()
    visitor.database.change(f"UPDATE staff SET must_change = 1 WHERE login = '{SYSTEM.login}'")
    await visitor.open("/staff/login")
    await fill_staff(visitor, SYSTEM.login)
    await visitor.arrived("/staff/password")
    await visitor.heading("修改初始密码")
    await examine(visitor, "staff-password")
    await visitor.open("/staff/accounts", arrives_at="/staff/password")
    await visitor.fill(初始密码=DEMO_STAFF_PASSWORD, 新密码="Short-1", 再次输入新密码="Other-1")
    await visitor.press("修改密码并进入")
    await visitor.refused(password="密码太短，请设置8至20个字符。", confirmation="两次输入的密码不一致，请重新输入。")
    await visitor.fill(初始密码=DEMO_STAFF_PASSWORD, 新密码="Meadow-71-kite", 再次输入新密码="Meadow-71-kite")
    await visitor.press("修改密码并进入")
    await visitor.arrived("/staff")
    await visitor.heading("我的首页")
    await visitor.sees("工作人员账号")


# The roles, and who is none of them


@pytest.mark.parametrize(
    ("login", "pages"),
    [
        (OFFICER.login, ["办件处理", "差评整改", "机构登记", "单位和个人查询", "我的账号"]),
        (SECURITY.login, ["单位和个人查询", "工作人员账号", "我的账号"]),
        (AUDITOR.login, ["审计日志", "我的账号"]),
        (SYSTEM.login, ["工作人员账号", "我的账号"]),
    ],
)
async def test_each_role_has_its_own_pages_and_no_other(arrive: Arrive, login: str, pages: list[str]) -> None:
    visitor = await at_work(arrive, login)
    menu = visitor.page.get_by_role("navigation", name="工作人员平台")
    shown = [re.compile(rf"{name}\s*(\d+\+?)?") for name in ("我的首页", *pages)]  # the number of what waits, if any
    await expect(menu.get_by_role("link")).to_have_text(shown)
    await examine(visitor, f"staff-home-{login}")
    for page in STAFF:
        if page.name not in (*pages, "工作人员平台", "工作人员登录"):
            await visitor.page.goto(address(page.route))
            await visitor.arrived("/refused")
    await visitor.page.goto("/unit")
    await visitor.arrived("/refused")
    await visitor.sees("您的岗位没有该操作的权限")
    await examine(visitor, f"staff-refused-{login}", (360, 1440))
    await visitor.follow("返回我的首页", "/staff")


async def test_nobody_is_officer_and_user_in_one_browser(arrive: Arrive) -> None:
    visitor = await arrive()
    await log_in_unit(visitor)
    await visitor.open("/staff", arrives_at="/refused")
    await visitor.sees("您当前的身份不能进行该操作。")
    await expect(visitor.link("返回大厅首页")).to_have_attribute("href", "/")
    await visitor.open("/staff/login")
    await fill_staff(visitor, OFFICER.login)
    await visitor.sees("当前浏览器已登录办事服务大厅。")


# 机构登记


@pytest.mark.req("R-2.6.6.1")
async def test_an_institution_is_registered_and_changed(arrive: Arrive) -> None:
    visitor = await at_work(arrive, OFFICER.login, "/staff/institutions")
    await visitor.sees("江苏望潮建设集团有限公司")
    await examine(visitor, "staff-institutions")
    await visitor.press("登记机构")
    await visitor.button("登记").click()
    await visitor.refused(
        unit="请填写统一社会信用代码或单位编号。",
        name="请填写机构名称，2至100个字。",
        kind="请选择机构类型。",
        level="请选择机构层级；您只能登记本级及以下的机构。",
        address="请填写机构地址，2至150个字。",
        region="请选择所在区域；您只能登记本区域及以下的机构。",
    )
    await visitor.fill(
        所属单位的统一社会信用代码或单位编号=DEMO_UNIT.uscc, 机构名称=NEW_NAME, 机构地址="姑苏区望潮路9号"
    )
    await visitor.field("机构类型").select_option(label="高技能人才培训基地")
    await visitor.field("机构层级").select_option(label="市级")
    await visitor.field("所在区域").select_option(label="苏州市")
    await examine(visitor, "staff-institution-form")
    await visitor.button("登记").click()
    await visitor.sees("已登记，机构编号 J32")
    row = visitor.page.get_by_role("list", name="机构", exact=True).get_by_role("listitem").filter(has_text=NEW_NAME)
    await expect(row).to_contain_text("未开通")
    await row.get_by_role("button", name=f"变更：{NEW_NAME}").click()
    await expect(visitor.field("机构名称")).to_have_value(NEW_NAME)
    await expect(visitor.field("机构类型")).to_have_value("skills_base")
    await visitor.fill(机构名称=f"{NEW_NAME}（新）")
    await visitor.field("机构类型").select_option(label="大师工作室")
    await visitor.press("保存变更")
    await visitor.sees("机构信息已变更。")
    await visitor.fill(**{"机构名称或编号（选填）": "实训基地（新"})
    await visitor.press("查询")
    await expect(visitor.page.get_by_role("list", name="机构", exact=True).get_by_role("listitem")).to_have_count(1)
    await visitor.fill(**{"机构名称或编号（选填）": "没有这样的机构"})
    await visitor.press("查询")
    await visitor.sees("没有名称或编号包含所填内容的机构")
    await examine(visitor, "staff-institutions-empty", (360, 1440))
    visitor.stored(
        [(f"{NEW_NAME}（新）", "master_studio", "CITY", "320500", "REGISTERED")],
        "SELECT name, kind, level, region, status FROM institutions WHERE registered_by != ''",
    )


async def test_two_officers_at_once_the_second_is_told(arrive: Arrive) -> None:
    first = await at_work(arrive, OFFICER.login, "/staff/institutions")
    second = await arrive(storage_state=await first.context.storage_state())
    await second.open("/staff/institutions")
    for visitor in (first, second):
        await visitor.page.get_by_role("button", name=re.compile("^变更：")).first.click()
        await expect(visitor.field("机构地址")).not_to_have_value("")
    kept = await first.field("机构地址").input_value()
    await first.fill(机构地址="建邺区望潮大道201号")
    await first.press("保存变更")
    await first.sees("机构信息已变更。")
    await second.fill(机构地址="建邺区望潮大道202号")
    await second.press("保存变更")
    await second.sees("该机构刚刚被他人变更，请核对最新内容后再操作。")
    await first.page.get_by_role("button", name=re.compile("^变更：")).first.click()
    await first.fill(机构地址=kept)
    await first.press("保存变更")
    await first.sees("机构信息已变更。")


# 查询


async def test_units_are_found_and_persons_masked_until_a_reason_is_given(arrive: Arrive) -> None:
    visitor = await at_work(arrive, OFFICER.login, "/staff/search")
    await visitor.fill(**{"统一社会信用代码、单位编号或单位名称": "望潮建设"})
    await visitor.press("查询")
    await visitor.sees("找到 1 个单位", DEMO_UNIT.uscc, DEMO_UNIT.registered_address)
    await examine(visitor, "staff-search-units")
    await visitor.press("个人")
    await visitor.fill(证件号码或移动电话="13900000000")
    await visitor.press("查询")
    await visitor.refused(identifier="没有找到，或不在您负责的区域：请核对后填写完整的证件号码或移动电话。")
    await visitor.fill(证件号码或移动电话=DEMO_AGENT.mobile)
    await visitor.press("查询")
    await visitor.sees(
        mask_name(DEMO_AGENT.name), mask_phone(DEMO_AGENT.mobile), mask_resident_id(DEMO_AGENT.id_number)
    )
    await visitor.sees("江苏望潮建设集团有限公司 · 经办人 · 有效")
    await expect(visitor.button("锁定")).to_have_count(0)
    await examine(visitor, "staff-search-person")
    visitor.never_received(DEMO_AGENT.name, DEMO_AGENT.id_number, DEMO_AGENT.mobile)
    await visitor.press("查看完整信息")
    await visitor.fill(原因="看看")
    await visitor.press("查看")
    await visitor.refused(reason="请写明原因，至少5个字；原因会记入审计日志。")
    visitor.never_received(DEMO_AGENT.name, DEMO_AGENT.id_number, DEMO_AGENT.mobile)
    await examine(visitor, "staff-unmask-reason", (360, 1440))
    await visitor.fill(原因="核对办件 2026-118 的联系人")
    await visitor.press("查看")
    await visitor.sees(DEMO_AGENT.name, DEMO_AGENT.id_number, DEMO_AGENT.mobile)
    await examine(visitor, "staff-unmasked")
    await visitor.press("关闭并隐藏")
    await expect(visitor.page.locator("body")).not_to_contain_text(DEMO_AGENT.id_number)
    await visitor.sees(mask_name(DEMO_AGENT.name))
    await visitor.never_contains(DEMO_AGENT.name, DEMO_AGENT.id_number)
    visitor.stored(
        [("OK",)], "SELECT result FROM audit_entries WHERE action = 'staff.unmask' ORDER BY created_at DESC LIMIT 1"
    )


# 锁定


async def test_a_locked_persons_sessions_end_at_once(arrive: Arrive) -> None:
    victim = await arrive()
    await log_in_unit(victim, identifier=DEMO_AGENT.mobile)
    visitor = await at_work(arrive, SECURITY.login, "/staff/search")
    await visitor.press("个人")
    await visitor.fill(证件号码或移动电话=DEMO_AGENT.id_number)
    await visitor.press("查询")
    await expect(visitor.button("查看完整信息")).to_have_count(0)
    await visitor.press("锁定")
    await visitor.fill(原因="本人来电挂失手机")
    await examine(visitor, "staff-lock")
    await visitor.press("确认锁定")
    await visitor.sees("已锁定，该用户的登录已全部结束。")
    await expect(visitor.button("解除锁定")).to_be_visible()
    await victim.page.goto("/unit")
    await victim.sees("登录状态已失效，请重新登录。")
    await fill_login(victim, DEMO_UNIT.uscc, DEMO_AGENT.mobile, DEMO_PASSWORD)
    await victim.sees(WRONG)
    await visitor.press("解除锁定")
    await visitor.fill(原因="本人已到窗口核验身份")
    await visitor.press("确认解除锁定")
    await visitor.sees("已解除锁定，该用户可以重新登录。")
    await log_in_unit(victim, identifier=DEMO_AGENT.mobile)


# 审计日志


async def test_the_audit_log_is_narrowed_and_verified(arrive: Arrive) -> None:
    await at_work(arrive, OFFICER.login)
    member = await arrive()
    await log_in_unit(member)
    visitor = await at_work(arrive, AUDITOR.login, "/staff/audit")
    entries = visitor.page.get_by_role("list", name="审计记录").get_by_role("listitem")
    await expect(entries.first).to_contain_text("auditor（审计管理员）")
    await examine(visitor, "staff-audit")
    await visitor.field("操作（选填）").select_option(label="登录")
    await visitor.fill(
        **{"统一社会信用代码或单位编号（选填）": DEMO_UNIT.uscc, "证件号码或移动电话（选填）": DEMO_PERSON.mobile}
    )
    await visitor.press("查询")
    await expect(entries.first).to_contain_text(f"{mask_name(DEMO_PERSON.name)} {mask_phone(DEMO_PERSON.mobile)}")
    await expect(entries.first).to_contain_text("登录")
    await expect(entries.filter(has_text="工作人员")).to_have_count(0)
    await visitor.fill(**{"统一社会信用代码或单位编号（选填）": "91320000000000000X"})
    await visitor.press("查询")
    await visitor.refused(unit="没有这个单位，请核对统一社会信用代码或单位编号。")
    await visitor.press("校验审计日志")
    await visitor.sees("完整：已归档 0 条，已封存")
    await examine(visitor, "staff-audit-verified")
    visitor.never_received(DEMO_PERSON.name, DEMO_PERSON.id_number, DEMO_PERSON.mobile)


async def test_the_audit_log_turns_pages(arrive: Arrive) -> None:
    visitor = await at_work(arrive, AUDITOR.login, "/staff/audit")
    for _ in range(51):  # every question leaves an entry
        await visitor.press("查询")
    await visitor.open("/staff/audit")
    await visitor.press("下一页")
    await visitor.sees("第 2 页")
    await visitor.press("上一页")
    await visitor.sees("第 1 页")


# 工作人员账号


async def test_an_account_is_locked_and_nobody_locks_their_own(arrive: Arrive) -> None:
    officer = await at_work(arrive, OFFICER.login)
    visitor = await at_work(arrive, SYSTEM.login, "/staff/accounts")
    rows = visitor.page.get_by_role("list", name="工作人员账号", exact=True).get_by_role("listitem")
    own = rows.filter(has_text="（本人）")
    await expect(own).to_contain_text("不能操作自己的账号")
    await expect(own.get_by_role("button")).to_have_count(0)
    await examine(visitor, "staff-accounts")
    await visitor.press(f"锁定：{OFFICER.login}")
    await examine(visitor, "staff-accounts-lock", (360, 1440))
    await visitor.press("确认锁定")
    await visitor.sees(f"账号 {OFFICER.login} 已锁定。")
    await officer.page.goto("/staff/search")
    await officer.arrived("/staff/login")
    await officer.sees("登录状态已失效，请重新登录。")
    await visitor.press(f"解除锁定：{OFFICER.login}")
    await visitor.press("确认解除锁定")
    await visitor.sees(f"账号 {OFFICER.login} 已解除锁定。")
    for one in DEMO_STAFF:
        visitor.never_received(one.name)


async def test_two_administrators_open_an_account_and_its_holder_enrols(arrive: Arrive) -> None:
    system = await at_work(arrive, SYSTEM.login, "/staff/accounts")
    await system.press("新增账号")
    await system.press("新增")
    await system.refused(login=rules.LOGIN_RULE, name="请填写姓名，2至50个字。", role="请选择岗位。")
    dialog = system.page.get_by_role("dialog")
    await dialog.get_by_label("账号", exact=True).fill(NEW_LOGIN)
    await dialog.get_by_label("姓名", exact=True).fill("闻心远")
    await dialog.get_by_label("岗位", exact=True).select_option(label="业务经办人员")
    await dialog.get_by_label("负责区域（选填）").select_option(label="苏州市")
    await examine(system, "staff-account-form")
    await system.press("新增")
    await system.sees("请当面交给本人：关闭后不再显示")
    password = await dialog.get_by_role("definition").nth(1).inner_text()
    await examine(system, "staff-account-handed", (360, 1440))
    await system.press("已交给本人，关闭")
    await expect(system.page.locator("body")).not_to_contain_text(password)
    await system.never_contains(password)
    newcomer = await arrive()
    await newcomer.open("/staff/login")
    await fill_staff(newcomer, NEW_LOGIN, password, "12345678")
    await newcomer.sees(rules.WRONG)
    security = await at_work(arrive, SECURITY.login, "/staff/accounts")
    await security.press(f"授权：{NEW_LOGIN}")
    await examine(security, "staff-account-authorise", (360, 1440))
    await security.press("确认授权")
    await security.sees("首次登录时填在「动态口令」一栏")
    let_in = await security.page.get_by_role("dialog").get_by_role("definition").nth(1).inner_text()
    await examine(security, "staff-account-code", (360, 1440))
    await security.press("已交给本人，关闭")
    await security.sees(f"账号 {NEW_LOGIN} 已授权，本人可以登录。", "没有待授权的账号")
    await examine(security, "staff-accounts-waiting", (360, 1440))
    await newcomer.open("/staff/login")
    await fill_staff(newcomer, NEW_LOGIN, password, let_in)
    await newcomer.arrived("/staff/password")
    await newcomer.sees("用手机上的身份验证器扫描二维码")
    await examine(newcomer, "staff-enrolment")
    secret = re.search("secret=([A-Z2-7]{32})&", await newcomer.qr())
    assert secret
    await newcomer.fill(初始密码=password, 新密码="Meadow-71-kite", 再次输入新密码="Meadow-71-kite", 动态口令="000000")
    await newcomer.press("修改密码并进入")
    await newcomer.refused(code="动态口令不正确：请用身份验证器扫描本页的二维码，再输入它当前显示的6位数字。")
    await newcomer.fill(动态口令=code_of(secret[1], step_at(clock.now())))
    await newcomer.press("修改密码并进入")
    await newcomer.arrived("/staff")
    await newcomer.sees("单位和个人查询", "苏州市")
    await newcomer.never_contains(secret[1])
    system.never_received("闻心远")
    security.never_received("闻心远", password)


async def test_a_reset_ends_the_others_session_and_waits_for_the_second_administrator(arrive: Arrive) -> None:
    officer = await at_work(arrive, OFFICER.login)
    visitor = await at_work(arrive, SYSTEM.login, "/staff/accounts")
    await visitor.press(f"重置：{OFFICER.login}")
    await examine(visitor, "staff-account-reset", (360, 1440))
    await visitor.press("确认重置")
    await visitor.sees("请当面交给本人：关闭后不再显示")
    await visitor.press("已交给本人，关闭")
    row = visitor.page.get_by_role("list", name="工作人员账号", exact=True).get_by_role("listitem")
    await expect(row.filter(has_text=OFFICER.login)).to_contain_text("待授权")
    await officer.page.goto("/staff/search")
    await officer.arrived("/staff/login")
    await fill_staff(officer, OFFICER.login)
    await officer.sees(rules.WRONG)


async def test_ones_own_password_is_changed(arrive: Arrive) -> None:
    other = await at_work(arrive, AUDITOR.login)
    visitor = await at_work(arrive, AUDITOR.login, "/staff/account")
    await visitor.sees("审计管理员", "全省")
    await examine(visitor, "staff-own-account")
    await visitor.press("修改密码")
    await visitor.refused(
        old="请输入原密码。", password="请输入新密码。", confirmation="请再次输入新密码。", code="请输入动态口令。"
    )
    await examine(visitor, "staff-own-account-errors", (360, 1440))
    await visitor.fill(
        原密码="Wrong-2026-pass", 新密码="Meadow-71-kite", 再次输入新密码="Meadow-71-kite", 动态口令="000000"
    )
    await visitor.press("修改密码")
    await visitor.refused(old="原密码或动态口令不正确，请核对后重新输入；动态口令每个只能使用一次。")
    visitor.database.change(f"UPDATE staff SET totp_last_step = 0 WHERE login = '{AUDITOR.login}'")
    await visitor.fill(原密码=DEMO_STAFF_PASSWORD, 动态口令=code(AUDITOR.login))
    await visitor.press("修改密码")
    await visitor.sees("密码已修改，下次登录请使用新密码。")
    await other.page.goto("/staff/audit")
    await other.arrived("/staff/login")
    await visitor.open("/staff/audit")
    await visitor.heading("审计日志")


# How people see


@pytest.mark.parametrize(
    ("switch", "attribute", "value"), [("长者版", "print", "large"), ("高对比度", "contrast", "high")]
)
async def test_large_print_and_high_contrast(arrive: Arrive, switch: str, attribute: str, value: str) -> None:
    visitor = await arrive()
    await visitor.open("/staff/login")
    await visitor.press(switch)
    await expect(visitor.button(switch)).to_have_attribute("aria-pressed", "true")
    await examine(visitor, f"{attribute}-staff-login")
    for login, paths in (
        (OFFICER.login, ("/staff", "/staff/cases", "/staff/ratings", "/staff/institutions", "/staff/search")),
        (AUDITOR.login, ("/staff/audit", "/staff/account")),
        (SYSTEM.login, ("/staff/accounts",)),
    ):
        visitor = await at_work(arrive, login)
        await visitor.press(switch)
        await expect(visitor.button(switch)).to_have_attribute("aria-pressed", "true")
        for path in paths:
            await visitor.open(path)
            await expect(visitor.page.locator("html")).to_have_attribute(f"data-{attribute}", value)
            await expect(visitor.page.locator("[aria-busy=true]")).to_have_count(0)
            await examine(visitor, f"{attribute}{path.replace('/', '-')}")
        if value == "large":
            smallest = await visitor.page.evaluate(
                "Math.min(...[...document.querySelectorAll('main button, header button')]"
                ".map((e) => e.getBoundingClientRect().height).filter((h) => h > 0))"
            )
            assert smallest >= 48


async def test_on_a_phone(arrive: Arrive) -> None:
    visitor = await at_work(arrive, OFFICER.login, "/staff/institutions", viewport=PHONE)
    await visitor.press("登记机构")
    await visitor.field("机构名称").fill(NEW_NAME)
    await examine(visitor, "staff-phone-form", (360,))
