"""Officers' accounts: added, reset and locked at a shell, listed and locked by the system administrator."""

import json

import pytest

from jsrs_portal import db
from jsrs_portal.access.actor import Ended
from jsrs_portal.domain.passwords import check_password
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.staff import Staff
from jsrs_portal.services import staff
from jsrs_portal.services.staff import Enrolment
from jsrs_portal.services.staff_login import StaffTicket
from tests.services.officers import Officer, account, at_work, log_in, officer, redeem, whose
from tests.services.world import at_once, how_many, rows, visitor


async def add(**typed):
    async with db.unit_of_work() as session:
        return await staff.add_staff(session, **({"login": "li.si", "name": "李四", "role": StaffRole.OFFICER} | typed))


async def set_locked(actor, who: Officer, *, locked: bool = True, version: int | None = None):
    known = (await account(who)).version if version is None else version
    async with db.unit_of_work() as session:
        return await staff.set_locked(session, actor=actor, staff_id=who.id, version=known, locked=locked)


async def test_the_first_password_is_random_keeps_the_rules_and_must_be_changed(time):
    made = [await add(login=f"li.si{n}") for n in range(5)]
    assert all(isinstance(one, Enrolment) for one in made)
    assert len({one.password for one in made}) == 5
    assert [check_password(one.password, forbidden=()) for one in made] == [()] * 5
    assert all(one.must_change for one in await rows(Staff))
    assert made[0].address.startswith("otpauth://totp/localhost:li.si0?secret=")


async def test_what_was_handed_over_leads_in(time):
    made = await add()
    assert isinstance(made, Enrolment)
    (stored,) = await rows(Staff)
    who = Officer(stored.id, "li.si", stored.totp, StaffRole.OFFICER, "")
    assert f"secret={who.secret}&" in made.address
    assert isinstance(await log_in(who, password=made.password), StaffTicket)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"login": "Li"}, "login"),
        ({"login": "officer\n"}, "login"),
        ({"name": " "}, "name"),
        ({"region": "110000"}, "region"),
        ({"region": "320500", "role": StaffRole.AUDIT}, "region"),
    ],
)
async def test_an_account_that_cannot_be_is_refused(typed, field):
    refused = await add(**typed)
    assert isinstance(refused, Refusal)
    assert refused.field == field
    assert await how_many(Staff) == 0


async def test_a_login_exists_once():
    assert isinstance(await add(), Enrolment)
    refused = await add(name="王五")
    assert isinstance(refused, Refusal)
    assert refused.code == "taken"
    assert await how_many(Staff) == 1


async def test_a_reset_ends_what_was_there(time):
    who = await officer()
    value = await at_work(who)
    async with db.unit_of_work() as session:
        made = await staff.reset_staff(session, login=who.login)
    assert isinstance(made, Enrolment)
    time.pass_by(seconds=31)
    assert await whose(value) == Ended(SessionEnd.REPLACED, staff=True)
    assert (await log_in(who)).code == "wrong"
    stored = await account(who)
    renewed = Officer(who.id, who.login, stored.totp, who.role, "")
    assert renewed.secret != who.secret
    assert isinstance(await log_in(renewed, password=made.password), StaffTicket)
    async with db.unit_of_work() as session:
        assert (await staff.reset_staff(session, login="nobody")) == staff.GONE


async def test_locked_and_unlocked_at_a_shell(time):
    who = await officer()
    value = await at_work(who)
    for locked, code in ((True, None), (True, "stale"), (False, None), (False, "stale")):
        async with db.unit_of_work() as session:
            refused = await staff.set_locked_by_operator(session, login=who.login, locked=locked)
        assert (refused.code if refused else None) == code
    time.pass_by(seconds=31)
    assert await whose(value) == Ended(SessionEnd.REPLACED, staff=True)
    assert isinstance(await log_in(who), StaffTicket)
    told = [json.loads(one.details) for one in await rows(AuditEntry) if one.action in ("staff.lock", "staff.unlock")]
    assert [one["login"] for one in told] == [who.login] * 2


async def test_only_the_system_administrator_locks_accounts(time):
    who, admin = await officer(), await officer("admin", StaffRole.SYSTEM)
    for role in (StaffRole.SECURITY, StaffRole.AUDIT, StaffRole.OFFICER):
        other = await officer(f"other.{role.lower()}", role)
        assert await set_locked(other.acting, who) == staff.FORBIDDEN
        async with db.reading() as session:
            assert await staff.list_staff(session, actor=other.acting) == staff.FORBIDDEN
    assert await set_locked(visitor(), who) == staff.FORBIDDEN
    value = await at_work(who)
    assert await set_locked(admin.acting, who) is None
    time.pass_by(seconds=31)
    assert await whose(value) == Ended(SessionEnd.REPLACED, staff=True)
    assert (await log_in(who)).code == "wrong"
    assert await set_locked(admin.acting, who, locked=False) is None
    assert isinstance(await log_in(who), StaffTicket)
    (locked,) = [one for one in await rows(AuditEntry) if one.action == "staff.lock"]
    assert (locked.person_id, locked.subject) == (admin.id, who.id)


async def test_nobody_locks_themself():
    admin = await officer("admin", StaffRole.SYSTEM)
    assert await set_locked(admin.acting, admin) == staff.NOT_YOURSELF
    assert (await account(admin)).status == "ACTIVE"
    assert [one.result for one in await rows(AuditEntry) if one.action == "staff.lock"] == ["SELF"]


async def test_a_ticket_of_an_account_locked_meanwhile_opens_nothing(time):
    who, admin = await officer(), await officer("admin", StaffRole.SYSTEM)
    ticket = await log_in(who)
    assert await set_locked(admin.acting, who) is None
    assert await redeem(ticket) == ""


async def test_of_several_at_once_one_locks(time):
    who, admin = await officer(), await officer("admin", StaffRole.SYSTEM)
    version = (await account(who)).version
    outcomes = await at_once(*(set_locked(admin.acting, who, version=version) for _ in range(5)))
    assert outcomes.count(None) == 1
    assert outcomes.count(staff.STALE) == 4


async def test_names_in_the_list_are_masked():
    admin = await officer("admin", StaffRole.SYSTEM)
    await officer("su.zhou", region="320500")
    async with db.reading() as session:
        found = await staff.list_staff(session, actor=admin.acting)
    assert isinstance(found, list)
    assert [(one.login, one.name, one.region, one.own) for one in found] == [
        ("admin", "张**", "全省", True),
        ("su.zhou", "张**", "苏州市", False),
    ]
