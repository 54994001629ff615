"""经办人管理 as those who may use it do, and what an administrator and an agent are refused."""

from typing import Any

from tests.access import people
from tests.access.client import Socket
from tests.access.people import Account
from tests.access.scenarios import Walk, permitted

PAGE = "/unit/agents"
STATE = "agents_state"


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
        await call("add_matter", {"key": "no-such-matter"})
        assert [one["name"] for one in tab.value(STATE, "chosen")] == ["劳动合同续签"]  # pyright: ignore
        await call("drop_matter", {"key": "labour-contract-renewal"})
        await call("submit_grant", form_of(cast.roleless, mobile=cast.victim.mobile))
        assert "没有找到" in str(tab.value(STATE, "trouble"))
        await call("submit_grant", form_of(cast.roleless))
        assert tab.value(STATE, "sentence") == f"授权 {cast.roleless.name[:1]}** 长期担任经办人，办理 劳动关系。"
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
    for one in (cast.roleless, cast.admin, cast.agent, cast.neighbour):
        assert not [secret for secret in (one.name, one.id_number, one.mobile) if secret in everything]
