"""机构管理 in the browser: opened, logged in to, reset, handed over, disabled (R-2.6.6)."""

import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import (
    DEMO_AGENT,
    DEMO_GRANTS,
    DEMO_INSTITUTION_ADMIN,
    DEMO_INSTITUTIONS,
    DEMO_PASSWORD,
    DEMO_PERSON,
    DEMO_UNIT,
    DemoPerson,
)
from jsrs_portal.domain.institutions import first_password
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import fill_login, log_in_unit
from tests.e2e.test_pages import examine

pytestmark = pytest.mark.asyncio(loop_scope="session")

OPENED, WAITING = (institution.name for institution in DEMO_INSTITUTIONS)
FIRST_ADMIN, SECOND_ADMIN = DEMO_GRANTS[3].person, DEMO_GRANTS[4].person
OWN_PASSWORD = "Beacon-71-quay"


async def at_work(arrive: Arrive, person: DemoPerson = DEMO_PERSON) -> Visitor:
    visitor = await arrive()
    await log_in_unit(visitor, identifier=person.mobile)
    await visitor.open("/unit/institutions")
    return visitor


async def fill_administrator(visitor: Visitor, person: DemoPerson, **changed: str) -> None:
    values = {
        "管理员姓名": person.name,
        "管理员证件号码": person.id_number,
        "管理员移动电话": person.mobile,
    }
    await visitor.fill(**(values | changed))


async def log_in_institution(visitor: Visitor, number: str, person: DemoPerson, password: str) -> None:
    await visitor.open("/login")
    await fill_login(visitor, number, person.mobile, password)


@pytest.mark.req("R-2.6.6.1", "R-2.6.6.6")
async def test_the_list_and_what_can_be_seen_before_and_after_opening(arrive: Arrive) -> None:
    visitor = await at_work(arrive)
    await visitor.sees("共 2 个机构", "J320000001", "民办职业培训学校", "市级", "博士后工作流动站", "省级")
    heads = visitor.page.get_by_role("columnheader")
    await expect(heads).to_have_text(["机构编号", "机构名称", "机构类型", "操作"])
    await examine(visitor, "institutions")
    await visitor.page.set_viewport_size({"width": 360, "height": 900})
    await expect(visitor.page.locator("main tbody tr").first.get_by_text("机构名称")).to_be_visible()
    await visitor.page.set_viewport_size({"width": 1440, "height": 900})
    await visitor.press(f"查看：{WAITING}")
    await visitor.sees("该机构尚未开通，还没有管理员。")
    await visitor.press("关闭")
    await visitor.press(f"查看：{OPENED}")
    await visitor.sees("秦**", "***************502X")
    await examine(visitor, "institutions-view")
    admin = DEMO_INSTITUTION_ADMIN
    visitor.never_received(admin.name, admin.id_number, admin.mobile)


@pytest.mark.req("R-2.6.6.2", "R-2.6.6.3", "R-2.6.6.4", "R-2.6.6.5")
async def test_an_institution_is_opened_used_reset_handed_over_and_disabled(arrive: Arrive) -> None:
    visitor = await at_work(arrive)
    await visitor.press(f"开通：{WAITING}")
    await visitor.press("保存")
    await visitor.refused(
        name="请填写管理员姓名，与证件一致。",
        id_number="请填写居民身份证号码。",
        mobile="请填写移动电话。",
    )
    await examine(visitor, "institutions-open")
    await fill_administrator(visitor, FIRST_ADMIN, 管理员移动电话=SECOND_ADMIN.mobile)
    await visitor.press("保存")
    await visitor.sees("没有找到姓名、证件类型、证件号码、移动电话都一致的个人用户")
    await fill_administrator(visitor, FIRST_ADMIN)
    await visitor.press("保存")
    await visitor.sees("机构已开通，并已通知新管理员。", "初始密码尚未修改")
    # The first login: nothing but a new password
    admin = await arrive()
    await log_in_institution(admin, "J320000002", FIRST_ADMIN, first_password(FIRST_ADMIN.id_number))
    await admin.arrived("/password/first")
    await admin.page.goto("/institution")
    await admin.arrived("/password/first")
    await examine(admin, "first-password")
    await admin.fill(新密码=first_password(FIRST_ADMIN.id_number), 确认新密码=first_password(FIRST_ADMIN.id_number))
    await admin.press("修改密码并继续")
    await admin.sees("密码中不能")
    await admin.fill(新密码=OWN_PASSWORD, 确认新密码=OWN_PASSWORD)
    await admin.press("修改密码并继续")
    await admin.arrived("/institution")
    await admin.sees(WAITING, "J320000002", DEMO_UNIT.name)
    await admin.page.goto("/password/first")
    await admin.arrived("/institution")
    await examine(admin, "institution-home")
    # Its own world only
    for path in ("/unit", "/unit/agents", "/unit/institutions"):
        await admin.page.goto(path)
        await admin.arrived("/refused")
    # Reset: the session ends, the first password is good again, the own one is not
    await visitor.press(f"管理员密码重置：{WAITING}")
    await visitor.press("确认重置")
    await visitor.sees("密码已重置为初始密码，并已通知管理员。")
    await admin.page.goto("/institution")
    await admin.sees("请重新登录")
    await fill_login(admin, "J320000002", FIRST_ADMIN.mobile, OWN_PASSWORD)
    await admin.sees("账号、证件号码（移动电话）或密码不正确")
    # Handed over
    await visitor.press(f"管理员变更：{WAITING}")
    await visitor.sees("原管理员信息", "罗**", "新管理员信息")
    await examine(visitor, "institutions-replace")
    await fill_administrator(visitor, SECOND_ADMIN)
    await visitor.press("保存")
    await visitor.sees("管理员已变更，并已通知新管理员。")
    await fill_login(admin, "J320000002", FIRST_ADMIN.mobile, first_password(FIRST_ADMIN.id_number))
    await admin.sees("账号、证件号码（移动电话）或密码不正确")
    heard = len(admin.frames)
    await fill_login(admin, "J320000002", SECOND_ADMIN.mobile, first_password(SECOND_ADMIN.id_number))
    await admin.arrived("/password/first")
    await admin.filled(since=heard, pages=2)  # the home page led here: no loading meets the end of the session
    # Disabled and enabled
    await visitor.press(f"停用：{WAITING}")
    await visitor.press("确认停用")
    await visitor.sees("机构已停用，正在使用的登录已结束。", "已停用")
    await admin.page.goto("/institution")
    await admin.sees("请重新登录")
    await fill_login(admin, "J320000002", SECOND_ADMIN.mobile, first_password(SECOND_ADMIN.id_number))
    await admin.sees("机构已停用，暂时不能登录办事。请联系所属单位的法定代表人或管理员")
    await visitor.press(f"恢复使用：{WAITING}")
    await visitor.press("确认恢复")
    await visitor.sees("机构已恢复使用。")


@pytest.mark.req("R-2.6.6.2")
async def test_an_agent_looks_and_opens_nothing(arrive: Arrive) -> None:
    visitor = await at_work(arrive, DEMO_AGENT)
    await visitor.sees(OPENED)
    buttons = visitor.page.locator("main tbody tr").get_by_role("button")
    await expect(buttons).to_have_text(["查看", "查看"])


@pytest.mark.req("R-2.6.6.3")
async def test_a_first_password_that_was_not_used_is_void_after_a_week(arrive: Arrive) -> None:
    visitor = await arrive()
    realm = "(SELECT 'institution:' || id FROM institutions WHERE number = 'J320000001')"
    visitor.database.change(
        f"UPDATE credentials SET must_change = 1, void_after = datetime('now', '-1 minute') WHERE realm = {realm}"
    )
    try:
        await log_in_institution(visitor, "J320000001", DEMO_INSTITUTION_ADMIN, DEMO_PASSWORD)
        await visitor.sees("初始密码已超过 7 天未使用，已经失效。")
    finally:
        visitor.database.change(f"UPDATE credentials SET must_change = 0, void_after = NULL WHERE realm = {realm}")
    await fill_login(visitor, "J320000001", DEMO_INSTITUTION_ADMIN.mobile, DEMO_PASSWORD)
    await visitor.arrived("/institution")
