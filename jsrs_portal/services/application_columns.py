"""A table's columns as those of a sheet: their heads, and what is typed as cells and back (R-2.6.3.3).

Most columns are one; a period, an address, a person, a unit are several. Computed columns are none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from jsrs_portal.domain.code_tables import DIVISIONS
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.form_texts import Wrong
from jsrs_portal.domain.form_values import Typed, controls_of
from jsrs_portal.domain.matter_forms import FieldType, FormField
from jsrs_portal.services.code_search import choice_of, resolve
from jsrs_portal.services.workbooks import digits_lost, lines_of

_LONGEST = 5001
"""Signs of a cell that are looked at: one more than any text may have."""
_EXACT = 15
"""Digits of a number that a spreadsheet keeps; longer ones are written as text."""
_FEW = 6
"""So many choices are named when something else was written."""
_YES_NO = {"yes": "是", "no": "否"}
_SEPARATORS = "、，,;； \n"
_PART_WORDS = {
    "from": "起始日期",
    "until": "结束日期",
    "region": "所在区县",
    "detail": "详细地址",
    "document": "证件类型",
    "number": "证件号码",
    "uscc": "统一社会信用代码",
}
_NAME_WORDS = {FieldType.PERSON: "姓名", FieldType.UNIT: "全称"}
_DATES, _NUMBERS = (FieldType.DATE, FieldType.DATE_RANGE), (FieldType.NUMBER, FieldType.MONEY)


@dataclass(frozen=True)
class SheetColumn:
    """One column of the sheet: its ``head``, the field it belongs to, and which ``part`` of it (empty: all)."""

    head: str
    field: FormField
    part: str = ""

    @property
    def control(self) -> str:
        """The name of what is typed in it; of a multiple choice, what its options' names begin with."""
        return f"{self.field.key}.{self.part}" if self.part else self.field.key

    @property
    def is_date(self) -> bool:
        """Whether days stand in it."""
        return self.field.type in _DATES

    @property
    def is_number(self) -> bool:
        """Whether numbers stand in it."""
        return self.field.type in _NUMBERS

    @property
    def is_place(self) -> bool:
        """Whether a division stands in it."""
        return self.field.type is FieldType.REGION or self.part == "region"

    @cached_property
    def words(self) -> Mapping[str, str]:
        """What is typed, by the words that stand for it where only some may; otherwise empty."""
        if self.field.type is FieldType.YES_NO:
            return _YES_NO
        if self.part == "document":
            return {kind.value: kind.label for kind in DocumentType}
        options = self.field.options or ()
        labels = [option.label.strip() for option in options]
        return {
            option.value: label if labels.count(label) == 1 else f"{label}（{option.value}）"
            for option, label in zip(options, labels, strict=True)
        }

    @cached_property
    def values(self) -> Mapping[str, str]:
        """What the words stand for."""
        return {word: value for value, word in self.words.items()}


def sheet_columns(table: FormField) -> tuple[SheetColumn, ...]:
    """Return the columns of the sheet; two with the same label are told apart by their number."""
    found: dict[str, SheetColumn] = {}
    for column in table.columns or ():
        if column.computed is not None:
            continue
        whole = column.type is FieldType.CHOICES
        for part in ("",) if whole else (name[len(column.key) + 1 :] for name in controls_of(column)):
            word = _NAME_WORDS.get(column.type, "") if part == "name" else _PART_WORDS.get(part, "")
            said = "".join(sign for sign in f"{column.label}{word and f'（{word}）'}" if sign.isprintable()).strip()
            heads = (said, *(f"{said} {number}" for number in range(2, 100)))
            head = next(one for one in heads if one not in found)
            found[head] = SheetColumn(head, column, part)
    return tuple(found.values())


def head_of(columns: Sequence[SheetColumn], field: str, control: str = "") -> str:
    """Return the head over what ``control`` of a field says, or over the field's first cell."""
    mine = [column for column in columns if column.field.key == field]
    return next((column.head for column in mine if column.control == control), mine[0].head if mine else "")


def cell_of(column: SheetColumn, typed: Typed) -> str | Decimal | date:
    """Return the cell for what is typed in ``column``; what is no answer stands as it was typed."""
    if column.field.type is FieldType.CHOICES:
        return "、".join(
            word for value, word in column.words.items() if typed.get(f"{column.control}.{value}") == "yes"
        )
    text = typed.get(column.control, "")
    if not text:
        return ""
    if column.is_date:
        return _or_text(date.fromisoformat, text)
    if column.is_number:
        digits = sum(sign.isdigit() for sign in text)
        return _or_text(Decimal, text) if digits <= _EXACT else text
    if column.is_place:
        return choice_of(DIVISIONS.key, text).label
    return column.words.get(text, text)


def read_cells(columns: Sequence[SheetColumn], cells: Iterable[Any]) -> tuple[dict[str, str], dict[str, Wrong]]:
    """Return what the cells of a row say as it would be typed, and by field what no page would let be typed."""
    typed: dict[str, str] = {}
    wrong: dict[str, Wrong] = {}
    for column, value in zip(columns, cells, strict=True):
        found = _typed(column, value)
        if isinstance(found, Wrong):
            wrong.setdefault(column.field.key, found)
        else:
            typed |= found
    return typed, wrong


def _typed(column: SheetColumn, value: Any) -> dict[str, str] | Wrong:
    text = lines_of(value, longest=_LONGEST)
    if not text:
        return {}
    if column.field.type is FieldType.CHOICES:
        chosen = _split(text, column.values)
        if chosen is None:
            return Wrong(f"{column.head}中有不在可选项中的内容，多项请用“、”分隔。")
        return {f"{column.control}.{one}": "yes" for one in chosen}
    if column.words:
        known = column.values.get(text)
        return Wrong(_not_listed(column)) if known is None else {column.control: known}
    if column.is_place:
        code = resolve(DIVISIONS.key, text)
        return {column.control: code} if code else Wrong(f"没有找到{column.head}，请填写行政区划的全称或代码。")
    if not column.is_number and not column.is_date and digits_lost(value):
        return Wrong(f"{column.head}是数字格式的单元格，末尾的数字已丢失，请改为文本格式后重新填写。")
    return {column.control: text}


def _not_listed(column: SheetColumn) -> str:
    words = list(column.words.values())
    return f"{column.head}应填写{'、'.join(f'“{word}”' for word in words[:_FEW])}{'等选项' * (len(words) > _FEW)}之一。"


def _split(text: str, known: Mapping[str, str]) -> list[str] | None:
    """Return the values whose words ``text`` lists; words may hold separators themselves, so the longest fits first."""
    rest, found = text.strip(_SEPARATORS), list[str]()
    longest_first = sorted(known, key=len, reverse=True)
    while rest:
        fits = (word for word in longest_first if rest.startswith(word))
        word = next((word for word in fits if not rest[len(word) :] or rest[len(word)] in _SEPARATORS), None)
        if word is None:
            return None
        found.append(known[word])
        rest = rest[len(word) :].lstrip(_SEPARATORS)
    return found


def _or_text(read: Any, text: str) -> Any:
    try:
        return read(text)
    except (ValueError, InvalidOperation):
        return text
