"""The kinds of identity documents a person can show, and what the number of each looks like."""

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from jsrs_portal.domain.identifiers import (
    MAINLAND_PROVINCES,
    Checked,
    Problem,
    check_resident_id,
    citizen_problem,
    citizen_shape_problem,
    normalise,
)


class DocumentType(StrEnum):
    """A kind of document, under its code in the human-resources code table."""

    RESIDENT_ID = "01"
    PASSPORT = "03"
    HK_MO_PERMIT = "06"
    TAIWAN_PERMIT = "07"
    FOREIGN_PERMANENT_RESIDENCE = "08"
    HK_MO_TW_RESIDENCE = "11"

    @property
    def label(self) -> str:
        """The document's name on the screen."""
        return _KINDS[self].label


def check_document(kind: DocumentType, text: str, today: date) -> Checked:
    """Check the number of a document of this kind; ``today`` is the date in China (R-2.2.1, R-2.6.6.2).

    The value identifies the person: for a 港澳居民来往内地通行证 it leaves out how often the card was issued.
    """
    return _KINDS[kind].check(text, today)


def _hk_mo_permit(text: str, _today: date) -> Checked:
    checked = _by_pattern(text, _today, label=_HK_MO, pattern=r"[HM](?:[0-9]{8}|[0-9]{10})", words="字母H或M加8位数字")
    if checked.value is None:
        return checked
    return Checked(value=checked.value[:9], label=checked.label)


def _hk_mo_tw_residence(text: str, today: date) -> Checked:
    number = normalise(text)
    if shape := citizen_shape_problem(number, _HK_MO_TW):
        return shape
    if number[:6] not in ("810000", "820000", "830000"):
        return Checked(problem=Problem.FORMAT, label=_HK_MO_TW, expected="以810000、820000或830000开头的18位号码")
    if problem := citizen_problem(number, today):
        return Checked(problem=problem, label=_HK_MO_TW)
    return Checked(value=number, label=_HK_MO_TW)


def _foreign_permanent_residence(text: str, today: date) -> Checked:
    number = normalise(text)
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):  # cards from before December 2023 stay valid until they expire
        return Checked(value=number, label=_PERMANENT)
    if number[:1].isalpha():
        words = "以9开头的18位号码，或旧证上的3位字母加12位数字"
        return Checked(problem=Problem.FORMAT, label=_PERMANENT, expected=words)
    if shape := citizen_shape_problem(number, _PERMANENT):
        return shape
    if number[0] != "9":
        return Checked(problem=Problem.FORMAT, label=_PERMANENT, expected="以9开头的18位号码")
    if number[1:3] not in MAINLAND_PROVINCES:
        return Checked(problem=Problem.REGION, label=_PERMANENT, expected="2至3")
    if problem := citizen_problem(number, today):
        return Checked(problem=problem, label=_PERMANENT)
    return Checked(value=number, label=_PERMANENT)


def _by_pattern(text: str, _today: date, *, label: str, pattern: str, words: str) -> Checked:
    number = normalise(text)
    if not number:
        return Checked(problem=Problem.EMPTY, label=label)
    if not re.fullmatch(pattern, number):
        return Checked(problem=Problem.FORMAT, label=label, expected=words)
    return Checked(value=number, label=label)


class _Kind(NamedTuple):
    label: str
    check: Callable[[str, date], Checked]


_PASSPORT = "护照号码"
_HK_MO = "港澳居民来往内地通行证号码"
_TAIWAN = "台湾居民来往大陆通行证号码"
_PERMANENT = "外国人永久居留身份证号码"
_HK_MO_TW = "港澳台居民居住证号码"

_KINDS = {
    DocumentType.RESIDENT_ID: _Kind("居民身份证", check_resident_id),
    DocumentType.PASSPORT: _Kind(
        "护照",
        partial(
            _by_pattern,
            label=_PASSPORT,
            pattern=r"(?=.*[0-9])[A-Z0-9]{5,20}",
            words="5至20位字母和数字",
        ),
    ),
    DocumentType.HK_MO_PERMIT: _Kind("港澳居民来往内地通行证", _hk_mo_permit),
    DocumentType.TAIWAN_PERMIT: _Kind(
        "台湾居民来往大陆通行证",
        partial(
            _by_pattern,
            label=_TAIWAN,
            pattern=r"[0-9]{8}[A-Z]?|[0-9]{10}(?:\([A-Z0-9]\))?",
            words="8位数字（旧证为10位）",
        ),
    ),
    DocumentType.FOREIGN_PERMANENT_RESIDENCE: _Kind("外国人永久居留身份证", _foreign_permanent_residence),
    DocumentType.HK_MO_TW_RESIDENCE: _Kind("港澳台居民居住证", _hk_mo_tw_residence),
}
