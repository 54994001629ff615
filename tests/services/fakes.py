"""The outside systems as small programs in memory: they keep what they were told and fail when a test says so."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from jsrs_portal import clock
from jsrs_portal.gateways import Gateways
from jsrs_portal.gateways.business_registry.port import RegistryAnswer, RegistryFacts
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.face.port import FaceAnswer, FaceOrder
from jsrs_portal.gateways.identity.port import IdentityAnswer
from jsrs_portal.gateways.sms.port import SmsDelivery, SmsReceipt
from tests.services.numbers import Employer, Human

FACTS = RegistryFacts("江苏省南京市云杉路1号", "南京市市场监督管理局", "320100", "159", "I6513", date(2018, 9, 12))


@dataclass
class FakeRegistry:
    """The business registry: the units it knows, and which of them are gone."""

    units: dict[str, Employer] = field(default_factory=dict)
    dissolved: set[str] = field(default_factory=set)
    failure: GatewayFailure | None = None
    calls: int = 0

    async def check(
        self, *, uscc: str, name: str, legal_rep_id_type: str, legal_rep_id_number: str, legal_rep_name: str
    ) -> RegistryAnswer:
        self.calls += 1
        await asyncio.sleep(0)
        if self.failure:
            raise GatewayError(System.REGISTRY, self.failure)
        unit = self.units.get(uscc)
        if unit is None:
            return RegistryAnswer(False, False, False, False, False)
        right = (
            unit.name == name,
            unit.legal_rep.name == legal_rep_name,
            (legal_rep_id_type, legal_rep_id_number) == ("01", unit.legal_rep.id_number),
        )
        return RegistryAnswer(True, uscc not in self.dissolved, *right, FACTS if all(right) else None)


@dataclass
class FakeIdentity:
    """The population register: names by document number."""

    names: dict[str, str] = field(default_factory=dict)
    failure: GatewayFailure | None = None

    async def verify(self, *, name: str, id_type: str, id_number: str) -> IdentityAnswer:
        await asyncio.sleep(0)
        if self.failure:
            raise GatewayError(System.IDENTITY, self.failure)
        if id_number not in self.names:
            return IdentityAnswer.NOT_FOUND
        return IdentityAnswer.MATCH if self.names[id_number] == name else IdentityAnswer.MISMATCH


@dataclass
class FakeFace:
    """The face recognition: everybody is waited for until a test says how it went."""

    orders: list[dict[str, str]] = field(default_factory=list)
    answer: FaceAnswer = field(default_factory=lambda: FaceAnswer(passed=False))
    failure: GatewayFailure | None = None
    queries: int = 0
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """Something that happens while the portal waits for the answer."""

    async def initialize(self, *, order_no: str, name: str, id_type: str, id_number: str, return_url: str) -> FaceOrder:
        await asyncio.sleep(0)
        if self.failure:
            raise GatewayError(System.FACE, self.failure)
        self.orders.append({"order_no": order_no, "name": name, "id_number": id_number, "return_url": return_url})
        return FaceOrder(f"certify-{len(self.orders)}", f"https://face.example/{len(self.orders)}")

    async def query(self, certify_id: str) -> FaceAnswer:
        self.queries += 1
        await asyncio.sleep(0.01)
        if self.meanwhile:
            await self.meanwhile()
        if self.failure:
            raise GatewayError(System.FACE, self.failure)
        return self.answer


@dataclass(frozen=True)
class Sent:
    """One message the provider took on."""

    phone: str
    template: str
    params: dict[str, str]
    out_id: str
    day: date


@dataclass
class FakeSms:
    """The SMS provider: it keeps every message; ``failures`` are used up one per call, ``None`` is a success.

    A call without an answer we believe has happened all the same; every other failing one has not.
    """

    sent: list[Sent] = field(default_factory=list)
    failures: list[GatewayFailure | BaseException | None] = field(default_factory=list)
    lookup_failures: list[GatewayFailure] = field(default_factory=list)
    calls: int = 0
    lookups: int = 0

    async def send(self, *, phone: str, template_code: str, params: Mapping[str, str], out_id: str) -> SmsReceipt:
        self.calls += 1
        await asyncio.sleep(0)
        failure = self.failures.pop(0) if self.failures else None
        if failure in (None, GatewayFailure.TIMEOUT, GatewayFailure.BAD_ANSWER):
            today = clock.now().astimezone(clock.BEIJING).date()
            self.sent.append(Sent(phone, template_code, dict(params), out_id, today))
        if isinstance(failure, GatewayFailure):
            raise GatewayError(System.SMS, failure)
        if failure is not None:
            raise failure
        return SmsReceipt(f"biz-{len(self.sent)}")

    async def lookup(
        self, *, phone: str, sent_on: date, biz_id: str | None, out_id: str, provider: str = ""
    ) -> SmsDelivery:
        self.lookups += 1
        await asyncio.sleep(0)
        if self.lookup_failures:
            raise GatewayError(System.SMS, self.lookup_failures.pop(0))
        known = any((m.phone, m.out_id, m.day) == (phone, out_id, sent_on) for m in self.sent)
        return SmsDelivery.DELIVERED if known else SmsDelivery.UNKNOWN

    def code_for(self, phone: str) -> str:
        """Return the newest code that arrived at ``phone``."""
        return [m.params["code"] for m in self.sent if m.phone == phone and "code" in m.params][-1]


@dataclass
class Outside:
    """All outside systems of one test."""

    registry: FakeRegistry = field(default_factory=FakeRegistry)
    identity: FakeIdentity = field(default_factory=FakeIdentity)
    face: FakeFace = field(default_factory=FakeFace)
    sms: FakeSms = field(default_factory=FakeSms)

    def know(self, *employers: Employer) -> None:
        """Have the registers know these units and their legal representatives."""
        for employer in employers:
            self.registry.units[employer.uscc] = employer
            self.know_person(employer.legal_rep)

    def know_person(self, *humans: Human) -> None:
        """Have the population register know these persons."""
        self.identity.names |= {human.id_number: human.name for human in humans}

    @property
    def gateways(self) -> Gateways:
        """What the worker is given."""
        return Gateways(face=self.face, sms=self.sms, registry=self.registry, identity=self.identity)
