"""What running processes have used, as Linux says it."""

import contextlib
import os
import signal
from pathlib import Path


def family(pid: int) -> list[int]:
    """Return a process and everything it has started."""
    found = [pid]
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += family(int(child))
    return found


def kill_family(pid: int) -> None:
    """End a process and everything it has started at once."""
    for one in reversed(family(pid)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def private_kb(pid: int) -> int:
    """Return the memory in KiB that a process and its children have for themselves alone."""
    return sum(_private(Path(f"/proc/{one}/smaps_rollup").read_text()) for one in family(pid))


def _private(said: str) -> int:
    wanted = ("Private_Clean:", "Private_Dirty:")
    return sum(int(line.split()[1]) for line in said.splitlines() if line.startswith(wanted))


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process and its children have used, those that have ended too."""
    ticks = sum(_ticks(Path(f"/proc/{one}/stat").read_text()) for one in family(pid))
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(said: str) -> int:
    values = said.rpartition(")")[2].split()  # the program's name may hold anything
    return sum(int(value) for value in values[11:15])
