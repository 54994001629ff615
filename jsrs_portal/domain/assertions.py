"""What an outside party has proven about who is at a browser: a certificate, a provincial login, a licence (R-2.4.5).

A certificate or a licence proves the unit; whether that is enough, or the person at the browser must be known as well,
is decided here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from jsrs_portal.domain.authority import COUNTED, GrantState, Role
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.sessions import LoginWay

PROOF_LIFE = timedelta(minutes=10)
"""So long a proven unit waits for its person to confirm."""


class Source(StrEnum):
    """Who asserted it."""

    CA = "ca"
    OIDC = "oidc"
    JIS = "jis"
    LICENCE = "licence"


WAYS = {
    Source.CA: LoginWay.CA,
    Source.OIDC: LoginWay.PROVINCIAL,
    Source.JIS: LoginWay.PROVINCIAL,
    Source.LICENCE: LoginWay.LICENCE,
}
SOURCE_LABELS = {
    Source.CA: "CA 证书",
    Source.OIDC: "省政务登录",
    Source.JIS: "省政务登录",
    Source.LICENCE: "电子营业执照",
}


@dataclass(frozen=True, kw_only=True)
class Assertion:
    """What was proven, after every check of the protocol; nothing in it comes from the browser itself.

    ``issuer`` and ``subject`` name the account there (a certificate's issuer and serial, ``iss`` and ``sub``, …). The
    unit is its USCC; ``legal_*`` is its legal representative, ``person_*`` whoever is at the browser: empty when only
    the unit is proven. Document kinds are those of :class:`~jsrs_portal.domain.documents.DocumentType`.
    ``written_name`` is what the unit is called where nobody vouches that it is so by now (a certificate's CN).
    ``needs_person``: it may be somebody else than the legal representative, and nothing that was proven says who.
    """

    source: Source
    issuer: str
    subject: str
    uscc: str
    unit_name: str = ""
    written_name: str = ""
    legal_name: str = ""
    legal_id_type: str = "01"
    legal_id_number: str = ""
    person_name: str = ""
    person_id_type: str = "01"
    person_id_number: str = ""
    needs_person: bool = False


class AssertionProblem(StrEnum):
    """Why what was proven lets nobody in."""

    NO_UNIT = "no_unit"
    NO_PERSON = "no_person"
    NAME = "name"
    NO_ROLE = "no_role"
    UNPROVEN = "unproven"
    PERSON_LOCKED = "person_locked"
    LEGAL = "legal"


SENTENCES = {
    AssertionProblem.NO_UNIT: "没有取得有效的统一社会信用代码，请使用单位（法人）账号登录。",
    AssertionProblem.NO_PERSON: "取得的个人证件号码无效，请核对该账号的实名信息。",
    AssertionProblem.NAME: "取得的姓名与本大厅登记的不一致，请核对该账号的实名信息。",
    AssertionProblem.NO_ROLE: "您在该单位没有有效的授权，请联系单位的法定代表人或管理员开通。",
    AssertionProblem.UNPROVEN: "法定代表人尚未完成人脸认证，请先通过「忘记密码?」完成认证。",
    AssertionProblem.PERSON_LOCKED: "该账户已被锁定，请联系 12333。",
    AssertionProblem.LEGAL: "取得的法定代表人与本大厅登记的不一致，请换一种方式登录；已经变更的，请联系 12333。",
}


@dataclass(frozen=True)
class Holder:
    """Somebody who holds a role in the unit, and what it is worth today."""

    person_id: str
    role: Role
    state: GrantState


def who_enters(holders: Iterable[Holder]) -> str | None:
    """Return the person as whom a proven unit enters by itself: its legal representative, alone in it (R-2.4.5).

    ``None`` when somebody else holds a role, from today or later: then whoever is there must be identified.
    """
    counted = [one for one in holders if one.state in COUNTED]
    legal = next((one for one in counted if one.role is Role.LEGAL_REP and one.state is GrantState.ACTIVE), None)
    if legal is None or any(one.person_id != legal.person_id for one in counted):
        return None
    return legal.person_id


def is_other_legal(assertion: Assertion, *, name: str, id_type: str, id_number: str) -> bool:
    """Tell whether the legal representative that is asserted is another person than the one registered."""
    if assertion.legal_name and assertion.legal_name != name:
        return True
    number = assertion.legal_id_number
    return bool(number) and (assertion.legal_id_type, number) != (id_type, id_number)


def given_for_unit(assertion: Assertion, today: date) -> dict[str, str]:
    """Return the fields of 单位注册's first step that are proven, and may therefore not be typed otherwise.

    What the step would refuse anyway (a masked number, say) is left to be typed. ``written_name`` is no proof: the name
    begins with it and can be changed.
    """
    found = {"uscc": assertion.uscc, "unit_name": assertion.unit_name, "legal_name": _name(assertion.legal_name)}
    number = _number(assertion.legal_id_type, assertion.legal_id_number, today)
    found |= {"id_type": assertion.legal_id_type, "id_number": number} if number else {}
    found |= {} if assertion.unit_name else {"written_name": assertion.written_name}
    return {name: value for name, value in found.items() if value} | {"source": assertion.source}


def given_for_person(assertion: Assertion, today: date) -> dict[str, str]:
    """Return the fields of 个人用户注册's first step that are proven, as in :func:`given_for_unit`."""
    number = _number(assertion.person_id_type, assertion.person_id_number, today)
    found = {"name": _name(assertion.person_name)}
    found |= {"id_type": assertion.person_id_type, "id_number": number} if number else {}
    return {name: value for name, value in found.items() if value} | {"source": assertion.source}


def _name(name: str) -> str:
    return name if 2 <= len(name) <= 50 and "*" not in name else ""


def _number(kind: str, number: str, today: date) -> str:
    known = kind in set(DocumentType) and number
    return check_document(DocumentType(kind), number, today).value or "" if known else ""
