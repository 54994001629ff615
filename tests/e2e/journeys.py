"""What people come for, step by step, as the other tests need it done."""

import re
import time
from dataclasses import dataclass

from playwright.async_api import expect

from jsrs_portal.catalog.demo import DEMO_PASSWORD, DEMO_PERSON, DEMO_UNIT
from jsrs_portal.domain.puzzles import FARTHEST
from jsrs_portal.gateways.business_registry.sandbox_units import BY_USCC, DemoUnit
from jsrs_portal.puzzle_picture import place
from tests.e2e.browser import Visitor
from tests.support.hands import hand

PASSWORD = "Yunshan-59!kq"
SOFTWARE = BY_USCC["91320100MA1X0TE58J"]
KINDERGARTEN = BY_USCC["52320100MJ6000AB4F"]
"""Led by the same person as SOFTWARE."""
COOPERATIVE = BY_USCC["93320981MA1W00032D"]
DISSOLVED = BY_USCC["91320594MA27XP9C0N"]
ARCHIVE = BY_USCC["123200004660012320"]
LAWYERS = BY_USCC["31320000MD0270A1XE"]

_THUMB = 16
_AT_ONCE = 4
"""So many of a hand's 41 places may become one step when the machine is slow: eleven steps are still a movement."""
_HANDS = 3
"""How wide the browser draws the thing one drags."""

ACCOUNT_STEP = "手机号"
"""The label by which the account step is recognised."""


@dataclass(frozen=True)
class Citizen:
    """Somebody who registers as a person."""

    name: str
    id_number: str
    mobile: str
    password: str = PASSWORD


GU = Citizen("顾承平", "321181198403180014", "13912340017")
HE = Citizen("何采薇", "321202199609170043", "13912340043")


def unit_form(unit: DemoUnit) -> dict[str, str]:
    """Return step 1 as it would be typed from the unit's papers, by label."""
    return {
        "统一社会信用代码": unit.uscc,
        "单位全称": unit.name,
        "法定代表人证件号码": unit.legal_rep.id_number,
        "法定代表人姓名": unit.legal_rep.name,
    }


async def fill_unit(visitor: Visitor, unit: DemoUnit, **changed: str) -> None:
    """Fill step 1 in and agree; ``changed`` by label."""
    await visitor.fill(**(unit_form(unit) | changed))
    await visitor.page.get_by_role("checkbox").check()


async def to_face(visitor: Visitor, unit: DemoUnit) -> str:
    """Open the registration, do step 1, and return what the QR code on the screen says."""
    await visitor.open("/register/unit")
    await fill_unit(visitor, unit)
    await visitor.press("下一步")
    await visitor.sees("等待扫码")
    return await visitor.qr()


async def scan(phone: Visitor, address: str, purpose: str = "法人注册 · 法定代表人认证") -> None:
    """Open the QR code's address on the phone, which says what it is for, and go on to the simulated Alipay."""
    await phone.visit(address)
    await phone.sees("确认人脸认证", purpose)
    await phone.link("是我本人，去刷脸").click()
    await phone.sees("模拟支付宝刷脸")


async def on_phone(
    phone: Visitor, address: str, choice: str = "通过", purpose: str = "法人注册 · 法定代表人认证"
) -> None:
    """Open the QR code's address on the phone, confirm what it is for, and decide in the simulated Alipay."""
    await scan(phone, address, purpose)
    await phone.press(choice)
    await phone.arrived("/phone/done")


async def to_account(visitor: Visitor, phone: Visitor, unit: DemoUnit) -> None:
    """Go on until the account step is on the screen."""
    await on_phone(phone, await to_face(visitor, unit))
    await visitor.field(ACCOUNT_STEP).wait_for()


async def back_to_unit(visitor: Visitor) -> None:
    """Go back from the account step to the first, over the face check if the way leads there."""
    first, face = visitor.page.get_by_text("不修改请留空").first, visitor.page.get_by_text("已通过", exact=True)
    await visitor.press("上一步")
    await expect(first.or_(face)).to_be_visible()
    if await face.is_visible():
        await visitor.press("上一步")
    await visitor.sees("不修改请留空")


async def read_code(phone: Visitor, mobile: str) -> str:
    """Read the newest verification code from the phone's messages."""
    await phone.visit(f"{phone.portal.sandbox}/sms/outbox?phone={mobile}")
    text = await phone.page.get_by_text("您的验证码是").first.inner_text()
    found = re.search(r"\d{6}", text)
    assert found, text
    return found[0]


async def ask_for_code(visitor: Visitor, phone: Visitor, mobile: str) -> str:
    """Type the mobile number, have a code sent, and read it on the phone."""
    await visitor.fill(手机号=mobile)
    await visitor.press("获取验证码")
    puzzle, sent = visitor.page.get_by_role("dialog", name="安全验证"), visitor.page.get_by_text("后可重新获取")
    await expect(puzzle.or_(sent).first).to_be_visible()
    if await puzzle.is_visible():
        await solve_puzzle(visitor)
    await visitor.sees("后可重新获取")
    return await read_code(phone, mobile)


async def drag(visitor: Visitor, target: int) -> None:
    """Move the slider of the puzzle on the screen to ``target`` by hand, without letting go."""
    slider, mouse = visitor.page.get_by_role("slider"), visitor.page.mouse
    await expect(slider).to_be_enabled()
    box = await slider.bounding_box()
    assert box
    left, width, y = box["x"] + _THUMB / 2, box["width"] - _THUMB, box["y"] + box["height"] / 2
    await mouse.move(left, y)
    await mouse.down()
    began, way = time.monotonic(), hand(target)
    while way:
        gone = (time.monotonic() - began) * 1000
        passed = [there for at, there in way if at <= gone][:_AT_ONCE]  # by the clock: a slow machine takes fewer steps
        way = way[len(passed) :]
        if passed:
            await mouse.move(left + width * passed[-1] / FARTHEST, y)
        await visitor.page.wait_for_timeout(20)


async def solve_puzzle(visitor: Visitor) -> None:
    """Do the puzzle on the screen by hand.

    A hand that the machine held up in the middle has not moved like one, and is told to try again, as a person is.
    """
    slider = visitor.page.get_by_role("slider")
    for _ in range(_HANDS):
        await visitor.until(lambda: _puzzles(visitor, "state = 'OPEN'"), "a puzzle to do")
        await expect(slider).to_be_enabled()
        await expect(slider).to_have_value("0")  # the page has the new picture, if it had another before
        seed, _ = _puzzles(visitor, "state = 'OPEN'")[0]
        await drag(visitor, place(seed)[0])
        await visitor.page.mouse.up()
        await visitor.until(lambda seed=seed: _puzzles(visitor, "seed = ? AND state <> 'OPEN'", seed), "it is judged")
        if _puzzles(visitor, "seed = ? AND state IN ('SOLVED', 'USED')", seed):
            break
    with visitor.explained():
        await expect(slider).to_be_hidden()


def _puzzles(visitor: Visitor, where: str, *values: str) -> list[tuple[str, str]]:
    """Return seeds and states of the puzzles ``where`` something holds, the newest first."""
    return visitor.database.rows(f"SELECT seed, state FROM puzzles WHERE {where} ORDER BY created_at DESC", *values)


async def fill_account(visitor: Visitor, phone: Visitor, mobile: str, password: str = PASSWORD) -> None:
    """Fill the account step in, with a code that was really sent."""
    code = await ask_for_code(visitor, phone, mobile)
    await visitor.fill(短信验证码=code, 密码=password, 确认密码=password)


async def register_unit(visitor: Visitor, phone: Visitor, unit: DemoUnit, mobile: str, password: str = PASSWORD) -> str:
    """Register a unit from the first page to the last; return its 单位编号."""
    await to_account(visitor, phone, unit)
    await fill_account(visitor, phone, mobile, password)
    await visitor.press("提交注册")
    return await unit_number(visitor)


async def unit_number(visitor: Visitor) -> str:
    """Return the number on the success page."""
    await visitor.sees("单位账户已开通")
    return await visitor.page.get_by_text(re.compile(r"^32\d{10}$")).inner_text()


async def identity_step(visitor: Visitor, citizen: Citizen) -> None:
    """Open 个人用户注册 and do its first step."""
    await visitor.open("/register/person")
    await visitor.fill(证件号码=citizen.id_number, 姓名=citizen.name)
    await visitor.page.get_by_role("checkbox").check()
    await visitor.press("下一步")
    await visitor.field(ACCOUNT_STEP).wait_for()


async def register_person(visitor: Visitor, phone: Visitor, citizen: Citizen) -> None:
    """Register a person from the first page to the last."""
    await identity_step(visitor, citizen)
    await fill_account(visitor, phone, citizen.mobile, citizen.password)
    await visitor.press("提交注册")
    await visitor.sees("个人账户已开通")


async def fill_login(visitor: Visitor, account: str, identifier: str, password: str) -> None:
    """Fill the unit side's password tab in and press 登录."""
    await visitor.fill(
        **{"统一社会信用代码/单位编号/机构编号": account, "证件号码/移动电话": identifier, "密码": password}
    )
    await visitor.press("登录")


async def log_in_unit(
    visitor: Visitor,
    account: str = DEMO_UNIT.uscc,
    identifier: str = DEMO_PERSON.mobile,
    password: str = DEMO_PASSWORD,
) -> None:
    """Log in for a unit and arrive in its centre; without arguments as the demonstration's."""
    await visitor.open("/login")
    await fill_login(visitor, account, identifier, password)
    await visitor.arrived("/unit")
    await visitor.sees("当前登录人")


async def log_in_person(visitor: Visitor, identifier: str = DEMO_PERSON.mobile, password: str = DEMO_PASSWORD) -> None:
    """Log in as a person and arrive in the personal centre."""
    await visitor.open("/login")
    await visitor.press("个人登录")
    await expect(visitor.field("统一社会信用代码/单位编号/机构编号")).to_be_hidden()
    await visitor.field("证件号码/移动电话").fill(identifier)
    await visitor.fill(密码=password)
    await visitor.press("登录")
    await visitor.arrived("/my")
    await visitor.sees("个人信息")


async def log_out(visitor: Visitor) -> None:
    """Open the account's menu and leave."""
    await (
        visitor.page.locator("header")
        .get_by_role("button", expanded=False)
        .filter(has=visitor.page.locator("span.rounded-full"), visible=True)
        .click()
    )
    await visitor.page.get_by_role("button", name="退出登录").filter(visible=True).click()
    await visitor.arrived("/login")
