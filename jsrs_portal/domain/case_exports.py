"""Excel files of a list of cases: how they are made, how long they stay, what stands in them (R-2.6.3.5)."""

from datetime import timedelta

LIFE = timedelta(hours=24)
"""How long a file stays."""
LEASE = timedelta(minutes=2)
"""How long a worker may be silent about an export before another goes on with it."""
TURN_SECONDS = 40.0
"""How long a worker goes on with one export before others get their turn; the next time it goes on from there."""
MOST_TRIES = 3
"""So many times in a row without a batch done, and it is given up."""
BATCH_ROWS = 500
MOST_ROWS = 100_000
"""Of more the newest."""
MOST_SHEETS = 20
"""Matters whose own columns have a sheet each; a list of more is narrowed first."""
PIECE_BYTES = 512 * 1024
"""How much of a file is kept in one row."""

HEADS = (
    *("办件编号", "事项名称", "申请人", "提交人", "申请时间", "办件状态", "当前状态"),
    *("受理时间", "承诺办结日期", "办结时间"),
)
DATED = (4, 7, 8, 9)
"""Places of the columns with days and instants."""
WIDTHS = (48, 34, 34, 16, 22, 16, 44, 22, 16, 22)
SHEET = "办件列表"
_NOT_IN_A_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", ""))
_LONGEST_NAME = 31


def sheet_name(matter: str, taken: set[str]) -> str:
    """Return a name for the sheet of ``matter`` that a workbook accepts and that is not ``taken``; it is taken then."""
    plain = matter.translate(_NOT_IN_A_NAME).strip() or "事项"
    name, number = plain[:_LONGEST_NAME], 1
    while name.lower() in taken:
        number += 1
        name = f"{plain[: _LONGEST_NAME - 4]}（{number}）"[:_LONGEST_NAME]
    taken.add(name.lower())
    return name
