"""Short messages by the second provider: our client against the running simulator, and what the simulator refuses."""

import asyncio
import json
import secrets
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from jsrs_portal import clock
from jsrs_portal.gateways import http
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.sms import tc3
from jsrs_portal.gateways.sms.port import NotElsewhere, SmsDelivery, SmsSender

from .conftest import Sandbox

CODE, NOTICE = "SMS_100000001", "SMS_100000002"


def new_phone(ending: str = "8888") -> str:
    return f"13{secrets.randbelow(10**5):05d}{ending}"


def today() -> Any:
    return clock.now().astimezone(clock.BEIJING).date()


async def send_code(sms: SmsSender, phone: str, code: str = "123456") -> tuple[str, str]:
    out_id = clock.new_id()
    receipt = await sms.send(phone=phone, template_code=CODE, params={"code": code}, out_id=out_id)
    assert receipt.provider == "tencent"
    return receipt.biz_id, out_id


async def outbox(sandbox: Sandbox, phone: str) -> list[dict[str, Any]]:
    async with sandbox.http() as client:
        return (await client.get("/sms/outbox.json", params={"phone": phone})).json()


@pytest.mark.req("R-2.2.4")
async def test_a_code_arrives_on_the_same_phones_as_the_first_providers(sandbox: Sandbox) -> None:
    phone = new_phone()
    biz_id, out_id = await send_code(sandbox.tencent(), phone, "042917")
    notice = {"template_code": NOTICE, "params": {"text": "您的申报已受理"}, "out_id": "1"}
    await sandbox.tencent().send(phone=phone, **notice)
    await sandbox.aliyun().send(phone=phone, **notice)
    shown = await outbox(sandbox, phone)
    assert [(message["provider"], message["text"]) for message in shown] == [
        ("aliyun", "【江苏人社】您的申报已受理"),
        ("tencent", "【江苏人社】您的申报已受理"),
        ("tencent", "【江苏人社】您的验证码是 042917,5 分钟内有效，请勿告诉他人。"),
    ]
    assert (shown[2]["biz_id"], shown[2]["out_id"], shown[2]["params"]) == (biz_id, out_id, {"code": "042917"})
    async with sandbox.http() as client:
        page = (await client.get("/sms/outbox", params={"phone": phone})).text
    assert page.count("经腾讯云发送") == 2
    assert page.count("经阿里云发送") == 1


@pytest.mark.parametrize(
    ("ending", "by_receipt", "without"),
    [
        ("8888", SmsDelivery.DELIVERED, SmsDelivery.DELIVERED),
        ("0000", SmsDelivery.FAILED, SmsDelivery.FAILED),
        ("0001", SmsDelivery.WAITING, SmsDelivery.UNKNOWN),
    ],
)
async def test_a_message_is_found_once_the_network_reported_on_it(
    sandbox: Sandbox, ending: str, by_receipt: SmsDelivery, without: SmsDelivery
) -> None:
    sms, phone = sandbox.tencent(), new_phone(ending)
    biz_id, out_id = await send_code(sms, phone)
    assert await sms.lookup(phone=phone, sent_on=today(), biz_id=biz_id, out_id=out_id) is by_receipt
    assert await sms.lookup(phone=phone, sent_on=today(), biz_id=None, out_id=out_id) is without
    yesterday = today() - timedelta(days=1)
    for day, other in ((today(), clock.new_id()), (yesterday, out_id)):
        assert await sms.lookup(phone=phone, sent_on=day, biz_id=None, out_id=other) is SmsDelivery.UNKNOWN


async def test_a_message_sent_during_a_timeout_is_found_again(sandbox: Sandbox, order: Any) -> None:
    phone, out_id = new_phone(), clock.new_id()
    await order("sms_tencent", "hang")
    with pytest.raises(GatewayError) as raised:
        await sandbox.tencent(gateway_timeout=0.5).send(
            phone=phone, template_code=CODE, params={"code": "123456"}, out_id=out_id
        )
    assert raised.value.may_have_happened
    found = await sandbox.tencent().lookup(phone=phone, sent_on=today(), biz_id=None, out_id=out_id)
    assert found is SmsDelivery.DELIVERED
    assert len(await outbox(sandbox, phone)) == 1


async def test_neither_provider_sees_the_others_messages(sandbox: Sandbox) -> None:
    phone = new_phone()
    _, out_id = await send_code(sandbox.tencent(), phone)
    found = await sandbox.aliyun().lookup(phone=phone, sent_on=today(), biz_id=None, out_id=out_id)
    assert found is SmsDelivery.UNKNOWN


async def test_the_limit_of_a_phone_is_told_beside_its_number(sandbox: Sandbox, order: Any) -> None:
    sms, phone = sandbox.tencent(), new_phone()
    await order("sms_tencent", "ok", 0, minute_limit=True)
    results = await asyncio.gather(*(send_code(sms, phone) for _ in range(6)), return_exceptions=True)
    failures = [result for result in results if isinstance(result, GatewayError)]
    assert len(failures) == 5
    assert {(e.failure, e.code) for e in failures} == {
        (GatewayFailure.BUSY, "LimitExceeded.PhoneNumberThirtySecondLimit")
    }
    assert all(isinstance(error, NotElsewhere) for error in failures)
    await order("sms", "ok", 0, minute_limit=False)


@pytest.mark.parametrize(
    ("phone", "template", "params", "code"),
    [
        ("12345678901", CODE, {"code": "123456"}, "InvalidParameterValue.IncorrectPhoneNumber"),
        ("13900000000", "SMS_999", {"code": "123456"}, "template"),
        ("13900000000", CODE, {}, "template"),
        ("13900000000", CODE, {"text": "x"}, "template"),
        ("13900000000", CODE, {"code": "12345x"}, "InvalidParameterValue.TemplateParameterFormatError"),
        ("13900000000", NOTICE, {"text": ""}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
    ],
)
async def test_what_the_provider_would_refuse_is_refused(
    sandbox: Sandbox, phone: str, template: str, params: dict[str, str], code: str
) -> None:
    with pytest.raises(GatewayError) as raised:
        await sandbox.tencent().send(phone=phone, template_code=template, params=params, out_id="1")
    assert raised.value.code == code
    assert not raised.value.may_have_happened


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sms_tencent_secret_id": "other"}, "AuthFailure.SecretIdNotFound"),
        ({"sms_tencent_secret_key": SecretStr("other")}, "AuthFailure.SignatureFailure"),
        ({"sms_tencent_app_id": "1"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ({"sms_tencent_template_code": "9"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ({"sms_sign_name": "别人"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        ({"sms_tencent_region": ""}, "MissingParameter"),
    ],
)
async def test_our_own_mistakes_are_told_as_such(sandbox: Sandbox, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(GatewayError) as raised:
        await send_code(sandbox.tencent(**changes), new_phone())
    assert (raised.value.failure, raised.value.code) == (GatewayFailure.MISCONFIGURED, code)


async def raw(sandbox: Sandbox, content: object, *, age: int = 0, body: bytes | None = None, **headers: str) -> str:
    """Post properly signed content, spoiled afterwards by ``headers`` and ``body``; return the code answered."""
    sent = content if isinstance(content, bytes) else json.dumps(content).encode()
    timestamp = int(clock.now().timestamp()) - age
    values = {
        "content-type": "application/json",
        "host": sandbox.origin.removeprefix("http://"),
        "x-tc-action": "SendSms",
        "x-tc-version": "2021-01-11",
        "x-tc-timestamp": str(timestamp),
        "x-tc-region": "ap-nanjing",
    }
    values["authorization"] = tc3.authorization(
        secret_id=sandbox.settings.sms_tencent_secret_id,
        secret=sandbox.settings.sms_tencent_secret_key.get_secret_value(),
        service="sms",
        timestamp=timestamp,
        headers=values,
        body=sent,
    )
    values |= {name.replace("_", "-"): value for name, value in headers.items()}
    async with sandbox.http() as client:
        answer = await client.post("/sms/tencent/", content=sent if body is None else body, headers=values)
    assert answer.status_code == 200
    return answer.json()["Response"].get("Error", {}).get("Code", "")


async def test_what_the_gateway_would_not_believe_is_not_believed(sandbox: Sandbox) -> None:
    assert await raw(sandbox, {}, age=290) == "MissingParameter.EmptyPhoneNumberSet"
    assert await raw(sandbox, {}, age=310) == "AuthFailure.SignatureExpire"
    assert await raw(sandbox, {}, age=-310) == "AuthFailure.SignatureExpire"
    assert await raw(sandbox, {}, body=b"{} ") == "AuthFailure.SignatureFailure"
    assert await raw(sandbox, {}, x_tc_timestamp=str(int(clock.now().timestamp()) - 60)) == (
        "AuthFailure.SignatureFailure"
    )
    assert await raw(sandbox, {}, x_tc_timestamp="now") == "InvalidParameter"
    assert await raw(sandbox, {}, x_tc_action="PullSmsSendStatusByPhoneNumber") == "AuthFailure.SignatureFailure"
    assert await raw(sandbox, {}, x_tc_version="2019-07-11") == "NoSuchVersion"
    assert await raw(sandbox, {}, authorization="") == "AuthFailure.InvalidAuthorization"
    for broken in (b"", b"[]", b"\xff", b"{" * 5000):
        assert await raw(sandbox, broken) == "InvalidParameter"


ANSWERS = [
    ("{}", "Response"),
    ("[]", "Response"),
    ("nonsense", "malformed"),
    ('{"Response":{}}', "SendStatusSet"),
    ('{"Response":{"SendStatusSet":[]}}', "SendStatusSet"),
    ('{"Response":{"SendStatusSet":[{}]}}', "Code"),
    ('{"Response":{"SendStatusSet":[{"Code":"Ok"}]}}', "SerialNo"),
    ('{"Response":{"SendStatusSet":[{"Code":"Ok","SerialNo":"1"},{"Code":"Ok","SerialNo":"2"}]}}', "SendStatusSet"),
    ('{"Response":{"SendStatusSet":[1]}}', "SendStatusSet"),
    ('{"Response":{"Error":{},"SendStatusSet":[{"Code":"Ok","SerialNo":"1"}]}}', ""),
    ('{"Response":{"Error":null,"SendStatusSet":[{"Code":"Ok","SerialNo":"1"}]}}', ""),
]


@pytest.mark.parametrize(("body", "code"), ANSWERS)
async def test_answers_of_the_wrong_shape_are_not_believed(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, body: str, code: str
) -> None:
    async def answer(*_: Any, **__: Any) -> http.Answer:
        return http.Answer(200, {}, body.encode())

    monkeypatch.setattr(http, "call", answer)
    with pytest.raises(GatewayError) as raised:
        await send_code(sandbox.tencent(), "13900000000")
    assert (raised.value.failure, raised.value.code) == (GatewayFailure.BAD_ANSWER, code)
    with pytest.raises(GatewayError):
        await sandbox.tencent().lookup(phone="13900000000", sent_on=today(), biz_id=None, out_id="1")
