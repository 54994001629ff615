"""Texts of a matter's form with a rule of their own: numbers of persons and units, phones, addresses (R-2.6.3.3)."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from jsrs_portal.domain.identifiers import check_mobile, check_resident_id, check_uscc, normalise
from jsrs_portal.domain.matter_forms import FieldFormat

_LONGEST = 200
_PHONE = re.compile(
    r"1[3-9][0-9]{9}|(?:0[0-9]{2,3}-?)?[2-9][0-9]{6,7}(?:-[0-9]{1,6})?|[48]00-?[0-9]{3}-?[0-9]{4}|[0-9]{5}", re.ASCII
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}")


@dataclass(frozen=True)
class Wrong:
    """Why what was typed is no answer: the sentence, and at which control of the field (empty: the first)."""

    sentence: str
    control: str = ""


def _uscc(text: str, today: date) -> str | Wrong:
    checked = check_uscc(text)
    return checked.value or Wrong(checked.sentence)


def _id_number(text: str, today: date) -> str | Wrong:
    checked = check_resident_id(text, today)
    return checked.value or Wrong(checked.sentence)


def _mobile(text: str, today: date) -> str | Wrong:
    checked = check_mobile(text)
    return checked.value or Wrong(checked.sentence)


def _shaped(shape: "re.Pattern[str]", sentence: str, tidy: Callable[[str], str]) -> Callable[[str, date], str | Wrong]:
    def read(text: str, today: date) -> str | Wrong:
        tidied = tidy(text)
        return tidied if len(tidied) <= _LONGEST and shape.fullmatch(tidied) else Wrong(sentence)

    return read


def _half_width(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


FORMATS: Mapping[FieldFormat, Callable[[str, date], str | Wrong]] = {
    FieldFormat.USCC: _uscc,
    FieldFormat.ID_NUMBER: _id_number,
    FieldFormat.MOBILE: _mobile,
    FieldFormat.PHONE: _shaped(_PHONE, "电话号码格式不正确，例如 025-83276000 或手机号。", _half_width),
    FieldFormat.EMAIL: _shaped(_EMAIL, "电子邮箱格式不正确，例如 hr@example.com。", _half_width),
    FieldFormat.POSTCODE: _shaped(re.compile(r"[0-9]{6}", re.ASCII), "邮政编码应为 6 位数字。", _half_width),
    FieldFormat.BANK_ACCOUNT: _shaped(re.compile(r"[0-9]{8,30}", re.ASCII), "银行账号应为 8 至 30 位数字。", normalise),
}
"""By format: the text as it is kept, or what is wrong with it."""
