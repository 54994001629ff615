"""Whatever an outside system answers, nothing but GatewayError comes out of a client, and nothing false is believed."""

import json
from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jsrs_portal import clock
from jsrs_portal.gateways import http, signed_json
from jsrs_portal.gateways.business_registry.port import RegistryAnswer
from jsrs_portal.gateways.business_registry.signed import SignedBusinessRegistry
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.face import alipay_h5, alipay_open, signing
from jsrs_portal.gateways.face.alipay_client import AlipayClient
from jsrs_portal.gateways.face.port import FaceAnswer, FaceOrder
from jsrs_portal.gateways.identity.port import IdentityAnswer
from jsrs_portal.gateways.identity.signed import SignedIdentityVerifier
from jsrs_portal.gateways.legacy.port import LegacyAnswer
from jsrs_portal.gateways.legacy.signed import SignedLegacySystem
from jsrs_portal.gateways.sms import aliyun, tencent
from jsrs_portal.gateways.sms.port import SmsDelivery, SmsReceipt

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SECRET = "0123456789abcdef0123456789abcdef"
FEW, MANY = settings(max_examples=50, deadline=None), settings(max_examples=100, deadline=None)

WORDS = [
    "",
    "OK",
    "Ok",
    "T",
    "F",
    "10000",
    "40004",
    "20000",
    "isv.X",
    "isp.X",
    "MATCH",
    "²",
    "٣",
    "1",
    "9" * 30,
    "\ud800",
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(WORDS)
)
NAMES = [
    *("Code", "BizId", "SmsSendDetailDTOs", "SmsSendDetailDTO", "SendStatus", "OutId", "Response", "Error"),
    *("SendStatusSet", "PullSmsSendStatusSet", "SerialNo", "SessionContext", "ReportStatus", "code", "sub_code"),
    *("certify_id", "certify_url", "passed", "fail_reason", "sign", "error_response", "result", "found", "active"),
    *("matches", "facts", "name", "legal_rep_name", "legal_rep_id", "established_on", "registered_address"),
    *("authority_name", "authority_region", "economic_type", "industry_code"),
]
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=20,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8)


def dump(value: object) -> bytes:
    return json.dumps(value).encode()


BODIES = st.one_of(
    st.binary(max_size=60),
    JSON.map(dump),
    OBJECTS.map(dump),
    OBJECTS.map(lambda value: dump(value)[:-3]),
    st.sampled_from([b"[" * 20_000, b'{"a":' * 5_000, b'{"Code":' + b"9" * 5000 + b"}", b"\xef\xbb\xbf{}", b"NaN"]),
)


def answered(call: Callable[[], Coroutine[Any, Any, Any]], answer: Callable[..., http.Answer]) -> Any:
    """Make a call that is answered by ``answer``; return what it gives, or the GatewayError."""

    async def respond(_system: System, _method: str, _url: str, **given: Any) -> http.Answer:
        return answer(**given)

    coroutine = call()
    try:
        with patch.object(http, "call", respond):
            coroutine.send(None)  # nothing is really waited for, so no event loop is needed
    except StopIteration as end:
        return end.value
    except GatewayError as error:
        sentence, message = error.sentence, str(error)
        result = error
    else:
        raise AssertionError("the client waited for something else than the answer")
    assert sentence.endswith("。")
    assert len(message) < 140
    return result


SENT = {"phone": "13812345678", "template_code": "t", "params": {"code": "1"}, "out_id": "o"}
LOOKED = {"phone": "13812345678", "sent_on": date(2026, 3, 2), "biz_id": None, "out_id": "o"}
ALIYUN = aliyun.AliyunSms(endpoint="https://a.example/", access_key="k", secret="s", sign_name="n", timeout=1)
TENCENT = tencent.TencentSms(
    endpoint="https://b.example/",
    secret_id="i",
    secret="s",
    region="r",
    app_id="1",
    sign_name="n",
    templates={"t": tencent.Template("1", ("code",))},
    timeout=1,
)


ODD = {"OutId": "o", "SendStatus": "²"}
"""A digit to ``isdigit``, no number to ``int``."""
DETAILS = st.lists(OBJECTS, max_size=3).map(
    lambda found: dump({"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": [{"OutId": "o"} | f for f in found]}})
)
REPORTS = st.lists(OBJECTS, max_size=3).map(
    lambda found: dump({"Response": {"PullSmsSendStatusSet": [{"SessionContext": "o"} | f for f in found]}})
)
STATUSES = st.lists(OBJECTS, max_size=2).map(lambda found: dump({"Response": {"SendStatusSet": found}}))


@pytest.mark.parametrize("sms", [ALIYUN, TENCENT], ids=["aliyun", "tencent"])
@MANY
@given(body=BODIES | DETAILS | REPORTS | STATUSES, status=st.sampled_from([200, 200, 200, 400, 404]))
@example(body=dump({"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": [ODD]}}), status=200)
def test_sms_answers(sms: Any, body: bytes, status: int) -> None:
    sent = answered(lambda: sms.send(**SENT), lambda **_: http.Answer(status, {}, body))
    assert isinstance(sent, SmsReceipt | GatewayError)
    if isinstance(sent, SmsReceipt):
        assert status == 200
        assert sent.biz_id
    found = answered(lambda: sms.lookup(**LOOKED), lambda **_: http.Answer(status, {}, body))
    assert isinstance(found, SmsDelivery | GatewayError)


@MANY
@given(BODIES | st.text(max_size=60).map(str.encode), st.sampled_from(["n", "error_response", "certify_id", ""]))
def test_the_scanner_of_signed_text_finds_text_that_is_there_or_says_malformed(body: bytes, node: str) -> None:
    text = body.decode("utf-8", "replace")
    try:
        raw, signature = signing.reply_parts(text, node)
    except signing.MalformedReply:
        return
    except ValueError as error:  # pragma: no cover - the point of the test
        pytest.fail(f"{type(error).__name__} instead of MalformedReply")
    assert raw in text
    assert isinstance(json.loads(raw), dict)
    assert isinstance(signature, str)


@MANY
@given(OBJECTS, st.text(max_size=20), st.integers(0, 3), st.booleans(), st.sampled_from(["", " ", "\n\t"]))
def test_what_is_signed_is_what_is_read(value: dict, signature: str, place: int, ascii_only: bool, space: str) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only).replace("/", "\\/")
    members = [f'"other":{dump(value).decode()}', f'"sign":{json.dumps(signature)}', '"cert":"}"']
    members.insert(place, f'"node"{space}:{space}{raw}')
    assert signing.reply_parts("{" + f"{space},{space}".join(members) + "}", "node") == (raw, signature)


CLIENT = AlipayClient(
    gateway="https://c.example/gateway.do", app_id="1", app_key=KEY, alipay_key=KEY.public_key(), timeout=1
)
FACES = {"open": alipay_open.AlipayOpenFace(CLIENT), "h5": alipay_h5.AlipayH5Face(CLIENT)}
BEGUN = {"order_no": "1", "name": "陆知远", "id_type": "01", "id_number": "320106199003070012", "return_url": ""}
NODES = [
    method.replace(".", "_") + "_response"
    for module in (alipay_open, alipay_h5)
    for method in (module.INITIALIZE, module.QUERY, getattr(module, "VERIFY", module.QUERY))
]


def alipay_body(value: dict, signed: bool) -> bytes:
    """An answer for any method: every node holds the same object, signed properly or with something else."""
    raw = json.dumps(value)
    signature = signing.sign(raw if signed else raw + " ", KEY)
    return ("{" + ",".join(f'"{node}":{raw}' for node in set(NODES)) + f',"sign":"{signature}"}}').encode()


REPLIES = st.fixed_dictionaries(
    {"code": st.sampled_from(["10000", "40004", "20000", "40002", "x"])},
    optional={
        "sub_code": st.sampled_from(["CERTIFY_ID_EXPIRED", "UNKNOWN_ERROR", "NEW"]) | JSON,
        "certify_id": st.sampled_from(["abc", "a b"]) | JSON,
        "certify_url": st.sampled_from(["https://a.example/", "https://[", "javascript:1"]) | st.text() | JSON,
        "passed": st.sampled_from(["T", "F"]) | JSON,
        "fail_reason": JSON,
    },
)


@pytest.mark.parametrize("product", FACES)
@FEW
@given(value=REPLIES | OBJECTS, signed=st.booleans())
def test_signed_face_answers(product: str, value: dict, signed: bool) -> None:
    face, body = FACES[product], alipay_body(value, signed)
    begun = answered(lambda: face.initialize(**BEGUN), lambda **_: http.Answer(200, {}, body))
    asked = answered(lambda: face.query("x"), lambda **_: http.Answer(200, {}, body))
    assert isinstance(begun, FaceOrder | GatewayError)
    assert isinstance(asked, FaceAnswer | GatewayError)
    if not signed:
        assert isinstance(begun, GatewayError)
        assert isinstance(asked, GatewayError)
        assert asked.failure is GatewayFailure.BAD_ANSWER
    if isinstance(asked, FaceAnswer):
        assert asked.passed == (value.get("passed") == "T" and value["code"] == "10000")


@pytest.mark.parametrize("product", FACES)
@FEW
@given(body=BODIES)
def test_unsigned_face_answers(product: str, body: bytes) -> None:
    for call in (lambda: FACES[product].initialize(**BEGUN), lambda: FACES[product].query("x")):
        assert isinstance(answered(call, lambda **_: http.Answer(200, {}, body)), GatewayError)


def json_client(system: System) -> signed_json.SignedJsonClient:
    return signed_json.SignedJsonClient(system, base="https://d.example", app_id="a", secret=SECRET, timeout=1)


REGISTRY = SignedBusinessRegistry(json_client(System.REGISTRY))
IDENTITY = SignedIdentityVerifier(json_client(System.IDENTITY))
LEGACY = SignedLegacySystem(json_client(System.LEGACY))
SIGNED_CALLS: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
    "registry": lambda: REGISTRY.check(
        uscc="1", name="n", legal_rep_id_type="01", legal_rep_id_number="1", legal_rep_name="n"
    ),
    "identity": lambda: IDENTITY.verify(name="n", id_type="01", id_number="1"),
    "legacy": lambda: LEGACY.check(username="n", password="p"),
}
STATUS = st.sampled_from([200, 200, 200, 204, 400, 401, 404, 422])
FLAGS = st.booleans() | JSON
CHECKED = st.fixed_dictionaries(
    {
        "found": FLAGS,
        "active": FLAGS,
        "matches": st.fixed_dictionaries({"name": FLAGS, "legal_rep_name": FLAGS, "legal_rep_id": FLAGS}) | JSON,
    },
    optional={"facts": JSON, "result": JSON},
)
PERSON = st.fixed_dictionaries({"id_type": st.sampled_from(["01", "99"]) | JSON, "id_number": JSON, "name": JSON})
OLD_UNIT = st.fixed_dictionaries({"number": JSON, "uscc": JSON, "name": JSON, "legal_rep": PERSON | JSON})
PROVED = st.fixed_dictionaries(
    {"right": FLAGS}, optional={"account": JSON, "units": st.lists(OLD_UNIT | JSON, max_size=3) | JSON}
)


@pytest.mark.parametrize("system", SIGNED_CALLS)
@MANY
@given(body=BODIES | CHECKED.map(dump) | PROVED.map(dump), status=STATUS)
def test_answers_signed_properly_whatever_they_hold(system: str, body: bytes, status: int) -> None:
    def answer(*, headers: dict[str, str], **_: Any) -> http.Answer:
        nonce, timestamp = headers["X-Nonce"], str(int(clock.now().timestamp()))
        mac = signed_json.answer_signature(SECRET, status=status, nonce=nonce, timestamp=timestamp, body=body)
        return http.Answer(status, {"x-nonce": nonce, "x-timestamp": timestamp, "x-signature": mac}, body)

    found = answered(SIGNED_CALLS[system], answer)
    assert isinstance(found, RegistryAnswer | IdentityAnswer | LegacyAnswer | GatewayError)
    assert not isinstance(found, LegacyAnswer) or found.right is bool(found.account)
    if status != 200:
        assert isinstance(found, GatewayError)


@pytest.mark.parametrize("system", SIGNED_CALLS)
@MANY
@given(
    body=BODIES,
    status=STATUS,
    header=st.fixed_dictionaries(
        {}, optional={"x-nonce": st.text(), "x-timestamp": st.text() | st.integers().map(str), "x-signature": st.text()}
    ),
    own_nonce=st.booleans(),
)
def test_answers_not_signed_for_this_request_are_never_believed(
    system: str, body: bytes, status: int, header: dict[str, str], own_nonce: bool
) -> None:
    def answer(*, headers: dict[str, str], **_: Any) -> http.Answer:
        return http.Answer(status, header | ({"x-nonce": headers["X-Nonce"]} if own_nonce else {}), body)

    found = answered(SIGNED_CALLS[system], answer)
    assert isinstance(found, GatewayError)
    assert found.failure is (GatewayFailure.MISCONFIGURED if status == 401 else GatewayFailure.BAD_ANSWER)


@MANY
@given(
    st.dictionaries(st.sampled_from(["x-app-id", "x-timestamp", "x-nonce", "x-signature"]), st.text(), max_size=4),
    st.binary(max_size=20),
)
def test_the_server_never_believes_an_unsigned_request(headers: dict[str, str], body: bytes) -> None:
    assert signed_json.request_fault(headers | {"x-app-id": "a"}, path="/p", body=body, app_id="a", secret=SECRET)
