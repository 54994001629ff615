"""The bell and the list of notices, as those do who were told something (R-2.1.3)."""

from typing import Any

from jsrs_portal.domain.notices import CHOSEN, NoticeKind
from tests.access import people
from tests.access.agents_scenarios import form_of, row_of
from tests.access.scenarios import Walk, permitted

PAGE = "/notices"
STATE, SHELL = "notices_state", "shell_state"


@permitted(
    "ShellState.look_at_notices",
    "NoticesState.load",
    "NoticesState.choose",
    "NoticesState.more",
    "NoticesState.read",
    "NoticesState.read_all",
    "NoticesState.save_choices",
)
async def reads_what_they_were_told(walk: Walk) -> None:
    """Is given a role in another tab's sight, sees it arrive, reads it, and turns its SMS off."""
    cast = walk.cast
    hers = await people.log_in(cast.portal, cast.roleless, as_person=True)
    boss = await people.log_in(cast.portal, cast.neighbour)
    async with await hers.tab() as tab, await boss.tab() as unit:
        await walk.call(tab, "NoticesState.load", page=PAGE)
        before: Any = tab.value(SHELL, "unread_count") or 0
        await walk.call(unit, "AgentsState.load", page="/unit/agents")
        await walk.call(unit, "AgentsState.open_grant", {"role": "AGENT"}, "/unit/agents")
        await walk.call(unit, "AgentsState.submit_grant", form_of(cast.roleless), "/unit/agents")
        await walk.call(unit, "AgentsState.confirm_grant", page="/unit/agents")
        given = row_of(unit, cast.roleless.name)["id"]
        await walk.call(tab, "ShellState.look_at_notices", page=PAGE)
        assert tab.value(SHELL, "unread_count") == before + 1
        assert tab.value(SHELL, "message") == "您有新的通知，请从页面上方的「通知」查看。"
        await walk.call(tab, "NoticesState.choose", {"only": "unread"}, PAGE)
        newest: Any = tab.value(STATE, "rows")
        assert newest[0]["title"] == "您已被授权为经办人"
        await walk.call(tab, "NoticesState.read", {"notice_id": newest[0]["id"]}, PAGE)
        assert tab.value(SHELL, "unread_count") == before
        await walk.call(tab, "NoticesState.more", page=PAGE)
        await walk.call(tab, "NoticesState.choose", {"only": "all"}, PAGE)
        rows: Any = tab.value(STATE, "rows")
        assert (rows[0]["id"], rows[0]["unread"]) == (newest[0]["id"], False)
        await walk.call(tab, "NoticesState.read_all", page=PAGE)
        assert tab.value(SHELL, "unread") == ""
        wanted = {"asked": "choices"} | {f"sms_{kind}": "yes" for kind in CHOSEN if kind is not NoticeKind.GRANT}
        await walk.call(tab, "NoticesState.save_choices", {"form": wanted}, PAGE)
        shown: Any = tab.value(STATE, "choices")
        assert [row["kind"] for row in shown if not row["sms"]] == [NoticeKind.GRANT]
        await walk.call(unit, "AgentsState.open_revoke", {"grant_id": given}, "/unit/agents")
        await walk.call(unit, "AgentsState.confirm_revoke", page="/unit/agents")
    kept = people.rows(cast.portal, "SELECT kind FROM notice_choices ORDER BY kind")
    assert [row["kind"] for row in kept] == [NoticeKind.GRANT]
