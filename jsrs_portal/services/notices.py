"""Messages to people, written in the transaction that makes them true: at the bell, and on the phone by the worker."""

import json

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.domain.notices import KINDS, NoticeKind, goes_to_phone
from jsrs_portal.models.notices import Notice, NoticeChoice
from jsrs_portal.models.people import Person
from jsrs_portal.models.work import OutboxMessage

SMS_NOTICE = "sms-notice"


async def tell(
    session: AsyncSession,
    *,
    person: Person,
    kind: NoticeKind,
    title: str,
    text: str,
    href: str = "",
    unit_id: str = "",
    institution_id: str = "",
    sms: str = "",
    mobile: str = "",
) -> None:
    """Have ``person`` told once this transaction is committed: a notice at the bell, and an SMS if the kind has one.

    ``title`` (at most 60 characters) names no person; ``text`` may. ``href`` is the page of what it is about.
    ``unit_id`` or ``institution_id``: in whose name it concerns them. ``sms`` is what the phone gets when that differs
    from ``text``, ``mobile`` which phone that is when it is not theirs any more. Whether it gets anything is
    :func:`~jsrs_portal.domain.notices.goes_to_phone`; one query unless that is fixed.
    """
    notice = Notice(
        person_id=person.id,
        unit_id=unit_id or None,
        institution_id=institution_id or None,
        kind=kind,
        title=title,
        href=href,
    )
    notice.text = text
    session.add(notice)
    changed: list[str] = []
    if not KINDS[kind].fixed:
        query = select(col(NoticeChoice.kind)).where(col(NoticeChoice.person_id) == person.id)
        changed = list((await session.execute(query)).scalars())
    if goes_to_phone(kind, changed):
        enqueue_sms(session, mobile=mobile or person.mobile, text=sms or text, about=kind)


def enqueue_sms(session: AsyncSession, *, mobile: str, text: str, about: str = "") -> None:
    """Have ``text`` sent to ``mobile`` once this transaction is committed; nobody without a phone is told.

    For what concerns a number rather than a person (a former phone); people are told by :func:`tell`. Of what is
    ``about`` one kind a phone gets so many a day.
    """
    if not mobile:
        return
    message = OutboxMessage(kind=SMS_NOTICE)
    message.body = json.dumps({"mobile": mobile, "text": text, "about": about}, ensure_ascii=False)
    session.add(message)
