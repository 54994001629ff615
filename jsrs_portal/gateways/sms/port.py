"""What the portal needs of a provider of short messages (短信): send one, and look up what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol


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
    """The provider took a message on; ``biz_id`` is its number there."""

    biz_id: str


class SmsSender(Protocol):
    """Sends approved templates. Both methods raise :class:`jsrs_portal.gateways.errors.GatewayError`."""

    async def send(self, *, phone: str, template_code: str, params: Mapping[str, str], out_id: str) -> SmsReceipt:
        """Send one message to ``phone`` (11 digits). Not idempotent: after a doubtful failure call :meth:`lookup`."""
        ...

    async def lookup(self, *, phone: str, sent_on: date, biz_id: str | None, out_id: str) -> SmsDelivery:
        """Find a message by our ``out_id`` (and ``biz_id`` if known) among those of one day in Beijing."""
        ...
