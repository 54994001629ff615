"""Answers of a matter's form as people read them, whole or masked (R-2.6.3.2, R-2.6.3.3)."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.divisions import Divisions
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.matter_forms import FieldType, FormField


def words_of(field: FormField, answer: Any, divisions: Divisions) -> str:
    """Return an answer as people read it; empty for none."""
    if answer is None:
        return ""
    if field.type in (FieldType.CHOICE, FieldType.CHOICES):
        labels = {option.value: option.label for option in field.options or ()}
        chosen = cast("list[str]", answer) if isinstance(answer, list) else [str(answer)]
        return "、".join(labels.get(value, value) for value in chosen)
    if field.type is FieldType.YES_NO:
        return "是" if answer else "否"
    if field.type is FieldType.DATE:
        return in_words(date.fromisoformat(answer))
    if field.type is FieldType.DATE_RANGE:
        return "至".join(in_words(date.fromisoformat(answer[end])) for end in ("from", "until"))
    if field.type is FieldType.REGION:
        return divisions.labelled(answer)
    if field.type is FieldType.ADDRESS:
        return f"{divisions.labelled(answer['region'])}{answer['detail']}"
    if field.type is FieldType.PERSON:
        return f"{answer['name']}，{DocumentType(answer['document']).label} {answer['number']}"
    if field.type is FieldType.UNIT:
        return f"{answer['name']}（{answer['uscc']}）"
    if field.type in (FieldType.NUMBER, FieldType.MONEY):
        number = f"{Decimal(answer):f}" if field.is_year else f"{Decimal(answer):,f}"
        return f"{number} {field.suffix or ('元' if field.type is FieldType.MONEY else '')}".strip()
    return str(answer)
