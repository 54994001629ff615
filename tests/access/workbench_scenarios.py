"""我的工作台 as the unit's reviewers use it: looked through, one reviewed, several at once (R-2.6.7)."""

from typing import Any

from tests.access import people
from tests.access.conftest import Cast
from tests.access.desk import SECRETS, drop_cases, put_cases
from tests.access.people import execute, rows
from tests.access.scenarios import Walk, permitted

PAGE = "/unit/workbench"
LIST, REVIEW = "workbench_state", "review_state"
MATTER = "labour-contract-renewal"


def put_reviews(cast: Cast, number: int = 1) -> list[str]:
    """Put cases of the neighbour's agent there, which wait for the unit's review."""
    made = put_cases(
        cast.portal, cast.neighbour, number, status="UNIT_REVIEW", stage="", reviewers="LEGAL_REP ADMIN", step_by=None
    )
    query = "SELECT g.id, g.person_id FROM grants g JOIN persons p ON p.id = g.person_id WHERE g.scope = ? LIMIT 1"
    (agent,) = rows(cast.portal, query, people.AGENT.scope)
    for case_id in made:
        execute(
            cast.portal,
            "UPDATE cases SET review_unit_id = unit_id, person_id = ?, grant_id = ?, role = 'AGENT' WHERE id = ?",
            *(agent["person_id"], agent["id"], case_id),
        )
    return made


def status_of(cast: Cast, case_id: str) -> str:
    """Return where a case stands."""
    return rows(cast.portal, "SELECT status FROM cases WHERE id = ?", case_id)[0]["status"]


@permitted(
    "WorkbenchState.load",
    "WorkbenchState.look_again",
    "WorkbenchState.choose",
    "WorkbenchState.choose_every",
    "WorkbenchState.submit",
    "ReviewState.load",
    "ReviewState.choose",
    "ReviewState.resume",
    "ReviewState.submit",
)
async def reviews_one_and_several(walk: Walk) -> None:
    """The legal representative sends one back and approves the others, two clicks each."""
    cast = walk.cast
    made = put_reviews(cast, 4)
    browser = await people.log_in(cast.portal, cast.neighbour)
    async with await browser.tab() as tab:

        def shown(name: str, state: str = LIST) -> Any:
            return tab.value(state, name)

        await walk.call(tab, "WorkbenchState.load", page=PAGE)
        assert {one["id"] for one in shown("rows")} == set(made)
        assert shown("waiting", "shell_state") == 4
        await walk.call(tab, "WorkbenchState.look_again", page=PAGE)
        assert shown("message", "shell_state") == ""
        execute(cast.portal, "UPDATE cases SET status = 'WITHDRAWN' WHERE id = ?", made[3])
        await walk.call(tab, "WorkbenchState.look_again", page=PAGE)
        assert {one["id"] for one in shown("rows")} == set(made[:3])
        assert shown("message", "shell_state") == "单位审核有了新的进展，列表已更新。"
        merged = f"{PAGE}?tab=merged"
        await walk.call(tab, "WorkbenchState.load", page=merged)
        assert [(one["key"], one["count"]) for one in shown("groups")] == [(MATTER, 3)]
        execute(cast.portal, "UPDATE cases SET status = 'UNIT_REVIEW' WHERE id = ?", made[3])
        await walk.call(tab, "WorkbenchState.look_again", page=merged)
        assert [(one["key"], one["count"]) for one in shown("groups")] == [(MATTER, 4)]
        page = f"{PAGE}/{made[0]}"
        await walk.call(tab, "ReviewState.load", page=page)
        assert shown("view", REVIEW)["acts"] == ["APPROVE", "SEND_BACK", "DISAPPROVE"]
        assert SECRETS[0] in str(shown("view", REVIEW))
        await walk.call(tab, "ReviewState.choose", {"decision": "SEND_BACK"}, page)
        assert shown("decision", REVIEW) == "SEND_BACK"
        seen = str(shown("view", REVIEW)["version"])
        await walk.call(
            tab, "ReviewState.submit", {"form": {"decision": "SEND_BACK", "opinion": "", "seen": seen}}, page
        )
        assert [one["field"] for one in shown("errors", REVIEW)] == ["opinion"]
        await walk.call(tab, "ReviewState.load", page=page)
        await walk.call(tab, "ReviewState.resume", {"values": {"decision": "SEND_BACK", "seen": "0"}}, page)
        assert (shown("decision", REVIEW), shown("trouble", REVIEW)[:4]) == ("SEND_BACK", "该办件刚")
        decided = {"form": {"decision": "SEND_BACK", "opinion": "请补充合同", "seen": seen}}
        for _ in range(2):
            await walk.call(tab, "ReviewState.submit", decided, page)
            assert (shown("errors", REVIEW), shown("trouble", REVIEW)) == ([], "")
        assert status_of(cast, made[0]) == "UNIT_RETURNED"
        merged = f"{PAGE}?tab=merged&matter={MATTER}"
        await walk.call(tab, "WorkbenchState.load", page=merged)
        ticked = {f"case-{one['id']}": str(one["version"]) for one in shown("rows")}
        assert len(ticked) == 3
        await walk.call(tab, "WorkbenchState.choose_every", page=merged)
        assert shown("every") is True
        await walk.call(tab, "WorkbenchState.choose", {"decision": "APPROVE"}, merged)
        for _ in range(2):
            approved = {"form": {**ticked, "decision": "APPROVE", "opinion": ""}}
            await walk.call(tab, "WorkbenchState.submit", approved, merged)
            assert [one["done"] for one in shown("results")] == [True] * 3
        assert (shown("rows"), shown("waiting", "shell_state")) == ([], 0)
        await walk.call(tab, "WorkbenchState.load", page=f"{PAGE}?tab=done&q=续签")
        assert {one["id"] for one in shown("rows")} == set(made)
    events = rows(cast.portal, f"SELECT act FROM case_events WHERE case_id IN ({', '.join('?' * 4)})", *made)
    assert sorted(one["act"] for one in events) == ["APPROVE"] * 3 + ["SEND_BACK"] + ["SUBMIT"] * 4
    drop_cases(cast.portal, made)
