"""What the portal needs of a face check (人脸识别, R-2.2.3): begin one for a known person, ask how it went."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class FaceOrder:
    """A check that has begun: its id at the outside system and the address the person opens on the phone."""

    certify_id: str
    url: str


@dataclass(frozen=True)
class FaceAnswer:
    """How a check stands. Not passed, no reason and not expired: not finished, or failed without saying so."""

    passed: bool
    fail_reason: str | None = None
    expired: bool = False


class FaceVerifier(Protocol):
    """Proves that whoever looks into the phone is the person with this name and number.

    Name and number are fixed before the check begins; the return to ``return_url`` proves nothing, only
    :meth:`query` does. Both raise :class:`jsrs_portal.gateways.errors.GatewayError`.
    """

    async def initialize(self, *, order_no: str, name: str, id_type: str, id_number: str, return_url: str) -> FaceOrder:
        """Begin a check; ``order_no`` is ours, unique, at most 32 letters and digits."""
        ...

    async def query(self, certify_id: str) -> FaceAnswer:
        """Ask how the check stands; repeatable."""
        ...
