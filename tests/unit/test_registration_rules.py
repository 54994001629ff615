"""Unit numbers and the agreements (R-2.2.1, R-2.2.6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from jsrs_portal.domain.registration import PERSON_AGREEMENT, UNIT_AGREEMENT, unit_number

SERIALS = st.integers(min_value=1, max_value=999_999_999)


@pytest.mark.req("R-2.2.6")
@given(SERIALS)
def test_a_unit_number_is_32_nine_digits_and_a_check_digit(serial):
    number = unit_number(serial)
    assert (len(number), number[:2], int(number[2:11])) == (12, "32", serial)
    assert luhn.is_valid(number)


@pytest.mark.req("R-2.2.6")
@given(SERIALS, st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(serial, place, shift):
    number = unit_number(serial)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert not luhn.is_valid(wrong)


@pytest.mark.req("R-2.2.6")
def test_the_first_unit_numbers():
    assert [unit_number(serial) for serial in (1, 2, 10)] == ["320000000010", "320000000028", "320000000101"]


@pytest.mark.req("R-2.2.1", "R-2.2.7")
def test_every_agreement_has_a_key_and_a_version_that_fit_their_columns():
    assert UNIT_AGREEMENT[0] != PERSON_AGREEMENT[0]
    for key, version in (UNIT_AGREEMENT, PERSON_AGREEMENT):
        assert 0 < len(key) <= 40
        assert 0 < len(version) <= 20
