"""Targets: what couriers answer and push, what they write, what people type of their numbers (R-2.6.4)."""

import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st

from jsrs_portal import clock
from jsrs_portal.domain import shipments as rules
from jsrs_portal.domain.courier_texts import LONGEST, without_people
from jsrs_portal.domain.shipments import ParcelTyped, Place, Tracking, after
from jsrs_portal.gateways import http
from jsrs_portal.gateways.courier import kuaidi100
from jsrs_portal.gateways.courier.kuaidi100 import Kuaidi100
from jsrs_portal.gateways.courier.kuaidi100_words import push_sign
from jsrs_portal.gateways.courier.port import Waybill
from jsrs_portal.gateways.courier.sf import SfExpress
from jsrs_portal.gateways.errors import GatewayError
from tests.fuzz.targets import TEXT, Target, as_bytes, as_json, as_text, dumped, json_values
from tests.gateways import test_parsers as known

EVERY = Kuaidi100(base="https://poll.example", customer="c", key="k", timeout=1)
OWN = SfExpress(url="https://sf.example/std/service", partner_id="p", checkword="w", timeout=1)


def _believed(found: Any) -> None:
    """What is believed can be told of a parcel, in whatever order, and never takes it away from an end."""
    if isinstance(found, GatewayError):
        assert found.sentence.endswith("。")
        return
    assert isinstance(found, Tracking)
    sure = found.believable(clock.now(), clock.now())
    assert len(sure.reports) <= rules.MOST_EVENTS
    place = after(Place(), sure)
    assert after(place, sure) == place
    ended = Place(rules.ShipmentState.SIGNED, clock.now())
    assert after(ended, sure).state is rules.ShipmentState.SIGNED
    for one in found.reports:
        assert one.at.tzinfo is not None
        assert without_people(one.text).isprintable()


def _answers(data: bytes) -> None:
    """Whatever is answered, a tracking or an error comes out."""
    hidden = json.dumps({"apiResultCode": "A1000", "apiResultData": as_text(data)}).encode()
    for body in (data, hidden):
        for client in (EVERY, OWN):
            call = known.answered(
                lambda client=client: client.track(Waybill("ems", "1" * 10)),
                lambda body=body, **_: http.Answer(200, {}, body),
            )
            _believed(call)


def _pushes(data: bytes) -> None:
    """Unsigned, nothing is believed; signed, what is none of theirs is refused."""
    param = as_text(data).encode("utf-8", "replace").decode()
    signed = urlencode({"param": param, "sign": push_sign(param, salt="s")}).encode()
    for body, right in ((data, False), (signed, True)):
        try:
            found = kuaidi100.read_push(body, salt="s")
        except GatewayError as error:
            _believed(error)
            continue
        assert right
        _believed(found.tracking)


def _texts(data: bytes) -> None:
    """One line of bounded length, without a phone, and masked again it is the same."""
    shown = without_people(as_text(data))
    assert len(shown) <= LONGEST + 100
    assert "\n" not in shown
    for phone in ("13800138000", "0512-66668888"):
        assert phone not in without_people(f"{as_text(data)[:100]} {phone} ")


def _typed(data: bytes) -> None:
    """What passes is a number that can be asked about."""
    value = as_json(data)
    texts = [one for one in value if isinstance(one, str)] if isinstance(value, list) else [as_text(data)]
    for text in texts:
        number = rules.plain_number(text)
        wrong = rules.check_parcel(ParcelTyped(company="ems", number=text))
        assert bool(wrong) is not (number.isascii() and number.isalnum() and 6 <= len(number) <= 32)
        found = rules.searched_number(text)
        assert found == "" or (found.isascii() and found.isalnum())


_NAMES = [
    *("data", "state", "status", "nu", "ischeck", "context", "ftime", "time", "statusCode", "lastResult", "returnCode"),
    *("apiResultCode", "apiResultData", "success", "errorCode", "msgData", "routeResps", "mailNo", "routes"),
    *("acceptTime", "remark", "opCode", "acceptAddress"),
]
_WORDS = TEXT | st.sampled_from(["3", "200", "polling", "2026-11-29 10:00:00", "A1000", "S0000", "1" * 10, "80"])
_VALUES = dumped(json_values(_NAMES, _WORDS))
_GOOD = json.dumps(
    {
        "status": "200",
        "nu": "1" * 10,
        "state": "3",
        "data": [{"ftime": "2026-11-29 10:00:00", "context": "已签收，签收人：李思源", "statusCode": "301"}],
    },
    ensure_ascii=False,
).encode()
_ROUTES = (
    b'{"success":true,"errorCode":"S0000","msgData":{"routeResps":[{"mailNo":"1111111111","routes":'
    b'[{"acceptTime":"2026-11-29 10:00:00","remark":"x","opCode":"80"}]}]}}'
)
TARGETS = (
    Target("courier answers", _answers, _VALUES, (_GOOD, _ROUTES, b'{"result":false,"returnCode":"500"}')),
    Target(
        "courier pushes",
        _pushes,
        _VALUES | TEXT.map(as_bytes),
        (b'{"status":"shutdown","lastResult":{"nu":"1","state":"3","data":[]}}', b"param=x&sign=0", b"\xff"),
    ),
    Target(
        "courier texts",
        _texts,
        TEXT.map(as_bytes),
        ("快递员张三（13800138000）正在派送".encode(), "签收人：李思源".encode(), b"0512-66668888"),
    ),
    Target("courier numbers", _typed, TEXT.map(as_bytes) | dumped(json_values(["a"])), (b"SF 1234-5678901", b"%")),
)
