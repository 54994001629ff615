"""Telling somebody that their account was entered from a new device, with the link "this was not me" (R-2.4.8)."""

import re
from dataclasses import dataclass
from datetime import datetime
from string import ascii_letters, digits

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import masking
from jsrs_portal.domain.addresses import describe_place
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import ALERT_LIFE, DEVICE_KNOWN, FIRST_LOGIN_WITHIN
from jsrs_portal.models.people import Person
from jsrs_portal.models.sessions import LoginAlert, UserSession
from jsrs_portal.services import audit, limits, notices
from jsrs_portal.settings import get_settings

_LENGTH = 22
"""131 random bits in letters and digits alone: what a phone makes a link of ends at the first other sign."""
_TOKEN = re.compile(r"[A-Za-z0-9]{22}", re.ASCII)
GONE = Refusal(
    "该链接已使用或已失效。如仍怀疑账户被他人登录，请在「登录设备」中结束登录并修改密码，或拨打 12333。", code="gone"
)


@dataclass(frozen=True)
class AlertView:
    """The login that a message told of, as whoever has its link sees it; the person masked."""

    person: str
    when: str
    device: str
    place: str


def is_link(token: str) -> bool:
    """Tell whether a text has the form of a link's token."""
    return _TOKEN.fullmatch(token) is not None


async def alert_new_device(session: AsyncSession, *, actor: Actor, opened: UserSession) -> None:
    """Tell the person of a session that is about to be opened, if this browser was never theirs in half a year.

    The very first login of a person is no news to them if they have just registered; of an older account it is: entries
    of its earlier sessions may have been cleared away. Past five messages a day no more are sent: the first have said
    what is to be done, and a stranger who knows the password must not be able to fill the phone.
    """
    theirs = select(col(UserSession.id)).where(col(UserSession.person_id) == opened.person_id)
    known = theirs.where(
        col(UserSession.device_key) == opened.device_key, col(UserSession.created_at) > clock.now() - DEVICE_KNOWN
    )
    now = clock.now()
    enrolled = select(col(Person.created_at)).where(col(Person.id) == opened.person_id).scalar_subquery()
    query = select(theirs.exists(), known.exists(), enrolled)
    any_before, known_before, since = (await session.execute(query)).one()
    if known_before or (not any_before and now - since <= FIRST_LOGIN_WITHIN):
        return
    capped = await limits.take(session, frequency.LOGIN_ALERT, opened.person_id, now=now)
    if capped is None:
        person = await session.get_one(Person, opened.person_id)
        token = clock.new_text(ascii_letters + digits, _LENGTH)
        session.add(
            LoginAlert(
                token_hash=crypto.fingerprint(token),
                session_id=opened.id,
                person_id=opened.person_id,
                expires_at=now + ALERT_LIFE,
            )
        )
        await notices.tell(
            session,
            person=person,
            kind=NoticeKind.SECURITY,
            title="新设备登录",
            href="/sessions",
            text=f"您的账户于{to_the_minute(now)}在新设备（{opened.device}）登录。如非本人操作，请在「登录设备」中结束该登录并修改密码。",
            sms=_text(opened, token, now),
        )
    if capped is None or capped.first:
        audit.record(
            session,
            actor=actor,
            action="session.alert",
            subject=opened.id,
            result="LIMIT" if capped else "OK",
            person_id=opened.person_id,
        )


def _text(opened: UserSession, token: str, now: datetime) -> str:
    settings = get_settings()
    return (
        f"您的账户于{to_the_minute(now)}在新设备（{opened.device}）登录{settings.hall_name}。"
        f"如非本人操作，请打开 {settings.origin}/n/{token} 停用登录并重设密码。"
    )


async def view_alert(*, actor: Actor, token: str) -> AlertView | Refusal:
    """Return what a link tells of; looking changes nothing, so that a scanner of links does no harm.

    Links that are none are counted by where they are opened: nobody tries on and on.
    """
    if not is_link(token):
        return GONE
    wanted = frequency.by_source(frequency.NOT_ME_SOURCE, actor.address)
    async with db.unit_of_work() as session:
        exceeded = await limits.take_all(session, wanted, now=clock.now())
        if exceeded:
            return exceeded.refusal
        query = (
            select(UserSession, Person)
            .join(LoginAlert, col(LoginAlert.session_id) == col(UserSession.id))
            .join(Person, col(Person.id) == col(LoginAlert.person_id))
            .where(
                col(LoginAlert.token_hash) == crypto.fingerprint(token),
                col(LoginAlert.used_at).is_(None),
                col(LoginAlert.expires_at) > clock.now(),
            )
        )
        row = (await session.execute(query)).one_or_none()
        if row is None:
            return GONE
        for limit, whose in wanted:
            await limits.give_back(session, limit, whose)
        opened, person = row
        return AlertView(
            person=masking.mask_name(person.name),
            when=to_the_minute(opened.created_at),
            device=opened.device,
            place=describe_place(opened.address),
        )
