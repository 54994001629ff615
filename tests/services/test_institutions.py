"""What a unit does with its institutions: open, reset, hand over, disable; who may not, and what is left (R-2.6.6)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.access.actor import Ended
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor, GrantStatus, Role
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.institutions import REASON_SENTENCES, InstitutionReason, InstitutionStatus
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.people import Credential, Person, PersonStatus, institution_realm
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.units import Grant, GrantEvent
from jsrs_portal.models.work import OutboxMessage
from jsrs_portal.services import agents
from jsrs_portal.services.agents import GONE
from jsrs_portal.services.grant_views import view_grants, view_history
from jsrs_portal.services.institutions import NO_MATCH, SAME_PERSON, STALE, Administrator
from jsrs_portal.services.login import Ticket
from tests.services.granting import (
    BOSS,
    acting,
    audited,
    give,
    given,
    messages,
    people,
    revoke,
    steps,
    texts_for,
    the_grant,
    who,
)
from tests.services.granting import log_in as log_in_by
from tests.services.numbers import employer, human
from tests.services.opening import (
    CLERK,
    HER,
    HIM,
    OWN_PASSWORD,
    SECOND_PASSWORD,
    administrator,
    agent_of,
    attempts,
    code,
    credentials,
    done,
    enter,
    first,
    granted,
    grants_of,
    hand_over,
    log_in,
    now,
    open_,
    registered,
    reset,
    switch,
    with_document,
    with_own_password,
)
from tests.services.world import (
    OTHER_PASSWORD,
    at_once,
    everything_stored,
    fields,
    how_many,
    rows,
    statements,
    visitor,
    warm_up,
)

pytestmark = pytest.mark.usefixtures("time", "as_in_the_server")


@pytest.fixture
async def school(unit):
    """An institution that staff have registered."""
    return await registered(unit)


@pytest.fixture
async def her(world):
    """A registered person."""
    return await world.registered_person(HER, OTHER_PASSWORD)


@pytest.fixture
async def him(world):
    """Another one."""
    return await world.registered_person(HIM, SECOND_PASSWORD)


@pytest.fixture
async def opened(boss, school, her):
    """The institution, opened with her as its administrator."""
    return done(await open_(boss, school, administrator(HER)))


async def everything() -> tuple[int, ...]:
    """Return how much there is of what these actions make."""
    return tuple([await how_many(model) for model in (Grant, GrantEvent, Credential, OutboxMessage)])


# Opening


@pytest.mark.req("R-2.6.6.2", "R-2.6.6.3")
async def test_opening_makes_one_grant_one_first_password_and_leaves_a_step_and_an_entry(boss, school, her, time):
    made = done(await open_(boss, school, administrator(HER)))
    assert (made.status, made.version) == (InstitutionStatus.OPEN, 2)
    assert ((await now(school)).status, (await now(school)).version) == (InstitutionStatus.OPEN, 2)
    (grant,) = await granted(school)
    assert (grant.unit_id, grant.person_id, grant.institution_id) == (boss.unit_id, her, school.id)
    assert (grant.role, grant.valid_from, grant.valid_until, grant.scope) == ("INSTITUTION_ADMIN", None, None, "")
    assert await steps(grant.id) == ["GRANTED"]
    (step,) = [step for step in await rows(GrantEvent) if step.grant_id == grant.id]
    assert (step.by_person_id, step.by_role) == (boss.person_id, "LEGAL_REP")
    (credential,) = await credentials(school)
    assert (credential.person_id, credential.must_change) == (her, True)
    assert credential.void_after == time.now + timedelta(days=7)
    assert crypto.verify_password(first(HER), credential.password_hash)
    (entry,) = await audited("institution.open")
    assert (entry.subject, entry.result) == (school.id, "OK")
    assert (entry.person_id, entry.unit_id, entry.grant_id) == (boss.person_id, boss.unit_id, boss.grant_id)
    assert json.loads(entry.details) == {"person": her}


@pytest.mark.req("R-2.6.6.2")
async def test_the_units_administrator_may_open_one_too(world, boss, school, her):
    admin = await acting((await given(boss, (await people(world, 1))[0], Role.ADMIN)).id)
    done(await open_(admin, school, administrator(HER)))
    (grant,) = await granted(school)
    (step,) = [step for step in await rows(GrantEvent) if step.grant_id == grant.id]
    assert (step.by_person_id, step.by_role) == (admin.person_id, "ADMIN")


@pytest.mark.req("R-2.6.6.3")
async def test_the_administrator_alone_is_told_and_the_message_holds_no_password(opened):
    assert await how_many(OutboxMessage) == 1
    (text,) = await texts_for(HER.mobile)
    assert opened.name in text
    assert f"机构编号 {opened.number}" in text
    assert "7 天内有效" in text
    assert first(HER) not in text
    assert HER.id_number[-6:] not in text


@pytest.mark.req("R-2.6.6.2")
@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"name": "", "id_type": "", "id_number": "", "mobile": ""}, ["name", "id_type", "mobile"]),
        ({"name": "", "id_number": "", "mobile": ""}, ["name", "id_number", "mobile"]),
        ({"name": " 陈 "}, ["name"]),
        ({"name": "陈" * 51}, ["name"]),
        ({"id_type": "02"}, ["id_type"]),
        ({"id_type": "99", "id_number": "x"}, ["id_type"]),
        ({"id_number": "320106199003070018"}, ["id_number"]),
        ({"id_type": "06"}, ["id_number"]),
        ({"id_type": "07", "id_number": "H12345678"}, ["id_number"]),
        ({"mobile": "02584413265"}, ["mobile"]),
        ({"mobile": "1380000000"}, ["mobile"]),
    ],
)
async def test_all_four_are_required_and_each_field_says_what_is_wrong_with_it(boss, school, her, typed, wrong):
    before = await everything()
    refused = await open_(boss, school, administrator(HER, **typed))
    assert fields(refused) == wrong
    assert all(refusal.sentence.endswith("。") for refusal in refused)
    assert await everything() == before
    assert (await now(school)).version == 1


@pytest.mark.req("R-2.6.6.2")
@pytest.mark.parametrize("action", ["open", "replace"])
@pytest.mark.parametrize(
    "wrong", ["name", "id_type", "id_number", "mobile", "nobody", PersonStatus.LOCKED, PersonStatus.CLOSED]
)
async def test_the_same_answer_whichever_of_the_four_is_wrong(boss, school, her, him, action, wrong):
    typed = {
        "name": administrator(HER, name=HIM.name),
        "id_type": administrator(HER, id_type=DocumentType.PASSPORT),
        "id_number": administrator(HER, id_number=HIM.id_number),
        "mobile": administrator(HER, mobile=HIM.mobile),
        "nobody": administrator(human(30)),
    }.get(wrong, administrator(HER))
    act = open_
    if action == "replace":
        done(await open_(boss, school, administrator(HIM)))
        act = hand_over
    if isinstance(wrong, PersonStatus):
        async with db.unit_of_work() as session:
            await session.execute(update(Person).where(col(Person.id) == her).values(status=wrong))
    before, version = await everything(), (await now(school)).version
    await warm_up()
    with statements() as seen:
        assert await act(boss, school, typed) == [NO_MATCH]
    assert len([one for one in seen if "FROM persons" in one and "id_number_index =" in one]) == 1
    assert await everything() == before
    assert (await now(school)).version == version


@pytest.mark.req("R-2.6.6.2")
@pytest.mark.parametrize(
    "typed",
    [
        {"name": f" {HER.name} "},
        {"mobile": f"+86 {HER.mobile[:3]}-{HER.mobile[3:7]}-{HER.mobile[7:]}"},
        {"id_number": HER.id_number[:6] + " " + HER.id_number[6:].lower()},
        {"id_number": "".join(chr(ord(sign) + 0xFEE0) for sign in HER.id_number)},
    ],
)
async def test_the_four_are_understood_however_they_are_typed(boss, school, her, typed):
    done(await open_(boss, school, administrator(HER, **typed)))


@pytest.mark.req("R-2.6.6.2", "R-2.6.6.3")
@pytest.mark.parametrize(
    ("kind", "number", "typed", "password"),
    [
        (DocumentType.HK_MO_PERMIT, "H12345678", "h12345678", "Js345678"),
        (DocumentType.HK_MO_PERMIT, "M87654321", "M8765432101", "Js654321"),
        (DocumentType.TAIWAN_PERMIT, "12345678", "12345678", "Js345678"),
        (DocumentType.PASSPORT, "E1234ABCD", "e1234abcd", "Js34ABCD"),
        (DocumentType.PASSPORT, "A1B2C", "a1b2c", "JsA1B2C"),
    ],
)
async def test_an_administrator_may_have_any_document(boss, school, kind, number, typed, password):
    """The first password is made of the document as it was registered, in upper case."""
    await with_document(kind, number, "13900000001")
    who = Administrator(name="陈外宾", id_type=kind, id_number=typed, mobile="13900000001")
    done(await open_(boss, school, who))
    assert isinstance(await log_in(school, typed, password), Ticket)


@pytest.mark.req("R-2.6.6.2")
async def test_questions_whether_somebody_is_registered_are_counted(world, boss, school, her, monkeypatch):
    monkeypatch.setattr(frequency, "GRANT_LOOKUP", replace(frequency.GRANT_LOOKUP, most=3))
    admin = await acting((await given(boss, (await people(world, 1))[0], Role.ADMIN)).id)
    for _ in range(5):
        assert fields(await open_(boss, school, administrator(HER, name=""))) == ["name"]
    for n in range(3):
        assert await open_(boss, school, administrator(human(40 + n))) == [NO_MATCH]
    assert code(await open_(boss, school, administrator(HER))) == "too_often"
    assert (await now(school)).status == InstitutionStatus.REGISTERED
    done(await open_(admin, school, administrator(HER)))  # somebody else's questions are their own
    assert code(await hand_over(boss, school, administrator(HER))) == "too_often"


# Who may not


@pytest.mark.req("R-2.6.6.2")
async def test_an_agent_hears_why_not_and_every_attempt_is_on_record(world, unit, opened, him):
    agent = await agent_of(world, unit, CLERK, OTHER_PASSWORD)
    before, version = await everything(), (await now(opened)).version
    for action, outcome in (await attempts(agent, opened, administrator(HIM))).items():
        (refused,) = outcome if isinstance(outcome, list) else [outcome]
        assert refused.code == InstitutionReason.NOT_FOR_AGENTS
        assert refused.sentence == REASON_SENTENCES[InstitutionReason.NOT_FOR_AGENTS]
        (entry,) = [entry for entry in await audited(action) if entry.result != "OK"]
        assert (entry.subject, entry.result) == (opened.id, InstitutionReason.NOT_FOR_AGENTS)
        assert (entry.person_id, entry.grant_id) == (agent.person_id, agent.grant_id)
    assert await everything() == before
    assert (await now(opened)).version == version


@pytest.mark.req("R-2.6.6.2", "R-2.6.6.5")
async def test_another_units_institution_does_not_exist_nor_does_one_for_whoever_acts_for_no_unit(
    world, boss, opened, her, him
):
    other = await world.registered_unit(employer(2))
    theirs = done(await open_(await acting(other.grant_id), await registered(other, 2), administrator(HIM)))
    (grant,) = await granted(opened)
    nobody = Actor(session_key=crypto.fingerprint("x"), person_id=her)
    herself = replace(await acting(grant.id), unit_id="", institution_id=opened.id)
    for_the_unit = replace(await acting(grant.id), unit_id=boss.unit_id)
    liar = replace(nobody, unit_id="f" * 32, grant_id="f" * 32, role=Role.LEGAL_REP)
    before = await everything()
    for actor, institution in (
        (boss, theirs),
        *((stranger, opened) for stranger in (visitor(), nobody, herself, for_the_unit, liar)),
    ):
        version = (await now(institution)).version
        for outcome in (await attempts(actor, institution, administrator(HIM), version)).values():
            assert code(outcome) == InstitutionReason.NOT_YOURS
        assert (await now(institution)).version == version
    assert await everything() == before


@pytest.mark.req("R-2.6.6.2")
async def test_an_institution_nobody_has_registered_is_none(boss, school, her):
    unknown = school.model_copy(update={"id": "f" * 32})
    for outcome in (await attempts(boss, unknown, administrator(HER), 1)).values():
        assert code(outcome) == InstitutionReason.NOT_YOURS


@pytest.mark.req("R-2.6.6.2")
@pytest.mark.parametrize("gone", ["revoked", "expired"])
async def test_whoever_was_the_units_administrator_a_moment_ago_does_nothing_more(world, boss, opened, him, time, gone):
    """Also within the seconds in which a server may still believe the session."""
    made = await given(boss, (await people(world, 1))[0], Role.ADMIN)
    admin = await acting(made.id)
    if gone == "revoked":
        await revoke(boss, made)
    else:
        async with db.unit_of_work() as session:
            yesterday = clock.today() - timedelta(days=1)
            await session.execute(update(Grant).where(col(Grant.id) == made.id).values(valid_until=yesterday))
    before, version = await everything(), (await now(opened)).version
    for action, outcome in (await attempts(admin, opened, administrator(HIM))).items():
        assert code(outcome) == InstitutionReason.NOT_YOURS
        assert InstitutionReason.NOT_YOURS in [entry.result for entry in await audited(action)]
    assert await everything() == before
    assert (await now(opened)).version == version


# States and rivals


@pytest.mark.req("R-2.6.6.2", "R-2.6.6.4")
async def test_each_state_admits_what_it_admits(boss, school, her, him):
    async def refused(**but: str) -> None:
        for action, outcome in (await attempts(boss, school, administrator(HIM), -1)).items():
            name = action.partition(".")[2]
            assert code(outcome) == but.get(name, STALE.code), name

    not_open = dict.fromkeys(["reset", "replace", "disable", "enable"], InstitutionReason.NOT_OPEN)
    await refused(**not_open)
    done(await open_(boss, school, administrator(HER)))
    await refused(open=InstitutionReason.OPEN_ALREADY, enable=InstitutionReason.NOT_DISABLED)
    done(await switch(boss, school, disabled=True))
    await refused(**dict.fromkeys(["open", "reset", "replace", "disable"], InstitutionReason.DISABLED))
    done(await switch(boss, school, disabled=False))
    await refused(open=InstitutionReason.OPEN_ALREADY, enable=InstitutionReason.NOT_DISABLED)


@pytest.mark.req("R-2.6.6.4")
async def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(boss, opened, her, him):
    done(await reset(boss, opened))
    before = await everything()
    for outcome in (
        await reset(boss, opened, 2),
        await hand_over(boss, opened, administrator(HIM), 2),
        await switch(boss, opened, disabled=True, version=2),
    ):
        assert code(outcome) == STALE.code
    assert await everything() == before
    assert (await now(opened)).version == 3


@pytest.mark.req("R-2.6.6.2")
async def test_of_twenty_who_open_it_at_once_one_does(world, boss, school):
    persons = [human(100 + n) for n in range(20)]
    ids = await people(world, 20)
    outcomes = await at_once(*[open_(boss, school, administrator(person), 1) for person in persons])
    opened = [outcome for outcome in outcomes if not isinstance(outcome, list)]
    assert len(opened) == 1
    refused = [code(outcome) for outcome in outcomes if isinstance(outcome, list)]
    assert refused == [InstitutionReason.OPEN_ALREADY] * 19
    (grant,), (credential,) = await granted(school), await credentials(school)
    assert grant.person_id == credential.person_id
    assert grant.person_id in ids
    assert len(await grants_of(school)) == 1
    assert await how_many(OutboxMessage) == 1
    assert (await now(school)).version == 2
    assert [entry.result for entry in await audited("institution.open")].count("OK") == 1


@pytest.mark.req("R-2.6.6.4")
async def test_of_twenty_who_change_the_administrator_at_once_one_does(world, boss, opened):
    await people(world, 20)
    outcomes = await at_once(*[hand_over(boss, opened, administrator(human(100 + n)), 2) for n in range(20)])
    assert len([outcome for outcome in outcomes if not isinstance(outcome, list)]) == 1
    assert [code(outcome) for outcome in outcomes if isinstance(outcome, list)] == [STALE.code] * 19
    (grant,), (credential,) = await granted(opened), await credentials(opened)
    assert grant.person_id == credential.person_id
    assert len(await grants_of(opened)) == 2
    assert await how_many(OutboxMessage) == 3


@pytest.mark.req("R-2.6.6.4")
async def test_a_reset_and_a_change_at_once_leave_one_password_of_whoever_holds_the_institution(boss, opened, her, him):
    outcomes = await at_once(
        *[reset(boss, opened, 2) for _ in range(5)],
        hand_over(boss, opened, administrator(HIM), 2),
        *[reset(boss, opened, 2) for _ in range(5)],
    )
    assert len([outcome for outcome in outcomes if isinstance(outcome, type(opened))]) == 1
    (grant,), (credential,) = await granted(opened), await credentials(opened)
    assert grant.person_id == credential.person_id
    holder = HIM if grant.person_id == him else HER
    assert isinstance(await log_in(opened, holder.mobile, first(holder)), Ticket)


@pytest.mark.req("R-2.6.6.2")
async def test_a_person_locked_while_the_password_is_being_hashed_is_made_nothing(boss, school, her, monkeypatch):
    original = crypto.hash_password

    lock_now: list[str] = []

    def slow(password: str) -> str:
        lock_now.append(password)
        return original(password)

    monkeypatch.setattr(crypto, "hash_password", slow)
    find = db.unit_of_work

    def unit_of_work():
        return _Locking(her, find()) if lock_now else find()

    monkeypatch.setattr(db, "unit_of_work", unit_of_work)
    assert await open_(boss, school, administrator(HER), 1) == [NO_MATCH]
    monkeypatch.undo()
    assert lock_now
    assert await granted(school) == []
    assert (await now(school)).status == InstitutionStatus.REGISTERED


class _Locking:
    """A unit of work in which a person has been locked first."""

    def __init__(self, person_id, inner):
        self.person_id, self.inner = person_id, inner

    async def __aenter__(self):
        session = await self.inner.__aenter__()
        locked = update(Person).where(col(Person.id) == self.person_id).values(status=PersonStatus.LOCKED)
        await session.execute(locked)
        return session

    async def __aexit__(self, *raised):
        return await self.inner.__aexit__(*raised)


# Reset


@pytest.mark.req("R-2.6.6.4")
async def test_a_reset_sets_the_first_password_again_and_ends_the_sessions(world, boss, opened, her, time):
    value = await with_own_password(world, opened, HER)
    time.pass_by(days=30)
    value = await enter(world, opened, HER, OWN_PASSWORD)
    version = (await now(opened)).version
    done(await reset(boss, opened))
    assert await who(value) == Ended(SessionEnd.GRANT)
    (credential,) = await credentials(opened)
    assert (credential.person_id, credential.must_change) == (her, True)
    assert credential.void_after == time.now + timedelta(days=7)
    assert code(await log_in(opened, HER.mobile, OWN_PASSWORD)) == "wrong"
    assert isinstance(await log_in(opened, HER.mobile, first(HER)), Ticket)
    assert (await now(opened)).version == version + 1
    assert [grant.person_id for grant in await grants_of(opened)] == [her]
    (entry,) = await audited("institution.reset")
    assert (entry.subject, entry.result, json.loads(entry.details)) == (opened.id, "OK", {"person": her})
    assert (entry.person_id, entry.grant_id) == (boss.person_id, boss.grant_id)


@pytest.mark.req("R-2.6.6.3", "R-2.6.6.4")
async def test_a_reset_makes_a_void_first_password_good_again(boss, opened, time):
    time.pass_by(days=8)
    assert code(await log_in(opened, HER.mobile, first(HER))) == "void"
    done(await reset(boss, opened))
    assert isinstance(await log_in(opened, HER.mobile, first(HER)), Ticket)


@pytest.mark.req("R-2.6.6.4")
async def test_the_administrator_is_told_of_a_reset_without_the_password(boss, opened):
    done(await reset(boss, opened))
    assert await how_many(OutboxMessage) == 2
    text = next(text for text in await texts_for(HER.mobile) if "已重置" in text)
    assert opened.name in text
    assert opened.number in text
    assert first(HER) not in text


@pytest.mark.req("R-2.6.6.4")
@pytest.mark.parametrize("how", ["reset", "replace", "disable"])
async def test_a_login_whose_ticket_is_on_its_way_becomes_no_session(world, boss, opened, him, how):
    """A ticket lives thirty seconds: whoever got it with the old password must not come in with it afterwards."""
    await with_own_password(world, opened, HER)
    ticket = await log_in(opened, HER.mobile, OWN_PASSWORD, visitor("late"))
    assert isinstance(ticket, Ticket)
    if how == "reset":
        done(await reset(boss, opened))
    elif how == "replace":
        done(await hand_over(boss, opened, administrator(HIM)))
    else:
        done(await switch(boss, opened, disabled=True))
    assert await world.redeem(visitor("late"), ticket) == ""


# Handing over


@pytest.mark.req("R-2.6.6.4")
async def test_handing_over_takes_everything_from_the_former_and_gives_it_to_the_new_one(
    world, boss, opened, her, him, time
):
    value = await with_own_password(world, opened, HER)
    done(await hand_over(boss, opened, administrator(HIM)))
    former, new = await grants_of(opened)
    assert (former.person_id, former.status, former.version) == (her, GrantStatus.REVOKED, 2)
    assert (new.person_id, new.status) == (him, GrantStatus.GRANTED)
    assert (await steps(former.id), await steps(new.id)) == (["GRANTED", "REVOKED"], ["GRANTED"])
    (credential,) = await credentials(opened)
    assert (credential.person_id, credential.must_change) == (him, True)
    assert credential.void_after == time.now + timedelta(days=7)
    assert await who(value) == Ended(SessionEnd.GRANT)
    for password in (OWN_PASSWORD, first(HER)):
        assert code(await log_in(opened, HER.mobile, password)) == "wrong"
    assert isinstance(await log_in(opened, HIM.mobile, first(HIM)), Ticket)
    (entry,) = await audited("institution.replace")
    assert (entry.subject, entry.result, json.loads(entry.details)) == (opened.id, "OK", {"person": him})
    assert (await now(opened)).status == InstitutionStatus.OPEN


@pytest.mark.req("R-2.6.6.4")
async def test_both_are_told_when_the_administrator_changes(boss, opened, him):
    done(await hand_over(boss, opened, administrator(HIM)))
    assert any("您不再是" in text and opened.name in text for text in await texts_for(HER.mobile))
    (text,) = await texts_for(HIM.mobile)
    assert opened.number in text
    for person in (HER, HIM):
        assert not [text for _, text in await messages() if first(person) in text or person.id_number[-6:] in text]
    assert await how_many(OutboxMessage) == 3


@pytest.mark.req("R-2.6.6.4")
async def test_the_same_person_is_no_change(world, boss, opened):
    value = await with_own_password(world, opened, HER)
    before, version = await everything(), (await now(opened)).version
    assert await hand_over(boss, opened, administrator(HER)) == [SAME_PERSON]
    assert await everything() == before
    assert (await now(opened)).version == version
    assert isinstance(await who(value), Actor)
    (credential,) = await credentials(opened)
    assert not credential.must_change


@pytest.mark.req("R-2.6.6.4")
async def test_an_institution_may_come_back_to_whom_it_was_taken_from(world, boss, opened, him):
    await with_own_password(world, opened, HER)
    done(await hand_over(boss, opened, administrator(HIM)))
    done(await hand_over(boss, opened, administrator(HER)))
    assert [grant.status for grant in await grants_of(opened)] == ["REVOKED", "REVOKED", "GRANTED"]
    assert code(await log_in(opened, HER.mobile, OWN_PASSWORD)) == "wrong"
    value = await enter(world, opened, HER, first(HER))
    assert (await who(value)).must_change


@pytest.mark.req("R-2.6.6.4", "R-2.6.6.5")
@pytest.mark.parametrize("how", ["reset", "replace", "disable"])
async def test_what_happens_to_one_institution_happens_to_no_other(world, unit, boss, opened, him, how):
    """She administers two of them, each with a password of its own."""
    other = await registered(unit, 2)
    done(await open_(boss, other, administrator(HER)))
    here = await with_own_password(world, opened, HER)
    there = await with_own_password(world, other, HER, "another browser")
    if how == "reset":
        done(await reset(boss, opened))
    elif how == "replace":
        done(await hand_over(boss, opened, administrator(HIM)))
    else:
        done(await switch(boss, opened, disabled=True))
    assert await who(here) == Ended(SessionEnd.GRANT)
    assert (await who(there)).institution_id == other.id
    assert isinstance(await log_in(other, HER.mobile, OWN_PASSWORD), Ticket)
    assert [grant.status for grant in await grants_of(other)] == ["GRANTED"]


# Disabling


@pytest.mark.req("R-2.6.6.4")
async def test_a_disabled_institution_is_closed_to_everybody_until_it_is_enabled(world, boss, opened, her):
    value = await with_own_password(world, opened, HER)
    assert (done(await switch(boss, opened, disabled=True))).status == InstitutionStatus.DISABLED
    assert await who(value) == Ended(SessionEnd.GRANT)
    assert code(await log_in(opened, HER.mobile, OWN_PASSWORD)) == "disabled"
    assert (done(await switch(boss, opened, disabled=False))).status == InstitutionStatus.OPEN
    again = await enter(world, opened, HER, OWN_PASSWORD)
    assert not (await who(again)).must_change
    assert (await now(opened)).version == 4
    assert [grant.person_id for grant in await granted(opened)] == [her]
    for action in ("institution.disable", "institution.enable"):
        (entry,) = await audited(action)
        assert (entry.subject, entry.result, entry.person_id) == (opened.id, "OK", boss.person_id)
    told = await texts_for(HER.mobile)
    assert [("停用" in text, "恢复使用" in text) for text in told].count((True, False)) == 1
    assert [("停用" in text, "恢复使用" in text) for text in told].count((False, True)) == 1


@pytest.mark.req("R-2.6.6.4")
async def test_a_session_also_ends_when_the_institution_is_disabled_behind_the_portals_back(world, opened, time):
    value = await with_own_password(world, opened, HER)
    async with db.unit_of_work() as session:
        table = type(opened)
        await session.execute(update(table).where(col(table.id) == opened.id).values(status="DISABLED"))
    time.pass_by(seconds=5)
    assert await who(value) == Ended(SessionEnd.GRANT)


# Whoever is also something else


@pytest.mark.req("R-2.6.6.4", "R-2.6.5.4")
async def test_an_administrator_who_is_also_an_agent_of_the_unit_stays_one(world, unit, boss, opened, her, him):
    agent = await given(boss, her)
    for_the_unit = await log_in_by(world, unit, agent)
    for_the_school = await with_own_password(world, opened, HER)
    done(await reset(boss, opened))
    done(await hand_over(boss, opened, administrator(HIM)))
    assert (await the_grant(agent.id)).status == GrantStatus.GRANTED
    assert await steps(agent.id) == ["GRANTED"]
    assert (await who(for_the_unit)).role is Role.AGENT
    assert await who(for_the_school) == Ended(SessionEnd.GRANT)
    # and the other way about
    clerk = await given(boss, him)
    value = await with_own_password(world, opened, HIM, "his browser")
    await revoke(boss, clerk)
    assert (await who(value)).role is Role.INSTITUTION_ADMIN


@pytest.mark.req("R-2.6.6.2")
async def test_the_legal_representative_may_administer_one_too(boss, school):
    done(await open_(boss, school, administrator(BOSS)))
    assert isinstance(await log_in(school, BOSS.mobile, first(BOSS)), Ticket)
    done(await reset(boss, school))


@pytest.mark.req("R-2.6.5.1", "R-2.6.5.4")
async def test_the_agents_page_knows_nothing_of_institutions_and_its_limits_do_not_count_them(
    world, unit, boss, opened, her, him
):
    done(await hand_over(boss, opened, administrator(HIM)))  # one that was revoked, one that stands
    for n in range(2, 5):
        done(await open_(boss, await registered(unit, n), administrator(HER)))
    for grant in await grants_of(opened):
        async with db.reading() as session:
            assert await view_history(session, actor=boss, grant_id=grant.id) == ()
            opened_form = await agents.terms_of(session, actor=boss, grant_id=grant.id, today=clock.today())
        assert opened_form == GONE
        assert await revoke(boss, grant) == GONE
    async with db.reading() as session:
        seen = await view_grants(session, actor=boss, today=clock.today())
    assert ([row.id for row in seen.rows], seen.revoked) == ([boss.grant_id], ())
    assert (seen.legal_reps, seen.admins, seen.agents) == (1, 0, 0)
    await given(boss, her, Role.ADMIN)
    for person in await people(world, 10):
        await given(boss, person)
    assert (await give(boss, him)).code == "MOST_AGENTS"


# What is kept


@pytest.mark.req("R-2.6.6.3", "R-2.6.6.4")
async def test_nothing_about_anybody_is_stored_in_plain_text(world, unit, boss, opened, her, him):
    await with_own_password(world, opened, HER)
    agent = await agent_of(world, unit, CLERK, OTHER_PASSWORD)
    await attempts(agent, opened, administrator(HIM))
    done(await reset(boss, opened))
    done(await hand_over(boss, opened, administrator(HIM)))
    await log_in(opened, HIM.mobile, first(HIM))
    stored = await everything_stored()
    for person in (HER, HIM, CLERK, BOSS):
        for secret in (person.name, person.mobile, person.id_number, first(person)):
            assert secret not in stored
    for secret in (OWN_PASSWORD, OTHER_PASSWORD, "初始密码", "不能再代表该机构办事", '"person"'):
        assert secret not in stored
    assert await how_many(UserSession) >= 1
    assert institution_realm(opened.id) in stored
