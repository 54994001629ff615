"""法人找回密码 in the browser, for everybody who has a password: by face, by SMS, and what is refused (R-2.5)."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from jsrs_portal.catalog.demo import (
    DEMO_ADMIN,
    DEMO_AGENT,
    DEMO_INSTITUTION_ADMIN,
    DEMO_PERSON,
    DEMO_UNIT,
    DemoPerson,
)
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import (
    KINDERGARTEN,
    PASSWORD,
    SOFTWARE,
    fill_login,
    log_in_unit,
    read_code,
    register_unit,
    scan,
    solve_puzzle,
    to_face,
)
from tests.e2e.test_pages import examine
from tests.support.portal import Portal

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOBILE = "13805150300"
NEW = "Maple-37!oven"
NEWER = "Rivet-68!dune"
LEGAL = ("统一社会信用代码", "法定代表人证件号码", "法定代表人姓名")
STAFF = ("统一社会信用代码/单位编号", "证件号码", "姓名")
MISMATCH = "填写的信息与已开通的账号不一致，或该账号目前不能使用，请核对后重新填写。"
PURPOSE = "找回密码 · 账号持有者本人认证"


@pytest.fixture(autouse=True)
def as_before(portal: Portal, afresh: None) -> Iterator[None]:
    """Put the demonstration's passwords and sessions back: other tests use them."""
    kept = portal.database.rows("SELECT * FROM credentials")
    alive = [f"'{one}'" for (one,) in portal.database.rows("SELECT id FROM user_sessions WHERE ended_at IS NULL")]
    yield
    portal.database.change(
        "DELETE FROM former_passwords",
        "DELETE FROM credentials",
        f"UPDATE user_sessions SET ended_at = NULL, ended_because = '' WHERE id IN ({','.join(alive)})",
    )
    portal.database.put("credentials", kept)


async def fill(visitor: Visitor, labels: tuple[str, ...], *values: str) -> None:
    """Fill step 1 in and press 「下一步」."""
    await visitor.fill(**dict(zip(labels, values, strict=True)))
    await visitor.press("下一步")


async def name_account(visitor: Visitor, labels: tuple[str, ...], *values: str) -> None:
    """Do step 1, puzzle included; the QR code is on the screen afterwards."""
    await fill(visitor, labels, *values)
    await visitor.sees("拖动下方滑块完成拼图")
    await solve_puzzle(visitor)
    await visitor.sees("等待扫码")


async def by_face(visitor: Visitor, phone: Visitor) -> None:
    """Scan the code on the screen with the phone and pass."""
    await scan(phone, await visitor.qr(), PURPOSE)
    await phone.press("通过")
    await phone.arrived("/phone/done")
    await visitor.field("新密码").wait_for()


async def by_sms(visitor: Visitor, phone: Visitor, mobile: str) -> None:
    """Have a code sent to the registered phone and type it."""
    await visitor.press("短信验证码")
    await visitor.sees(f"1*******{mobile[-2:]}")
    await visitor.press("获取验证码")
    await visitor.sees("后可重新获取")
    await visitor.page.locator("#code").fill(await read_code(phone, mobile))
    await visitor.press("下一步")
    await visitor.field("新密码").wait_for()


async def confirm_phone(visitor: Visitor, phone: Visitor, mobile: str) -> None:
    """After a first face check: type the phone that is one's own and the code sent to it."""
    await visitor.sees("您是首次通过人脸认证")
    await visitor.fill(手机号=mobile)
    await visitor.press("获取验证码")
    await visitor.sees("后可重新获取")
    await visitor.page.locator("#code").fill(await read_code(phone, mobile))


async def choose(visitor: Visitor, password: str, again: str | None = None) -> None:
    """Do step 3."""
    await visitor.fill(新密码=password, 确认密码=password if again is None else again)
    await visitor.press("提交")


async def told(phone: Visitor, mobile: str) -> None:
    """Wait for the message that says so."""
    for _ in range(30):
        await phone.visit(f"{phone.portal.sandbox}/sms/outbox?phone={mobile}")
        if await phone.page.get_by_text("登录密码已重新设置").count():
            return
        await phone.page.wait_for_timeout(500)
    raise AssertionError("nobody was told")


async def to_proof(visitor: Visitor, person: DemoPerson, kind: str = "", number: str = "") -> None:
    """Open the page for somebody of the demonstration and do step 1."""
    await visitor.open("/recover" + (f"?kind={kind}" if kind else ""))
    if kind == "person":
        await expect(visitor.field(STAFF[0])).to_be_hidden()
        await name_account(visitor, STAFF[1:], person.id_number, person.name)
    elif kind == "agent":
        await name_account(visitor, STAFF, number or DEMO_UNIT.uscc, person.id_number, person.name)
    elif kind == "institution":
        await name_account(visitor, ("机构编号", *STAFF[1:]), number, person.id_number, person.name)
    else:
        await name_account(visitor, LEGAL, DEMO_UNIT.uscc, person.id_number, person.name)


@pytest.mark.req("R-2.5.1", "R-2.5.2", "R-2.5.3", "R-2.5.4")
async def test_a_legal_representative_by_face(arrive: Arrive, phone: Visitor) -> None:
    """From the login to the login, with every state looked at; who was logged in is logged out."""
    visitor, elsewhere = await arrive(), await arrive()
    await register_unit(elsewhere, phone, SOFTWARE, MOBILE)
    await log_in_unit(elsewhere, SOFTWARE.uscc, MOBILE, PASSWORD)
    await visitor.open("/login")
    await visitor.follow("忘记密码?", "/recover")
    await visitor.heading("法人找回密码")
    await visitor.sees("填写账号", "人脸识别", "设置新密码", "完成修改", "操作说明", "找到账号了,去登录")
    await expect(visitor.field("法定代表人证件类型")).to_have_value("01")
    await examine(visitor, "recover-account")
    await visitor.page.set_viewport_size({"width": 1440, "height": 900})
    leader = SOFTWARE.legal_rep
    await name_account(visitor, LEGAL, SOFTWARE.uscc, leader.id_number, leader.name)
    visitor.never_received(leader.id_number, leader.name, MOBILE)
    await examine(visitor, "recover-face")
    await visitor.page.set_viewport_size({"width": 1440, "height": 900})
    await phone.visit(await visitor.qr())
    await phone.sees(PURPOSE, SOFTWARE.name, f"{leader.name[0]}**")
    await by_face(visitor, phone)
    await visitor.sees(f"新密码用于以您的身份登录「{SOFTWARE.name}」")
    await examine(visitor, "recover-password")
    await choose(visitor, PASSWORD)
    await visitor.refused(password="新密码不能与最近使用过的5个密码相同，请换一个没有用过的密码。")
    await choose(visitor, NEW, NEWER)
    await visitor.refused(confirmation="两次输入的密码不一致，请重新输入。")
    await choose(visitor, NEW)
    await visitor.sees("密码设置完成", "请用新密码重新登录")
    await examine(visitor, "recover-done")
    await elsewhere.page.set_viewport_size({"width": 1440, "height": 900})
    await elsewhere.follow("单位信息")
    await elsewhere.arrived("/login")
    await visitor.follow("去登录", "/login")
    await expect(visitor.field("统一社会信用代码/单位编号/机构编号")).to_have_value(SOFTWARE.uscc)
    await fill_login(visitor, SOFTWARE.uscc, MOBILE, PASSWORD)
    await visitor.sees("密码不正确")
    await log_in_unit(visitor, SOFTWARE.uscc, MOBILE, NEW)
    await told(phone, MOBILE)


@pytest.mark.req("R-2.5.3", "R-2.5.4")
async def test_a_legal_representative_by_sms(visitor: Visitor, phone: Visitor) -> None:
    await to_proof(visitor, DEMO_PERSON)
    await visitor.press("短信验证码")
    await visitor.sees("验证码将发送到账号登记的手机号", f"1*******{DEMO_PERSON.mobile[-2:]}")
    await examine(visitor, "recover-sms")
    await visitor.page.set_viewport_size({"width": 1440, "height": 900})
    await visitor.press("下一步")
    await visitor.refused(code="请输入短信中的 6 位数字验证码。")
    await visitor.press("获取验证码")
    await visitor.sees("后可重新获取")
    await visitor.page.locator("#code").fill("000000")
    await visitor.press("下一步")
    await visitor.refused(code="验证码不正确或已失效，请核对后重新输入，或重新获取。")
    await visitor.page.locator("#code").fill(await read_code(phone, DEMO_PERSON.mobile))
    await visitor.press("下一步")
    await visitor.field("新密码").wait_for()
    visitor.never_received(DEMO_PERSON.mobile, DEMO_PERSON.id_number, DEMO_PERSON.name)
    await choose(visitor, NEW)
    await visitor.sees("密码设置完成")
    await log_in_unit(visitor, password=NEW)


@pytest.mark.req("R-2.5.5")
@pytest.mark.parametrize(
    ("person", "face"), [(DEMO_AGENT, True), (DEMO_ADMIN, False)], ids=["agent by face", "administrator by sms"]
)
async def test_agents_and_administrators(visitor: Visitor, phone: Visitor, person: DemoPerson, face: bool) -> None:
    """They enter by the personal password: the page says so, and it is the personal one that changes."""
    await visitor.open("/recover")
    await visitor.press("管理员/经办人")
    await name_account(visitor, STAFF, DEMO_UNIT.uscc, person.id_number, person.name)
    await (by_face(visitor, phone) if face else by_sms(visitor, phone, person.mobile))
    await visitor.sees(f"您登录「{DEMO_UNIT.name}」使用的是个人密码")
    if face:
        await confirm_phone(visitor, phone, person.mobile)
    await choose(visitor, NEW)
    await visitor.sees("密码设置完成")
    await log_in_unit(visitor, identifier=person.mobile, password=NEW)


@pytest.mark.req("R-2.5.3", "R-2.5.5")
async def test_a_legal_representative_who_never_showed_their_face(visitor: Visitor, phone: Visitor) -> None:
    """As an upgrade leaves it: nothing but a face will do, and the phone is proven with the new password."""
    visitor.database.change("UPDATE grants SET proven_at = NULL", "UPDATE persons SET proven_at = NULL")
    await to_proof(visitor, DEMO_PERSON)
    await visitor.sees("首次认证须由本人通过支付宝人脸识别。")
    await expect(visitor.button("短信验证码")).to_be_hidden()
    await by_face(visitor, phone)
    await choose(visitor, NEW)
    await visitor.refused(mobile="请填写手机号。", code="请输入短信中的 6 位数字验证码。")
    await examine(visitor, "recover-first-face")
    await confirm_phone(visitor, phone, DEMO_PERSON.mobile)
    await choose(visitor, NEW)
    await visitor.sees("密码设置完成")
    await log_in_unit(visitor, password=NEW)


@pytest.mark.req("R-2.5.5")
async def test_an_institutions_administrator(visitor: Visitor, phone: Visitor) -> None:
    await to_proof(visitor, DEMO_INSTITUTION_ADMIN, "institution", "J320000001")
    await by_sms(visitor, phone, DEMO_INSTITUTION_ADMIN.mobile)
    await choose(visitor, "Kq-000001-x")
    await expect(visitor.page.locator("#password-error")).to_contain_text("连续6位")
    await choose(visitor, NEW)
    await visitor.sees("密码设置完成")
    await visitor.open("/login")
    await fill_login(visitor, "J320000001", DEMO_INSTITUTION_ADMIN.mobile, NEW)
    await visitor.arrived("/institution")


@pytest.mark.req("R-2.5.5")
async def test_a_person_from_the_personal_side_of_the_login(visitor: Visitor, phone: Visitor) -> None:
    await visitor.open("/login")
    await visitor.press("个人登录")
    await expect(visitor.field("统一社会信用代码/单位编号/机构编号")).to_be_hidden()
    await visitor.follow("忘记密码?", "/recover")
    await visitor.heading("个人找回密码")
    await name_account(visitor, STAFF[1:], DEMO_AGENT.id_number, DEMO_AGENT.name)
    await scan(phone, await visitor.qr(), PURPOSE)
    assert "单位名称" not in await phone.page.content()
    await phone.press("通过")
    await visitor.field("新密码").wait_for()
    await confirm_phone(visitor, phone, DEMO_AGENT.mobile)
    await choose(visitor, NEW)
    await visitor.sees("密码设置完成")
    await visitor.open("/login")
    await visitor.press("个人登录")
    await expect(visitor.field("统一社会信用代码/单位编号/机构编号")).to_be_hidden()
    await visitor.fill(**{"证件号码/移动电话": DEMO_AGENT.mobile, "密码": NEW})
    await visitor.press("登录")
    await visitor.arrived("/choose")


# What is refused


@pytest.mark.req("R-2.5.1")
async def test_a_field_that_is_wrong_is_named_and_asks_for_no_puzzle(visitor: Visitor) -> None:
    await visitor.open("/recover")
    await visitor.press("下一步")
    await visitor.refused(
        account="请填写统一社会信用代码。", id_number="请填写居民身份证号码。", name="请填写姓名，与证件一致。"
    )
    await visitor.press("机构管理员")
    await visitor.press("下一步")
    await expect(visitor.page.locator("#account-error")).to_have_text("错误：请填写机构编号。")
    await expect(visitor.page.get_by_role("slider")).to_be_hidden()
    visitor.stored([], "SELECT 1 FROM drafts")


@pytest.mark.req("R-2.5.1", "R-2.5.2")
async def test_whatever_does_not_match_hears_one_sentence_after_the_puzzle(visitor: Visitor) -> None:
    await visitor.open("/recover")
    for values in (
        (DEMO_UNIT.uscc, DEMO_PERSON.id_number, "孙立"),
        (DEMO_UNIT.uscc, DEMO_AGENT.id_number, DEMO_AGENT.name),
        (SOFTWARE.uscc, SOFTWARE.legal_rep.id_number, SOFTWARE.legal_rep.name),
    ):
        await fill(visitor, LEGAL, *values)
        await visitor.sees("拖动下方滑块完成拼图")
        await visitor.does_not_see(MISMATCH)
        await solve_puzzle(visitor)
        await visitor.sees(MISMATCH)
        await expect(visitor.field(LEGAL[1])).to_have_value(values[1])
    await examine(visitor, "recover-mismatch")
    visitor.stored([], "SELECT 1 FROM drafts")


@pytest.mark.req("R-2.5.3")
@pytest.mark.parametrize(("choice", "title"), [("不通过", "未通过"), ("取消", "已取消")])
async def test_a_face_check_that_did_not_pass_can_be_repeated(
    visitor: Visitor, phone: Visitor, choice: str, title: str
) -> None:
    await to_proof(visitor, DEMO_PERSON)
    await scan(phone, await visitor.qr(), PURPOSE)
    await phone.press(choice)
    await visitor.sees(title)
    await visitor.press("重新认证")
    await visitor.sees("等待扫码")
    await by_face(visitor, phone)


@pytest.mark.req("R-2.5.3")
async def test_a_face_check_for_a_registration_opens_no_account(visitor: Visitor, phone: Visitor) -> None:
    """The same person, the same browser, passed: but for something else."""
    await register_unit(visitor, phone, SOFTWARE, MOBILE)
    await visitor.press("注册其他单位")
    address = await to_face(visitor, KINDERGARTEN)
    leader = SOFTWARE.legal_rep
    other = await visitor.another_tab()
    await other.open("/recover")
    await name_account(other, LEGAL, SOFTWARE.uscc, leader.id_number, leader.name)
    await scan(phone, address)
    await phone.press("通过")
    await visitor.sees("短信验证码")
    await other.page.wait_for_timeout(4000)
    await other.sees("等待扫码")
    await expect(other.field("新密码")).to_be_hidden()


@pytest.mark.req("R-2.5.3", "R-2.5.4")
async def test_a_proof_that_grew_old_is_asked_for_again(visitor: Visitor, phone: Visitor) -> None:
    await to_proof(visitor, DEMO_PERSON)
    await by_face(visitor, phone)
    visitor.database.change("UPDATE face_checks SET created_at = datetime(created_at, '-11 minutes')")
    await choose(visitor, NEW)
    await visitor.sees("身份认证尚未通过或已失效，请重新完成认证。", "二维码已过期")
    await visitor.press("刷新二维码")
    await visitor.sees("等待扫码")
    await by_face(visitor, phone)
    await choose(visitor, NEW)
    await visitor.sees("密码设置完成")


@pytest.mark.req("R-2.5.1", "R-2.5.4")
async def test_left_and_resumed_and_done_once_in_two_tabs(visitor: Visitor, phone: Visitor) -> None:
    await to_proof(visitor, DEMO_PERSON)
    await by_face(visitor, phone)
    await visitor.reload()
    await visitor.field("新密码").wait_for()
    other = await visitor.another_tab()
    await other.open("/recover")
    await other.field("新密码").wait_for()
    await choose(visitor, NEW)
    await visitor.sees("密码设置完成")
    await choose(other, NEWER)
    await other.sees("密码设置完成")
    assert [n for (n,) in visitor.database.rows("SELECT count(*) FROM former_passwords")] == [1]
    await visitor.press("找回其他账号")
    await visitor.sees("法定代表人姓名")
    await log_in_unit(visitor, password=NEW)


@pytest.mark.req("R-2.5.4")
async def test_going_back_hints_at_what_was_typed_and_shows_none_of_it(visitor: Visitor, phone: Visitor) -> None:
    await to_proof(visitor, DEMO_PERSON)
    await visitor.press("上一步")
    await visitor.sees(f"已填写 {'*' * 15}{DEMO_PERSON.id_number[-4:]}", f"已填写 {DEMO_PERSON.name[0]}**")
    await expect(visitor.field(LEGAL[0])).to_have_value(DEMO_UNIT.uscc)
    await visitor.press("下一步")
    await solve_puzzle(visitor)
    await visitor.sees("等待扫码")
    visitor.never_received(DEMO_PERSON.id_number, DEMO_PERSON.name)


@pytest.mark.req("R-2.5.6")
async def test_a_code_instead_of_the_puzzle(visitor: Visitor, phone: Visitor) -> None:
    """For who cannot see it: any phone that can be read, so that the answer says nothing about the account."""
    await visitor.open("/recover")
    await fill(visitor, LEGAL, DEMO_UNIT.uscc, DEMO_PERSON.id_number, DEMO_PERSON.name)
    await visitor.press("看不清图片？改用短信验证")
    await visitor.fill(接收验证码的手机号="13912349922")
    await visitor.press("获取验证码")
    await visitor.sees("后可重新获取")
    await visitor.fill(短信验证码=await read_code(phone, "13912349922"))
    await visitor.press("确定")
    await visitor.sees("等待扫码")
