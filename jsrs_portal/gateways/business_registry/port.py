"""What the portal needs of the business registry (企业登记库, R-2.2.2): is this unit what the applicant says it is?"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True)
class RegistryFacts:
    """What the registry holds about a unit, given only to somebody who already knew who leads it."""

    registered_address: str
    authority_name: str
    """登记机关."""
    authority_region: str
    """行政区划 of the authority: six digits, GB/T 2260."""
    economic_type: str
    """经济类型: three digits, GB/T 12402."""
    industry_code: str
    """行业: letter and digits, GB/T 4754-2017."""
    established_on: date


@dataclass(frozen=True)
class RegistryAnswer:
    """Which of the stated facts agree with the registry; it never says what would agree."""

    found: bool
    active: bool
    """Whether the unit still exists (存续), neither 注销 nor 吊销."""
    name_matches: bool
    legal_rep_name_matches: bool
    legal_rep_id_matches: bool
    facts: RegistryFacts | None = None

    @property
    def all_matches(self) -> bool:
        """Whether an existing unit was found and every stated fact agrees."""
        return (
            self.found
            and self.active
            and self.name_matches
            and self.legal_rep_name_matches
            and self.legal_rep_id_matches
        )


class BusinessRegistry(Protocol):
    """Compares; raises :class:`jsrs_portal.gateways.errors.GatewayError`."""

    async def check(
        self, *, uscc: str, name: str, legal_rep_id_type: str, legal_rep_id_number: str, legal_rep_name: str
    ) -> RegistryAnswer:
        """Compare a unit's credit code, name and 法定代表人 with the registry; everything is normalised already."""
        ...
