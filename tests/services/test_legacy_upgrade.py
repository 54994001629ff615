"""地市历史用户升级: the old password proven, the legal person confirmed, one unit with its administrator (R-2.3)."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from jsrs_portal import clock, db
from jsrs_portal.access import actor as actors
from jsrs_portal.access import cookie
from jsrs_portal.domain.authority import GrantState, Role
from jsrs_portal.domain.legacy import LEGACY_UPGRADE, PROOF_LIFE
from jsrs_portal.domain.limits import LEGACY_TYPED, LOOKUP_SUBJECT
from jsrs_portal.domain.recovery import RECOVERY, AccountKind, sms_proof
from jsrs_portal.domain.wizards import answer_step
from jsrs_portal.gateways.errors import GatewayFailure
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.drafts import Draft
from jsrs_portal.models.legacy import LegacyUpgrade
from jsrs_portal.models.people import Credential, Person, PersonStatus, unit_realm
from jsrs_portal.models.units import Grant, GrantEvent, Unit
from jsrs_portal.models.work import OutboxMessage
from jsrs_portal.services import legacy_upgrade, password_recovery, people
from jsrs_portal.services.drafts import SavedProgress, save_progress
from jsrs_portal.services.grants import held_in
from jsrs_portal.services.legacy_accounts import ImportedTable
from jsrs_portal.services.login import Ticket, login_person, login_unit
from jsrs_portal.services.units import view_unit
from tests.services.fakes import FACTS
from tests.services.numbers import employer, human
from tests.services.recovering import ME, NEW, NEWER, begun, by_face, choose, phone_code, recovered, type_code, typed
from tests.services.upgrading import (
    ADMIN,
    HALL,
    INSURANCE,
    LEGAL_PHONE,
    OLD,
    SECOND,
    TAIZHOU,
    UNIT,
    FakeLegacy,
    Upgrading,
    imported,
    old_number,
    system_of,
    typed_admin,
)
from tests.services.world import (
    OTHER_PASSWORD,
    PASSWORD,
    Account,
    at_once,
    everything_stored,
    fields,
    how_many,
    rows,
    sentences,
    statements,
    visitor,
)

pytestmark = pytest.mark.req("R-2.3.7")
USER = "yunqi2016"


@pytest.fixture
def page() -> Upgrading:
    """A browser on the page."""
    return Upgrading(visitor())


@pytest.fixture
async def admin(world) -> str:
    """The administrator to be, registered."""
    return await world.registered_person(ADMIN)


@pytest.fixture
async def ready(page, admin) -> Upgrading:
    """Everything done up to the last click."""
    await imported(HALL, USER, UNIT)
    await page.to_admin(HALL, USER)
    return page


def codes(outcome) -> list[str]:
    assert isinstance(outcome, list), outcome
    return [one.code for one in outcome]


async def log_in(account: str, identifier: str, password: str = PASSWORD):
    return await login_unit(actor=visitor("login"), account=account, identifier=identifier, password=password)


@pytest.mark.req("R-2.3.4", "R-2.3.5", "R-2.3.6")
async def test_an_upgraded_unit_is_entered_by_its_administrator(ready, admin):
    done = await ready.finish()
    (unit,) = await rows(Unit)
    assert done.progress.result == {"unit_number": unit.unit_number, "unit_name": UNIT.name, "uscc": UNIT.uscc}
    assert (unit.uscc, unit.name, unit.legal_mobile, unit.authority_region) == (
        UNIT.uscc,
        UNIT.name,
        LEGAL_PHONE,
        "320100",
    )
    for account in (UNIT.uscc, unit.unit_number):
        for identifier in (ADMIN.id_number, ADMIN.mobile):
            assert isinstance(await log_in(account, identifier), Ticket), (account, identifier)
    assert (await log_in(UNIT.uscc, ADMIN.mobile, OLD)).code == "wrong", "the old password opens nothing"
    (credential,) = await rows(Credential)
    assert (credential.person_id, credential.realm) == (admin, unit_realm(unit.id))


@pytest.mark.req("R-2.3.4")
async def test_the_legal_representative_is_there_and_can_do_nothing_yet(ready, world):
    await ready.finish()
    (unit,) = await rows(Unit)
    async with db.reading() as session:
        legal = await people.find_by_document(session, id_type="01", id_number=UNIT.legal_rep.id_number)
        states = {one.role: one.state for one in await held_in(session, unit.id, today=clock.today())}
    assert legal is not None
    assert (legal.name, legal.mobile, legal.proven_at) == (UNIT.legal_rep.name, "", None)
    assert states == {Role.LEGAL_REP: GrantState.UNPROVEN, Role.ADMIN: GrantState.ACTIVE}
    await world.set_unit_password(Account(unit.id, unit.unit_number, legal.id, ""), legal.id, PASSWORD)
    assert (await log_in(UNIT.uscc, UNIT.legal_rep.id_number)).code == "wrong"
    assert len(await rows(GrantEvent)) == 2


async def test_a_legal_representative_who_is_registered_keeps_phone_and_passwords(page, admin, world):
    known = await world.registered_person(UNIT.legal_rep, PASSWORD)
    await imported(HALL, USER, UNIT)
    await page.to_admin(HALL, USER)
    assert isinstance(await page.finish(), SavedProgress)
    async with db.reading() as session:
        person = await session.get_one(Person, known)
        grants = (await session.execute(select(Grant).where(Grant.person_id == known))).scalars().all()
    assert person.mobile == UNIT.legal_rep.mobile
    assert [(one.role, one.proven_at) for one in grants] == [("LEGAL_REP", None)]
    told = [one.body for one in await rows(OutboxMessage)]
    assert sum(UNIT.legal_rep.mobile in body for body in told) == 1, (
        "somebody else administers their unit: they are told"
    )
    assert ADMIN.name not in "".join(told)


async def test_the_phone_in_step_3_may_be_anybodys_and_opens_nothing(page, admin, world):
    """Also one that somebody else registered with: nobody has proven it here."""
    await world.registered_person(human(77), PASSWORD)
    await imported(HALL, USER, UNIT)
    await page.choose(HALL)
    await page.prove(USER)
    assert isinstance(await page.confirm(human(77).mobile), SavedProgress)
    assert isinstance(await page.finish(), SavedProgress)
    assert (await log_in(UNIT.uscc, human(77).mobile)).code == "wrong"


@pytest.mark.req("R-2.3.3")
@pytest.mark.parametrize("key", [HALL, TAIZHOU])
async def test_imported_accounts_of_both_schemes(page, admin, key):
    await imported(key, UNIT.uscc, UNIT)
    await page.choose(key)
    assert isinstance(await page.prove(UNIT.uscc.lower(), OLD), SavedProgress), "the user name's case does not count"


@pytest.mark.req("R-2.3.3")
async def test_an_account_belongs_to_its_system(page):
    await imported(HALL, USER, UNIT)
    await page.choose(TAIZHOU)
    assert codes(await page.prove(USER)) == ["wrong"]


@pytest.mark.req("R-2.3.3", "R-2.3.6")
async def test_a_system_that_is_asked(page, admin):
    page.asked = {INSURANCE: FakeLegacy({USER: (UNIT,)})}
    await page.to_admin(INSURANCE, USER)
    assert isinstance(await page.finish(), SavedProgress)
    assert isinstance(await log_in(UNIT.uscc, ADMIN.mobile), Ticket)


@pytest.mark.req("R-2.3.2", "R-2.3.7")
async def test_only_what_is_offered_can_be_chosen_and_no_step_is_skipped(page):
    assert codes(await page.choose(INSURANCE)) == ["no_system"], "nobody has connected it"
    assert codes(await page.choose("nowhere")) == ["no_system"]
    assert codes(await page.prove(USER)) == ["stale"]
    assert codes(await page.confirm()) == ["stale"]
    assert codes(await page.finish()) == ["stale"]


@pytest.mark.req("R-2.3.3")
async def test_a_unit_number_is_asked_for_where_there_are_several_and_only_there(page, admin):
    await imported(HALL, USER, UNIT, SECOND)
    await page.choose(HALL)
    asked = await page.prove(USER)
    assert (codes(asked), fields(asked)) == (["several"], ["unit_number"])
    assert codes(await page.prove(USER, unit_number="U000000")) == ["no_number"]
    assert codes(await page.prove(USER, "wrong", old_number(SECOND))) == ["wrong"], "the password is compared each time"
    saved = await page.prove(USER, unit_number=f" {old_number(SECOND).lower()} ")
    assert saved.progress.answers["account"]["uscc"] == SECOND.uscc


@pytest.mark.req("R-2.3.7")
async def test_each_unit_of_an_account_is_upgraded_once(admin):
    await imported(HALL, USER, UNIT, SECOND)
    for turn, of in enumerate((UNIT, SECOND)):
        page = Upgrading(visitor(f"browser {turn}"))
        await page.to_admin(HALL, USER, old_number(of))
        assert isinstance(await page.finish(), SavedProgress)
    page = Upgrading(visitor("another"))
    await page.choose(HALL)
    assert codes(await page.prove(USER, unit_number=old_number(UNIT))) == ["upgraded"]
    assert len({one.unit_number for one in await rows(Unit)}) == 2


@pytest.mark.req("R-2.3.3")
@pytest.mark.parametrize("key", [HALL, INSURANCE])
async def test_an_account_of_very_many_units_finds_each_by_its_number(page, key):
    """However many there are: none is left out because others were listed before it."""
    units = [employer(n) for n in range(400, 660)]
    if key == HALL:
        await imported(HALL, USER, *units)
    page.asked = {INSURANCE: FakeLegacy({USER: tuple(units)})}
    await page.choose(key)
    assert codes(await page.prove(USER)) == ["several"]
    assert codes(await page.prove(USER, unit_number="U000000")) == ["no_number"]
    for of in (units[0], units[-1], max(units, key=old_number)):
        saved = await page.prove(USER, unit_number=old_number(of))
        assert saved.progress.answers["account"]["uscc"] == of.uscc
    assert page.asked[INSURANCE].numbers[:2] == ([] if key == HALL else ["", "U000000"])


@pytest.mark.req("R-2.3.3")
async def test_a_system_that_lists_one_unit_and_has_more_is_asked_for_the_number(page):
    page.asked = {INSURANCE: FakeLegacy({USER: (UNIT, SECOND)}, most=1)}
    await page.choose(INSURANCE)
    assert codes(await page.prove(USER)) == ["several"]
    saved = await page.prove(USER, unit_number=old_number(SECOND))
    assert saved.progress.answers["account"]["uscc"] == SECOND.uscc


async def test_an_imported_account_is_looked_up_by_one_statement(page):
    await imported(HALL, USER, *[employer(n) for n in range(400, 650)])
    system = system_of(HALL)
    assert system.hashes is not None
    checker = ImportedTable(system, system.hashes)
    for username, number in ((USER, ""), (USER, "U1"), ("nobody", "")):
        with statements() as seen:
            await checker.check(username=username, password=OLD, number=number)
        assert len(seen) == 1


async def test_nobody_but_who_knows_the_password_hears_that_it_was_upgraded(ready):
    await ready.finish()
    page = Upgrading(visitor("another"))
    await page.choose(HALL)
    assert codes(await page.prove(USER, "wrong")) == ["wrong"]
    said = await page.prove(USER)
    assert codes(said) == ["upgraded"]
    assert UNIT.name not in sentences(said)


async def test_a_unit_that_has_an_account_is_sent_to_the_login(page, world):
    await world.registered_unit(UNIT)
    await imported(HALL, USER, UNIT)
    await page.choose(HALL)
    said = await page.prove(USER)
    assert codes(said) == ["registered"]
    assert UNIT.name not in sentences(said)
    assert UNIT.legal_rep.name not in sentences(said)


async def test_an_account_without_units_says_so(page):
    await imported(HALL, USER)
    await page.choose(HALL)
    assert codes(await page.prove(USER)) == ["no_unit"]


# What is wrong, how often


async def test_whichever_part_is_wrong_the_answer_is_the_same(page):
    await imported(HALL, USER, UNIT)
    await page.choose(HALL)
    assert await page.prove(USER, "wrong") == await page.prove("nobody", OLD)
    assert fields(await page.prove("", "")) == ["username", "password"]


@pytest.mark.parametrize("username", [USER, "nobody"])
async def test_five_wrong_passwords_lock_known_and_unknown_accounts_alike(page, time, username):
    await imported(HALL, USER, UNIT)
    await page.choose(HALL)
    for _ in range(LEGACY_TYPED.most):
        assert codes(await page.prove(username, "wrong")) == ["wrong"]
    elsewhere = Upgrading(visitor("another", "198.51.100.9"))
    await elsewhere.choose(HALL)
    for name in (username, username.upper()):
        assert codes(await elsewhere.prove(name)) == ["locked"], "also with the right one, and from elsewhere"
    time.pass_by(minutes=16)
    outcome = await elsewhere.prove(USER)
    assert isinstance(outcome, SavedProgress)


async def test_fifty_guesses_at_once_get_five_comparisons():
    system = FakeLegacy({USER: (UNIT,)})
    pages = [Upgrading(visitor(f"b{n}", f"198.51.100.{n}"), {INSURANCE: system}) for n in range(50)]
    for page in pages:
        await page.choose(INSURANCE)
    outcomes = await at_once(*[page.prove(USER, f"guess {n}") for n, page in enumerate(pages)])
    assert system.calls == 5
    assert sorted(code for one in outcomes for code in codes(one)) == ["locked"] * 45 + ["wrong"] * 5


async def test_three_wrong_ones_and_a_puzzle_comes_first(page, puzzles_asked):
    await imported(HALL, USER, UNIT)
    await page.choose(HALL)
    for _ in range(3):
        assert codes(await page.prove(USER, "wrong")) == ["wrong"]
    for password in ("wrong", OLD):
        assert codes(await page.prove(USER, password)) == ["puzzle"]
    assert codes(await page.prove("somebody else", OLD)) == ["puzzle"], "in this browser, whatever is typed"


async def test_a_guessed_unit_number_is_not_forgiven_and_blanks_make_no_other_account(page):
    await imported(HALL, USER, UNIT, SECOND)
    await page.choose(HALL)
    for _ in range(LEGACY_TYPED.most - 1):
        assert codes(await page.prove(USER, unit_number="U1")) == ["no_number"]
        assert codes(await page.prove(USER)) == ["several"], "leaving the number out is no way to guess on"
    assert codes(await page.prove(f"   {USER} ", unit_number="U2")) == ["no_number"], "blanks make no other name of it"
    assert codes(await page.prove(USER, unit_number=old_number(UNIT))) == ["locked"]


async def test_a_system_that_does_not_answer_costs_no_try(page):
    system = FakeLegacy({USER: (UNIT,)}, failure=GatewayFailure.TIMEOUT)
    page.asked = {INSURANCE: system}
    await page.choose(INSURANCE)
    for _ in range(12):
        assert codes(await page.prove(USER)) == ["legacy"]
    system.failure = None
    assert isinstance(await page.prove(USER), SavedProgress)


# The draft


@pytest.mark.req("R-2.3.7")
async def test_the_old_password_is_stored_nowhere(ready):
    (draft,) = await rows(Draft)
    assert OLD not in draft.progress
    assert OLD not in await everything_stored()
    await ready.finish()
    stored = await everything_stored()
    assert not [
        one
        for one in (OLD, USER, UNIT.legal_rep.id_number, UNIT.legal_rep.name, LEGAL_PHONE, ADMIN.mobile)
        if one in stored
    ]


async def test_the_trail_says_what_happened(ready):
    await ready.finish()
    told = [(one.action, one.result) for one in sorted(await rows(AuditEntry), key=lambda one: one.created_at)]
    assert ("upgrade.verify", "OK") in told
    assert [one.unit_id for one in await rows(AuditEntry) if one.action == "upgrade.done"] == [
        one.id for one in await rows(Unit)
    ]


async def test_a_proof_that_grew_old_leads_back_to_the_password(time, ready):
    time.pass_by(seconds=PROOF_LIFE.total_seconds() + 1)
    assert codes(await ready.finish()) == ["aged"]
    assert set((await ready.saved()).progress.answers) == {"system"}
    assert codes(await ready.finish()) == ["stale"]
    assert await how_many(Unit) == 0


async def test_the_account_again_renews_its_proof_and_keeps_the_rest(time, ready):
    time.pass_by(minutes=29)
    assert isinstance(await ready.prove("", ""), SavedProgress), "left blank: what was proven stands"
    time.pass_by(minutes=2)
    assert fields(await ready.prove("", "")) == ["username", "password"]
    assert isinstance(await ready.prove(USER), SavedProgress)
    assert set((await ready.saved()).progress.answers) == {"system", "account", "legal"}
    assert isinstance(await ready.finish(), SavedProgress)


@pytest.mark.req("R-2.3.4")
async def test_another_account_clears_what_was_confirmed(ready):
    await imported(HALL, "other", SECOND)
    await ready.prove("other")
    assert set((await ready.saved()).progress.answers) == {"system", "account"}
    shown = legacy_upgrade.view_legal(await ready.saved())
    assert shown is not None
    assert (shown.unit_name, shown.uscc, shown.document_kind) == (SECOND.name, SECOND.uscc, "居民身份证")
    assert (shown.name, shown.document) == (
        f"{SECOND.legal_rep.name[0]}**",
        "*" * 15 + SECOND.legal_rep.id_number[-4:],
    )


@pytest.mark.req("R-2.3.4")
async def test_the_phone_must_be_one_and_may_be_left_as_it_was(ready):
    assert fields(await ready.confirm("02583276000")) == ["mobile"]
    assert isinstance(await ready.confirm(""), SavedProgress)
    assert (await ready.saved()).progress.answers["legal"]["mobile"] == LEGAL_PHONE


# The registers


@pytest.fixture
async def proved(page, admin) -> Upgrading:
    """The old password is proven, the legal person is to be confirmed."""
    await imported(HALL, USER, UNIT)
    await page.choose(HALL)
    await page.prove(USER)
    return page


@pytest.mark.req("R-2.2.2", "R-2.3.4")
@pytest.mark.parametrize(
    ("now", "code", "way_on"),
    [
        ({"name": "南京改名有限公司"}, "other_name", "单位注册"),
        ({"legal_rep": replace(UNIT.legal_rep, name="王新任")}, "other_representative", "现任法定代表人办理单位注册"),
        ({"legal_rep": human(77)}, "other_representative", "现任法定代表人办理单位注册"),
        ({"uscc": employer(309).uscc}, "not_found", "窗口"),
    ],
)
async def test_what_the_registry_says_otherwise_is_no_upgrade(proved, world, now, code, way_on):
    """Nothing is written, so that the unit can be registered by whoever leads it today."""
    today = replace(UNIT, **now)
    proved.outside.registry.units = {today.uscc: today}
    said = await proved.confirm()
    assert (codes(said), fields(said)) == ([code], [""])
    assert way_on in sentences(said)
    assert not [told for told in (today.name, today.legal_rep.name) if told in sentences(said)]
    assert codes(await proved.finish()) == ["stale"]
    assert await how_many(Unit) == 0
    assert await people_of(UNIT.legal_rep) is None
    if today.uscc == UNIT.uscc:
        await world.registered_unit(today)
        assert await how_many(Unit) == 1


async def people_of(of):
    async with db.reading() as session:
        return await people.find_by_document(session, id_type="01", id_number=of.id_number)


@pytest.mark.req("R-2.2.2")
async def test_a_unit_that_is_gone_is_not_upgraded(proved):
    proved.outside.registry.dissolved.add(UNIT.uscc)
    assert codes(await proved.confirm()) == ["inactive"]
    assert codes(await proved.finish()) == ["stale"]


@pytest.mark.req("R-2.2.2", "R-2.3.4")
@pytest.mark.parametrize("names", [{}, {UNIT.legal_rep.id_number: "王别人"}])
async def test_nobody_is_enrolled_whose_name_and_number_are_not_one_persons(proved, names):
    """Also where the business registry has the same mistake."""
    proved.outside.identity.names = names
    said = await proved.confirm()
    assert codes(said) == ["not_that_person"]
    assert "单位注册" in sentences(said)
    assert "王别人" not in sentences(said)
    assert codes(await proved.finish()) == ["stale"]
    assert await people_of(UNIT.legal_rep) is None


@pytest.mark.req("R-2.2.2")
@pytest.mark.parametrize("failure", GatewayFailure)
@pytest.mark.parametrize("register", ["registry", "identity"])
async def test_a_register_that_does_not_answer_is_said_and_nothing_is_saved(proved, register, failure):
    outside = getattr(proved.outside, register)
    outside.failure = failure
    said = await proved.confirm()
    assert codes(said) == [register]
    assert sentences(said)
    assert "legal" not in (await proved.saved()).progress.answers
    outside.failure = None
    assert isinstance(await proved.confirm(), SavedProgress)


@pytest.mark.req("R-2.2.2")
async def test_each_register_is_asked_once_and_not_without_a_phone_or_a_proof(proved, time):
    registry = proved.outside.registry
    assert fields(await proved.confirm("02583276000")) == ["mobile"]
    other = Upgrading(visitor("another"), outside=proved.outside)
    assert codes(await other.confirm()) == ["stale"]
    assert registry.calls == 0
    assert isinstance(await proved.confirm(), SavedProgress)
    assert registry.calls == 1
    time.pass_by(minutes=31)
    assert codes(await proved.confirm()) == ["aged"]
    assert registry.calls == 1


@pytest.mark.req("R-2.2.2")
async def test_the_registers_are_not_asked_for_ever(proved):
    said = [await proved.confirm() for _ in range(40)]
    assert codes(said[-1]) == ["too_often"]
    assert proved.outside.registry.calls < 40


@pytest.mark.req("R-2.2.2", "R-2.3.6")
async def test_the_unit_has_what_the_registry_holds_about_it(ready):
    await ready.finish()
    (unit,) = await rows(Unit)
    assert (unit.registered_address, unit.authority_name) == (FACTS.registered_address, FACTS.authority_name)
    assert (unit.economic_type, unit.industry_code) == (FACTS.economic_type, FACTS.industry_code)


async def test_a_draft_from_before_the_registers_were_asked_leads_back(ready):
    saved = await ready.saved()
    legal = {"mobile": LEGAL_PHONE}
    old = replace(saved, progress=replace(saved.progress, answers={**saved.progress.answers, "legal": legal}))
    async with db.unit_of_work() as session:
        assert await save_progress(session, spec=LEGACY_UPGRADE, owner=ready.actor.session_key, saved=old)
    assert codes(await ready.finish()) == ["aged"]
    assert await how_many(Unit) == 0


# The administrator


@pytest.mark.req("R-2.3.5")
@pytest.mark.parametrize(
    "other",
    [
        {"name": "钱某某"},
        {"mobile": "13900009999"},
        {"id_number": human(42).id_number},
        {"id_type": "02", "id_number": "E12345678"},
    ],
)
async def test_an_administrator_must_match_in_everything(ready, other):
    said = await ready.finish(**other)
    assert codes(said) in (["no_admin"], [""]), said
    assert await how_many(Unit) == 0
    if codes(said) == ["no_admin"]:
        assert fields(said) == [""], "which of them was wrong is not said"


@pytest.mark.req("R-2.3.5")
async def test_nobody_learns_who_is_registered(ready):
    assert (
        await ready.finish(human(43)) == await ready.finish(name="钱某某") == await ready.finish(mobile="13900009999")
    )


@pytest.mark.req("R-2.3.5")
async def test_somebody_locked_cannot_be_the_administrator(ready):
    async with db.unit_of_work() as session:
        (person,) = (await session.execute(select(Person))).scalars()
        person.status = PersonStatus.LOCKED
    assert codes(await ready.finish()) == ["no_admin"]


@pytest.mark.req("R-2.3.5")
async def test_the_legal_representative_is_no_administrator(ready, world):
    await world.registered_person(UNIT.legal_rep)
    assert codes(await ready.finish(UNIT.legal_rep)) == ["same_person"]
    assert await how_many(Unit) == 0


@pytest.mark.req("R-2.3.5", "R-2.2.5")
@pytest.mark.parametrize("password", ["short1A", "alllowercase1", f"A{ADMIN.mobile[:8]}#a", f"X#{UNIT.uscc[:9]}a"])
async def test_the_password_follows_the_rule(ready, password):
    assert fields(await ready.finish(password=password, confirmation=password)) == ["password"]


@pytest.mark.req("R-2.3.5")
async def test_the_password_is_typed_twice(ready):
    assert fields(await ready.finish(confirmation=PASSWORD + "x")) == ["confirmation"]


@pytest.mark.req("R-2.3.5")
async def test_asking_who_is_registered_is_limited(ready):
    seen = {codes(await ready.finish(mobile=f"139000{n:05d}"))[0] for n in range(25)}
    assert seen == {"no_admin", "too_often"}


# Twice, and at once


@pytest.mark.req("R-2.3.7")
async def test_a_double_click_answers_twice_with_the_same(ready):
    saved = await ready.saved()
    typed = typed_admin()
    first, second = await at_once(
        legacy_upgrade.upgrade(actor=ready.actor, saved=saved, typed=typed),
        legacy_upgrade.upgrade(actor=ready.actor, saved=saved, typed=typed),
    )
    third = await ready.finish()
    assert first.progress.result == second.progress.result == third.progress.result
    assert await how_many(Unit) == await how_many(LegacyUpgrade) == 1


@pytest.mark.req("R-2.3.7")
async def test_fifty_browsers_at_once_make_one_unit(admin):
    system = FakeLegacy({USER: (UNIT,)})
    pages = [Upgrading(visitor(f"b{n}", f"198.51.100.{n}"), {INSURANCE: system}) for n in range(50)]
    for page in pages:
        await page.to_admin(INSURANCE, USER)
    outcomes = await at_once(*[page.finish() for page in pages])
    won = [one for one in outcomes if isinstance(one, SavedProgress)]
    assert len(won) == 1
    assert {code for one in outcomes if isinstance(one, list) for code in codes(one)} <= {"upgraded", "registered"}
    assert await how_many(Unit) == await how_many(LegacyUpgrade) == await how_many(Credential) == 1
    assert sorted(one.role for one in await rows(Grant)) == ["ADMIN", "LEGAL_REP"]


@pytest.mark.req("R-2.3.7")
async def test_two_systems_know_the_same_unit(admin):
    """The one that is later finds it registered."""
    system = FakeLegacy({USER: (UNIT,)})
    await imported(HALL, USER, UNIT)
    pages = [Upgrading(visitor(key), {INSURANCE: system}) for key in (HALL, INSURANCE)]
    for page, key in zip(pages, (HALL, INSURANCE), strict=True):
        await page.to_admin(key, USER)
    outcomes = await at_once(*[page.finish() for page in pages])
    assert sorted(isinstance(one, SavedProgress) for one in outcomes) == [False, True]
    assert next(codes(one) for one in outcomes if isinstance(one, list)) == ["registered"]
    assert await how_many(Unit) == 1


@pytest.mark.req("R-2.3.7")
async def test_it_happens_whole_or_not_at_all(ready, monkeypatch):
    async def breaks(*_args, **_kwargs):
        raise RuntimeError("at the last moment")

    monkeypatch.setattr(legacy_upgrade, "save_progress", breaks)
    before = await how_many(Person)
    with pytest.raises(RuntimeError, match="last moment"):
        await ready.finish()
    assert await how_many(Unit) == await how_many(Grant) == await how_many(Credential) == 0
    assert await how_many(Person) == before


async def test_the_administrator_sees_the_unit(ready, world):
    await ready.finish()
    value = await world.redeem(visitor("login"), await log_in(UNIT.uscc, ADMIN.mobile))
    found = await actors.resolve(cookie.proof(value), address=visitor().address)
    assert found.role is Role.ADMIN
    async with db.reading() as session:
        view = await view_unit(session, actor=found)
    assert view is not None
    assert view.name == UNIT.name


async def test_somebody_else_with_the_legal_representatives_document_is_made_nothing(ready, world):
    other = replace(UNIT.legal_rep, name="王同号")
    await world.registered_person(other, OTHER_PASSWORD)
    assert codes(await ready.finish()) == ["other_legal"]
    assert await rows(Unit) == []


async def test_the_administrators_number_is_guessed_in_bounds(ready, world):
    """Whether it is the legal representative's is an answer too, and is counted like the others."""
    said = [codes(await ready.finish(UNIT.legal_rep)) for _ in range(LOOKUP_SUBJECT.most + 1)]
    assert said[0] == ["same_person"]
    assert said[-1] != ["same_person"]


# The legal representative's first face check


LEGAL = typed(AccountKind.LEGAL_REP, UNIT.legal_rep, UNIT.uscc)


@pytest.mark.req("R-2.3.4", "R-2.5.3")
@pytest.mark.parametrize("registered", [False, True])
async def test_the_first_face_check_proves_the_legal_representative(ready, world, registered):
    """It sets a password for the unit; whoever may have registered in their name learns nothing that opens it."""
    if registered:
        await world.registered_person(UNIT.legal_rep, OTHER_PASSWORD)
    await ready.finish()
    assert isinstance(await begun(world, LEGAL), SavedProgress)
    saved = await world.load(ME, RECOVERY)
    sent = await password_recovery.send_code(world.outside.sms, actor=ME, saved=saved)
    assert sent.code == "face_only"
    assert codes(await type_code(world, "123456")) == ["face_only"]
    await by_face(world)
    mobile = UNIT.legal_rep.mobile
    said = await phone_code(world, mobile)
    assert isinstance(await choose(world, NEW, mobile=mobile, code=said), SavedProgress)
    (legal,) = [one for one in await rows(Grant) if one.role == Role.LEGAL_REP]
    assert legal.proven_at is not None
    assert isinstance(await log_in(UNIT.uscc, UNIT.legal_rep.id_number, NEW), Ticket)
    for other in (OTHER_PASSWORD, PASSWORD):
        assert (await log_in(UNIT.uscc, UNIT.legal_rep.id_number, other)).code == "wrong"
    assert isinstance(await log_in(UNIT.uscc, ADMIN.mobile), Ticket), "the administrator's stays as it was"


@pytest.mark.req("R-2.2.7", "R-2.3.4")
async def test_who_was_enrolled_by_an_upgrade_is_told_how_to_get_in_and_does(ready, world):
    """The sentence is everybody's who is enrolled: a stranger with a name and a number learns nothing more from it."""
    await ready.finish()
    legal = UNIT.legal_rep
    world.outside.know_person(legal, ADMIN)
    said, others = [await world.fill_identity(ME, human) for human in (legal, ADMIN)]
    assert said == others
    assert codes(said) == ["registered"]
    for told in ("从未设置过密码", "历史用户升级", "法定代表人", "「忘记密码?」", "人脸识别"):
        assert told in sentences(said)
    await recovered(world, typed(AccountKind.PERSON, legal), legal, face=True, mobile=legal.mobile)
    actor = visitor("in")
    assert isinstance(await login_person(actor=actor, identifier=legal.mobile, password=NEW), Ticket)


@pytest.mark.req("R-2.3.4", "R-2.5.3")
async def test_a_code_does_not_prove_a_legal_representative_who_never_showed_their_face(ready, world):
    """Not even one that stands in the draft: the phone may be a stranger's."""
    await world.registered_person(UNIT.legal_rep, OTHER_PASSWORD)
    await ready.finish()
    await begun(world, LEGAL)
    saved = await world.load(ME, RECOVERY)
    forged = answer_step(RECOVERY, saved.progress, "proof", sms_proof(clock.now()))
    async with db.unit_of_work() as session:
        assert await save_progress(session, spec=RECOVERY, owner=ME.session_key, saved=replace(saved, progress=forged))
    assert codes(await choose(world, NEWER)) == ["proof_missing"]
