"""单位信息 as people see it: the card, the searchable codes, the history, and two people at once (R-2.6.2)."""

import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_ADMIN, DEMO_AGENT, DEMO_PERSON, DEMO_UNIT, DemoPerson
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_unit
from tests.e2e.test_pages import examine

pytestmark = pytest.mark.asyncio(loop_scope="session")
PAGE = "/unit/info"


async def at_the_form(arrive: Arrive, person: DemoPerson) -> Visitor:
    visitor = await arrive()
    await log_in_unit(visitor, identifier=person.mobile)
    await visitor.open(PAGE)
    await visitor.press("修改")
    await visitor.field("单位类别").wait_for()
    return visitor


async def choose(visitor: Visitor, label: str, text: str, option: str) -> None:
    """Type into a field with a code table and take the answer that is meant, by keyboard."""
    box = visitor.field(label)
    await box.fill("")
    await box.press_sequentially(text, delay=20)
    answer = visitor.page.get_by_role("option").filter(has_text=option).filter(visible=True).first
    await expect(answer).to_be_visible()
    await box.press("ArrowDown")
    await expect(visitor.page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    await box.press("Enter")
    await expect(box).to_have_value(option)
    await expect(box).to_have_attribute("aria-expanded", "false")


@pytest.mark.req("R-2.6.2.1", "R-2.6.2.3")
async def test_the_card_has_eight_lines_and_the_matters_stand_below(arrive: Arrive) -> None:
    member = await arrive()
    await log_in_unit(member, identifier=DEMO_PERSON.mobile)
    await member.open(PAGE)
    card = member.page.locator("main section").filter(has=member.page.get_by_role("heading", name="基本信息"))
    await expect(card.locator("dt")).to_have_text(
        ["统一社会信用代码", "单位全称", "行业类型", "经济类型", "隶属关系", "单位类别", "注册地地址", "登记机关"]
    )
    await member.sees(DEMO_UNIT.uscc, DEMO_UNIT.name, "住宅房屋建筑", "国有独资（公司）", "企业", inside=card)
    parts = member.page.locator("main section").filter(has=member.page.get_by_role("heading", name="就业创业")).last
    await expect(parts.get_by_role("link", name="小额贷款", exact=True)).to_be_visible()
    await parts.get_by_role("link", name="补贴", exact=True).click()
    await member.page.wait_for_url("**/units?category=employment&subcategory=subsidies**")


@pytest.mark.req("R-2.6.2.2")
async def test_codes_are_found_by_code_words_and_initials_and_the_form_says_what_is_wrong(arrive: Arrive) -> None:
    visitor = await at_the_form(arrive, DEMO_PERSON)
    await expect(visitor.field("行业类型（选填）")).to_have_value("E4710 住宅房屋建筑")
    await expect(visitor.page.locator("main").get_by_text("*" * 15 + DEMO_PERSON.id_number[-4:])).to_be_visible()
    await examine(visitor, "unit-info-form")
    box = visitor.field("行业类型（选填）")
    await box.click()
    await expect(visitor.page.locator("#industry_code-list").get_by_role("option")).to_have_count(20)
    await visitor.page.keyboard.press("Escape")
    await box.fill("rjkf")
    await visitor.sees("I6513 应用软件开发", "信息传输、软件和信息技术服务业 · 软件和信息技术服务业 · 软件开发")
    await examine(visitor, "unit-info-answers")
    await box.fill("没有的行业")
    await visitor.sees("没有符合的选项")
    await visitor.field("单位类别").fill("")
    await visitor.press("保存")
    await visitor.refused(
        industry_code="没有找到您填写的行业类型，请从列出的选项中选择一项。", category="请选择单位类别。"
    )
    await examine(visitor, "unit-info-errors")
    await expect(box).to_have_value("没有的行业")
    await choose(visitor, "单位类别", "qy", "91 企业")
    await choose(visitor, "行业类型（选填）", "4710", "E4710 住宅房屋建筑")
    await visitor.press("保存")
    await visitor.sees("没有需要保存的修改。")
    await visitor.press("取消")
    await visitor.sees("基本信息")


@pytest.mark.req("R-2.6.2.2")
async def test_the_second_of_two_is_told_and_loses_nothing(arrive: Arrive) -> None:
    hers, his = await at_the_form(arrive, DEMO_PERSON), await at_the_form(arrive, DEMO_ADMIN)
    await choose(his, "隶属关系（选填）", "省", "20 省")
    await choose(his, "单位性质（机关事业）（选填）", "fjg", "90 非机关事业单位")
    await his.press("保存")
    await his.sees("单位信息已保存")
    await choose(hers, "隶属关系（选填）", "50", "50 县")
    await hers.press("保存")
    await hers.sees("您填写期间，其他人修改了单位信息，本次尚未保存", f"{DEMO_ADMIN.name[0]}**（管理员）")
    told = hers.page.locator("#clashes")
    await hers.has_focus(told)
    await hers.sees("您没有改动，已换成对方填写的内容", inside=told)
    await expect(told.locator("dd")).to_contain_text(["省", "县"])
    await expect(hers.field("隶属关系（选填）")).to_have_value("50 县")
    await expect(hers.field("单位性质（机关事业）（选填）")).to_have_value("90 非机关事业单位")
    await examine(hers, "unit-info-conflict")
    await hers.reload()
    await expect(hers.field("隶属关系（选填）")).to_have_value("50 县")
    await hers.sees("其他人修改了单位信息", inside=told)
    await hers.press("保存")
    await hers.sees("单位信息已保存")
    await hers.press("修改记录")
    await hers.sees("由「省」改为「县」", "由「未填写」改为「省」", f"{DEMO_PERSON.name[0]}**（法定代表人）")
    await examine(hers, "unit-info-history")
    for visitor in (hers, his):
        visitor.never_received(DEMO_PERSON.name, DEMO_ADMIN.name, DEMO_PERSON.id_number)


@pytest.mark.req("R-2.6.2.2")
async def test_an_agent_sees_and_does_not_change(arrive: Arrive) -> None:
    visitor = await arrive()
    await log_in_unit(visitor, identifier=DEMO_AGENT.mobile)
    await visitor.open(PAGE)
    await visitor.sees("修改记录", DEMO_UNIT.uscc)
    await expect(visitor.button("修改")).to_have_count(0)
