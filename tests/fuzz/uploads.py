"""Targets: what is handed in with a draft: a file's content and name, the request for it, what clamd says of it."""

import io

from hypothesis import strategies as st
from pydantic import ValidationError

from jsrs_portal.api.case_files import NewUpload
from jsrs_portal.domain import case_files as rules
from jsrs_portal.domain.document_parts import document_problem
from jsrs_portal.domain.file_types import MEDIA_TYPES, kind_of
from jsrs_portal.domain.pdf_names import runs
from jsrs_portal.gateways.errors import GatewayError
from jsrs_portal.gateways.scanner.clamd import _verdict
from tests.fuzz.targets import TEXT, Target, as_bytes, as_text, dumped, json_values
from tests.services.filing import TYPES, archive, package, pdf, png


def _content(data: bytes) -> None:
    """Any bytes are of a kind we name or of none, and what begins as something else is never taken for a document."""
    kind = kind_of(io.BytesIO(data))
    assert kind in {"", *MEDIA_TYPES}
    assert kind in ("", "pdf", "jpg", "png") or data.startswith(b"PK\x03\x04")
    assert kind != "zip" or rules.kind_problem(kind, "a.zip") == "kind"


def _parts(data: bytes) -> None:
    """Whatever stands where a document says what it is made of, there is a verdict."""
    types, relations = data[: len(data) // 2], data[len(data) // 2 :]
    made = package({TYPES: types, "word/document.xml": "x", "word/_rels/document.xml.rels": relations})
    assert document_problem("docx", io.BytesIO(made)) in ("", "active", "damaged")
    for kind in ("docx", "xlsx", "ofd"):
        assert document_problem(kind, io.BytesIO(data)) in ("", "active", "damaged")
    runs(data)


def _name(data: bytes) -> None:
    """A name is kept short, printable, without folders; kept again it stays the same."""
    kept = rules.read_name(as_text(data))
    assert len(kept) <= 120
    assert kept.isprintable()
    assert not set(kept) & set("/\\\r\n\0\u202e")
    assert rules.read_name(kept) == kept
    kept.encode()


def _request(data: bytes) -> None:
    """What is read as a request is bounded, and its digest is one or none."""
    try:
        asked = NewUpload.model_validate_json(data)
    except ValidationError:
        return
    assert len(asked.case) == 32
    assert len(asked.field) <= 60
    digest = rules.read_digest(asked.digest)
    assert digest is None or len(digest) in (0, 64)
    assert (
        rules.size_problem(asked.size, of_case=0, of_person=0, of_drafts=0, of_day=0)
        or 0 < rules.parts(asked.size) <= 80
    )


def _answer(data: bytes) -> None:
    """Only clamd's own words are believed, and only two of them say that a file is clean."""
    text = as_text(data)
    try:
        verdict = _verdict(text)
    except GatewayError:
        return
    assert text == "stream: OK" if verdict.clean else text.endswith(" FOUND")


_KEYS = ["case", "field", "name", "size", "digest"]
_ASKED = st.fixed_dictionaries(
    {"case": st.just("0a" * 16), "field": TEXT, "name": TEXT, "size": st.integers() | st.floats() | TEXT},
    optional={"digest": st.sampled_from(["", "0" * 64, "x"]) | TEXT, "more": TEXT},
)
_NAMES = st.lists(st.sampled_from(["OFD.xml", "word/document.xml", "xl/workbook.xml", "a.exe", ".."]), max_size=3)

TARGETS = (
    Target(
        "uploaded content",
        _content,
        st.binary(max_size=300) | _NAMES.map(lambda names: archive(*dict.fromkeys(names))),
        (pdf()[:400], png()[:200], archive("OFD.xml"), archive("xl/workbook.xml")[:-9], b"PK\x03\x04", b""),
    ),
    Target(
        "parts of documents",
        _parts,
        st.binary(max_size=300) | TEXT.map(as_bytes),
        (b"<a/><a/>", b'<a Type="x"/><a Target="x:"/>', archive("OFD.xml"), archive("xl/workbook.xml")[:-9], b""),
    ),
    Target(
        "uploaded names",
        _name,
        TEXT.map(as_bytes),
        (b"a/b\\c.pdf", b"..", "\u202efdp.exe".encode(), b"x" * 300),
    ),
    Target("upload requests", _request, dumped(_ASKED | json_values(_KEYS)), (b"{}", b"[]", b"", b"\xff")),
    Target(
        "clamd's answers",
        _answer,
        st.sampled_from([b"stream: OK", b"stream: Eicar FOUND", b"stream:  FOUND", b"OK", b"x ERROR"])
        | TEXT.map(as_bytes),
        (b"stream: OK", b"stream: OK\n", b"stream: a FOUND", b"INSTREAM size limit exceeded. ERROR", b""),
    ),
)
