"""经办人管理 in the browser: who may act for the unit, given, changed, taken back, and what each may do (R-2.6.5)."""

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from playwright.async_api import expect

from jsrs_portal import clock
from jsrs_portal.catalog.demo import (
    DEMO_ADMIN,
    DEMO_AGENT,
    DEMO_GRANTS,
    DEMO_PASSWORD,
    DEMO_PERSON,
    DEMO_UNIT,
    DemoPerson,
)
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.masking import mask_phone, mask_resident_id
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_unit
from tests.e2e.test_pages import examine
from tests.support.portal import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="session")

EXPIRED = DEMO_GRANTS[-1].person
"""Their grant has ended: they can be given another."""
EVERYBODY = (DEMO_PERSON, *(grant.person for grant in DEMO_GRANTS))
WHO = f"白**（移动电话 {mask_phone(EXPIRED.mobile)}，证件号码 {mask_resident_id(EXPIRED.id_number)}）"
WHAT = "担任经办人，办理 社会保险、劳动合同续签。"
UNMATCHED = "没有找到姓名、移动电话、证件号码都一致的个人用户"


async def at_work(arrive: Arrive, person: DemoPerson = DEMO_PERSON) -> Visitor:
    """Log in for the demonstration's unit and open the page."""
    visitor = await arrive()
    await log_in_unit(visitor, identifier=person.mobile)
    await visitor.open("/unit/agents")
    return visitor


def row_of(visitor: Visitor, name: str, role: str = "经办人"):
    return (
        visitor.page.locator("main li")
        .filter(has=visitor.page.get_by_text(f"{name[0]}**", exact=True))
        .filter(has_text=role)
    )


async def fill_grant(visitor: Visitor, person: DemoPerson, **changed: str) -> None:
    await visitor.fill(**({"姓名": person.name, "移动电话": person.mobile, "证件号码": person.id_number} | changed))


@pytest.mark.req("R-2.6.5.1", "R-2.6.5.5", "R-2.6.5.7")
async def test_the_page_shows_who_may_act_and_until_when(arrive: Arrive) -> None:
    visitor = await at_work(arrive)
    figures = visitor.page.get_by_role("list", name="授权账号数量")
    await expect(figures.get_by_role("listitem")).to_have_text(
        ["法定代表人授权账号 1个", "管理员授权账号 1个", "经办人授权账号 3个"]
    )
    await visitor.sees("另有 1 项已到期，不计入账号数")
    await expect(row_of(visitor, DEMO_AGENT.name)).to_contain_text("社会保险")
    await expect(row_of(visitor, DEMO_AGENT.name)).to_contain_text("劳动关系")
    await expect(row_of(visitor, EXPIRED.name)).to_contain_text("已到期")
    await expect(row_of(visitor, DEMO_GRANTS[3].person.name)).to_contain_text("12 天后生效")
    await expect(row_of(visitor, DEMO_ADMIN.name, "管理员")).to_contain_text("全部业务")
    await examine(visitor, "agents")
    for person in EVERYBODY:
        visitor.never_received(person.name, person.id_number, person.mobile)
        await visitor.never_contains(person.name, person.id_number, person.mobile)


async def picks_single_matters(visitor: Visitor) -> None:
    """Enter adds the matter instead of sending the form; what it did or why not is said at the field."""
    text = visitor.field("单项事项（选填）")
    said = visitor.page.get_by_role("dialog").get_by_role("status")
    await text.fill("劳动")
    await text.press("Enter")
    await expect(said).to_contain_text("项，请选择要添加的事项。")
    await visitor.press("添加：劳动合同续签")
    await expect(said).to_have_text("已添加「劳动合同续签」，共选择 1 项。")
    await text.fill("ldhtxq")
    await text.press("Enter")
    await expect(said).to_have_text("错误：「劳动合同续签」已经在所选事项中，不用重复添加。")
    await text.fill("月球采矿")
    await visitor.press("查找")
    await expect(said).to_have_text("错误：没有找到「月球采矿」这样的单位事项，请换一个说法。")
    await expect(text).to_have_attribute("aria-invalid", "true")
    await expect(visitor.button("移除：劳动合同续签")).to_be_visible()


@pytest.mark.req("R-2.6.5.2", "R-2.6.5.4", "R-2.6.5.7")
async def test_an_agent_is_given_changed_and_taken_back(arrive: Arrive) -> None:
    visitor = await at_work(arrive)
    until = clock.today() + timedelta(days=364)
    await visitor.press("开通授权")
    await examine(visitor, "agents-open")
    await visitor.press("开通经办人")
    await fill_grant(visitor, EXPIRED, 姓名="白子默")
    await visitor.field("结束日期（选填）").fill(until.isoformat())
    await visitor.press("提交")
    await visitor.refused(scope="请至少选择一项业务：经办人只能办理授权范围内的业务。")
    await visitor.page.get_by_label("社会保险", exact=True).check()
    await picks_single_matters(visitor)
    await examine(visitor, "agents-form")
    await visitor.press("提交")
    await visitor.sees(UNMATCHED)
    await visitor.fill(姓名=EXPIRED.name)
    await visitor.press("提交")
    await visitor.sees(f"授权 {WHO}即日起至{in_words(until)} 担任经办人，办理 社会保险、劳动合同续签。")
    await examine(visitor, "agents-confirm")
    await visitor.press("确认授权")
    await visitor.sees("授权已开通，并已通知对方。")
    row = row_of(visitor, EXPIRED.name).filter(has_text="有效").first
    await expect(row).to_contain_text("还剩 364 天")
    await expect(row).to_contain_text("劳动合同续签")
    # Changed: without an end
    await row.get_by_role("button", name="变更").click()
    await expect(visitor.field("结束日期（选填）")).to_have_value(until.isoformat())
    await visitor.field("结束日期（选填）").fill("")
    await visitor.press("移除：劳动合同续签")
    await visitor.press("保存变更")
    await visitor.sees("授权已变更，并已通知对方。")
    row = row_of(visitor, EXPIRED.name).filter(has_text="有效").first
    await expect(row).to_contain_text("长期有效")
    await expect(row).not_to_contain_text("劳动合同续签")
    # Its history
    await row.get_by_role("button", name="记录").click()
    history = visitor.page.get_by_role("dialog").get_by_role("listitem")
    await expect(history).to_have_count(2)
    await expect(history.first).to_contain_text("变更授权")
    await expect(history.first).to_contain_text("经办：孙**（法定代表人）")
    await examine(visitor, "agents-history")
    await visitor.press("关闭")
    # Taken back, while they are logged in
    agent = await arrive()
    await log_in_unit(agent, identifier=EXPIRED.mobile)
    await agent.page.goto("about:blank")  # no page of theirs is still loading when the session ends
    await row.get_by_role("button", name="收回").click()
    await visitor.press("确认收回")
    await visitor.sees("授权已收回，对方已不能再代表本单位办事。")
    await agent.page.goto("/unit/agents")
    await agent.sees("您在该单位的授权已变更或到期，请重新登录。")
    visitor.stored(
        [("REVOKED",), ("REVOKED",)],
        "SELECT g.status FROM grants g JOIN persons p ON p.id = g.person_id "
        "WHERE g.role = 'AGENT' AND g.status = 'REVOKED' ORDER BY g.created_at",
    )


@pytest.mark.req("R-2.6.5.3", "R-2.6.5.6")
async def test_an_administrator_manages_agents_and_no_administrator(arrive: Arrive) -> None:
    visitor = await at_work(arrive, DEMO_ADMIN)
    own = row_of(visitor, DEMO_ADMIN.name, "管理员")
    await expect(own).to_contain_text("管理员只能由法定代表人开通、变更或收回。")
    await expect(own.get_by_role("button")).to_have_text(["记录"])
    await expect(row_of(visitor, DEMO_AGENT.name).get_by_role("button")).to_have_text(["变更", "收回", "记录"])
    await visitor.press("开通授权")
    await expect(visitor.button("开通管理员")).to_be_disabled()
    await expect(visitor.button("开通经办人")).to_be_enabled()


@pytest.mark.req("R-2.6.5.3")
async def test_a_second_administrator_is_not_offered(arrive: Arrive) -> None:
    visitor = await at_work(arrive)
    await visitor.press("开通授权")
    await expect(visitor.button("开通管理员")).to_be_disabled()
    await visitor.sees("管理员最多 1 名。如需更换，请先收回现任管理员的授权。")


@pytest.mark.req("R-2.6.5.5", "R-2.6.5.6")
async def test_an_agent_sees_their_own_grant_and_does_only_its_business(arrive: Arrive) -> None:
    visitor = await at_work(arrive, DEMO_AGENT)
    rows = visitor.page.locator("main li").filter(has=visitor.page.get_by_role("button", name="记录"))
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("（本人）")
    await expect(rows.get_by_role("button")).to_have_text(["记录"])
    await examine(visitor, "agents-own")
    await visitor.press("开通授权")
    await visitor.sees("经办人没有开通授权的权限，请联系法定代表人或管理员。")
    entry = visitor.page.get_by_role("listitem").filter(has_text="批量导入经办人")
    await expect(entry).to_contain_text("经办人没有开通授权的权限")
    await expect(visitor.button("开通经办人")).to_be_disabled()
    await visitor.open("/matters/labour-contract-renewal")
    await expect(visitor.page.locator("main").get_by_role("link", name="申报").first).to_be_visible()
    await visitor.open("/matters/online-recruitment")
    await expect(visitor.button("申报")).to_be_disabled()
    await visitor.sees("您的授权不包含该业务")


@pytest.mark.req("R-2.6.5.7")
async def test_two_people_at_once_the_second_is_told(arrive: Arrive) -> None:
    first, second = await at_work(arrive), await at_work(arrive, DEMO_ADMIN)
    for visitor in (first, second):
        await row_of(visitor, DEMO_AGENT.name).get_by_role("button", name="变更").click()
        await expect(visitor.page.get_by_label("劳动关系", exact=True)).to_be_checked()
    await first.page.get_by_label("人才人事", exact=True).check()
    await first.press("保存变更")
    await first.sees("授权已变更")
    await second.page.get_by_label("社会保障卡", exact=True).check()
    await second.press("保存变更")
    await second.sees("该授权刚刚被他人变更。请关闭本窗口，核对最新内容后再操作。")
    assert DEMO_UNIT.name not in await second.page.get_by_role("dialog").inner_text()


@pytest.mark.req("R-2.4.9")
async def test_somebody_with_roles_chooses_one_and_goes_to_another_without_a_password(arrive: Arrive) -> None:
    visitor = await arrive()
    await visitor.open("/login")
    await visitor.press("个人登录")
    await expect(visitor.field("统一社会信用代码/单位编号/机构编号")).to_be_hidden()
    await visitor.fill(**{"证件号码/移动电话": DEMO_AGENT.mobile, "密码": DEMO_PASSWORD})
    await visitor.press("登录")
    await visitor.arrived("/choose")
    await visitor.sees("以个人身份办事", "当前身份", DEMO_UNIT.name)
    await examine(visitor, "choose")
    await visitor.press(f"进入：{DEMO_UNIT.name}")
    await visitor.arrived("/unit")
    await visitor.sees("当前登录人", "经办人")
    await visitor.page.locator("header").get_by_role("button", name=DEMO_UNIT.name).click()
    await visitor.follow("切换身份", "/choose")
    await visitor.press("进入：以个人身份办事")
    await visitor.arrived("/my")
    await visitor.sees("个人信息")
    living = "SELECT count(*) FROM user_sessions WHERE ended_at IS NULL AND person_id = (SELECT person_id FROM grants "
    living += "WHERE role = 'AGENT' AND scope LIKE '%insurance%' AND status = 'GRANTED' ORDER BY created_at LIMIT 1)"
    before = visitor.database.rows(living)
    await visitor.open("/choose")
    await visitor.press(f"进入：{DEMO_UNIT.name}")
    await visitor.arrived("/unit")
    assert visitor.database.rows(living) == before, "the former session goes on"


def workbook(*rows: tuple[str, ...]) -> bytes:
    """Fill the template in."""
    book = load_workbook(ROOT / "assets" / "agents-template.xlsx")
    for row in rows:
        book.worksheets[0].append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.mark.req("R-2.6.5.4")
async def test_many_are_imported_from_a_file_row_by_row(arrive: Arrive) -> None:
    visitor = await at_work(arrive)
    other = DEMO_GRANTS[3].person
    await visitor.press("开通授权")
    await examine(visitor, "agents-import-entry")
    file = visitor.page.locator("#workbook")
    content = workbook(
        (EXPIRED.name, EXPIRED.mobile, EXPIRED.id_number, "", "2030-12-31", "社会保险、劳动合同续签"),
        ("无此人", "13912345678", EXPIRED.id_number, "", "", "社会保险"),
        (other.name, other.mobile, other.id_number, "", "", "社会保险"),
        (EXPIRED.name, EXPIRED.mobile, EXPIRED.id_number, "", "", "月球业务"),
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    await file.set_input_files(files=[{"name": "agents.xlsx", "mimeType": kind, "buffer": content}])
    dialog = visitor.page.get_by_role("dialog")
    lines = dialog.get_by_role("listitem")
    await expect(lines).to_have_count(4)
    await expect(lines.nth(0)).to_contain_text(f"可以导入授权 {WHO}即日起至2030年12月31日 {WHAT}")
    await expect(lines.nth(1)).to_contain_text(UNMATCHED)
    await expect(lines.nth(2)).to_contain_text("该人员在本单位已有经办人身份")
    await expect(lines.nth(3)).to_contain_text("业务授权中没有「月球业务」")
    await examine(visitor, "agents-import")
    await visitor.press("确认导入")
    await expect(lines.nth(0)).to_contain_text("已开通")
    await expect(lines.nth(1)).to_contain_text("未开通")
    await expect(lines).to_have_count(4)
    await visitor.press("关闭")
    await visitor.press("已授权管理")
    row = row_of(visitor, EXPIRED.name).filter(has_text="有效").first
    await expect(row).to_contain_text("劳动合同续签")
    await row.get_by_role("button", name="收回").click()
    await visitor.press("确认收回")
    await visitor.sees("授权已收回")
    visitor.never_received(EXPIRED.name, EXPIRED.mobile, other.name, other.mobile)
    # Files that are none
    await visitor.press("开通授权")
    for content, sentence in (
        (b"PK\x03\x04 no workbook", "无法读取该文件"),
        (b"x" * 50_000, "文件不能超过 40 KB"),
        (workbook(), "没有可以导入的内容"),
    ):
        await file.set_input_files(files=[{"name": "agents.xlsx", "mimeType": kind, "buffer": content}])
        await expect(dialog).to_contain_text(sentence)
        await visitor.press("取消")


@pytest.mark.req("R-2.4.5")
async def test_everybody_of_a_unit_with_agents_logs_in_as_themselves(arrive: Arrive) -> None:
    boss, agent = await arrive(), await arrive()
    await boss.open("/login")
    await boss.fill(**{"统一社会信用代码/单位编号/机构编号": DEMO_UNIT.uscc, "密码": DEMO_PASSWORD})
    await boss.press("登录")
    await boss.refused(identifier="请输入证件号码或移动电话。")
    await log_in_unit(boss, identifier=DEMO_PERSON.id_number)
    await log_in_unit(agent, identifier=DEMO_AGENT.id_number)
    await boss.sees("法定代表人", f"{DEMO_PERSON.name[0]}**")
    await agent.sees("经办人", f"{DEMO_AGENT.name[0]}**")
    people = (
        "SELECT count(DISTINCT person_id), count(DISTINCT grant_id) FROM user_sessions s WHERE ended_at IS NULL AND "
    )
    agent.stored(
        [(2, 2)],
        people + "created_at IN (SELECT created_at FROM user_sessions ORDER BY created_at DESC LIMIT 2)",
    )
