"""What a docx, xlsx or OFD file has in it: only what such a document is made of, nothing that runs or is fetched.

A document is an archive of parts. Of each the name and the first bytes are looked at; of an Office document also the
parts that say what the others are ([Content_Types].xml) and what belongs to what (*.rels). Nothing else is unpacked.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element, ParseError  # nosec B405

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

ACTIVE, DAMAGED = "active", "damaged"

_OFFICE = frozenset(
    "xml rels png jpg jpeg jpe gif emf wmf bmp tif tiff wdp vml odttf psmdcp sigs".split()  # noqa: SIM905
)
"""Pictures, fonts, the comments' frames (vml), a signature's empty beginning; the rest is XML."""
_OFD = frozenset(
    "xml xbrl png jpg jpeg bmp tif tiff gif jb2 gbig2 ttf otf ttc cff dat esl".split()  # noqa: SIM905
)
"""GB/T 33190: pages, pictures, fonts, seals and signatures; an invoice's data is attached as xml or xbrl."""
_BINARY = re.compile(r"(xl|word)/(printersettings/printersettings|customproperty)\d*\.bin|\[trash\]/\d+\.dat")
"""What a printer was set to, numbers that add-ins keep, and what Excel leaves behind: nothing else is no XML."""
_NEVER = re.compile(r"(^|/)(embeddings|activex|webextensions|externallinks|macrosheets|vbaproject|connections\.xml)")
_CONTENT_TYPES = "[Content_Types].xml"
_ACTIVE_TYPE = re.compile(
    "macro|vba|activex|ole-?object|externallink|connections|webextension|taskpane|attachedtoolbars"
    "|text/(?!xml)|rtf|html|javascript|msword|msdownload|executable|shockwave"
)
"""Content types of parts that run, are fetched, or are documents of another kind put into this one."""
_ACTIVE_RELATION = re.compile(
    "vba|macro|activex|/control$|/oleobject$|/package$|/attachedtemplate$|/afchunk$|/frame$|/subdocument$"
    "|/externallink|/connections$|webextension|/attachedtoolbars$"
)
_LINKS = frozenset(
    f"{root}/relationships/hyperlink"
    for root in ("http://schemas.openxmlformats.org/officedocument/2006", "http://purl.oclc.org/ooxml/officedocument")
)
"""The one relation that may lead out of a document: somebody has to click on it."""
_USUAL_TEMPLATE = ("normal.dotm", "normal.dot")
"""Word says so of every document's own template on the computer it is opened at: nothing is fetched."""
_OUTWARD = re.compile(r"[a-z][a-z0-9+.-]*:|[\\/]{2}")
_BEGINNINGS = (b"MZ", b"\x7fELF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf", b"MSCF", b"#!", b"{\\rtf")
"""Programs, archives and documents of other kinds, whatever they are called here."""
_SCRAMBLED = ("odttf",)
"""Begins with anything: a font that is only for this document."""
_MOST_BYTES = 2 * 1024 * 1024
_MOST_BYTES_TOGETHER = 16 * 1024 * 1024
_FAILURES = (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError)
"""What reading a broken archive, or one with a password, raises."""


def document_problem(kind: str, content: IO[bytes]) -> str:
    """Return why a file of ``kind`` ("docx", "xlsx", "ofd") is not taken: "active", "damaged", or ""; others are "".

    "active": something in it runs, is fetched from elsewhere, or is no part of such a document. "damaged": it cannot be
    told what is in it.
    """
    if kind not in ("docx", "xlsx", "ofd"):
        return ""
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            parts = [one for one in archive.infolist() if not one.is_dir()]
            if not all(_belongs(kind, one.filename) for one in parts) or any(_begins_wrong(archive, parts)):
                return ACTIVE
            return "" if kind == "ofd" else _office_problem(archive, parts)
    except (*_FAILURES, ParseError, DefusedXmlException):
        return DAMAGED


def _belongs(kind: str, name: str) -> bool:
    low = name.lower()
    ending = low.rpartition("/")[2].rpartition(".")[2] if "." in low.rpartition("/")[2] else ""
    if kind == "ofd":
        return ending in _OFD
    return not _NEVER.search(low) and (ending in _OFFICE or _BINARY.fullmatch(low) is not None)


def _begins_wrong(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> Iterator[bool]:
    for one in parts:
        if not one.filename.lower().endswith(_SCRAMBLED):
            with archive.open(one) as part:
                yield part.read(8).startswith(_BEGINNINGS)


def _office_problem(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> str:
    names = [one.filename.lower() for one in parts]
    if len(set(names)) != len(names) or _CONTENT_TYPES not in archive.namelist():
        return DAMAGED  # which of two is read, every program decides by itself
    left = _MOST_BYTES_TOGETHER
    for one in parts:
        if one.filename != _CONTENT_TYPES and not one.filename.lower().endswith(".rels"):
            continue
        with archive.open(one) as part:
            said = part.read(min(_MOST_BYTES, left) + 1)
        left -= len(said)
        if len(said) > _MOST_BYTES or left < 0:
            return DAMAGED
        if any(_is_active(element, names) for element in fromstring(said).iter()):
            return ACTIVE
    return ""


def _is_active(element: Element, names: list[str]) -> bool:
    """Tell whether an entry of the list of types, or of relations, is about something that runs or is fetched.

    The type of an ending says nothing where no part has it.
    """
    said = {name.rpartition("}")[2].lower(): value.strip().lower() for name, value in element.items()}
    if _ACTIVE_TYPE.search(said.get("contenttype", "")):
        return "extension" not in said or any(name.endswith(f".{said['extension']}") for name in names)
    relation, target = said.get("type", ""), said.get("target", "")
    if not relation or relation in _LINKS:
        return False
    if relation.endswith("/attachedtemplate") and target in _USUAL_TEMPLATE:
        return False
    outward = said.get("targetmode", "internal") != "internal" or _OUTWARD.match(target)
    return bool(outward) or _ACTIVE_RELATION.search(relation) is not None
