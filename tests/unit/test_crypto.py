"""The encryption port: what is sealed opens only where it was sealed; keys rotate; passwords are slow (rule 7)."""

import json
import os

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsrs_portal import crypto
from jsrs_portal.settings import get_settings

PLACE = {"table": "persons", "column": "name_cipher", "row": "1" * 32}
SECRETS = {"d1": "first-secret", "d2": "second-secret"}


def use(monkeypatch, **values) -> None:
    """Set settings by their names in the environment, and derive the keys anew."""
    for name, value in values.items():
        monkeypatch.setenv(f"JSRS_{name.upper()}", value if isinstance(value, str) else json.dumps(value))
    get_settings.cache_clear()
    crypto.keyring.cache_clear()
    crypto._nobodys_hash.cache_clear()


@pytest.fixture(autouse=True)
def _keys():
    """Keys of these tests' own; the process's settings come back afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [known for known in os.environ if known.startswith("JSRS_")]:
            patch.delenv(name)
        use(patch, data_keys=SECRETS, data_key_id="d1", bcrypt_cost="4")
        yield
    use(pytest.MonkeyPatch())


@pytest.fixture(params=["aes", "sm4"])
def cipher(request, monkeypatch):
    """Both algorithms."""
    use(monkeypatch, data_cipher=request.param)
    return request.param


@given(st.text())
def test_every_text_comes_back(plain):
    assert crypto.decrypt(crypto.encrypt(plain, **PLACE), **PLACE) == plain


def test_both_algorithms_bring_a_text_back(cipher):
    assert crypto.decrypt(crypto.encrypt("苏婉清", **PLACE), **PLACE) == "苏婉清"


def test_the_same_text_is_sealed_differently_every_time(cipher):
    assert len({crypto.encrypt("苏婉清", **PLACE) for _ in range(100)}) == 100


@pytest.mark.parametrize("other", [{"table": "units"}, {"column": "mobile_cipher"}, {"row": "2" * 32}])
def test_a_value_moved_elsewhere_does_not_open(cipher, other):
    sealed = crypto.encrypt("苏婉清", **PLACE)
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(sealed, **PLACE | other)


def test_any_altered_byte_is_noticed(cipher):
    sealed = crypto.encrypt("苏婉清", **PLACE)
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(crypto.CannotDecrypt):
            crypto.decrypt(bytes(altered), **PLACE)


def test_a_value_cut_short_is_noticed_wherever_it_is_cut(monkeypatch):
    use(monkeypatch, data_keys={"a-rather-long-key-name": "secret"}, data_key_id="a-rather-long-key-name")
    sealed = crypto.encrypt("苏婉清", **PLACE)
    for length in range(len(sealed)):
        with pytest.raises(crypto.CannotDecrypt):
            crypto.decrypt(sealed[:length], **PLACE)


@given(st.binary(max_size=80))
def test_no_bytes_at_all_raise_anything_else(raw):
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(raw, **PLACE)


def test_what_went_wrong_is_said_without_the_value(cipher):
    with pytest.raises(crypto.CannotDecrypt) as caught:
        crypto.decrypt(crypto.encrypt("苏婉清", **PLACE), **PLACE | {"row": "secret row"})
    assert "苏婉清" not in str(caught.value)
    assert "secret row" not in str(caught.value)


def test_after_a_rotation_old_and_new_values_open(monkeypatch):
    old = crypto.encrypt("旧", **PLACE)
    use(monkeypatch, data_key_id="d2")
    new = crypto.encrypt("新", **PLACE)
    assert (old[2:4], new[2:4]) == (b"d1", b"d2")
    assert (crypto.decrypt(old, **PLACE), crypto.decrypt(new, **PLACE)) == ("旧", "新")


def test_after_a_change_of_algorithm_old_and_new_values_open(monkeypatch):
    old = crypto.encrypt("旧", **PLACE)
    use(monkeypatch, data_cipher="sm4")
    new = crypto.encrypt("新", **PLACE)
    assert old[0] != new[0]
    assert (crypto.decrypt(old, **PLACE), crypto.decrypt(new, **PLACE)) == ("旧", "新")


def test_the_prefix_tells_what_a_value_was_sealed_with(monkeypatch, cipher):
    assert crypto.encrypt("旧", **PLACE).startswith(crypto.current_prefix())
    before = crypto.current_prefix()
    use(monkeypatch, data_key_id="d2")
    assert not crypto.encrypt("新", **PLACE).startswith(before)


def test_a_value_of_a_key_that_is_gone_does_not_open(monkeypatch):
    sealed = crypto.encrypt("苏婉清", **PLACE)
    use(monkeypatch, data_keys={"d2": SECRETS["d2"]}, data_key_id="d2")
    with pytest.raises(crypto.CannotDecrypt, match="not configured"):
        crypto.decrypt(sealed, **PLACE)


def test_a_key_of_the_same_name_with_another_secret_does_not_open_it(monkeypatch):
    sealed = crypto.encrypt("苏婉清", **PLACE)
    use(monkeypatch, data_keys={"d1": "another-secret"})
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(sealed, **PLACE)


def test_a_key_may_have_a_chinese_name_or_is_refused(monkeypatch):
    """What is written with it must open again, or the setting must be refused: anything else loses data."""
    try:
        use(monkeypatch, data_keys={"密钥1": "secret"}, data_key_id="密钥1")
        sealed = crypto.encrypt("苏婉清", **PLACE)
    except ValueError:
        return
    assert crypto.decrypt(sealed, **PLACE) == "苏婉清"


@pytest.mark.parametrize("missing", [{"data_key_id": "d9"}, {"password_pepper_id": "p9"}])
def test_without_the_current_key_there_is_no_keyring(monkeypatch, missing):
    use(monkeypatch, **missing)
    with pytest.raises(KeyError):
        crypto.keyring()


# Blind indexes and signatures


def test_a_blind_index_is_the_same_every_time_and_different_for_everything_else():
    assert crypto.blind_index("mobile", "13800000001") == crypto.blind_index("mobile", "13800000001")
    others = {("mobile", "13800000002"), ("document", "13800000001"), ("mobile", ""), ("", "mobile13800000001")}
    indexes = {crypto.blind_index(*other) for other in others} | {crypto.blind_index("mobile", "13800000001")}
    assert len(indexes) == 5
    assert all(len(index) == 64 for index in indexes)


def test_a_blind_index_depends_on_its_key_and_on_no_other(monkeypatch):
    before = crypto.blind_index("mobile", "13800000001")
    use(monkeypatch, data_key_id="d2", secret_key="another", password_peppers={"p1": "another"})
    assert crypto.blind_index("mobile", "13800000001") == before
    use(monkeypatch, index_key="another")
    assert crypto.blind_index("mobile", "13800000001") != before


def test_every_purpose_has_a_key_of_its_own(monkeypatch):
    use(monkeypatch, data_keys={"d1": "same"}, index_key="same", secret_key="same", password_peppers={"p1": "same"})
    keys = crypto.keyring()
    derived = [*keys.data.values(), keys.index, keys.signing, keys.audit, *keys.peppers.values()]
    assert len(set(derived)) == len(derived)


def test_a_signature_holds_for_its_purpose_and_message_only():
    signature = crypto.sign("visitor", "token")
    assert len(signature) == 43
    assert crypto.signature_holds("visitor", "token", signature)
    for wrong in (("other", "token", signature), ("visitor", "tokem", signature), ("visitor", "token", signature[:-1])):
        assert not crypto.signature_holds(*wrong)
    assert not crypto.signature_holds("visitor", "token", "")
    assert not crypto.signature_holds("visitor", "token", "签名")


def test_a_signature_dies_with_its_key(monkeypatch):
    signature = crypto.sign("visitor", "token")
    use(monkeypatch, secret_key="another")
    assert not crypto.signature_holds("visitor", "token", signature)


# Passwords


@pytest.mark.parametrize("password", ["gB7~nR2_xW5^pL8", "a" * 72, "a" * 73, "密" * 100, ""])
def test_passwords_of_any_length_are_told_apart(password):
    """bcrypt itself stops or raises after 72 bytes."""
    stored = crypto.hash_password(password)
    assert crypto.verify_password(password, stored)
    assert not crypto.verify_password(password + "x", stored)
    assert not crypto.verify_password(password[:-1] + "y", stored)


def test_a_hash_names_its_pepper_and_is_salted():
    first, second = crypto.hash_password("gB7~nR2_xW5^pL8"), crypto.hash_password("gB7~nR2_xW5^pL8")
    assert first != second
    assert first.startswith("p1:$2b$04$")
    assert len(first) <= 128


def test_after_a_change_of_pepper_old_passwords_still_work(monkeypatch):
    old = crypto.hash_password("gB7~nR2_xW5^pL8")
    both = {"p1": "pepper-demo-only", "p2": "another"}
    use(monkeypatch, password_peppers=both, password_pepper_id="p2")
    assert crypto.verify_password("gB7~nR2_xW5^pL8", old)
    assert crypto.hash_password("gB7~nR2_xW5^pL8").startswith("p2:")
    use(monkeypatch, password_peppers={"p2": "another"})
    assert not crypto.verify_password("gB7~nR2_xW5^pL8", old)


def test_a_stolen_hash_cannot_be_tried_without_the_pepper():
    _, _, digest = crypto.hash_password("gB7~nR2_xW5^pL8").partition(":")
    assert not bcrypt.checkpw(b"gB7~nR2_xW5^pL8", digest.encode())


def test_without_an_account_the_comparison_is_carried_out_all_the_same(monkeypatch):
    crypto.warm_up()
    seen = []
    original = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda *what: seen.append(what[1]) or original(*what))
    assert not crypto.verify_password("gB7~nR2_xW5^pL8", None)
    (compared,) = seen
    assert compared.startswith(b"$2b$04$")
    assert crypto._nobodys_hash.cache_info().misses == 1


def test_the_hash_of_nobody_is_nobodys_password():
    nobody = crypto._nobodys_hash()
    assert not crypto.verify_password("", nobody)
    assert not crypto.verify_password("", None)
