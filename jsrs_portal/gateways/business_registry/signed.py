"""The business registry over signed JSON: ``POST {base}/v1/check``.

Request: ``uscc``, ``name``, ``legal_rep`` {``id_type``, ``id_number``, ``name``}. Answer: ``found``, ``active``,
``matches`` {``name``, ``legal_rep_name``, ``legal_rep_id``} and, when everything agrees, ``facts``
{``registered_address``, ``authority_name``, ``authority_region``, ``economic_type``, ``industry_code``,
``established_on`` yyyy-MM-dd}.
"""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jsrs_portal.gateways.business_registry.port import RegistryAnswer, RegistryFacts
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.signed_json import SignedJsonClient

PATH = "/v1/check"
_Text = Annotated[str, Field(max_length=300)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Matches(_Strict):
    name: bool = Field(strict=True)
    legal_rep_name: bool = Field(strict=True)
    legal_rep_id: bool = Field(strict=True)


class _Facts(_Strict):
    registered_address: _Text
    authority_name: _Text
    authority_region: str = Field(pattern=r"^[0-9]{6}$")
    economic_type: str = Field(max_length=40)
    industry_code: str = Field(max_length=10)
    established_on: date


class _Reply(_Strict):
    found: bool = Field(strict=True)
    active: bool = Field(strict=True)
    matches: _Matches
    facts: _Facts | None = None


class SignedBusinessRegistry:
    """The live client; implements :class:`jsrs_portal.gateways.business_registry.port.BusinessRegistry`."""

    def __init__(self, client: SignedJsonClient) -> None:
        """Take the client that knows address and secret."""
        self._client = client

    async def check(
        self, *, uscc: str, name: str, legal_rep_id_type: str, legal_rep_id_number: str, legal_rep_name: str
    ) -> RegistryAnswer:
        """Ask the registry (R-2.2.2)."""
        person = {"id_type": legal_rep_id_type, "id_number": legal_rep_id_number, "name": legal_rep_name}
        raw = await self._client.post(PATH, {"uscc": uscc, "name": name, "legal_rep": person})
        try:
            reply = _Reply.model_validate(raw)
        except ValidationError:
            raise GatewayError(System.REGISTRY, GatewayFailure.BAD_ANSWER, "malformed") from None
        answer = RegistryAnswer(
            found=reply.found,
            active=reply.active,
            name_matches=reply.matches.name,
            legal_rep_name_matches=reply.matches.legal_rep_name,
            legal_rep_id_matches=reply.matches.legal_rep_id,
            facts=RegistryFacts(**reply.facts.model_dump()) if reply.facts else None,
        )
        if answer.all_matches != (answer.facts is not None):
            raise GatewayError(System.REGISTRY, GatewayFailure.BAD_ANSWER, "facts")
        return answer
