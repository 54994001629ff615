"""Targets: what drivers and CAs send. Certificates, revocation lists, signatures, and values in extensions."""

import contextlib
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import strategies as st

from jsrs_portal import clock
from jsrs_portal.certificates.crls import Refused, read_list
from jsrs_portal.certificates.pkcs7 import digest_of_message
from jsrs_portal.certificates.reading import read_certificate
from jsrs_portal.certificates.verifying import judge_signature
from jsrs_portal.domain.certificates import CertificateProblem, read_value, uscc_in
from jsrs_portal.domain.identifiers import check_uscc
from jsrs_portal.gateways.ca.demo_ca import DemoCa, Issued
from tests.fuzz.targets import Target
from tests.support.ca import USCC, Kind, as_message, fetched, make_ca

_TEXT = b"JSRS-CA-LOGIN|localhost|c|s|2026-11-28T12:00:00+00:00"
_OTHER = b"91320594MA27XP9C0N"


@lru_cache
def _ca() -> DemoCa:
    return make_ca(Path(mkdtemp(prefix="jsrs-fuzz-")))


@lru_cache
def _good(kind: Kind) -> Issued:
    return _ca().issue(uscc=USCC, kind=kind)


@lru_cache
def _genuine() -> frozenset[bytes]:
    return frozenset(_good(kind).der for kind in Kind if kind is not Kind.OTHER)


def _certificate(data: bytes) -> None:
    """Only a certificate that was really issued names a unit; everything else has a problem, never an exception."""
    kind = Kind.RSA if data in _genuine() and data == _good(Kind.RSA).der else Kind.SM2
    now, lists = clock.now(), fetched(_ca())
    signature = _good(kind).key.sign(_TEXT)
    found = judge_signature(data, message=_TEXT, signature=signature, trust=_ca().trust, lists=lists, now=now)
    assert (found.problem is None) is (data in _genuine())
    assert found.uscc == (USCC if found.problem is None else "")


def _signature(data: bytes) -> None:
    """Bare or as a message: what the key has not made is refused."""
    certificate = read_certificate(_good(Kind.SM2).der)
    said = digest_of_message(certificate, _TEXT, data)
    assert said in ("", "sm3")
    assert not digest_of_message(certificate, _TEXT + b" ", data)
    now, lists = clock.now(), fetched(_ca())
    der = _good(Kind.SM2).der
    found = judge_signature(der, message=_TEXT + b" ", signature=data, trust=_ca().trust, lists=lists, now=now)
    assert found.problem is CertificateProblem.SIGNATURE


def _list(data: bytes) -> None:
    """What is read is signed by the CA; what is not is refused by name."""
    authority = _ca().trust.issuers[1].authorities
    with contextlib.suppress(Refused):
        read = read_list(data, authority)
        assert read.next_at is not None
        assert data in _lists(), "signed by nobody"


@lru_cache
def _lists() -> tuple[bytes, ...]:
    return tuple(_ca().list_of(name) for name in ("sm2-root", "sm2-issuing"))


def _value(data: bytes) -> None:
    """Any value gives printable text, and a unit only if its number is one."""
    text = read_value(data)
    assert text == "" or text.isprintable()
    found = uscc_in(text)
    assert found is None or check_uscc(found).value == found


def _changed(seeds: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Change, cut or repeat bytes of something good."""

    def spoil(drawn: tuple[bytes, int, bytes, int]) -> bytes:
        good, place, put, cut = drawn
        place %= len(good)
        return good[:place] + put + good[place + cut :]

    return st.tuples(st.sampled_from(seeds), st.integers(0, 4000), st.binary(max_size=4), st.integers(0, 4)).map(spoil)


_CERTIFICATES = tuple(sorted(_genuine()))
_MESSAGES = (as_message(_good(Kind.SM2), _TEXT), as_message(_good(Kind.SM2), _TEXT, attached=True, attributes=True))
_VALUES = (b"\x13\x12" + _OTHER, b"\x04\x14\x0c\x12" + _OTHER, b"\x80\x12" + _OTHER, b"1@5013JJ0" + _OTHER, _OTHER)

TARGETS = (
    Target("certificates", _certificate, _changed(_CERTIFICATES), (*_CERTIFICATES, b"", b"\x30\x80")),
    Target(
        "signatures",
        _signature,
        _changed(_MESSAGES),
        (*_MESSAGES, b"", b"\0" * 64, b"\x30\x06\x02\x01\x01\x02\x01\x01"),
    ),
    Target("revocation lists", _list, _changed(_lists()), (*_lists(), b"", b"\x30\x00")),
    Target("values in certificates", _value, _changed(_VALUES), (*_VALUES, b"", b"\x13", b"\x30\x80")),
)
