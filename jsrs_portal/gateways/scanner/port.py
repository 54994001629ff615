"""What the portal needs of a scanner of files (R-2.6.3.3)."""

from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Verdict:
    """What was found in a file: the name of what it is infected with, empty when nothing was found."""

    found: str = ""

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.found


class Scanner(Protocol):
    """Looks into files."""

    async def scan(self, content: AsyncIterable[bytes], *, seconds: float | None = None) -> Verdict:
        """Have a file looked into, within ``seconds`` or the usual time.

        Raises :class:`jsrs_portal.gateways.errors.GatewayError`: then nothing is known of the file.
        """
        ...
