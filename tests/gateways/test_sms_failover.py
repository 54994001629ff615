"""Two SMS providers as one: who is asked after which failure, and that nobody gets a message twice."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from jsrs_portal import clock
from jsrs_portal.gateways import build_gateways
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.sms.failover import FailoverSms
from jsrs_portal.gateways.sms.port import NotElsewhere, SmsDelivery, SmsReceipt
from jsrs_portal.production import refusals

from .conftest import Sandbox, free_port

DAY = date(2026, 3, 2)
MESSAGE = {"phone": "13812345678", "template_code": "SMS_100000001", "params": {"code": "123456"}, "out_id": "o"}


@dataclass
class Provider:
    """A provider that fails or finds as told, and counts."""

    name: str
    failure: GatewayError | None = None
    found: SmsDelivery | GatewayError = SmsDelivery.UNKNOWN
    sends: int = 0
    lookups: list[str | None] = field(default_factory=list)

    async def send(self, *, phone: str, template_code: str, params: Mapping[str, str], out_id: str) -> SmsReceipt:
        self.sends += 1
        if self.failure:
            raise self.failure
        return SmsReceipt(f"{self.name}-{self.sends}", self.name)

    async def lookup(
        self, *, phone: str, sent_on: date, biz_id: str | None, out_id: str, provider: str = ""
    ) -> SmsDelivery:
        self.lookups.append(biz_id)
        if isinstance(self.found, GatewayError):
            raise self.found
        return self.found


def error(failure: GatewayFailure) -> GatewayError:
    return GatewayError(System.SMS, failure)


def pair(**first: Any) -> tuple[FailoverSms, Provider, Provider]:
    one, two = Provider("aliyun", **first), Provider("tencent")
    return FailoverSms(("aliyun", one), ("tencent", two)), one, two


async def test_while_the_first_sends_the_second_is_left_alone() -> None:
    sms, one, two = pair()
    assert await sms.send(**MESSAGE) == SmsReceipt("aliyun-1", "aliyun")
    assert (one.sends, two.sends) == (1, 0)


@pytest.mark.parametrize("failure", [GatewayFailure.UNREACHABLE, GatewayFailure.MISCONFIGURED, GatewayFailure.BUSY])
async def test_where_the_first_surely_sent_nothing_the_second_sends(failure: GatewayFailure) -> None:
    sms, one, two = pair(failure=error(failure))
    assert await sms.send(**MESSAGE) == SmsReceipt("tencent-1", "tencent")
    assert (one.sends, two.sends) == (1, 1)


@pytest.mark.parametrize(
    "failure",
    [
        error(GatewayFailure.TIMEOUT),
        error(GatewayFailure.BAD_ANSWER),
        error(GatewayFailure.REFUSED),
        NotElsewhere(System.SMS, GatewayFailure.BUSY),
        NotElsewhere(System.SMS, GatewayFailure.MISCONFIGURED),
    ],
    ids=lambda failure: f"{type(failure).__name__}-{failure.failure}",
)
async def test_in_doubt_and_for_reasons_of_the_phone_the_second_is_not_asked(failure: GatewayError) -> None:
    sms, one, two = pair(failure=failure)
    with pytest.raises(GatewayError) as raised:
        await sms.send(**MESSAGE)
    assert raised.value is failure
    assert (one.sends, two.sends) == (1, 0)


async def test_when_both_fail_the_doubt_of_the_second_is_told() -> None:
    sms, _, two = pair(failure=error(GatewayFailure.UNREACHABLE))
    two.failure = error(GatewayFailure.TIMEOUT)
    with pytest.raises(GatewayError) as raised:
        await sms.send(**MESSAGE)
    assert raised.value.may_have_happened


async def look(sms: FailoverSms, **more: Any) -> SmsDelivery:
    return await sms.lookup(**({"phone": "13812345678", "sent_on": DAY, "biz_id": None, "out_id": "o"} | more))


async def test_a_known_sender_alone_is_asked() -> None:
    sms, one, two = pair(found=error(GatewayFailure.TIMEOUT))
    two.found = SmsDelivery.DELIVERED
    assert await look(sms, provider="tencent", biz_id="b") is SmsDelivery.DELIVERED
    assert (one.lookups, two.lookups) == ([], ["b"])
    with pytest.raises(GatewayError):
        await look(sms, provider="aliyun", biz_id="b")
    assert (one.lookups, two.lookups) == (["b"], ["b"])


W, D, F, U = SmsDelivery.WAITING, SmsDelivery.DELIVERED, SmsDelivery.FAILED, SmsDelivery.UNKNOWN


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        *[(D, U, D), (W, U, W), (F, U, F), (U, U, U), (U, D, D), (U, F, F), (F, D, D), (F, W, W), (F, F, F)],
        *[(None, D, D), (None, W, W), (None, U, None), (U, None, None), (D, None, D), (F, None, None)],
        (None, None, None),
    ],
)
async def test_of_an_unknown_sender_both_are_asked_and_silence_is_no_answer(
    first: SmsDelivery | None, second: SmsDelivery | None, expected: SmsDelivery | None
) -> None:
    broken = error(GatewayFailure.UNREACHABLE)
    sms, _, two = pair(found=first or broken)
    two.found = second or broken
    if expected is None:
        with pytest.raises(GatewayError):
            await look(sms)
    else:
        assert await look(sms) is expected


# The same against the running simulators.


def message() -> dict[str, Any]:
    return MESSAGE | {"phone": f"139{secrets.randbelow(10**5):05d}888", "out_id": clock.new_id()}


async def providers(sandbox: Sandbox, phone: str) -> list[str]:
    async with sandbox.http() as client:
        shown = (await client.get("/sms/outbox.json", params={"phone": phone})).json()
    return [found["provider"] for found in shown]


@pytest.mark.parametrize(
    ("mode", "code", "arrives"),
    [
        ("ok", "", ["aliyun"]),
        ("bad_signature", "", ["tencent"]),
        ("business_refusal", "isv.AMOUNT_NOT_ENOUGH", ["tencent"]),
        ("business_refusal", "isp.SYSTEM_ERROR", ["tencent"]),
        ("business_refusal", "isv.DAY_LIMIT_CONTROL", ["tencent"]),
        ("business_refusal", "Throttling.User", ["tencent"]),
        ("business_refusal", "isv.BUSINESS_LIMIT_CONTROL", []),
        ("business_refusal", "isv.MOBILE_NUMBER_ILLEGAL", []),
        ("business_refusal", "isv.SOMETHING_NEW", []),
        ("error500", "", []),
        ("garbage", "", []),
        ("hang", "", ["aliyun"]),
    ],
)
@pytest.mark.req("R-2.2.4")
async def test_a_message_arrives_once_or_not_at_all(
    sandbox: Sandbox, order: Any, mode: str, code: str, arrives: list[str]
) -> None:
    await order("sms", mode, code=code)
    sent = message()
    sms = sandbox.gateways(gateway_timeout=0.5 if mode == "hang" else 5).sms
    if arrives and mode != "hang":
        receipt = await sms.send(**sent)
        assert [receipt.provider] == arrives
    else:
        with pytest.raises(GatewayError):
            await sms.send(**sent)
    assert await providers(sandbox, sent["phone"]) == arrives
    day = clock.now().astimezone(clock.BEIJING).date()
    found = await sandbox.gateways().sms.lookup(phone=sent["phone"], sent_on=day, biz_id=None, out_id=sent["out_id"])
    assert found is (SmsDelivery.DELIVERED if arrives else SmsDelivery.UNKNOWN)


async def test_the_minute_limit_of_one_provider_is_not_got_round(sandbox: Sandbox, order: Any) -> None:
    await order("sms", "ok", 0, minute_limit=True)
    sent, sms = message(), sandbox.gateways().sms
    await sms.send(**sent)
    with pytest.raises(NotElsewhere):
        await sms.send(**sent)
    assert await providers(sandbox, sent["phone"]) == ["aliyun"]


async def test_a_first_provider_that_is_gone_is_soon_not_even_tried(sandbox: Sandbox) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/"
    second = sandbox.settings.sms_tencent_url
    changes = {"sms_endpoint": nobody, "sms_tencent_endpoint": second, "gateway_breaker_failures": 3}
    gateways = build_gateways(sandbox.settings.model_copy(update=changes))
    for _ in range(5):
        assert (await gateways.sms.send(**message())).provider == "tencent"
    health = gateways.health()
    assert (health["sms_aliyun"].state, health["sms_aliyun"].consecutive_failures) == ("open", 3)
    assert (health["sms_tencent"].state, health["sms_tencent"].consecutive_failures) == ("closed", 0)


def test_the_second_provider_is_there_when_configured_or_when_both_are_simulated(sandbox: Sandbox) -> None:
    def names(**changes: str) -> list[str]:
        return list(build_gateways(sandbox.settings.model_copy(update=changes)).health())

    both = ["face", "sms_aliyun", "sms_tencent", "registry", "identity", "sso", "licence", "legacy_js-insurance"]
    both += ["courier_kuaidi100", "courier_sf"]
    assert names() == both
    assert names(sms_endpoint="https://a.example/") == [name for name in both if name != "sms_tencent"]
    assert names(sms_endpoint="https://a.example/", sms_tencent_endpoint="https://b.example/") == both


def test_production_refuses_a_demo_key_of_the_second_provider(sandbox: Sandbox) -> None:
    def refused(**changes: object) -> bool:
        settings = sandbox.settings.model_copy(update={"environment": "production"} | changes)
        return any("JSRS_SMS_TENCENT_SECRET_KEY" in sentence for sentence in refusals(settings))

    assert not refused()
    assert refused(sms_tencent_endpoint="https://b.example/")
