"""办理结果: made once, kept encrypted, fetched by whom it concerns, withdrawn, and checked by anybody (R-2.6.3.2)."""

import asyncio
import dataclasses
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pypdfium2
import pytest

from jsrs_portal import clock, db, file_store, worker
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor, Scope
from jsrs_portal.domain.case_workflow import Act, Party
from jsrs_portal.domain.cases import DECIDED, CaseStatus
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.results import ResultState, typed_code
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.results import CaseResult
from jsrs_portal.models.staff import Staff
from jsrs_portal.services import case_file_checks, result_making, results
from jsrs_portal.services.case_details import view_case
from jsrs_portal.services.results import GONE, STALE, UNKNOWN, Checked, ResultView
from jsrs_portal.services.staff import FORBIDDEN
from jsrs_portal.services.staff_case_views import view_case as view_at_desk
from jsrs_portal.settings import ROOT
from tests.services.applying import SHIPPED, serve, shipped
from tests.services.casework import act, lay
from tests.services.desks import decide, put_cases, take
from tests.services.granting import acting, revoke
from tests.services.numbers import employer, human
from tests.services.officers import Officer, officer
from tests.services.world import at_once, everything_stored, rows, visitor

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.3.2")]
REASON = "适用依据有误，须重新作出决定"


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with matters that are applied for."""
    await serve(*(shipped(key) for key in SHIPPED))


@pytest.fixture
async def who() -> Officer:
    """An officer of Nanjing."""
    return await officer(region="320100")


@pytest.fixture
async def refused(boss, who) -> str:
    """A case of Nanjing that has just not been accepted."""
    (case_id,) = await put_cases(boss, 1)
    assert await take(who, case_id) is None
    assert await decide(who, case_id, "NOT_ACCEPT", opinion="不属于受理范围。") == CaseStatus.NOT_ACCEPTED
    return case_id


async def seen(actor: Actor, case_id: str) -> ResultView:
    async with db.reading() as session:
        return await results.view_result(session, actor=actor, case_id=case_id)


async def fetch(actor: Actor, case_id: str) -> tuple[str, bytes] | None:
    async with db.unit_of_work() as session:
        return await results.fetch_result(session, actor=actor, case_id=case_id)


async def withdraw(who: Officer, case_id: str, reason: str = REASON, *, seen: int | None = None) -> Refusal | None:
    async with db.unit_of_work() as session:
        kept = await session.get(CaseResult, case_id)
        version = seen if seen is not None else kept.version if kept else 0
    async with db.unit_of_work() as session:
        return await results.withdraw_result(session, actor=who.acting, case_id=case_id, seen=version, reason=reason)


async def check(number: str, code: str, actor: Actor | None = None) -> Checked | Refusal:
    async with db.unit_of_work() as session:
        return await results.check_result(session, actor=actor or visitor(), number=number, code=code)


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.get_textpage().get_text_bounded().split()) for page in pypdfium2.PdfDocument(pdf))


async def printed(actor: Actor, case_id: str) -> tuple[str, str]:
    """Return the number and the code that stand in a document."""
    found = await fetch(actor, case_id)
    assert found
    text = text_of(found[1])
    number, code = re.search(r"核验编号：(JG\d+)核验码：([A-Z2-9-]+)", text).groups()  # pyright: ignore
    return number, typed_code(code)


async def test_a_decision_is_made_into_a_document_by_the_worker_once(boss, who, refused):
    assert (await seen(boss, refused)).waiting
    assert await fetch(boss, refused) is None
    await worker.make_all_exports()
    assert await result_making.make_results() == 0
    view = await seen(boss, refused)
    day = f"{clock.today():%Y%m%d}"
    assert (view.kind, view.number, view.waiting) == ("不予受理通知书", f"JG{day}000001", False)
    found = await fetch(boss, refused)
    assert found
    name, pdf = found
    assert name == f"不予受理通知书-JG{day}000001.pdf"
    text = text_of(pdf)
    for said in ("不符合受理条件", "不属于受理范围。", "申请行政复议", "江苏省人力资源和社会保障厅"):
        assert said in text, said
    assert await fetch(who.acting, refused) == found
    assert [one.action for one in await rows(AuditEntry) if one.action.startswith("result.")].count("result.fetch") == 2


async def test_what_is_kept_is_encrypted_and_the_code_stands_nowhere_else(boss, refused):
    await result_making.make_results()
    number, code = await printed(boss, refused)
    stored = await everything_stored()
    assert code not in stored
    assert number in stored
    (kept,) = await rows(CaseResult)
    raw = (file_store._folder(kept.file_id or "") / "0").read_bytes()
    assert b"%PDF" not in raw
    assert await check(number, code) == Checked("VALID", "不予受理通知书", (await seen(boss, refused)).issued)


@pytest.mark.parametrize("act_", [Act.PASS, Act.REJECT, Act.NOT_ACCEPT, Act.TRANSFER, Act.WITHDRAW, Act.LAPSE])
async def test_only_decisions_of_the_bureau_have_documents(boss, who, act_):
    await lay(boss)
    for one in await rows(CaseResult):
        assert one.state == ResultState.WAITING
    assert await rows(CaseResult) == []
    (case_id,) = await lay(boss, status=CaseStatus.ACCEPTED, stage="check", reviewers="")
    party = {Act.WITHDRAW: Party.APPLICANT, Act.LAPSE: Party.TIME}.get(act_, Party.OFFICER)
    outcome = await act(case_id, act_, party, who.acting if party is Party.OFFICER else boss)
    there = {one.id: one.decision for one in await rows(CaseResult)}
    ended = not isinstance(outcome, Refusal) and outcome.status in DECIDED
    assert there == ({case_id: outcome.status} if ended else {})


async def test_of_several_workers_one_makes_it(boss, refused):
    await at_once(*(result_making.make_results() for _ in range(10)))
    (kept,) = await rows(CaseResult)
    assert (kept.state, kept.tries) == (ResultState.VALID, 1)
    assert len([one for one in await rows(AuditEntry) if one.action == "result.issue"]) == 1


async def test_a_failure_is_tried_again_later_under_the_same_number(boss, refused, time, monkeypatch):
    make = result_making.make_pdf

    def fails(_facts: object) -> bytes:
        raise OSError

    monkeypatch.setattr(result_making, "make_pdf", fails)
    assert await result_making.make_results() == 0
    (kept,) = await rows(CaseResult)
    number = kept.number
    assert number
    monkeypatch.setattr(result_making, "make_pdf", make)
    assert await result_making.make_results() == 0  # not yet
    time.pass_by(minutes=5)
    assert await result_making.make_results() == 1
    (kept,) = await rows(CaseResult)
    assert (kept.number, kept.tries) == (number, 2)


async def test_a_worker_that_was_overtaken_leaves_nothing(boss, refused, monkeypatch):
    make = result_making.make_pdf

    async def overtake() -> None:
        async with db.unit_of_work() as session:
            (await session.get_one(CaseResult, refused)).tries += 1

    loop = asyncio.get_running_loop()

    def slow(facts: object) -> bytes:
        asyncio.run_coroutine_threadsafe(overtake(), loop).result(10)
        return make(facts)  # pyright: ignore

    monkeypatch.setattr(result_making, "make_pdf", slow)
    assert await result_making.make_results() == 0
    assert list(file_store._behind()) == []
    (kept,) = await rows(CaseResult)
    assert (kept.state, kept.file_id) == (ResultState.WAITING, None)


async def test_the_sweep_leaves_documents_and_takes_what_nobody_knows(boss, refused, monkeypatch):
    await result_making.make_results()
    (kept,) = await rows(CaseResult)
    stray = clock.new_id()
    await file_store.write_part(stray, 0, b"x")
    later = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    for file_id in (kept.file_id or "", stray):
        await case_file_checks.remove_orphans(file_id[:2])
    assert await file_store.parts_of(stray) == []
    assert await file_store.parts_of(kept.file_id or "") == [0]


async def test_it_is_for_those_who_may_see_the_case_and_officers_of_its_region(world, boss, agent, who, refused):
    await result_making.make_results()
    her = replace(await acting(agent.id), scope=Scope.of((), ["no-such"]))
    me = Actor(session_key="k", person_id=await world.registered_person(human(50)), personal=True)
    other = await acting((await world.registered_unit(employer(2))).grant_id)
    suzhou = (await officer("li.si", region="320500")).acting
    for stranger in (her, me, other, suzhou, visitor()):
        assert await fetch(stranger, refused) is None
        assert await seen(stranger, refused) == ResultView()
    assert await fetch(await acting(agent.id), refused)


async def test_a_withdrawn_result_says_so_to_everybody(boss, who, refused):
    await result_making.make_results()
    number, code = await printed(boss, refused)
    problem = await withdraw(who, refused, "错")
    assert problem
    assert problem.field == "reason"
    assert await withdraw(who, refused) is None
    assert await withdraw(who, refused) == STALE
    view = await seen(boss, refused)
    assert (view.href, view.reason, bool(view.withdrawn)) == ("", REASON, True)
    assert await fetch(boss, refused) is None
    assert await fetch(who.acting, refused)
    found = await check(number, code)
    assert isinstance(found, Checked)
    assert (found.state, found.kind, found.withdrawn) == ("WITHDRAWN", "不予受理通知书", view.withdrawn)
    (told,) = [one for one in await rows(Notice) if one.title == "办理结果已撤回"]
    assert (told.person_id, REASON in told.text) == (boss.person_id, True)
    (noted,) = [one for one in await rows(AuditEntry) if one.action == "result.withdraw"]
    assert (noted.person_id, json.loads(noted.details)["number"]) == (who.id, number)
    assert REASON not in await everything_stored()
    async with db.reading() as session:
        theirs = await view_case(session, actor=boss, case_id=refused)
        ours = await view_at_desk(session, actor=who.acting, case_id=refused)
    assert theirs
    assert ours
    last = theirs.timeline[-1]
    assert (last.title, last.who, last.when) == ("办理结果已撤回", "办理部门", to_the_minute(clock.now()))
    assert (f"不予受理通知书（{number}）不再有效" in last.text, REASON in last.text) == (True, True)
    assert ours.timeline[-1].who == "办理部门 张三丰"


async def test_of_who_left_the_unit_its_leader_is_told(boss, agent, who):
    her = await acting(agent.id)
    (case_id,) = await put_cases(her, 1)
    await take(who, case_id)
    await decide(who, case_id, "NOT_ACCEPT", opinion="不属于受理范围。")
    await result_making.make_results()
    await revoke(boss, agent)
    assert await withdraw(who, case_id) is None
    assert [one.person_id for one in await rows(Notice) if one.title == "办理结果已撤回"] == [boss.person_id]


async def test_who_withdraws_is_an_officer_of_the_region_who_works_there_now(boss, who, refused):
    assert await withdraw(who, refused) == STALE  # nothing there yet
    await result_making.make_results()
    assert await withdraw(await officer("li.si", region="320500"), refused) == GONE
    async with db.unit_of_work() as session:
        assert await results.withdraw_result(session, actor=boss, case_id=refused, seen=2, reason=REASON) == FORBIDDEN
        (await session.get_one(Staff, who.id)).status = "LOCKED"
    assert await withdraw(who, refused) == FORBIDDEN


async def test_fifty_at_once_withdraw_once(boss, who, refused):
    await result_making.make_results()
    (kept,) = await rows(CaseResult)
    outcomes = await at_once(*(withdraw(who, refused, seen=kept.version) for _ in range(50)))
    assert outcomes.count(None) == 1
    assert len([one for one in await rows(Notice) if one.title == "办理结果已撤回"]) == 1


async def test_a_check_reveals_validity_kind_and_day_and_nothing_else(boss, refused):
    await result_making.make_results()
    number, code = await printed(boss, refused)
    assert [one.name for one in dataclasses.fields(Checked)] == ["state", "kind", "issued", "withdrawn"]
    wrong = ("B" if code[0] == "A" else "A") + code[1:]
    assert await check(number, wrong) == await check(number[:-1] + "9", code) == UNKNOWN
    assert await check(f" {number.lower()} ", code.lower()) != UNKNOWN
    for bad, field in (("x", "number"), ("", "number")):
        answer = await check(bad, code)
        assert isinstance(answer, Refusal)
        assert answer.field == field
    answer = await check(number, "")
    assert isinstance(answer, Refusal)
    assert answer.field == "code"


async def test_checking_is_limited_by_browser_and_by_network(boss, refused):
    await result_making.make_results()
    number, code = await printed(boss, refused)
    for _ in range(frequency.RESULT_BROWSER.most):
        assert isinstance(await check(number, code), Checked)
    answer = await check(number, code)
    assert isinstance(answer, Refusal)
    assert answer.code == "throttled"
    left = frequency.RESULT_SOURCE.most - frequency.RESULT_BROWSER.most
    for n in range(left):
        assert isinstance(await check(number, code, visitor(f"browser {n}")), Checked)
    answer = await check(number, code, visitor("one more"))
    assert isinstance(answer, Refusal)
    assert isinstance(await check(number, code, visitor("elsewhere", "198.51.100.9")), Checked)


def _alembic(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "alembic", *arguments], cwd=ROOT, check=True, capture_output=True)


async def test_what_was_decided_before_there_were_results_gets_one_too(boss):
    (decided,) = await lay(boss, status=CaseStatus.COMPLETED, stage="check", reviewers="", finished_at=clock.now())
    await lay(boss, status=CaseStatus.WITHDRAWN, finished_at=clock.now())
    await lay(boss, status=CaseStatus.ACCEPTED, stage="check")
    await db.close_engine()
    try:
        await asyncio.to_thread(_alembic, "downgrade", "0030_ratings")
    finally:
        await asyncio.to_thread(_alembic, "upgrade", "head")
    assert {one.id: one.state for one in await rows(CaseResult)} == {decided: ResultState.WAITING}
    assert await result_making.make_results() == 1
    view = await seen(boss, decided)
    assert (view.kind, view.href) == ("办结通知书", f"/case-results/{decided}")
    assert await fetch(boss, decided)
