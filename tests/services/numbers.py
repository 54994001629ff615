"""Invented units and persons whose numbers have right check digits, as many as a test needs."""

from dataclasses import dataclass

from stdnum.cn import ric, uscc

from jsrs_portal.domain.identifiers import org_check_digit

_SURNAMES = "赵钱孙李周吴郑王冯陈"


@dataclass(frozen=True)
class Human:
    """A natural person."""

    name: str
    id_number: str
    mobile: str


@dataclass(frozen=True)
class Employer:
    """A unit and who leads it."""

    uscc: str
    name: str
    legal_rep: Human


def human(serial: int) -> Human:
    """Return the ``serial``-th person; every tenth number or so ends in X."""
    body = f"32010619900307{serial:03d}"
    return Human(f"{_SURNAMES[serial % 10]}测试{serial}", body + ric.calc_check_digit(body + "0"), f"138{serial:08d}")


def human_ending_in_x() -> Human:
    """Return a person whose number ends in X."""
    return next(found for found in map(human, range(500, 600)) if found.id_number.endswith("X"))


def employer(serial: int, legal_rep: Human | None = None) -> Employer:
    """Return the ``serial``-th unit."""
    organisation = f"MA{serial:06d}"
    body = f"91320100{organisation}{org_check_digit(organisation)}"
    code = body + uscc.calc_check_digit(body + "0")
    return Employer(code, f"南京第{serial}测试有限公司", legal_rep or human(serial))
