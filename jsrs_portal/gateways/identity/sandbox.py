"""The simulated real-name check: the demonstration's persons, and a rule for everybody else so that demos never stall.

A number in the list belongs to the name beside it. Any other valid number belongs to whatever plausible Chinese name
is given with it, except that a name with 「不符」 does not match and one with 「查无」 is not found.
"""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jsrs_portal import clock
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.identity import signed
from jsrs_portal.gateways.identity.port import IdentityAnswer
from jsrs_portal.gateways.identity.sandbox_persons import PERSONS
from jsrs_portal.gateways.simulation.faults import Faults
from jsrs_portal.gateways.simulation.pages import page, table
from jsrs_portal.gateways.simulation.signed_endpoint import BAD_REQUEST, Result, signed_route
from jsrs_portal.gateways.simulation.store import Store

_NAME = re.compile(r"[\u4e00-\u9fff·]{2,20}")
_KNOWN = {(person.id_type, person.id_number): person.name for person in PERSONS}


def compare(name: str, id_type: str, id_number: str) -> IdentityAnswer:
    """Answer as the simulated register would."""
    known = _KNOWN.get((id_type, id_number))
    if known is not None:
        return IdentityAnswer.MATCH if known == name else IdentityAnswer.MISMATCH
    if "查无" in name or id_type not in list(DocumentType):
        return IdentityAnswer.NOT_FOUND
    if not check_document(DocumentType(id_type), id_number, clock.today()).ok:
        return IdentityAnswer.NOT_FOUND
    plausible = bool(_NAME.fullmatch(name)) and "不符" not in name
    return IdentityAnswer.MATCH if plausible else IdentityAnswer.MISMATCH


async def _answer(content: dict[str, Any]) -> Result:
    values = [content.get(name) for name in ("name", "id_type", "id_number")]
    texts = [value for value in values if isinstance(value, str) and 0 < len(value) <= 100]
    if len(texts) != len(values):
        return BAD_REQUEST
    return 200, {"result": compare(*texts)}


async def _page(_request: Request) -> Response:
    rows = [(person.name, "01 居民身份证", person.id_number) for person in PERSONS]
    rule = (
        '<p class="card">表中的号码只与同一行的姓名一致。其他校验正确的号码，与任何 2 至 20 个汉字的姓名都一致；'
        "姓名中含「不符」的答复不一致，含「查无」的答复查无此人。</p>"
    )
    return page("模拟实名核验", rule + table("演示人员", ("姓名", "证件类型", "证件号码"), rows))


def routes(*, app_id: str, secret: str, store: Store, faults: Faults) -> list[Route]:
    """Return the interface (R-2.2.7) and the page that lists the persons."""
    api = signed_route(
        "/identity" + signed.PATH,
        system=System.IDENTITY,
        app_id=app_id,
        secret=secret,
        store=store,
        faults=faults,
        answer=_answer,
    )
    return [api, Route("/identity", _page, methods=["GET"])]
