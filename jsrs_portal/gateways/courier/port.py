"""What the portal needs of couriers: where a parcel is, and to be told by itself (R-2.6.4)."""

from dataclasses import dataclass
from typing import Protocol

from jsrs_portal.domain.shipments import Tracking


@dataclass(frozen=True)
class Waybill:
    """A parcel as couriers know it: the company's code at kuaidi100, the number, the last four digits of a phone."""

    company: str
    number: str
    phone: str = ""


@dataclass(frozen=True)
class Push:
    """What was told by itself, believed: of which number; ``over`` says that nothing more will be told.

    ``again``: because there was nothing to tell for too long, not because the parcel has arrived.
    """

    number: str
    tracking: Tracking
    over: bool = False
    again: bool = False


class Tracker(Protocol):
    """Knows where parcels are; raises :class:`jsrs_portal.gateways.errors.GatewayError`."""

    async def track(self, waybill: Waybill) -> Tracking:
        """Ask; a number nobody knows (yet) gives no reports. At most once in 30 minutes for a number."""
        ...


class Courier(Tracker, Protocol):
    """Tells by itself as well."""

    async def subscribe(self, waybill: Waybill, *, callback_url: str, salt: str) -> bool:
        """Order that news are sent to ``callback_url``, signed with ``salt``; return whether somebody will.

        Repeatable: what is ordered already stays ordered.
        """
        ...

    def read_push(self, body: bytes, *, salt: str) -> Push:
        """Verify what was sent to us; REFUSED for a wrong signature, BAD_ANSWER for what is none of theirs."""
        ...
