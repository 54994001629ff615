"""Every way an outside system can fail × every gateway: the right failure, and a sentence a user can act on.

The table is :data:`EXPECTED`; business refusals, whose codes differ, are :data:`REFUSALS`.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

import pytest

from jsrs_portal import clock
from jsrs_portal.gateways import clients
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.settings import Settings

from .conftest import Sandbox, free_port
from .proxy import Proxy, Trick

ID_NUMBER, PHONE, NAME, CODE = "320106199003070012", "13812345678", "陆知远", "835207"


def _face(product: str) -> Callable[[Settings], Awaitable[Any]]:
    return lambda settings: _client(_face_client, settings, product).initialize(
        order_no=clock.new_id(), name=NAME, id_type="01", id_number=ID_NUMBER, return_url=""
    )


def _face_client(settings: Settings, product: str) -> Any:
    return clients.face_client(settings.model_copy(update={"face_product": product}))


def _sms(make: Callable[[Settings], Any]) -> Callable[[Settings], Awaitable[Any]]:
    return lambda settings: make(settings).send(
        phone=PHONE, template_code="SMS_100000001", params={"code": CODE}, out_id=clock.new_id()
    )


CALLS: dict[str, Callable[[Settings], Awaitable[Any]]] = {
    "face_open": _face("open"),
    "face_h5": _face("h5"),
    "sms_aliyun": _sms(clients.aliyun_client),
    "sms_tencent": _sms(clients.tencent_client),
    "registry": lambda settings: clients.registry_client(settings).check(
        uscc="91320100MA1X0TE58J",
        name="南京云杉软件有限公司",
        legal_rep_id_type="01",
        legal_rep_id_number=ID_NUMBER,
        legal_rep_name=NAME,
    ),
    "identity": lambda settings: clients.identity_client(settings).verify(name=NAME, id_type="01", id_number=ID_NUMBER),
    "legacy": lambda settings: clients.legacy_clients(settings)["js-insurance"].check(username=NAME, password=CODE),
}
"""One call per gateway, each with personal data in it."""
SYSTEMS = {
    "face_open": System.FACE,
    "face_h5": System.FACE,
    "sms_aliyun": System.SMS,
    "sms_tencent": System.SMS,
    "registry": System.REGISTRY,
    "identity": System.IDENTITY,
    "legacy": System.LEGACY,
}
CONTROL = {"face_open": "face", "face_h5": "face", "sms_aliyun": "sms"}
"""Where the control hook's name is another one."""

LATE, BAD, NO, BUSY = (
    GatewayFailure.TIMEOUT,
    GatewayFailure.BAD_ANSWER,
    GatewayFailure.REFUSED,
    GatewayFailure.BUSY,
)
OURS, GONE, FINE = GatewayFailure.MISCONFIGURED, GatewayFailure.UNREACHABLE, None

EXPECTED: dict[str, tuple[GatewayFailure | None, ...]] = {
    # fault           face_open  face_h5  sms_aliyun  sms_tencent  registry  identity  legacy
    "hang": (LATE, LATE, LATE, LATE, LATE, LATE, LATE),
    "late": (LATE, LATE, LATE, LATE, LATE, LATE, LATE),
    "slow": (FINE, FINE, FINE, FINE, FINE, FINE, FINE),
    "error500": (BAD, BAD, BAD, BAD, BAD, BAD, BAD),
    "garbage": (BAD, BAD, BAD, BAD, BAD, BAD, BAD),
    # The SMS providers sign no answers: they say that our signature or our time is wrong. Alipay's carry no time.
    "bad_signature": (BAD, BAD, OURS, OURS, BAD, BAD, BAD),
    "old_timestamp": (OURS, OURS, OURS, OURS, BAD, BAD, BAD),
    # Two answers to one request: the first counts, the second is never read.
    "answered_twice": (FINE, FINE, FINE, FINE, FINE, FINE, FINE),
    # The answer to an earlier request: told apart where answers are signed with the request's nonce; elsewhere TLS
    # alone prevents it.
    "old_answer": (FINE, FINE, FINE, FINE, BAD, BAD, BAD),
    # The request arrives twice and the second answer reaches us: refused by nonce or order number; Tencent has neither.
    "arrives_twice": (NO, NO, BAD, FINE, OURS, OURS, OURS),
    "cut_off": (LATE, LATE, LATE, LATE, LATE, LATE, LATE),
    "nobody": (GONE, GONE, GONE, GONE, GONE, GONE, GONE),
    "too_many": (BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY),
}
TRICKS = {
    "answered_twice": Trick.ANSWER_TWICE,
    "old_answer": Trick.OLD_ANSWER,
    "arrives_twice": Trick.ASK_TWICE,
    "cut_off": Trick.CUT_OFF,
    "too_many": Trick.TOO_MANY,
}

_ALIPAY = {
    "ILLEGAL_ARGUMENT_FORMAT": NO,
    "INVALID_PARAMETER": NO,
    "SOMETHING_NEW": NO,
    "ARRANGEMENT_STATUS_ERROR": OURS,
    "ACCOUNT_MONEY_LIMIT_ERROR": OURS,
    "INVALID_SWITCH": OURS,
    "SYSTEM_ERROR": GONE,
    "UNKNOWN_ERROR": GONE,
}
REFUSALS: dict[str, dict[str, GatewayFailure]] = {
    "face_open": _ALIPAY,
    "face_h5": _ALIPAY,
    "sms_aliyun": {
        "isv.BUSINESS_LIMIT_CONTROL": BUSY,
        "isv.DAY_LIMIT_CONTROL": BUSY,
        "isv.MOBILE_NUMBER_ILLEGAL": NO,
        "isv.SMS_CONTENT_ILLEGAL": NO,
        "isv.AMOUNT_NOT_ENOUGH": OURS,
        "isv.SOMETHING_NEW": OURS,
        "isp.SYSTEM_ERROR": GONE,
        "isp.RAM_PERMISSION_DENY": OURS,
        "Throttling.User": BUSY,
        "SomethingNew": BAD,
    },
    "sms_tencent": {
        "LimitExceeded.PhoneNumberThirtySecondLimit": BUSY,
        "LimitExceeded.PhoneNumberOneHourLimit": BUSY,
        "LimitExceeded.PhoneNumberDailyLimit": BUSY,
        "LimitExceeded.PhoneNumberSameContentDailyLimit": BUSY,
        "LimitExceeded.DeliveryFrequencyLimit": BUSY,
        "LimitExceeded.AppDailyLimit": BUSY,
        "LimitExceeded.AppMainlandChinaDailyLimit": BUSY,
        "LimitExceeded.PhoneNumberCountLimit": OURS,
        "FailedOperation.PhoneNumberInBlacklist": NO,
        "FailedOperation.ContainSensitiveWord": NO,
        "FailedOperation.SignatureIncorrectOrUnapproved": OURS,
        "FailedOperation.TemplateUnapprovedOrNotExist": OURS,
        "FailedOperation.InsufficientBalanceInSmsPackage": OURS,
        "FailedOperation.SomethingNew": BAD,
        "InvalidParameterValue.IncorrectPhoneNumber": NO,
        "InvalidParameterValue.TemplateParameterLengthLimit": NO,
        "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": NO,
        "InvalidParameterValue.SdkAppIdNotExist": OURS,
        "UnauthorizedOperation.SmsSdkAppIdVerifyFail": OURS,
        "UnauthorizedOperation.RequestIpNotInWhitelist": OURS,
        "MissingParameter.EmptyPhoneNumberSet": OURS,
        "InternalError.Timeout": LATE,
        "InternalError.SendAndRecvFail": LATE,
        "InternalError.OtherError": BAD,
        "AuthFailure.SignatureExpire": OURS,
        "AuthFailure.SecretIdNotFound": OURS,
        "RequestLimitExceeded": BUSY,
        "SomethingNew": BAD,
    },
    "registry": {"REFUSED": NO, "UNIT_FROZEN": NO},
    "identity": {"REFUSED": NO, "OUT_OF_QUOTA": NO},
    "legacy": {"REFUSED": NO, "CLOSED": NO},
}


@lru_cache
def _made(make: Any, port: int, timeout: float, product: str, var_dir: Any) -> Any:
    settings = Settings(_env_file=None, sandbox_port=port, var_dir=var_dir, gateway_timeout=timeout)
    return make(settings, product)


def _client(make: Any, settings: Settings, product: str) -> Any:
    """Return a face client, made once per address and deadline: reading RSA keys takes a while."""
    return _made(make, settings.sandbox_port, settings.gateway_timeout, product, settings.var_dir)


def expect_sentence(error: GatewayError, system: System, settings: Settings) -> None:
    """A sentence in Chinese alone, and nothing of the call or of our keys in anything that may be logged."""
    assert error.system is system
    assert re.fullmatch(r"[^A-Za-z]*[\u4e00-\u9fff][^A-Za-z]*。", error.sentence)
    assert error.may_have_happened is (error.failure in (BAD, LATE))
    keys = [value.get_secret_value() for value in (settings.sms_access_key_secret, settings.sms_tencent_secret_key)]
    keys += [settings.registry_secret.get_secret_value(), settings.identity_secret.get_secret_value()]
    for secret in (ID_NUMBER, PHONE, NAME, CODE, *keys):
        assert secret not in str(error) + error.sentence + repr(error)


ROWS = [
    pytest.param(fault, gateway, failure, id=f"{gateway}-{fault}")
    for fault, failures in EXPECTED.items()
    for gateway, failure in zip(CALLS, failures, strict=True)
    if fault != "slow"
]


@pytest.mark.parametrize(("fault", "gateway", "failure"), ROWS)
@pytest.mark.req("R-2.2.2", "R-2.2.3", "R-2.2.4", "R-2.2.7", "R-2.3.3")
async def test_every_fault_has_its_failure_and_ends_with_the_fault(
    sandbox: Sandbox, order: Any, fault: str, gateway: str, failure: GatewayFailure | None
) -> None:
    settings = sandbox.settings
    async with Proxy(settings.sandbox_port, TRICKS.get(fault)) as proxy:
        changes: dict[str, Any] = {}
        if fault in TRICKS:
            changes["sandbox_port"] = proxy.port
            if fault == "old_answer":  # one that was answered properly comes before
                await CALLS[gateway](settings.model_copy(update=changes))
        elif fault == "nobody":
            changes["sandbox_port"] = free_port()
        else:
            await order(CONTROL.get(gateway, gateway), "slow" if fault == "late" else fault)
            changes["gateway_timeout"] = 0.4 if fault in ("hang", "late") else 5
        if failure is None:
            assert await CALLS[gateway](settings.model_copy(update=changes))
        else:
            with pytest.raises(GatewayError) as raised:
                await CALLS[gateway](settings.model_copy(update=changes))
            assert raised.value.failure is failure
            expect_sentence(raised.value, SYSTEMS[gateway], settings)
    assert await CALLS[gateway](settings)


async def test_slow_is_not_broken(sandbox: Sandbox, order: Any) -> None:
    for name in ("face", "sms", "sms_tencent", "registry", "identity", "legacy"):
        await order(name, "slow", 2 if name == "face" else 1)
    started = time.monotonic()
    assert EXPECTED["slow"] == (FINE,) * len(CALLS)
    assert all(await asyncio.gather(*(call(sandbox.settings) for call in CALLS.values())))
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("gateway", "code", "failure"),
    [(gateway, code, failure) for gateway, codes in REFUSALS.items() for code, failure in codes.items()],
)
async def test_every_family_of_refusals_has_its_failure(
    sandbox: Sandbox, order: Any, gateway: str, code: str, failure: GatewayFailure
) -> None:
    await order(CONTROL.get(gateway, gateway), "business_refusal", code=code)
    with pytest.raises(GatewayError) as raised:
        await CALLS[gateway](sandbox.settings)
    assert (raised.value.failure, raised.value.code) == (failure, code)
    assert code not in raised.value.sentence
    expect_sentence(raised.value, SYSTEMS[gateway], sandbox.settings)


@pytest.mark.parametrize(("make", "messages"), [(clients.aliyun_client, 1), (clients.tencent_client, 2)])
async def test_a_request_that_arrives_twice_is_one_message_where_the_provider_has_nonces(
    sandbox: Sandbox, make: Callable[[Settings], Any], messages: int
) -> None:
    phone = f"137{clock.new_code()}01"
    async with Proxy(sandbox.settings.sandbox_port, Trick.ASK_TWICE) as proxy, sandbox.http() as client:
        sms = make(sandbox.settings.model_copy(update={"sandbox_port": proxy.port}))
        with contextlib.suppress(GatewayError):
            await sms.send(phone=phone, template_code="SMS_100000001", params={"code": CODE}, out_id=clock.new_id())
        assert len((await client.get("/sms/outbox.json", params={"phone": phone})).json()) == messages


async def test_a_fault_lasts_for_as_many_answers_as_ordered(sandbox: Sandbox, order: Any) -> None:
    await order("identity", "error500", 2)
    for _ in range(2):
        with pytest.raises(GatewayError):
            await CALLS["identity"](sandbox.settings)
    assert await CALLS["identity"](sandbox.settings)


async def test_only_json_can_order_faults(sandbox: Sandbox) -> None:
    async with sandbox.http() as client:
        assert (await client.post("/_control/sms", data={"mode": "hang"})).status_code == 415
        assert (await client.post("/_control/sms", json={"mode": "explode"})).status_code == 422
        assert (await client.post("/_control/moon", json={"mode": "ok"})).status_code == 422
