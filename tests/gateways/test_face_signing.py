"""RSA2 as Alipay defines it: what is signed, byte for byte, and what of an answer is verified."""

import base64
import hashlib
import json

import pytest
from alipay.aop.api.util.SignatureUtils import get_sign_content, sign_with_rsa2
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from jsrs_portal.gateways.face import signing

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PARAMS = {
    "app_id": "2014072300007148",
    "biz_content": '{"certify_id":"2109b5e671aa3ff2eb4851816c65828f"}',
    "charset": "utf-8",
    "format": "JSON",
    "method": "alipay.user.certify.open.query",
    "sign_type": "RSA2",
    "timestamp": "2026-01-01 12:00:00",
    "version": "1.0",
}
NODE = "alipay_user_certify_open_query_response"


def pkcs1(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def test_string_to_sign_is_the_published_one() -> None:
    text = signing.string_to_sign(PARAMS | {"sign": "x", "notify_url": ""})
    expected = "ef02ede34cee2ce3b34d51761b44f28bcdb76407a0055325dc06d3331da91b27"
    assert hashlib.sha256(text.encode()).hexdigest() == expected


@pytest.mark.parametrize("biz_content", [PARAMS["biz_content"], '{"cert_name":"陆知远","a":"& =+%/"}'])
def test_our_signature_equals_the_official_sdks(biz_content: str) -> None:
    params = PARAMS | {"biz_content": biz_content}
    text = signing.string_to_sign(params)
    assert text == get_sign_content(params)
    ours = signing.sign(text, KEY)
    assert ours == sign_with_rsa2(pkcs1(KEY).decode(), text, "utf-8")
    assert signing.verifies(text, ours, KEY.public_key())
    assert not signing.verifies(text + " ", ours, KEY.public_key())
    assert not signing.verifies(text, "no base64 !", KEY.public_key())
    assert not signing.verifies(text, "", KEY.public_key())


def test_keys_are_read_as_pem_and_as_bare_base64() -> None:
    private = [pkcs1(KEY), KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())]
    private += [
        base64.b64encode(KEY.private_bytes(Encoding.DER, form, NoEncryption()))
        for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)
    ]
    for text in private:
        assert signing.load_private_key(text.decode()).private_numbers() == KEY.private_numbers()
    public = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    loaded = signing.load_public_key(base64.b64encode(public).decode())
    assert loaded.public_numbers() == KEY.public_key().public_numbers()


@pytest.mark.parametrize("text", ["", "AAAA", "-----BEGIN X-----", "密钥"])
def test_an_unreadable_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ValueError, match="face gateway"):
        signing.load_private_key(text)
    with pytest.raises(ValueError, match="face gateway"):
        signing.load_public_key(text)


def test_a_short_key_is_refused() -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the point of the test
    with pytest.raises(ValueError, match="2048"):
        signing.load_private_key(pkcs1(weak).decode())


@pytest.mark.parametrize(
    "raw",
    [
        '{"code":"10000","msg":"Success"}',
        r'{"url":"https:\/\/a.example\/x","q":"a \" quote"}',
        r'{"a":"}","b":"{\"sign\":\"no\"},\"sign\":\"no\"","c":"\\"}',
        r'{"end":"\\\\","deep":{"x":[{"y":"]}"},[1,2,{}]],"z":{}}}',
        '{ "sp" :\t[ ] ,\n"n" : -1.5e3 , "t":true,"u":null }',
        '{"中文":"花括号{}与引号“”"}',
        "{}",
    ],
)
@pytest.mark.parametrize("frame", ['{"%s":@,"sign":"c2ln"}', '\n{ "sign" : "c2ln" , "alipay_cert_sn":"1","%s" : @ }\n'])
def test_the_signed_text_is_cut_out_character_for_character(raw: str, frame: str) -> None:
    body = (frame % NODE).replace("@", raw)
    assert signing.reply_parts(body, NODE) == (raw, "c2ln")


def test_a_fault_of_the_gateway_comes_as_error_response_and_perhaps_unsigned() -> None:
    assert signing.reply_parts('{"error_response":{"code":"40002"}}', NODE) == ('{"code":"40002"}', "")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "<html>",
        '{"sign":"x"}',
        f'{{"{NODE}":"encrypted","sign":"x"}}',
        f'{{"{NODE}":{{}},"sign":1}}',
        f'{{"{NODE}":{{}},"sign":"x"}} trailing',
        f'{{"{NODE}":{{}},"{NODE}":{{"passed":"T"}},"sign":"x"}}',
        f'{{"{NODE}":{{}},"sign":"x","s\\u0069gn":"y"}}',
        f'{{"{NODE}":{{',
        "{" * 100_000,
    ],
)
def test_anything_ambiguous_or_broken_is_malformed(body: str) -> None:
    with pytest.raises(signing.MalformedReply):
        signing.reply_parts(body, NODE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=5), st.booleans())
def test_members_are_cut_at_the_right_places_whatever_the_json(value: dict, ascii_only: bool) -> None:
    cut = signing.members(json.dumps(value, ensure_ascii=ascii_only))
    assert {name: json.loads(raw) for name, raw in cut.items()} == value
