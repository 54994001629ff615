"""Scan login's rules: every state, every action, whose phone (R-2.4.3); signatures of a phone's key."""

import base64
import itertools

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from jsrs_portal.domain.proofs import PERSONAL, by_phone, opens, proves_person
from jsrs_portal.domain.scans import MOVES, SENTENCES, ScanAction, ScanProblem, ScanState, why_not
from jsrs_portal.services.phones import signature_holds
from tests.support.keys import PhoneKey

pytestmark = pytest.mark.req("R-2.4.3")
PHONE_ACTIONS = [ScanAction.SCAN, ScanAction.CONFIRM, ScanAction.CANCEL]
UNHEARD_OF = base64.b64encode(base64.b64decode(PhoneKey().public).replace(b"\x03\x01\x07", b"\x03\x01\x7f")).decode()
"""A key on a curve that nobody knows."""
NO_KEY = base64.b64encode(b"0" * 91).decode()
OK, EXPIRED, TAKEN = None, ScanProblem.EXPIRED, ScanProblem.TAKEN
AGAIN, CANCELLED, FIRST = ScanProblem.CONFIRMED, ScanProblem.CANCELLED, ScanProblem.NOT_SCANNED
TABLE = {
    # state: for scan, confirm, cancel — by the phone that may
    ScanState.CREATED: (OK, FIRST, FIRST),
    ScanState.SCANNED: (OK, OK, OK),
    ScanState.CONFIRMED: (AGAIN, AGAIN, AGAIN),
    ScanState.CONSUMED: (AGAIN, AGAIN, AGAIN),
    ScanState.CANCELLED: (CANCELLED, CANCELLED, CANCELLED),
    ScanState.EXPIRED: (EXPIRED, EXPIRED, EXPIRED),
}


@pytest.mark.parametrize(("state", "place"), list(itertools.product(TABLE, range(3))))
def test_every_cell_for_the_phone_that_scanned(state, place):
    assert why_not(PHONE_ACTIONS[place], state, over=False, mine=True) is TABLE[state][place]


@pytest.mark.parametrize(("state", "action"), list(itertools.product(TABLE, PHONE_ACTIONS)))
def test_every_cell_for_another_phone(state, action):
    expected = EXPIRED if state is ScanState.EXPIRED else TAKEN
    assert why_not(action, state, over=False, mine=False) is expected


@pytest.mark.parametrize(("state", "action", "mine"), list(itertools.product(TABLE, PHONE_ACTIONS, [True, False])))
def test_what_is_over_stays_over_unless_it_had_been_decided(state, action, mine):
    found = why_not(action, state, over=True, mine=mine)
    if state in (ScanState.CREATED, ScanState.SCANNED, ScanState.EXPIRED):
        assert found is EXPIRED
    else:
        assert found is why_not(action, state, over=False, mine=mine)


def test_a_move_that_the_table_allows_leads_on_and_never_back():
    order = list(ScanState)
    for before, after in MOVES.values():
        assert all(order.index(one) < order.index(after) for one in before)
    assert set(SENTENCES) == set(ScanProblem)
    assert all(sentence.endswith("。") for sentence in SENTENCES.values())


def test_a_phone_opens_what_the_personal_password_does_and_an_app_that_vouches_everything():
    phone, app = by_phone("1" * 32), by_phone("1" * 32, app="jszhrs")
    assert max(len(phone), len(app)) <= 64
    assert all(proves_person(one) for one in (phone, app, PERSONAL))
    assert not any(proves_person(one) for one in ("unit:1", "institution:1", ""))
    realms = (PERSONAL, "unit:1", "institution:1")
    assert [opens(app, realm) for realm in realms] == [True, True, True]
    assert [opens(phone, realm) for realm in realms] == [opens(PERSONAL, realm) for realm in realms]
    assert [opens(PERSONAL, realm) for realm in realms] == [True, False, False]
    assert [opens("unit:1", realm) for realm in realms] == [False, True, False]
    assert not any(opens("", realm) for realm in realms)
    assert not opens("unit:1", "unit:2")


def test_a_signature_is_by_this_key_over_this_text():
    key, other = PhoneKey(), PhoneKey()
    signature = key.sign("text")
    assert signature_holds(key.public, "text", signature)
    assert not signature_holds(key.public, "another text", signature)
    assert not signature_holds(other.public, "text", signature)
    assert not signature_holds(key.public, "text", other.sign("text"))


def test_only_the_curve_browsers_make_and_only_the_form_they_write():
    big = PhoneKey(ec.SECP384R1())
    assert not signature_holds(big.public, "text", big.sign("text"))
    key = PhoneKey()
    raw = base64.b64decode(key.sign("text"))
    for wrong in (raw[:-1], raw + b"0", b"", b"\0" * 64, b"\xff" * 64):
        assert not signature_holds(key.public, "text", base64.b64encode(wrong).decode())


@pytest.mark.parametrize(
    "text", ["", "x", "长", "AAAA", "=" * 40, "\0", base64.b64encode(b"0" * 91).decode(), UNHEARD_OF]
)
def test_what_is_no_key_or_no_signature_holds_for_nothing(text):
    key = PhoneKey()
    assert not signature_holds(text, "text", key.sign("text"))
    assert not signature_holds(key.public, "text", text)
