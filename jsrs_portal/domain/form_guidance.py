"""What a field of a matter's form wants, in words: for whoever fills it in outside its page (R-2.6.3.3)."""

from collections.abc import Mapping

from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.form_values import (
    LONGEST_LONG_TEXT,
    LONGEST_TEXT,
    Surroundings,
    earliest,
    latest,
)
from jsrs_portal.domain.matter_bounds import number_at
from jsrs_portal.domain.matter_conditions import Condition, FieldRef
from jsrs_portal.domain.matter_forms import FieldFormat, FieldType, FormField

_FORMATS = {
    FieldFormat.USCC: "18 位统一社会信用代码",
    FieldFormat.ID_NUMBER: "18 位居民身份证号码",
    FieldFormat.MOBILE: "11 位手机号码",
    FieldFormat.PHONE: "电话号码，例如 025-83276000 或手机号",
    FieldFormat.EMAIL: "电子邮箱，例如 hr@example.com",
    FieldFormat.POSTCODE: "6 位邮政编码",
    FieldFormat.BANK_ACCOUNT: "8 至 30 位数字",
}
_REGION = "行政区划的名称全称或代码，例如“江苏省南京市玄武区”或“320102”"
_DOCUMENTS = "、".join(kind.label for kind in DocumentType)
_WHEN_OTHERS = "视其他列的填写情况"


def when_needed(field: FormField, among: Mapping[str, FormField]) -> str:
    """Return when ``field`` must be filled in; ``among`` are the fields its conditions speak of."""
    if field.required_when is not None:
        words = _condition(field.required_when, among)
        return f"{words}时必填" if words else f"{_WHEN_OTHERS}必填"
    if not field.required:
        return "选填"
    if field.show_when is not None:
        words = _condition(field.show_when, among)
        return f"{words}时必填，其他情况不填" if words else f"{_WHEN_OTHERS}必填或不填"
    return "必填"


def rule_of(field: FormField, part: str, around: Surroundings) -> str:
    """Return what may stand in ``part`` of a field (the end of its control's name; empty for the only one)."""
    rule = _PARTS.get((field.type, part), "") or _rule(field, part, around)
    return "；".join(said.rstrip("。；") for said in (rule, field.help) if said)


_PARTS = {
    (FieldType.ADDRESS, "region"): f"{_REGION}，须到区县一级",
    (FieldType.ADDRESS, "detail"): f"街道、门牌号等，最多 {LONGEST_TEXT} 个字",
    (FieldType.PERSON, "name"): "证件上的姓名，最多 60 个字",
    (
        FieldType.PERSON,
        "document",
    ): f"从下拉列表中选择：{_DOCUMENTS}，不填为居民身份证",
    (FieldType.PERSON, "number"): "与证件类型相符的证件号码",
    (FieldType.UNIT, "name"): f"单位全称，最多 {LONGEST_TEXT} 个字",
    (FieldType.UNIT, "uscc"): _FORMATS[FieldFormat.USCC],
}


def _rule(field: FormField, part: str, around: Surroundings) -> str:
    if field.type in (FieldType.TEXT, FieldType.LONG_TEXT):
        return _text(field)
    if field.type in (FieldType.NUMBER, FieldType.MONEY):
        return _number(field, around)
    if field.type in (FieldType.DATE, FieldType.DATE_RANGE):
        return _date(field, part, around)
    if field.type is FieldType.YES_NO:
        return "填写“是”或“否”"
    if field.type is FieldType.REGION:
        return _REGION
    labels = "、".join(option.label for option in field.options or ())
    if field.type is FieldType.CHOICE:
        return f"从下拉列表中选择：{labels}"
    least = f"至少 {field.least} 项" if field.least else ""
    most = f"最多 {field.most} 项" if field.most else ""
    return "，".join(said for said in (f"可填多项，以“、”分隔：{labels}", least, most) if said)


def _text(field: FormField) -> str:
    if field.format is not None:
        return _FORMATS[field.format]
    most = field.max_length or (LONGEST_LONG_TEXT if field.type is FieldType.LONG_TEXT else LONGEST_TEXT)
    length = f"{field.min_length} 至 {most} 个字" if field.min_length else f"最多 {most} 个字"
    return "，".join(said for said in (length, (field.pattern_message or "").rstrip("。")) if said)


def _number(field: FormField, around: Surroundings) -> str:
    said = ["数字", f"最多 {field.places} 位小数" if field.places else "整数"]
    least, most = number_at(field.at_least, around.today), number_at(field.at_most, around.today)
    if least is not None:
        said.append(f"不小于 {least:g}")
    if most is not None:
        said.append(f"不大于 {most:g}")
    unit = field.suffix or ("元" if field.type is FieldType.MONEY else "")
    return "，".join([*said, *([f"单位：{unit}"] if unit else [])])


def _date(field: FormField, part: str, around: Surroundings) -> str:
    said = ["日期，例如 2026-03-02"]
    if field.not_before is not None:
        said.append(f"不早于{in_words(earliest(field, around.today))}")
    if field.not_after is not None:
        said.append(f"不晚于{in_words(latest(field, around.today))}")
    return "，".join([*said, *(["不早于起始日期"] if part == "until" else [])])


def _condition(condition: Condition, among: Mapping[str, FormField]) -> str:
    """Return a simple condition in words, empty for one that has no simple words."""
    field = among.get(condition.field or "")
    if field is None:
        return ""
    if condition.filled is not None:
        return f"“{field.label}”{'已填写' if condition.filled else '未填写'}"
    wanted = condition.one_of or (condition.includes if condition.includes is not None else condition.equals,)
    values = [_value(field, value) for value in wanted if value is not None and not isinstance(value, FieldRef)]
    return f"“{field.label}”为{'或'.join(f'“{value}”' for value in values)}" if values else ""


def _value(field: FormField, value: object) -> str:
    labels = {option.value: option.label for option in field.options or ()}
    if field.type is FieldType.YES_NO:
        return "是" if value in (True, "yes", "是") else "否"
    return labels.get(str(value), str(value))
