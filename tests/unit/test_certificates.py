"""What certificates say, however a CA wrote it, and what is asked of a text before it is signed (R-2.4.2)."""

import pytest

from jsrs_portal.domain.certificates import (
    PURPOSE,
    SENTENCES,
    USCC_OIDS,
    CertificateProblem,
    IssuerPolicy,
    challenge_text,
    find_uscc,
    read_value,
    uscc_in,
)

pytestmark = pytest.mark.req("R-2.4.2")
USCC = "91320000134791231T"
RAW = USCC.encode()


def der(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


@pytest.mark.parametrize(
    "raw",
    [
        der(0x13, RAW),
        der(0x0C, RAW),
        der(0x16, RAW),
        der(0x1E, USCC.encode("utf-16-be")),
        der(0x80, RAW),
        der(0x81, RAW),
        der(0xA0, der(0x13, RAW)),
        der(0x04, RAW),
        der(0x04, der(0x0C, RAW)),
        der(0x30, der(0x13, RAW)),
        bytes([0x13, 0x81, len(RAW)]) + RAW,
        RAW,
    ],
    ids=["printable", "utf8", "ia5", "bmp", "[0]", "[1]", "explicit", "octets", "nested", "sequence", "long", "bare"],
)
def test_a_value_is_read_in_every_encoding(raw):
    assert read_value(raw) == USCC


@pytest.mark.parametrize(
    "raw", [b"", b"\x13", b"\x13\x84\xff\xff\xff\xff\x00", b"\xff\xfe\x00", der(0x0C, b"\xff\xff"), b"\x04\x00" * 9]
)
def test_what_is_no_text_is_read_as_nothing(raw):
    assert uscc_in(read_value(raw)) is None


def test_encodings_within_encodings_come_to_an_end():
    raw = RAW
    for _ in range(40):
        raw = der(0x04, raw) if len(raw) < 120 else raw
    assert isinstance(read_value(raw), str)


@pytest.mark.parametrize(
    "text",
    [
        USCC,
        USCC.lower(),
        f" {USCC} ",
        "9132000013479123-1T",
        f"1@5013JJ0{USCC}",
        f"NTRCN-{USCC}",
        f"统一社会信用代码：{USCC}",
        f"USCC:{USCC}",
    ],
)
def test_a_code_is_found_as_cas_write_it(text):
    assert uscc_in(text) == USCC


@pytest.mark.parametrize(
    "text", ["", USCC[:-1] + "A", USCC[:-1], "134791231", "320102197604120033", "1@5013SF0320102197604120033", "9" * 18]
)
def test_what_is_no_valid_code_is_none(text):
    """A check digit that is wrong, a code of nine characters, a person's number."""
    assert uscc_in(text) is None


def test_the_list_of_oids_has_an_order():
    other = "91320594MA27XP9C0N"
    values = {"1.2.3": [RAW], "1.2.4": [b"not a unit", other.encode()]}
    assert find_uscc(values, IssuerPolicy(name="x", uscc_oids=("1.2.3", "1.2.4"))) == USCC
    assert find_uscc(values, IssuerPolicy(name="x", uscc_oids=("1.2.4", "1.2.3"))) == other
    assert find_uscc(values, IssuerPolicy(name="x", uscc_oids=("1.2.5",))) is None
    assert find_uscc({USCC_OIDS[0]: [der(0x13, RAW)]}, IssuerPolicy(name="x")) == USCC


def test_the_text_says_what_for_where_and_when():
    text = challenge_text(host="rs.example.gov.cn", challenge_id="c1", secret="s", at="2026-11-28T12:00:00+00:00")
    assert text == f"{PURPOSE}|rs.example.gov.cn|c1|s|2026-11-28T12:00:00+00:00"


def test_every_problem_has_a_sentence_that_says_what_to_do():
    assert set(SENTENCES) == set(CertificateProblem)
    assert all(any(word in sentence for word in ("请", "换一种方式")) for sentence in SENTENCES.values())
    assert len(set(SENTENCES.values())) == len(SENTENCES)
