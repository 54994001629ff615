"""An officer's own password: the first one with the authenticator before anything else, later ones at any time."""

import pytest

from jsrs_portal import crypto, db
from jsrs_portal.access.actor import Ended
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.domain.staff_accounts import AccountAction
from jsrs_portal.domain.totp import code_of, step_at
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.staff import Staff, StaffSession
from jsrs_portal.services import staff, staff_accounts, staff_password
from jsrs_portal.services.staff import AccountData
from jsrs_portal.services.staff_accounts import Activation, FirstPassword
from jsrs_portal.services.staff_login import StaffTicket
from jsrs_portal.services.staff_password import FirstLogin, NewPassword
from tests.services.officers import PASSWORD, Officer, account, at_work, log_in, officer, redeem, whose
from tests.services.world import at_once, change, everything_stored, rows, visitor

NEW = "Meadow-71-kite"


async def acting(value: str) -> Actor:
    found = await whose(value)
    assert isinstance(found, Actor), found
    return found


async def first(actor: Actor, **typed: str) -> list[Refusal]:
    form = {"old": PASSWORD, "code": "", "password": NEW, "confirmation": NEW} | typed
    return await staff_password.change_first_password(actor=actor, typed=NewPassword(**form))


async def own(actor: Actor, **typed: str) -> list[Refusal]:
    form = {"old": PASSWORD, "code": "", "password": NEW, "confirmation": NEW} | typed
    return await staff_password.change_password(actor=actor, typed=NewPassword(**form))


def fields(problems: list[Refusal]) -> list[str]:
    return [one.field for one in problems]


# The first one


async def test_the_first_password_has_to_be_changed_before_anything_else(time):
    who = await officer(must_change=True)
    one = await at_work(who)
    time.pass_by(seconds=30)
    other = await at_work(who)
    found = await acting(one)
    assert {each for each in Permission if found.may(each)} == {Permission.FIRST_PASSWORD}
    assert fields(await first(found, old="Wrong-4711-quiet")) == ["old"]
    assert fields(await first(found, password="short")) == ["password", "confirmation"]
    assert fields(await first(found, password=PASSWORD, confirmation=PASSWORD)) == ["password"]
    assert fields(await first(found, password="zhang.san-A1", confirmation="zhang.san-A1")) == ["password"]
    assert fields(await first(found, confirmation="Meadow-71-kitE")) == ["confirmation"]
    assert await first(found) == []
    time.pass_by(seconds=6)
    after = await acting(one)
    assert not after.must_change
    assert await whose(other) == Ended(SessionEnd.REPLACED, staff=True)
    assert await first(after) == [staff_password.DONE]
    time.pass_by(seconds=30)
    assert (await log_in(who)).code == "wrong"
    assert isinstance(await log_in(who, password=NEW), StaffTicket)


async def newcomer() -> tuple[Officer, str, str]:
    """Return an account made on the screen and let in, with its first password and the code of its first login."""
    system, security = await officer("system", StaffRole.SYSTEM), await officer("security", StaffRole.SECURITY)
    data = AccountData(login="li.si", name="李思远", role=StaffRole.OFFICER)
    made = await staff_accounts.add_account(actor=system.acting, typed=data)
    assert isinstance(made, FirstPassword), made
    (stored,) = [one for one in await rows(Staff) if one.login == "li.si"]
    async with db.unit_of_work() as session:
        let_in = await staff_accounts.set_account(
            session,
            actor=security.acting,
            staff_id=stored.id,
            version=stored.version,
            action=AccountAction.AUTHORISE,
        )
    assert isinstance(let_in, Activation)
    return Officer(stored.id, "li.si", stored.totp, StaffRole.OFFICER, ""), made.password, let_in.code


async def test_an_authenticator_is_enrolled_at_the_first_login_by_its_holder_alone(time):
    who, password, let_in = await newcomer()
    found = await acting(await redeem(await log_in(who, password=password, code=let_in)))
    assert {each for each in Permission if found.may(each)} == {Permission.FIRST_PASSWORD}
    shown = await staff_password.view_first_login(actor=found)
    assert isinstance(shown, FirstLogin)
    assert shown.secret != who.secret
    assert f"secret={shown.secret}&" in shown.address
    assert shown.secret not in await everything_stored()
    code = code_of(shown.secret, step_at(time.now))
    for wrong in ("", "000000", who.code()):
        assert fields(await first(found, old=password, code=wrong)) == ["code"]
    assert (await account(who)).must_change
    assert await first(found, old=password, code=code) == []
    kept = await account(who)
    assert (kept.totp, kept.enrolled, kept.must_change) == (shown.secret, True, False)
    assert {one.totp for one in await rows(StaffSession)} == {""}
    mine = Officer(who.id, who.login, shown.secret, who.role, "")
    assert (await log_in(mine, password=NEW, code=let_in)).code == "wrong"
    assert (await log_in(mine, password=NEW, code=code)).code == "wrong"  # it has been used to enrol
    time.pass_by(seconds=30)
    assert isinstance(await log_in(mine, password=NEW), StaffTicket)
    assert await staff_password.view_first_login(actor=mine.acting) == staff_password.DONE


async def test_what_another_session_was_offered_enrols_nothing(time):
    """Whoever looked at the page before the account's holder knows a secret that is worth nothing."""
    who, password, let_in = await newcomer()
    sessions = [await acting(await redeem(await log_in(who, password=password, code=let_in))) for _ in range(2)]
    offered = [await staff_password.view_first_login(actor=one) for one in sessions]
    assert isinstance(offered[0], FirstLogin)
    assert isinstance(offered[1], FirstLogin)
    assert offered[0].secret != offered[1].secret
    code = code_of(offered[0].secret, step_at(time.now))
    assert fields(await first(sessions[1], old=password, code=code)) == ["code"]


async def test_a_first_password_is_void_after_three_days(time):
    who, password, let_in = await newcomer()
    time.pass_by(days=3, seconds=1)
    assert (await log_in(who, password=password, code=let_in)).code == "wrong"
    assert [one.result for one in await rows(AuditEntry) if one.action == "staff.login"] == ["VOID"]


async def test_a_password_has_to_be_changed_after_ninety_days(time):
    who = await officer()
    time.pass_by(days=90, seconds=1)
    found = await acting(await at_work(who))
    assert {each for each in Permission if found.may(each)} == {Permission.FIRST_PASSWORD}
    shown = await staff_password.view_first_login(actor=found)
    assert shown == FirstLogin(login=who.login, secret="", address="", aged=True)
    assert await first(found) == []
    time.pass_by(seconds=30)
    found = await acting(await at_work_with(who, NEW))
    assert found.may(Permission.STAFF_HOME)


async def at_work_with(who: Officer, password: str) -> str:
    return await redeem(await log_in(who, password=password))


# One's own, at any time


async def test_ones_own_password_is_changed_for_the_old_one_and_a_code(time):
    who = await officer()
    one = await at_work(who)
    time.pass_by(seconds=30)
    other = await at_work(who)
    time.pass_by(seconds=30)
    waiting = await log_in(who)
    time.pass_by(seconds=20)
    found = await acting(one)
    assert await own(found, code=who.code(1)) == []
    time.pass_by(seconds=6)
    assert (await acting(one)).may(Permission.STAFF_HOME)
    assert await whose(other) == Ended(SessionEnd.REPLACED, staff=True)
    assert await redeem(waiting) == ""
    time.pass_by(seconds=60)
    assert (await log_in(who)).code == "wrong"
    assert isinstance(await log_in(who, password=NEW), StaffTicket)
    kept = [one.result for one in await rows(AuditEntry) if one.action == "staff.password"]
    assert kept == ["OK"]


@pytest.mark.parametrize("wrong", ["old", "code", "both", "used code"])
async def test_whatever_is_wrong_the_answer_is_the_same_and_nothing_changes(time, wrong):
    who = await officer()
    found = await acting(await at_work(who))
    typed = {"code": who.code() if wrong == "used code" else who.code(1)}
    if wrong in ("old", "both"):
        typed["old"] = "Wrong-4711-quiet"
    if wrong in ("code", "both"):
        typed["code"] = who.code(5)
    before = await account(who)
    assert await own(found, **typed) == [staff_password.WRONG]
    after = await account(who)
    assert (after.password_hash, after.version, after.totp_last_step) == (
        before.password_hash,
        before.version,
        before.totp_last_step,
    )
    assert [one.result for one in await rows(AuditEntry) if one.action == "staff.password"] == ["WRONG"]


async def test_the_rules_of_passwords_hold(time):
    who = await officer()
    found = await acting(await at_work(who))
    for password in ("short", "zhang.san-A1", PASSWORD, "Password-1", "中文密码-Abc-123"):
        problems = await own(found, code=who.code(1), password=password, confirmation=password)
        assert fields(problems) == ["password"], password
    assert fields(await own(found, code=who.code(1), confirmation="another")) == ["confirmation"]
    assert await own(found, code=who.code(1)) == []  # none of them has used the code up


async def test_changing_the_password_is_limited_also_at_once(time, monkeypatch):
    who = await officer()
    found = await acting(await at_work(who))
    compared: list[str] = []
    original = crypto.verify_password
    monkeypatch.setattr(crypto, "verify_password", lambda *typed: compared.append("") or original(*typed))
    answers = await at_once(*(own(found, old="Wrong-4711-quiet", code="000000") for _ in range(13)))
    codes = [one[0].code for one in answers]
    assert sorted(codes) == [""] * 10 + ["throttled"] * 3
    assert len(compared) == 10


async def test_of_two_at_once_one_changes_it(time):
    who = await officer()
    found = await acting(await at_work(who))
    answers = await at_once(
        *(own(found, code=who.code(1), password=f"{NEW}{n}", confirmation=f"{NEW}{n}") for n in "ab")
    )
    assert answers.count([]) == 1


async def test_only_an_officer_has_one(time):
    who = await officer()
    assert await own(visitor()) == [staff.FORBIDDEN]
    assert await own(Actor(session_key="x", person_id="p")) == [staff.FORBIDDEN]
    assert await first(visitor()) == [staff_password.DONE]
    assert await first(who.acting) == [staff_password.DONE]
    await change(Staff, must_change=True)
    mine = await acting(await at_work(who))
    assert await own(mine, code=who.code(1)) == [staff.FORBIDDEN]
