"""What the portal needs of the province's login: where a browser goes, and who came back (R-2.4.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from jsrs_portal.domain.assertions import Assertion
from jsrs_portal.domain.outside_logins import SSO_SENTENCES, SsoProblem
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System


@dataclass(frozen=True, kw_only=True)
class SsoFlow:
    """One login on its way. All but ``state`` stay on the server; they are fresh random texts of 43 characters."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str


class SsoProvider(Protocol):
    """Sends a browser to the provider and learns from the provider who it was.

    Both raise :class:`GatewayError`; what is refused about a login carries a :class:`SsoProblem` as its code.
    """

    async def begin(self, flow: SsoFlow) -> str:
        """Return the address of the provider's login page."""
        ...

    async def finish(self, flow: SsoFlow, answer: Mapping[str, str]) -> Assertion:
        """Return who logged in, from the query with which the browser came back; its state has been checked."""
        ...


def refused(problem: SsoProblem) -> GatewayError:
    """Return the error that says why a login is not believed."""
    return GatewayError(System.SSO, GatewayFailure.REFUSED, problem.value, SSO_SENTENCES[problem])
