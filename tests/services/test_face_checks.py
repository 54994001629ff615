"""Face recognition of the legal representative: asked rarely, believed only from Alipay's own answer (R-2.2.3)."""

import pytest
from sqlalchemy import update

from jsrs_portal import crypto, db
from jsrs_portal.domain.limits import FACE_BROWSER
from jsrs_portal.domain.registration import UNIT_REGISTRATION
from jsrs_portal.domain.wizards import current_step, go_back
from jsrs_portal.gateways.errors import GatewayFailure
from jsrs_portal.gateways.face.port import FaceAnswer
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.proofs import FaceCheck, FaceState
from jsrs_portal.services import face_checks, face_links
from jsrs_portal.services.drafts import save_progress
from tests.services.numbers import employer
from tests.services.world import at_once, change, everything_stored, how_many, rows, visitor

pytestmark = pytest.mark.req("R-2.2.3")
ME, UNIT = visitor(), employer(1)
PASSED = FaceAnswer(passed=True)


@pytest.fixture
async def waiting(world):
    """A browser that shows the QR code."""
    world.outside.know(UNIT)
    await world.fill_unit(ME, UNIT)
    return await world.start_face(ME)


def token_of(view) -> str:
    return view.address.rpartition("/")[2]


async def state() -> str:
    (check,) = await rows(FaceCheck)
    return check.state


async def come_back(token: str) -> bool:
    async with db.unit_of_work() as session:
        return await face_links.note_return(session, token=token)


async def where_to(token: str) -> str | None:
    async with db.reading() as session:
        return await face_links.phone_address(session, token=token)


async def test_the_check_is_begun_for_the_legal_representative_of_step_one(world, waiting):
    (order,) = world.outside.face.orders
    assert (order["name"], order["id_number"]) == (UNIT.legal_rep.name, UNIT.legal_rep.id_number)
    assert len(order["order_no"]) == 32
    assert order["return_url"] == f"{waiting.address}/back"
    stored = await everything_stored()
    assert UNIT.legal_rep.name not in stored
    assert UNIT.legal_rep.id_number not in stored


async def test_the_phone_is_told_what_the_check_is_for_and_nothing_more(world, waiting, time):
    """A relayed code is recognised by the unit it names; the person is masked; a code that is over says nothing."""
    async with db.reading() as session:
        view = await face_links.view_for_phone(session, token=token_of(waiting))
    assert (view.purpose, view.unit_name) == ("法人注册 · 法定代表人认证", UNIT.name)
    assert view.person == f"{UNIT.legal_rep.name[0]}**"
    assert UNIT.legal_rep.id_number[-4:] not in repr(view)
    time.pass_by(minutes=5, seconds=1)
    async with db.reading() as session:
        assert await face_links.view_for_phone(session, token=token_of(waiting)) is None
        assert await face_links.view_for_phone(session, token="x" * 54) is None


async def test_whoever_did_not_begin_the_check_ends_it(world, waiting, time):
    """「不是我发起的」: the computer hears that it was cancelled, and a face shown afterwards is worth nothing."""
    async with db.unit_of_work() as session:
        assert await face_links.deny_check(session, actor=visitor("phone"), token=token_of(waiting))
        assert not await face_links.deny_check(session, actor=visitor("phone"), token=token_of(waiting))
    assert await where_to(token_of(waiting)) is None
    world.outside.face.answer = PASSED
    saved, view = await world.follow_face(ME)
    assert view.state is FaceState.CANCELLED
    assert "face" not in saved.progress.answers
    assert [entry.action for entry in await rows(AuditEntry)].count("face.deny") == 1


async def test_a_passed_check_finishes_step_two(world, waiting, time):
    world.outside.face.answer = PASSED
    saved, view = await world.follow_face(ME)
    assert view.state is FaceState.PASSED
    assert current_step(UNIT_REGISTRATION, saved.progress) == "account"
    assert (await world.load(ME)).progress == saved.progress


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (FaceAnswer(passed=False), FaceState.WAITING),
        (FaceAnswer(passed=False, fail_reason="FACE_MISMATCH"), FaceState.FAILED),
        (FaceAnswer(passed=False, fail_reason="USER_CANCEL"), FaceState.CANCELLED),
        (FaceAnswer(passed=False, expired=True), FaceState.EXPIRED),
    ],
)
async def test_every_other_answer_keeps_step_two_closed(world, waiting, answer, expected):
    world.outside.face.answer = answer
    saved, view = await world.follow_face(ME)
    assert view.state is expected
    assert await state() == expected
    assert "face" not in saved.progress.answers


@pytest.mark.parametrize("failure", list(GatewayFailure))
async def test_a_fault_of_the_outside_system_changes_nothing(world, waiting, time, failure):
    world.outside.face.failure = failure
    _, view = await world.follow_face(ME)
    assert view.state is FaceState.WAITING
    assert await state() == FaceState.WAITING
    world.outside.face.failure, world.outside.face.answer = None, PASSED
    time.pass_by(seconds=3)
    assert (await world.follow_face(ME))[1].state is FaceState.PASSED


async def test_a_check_that_could_not_begin_is_said_and_leaves_no_row(world):
    world.outside.know(UNIT)
    await world.fill_unit(ME, UNIT)
    world.outside.face.failure = GatewayFailure.UNREACHABLE
    refused = await world.start_face(ME)
    assert refused.code == "face"
    assert await how_many(FaceCheck) == 0


async def test_the_outside_system_is_asked_every_three_seconds_at_most(world, waiting, time):
    for _ in range(7):
        await world.follow_face(ME)
        time.pass_by(seconds=1)
    assert world.outside.face.queries == 3


async def test_fifty_simultaneous_polls_ask_once(world, waiting):
    await at_once(*[world.follow_face(ME) for _ in range(50)])
    assert world.outside.face.queries == 1


async def test_fifty_simultaneous_polls_of_a_passed_check_note_its_end_once(world, waiting):
    world.outside.face.answer = PASSED
    await at_once(*[world.follow_face(ME) for _ in range(50)])
    assert [entry.action for entry in await rows(AuditEntry)].count("face.end") == 1
    assert "face" in (await world.load(ME)).progress.answers


async def test_a_finished_check_is_not_asked_for_again(world, waiting, time):
    world.outside.face.answer = PASSED
    await world.follow_face(ME)
    time.pass_by(seconds=10)
    await world.follow_face(ME)
    assert world.outside.face.queries == 1


async def test_the_phones_return_never_passes_a_check(world, waiting):
    assert await come_back(token_of(waiting))
    saved, view = await world.follow_face(ME)
    assert view.state is FaceState.FAILED
    assert "face" not in saved.progress.answers


async def test_the_phones_return_lets_the_portal_ask_at_once(world, waiting):
    await world.follow_face(ME)
    world.outside.face.answer = PASSED
    await come_back(token_of(waiting))
    assert (await world.follow_face(ME))[1].state is FaceState.PASSED
    assert world.outside.face.queries == 2


async def test_only_the_first_return_lets_the_portal_ask_at_once(world, waiting, time):
    await world.follow_face(ME)
    for _ in range(5):
        await come_back(token_of(waiting))
        world.outside.face.failure = GatewayFailure.TIMEOUT
        await world.follow_face(ME)
    assert world.outside.face.queries == 2


async def test_the_address_in_the_qr_code_leads_to_the_check(world, waiting):
    assert await where_to(token_of(waiting)) == "https://face.example/1"


async def test_a_made_up_address_leads_nowhere(world, waiting):
    right = token_of(waiting)
    (check,) = await rows(FaceCheck)
    for token in (check.id, right[:-1], right[:-1] + ("A" if right[-1] != "A" else "B"), "", "x" * 54, right + "A"):
        assert await where_to(token) is None
        assert not await come_back(token)


async def test_the_address_of_a_finished_or_late_check_leads_nowhere(world, waiting, time):
    time.pass_by(minutes=5)
    assert await where_to(token_of(waiting)) is None
    time.pass_by(minutes=-1)
    await change(FaceCheck, state=FaceState.PASSED)
    assert await where_to(token_of(waiting)) is None


async def test_a_new_check_ends_the_one_before(world, waiting):
    again = await world.start_face(ME)
    assert again.address != waiting.address
    assert sorted(check.state for check in await rows(FaceCheck)) == [FaceState.EXPIRED, FaceState.WAITING]
    assert await where_to(token_of(waiting)) is None


async def test_another_browsers_check_is_left_alone(world, waiting):
    her = visitor("another browser")
    await world.fill_unit(her, UNIT)
    await world.start_face(her)
    assert [check.state for check in await rows(FaceCheck)] == [FaceState.WAITING] * 2


async def test_ten_checks_an_hour_are_enough(world, waiting, time):
    for _ in range(FACE_BROWSER.most - 1):
        await world.start_face(ME)
    assert (await world.start_face(ME)).code == "too_often"
    assert len(world.outside.face.orders) == FACE_BROWSER.most
    time.pass_by(hours=1, seconds=1)
    assert (await world.start_face(ME)).state is FaceState.WAITING


async def test_an_answer_that_comes_too_late_passes_nothing(world, waiting):
    """While Alipay answered "passed" the check was ended; the page must not go on with a check that is worthless."""

    async def ended_meanwhile() -> None:
        async with db.unit_of_work() as session:
            await session.execute(update(FaceCheck).values(state=FaceState.EXPIRED))

    world.outside.face.answer, world.outside.face.meanwhile = PASSED, ended_meanwhile
    saved, view = await world.follow_face(ME)
    assert await state() == FaceState.EXPIRED
    assert view.state is not FaceState.PASSED
    assert "face" not in saved.progress.answers
    assert "face.end" not in [entry.action for entry in await rows(AuditEntry)]


async def test_a_check_is_bound_to_name_kind_and_number():
    subject = face_checks.Subject("赵测试", "01", "320106199003070012")
    others = [
        face_checks.Subject("钱测试", "01", "320106199003070012"),
        face_checks.Subject("赵测试", "03", "320106199003070012"),
        face_checks.Subject("赵测试", "01", "320106199003070013"),
    ]
    assert len({subject.index, *[other.index for other in others]}) == 4
    assert subject.index == crypto.blind_index("face-subject", "01\x1f320106199003070012\x1f赵测试")


async def test_going_back_after_the_face_check_leads_to_the_unit_and_keeps_the_proof(world, waiting, time):
    world.outside.face.answer = PASSED
    saved, _ = await world.follow_face(ME)
    before = type(saved)(go_back(UNIT_REGISTRATION, saved.progress), saved.version)
    async with db.unit_of_work() as session:
        assert await save_progress(session, spec=UNIT_REGISTRATION, owner=ME.session_key, saved=before)
    here = await world.load(ME)
    assert current_step(UNIT_REGISTRATION, here.progress) == "unit"
    assert "face" in here.progress.answers
