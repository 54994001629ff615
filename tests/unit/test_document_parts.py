"""Documents are taken with what they are made of, and with nothing that runs or is fetched (R-2.6.3.3)."""

import io
import zipfile
from collections.abc import Mapping

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from openpyxl.workbook.defined_name import DefinedName

from jsrs_portal.domain import document_parts
from jsrs_portal.domain.document_parts import document_problem
from jsrs_portal.domain.file_types import kind_of
from tests.services.filing import TYPES, archive, package, png

pytestmark = pytest.mark.req("R-2.6.3.3")
ROOT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
VBA = "application/vnd.ms-office.vbaProject"


def types(*said: tuple[str, str]) -> str:
    """Return a list of types: of a part ("/word/a.xml") or of an ending ("xml")."""
    entries = "".join(
        f'<Override PartName="{of}" ContentType="{type_}"/>'
        if of.startswith("/")
        else f'<Default Extension="{of}" ContentType="{type_}"/>'
        for of, type_ in said
    )
    return f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{entries}</Types>'


def relations(*said: tuple[str, str, str]) -> str:
    """Return relations: what they are, where they lead, and whether out of the document."""
    entries = "".join(
        f'<Relationship Id="rId{n}" Type="{type_}" Target="{target}"' + (f' TargetMode="{mode}"/>' if mode else "/>")
        for n, (type_, target, mode) in enumerate(said, 1)
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{entries}</Relationships>'
    )


def word(more: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return a document as Word and WPS write it, and something besides."""
    parts = (
        *("_rels/.rels", "docProps/app.xml", "docProps/core.xml", "docProps/custom.xml", "word/document.xml"),
        *("word/styles.xml", "word/settings.xml", "word/webSettings.xml", "word/fontTable.xml", "word/numbering.xml"),
        *("word/theme/theme1.xml", "word/header1.xml", "word/footnotes.xml", "word/comments.xml", "word/people.xml"),
        *("word/glossary/document.xml", "word/charts/chart1.xml", "word/diagrams/data1.xml", "word/ink/ink1.xml"),
        *("customXml/item1.xml", "customXml/itemProps1.xml", "_xmlsignatures/origin.sigs", "_xmlsignatures/sig1.xml"),
    )
    pictures = ("docProps/thumbnail.emf", "word/media/image1.png", "word/media/image2.JPEG", "word/media/hdphoto1.wdp")
    links = relations(
        (f"{ROOT}/styles", "styles.xml", ""),
        (f"{ROOT}/image", "media/image1.png", "Internal"),
        (f"{ROOT}/hyperlink", "https://jshrss.jiangsu.gov.cn/", "External"),
        (f"{STRICT}/hyperlink", "mailto:a@example.com", "External"),
    )
    made: dict[str, str | bytes] = {TYPES: types(("xml", "application/xml"), ("/word/document.xml", MAIN))}
    made |= dict.fromkeys(parts, "<x/>") | dict.fromkeys(pictures, png())
    made |= {"word/_rels/document.xml.rels": links, "word/fonts/font1.odttf": b"MZ scrambled"}
    return package(made | dict(more or {}))


def problem(content: bytes) -> str:
    """Return what is said of a file."""
    file = io.BytesIO(content)
    return document_problem(kind_of(file), file)


def workbook() -> bytes:
    """Return a workbook as a program writes it, with a picture, a comment, a link and a name."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"], sheet["B1"] = "姓名", "=SUM(C1:C9)"
    sheet["A1"].comment = Comment("请核对", "办理人员")
    sheet["A1"].hyperlink = "https://jshrss.jiangsu.gov.cn/"
    sheet.add_image(Image(io.BytesIO(png())), "D4")
    book.defined_names["people"] = DefinedName("people", attr_text="Sheet!$A$1:$A$9")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def added(content: bytes, more: Mapping[str, str | bytes]) -> bytes:
    """Return a document with more parts in it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archived:
        there = {name: archived.read(name) for name in archived.namelist()}
    return package(there | dict(more))


@pytest.mark.parametrize(
    "content",
    [
        word(),
        workbook(),
        added(workbook(), {"xl/printerSettings/printerSettings1.bin": b"\0P\0D\0F", "xl/worksheets/": ""}),
        word({"word/_rels/settings.xml.rels": relations((f"{ROOT}/attachedTemplate", "Normal.dotm", "External"))}),
        word({TYPES: types(("bin", "application/vnd.openxmlformats-officedocument.oleObject"), ("txt", "text/plain"))}),
        archive(
            *("OFD.xml", "Doc_0/Document.xml", "Doc_0/Pages/Page_0/Content.xml", "Doc_0/Res/image_1.jb2"),
            *("Doc_0/Res/font_1.ttf", "DOC_0/Res/Image_4.JPEG", "Doc_0/Signs/Sign_0/SignedValue.dat"),
            *("Doc_0/Signs/Sign_0/Seal.esl", "Doc_0/Attachs/original_invoice.xml", "Doc_0/Attachs/voucher.xbrl"),
        ),
    ],
)
def test_documents_as_programs_write_them_are_taken(content):
    assert problem(content) == ""


@pytest.mark.parametrize(
    "name",
    [
        *("word/embeddings/oleObject1.bin", "word/vbaProject.bin", "word/VBAPROJECT.xml", "word/activeX/activeX1.xml"),
        *("word/a.scr", "word/a.bat", "word/a.PS1", "word/a.lnk", "word/a.hta", "word/a.exe", "word/media/image1.svg"),
        *("word/afchunk.htm", "word/a.rtf", "word/a.docx", "word/document.bin", "word/noending", "word/media/a.png.js"),
        *(
            "word/embeddings/chart.xml",
            "word/webextensions/taskpanes.xml",
            "xl/connections.xml",
            "xl/macrosheets/a.xml",
        ),
        *("xl/externalLinks/externalLink1.xml", "customUI/a.vbs"),
    ],
)
def test_what_is_no_part_of_a_document_is_not_taken(name):
    assert problem(word({name: "x"})) == "active"


@pytest.mark.parametrize(
    "begins", [b"MZ\x90", b"\x7fELF", b"\xd0\xcf\x11\xe0\xa1\xb1", b"PK\x03\x04", b"{\\rtf1", b"#!/bin/sh"]
)
def test_a_part_under_another_name_is_known_by_its_beginning(begins):
    assert problem(word({"word/media/image9.png": begins})) == "active"
    assert problem(added(archive("OFD.xml"), {"Doc_0/Res/a.dat": begins})) == "active"


@pytest.mark.parametrize(
    "said",
    [
        ("/word/theme/theme1.xml", VBA),
        ("xml", VBA),
        ("/word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml"),
        ("/word/document.xml", "application/vnd.ms-word.template.MACROENABLEDTEMPLATE.main+xml"),
        ("/word/styles.xml", "application/vnd.ms-office.activeX+xml"),
        ("/word/styles.xml", "application/vnd.openxmlformats-officedocument.oleObject"),
        ("/word/styles.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml"),
        ("/word/styles.xml", "text/html"),
        ("png", "application/rtf"),
    ],
)
def test_a_part_of_another_type_is_not_taken(said):
    assert problem(word({TYPES: types(said)})) == "active"


@pytest.mark.parametrize(
    "said",
    [
        (f"{ROOT}/attachedTemplate", "http://example.com/a.dotm", "External"),
        (f"{ROOT}/attachedTemplate", "file:///C:\\Templates\\a.dotm", "External"),
        (f"{ROOT}/attachedTemplate", "a.dotm", "External"),
        (f"{STRICT}/attachedTemplate", "\\\\server\\a.dotm", "external"),
        (f"{ROOT}/image", "https://example.com/seen.png", "External"),
        (f"{ROOT}/image", "https://example.com/seen.png", ""),
        (f"{ROOT}/image", "//example.com/seen.png", "Internal"),
        (f"{ROOT}/image", "a.png", "Anything"),
        (f"{ROOT}/oleObject", "file:///a.xlsx!x", "External"),
        (f"{ROOT}/frame", "a.htm", "External"),
        (f"{ROOT}/aFChunk", "media/image1.png", ""),
        (f"{ROOT}/package", "media/image1.png", ""),
        (f"{ROOT}/control", "media/image1.png", ""),
        ("http://schemas.microsoft.com/office/2006/relationships/vbaProject", "theme/theme1.xml", ""),
        ("http://schemas.microsoft.com/office/2011/relationships/webextensiontaskpanes", "theme/theme1.xml", ""),
        (f"{ROOT}/hyperlink/x", "https://example.com/", "External"),
    ],
)
def test_nothing_is_fetched_from_elsewhere(said):
    assert problem(word({"word/_rels/settings.xml.rels": relations(said)})) == "active"
    assert problem(added(workbook(), {"xl/charts/_rels/chart1.xml.rels": relations(said)})) == "active"


@pytest.mark.parametrize(
    "content",
    [
        package({"word/document.xml": "x"}),
        word({TYPES: "<x"}),
        word({TYPES: '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}),
        word({"_RELS/.RELS": "<x/>"}),
        word({"word/_rels/a.xml.rels": "<x>" + " " * document_parts._MOST_BYTES + "</x>"}),
        word()[:200] + word()[230:],
    ],
)
def test_where_it_cannot_be_told_what_is_in_it_a_document_is_damaged(content):
    assert document_problem("docx", io.BytesIO(content)) == "damaged"


def test_what_says_much_in_many_places_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(document_parts, "_MOST_BYTES_TOGETHER", 2000)
    assert problem(word()) == ""
    assert problem(word({f"word/_rels/{n}.xml.rels": f"<x>{'y' * 200}</x>" for n in range(9)})) == "damaged"


def test_other_kinds_have_no_parts():
    assert [document_problem(kind, io.BytesIO(b"x")) for kind in ("pdf", "png", "zip", "")] == [""] * 4
