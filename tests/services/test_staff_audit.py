"""The audit log as the audit administrator reads, narrows and verifies it."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.masking import mask_name, mask_phone, mask_resident_id
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.services import audit, staff, staff_audit
from jsrs_portal.services.staff_audit import AuditFilter, AuditPage, Verification
from tests.services.numbers import employer, human
from tests.services.officers import Officer, officer
from tests.services.world import rows, statements, visitor, warm_up

UNIT = employer(1)
BOSS = UNIT.legal_rep


@pytest.fixture
async def unit(world):
    """A registered unit."""
    return await world.registered_unit(UNIT)


@pytest.fixture
async def auditor() -> Officer:
    """The audit administrator."""
    return await officer("auditor", StaffRole.AUDIT)


async def noted(actor: Actor, *actions: str, **how) -> None:
    async with db.unit_of_work() as session:
        for action in actions:
            audit.record(session, actor=actor, action=action, **how)


async def listed(who: Officer, after: str = "", **wanted) -> AuditPage:
    async with db.reading() as session:
        found = await staff_audit.list_entries(session, actor=who.acting, wanted=AuditFilter(**wanted), after=after)
    assert isinstance(found, AuditPage), found
    return found


async def seal() -> None:
    async with db.unit_of_work() as session:
        await audit.seal_entries(session)


async def test_an_entry_says_who_what_result_and_from_where(unit, auditor):
    boss = Actor(session_key="x", person_id=unit.person_id, unit_id=unit.unit_id, address="203.0.113.9")
    await noted(boss, "grant.give", result="MOST_AGENTS", subject="s" * 32, details={"person": "秘密"})
    await noted(visitor(), "login", result="WRONG")
    await noted(auditor.acting, "staff.login")
    mine, nobodys, theirs = (await listed(auditor)).rows[:3]
    assert (theirs.who, theirs.unit_name) == (f"{mask_name(BOSS.name)} {mask_phone(BOSS.mobile)}", UNIT.name)
    assert (theirs.what, theirs.result, theirs.ok, theirs.address) == ("开通授权", "MOST_AGENTS", False, "203.0.113.9")
    assert (nobodys.who, nobodys.what, nobodys.result_label) == ("未登录", "登录", "不正确")
    (shell, *_) = [one for one in (await listed(auditor)).rows if one.action == "staff.add"]
    assert shell.who == "系统（服务器）"
    assert (mine.who, mine.result_label, mine.ok) == ("auditor（审计管理员）", "成功", True)
    assert not any(one in repr((mine, nobodys, theirs)) for one in (BOSS.name, BOSS.mobile, BOSS.id_number, "秘密"))


async def test_the_log_is_narrowed(unit, world, auditor, time):
    other = await world.registered_person(human(30))
    boss = Actor(session_key="x", person_id=unit.person_id, unit_id=unit.unit_id)
    await noted(boss, "login", "grant.give")
    await noted(auditor.acting, "person.lock", subject=unit.person_id)
    await noted(Actor(session_key="x", person_id=other), "login", result="WRONG")

    async def actions(**wanted) -> list[str]:
        return [one.action for one in (await listed(auditor, **wanted)).rows]

    assert await actions(action="login") == ["login", "login"]
    assert await actions(action="login", result="WRONG") == ["login"]
    assert await actions(action="grant.", unit=UNIT.uscc.lower()) == ["grant.give"]
    assert await actions(action="grant.", unit=unit.unit_number) == ["grant.give"]
    about = await actions(identifier=BOSS.mobile)
    assert about == await actions(identifier=BOSS.id_number)
    assert {"login", "grant.give", "person.lock", "person.enrol"} <= set(about)
    assert await actions(identifier=human(30).mobile, action="login") == ["login"]
    assert await actions(login="Auditor") == ["person.lock", "staff.add"]
    assert await actions(login="auditor", identifier=BOSS.mobile) == ["person.lock"]
    assert await actions(until=date.max) == await actions()
    today = clock.today()
    assert await actions(since=today, until=today) == await actions()
    assert await actions(since=today + timedelta(days=1)) == []
    assert await actions(until=today - timedelta(days=1)) == []


async def test_the_reason_of_an_unmasking_or_a_lock_is_shown_with_the_numbers_in_it_masked(unit, auditor):
    reason = f"核对办件 2026-118，本人 {BOSS.mobile}、{BOSS.id_number}"
    for action in ("staff.unmask", "person.lock", "person.unlock", "staff.search"):
        await noted(auditor.acting, action, subject=unit.person_id, details={"reason": reason})
    (searched, *others) = (await listed(auditor)).rows[:4]
    assert searched.reason == ""
    expected = f"核对办件 2026-118，本人 {mask_phone(BOSS.mobile)}、{mask_resident_id(BOSS.id_number)}"
    assert {one.reason for one in others} == {expected}
    async with db.unit_of_work() as session:
        for entry in (await session.execute(select(AuditEntry))).scalars():
            entry.details_cipher = {"person.lock": None, "person.unlock": b"x"}.get(entry.action, entry.details_cipher)
    seen = {one.action: one.reason for one in (await listed(auditor)).rows[:4]}
    assert (seen["person.lock"], seen["person.unlock"]) == ("", "无法读取，请校验审计日志")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"action": "persons"}, "action"),
        ({"result": "'; DROP"}, "result"),
        ({"unit": "91320000000000000X"}, "unit"),
        ({"identifier": "13900000000"}, "identifier"),
        ({"login": "nobody"}, "login"),
        ({"since": date.min}, "since"),
        ({"until": date.min}, "until"),
        ({"since": clock.today(), "until": clock.today() - timedelta(days=1)}, "until"),
    ],
)
async def test_a_filter_that_cannot_be_is_said_at_its_field(auditor, wanted, field):
    async with db.reading() as session:
        found = await staff_audit.list_entries(session, actor=auditor.acting, wanted=AuditFilter(**wanted))
    assert isinstance(found, list)
    assert [one.field for one in found] == [field]


async def test_what_somebody_looked_for_is_kept_and_the_number_goes_no_further(unit, auditor):
    async with db.unit_of_work() as session:
        found = await staff_audit.look(
            session, actor=auditor.acting, wanted=AuditFilter(action="login", identifier=BOSS.mobile)
        )
    assert isinstance(found, AuditPage)
    assert found.wanted == AuditFilter(action="login", person_id=unit.person_id)
    (entry,) = [one for one in await rows(AuditEntry) if one.action == "audit.look"]
    assert (entry.person_id, json.loads(entry.details)) == (
        auditor.id,
        {"action": "login", "identifier": BOSS.mobile},
    )


async def test_pages_follow_each_other_while_entries_come_in(auditor, monkeypatch):
    monkeypatch.setattr(staff_audit, "PAGE", 3)
    for n in range(8):
        await noted(visitor(), "login", subject=str(n))
    seen, after = [], ""
    while True:
        page = await listed(auditor, after, action="login")
        seen += [one.subject for one in page.rows]
        await noted(visitor(), "login", subject="new")
        if not (after := page.next):
            break
    assert seen == [str(n) for n in reversed(range(8))]


async def test_more_entries_cost_no_more_statements(unit, auditor):
    counts = []
    for _ in range(3):
        await noted(Actor(session_key="x", person_id=unit.person_id, unit_id=unit.unit_id), "login", "grant.give")
        await warm_up()
        with statements() as seen:
            await listed(auditor)
        counts.append(len(seen))
    assert counts == [1, 1, 1]


async def test_only_the_audit_administrator_reads_and_verifies(auditor):
    for role in (StaffRole.SYSTEM, StaffRole.SECURITY, StaffRole.OFFICER):
        other = await officer(f"other.{role.lower()}", role)
        async with db.reading() as session:
            assert await staff_audit.list_entries(session, actor=other.acting) == [staff.FORBIDDEN]
        assert await staff_audit.verify(actor=other.acting) == staff.FORBIDDEN
    assert await staff_audit.verify(actor=visitor()) == staff.FORBIDDEN


async def test_a_whole_trail_is_said_to_be_whole_with_its_tail(unit, auditor):
    await seal()
    await noted(visitor(), "login")
    found = await staff_audit.verify(actor=auditor.acting)
    assert isinstance(found, Verification)
    assert found.whole
    assert "没有发现改动" in found.sentence
    assert "另有 1 条刚刚产生、尚未封存" in found.sentence
    assert [one.result for one in await rows(AuditEntry) if one.action == "audit.verify"] == ["OK"]


async def test_a_changed_entry_is_found(unit, auditor):
    await seal()
    async with db.unit_of_work() as session:
        await session.execute(text("UPDATE audit_entries SET result = 'OTHER' WHERE position = 2"))
    found = await staff_audit.verify(actor=auditor.acting)
    assert isinstance(found, Verification)
    assert not found.whole
    assert found.faults == ("第 2 条被改动或移动",)
    assert [one.result for one in await rows(AuditEntry) if one.action == "audit.verify"] == ["FAULTY"]


async def test_a_trail_too_long_for_the_page_is_no_fault_of_the_trail(auditor, monkeypatch):
    monkeypatch.setattr(staff_audit, "VERIFY_SECONDS", 0.0)
    found = await staff_audit.verify(actor=auditor.acting)
    assert isinstance(found, Verification)
    assert not found.whole
    assert "jsrs audit verify" in found.sentence
    assert [one.result for one in await rows(AuditEntry) if one.action == "audit.verify"] == ["TIMEOUT"]


async def test_verifying_is_limited(auditor):
    found = [await staff_audit.verify(actor=auditor.acting) for _ in range(11)]
    assert [isinstance(one, Refusal) for one in found] == [False] * 10 + [True]
