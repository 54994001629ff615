"""The ports with a breaker around each call: the same methods, nothing added but failing fast."""

from collections.abc import AsyncIterable, Mapping
from datetime import date

from jsrs_portal.domain.assertions import Assertion
from jsrs_portal.domain.shipments import Tracking
from jsrs_portal.gateways.breaker import Guard
from jsrs_portal.gateways.business_registry.port import BusinessRegistry, RegistryAnswer
from jsrs_portal.gateways.courier.port import Courier, Push, Tracker, Waybill
from jsrs_portal.gateways.elicence.port import ELicence, LicenceAnswer, LicenceCode
from jsrs_portal.gateways.face.port import FaceAnswer, FaceOrder, FaceVerifier
from jsrs_portal.gateways.identity.port import IdentityAnswer, IdentityVerifier
from jsrs_portal.gateways.legacy.port import LegacyAnswer, LegacyChecker
from jsrs_portal.gateways.scanner.port import Scanner, Verdict
from jsrs_portal.gateways.sms.port import SmsDelivery, SmsReceipt, SmsSender
from jsrs_portal.gateways.sso.port import SsoFlow, SsoProvider


class GuardedFace:
    """Implements :class:`jsrs_portal.gateways.face.port.FaceVerifier`."""

    def __init__(self, inner: FaceVerifier, guard: Guard) -> None:
        """Take the client and its guard."""
        self._inner, self._guard = inner, guard

    async def initialize(self, *, order_no: str, name: str, id_type: str, id_number: str, return_url: str) -> FaceOrder:
        """Begin a check."""
        return await self._guard.run(
            lambda: self._inner.initialize(
                order_no=order_no, name=name, id_type=id_type, id_number=id_number, return_url=return_url
            ),
            "initialize",
        )

    async def query(self, certify_id: str) -> FaceAnswer:
        """Ask how a check stands."""
        return await self._guard.run(lambda: self._inner.query(certify_id), "query")


class GuardedSms:
    """Implements :class:`jsrs_portal.gateways.sms.port.SmsSender`."""

    def __init__(self, inner: SmsSender, guard: Guard) -> None:
        """Take the client and its guard."""
        self._inner, self._guard = inner, guard

    async def send(self, *, phone: str, template_code: str, params: Mapping[str, str], out_id: str) -> SmsReceipt:
        """Send one message."""
        return await self._guard.run(
            lambda: self._inner.send(phone=phone, template_code=template_code, params=params, out_id=out_id), "send"
        )

    async def lookup(
        self, *, phone: str, sent_on: date, biz_id: str | None, out_id: str, provider: str = ""
    ) -> SmsDelivery:
        """Look a message up."""
        return await self._guard.run(
            lambda: self._inner.lookup(phone=phone, sent_on=sent_on, biz_id=biz_id, out_id=out_id, provider=provider),
            "lookup",
        )


class GuardedRegistry:
    """Implements :class:`jsrs_portal.gateways.business_registry.port.BusinessRegistry`."""

    def __init__(self, inner: BusinessRegistry, guard: Guard) -> None:
        """Take the client and its guard."""
        self._inner, self._guard = inner, guard

    async def check(
        self, *, uscc: str, name: str, legal_rep_id_type: str, legal_rep_id_number: str, legal_rep_name: str
    ) -> RegistryAnswer:
        """Compare a unit with the registry."""
        return await self._guard.run(
            lambda: self._inner.check(
                uscc=uscc,
                name=name,
                legal_rep_id_type=legal_rep_id_type,
                legal_rep_id_number=legal_rep_id_number,
                legal_rep_name=legal_rep_name,
            ),
            "check",
        )


class GuardedIdentity:
    """Implements :class:`jsrs_portal.gateways.identity.port.IdentityVerifier`."""

    def __init__(self, inner: IdentityVerifier, guard: Guard) -> None:
        """Take the client and its guard."""
        self._inner, self._guard = inner, guard

    async def verify(self, *, name: str, id_type: str, id_number: str) -> IdentityAnswer:
        """Compare a name with a number."""
        return await self._guard.run(
            lambda: self._inner.verify(name=name, id_type=id_type, id_number=id_number), "verify"
        )


class GuardedSso:
    """Implements :class:`jsrs_portal.gateways.sso.port.SsoProvider`."""

    def __init__(self, inner: SsoProvider, guard: Guard) -> None:
        """Take the client and its guard."""
        self._inner, self._guard = inner, guard

    async def begin(self, flow: SsoFlow) -> str:
        """Return where the browser goes."""
        return await self._guard.run(lambda: self._inner.begin(flow), "begin")

    async def finish(self, flow: SsoFlow, answer: Mapping[str, str]) -> Assertion:
        """Return who came back."""
        return await self._guard.run(lambda: self._inner.finish(flow, answer), "finish")


class GuardedLicence:
    """Implements :class:`jsrs_portal.gateways.elicence.port.ELicence`."""

    def __init__(self, inner: ELicence, guard: Guard) -> None:
        """Take the client and its guard."""
        self._inner, self._guard = inner, guard

    async def create_qr(self, *, purpose: str, callback_url: str) -> LicenceCode:
        """Begin a login."""
        return await self._guard.run(
            lambda: self._inner.create_qr(purpose=purpose, callback_url=callback_url), "create_qr"
        )

    async def poll(self, serial: str) -> LicenceAnswer:
        """Ask how a login stands."""
        return await self._guard.run(lambda: self._inner.poll(serial), "poll")

    def read_callback(self, body: bytes) -> LicenceAnswer:
        """Verify what was sent to us; that is no call, so it says nothing of the system's health."""
        return self._inner.read_callback(body)


class GuardedLegacy:
    """Implements :class:`jsrs_portal.gateways.legacy.port.LegacyChecker`."""

    def __init__(self, inner: LegacyChecker, guard: Guard) -> None:
        """Take the client and its guard."""
        self._inner, self._guard = inner, guard

    async def check(self, *, username: str, password: str, number: str = "") -> LegacyAnswer:
        """Compare a password with an old system's."""
        return await self._guard.run(
            lambda: self._inner.check(username=username, password=password, number=number), "check"
        )


class GuardedScanner:
    """Implements :class:`jsrs_portal.gateways.scanner.port.Scanner`."""

    def __init__(self, inner: Scanner, guard: Guard) -> None:
        """Take the client and its guard."""
        self._inner, self._guard = inner, guard

    async def scan(self, content: AsyncIterable[bytes], *, seconds: float | None = None) -> Verdict:
        """Have a file looked into."""
        return await self._guard.run(lambda: self._inner.scan(content, seconds=seconds), "scan")


class GuardedTracker:
    """Implements :class:`jsrs_portal.gateways.courier.port.Tracker`."""

    def __init__(self, inner: Tracker, guard: Guard) -> None:
        """Take the client and its guard."""
        self._inner, self._guard = inner, guard

    async def track(self, waybill: Waybill) -> Tracking:
        """Ask where a parcel is."""
        return await self._guard.run(lambda: self._inner.track(waybill), "track")


class GuardedCourier(GuardedTracker):
    """Implements :class:`jsrs_portal.gateways.courier.port.Courier`."""

    def __init__(self, inner: Courier, guard: Guard) -> None:
        """Take the client and its guard."""
        super().__init__(inner, guard)
        self._courier = inner

    async def subscribe(self, waybill: Waybill, *, callback_url: str, salt: str) -> bool:
        """Order pushes."""
        return await self._guard.run(
            lambda: self._courier.subscribe(waybill, callback_url=callback_url, salt=salt), "subscribe"
        )

    def read_push(self, body: bytes, *, salt: str) -> Push:
        """Verify what was sent to us; nobody is asked."""
        return self._courier.read_push(body, salt=salt)
