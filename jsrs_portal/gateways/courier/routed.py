"""Who is asked about which parcel: SF about its own where we have a contract with it, kuaidi100 about all others.

Where SF cannot be reached kuaidi100 is asked about its parcels too; what SF refuses it is not asked again.
"""

import structlog

from jsrs_portal.domain.shipments import SF, Tracking
from jsrs_portal.gateways.courier import kuaidi100
from jsrs_portal.gateways.courier.port import Courier, Push, Tracker, Waybill
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System

log = structlog.get_logger(__name__)


class RoutedCourier:
    """Implements :class:`jsrs_portal.gateways.courier.port.Courier`; at least one of the two is there."""

    def __init__(self, every: Courier | None, sf: Tracker | None) -> None:
        """Take who knows every company's parcels, and who knows SF's."""
        self._every = every
        self._sf = sf

    async def track(self, waybill: Waybill) -> Tracking:
        """Ask who knows best, and the other one if that one cannot answer."""
        if self._sf is not None and waybill.company == SF:
            try:
                return await self._sf.track(waybill)
            except GatewayError as error:
                if self._every is None or error.failure is GatewayFailure.REFUSED:
                    raise
                log.warning("courier.elsewhere", failure=error.failure.value, code=error.code)
        if self._every is None:
            raise GatewayError(System.COURIER, GatewayFailure.REFUSED, "company", answered=False)
        return await self._every.track(waybill)

    async def subscribe(self, waybill: Waybill, *, callback_url: str, salt: str) -> bool:
        """Order pushes of kuaidi100; without it nobody tells by themselves."""
        if self._every is None:
            return False
        return await self._every.subscribe(waybill, callback_url=callback_url, salt=salt)

    def read_push(self, body: bytes, *, salt: str) -> Push:
        """Verify what was sent to us."""
        return kuaidi100.read_push(body, salt=salt)
