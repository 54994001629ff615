"""How who handed a case in is named to others of the same house, and to officers (R-2.6.3.1)."""

from jsrs_portal.domain.authority import ROLE_LABELS, Role
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.models.cases import Case
from jsrs_portal.models.people import Person


def handed_in_by(case: Case, person: Person) -> str:
    """Return 孙**（法定代表人）: the name masked, with the role it was handed in by where there is one."""
    return mask_name(person.name) + (f"（{ROLE_LABELS[Role(case.role)]}）" if case.role else "")
