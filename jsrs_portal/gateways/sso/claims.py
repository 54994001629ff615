"""From the provider's names to ours: which of its claims says what is a setting, a path with dots for nested ones."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from jsrs_portal.domain.assertions import Assertion, Source
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.outside_logins import SsoProblem
from jsrs_portal.gateways.sso.port import refused

_LONGEST = 200
_KINDS = frozenset(DocumentType)


class ClaimNames(BaseModel):
    """Where each fact stands in what the provider says; "" for what it does not say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uscc: str = "uscc"
    unit_name: str = "unit_name"
    legal_name: str = "legal_name"
    legal_id_type: str = "legal_id_type"
    legal_id_number: str = "legal_id_number"
    person_name: str = "name"
    person_id_type: str = "id_type"
    person_id_number: str = "id_number"

    def top(self) -> tuple[str, ...]:
        """Return the claims to ask the provider for, nested ones by their outermost name, each once."""
        found = (path.partition(".")[0] for path in self.model_dump().values() if path)
        return tuple(dict.fromkeys(found))

    def read(
        self, said: Mapping[str, Any], *, source: Source, issuer: str, subject: str, id_types: Mapping[str, str]
    ) -> Assertion:
        """Return what ``said`` asserts; raises GatewayError UNIT when it names no unit.

        Anything that is no short text counts as not said: a provider's mistake must not become somebody's name.
        ``id_types`` are our document types by the provider's words for them; a number of a kind that neither knows
        proves nobody. A login there is somebody's, so without a number the person is still to be proven.
        """
        facts = {name: _text(said, path) for name, path in self.model_dump().items()}
        if not facts["uscc"]:
            raise refused(SsoProblem.UNIT)
        facts["uscc"] = facts["uscc"].upper()
        for who in ("legal", "person"):
            kind = facts[f"{who}_id_type"] or DocumentType.RESIDENT_ID.value
            kind = id_types.get(kind, kind)
            known = kind in _KINDS
            facts[f"{who}_id_type"] = kind if known else DocumentType.RESIDENT_ID.value
            facts[f"{who}_id_number"] = facts[f"{who}_id_number"].upper() if known else ""
        proven = Assertion(
            source=source,
            issuer=issuer,
            subject=subject,
            uscc=facts["uscc"],
            needs_person=not facts["person_id_number"],
        )
        return replace(proven, **facts)


def _text(said: Mapping[str, Any], path: str) -> str:
    value: Any = said
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None  # pyright: ignore[reportUnknownMemberType]
    if not isinstance(value, str):
        return ""
    text = value.strip()
    return text if len(text) <= _LONGEST and text.isprintable() else ""
