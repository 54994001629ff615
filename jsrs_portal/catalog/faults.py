"""What is wrong with a file of the catalogue: file, line, field and reason, in Chinese (rule 4)."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from jsrs_portal.catalog.marked_yaml import Marked, Place


@dataclass(frozen=True, order=True)
class Fault:
    """One mistake."""

    file: str
    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        """Return ``文件:行 字段:原因``; without a field when the whole file is meant."""
        return (
            f"{self.file}:{self.line} {self.field}：{self.reason}"
            if self.field
            else f"{self.file}:{self.line} {self.reason}"
        )


_REASONS = {
    "missing": "缺少必填项",
    "extra_forbidden": "没有这个字段，请检查拼写",
    "string_type": "应为文字；数字、日期和 true、false 请加引号",
    "string_too_short": "不能少于 {min_length} 个字",
    "string_too_long": "不能超过 {max_length} 个字",
    "string_pattern_mismatch": "格式不正确",
    "too_short": "至少要有 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "tuple_type": "应为列表，每项一行，以“- ”开头",
    "model_type": "应为一组字段",
    "model_attributes_type": "应为一组字段",
    "date_type": "应为日期，如 2026-03-02",
    "date_parsing": "应为日期，如 2026-03-02",
    "date_from_datetime_parsing": "应为日期，如 2026-03-02",
    "date_from_datetime_inexact": "应为日期，如 2026-03-02",
}


def faults_of(error: ValidationError, marked: Marked, file: str) -> list[Fault]:
    """Return what a model refused, each where it stands in ``file``; never the value itself."""
    found: dict[tuple[int, str], Fault] = {}
    for problem in error.errors(include_url=False, include_input=False):
        place, line = marked.nearest(tuple(problem["loc"]))
        # A missing field stands nowhere, so it is named in full; the branches of a union stand nowhere either.
        named = tuple(problem["loc"]) if problem["type"] in ("missing", "extra_forbidden") else place
        fault = Fault(file, line, dotted(named), _reason(problem))
        found.setdefault((line, fault.field), fault)
    return list(found.values())


def dotted(place: Place) -> str:
    """Return a place as authors read it: ``guide.faqs[1].answer``, counted from one."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def _reason(problem: Any) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "enum":
        return f"只能是 {context['expected'].replace(' or ', '、').replace(', ', '、')} 之一"
    return _REASONS.get(kind, "不符合要求").format(**context)
