"""The interface for apps that scan for their users, such as 江苏智慧人社 (R-2.4.3; docs/scan-login.md).

A request is signed as between us and the registers (:mod:`jsrs_portal.gateways.signed_json`, the request's half): the
app's server vouches for its user. Every answer is JSON; a refusal has a code and a sentence for the person.
"""

from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import Response

from jsrs_portal import clock, crypto, db
from jsrs_portal.access.policies import public
from jsrs_portal.api.bodies import Body, json_answer, read_body, refuse
from jsrs_portal.api.websocket import client_address
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.gateways.signed_json import MOST_SKEW, request_fault
from jsrs_portal.models.people import Person
from jsrs_portal.models.scans import SpentNonce
from jsrs_portal.services import phones, scan_logins
from jsrs_portal.services.registration import document_value
from jsrs_portal.services.scan_logins import ScanView
from jsrs_portal.settings import get_settings

_LARGEST = 4096
_STATUS = {"not_registered": 404, "unknown_phone": 404, "too_many": 409, "too_often": 429, "throttled": 429}
"""By a refusal's code; every other one is a conflict with the state of the code: 409."""


class NewPhone(Body):
    """Whom the app vouches for: document by kind (GB code), number and name as registered; the phone."""

    id_type: str = Field(max_length=2)
    id_number: str
    name: str
    device: str = Field(min_length=8, max_length=64)
    device_name: str = ""


class OnePhone(Body):
    """A phone, as ``/app/phones`` has named it."""

    phone: str = Field(pattern="^[0-9a-f]{32}$")


class OneCode(OnePhone):
    """A phone and the secret in the scanned address ``…/q/<code>``."""

    code: str = Field(pattern="^[A-Za-z0-9_-]{43}$")


class PhoneAnswer(BaseModel):
    """The phone's name in later requests; the person it belongs to, masked."""

    phone: str
    person: str


class ScanAnswer(BaseModel):
    """What the app shows before its user confirms. ``unit``: whose login it confirms, empty when that is chosen later.

    ``expires_at`` is ISO 8601 in UTC.
    """

    state: str
    site: str
    action: str
    unit: str
    device: str
    place: str
    same_network: bool
    started: str
    person: str
    expires_at: str


Asked = TypeVar("Asked", bound=Body)
Work = Callable[[Actor, str, Asked], Coroutine[Any, Any, BaseModel | Refusal]]


def _signed(model: type[Asked]) -> Callable[[Work[Asked]], Callable[[Request], Coroutine[Any, Any, Response]]]:
    """Make an endpoint of work that gets who asks, which app vouches, and what is asked."""

    def wrap(work: Work[Asked]) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        @public()
        @wraps(work)
        async def endpoint(request: Request) -> Response:
            body = await read_body(request, _LARGEST)
            app = request.headers.get("x-app-id", "")
            if body is None:
                return refuse(413, "too_large", "内容过长。")
            if fault := await _fault(request, app, body):
                return refuse(401, fault.lower(), "签名未通过验证。")
            try:
                asked = model.model_validate_json(body)
            except ValidationError:
                return refuse(422, "malformed", "内容格式不正确。")
            address = client_address(request.scope, get_settings().trusted_proxy_hops)
            actor = Actor(session_key=crypto.fingerprint(f"app:{app}"), address=address)
            outcome = await work(actor, app, asked)
            if isinstance(outcome, Refusal):
                return refuse(_STATUS.get(outcome.code, 409), outcome.code, outcome.sentence)
            return json_answer(outcome)

        return endpoint

    return wrap


async def _fault(request: Request, app: str, body: bytes) -> str | None:
    """Return why the request is not believed; a nonce counts once."""
    secret = get_settings().apps.get(app)
    if secret is None:
        return "UNKNOWN_APP"
    headers = {name.lower(): value for name, value in request.headers.items()}
    fault = request_fault(
        headers,
        path=request.url.path,
        body=body,
        app_id=app,
        secret=secret.get_secret_value(),
    )
    if fault:
        return fault
    key = crypto.fingerprint(f"{app}\x1f{headers['x-nonce']}")
    try:
        async with db.unit_of_work() as session:
            session.add(SpentNonce(key=key, expires_at=clock.now() + timedelta(seconds=2 * MOST_SKEW)))
    except IntegrityError:
        return "REPLAYED"
    return None


@_signed(NewPhone)
async def add_phone(actor: Actor, app: str, asked: NewPhone) -> BaseModel | Refusal:
    """``POST /app/phones``: trust a phone of a registered person; the same one again is the same."""
    if asked.id_type not in {kind.value for kind in DocumentType}:
        return phones.NOT_REGISTERED
    async with db.unit_of_work() as session:
        phone = await phones.trust_app_phone(
            session,
            actor=actor,
            app=app,
            id_type=asked.id_type,
            id_number=document_value(asked.id_type, asked.id_number),
            name=asked.name.strip(),
            device=asked.device,
            label=asked.device_name,
        )
        if isinstance(phone, Refusal):
            return phone
        person = await session.get_one(Person, phone.person_id)
        return PhoneAnswer(phone=phone.id, person=masking.mask_name(person.name))


@_signed(OnePhone)
async def remove_phone(actor: Actor, app: str, asked: OnePhone) -> BaseModel | Refusal:
    """``POST /app/phones/remove``: trust it no longer."""
    async with db.unit_of_work() as session:
        phone = await phones.by_id(session, phone_id=asked.phone, app=app)
        if phone is None:
            return phones.UNKNOWN
        view = await phones.view_phone(session, phone)
        await phones.remove_phone(session, actor=actor, person_id=phone.person_id, phone_id=phone.id)
        return PhoneAnswer(phone=phone.id, person=view.person)


@_signed(OneCode)
async def scan(actor: Actor, app: str, asked: OneCode) -> BaseModel | Refusal:
    """``POST /app/scans/scan``: what the scanned code would do, to be shown before anything is confirmed."""
    return await _moved(actor, app, asked, "SCANNED", scan_logins.scan)


@_signed(OneCode)
async def confirm(actor: Actor, app: str, asked: OneCode) -> BaseModel | Refusal:
    """``POST /app/scans/confirm``: the person has pressed 「确认登录」."""
    return await _moved(actor, app, asked, "CONFIRMED", scan_logins.confirm)


@_signed(OneCode)
async def cancel(actor: Actor, app: str, asked: OneCode) -> BaseModel | Refusal:
    """``POST /app/scans/cancel``: the person has pressed 「取消」."""
    return await _moved(actor, app, asked, "CANCELLED", scan_logins.cancel)


async def _moved(
    actor: Actor, app: str, asked: OneCode, state: str, move: Callable[..., Coroutine[Any, Any, ScanView | Refusal]]
) -> BaseModel | Refusal:
    async with db.unit_of_work() as session:
        phone = await phones.by_id(session, phone_id=asked.phone, app=app)
        if phone is None:
            return phones.UNKNOWN
        view = await move(session, actor=actor, phone=phone, code=asked.code)
    if isinstance(view, Refusal):
        return view
    return ScanAnswer.model_validate(asdict(view) | {"state": state, "expires_at": view.expires_at.isoformat()})
