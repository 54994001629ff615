"""「修改手机」: one's own face first, then a code on a phone that is nobody else's; told and ended (R-2.6.8.2)."""

import pytest
from sqlalchemy import update
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain.own_account import PHONE_CHANGE
from jsrs_portal.domain.wizards import current_step
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.people import Person
from jsrs_portal.models.proofs import FaceState
from jsrs_portal.models.scans import TrustedPhone
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.services import face_step, phone_change
from jsrs_portal.services.drafts import SavedProgress
from tests.services.granting import BOSS, UNIT, audited, texts_for
from tests.services.numbers import human
from tests.services.opening import HER, with_own_password
from tests.services.phoning import trusted
from tests.services.recovering import AGENT, opens, why
from tests.services.settling import account_of, ask, begun, change, changed, code, entered, face_shown, lives, who
from tests.services.world import OTHER_PASSWORD, PASSWORD, at_once, everything_stored, rows, visitor

pytestmark = [pytest.mark.req("R-2.6.8.2"), pytest.mark.usefixtures("time", "as_in_the_server")]
MOBILE, OTHER_MOBILE = human(61).mobile, human(62).mobile


async def person_of(person_id: str) -> Person:
    async with db.reading() as session:
        return await session.get_one(Person, person_id)


@pytest.fixture
async def mine(world, unit):
    """The legal representative, by the unit's password."""
    return await entered(world, BOSS, PASSWORD, UNIT.uscc)


async def test_the_face_then_the_code_and_the_new_phone_logs_in(world, unit, mine):
    saved = await begun(world, mine)
    assert current_step(PHONE_CHANGE, saved.progress) == "face"
    done = await changed(world, mine, MOBILE)
    assert current_step(PHONE_CHANGE, done.progress) == "done"
    assert done.progress.given == {}, "what is over keeps nobody's number"
    assert [order["id_number"] for order in world.outside.face.orders][-1] == BOSS.id_number
    assert await opens(UNIT.uscc, human(61), PASSWORD)
    assert not await opens(UNIT.uscc, BOSS, PASSWORD)
    assert (await account_of(mine)).mobile == f"1*******{MOBILE[-2:]}"


async def test_the_old_phone_is_told_and_the_trail_says_who(world, unit, mine):
    before = len(await texts_for(BOSS.mobile))
    await changed(world, mine, MOBILE)
    told = (await texts_for(BOSS.mobile))[before:]
    assert [text for text in told if f"1*******{MOBILE[-2:]}" in text]
    assert [one.title for one in await rows(Notice) if one.person_id == unit.person_id][-1:] == ["手机号已更改"]
    (entry,) = await audited("account.phone")
    assert (entry.person_id, entry.unit_id, entry.result) == (unit.person_id, unit.unit_id, "OK")
    assert len(await audited("person.mobile")) == 1


async def was_proven(person_id: str) -> None:
    """Let the person have shown their face before."""
    async with db.unit_of_work() as session:
        (await session.get_one(Person, person_id)).proven_at = clock.now()


async def test_every_other_session_ends_and_trusted_phones_stay(world, unit, agent):
    assert isinstance(await trusted(agent.person_id), TrustedPhone)
    at_work = await entered(world, AGENT, OTHER_PASSWORD, UNIT.uscc)
    at_home = await entered(world, AGENT, OTHER_PASSWORD, "", "office")
    boss = await entered(world, BOSS, PASSWORD, UNIT.uscc, "boss")
    await was_proven(agent.person_id)
    await changed(world, at_work, MOBILE)
    assert (await lives(at_work), await lives(at_home), await lives(boss)) == (True, False, True)
    assert [phone.revoked_at for phone in await rows(TrustedPhone)] == [None]


async def test_a_face_that_never_was_shown_before_proves_the_person_and_keeps_the_passwords(world, unit, agent):
    mine = await entered(world, AGENT, OTHER_PASSWORD)
    assert (await person_of(agent.person_id)).proven_at is None
    await changed(world, mine, MOBILE)
    assert (await person_of(agent.person_id)).proven_at is not None
    assert await opens("", human(61), OTHER_PASSWORD)


async def test_an_institution_s_administrator_changes_their_phone_too(world, school):
    hers = await who(await with_own_password(world, school, HER))
    await changed(world, hers, MOBILE)
    assert await lives(hers)


async def test_the_first_face_ends_what_a_stranger_may_have_who_opened_the_account(world, school):
    """Whoever registered with a known name and number knows the personal password; not the one that opened this."""
    hers = await who(await with_own_password(world, school, HER))
    assert await opens("", HER, OTHER_PASSWORD)
    assert isinstance(await trusted(hers.person_id), TrustedPhone)
    await changed(world, hers, MOBILE)
    assert not await opens("", human(61), OTHER_PASSWORD)
    assert all(phone.revoked_at for phone in await rows(TrustedPhone))
    assert len(await audited("person.reclaim")) == 1


# What is refused


async def test_nothing_goes_without_the_face(world, unit, mine):
    await begun(world, mine)
    assert why(await ask(world, mine, MOBILE)) == "stale"
    assert why(await change(world, mine, MOBILE, "123456")) == "stale"
    assert not world.outside.sms.code_for(MOBILE) if MOBILE in {one.phone for one in world.outside.sms.sent} else True
    assert (await person_of(unit.person_id)).mobile == BOSS.mobile


async def test_visitors_get_nowhere(world, unit):
    saved = await begun(world, visitor())
    assert saved.progress.given == {}
    assert why(await face_step.start(world.outside.face, phone_change.FACE, actor=visitor(), saved=saved)) == "stale"
    assert why(await ask(world, visitor(), MOBILE)) == "stale"
    assert why(await change(world, visitor(), MOBILE, "123456")) == "stale"


async def test_a_phone_of_somebody_else_is_refused_to_its_holder_alone(world, unit, agent, mine, time):
    await face_shown(world, mine)
    said = await code(world, mine, AGENT.mobile)
    wrong = "000000" if said != "000000" else "111111"
    assert why(await change(world, mine, AGENT.mobile, wrong)) == "code_wrong", "a stranger learns nothing"
    assert why(await change(world, mine, AGENT.mobile, said)) == "mobile_taken"
    assert (await person_of(unit.person_id)).mobile == BOSS.mobile
    time.pass_by(seconds=61)
    done = await change(world, mine, MOBILE, await code(world, mine, MOBILE))
    assert isinstance(done, SavedProgress), "the face still counts"


@pytest.mark.parametrize(("mobile", "expected"), [(BOSS.mobile, "same"), ("138", "mobile"), ("", "mobile")])
async def test_the_present_phone_and_what_is_none_are_refused_before_a_message(world, unit, mine, mobile, expected):
    await face_shown(world, mine)
    sent = len(world.outside.sms.sent)
    assert why(await ask(world, mine, mobile)) == expected
    assert len(world.outside.sms.sent) == sent


async def test_a_code_for_another_phone_is_none(world, unit, mine):
    await face_shown(world, mine)
    said = await code(world, mine, MOBILE)
    assert why(await change(world, mine, OTHER_MOBILE, said)) == "code_wrong"
    assert (await person_of(unit.person_id)).mobile == BOSS.mobile


async def test_a_face_that_grew_old_leads_back_to_its_step(world, unit, mine, time):
    await face_shown(world, mine)
    time.pass_by(minutes=11)
    said = await code(world, mine, MOBILE)
    assert why(await change(world, mine, MOBILE, said)) == "proof_missing"
    assert current_step(PHONE_CHANGE, (await world.load(mine, PHONE_CHANGE)).progress) == "face"
    assert isinstance(await change(world, mine, MOBILE, said), list)


async def test_a_face_shown_for_one_person_is_none_for_another(world, unit, agent, mine):
    await face_shown(world, mine)
    async with db.unit_of_work() as session:
        await session.execute(
            update(UserSession).where(col(UserSession.id) == mine.session_id).values(person_id=agent.person_id)
        )
    theirs = type(mine)(session_key=mine.session_key, session_id=mine.session_id, person_id=agent.person_id)
    saved = await begun(world, theirs)
    assert current_step(PHONE_CHANGE, saved.progress) == "face"


async def test_a_session_that_has_ended_changes_nothing(world, unit, mine):
    await face_shown(world, mine)
    said = await code(world, mine, MOBILE)
    async with db.unit_of_work() as session:
        await session.execute(update(UserSession).values(ended_at=col(UserSession.created_at)))
    assert why(await change(world, mine, MOBILE, said)) == "stale"
    assert (await person_of(unit.person_id)).mobile == BOSS.mobile


# At once


async def test_fifty_submissions_change_it_once(world, unit, mine):
    await face_shown(world, mine)
    said = await code(world, mine, MOBILE)
    outcomes = await at_once(*[change(world, mine, MOBILE, said) for _ in range(50)])
    assert len(await audited("account.phone")) == 1
    assert any(isinstance(one, SavedProgress) for one in outcomes)
    assert {why(one) for one in outcomes if isinstance(one, list)} <= {"stale", "code_wrong"}
    assert [check.state for check in await _checks()] == [FaceState.USED]


async def test_two_people_who_want_one_phone_at_once_do_not_both_get_it(world, unit, agent, mine, time):
    theirs = await entered(world, AGENT, OTHER_PASSWORD, "", "office")
    await face_shown(world, mine)
    await face_shown(world, theirs)
    said = await code(world, mine, MOBILE)
    time.pass_by(seconds=61)
    other = await code(world, theirs, MOBILE)
    outcomes = await at_once(change(world, mine, MOBILE, said), change(world, theirs, MOBILE, other))
    assert sum(isinstance(one, SavedProgress) for one in outcomes) == 1
    assert [why(one) for one in outcomes if isinstance(one, list)] == ["mobile_taken"]
    assert len([one for one in await rows(Person) if one.mobile == MOBILE]) == 1


async def test_nothing_personal_is_stored_in_the_clear(world, unit, mine):
    await changed(world, mine, MOBILE)
    stored = await everything_stored()
    assert not [secret for secret in (MOBILE, BOSS.mobile, BOSS.id_number, BOSS.name) if secret in stored]


async def _checks():
    from jsrs_portal.models.proofs import FaceCheck

    return [one for one in await rows(FaceCheck) if one.purpose == "PHONE_CHANGE"]
