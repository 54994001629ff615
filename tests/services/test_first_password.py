"""Changing a first password: what is refused, what ends, what goes on, and that it happens once (R-2.6.6.3)."""

from dataclasses import replace

import pytest

from jsrs_portal import crypto, db
from jsrs_portal.access.actor import Ended
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.passwords import PasswordProblem, explain
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.people import Credential
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.services.first_password import NOT_NEEDED, OVER, change_first_password
from jsrs_portal.services.institutions import Administrator
from jsrs_portal.services.login import Ticket
from tests.services.granting import audited, given, who
from tests.services.granting import log_in as log_in_by
from tests.services.opening import (
    HER,
    HIM,
    OWN_PASSWORD,
    SECOND_PASSWORD,
    administrator,
    code,
    credentials,
    done,
    enter,
    first,
    hand_over,
    log_in,
    open_,
    person_of,
    registered,
    reset,
    switch,
    with_document,
)
from tests.services.world import OTHER_PASSWORD, at_once, everything_stored, how_many, rows, visitor

pytestmark = [pytest.mark.req("R-2.6.6.3"), pytest.mark.usefixtures("time", "as_in_the_server")]
FIRST = first(HER)


@pytest.fixture
async def her(world):
    """A registered person with a personal password."""
    return await world.registered_person(HER, OTHER_PASSWORD)


@pytest.fixture
async def school(unit, boss, her):
    """An institution that has just been opened, with her as its administrator."""
    return done(await open_(boss, await registered(unit), administrator(HER)))


@pytest.fixture
async def value(world, school):
    """The cookie of her first login."""
    return await enter(world, school, HER, FIRST)


async def change(actor, password: str = OWN_PASSWORD, confirmation: str | None = None):
    return await change_first_password(
        actor=actor, password=password, confirmation=password if confirmation is None else confirmation
    )


async def test_the_own_password_takes_the_place_of_the_first_one(school, her, value, time):
    assert await change(await who(value)) == []
    (credential,) = await credentials(school)
    assert (credential.person_id, credential.must_change, credential.void_after) == (her, False, None)
    assert credential.changed_at == time.now
    assert crypto.verify_password(OWN_PASSWORD, credential.password_hash)
    assert code(await log_in(school, HER.mobile, FIRST)) == "wrong"
    assert isinstance(await log_in(school, HER.mobile, OWN_PASSWORD), Ticket)
    (entry,) = await audited("institution.first_password")
    assert (entry.subject, entry.result, entry.person_id) == (school.id, "OK", her)


async def test_the_own_session_goes_on_with_its_rights_at_once(value):
    """Also in the process that remembers it: no time passes."""
    before = await who(value)
    assert before.must_change
    assert await change(before) == []
    after = await who(value)
    assert after == replace(before, must_change=False)
    assert after.may(Permission.INSTITUTION_OWN)
    assert not after.may(Permission.OWN_ACCOUNT)  # the institution's world, not the person's
    assert not after.may(Permission.FIRST_PASSWORD)


async def test_every_other_session_of_the_institution_ends_and_no_one_elses(world, unit, boss, school, her, value):
    """Anybody who knows the number could have come in with the first password."""
    others = [await enter(world, school, HER, FIRST, f"browser {n}") for n in range(3)]
    second = done(await open_(boss, await registered(unit, 2), administrator(HER)))
    elsewhere = await enter(world, second, HER, FIRST, "second institution")
    for_the_unit = await log_in_by(world, unit, await given(boss, her), "unit")
    assert await change(await who(value)) == []
    for other in others:
        assert await who(other) == Ended(SessionEnd.REPLACED)
    assert isinstance(await who(value), Actor)
    assert (await who(elsewhere)).must_change
    assert isinstance(await who(for_the_unit), Actor)


async def test_a_login_with_the_first_password_whose_ticket_is_on_its_way_becomes_no_session(world, school, value):
    """Otherwise it would be a session that never had to change anything."""
    ticket = await log_in(school, HER.mobile, FIRST, visitor("late"))
    assert await change(await who(value)) == []
    assert await world.redeem(visitor("late"), ticket) == ""


async def test_other_passwords_of_the_same_person_stay_as_they_are(world, unit, boss, school, her, value):
    await world.set_unit_password(unit, her, SECOND_PASSWORD)
    second = done(await open_(boss, await registered(unit, 2), administrator(HER)))
    before = {one.id: one.password_hash for one in await rows(Credential)}
    assert await change(await who(value)) == []
    (changed,) = await credentials(school)
    after = {one.id: one.password_hash for one in await rows(Credential)}
    assert {key for key in after if after[key] != before[key]} == {changed.id}
    assert (await credentials(second))[0].must_change


# What is refused


@pytest.mark.req("R-2.2.5")
@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("Ab3$efg", PasswordProblem.TOO_SHORT),
        ("Ab3$" * 5 + "x", PasswordProblem.TOO_LONG),
        ("x" * 200, PasswordProblem.TOO_LONG),
        ("lantern58oak", PasswordProblem.TOO_FEW_CLASSES),
        ("Lantern 58 oak", PasswordProblem.CHARACTER),
        ("灯笼Lantern-58", PasswordProblem.CHARACTER),
        ("Passw0rd!", PasswordProblem.COMMON),
        (FIRST, PasswordProblem.COMMON),
        (FIRST + "-river", PasswordProblem.CONTAINS_IDENTIFIER),
        (FIRST.lower() + "-A", PasswordProblem.CONTAINS_IDENTIFIER),
        (f"Xy-{HER.mobile[-6:]}-q", PasswordProblem.CONTAINS_IDENTIFIER),
        (f"Xy-{HER.id_number[6:12]}-q", PasswordProblem.CONTAINS_IDENTIFIER),
        ("J320000001-aB", PasswordProblem.CONTAINS_IDENTIFIER),
    ],
)
async def test_the_rules_for_passwords_hold(school, value, password, problem):
    before = await credentials(school)
    (refused,) = await change(await who(value), password)
    assert (refused.field, refused.sentence) == ("password", explain(problem))
    assert [one.password_hash for one in await credentials(school)] == [one.password_hash for one in before]
    assert (await who(value)).must_change
    assert await audited("institution.first_password") == []


async def test_nothing_typed_is_said_at_both_fields(school, value):
    refused = await change(await who(value), "", confirmation="")
    assert [(one.field, one.sentence) for one in refused] == [
        ("password", "请输入新密码。"),
        ("confirmation", "请再次输入密码。"),
    ]
    assert (await credentials(school))[0].must_change


async def test_the_second_typing_must_be_the_same(school, value):
    for confirmation in ("", OWN_PASSWORD + " ", OWN_PASSWORD.lower()):
        (refused,) = await change(await who(value), confirmation=confirmation)
        sentence = "两次输入的密码不一致，请重新输入。" if confirmation else "请再次输入密码。"
        assert (refused.field, refused.sentence) == ("confirmation", sentence)
    assert (await credentials(school))[0].must_change


async def test_the_first_password_is_no_new_one_even_when_no_rule_forbids_it(world, unit, boss):
    """Of a person who has another document by now the rules no longer know the former number."""
    school, mobile = await registered(unit), "13900000001"
    person_id = await with_document(DocumentType.PASSPORT, "E7QX1RK", mobile)
    done(await open_(boss, school, Administrator(name="陈外宾", id_type="03", id_number="E7QX1RK", mobile=mobile)))
    outcome = await log_in(school, mobile, "Js7QX1RK")
    actor = await who(await world.redeem(visitor(), outcome))
    assert (await change(actor, "Js7QX1RK"))[0].sentence == explain(PasswordProblem.CONTAINS_IDENTIFIER)
    person = await person_of(person_id)
    person.id_number = "E00000000"
    async with db.unit_of_work() as session:
        await session.merge(person)
    (refused,) = await change(actor, "Js7QX1RK")
    assert (refused.field, refused.sentence) == ("password", "新密码不能与初始密码相同。")
    assert (await credentials(school))[0].must_change


async def test_it_is_done_once(school, value):
    actor = await who(value)
    assert await change(actor) == []
    assert await change(actor, SECOND_PASSWORD) == [NOT_NEEDED]
    assert await change(await who(value), SECOND_PASSWORD) == [NOT_NEEDED]
    assert crypto.verify_password(OWN_PASSWORD, (await credentials(school))[0].password_hash)


async def test_of_ten_changes_at_once_one_is_made(school, value):
    actor = await who(value)
    outcomes = await at_once(*[change(actor, f"Lantern-58-oak{n}") for n in range(10)])
    assert [outcome for outcome in outcomes if outcome != [NOT_NEEDED]] == [[]]
    (chosen,) = [n for n, outcome in enumerate(outcomes) if outcome == []]
    assert isinstance(await log_in(school, HER.mobile, f"Lantern-58-oak{chosen}"), Ticket)
    assert len(await audited("institution.first_password")) == 1


async def test_of_two_sessions_that_change_it_at_once_one_does_and_the_other_is_over(world, school, value):
    other = await enter(world, school, HER, FIRST, "another browser")
    actors_ = [await who(value), await who(other)]
    outcomes = await at_once(*[change(actor, f"Lantern-58-oak{n}") for n, actor in enumerate(actors_)])
    assert sorted(len(outcome) for outcome in outcomes) == [0, 1]
    assert [OVER] in outcomes
    winner = outcomes.index([])
    assert isinstance(await log_in(school, HER.mobile, f"Lantern-58-oak{winner}"), Ticket)
    assert sorted(one.ended_at is None for one in await rows(UserSession)) == [False, True]


async def test_nobody_else_has_a_first_password_to_change(boss, school, her):
    herself = Actor(session_key="k", person_id=her, institution_id=school.id)
    for nobody in (visitor(), boss, herself, replace(boss, must_change=True)):
        assert await change(nobody) == [NOT_NEEDED]
    assert (await credentials(school))[0].must_change


# What happens meanwhile


@pytest.mark.req("R-2.6.6.4")
async def test_after_a_reset_a_session_that_is_still_believed_cannot_take_the_new_first_password(
    boss, school, value, time
):
    """A server may believe a session for five seconds; or the reset came while the password was being hashed."""
    actor = await who(value)
    time.pass_by(days=1)
    done(await reset(boss, school))
    assert await change(actor) == [OVER]
    (credential,) = await credentials(school)
    assert credential.must_change
    assert isinstance(await log_in(school, HER.mobile, FIRST), Ticket)


@pytest.mark.req("R-2.6.6.4")
async def test_after_the_institution_was_handed_over_there_is_nothing_to_change(world, boss, school, value):
    await world.registered_person(HIM)
    actor = await who(value)
    done(await hand_over(boss, school, administrator(HIM)))
    assert await change(actor) == [OVER]
    assert isinstance(await log_in(school, HIM.mobile, first(HIM)), Ticket)
    assert code(await log_in(school, HER.mobile, OWN_PASSWORD)) == "wrong"


@pytest.mark.req("R-2.6.6.4")
async def test_nothing_is_changed_in_a_disabled_institution(boss, school, value):
    actor = await who(value)
    done(await switch(boss, school, disabled=True))
    assert await change(actor) == [OVER]
    assert (await credentials(school))[0].must_change


async def test_nothing_is_stored_in_plain_text(school, value):
    sent = await how_many(Credential)
    await change(await who(value), FIRST)
    await change(await who(value))
    stored = await everything_stored()
    for secret in (FIRST, OWN_PASSWORD, HER.name, HER.mobile, HER.id_number):
        assert secret not in stored
    assert await how_many(Credential) == sent


@pytest.mark.req("R-2.5.4")
async def test_a_password_of_before_the_reset_does_not_come_back(world, school, boss, value):
    assert await change(await who(value), OWN_PASSWORD) == []
    await reset(boss, school)
    actor = await who(await enter(world, school, HER, first(HER)))
    (refused,) = await change(actor, OWN_PASSWORD)
    assert (refused.field, refused.code) == ("password", "reused")
    assert await change(actor, SECOND_PASSWORD) == []
