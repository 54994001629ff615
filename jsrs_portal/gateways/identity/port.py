"""What the portal needs of the real-name check (实名核验, R-2.2.7): do this name and this number belong together?"""

from enum import StrEnum
from typing import Protocol


class IdentityAnswer(StrEnum):
    """What the population register says (人口库比对结果)."""

    MATCH = "MATCH"
    """一致."""
    MISMATCH = "MISMATCH"
    """不一致: the number belongs to another name."""
    NOT_FOUND = "NOT_FOUND"
    """库中无此号."""


class IdentityVerifier(Protocol):
    """Compares; raises :class:`jsrs_portal.gateways.errors.GatewayError`."""

    async def verify(self, *, name: str, id_type: str, id_number: str) -> IdentityAnswer:
        """Compare a name with a document's number; both are normalised already."""
        ...
