"""The document of a decision as PDF: one page of A4, its Chinese font embedded, a QR code to check it by.

The font is Noto Sans SC (SIL Open Font License 1.1, beside it in ``catalog/fonts``); of it only the signs that occur go
into a document. A rare sign that it lacks is named by its code, or a name would be another one. The same facts give the
same bytes.
"""

import io
import re
import unicodedata
from functools import cache
from html import escape
from typing import Any

import segno
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from jsrs_portal.catalog.shipped import FOLDER
from jsrs_portal.domain.results import ResultFacts, code_parts

FONT = "NotoSansSC"
MEDIA_TYPE = "application/pdf"
_FILE = FOLDER / "fonts" / "NotoSansSC-Regular.ttf"
_MARGIN = 22 * mm
_QR = 30 * mm


class _Font(TTFont):
    """The font; what it writes of signs above U+FFFF into a document can be searched and read aloud too."""

    def addObjects(self, doc: Any) -> None:
        """Add it to a document; ReportLab gives such a sign five digits where UTF-16 takes two units of four."""
        super().addObjects(doc)
        for name, kept in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                kept.content = _BEYOND.sub(_in_utf16, kept.content)


_BEYOND = re.compile(r"(?<=> <)[0-9A-F]{5,6}(?=>)")


def _in_utf16(found: re.Match[str]) -> str:
    return chr(int(found[0], 16)).encode("utf-16-be").hex().upper()


@cache
def _font() -> _Font:
    """Register the font, once in a process: reading it takes a second."""
    font = _Font(FONT, _FILE)
    pdfmetrics.registerFont(font)
    return font


def writable(text: str) -> str:
    """Return ``text`` in signs that the font has; what cannot be seen (control, direction) is left out."""
    known = _font().face.charToGlyph
    return "".join(sign if ord(sign) in known else _named(sign) for sign in text)


def _named(sign: str) -> str:
    if sign.isspace():
        return sign
    unseen = unicodedata.category(sign) in ("Cc", "Cf", "Cs") or "VARIATION SELECTOR" in unicodedata.name(sign, "")
    return "" if unseen else f"〔U+{ord(sign):04X}〕"


def make_pdf(facts: ResultFacts) -> bytes:
    """Return the document. Blocking, for threads: a tenth of a second, the first time a second more."""
    name = _font().fontName
    body = ParagraphStyle("body", fontName=name, fontSize=12, leading=22, wordWrap="CJK")
    bureau = ParagraphStyle("bureau", body, fontSize=16, leading=26, alignment=TA_CENTER)
    title = ParagraphStyle("title", body, fontSize=22, leading=36, alignment=TA_CENTER)
    indented = ParagraphStyle("indented", body, firstLineIndent=24, spaceAfter=6)
    right = ParagraphStyle("right", body, alignment=TA_RIGHT)
    small = ParagraphStyle("small", body, fontSize=9, leading=15)

    def say(text: str, style: ParagraphStyle = body) -> Paragraph:
        return Paragraph("<br/>".join(escape(line) for line in writable(text).splitlines()), style)

    whose = f"{facts.applicant}（{facts.applicant_code}）" if facts.applicant_code else facts.applicant
    rows = (
        ("申请人", whose),
        ("事项名称", facts.matter),
        ("办件编号", facts.case_number),
        ("申请时间", facts.submitted),
    )
    table = Table([[say(label), say(value)] for label, value in rows], colWidths=[28 * mm, None])
    lines = TableStyle([("LINEBELOW", (0, 0), (-1, -1), 0.4, "#c0c6cf"), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    table.setStyle(lines)
    story: list[Flowable] = [
        say(facts.bureau, bureau),
        say(facts.title, title),
        say(f"编号：{facts.number}", ParagraphStyle("number", body, alignment=TA_CENTER)),
        Spacer(1, 6 * mm),
        table,
        Spacer(1, 6 * mm),
        say(facts.decision, indented),
        *([say(f"办理意见：{facts.opinion}", indented)] if facts.opinion else []),
        *(say(one, indented) for one in facts.remedies),
        Spacer(1, 8 * mm),
        say(facts.office, right),
        say(facts.issued, right),
        Spacer(1, 10 * mm),
        _check(facts, small),
    ]
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=f"{facts.title} {facts.number}",
        author=facts.bureau,
        subject=facts.matter,
        creator=facts.bureau,
        lang="zh-CN",
        invariant=1,
    )
    document.build(story)
    return written.getvalue()


def _check(facts: ResultFacts, style: ParagraphStyle) -> Table:
    """Return the QR code with what it is for beside it."""
    says = (
        f"核验编号：{facts.number}",
        f"核验码：{code_parts(facts.code)}",
        f"请用手机扫描二维码，或访问 {facts.address.partition('?')[0]} 输入编号和核验码，核验本件的真伪和是否有效。",
        "本件由网上办事服务大厅生成；涂改、撤回后无效，以核验结果为准。",
    )
    beside = [Paragraph(escape(one), style) for one in says]
    table = Table([[_Code(facts.address), beside]], colWidths=[_QR + 6 * mm, None])
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("BOX", (0, 0), (-1, -1), 0.4, "#c0c6cf")]))
    return table


class _Code(Flowable):
    """A QR code of an address, drawn as rectangles."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.width = self.height = _QR
        self._rows = [bytes(row) for row in segno.make(address, error="m", micro=False).matrix]

    def draw(self) -> None:
        """Draw it, from the top row down."""
        side = _QR / (len(self._rows) + 8)  # four modules of quiet zone all around
        for line, row in enumerate(self._rows):
            for place, dark in enumerate(row):
                if dark:
                    left, bottom = (place + 4) * side, _QR - (line + 5) * side
                    self.canv.rect(left, bottom, side, side, stroke=0, fill=1)
