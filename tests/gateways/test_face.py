"""The face check end to end: our client, the official SDK and the phone's browser against the running simulator."""

import asyncio
import http.client
import json
import re
import sqlite3
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.request.AlipayUserCertifyOpenCertifyRequest import AlipayUserCertifyOpenCertifyRequest
from alipay.aop.api.request.AlipayUserCertifyOpenInitializeRequest import (
    AlipayUserCertifyOpenInitializeRequest,
)
from alipay.aop.api.request.AlipayUserCertifyOpenQueryRequest import AlipayUserCertifyOpenQueryRequest
from alipay.aop.api.util import WebUtils
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from jsrs_portal import clock
from jsrs_portal.gateways.demo_keys import load_demo_keys
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.face import alipay_open, signing
from jsrs_portal.gateways.face.alipay_client import AlipayClient
from jsrs_portal.gateways.face.alipay_h5 import AlipayH5Face
from jsrs_portal.gateways.face.port import FaceAnswer, FaceOrder, FaceVerifier

from .conftest import Sandbox

BACK = "http://localhost:3000/v/abc/back"
PERSON = {"name": "陆知远", "id_type": "01", "id_number": "320106199003070012"}


async def begin(face: FaceVerifier, **changes: str) -> FaceOrder:
    values = PERSON | {"order_no": clock.new_id(), "return_url": BACK} | changes
    return await face.initialize(**values)


def form_action(html: str) -> str:
    found = re.search(r'action="(/face/[0-9a-f]+)"', html)
    assert found
    return found[1]


async def press(sandbox: Sandbox, order: FaceOrder, button: str) -> object:
    async with sandbox.http() as phone:
        shown = await phone.get(order.url)
        return await phone.post(form_action(shown.text), data={"result": button})


@pytest.mark.req("R-2.2.3")
@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("pass", FaceAnswer(passed=True)),
        ("fail", FaceAnswer(passed=False, fail_reason="Z1147")),
        ("cancel", FaceAnswer(passed=False, fail_reason="USER_CANCEL")),
    ],
)
async def test_what_the_person_presses_is_what_the_portal_learns(
    sandbox: Sandbox, button: str, expected: FaceAnswer
) -> None:
    face = sandbox.gateways().face
    order = await begin(face)
    assert await face.query(order.certify_id) == FaceAnswer(passed=False)
    async with sandbox.http() as phone:
        shown = await phone.get(order.url)
        assert shown.status_code == 200
        assert "模拟支付宝刷脸" in shown.text
        assert "陆**" in shown.text
        assert "陆知远" not in shown.text
        assert PERSON["id_number"] not in shown.text
        pressed = await phone.post(form_action(shown.text), data={"result": button})
        assert (pressed.status_code, pressed.headers["location"]) == (303, BACK)
        again = await phone.post(form_action(shown.text), data={"result": "pass"})
        assert again.status_code == 303
        assert "不能更改" in (await phone.get(order.url)).text
    assert await face.query(order.certify_id) == expected


@pytest.mark.req("R-2.2.3")
async def test_of_many_simultaneous_presses_one_counts(sandbox: Sandbox) -> None:
    face = sandbox.gateways().face
    order = await begin(face)
    async with sandbox.http() as phone:
        action = form_action((await phone.get(order.url)).text)
        buttons = ["fail", "pass", "cancel"] * 5
        await asyncio.gather(*(phone.post(action, data={"result": button}) for button in buttons))
    first = await face.query(order.certify_id)
    await asyncio.gather(*(press_raw(sandbox, action, button) for button in ("pass", "fail")))
    assert await face.query(order.certify_id) == first


async def press_raw(sandbox: Sandbox, action: str, button: str) -> None:
    async with sandbox.http() as phone:
        await phone.post(action, data={"result": button})


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "//evil.example",
        "ftp://evil.example/",
        "http://",
        "http://user@evil.example/",
        "https://a.example\r\nSet-Cookie: x=1",
        "https://a.example\\@evil.example/",
        "https://a.example;script-src *",
        "http://a.example:99999/",
        'data:text/html,<script>"',
    ],
)
async def test_only_a_web_address_may_be_returned_to(sandbox: Sandbox, url: str) -> None:
    with pytest.raises(GatewayError) as raised:
        await begin(sandbox.gateways().face, return_url=url)
    assert raised.value.failure is GatewayFailure.REFUSED
    assert raised.value.code == "ILLEGAL_ARGUMENT_FORMAT"


async def test_names_and_addresses_are_escaped_in_the_page(sandbox: Sandbox) -> None:
    face = sandbox.gateways().face
    back = "http://localhost:3000/x?a=\"><script>alert('1')</script>".replace(" ", "")
    order = await begin(face, name="<script>alert(1)</script>", return_url=back)
    async with sandbox.http() as phone:
        shown = await phone.get(order.url)
        assert "&lt;**" in shown.text
        assert "script-src" not in shown.headers["content-security-policy"]
        assert "form-action 'self' http://localhost:3000;" in shown.headers["content-security-policy"]
        pressed = await phone.post(form_action(shown.text), data={"result": "pass"})
        assert "<" not in pressed.headers["location"]
        after = await phone.get(order.url)
    assert "<script" not in shown.text + after.text
    assert "&quot;&gt;&lt;script&gt;" in after.text


async def test_without_a_return_address_the_page_shows_the_outcome(sandbox: Sandbox) -> None:
    order = await begin(sandbox.gateways().face, return_url="")
    answer = await press(sandbox, order, "pass")
    assert answer.status_code == 200
    assert "本次认证已通过" in answer.text


async def test_a_tampered_address_shows_nothing(sandbox: Sandbox) -> None:
    face = sandbox.gateways().face
    first, second = await begin(face), await begin(face)
    async with sandbox.http() as phone:
        for url in (
            first.url.replace(first.certify_id, second.certify_id),
            first.url + "&x=1",
            first.url + "&method=" + alipay_open.CERTIFY,
            first.url.split("&sign=")[0],
            f"{sandbox.origin}/gateway.do",
        ):
            answer = await phone.get(url)
            assert answer.status_code == 400
            assert "链接无效" in answer.text
        assert (await phone.post("/face/" + "0" * 32, data={"result": "pass"})).status_code == 400
        action = form_action((await phone.get(first.url)).text)
        assert (await phone.post(action, data={"result": "yes"})).status_code == 400


def age(sandbox: Sandbox, order: FaceOrder, by: timedelta) -> None:
    with sqlite3.connect(sandbox.settings.var_dir / "sandbox.db", timeout=10) as database:
        database.execute(
            "UPDATE face_checks SET created_at = created_at - ? WHERE certify_id = ?",
            (by.total_seconds(), order.certify_id),
        )
    database.close()


@pytest.mark.req("R-2.2.3")
async def test_an_undecided_check_expires_after_23_hours(sandbox: Sandbox) -> None:
    face = sandbox.gateways().face
    order = await begin(face)
    async with sandbox.http() as phone:
        action = form_action((await phone.get(order.url)).text)
        age(sandbox, order, timedelta(hours=23, minutes=1))
        assert (await phone.get(order.url)).status_code == 410
        assert (await phone.post(action, data={"result": "pass"})).status_code == 410
    assert await face.query(order.certify_id) == FaceAnswer(passed=False, expired=True)


async def test_a_decided_check_can_be_asked_for_later(sandbox: Sandbox) -> None:
    face = sandbox.gateways().face
    order = await begin(face)
    await press(sandbox, order, "pass")
    age(sandbox, order, timedelta(days=30))
    assert (await face.query(order.certify_id)).passed


async def test_an_unknown_check_and_a_used_order_number_are_refused(sandbox: Sandbox) -> None:
    face = sandbox.gateways().face
    with pytest.raises(GatewayError) as raised:
        await face.query("0" * 32)
    assert (raised.value.code, raised.value.failure) == ("OPEN_CERTIFY_BILL_NOT_EXIST", GatewayFailure.REFUSED)
    number = clock.new_id()
    await begin(face, order_no=number)
    with pytest.raises(GatewayError):
        await begin(face, order_no=number)


@pytest.mark.parametrize(
    ("id_type", "id_number", "expected"),
    [
        ("01", "320106199003070012", "IDENTITY_CARD"),
        ("06", "H12345678", "HOME_VISIT_PERMIT_HK_MC"),
        ("07", "12345678", "HOME_VISIT_PERMIT_TAIWAN"),
        ("08", "932840199001011234", "PERMANENT_RESIDENCE_FOREIGNER"),
        ("11", "810000199003075617", "RESIDENCE_PERMIT_HK_MC"),
        ("11", "830000198505050101", "RESIDENCE_PERMIT_TAIWAN"),
    ],
)
async def test_every_document_alipay_knows_has_its_code(
    sandbox: Sandbox, id_type: str, id_number: str, expected: str
) -> None:
    assert alipay_open.certificate_type(id_type, id_number) == expected
    assert (await begin(sandbox.gateways().face, id_type=id_type, id_number=id_number)).certify_id


async def test_a_passport_is_refused_before_anything_is_sent(sandbox: Sandbox) -> None:
    with pytest.raises(GatewayError) as raised:
        await begin(sandbox.gateways(face_gateway_url="http://127.0.0.1:9/").face, id_type="03")
    assert raised.value.failure is GatewayFailure.REFUSED
    assert "证件类型" in raised.value.sentence


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


async def test_a_wrong_key_of_ours_is_refused_and_a_wrong_one_of_theirs_not_believed(sandbox: Sandbox) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own = sandbox.settings.model_copy(update={"face_app_id": sandbox.settings.face_app_id})
    face = alipay_open.AlipayOpenFace(
        AlipayClient(
            gateway=f"{sandbox.origin}/gateway.do",
            app_id=own.face_app_id,
            app_key=stranger,
            alipay_key=load_demo_keys(own.var_dir).alipay.public_key(),
            timeout=5,
        )
    )
    with pytest.raises(GatewayError) as raised:
        await begin(face)
    assert (raised.value.failure, raised.value.code) == (
        GatewayFailure.MISCONFIGURED,
        "isv.invalid-signature",
    )
    theirs = stranger.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(GatewayError) as raised:
        await begin(sandbox.gateways(face_alipay_public_key=theirs).face)
    assert (raised.value.failure, raised.value.code) == (GatewayFailure.BAD_ANSWER, "signature")


def signed(sandbox: Sandbox, **changes: object) -> dict[str, str]:
    """Return a query call's parameters, changed and then signed properly."""
    params = {
        "app_id": sandbox.settings.face_app_id,
        "method": alipay_open.QUERY,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": clock.now().astimezone(clock.BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
        "version": "1.0",
        "biz_content": '{"certify_id":"x"}',
    } | {name: str(value) for name, value in changes.items()}
    return params | {"sign": signing.sign(signing.string_to_sign(params), load_demo_keys(sandbox.settings.var_dir).app)}


OLD = (clock.now() - timedelta(minutes=16)).astimezone(clock.BEIJING).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"app_id": "1"}, "isv.invalid-app-id"),
        ({"app_id": ""}, "isv.missing-app-id"),
        ({"timestamp": OLD}, "isv.invalid-timestamp"),
        ({"timestamp": "now"}, "isv.invalid-timestamp"),
        ({"sign_type": "RSA"}, "isv.invalid-signature-type"),
        ({"charset": "gbk"}, "isv.invalid-charset"),
        ({"method": "alipay.trade.pay"}, "isv.invalid-method"),
        ({"biz_content": "{"}, "OPEN_CERTIFY_BILL_NOT_EXIST"),
    ],
)
async def test_the_simulator_is_as_strict_as_the_gateway(
    sandbox: Sandbox, changes: dict[str, str], expected: str
) -> None:
    async with sandbox.http() as client:
        answer = await client.post("/gateway.do", data=signed(sandbox, **changes))
        assert expected in answer.text


@pytest.mark.parametrize("in_body", [True, False])
@pytest.mark.parametrize("nested_as_text", [True, False])
async def test_parameters_may_come_anywhere_and_nested_objects_as_text(
    sandbox: Sandbox, in_body: bool, nested_as_text: bool
) -> None:
    wrap = (lambda value: json.dumps(value)) if nested_as_text else (lambda value: value)
    content = {
        "outer_order_no": clock.new_id(),
        "biz_code": "FACE",
        "identity_param": wrap(
            {
                "identity_type": "CERT_INFO",
                "cert_type": "IDENTITY_CARD",
                "cert_name": "陆知远",
                "cert_no": PERSON["id_number"],
            }
        ),
        "merchant_config": wrap({"return_url": ""}),
    }
    params = signed(sandbox, method=alipay_open.INITIALIZE, biz_content=json.dumps(content))
    async with sandbox.http() as client:
        answer = await client.post("/gateway.do", data=params if in_body else None, params=None if in_body else params)
    assert '"certify_id"' in answer.text


@pytest.fixture
def official_client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> DefaultAlipayClient:
    """Return Alipay's own client. It only ever connects to port 80 and reads the local clock as Beijing's."""
    port = urlsplit(sandbox.origin).port

    def connect(_url: str, query: str, timeout: float) -> tuple[str, http.client.HTTPConnection]:
        return f"/gateway.do?{query}", http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    monkeypatch.setattr(WebUtils, "get_http_connection", connect)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    keys = load_demo_keys(sandbox.settings.var_dir)
    config = AlipayClientConfig()
    config.server_url = f"{sandbox.origin}/gateway.do"
    config.app_id = sandbox.settings.face_app_id
    config.app_private_key = keys.app.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()
    config.alipay_public_key = (
        keys.alipay.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().strip()
    )
    yield DefaultAlipayClient(config)
    monkeypatch.undo()
    time.tzset()


async def test_the_official_sdk_gets_along_with_our_simulator(
    sandbox: Sandbox, official_client: DefaultAlipayClient
) -> None:
    begin_request = AlipayUserCertifyOpenInitializeRequest()
    begin_request.biz_content = {
        "outer_order_no": clock.new_id(),
        "biz_code": "FACE",
        "identity_param": {
            "identity_type": "CERT_INFO",
            "cert_type": "IDENTITY_CARD",
            "cert_name": "陆知远",
            "cert_no": PERSON["id_number"],
        },
        "merchant_config": {"return_url": BACK, "face_reserve_strategy": "never"},
    }
    begun = json.loads(await asyncio.to_thread(official_client.execute, begin_request))
    assert begun["code"] == "10000"
    certify = AlipayUserCertifyOpenCertifyRequest()
    certify.biz_content = {"certify_id": begun["certify_id"]}
    url = official_client.page_execute(certify, http_method="GET")
    await press(sandbox, FaceOrder(begun["certify_id"], url), "pass")
    query = AlipayUserCertifyOpenQueryRequest()
    query.biz_content = {"certify_id": begun["certify_id"]}
    assert json.loads(await asyncio.to_thread(official_client.execute, query))["passed"] == "T"
    query.biz_content = {"certify_id": "0" * 32}
    refused = json.loads(await asyncio.to_thread(official_client.execute, query))
    assert refused["sub_code"] == "OPEN_CERTIFY_BILL_NOT_EXIST"


async def test_our_certify_address_holds_what_the_official_one_does(
    sandbox: Sandbox, official_client: DefaultAlipayClient
) -> None:
    order = await begin(sandbox.gateways().face)
    certify = AlipayUserCertifyOpenCertifyRequest()
    certify.biz_content = {"certify_id": order.certify_id}
    theirs = parse_qs(urlsplit(official_client.page_execute(certify, http_method="GET")).query)
    ours = parse_qs(urlsplit(order.url).query)
    assert ours.keys() == theirs.keys()
    assert ours["biz_content"] == theirs["biz_content"]


async def test_the_portal_asks_alipay_to_keep_no_picture() -> None:
    sent: list[str] = []

    class Recording(AlipayClient):
        def signed(self, method: str, content: object) -> dict[str, str]:
            sent.append(urlencode({"c": json.dumps(content)}))
            return super().signed(method, content)

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    client = Recording(gateway="http://127.0.0.1:9/", app_id="1", app_key=key, alipay_key=key.public_key(), timeout=1)
    for face in (alipay_open.AlipayOpenFace(client), AlipayH5Face(client)):
        with pytest.raises(GatewayError):
            await begin(face)
    assert ["never" in content for content in sent] == [True, True]
