"""The server is killed without warning between any two steps: nothing is lost and nothing happens twice (R-2.2.8)."""

import asyncio

import httpx
import pytest
from playwright.async_api import expect

from tests.e2e.browser import Visitor
from tests.e2e.journeys import (
    ACCOUNT_STEP,
    PASSWORD,
    SOFTWARE,
    fill_account,
    fill_unit,
    scan,
    to_face,
    unit_number,
)
from tests.e2e.test_registration import one_of_each
from tests.support.database import Database
from tests.support.portal import Portal

pytestmark = pytest.mark.asyncio(loop_scope="session")
MOBILE = "13805150400"
CUT_OFF = (
    r"WebSocket connection to",
    r"ERR_CONNECTION_REFUSED",
    r"ERR_EMPTY_RESPONSE",
    r"ERR_CONNECTION_RESET",
    "ERR_CONNECTION_CLOSED",
)
"""What a browser says while there is no server."""


async def crash(visitor: Visitor, *others: Visitor) -> None:
    """Kill the server as a power cut would."""
    for one in (visitor, *others):
        one.expects(*CUT_OFF)
    await asyncio.to_thread(visitor.portal.kill, "server")


async def restart(visitor: Visitor) -> int:
    """Start it again; return the number of frames the page has had."""
    heard = len(visitor.frames)
    await asyncio.to_thread(visitor.portal.start, "server")
    return heard


@pytest.mark.req("R-2.2.8")
async def test_killed_before_the_first_step(visitor: Visitor) -> None:
    await visitor.open("/register/unit")
    await fill_unit(visitor, SOFTWARE)
    await crash(visitor)
    await visitor.sees("网络连接已断开")
    since = await restart(visitor)
    await visitor.filled(since)  # by itself
    await expect(visitor.field("单位全称")).to_have_value(SOFTWARE.name)  # as the message promises
    await expect(visitor.page.get_by_role("checkbox")).to_be_checked()
    await visitor.press("下一步")
    await visitor.sees("等待扫码")
    visitor.stored([(1, 1)], "SELECT (SELECT count(*) FROM drafts), (SELECT count(*) FROM face_checks)")


@pytest.mark.req("R-2.2.8", "R-2.2.3")
async def test_killed_while_the_face_check_passes(visitor: Visitor, phone: Visitor) -> None:
    address = await to_face(visitor, SOFTWARE)
    await scan(phone, address)
    await crash(visitor, phone)
    await phone.page.get_by_role("button", name="通过", exact=True).click(no_wait_after=True)
    alipay = Database(f"sqlite:///{visitor.portal.folder / 'sandbox.db'}")
    await visitor.until(
        lambda: alipay.rows("SELECT result FROM face_checks ORDER BY created_at DESC LIMIT 1") == [("pass",)],
        "the person's choice at Alipay",
    )
    await restart(visitor)
    await visitor.sees("短信验证码")  # by itself
    visitor.stored([("PASSED",)], "SELECT state FROM face_checks")


@pytest.mark.req("R-2.2.8")
async def test_killed_with_the_qr_code_shown(visitor: Visitor) -> None:
    address = await to_face(visitor, SOFTWARE)
    await crash(visitor)
    await restart(visitor)
    await visitor.reload()
    await visitor.sees("等待扫码")
    assert await visitor.qr() == address
    visitor.stored([("WAITING",)], "SELECT state FROM face_checks")


@pytest.mark.req("R-2.2.8")
async def test_killed_after_the_code_was_sent(applicant: Visitor, phone: Visitor) -> None:
    await fill_account(applicant, phone, MOBILE)
    code = await applicant.field("短信验证码").input_value()
    await crash(applicant)
    await applicant.sees("网络连接已断开", "已填写的内容仍保留在页面上")
    since = await restart(applicant)
    await applicant.filled(since)
    await expect(applicant.field(ACCOUNT_STEP)).to_have_value(MOBILE)  # as the message promises
    await expect(applicant.field("短信验证码")).to_have_value(code)
    await applicant.press("提交注册")
    await unit_number(applicant)
    one_of_each(applicant, SOFTWARE.uscc)


@pytest.mark.req("R-2.2.8")
async def test_killed_after_the_code_was_sent_and_loaded_anew(applicant: Visitor, phone: Visitor) -> None:
    await fill_account(applicant, phone, MOBILE)
    code = await applicant.field("短信验证码").input_value()
    await crash(applicant)
    await restart(applicant)
    await applicant.reload()
    await applicant.fill(手机号=MOBILE, 短信验证码=code, 密码=PASSWORD, 确认密码=PASSWORD)
    await applicant.press("提交注册")
    await unit_number(applicant)
    one_of_each(applicant, SOFTWARE.uscc)


@pytest.mark.req("R-2.2.8", "R-2.2.6")
@pytest.mark.parametrize("written", [False, True], ids=["at once", "once it is written"])
async def test_killed_right_after_submitting(applicant: Visitor, phone: Visitor, written: bool) -> None:
    await fill_account(applicant, phone, MOBILE)
    code = await applicant.field("短信验证码").input_value()
    await applicant.button("提交注册").click(no_wait_after=True)
    if written:
        await applicant.until(
            lambda: applicant.database.rows("SELECT 1 FROM units WHERE uscc = ?", SOFTWARE.uscc), "the unit"
        )
    await crash(applicant)
    await restart(applicant)
    await applicant.reload()
    again = applicant.field(ACCOUNT_STEP)
    await expect(again.or_(applicant.page.get_by_text("单位账户已开通"))).to_be_visible()
    if await again.is_visible():
        assert not written
        await applicant.fill(手机号=MOBILE, 短信验证码=code, 密码=PASSWORD, 确认密码=PASSWORD)
        await applicant.press("提交注册")
    await unit_number(applicant)
    one_of_each(applicant, SOFTWARE.uscc)


def _notices(portal: Portal) -> list[str]:
    messages = httpx.get(f"{portal.sandbox}/sms/outbox.json", params={"phone": MOBILE}).json()
    return [message["text"] for message in messages if "已注册成功" in message["text"]]


@pytest.mark.req("R-2.2.6", "R-2.2.8")
async def test_a_killed_worker_delivers_its_message_once(applicant: Visitor, phone: Visitor, portal: Portal) -> None:
    """The provider has taken the message and answers nothing; the worker dies waiting for the answer."""
    database = portal.database
    before = len(_notices(portal))
    await fill_account(applicant, phone, MOBILE)
    portal.kill("worker")
    await applicant.press("提交注册")
    number = await unit_number(applicant)
    httpx.post(f"{portal.sandbox}/_control/sms", json={"mode": "hang", "times": 1})  # noqa: ASYNC210
    await asyncio.to_thread(portal.start, "worker")
    await applicant.until(lambda: len(_notices(portal)) == before + 1, "the message at the provider")
    portal.kill("worker")
    applicant.stored([("SENDING", 1)], "SELECT state, tries FROM outbox WHERE state <> 'SENT'")
    database.change("UPDATE outbox SET due_at = datetime('now', '-1 second') WHERE state = 'SENDING'")
    await asyncio.to_thread(portal.start, "worker")
    await applicant.until(lambda: not database.rows("SELECT 1 FROM outbox WHERE state <> 'SENT'"), "the delivery")
    assert len(_notices(portal)) == before + 1
    await phone.visit(f"{portal.sandbox}/sms/outbox?phone={MOBILE}")
    await phone.sees(f"{SOFTWARE.name}已注册成功，单位编号 {number}，请妥善保管。")
