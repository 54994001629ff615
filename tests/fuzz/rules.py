"""Targets: what people type. Numbers, documents, passwords, masked values, addresses of the network."""

from collections.abc import Callable
from datetime import date

from hypothesis import strategies as st

from jsrs_portal.api.sessions import landing
from jsrs_portal.api.websocket import client_address
from jsrs_portal.domain import passwords, ratings, results
from jsrs_portal.domain.addresses import address_in, source_of
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.identifiers import (
    Checked,
    check_mobile,
    check_org_code,
    check_resident_id,
    check_uscc,
    normalise,
)
from jsrs_portal.domain.masking import mask_document, mask_name, mask_phone
from jsrs_portal.gateways.business_registry.sandbox_units import UNITS
from jsrs_portal.gateways.identity.sandbox_persons import PERSONS
from tests.fuzz.targets import TEXT, Target, as_bytes, as_text, disguised

TODAY = date(2026, 3, 2)
USCCS = [unit.uscc for unit in UNITS]
ID_NUMBERS = [person.id_number for person in PERSONS]
DOCUMENTS = {
    DocumentType.RESIDENT_ID: ["32010619930708005X"],
    DocumentType.PASSPORT: ["E12345678", "PA1234567"],
    DocumentType.HK_MO_PERMIT: ["H12345678", "M1234567801"],
    DocumentType.TAIWAN_PERMIT: ["12345678", "1234567890(A)"],
    DocumentType.FOREIGN_PERMANENT_RESIDENCE: ["ABC123456789012", "911124198108030024"],
    DocumentType.HK_MO_TW_RESIDENCE: ["810000199408230021", "830000199201300022"],
}
_SHORTEST, _LONGEST = 8, 20
"""Of numbers that name anybody."""


def _holds(check: Callable[[str], Checked], text: str) -> None:
    """A check gives a plain value or one sentence; a value is stable, and a sentence does not repeat the number."""
    checked = check(text)
    assert (checked.value is None) is (checked.problem is not None)
    if checked.value is None:
        sentence, typed = checked.sentence, normalise(text)
        assert sentence.endswith("。")
        assert sentence.isprintable()
        number = len(typed) >= _SHORTEST and typed.isascii() and typed.isalnum()
        assert not number or typed not in sentence, "the number comes back in the sentence"
        return
    assert checked.sentence == ""
    assert checked.value.isascii()
    assert checked.value.isprintable()
    assert len(checked.value) <= _LONGEST
    again = check(checked.value)
    assert (again.value, again.warnings) == (checked.value, checked.warnings)


def _results(data: bytes) -> None:
    """What is typed to check a document, and to rate, is plain and as long as it has to be, or nothing."""
    text = as_text(data)
    number, code, level = results.typed_number(text), results.typed_code(text), ratings.level_of(text)
    assert number == "" or (number.isascii() and results.typed_number(number) == number)
    assert code == "" or (len(code) == results.CODE_LENGTH and set(code) <= set(results.CODE_ALPHABET))
    assert not (number and code)
    for one in ratings.Level:
        assert level in (None, one) or ratings.rating_problems(one, [text], "") != []
    assert ratings.reason_texts(text.split()) == () or text.split()


def _identifiers(data: bytes) -> None:
    text = as_text(data)
    once = normalise(text)
    assert normalise(once) == once
    for check in (check_uscc, check_org_code, check_mobile, lambda typed: check_resident_id(typed, TODAY)):
        _holds(check, text)


def _documents(data: bytes) -> None:
    text = as_text(data)
    for kind in DocumentType:
        _holds(lambda typed, kind=kind: check_document(kind, typed, TODAY), text)


def _masking(data: bytes) -> None:
    """Of a name the first character stays, of a number the last four, of a phone three digits."""
    text = as_text(data)
    kept = text.strip()
    for masked, open_at_most in (
        (mask_name(text), 1),
        (mask_phone(text), 3),
        *((mask_document(kind, text), 4) for kind in DocumentType),
    ):
        assert (masked == "") is (kept == "")
        assert len(masked.replace("*", "")) <= open_at_most
        assert len(kept) < 2 or kept.strip("*") == "" or masked != kept, "nothing is hidden"


def _passwords(data: bytes) -> None:
    text = as_text(data)
    problems = passwords.check_password(text, forbidden=[*USCCS[:2], ID_NUMBERS[0], "", text[:6]])
    assert all(passwords.explain(problem).endswith("。") for problem in problems)
    if not problems:
        assert passwords.SHORTEST <= len(text) <= passwords.LONGEST
        assert text.isascii()
        assert text.isprintable()
        assert len(text[:6]) < 4 or normalise(text[:6]) not in text.upper()


def _addresses(data: bytes) -> None:
    """Whatever stands in a header: without proxies the peer counts, with them one of the hops, and one source is one.

    The first byte says how many proxies there are.
    """
    header, hops = data[1:], (data[0] if data else 0) % 6
    scope = {"client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", header)]}
    found = client_address(scope, hops)
    said = {address_in(part) for part in header.decode("latin-1").split(",")}
    assert found == "127.0.0.1" if hops == 0 else found in (said - {""}) | {"127.0.0.1"}
    source = source_of(found)
    assert source_of(source) == source
    assert source_of(as_text(data)) is not None


def _landing(data: bytes) -> None:
    text = as_text(data)
    for home in ("/unit", "/my", "/institution"):
        found = landing(text, home=home)
        assert found == home or found.startswith(home + "/")
        assert found.isascii()
        assert not set(found) & set("\\%?#:@\r\n\t .")
        assert "//" not in found
        assert landing(found, home=home) == found


_HOPS = st.sampled_from(["127.0.0.1", "::1", "2001:db8::1%eth0", "::ffff:10.0.0.1", "1.2.3.4:80", "unknown", "", "é"])
_PATHS = st.sampled_from(["/unit", "/my", "/unit/", "/", "//", "\\", "..", "%2f", "?next=", "#", "staff", "\n", "evil"])

TARGETS = (
    Target(
        "identifiers",
        _identifiers,
        (TEXT | disguised(st.sampled_from([*USCCS, *ID_NUMBERS, "+86 138 1234 5678", "MA1X0TE5-8"]))).map(as_bytes),
        tuple(as_bytes(text) for text in (*USCCS[:3], *ID_NUMBERS[:2], "13812345678", "MA1X0TE58")),
    ),
    Target(
        "documents",
        _documents,
        (TEXT | disguised(st.sampled_from([number for some in DOCUMENTS.values() for number in some]))).map(as_bytes),
        tuple(as_bytes(number) for some in DOCUMENTS.values() for number in some),
    ),
    Target(
        "results",
        _results,
        (TEXT | disguised(st.sampled_from(["JG20261129000001", "ABCD-EFGH-JKMN", "5"]))).map(as_bytes),
        (b"jg20261129 000001", b"abcd-efgh-jkmn", b"1"),
    ),
    Target(
        "masking",
        _masking,
        (TEXT | st.sampled_from(["陆知远", "13812345678", *ID_NUMBERS])).map(as_bytes),
        (b"\xe9\x99\x86\xe7\x9f\xa5", b"13812345678", b"E12345678"),
    ),
    Target(
        "passwords",
        _passwords,
        (TEXT | disguised(st.sampled_from(["Kite-4702-river", "Aa1!Aa1!", "Passw0rd!", USCCS[0]]))).map(as_bytes),
        (b"Kite-4702-river", b"Password1!", b"91320100"),
    ),
    Target(
        "addresses",
        _addresses,
        st.tuples(st.integers(0, 5), st.lists(_HOPS | st.text(max_size=20), max_size=7)).map(
            lambda drawn: bytes([drawn[0]]) + as_bytes(", ".join(drawn[1]))
        ),
        (b"\x001.2.3.4", b"\x021.2.3.4, ::1", b"\x012001:db8::1%1", b"\x01::ffff:1.2.3.4"),
    ),
    Target(
        "landing",
        _landing,
        (TEXT | st.lists(_PATHS | st.text(max_size=3), max_size=6).map("".join)).map(as_bytes),
        (b"/unit/info", b"/my", b"//evil.example", b"/unit/staff/new"),
    ),
)
