"""找回密码 in the words of the tests: name the account, prove it, set a new password (R-2.5)."""

from typing import Any

from jsrs_portal import db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.recovery import RECOVERY, AccountKind
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.gateways.face.port import FaceAnswer
from jsrs_portal.services import face_step, login, password_recovery, password_reset, people
from jsrs_portal.services.codes import CodeSent
from jsrs_portal.services.drafts import SavedProgress, drop_progress
from jsrs_portal.services.login import Ticket
from jsrs_portal.services.password_recovery import AccountTyped
from tests.services.granting import BOSS, UNIT
from tests.services.numbers import Human, human
from tests.services.world import World, visitor

NEW = "Willow-83-kerb"
NEWER = "Cinder-46-lane"
ME = visitor()
ELSEWHERE = visitor("another browser", "198.51.100.9")
AGENT = human(29)


def typed(kind: AccountKind | str, of: Human, account: str = "", **other: str) -> AccountTyped:
    """Return step 1 with the data of ``of``; ``other`` are fields typed differently."""
    said = {"kind": str(kind), "account": account, "id_type": "01", "id_number": of.id_number, "name": of.name}
    return AccountTyped(**(said | other))


async def begun(world: World, step_1: AccountTyped, actor: Actor = ME) -> Any:
    """Submit step 1."""
    saved = await world.load(actor, RECOVERY)
    return await password_recovery.submit_account(actor=actor, saved=saved, typed=step_1)


async def show_code(world: World, actor: Actor = ME) -> Any:
    """Have the QR code shown."""
    saved = await world.load(actor, RECOVERY)
    return await password_recovery.start_face(world.outside.face, actor=actor, saved=saved)


async def follow(world: World, actor: Actor = ME) -> Any:
    """Ask where the face check is."""
    saved = await world.load(actor, RECOVERY)
    return await face_step.follow(world.outside.face, password_recovery.FACE, actor=actor, saved=saved)


async def by_face(world: World, actor: Actor = ME) -> SavedProgress:
    """Show one's face."""
    await show_code(world, actor)
    world.outside.face.answer = FaceAnswer(passed=True)
    saved, _ = await follow(world, actor)
    world.outside.face.answer = FaceAnswer(passed=False)
    return saved


async def code(world: World, of: Human, actor: Actor = ME) -> str:
    """Ask for a code and read it on the registered phone."""
    saved = await world.load(actor, RECOVERY)
    sent = await password_recovery.send_code(world.outside.sms, actor=actor, saved=saved)
    assert isinstance(sent, CodeSent), sent
    return world.outside.sms.code_for(of.mobile)


async def type_code(world: World, said: str, actor: Actor = ME) -> Any:
    """Submit the code."""
    saved = await world.load(actor, RECOVERY)
    return await password_recovery.submit_code(actor=actor, saved=saved, code=said)


async def by_sms(world: World, of: Human, actor: Actor = ME) -> SavedProgress:
    """Prove it by a code."""
    outcome = await type_code(world, await code(world, of, actor), actor)
    assert isinstance(outcome, SavedProgress), outcome
    return outcome


async def phone_code(world: World, mobile: str, actor: Actor = ME) -> str:
    """Ask for a code on the phone that is the account's from now on, and read it there."""
    saved = await world.load(actor, RECOVERY)
    sent = await password_recovery.send_phone_code(world.outside.sms, actor=actor, saved=saved, mobile=mobile)
    assert isinstance(sent, CodeSent), sent
    return world.outside.sms.code_for(mobile)


async def choose(
    world: World,
    password: str = NEW,
    confirmation: str | None = None,
    actor: Actor = ME,
    *,
    mobile: str = "",
    code: str = "",
) -> Any:
    """Submit step 3; after somebody's first face check with a phone."""
    return await password_reset.set_new_password(
        actor=actor,
        saved=await world.load(actor, RECOVERY),
        password=password,
        confirmation=password if confirmation is None else confirmation,
        mobile=mobile,
        code=code,
    )


async def recovered(
    world: World,
    step_1: AccountTyped,
    of: Human,
    password: str = NEW,
    actor: Actor = ME,
    *,
    face: bool = False,
    mobile: str = "",
) -> SavedProgress:
    """Go all the way; what must be possible."""
    begin = await begun(world, step_1, actor)
    assert isinstance(begin, SavedProgress), begin
    await (by_face(world, actor) if face else by_sms(world, of, actor))
    said = await phone_code(world, mobile, actor) if mobile else ""
    done = await choose(world, password, actor=actor, mobile=mobile, code=said)
    assert isinstance(done, SavedProgress), done
    assert done.progress.result, done
    return done


async def again(world: World, actor: Actor = ME) -> None:
    """Begin anew in the same browser, the message limits of the phone aside."""

    async with db.unit_of_work() as session:
        await drop_progress(session, spec=RECOVERY, owner=actor.session_key)


def why(outcome: Any) -> str:
    """Return the code or the field of the only refusal."""
    (refusal,) = outcome if isinstance(outcome, list) else [outcome]
    assert isinstance(refusal, Refusal), outcome
    return refusal.code or refusal.field


async def remembered(person_id: str, realm: str) -> list[str]:
    """Return the hashes that may not come back."""
    async with db.reading() as session:
        return await people.last_passwords(session, person_id=person_id, realm=realm)


async def log_in(account: str, of: Human, password: str, actor: Actor = ELSEWHERE) -> Any:
    """「单位登录」, or 「个人登录」 without an account."""
    return await attempt(account, of.mobile, password, actor)


async def attempt(account: str, identifier: str, password: str, actor: Actor) -> Any:
    """Try to log in under one of the names that somebody has."""
    if not account:
        return await login.login_person(actor=actor, identifier=identifier, password=password)
    return await login.login_unit(actor=actor, account=account, identifier=identifier, password=password)


async def opens(account: str, of: Human, password: str) -> bool:
    """Tell whether a password opens a login."""
    return isinstance(await log_in(account, of, password), Ticket)


LEGAL = typed(AccountKind.LEGAL_REP, BOSS, UNIT.uscc)
"""The legal representative of the unit, as typed."""
