"""Looking cases up and into them at the bureau: masked, in full for a reason, their files (R-2.6.3.2)."""

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from jsrs_portal import db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_workflow import Act
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.form_reading import Reading, read_form
from jsrs_portal.domain.masking import mask_name, mask_phone, mask_resident_id
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.cases import Case, CaseFile
from jsrs_portal.services import application_tables, case_data, opened_cases, staff, staff_case_search, staff_case_views
from jsrs_portal.services.opened_cases import MOST_ROWS_AT_ONCE
from jsrs_portal.services.staff_case_acts import GONE
from jsrs_portal.services.staff_case_search import MOST_UNITS, CaseSearch
from jsrs_portal.services.staff_case_views import DeskCase, FullCase
from jsrs_portal.services.staff_cases import PAGE, DeskPage
from tests.services.applying import SHIPPED, opened, save, serve, shipped
from tests.services.desks import WORKER, again, case_of, decide, give, handed_in, put_back, put_cases, take
from tests.services.filing import pdf, upload
from tests.services.granting import BOSS, UNIT
from tests.services.numbers import employer, human
from tests.services.officers import Officer, at_work, officer
from tests.services.test_file_routes import browser
from tests.services.world import rows, statements, visitor, warm_up

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.3.2")]
REASON = "核对续签职工是否在保"


@pytest.fixture(autouse=True)
async def hall(world) -> None:
    """A hall with matters that are applied for."""
    await serve(*(shipped(key) for key in SHIPPED))


async def search(who: Officer, by: str, text: str) -> CaseSearch | Refusal:
    async with db.unit_of_work() as session:
        return await staff_case_search.begin_search(session, actor=who.acting, by=by, text=text)


async def page(who: Officer, wanted: Any, after: str = "") -> DeskPage:
    async with db.reading() as session:
        found = await staff_case_search.search_page(session, actor=who.acting, wanted=wanted, after=after)
    assert isinstance(found, DeskPage), found
    return found


async def found(who: Officer, by: str, text: str) -> list[str]:
    return [one.id for one in (await page(who, await search(who, by, text))).rows]


async def view(who: Officer, case_id: str) -> DeskCase | None:
    async with db.reading() as session:
        return await staff_case_views.view_case(session, actor=who.acting, case_id=case_id)


async def unmask(who: Officer, case_id: str, reason: str = REASON) -> FullCase | Refusal:
    async with db.unit_of_work() as session:
        return await staff_case_views.unmask_case(session, actor=who.acting, case_id=case_id, reason=reason)


async def audited(action: str) -> list[AuditEntry]:
    return [one for one in await rows(AuditEntry) if one.action == action]


# Looking up


async def test_a_case_is_found_by_its_number_whatever_became_of_it(boss):
    nanjing, suzhou = await officer(region="320100"), await officer("suzhou", region="320500")
    (case_id,) = await put_cases(boss, 1, status=CaseStatus.COMPLETED, number="ABC20261129000112345")
    await put_cases(boss, 1, stage="", status=CaseStatus.UNIT_REVIEW, number="ABC20261129000112346")
    assert await found(nanjing, "number", " abc20261129000112345 ") == [case_id]
    assert await found(nanjing, "number", "ABC2026112900011234") == []
    assert await found(nanjing, "number", "ABC20261129000112346") == []  # not come to the bureau
    assert await found(suzhou, "number", "ABC20261129000112345") == []
    assert await audited("case.search") == []


async def test_cases_are_found_by_the_beginning_of_a_units_name_or_code(boss, world):
    who, elsewhere = await officer(region="320100"), await officer("suzhou", region="320500")
    made = await put_cases(boss, PAGE + 2)
    for text in (UNIT.uscc, UNIT.uscc[:8].lower(), UNIT.name, UNIT.name[:4]):
        assert len(await found(who, "unit", text)) == PAGE
    assert await found(who, "unit", UNIT.name[2:]) == []
    assert await found(who, "unit", "%" + UNIT.name[1:]) == []
    assert await found(elsewhere, "unit", UNIT.uscc) == []
    wanted = await search(who, "unit", UNIT.uscc)
    first = await page(who, wanted)
    second = await page(who, wanted, first.next)
    assert [one.id for one in (*first.rows, *second.rows)] == made[::-1]
    assert second.next == ""


async def test_too_many_units_are_said_to_be_too_many(world, monkeypatch):
    monkeypatch.setattr(staff_case_search, "MOST_UNITS", 2)
    for n in range(1, 4):
        await world.registered_unit(employer(n))
    found = await search(await officer(), "unit", "9132")
    assert isinstance(found, CaseSearch)
    assert (len(found.units), found.more_units) == (2, True)
    assert MOST_UNITS == 20


async def test_a_document_finds_who_applied_and_is_counted_and_written_down(boss, monkeypatch):
    monkeypatch.setattr(frequency, "STAFF_LOOKUP", replace(frequency.STAFF_LOOKUP, most=3))
    who = await officer()
    made = await put_cases(boss, 2)
    assert await found(who, "document", BOSS.id_number) == made[::-1]
    assert await found(who, "document", human(77).id_number) == []
    assert await found(who, "document", BOSS.id_number[:-1]) == []
    for _ in range(2):
        refused = await search(who, "document", BOSS.id_number)
        assert isinstance(refused, Refusal)
    assert sorted(one.result for one in await audited("case.search")) == ["LIMIT", "NONE", "NONE", "OK"]
    (right,) = [one for one in await audited("case.search") if one.result == "OK"]
    assert (right.person_id, right.subject) == (who.id, boss.person_id)


@pytest.mark.parametrize(("by", "text", "field"), [("", "abc", "by"), ("name", "abc", "by"), ("unit", " x ", "text")])
async def test_what_cannot_be_looked_up(by, text, field):
    refused = await search(await officer(), by, text)
    assert isinstance(refused, Refusal)
    assert refused.field == field


async def test_only_officers_look_cases_up(boss):
    for role in (StaffRole.SYSTEM, StaffRole.SECURITY, StaffRole.AUDIT):
        other = await officer(f"other.{role.lower()}", role)
        assert await search(other, "number", "abc") == staff.FORBIDDEN
        async with db.reading() as session:
            wanted = CaseSearch(staff_case_search.By.NUMBER, number="abc")
            assert await staff_case_search.search_page(session, actor=other.acting, wanted=wanted) == staff.FORBIDDEN


# Looking into one


async def test_whether_a_case_has_changed_costs_one_query_and_is_told_its_officers_alone(boss):
    (case_id,) = await put_cases(boss, 1, region="320102")
    who, elsewhere = await officer(region="320100"), await officer("suzhou", region="320500")

    async def version(actor: Actor) -> int:
        async with db.reading() as session:
            return await staff_case_views.version_of(session, actor=actor, case_id=case_id)

    with statements() as seen:
        assert await version(who.acting) == 1
    assert len(seen) == 1
    await take(who, case_id)
    assert await version(who.acting) == (await case_of(case_id)).version == 2
    assert [await version(actor) for actor in (elsewhere.acting, boss, visitor())] == [0, 0, 0]


async def test_a_case_is_shown_masked_with_what_may_be_done(boss):
    who, case_id = await officer(region="320100"), await handed_in(boss)
    shown = await view(who, case_id)
    assert shown is not None
    assert (shown.applicant, shown.unit_code, shown.person) == (
        UNIT.name,
        UNIT.uscc,
        f"{mask_name(BOSS.name)}（法定代表人）",
    )
    assert (shown.document, shown.mobile) == (mask_resident_id(BOSS.id_number), mask_phone(BOSS.mobile))
    assert (shown.free, shown.mine, shown.give, shown.acts, shown.questions) == (True, False, "分派", (), ())
    for secret in (BOSS.name, BOSS.id_number, BOSS.mobile, WORKER["name"], WORKER["id_number"]):
        assert secret not in repr(shown)
    assert [one.label for one in shown.files] == ["劳动合同续签文本"]
    await take(who, case_id)
    shown = await view(who, case_id)
    assert shown is not None
    assert [one.key for one in shown.acts] == [Act.PASS, Act.CORRECT, Act.NOT_ACCEPT]
    assert [one.ends for one in shown.acts] == [False, False, True]
    assert (shown.mine, shown.give, shown.holder) == (True, "转交", "张三丰（zhang.san）")
    assert "remark.renewal_text" in {one.name for one in shown.questions}


async def test_who_does_not_have_it_is_offered_nothing(boss):
    who, other, chief = await officer(region="320100"), await officer("li.si", region="320100"), await officer("chief")
    case_id = await handed_in(boss)
    await take(who, case_id)
    theirs, wider = await view(other, case_id), await view(chief, case_id)
    assert theirs is not None
    assert wider is not None
    assert (theirs.acts, theirs.give, theirs.colleagues, theirs.free) == ((), "", (), False)
    assert wider.give == "改派"
    assert other.id in {one.value for one in wider.colleagues}
    assert await view(await officer("suzhou", region="320500"), case_id) is None
    assert await view(await officer("security", StaffRole.SECURITY), case_id) is None
    assert await view(who, "nobody") is None


async def test_the_last_step_is_said_to_end_the_case(boss):
    who = await officer()
    (case_id,) = await put_cases(boss, 1, stage="finish", status=CaseStatus.ACCEPTED, officer_id=who.id)
    shown = await view(who, case_id)
    assert shown is not None
    assert [(one.key, one.ends) for one in shown.acts] == [(Act.PASS, True)]


async def test_a_case_in_full_for_a_reason_that_is_kept_and_so_many_a_day(boss, monkeypatch):
    monkeypatch.setattr(frequency, "STAFF_UNMASK", replace(frequency.STAFF_UNMASK, most=2))
    who, case_id = await officer(region="320100"), await handed_in(boss)
    full = await unmask(who, case_id)
    assert isinstance(full, FullCase)
    assert (full.person, full.document, full.mobile) == (BOSS.name, BOSS.id_number, BOSS.mobile)
    assert WORKER["id_number"] in repr(full.sections)
    (entry,) = await audited("case.unmask")
    assert (entry.person_id, entry.subject, json.loads(entry.details)) == (who.id, case_id, {"reason": REASON})
    for reason in ("", "看看", "字" * 201):
        refused = await unmask(who, case_id, reason)
        assert isinstance(refused, Refusal)
        assert refused.field == "reason"
    assert await unmask(await officer("suzhou", region="320500"), case_id) == GONE
    assert await unmask(await officer("security", StaffRole.SECURITY), case_id) == staff.FORBIDDEN
    assert isinstance(await unmask(who, case_id), FullCase)
    assert isinstance(await unmask(who, case_id), Refusal)
    assert sorted(one.result for one in await audited("case.unmask")) == ["LIMIT", "OK", "OK"]


async def test_a_case_costs_the_same_statements_whatever_has_happened_to_it(boss):
    who, other = await officer(), await officer("li.si")
    case_id = await handed_in(boss)
    await take(who, case_id)
    counts = []
    for _ in range(3):
        await warm_up()
        with statements() as seen:
            await view(who, case_id)
        counts.append(len(seen))
        await give(who, case_id, other.id, "请假期间转交")
        await give(other, case_id, who.id, "休假已经结束")
    assert counts[0] + 1 == counts[1] == counts[2] <= 10  # one for the names of those to whom it was given


@pytest.mark.parametrize("more", [0, 1])
async def test_a_case_with_a_long_table_is_read_once_and_beside_the_event_loop(boss, monkeypatch, more):
    who = await officer()
    rows_in_it = [WORKER] * (MOST_ROWS_AT_ONCE + more)
    (case_id,) = await put_cases(boss, 1, officer_id=who.id, answers={"workers": rows_in_it})
    threads: list[int] = []

    def read(*said: Any, **named: Any) -> Reading:
        threads.append(threading.get_ident())
        return read_form(*said, **named)

    for module in (case_data, opened_cases):
        monkeypatch.setattr(module, "read_form", read)
    shown = await view(who, case_id)
    assert shown is not None
    assert "remark.workers" in {one.name for one in shown.questions}
    assert [one == threading.get_ident() for one in threads] == [not more]


async def test_remarks_stand_in_the_timeline(boss):
    who, case_id = await officer(), await handed_in(boss)
    await take(who, case_id)
    await decide(who, case_id, Act.CORRECT, opinion="请补正", remarks={"start_date": "须为届满次日"})
    shown = await view(who, case_id)
    assert shown is not None
    (sent_back,) = [one for one in shown.timeline if one.text == "请补正"]
    assert [(one.label, one.value) for one in sent_back.remarks] == [("续签起始日", "须为届满次日")]
    assert (shown.acts, shown.give) == ((), "转交")


async def test_the_timeline_says_to_whom_a_case_was_given_and_that_it_was_put_back(boss):
    who, other, case_id = await officer(), await officer("li.si"), await handed_in(boss)
    await give(who, case_id, other.id)
    await give(other, case_id, who.id, "休假两周，请代办")
    await put_back(who, case_id, "不属于我的业务范围")
    shown = await view(who, case_id)
    assert shown is not None
    assert [(one.title, one.text) for one in shown.timeline if one.state == "done"] == [
        ("提交申报", ""),
        ("分派办件：张三丰（li.si）", ""),
        ("转交办件：张三丰（zhang.san）", "休假两周，请代办"),
        ("放回待认领", "不属于我的业务范围"),
    ]
    assert (shown.free, shown.put_back) == (True, False)


# What a correction changed


async def test_an_officer_is_shown_what_a_correction_changed_and_what_it_did_not(boss):
    who, case_id = await officer(region="320100"), await handed_in(boss)
    await take(who, case_id)
    asked = {"contact_mobile": "号码打不通", "term_kind": "与文本不一致", "renewal_text": "缺少盖章"}
    await decide(who, case_id, Act.CORRECT, opinion="请补正", remarks=asked)
    shown = await view(who, case_id)
    assert shown is not None
    assert shown.changes == ()
    await save(boss, case_id, {"contact_mobile": "13900000079", "contact_name": "孙行"})
    found = await opened(boss, case_id)
    assert found is not None
    other = {**WORKER, "post": "瓦工"}
    async with db.unit_of_work() as session:
        await application_tables.save_row(
            session, actor=boss, case_id=case_id, seen=found.case.version, table="workers", number=1, typed=other
        )
    await again(boss, case_id)
    shown = await view(who, case_id)
    assert shown is not None
    assert [(one.label, one.asked, one.changed) for one in shown.changes] == [
        ("联系人", "", True),
        ("联系电话", "号码打不通", True),
        ("续签类型", "与文本不一致", False),
        ("续签职工", "", True),
        ("劳动合同续签文本", "缺少盖章", False),
    ]
    name, phone, _, workers, file = shown.changes
    assert (name.before, name.after) == (("孙**",), ("孙**（遮盖部分有改动）",))
    assert (phone.before, phone.after) == (("1*******01",), ("1*******79",))
    assert file.before == ("续签.pdf",)
    assert [len(workers.before), "木工" in workers.before[1], "瓦工" in workers.after[1]] == [2, True, True]
    for secret in (WORKER["name"], WORKER["id_number"], "孙行", "13900000079"):
        assert secret not in repr(shown)
    full = await unmask(who, case_id)
    assert isinstance(full, FullCase)
    assert (full.changes[0].before, full.changes[0].after) == (("孙立",), ("孙行",))
    assert WORKER["id_number"] in repr(full.changes)


async def test_a_second_correction_is_compared_with_the_first_and_one_within_the_unit_with_nothing(boss):
    who, case_id = await officer(region="320100"), await handed_in(boss)
    await take(who, case_id)
    for mobile in ("13900000079", "13900000087"):
        await decide(who, case_id, Act.CORRECT, opinion="请补正")
        await save(boss, case_id, {"contact_mobile": mobile})
        await again(boss, case_id)
    shown = await view(who, case_id)
    assert shown is not None
    assert [(one.before, one.after) for one in shown.changes] == [(("1*******79",), ("1*******87",))]
    async with db.unit_of_work() as session:  # as while the unit reviews what was corrected
        (await session.get_one(Case, case_id)).received = 2
    shown = await view(who, case_id)
    assert shown is not None
    assert shown.changes == ()


# Files


async def test_every_opening_of_a_file_by_an_officer_is_written_down(boss, unit, world):
    case_id = await handed_in(boss)
    case = await case_of(case_id)
    async with db.unit_of_work() as session:
        found = await session.get_one(type(case), case_id)
        found.status, found.stage = CaseStatus.CORRECTION, "accept"
    file = await upload(boss, case, pdf(2), field="renewal_text")
    async with db.unit_of_work() as session:
        found = await session.get_one(type(case), case_id)
        found.status, found.received = CaseStatus.SUBMITTED, 2
        (await session.get_one(CaseFile, file.id)).submission = 2
    who, stranger = await officer(region="320100"), await officer("suzhou", region="320500")
    auditor = await officer("auditor", StaffRole.AUDIT)
    address = f"/files/{file.id}"
    async with browser(await at_work(who)) as client:
        assert (await client.get(address)).content == pdf(2)
        assert (await client.get(f"{address}/pages/2")).headers["content-type"] == "image/png"
        assert (await client.get(f"{address}/pages/9")).status_code == 404
        for refused in (
            await client.post("/files", json={"case": case_id, "field": "renewal_text", "name": "x", "size": 1}),
            await client.delete(address),
            await client.post(f"{address}/complete"),
        ):
            assert refused.status_code == 404
    for other in (stranger, auditor):
        async with browser(await at_work(other)) as client:
            assert (await client.get(address)).status_code == 404
            assert (await client.get(f"{address}/pages/1")).status_code == 404
    async with browser(await world.signed_in(unit)) as client:
        assert (await client.get(address)).status_code == 200
    (fetched,), (looked,) = await audited("file.fetch"), await audited("file.look")
    assert {fetched.person_id, looked.person_id} == {who.id}
    assert {fetched.subject, looked.subject} == {file.id}
    assert json.loads(looked.details) == {"case": case_id, "field": "renewal_text", "page": 2}
    assert [one.id for one in await rows(CaseFile) if one.id == file.id]


async def test_nobody_who_is_no_officer_looks_into_the_desk(boss):
    case_id = await handed_in(boss)
    for actor in (boss, Actor(session_key="v")):
        async with db.reading() as session:
            assert await staff_case_views.view_case(session, actor=actor, case_id=case_id) is None
            assert isinstance(
                await staff_case_views.unmask_case(session, actor=actor, case_id=case_id, reason=REASON), Refusal
            )
