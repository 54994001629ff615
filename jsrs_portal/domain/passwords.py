"""Which passwords people may choose (R-2.2.5)."""

import string
from collections.abc import Sequence
from enum import StrEnum

from jsrs_portal.domain.common_passwords import is_common
from jsrs_portal.domain.identifiers import normalise

SHORTEST = 8
LONGEST = 20
FEWEST_CLASSES = 3

RULE_TEXT = (
    "密码为8至20个字符，须包含数字、大写字母、小写字母、特殊字符中的至少三种；"
    "不能是常见密码，也不能含有统一社会信用代码、单位编号、手机号或证件号码。"
)

_CLASSES = (string.digits, string.ascii_uppercase, string.ascii_lowercase, string.punctuation)
_ALLOWED = frozenset("".join(_CLASSES))
_FORBIDDEN_RUN = 6
_FORBIDDEN_SHORTEST = 4


class PasswordProblem(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    CHARACTER = "CHARACTER"
    TOO_FEW_CLASSES = "TOO_FEW_CLASSES"
    COMMON = "COMMON"
    CONTAINS_IDENTIFIER = "CONTAINS_IDENTIFIER"


_SENTENCES = {
    PasswordProblem.TOO_SHORT: "密码太短，请设置8至20个字符。",
    PasswordProblem.TOO_LONG: "密码太长，请设置8至20个字符。",
    PasswordProblem.CHARACTER: "密码只能使用半角数字、英文字母和键盘上的符号，不能含空格、中文或全角字符。",
    PasswordProblem.TOO_FEW_CLASSES: "密码须包含数字、大写字母、小写字母、特殊字符中的至少三种，请补充。",
    PasswordProblem.COMMON: "这个密码太常见，容易被猜中；请不要用常用单词、姓名拼音加年份或连续按键来组成。",
    PasswordProblem.CONTAINS_IDENTIFIER: (
        "密码中不能出现统一社会信用代码、单位编号、手机号或证件号码中的连续6位，请更换。"
    ),
}


def explain(problem: PasswordProblem) -> str:
    """Return one Chinese sentence that says why the password is refused and what to do."""
    return _SENTENCES[problem]


def check_password(password: str, *, forbidden: Sequence[str]) -> tuple[PasswordProblem, ...]:
    """Return everything that is wrong with a chosen password, nothing when it may be used (R-2.2.5).

    ``forbidden`` are the numbers others may know: credit code, unit number, phone, document number. Any six
    characters of one in a row are refused; of a number of four or five characters, the whole.
    """
    if len(password) > LONGEST:
        return (PasswordProblem.TOO_LONG,)
    problems: list[PasswordProblem] = []
    if len(password) < SHORTEST:
        problems.append(PasswordProblem.TOO_SHORT)
    if not _ALLOWED.issuperset(password):
        problems.append(PasswordProblem.CHARACTER)
    if sum(any(sign in password for sign in members) for members in _CLASSES) < FEWEST_CLASSES:
        problems.append(PasswordProblem.TOO_FEW_CLASSES)
    if len(password) >= SHORTEST and is_common(password):
        problems.append(PasswordProblem.COMMON)
    if any(_shares_run(password, number) for number in forbidden):
        problems.append(PasswordProblem.CONTAINS_IDENTIFIER)
    return tuple(problems)


def _shares_run(password: str, number: str) -> bool:
    plain, known = password.upper(), normalise(number)
    if len(known) < _FORBIDDEN_SHORTEST:
        return False
    run = min(_FORBIDDEN_RUN, len(known))
    return any(known[start : start + run] in plain for start in range(len(known) - run + 1))
