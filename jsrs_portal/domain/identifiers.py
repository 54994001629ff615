"""Numbers that identify units, persons and phones: which are valid, and what exactly is wrong with others.

Unified social credit codes follow GB 32100-2015, organisation codes GB 11714, resident identity numbers
GB 11643-1999. Only check digits come from python-stdnum: its validators refuse letter-first credit codes and
persons who were born before their county was created.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from stdnum.cn import ric, uscc

USCC_LABEL = "统一社会信用代码"
ORG_CODE_LABEL = "组织机构代码"
RESIDENT_ID_LABEL = "居民身份证号码"
MOBILE_LABEL = "手机号"
CONTACT_LABEL = "移动电话"
"""What forms call the phone of somebody who is registered already (R-2.4.4, R-2.6.5.2, R-2.6.6.2)."""

MAINLAND_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65))
    for code in range(first, last + 1)
)
"""First two digits of GB/T 2260 as they stand in a resident identity number."""

_UNIT_REGIONS = MAINLAND_PROVINCES | {"10", "71", "81", "82"}
"""Units are also registered by national bodies (100000) and carry the codes of 台湾, 香港 and 澳门."""

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LOOKALIKES = {"I": "数字1", "O": "数字0", "S": "数字5", "V": "字母U或Y", "Z": "数字2"}
_CATEGORIES = {
    "1": "1239",  # 机构编制
    "2": "19",  # 外交
    "3": "123459",  # 司法行政
    "4": "19",  # 文化
    "5": "1239",  # 民政
    "6": "129",  # 旅游
    "7": "129",  # 宗教
    "8": "19",  # 工会
    "9": "123",  # 工商
    "A": "19",  # 中央军委改革和编制办公室
    "N": "1239",  # 农业
    "Y": "1",  # 其他
}
_LENIENT_AUTHORITIES = "5NY"
"""Authorities whose older codes are reported to break the inner rules: there we warn instead of refusing."""

_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_SEPARATORS = frozenset({"Zs", "Zl", "Zp", "Cf", "Cc", "Pd"})
_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_COUNTRY_CODE = re.compile(r"^(?:\+86|0086|86(?=[0-9]{11}$))")


class Problem(StrEnum):
    """What is wrong with a number, or (the last two) unusual about it."""

    EMPTY = "EMPTY"
    LENGTH = "LENGTH"
    CHARACTER = "CHARACTER"
    LETTER_NOT_USED = "LETTER_NOT_USED"
    FORMAT = "FORMAT"
    AUTHORITY = "AUTHORITY"
    CATEGORY = "CATEGORY"
    REGION = "REGION"
    INNER_CHECK = "INNER_CHECK"
    CHECK_DIGIT = "CHECK_DIGIT"
    FIRST_GENERATION = "FIRST_GENERATION"
    OTHER_DOCUMENT = "OTHER_DOCUMENT"
    BIRTH_IMPOSSIBLE = "BIRTH_IMPOSSIBLE"
    BIRTH_TOO_EARLY = "BIRTH_TOO_EARLY"
    BIRTH_IN_FUTURE = "BIRTH_IN_FUTURE"
    MOBILE_SEGMENT = "MOBILE_SEGMENT"
    INNER_CHECK_UNUSUAL = "INNER_CHECK_UNUSUAL"
    CATEGORY_UNLISTED = "CATEGORY_UNLISTED"


_SENTENCES = {
    Problem.EMPTY: "请填写{label}。",
    Problem.LENGTH: "{label}应为{expected}位，您填写了{found}位，请核对是否漏填或多填。",
    Problem.CHARACTER: "{label}只能由{expected}组成，{found}不符合，请核对后重新填写。",
    Problem.LETTER_NOT_USED: "{label}不使用字母I、O、S、V、Z，{found}，请对照证照核对。",
    Problem.FORMAT: "{label}应为{expected}，请对照证件核对。",
    Problem.AUTHORITY: "{label}第1位「{found}」不是登记管理部门的代码，请对照证照核对。",
    Problem.CATEGORY: "{label}第2位「{found}」不是该登记管理部门使用的机构类别，请对照证照核对。",
    Problem.REGION: "{label}第{expected}位应为行政区划代码，您填写的地区不存在，请核对。",
    Problem.INNER_CHECK: "{label}第9至17位（主体标识码）校验不符，请核对这九位是否输错。",
    Problem.CHECK_DIGIT: "{label}最后一位校验码不符，请核对是否输错。",
    Problem.FIRST_GENERATION: "15位的第一代居民身份证已停止使用，请填写第二代居民身份证上的18位号码。",
    Problem.OTHER_DOCUMENT: "您填写的是{found}的号码，请将证件类型改为“{found}”。",
    Problem.BIRTH_IMPOSSIBLE: "{label}第7至14位应为出生日期，您填写的日期不存在，请核对。",
    Problem.BIRTH_TOO_EARLY: "{label}中的出生日期早于1900年，请核对第7至14位。",
    Problem.BIRTH_IN_FUTURE: "{label}中的出生日期晚于今天，请核对第7至14位。",
    Problem.MOBILE_SEGMENT: "{label}应以13至19开头，请核对；固定电话无法接收短信，请勿填写。",
    Problem.INNER_CHECK_UNUSUAL: "{label}第9至17位（主体标识码）与校验规则不一致，如与证照一致可继续办理。",
    Problem.CATEGORY_UNLISTED: "{label}第2位的机构类别不常见，如与证照一致可继续办理。",
}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The outcome of a check: either the normalised ``value`` or the ``problem``, never both.

    ``warnings`` hold what is unusual about an accepted value. ``label``, ``expected`` and ``found`` are what
    the sentence needs; they carry a character or a count, never the whole number.
    """

    value: str | None = None
    problem: Problem | None = None
    warnings: tuple[Problem, ...] = ()
    label: str = "号码"
    expected: str = ""
    found: str = ""

    @property
    def ok(self) -> bool:
        """Whether the value can be used."""
        return self.problem is None

    @property
    def sentence(self) -> str:
        """The problem in one sentence for the person, empty when there is none."""
        if self.problem is None:
            return ""
        return explain(self.problem, label=self.label, expected=self.expected, found=self.found)


def explain(problem: Problem, *, label: str = "号码", expected: str = "", found: str = "") -> str:
    """Return one Chinese sentence that says what is wrong and what to do.

    ``label`` is the number's name on the screen; the other two come from the :class:`Checked`.
    """
    return _SENTENCES[problem].format(label=label, expected=expected, found=found)


def normalise(text: str) -> str:
    """Return ``text`` as it is compared and stored: half width, upper case, no spaces and hyphens.

    Letters are never exchanged for digits: an ``O`` typed for a zero is refused with a hint instead.
    """
    halved = unicodedata.normalize("NFKC", text).translate(_UPPER)
    kept = "".join(sign for sign in halved if unicodedata.category(sign) not in _SEPARATORS)
    return unicodedata.normalize("NFKC", kept)


def check_uscc(text: str) -> Checked:
    """Check a 统一社会信用代码 (GB 32100-2015), the organisation code inside it included (R-2.2.1)."""
    code = normalise(text)
    if shape := _uscc_shape_problem(code):
        return shape
    label, authority, category = USCC_LABEL, code[0], code[1]
    warnings: list[Problem] = []
    if authority not in _CATEGORIES:
        return Checked(problem=Problem.AUTHORITY, label=label, found=authority)
    if category not in _CATEGORIES[authority]:
        if authority != "5":
            return Checked(problem=Problem.CATEGORY, label=label, found=category)
        warnings.append(Problem.CATEGORY_UNLISTED)
    if not re.fullmatch(r"[0-9]{6}", code[2:8]) or code[2:4] not in _UNIT_REGIONS:
        return Checked(problem=Problem.REGION, label=label, expected="3至8")
    if org_check_digit(code[8:16]) != code[16]:
        if authority not in _LENIENT_AUTHORITIES:
            return Checked(problem=Problem.INNER_CHECK, label=label)
        warnings.append(Problem.INNER_CHECK_UNUSUAL)
    if uscc.calc_check_digit(code) != code[17]:
        return Checked(problem=Problem.CHECK_DIGIT, label=label)
    return Checked(value=code, warnings=tuple(warnings), label=label)


def _uscc_shape_problem(code: str) -> Checked | None:
    for place, sign in enumerate(code, start=1):
        if sign in _LOOKALIKES:
            hint = f"第{place}位的字母{sign}是否应为{_LOOKALIKES[sign]}"
            return Checked(problem=Problem.LETTER_NOT_USED, label=USCC_LABEL, found=hint)
    return shape_problem(code, USCC_LABEL, length=18, alphabet=_USCC_ALPHABET, words="数字和大写英文字母")


def check_org_code(text: str) -> Checked:
    """Check a 组织机构代码 (GB 11714); the value is its nine characters, without the printed hyphen."""
    code = normalise(text)
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if shape := shape_problem(code, ORG_CODE_LABEL, length=9, alphabet=alphabet, words="数字和大写英文字母"):
        return shape
    if org_check_digit(code[:8]) != code[8]:
        return Checked(problem=Problem.CHECK_DIGIT, label=ORG_CODE_LABEL)
    return Checked(value=code, label=ORG_CODE_LABEL)


def org_check_digit(body: str) -> str:
    """Return the check character for the eight characters of an organisation code (GB 11714)."""
    remainder = 11 - sum(int(sign, 36) * weight for sign, weight in zip(body, _ORG_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(remainder, str(remainder))


def org_code_of(code: str) -> str:
    """Return the organisation code inside a valid credit code, as it is printed: ``XXXXXXXX-X``."""
    return f"{code[8:16]}-{code[16]}"


def check_resident_id(text: str, today: date) -> Checked:
    """Check a 居民身份证 number (GB 11643-1999), 18 characters; ``today`` is the date in China (R-2.2.1)."""
    number, label = normalise(text), RESIDENT_ID_LABEL
    if re.fullmatch(r"[0-9]{15}", number):
        return Checked(problem=Problem.FIRST_GENERATION, label=label)
    if shape := citizen_shape_problem(number, label):
        return shape
    problem = citizen_problem(number, today)
    if number[:2] not in MAINLAND_PROVINCES:
        # A wrong first digit would break the check digit; when that holds, it is another kind of document.
        other = _sibling_document(number) if problem is None else ""
        if other:
            return Checked(problem=Problem.OTHER_DOCUMENT, label=label, found=other)
        return Checked(problem=Problem.REGION, label=label, expected="1至6")
    if problem is not None:
        return Checked(problem=problem, label=label)
    return Checked(value=number, label=label)


def _sibling_document(number: str) -> str:
    if number[:6] in ("810000", "820000", "830000"):
        return "港澳台居民居住证"
    return "外国人永久居留身份证" if number[0] == "9" else ""


def citizen_shape_problem(number: str, label: str) -> Checked | None:
    """Return what is wrong with the shape of a citizen number: seventeen digits, then a digit or X."""
    words = "17位数字和最后一位的数字或字母X"
    if shape := shape_problem(number, label, length=18, alphabet="0123456789X", words=words):
        return shape
    place = number.find("X")
    if place in (-1, 17):
        return None
    return Checked(problem=Problem.CHARACTER, label=label, expected=words, found=_named(number, place))


def citizen_problem(number: str, today: date) -> Problem | None:
    """Return what is wrong with birth date or check digit of a well-shaped 18-character citizen number."""
    try:
        birth = birth_date(number)
    except ValueError:
        return Problem.BIRTH_IMPOSSIBLE
    if birth.year < 1900:
        return Problem.BIRTH_TOO_EARLY
    if birth > today:
        return Problem.BIRTH_IN_FUTURE
    return None if ric.calc_check_digit(number) == number[17] else Problem.CHECK_DIGIT


def birth_date(number: str) -> date:
    """Return the birth date in an 18-character citizen number; ``ValueError`` when there is no such day."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def is_male(number: str) -> bool:
    """Tell a man's number from a woman's: the 17th digit is odd for men (GB 11643-1999)."""
    return int(number[16]) % 2 == 1


def check_mobile(text: str, *, label: str = MOBILE_LABEL) -> Checked:
    """Check a mainland mobile number; spaces, hyphens and the country code 86 are dropped (R-2.2.4)."""
    number = _COUNTRY_CODE.sub("", normalise(text))
    if shape := shape_problem(number, label, length=11, alphabet="0123456789", words="数字", typed=text):
        return shape
    if not re.match(r"1[3-9]", number):
        return Checked(problem=Problem.MOBILE_SEGMENT, label=label)
    return Checked(value=number, label=label)


def shape_problem(
    number: str, label: str, *, length: int, alphabet: str, words: str, typed: str = ""
) -> Checked | None:
    """Return the first thing wrong with characters or length; ``words`` names the alphabet on the screen.

    With ``typed`` a letter is named as it was typed, where case means nothing.
    """
    if not number:
        return Checked(problem=Problem.EMPTY, label=label)
    for place, sign in enumerate(number):
        if sign not in alphabet:
            return Checked(problem=Problem.CHARACTER, label=label, expected=words, found=_named(number, place, typed))
    if len(number) != length:
        return Checked(problem=Problem.LENGTH, label=label, expected=str(length), found=str(len(number)))
    return None


def _named(number: str, place: int, typed: str = "") -> str:
    sign = number[place]
    sign = sign.lower() if typed and sign not in typed and sign.lower() in typed else sign
    return f"第{place + 1}位「{sign}」" if sign.isprintable() else f"第{place + 1}位"
