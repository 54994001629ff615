"""账号设置 in the words of the tests: log in, show one's face, name a new phone (R-2.6.8)."""

from typing import Any

from jsrs_portal import db
from jsrs_portal.access.actor import Ended, resolve
from jsrs_portal.access.cookie import proof
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.own_account import PHONE_CHANGE
from jsrs_portal.gateways.face.port import FaceAnswer
from jsrs_portal.services import face_step, own_account, phone_change
from jsrs_portal.services.codes import CodeSent
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.login import Ticket
from tests.services.numbers import Human
from tests.services.recovering import log_in
from tests.services.world import ADDRESS, World, visitor


async def entered(world: World, of: Human, password: str, account: str = "", device: str = "home") -> Actor:
    """Log in as a person, or for the unit or institution with this number; return whoever is acting then."""
    outcome = await log_in(account, of, password, visitor(device))
    assert isinstance(outcome, Ticket), outcome
    return await who(await world.redeem(visitor(device), outcome, device=device))


async def who(value: str) -> Actor:
    """Return the actor of a cookie."""
    found = await resolve(proof(value), address=ADDRESS)
    assert isinstance(found, Actor), found
    return found


async def lives(actor: Actor) -> bool:
    """Tell whether a session lives."""
    return not isinstance(await resolve(f"session:{actor.session_key}", address=ADDRESS), Ended | None)


async def account_of(actor: Actor) -> Any:
    """Return the account as the page shows it."""
    async with db.reading() as session:
        return await own_account.view_account(session, actor=actor)


async def begun(world: World, actor: Actor) -> SavedProgress:
    """Open 「修改手机」."""
    return await phone_change.begin(actor=actor, saved=await world.load(actor, PHONE_CHANGE))


async def face_shown(world: World, actor: Actor) -> SavedProgress:
    """Open it, and show one's face."""
    saved = await begun(world, actor)
    await face_step.start(world.outside.face, phone_change.FACE, actor=actor, saved=saved)
    world.outside.face.answer = FaceAnswer(passed=True)
    done, _ = await face_step.follow(world.outside.face, phone_change.FACE, actor=actor, saved=saved)
    world.outside.face.answer = FaceAnswer(passed=False)
    return done


async def ask(world: World, actor: Actor, mobile: str) -> Any:
    """Ask for a code on the new phone."""
    saved = await world.load(actor, PHONE_CHANGE)
    return await phone_change.send_code(world.outside.sms, actor=actor, saved=saved, mobile=mobile)


async def code(world: World, actor: Actor, mobile: str) -> str:
    """Ask for a code, and read it there."""
    sent = await ask(world, actor, mobile)
    assert isinstance(sent, CodeSent), sent
    return world.outside.sms.code_for(mobile)


async def change(world: World, actor: Actor, mobile: str, said: str) -> Any:
    """Submit the new phone."""
    saved = await world.load(actor, PHONE_CHANGE)
    return await phone_change.change_phone(actor=actor, saved=saved, mobile=mobile, code=said)


async def changed(world: World, actor: Actor, mobile: str) -> SavedProgress:
    """Go all the way; what must be possible."""
    await face_shown(world, actor)
    done = await change(world, actor, mobile, await code(world, actor, mobile))
    assert isinstance(done, SavedProgress), done
    return done
