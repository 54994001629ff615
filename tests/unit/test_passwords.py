"""The password rule (R-2.2.5)."""

import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsrs_portal.domain.common_passwords import is_common
from jsrs_portal.domain.passwords import RULE_TEXT, PasswordProblem, check_password, explain

pytestmark = pytest.mark.req("R-2.2.5")

NUMBERS = ["91320100MA1X0TE58J", "13812345682", "320106199003070012", "32000417"]
ALLOWED = string.ascii_letters + string.digits + string.punctuation


def problems(password: str, forbidden=()) -> set[PasswordProblem]:
    return set(check_password(password, forbidden=forbidden))


@pytest.mark.parametrize("password", ["tK4hm9Wq", "tk4#hm9w", "TK4#HM9W", "tK#hm&Wq", "gB7~nR2_xW5^pL8-vD3?"])
def test_three_of_four_classes_are_enough(password):
    assert check_password(password, forbidden=NUMBERS) == ()


@pytest.mark.parametrize(
    "password", ["tkqhmxwr", "tk4hm9wq", "TK4HM9WQ", "tKqhmXwR", "83720164", "4#9&27^8", "tk#hm&wq"]
)
def test_fewer_than_three_classes_are_refused(password):
    assert PasswordProblem.TOO_FEW_CLASSES in problems(password)


@pytest.mark.parametrize(("password", "expected"), [("tK4hm9W", True), ("tK4hm9Wq", False)])
def test_seven_characters_are_too_short_and_eight_are_not(password, expected):
    assert (PasswordProblem.TOO_SHORT in problems(password)) is expected


@pytest.mark.parametrize(("password", "expected"), [("gB7nR2xW5pL8vD3tK4hm", False), ("gB7nR2xW5pL8vD3tK4hmJ", True)])
def test_twenty_characters_are_allowed_and_twenty_one_are_not(password, expected):
    assert (PasswordProblem.TOO_LONG in problems(password)) is expected


@pytest.mark.parametrize("sign", ["密", " ", "\u3000", "Ａ", "é", "\t", "\x00", "\x7f", "😀"])
def test_only_half_width_printable_characters_without_spaces_are_accepted(sign):
    assert PasswordProblem.CHARACTER in problems(f"tK4hm9Wq{sign}")


@pytest.mark.parametrize("sign", string.punctuation)
def test_every_special_sign_of_the_keyboard_is_accepted(sign):
    assert check_password(f"tk4hm{sign}9wq", forbidden=()) == ()


@pytest.mark.parametrize(
    "password",
    [
        "Password123", "Aa123456", "Abc123456", "Qwer1234", "P@ssw0rd", "Admin@123", "Jsrs2020", "Wang1990!",
        "PASSWORD1!", "pA55w0rd#", "1qaz@WSX", "!QAZ2wsx", "Qwe123!@#", "1q2w3e4R", "Zaq12wsX", "Woaini1314",
        "Aa112233", "A123456a", "Zhangwei1990!", "Welcome@2023", "Nanjing2024#", "Huawei@123", "Trustno1",
        "Iloveyou520", "Zxcvbnm1!", "Rst@12345", "Li19900307", "Shebao@2025", "Password4821!", "aA!!!!!!",
    ],
)  # fmt: skip
def test_common_password_is_refused(password):
    assert check_password(password, forbidden=()) == (PasswordProblem.COMMON,)


WORDS = """
admin password passw0rd p@ssword welcome qwer qwerty asdf zxcv abc abcd aa test root user login letmein monkey
dragon sunshine iloveyou football superman michael summer winter wang zhang liu chen zhao huang nanjing suzhou
jiangsu beijing huawei woaini jsrs rst gongsi caiwu danwei
"""
TAILS = """
1 12 123 1234 12345 123456 12345678 1990 2008 2020 2025 0101 19900101 520 1314 666 000 123123 007 4821
"""
ENDS = ("", "!", "#", "!!")


def test_usual_words_with_usual_tails_are_all_common():
    built = [
        f"{word.capitalize()}{middle}{tail}{end}"
        for word, tail in itertools.product(WORDS.split(), TAILS.split())
        for middle, end in [("@", ""), *(("", end) for end in ENDS)]
    ]
    assert len(built) > 4_000
    assert [password for password in built if len(password) <= 20 and not is_common(password)] == []


@pytest.mark.parametrize("password", ["tK4hm9Wq", "Nanjing#4m8x1", "Spring-rain-77", "Lake48217Xy", "Zh4#mB9!sd"])
def test_password_of_many_unrelated_pieces_is_not_common(password):
    assert check_password(password, forbidden=NUMBERS) == ()


@given(st.sampled_from(["Password123", "Wang1990!", "1qaz@WSX", "Jsrs2020"]), st.data())
def test_case_does_not_make_a_password_less_common(password, data):
    flips = data.draw(st.lists(st.booleans(), min_size=len(password), max_size=len(password)))
    assert is_common("".join(sign.swapcase() if flip else sign for sign, flip in zip(password, flips, strict=True)))


@pytest.mark.parametrize(
    "password",
    ["x#91320100K", "ma1x0t#Kw9", "z!1X0te5Qv", "Kq#123456", "Tz-345682q", "gH19900307", "kW!03070012", "gH#320004q"],
)
def test_six_characters_in_a_row_of_a_known_number_are_refused(password):
    assert PasswordProblem.CONTAINS_IDENTIFIER in problems(password, NUMBERS)


@pytest.mark.parametrize("password", ["kW!90030hQ", "gH#32000qZ", "mT45682#xR"])
def test_five_characters_in_a_row_of_a_known_number_are_allowed(password):
    assert check_password(password, forbidden=NUMBERS) == ()


def test_short_known_number_counts_as_a_whole_and_a_tiny_or_empty_one_not_at_all():
    assert problems("kW!8037hQ", ["8037"]) == {PasswordProblem.CONTAINS_IDENTIFIER}
    assert problems("kW!8037hQ", ["803", "", " "]) == set()


def test_known_number_is_recognised_however_it_was_typed():
    assert PasswordProblem.CONTAINS_IDENTIFIER in problems("x#ma1x0tQ", ["９１３２０１００-ma1x0te58j"])


def test_everything_wrong_is_said_at_once():
    assert problems("密1") == {PasswordProblem.TOO_SHORT, PasswordProblem.CHARACTER, PasswordProblem.TOO_FEW_CLASSES}


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(password):
    found = check_password(password, forbidden=NUMBERS)
    assert len(set(found)) == len(found)


@given(st.text(ALLOWED, min_size=8, max_size=20))
def test_allowed_characters_are_never_called_wrong(password):
    assert not problems(password) & {PasswordProblem.CHARACTER, PasswordProblem.TOO_SHORT, PasswordProblem.TOO_LONG}


@pytest.mark.parametrize("problem", PasswordProblem)
def test_every_problem_has_a_sentence_of_its_own(problem):
    assert explain(problem).endswith("。")
    assert len({explain(other) for other in PasswordProblem}) == len(PasswordProblem)


def test_rule_on_the_page_names_length_and_classes():
    assert "8至20" in RULE_TEXT
    assert "三种" in RULE_TEXT
