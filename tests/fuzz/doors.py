"""Targets: what a browser sends before anything of ours runs, and what comes back out of the database."""

import json
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from hypothesis import strategies as st
from reflex_base.utils.format import format_query_params

from jsrs_portal import crypto
from jsrs_portal.access import cookie
from jsrs_portal.api import frames
from jsrs_portal.crypto import CannotDecrypt
from jsrs_portal.domain import wizards
from jsrs_portal.domain.recovery import RECOVERY
from jsrs_portal.domain.registration import PERSON_REGISTRATION, UNIT_REGISTRATION
from jsrs_portal.domain.wizards import Progress
from jsrs_portal.state import (
    account_step,
    login,
    recover,
    register_person,
    register_unit,
    staff_audit,
    staff_institutions,
    staff_login,
    staff_search,
    unit_info,
)
from jsrs_portal.state.forms import FormModel, read_form
from tests.fuzz.targets import TEXT, Target, as_bytes, as_json, as_text, dumped, json_values

PLACE = {"table": "persons", "column": "name_cipher", "row": "1" * 32}
SPECS = (UNIT_REGISTRATION, PERSON_REGISTRATION, RECOVERY)
_PREFIXES = ("40/_event,", "42/_event,", "42/_event", "41/_event,", "2", "3", "2probe", "42", '42/_event,["event",')


# Frames


def _frames(data: bytes) -> None:
    """What passes is one of the few frames of ours, and Reflex can read the page it names."""
    frame = as_text(data)
    if not frames.is_ours(frame):
        return
    if not frame.startswith("4"):
        assert frame in ("2", "3", "2probe", "3probe")
        return
    kind, _, said = frame.partition(",")
    assert kind in ("40/_event", "41/_event", "42/_event")
    if kind == "41/_event" or not said:
        assert said == ""
        return
    event = _event_in(json.loads(said), kind)
    if event is not None:
        router = dict(event["router_data"])
        parts = urlsplit("http://host" + router["asPath"])
        assert parts.path.isprintable()
        assert router["pathname"].startswith("/")
        format_query_params(router)


def _event_in(said: Any, kind: str) -> Any:
    """Return the state event that Reflex would find; any other event may be ping or a report of the frontend's."""
    if kind == "40/_event":
        return said.get("event") if isinstance(said, dict) else None
    name, *rest = said
    assert len(rest) <= {"event": 1, "client_error": 1, "ping": 0}[name]
    if name == "event":
        assert isinstance(rest[0]["name"], str)
        return rest[0]
    return None


_PAGE = st.fixed_dictionaries(
    {"pathname": st.sampled_from(["/", "/unit"]) | TEXT, "asPath": st.sampled_from(["/?a=1", "/[", "//["]) | TEXT},
    optional={"query": st.dictionaries(TEXT, TEXT, max_size=3) | json_values(["a"])},
)
_EVENT = st.fixed_dictionaries(
    {"name": TEXT, "payload": json_values(["form"])}, optional={"router_data": _PAGE | json_values(["pathname"])}
)
_PACKET = st.tuples(st.sampled_from(["event", "event", "ping", "client_error", "connect"]), _EVENT).map(list)
_BODY = dumped(_PACKET | st.fixed_dictionaries({"event": _EVENT}) | json_values(["event", "router_data", "asPath"]))
_FRAME = st.tuples(st.sampled_from(_PREFIXES), _BODY | st.just(b"")).map(lambda drawn: drawn[0].encode() + drawn[1])


# Cookies


def _cookies(data: bytes) -> None:
    """What is read stood in the header, and only what we signed is a visitor's."""
    text = _as_header(data)
    value = cookie.read(text)
    assert value in text
    assert len(value) <= 200
    assert ";" not in value
    assert not value or cookie.read(f"{cookie.cookie_name()}={value}") == value
    for said in (value, text):
        assert cookie.is_visitor(said) + cookie.is_signed_in(said) + cookie.is_staff(said) <= 1
        if cookie.is_visitor(said):
            token = said[2:].partition(".")[0]
            assert said == f"a.{token}.{crypto.sign('anonymous-session', token)}"
        assert len(cookie.session_key(said)) == 64
    fresh = cookie.new_visitor()
    assert cookie.read(f"{text};{cookie.set_cookie(fresh)}") in (value or fresh, fresh)
    assert not cookie.is_visitor(fresh[:-1] + ("A" if fresh[-1] != "A" else "B") + text[:5]) or not text


def _as_header(data: bytes) -> str:
    """Decode as Reflex does: UTF-8, or Latin-1 where it is none; so no halves of surrogate pairs come from here."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


_PAIR = st.tuples(st.sampled_from(["jsrs", "__Host-jsrs", "JSRS", " jsrs", ""]) | TEXT, TEXT | st.just("a.b.c"))
_HEADER = st.lists(_PAIR.map("=".join), max_size=5).map(lambda pairs: as_bytes("; ".join(pairs)))


# Forms


def _models(model: type[FormModel] = FormModel) -> set[type[FormModel]]:
    return {found for child in model.__subclasses__() for found in {child, *_models(child)}}


FORMS = sorted(_models(), key=lambda model: model.__name__)
"""Every form of ours: the modules imported above have declared them."""
assert {login, account_step, recover, register_person, register_unit}
assert {staff_audit, staff_institutions, staff_login, staff_search, unit_info}
FIELDS = sorted({name for model in FORMS for name in model.model_fields})


def _forms(data: bytes) -> None:
    """A form is bounded text that a database can keep, or it is none."""
    payload = as_json(data)
    for model in FORMS:
        form = read_form(model, payload)
        if form is None:
            continue
        for value in form.model_dump().values():
            assert isinstance(value, str)
            assert len(value) <= 200
            assert not any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\r\n\t" for sign in value)
            assert as_bytes(value) == value.encode()
        assert read_form(model, form.model_dump()) == form


# Drafts


def _progress(data: bytes) -> None:
    """A draft comes back as it was written; nothing but a draft is read; no wizard shows a step it does not have."""
    try:
        progress = Progress.from_json(as_text(data))
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    assert Progress.from_json(progress.to_json()).to_json() == progress.to_json()
    if not isinstance(progress.answers, dict) or not isinstance(progress.at, str):
        return  # our own seal vouches for what a draft holds; here only the reading is at stake
    for spec in SPECS:
        keys = [step.key for step in spec.steps]
        shown = wizards.current_step(spec, progress)
        assert shown in keys
        assert progress.result or all(step in progress.answers for step in spec.step(shown).requires if progress.at)
        before = wizards.go_back(spec, progress)
        assert before.answers == progress.answers
        assert keys.index(wizards.current_step(spec, before)) <= keys.index(shown)
        for key in [*keys, progress.at, "", "none"]:
            if wizards.may_submit(spec, progress, key):
                after = wizards.answer_step(spec, progress, key, {"changed": 1})
                assert set(after.answers) <= {*progress.answers, key}


_STEPS = ["unit", "face", "account", "done", "identity"]
_ANSWERS = st.dictionaries(st.sampled_from(_STEPS), st.dictionaries(TEXT, TEXT, max_size=3), max_size=4)
_PROGRESS = st.fixed_dictionaries(
    {
        "answers": _ANSWERS,
        "at": st.sampled_from([*_STEPS, ""]),
        "result": st.just({}) | st.dictionaries(TEXT, TEXT, max_size=2),
    }
)


# Ciphertexts


def _ciphers(data: bytes) -> None:
    """Bytes that we did not seal never open, a sealed text opens only whole and only in its place."""
    plain = as_text(data).encode("utf-8", "replace").decode()
    sealed = crypto.encrypt(plain, **PLACE)
    assert crypto.decrypt(sealed, **PLACE) == plain
    place = len(data) % len(sealed)
    altered = sealed[:place] + bytes([sealed[place] ^ 1 + (data[0] & 0xFE if data else 0)]) + sealed[place + 1 :]
    for bytes_of_nobody in (data, altered, sealed[: place or 0], sealed + data[:1] + b"x", data + sealed):
        if bytes_of_nobody == sealed:
            continue
        try:
            crypto.decrypt(bytes_of_nobody, **PLACE)
        except CannotDecrypt:
            continue
        raise AssertionError("foreign bytes were opened")
    try:
        crypto.decrypt(sealed, **PLACE | {"row": "2" * 32})
    except CannotDecrypt:
        return
    raise AssertionError("a value opened in another row")


_HEAD = st.tuples(st.integers(0, 3), st.integers(0, 255), st.sampled_from([b"d1", b"d2", b"\xff", b""]), st.binary())

TARGETS = (
    Target(
        "frames",
        _frames,
        _FRAME,
        (
            b'42/_event,["event",{"name":"a.b","payload":{},"router_data":{"pathname":"/","asPath":"/?q=1","query":{}}}]',
            b'40/_event,{"event":{"name":"a","payload":{},"router_data":{"pathname":"/","asPath":"/","query":{}}}}',
            b'42/_event,["client_error",{"message":"x"}]',
            b'42/_event,["ping"]',
            b"40/_event,",
            b"2probe",
        ),
    ),
    Target(
        "cookies",
        _cookies,
        _HEADER | TEXT.map(as_bytes),
        (b"jsrs=a.AAAA.BBBB", b"a=b; jsrs=s.CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC; c", b"jsrs=a.\xed\xa0\x80.x"),
    ),
    Target(
        "forms",
        _forms,
        dumped(st.dictionaries(st.sampled_from(FIELDS), TEXT, max_size=8) | json_values(FIELDS)),
        (b'{"uscc":"1","agreed":"yes"}', b'{"mobile":"13812345678","code":"123456"}', b'{"password":"\\ud800"}'),
    ),
    Target(
        "drafts",
        _progress,
        dumped(_PROGRESS | json_values(["answers", "at", "result"])),
        (
            b'{"answers":{"unit":{}},"at":"face","result":{}}',
            b'{"answers":{"identity":{"name":"x"}},"at":"","result":{}}',
            b'{"answers":{},"at":"","result":{"unit_number":"1"}}',
        ),
    ),
    Target(
        "ciphertexts",
        _ciphers,
        st.binary(max_size=60) | _HEAD.map(lambda drawn: bytes(drawn[:2]) + drawn[2] + drawn[3]),
        (b"\x01\x02d1" + b"0" * 28, b"\x02\x02d1" + b"0" * 30, b"\x01\xff", b""),
    ),
)
