"""Regular expressions from files: RE2 matches in time that grows with the text alone, whatever the pattern."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from functools import lru_cache
from typing import Any

import re2

LONGEST = 200
_MEMORY = 1 << 20


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.max_mem, options.log_errors = _MEMORY, False
    return re2.compile(pattern, options)


def problem_with(pattern: str) -> str:
    """Return why ``pattern`` cannot be used, empty when it can."""
    try:
        _compiled(pattern)
    except re2.error:
        return "pattern 不是可用的正则表达式（RE2 语法，不支持回溯引用和环视）"
    return ""


def fits(pattern: str, text: str) -> bool:
    """Tell whether the whole of ``text`` is what ``pattern`` describes."""
    return _compiled(pattern).fullmatch(text) is not None
