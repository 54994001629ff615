"""Answers of a matter's form as people read them, whole or masked (R-2.6.3.2, R-2.6.3.3)."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.divisions import Divisions
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.masking import mask_document, mask_inside, mask_name, mask_phone
from jsrs_portal.domain.matter_forms import FieldFormat, FieldType, FormField, Prefill


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


_NAMES = (Prefill.LEGAL_REP_NAME, Prefill.OPERATOR_NAME, Prefill.PERSON_NAME)
_DOCUMENTS = (Prefill.OPERATOR_DOCUMENT, Prefill.PERSON_DOCUMENT)
_MOBILES = (Prefill.OPERATOR_MOBILE, Prefill.PERSON_MOBILE)
_KEPT = 4
_LONGEST_NAME = 50
"""A sensitive text that may be longer says more of somebody than a name: nothing of it is shown."""


def masked_words_of(field: FormField, answer: Any, divisions: Divisions) -> str:
    """Return an answer as others than its unit read it: people's data masked, everything else as in :func:`words_of`.

    What a field is says what is masked in it: of a name its first character is left, of what else is sensitive nothing.
    In free text it is the numbers of phones and identity cards.
    """
    words = words_of(field, answer, divisions)
    if not words:
        return ""
    if field.type is FieldType.PERSON:
        kind = DocumentType(answer["document"])
        return f"{mask_name(answer['name'])}，{kind.label} {mask_document(kind, answer['number'])}"
    if field.type is FieldType.ADDRESS:
        return f"{divisions.full_name(answer['region'])}****"
    if field.type not in (FieldType.TEXT, FieldType.LONG_TEXT):
        return "****" if field.sensitive else words
    if field.format is FieldFormat.ID_NUMBER or field.prefill in _DOCUMENTS:
        return mask_document(DocumentType.RESIDENT_ID, words)
    if field.format in (FieldFormat.MOBILE, FieldFormat.PHONE) or field.prefill in _MOBILES:
        return mask_phone(words)
    if field.format is FieldFormat.EMAIL:
        return f"{words[0]}***@{words.rpartition('@')[2]}"
    if field.format is FieldFormat.BANK_ACCOUNT:
        return f"****{words[-_KEPT:]}" if len(words) >= 2 * _KEPT else "****"
    if field.prefill in _NAMES:
        return mask_name(words)
    if field.sensitive and field.format is None:
        return mask_name(words) if 0 < (field.max_length or 0) <= _LONGEST_NAME else "****"
    return mask_inside(words)
