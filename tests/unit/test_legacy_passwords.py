"""How old systems hashed: published vectors of every algorithm, and where salt and user name stand (R-2.3.7)."""

import base64
import hashlib
import hmac

import bcrypt
import pytest
from pydantic import ValidationError

from jsrs_portal.domain import legacy_passwords
from jsrs_portal.domain.legacy_passwords import MOST_COST, HashScheme, digest, is_right, nobodys, problem

pytestmark = pytest.mark.req("R-2.3.7")

VECTORS = {
    # RFC 1321, FIPS 180-4, GB/T 32905-2016: the digest of "abc"
    "md5": "900150983cd24fb0d6963f7d28e17f72",
    "sha1": "a9993e364706816aba3e25717850c26c9cd0d89d",
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "sm3": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
}
BCRYPT = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
"""The password U*U in the test vectors of crypt_blowfish."""
ALL = [*(HashScheme(algorithm=name) for name in VECTORS), HashScheme(algorithm="bcrypt", cost=6)]


def right(scheme: HashScheme, stored: str, password: str = "abc", salt: str = "", username: str = "user") -> bool:
    return is_right(scheme, username=username, password=password, salt=salt, stored=stored)


@pytest.mark.parametrize("name", VECTORS)
def test_published_vectors(name):
    scheme = HashScheme(algorithm=name)
    assert right(scheme, VECTORS[name])
    assert right(scheme, VECTORS[name].upper())
    assert not right(scheme, VECTORS[name], "abd")
    encoded = base64.b64encode(bytes.fromhex(VECTORS[name])).decode()
    assert right(HashScheme(algorithm=name, encoding="base64"), encoded)
    assert not right(scheme, encoded)


@pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
def test_bcrypt_under_each_of_its_names(prefix):
    scheme, stored = HashScheme(algorithm="bcrypt"), BCRYPT.replace("$2a$", prefix)
    assert right(scheme, stored, "U*U")
    assert not right(scheme, stored, "U*u")


def test_bcrypt_takes_long_passwords_and_nul_characters_without_falling_over():
    scheme = HashScheme(algorithm="bcrypt")
    stored = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert right(scheme, stored, "x" * 90), "the library cuts at 72, as the old ones did"
    assert right(scheme, stored, "a\x00b") is False


@pytest.mark.parametrize(
    ("material", "hashed"),
    [
        ("{password}{salt}", "p4ss" + "NaCl"),
        ("{salt}{password}", "NaCl" + "p4ss"),
        ("{salt}:{password}", "NaCl:p4ss"),
        ("{username}{password}{salt}", "zhang" + "p4ss" + "NaCl"),
        ("pre-{password}", "pre-p4ss"),
    ],
)
def test_the_salt_stands_where_the_system_put_it(material, hashed):
    stored = hashlib.md5(hashed.encode(), usedforsecurity=False).hexdigest()
    scheme = HashScheme(algorithm="md5", material=material)
    assert right(scheme, stored, "p4ss", "NaCl", "zhang")
    for other in ({"password": "p4sS"}, {"salt": "NaCL"}, {"username": "zhanG"}):
        asked = {"password": "p4ss", "salt": "NaCl", "username": "zhang"} | other
        used = f"{{{next(iter(other))}}}" in material
        assert right(scheme, stored, **asked) is not used


def test_what_is_typed_is_never_taken_for_a_place():
    """A password that reads like a placeholder is only itself."""
    stored = hashlib.md5(b"{salt}NaCl", usedforsecurity=False).hexdigest()
    assert right(HashScheme(algorithm="md5", material="{password}{salt}"), stored, "{salt}", "NaCl")


def test_rounds_and_character_sets():
    twice = hashlib.sha1(hashlib.sha1("密码".encode("gb18030")).digest()).hexdigest()  # noqa: S324
    assert right(HashScheme(algorithm="sha1", charset="gb18030", rounds=2), twice, "密码")
    assert not right(HashScheme(algorithm="sha1", rounds=2), twice, "密码")
    assert not right(HashScheme(algorithm="sha1", charset="gb18030"), twice, "密码")


@pytest.mark.parametrize("scheme", ALL, ids=lambda one: one.algorithm)
@pytest.mark.parametrize("stored", ["", "x", "$2b$", "0" * 31, "0" * 63, "g" * 64, "密" * 32, "$2b$10$" + "!" * 53])
def test_what_is_no_hash_is_right_for_nothing(scheme, stored):
    assert problem(scheme, stored, "")
    assert not right(scheme, stored, "")


@pytest.mark.parametrize("most", [10, MOST_COST])
def test_a_hash_that_would_cost_too_much_is_refused(most):
    scheme = HashScheme(algorithm="bcrypt", cost=most)
    assert problem(scheme, BCRYPT, "") == ""
    for cost in (most + 1, 20, 31):
        costly = BCRYPT.replace("$05$", f"${cost}$")
        assert f"4至{most}" in problem(scheme, costly, "")


@pytest.mark.parametrize("cost", [3, 15, 31])
def test_no_system_is_configured_to_hang_a_worker(cost):
    with pytest.raises(ValidationError):
        HashScheme(algorithm="bcrypt", cost=cost)


def test_a_salt_that_the_library_would_refuse_is_refused_before():
    """128 bits end inside the 22nd character."""
    for last in "./ABOeuz09":
        stored = BCRYPT[:28] + last + BCRYPT[29:]
        try:
            bcrypt.checkpw(b"x", stored.encode())
            taken = True
        except ValueError:
            taken = False
        assert (problem(HashScheme(algorithm="bcrypt"), stored, "") == "") is taken, last


@pytest.mark.parametrize("stored", ["04", "06", "08", "09", "31", ""])
def test_whatever_is_stored_a_comparison_costs_the_same(monkeypatch, stored):
    """The work is 2 to the cost: who measures it learns neither which accounts there are nor their costs."""
    scheme = HashScheme(algorithm="bcrypt", cost=8)
    spent = []
    monkeypatch.setattr(
        legacy_passwords.bcrypt, "checkpw", lambda _plain, hashed: bool(spent.append(2 ** int(hashed[4:6]))) or True
    )
    known = BCRYPT.replace("$05$", f"${stored}$") if stored else nobodys(scheme)[0]
    assert right(scheme, known, "abc") is (stored in ("04", "06", "08", ""))
    assert sum(spent) == 2**8


def test_a_salted_system_needs_salts():
    assert problem(HashScheme(algorithm="md5", material="{password}{salt}"), VECTORS["md5"], "") == "缺少盐值"


@pytest.mark.parametrize("scheme", ALL, ids=lambda one: one.algorithm)
def test_nobodys_hash_is_well_formed_and_nobodys(scheme):
    stored, salt = nobodys(scheme)
    assert problem(scheme, stored, salt) == ""
    assert not right(scheme, stored, "", salt)
    assert not right(scheme, stored, "abc", salt)


@pytest.mark.parametrize(
    "said",
    [
        {"algorithm": "crypt"},
        {"algorithm": "md5", "material": "{salt}"},
        {"algorithm": "md5", "material": "{password}{password}"},
        {"algorithm": "md5", "material": "{password}{pepper}"},
        {"algorithm": "md5", "rounds": 0},
        {"algorithm": "bcrypt", "material": "{password}{salt}"},
        {"algorithm": "bcrypt", "rounds": 2},
        {"algorithm": "md5", "sault": "x"},
        {"algorithm": "md5", "cost": 10},
    ],
)
def test_a_scheme_that_means_nothing_is_refused(said):
    with pytest.raises(ValidationError):
        HashScheme.model_validate(said)


def test_the_comparison_takes_constant_time(monkeypatch):
    """Digests are compared by hmac.compare_digest and by nothing else."""
    compared = []
    monkeypatch.setattr(
        legacy_passwords.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or hmac.new is None
    )
    scheme = HashScheme(algorithm="sm3")
    assert right(scheme, VECTORS["sm3"]) is False
    assert compared == [(digest(scheme, username="", password="abc", salt=""), bytes.fromhex(VECTORS["sm3"]))]
