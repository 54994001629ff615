"""GB 32100-2015, GB 11714, GB 11643-1999, the other documents and mobile numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.identifiers import (
    Problem,
    birth_date,
    check_mobile,
    check_org_code,
    check_resident_id,
    check_uscc,
    explain,
    is_male,
    normalise,
    org_code_of,
)

pytestmark = pytest.mark.req("R-2.2.1")

TODAY = date(2026, 3, 2)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

UNIT_CODES = [
    "91320100MA1X0TE58J",
    "91320000134791231T",
    "91320594MA27XP9C0N",
    "92320583MA1TERTQ2X",
    "123200004660012320",
    "11320000014299007L",
    "51320000509182003W",
    "52320100MJ6000AB4F",
    "93320981MA1W00032D",
    "81320000MC340010XL",
    "31320000MD0270A1XE",
]
LETTER_FIRST_CODES = ["N2320281MF01234518", "A1110000MB0Y12344P", "Y1320000MC0012347J"]
RESIDENT_IDS = [
    "320106199003070012",
    "320502198511120022",
    "320102198802290011",
    "320703199501011238",
    "32010619930708005X",
    "11010519491231002X",
    "320311197906154439",
]


# 统一社会信用代码


@pytest.mark.parametrize("code", UNIT_CODES)
def test_valid_credit_code_is_accepted_without_warning(code):
    checked = check_uscc(code)
    assert (checked.value, checked.problem, checked.warnings) == (code, None, ())
    assert checked.sentence == ""


@pytest.mark.parametrize("code", LETTER_FIRST_CODES)
def test_credit_code_that_begins_with_a_letter_is_accepted(code):
    assert check_uscc(code).value == code


def test_credit_code_may_be_typed_in_full_width_lower_case_with_spaces_and_hyphens():
    assert check_uscc(" 91320100-ma1x0te5 8j ").value == "91320100MA1X0TE58J"
    assert check_uscc("\uff19\uff11320100ma1x0te58\uff2a\u200b").value == "91320100MA1X0TE58J"


@given(st.sampled_from(UNIT_CODES + LETTER_FIRST_CODES), st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_one_wrong_character_in_a_credit_code_is_always_noticed(code, place, sign):
    changed = code[:place] + sign + code[place + 1 :]
    assert check_uscc(changed).ok is (changed == code)


@pytest.mark.parametrize(
    ("typed", "problem", "words"),
    [
        ("", Problem.EMPTY, "请填写统一社会信用代码"),
        ("91320100MA1X0TE58", Problem.LENGTH, "应为18位，您填写了17位"),
        ("91320100MA1X0TE58J0", Problem.LENGTH, "您填写了19位"),
        ("91320100MA1X0TE58K", Problem.CHECK_DIGIT, "最后一位校验码不符"),
        ("9132O100MA1X0TE58J", Problem.LETTER_NOT_USED, "第5位的字母O是否应为数字0"),
        ("9I320100MA1X0TE58J", Problem.LETTER_NOT_USED, "第2位的字母I是否应为数字1"),
        ("91320100MA1XSTE58J", Problem.LETTER_NOT_USED, "字母S是否应为数字5"),
        ("91320100MA1XVTE58J", Problem.LETTER_NOT_USED, "字母V是否应为字母U或Y"),
        ("9132010ZMA1X0TE58J", Problem.LETTER_NOT_USED, "字母Z是否应为数字2"),
        ("91320100MA1X0TE5南J", Problem.CHARACTER, "第17位「南」"),
        ("91320100MA1X0TE59J", Problem.INNER_CHECK, "第9至17位"),
        ("B1320100MA1X0TE58J", Problem.AUTHORITY, "第1位「B」"),
        ("94320100MA1X0TE58J", Problem.CATEGORY, "第2位「4」"),
        ("91990100MA1X0TE58J", Problem.REGION, "第3至8位应为行政区划代码"),
        ("9132A100MA1X0TE58J", Problem.REGION, "第3至8位应为行政区划代码"),
    ],
)
def test_refused_credit_code_says_what_is_wrong(typed, problem, words):
    checked = check_uscc(typed)
    assert (checked.value, checked.problem) == (None, problem)
    assert words in checked.sentence


@pytest.mark.parametrize("code", ["N2320281MF012345HL", "Y1320000MC00123499", "513200005091820PPC"])
def test_broken_inner_code_is_only_a_warning_for_authorities_with_older_codes(code):
    checked = check_uscc(code[:17] + _uscc_check(code[:17]))
    assert checked.value is not None
    assert checked.warnings == (Problem.INNER_CHECK_UNUSUAL,)
    assert "如与证照一致可继续" in explain(checked.warnings[0], label="统一社会信用代码")


def test_unlisted_category_of_civil_affairs_is_only_a_warning():
    start = "54320000509182003"
    assert check_uscc(start + _uscc_check(start)).warnings == (Problem.CATEGORY_UNLISTED,)


def _uscc_check(start: str) -> str:
    """Work the check character out again, as GB 32100-2015 describes it."""
    total = sum(USCC_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(start))
    return USCC_ALPHABET[-total % 31]


# 组织机构代码


@pytest.mark.parametrize("code", ["MA1X0TE5-8", "13479123-1", "MD0270A1-X", "D2143569-X"])
def test_organisation_code_is_accepted_with_its_hyphen(code):
    assert check_org_code(code).value == code.replace("-", "")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", Problem.EMPTY),
        ("D2143569-1", Problem.CHECK_DIGIT),
        ("D214356-X", Problem.LENGTH),
        ("D214@569-X", Problem.CHARACTER),
    ],
)
def test_wrong_organisation_code_is_refused(typed, problem):
    assert check_org_code(typed).problem is problem


@pytest.mark.parametrize("code", UNIT_CODES + LETTER_FIRST_CODES)
def test_organisation_code_inside_a_credit_code_is_valid_by_itself(code):
    assert check_org_code(org_code_of(code)).value == code[8:17]


# 居民身份证


@pytest.mark.parametrize("number", RESIDENT_IDS)
def test_valid_resident_number_is_accepted(number):
    assert check_resident_id(number, TODAY).value == number


def test_resident_number_may_end_in_a_small_or_full_width_x():
    assert check_resident_id("32010619930708005x", TODAY).value == "32010619930708005X"
    assert check_resident_id("320106 19930708 005\uff58", TODAY).value == "32010619930708005X"


@given(st.sampled_from(RESIDENT_IDS), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_wrong_character_in_a_resident_number_is_always_noticed(number, place, sign):
    changed = number[:place] + sign + number[place + 1 :]
    assert check_resident_id(changed, TODAY).ok is (changed == number)


@pytest.mark.parametrize(
    ("typed", "problem", "words"),
    [
        ("", Problem.EMPTY, "请填写居民身份证号码"),
        ("32010619900307001", Problem.LENGTH, "应为18位，您填写了17位"),
        ("320106900307001", Problem.FIRST_GENERATION, "第二代居民身份证"),
        ("3201061990030700X2", Problem.CHARACTER, "第17位「X」"),
        ("32010619900307OO12", Problem.CHARACTER, "第15位「O」"),
        ("\u0663\u0662\u0660106199003070012", Problem.CHARACTER, "第1位"),
        ("320106199003070013", Problem.CHECK_DIGIT, "最后一位校验码不符"),
        ("320106199002300012", Problem.BIRTH_IMPOSSIBLE, "日期不存在"),
        ("320102198702290011", Problem.BIRTH_IMPOSSIBLE, "日期不存在"),
        ("440524188001010014", Problem.BIRTH_TOO_EARLY, "早于1900年"),
        ("320106202603030012", Problem.BIRTH_IN_FUTURE, "晚于今天"),
        ("190106199003070012", Problem.REGION, "第1至6位应为行政区划代码"),
        ("810000199003075617", Problem.OTHER_DOCUMENT, "证件类型改为“港澳台居民居住证”"),
        ("932840199001011234", Problem.OTHER_DOCUMENT, "证件类型改为“外国人永久居留身份证”"),
    ],
)
def test_refused_resident_number_says_what_is_wrong(typed, problem, words):
    checked = check_resident_id(typed, TODAY)
    assert (checked.value, checked.problem) == (None, problem)
    assert words in checked.sentence


def test_somebody_born_today_has_a_valid_birth_date():
    assert check_resident_id("320106199003070012", date(1990, 3, 7)).ok
    assert check_resident_id("320106199003070012", date(1990, 3, 6)).problem is Problem.BIRTH_IN_FUTURE


def test_birth_date_and_sex_are_read_from_a_resident_number():
    assert birth_date("320102198802290011") == date(1988, 2, 29)
    assert is_male("320106199003070012")
    assert not is_male("320502198511120022")


@pytest.mark.parametrize("typed", ["320106199003070013", "32010619900307001", "3201061990030700X2", "320106900307001"])
def test_sentence_never_repeats_the_refused_number(typed):
    assert typed[:6] not in check_resident_id(typed, TODAY).sentence


# 其他证件


@pytest.mark.req("R-2.6.6.2")
@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (DocumentType.RESIDENT_ID, "320106199003070012", "320106199003070012"),
        (DocumentType.PASSPORT, "e12345678", "E12345678"),
        (DocumentType.PASSPORT, "G 1234 5678", "G12345678"),
        (DocumentType.PASSPORT, "X7K20", "X7K20"),
        (DocumentType.HK_MO_PERMIT, "H12345678", "H12345678"),
        (DocumentType.HK_MO_PERMIT, "M1234567802", "M12345678"),
        (DocumentType.TAIWAN_PERMIT, "12345678", "12345678"),
        (DocumentType.TAIWAN_PERMIT, "12345678A", "12345678A"),
        (DocumentType.TAIWAN_PERMIT, "1234567801(B)", "1234567801(B)"),
        (DocumentType.FOREIGN_PERMANENT_RESIDENCE, "932682198501010017", "932682198501010017"),
        (DocumentType.FOREIGN_PERMANENT_RESIDENCE, "932840199001011234", "932840199001011234"),
        (DocumentType.FOREIGN_PERMANENT_RESIDENCE, "usa320090010112", "USA320090010112"),
        (DocumentType.HK_MO_TW_RESIDENCE, "810000199003075617", "810000199003075617"),
        (DocumentType.HK_MO_TW_RESIDENCE, "820000198108010024", "820000198108010024"),
        (DocumentType.HK_MO_TW_RESIDENCE, "830000198505050101", "830000198505050101"),
    ],
)
def test_number_of_each_kind_of_document_is_accepted(kind, typed, value):
    assert check_document(kind, typed, TODAY).value == value


@pytest.mark.parametrize(
    ("kind", "typed", "problem"),
    [
        (DocumentType.PASSPORT, "ABCDEFGH", Problem.FORMAT),
        (DocumentType.PASSPORT, "E123", Problem.FORMAT),
        (DocumentType.HK_MO_PERMIT, "T12345678", Problem.FORMAT),
        (DocumentType.HK_MO_PERMIT, "H123456789", Problem.FORMAT),
        (DocumentType.TAIWAN_PERMIT, "1234567", Problem.FORMAT),
        (DocumentType.FOREIGN_PERMANENT_RESIDENCE, "932682198501010018", Problem.CHECK_DIGIT),
        (DocumentType.FOREIGN_PERMANENT_RESIDENCE, "USA32009001011", Problem.FORMAT),
        (DocumentType.FOREIGN_PERMANENT_RESIDENCE, "999682198501010017", Problem.REGION),
        (DocumentType.FOREIGN_PERMANENT_RESIDENCE, "320106199003070012", Problem.FORMAT),
        (DocumentType.FOREIGN_PERMANENT_RESIDENCE, "9326821985010100", Problem.LENGTH),
        (DocumentType.HK_MO_TW_RESIDENCE, "320106199003070012", Problem.FORMAT),
        (DocumentType.HK_MO_TW_RESIDENCE, "810000199003075618", Problem.CHECK_DIGIT),
        (DocumentType.HK_MO_TW_RESIDENCE, "810000199013075617", Problem.BIRTH_IMPOSSIBLE),
    ],
)
def test_wrong_number_of_a_document_is_refused(kind, typed, problem):
    assert check_document(kind, typed, TODAY).problem is problem


@pytest.mark.parametrize("kind", DocumentType)
def test_every_kind_of_document_has_a_name_and_asks_for_its_number(kind):
    assert kind.label
    empty = check_document(kind, " ", TODAY)
    assert empty.problem is Problem.EMPTY
    assert kind.label in empty.sentence


@given(st.sampled_from(DocumentType), st.text(max_size=30))
def test_no_text_makes_a_check_fail_by_itself(kind, text):
    checked = check_document(kind, text, TODAY)
    assert (checked.value is None) == (checked.problem is not None)
    assert "{" not in checked.sentence.replace(checked.found, "")


# 手机号


@pytest.mark.req("R-2.2.4")
@pytest.mark.parametrize(
    "typed", ["13812345682", "+86 138-1234-5682", "0086 13812345682", "8613812345682", "１３８12345682"]
)
def test_mobile_number_is_accepted_with_country_code_and_separators(typed):
    assert check_mobile(typed).value == "13812345682"


@pytest.mark.parametrize("start", ["166", "172", "190", "191", "192", "193", "197", "199", "149"])
def test_every_segment_from_13_to_19_is_accepted(start):
    assert check_mobile(start + "12345678").ok


@pytest.mark.parametrize(
    ("typed", "problem", "words"),
    [
        ("", Problem.EMPTY, "请填写手机号"),
        ("1381234568", Problem.LENGTH, "应为11位，您填写了10位"),
        ("138123456821", Problem.LENGTH, "您填写了12位"),
        ("1381234568a", Problem.CHARACTER, "第11位「a」"),
        ("1381234568A", Problem.CHARACTER, "第11位「A」"),
        ("12812345682", Problem.MOBILE_SEGMENT, "应以13至19开头"),
        ("025-83276010", Problem.MOBILE_SEGMENT, "固定电话"),
    ],
)
def test_refused_mobile_number_says_what_is_wrong(typed, problem, words):
    checked = check_mobile(typed)
    assert (checked.value, checked.problem) == (None, problem)
    assert words in checked.sentence


# Normalising


@given(st.text())
def test_normalising_twice_changes_nothing_more(text):
    once = normalise(text)
    assert normalise(once) == once


@given(st.text())
def test_normalised_text_has_no_space_and_no_small_letter(text):
    assert not any(sign.isspace() or "a" <= sign <= "z" for sign in normalise(text))


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_has_one_whole_sentence(problem):
    sentence = explain(problem, label="号码", expected="18", found="17")
    assert sentence.endswith("。")
    assert sentence.count("。") == 1
