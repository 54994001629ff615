"""Targets: what outside systems answer. Nothing but a GatewayError comes out, and nothing false is believed."""

import json
from typing import Any

from hypothesis import strategies as st

from jsrs_portal import clock
from jsrs_portal.gateways import http, signed_json
from jsrs_portal.gateways.business_registry.port import RegistryAnswer
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure
from jsrs_portal.gateways.face import signing
from jsrs_portal.gateways.face.port import FaceAnswer, FaceOrder
from jsrs_portal.gateways.identity.port import IdentityAnswer
from jsrs_portal.gateways.sms import signing as acs3
from jsrs_portal.gateways.sms import tc3
from jsrs_portal.gateways.sms.port import SmsDelivery, SmsReceipt
from tests.fuzz.targets import TEXT, Target, as_bytes, as_json, as_text, dumped, json_values
from tests.gateways import test_parsers as known

_NODES = ["n", "error_response", "sign", ""]
_STATUSES = (200, 200, 204, 400, 401, 404, 422, 429)


def _signed_substring(data: bytes) -> None:
    """The text that is verified is the very text that is read: cut out, it means what the whole body says."""
    body = as_text(data)
    for node in _NODES:
        try:
            raw, signature = signing.reply_parts(body, node)
        except signing.MalformedReply:
            continue
        whole = json.loads(body)
        assert raw in body
        assert isinstance(signature, str)
        read = signing.parse_object(raw)
        assert repr(read) == repr(whole[node] if node in whole else whole["error_response"])
        assert signature == whole.get("sign", "")


_MEMBER = st.tuples(st.sampled_from([*_NODES, "n", "\\u006e", 'a"b']), json_values(_NODES))
_BODY = st.lists(_MEMBER, max_size=5).map(
    lambda members: as_bytes("{" + " , ".join(f'"{name}" : {json.dumps(value)}' for name, value in members) + "}")
)


def _sms(data: bytes) -> None:
    """The first byte chooses the status; a receipt needs a 200 and a number of the provider's."""
    status, body = _STATUSES[data[0] % len(_STATUSES)] if data else 200, data[1:]
    for sms in (known.ALIYUN, known.TENCENT):
        sent = known.answered(lambda sms=sms: sms.send(**known.SENT), lambda **_: http.Answer(status, {}, body))
        assert isinstance(sent, SmsReceipt | GatewayError)
        assert not isinstance(sent, SmsReceipt) or (status == 200 and sent.biz_id)
        found = known.answered(lambda sms=sms: sms.lookup(**known.LOOKED), lambda **_: http.Answer(status, {}, body))
        assert isinstance(found, SmsDelivery | GatewayError)


def _face(data: bytes) -> None:
    """Unsigned, nothing is believed but the gateway's own fault; signed, only a plain yes is a passed check."""
    value = as_json(data)
    bodies = [(data, None)]
    if isinstance(value, dict):
        bodies += [(known.alipay_body(value, signed), value if signed else None) for signed in (True, False)]
    for face in known.FACES.values():
        for body, believed in bodies:
            begun = known.answered(lambda face=face: face.initialize(**known.BEGUN), lambda **_: _ok(body))  # noqa: B023
            asked = known.answered(lambda face=face: face.query("x"), lambda **_: _ok(body))  # noqa: B023
            assert isinstance(begun, FaceOrder | GatewayError)
            assert isinstance(asked, FaceAnswer | GatewayError)
            if believed is None:
                assert isinstance(begun, GatewayError)
                assert isinstance(asked, GatewayError)
            elif isinstance(asked, FaceAnswer):
                assert asked.passed == (believed.get("passed") == "T" and believed.get("code") == "10000")


def _ok(body: bytes) -> http.Answer:
    return http.Answer(200, {}, body)


def _signed_json(data: bytes) -> None:
    """Signed for this request, an answer is read strictly; not signed, it is never believed. First byte: the status."""
    status, body = _STATUSES[data[0] % len(_STATUSES)] if data else 200, data[1:]

    def signed(*, headers: dict[str, str], **_: Any) -> http.Answer:
        nonce, timestamp = headers["X-Nonce"], str(int(clock.now().timestamp()))
        mac = signed_json.answer_signature(known.SECRET, status=status, nonce=nonce, timestamp=timestamp, body=body)
        return http.Answer(status, {"x-nonce": nonce, "x-timestamp": timestamp, "x-signature": mac}, body)

    def forged(*, headers: dict[str, str], **_: Any) -> http.Answer:
        text = as_text(data).encode("utf-8", "replace").decode()
        said = {"x-nonce": headers["X-Nonce"], "x-timestamp": text[:12], "x-signature": text}
        return http.Answer(status, said, body)

    for call in known.SIGNED_CALLS.values():
        found = known.answered(call, signed)
        assert isinstance(found, RegistryAnswer | IdentityAnswer | GatewayError)
        assert status == 200 or isinstance(found, GatewayError)
        refused = known.answered(call, forged)
        assert isinstance(refused, GatewayError)
        assert refused.failure is (GatewayFailure.MISCONFIGURED if status == 401 else GatewayFailure.BAD_ANSWER)


def _authorizations(data: bytes) -> None:
    """A made-up signature is nobody's, whatever header or request carries it."""
    text = as_text(data)
    headers = {"host": "a", "x-acs-content-sha256": text, "content-type": text}
    assert not acs3.verifies(text, secret="s", method="POST", path="/", query={"a": "b"}, headers=headers)
    for timestamp in (text, "1772409600"):
        assert not tc3.verifies(text, secret="s", service="sms", timestamp=timestamp, headers=headers, body=data)
    for claimed in (acs3.claimed_key(text), tc3.claimed_id(text)):
        assert claimed is None or claimed in text
    plain = {"x-app-id": "a", "x-timestamp": text, "x-nonce": text, "x-signature": text}
    assert signed_json.request_fault(plain, path="/p", body=data, app_id="a", secret=known.SECRET)
    assert not signing.verifies("text", text, known.KEY.public_key())


_ACS = "ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host;x-acs-action,Signature=" + "0" * 64
_TC = "TC3-HMAC-SHA256 Credential=i/2026-03-02/sms/tc3_request, SignedHeaders=content-type;host, Signature=" + "0" * 64
_STATUS_BYTE = st.integers(0, len(_STATUSES) - 1).map(lambda number: bytes([number]))


def _with_status(bodies: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.tuples(_STATUS_BYTE, bodies).map(b"".join)


TARGETS = (
    Target(
        "signed substring",
        _signed_substring,
        _BODY | known.BODIES,
        (
            b'{"n":{"a":"}"},"sign":"x"}',
            b'{"error_response":{"code":"20000"}}',
            b'{"n":{"a":[1,{"b":"\\""}]},"sign":""}',
        ),
    ),
    Target(
        "sms answers",
        _sms,
        _with_status(known.BODIES | known.DETAILS | known.REPORTS | known.STATUSES),
        (
            b'\x00{"Code":"OK","BizId":"1"}',
            b'\x00{"Code":"OK","SmsSendDetailDTOs":{"SmsSendDetailDTO":[{"OutId":"o","SendStatus":3}]}}',
            b'\x00{"Response":{"SendStatusSet":[{"Code":"Ok","SerialNo":"1"}]}}',
            b'\x00{"Response":{"Error":{"Code":"LimitExceeded"}}}',
        ),
    ),
    Target(
        "face answers",
        _face,
        dumped(known.REPLIES | known.OBJECTS) | known.BODIES,
        (b'{"code":"10000","passed":"T"}', b'{"code":"40004","sub_code":"CERTIFY_ID_EXPIRED"}', b'{"code":"20000"}'),
    ),
    Target(
        "signed answers",
        _signed_json,
        _with_status(known.BODIES | known.CHECKED.map(known.dump)),
        (
            b'\x00{"found":false,"active":false,"matches":{"name":false,"legal_rep_name":false,"legal_rep_id":false}}',
            b'\x00{"result":"MATCH"}',
            b'\x05{"code":"X","message":"y"}',
        ),
    ),
    Target(
        "authorizations",
        _authorizations,
        (TEXT | st.tuples(st.sampled_from([_ACS, _TC]), TEXT).map("".join)).map(as_bytes),
        (_ACS.encode(), _TC.encode(), b"0" * 32, b"1772000000"),
    ),
)
