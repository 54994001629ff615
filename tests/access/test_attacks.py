"""Every handler a browser can call, called by everybody who may not, with everything that does not belong there.

The handlers come from the product's registry, so a new one is attacked without touching this file. Each attacker gets
one connection per kind of payload and sends it to every handler they may call, and to a quarter of the others, another
quarter for each kind and each attacker: a refusal does not look at the payload. Then the database, every byte that came
back and the server's log are looked at.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest

from jsrs_portal.access.actor import REMEMBERED_SECONDS
from jsrs_portal.domain.authority import ROLE_PERMISSIONS, Permission, Role
from jsrs_portal.domain.permissions import STAFF_PERMISSIONS, StaffRole
from tests.access import people
from tests.access.client import REFUSED_BY_ALL, SESSION_ENDED, Socket, at, packet
from tests.access.conftest import Cast
from tests.access.evidence import Log, assert_no_secret, assert_nothing_internal
from tests.access.handlers import ROOT_STATE, Handler, named, registry
from tests.access.payloads import HUGE, KINDS, MARKUP
from tests.access.people import Browser
from tests.traceability import add_quality, record_quality

pytestmark = pytest.mark.asyncio(loop_scope="session")

_ENDS_SESSIONS = ("log_out", "end_others", "request")
"""What ends sessions of whoever calls it properly, or has their own data sent to them, which is their right."""
_AT_ONCE = 11
_THINNED = 4
"""Of the calls that are refused whatever they carry, one in so many is made; over the kinds every handler is called."""
_UNANSWERED = 20
REFUSALS = ("/refused", "/login", "/phone/", "/staff/", "/password/first", SESSION_ENDED)


@dataclass(frozen=True)
class Attacker:
    """Somebody who tries. ``may`` says of which handlers a call is allowed, though with such payloads useless."""

    arrive: Callable[[Cast], Awaitable[Browser]]
    may: Callable[[Handler], bool]
    inside: str


async def _nobody(cast: Cast) -> Browser:
    return Browser(cast.portal)


async def _forger(cast: Cast) -> Browser:
    """Make up a visitor's cookie: the right form, a signature of nobody."""
    return Browser(cast.portal, cookie=f"jsrs=a.{'A' * 43}.{'B' * 43}")


async def _guesser(cast: Cast) -> Browser:
    """Make up a signed-in cookie: the right form, no session behind it."""
    return Browser(cast.portal, cookie=f"jsrs=s.{'C' * 43}")


async def _visitor(cast: Cast) -> Browser:
    return await people.visitor(cast.portal)


async def _roleless(cast: Cast) -> Browser:
    return await people.log_in(cast.portal, cast.roleless, as_person=True)


async def _neighbour(cast: Cast) -> Browser:
    return await people.log_in(cast.portal, cast.neighbour)


async def _admin(cast: Cast) -> Browser:
    return await people.log_in(cast.portal, cast.admin)


async def _agent(cast: Cast) -> Browser:
    return await people.log_in(cast.portal, cast.agent)


async def _institution(cast: Cast) -> Browser:
    return await people.log_in(cast.portal, cast.institution_admin)


async def _newcomer(cast: Cast) -> Browser:
    return await people.log_in(cast.portal, cast.newcomer)


def _lapsed(who: str) -> Callable[[Cast], Awaitable[Browser]]:
    """Log in, lose the grant, and wait as long as a server may believe in it (rule 2: five seconds)."""

    async def arrive(cast: Cast) -> Browser:
        account: people.Account = getattr(cast, who)
        browser = await people.log_in(cast.portal, account)
        people.lapse(cast.portal, account)
        await asyncio.sleep(REMEMBERED_SECONDS + 0.5)
        return browser

    return arrive


def _with_role(role: Role) -> Callable[[Handler], bool]:
    """Return what somebody with ``role`` in some unit may call.

    The legal representative comes in with a password of the unit, and so not to the own account (R-2.4.9).
    """
    account = {Permission.OWN_CREDENTIALS}
    account |= {Permission.OWN_ACCOUNT} if role in (Role.ADMIN, Role.AGENT) else set()
    own = {"", *account, *ROLE_PERMISSIONS[role]}
    return lambda handler: handler.policy is not None and handler.policy[1] in own


def _with_a_first_password(handler: Handler) -> bool:
    """Before it is changed: what needs no permission, and the change itself (R-2.6.6.3)."""
    return handler.policy is not None and handler.policy[1] in ("", Permission.FIRST_PASSWORD)


def _staff(login: str) -> Callable[[Cast], Awaitable[Browser]]:
    async def arrive(cast: Cast) -> Browser:
        return await people.log_in_staff(cast.portal, login)

    return arrive


def _as_staff(role: StaffRole | None) -> Callable[[Handler], bool]:
    """Return what an officer with ``role`` may call; ``None`` for one with the first password."""
    own = {Permission.FIRST_PASSWORD} if role is None else set(STAFF_PERMISSIONS[role])
    return lambda handler: handler.for_visitors or (handler.policy is not None and handler.policy[1] in own)


ATTACKERS = {
    "nobody": Attacker(_nobody, lambda _: False, SESSION_ENDED),
    "forged visitor": Attacker(_forger, lambda _: False, SESSION_ENDED),
    "forged session": Attacker(_guesser, lambda _: False, SESSION_ENDED),
    "visitor": Attacker(_visitor, lambda handler: handler.for_visitors, "/"),
    "person without role": Attacker(_roleless, lambda handler: handler.for_signed_in, "/"),
    "member of another unit": Attacker(_neighbour, _with_role(Role.LEGAL_REP), "/"),
    "administrator of another unit": Attacker(_admin, _with_role(Role.ADMIN), "/"),
    "agent of another unit": Attacker(_agent, _with_role(Role.AGENT), "/"),
    "institution administrator": Attacker(_institution, _with_role(Role.INSTITUTION_ADMIN), "/"),
    "institution administrator with a first password": Attacker(_newcomer, _with_a_first_password, "/"),
    "system administrator": Attacker(_staff(people.SYSTEM), _as_staff(StaffRole.SYSTEM), "/"),
    "security administrator": Attacker(_staff(people.SECURITY), _as_staff(StaffRole.SECURITY), "/"),
    "audit administrator": Attacker(_staff(people.AUDITOR), _as_staff(StaffRole.AUDIT), "/"),
    "officer": Attacker(_staff(people.OFFICER), _as_staff(StaffRole.OFFICER), "/"),
    "officer with the first password": Attacker(_staff(people.NEW_OFFICER), _as_staff(None), "/"),
    "agent whose grant has expired": Attacker(_lapsed("expired"), lambda _: False, SESSION_ENDED),
    "agent whose grant is to come": Attacker(_lapsed("scheduled"), lambda _: False, SESSION_ENDED),
    "agent whose grant was revoked": Attacker(_lapsed("revoked"), lambda _: False, SESSION_ENDED),
}


def _in_order() -> list[Handler]:
    """Return all handlers; those that end the attacker's own sessions last."""
    return sorted(registry().handlers, key=lambda handler: handler.method in _ENDS_SESSIONS)


async def _strike(browser: Browser, attacker: Attacker, kind: str, turn: int) -> Socket:
    """Call the handlers with one kind of payload; whatever is refused must be answered, one answer each."""
    tab, unanswered = await browser.tab(), 0
    for place, handler in enumerate(_in_order()):
        if not attacker.may(handler) and (place + turn) % _THINNED:
            continue
        payload = KINDS[kind](handler)
        if attacker.may(handler) and handler.method in _ENDS_SESSIONS and payload == {}:
            continue  # would be a proper logout; test_permitted has it
        before = len(tab.departures)
        await tab.send(handler.name, payload)
        unanswered += 1
        if attacker.may(handler):
            if unanswered >= _UNANSWERED:  # a server that is behind would read them all at once, and see a flood
                unanswered = 0
                assert await tab.settle(), f"{kind}: the session ended in the middle"
        else:
            unanswered = 0
            answered = await tab.until(lambda before=before: len(tab.departures) > before, 60)
            assert answered, f"{handler.name} ({kind}) was refused without an answer"
            # The phone's pages are where an earlier call leads that is allowed: without a code it is over.
            # So is /my, for whoever has no roles to choose from.
            assert tab.departures[-1].startswith(REFUSALS), tab.departures[-1]
    if attacker.inside != SESSION_ENDED:
        try:
            alive = await tab.settle()
        except AssertionError as error:
            raise AssertionError(f"{kind}: {error}") from error
        assert alive, f"{kind}: the session ended in the middle"
    else:
        assert set(tab.departures) == {SESSION_ENDED}
    add_quality("attack_calls", len(tab.called))
    await tab.close()
    return tab


async def _healthy(cast: Cast) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{cast.portal.origin}/_health", timeout=10)).status_code == 200


@pytest.fixture(scope="module", autouse=True)
def _counts() -> None:
    record_quality("handlers_total", len(registry().handlers))
    record_quality("handlers_attacked", 0)


_struck: set[str] = set()


@pytest.mark.parametrize("name", list(ATTACKERS))
async def test_strangers_change_nothing_and_learn_nothing(cast: Cast, name: str) -> None:
    """Every handler × every kind of payload: refusals are answered, nothing changes, nothing leaks, nothing breaks."""
    tabs = await strike_all(cast, name, list(KINDS))
    _struck.update(*(tab.called for tab in tabs))
    record_quality("handlers_attacked", len(_struck & {handler.name for handler in registry().handlers}))


async def strike_all(cast: Cast, name: str, kinds: list[str]) -> list[Socket]:
    """Have one attacker call every handler with each of ``kinds``, and look at what that did."""
    attacker, log = ATTACKERS[name], Log(cast.portal)
    browser = await attacker.arrive(cast)
    before = people.dump(cast.portal, browser.key)
    tabs: list[Socket] = []
    turns = list(enumerate(kinds, start=list(ATTACKERS).index(name)))
    for start in range(0, len(turns), _AT_ONCE):
        some = turns[start : start + _AT_ONCE]
        tabs += await asyncio.gather(*(_strike(browser, attacker, kind, turn) for turn, kind in some))
    called = set[str]().union(*(tab.called for tab in tabs))
    assert {one.name for one in registry().handlers if one.method not in _ENDS_SESSIONS} <= called
    assert people.dump(cast.portal, browser.key) == before
    others = {
        "member of another unit": (cast.victim, cast.roleless),
        "administrator of another unit": (cast.victim, cast.roleless),
        "agent of another unit": (cast.victim, cast.roleless),
        "institution administrator": (cast.victim, cast.roleless, cast.newcomer),
        "person without role": (cast.victim, cast.neighbour),
    }.get(name, (cast.victim, cast.neighbour, cast.roleless))
    kept_from = {
        "audit administrator": lambda one: (one.name, one.id_number, one.mobile),  # reads who did what, masked
        "officer": lambda one: one.own_secrets,  # sees which unit an institution belongs to
    }.get(name, lambda one: one.secrets)
    assert_no_secret(tabs, [secret for one in others for secret in kept_from(one)])
    if name.startswith("institution administrator"):  # sees nobody of the unit, before the change not even its name
        unit = (cast.neighbour, cast.admin, cast.agent)
        assert_no_secret(tabs, [secret for one in unit for secret in one.own_secrets])
    if name == "agent of another unit":  # sees nobody but themself, of those who act for their own unit too
        assert_no_secret(tabs, [secret for one in (cast.neighbour, cast.admin) for secret in one.own_secrets])
    assert_nothing_internal(tabs)
    log.assert_no_failure()
    await _healthy(cast)
    return tabs


async def test_a_variable_cannot_be_written_from_outside(cast: Cast) -> None:
    """``setvar``, ``update_vars_internal`` and the variables of the first event: the signed-in flag stays false."""
    browser = await people.visitor(cast.portal)
    shell = named("ShellState.load").rpartition(".")[0]
    internal = f"{ROOT_STATE}.reflex___state____update_vars_internal_state.update_vars_internal"
    async with await browser.tab() as tab:
        await tab.hydrate("/")
        for handler in registry().handlers:
            if handler.method == "setvar":
                await tab.send(handler.name, {"var_name": "is_signed_in", "value": True})
                await tab.send(handler.name, {"var_name": "_owner", "value": "somebody"})
        for key in (f"{shell}.is_signed_in", f"{shell}.is_signed_in_rx_state_", f"{ROOT_STATE}.router_data"):
            await tab.send(internal, {"vars": {key: True}})
            await tab.send(f"{ROOT_STATE}.hydrate_and_load", {"vars": {key: True}, "hashes": None})
        await tab.settle()
        assert '"is_signed_in_rx_state_":true' not in tab.received.replace(" ", "")
        await tab.send(named("UnitState.load"))
        await tab.settle()
        assert tab.departures[-1].startswith("/login")


async def test_a_frontend_report_reaches_neither_page_nor_log(cast: Cast) -> None:
    """What a browser reports as its own fault may be anything; none of it is shown or written down."""
    browser, log = await people.visitor(cast.portal), Log(cast.portal)
    name = f"{ROOT_STATE}.reflex___state____frontend_event_exception_state.handle_frontend_exception"
    spell = "spell-8842-\x1b[31m\nERROR forged line"
    async with await browser.tab() as tab:
        for text in (MARKUP, spell, HUGE):
            await tab.send(name, {"info": text, "component_stack": text})
            await tab.raw(packet("client_error", {"error_type": spell, "message": text, "substate": spell}))
            await tab.raw(packet("client_error", text))
            await tab.raw(packet("client_error"))
        await tab.settle()
        assert "spell-8842" not in tab.received
    assert "spell-8842" not in json.dumps(log.entries)
    log.assert_no_failure()


# A stolen client token


async def _with_draft(cast: Cast) -> tuple[Browser, list[str]]:
    """A visitor who has filled step 1 of 法人注册 and sees the QR code."""
    from jsrs_portal.gateways.business_registry.sandbox_units import UNITS

    unit = next(unit for unit in UNITS if unit.name == "江苏衡川律师事务所")
    browser = await people.visitor(cast.portal)
    form = {
        "uscc": unit.uscc,
        "unit_name": unit.name,
        "id_type": "01",
        "id_number": unit.legal_rep.id_number,
        "legal_name": unit.legal_rep.name,
        "agreed": "yes",
    }
    async with await browser.tab() as tab:
        await tab.hydrate("/register/unit?from=victims-own-address")
        await tab.send(named("UnitRegistrationState.submit_unit"), {"form": form}, at("/register/unit"))
        await tab.settle()
        assert tab.value("unit_registration_state", "step") == "face", tab.value("unit_registration_state", "errors")
        qr = str(tab.value("unit_registration_state", "qr"))
        picture = qr[len(qr) // 2 :][:200]  # of this code: everybody may have one of their own on the screen
        assert len(picture) == 200
        assert picture in tab.received
        await tab.send(named("UnitRegistrationState.back"), {}, at("/register/unit"))
        await tab.hydrate("/register/unit?from=victims-own-address")
        assert unit.legal_rep.id_number[-4:] in tab.received
    account = people.Account(unit.legal_rep.name, unit.legal_rep.id_number, "", unit.name, unit.uscc)
    return browser, [*account.secrets, "已填写 ", "victims-own-address", picture]


async def _with_unit(cast: Cast) -> tuple[Browser, list[str]]:
    """Somebody signed in who has their unit on the screen."""
    browser = await people.log_in(cast.portal, cast.victim)
    async with await browser.tab() as tab:
        await tab.hydrate("/unit?from=victims-own-address")
        assert cast.victim.uscc in tab.received
    return browser, [*cast.victim.secrets, "victims-own-address"]


VICTIMS = {"with a draft": _with_draft, "with the unit centre open": _with_unit}
THIEVES = {name: ATTACKERS[name].arrive for name in ("nobody", "visitor", "person without role", "forged session")}


async def steal(cast: Cast, victim: str, thief: str) -> None:
    """Call everything with a victim's client token and another cookie, or none; then let the victim go on."""
    owner, secrets = await VICTIMS[victim](cast)
    intruder = await THIEVES[thief](cast)
    intruder.token = owner.token
    before = people.dump(cast.portal, intruder.key)
    hydrate = {"name": f"{ROOT_STATE}.hydrate_and_load", "payload": {}, "router_data": at()}
    tabs = [await intruder.tab(boot=hydrate)]
    assert "new_token" not in tabs[0].received, "the victim's tab was not closed"
    assert await tabs[0].until(lambda: bool(tabs[0].deltas))
    assert f'"{owner.token}"' in tabs[0].received or thief in ("nobody", "forged session")
    for path in ("/", "/register/unit", "/unit", "/my"):
        await tabs[0].send(f"{ROOT_STATE}.hydrate", {}, at(path))
        await tabs[0].send(f"{ROOT_STATE}.hydrate_and_load", {"hashes": []}, at(path))
    for handler in _in_order():
        if handler.method not in _ENDS_SESSIONS and not handler.background:
            await tabs[0].send(handler.name, {}, at("/unit"))
    await tabs[0].settle()
    add_quality("attack_calls", tabs[0].sent)
    await tabs[0].close()
    own = {"person without role": cast.roleless.secrets}.get(thief, ())
    assert_no_secret(tabs, [secret for secret in secrets if secret not in own])
    assert people.dump(cast.portal, intruder.key) == before

    async with await owner.tab() as tab:
        page = "/register/unit" if victim == "with a draft" else "/unit"
        await tab.hydrate(page)
        assert tab.departures == []
        assert secrets[1][-4:] in tab.received if victim == "with a draft" else cast.victim.uscc in tab.received


@pytest.mark.parametrize("victim", list(VICTIMS))
@pytest.mark.parametrize("thief", list(THIEVES))
async def test_a_stolen_client_token_is_worth_nothing(cast: Cast, victim: str, thief: str) -> None:
    """Whatever is called with it, nothing of the victim's comes back, and the victim goes on afterwards."""
    await steal(cast, victim, thief)


@pytest.mark.parametrize("said", [{}, {"pathname": "/unit"}, {"query": {}}, {"asPath": "/", "query": {}}])
async def test_the_victims_page_is_not_inherited(cast: Cast, said: dict[str, object]) -> None:
    """A thief who does not say which page they are on is not told which one the victim was on, and its query."""
    owner, _ = await _with_unit(cast)
    intruder = await people.visitor(cast.portal)
    intruder.token = owner.token
    hydrate = {"name": f"{ROOT_STATE}.hydrate_and_load", "payload": {}, "router_data": said}
    async with await intruder.tab(boot=hydrate, patience=2) as tab:
        if not tab.closed:
            await tab.send(f"{ROOT_STATE}.hydrate", {}, said)
            await tab.until(lambda: tab.closed, 0.5)
        assert "victims-own-address" not in tab.received


@pytest.mark.parametrize("victim", list(VICTIMS))
async def test_a_token_in_use_is_not_shared(cast: Cast, victim: str) -> None:
    """While the victim's tab is open the thief gets a token of their own, and the victim notices nothing."""
    owner, secrets = await VICTIMS[victim](cast)
    intruder = await people.visitor(cast.portal)
    intruder.token = owner.token
    async with await owner.tab() as tab:
        await tab.hydrate("/unit" if victim != "with a draft" else "/register/unit")
        async with await intruder.tab() as stolen:
            await stolen.hydrate("/unit")
            await stolen.hydrate("/register/unit")
            assert "new_token" in stolen.received
            assert_no_secret([stolen], secrets)
        await tab.send(REFUSED_BY_ALL, {"var_name": "x", "value": 1})
        assert await tab.settle()


async def _tab_with_the_token_itself(browser: Browser) -> Socket:
    """Connect as soon as the portal has noticed that the token's tab is gone: until then there is a new token."""
    for _ in range(50):
        tab = await browser.tab()
        if "new_token" not in tab.received:
            return tab
        await tab.close()
        await asyncio.sleep(0.05)
    raise AssertionError("the closed tab still holds its token")


async def test_an_answer_on_its_way_does_not_reach_the_next_holder_of_the_token(cast: Cast) -> None:
    """The victim closes the tab while a slow outside system is asked; the thief connects before the answer comes."""
    owner, secrets = await _with_draft(cast)
    intruder = await people.visitor(cast.portal)
    intruder.token = owner.token
    async with httpx.AsyncClient(trust_env=False) as control:
        await control.post(f"{cast.portal.sandbox}/_control/face", json={"mode": "slow", "times": 5})
        tab = await owner.tab()
        await tab.hydrate("/register/unit")
        form = {"form": {**dict.fromkeys(registry().form_fields, ""), "agreed": "yes"}}
        form["form"] |= {"uscc": secrets[3], "unit_name": secrets[2], "id_type": "01"}
        await tab.send(named("UnitRegistrationState.submit_unit"), form, at("/register/unit"))
        await tab.until(lambda: tab.value("unit_registration_state", "busy") is True)
        await asyncio.sleep(0.2)
        await tab.close()
        async with await _tab_with_the_token_itself(intruder) as stolen:
            await asyncio.sleep(3)
            await stolen.hydrate("/")
            assert_no_secret([stolen], [*secrets, '"face"'])
        await control.post(f"{cast.portal.sandbox}/_control/face", json={"mode": "ok", "times": 0})


# Frames that no frontend sends


_EVENT = {"name": f"{ROOT_STATE}.hydrate", "payload": {}, "router_data": at()}
MALFORMED_FRAMES: dict[str, str | bytes] = {
    "unknown handler": packet("event", {**_EVENT, "name": "persons.delete_all"}),
    "name with markup": packet("event", {**_EVENT, "name": MARKUP}),
    "name of a private method": packet("event", {**_EVENT, "name": f"{ROOT_STATE}._clean"}),
    "name of the class's own": packet("event", {**_EVENT, "name": f"{ROOT_STATE}.__init__"}),
    "name is a list": packet("event", {**_EVENT, "name": ["a"]}),
    "name is missing": packet("event", {"payload": {}}),
    "payload is text": packet("event", {**_EVENT, "payload": "abc"}),
    "event is text": packet("event", "abc"),
    "event is a number": packet("event", 7),
    "event is a list": packet("event", [[_EVENT]]),
    "event is missing": packet("event"),
    "two events": packet("event", _EVENT, _EVENT),
    "event as a string of JSON": packet("event", json.dumps({**_EVENT, "name": f"{ROOT_STATE}.setvar"})),
    "another socket event": packet("emit_update", {"delta": {}}, "token"),
    "lifecycle event: disconnect": packet("disconnect", "transport close"),
    "lifecycle event: connect": packet("connect", {"QUERY_STRING": "token=1", "asgi.scope": {"headers": []}}, {}),
    "ping": packet("ping"),
    "nested too deep": f'42/_event,["event",{"[" * 20_000}',
    "nested deep and closed": f'42/_event,["event",{"[" * 20_000}{"]" * 20_000}]',
    "not JSON": "42/_event,{{{",
    "other namespace": '42/admin,["event",{}]',
    "root namespace": "40",
    "unknown packet": "49/_event,x",
    "empty": "",
    "unknown engine packet": "9",
    "binary": b"\x00\xff\xfe" * 100,
    "binary announced": '459-/_event,["event",{"_placeholder":true,"num":0}]',
}
HOSTILE_PAGES: dict[str, object] = {
    "path is a number": {"pathname": 7, "query": {}, "asPath": "/"},
    "address is a number": {"pathname": "/", "query": {}, "asPath": 7},
    "address cannot be parsed": {"pathname": "/", "query": {}, "asPath": "["},
    "address of another host": {"pathname": "/unit", "query": {}, "asPath": "@evil.example//unit?next=//evil"},
    "query is a list": {"pathname": "/", "query": ["a"], "asPath": "/"},
    "query is text": {"pathname": "/", "query": "abc", "asPath": "/"},
    "headers of its own": {"pathname": "/", "query": {}, "asPath": "/", "headers": {"cookie": "jsrs=s.forged"}},
    "everything null": {"pathname": None, "query": None, "asPath": None},
    "a list": ["/"],
    "text": "/",
    "markup": {"pathname": MARKUP, "query": {MARKUP: MARKUP}, "asPath": "/" + MARKUP},
    "next page elsewhere": {"pathname": "/unit\r\nSet-Cookie: a=b", "query": {}, "asPath": "/unit"},
}


async def _still_serves(cast: Cast) -> None:
    """Somebody else is served at once, and the server is not busy with anything."""
    log = Log(cast.portal)
    other = await people.visitor(cast.portal)
    async with await other.tab() as tab:
        await asyncio.wait_for(tab.hydrate("/"), 10)
    await asyncio.sleep(0.3)
    assert log.size < 20_000, f"{log.size} bytes were logged in a moment: something goes round in circles"
    await _healthy(cast)


async def _frame(cast: Cast, frame: str | bytes) -> Socket:
    browser = await people.visitor(cast.portal)
    tab = await browser.tab()
    await tab.raw(frame)
    await asyncio.sleep(0.3)
    if not tab.closed:
        await tab.send(REFUSED_BY_ALL, {})
        await tab.until(lambda: bool(tab.departures))
    await tab.close()
    return tab


async def test_a_browser_cannot_say_where_it_comes_from(cast: Cast) -> None:
    """``connect`` is an event of the server's own; sent by a browser it must not replace headers and address.

    Limits per address and the audit trail believe the address. Header names are bytes, hence the attachments.
    """
    browser = await people.visitor(cast.portal)
    texts = [b"cookie", browser.cookie.encode(), b"origin", cast.portal.origin.encode()]
    name, value, origin, ours = ({"_placeholder": True, "num": number} for number in range(len(texts)))
    scope = {"headers": [[name, value], [origin, ours]], "client": ["203.0.113.99", 1]}
    async with await browser.tab() as tab:
        connect = ["connect", {"QUERY_STRING": f"token={tab.token}", "asgi.scope": scope}, {}]
        with contextlib.suppress(ConnectionError):  # the server may end the connection at any of them
            await tab.raw(f"45{len(texts)}-/_event,{json.dumps(connect)}")
            for text in texts:
                await tab.raw(text)
        await asyncio.sleep(0.3)
        if not tab.closed:
            form = {"identifier": "13900009999", "password": "wrong"}
            await tab.send(named("LoginState.submit_person"), {"form": form})
            await asyncio.sleep(1)
        assert "203.0.113.99" not in tab.received
    addresses = people.rows(cast.portal, "SELECT DISTINCT address FROM audit_entries")
    assert "203.0.113.99" not in {row["address"] for row in addresses}


async def test_malformed_frames_break_nothing(cast: Cast) -> None:
    """Whatever is sent instead of an event: no inside comes back, and everybody else is served."""
    before = people.dump(cast.portal)
    tabs = await asyncio.gather(*(_frame(cast, frame) for frame in MALFORMED_FRAMES.values()))
    assert_nothing_internal(tabs)
    assert_no_secret(tabs, cast.victim.secrets)
    deaf = [name for name, tab in zip(MALFORMED_FRAMES, tabs, strict=True) if not (tab.closed or tab.departures)]
    assert deaf == [], "neither closed nor answering afterwards"
    assert people.dump(cast.portal) == before
    add_quality("attack_calls", len(tabs))
    await _still_serves(cast)


@pytest.mark.parametrize("name", list(HOSTILE_PAGES))
@pytest.mark.parametrize("who", ["nobody", "visitor"])
async def test_a_hostile_page_address_breaks_nothing(cast: Cast, name: str, who: str) -> None:
    """What an event says about its page is looked at before the gate; it must not take the server down."""
    browser = await ATTACKERS[who].arrive(cast)
    try:
        async with await browser.tab() as tab:
            for handler in ("ShellState.load", "UnitState.load", "LoginState.load"):
                await tab.send(named(handler), {}, HOSTILE_PAGES[name])
            await asyncio.sleep(0.4)
        assert_nothing_internal([tab])
        assert not any(path.startswith(("//", "http", "/\\")) or "\n" in path for path in tab.departures)
        add_quality("attack_calls", 3)
        await _still_serves(cast)
    except (AssertionError, TimeoutError):
        await asyncio.to_thread(_restart, cast)
        raise


def _restart(cast: Cast) -> None:
    """Give the other tests a server again that is not busy with this attack."""
    cast.portal.kill("server")
    (cast.portal.folder / "server.log").write_bytes(b"")
    cast.portal.start("server")


async def test_every_handler_was_attacked() -> None:
    """The attackers took the names from the registry; none was left out."""
    assert {handler.name for handler in registry().handlers} <= _struck
