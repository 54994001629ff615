"""Markdown that cannot do anything: what is shown, what is refused, and that nothing gets through (R-2.1.10)."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsrs_portal.domain.rich_text import LONGEST, problems, to_html, to_lines

pytestmark = pytest.mark.req("R-2.1.10")

OURS = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "a", "span", "br", "hr", "blockquote"),
    *("code", "pre", "table", "thead", "tbody", "tr", "th", "td", "div"),
}
ATTRIBUTES = {"href", "target", "rel", "class", "role", "aria-label", "tabindex", "start", "title"}
ADDRESS = re.compile(r"(https?://|mailto:|tel:|/(?![/\\]))", re.IGNORECASE)


class Reader(HTMLParser):
    """Notes everything that is not ours."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.foreign += [tag] if tag not in OURS else []
        self.foreign += [f"{tag} {name}" for name, _ in attrs if name not in ATTRIBUTES]
        self.foreign += [f"{tag} {value}" for name, value in attrs if name == "href" and not ADDRESS.match(value or "")]

    def handle_comment(self, data):
        self.foreign.append("comment")

    def handle_decl(self, decl):
        self.foreign.append("declaration")

    def handle_pi(self, data):
        self.foreign.append("instruction")


def foreign(source: str) -> list[str]:
    reader = Reader()
    reader.feed(to_html(source))
    reader.close()
    return reader.foreign


def test_headings_lists_tables_and_links_are_shown():
    html = to_html(
        "## 一、范围\n\n- 南京\n- **苏州**\n\n[清单](/services)\n\n| 市 | 人数 |\n|:--|--:|\n| 南京 | 12 |\n"
    )
    assert "<h2>一、范围</h2>" in html
    assert "<li><strong>苏州</strong></li>" in html
    assert '<a href="/services">清单</a>' in html
    assert '<td class="to-right">12</td>' in html
    assert 'tabindex="0"' in html
    assert "style=" not in html


def test_a_link_elsewhere_opens_a_window_and_says_so():
    html = to_html("见 [部网站](https://www.mohrss.gov.cn/) 与 [清单](/services)。")
    assert 'href="https://www.mohrss.gov.cn/" target="_blank" rel="noopener noreferrer"' in html
    assert html.count("（在新窗口打开）") == 1


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "文字 <b onclick=alert(1)>x</b>",
    "[x](javascript:alert(1))",
    "[x]() [](<>)",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    '[x](https://a.cn "onmouseover=alert(1)")',
    '[x](https://a.cn"onmouseover="alert(1))',
    "[x][y]\n\n[y]: javascript:alert(1)",
    "<!-- comment --><?php ?><![CDATA[x]]>",
    "`<script>`\n\n```html\n<script>alert(1)</script>\n```\n\n    <script>alert(1)</script>",
    "| <script> |\n|--|\n| <img src=x> |",
    "</div></main><script>alert(1)</script>",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_hostile_becomes_an_element(source):
    assert foreign(source) == []
    assert "<script" not in to_html(source)


@given(st.lists(st.sampled_from([*HOSTILE, "**", "[", "](", ")", "`", "\n", "|", "<", ">", "- ", "## ", "&lt;", "\\"])))
def test_nothing_hostile_becomes_an_element_however_it_is_mixed(parts):
    assert foreign("".join(parts)) == []


@given(st.text(max_size=300))
def test_any_text_is_read_without_a_failure(source):
    assert foreign(source) == []
    assert all("\n" not in line for line in to_lines(source))
    problems(source)


def test_the_words_alone_are_what_search_and_plain_readers_get():
    source = "## 一、**范围**\n\n1. 南京\n2. [苏州](/x)\n\n| 市 | 人数 |\n|--|--|\n| 南京 | 12 |\n\n第一行\n第二行\n"
    assert to_lines(source) == ("一、范围", "南京", "苏州", "市，人数", "南京，12", "第一行 第二行")


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("好\n\n<div>x</div>", 2, "HTML"),
        ("好 <b>x</b>", 0, "HTML"),
        ("# 标题", 0, "二级"),
        ("好\n\n\n![图](https://a.cn/b.png)", 3, "图片"),
        ("[x](javascript:alert(1))", 0, "链接"),
        ("[x](ftp://a.cn)", 0, "链接"),
        ("[x](//evil.example)", 0, "链接"),
    ],
)
def test_what_would_not_be_shown_is_refused_with_its_line(source, line, reason):
    found = problems(source)
    assert [where for where, _ in found][:1] == [line]
    assert reason in found[0][1]


def test_plain_text_with_everything_allowed_is_not_refused():
    assert problems("## 标题\n\n**粗**、[链接](tel:12333)、<https://a.gov.cn>\n\n| a |\n|--|\n| 1 < 2 |") == []


@pytest.mark.parametrize("part", ["[a](", "*a ", "`", ">", "- ", "[", "![", "<", "&", "a**b", "|a", "_a __b "])
def test_the_longest_text_is_read_in_little_time(part):
    """No pattern in it makes the reader stand still: it runs in the server."""
    source = (part * LONGEST)[:LONGEST]
    to_lines(source)
    problems(source)
