"""Messages to people, written in the transaction that makes them true and delivered by the worker."""

import json

from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal.models.work import OutboxMessage

SMS_NOTICE = "sms-notice"


def enqueue_sms(session: AsyncSession, *, mobile: str, text: str) -> None:
    """Have ``text`` sent to ``mobile`` once this transaction is committed; nobody without a phone is told."""
    if not mobile:
        return
    message = OutboxMessage(kind=SMS_NOTICE)
    message.body = json.dumps({"mobile": mobile, "text": text}, ensure_ascii=False)
    session.add(message)
