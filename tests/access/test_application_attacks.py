"""Other people's applications: nobody opens, changes, submits or drops one that is not theirs (R-2.6.3.3, rule 1)."""

import pytest

from tests.access import people
from tests.access.application_scenarios import GOOD, STATE, WORKER, begin, workbook
from tests.access.client import at
from tests.access.conftest import Cast
from tests.access.evidence import Log
from tests.access.handlers import named
from tests.access.people import rows
from tests.access.scenarios import Walk

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.3")]

CALLS = (
    ("ApplicationState.load", None),
    ("ApplicationState.save", {"values": GOOD}),
    ("ApplicationState.resume", {"values": GOOD, "before": {}, "answered": 0, "revision": 0}),
    ("ApplicationState.next_step", {"form": GOOD}),
    ("ApplicationState.go_to", {"step": "check"}),
    ("ApplicationState.adopt", None),
    ("ApplicationState.files_changed", {"file": {}}),
    ("ApplicationState.check", None),
    ("ApplicationState.turn", {"table": "workers", "page": 1}),
    ("ApplicationRowState.edit", {"table": "workers", "number": 0}),
    ("ApplicationRowState.change", {"values": WORKER}),
    ("ApplicationRowState.save", {"form": WORKER}),
    ("ApplicationRowState.resume", {"table": "workers", "number": 0, "values": WORKER, "before": {}}),
    ("ApplicationRowState.drop", {"table": "workers", "number": 0}),
    ("ApplicationImportState.load", None),
    (
        "ApplicationImportState.read_file",
        {"table": "workers", "content": workbook(tuple(WORKER.values())), "number": 0, "of": 1},
    ),
    ("ApplicationImportState.add", None),
    ("ApplicationImportState.replace", None),
    ("ApplicationImportState.put_away", None),
    ("ApplicationState.submit", {"form": {"promise": "yes"}}),
    ("ApplicationState.drop", None),
)


@pytest.mark.parametrize("who", ["neighbour", "roleless", "admin", "agent", "institution_admin"])
async def test_a_strangers_draft_is_not_there(cast: Cast, who: str) -> None:
    """Also for somebody of the same unit: a draft is its person's until it is submitted."""
    log = Log(cast.portal)
    walk = Walk(cast)
    owner = await people.log_in(cast.portal, cast.victim)
    async with await owner.tab() as tab:
        case_id = await begin(walk, tab, cast)
        page = f"/applications/{case_id}"
        await walk.call(tab, "ApplicationState.load", None, page)
        await walk.call(tab, "ApplicationState.save", {"values": GOOD | {"contact_name": "未央宫人"}}, page)
    query = f"SELECT * FROM cases WHERE id = '{case_id}'", f"SELECT * FROM case_forms WHERE id = '{case_id}'"
    before = [rows(cast.portal, one) for one in query]
    account: people.Account = getattr(cast, who)
    browser = await people.log_in(cast.portal, account, as_person=who == "roleless")
    async with await browser.tab() as tab:
        for name, payload in CALLS:
            await tab.send(named(name), payload, at(page))
            await tab.settle(page)
        await tab.send(named("ApplyState.drop"), {"case_id": case_id}, at("/apply/labour-contract-renewal"))
        await tab.settle(page)
        assert "未央宫人" not in tab.received
        assert cast.victim.uscc not in tab.received or who in ("admin", "agent")
        assert tab.value(STATE, "missing") is True
    assert (await browser.get(f"{page}/tables/workers.xlsx")).status_code == 404
    assert (await owner.get(f"{page}/tables/workers.xlsx")).status_code == 200
    for path in ("/applications/%00/tables/workers.xlsx", f"{page}/tables/%00.xlsx", "/exports/%00"):
        assert (await owner.get(path)).status_code == 404
    assert [rows(cast.portal, one) for one in query] == before
    people.execute(cast.portal, "DELETE FROM case_forms")
    people.execute(cast.portal, "DELETE FROM cases")
    log.assert_no_failure()
