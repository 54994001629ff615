"""好差评: five levels with reasons to tick, and what becomes of a bad one (R-2.6.3.4; 国办发〔2019〕51号).

The reasons stand in this table with its version: neither an office nor an officer changes them. Nobody has to rate, and
what nobody has rated is not counted as good.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from jsrs_portal.domain.cases import DECIDED
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.workdays import WorkDays


class Level(IntEnum):
    """How somebody was served; the number is the national one."""

    VERY_BAD = 1
    BAD = 2
    FAIR = 3
    GOOD = 4
    VERY_GOOD = 5


LEVEL_LABELS = {
    Level.VERY_GOOD: "非常满意",
    Level.GOOD: "满意",
    Level.FAIR: "基本满意",
    Level.BAD: "不满意",
    Level.VERY_BAD: "非常不满意",
}
"""In the order in which they are offered."""
RATABLE = DECIDED
"""A case may be rated once the bureau has said what it had to say, whatever that was."""
LONGEST_WORDS = 300
RECTIFY_DAYS = 15
"""Working days in which a bad rating is to be put right."""
REMIND_DAYS = 3
"""So many working days before its end officers are reminded of a rectification."""
SHORTEST_DONE, LONGEST_DONE = 10, 500
"""Characters of what an officer says was done about a bad rating."""
FEWEST_SHOWN = 5
"""Of fewer ratings no summary is shown: who gave them could be guessed."""

REASONS_VERSION = 1
REASONS: Mapping[Level, Mapping[str, str]] = {
    Level.VERY_GOOD: {
        "501": "办理速度快",
        "502": "办事指南准确详细",
        "503": "填报简便",
        "504": "一次就办成",
        "505": "平台好用",
    },
    Level.GOOD: {
        "401": "办结及时",
        "402": "办事指南清楚",
        "403": "填报方便",
        "404": "平台运行稳定",
    },
    Level.FAIR: {
        "301": "在承诺时间内办结",
        "302": "办事指南基本清楚",
        "303": "填报基本方便",
        "304": "平台基本可用",
    },
    Level.BAD: {
        "201": "未在承诺时间内办结",
        "202": "办事指南与实际要求不一致",
        "203": "没有提供材料样本",
        "204": "同样内容要多次填写",
        "205": "在线提交材料不方便",
        "206": "页面打开慢或出错",
    },
    Level.VERY_BAD: {
        "101": "未在承诺时间内办结",
        "102": "办事指南提供的样本有错",
        "103": "无法在线提交材料",
        "104": "网上申报后仍要求线下提交",
        "105": "同样内容要多次填写",
        "106": "页面无法打开",
    },
}
"""What may be ticked at each level, by code; a code is never used again for another reason."""


class Standing(StrEnum):
    """Where the rectification of a bad rating stands."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Tab(StrEnum):
    """The parts of the officers' list of bad ratings."""

    OPEN = "open"
    OVERDUE = "overdue"
    CLOSED = "closed"


TAB_LABELS = {Tab.OPEN: "待整改", Tab.OVERDUE: "已逾期", Tab.CLOSED: "已整改"}
NO_LEVEL = Refusal("请选择满意程度。", "level", "no_level")
NO_REASON = Refusal("请至少勾选一项原因，或写下您的意见，以便有关部门整改。", "words", "no_reason")
NOT_OFFERED = Refusal("请在所选满意程度对应的原因中勾选。", "level", "not_offered")


def is_bad(level: Level) -> bool:
    """Tell whether a rating of ``level`` is to be put right (差评)."""
    return level <= Level.BAD


def level_of(text: str) -> Level | None:
    """Return the level that a form names by its number; ``None`` for anything else."""
    return next((one for one in Level if text == str(one.value)), None)


def rating_problems(level: Level | None, reasons: Collection[str], words: str) -> list[Refusal]:
    """Return what is wrong with a rating as it is given; nothing when it can be kept.

    A bad one says why, or nothing could be put right.
    """
    if level is None:
        return [NO_LEVEL]
    if not set(reasons) <= set(REASONS[level]):
        return [NOT_OFFERED]
    if len(words) > LONGEST_WORDS:
        return [Refusal(f"意见最多{LONGEST_WORDS}个字，请精简后再提交。", "words", "too_long")]
    return [NO_REASON] if is_bad(level) and not reasons and not words.strip() else []


def reason_texts(reasons: Sequence[str]) -> tuple[str, ...]:
    """Return what was ticked, in words."""
    every = {code: text for level in REASONS.values() for code, text in level.items()}
    return tuple(every[code] for code in reasons if code in every)


def rectify_by(given_on: date, days: WorkDays) -> date:
    """Return the last day on which a bad rating of ``given_on`` is to be put right."""
    return days.after(given_on, RECTIFY_DAYS)


def urgent_from(today: date, days: WorkDays) -> date:
    """Return the last day by which what is to be put right is so near that officers are reminded of it ``today``."""
    return days.after(today, REMIND_DAYS)


def reminder_words(soon: int, overdue: int) -> str:
    """Return what reminds officers of rectifications that are due ``soon`` and those ``overdue``; empty for none."""
    late = f"{overdue} 条差评整改已经逾期，请立即办结" if overdue else ""
    near = f"{soon} 条差评整改将在 {REMIND_DAYS} 个工作日内到期" if soon else ""
    return "；".join(one for one in (late, near) if one) + ("。" if late or near else "")


def done_problem(done: str) -> Refusal | None:
    """Return what is wrong with what an officer says was done."""
    if len(done.strip()) < SHORTEST_DONE:
        return Refusal(f"请写明核实的情况和整改措施，至少{SHORTEST_DONE}个字。", "done", "too_short")
    if len(done.strip()) > LONGEST_DONE:
        return Refusal(f"整改情况最多{LONGEST_DONE}个字，请精简后再提交。", "done", "too_long")
    return None


@dataclass(frozen=True)
class Summary:
    """What a matter's ratings come to; ``average`` and ``good`` (好评率) are empty while they are too few."""

    number: int = 0
    average: str = ""
    good: str = ""
    by_level: tuple[tuple[str, int, int], ...] = ()
    """Label, number and share in whole percent of each level, the best first."""


def summarise(counts: Mapping[int, int]) -> Summary:
    """Return the summary of so many ratings at each level; its figures only from :data:`FEWEST_SHOWN` on."""
    number = sum(counts.values())
    if number < FEWEST_SHOWN:
        return Summary(number)
    tenths = _rounded(10 * sum(level * count for level, count in counts.items()), number)
    good = number - sum(counts.get(one, 0) for one in Level if is_bad(one))
    return Summary(
        number,
        f"{tenths // 10}.{tenths % 10}",
        f"{_rounded(100 * good, number)}%",
        tuple((label, counts.get(one, 0), _rounded(100 * counts.get(one, 0), number)) for one, label in _LEVELS),
    )


_LEVELS = tuple(LEVEL_LABELS.items())


def _rounded(above: int, below: int) -> int:
    """Return a quotient rounded to the nearest whole number, halves up."""
    return (2 * above + below) // (2 * below)
