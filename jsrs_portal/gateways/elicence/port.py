"""What the portal needs of the licence system (电子营业执照): a code to be scanned, and who showed which licence."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from jsrs_portal.domain.assertions import Assertion
from jsrs_portal.domain.outside_logins import LICENCE_SENTENCES, LicenceProblem, LicenceState
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System


@dataclass(frozen=True)
class LicenceCode:
    """A code: its serial at the licence system, what the picture holds, and until when it can be scanned."""

    serial: str
    text: str
    expires_at: datetime


@dataclass(frozen=True)
class LicenceAnswer:
    """How the login by ``serial`` stands; ``assertion`` is there when it is AUTHED, and only then."""

    serial: str
    state: LicenceState
    assertion: Assertion | None = None


class ELicence(Protocol):
    """Begins a login and learns how it went.

    All raise :class:`GatewayError`; what is refused about a result carries a :class:`LicenceProblem` as its code.
    """

    async def create_qr(self, *, purpose: str, callback_url: str) -> LicenceCode:
        """Begin; ``purpose`` is what the phone shows before the licence is chosen."""
        ...

    async def poll(self, serial: str) -> LicenceAnswer:
        """Ask how it stands; repeatable."""
        ...

    def read_callback(self, body: bytes) -> LicenceAnswer:
        """Verify what the licence system sent to us by itself."""
        ...


def refused(problem: LicenceProblem) -> GatewayError:
    """Return the error that says why a result is not believed."""
    return GatewayError(System.LICENCE, GatewayFailure.REFUSED, problem.value, LICENCE_SENTENCES[problem])
