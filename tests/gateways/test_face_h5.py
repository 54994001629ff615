"""The H5 face product end to end: our client and the official SDK against the running simulator."""

import http.client
import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.request.DatadigitalFincloudGeneralsaasFaceCertifyInitializeRequest import (
    DatadigitalFincloudGeneralsaasFaceCertifyInitializeRequest,
)
from alipay.aop.api.request.DatadigitalFincloudGeneralsaasFaceCertifyQueryRequest import (
    DatadigitalFincloudGeneralsaasFaceCertifyQueryRequest,
)
from alipay.aop.api.request.DatadigitalFincloudGeneralsaasFaceCertifyVerifyRequest import (
    DatadigitalFincloudGeneralsaasFaceCertifyVerifyRequest,
)
from alipay.aop.api.util import WebUtils
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from jsrs_portal import clock
from jsrs_portal.gateways.demo_keys import load_demo_keys
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.face.alipay_client import AlipayClient
from jsrs_portal.gateways.face.alipay_h5 import AlipayH5Face
from jsrs_portal.gateways.face.port import FaceAnswer, FaceOrder, FaceVerifier

from .conftest import Sandbox

BACK = "http://localhost:3000/v/abc/back"
PERSON = {"name": "陆知远", "id_type": "01", "id_number": "320106199003070012"}


async def begin(face: FaceVerifier, **changes: str) -> FaceOrder:
    return await face.initialize(**(PERSON | {"order_no": clock.new_id(), "return_url": BACK} | changes))


def h5(sandbox: Sandbox) -> FaceVerifier:
    return sandbox.gateways(face_product="h5").face


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
    face = h5(sandbox)
    order = await begin(face)
    assert order.url.startswith(sandbox.origin + "/face/h5/")
    assert await face.query(order.certify_id) == FaceAnswer(passed=False)
    async with sandbox.http() as phone:
        shown = await phone.get(order.url)
        assert "陆**" in shown.text
        assert "陆知远" not in shown.text
        action = re.search(r'action="(/face/[0-9a-f]+)"', shown.text)
        assert action
        pressed = await phone.post(action[1], data={"result": button})
        assert (pressed.status_code, pressed.headers["location"]) == (303, BACK)
        assert "不能更改" in (await phone.get(order.url)).text
        assert (await phone.get("/face/h5/" + "x" * 43)).status_code == 400
    assert await face.query(order.certify_id) == expected


async def test_an_id_of_one_product_is_unknown_to_the_other(sandbox: Sandbox) -> None:
    first, second = sandbox.gateways().face, h5(sandbox)
    for begun_with, asked in ((first, second), (second, first)):
        order = await begin(begun_with)
        with pytest.raises(GatewayError) as raised:
            await asked.query(order.certify_id)
        assert raised.value.code == "OPEN_CERTIFY_BILL_NOT_EXIST"


@pytest.mark.parametrize("id_type", ["03", "06", "07", "08", "11"])
async def test_only_the_resident_id_is_served_and_nothing_else_is_sent(sandbox: Sandbox, id_type: str) -> None:
    face = sandbox.gateways(face_product="h5", face_gateway_url="http://127.0.0.1:9/").face
    with pytest.raises(GatewayError) as raised:
        await begin(face, id_type=id_type)
    assert raised.value.failure is GatewayFailure.REFUSED
    assert "证件类型" in raised.value.sentence


async def test_a_used_order_number_is_refused(sandbox: Sandbox) -> None:
    number = clock.new_id()
    await begin(h5(sandbox), order_no=number)
    with pytest.raises(GatewayError) as raised:
        await begin(h5(sandbox), order_no=number)
    assert (raised.value.failure, raised.value.code) == (GatewayFailure.REFUSED, "INVALID_PARAMETER")
    with pytest.raises(ValueError, match="order_no"):
        await begin(h5(sandbox), order_no="a-b")


@pytest.mark.parametrize(
    ("gateway", "url", "believed"),
    [
        ("https://openapi.example/gateway.do", "https://render.example/p?x=1", True),
        ("https://openapi.example/gateway.do", "http://render.example/", False),
        ("http://localhost:3001/gateway.do", "http://localhost:3001/face/h5/1", True),
        ("https://openapi.example/gateway.do", "javascript:alert(1)", False),
        ("https://openapi.example/gateway.do", "https://", False),
        ("https://openapi.example/gateway.do", "https://a@b.example/", False),
        ("https://openapi.example/gateway.do", "https://a.example/ b", False),
        ("https://openapi.example/gateway.do", "https://a.example/\r\nx: y", False),
        ("https://openapi.example/gateway.do", "https://[", False),
        ("https://openapi.example/gateway.do", "https://a.example/" + "x" * 2048, False),
        ("https://openapi.example/gateway.do", "", False),
    ],
)
async def test_only_an_address_for_browsers_is_passed_on(
    sandbox: Sandbox, gateway: str, url: str, believed: bool
) -> None:
    class Answering(AlipayClient):
        async def execute(self, method: str, content: Any) -> dict[str, Any]:
            return {"code": "10000", "certify_id": "1", "certify_url": url}

    keys = load_demo_keys(sandbox.settings.var_dir)
    face = AlipayH5Face(
        Answering(gateway=gateway, app_id="1", app_key=keys.app, alipay_key=keys.alipay.public_key(), timeout=1)
    )
    if believed:
        assert (await begin(face)).url == url
        return
    with pytest.raises(GatewayError) as raised:
        await begin(face)
    assert (raised.value.failure, raised.value.code) == (GatewayFailure.BAD_ANSWER, "certify_url")


async def test_the_official_sdk_gets_along_with_our_simulator(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

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
    own = keys.app.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    theirs = keys.alipay.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    config.app_private_key, config.alipay_public_key = own.decode(), theirs.decode().strip()
    client = DefaultAlipayClient(config)
    begin_request = DatadigitalFincloudGeneralsaasFaceCertifyInitializeRequest()
    begin_request.biz_content = {
        "outer_order_no": clock.new_id(),
        "biz_code": "FUTURE_TECH_BIZ_FACE_SDK",
        "identity_param": {
            "identity_type": "CERT_INFO",
            "cert_type": "IDENTITY_CARD",
            "cert_name": PERSON["name"],
            "cert_no": PERSON["id_number"],
        },
        "merchant_config": {"return_url": BACK, "face_reserve_strategy": "never"},
    }
    try:
        certify_id = json.loads(client.execute(begin_request))["certify_id"]
        verify = DatadigitalFincloudGeneralsaasFaceCertifyVerifyRequest()
        verify.biz_content = {"certify_id": certify_id}
        assert json.loads(client.execute(verify))["certify_url"].startswith("http://127.0.0.1")
        query = DatadigitalFincloudGeneralsaasFaceCertifyQueryRequest()
        query.biz_content = {"certify_id": certify_id}
        assert json.loads(client.execute(query))["passed"] == "F"
    finally:
        monkeypatch.undo()
        time.tzset()
