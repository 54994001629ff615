"""What an operator does at a shell leaves an audit entry too: which command, to what, under which account (S11)."""

import getpass
import os

from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal.domain.authority import Actor
from jsrs_portal.services import audit

OPERATOR = Actor(session_key="operator")
"""Whoever has a shell on the server: nobody the portal knows."""


def account() -> str:
    """Return the machine's account that gave the command, the one before ``sudo`` where there is one."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (OSError, KeyError, ImportError):
        return f"uid {os.getuid()}"


def record_operation(
    session: AsyncSession, *, action: str, subject: str = "", result: str = "OK", **details: object
) -> None:
    """Add the entry of an operator's command; the account and ``details`` are encrypted as everybody's are."""
    told = {"account": account(), **details}
    audit.record(session, actor=OPERATOR, action=action, subject=subject, result=result, details=told)
