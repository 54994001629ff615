"""法定代表人变更 from the registry's change to the new legal representative's login (R-2.6.2.4)."""

import pytest
from playwright.async_api import expect

from jsrs_portal.gateways.business_registry.sandbox_units import BY_USCC
from jsrs_portal.gateways.identity.sandbox_persons import FENG_YINGXUE
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import (
    ACCOUNT_STEP,
    fill_account,
    fill_unit,
    log_in_unit,
    register_unit,
)
from tests.e2e.test_pages import examine

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.2.4")]
CLUB = BY_USCC["51320000509182003W"]
FORMER_MOBILE, NEW_MOBILE, NEW_PASSWORD = "13805150911", "13805150912", "Meadow-41-fox"
PURPOSE = "法定代表人变更 · 新法定代表人认证"


async def change_registry(phone: Visitor, name: str) -> None:
    """Have the simulated registry name another legal representative."""
    await phone.visit(f"{phone.portal.sandbox}/registry")
    await phone.page.get_by_label("单位", exact=True).select_option(label=CLUB.name)
    await phone.page.get_by_label("新法定代表人").select_option(label=name)
    await phone.press("变更法定代表人")
    await expect(phone.page.locator("tr").filter(has_text=CLUB.uscc)).to_contain_text(name)


async def prove(visitor: Visitor, phone: Visitor, **changed: str) -> None:
    """Do the first two steps of the change."""
    await fill_unit(visitor, CLUB, **changed)
    await visitor.press("下一步")
    await visitor.sees("等待扫码")
    await phone.visit(await visitor.qr())
    await phone.sees(PURPOSE, CLUB.name)
    await phone.link("是我本人，去刷脸").click()
    await phone.press("通过")
    await phone.arrived("/phone/done")


async def test_the_new_one_takes_over_and_the_former_one_is_out(arrive: Arrive, phone: Visitor) -> None:
    former = await arrive()
    await register_unit(former, phone, CLUB, FORMER_MOBILE)
    await log_in_unit(former, CLUB.uscc, FORMER_MOBILE, "Yunshan-59!kq")
    # Nothing has changed yet: whoever leads the unit learns so after the face.
    early = await arrive()
    await early.open("/takeover")
    await early.press("下一步")
    await early.sees("请先改正以下内容")
    await examine(early, "takeover-errors")
    await prove(early, phone)
    await early.sees("您已是该单位在本大厅的法定代表人，无需变更")
    await examine(early, "takeover-needless")
    # The registry names somebody else.
    await change_registry(phone, FENG_YINGXUE.name)
    other = await arrive()
    await other.open("/register/unit")
    await fill_unit(other, CLUB, 法定代表人证件号码=FENG_YINGXUE.id_number, 法定代表人姓名=FENG_YINGXUE.name)
    await other.press("下一步")
    await other.sees("法定代表人已变更的，请办理法定代表人变更")
    await other.follow("法定代表人变更", "/takeover")
    await prove(other, phone, 法定代表人证件号码=FENG_YINGXUE.id_number, 法定代表人姓名=FENG_YINGXUE.name)
    await other.field(ACCOUNT_STEP).wait_for()
    await examine(other, "takeover-account")
    await fill_account(other, phone, NEW_MOBILE, NEW_PASSWORD)
    await other.press("提交变更")
    await other.sees("变更成功", "原法定代表人的授权已终止")
    await examine(other, "takeover-done")
    other.never_received(FENG_YINGXUE.id_number, CLUB.legal_rep.name, CLUB.legal_rep.id_number, FORMER_MOBILE)
    # The former one's session has ended, the new one's password opens the unit.
    await former.page.goto("/unit/info")
    await former.arrived("/login")
    await log_in_unit(other, CLUB.uscc, NEW_MOBILE, NEW_PASSWORD)
    await other.open("/unit/info")
    await other.sees(CLUB.name, "法定代表人变更")
    for mobile, told in ((FORMER_MOBILE, "您不再是"), (NEW_MOBILE, "您已成为")):
        await phone.visit(f"{phone.portal.sandbox}/sms/outbox?phone={mobile}")
        await phone.sees(told)
