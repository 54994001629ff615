"""经办人管理 as those who may use it do, and what an administrator and an agent are refused."""

import base64
import io
from typing import Any

from openpyxl import Workbook

from jsrs_portal.domain.masking import mask_name, mask_phone
from jsrs_portal.services.agent_import import COLUMNS
from tests.access import people
from tests.access.client import Socket
from tests.access.people import Account
from tests.access.scenarios import Walk, permitted

PAGE = "/unit/agents"
STATE = "agents_state"
CHOICE = "choice_state"


def form_of(account: Account, **changed: str) -> dict[str, dict[str, str]]:
    """Return 「开通授权」 as the page sends it."""
    typed = {"role": "AGENT", "name": account.name, "mobile": account.mobile, "id_number": account.id_number}
    return {"form": typed | {"valid_from": "", "valid_until": "", "category-labour": "yes"} | changed}


def row_of(tab: Socket, name: str, state: str = "ACTIVE") -> dict[str, Any]:
    """Return the row of somebody whose name begins as ``name`` does."""
    found: Any = tab.value(STATE, "rows")
    (row,) = [one for one in found if one["name"] == f"{name[0]}**" and one["state"] == state]
    return row


@permitted(
    "AgentsState.load",
    "AgentsState.choose_tab",
    "AgentsState.open_grant",
    "AgentsState.choose_role",
    "AgentsState.find_matters",
    "AgentsState.pick_matter",
    "AgentsState.add_matter",
    "AgentsState.drop_matter",
    "AgentsState.submit_grant",
    "AgentsState.back_to_form",
    "AgentsState.confirm_grant",
    "AgentsState.open_change",
    "AgentsState.submit_change",
    "AgentsState.open_history",
    "AgentsState.close_dialog",
    "AgentsState.open_revoke",
    "AgentsState.confirm_revoke",
)
async def gives_and_takes_back(walk: Walk) -> None:
    """A legal representative gives somebody a grant, changes it, looks at its history, takes it back."""
    cast = walk.cast
    browser = await people.log_in(cast.portal, cast.neighbour)
    async with await browser.tab() as tab:

        async def call(method: str, payload: object = None) -> None:
            await walk.call(tab, f"AgentsState.{method}", payload, PAGE)

        await call("load")
        assert (tab.value(STATE, "legal_reps"), tab.value(STATE, "admins")) == (1, 1)
        before = tab.value(STATE, "agents")
        await call("choose_tab", {"tab": "open"})
        await call("open_grant", {"role": "ADMIN"})
        assert tab.value(STATE, "role") == "ADMIN"
        await call("choose_role", {"role": "AGENT"})
        await call("find_matters", {"form": {"matter_text": "ldhtxq"}})
        assert [one["key"] for one in tab.value(STATE, "hits")] == ["labour-contract-renewal"]  # pyright: ignore
        await call("add_matter", {"key": "labour-contract-renewal"})
        assert "已添加「劳动合同续签」" in str(tab.value(STATE, "picked"))
        await call("pick_matter", {"form": {"matter_text": "ldhtxq"}})
        assert "不用重复添加" in str(tab.value(STATE, "unpicked"))
        await call("add_matter", {"key": "no-such-matter"})
        assert "已经下架" in str(tab.value(STATE, "unpicked"))
        await call("pick_matter", {"form": {"matter_text": "月球采矿"}})
        assert "没有找到「月球采矿」" in str(tab.value(STATE, "unpicked"))
        assert [one["name"] for one in tab.value(STATE, "chosen")] == ["劳动合同续签"]  # pyright: ignore
        await call("drop_matter", {"key": "labour-contract-renewal"})
        assert (tab.value(STATE, "picked"), tab.value(STATE, "chosen")) == ("已移除「劳动合同续签」。", [])
        await call("submit_grant", form_of(cast.roleless, mobile=cast.victim.mobile))
        assert "没有找到" in str(tab.value(STATE, "trouble"))
        await call("submit_grant", form_of(one := cast.roleless))
        assert tab.value(STATE, "sentence") == (
            f"授权 {mask_name(one.name)}（移动电话 {mask_phone(one.mobile)}，证件号码 {'*' * 15}{one.id_number[-4:]}）"
            "长期担任经办人，办理 劳动关系。"
        )
        await call("back_to_form")
        await call("confirm_grant")
        assert tab.value(STATE, "agents") == before
        await call("submit_grant", form_of(cast.roleless))
        await call("confirm_grant")
        await call("confirm_grant")
        assert tab.value(STATE, "agents") == before + 1  # pyright: ignore
        row = row_of(tab, cast.roleless.name)
        await call("open_change", {"grant_id": row["id"]})
        assert tab.value(STATE, "categories") == ["labour"]
        await call("submit_change", {"form": {"valid_from": "", "valid_until": "", "category-card": "yes"}})
        assert list(row_of(tab, cast.roleless.name)["scope"]) == ["社会保障卡"]
        await call("open_history", {"grant_id": row["id"]})
        assert [step["what"] for step in tab.value(STATE, "history")] == ["变更授权", "开通授权"]  # pyright: ignore
        await call("close_dialog")
        assert tab.value(STATE, "dialog") == ""
        await call("open_revoke", {"grant_id": row["id"]})
        await call("confirm_revoke")
        assert tab.value(STATE, "agents") == before
        everything = tab.received
    people.forget_revoked(cast.portal, cast.neighbour)
    for one in (cast.roleless, cast.admin, cast.agent, cast.neighbour):
        assert not [secret for secret in (one.name, one.id_number, one.mobile) if secret in everything]


def _workbook(*rows: tuple[str, ...]) -> str:
    book = Workbook()
    sheet: Any = book.worksheets[0]
    for row in (COLUMNS, *rows):
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return base64.b64encode(written.getvalue()).decode()


@permitted("AgentImportState.load", "AgentImportState.read_file", "AgentImportState.confirm", "AgentImportState.close")
async def imports_from_a_file(walk: Walk) -> None:
    """A file with a good row and a bad one; what is no file is refused with a sentence."""
    cast, state = walk.cast, "agent_import_state"
    browser = await people.log_in(cast.portal, cast.neighbour)
    one = cast.roleless
    async with await browser.tab() as tab:
        content = _workbook(
            (one.name, one.mobile, one.id_number, "", "", "社会保险"),
            (one.name, cast.victim.mobile, one.id_number, "", "", "社会保险"),
        )
        await walk.call(tab, "AgentImportState.load", page=PAGE)
        await walk.call(tab, "AgentImportState.read_file", {"content": content}, PAGE)
        assert [row["problem"] == "" for row in tab.value(state, "rows")] == [True, False]  # pyright: ignore
        await walk.call(tab, "AgentImportState.confirm", page=PAGE)
        await walk.call(tab, "AgentImportState.confirm", page=PAGE)
        assert [row["done"] for row in tab.value(state, "results")] == [True, False]  # pyright: ignore
        await walk.call(tab, "AgentImportState.close", page=PAGE)
        assert tab.value(state, "open") is False
        await walk.call(tab, "AgentImportState.read_file", {"content": "no base64!"}, PAGE)
        assert "无法读取" in str(tab.value(state, "trouble"))
        await walk.call(tab, "AgentsState.load", page=PAGE)
        row = row_of(tab, one.name)
        await walk.call(tab, "AgentsState.open_revoke", {"grant_id": row["id"]}, PAGE)
        await walk.call(tab, "AgentsState.confirm_revoke", page=PAGE)
        assert not [secret for secret in (one.name, one.id_number, one.mobile) if secret in tab.received]
    people.forget_revoked(cast.portal, cast.neighbour)


@permitted("ChoiceState.load", "ChoiceState.enter")
async def chooses_a_role(walk: Walk) -> None:
    """An agent who has logged in as a person enters the unit; a role of somebody else is none of theirs."""
    cast = walk.cast
    browser = await people.log_in(cast.portal, cast.agent, as_person=True)
    async with await browser.tab() as tab:
        await walk.call(tab, "ChoiceState.load", page="/choose")
        found: Any = tab.value("choice_state", "choices")
        assert [(one["name"], one["asks"]) for one in found] == [
            ("以个人身份办事", ""),
            (cast.neighbour.unit_name, ""),
        ]
        (foreign,) = people.rows(
            cast.portal,
            "SELECT id FROM grants WHERE role = 'LEGAL_REP' AND unit_id = (SELECT id FROM units WHERE uscc = ?)",
            cast.neighbour.uscc,
        )
        await walk.call(tab, "ChoiceState.enter", {"grant_id": foreign["id"]}, "/choose")
        assert "不属于您" in str(tab.value("choice_state", "trouble"))
        assert tab.departures == []
        await walk.call(tab, "ChoiceState.enter", {"grant_id": found[1]["grant_id"]}, "/choose")
        (way,) = tab.departures
    former = browser.cookie
    answer = await browser.get(way)
    assert answer.headers["location"] == "/unit"
    browser_before = people.Browser(cast.portal, cookie=former)
    assert (await browser_before.get("/session/ended")).headers["location"].startswith("/login")
    assert (await browser.get(way)).headers["location"] == "/login?reason=ticket"


async def _asked_for(walk: Walk, tab: Socket, account: Account) -> str:
    """Press 「进入」 at a unit that has a password of its own; return its grant."""
    await walk.call(tab, "ChoiceState.load", page="/choose")
    found: Any = tab.value(CHOICE, "choices")
    (wanted,) = [one for one in found if one["name"] == account.unit_name]
    await walk.call(tab, "ChoiceState.enter", {"grant_id": wanted["grant_id"]}, "/choose")
    assert (tab.value(CHOICE, "asking"), tab.departures) == (True, [])
    return wanted["grant_id"]


async def _types(walk: Walk, tab: Socket, password: str) -> None:
    form = {"form": {"role_password": password}}
    await walk.call(tab, "ChoiceState.submit_password", form, "/choose")


@permitted("ChoiceState.submit_password", "ChoiceState.close")
async def enters_by_the_units_password_and_comes_back_by_the_own_one(walk: Walk) -> None:
    """A legal representative goes from oneself to the unit and back; each asks for its password, each is a session."""
    cast = walk.cast
    browser = await people.log_in(cast.portal, cast.neighbour, as_person=True)
    async with await browser.tab() as tab:
        await walk.call(tab, "MyState.load", page="/my")
        assert tab.departures == []
        await _types(walk, tab, people.PASSWORD)
        assert tab.departures == [], "nobody was asked"
        await _asked_for(walk, tab, cast.neighbour)
        await walk.call(tab, "ChoiceState.close", page="/choose")
        assert tab.value(CHOICE, "asking") is False
        await _asked_for(walk, tab, cast.neighbour)
        await _types(walk, tab, "")
        assert [one["field"] for one in tab.value(CHOICE, "errors")] == ["role_password"]  # pyright: ignore
        await _types(walk, tab, "Wrong-words-7")
        assert (tab.value(CHOICE, "trouble"), tab.departures) == ("密码不正确，请核对后重新输入。", [])
        await _types(walk, tab, people.PASSWORD)
        (way,) = tab.departures
    former = people.Browser(cast.portal, cookie=browser.cookie)
    assert (await browser.get(way)).headers["location"] == "/unit"
    assert (await former.get("/session/ended")).headers["location"].startswith("/login")
    async with await browser.tab() as tab:
        await walk.call(tab, "MyState.load", page="/my")
        assert tab.departures == ["/refused"], "the unit's password does not open the person's account"
        await walk.call(tab, "ChoiceState.enter", {"grant_id": ""}, "/choose")
        assert tab.departures == ["/refused"]
        await _types(walk, tab, people.PASSWORD)
        (_, way) = tab.departures
    assert (await browser.get(way)).headers["location"] == "/my"
