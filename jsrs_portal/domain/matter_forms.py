"""The application form inside a matter: sections, fields, rules; applications fill it in (R-2.6.3.3)."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import Field, field_validator, model_validator

from jsrs_portal.domain.matter_bounds import DAY_BOUND, NumberBound, crossed, moves
from jsrs_portal.domain.matter_computations import Computation, used_in
from jsrs_portal.domain.matter_conditions import Condition, fields_of
from jsrs_portal.domain.matter_parts import Key, Line, Part, repeated
from jsrs_portal.domain.matter_rules import FormRule
from jsrs_portal.domain.patterns import LONGEST, problem_with


class FieldType(StrEnum):
    """What a field asks for; the value is the word in the file."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    DATE_RANGE = "date_range"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    REGION = "region"
    ADDRESS = "address"
    PERSON = "person"
    UNIT = "unit"
    FILE = "file"
    TABLE = "table"


class FieldFormat(StrEnum):
    """A text with a fixed rule of its own, such as those of :mod:`.identifiers`."""

    USCC = "uscc"
    ID_NUMBER = "id_number"
    MOBILE = "mobile"
    PHONE = "phone"
    EMAIL = "email"
    POSTCODE = "postcode"
    BANK_ACCOUNT = "bank_account"


class Prefill(StrEnum):
    """Where a field's first value comes from: the unit, its legal representative, whoever applies.

    ``person`` is whoever applies for themselves; for a unit those fields begin empty.

    ``last`` is what the same field held in the last application for this matter in the same name.
    """

    UNIT_USCC = "unit.uscc"
    UNIT_NAME = "unit.name"
    UNIT_NUMBER = "unit.number"
    UNIT_ADDRESS = "unit.address"
    UNIT_REGION = "unit.region"
    UNIT_ECONOMIC_TYPE = "unit.economic_type"
    UNIT_INDUSTRY = "unit.industry"
    LEGAL_REP_NAME = "legal_rep.name"
    OPERATOR_NAME = "operator.name"
    OPERATOR_MOBILE = "operator.mobile"
    OPERATOR_DOCUMENT = "operator.document"
    PERSON_NAME = "person.name"
    PERSON_DOCUMENT = "person.document"
    PERSON_MOBILE = "person.mobile"
    TODAY = "today"
    THIS_YEAR = "this_year"
    LAST_YEAR = "this_year-1"
    LAST = "last"


class Option(Part):
    """One choice: what is stored and what is shown."""

    value: Key
    label: Line


_TEXTS = {FieldType.TEXT, FieldType.LONG_TEXT}
_AMOUNTS = {FieldType.NUMBER, FieldType.MONEY}
_DATES = {FieldType.DATE, FieldType.DATE_RANGE}
_CHOICES = {FieldType.CHOICE, FieldType.CHOICES}
_ONLY_FOR: dict[str, set[FieldType]] = {
    "format": {FieldType.TEXT},
    "pattern": {FieldType.TEXT},
    "pattern_message": {FieldType.TEXT},
    "computed": _AMOUNTS,
    "min_length": _TEXTS,
    "max_length": _TEXTS,
    "at_least": _AMOUNTS,
    "at_most": _AMOUNTS,
    "decimals": _AMOUNTS,
    "suffix": _AMOUNTS | {FieldType.TEXT},
    "not_before": _DATES,
    "not_after": _DATES,
    "options": _CHOICES,
    "most": {FieldType.CHOICES, FieldType.FILE, FieldType.TABLE},
    "least": {FieldType.CHOICES, FieldType.FILE, FieldType.TABLE},
    "material": {FieldType.FILE},
    "columns": {FieldType.TABLE},
    "rules": {FieldType.TABLE},
}


class FormField(Part):
    """One question of the form.

    ``show_when`` and ``required_when`` are conditions over other fields; a hidden field has no answer. ``locked``
    keeps a prefilled value as it is. ``pattern`` is a regular expression (RE2) of the whole text, and
    ``pattern_message`` the sentence when it does not fit. ``computed`` fields are never typed. ``material`` names the
    guide's material a file is. No two rows say the same in a ``unique`` column; ``rules`` hold between the columns of
    each row. ``sensitive`` answers are masked wherever they are not being filled in; ``exported`` ones become columns
    of the Excel list (R-2.6.3.5).
    """

    key: Key
    label: Line
    type: FieldType
    help: str = Field("", max_length=300)
    placeholder: str = Field("", max_length=60)
    required: bool = True
    required_when: Condition | None = None
    show_when: Condition | None = None
    prefill: Prefill | None = None
    locked: bool = False
    sensitive: bool = False
    exported: bool = False
    format: FieldFormat | None = None
    pattern: str | None = Field(None, max_length=LONGEST)
    pattern_message: str | None = Field(None, max_length=120)
    computed: Computation | None = None
    min_length: int | None = Field(None, ge=1)
    max_length: int | None = Field(None, ge=1, le=5000)
    at_least: NumberBound | None = None
    at_most: NumberBound | None = None
    decimals: int | None = Field(None, ge=0, le=6)
    suffix: str | None = Field(None, max_length=10)
    not_before: str | None = Field(None, pattern=DAY_BOUND)
    not_after: str | None = Field(None, pattern=DAY_BOUND)
    options: tuple[Option, ...] | None = Field(None, min_length=2)
    least: int | None = Field(None, ge=0)
    most: int | None = Field(None, ge=1, le=500)
    material: Key | None = None
    columns: tuple["FormField", ...] | None = Field(None, min_length=1)
    rules: tuple[FormRule, ...] | None = Field(None, min_length=1)
    unique: bool = False

    @field_validator("pattern")
    @classmethod
    def _pattern_is_one(cls, value: str | None) -> str | None:
        if value is not None and (problem := problem_with(value)):
            raise ValueError(problem)
        return value

    @model_validator(mode="after")
    def _settings_fit_the_type(self) -> Self:
        for name, types in _ONLY_FOR.items():
            if getattr(self, name) is not None and self.type not in types:
                raise ValueError(f"{name} 不能用于 {self.type} 类型的字段 {self.key}")
        if self.type in _CHOICES and not self.options:
            raise ValueError(f"字段 {self.key} 是选择题，须列出 options")
        if self.type is FieldType.TABLE and not self.columns:
            raise ValueError(f"字段 {self.key} 是表格，须列出 columns")
        if self.computed is not None and (self.at_least is not None or self.at_most is not None):
            raise ValueError(f"字段 {self.key} 是自动计算的，请用 rules 校验其大小")
        for bound in (self.not_before, self.not_after):
            if bound and not bound.startswith("today") and not moves(bound):
                date.fromisoformat(bound)
        if self.places and self.is_year:
            raise ValueError(f"字段 {self.key} 的上下限是年份，须为整数（decimals: 0）")
        if (self.pattern is None) != (self.pattern_message is None):
            raise ValueError(f"字段 {self.key} 的 pattern 和 pattern_message 须同时写明")
        if self.locked and self.prefill is None:
            raise ValueError(f"字段 {self.key} 设置了 locked，须同时写明 prefill")
        if twice := repeated([option.value for option in self.options or ()]):
            raise ValueError(f"字段 {self.key} 的选项值重复：{'、'.join(twice)}")
        for low, high in ((self.min_length, self.max_length), (self.at_least, self.at_most), (self.least, self.most)):
            if crossed(low, high):
                raise ValueError(f"字段 {self.key} 的下限大于上限")
        return self

    @property
    def places(self) -> int:
        """Digits after the point: as said, else two for money and none for numbers."""
        return self.decimals if self.decimals is not None else 2 if self.type is FieldType.MONEY else 0

    @property
    def is_year(self) -> bool:
        """Whether its number is a year, which is written without separators."""
        return moves(self.at_least) or moves(self.at_most)

    @property
    def at_once(self) -> int:
        """How many files or rows it takes: as said, else one file and a hundred rows."""
        return self.most or (100 if self.type is FieldType.TABLE else 1)

    @model_validator(mode="after")
    def _columns_are_plain(self) -> Self:
        columns = self.columns or ()
        if any(column.type in (FieldType.TABLE, FieldType.FILE) for column in columns):
            raise ValueError(f"表格 {self.key} 的列不能是表格或附件")
        if twice := repeated([column.key for column in columns]):
            raise ValueError(f"表格 {self.key} 的列重复：{'、'.join(twice)}")
        known = {column.key for column in columns}
        for column in columns:
            for condition in (column.show_when, column.required_when):
                if unknown := [key for key in fields_of(condition) if key not in known] if condition else []:
                    raise ValueError(f"表格 {self.key} 的列 {column.key} 的条件引用了不存在的列：{'、'.join(unknown)}")
            _refuse_uncomputable(column, columns)
        for rule in self.rules or ():
            _refuse_unknown(f"表格 {self.key} 的校验规则", list(rule.used), known)
        return self


class FormSection(Part):
    """A group of fields under a heading; ``show_when`` hides all of it."""

    key: Key
    title: Line
    note: str = Field("", max_length=500)
    show_when: Condition | None = None
    fields: tuple[FormField, ...] = Field(min_length=1)


class MatterForm(Part):
    """The whole form; ``promise`` is what the applicant ticks before submitting."""

    sections: tuple[FormSection, ...] = Field(min_length=1)
    rules: tuple[FormRule, ...] = ()
    promise: str = Field("", max_length=500)

    @property
    def fields(self) -> Iterator[FormField]:
        """All fields in order, a table's columns not among them."""
        for section in self.sections:
            yield from section.fields

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        keys = [field.key for field in self.fields]
        if twice := repeated(keys):
            raise ValueError(f"表单字段重复：{'、'.join(twice)}")
        if twice := repeated([section.key for section in self.sections]):
            raise ValueError(f"表单分组重复：{'、'.join(twice)}")
        if alone := [field.key for field in self.fields if field.unique]:
            raise ValueError(f"unique 只能用于表格的列，不能用于字段 {'、'.join(alone)}")
        known = set(keys)
        for rule in self.rules:
            _refuse_unknown("校验规则", list(rule.used), known)
        return self

    @model_validator(mode="after")
    def _questions_follow_their_conditions(self) -> Self:
        """What decides whether a question is shown is asked before it; so nothing depends on itself."""
        known: set[str] = set()
        asked: list[FormField] = []
        for section in self.sections:
            if section.show_when is not None:
                _refuse_unknown(f"分组 {section.key} 的条件", list(fields_of(section.show_when)), known)
            for field in section.fields:
                for condition in (field.show_when, field.required_when):
                    if condition is not None:
                        _refuse_unknown(f"字段 {field.key} 的条件", list(fields_of(condition)), known)
                _refuse_uncomputable(field, asked)
                known.add(field.key)
                asked.append(field)
        return self


def _refuse_uncomputable(field: FormField, before: "tuple[FormField, ...] | list[FormField]") -> None:
    """A computed field looks at numbers that are asked before it."""
    if field.computed is None:
        return
    known = {one.key: one for one in before if one is not field}
    for key, column in used_in(field.computed):
        found = known.get(key)
        columns = {one.key: one for one in (found.columns or ())} if found else {}
        used = columns.get(column) if column else found
        if used is None or (used.type not in _AMOUNTS and not (not column and used.type is FieldType.TABLE)):
            raise ValueError(f"字段 {field.key} 的计算引用了不存在、排在其后或不是数字的字段：{key}")


def _refuse_unknown(what: str, used: list[str], known: set[str]) -> None:
    if unknown := [key for key in used if key not in known]:
        raise ValueError(f"{what}引用了不存在或排在其后的字段：{'、'.join(dict.fromkeys(unknown))}")
