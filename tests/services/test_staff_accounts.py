"""Officers' accounts: made at a shell, and on the screen by two administrators, neither of whom can do it alone."""

import json
import re

import pytest

from jsrs_portal import db
from jsrs_portal.access.actor import Ended
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.passwords import check_password
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.domain.staff_accounts import TABLE, AccountAction
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.staff import Staff
from jsrs_portal.services import staff, staff_accounts
from jsrs_portal.services.staff import AccountData, Enrolment
from jsrs_portal.services.staff_accounts import AccountPage, Activation, FirstPassword
from jsrs_portal.services.staff_login import StaffTicket
from tests.services.officers import PASSWORD, Officer, account, at_work, log_in, officer, redeem, whose
from tests.services.world import at_once, everything_stored, how_many, rows, statements, visitor, warm_up


async def add(**typed):
    async with db.unit_of_work() as session:
        return await staff.add_staff(session, **({"login": "li.si", "name": "李四", "role": StaffRole.OFFICER} | typed))


async def set_account(actor, staff_id: str, action: str, *, version: int | None = None):
    async with db.unit_of_work() as session:
        known = (await session.get_one(Staff, staff_id)).version if version is None else version
        return await staff_accounts.set_account(
            session, actor=actor, staff_id=staff_id, version=known, action=AccountAction(action)
        )


async def authorise(actor, staff_id: str) -> str:
    """Let an account in and return the code that is read out."""
    found = await set_account(actor, staff_id, "AUTHORISE")
    assert isinstance(found, Activation), found
    return found.code


async def reset(actor, who: Officer, *, version: int | None = None):
    known = (await account(who)).version if version is None else version
    return await staff_accounts.reset_account(actor=actor, staff_id=who.id, version=known)


async def add_on_screen(actor, **typed):
    data = {"login": "li.si", "name": "李思远", "role": StaffRole.OFFICER} | typed
    return await staff_accounts.add_account(actor=actor, typed=AccountData(**data))


async def listed(actor, **how):
    async with db.reading() as session:
        return await staff_accounts.list_accounts(session, actor=actor, **how)


async def made_as(login: str = "li.si") -> Officer:
    (stored,) = [one for one in await rows(Staff) if one.login == login]
    return Officer(stored.id, login, stored.totp, StaffRole(stored.role), stored.region)


async def results(action: str) -> list[str]:
    return [one.result for one in await rows(AuditEntry) if one.action == action]


@pytest.fixture
async def system() -> Officer:
    """The system administrator."""
    return await officer("system", StaffRole.SYSTEM)


@pytest.fixture
async def security() -> Officer:
    """The security administrator."""
    return await officer("security", StaffRole.SECURITY)


# At a shell


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


# On the screen: nobody opens an account alone


async def test_an_account_is_added_by_one_let_in_by_another_and_enrolled_by_its_holder(system, security, time):
    made = await add_on_screen(system.acting)
    assert isinstance(made, FirstPassword)
    assert check_password(made.password, forbidden=()) == ()
    who = await made_as()
    assert (await log_in(who, password=made.password, code="")).code == "wrong"
    assert await set_account(system.acting, who.id, "AUTHORISE") == staff.FORBIDDEN
    assert (await log_in(who, password=made.password, code=who.code())).code == "wrong"
    time.pass_by(minutes=16)  # the failures so far are forgotten
    code = await authorise(security.acting, who.id)
    assert re.fullmatch("[0-9]{8}", code)
    for typed in ("", who.code(), f"{(int(code) + 1) % 10**8:08}"):
        assert (await log_in(who, password=made.password, code=typed)).code == "wrong"
    assert (await log_in(who, code=code)).code == "wrong"  # the password is another
    found = await whose(await redeem(await log_in(who, password=made.password, code=f" {code[:4]} {code[4:]}")))
    assert isinstance(found, Actor)
    assert found.must_change
    stored = await everything_stored()
    assert not [one for one in (made.password, code, "李思远", who.secret) if one in stored]
    (added,) = [one for one in await rows(AuditEntry) if one.action == "staff.add" and one.person_id == system.id]
    assert (added.subject, json.loads(added.details)) == (
        who.id,
        {"login": "li.si", "role": "OFFICER", "region": ""},
    )
    assert await results("staff.authorise") == ["OK"]


async def test_a_reset_ends_everything_and_has_to_be_authorised_anew(system, security, time):
    who = await officer()
    value, ticket = await at_work(who), None
    time.pass_by(seconds=30)
    ticket = await log_in(who)
    made = await reset(system.acting, who)
    assert isinstance(made, FirstPassword)
    time.pass_by(seconds=6)
    assert await whose(value) == Ended(SessionEnd.REPLACED, staff=True)
    assert await redeem(ticket) == ""
    for password in (PASSWORD, made.password):
        assert (await log_in(who, password=password)).code == "wrong"
    assert (await log_in(who, password=made.password, code="")).code == "wrong"
    code = await authorise(security.acting, who.id)
    found = await whose(await redeem(await log_in(who, password=made.password, code=code)))
    assert isinstance(found, Actor)
    assert found.must_change


async def test_a_code_of_authorisation_ends_with_it(system, security, time):
    await add_on_screen(system.acting)
    who = await made_as()
    former = await authorise(security.acting, who.id)
    assert await set_account(security.acting, who.id, "WITHDRAW") is None
    made = await reset(system.acting, who)
    assert isinstance(made, FirstPassword)
    code = await authorise(security.acting, who.id)
    assert (await log_in(who, password=made.password, code=former)).code == "wrong"
    assert isinstance(await log_in(who, password=made.password, code=code), StaffTicket)


async def test_unlocking_does_not_let_in_what_nobody_authorised(system, security, time):
    who = await officer()
    made = await reset(system.acting, who)
    assert isinstance(made, FirstPassword)
    for action in ("LOCK", "UNLOCK"):
        assert await set_account(system.acting, who.id, action) is None
    assert (await log_in(who, password=made.password, code="")).code == "wrong"


@pytest.mark.parametrize("action", ["LOCK", "WITHDRAW"])
async def test_a_locked_or_unauthorised_account_is_out_at_once(system, security, time, action):
    who = await officer()
    value = await at_work(who)
    actor, back = (system, "UNLOCK") if action == "LOCK" else (security, "AUTHORISE")
    assert await set_account(actor.acting, who.id, action) is None
    time.pass_by(seconds=31)
    assert await whose(value) == Ended(SessionEnd.REPLACED, staff=True)
    assert (await log_in(who)).code == "wrong"
    assert await set_account(actor.acting, who.id, back) in (None, Activation(who.login, ""))
    assert isinstance(await log_in(who), StaffTicket)
    (entry,) = [one for one in await rows(AuditEntry) if one.action == f"staff.{action.lower()}"]
    assert (entry.person_id, entry.subject, entry.result) == (actor.id, who.id, "OK")


@pytest.mark.parametrize("action", [one for one in AccountAction if one is not AccountAction.ADD])
async def test_nobody_does_anything_to_their_own_account(system, security, action):
    who = security if action in ("AUTHORISE", "WITHDRAW") else system
    before = await account(who)
    found = (
        await reset(who.acting, who) if action is AccountAction.RESET else await set_account(who.acting, who.id, action)
    )
    assert isinstance(found, Refusal)
    assert found.code == "own"
    after = await account(who)
    assert (after.version, after.status, after.authorised) == (before.version, before.status, before.authorised)
    assert await results(f"staff.{action.lower()}") == ["SELF"]


@pytest.mark.parametrize("role", list(StaffRole))
async def test_each_role_does_what_the_table_says(role):
    who, actor = await officer("who"), await officer("actor", role)
    may = {action for action in AccountAction if TABLE[role, action] is None}
    done: set[AccountAction] = set()
    if isinstance(await add_on_screen(actor.acting), FirstPassword):
        done.add(AccountAction.ADD)
    for action in (AccountAction.LOCK, AccountAction.UNLOCK, AccountAction.WITHDRAW, AccountAction.AUTHORISE):
        found = await set_account(actor.acting, who.id, action)
        assert found == staff.FORBIDDEN or not isinstance(found, Refusal)
        done |= set() if isinstance(found, Refusal) else {action}
    if isinstance(await reset(actor.acting, who), FirstPassword):
        done.add(AccountAction.RESET)
    assert done == may
    seen = await listed(actor.acting)
    assert isinstance(seen, AccountPage) is bool(may)


async def test_whoever_is_no_officer_does_nothing(system):
    for stranger in (visitor(), Actor(session_key="x", person_id="p" * 32)):
        assert await add_on_screen(stranger) == [staff.FORBIDDEN]
        assert await reset(stranger, system) == staff.FORBIDDEN
        assert await set_account(stranger, system.id, "LOCK") == staff.FORBIDDEN
        assert await listed(stranger) == staff.FORBIDDEN


async def test_a_regional_security_administrator_lets_in_within_the_region_only(system):
    suzhou = await officer("su.zhou", StaffRole.SECURITY, "320500")
    for login, region in (("kun.shan", "320583"), ("nan.jing", "320100"), ("province", "")):
        assert isinstance(await add_on_screen(system.acting, login=login, region=region), FirstPassword)
    found = {
        login: await set_account(suzhou.acting, (await made_as(login)).id, "AUTHORISE")
        for login in ("kun.shan", "nan.jing", "province")
    }
    assert isinstance(found.pop("kun.shan"), Activation)
    assert {login: one.code for login, one in found.items()} == {"nan.jing": "elsewhere", "province": "elsewhere"}
    assert sorted(await results("staff.authorise")) == ["OK", "REGION", "REGION"]


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"login": "Li"}, ["login"]),
        ({"login": "", "name": "", "role": None}, ["login", "name", "role"]),
        ({"role": StaffRole.AUDIT, "region": "320500"}, ["region"]),
        ({"region": "110000"}, ["region"]),
        ({"login": "system"}, ["login"]),
    ],
)
async def test_what_is_wrong_with_a_new_account_is_said_at_its_field(system, typed, fields):
    refused = await add_on_screen(system.acting, **typed)
    assert isinstance(refused, list)
    assert [one.field for one in refused] == fields
    assert await how_many(Staff) == 1


async def test_of_several_at_once_one_is_added_and_one_locks(system, time):
    made = await at_once(*(add_on_screen(system.acting) for _ in range(5)))
    assert sum(isinstance(one, FirstPassword) for one in made) == 1
    assert {one[0].code for one in made if isinstance(one, list)} == {"taken"}
    who = await officer()
    version = (await account(who)).version
    outcomes = await at_once(*(set_account(system.acting, who.id, "LOCK", version=version) for _ in range(5)))
    assert outcomes.count(None) == 1
    assert outcomes.count(staff.STALE) == 4


async def test_nobody_is_locked_by_an_old_list(system):
    who = await officer()
    assert await set_account(system.acting, who.id, "LOCK", version=9) == staff.STALE
    assert await reset(system.acting, who, version=9) == staff.STALE
    async with db.unit_of_work() as session:
        gone = await staff_accounts.set_account(
            session, actor=system.acting, staff_id="nobody", version=1, action=AccountAction.LOCK
        )
    assert gone == staff.GONE


# The list


async def test_names_in_the_list_are_masked_and_each_row_says_what_may_be_done(system, security):
    await officer("su.zhou", region="320500")
    for actor, expected in (
        (system, {"security": ("RESET", "LOCK"), "su.zhou": ("RESET", "LOCK"), "system": ()}),
        (security, {"security": (), "su.zhou": ("WITHDRAW",), "system": ("WITHDRAW",)}),
    ):
        found = await listed(actor.acting)
        assert isinstance(found, AccountPage)
        assert {one.login: one.acts for one in found.rows} == expected
        assert [(one.login, one.name, one.region, one.own) for one in found.rows] == [
            ("security", "张**", "全省", actor is security),
            ("su.zhou", "张**", "苏州市", False),
            ("system", "张**", "全省", actor is system),
        ]


async def test_the_list_is_read_page_by_page_and_narrowed(system, security, monkeypatch):
    monkeypatch.setattr(staff_accounts, "PAGE", 2)
    for n in range(5):
        await add_on_screen(system.acting, login=f"new-{n}")
    logins, after, pages = [], "", 0
    while True:
        await warm_up()
        with statements() as seen:
            page = await listed(security.acting, after=after)
        assert isinstance(page, AccountPage)
        assert len(seen) == 1
        logins, after, pages = [*logins, *(one.login for one in page.rows)], page.next, pages + 1
        if not after:
            break
    assert (logins, pages) == (["new-0", "new-1", "new-2", "new-3", "new-4", "security", "system"], 4)
    monkeypatch.setattr(staff_accounts, "PAGE", 20)
    for how, expected in (
        ({"waiting": True}, logins[:5]),
        ({"text": "SEC"}, ["security"]),
        ({"text": "%"}, []),
        ({"text": "w-3", "waiting": True}, ["new-3"]),
    ):
        page = await listed(security.acting, **how)
        assert isinstance(page, AccountPage)
        assert [one.login for one in page.rows] == expected
