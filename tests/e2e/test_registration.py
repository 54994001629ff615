"""Every way in which a registration goes wrong, with its sentence; leaving and resuming (R-2.2.1 to R-2.2.8)."""

import asyncio
import re

import httpx
import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_PERSON
from jsrs_portal.domain.registration import PERSON_KNOWN
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import (
    ACCOUNT_STEP,
    ARCHIVE,
    DISSOLVED,
    GU,
    HE,
    KINDERGARTEN,
    LAWYERS,
    PASSWORD,
    SOFTWARE,
    ask_for_code,
    back_to_unit,
    fill_account,
    fill_unit,
    identity_step,
    on_phone,
    read_code,
    register_person,
    register_unit,
    to_face,
    unit_number,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOBILE = "13805150200"
UNKNOWN_CODE = "91320100MA7YYYY05U"
"""A valid credit code that the registry does not know."""

NOT_AGREED = {"agreed": "请阅读并同意《法人用户注册协议》。"}
NOTHING_FILLED = {
    "uscc": "请填写统一社会信用代码。",
    "unit_name": "请填写单位全称，与营业执照一致。",
    "id_number": "请填写居民身份证号码。",
    "legal_name": "请填写姓名，与证件一致。",
} | NOT_AGREED
WRONG_TYPING = {
    "check digit": (
        {"统一社会信用代码": "91320100MA1X0TE58K"},
        {"uscc": "统一社会信用代码最后一位校验码不符，请核对是否输错。"},
    ),
    "17 characters": (
        {"统一社会信用代码": "91320100MA1X0TE58"},
        {"uscc": "统一社会信用代码应为18位，您填写了17位，请核对是否漏填或多填。"},
    ),
    "letter O": (
        {"统一社会信用代码": "91320100MA1XOTE58J"},
        {"uscc": "统一社会信用代码不使用字母I、O、S、V、Z，第13位的字母O是否应为数字0，请对照证照核对。"},
    ),
    "letter I": (
        {"统一社会信用代码": "9I320100MA1X0TE58J"},
        {"uscc": "统一社会信用代码不使用字母I、O、S、V、Z，第2位的字母I是否应为数字1，请对照证照核对。"},
    ),
    "organisation code": (
        {"统一社会信用代码": "91320100MA1X0TE68J"},
        {"uscc": "统一社会信用代码第9至17位（主体标识码）校验不符，请核对这九位是否输错。"},
    ),
    "no name": ({"单位全称": " "}, {"unit_name": "请填写单位全称，与营业执照一致。"}),
    "15 digits": (
        {"法定代表人证件号码": "320106900307001"},
        {"id_number": "15位的第一代居民身份证已停止使用，请填写第二代居民身份证上的18位号码。"},
    ),
    "identity check digit": (
        {"法定代表人证件号码": "320106199003070013"},
        {"id_number": "居民身份证号码最后一位校验码不符，请核对是否输错。"},
    ),
    "no such birthday": (
        {"法定代表人证件号码": "320106199002300012"},
        {"id_number": "居民身份证号码第7至14位应为出生日期，您填写的日期不存在，请核对。"},
    ),
    "no legal representative": ({"法定代表人姓名": "陆"}, {"legal_name": "请填写姓名，与证件一致。"}),
}
REGISTRY_SAYS = {
    "unknown": ({"统一社会信用代码": UNKNOWN_CODE}, {"uscc": "企业登记库中没有查到该统一社会信用代码，请核对。"}),
    "name": ({"单位全称": "南京云杉软件公司"}, {"unit_name": "单位全称与企业登记信息不一致，请核对。"}),
    "number": (
        {"法定代表人证件号码": ARCHIVE.legal_rep.id_number},
        {"id_number": "证件类型或证件号码与登记的法定代表人不一致，请核对。"},
    ),
    "person": ({"法定代表人姓名": "陆知原"}, {"legal_name": "姓名与登记的法定代表人不一致，请核对。"}),
    "all": (
        {"单位全称": "某某公司", "法定代表人证件号码": GU.id_number, "法定代表人姓名": GU.name},
        {
            "unit_name": "单位全称与企业登记信息不一致，请核对。",
            "id_number": "证件类型或证件号码与登记的法定代表人不一致，请核对。",
            "legal_name": "姓名与登记的法定代表人不一致，请核对。",
        },
    ),
}
WRONG_PASSWORDS = {
    "Ab1!xyz": "密码太短，请设置8至20个字符。",
    "Ab1!" * 5 + "x": "密码太长，请设置8至20个字符。",
    "abcdefgh1": "密码须包含数字、大写字母、小写字母、特殊字符中的至少三种，请补充。",
    "Password123": "这个密码太常见，容易被猜中；请不要用常用单词、姓名拼音加年份或连续按键来组成。",
    "Kq-MA1X0TE5x": "密码中不能出现统一社会信用代码、单位编号、手机号或证件号码中的连续6位，请更换。",
    "Kq-150200-x": "密码中不能出现统一社会信用代码、单位编号、手机号或证件号码中的连续6位，请更换。",
    "Kq-199003-x": "密码中不能出现统一社会信用代码、单位编号、手机号或证件号码中的连续6位，请更换。",
    "Kq1！密码密码": "密码只能使用半角数字、英文字母和键盘上的符号，不能含空格、中文或全角字符。",
    "Kq1! xy zk": "密码只能使用半角数字、英文字母和键盘上的符号，不能含空格、中文或全角字符。",
}
"""Passwords for a unit with SOFTWARE's credit code and representative and with MOBILE, and why each is refused."""


async def submit_unit(visitor: Visitor, **changed: str) -> None:
    """Fill step 1 in with some fields wrong and submit it."""
    await visitor.open("/register/unit")
    await fill_unit(visitor, SOFTWARE, **changed)
    await visitor.press("下一步")


# Step 1


@pytest.mark.req("R-2.2.1")
async def test_nothing_filled_in(visitor: Visitor) -> None:
    await visitor.open("/register/unit")
    await visitor.press("下一步")
    await visitor.refused(**NOTHING_FILLED)
    visitor.stored([], "SELECT 1 FROM drafts")


@pytest.mark.req("R-2.2.1")
async def test_not_agreed(visitor: Visitor) -> None:
    await visitor.open("/register/unit")
    await fill_unit(visitor, SOFTWARE)
    await visitor.page.get_by_role("checkbox").uncheck()
    await visitor.press("下一步")
    await visitor.refused(**NOT_AGREED)


@pytest.mark.req("R-2.2.1")
@pytest.mark.parametrize(("typed", "sentences"), WRONG_TYPING.values(), ids=WRONG_TYPING)
async def test_wrong_typing_is_explained(visitor: Visitor, typed: dict[str, str], sentences: dict[str, str]) -> None:
    await submit_unit(visitor, **typed)
    await visitor.refused(**sentences)
    await expect(visitor.field("单位全称")).to_have_value(typed.get("单位全称", SOFTWARE.name))


@pytest.mark.req("R-2.2.2")
@pytest.mark.parametrize(("typed", "sentences"), REGISTRY_SAYS.values(), ids=REGISTRY_SAYS)
async def test_a_mismatch_names_the_field_and_not_the_value(
    visitor: Visitor, typed: dict[str, str], sentences: dict[str, str]
) -> None:
    await submit_unit(visitor, **typed)
    await visitor.refused(**sentences)
    right = {"单位全称": SOFTWARE.name, "法定代表人姓名": SOFTWARE.legal_rep.name}
    visitor.never_received(SOFTWARE.legal_rep.id_number, *(right[label] for label in typed if label in right))


@pytest.mark.req("R-2.2.2")
async def test_a_dissolved_unit_cannot_register(visitor: Visitor) -> None:
    await visitor.open("/register/unit")
    await fill_unit(visitor, DISSOLVED)
    await visitor.press("下一步")
    await visitor.refused(uscc="该单位在企业登记库中已注销或被吊销，不能注册。")


@pytest.mark.req("R-2.2.2")
async def test_a_registered_unit_is_sent_to_login(visitor: Visitor, phone: Visitor, arrive: Arrive) -> None:
    number = await register_unit(visitor, phone, ARCHIVE, MOBILE)
    other = await arrive()
    await other.open("/register/unit")
    await fill_unit(other, ARCHIVE)
    await other.press("下一步")
    await other.refused(
        uscc="该单位已在本大厅注册，请直接登录；忘记密码的，请在登录页找回；法定代表人已变更的，请办理法定代表人变更。"
    )
    await expect(other.link("法定代表人变更")).to_have_attribute("href", "/takeover")
    other.never_received(number, MOBILE, ARCHIVE.legal_rep.id_number)
    await other.follow("已有帐号,去登录", "/login")


@pytest.mark.req("R-2.2.2")
async def test_a_registry_that_fails_changes_nothing(visitor: Visitor) -> None:
    order = {"mode": "error500", "times": 1}
    answer = httpx.post(f"{visitor.portal.sandbox}/_control/registry", json=order)  # noqa: ASYNC210
    assert answer.status_code == 200
    await submit_unit(visitor)
    await visitor.sees("企业登记信息核验服务的答复无法确认")
    visitor.stored([], "SELECT 1 FROM drafts")
    await visitor.press("下一步")
    await visitor.sees("等待扫码")


@pytest.mark.req("R-2.2.1")
async def test_the_agreement_can_be_read_without_losing_what_was_typed(visitor: Visitor) -> None:
    await visitor.open("/register/unit")
    await visitor.fill(单位全称=SOFTWARE.name)
    link = visitor.link("《法人用户注册协议》")
    if await link.get_attribute("target") == "_blank":
        async with visitor.context.expect_page() as opened:
            await link.click()
        reading = await opened.value
        await expect(reading.get_by_role("heading", level=1)).to_have_text("法人用户注册协议")
        await expect(reading.get_by_text("人脸识别由支付宝完成")).to_be_visible()
    else:
        await visitor.follow("《法人用户注册协议》", "/agreements/unit")
        await visitor.heading("法人用户注册协议")
        await visitor.sees("一、您在注册什么", "人脸识别由支付宝完成", "版本 2026-11")
        await visitor.page.go_back()
    await expect(visitor.field("单位全称")).to_have_value(SOFTWARE.name)
    await expect(visitor.page.get_by_role("checkbox")).not_to_be_checked()


# Step 2


@pytest.mark.req("R-2.2.3")
@pytest.mark.parametrize(("choice", "title"), [("不通过", "未通过"), ("取消", "已取消")])
async def test_a_face_check_that_did_not_pass_can_be_repeated(
    visitor: Visitor, phone: Visitor, choice: str, title: str
) -> None:
    first = await to_face(visitor, SOFTWARE)
    await on_phone(phone, first, choice)
    await visitor.sees(title)
    await visitor.reload()
    await visitor.sees(title)
    await visitor.press("重新认证")
    await visitor.sees("等待扫码")
    second = await visitor.qr()
    assert second != first
    await phone.visit(first)
    await phone.sees("二维码已失效")
    await on_phone(phone, second)
    await visitor.sees("短信验证码")


@pytest.mark.req("R-2.2.3")
async def test_whoever_scans_reads_what_it_is_for_and_can_refuse(visitor: Visitor, phone: Visitor) -> None:
    """A code relayed to a legal representative names the unit; 「不是我发起的」 ends it on the computer as well."""
    address = await to_face(visitor, SOFTWARE)
    await phone.visit(address)
    await phone.heading("确认人脸认证")
    await phone.sees(SOFTWARE.name, f"{SOFTWARE.legal_rep.name[0]}**", "任何人不得代为刷脸")
    phone.never_received(SOFTWARE.legal_rep.name, SOFTWARE.legal_rep.id_number)
    await phone.press("不是我发起的")
    await phone.sees("已取消认证")
    await visitor.sees("重新认证")
    visitor.stored([("CANCELLED",)], "SELECT state FROM face_checks")
    await phone.visit(address)
    await phone.sees("二维码已失效")


@pytest.mark.req("R-2.2.3")
async def test_an_expired_code_is_replaced(visitor: Visitor, phone: Visitor) -> None:
    first = await to_face(visitor, SOFTWARE)
    visitor.database.change("UPDATE face_checks SET expires_at = datetime('now', '-1 second')")
    await visitor.sees("为了安全，二维码只在短时间内有效。")
    await phone.visit(first)
    await phone.sees("二维码已失效", "请在电脑页面上重新获取二维码")
    await visitor.press("刷新二维码")
    await visitor.sees("等待扫码", "二维码有效时间还剩 4 分")
    await on_phone(phone, await visitor.qr())
    await visitor.sees("短信验证码")


@pytest.mark.req("R-2.2.3")
async def test_the_page_counts_down_and_says_when_the_code_has_expired(visitor: Visitor) -> None:
    await visitor.page.clock.install()
    await to_face(visitor, SOFTWARE)
    visitor.database.change("UPDATE face_checks SET expires_at = datetime('now', '-1 second'), queried_at = NULL")
    await visitor.page.clock.fast_forward("05:01")
    await visitor.sees("为了安全，二维码只在短时间内有效。")


@pytest.mark.req("R-2.2.3")
async def test_an_alipay_that_fails_can_be_tried_again(visitor: Visitor) -> None:
    await visitor.open("/register/unit")
    await fill_unit(visitor, SOFTWARE)
    order = {"mode": "error500", "times": 1}
    httpx.post(f"{visitor.portal.sandbox}/_control/face", json=order)  # noqa: ASYNC210
    await visitor.press("下一步")
    await visitor.sees("人脸识别服务的答复无法确认", "二维码未能生成")
    await visitor.press("刷新二维码")
    await visitor.sees("等待扫码")
    await visitor.does_not_see("人脸识别服务的答复无法确认")


# Step 3


@pytest.mark.req("R-2.2.4", "R-2.2.5")
async def test_the_account_step_says_what_is_wrong(applicant: Visitor) -> None:
    await applicant.press("提交注册")
    await applicant.refused(
        mobile="请填写手机号。",
        code="请输入短信中的 6 位数字验证码。",
        password="请输入密码。",
        confirmation="请再次输入密码。",
    )
    await expect(applicant.field("短信验证码")).to_have_attribute("placeholder", "请输入短信验证码")
    await expect(applicant.field("密码")).to_have_attribute("placeholder", "请输入密码")
    await expect(applicant.field("确认密码")).to_have_attribute("placeholder", "请再次输入密码")
    await applicant.fill(手机号="02583330000")
    await applicant.press("获取验证码")
    await applicant.refused(mobile="手机号应以13至19开头，请核对；固定电话无法接收短信，请勿填写。")
    applicant.stored([], "SELECT 1 FROM sms_codes")

    await applicant.fill(手机号=MOBILE, 短信验证码="12345", 密码=PASSWORD, 确认密码=PASSWORD + "x")
    await applicant.press("提交注册")
    await applicant.refused(code="请输入短信中的 6 位数字验证码。", confirmation="两次输入的密码不一致，请重新输入。")
    await applicant.fill(密码="abcdefgh1", 确认密码="abcdefgh2")  # both are said at once
    await applicant.press("提交注册")
    await applicant.refused(
        code="请输入短信中的 6 位数字验证码。",
        password=WRONG_PASSWORDS["abcdefgh1"],
        confirmation="两次输入的密码不一致，请重新输入。",
    )
    for password, sentence in WRONG_PASSWORDS.items():
        await applicant.fill(短信验证码="123456", 密码=password, 确认密码=password)
        await applicant.press("提交注册")
        await applicant.refused(password=sentence)
    applicant.stored([], "SELECT 1 FROM units WHERE uscc = ?", SOFTWARE.uscc)


@pytest.mark.req("R-2.2.4")
async def test_a_code_is_right_once_and_five_wrong_tries_void_it(applicant: Visitor, phone: Visitor) -> None:
    await fill_account(applicant, phone, MOBILE)
    right = await applicant.field("短信验证码").input_value()
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        await applicant.fill(短信验证码=wrong)
        await applicant.press("提交注册")
        await applicant.refused(code="验证码不正确或已失效，请核对后重新输入，或重新获取。")
    applicant.stored([("VOID", 0)], "SELECT state, tries_left FROM sms_codes")
    await applicant.fill(短信验证码=right)
    await applicant.press("提交注册")
    await applicant.refused(code="验证码不正确或已失效，请核对后重新输入，或重新获取。")


@pytest.mark.req("R-2.2.4")
async def test_a_code_expires(applicant: Visitor, phone: Visitor) -> None:
    await fill_account(applicant, phone, MOBILE)
    applicant.database.change("UPDATE sms_codes SET expires_at = datetime('now', '-1 second')")
    await applicant.press("提交注册")
    await applicant.refused(code="验证码不正确或已失效，请核对后重新输入，或重新获取。")


@pytest.mark.req("R-2.2.4")
async def test_another_code_must_wait(applicant: Visitor, phone: Visitor) -> None:
    await ask_for_code(applicant, phone, MOBILE)
    waiting = applicant.page.get_by_role("button", name=re.compile("后可重新获取"))
    await expect(waiting).to_be_disabled()
    await applicant.sees("秒后可重新获取")
    tab = await applicant.another_tab()
    await tab.open("/register/unit")
    await tab.fill(手机号=MOBILE)
    await tab.press("获取验证码")
    await tab.refused(mobile="验证码已发送，请于 60 秒后再重新获取。")
    tab.stored([(1,)], "SELECT count(*) FROM sms_codes")


@pytest.mark.req("R-2.2.4")
async def test_a_phone_of_somebody_else_is_refused(applicant: Visitor, phone: Visitor) -> None:
    await fill_account(applicant, phone, DEMO_PERSON.mobile)
    await applicant.press("提交注册")
    await applicant.refused(mobile="该手机号已被其他用户使用，请更换手机号。")
    applicant.stored([], "SELECT 1 FROM units WHERE uscc = ?", SOFTWARE.uscc)
    tab = await applicant.another_tab()  # the first one is still counting down
    await tab.open("/register/unit")
    await fill_account(tab, phone, MOBILE)
    await tab.press("提交注册")
    await unit_number(tab)


# Persons


@pytest.mark.req("R-2.2.7")
async def test_a_person_is_told_what_is_wrong(visitor: Visitor) -> None:
    await visitor.open("/register/person")
    await visitor.press("下一步")
    await visitor.refused(
        id_number="请填写居民身份证号码。",
        name="请填写姓名，与证件一致。",
        agreed="请阅读并同意《个人用户注册协议》。",
    )
    await visitor.fill(证件号码=GU.id_number, 姓名=HE.name)
    await visitor.page.get_by_role("checkbox").check()
    await visitor.press("下一步")
    await visitor.refused(id_number="姓名与证件号码不一致，请核对后重新填写。")
    visitor.never_received(GU.name)


@pytest.mark.req("R-2.2.7")
async def test_a_person_registers_once(visitor: Visitor, phone: Visitor, arrive: Arrive) -> None:
    await register_person(visitor, phone, HE)
    again = await arrive()
    await again.open("/register/person")
    await again.fill(证件号码=HE.id_number, 姓名=HE.name)
    await again.page.get_by_role("checkbox").check()
    await again.press("下一步")
    await again.refused(id_number=PERSON_KNOWN)
    again.never_received(HE.mobile)
    other = await arrive()
    await identity_step(other, GU)
    await fill_account(other, phone, DEMO_PERSON.mobile)
    await other.press("提交注册")
    await other.refused(mobile="该手机号已被其他用户使用，请更换手机号。")


@pytest.mark.req("R-2.2.7", "R-2.2.6")
async def test_a_registered_person_becomes_the_legal_representative(visitor: Visitor, phone: Visitor) -> None:
    """The person stays one; what was opened with another phone and never proven by face has to be proven again."""
    other = LAWYERS.legal_rep
    await visitor.open("/register/person")
    await visitor.fill(证件号码=other.id_number, 姓名=other.name)
    await visitor.page.get_by_role("checkbox").check()
    await visitor.press("下一步")
    await visitor.field(ACCOUNT_STEP).wait_for()
    await fill_account(visitor, phone, "13805150301")
    await visitor.press("提交注册")
    await visitor.sees("个人账户已开通")
    await register_unit(visitor, phone, LAWYERS, "13805150302")
    visitor.stored(
        [(1, 1)],
        "SELECT count(DISTINCT person_id), count(*) FROM credentials WHERE person_id IN"
        " (SELECT person_id FROM grants JOIN units ON units.id = unit_id WHERE uscc = ?)",
        LAWYERS.uscc,
    )


# Leaving and resuming


@pytest.mark.req("R-2.2.8")
async def test_a_registration_is_resumed_in_the_same_browser_only(
    visitor: Visitor, phone: Visitor, arrive: Arrive
) -> None:
    person = SOFTWARE.legal_rep
    address = await to_face(visitor, SOFTWARE)
    tab = await visitor.another_tab()
    await visitor.page.close()
    await tab.open("/register/unit")
    await tab.sees("等待扫码", "已保存")
    assert await tab.qr() == address
    await tab.press("上一步")
    await expect(tab.field("统一社会信用代码")).to_have_value(SOFTWARE.uscc)
    await expect(tab.field("单位全称")).to_have_value(SOFTWARE.name)
    await expect(tab.field("法定代表人证件号码")).to_have_value("")
    await expect(tab.field("法定代表人姓名")).to_have_value("")
    await tab.sees("已填写 ***************0012，不修改请留空", "已填写 陆**，不修改请留空")
    await tab.reload()
    await tab.sees("已填写 ***************0012，不修改请留空")
    tab.never_received(person.name, person.id_number)
    await tab.press("下一步")
    await tab.sees("等待扫码")
    await on_phone(phone, await tab.qr())
    await tab.sees("短信验证码")
    third = await tab.another_tab()
    await tab.page.close()
    await third.open("/register/unit")
    await third.sees("短信验证码")
    third.never_received(person.name, person.id_number)

    stranger = await arrive()
    await stranger.open("/register/unit")
    await expect(stranger.field("统一社会信用代码")).to_have_value("")
    stranger.never_received(SOFTWARE.uscc, SOFTWARE.name)
    await stranger.does_not_see("已填写", "已保存")


@pytest.mark.req("R-2.2.8")
async def test_going_back_keeps_the_face_check_while_nothing_changes(applicant: Visitor) -> None:
    await back_to_unit(applicant)
    await applicant.press("下一步")
    await applicant.sees("短信验证码")
    applicant.stored([("PASSED",)], "SELECT state FROM face_checks")


@pytest.mark.req("R-2.2.8")
async def test_going_back_one_step_leads_forward_again(applicant: Visitor) -> None:
    await applicant.press("上一步")
    await expect(applicant.page.get_by_role("listitem").filter(has_text="填写账户信息（当前步骤）")).to_have_count(0)
    forward = applicant.page.get_by_role("button", name="下一步").or_(applicant.field(ACCOUNT_STEP))
    await expect(forward.first).to_be_visible()
    if not await applicant.field(ACCOUNT_STEP).is_visible():
        await forward.first.click()
    await applicant.sees("短信验证码")


@pytest.mark.req("R-2.2.8")
async def test_a_changed_answer_clears_the_face_check(applicant: Visitor, phone: Visitor) -> None:
    await back_to_unit(applicant)
    await applicant.fill(统一社会信用代码=KINDERGARTEN.uscc, 单位全称=KINDERGARTEN.name)
    await applicant.press("下一步")
    await applicant.sees("等待扫码")
    await applicant.reload()
    await applicant.sees("等待扫码")
    await on_phone(phone, await applicant.qr())
    await applicant.sees("短信验证码")
    await fill_account(applicant, phone, MOBILE)
    await applicant.press("提交注册")
    await unit_number(applicant)
    applicant.stored(
        [(KINDERGARTEN.name,)], "SELECT name FROM units WHERE created_at > (SELECT min(created_at) FROM units)"
    )


@pytest.mark.req("R-2.2.8")
async def test_start_again_forgets_everything(visitor: Visitor) -> None:
    await to_face(visitor, SOFTWARE)
    await visitor.press("清空并重新开始")
    await visitor.press("清空")
    await expect(visitor.field("统一社会信用代码")).to_have_value("")
    await visitor.does_not_see("已填写", "已保存")
    visitor.stored([], "SELECT 1 FROM drafts")


@pytest.mark.req("R-2.2.6", "R-2.2.8")
async def test_a_double_click_registers_one_unit(applicant: Visitor, phone: Visitor) -> None:
    await fill_account(applicant, phone, MOBILE)
    await applicant.page.evaluate(
        """() => { const form = document.querySelector('#password').form;
                   for (let i = 0; i < 3; i++) form.requestSubmit(); }"""
    )
    number = await unit_number(applicant)
    await applicant.reload()
    await applicant.sees("单位账户已开通", number)
    one_of_each(applicant, SOFTWARE.uscc)


@pytest.mark.req("R-2.2.8")
async def test_two_tabs_register_one_unit(applicant: Visitor, phone: Visitor) -> None:
    tab = await applicant.another_tab()
    await tab.open("/register/unit")
    await fill_account(applicant, phone, MOBILE)
    code = await read_code(phone, MOBILE)
    await tab.fill(手机号=MOBILE, 短信验证码=code, 密码=PASSWORD, 确认密码=PASSWORD)
    await asyncio.gather(applicant.press("提交注册"), tab.press("提交注册"))
    assert await unit_number(applicant) == await unit_number(tab)
    one_of_each(applicant, SOFTWARE.uscc)


@pytest.mark.req("R-2.2.8")
async def test_a_tab_left_behind_cannot_finish_what_was_changed(applicant: Visitor, phone: Visitor) -> None:
    await fill_account(applicant, phone, MOBILE)
    tab = await applicant.another_tab()
    await tab.open("/register/unit")
    await tab.press("清空并重新开始")
    await tab.press("清空")
    await expect(tab.field("统一社会信用代码")).to_have_value("")
    await applicant.press("提交注册")
    await applicant.sees("该页面已在其他窗口更新，请刷新后继续。")
    applicant.stored([], "SELECT 1 FROM units WHERE uscc = ?", SOFTWARE.uscc)
    await applicant.reload()
    await expect(applicant.field("统一社会信用代码")).to_have_value("")


def one_of_each(visitor: Visitor, uscc: str) -> None:
    """Assert that one registration has left one unit, person, grant, password, consent and used proof."""
    visitor.stored(
        [(1, 1, 1, 1, 1)],
        "SELECT (SELECT count(*) FROM units WHERE uscc = ?1),"
        " (SELECT count(*) FROM grants JOIN units u ON u.id = unit_id WHERE uscc = ?1),"
        " (SELECT count(*) FROM consents JOIN units u ON u.id = unit_id WHERE uscc = ?1),"
        " (SELECT count(*) FROM face_checks WHERE state = 'USED'),"
        " (SELECT count(*) FROM sms_codes WHERE state = 'USED')",
        uscc,
    )
