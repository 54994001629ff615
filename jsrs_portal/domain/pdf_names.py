"""Names in a PDF that say that something in it runs, starts a program or is another file (ISO 32000-1, 7.11, 12.6)."""

import re

_STREAM = re.compile(rb">>\s*stream\r\n.*?endstream", re.DOTALL)
_STRING = re.compile(rb"\((?:[^()\\]|\\.)*\)", re.DOTALL)
_ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|GoToE|EmbeddedFile|EF|FileAttachment|RichMedia|XFA)(?=[\s/<>\[\]()%]|$)"
)


def runs(written: bytes) -> bool:
    """Tell whether a PDF that PDFium has written holds scripts, starts of programs, or files.

    PDFium writes every object by itself, none in a packed stream, and names and strings in one way: a parenthesis in a
    string has a backslash before it, and no line ends in one. What streams hold is drawn, and is no object.
    """
    return _ACTIVE.search(_STRING.sub(b"()", _STREAM.sub(b"", written))) is not None
