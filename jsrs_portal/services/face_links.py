"""A face check from the phone's side: what it is for, no, that was not me, on to it, and back (R-2.2.3)."""

import json
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto
from jsrs_portal.domain import faces as rules
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.faces import FacePurpose
from jsrs_portal.models.proofs import FaceCheck, FaceState
from jsrs_portal.services import audit


@dataclass(frozen=True)
class CheckView:
    """What the phone is told before anybody shows their face; the person is masked."""

    purpose: str
    unit_name: str
    person: str
    started: str


def link_token(check_id: str) -> str:
    """Return the unguessable name of a check in a short address: its id and our signature."""
    return f"{check_id}{crypto.sign('face-link', check_id)[:22]}"


def is_link(token: str) -> bool:
    """Tell whether ``token`` is one that we have signed."""
    return bool(_check_id(token))


def _check_id(token: str) -> str:
    check_id = token[:32]
    return check_id if len(token) == 54 and link_token(check_id) == token else ""


async def view_for_phone(session: AsyncSession, *, token: str) -> CheckView | None:
    """Return what the scanned check is about, or ``None`` when it is over."""
    check = await _waiting(session, token)
    if check is None:
        return None
    about = json.loads(check.about or "{}")
    purpose = rules.PURPOSE_LABELS[FacePurpose(check.purpose)]
    return CheckView(purpose, about.get("unit", ""), about.get("person", ""), to_the_minute(check.created_at))


async def deny_check(session: AsyncSession, *, actor: Actor, token: str) -> bool:
    """End a waiting check because whoever scanned it says that they did not begin it; return whether it waited."""
    denied = await session.execute(
        update(FaceCheck)
        .where(col(FaceCheck.id) == _check_id(token), col(FaceCheck.state) == FaceState.WAITING)
        .values(state=FaceState.CANCELLED, version=col(FaceCheck.version) + 1)
        .returning(col(FaceCheck.id))
    )
    found = denied.scalar_one_or_none()
    if found is not None:
        audit.record(session, actor=actor, action="face.deny", subject=found)
    return found is not None


async def _waiting(session: AsyncSession, token: str) -> FaceCheck | None:
    check = await session.get(FaceCheck, _check_id(token))
    alive = check is not None and check.state == FaceState.WAITING and check.expires_at > clock.now()
    return check if alive else None


async def phone_address(session: AsyncSession, *, token: str) -> str | None:
    """Return where the phone that scanned the QR code goes on, or ``None`` when the check is over."""
    check = await _waiting(session, token)
    return check.certify_url if check else None


async def note_return(session: AsyncSession, *, token: str) -> bool:
    """Note that the phone came back; that proves nothing, it only says that asking is worth while."""
    check_id = _check_id(token)
    if not check_id:
        return False
    await session.execute(
        update(FaceCheck)
        .where(col(FaceCheck.id) == check_id, col(FaceCheck.returned_at).is_(None))
        .values(returned_at=clock.now(), queried_at=None)
    )
    return True
