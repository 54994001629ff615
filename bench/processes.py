"""What running processes have used, as Linux says it."""

import contextlib
import os
import signal
from pathlib import Path


def family(pid: int) -> list[int]:
    """Return a process and everything it has started."""
    found = [pid]
    for child in _said(pid, f"task/{pid}/children").split():
        found += family(int(child))
    return found


def _said(pid: int, file: str) -> str:
    """Return what Linux says of a process; nothing of one that has just ended."""
    try:
        return Path(f"/proc/{pid}/{file}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def kill_family(pid: int) -> None:
    """End a process and everything it has started at once."""
    for one in reversed(family(pid)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def private_kb(pid: int) -> int:
    """Return the memory in KiB that a process and its children have for themselves alone."""
    return sum(_private(_said(one, "smaps_rollup")) for one in family(pid))


def _private(said: str) -> int:
    wanted = ("Private_Clean:", "Private_Dirty:")
    return sum(int(line.split()[1]) for line in said.splitlines() if line.startswith(wanted))


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process and its children have used, those that have ended too."""
    ticks = sum(_ticks(_said(one, "stat")) for one in family(pid))
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(said: str) -> int:
    values = said.rpartition(")")[2].split()  # the program's name may hold anything
    return sum(int(value) for value in values[11:15])
