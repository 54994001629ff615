"""办件处理 as officers use it: the queue, a case, its way to the end (R-2.6.3)."""

from typing import Any

from tests.access import people
from tests.access.desk import SECRETS, drop_cases, put_cases
from tests.access.people import execute, rows
from tests.access.scenarios import Walk, permitted

QUEUE, CASE = "staff_cases_state", "staff_case_state"
REASON = {"form": {"reason": "核对联系人是否在职"}}


@permitted(
    "StaffCasesState.load",
    "StaffCasesState.look_again",
    "StaffCasesState.choose_tab",
    "StaffCasesState.narrow",
    "StaffCasesState.search",
    "StaffCasesState.leave_search",
    "StaffCasesState.next_page",
    "StaffCasesState.previous_page",
    "StaffCasesState.take",
)
async def an_officer_works_through_the_queue(walk: Walk) -> None:
    """Two pages; narrowed, looked up, and one taken."""
    portal, page = walk.cast.portal, "/staff/cases"
    made = put_cases(portal, walk.cast.victim, 22, region="320102")
    due = rows(portal, "SELECT step_by FROM cases WHERE id = ?", made[0])[0]["step_by"]
    browser = await people.log_in_staff(portal, people.OFFICER)
    async with await browser.tab() as tab:

        async def call(method: str, payload: object = None) -> None:
            await walk.call(tab, f"StaffCasesState.{method}", payload, page)

        def shown() -> list[dict[str, Any]]:
            found: Any = tab.value(QUEUE, "rows")
            return found

        await call("load")
        await call("narrow", {"form": {"matter": "", "region": "320500"}})
        assert shown() == []
        await call("narrow", {"form": {"matter": "", "region": "320102"}})
        assert [one["id"] for one in shown()] == made[:20]
        await call("look_again")
        assert [one["id"] for one in shown()] == made[:20]
        execute(portal, "UPDATE cases SET version = 2, step_by = NULL WHERE id = ?", made[0])
        await call("look_again")
        assert made[0] not in {one["id"] for one in shown()}
        execute(portal, "UPDATE cases SET version = 3, step_by = ? WHERE id = ?", due, made[0])
        await call("look_again")
        assert [one["id"] for one in shown()] == made[:20]
        await call("next_page")
        assert [one["id"] for one in shown()] == made[20:]
        await call("previous_page")
        assert tab.value(QUEUE, "page") == 1
        await call("search", {"form": {"by": "document", "text": walk.cast.victim.id_number}})
        assert len(shown()) == 20
        assert shown()[0]["applicant"] == walk.cast.victim.unit_name
        await call("search", {"form": {"by": "number", "text": "1"}})
        assert [one["field"] for one in tab.value(QUEUE, "errors")] == ["text"]
        await call("leave_search")
        assert tab.value(QUEUE, "searching") is False
        await call("take", {"case_id": shown()[0]["id"]})
        await call("choose_tab", {"tab": "mine"})
        assert [one["id"] for one in shown()] == made[:1]
        for secret in (*walk.cast.victim.own_secrets, *SECRETS):
            assert secret not in tab.received
    (taken,) = rows(portal, "SELECT s.login FROM cases c JOIN staff s ON s.id = c.officer_id WHERE c.id = ?", made[0])
    assert taken == {"login": people.OFFICER}
    drop_cases(portal, made)


@permitted(
    "StaffCaseState.load",
    "StaffCaseState.look_again",
    "StaffCaseState.take",
    "StaffCaseState.open_give",
    "StaffCaseState.submit_give",
    "StaffCaseState.open_put_back",
    "StaffCaseState.submit_put_back",
    "StaffCaseState.open_unmask",
    "StaffCaseState.submit_unmask",
    "StaffCaseState.hide",
    "StaffCaseState.choose_act",
    "StaffCaseState.resume",
    "StaffCaseState.submit_decision",
    "StaffCaseState.confirm_decision",
    "StaffCaseState.close_dialog",
)
async def an_officer_leads_a_case_to_its_end(walk: Walk) -> None:
    """Taken, seen in full for a reason, given away and back, sent back, refused."""
    portal = walk.cast.portal
    made = put_cases(portal, walk.cast.victim, 2)
    page = f"/staff/cases/{made[0]}"
    browser = await people.log_in_staff(portal, people.OFFICER)
    async with await browser.tab() as tab:

        async def call(method: str, payload: object = None, at: str = page) -> None:
            await walk.call(tab, f"StaffCaseState.{method}", payload, at)

        def shown() -> dict[str, Any]:
            found: Any = tab.value(CASE, "case")
            return found

        await call("load")
        assert (shown()["free"], shown()["acts"]) == (True, [])
        await call("take")
        assert [one["key"] for one in shown()["acts"]] == ["PASS", "CORRECT", "NOT_ACCEPT"]
        for secret in (walk.cast.victim.name, walk.cast.victim.id_number, walk.cast.victim.mobile, *SECRETS):
            assert secret not in tab.received
        await call("open_unmask")
        await call("submit_unmask", {"form": {"reason": "嗯"}})
        assert list(tab.value(CASE, "error")) == ["reason"]
        await call("submit_unmask", REASON)
        assert tab.value(CASE, "full")["document"] == walk.cast.victim.id_number
        assert SECRETS[0] in str(tab.value(CASE, "full"))
        await call("hide")
        assert tab.value(CASE, "full")["person"] == ""
        await call("open_give")
        assert tab.value(CASE, "dialog") == "give"
        others = {one["label"].partition("（")[2].rstrip("）"): one["value"] for one in shown()["colleagues"]}
        await call("submit_give", {"form": {"to": others[people.NEW_OFFICER]}})
        assert list(tab.value(CASE, "error")) == ["reason"]
        await call("close_dialog")
        await call("choose_act", {"act": "CORRECT"})
        await call("look_again")
        assert tab.value(CASE, "newer") is False
        version = shown()["version"]
        execute(portal, "UPDATE cases SET version = ? WHERE id = ?", version + 1, made[0])
        await call("look_again")  # what is being typed stays
        assert (tab.value(CASE, "newer"), tab.value(CASE, "act"), shown()["version"]) == (True, "CORRECT", version)
        await call("load")
        assert (tab.value(CASE, "newer"), tab.value(CASE, "act"), shown()["version"]) == (False, "", version + 1)
        execute(portal, "UPDATE cases SET version = ? WHERE id = ?", version + 2, made[0])
        await call("look_again")
        assert (tab.value(CASE, "newer"), shown()["version"]) == (False, version + 2)
        await call("choose_act", {"act": "CORRECT"})
        await call("load")
        await call("resume", {"values": {"act": "CORRECT"}, "seen": 0})
        assert (tab.value(CASE, "act"), tab.value(CASE, "trouble")[:4]) == ("", "该办件刚")
        await call("resume", {"values": {"act": "CORRECT"}, "seen": shown()["version"]})
        assert tab.value(CASE, "act") == "CORRECT"
        typed = {"act": "CORRECT", "opinion": "请补正", "remark.start_date": "须为届满次日"}
        await call("submit_decision", {"form": typed})
        assert shown()["status"] == "CORRECTION"
        await call("open_give")
        await call("submit_give", {"form": {"to": others[people.NEW_OFFICER], "reason": "休假转交同事"}})
        assert (shown()["mine"], shown()["holder"]) == (False, f"测试员（{people.NEW_OFFICER}）")
        other = f"/staff/cases/{made[1]}"
        await call("load", None, other)
        await call("take", None, other)
        await call("open_put_back", None, other)
        assert tab.value(CASE, "dialog") == "put_back"
        await call("submit_put_back", {"form": {"reason": "忙"}}, other)
        assert list(tab.value(CASE, "error")) == ["reason"]
        await call("submit_put_back", {"form": {"reason": "不属于我的业务范围"}}, other)
        assert (shown()["free"], shown()["put_back"]) == (True, False)
        await call("take", None, other)
        await call("choose_act", {"act": "NOT_ACCEPT"}, other)
        await call("submit_decision", {"form": {"opinion": ""}}, other)
        assert list(tab.value(CASE, "error")) == ["opinion"]
        await call("submit_decision", {"form": {"opinion": "不属于受理范围"}}, other)
        assert (tab.value(CASE, "dialog"), shown()["status"]) == ("confirm", "SUBMITTED")
        await call("confirm_decision", None, other)
        assert (tab.value(CASE, "dialog"), shown()["status"]) == ("", "NOT_ACCEPTED")
    audited = "SELECT action FROM audit_entries WHERE subject = ? AND action LIKE 'case.%' ORDER BY created_at, id"
    assert {one["action"] for one in rows(portal, audited, made[0])} == {
        "case.take",
        "case.unmask",
        "case.correct",
        "case.hand-over",
    }
    drop_cases(portal, made)
