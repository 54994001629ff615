"""Text with a shape: Markdown (CommonMark 0.31 with tables) that cannot do anything, as HTML and as plain text.

No HTML of the author's, no images, no address that is not http, https, mailto, tel or a path of the hall. Everything
else is escaped. Alignment becomes classes, because the policy of our pages forbids inline styles (rule 10).
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST = 20_000
"""Characters a text may have."""

_ALLOWED = re.compile(r"https?://[^\s/]+(/\S*)?|mailto:\S+|tel:[0-9+-]+|/(?![/\\])\S*", re.IGNORECASE)
_ELSEWHERE = re.compile(r"https?:", re.IGNORECASE)
_ALIGNED = re.compile(r"text-align:(left|center|right)")
_WINDOW = '<span class="sr-only">（在新窗口打开）</span>'


def to_html(source: str) -> str:
    """Return ``source`` as HTML of our own elements only; safe to be put into a page as it is."""
    return _rendered(source)[0]


def to_lines(source: str) -> tuple[str, ...]:
    """Return the words of ``source`` without any mark, a line per paragraph, heading, item or row of a table."""
    return _rendered(source)[1]


def problems(source: str) -> list[tuple[int, str]]:
    """Return what must not stand in ``source``: line (from 0) and reason in Chinese."""
    found: list[tuple[int, str]] = []
    for token in _EVERYTHING.parse(source):
        line = token.map[0] if token.map else 0
        if token.type == "html_block":
            found.append((line, "不能使用 HTML，请改用 Markdown"))
        elif token.type == "heading_open" and token.tag == "h1":
            found.append((line, "标题从二级（##）开始，一级标题是公告的名称"))
        for child in token.children or ():
            if child.type == "html_inline":
                found.append((line, "不能使用 HTML，请改用 Markdown"))
            elif child.type == "image":
                found.append((line, "不能插入图片，请作为附件"))
            elif child.type == "link_open" and not _allowed(str(child.attrs.get("href", ""))):
                found.append((line, "链接只能是 http、https、mailto、tel 地址或本大厅的路径"))
    return found


def _allowed(address: str) -> bool:
    return _ALLOWED.fullmatch(address) is not None


@lru_cache(maxsize=256)
def _rendered(source: str) -> tuple[str, tuple[str, ...]]:
    tokens = _SAFE.parse(source)
    return _SAFE.renderer.render(tokens, _SAFE.options, {}), tuple(_lines(tokens))


def _lines(tokens: Sequence[Token]) -> Iterator[str]:
    row: list[str] | None = None
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            yield "，".join(cell for cell in row if cell)
            row = None
        elif token.type in ("fence", "code_block"):
            yield from token.content.strip().splitlines()
        elif token.type == "inline":
            words = "".join(_words(token.children or ())).strip()
            if row is not None:
                row.append(words)
            elif words:
                yield words


def _words(children: Sequence[Token]) -> Iterator[str]:
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            yield " "
        elif child.type in ("text", "code_inline", "text_special"):
            yield child.content


def _shaped(state: Any) -> None:
    """Turn inline styles into classes, mark the links that lead elsewhere, and leave of a link to nowhere its words."""
    for token in state.tokens:
        aligned = _ALIGNED.search(str(token.attrs.pop("style", "")))
        if aligned:
            token.attrSet("class", f"to-{aligned[1]}")
        away = nowhere = False
        kept: list[Token] = []
        for child in token.children or ():
            if child.type == "link_open":
                nowhere = not child.attrs.get("href")
                away = _ELSEWHERE.match(str(child.attrs.get("href", ""))) is not None
                if away:
                    child.attrSet("target", "_blank")
                    child.attrSet("rel", "noopener noreferrer")
            elif child.type == "link_close":
                child.meta["away"] = away
            if not nowhere or child.type not in ("link_open", "link_close"):
                kept.append(child)
        if token.children is not None:
            token.children = kept


def _link_close(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return f"{_WINDOW}</a>" if tokens[index].meta.get("away") else "</a>"


def _table_open(_self: Any, _tokens: Sequence[Token], _index: int, _options: Any, _env: Any) -> str:
    return '<div class="rich-table" role="region" aria-label="表格" tabindex="0"><table>'


def _table_close(_self: Any, _tokens: Sequence[Token], _index: int, _options: Any, _env: Any) -> str:
    return "</table></div>"


def _safe() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    reader.validateLink = _allowed  # pyright: ignore[reportAttributeAccessIssue]
    reader.core.ruler.push("shaped", _shaped)
    reader.add_render_rule("link_close", _link_close)
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", _table_close)
    return reader


def _everything() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    reader.validateLink = lambda _address: True  # pyright: ignore[reportAttributeAccessIssue]
    return reader


_SAFE = _safe()
_EVERYTHING = _everything()
