"""Who can log in at the simulated provincial platforms: every demonstration person, for any demonstration unit."""

from dataclasses import dataclass
from html import escape

from jsrs_portal.gateways.business_registry.sandbox_units import BY_USCC, UNITS, DemoUnit
from jsrs_portal.gateways.identity.sandbox_persons import PERSONS, DemoPerson

_BY_NUMBER = {person.id_number: person for person in PERSONS}


@dataclass(frozen=True)
class Account:
    """A natural person, and the unit for which they log in, if any."""

    person: DemoPerson
    unit: DemoUnit | None

    @property
    def subject(self) -> str:
        """Return what the platform calls this account, for ever."""
        return f"{self.person.id_number[-6:]}-{self.unit.uscc if self.unit else 'person'}"


def account(person: str, unit: str) -> Account | None:
    """Return the account of an ID number for a credit code ("" for none); ``None`` for a person or unit unknown."""
    found = _BY_NUMBER.get(person)
    if found is None or (unit and unit not in BY_USCC):
        return None
    return Account(found, BY_USCC.get(unit))


def choice() -> str:
    """Return the two fields by which an account is chosen."""
    persons = "".join(f'<option value="{one.id_number}">{escape(one.name)}</option>' for one in PERSONS)
    units = "".join(
        f'<option value="{one.uscc}">{escape(one.name)}（法定代表人：{escape(one.legal_rep.name)}）</option>'
        for one in UNITS
    )
    return (
        f'<label for="person">登录人</label><select id="person" name="person">{persons}</select>'
        f'<label for="unit">代表单位</label><select id="unit" name="unit">{units}'
        '<option value="">不代表单位</option></select>'
    )
