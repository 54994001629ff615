"""推荐: which matters a unit is likely to need now, with the reason that is shown (R-2.6.1.2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

from jsrs_portal.domain.institutions import KINDS as INSTITUTION_KINDS
from jsrs_portal.domain.matter_parts import Key, Line

MOST = 12
"""Matters that are recommended at once."""
KEPT_REASON = "您收藏过同类事项"
HOT_REASON = "近期办理较多"


class UnitKind(StrEnum):
    """What a unit is, as far as its code says."""

    COMPANY = "company"
    SOLE_TRADER = "sole_trader"
    PUBLIC_BODY = "public_body"
    AUTHORITY = "authority"
    SOCIAL_BODY = "social_body"
    OTHER = "other"


_KINDS = {
    "11": UnitKind.AUTHORITY,
    "12": UnitKind.PUBLIC_BODY,
    "51": UnitKind.SOCIAL_BODY,
    "52": UnitKind.SOCIAL_BODY,
    "53": UnitKind.SOCIAL_BODY,
    "91": UnitKind.COMPANY,
    "92": UnitKind.SOLE_TRADER,
}


def unit_kind(uscc: str) -> UnitKind:
    """Return what kind of unit has this 统一社会信用代码: its first two characters (GB 32100-2015, 5.2 and 5.3)."""
    return _KINDS.get(uscc[:2], UnitKind.OTHER)


class Recommendation(BaseModel):
    """Some matters, for whom and when, and why. Conditions that are empty hold always; the others all together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    matters: tuple[Key, ...] = Field(min_length=1)
    reason: Line = Field(max_length=24)
    months: tuple[int, ...] = ()
    kinds: tuple[UnitKind, ...] = ()
    institutions: tuple[str, ...] = ()
    new_days: int = Field(0, ge=0, le=366)

    @field_validator("months")
    @classmethod
    def _months_exist(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not all(1 <= month <= 12 for month in value):
            raise ValueError("months 须为 1 至 12")
        return value

    @field_validator("institutions")
    @classmethod
    def _institutions_exist(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(value) - set(INSTITUTION_KINDS):
            raise ValueError(f"没有这样的机构类型：{'、'.join(sorted(unknown))}")
        return value


RECOMMENDATIONS = TypeAdapter(tuple[Recommendation, ...])
"""What ``catalog/recommendations.yaml`` is read with."""


@dataclass(frozen=True)
class UnitFacts:
    """What is known of a unit: its kind, since when it is registered here, the kinds of its institutions."""

    kind: UnitKind
    registered_on: date
    institutions: frozenset[str] = frozenset()


def recommend(rules: Iterable[Recommendation], facts: UnitFacts, *, today: date) -> dict[str, str]:
    """Return the keys of the matters that ``rules`` recommend to a unit on ``today``, in order, each with its reason.

    The first rule that names a matter gives the reason.
    """
    found: dict[str, str] = {}
    for rule in rules:
        if _holds(rule, facts, today):
            for key in rule.matters:
                found.setdefault(key, rule.reason)
    return found


def _holds(rule: Recommendation, facts: UnitFacts, today: date) -> bool:
    return (
        (not rule.months or today.month in rule.months)
        and (not rule.kinds or facts.kind in rule.kinds)
        and (not rule.institutions or bool(facts.institutions & set(rule.institutions)))
        and (not rule.new_days or 0 <= (today - facts.registered_on).days <= rule.new_days)
    )
