"""Changing the password that opened a session, by the old one (R-2.6.8.3), and what the page says of it (R-2.6.8.1)."""

from dataclasses import replace
from itertools import pairwise

import pytest
from sqlalchemy import update
from sqlmodel import col

from jsrs_portal import crypto, db
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.own_account import NO_PASSWORD, UNSET
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.people import PERSONAL, Credential, unit_realm
from jsrs_portal.models.scans import TrustedPhone
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.services.own_password import change_password
from tests.services.granting import BOSS, UNIT, audited, given, texts_for
from tests.services.opening import HER, first, with_own_password
from tests.services.phoning import trusted
from tests.services.recovering import AGENT, NEW, NEWER, opens, remembered, why
from tests.services.settling import account_of, entered, lives, who
from tests.services.world import (
    OTHER_PASSWORD,
    PASSWORD,
    at_once,
    everything_stored,
    fields,
    rows,
    statements,
    visitor,
    warm_up,
)

pytestmark = [pytest.mark.req("R-2.6.8.3"), pytest.mark.usefixtures("time", "as_in_the_server")]


async def change(actor: Actor, old: str = PASSWORD, new: str = NEW, again: str | None = None):
    return await change_password(actor=actor, old=old, password=new, confirmation=new if again is None else again)


async def proves(actor: Actor, proved: str) -> None:
    """Let the session have been opened by something else."""
    async with db.unit_of_work() as session:
        mine = col(UserSession.id) == actor.session_id
        await session.execute(update(UserSession).where(mine).values(proved=proved))


# What the page says


@pytest.mark.req("R-2.6.8.1")
async def test_the_unit_is_shown_whole_and_people_masked(world, unit):
    boss = await entered(world, BOSS, PASSWORD, UNIT.uscc)
    await warm_up()
    with statements() as seen:
        view = await account_of(boss)
    assert len(seen) <= 3
    assert (view.uscc, view.unit_name) == (UNIT.uscc, UNIT.name)
    assert (view.legal_name, view.legal_document) == (f"{BOSS.name[0]}**", "*" * 15 + BOSS.id_number[-4:])
    assert (view.legal_document_kind, view.legal_mobile) == ("居民身份证", f"1*******{BOSS.mobile[-2:]}")
    assert view.mobile == view.legal_mobile
    assert (view.password_why, UNIT.name in view.password_for, bool(view.changed_on)) == ("", True, True)


@pytest.mark.req("R-2.6.8.1")
async def test_an_agent_sees_the_unit_and_not_who_leads_it(world, unit, agent):
    view = await account_of(await entered(world, AGENT, OTHER_PASSWORD, UNIT.uscc))
    assert (view.unit_name, view.legal_name, view.legal_document, view.legal_mobile) == (UNIT.name, "", "", "")
    assert view.mobile == f"1*******{AGENT.mobile[-2:]}"


@pytest.mark.req("R-2.6.8.1")
async def test_the_administrator_sees_the_legal_representative_masked(world, unit, boss):
    await given(boss, await world.registered_person(AGENT, OTHER_PASSWORD), Role.ADMIN)
    view = await account_of(await entered(world, AGENT, OTHER_PASSWORD, UNIT.uscc))
    assert (view.legal_name, view.mobile) == (f"{BOSS.name[0]}**", f"1*******{AGENT.mobile[-2:]}")


@pytest.mark.parametrize(("proved", "sentence"), [("ca:x", NO_PASSWORD), ("app:x", UNSET)])
async def test_a_session_without_a_password_says_so_and_changes_none(world, unit, proved, sentence):
    boss = await entered(world, BOSS, PASSWORD, UNIT.uscc)
    await proves(boss, proved)
    assert (await account_of(boss)).password_why == sentence
    (refusal,) = await change(boss)
    assert refusal.sentence == sentence
    assert await opens(UNIT.uscc, BOSS, PASSWORD)


async def test_visitors_and_whoever_must_change_a_first_password_have_no_account_here(world, school):
    assert await account_of(visitor()) is None
    assert why(await change(visitor())) == "no_password"
    hers = await entered(world, HER, first(HER), school.number)
    assert hers.must_change
    assert await account_of(hers) is None
    assert why(await change(hers, first(HER))) == "no_password"


# Changing


async def test_the_password_of_the_unit_changes_and_no_other_realm_s(world, unit):
    async with db.unit_of_work() as session:
        hashed = crypto.hash_password(OTHER_PASSWORD)
        made = Credential(person_id=unit.person_id, realm=PERSONAL, password_hash=hashed, binding="")
        made.binding = crypto.bind_hash(hashed, person=unit.person_id, realm=PERSONAL)
        session.add(made)
    mine = await entered(world, BOSS, PASSWORD, UNIT.uscc)
    other = await entered(world, BOSS, PASSWORD, UNIT.uscc, "office")
    personal = await entered(world, BOSS, OTHER_PASSWORD, "", "phone")
    assert await change(mine) == []
    assert (await lives(mine), await lives(other), await lives(personal)) == (True, False, True)
    assert await opens(UNIT.uscc, BOSS, NEW)
    assert not await opens(UNIT.uscc, BOSS, PASSWORD)
    assert await opens("", BOSS, OTHER_PASSWORD)
    (entry,) = await audited("account.password")
    assert (entry.person_id, entry.subject, entry.result) == (unit.person_id, unit_realm(unit.unit_id), "OK")
    assert [one for one in await texts_for(BOSS.mobile) if "登录密码已修改" in one]
    (told,) = [one for one in await rows(Notice) if one.title == "登录密码已修改"]
    assert (told.person_id, told.unit_id, told.kind) == (unit.person_id, unit.unit_id, "SECURITY")


async def test_the_personal_password_takes_the_trusted_phones_with_it(world, unit, agent):
    assert isinstance(await trusted(agent.person_id), TrustedPhone)
    mine = await entered(world, AGENT, OTHER_PASSWORD)
    in_the_unit = await entered(world, AGENT, OTHER_PASSWORD, UNIT.uscc, "office")
    assert await change(mine, OTHER_PASSWORD) == []
    assert (await lives(mine), await lives(in_the_unit)) == (True, False)
    assert [phone.revoked_at is not None for phone in await rows(TrustedPhone)] == [True]


async def test_the_phone_that_confirmed_this_session_stays(world, unit, agent):
    phone = await trusted(agent.person_id)
    other = await trusted(agent.person_id)
    assert isinstance(phone, TrustedPhone)
    assert isinstance(other, TrustedPhone)
    mine = await entered(world, AGENT, OTHER_PASSWORD)
    elsewhere = await entered(world, AGENT, OTHER_PASSWORD, "", "office")
    for actor in (mine, elsewhere):
        await proves(actor, f"phone:{phone.id}")
    assert await change(mine, OTHER_PASSWORD) == []
    assert (await lives(mine), await lives(elsewhere)) == (True, False)
    assert {one.id: one.revoked_at is None for one in await rows(TrustedPhone)} == {phone.id: True, other.id: False}


async def test_an_institution_s_administrator_changes_the_institution_s(world, school):
    hers = await who(await with_own_password(world, school, HER))
    view = await account_of(hers)
    assert (view.institution_number, view.unit_name, school.name in view.password_for) == (school.number, "", True)
    from tests.services.opening import OWN_PASSWORD

    assert await change(hers, OWN_PASSWORD) == []
    assert await opens(school.number, HER, NEW)
    assert await opens("", HER, OTHER_PASSWORD)


@pytest.mark.parametrize(
    ("old", "new", "again", "named"),
    [
        ("", NEW, NEW, ["old"]),
        (PASSWORD, "short", "short", ["password"]),
        (PASSWORD, f"Ab!{UNIT.uscc[:9]}", f"Ab!{UNIT.uscc[:9]}", ["password"]),
        (PASSWORD, f"Ab!{BOSS.mobile}", f"Ab!{BOSS.mobile}", ["password"]),
        (PASSWORD, NEW, NEWER, ["confirmation"]),
        (NEWER, NEW, NEW, ["old"]),
        ("x" * 5000, NEW, NEW, ["old"]),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_changes_nothing(world, unit, old, new, again, named):
    mine = await entered(world, BOSS, PASSWORD, UNIT.uscc)
    assert fields(await change(mine, old, new, again)) == named
    assert await opens(UNIT.uscc, BOSS, PASSWORD)


@pytest.mark.req("R-2.5.4")
async def test_none_of_the_last_five_comes_back(world, unit):
    mine = await entered(world, BOSS, PASSWORD, UNIT.uscc)
    assert why(await change(mine, PASSWORD, PASSWORD)) == "reused"
    used = [PASSWORD, NEW, NEWER, "Meadow-28-tarn", "Gravel-94-dune"]
    for old, new in pairwise(used):
        assert await change(mine, old, new) == []
    for former in used:
        assert why(await change(mine, used[-1], former)) == "reused"
    assert len(await remembered(unit.person_id, unit_realm(unit.unit_id))) == 5
    assert await change(mine, used[-1], "Thicket-61-brow") == []


@pytest.mark.req("R-2.4.7")
async def test_guessing_the_old_password_locks_the_form_and_not_the_login(world, unit, time):
    mine = await entered(world, BOSS, PASSWORD, UNIT.uscc)
    outcomes = await at_once(*[change(mine, f"{NEWER}{number}") for number in range(50)])
    assert sorted({why(one) for one in outcomes}) == ["locked", "wrong"]
    assert sum(why(one) == "wrong" for one in outcomes) == 5
    assert why(await change(mine)) == "locked", "the right one too"
    assert await opens(UNIT.uscc, BOSS, PASSWORD)
    time.pass_by(minutes=16)
    mine = await entered(world, BOSS, PASSWORD, UNIT.uscc, "again")
    assert await change(mine) == []


async def test_fifty_at_once_change_it_once(world, unit):
    mine = await entered(world, BOSS, PASSWORD, UNIT.uscc)
    outcomes = await at_once(*[change(mine, new=f"Willow-{10 + number}-kerb") for number in range(5)])
    assert [one for one in outcomes if one == []] == [[]]
    assert len(await remembered(unit.person_id, unit_realm(unit.unit_id))) == 2


async def test_a_session_that_has_ended_changes_nothing(world, unit):
    mine = await entered(world, BOSS, PASSWORD, UNIT.uscc)
    async with db.unit_of_work() as session:
        await session.execute(update(UserSession).values(ended_at=col(UserSession.created_at)))
    assert why(await change(mine)) == "no_password"
    assert await account_of(mine) is None


async def test_no_password_is_written_anywhere(world, unit):
    mine = await entered(world, BOSS, PASSWORD, UNIT.uscc)
    await change(mine, NEWER)
    await change(mine)
    stored = await everything_stored()
    assert not [secret for secret in (PASSWORD, NEW, NEWER) if secret in stored]


async def test_somebody_else_s_session_is_none_of_one_s_own(world, unit, agent):
    mine = await entered(world, BOSS, PASSWORD, UNIT.uscc)
    theirs = await entered(world, AGENT, OTHER_PASSWORD)
    assert fields(await change(replace(mine, person_id=theirs.person_id), PASSWORD))
    assert await opens("", AGENT, OTHER_PASSWORD)
