"""What the portal needs of a provider of short messages (短信): send one, and look up what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from jsrs_portal.gateways.errors import GatewayError

TOO_OFTEN = "该手机号接收短信过于频繁，请稍后再试。"
NUMBER = "该手机号码不能接收短信，请核对号码或更换手机号。"
CONTENT = "短信内容没有被运营商接受，请联系经办机构处理。"
"""What a refusal means to the person waiting, whichever provider said it."""


class SmsDelivery(StrEnum):
    """What became of a message."""

    WAITING = "WAITING"
    """Accepted by the provider, no receipt from the network yet."""
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    """The provider knows of no such message: it was never sent, or not yet visible there."""


@dataclass(frozen=True)
class SmsReceipt:
    """A provider took a message on; ``biz_id`` is its number there, ``provider`` names who it was."""

    biz_id: str
    provider: str = ""


class NotElsewhere(GatewayError):
    """Surely not sent, but for a reason that lies, or may lie, in this phone or message.

    A limit that protects the phone's owner must not be got round, so no other provider may be tried.
    """


class SmsSender(Protocol):
    """Sends approved templates. Both methods raise :class:`jsrs_portal.gateways.errors.GatewayError`."""

    async def send(self, *, phone: str, template_code: str, params: Mapping[str, str], out_id: str) -> SmsReceipt:
        """Send one message to ``phone`` (11 digits). Not idempotent: after a doubtful failure call :meth:`lookup`."""
        ...

    async def lookup(
        self, *, phone: str, sent_on: date, biz_id: str | None, out_id: str, provider: str = ""
    ) -> SmsDelivery:
        """Find a message by our ``out_id`` (and the receipt's ``biz_id`` and ``provider`` if known) in a Beijing day.

        When this fails, whether the message was sent is as unknown as before, whatever the failure's kind.
        """
        ...
