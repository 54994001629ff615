"""An old system over signed JSON: ``POST {base}/v1/check``.

Request: ``username``, ``password`` as typed, ``number`` of the unit that is meant, empty until it was asked for.
Answer: ``right`` and, when it is true, ``account`` (a name of the account that never changes there) and ``units``, each
with ``number``, ``uscc``, ``name`` and ``legal_rep`` {``id_type``, ``id_number``, ``name``}. A wrong password and an
unknown user name are answered alike. 200 units are listed at most, the one of ``number`` among them if the account has
it; ``more`` is true when there are others.
"""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jsrs_portal import clock
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.identifiers import check_uscc
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.legacy.port import MOST_UNITS, LegacyAnswer, LegacyFacts
from jsrs_portal.gateways.signed_json import SignedJsonClient

PATH = "/v1/check"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Person(_Strict):
    id_type: DocumentType
    id_number: str = Field(min_length=5, max_length=40)
    name: str = Field(min_length=1, max_length=100)


class _Unit(_Strict):
    number: str = Field(min_length=1, max_length=40)
    uscc: str = Field(min_length=18, max_length=18)
    name: str = Field(min_length=2, max_length=200)
    legal_rep: _Person


class _Reply(_Strict):
    right: bool = Field(strict=True)
    account: str = Field(default="", max_length=100)
    units: list[_Unit] = Field(default_factory=list, max_length=MOST_UNITS)
    more: bool = Field(default=False, strict=True)


class SignedLegacySystem:
    """The live client; implements :class:`jsrs_portal.gateways.legacy.port.LegacyChecker`."""

    def __init__(self, client: SignedJsonClient) -> None:
        """Take the client that knows address and secret."""
        self._client = client

    async def check(self, *, username: str, password: str, number: str = "") -> LegacyAnswer:
        """Ask the old system (R-2.3.3)."""
        raw = await self._client.post(PATH, {"username": username, "password": password, "number": number})
        try:
            reply = _Reply.model_validate(raw)
        except ValidationError:
            raise GatewayError(System.LEGACY, GatewayFailure.BAD_ANSWER, "malformed") from None
        if not reply.right:
            return LegacyAnswer(right=False)
        if not reply.account:
            raise GatewayError(System.LEGACY, GatewayFailure.BAD_ANSWER, "units")
        units = tuple(_facts(unit) for unit in reply.units)
        return LegacyAnswer(right=True, account=reply.account, units=units, more=reply.more)


def _facts(unit: _Unit) -> LegacyFacts:
    """Return a unit with its numbers as they are kept here: the same unit and person are found by them again."""
    kind = unit.legal_rep.id_type
    uscc = check_uscc(unit.uscc).value
    number = None
    if kind in set(DocumentType):
        number = check_document(DocumentType(kind), unit.legal_rep.id_number, clock.today()).value
    if not uscc or not number:
        raise GatewayError(System.LEGACY, GatewayFailure.BAD_ANSWER, "units")
    return LegacyFacts(
        number=unit.number,
        uscc=uscc,
        name=unit.name,
        legal_id_type=kind,
        legal_id_number=number,
        legal_name=unit.legal_rep.name,
    )
