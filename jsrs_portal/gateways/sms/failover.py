"""Two SMS providers as one: the second is tried only where the first has surely sent nothing (protocol reference §2.3).

Nobody may get a message twice, and a limit that protects a phone must not be got round. So the second is tried after

* UNREACHABLE — no connection came about, or the provider says that it could not work on it, or its breaker is open;
* MISCONFIGURED — keys, balance, contract or approvals there are at fault;
* BUSY of the provider as a whole;

and never after TIMEOUT or BAD_ANSWER, which may have happened, never after REFUSED, and never after a limit on the
one phone (:class:`jsrs_portal.gateways.sms.port.NotElsewhere`).
"""

from collections.abc import Mapping
from datetime import date

import structlog

from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.sms.port import NotElsewhere, SmsDelivery, SmsReceipt, SmsSender

log = structlog.get_logger(__name__)
_SURELY_NOT_SENT = frozenset({GatewayFailure.UNREACHABLE, GatewayFailure.MISCONFIGURED, GatewayFailure.BUSY})
_WEIGHT = (SmsDelivery.UNKNOWN, SmsDelivery.FAILED, SmsDelivery.WAITING, SmsDelivery.DELIVERED)
"""Of two answers about one message, the later in this row counts: one that arrives was not lost elsewhere."""


def may_go_elsewhere(error: GatewayError) -> bool:
    """Tell whether, after this failure, another provider may be asked to send the same message."""
    return error.failure in _SURELY_NOT_SENT and not isinstance(error, NotElsewhere)


class FailoverSms:
    """Sends by the first of two providers that can; implements :class:`jsrs_portal.gateways.sms.port.SmsSender`."""

    def __init__(self, primary: tuple[str, SmsSender], secondary: tuple[str, SmsSender]) -> None:
        """Take both providers with the names their receipts carry."""
        self._primary_name, self._primary = primary
        self._secondary_name, self._secondary = secondary

    async def send(self, *, phone: str, template_code: str, params: Mapping[str, str], out_id: str) -> SmsReceipt:
        """Send one message by the first provider or, if that surely has not, by the second; raises the last error."""
        try:
            return await self._primary.send(phone=phone, template_code=template_code, params=params, out_id=out_id)
        except GatewayError as error:
            if not may_go_elsewhere(error):
                raise
            log.warning("sms.elsewhere", provider=self._primary_name, failure=error.failure, code=error.code)
        return await self._secondary.send(phone=phone, template_code=template_code, params=params, out_id=out_id)

    async def lookup(
        self, *, phone: str, sent_on: date, biz_id: str | None, out_id: str, provider: str = ""
    ) -> SmsDelivery:
        """Ask the provider that sent; both, one after the other, when it is not known who did.

        When one cannot be asked and the other knows nothing of the message, nobody knows: that error is raised.
        """
        best, doubt = SmsDelivery.UNKNOWN, None
        for name, sender in ((self._primary_name, self._primary), (self._secondary_name, self._secondary)):
            if provider in (self._primary_name, self._secondary_name) and provider != name:
                continue
            known = biz_id if provider == name else None
            try:
                found = await sender.lookup(phone=phone, sent_on=sent_on, biz_id=known, out_id=out_id)
            except GatewayError as error:
                doubt = error
                continue
            best = max(best, found, key=_WEIGHT.index)
            if best in (SmsDelivery.DELIVERED, SmsDelivery.WAITING):
                return best
        if doubt is not None:
            raise doubt
        return best
