"""The real-name check over signed JSON: ``POST {base}/v1/verify``.

Request: ``name``, ``id_type``, ``id_number``. Answer: ``result`` — MATCH, MISMATCH or NOT_FOUND.
"""

from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.identity.port import IdentityAnswer
from jsrs_portal.gateways.signed_json import SignedJsonClient

PATH = "/v1/verify"


class SignedIdentityVerifier:
    """The live client; implements :class:`jsrs_portal.gateways.identity.port.IdentityVerifier`."""

    def __init__(self, client: SignedJsonClient) -> None:
        """Take the client that knows address and secret."""
        self._client = client

    async def verify(self, *, name: str, id_type: str, id_number: str) -> IdentityAnswer:
        """Ask the register (R-2.2.7)."""
        reply = await self._client.post(PATH, {"name": name, "id_type": id_type, "id_number": id_number})
        try:
            return IdentityAnswer(reply.get("result"))
        except ValueError:
            raise GatewayError(System.IDENTITY, GatewayFailure.BAD_ANSWER, "result") from None
