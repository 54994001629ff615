"""账号设置 in the browser: the password by the old one, the phone by the face (R-2.6.8)."""

import zipfile

import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_ADMIN, DEMO_AGENT, DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.masking import mask_document, mask_name, mask_phone
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import GU, ask_for_code, log_in_person, log_in_unit, on_phone, register_person
from tests.e2e.test_pages import examine

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEW_PASSWORD, NEW_MOBILE = "Harbour-37!fen", "13912340991"


@pytest.mark.req("R-2.6.8.0", "R-2.6.8.1", "R-2.6.8.3")
async def test_the_page_of_the_unit_masked(arrive: Arrive) -> None:
    visitor = await arrive()
    await log_in_unit(visitor)
    await visitor.open("/unit/settings")
    await visitor.heading("账号设置")
    await visitor.sees(
        *("统一社会信用代码", DEMO_UNIT.uscc, "单位全称", "法人基础信息", mask_name(DEMO_PERSON.name)),
        *(mask_document(DocumentType.RESIDENT_ID, DEMO_PERSON.id_number), mask_phone(DEMO_PERSON.mobile)),
        *("密码设置", "已设置", "为了账户安全，建议您定期更换密码。", "修改手机"),
    )
    await visitor.does_not_see("本人手机")  # the legal representative's own stands with 「法人基础信息」
    await visitor.never_contains(DEMO_PERSON.name, DEMO_PERSON.id_number, DEMO_PERSON.mobile)
    visitor.never_received(DEMO_PERSON.name, DEMO_PERSON.id_number, DEMO_PERSON.mobile)
    menu = visitor.page.get_by_role("navigation", name="单位中心")
    await expect(menu.get_by_role("link", name="单位信息与密码")).to_have_attribute("aria-current", "page")
    await menu.get_by_role("link", name="登录设备").click()
    await visitor.arrived("/sessions")
    menu = visitor.page.get_by_role("navigation", name="单位中心")
    await expect(menu.get_by_role("link", name="登录设备")).to_have_attribute("aria-current", "page")


@pytest.mark.req("R-2.6.8.1")
@pytest.mark.parametrize(("person", "sees"), [(DEMO_ADMIN, True), (DEMO_AGENT, False)], ids=["admin", "agent"])
async def test_who_sees_the_legal_representative(arrive: Arrive, person, sees: bool) -> None:
    visitor = await arrive()
    await log_in_unit(visitor, identifier=person.mobile)
    await visitor.open("/unit/settings")
    await visitor.sees(mask_phone(person.mobile), "已设置", "本人手机")
    assert bool(await visitor.page.get_by_text("法人基础信息").count()) is sees


@pytest.mark.req("R-2.6.8.3")
async def test_the_password_is_changed_and_logs_in(visitor: Visitor, phone: Visitor, arrive: Arrive) -> None:
    await register_person(visitor, phone, GU)
    await log_in_person(visitor, GU.mobile, GU.password)
    await visitor.open("/my")
    await visitor.follow("账号设置", "/my/settings")
    await visitor.press("修改密码")
    await visitor.sees("可信手机也需重新添加")
    await examine(visitor, "account-password")
    await visitor.press("保存")
    await visitor.refused(old="请输入原密码。", password="请输入新密码。", confirmation="请再次输入密码。")
    await visitor.fill(原密码="Not-the-old-1", 新密码=NEW_PASSWORD, 确认新密码=NEW_PASSWORD)
    await visitor.press("保存")
    await visitor.refused(old="原密码不正确，请重新输入。")
    await visitor.fill(原密码=GU.password, 新密码=NEW_PASSWORD, 确认新密码=NEW_PASSWORD)
    await visitor.press("保存")
    await visitor.sees("密码已修改，用原密码登录的其他设备均已退出。")
    await visitor.reload()
    await visitor.heading("账号设置")
    visitor.never_received(GU.password, NEW_PASSWORD)
    other = await arrive()
    await log_in_person(other, GU.mobile, NEW_PASSWORD)


@pytest.mark.req("R-2.6.8.2")
async def test_the_phone_is_changed_by_face_and_code(visitor: Visitor, phone: Visitor, arrive: Arrive) -> None:
    await register_person(visitor, phone, GU)
    await log_in_person(visitor, GU.mobile, GU.password)
    await visitor.open("/my/settings")
    await visitor.follow("修改手机", "/my/settings/phone")
    await visitor.sees("等待扫码")
    await examine(visitor, "account-phone-face")
    await on_phone(phone, await visitor.qr(), purpose="账号设置 · 修改手机")
    await visitor.field("手机号").wait_for()
    await examine(visitor, "account-phone")
    await visitor.press("提交")
    await visitor.sees("请先改正以下内容")
    code = await ask_for_code(visitor, phone, NEW_MOBILE)
    await visitor.fill(手机号=NEW_MOBILE, 短信验证码=code)
    await visitor.press("提交")
    await visitor.sees("手机号已修改")
    await examine(visitor, "account-phone-done")
    await visitor.follow("返回账号设置", "/my/settings")
    await visitor.sees(mask_phone(NEW_MOBILE))
    other = await arrive()
    await log_in_person(other, NEW_MOBILE, GU.password)


@pytest.mark.req("R-2.6.8.2")
async def test_a_failed_face_leads_nowhere(arrive: Arrive, phone: Visitor) -> None:
    visitor = await arrive()
    await log_in_unit(visitor)
    await visitor.open("/unit/settings/phone")
    await visitor.sees("等待扫码")
    await on_phone(phone, await visitor.qr(), "不通过", purpose="账号设置 · 修改手机")
    await visitor.sees("未通过")
    assert DEMO_PASSWORD
    await expect(visitor.page.get_by_label("手机号", exact=True)).to_have_count(0)


@pytest.mark.req("R-2.6.8.4")
async def test_addresses_are_added_changed_and_removed(arrive: Arrive) -> None:
    visitor = await arrive()
    visitor.database.change("DELETE FROM addresses")
    await log_in_unit(visitor)
    await visitor.open("/unit/settings/addresses")
    await visitor.sees("温馨提示：最多10个、当前已设置 0 个，还可以增加 10 个", "暂无收件地址")
    await visitor.press("新增收件地址")
    await examine(visitor, "addresses-new")
    await visitor.press("保存")
    await visitor.refused(
        name="请填写收件人姓名（2至50个字）。",
        mobile="请填写移动电话。",
        province="请选择所在地区的省。",
        detail="请填写详细地址（4至120个字），如街道、门牌号、楼栋房间号。",
    )
    await visitor.fill(收件人姓名="成收件", 移动电话="13912340077", 详细地址="狮山路22号科技大厦1203室")
    await visitor.field("省").select_option(label="浙江省")
    await expect(visitor.field("市").locator("option", has_text="杭州市")).to_have_count(1)
    await visitor.field("市").select_option(label="杭州市")
    await expect(visitor.field("区县").locator("option", has_text="西湖区")).to_have_count(1)
    await visitor.field("区县").select_option(label="西湖区")
    await visitor.field("省").select_option(label="江苏省")
    await expect(visitor.field("市")).to_have_value("")
    await expect(visitor.field("区县")).to_be_disabled()
    await expect(visitor.field("市").locator("option", has_text="苏州市")).to_have_count(1)
    await visitor.field("市").select_option(label="苏州市")
    await expect(visitor.field("区县").locator("option", has_text="虎丘区")).to_have_count(1)
    await visitor.field("区县").select_option(label="虎丘区")
    await visitor.press("保存")
    await visitor.sees("收件地址已新增。", "成**", "1*******77", "江苏省苏州市虎丘区", "默认地址", "还可以增加 9 个")
    await examine(visitor, "addresses")
    await visitor.reload()
    await visitor.page.get_by_role("button", name="修改：成**").click()
    await expect(visitor.field("区县")).to_have_value("320505")
    await visitor.sees("已填写 成**，不修改请留空")
    await visitor.fill(详细地址="狮山路33号")
    await visitor.press("保存")
    await visitor.sees("收件地址已修改。", "狮山路33号")
    await visitor.page.get_by_role("button", name="删除：成**").click()
    await visitor.sees("删除后不能恢复")
    await examine(visitor, "addresses-remove")
    await visitor.press("确认删除")
    await visitor.sees("收件地址已删除。", "暂无收件地址")
    visitor.never_received("成收件", "13912340077", "西藏自治区")


@pytest.mark.req("R-2.6.8.5")
async def test_the_security_history(arrive: Arrive) -> None:
    visitor = await arrive()
    await log_in_unit(visitor)
    await visitor.open("/unit/settings/history")
    await visitor.heading("安全记录")
    await visitor.sees("进入系统", "成功", DEMO_UNIT.name)
    await examine(visitor, "account-history")


@pytest.mark.req("R-2.6.8.5")
async def test_the_export_is_made_and_fetched_once(arrive: Arrive) -> None:
    visitor = await arrive()
    visitor.database.change("DELETE FROM data_exports")
    await log_in_person(visitor)
    await visitor.open("/my/settings/data")
    await visitor.press("申请导出")
    await visitor.sees("可以下载", "只能下载一次")
    await examine(visitor, "account-data")
    async with visitor.page.expect_download() as fetching:
        await visitor.link("下载").click()
    download = await fetching.value
    assert download.suggested_filename.startswith("我的数据-")
    with zipfile.ZipFile(await download.path()) as archive:
        assert DEMO_PERSON.id_number in archive.read("我的数据.html").decode()
    await visitor.sees("已下载")
    visitor.never_received(DEMO_PERSON.name, DEMO_PERSON.id_number, DEMO_PERSON.mobile)


@pytest.mark.req("R-2.6.8.5")
async def test_an_account_is_to_be_closed_and_its_person_thinks_better_of_it(arrive: Arrive) -> None:
    visitor = await arrive()
    await log_in_unit(visitor, identifier=DEMO_AGENT.mobile)
    await visitor.open("/unit/settings/data")
    await visitor.press("申请注销")
    await visitor.sees("账户注销后：", "担任的经办人、管理员授权全部收回", "以后如需办事，可以重新注册")
    await examine(visitor, "account-closing")
    await visitor.press("确认注销")
    await visitor.refused(closing_password="请输入个人登录密码。")
    await visitor.fill(个人登录密码="Not-1t-at-all")
    await visitor.press("确认注销")
    await visitor.refused(closing_password="密码不正确，请重新输入。")
    await visitor.fill(个人登录密码=DEMO_PASSWORD)
    await visitor.press("确认注销")
    await visitor.sees("已申请注销，7 天内可以随时撤销。", "注销。在此之前可以撤销，账户和授权保持不变。")
    await visitor.open("/unit")
    await visitor.sees("在此之前可以撤销。")
    await examine(visitor, "account-closing-banner")
    heard = len(visitor.frames)
    await visitor.follow("去撤销", "/my/settings/data")
    await visitor.filled(since=heard, pages=0)
    await visitor.press("撤销注销")
    await visitor.sees("已撤销注销，账户和授权保持不变。")
    await visitor.open("/unit")
    await visitor.does_not_see("在此之前可以撤销。")


@pytest.mark.req("R-2.6.8.5")
async def test_a_units_password_closes_no_account(arrive: Arrive) -> None:
    visitor = await arrive()
    await log_in_unit(visitor)
    await visitor.open("/unit/settings/data")
    await visitor.sees("为保护您的账户，请使用个人密码登录后再注销。")
