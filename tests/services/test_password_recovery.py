"""找回密码: whose account it is, and what proves it (R-2.5.1 to R-2.5.3, R-2.5.5)."""

from datetime import timedelta

import pytest

from jsrs_portal import clock, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.recovery import RECOVERY, AccountKind
from jsrs_portal.domain.wizards import current_step, go_back
from jsrs_portal.models.drafts import Draft
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.proofs import CodeState, FaceCheck, FaceState, SmsCode
from jsrs_portal.models.units import Grant
from jsrs_portal.services import face_links, password_recovery
from jsrs_portal.services.drafts import SavedProgress, save_progress
from tests.services.granting import BOSS, UNIT, audited, given
from tests.services.numbers import employer, human
from tests.services.opening import HER, done, switch
from tests.services.recovering import (
    AGENT,
    ELSEWHERE,
    LEGAL,
    ME,
    NEW,
    begun,
    by_face,
    by_sms,
    choose,
    code,
    follow,
    opens,
    show_code,
    type_code,
    typed,
    why,
)
from tests.services.world import OTHER_PASSWORD, change, rows, statements, visitor

pytestmark = [pytest.mark.req("R-2.5.4"), pytest.mark.usefixtures("time", "as_in_the_server")]
STRANGER = human(77)


# Step 1: one sentence, whatever does not match


@pytest.mark.req("R-2.5.1")
@pytest.mark.parametrize(
    ("step_1", "fields"),
    [
        (typed(AccountKind.LEGAL_REP, BOSS, ""), ["account"]),
        (typed(AccountKind.LEGAL_REP, BOSS, UNIT.uscc[:-1]), ["account"]),
        (typed(AccountKind.STAFF, BOSS, " "), ["account"]),
        (typed(AccountKind.INSTITUTION, BOSS, ""), ["account"]),
        (typed(AccountKind.PERSON, BOSS, id_number="", name=""), ["id_number", "name"]),
        (typed(AccountKind.PERSON, BOSS, id_type="99"), ["id_type"]),
        (typed("staff", BOSS), ["account"]),
    ],
)
async def test_a_field_that_is_wrong_in_itself_asks_for_no_puzzle(world, unit, step_1, fields):
    outcome = await begun(world, step_1)
    assert [refusal.field for refusal in outcome] == fields
    assert await audited("recovery.check") == []


@pytest.mark.req("R-2.5.1", "R-2.5.5")
async def test_whatever_does_not_match_hears_one_sentence_and_costs_the_same(world, unit, agent, school, boss):
    gone = await given(boss, await world.registered_person(human(55), OTHER_PASSWORD))
    async with db.unit_of_work() as session:
        (await session.get_one(Grant, gone.id)).valid_until = clock.today() - timedelta(days=1)
    no_match = [
        typed(AccountKind.LEGAL_REP, BOSS, employer(9).uscc),
        typed(AccountKind.LEGAL_REP, BOSS, UNIT.uscc, name="赵测试"),
        typed(AccountKind.LEGAL_REP, STRANGER, UNIT.uscc),
        typed(AccountKind.LEGAL_REP, AGENT, UNIT.uscc),
        typed(AccountKind.LEGAL_REP, BOSS, UNIT.uscc, id_type="03"),
        typed(AccountKind.STAFF, BOSS, UNIT.uscc),
        typed(AccountKind.STAFF, AGENT, "320000000999"),
        typed(AccountKind.STAFF, human(55), UNIT.uscc),
        typed(AccountKind.STAFF, HER, unit.unit_number),
        typed(AccountKind.INSTITUTION, AGENT, school.number),
        typed(AccountKind.INSTITUTION, HER, "J329999999"),
        typed(AccountKind.PERSON, STRANGER),
    ]
    heard, cost = set(), set()
    for n, step_1 in enumerate(no_match):
        actor = visitor(f"b{n}", f"198.51.100.{n}")
        with statements() as seen:
            outcome = await begun(world, step_1, actor)
        assert why(outcome) == "mismatch"
        heard.add(outcome[0].sentence)
        cost.add(len([one for one in seen if "lookup" not in one and "persons" in one]))
    assert heard == {password_recovery.MISMATCH.sentence}
    assert cost == {1}
    assert await rows(Draft) == []


@pytest.mark.req("R-2.5.5")
async def test_who_is_locked_or_whose_institution_is_disabled_gets_nowhere(world, school, boss, unit):
    her = typed(AccountKind.INSTITUTION, HER, school.number)
    assert isinstance(await begun(world, her), SavedProgress)
    done(await switch(boss, school, disabled=True))
    assert why(await begun(world, her)) == "mismatch"
    assert why(await show_code(world)) == "changed"
    await change(Person, status=PersonStatus.LOCKED)
    assert why(await begun(world, LEGAL, ELSEWHERE)) == "mismatch"


@pytest.mark.req("R-2.5.2")
@pytest.mark.usefixtures("puzzles_asked")
async def test_a_puzzle_comes_before_the_answer_and_nothing_is_counted_without(world, unit):
    for step_1 in (LEGAL, typed(AccountKind.PERSON, STRANGER)):
        assert why(await begun(world, step_1)) == "puzzle"
    assert await audited("recovery.check") == []
    assert await rows(Draft) == []


@pytest.mark.req("R-2.5.1")
async def test_questions_are_counted_by_browser_source_and_subject(world, unit):
    for n in range(frequency.LOOKUP_BROWSER.most):
        await begun(world, typed(AccountKind.PERSON, human(100 + n)))
    assert why(await begun(world, LEGAL)) == "too_often"
    assert isinstance(await begun(world, LEGAL, ELSEWHERE), SavedProgress)
    for n in range(frequency.LOOKUP_SUBJECT.most):
        await begun(world, LEGAL, visitor(f"b{n}", ELSEWHERE.address))
    assert why(await begun(world, LEGAL, visitor("one more", ELSEWHERE.address))) == "too_often"


async def test_persons_share_no_count_because_their_accounts_have_no_number(world, agent):
    for n in range(frequency.LOOKUP_SUBJECT.most + 1):
        await begun(world, typed(AccountKind.PERSON, human(100 + n)), visitor(f"b{n}"))
    assert isinstance(await begun(world, typed(AccountKind.PERSON, AGENT)), SavedProgress)


# Step 2: the proof


@pytest.mark.req("R-2.5.3")
async def test_the_holder_is_named_to_alipay_and_the_phone_hears_what_it_is_for(world, unit):
    await begun(world, LEGAL)
    view = await show_code(world)
    (order,) = world.outside.face.orders
    assert (order["name"], order["id_number"]) == (BOSS.name, BOSS.id_number)
    async with db.reading() as session:
        told = await face_links.view_for_phone(session, token=view.address.rpartition("/")[2])
    assert told is not None
    assert (told.purpose, told.unit_name) == ("找回密码 · 账号持有者本人认证", UNIT.name)


@pytest.mark.req("R-2.5.3")
async def test_a_face_check_for_a_registration_is_none_for_recovery_and_the_other_way_round(world, unit, time):
    other = employer(2, BOSS)
    world.outside.know(other)
    await world.fill_unit(ME, other)
    await world.pass_face(ME)
    await begun(world, LEGAL)
    saved, view = await follow(world)
    assert (view, "proof" in saved.progress.answers) == (None, False)
    assert why(await choose(world)) == "stale"
    await by_face(world, ELSEWHERE)
    await begun(world, LEGAL, ELSEWHERE)
    await by_face(world, ELSEWHERE)
    await world.fill_unit(ELSEWHERE, other)
    saved, view = await world.follow_face(ELSEWHERE)
    assert (view, "face" in saved.progress.answers) == (None, False)


@pytest.mark.req("R-2.5.3")
async def test_a_code_for_something_else_is_none_for_recovery(world, unit):
    await begun(world, LEGAL)
    for purpose in (CodePurpose.UNIT_REGISTRATION, CodePurpose.PUZZLE):
        await change(SmsCode, created_at=clock.now())
        said = await world.code(visitor(), BOSS.mobile, purpose) if purpose is CodePurpose.PUZZLE else "123456"
        assert why(await type_code(world, said)) == "code_wrong"


@pytest.mark.req("R-2.5.3")
async def test_another_browsers_proof_is_worth_nothing(world, unit):
    await begun(world, LEGAL)
    said = await code(world, BOSS)
    await begun(world, LEGAL, ELSEWHERE)
    assert why(await type_code(world, said, ELSEWHERE)) == "code_wrong"
    await by_face(world)
    assert (await follow(world, ELSEWHERE))[1] is None
    assert why(await choose(world, actor=ELSEWHERE)) == "stale"
    assert not await opens(UNIT.uscc, BOSS, NEW)


@pytest.mark.req("R-2.5.3")
@pytest.mark.parametrize("face", [True, False], ids=["face", "sms"])
async def test_another_account_in_step_1_ends_the_proof_even_of_the_same_person(world, unit, face):
    other = employer(2, BOSS)
    await world.registered_unit(other)
    theirs = typed(AccountKind.LEGAL_REP, BOSS, other.uscc)
    await begun(world, LEGAL)
    said = "" if face else await code(world, BOSS)
    if face:
        await by_face(world)
    await begun(world, theirs)
    assert why(await choose(world)) == "stale"
    saved, view = await follow(world)
    assert (view, "proof" in saved.progress.answers) == (None, False)
    if said:
        assert why(await type_code(world, said)) == "code_wrong"
    await begun(world, LEGAL)
    assert (await follow(world))[0].progress.answers.keys() == {"account"}, "nor does going back to it"
    assert {check.state for check in await rows(FaceCheck)} <= {FaceState.EXPIRED}
    assert {one.state for one in await rows(SmsCode)} <= {CodeState.VOID}


@pytest.mark.req("R-2.5.3")
@pytest.mark.parametrize("face", [True, False], ids=["face", "sms"])
async def test_a_proof_grows_old_and_leads_back_to_its_step(world, unit, time, face):
    await begun(world, LEGAL)
    await (by_face(world) if face else by_sms(world, BOSS))
    time.pass_by(minutes=9)
    assert [refusal.field for refusal in await choose(world, "short")] == ["password"]
    time.pass_by(minutes=1, seconds=61)
    assert why(await choose(world)) == "proof_missing"
    saved = await world.load(ME, RECOVERY)
    assert current_step(RECOVERY, saved.progress) == "proof"
    _, view = await follow(world)
    assert (view.state if face else view) == (FaceState.EXPIRED if face else None)
    await by_face(world)
    assert (await choose(world)).progress.result


@pytest.mark.req("R-2.5.1", "R-2.5.3")
async def test_no_step_can_be_skipped(world, unit):
    assert why(await show_code(world)) == "changed"
    assert why(await type_code(world, "123456")) == "stale"
    assert why(await choose(world)) == "stale"
    await begun(world, LEGAL)
    assert why(await choose(world)) == "stale"
    assert why(await type_code(world, "12345")) == "code"
    assert why(await type_code(world, "000000")) == "code_wrong"
    assert why(await choose(world)) == "stale"


@pytest.mark.req("R-2.5.3")
async def test_the_code_goes_to_the_registered_phone_which_is_shown_masked(world, unit):
    saved = await begun(world, LEGAL)
    view = await password_recovery.view_account(saved=saved)
    assert view is not None
    assert view.mobile == f"1*******{BOSS.mobile[-2:]}"
    assert BOSS.mobile not in saved.progress.to_json()
    await code(world, BOSS)
    assert [one.phone for one in world.outside.sms.sent] == [BOSS.mobile]
    refused = await password_recovery.send_code(world.outside.sms, actor=ME, saved=await world.load(ME, RECOVERY))
    assert (refused.code, refused.field) == ("too_often", "code")


@pytest.mark.req("R-2.5.3")
async def test_going_back_keeps_the_proof_as_long_as_the_account_is_the_same(world, unit):
    await begun(world, LEGAL)
    saved = await by_sms(world, BOSS)
    async with db.unit_of_work() as session:
        back = SavedProgress(go_back(RECOVERY, saved.progress), saved.version)
        assert await save_progress(session, spec=RECOVERY, owner=ME.session_key, saved=back)
    saved = await begun(world, LEGAL)
    assert current_step(RECOVERY, saved.progress) == "password"
