"""Short messages by the first provider: our client against the running simulator, and what the simulator refuses."""

import asyncio
import hashlib
import secrets
from datetime import timedelta
from typing import Any

import pytest

from jsrs_portal import clock
from jsrs_portal.gateways import http
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.sms import aliyun, signing
from jsrs_portal.gateways.sms.port import SmsDelivery, SmsSender

from .conftest import Sandbox


def new_phone(ending: str = "8888") -> str:
    return f"13{secrets.randbelow(10**5):05d}{ending}"


def today() -> Any:
    return clock.now().astimezone(clock.BEIJING).date()


async def send_code(sms: SmsSender, phone: str, code: str = "123456") -> tuple[str, str]:
    out_id = clock.new_id()
    receipt = await sms.send(phone=phone, template_code="SMS_100000001", params={"code": code}, out_id=out_id)
    return receipt.biz_id, out_id


async def outbox(sandbox: Sandbox, phone: str) -> list[dict[str, Any]]:
    async with sandbox.http() as client:
        return (await client.get("/sms/outbox.json", params={"phone": phone})).json()


@pytest.mark.req("R-2.2.4")
async def test_a_code_arrives_on_the_phone(sandbox: Sandbox) -> None:
    phone = new_phone()
    biz_id, out_id = await send_code(sandbox.aliyun(), phone, "042917")
    [message] = await outbox(sandbox, phone)
    assert message["text"] == "【江苏人社】您的验证码是 042917,5 分钟内有效，请勿告诉他人。"
    assert (message["biz_id"], message["out_id"]) == (biz_id, out_id)
    assert message["params"] == {"code": "042917"}
    async with sandbox.http() as client:
        shown = await client.get("/sms/outbox", params={"phone": phone})
    assert "042917" in shown.text
    assert phone in shown.text


async def test_notices_show_their_text_escaped_and_newest_first(sandbox: Sandbox) -> None:
    phone, sms = new_phone(), sandbox.aliyun()
    for text in ("您的申报已受理 & 登记", "<script>alert(1)</script>"):
        await sms.send(phone=phone, template_code="SMS_100000002", params={"text": text}, out_id=clock.new_id())
    assert [m["text"] for m in await outbox(sandbox, phone)] == [
        "【江苏人社】<script>alert(1)</script>",
        "【江苏人社】您的申报已受理 & 登记",
    ]
    async with sandbox.http() as client:
        shown = await client.get("/sms/outbox", params={"phone": phone})
        injected = await client.get("/sms/outbox", params={"phone": '"><script>alert(1)</script>'})
    assert "<script" not in shown.text + injected.text
    assert "&lt;script&gt;" in shown.text


@pytest.mark.parametrize(
    ("ending", "expected"),
    [("8888", SmsDelivery.DELIVERED), ("0000", SmsDelivery.FAILED), ("0001", SmsDelivery.WAITING)],
)
async def test_a_message_can_be_looked_up(sandbox: Sandbox, ending: str, expected: SmsDelivery) -> None:
    sms, phone = sandbox.aliyun(), new_phone(ending)
    biz_id, out_id = await send_code(sms, phone)
    for known in (biz_id, None):
        assert await sms.lookup(phone=phone, sent_on=today(), biz_id=known, out_id=out_id) is expected
    other_day = today() - timedelta(days=1)
    for day, other in ((today(), clock.new_id()), (other_day, out_id)):
        found = await sms.lookup(phone=phone, sent_on=day, biz_id=None, out_id=other)
        assert found is SmsDelivery.UNKNOWN


async def test_lookup_reads_every_page(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aliyun, "PAGE_SIZE", 2)
    sms, phone = sandbox.aliyun(), new_phone()
    _, first = await send_code(sms, phone)
    for _ in range(4):
        await send_code(sms, phone)
    found = await sms.lookup(phone=phone, sent_on=today(), biz_id=None, out_id=first)
    assert found is SmsDelivery.DELIVERED


@pytest.mark.req("R-2.2.4")
async def test_a_message_sent_during_a_timeout_is_found_again(sandbox: Sandbox, order: Any) -> None:
    sms, phone, out_id = sandbox.aliyun(gateway_timeout=0.5), new_phone(), clock.new_id()
    await order("sms", "hang")
    with pytest.raises(GatewayError) as raised:
        await sms.send(phone=phone, template_code="SMS_100000001", params={"code": "123456"}, out_id=out_id)
    assert raised.value.failure is GatewayFailure.TIMEOUT
    assert raised.value.may_have_happened
    later = sandbox.aliyun()
    found = await later.lookup(phone=phone, sent_on=today(), biz_id=None, out_id=out_id)
    assert found is SmsDelivery.DELIVERED
    assert len(await outbox(sandbox, phone)) == 1


async def test_the_minute_limit_applies_only_when_switched_on(sandbox: Sandbox, order: Any) -> None:
    sms, phone = sandbox.aliyun(), new_phone()
    await send_code(sms, phone)
    await send_code(sms, phone)
    await order("sms", "ok", minute_limit=True)
    with pytest.raises(GatewayError) as raised:
        await send_code(sms, phone)
    assert (raised.value.failure, raised.value.code) == (GatewayFailure.BUSY, "isv.BUSINESS_LIMIT_CONTROL")
    fresh = new_phone()
    results = await asyncio.gather(*(send_code(sms, fresh) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(result, tuple) for result in results) == 1


@pytest.mark.parametrize(
    ("phone", "template", "params", "code"),
    [
        ("12345678901", "SMS_100000001", {"code": "123456"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ("13900000000", "SMS_999", {"code": "123456"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ("13900000000", "SMS_100000001", {}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ("13900000000", "SMS_100000001", {"code": "1234567"}, "isv.PARAM_LENGTH_LIMIT"),
    ],
)
async def test_what_the_provider_would_refuse_is_refused(
    sandbox: Sandbox, phone: str, template: str, params: dict[str, str], code: str
) -> None:
    with pytest.raises(GatewayError) as raised:
        await sandbox.aliyun().send(phone=phone, template_code=template, params=params, out_id="1")
    assert raised.value.code == code
    assert not raised.value.may_have_happened


async def test_a_foreign_signature_name_is_a_fault_of_ours(sandbox: Sandbox) -> None:
    with pytest.raises(GatewayError) as raised:
        await send_code(sandbox.aliyun(sms_sign_name="别人"), new_phone())
    assert raised.value.failure is GatewayFailure.MISCONFIGURED


@pytest.mark.parametrize(
    ("code", "failure", "certain"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", GatewayFailure.BUSY, True),
        ("isv.DAY_LIMIT_CONTROL", GatewayFailure.BUSY, True),
        ("isv.MOBILE_NUMBER_ILLEGAL", GatewayFailure.REFUSED, True),
        ("isv.SMS_CONTENT_ILLEGAL", GatewayFailure.REFUSED, True),
        ("isv.AMOUNT_NOT_ENOUGH", GatewayFailure.MISCONFIGURED, True),
        ("isv.SIGN_STATE_ILLEGAL", GatewayFailure.MISCONFIGURED, True),
        ("isp.SYSTEM_ERROR", GatewayFailure.UNREACHABLE, True),
        ("isp.RAM_PERMISSION_DENY", GatewayFailure.MISCONFIGURED, True),
        ("Throttling.User", GatewayFailure.BUSY, True),
        ("SignatureNonceUsed", GatewayFailure.BAD_ANSWER, False),
        ("SomethingNew", GatewayFailure.BAD_ANSWER, False),
    ],
)
async def test_every_code_becomes_a_failure_with_a_sentence(
    sandbox: Sandbox, order: Any, code: str, failure: GatewayFailure, certain: bool
) -> None:
    await order("sms", "business_refusal", code=code)
    with pytest.raises(GatewayError) as raised:
        await send_code(sandbox.aliyun(), new_phone())
    assert (raised.value.failure, raised.value.code) == (failure, code)
    assert raised.value.may_have_happened is not certain
    assert raised.value.sentence.endswith("。")
    assert code not in raised.value.sentence


def signed_headers(sandbox: Sandbox, query: dict[str, str], **changes: str) -> dict[str, str]:
    headers = {
        "host": sandbox.origin.removeprefix("http://"),
        "x-acs-action": "SendSms",
        "x-acs-version": "2017-05-25",
        "x-acs-date": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": clock.new_id(),
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    } | {name.replace("_", "-"): value for name, value in changes.items()}
    secret = sandbox.settings.sms_access_key_secret.get_secret_value()
    authorization = signing.authorization(
        access_key=sandbox.settings.sms_access_key_id,
        secret=secret,
        method="POST",
        path="/sms/",
        query=query,
        headers=headers,
    )
    return headers | {"authorization": authorization}


def call_query(phone: str) -> dict[str, str]:
    return {
        "PhoneNumbers": phone,
        "SignName": "江苏人社",
        "TemplateCode": "SMS_100000001",
        "TemplateParam": '{"code":"123456"}',
    }


async def test_a_replayed_request_is_refused_even_when_many_come_at_once(sandbox: Sandbox) -> None:
    phone = new_phone()
    query = call_query(phone)
    headers = signed_headers(sandbox, query)
    async with sandbox.http() as client:
        answers = await asyncio.gather(*(client.post("/sms/", params=query, headers=headers) for _ in range(6)))
    codes = sorted(answer.json()["Code"] for answer in answers)
    assert codes == ["OK"] + ["SignatureNonceUsed"] * 5
    assert len(await outbox(sandbox, phone)) == 1


HOUR_AGO = (clock.now() - timedelta(minutes=16)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"x_acs_date": HOUR_AGO}, "InvalidTimeStamp.Expired"),
        ({"x_acs_date": "yesterday"}, "InvalidTimeStamp.Expired"),
        ({"x_acs_version": "2014-05-26"}, "InvalidVersion"),
        ({"x_acs_action": "DeleteSmsSign"}, "InvalidAction.NotFound"),
        ({"x_acs_content_sha256": "0" * 64}, "SignatureDoesNotMatch"),
    ],
)
async def test_what_the_gateway_would_not_believe_is_not_believed(
    sandbox: Sandbox, changes: dict[str, str], code: str
) -> None:
    query = call_query(new_phone())
    async with sandbox.http() as client:
        answer = await client.post("/sms/", params=query, headers=signed_headers(sandbox, query, **changes))
    assert answer.status_code >= 400
    assert answer.json()["Code"] == code


async def test_an_altered_query_or_key_is_refused(sandbox: Sandbox) -> None:
    query = call_query(new_phone())
    headers = signed_headers(sandbox, query)
    async with sandbox.http() as client:
        altered = await client.post("/sms/", params=query | {"OutId": "1"}, headers=headers)
        unsigned = await client.post("/sms/", params=query)
    assert altered.json()["Code"] == "SignatureDoesNotMatch"
    assert unsigned.json()["Code"] == "IncompleteSignature"
    for changes in (
        {"sms_access_key_id": "other"},
        {"sms_access_key_secret": type(sandbox.settings.sms_access_key_secret)("x")},
    ):
        with pytest.raises(GatewayError) as raised:
            await send_code(sandbox.aliyun(**changes), new_phone())
        assert raised.value.failure is GatewayFailure.MISCONFIGURED


async def test_answers_of_the_wrong_shape_are_not_believed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sms = sandbox.aliyun()
    for body in (b"[]", b"{}", b'{"Code":1}', b'{"Code":"OK"}', b'{"Code":"OK","BizId":""}', b"\xff"):

        async def answer(*_: Any, body: bytes = b"", _body: bytes = body, **__: Any) -> http.Answer:
            return http.Answer(200, {}, _body)

        monkeypatch.setattr(http, "call", answer)
        with pytest.raises(GatewayError) as raised:
            await send_code(sms, new_phone())
        assert raised.value.failure is GatewayFailure.BAD_ANSWER
        with pytest.raises(GatewayError):
            await sms.lookup(phone="13900000000", sent_on=today(), biz_id=None, out_id="1")
