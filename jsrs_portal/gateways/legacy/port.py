"""What the portal needs of an old system (R-2.3.3, R-2.3.4): is this its password, and whose units are behind it?"""

from dataclasses import dataclass
from typing import Protocol

MOST_UNITS = 200
"""Units of one account that are listed; of an account with more, one is asked for by its number."""


@dataclass(frozen=True, kw_only=True)
class LegacyFacts:
    """A unit as the old system knows it, given only to somebody who knew the password."""

    number: str
    """Its 单位编号 there."""
    uscc: str
    name: str
    legal_id_type: str
    legal_id_number: str
    legal_name: str


@dataclass(frozen=True)
class LegacyAnswer:
    """Whether user name and password belong together; if they do, the account's lasting name there and its units."""

    right: bool
    account: str = ""
    units: tuple[LegacyFacts, ...] = ()
    more: bool = False
    """Whether the account has units that are not listed."""


class LegacyChecker(Protocol):
    """Compares; raises :class:`jsrs_portal.gateways.errors.GatewayError`."""

    async def check(self, *, username: str, password: str, number: str = "") -> LegacyAnswer:
        """Compare a password as typed; it is written down nowhere.

        With ``number`` the unit of that 单位编号 is among those listed, if the account has it, however many there are.
        """
        ...
