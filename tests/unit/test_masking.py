"""Masking as the manual shows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.masking import mask_document, mask_inside, mask_name, mask_phone, mask_resident_id

pytestmark = pytest.mark.req("R-2.6.8.1")

OTHER_KINDS = [kind for kind in DocumentType if kind is not DocumentType.RESIDENT_ID]


@pytest.mark.parametrize("name", ["王明", "王小明", "王·买买提·艾力"])
def test_name_keeps_its_first_character_and_hides_its_length(name):
    assert mask_name(name) == "王**"


def test_phone_keeps_its_first_digit_and_its_last_two():
    assert mask_phone("13812345682") == "1*******82"


def test_resident_number_keeps_its_last_four_behind_fifteen_stars():
    assert mask_resident_id("320106199003070932") == "***************0932"
    assert mask_document(DocumentType.RESIDENT_ID, "32010619930708005X") == "***************005X"


@pytest.mark.parametrize(
    ("number", "masked"), [("E12345678", "*****5678"), ("H12345678", "*****5678"), ("12345678", "****5678")]
)
def test_other_document_keeps_its_last_four(number, masked):
    assert mask_document(DocumentType.PASSPORT, number) == masked


def test_value_too_short_for_its_pattern_shows_nothing():
    assert mask_name("王") == "**"
    assert mask_phone("138") == "**********"
    assert mask_resident_id("0932") == "*" * 19
    assert mask_document(DocumentType.PASSPORT, "A12") == "***"
    assert mask_document(DocumentType.PASSPORT, "A123456") == "*******"


def test_nothing_masked_is_nothing():
    assert [mask_name(" "), mask_phone(""), mask_resident_id("")] == [""] * 3
    assert mask_document(DocumentType.PASSPORT, "") == ""


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("本人13800000001来电", "本人1*******01来电"),
        ("电话 138 0000 0001。", "电话 1*******01。"),
        ("138-0000-0001/13900000002", "1*******01/1*******02"),
        ("证件320102197604120033。", "证件***************0033。"),
        ("证件32010219760412003x", "证件***************003x"),
        ("核对办件 JS20261128000123，编号 320000000001", "核对办件 JS20261128000123，编号 320000000001"),
        ("2026-118 号，3 份", "2026-118 号，3 份"),
        ("", ""),
    ],
)
def test_numbers_inside_a_sentence_are_masked_and_others_are_not(written, shown):
    assert mask_inside(written) == shown


@given(st.text(st.characters(exclude_characters="*"), max_size=30))
def test_no_mask_shows_more_than_it_may(value):
    length = len(value.strip())
    assert shown(mask_name(value)) <= min(1, max(0, length - 1))
    assert shown(mask_phone(value)) <= min(3, max(0, length - 4))
    for masked in (mask_resident_id(value), *(mask_document(kind, value) for kind in OTHER_KINDS)):
        assert shown(masked) <= min(4, length // 2)


def shown(masked: str) -> int:
    return len(masked.replace("*", ""))
