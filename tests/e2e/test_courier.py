"""快递 in the browser: the address chosen, the result sent, on its way, signed for; materials; lists (R-2.6.4)."""

import re
import secrets
from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import (
    DEMO_AGENT,
    DEMO_INSTITUTION_ADMIN,
    DEMO_PASSWORD,
    DEMO_PERSON,
    DEMO_STAFF,
    DEMO_UNIT,
)
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import fill_login, log_in_unit
from tests.e2e.test_pages import examine
from tests.e2e.test_staff import at_work
from tests.support.cases import forget_cases, put_cases
from tests.support.portal import Portal

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.4.1")]
UNIT = {"mobile": DEMO_PERSON.mobile, "uscc": DEMO_UNIT.uscc}
INJURY, DISPUTE = "work-injury-recognition", "labour-arbitration-application"
OFFICER = DEMO_STAFF[0]
RECIPIENT, PHONE = "沈听澜", "13812340001"
STREET = "前进东路8号前台"


@pytest.fixture(autouse=True)
def _afterwards(portal: Portal) -> Iterator[None]:
    """Nothing is left to the next test."""
    portal.database.change("DELETE FROM addresses")
    yield
    forget_cases(portal.database)
    portal.database.change("DELETE FROM addresses", "UPDATE staff SET totp_last_step = 0")


def waybill(start: str = "77") -> str:
    """Return a number that no other test uses."""
    return f"{start}{secrets.randbelow(10**10):010d}1"


async def travel(portal: Portal, number: str, *acts: str) -> None:
    """Let a parcel travel at the simulated courier, which tells the portal."""
    async with httpx.AsyncClient(base_url=portal.sandbox, trust_env=False) as courier:
        for act in acts:
            answer = await courier.post("/courier", data={"number": number, "act": act})
            assert answer.status_code == 303
            assert "门户已收到" in httpx.URL(answer.headers["location"]).params["told"]


async def ordered(visitor: Visitor, portal: Portal, number: str) -> None:
    """Wait until the worker has ordered that the portal is told."""

    def known() -> bool:
        found = httpx.get(f"{portal.sandbox}/courier.json", trust_env=False).json()
        return any(one["number"] == number and one["subscribed"] for one in found)

    await visitor.until(known, "the worker has subscribed")


async def type_address(visitor: Visitor) -> None:
    """Fill in an address."""
    dialog = visitor.page.get_by_role("dialog")
    await dialog.get_by_label("收件人姓名").fill(RECIPIENT)
    await dialog.get_by_label("移动电话").fill(PHONE)
    for label, name in (("省", "江苏省"), ("市", "苏州市"), ("区县", "昆山市")):
        await dialog.get_by_label(label, exact=True).select_option(label=name)
    await dialog.get_by_label("详细地址").fill(STREET)
    await dialog.get_by_role("button", name="保存").click()


async def test_a_result_is_sent_and_signed_for(member: Visitor, arrive: Arrive, portal: Portal) -> None:
    (case_id,) = put_cases(member.database, **UNIT, key=INJURY, status="ACCEPTED")
    await member.open("/unit/settings/addresses")
    await member.press("新增收件地址")
    await type_address(member)
    await member.sees("收件地址已新增。")
    await member.open(f"/cases/{case_id}")
    await member.sees("办理结果需要快递送达的，请选择收件地址", "需要邮寄纸质材料的")
    await member.press("选择收件地址")
    dialog = member.page.get_by_role("dialog")
    await expect(dialog.get_by_role("radio", name=re.compile(f"默认地址.*{STREET}"))).to_be_checked()
    await examine(member, "courier-address", (360, 1440))
    member.database.change("DELETE FROM addresses")
    await dialog.get_by_role("button", name="保存").click()
    await member.sees("请选择收件地址；刚刚被删除的地址不能选用。", "本单位还没有收件地址。请先新增，再回到本页选择。")
    await dialog.get_by_role("link", name="去新增收件地址").click()
    await member.arrived("/unit/settings/addresses")
    await member.press("新增收件地址")
    await type_address(member)
    await member.sees("收件地址已新增。")
    await member.open(f"/cases/{case_id}")  # where the question still stands
    await expect(dialog.get_by_role("radio", name=re.compile(STREET))).to_be_checked()
    await dialog.get_by_role("button", name="保存").click()
    await member.sees("已选择结果寄送地址，办结后将寄到这里。", "沈**", STREET)
    await examine(member, "courier-case")

    desk = await at_work(arrive, OFFICER.login, f"/staff/cases/{case_id}")
    await desk.sees("沈**", "该办件尚未办结，办结后才能寄送结果。")
    await expect(desk.button("登记快递单号")).to_have_count(0)
    end = "UPDATE cases SET status = 'COMPLETED', finished_at = moved_at, version = version + 1"
    desk.database.change(f"{end} WHERE id = '{case_id}'")
    await desk.button("登记快递单号").wait_for(timeout=30_000)  # by itself
    await member.sees("办件有了新的进展：已办结。", "评价出于自愿")  # likewise, with all that the end brings
    await desk.press("查看收件信息")
    await desk.sees(RECIPIENT, PHONE, f"江苏省苏州市昆山市{STREET}", "只用于填写快递面单")
    await examine(desk, "staff-courier")
    await desk.press("隐藏收件信息")
    await desk.button("查看收件信息").wait_for()
    await desk.does_not_see(RECIPIENT, PHONE, STREET)
    await desk.press("登记快递单号")
    dialog = desk.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="登记", exact=True).click()
    await desk.refused(company="请选择快递公司。", number="请填写快递单号（6至32位数字或字母），见快递面单。")
    await examine(desk, "staff-courier-errors", (360, 1440))
    number = waybill("SF")
    await dialog.get_by_label("快递公司").select_option(label="顺丰速运")
    await dialog.get_by_label("快递单号").fill(number.lower())
    await dialog.get_by_role("button", name="登记", exact=True).dblclick()
    await desk.sees("快递单号已登记，并已通知申请人。", number, "待揽收", "办理结果已寄出")
    await desk.does_not_see("该快递单号已经登记在本办件中。")  # the second of two clicks has nothing to say
    await desk.page.get_by_text("后可以再次查询").first.wait_for(timeout=30_000)  # the worker has asked
    await expect(desk.page.get_by_role("button", name=f"查询最新物流：顺丰速运 {number}")).to_have_count(0)

    await member.open("/notices")
    await member.sees("办理结果已寄出", f"快递单号 {number}")
    await ordered(member, portal, number)
    await member.open("/unit/shipments")
    await member.sees("我的快递", number, "寄送结果", "待揽收", "暂无物流信息")
    await examine(member, "shipments")
    await travel(portal, number, "next", "next", "older", "next", "next", "again")
    await member.reload()
    await member.sees("派送中", "派件员：王**（电话1*******00）正在派送")
    await member.page.get_by_placeholder("请输入快递的寄件单号").fill("0000000")
    await member.page.get_by_placeholder("请输入快递的寄件单号").press("Enter")
    await member.page.wait_for_url("**/unit/shipments?q=*")
    await member.sees("暂无快递信息", "请检查寄件单号是否正确")
    await examine(member, "shipments-none", (360, 1440))
    await member.page.get_by_placeholder("请输入快递的寄件单号").fill(number[:8])
    await member.page.get_by_placeholder("请输入快递的寄件单号").press("Enter")
    await member.sees(number)
    await member.page.get_by_role("link", name=f"查看：顺丰速运 {number}").click()
    await member.arrived(f"/cases/{case_id}")
    await member.sees("派送中")
    await travel(portal, number, "next", "older", "again")
    await expect(member.page.get_by_text("办理结果已签收").first).to_be_visible(timeout=30_000)  # it looks by itself
    await member.sees("已签收", "签收人：李**")
    await member.page.get_by_role("button", name=re.compile("全部物流信息")).click()
    await member.sees("快递员陈**（1*******00）已揽收快件")
    await examine(member, "courier-signed")
    await expect(member.button("查询最新物流")).to_have_count(0)
    for secret in ("王小明", "李思源", "陈大力", "13800138000", "13900139000"):
        member.never_received(secret)
        desk.never_received(secret)
    await desk.reload()
    await desk.sees("已签收", "办理结果已签收")
    await member.open("/notices")
    await member.sees("办理结果已签收")


async def test_materials_are_sent_in_and_a_mistake_is_taken_off(person: Visitor, portal: Portal) -> None:
    (case_id,) = put_cases(person.database, mobile=DEMO_PERSON.mobile, key=DISPUTE, status="ACCEPTED")
    await person.open(f"/cases/{case_id}")
    await person.press("选择收件地址")
    await examine(person, "courier-typed", (360, 1440))
    await type_address(person)
    await person.sees("已选择结果寄送地址", "沈**", STREET)
    await person.press("更换地址")
    dialog = person.page.get_by_role("dialog")
    await expect(dialog.get_by_label("区县", exact=True).locator("option:checked")).to_have_text("昆山市")
    await dialog.get_by_label("详细地址").fill("人民路1号")
    await person.page.keyboard.press("Escape")
    await person.sees("填写的内容还没有保存")
    await dialog.get_by_role("button", name="继续填写").click()
    await dialog.get_by_role("button", name="保存").click()
    await person.sees("已选择结果寄送地址", "沈**", "昆山市 人民路1号")
    await person.press("不再寄送")
    await person.page.get_by_role("dialog").get_by_role("button", name="取消寄送").click()
    await person.sees("已取消结果寄送。", "请选择收件地址")
    wrong, right = waybill(), waybill()
    for number in (wrong, right):
        await person.press("登记寄出的材料")
        dialog = person.page.get_by_role("dialog")
        await dialog.get_by_label("快递公司").select_option(label="EMS")
        await dialog.get_by_label("快递单号").fill(number)
        await dialog.get_by_role("button", name="登记", exact=True).click()
        await person.sees("快递单号已登记，物流信息会自动更新。", number)
    await examine(person, "courier-materials")
    await person.page.get_by_role("button", name=f"删除登记：EMS {wrong}").click()
    await person.page.get_by_role("dialog").get_by_role("button", name="确认删除").click()
    await person.sees("快递登记已删除。")
    await person.does_not_see(wrong)
    await ordered(person, portal, right)
    await travel(portal, right, "next", "next", "next", "next", "next")
    await expect(person.page.get_by_text("邮寄的材料已签收").first).to_be_visible(timeout=30_000)
    await person.sees("已签收")
    await person.open("/my/shipments")
    await person.sees("邮寄材料", right, "已签收")
    await person.open("/unit/shipments", arrives_at="/my/shipments")


async def test_an_institution_has_a_list_of_its_own(visitor: Visitor) -> None:
    await visitor.open("/login")
    await fill_login(visitor, "J320000001", DEMO_INSTITUTION_ADMIN.mobile, DEMO_PASSWORD)
    await visitor.arrived("/institution")
    await visitor.follow("机构快递", "/institution/shipments")
    await visitor.sees("暂无快递信息", "办件寄送结果或邮寄材料后")


async def test_the_address_is_chosen_while_applying(member: Visitor) -> None:
    draft = {"status": "DRAFT", "stage": "", "step": "check", "number": None, "submitted_at": None}
    later = {"handed_in_at": None, "expires_at": "2099-01-01 00:00:00"}
    (case_id,) = put_cases(member.database, **UNIT, key=INJURY, **draft, **later)
    await member.open(f"/applications/{case_id}")
    await member.sees("结果寄送", "决定书免费寄送")
    await member.press("选择收件地址")
    await member.sees("本单位还没有收件地址。请先新增，再回到本页选择。", "去新增收件地址")
    await examine(member, "courier-applying", (360, 1440))


async def test_an_agent_is_told_whom_to_ask_for_an_address(visitor: Visitor) -> None:
    agent = UNIT | {"mobile": DEMO_AGENT.mobile}
    (case_id,) = put_cases(visitor.database, **agent, key=INJURY, status="ACCEPTED")
    await log_in_unit(visitor, identifier=DEMO_AGENT.mobile)
    await visitor.open(f"/cases/{case_id}")
    await visitor.press("选择收件地址")
    await visitor.sees("请联系法定代表人或管理员在「账号设置」中新增，再回到本页选择。")
    await expect(visitor.page.get_by_role("link", name="去新增收件地址")).to_have_count(0)
