"""What a file is, told by its content and never by its name: announcements' attachments and files of cases."""

import zipfile
from typing import IO

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ofd": "application/ofd",
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
}
_ZIP = b"PK\x03\x04"
_SIGNATURES = {
    "pdf": b"%PDF-",
    "jpg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "docx": _ZIP,
    "xlsx": _ZIP,
    "ofd": _ZIP,
    "zip": _ZIP,
}
_INSIDE = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "ofd": "OFD.xml"}
"""What an archive of this kind has in it (GB/T 33190 for OFD)."""
_MOST_ENTRIES = 5_000


def begins_as(kind: str, content: bytes) -> bool:
    """Tell whether ``content`` begins as a file of this kind does; text begins with anything."""
    return content.startswith(_SIGNATURES.get(kind, b""))


def kind_of(content: IO[bytes]) -> str:
    """Return what a whole file is: a key of :data:`MEDIA_TYPES`, or "" for what none of them is.

    Only an archive's list of names is read, nothing in it is unpacked. What else is in a document is told by
    :mod:`.document_parts`.
    """
    head = content.read(16)
    content.seek(0)
    for kind in ("pdf", "jpg", "png"):
        if begins_as(kind, head):
            return kind
    return _kind_of_archive(content) if begins_as("zip", head) else ""


def _kind_of_archive(content: IO[bytes]) -> str:
    if _directory_too_large(content):
        return ""
    try:
        with zipfile.ZipFile(content) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, OverflowError):
        return ""
    if len(names) > _MOST_ENTRIES:
        return ""
    return next((kind for kind, inside in _INSIDE.items() if inside in names), "zip")


_END = b"PK\x05\x06"
_END_BYTES = 22
_LONGEST_COMMENT = 0xFFFF
_MOST_DIRECTORY = 1024 * 1024


def _directory_too_large(content: IO[bytes]) -> bool:
    """Tell whether an archive's list of names takes long to read: its own last record says how long it is."""
    size = content.seek(0, 2)
    content.seek(max(0, size - _END_BYTES - _LONGEST_COMMENT))
    tail = content.read()
    content.seek(0)
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < _END_BYTES:
        return True
    entries = int.from_bytes(tail[place + 10 : place + 12], "little")
    directory = int.from_bytes(tail[place + 12 : place + 16], "little")
    return entries > _MOST_ENTRIES or directory > _MOST_DIRECTORY
