"""Sets Chinese punctuation full width in what the product says; ``--check`` only reports.

Looks at string literals and shipped texts: a comma, colon, semicolon, question or exclamation mark or bracket that
touches Chinese is Chinese punctuation. The manual's own labels are kept as the manual has them.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERBATIM = (
    "已有帐号,去登录",
    "没有账号?立即注册",
    "忘记密码?",
    "您好!请登录",
    "您好!",
    "如何扫码?",
    "找到账号了,去登录",
    "如果您还未下载驱动,请先下载驱动",
)
"""Labels of the manual, punctuation included."""

NOT_PROSE = (
    "tests/unit/test_traceability.py",
    "tests/unit/test_catalog_files.py",
    "tests/unit/test_rich_text.py",
    "tests/gateways/test_sms_signing.py",
    "tests/services/test_search.py",
)
"""Modules whose strings are data for other programs."""

_WIDE = {",": "\uff0c", ":": "\uff1a", ";": "\uff1b", "?": "\uff1f", "!": "\uff01", "(": "\uff08", ")": "\uff09"}
_CHINESE = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"
_TOUCHING = re.compile(rf"(?<=[{_CHINESE}])[,:;?!()]|[,:;?!()](?=[{_CHINESE}])")
_ADDRESS = re.compile(r"\]\([^()\s]+\)")
"""Where a link in Markdown leads."""
_CLOSING = re.compile(r"(?<=\uff08)([^()\uff08\uff09]*)\)|\(([^()\uff08\uff09]*)(?=\uff09)")


def widen(text: str) -> str:
    """Return ``text`` with its Chinese punctuation full width."""
    kept: list[str] = []
    for label in VERBATIM:
        if label in text:
            kept.append(label)
            text = text.replace(label, f"\0{len(kept) - 1}\0")
    for address in set(_ADDRESS.findall(text)):
        kept.append(address)
        text = text.replace(address, f"\0{len(kept) - 1}\0")
    text = _TOUCHING.sub(lambda found: _WIDE[found[0]], text)
    text = _CLOSING.sub(lambda f: f"{f[1]}\uff09" if f[1] is not None else f"\uff08{f[2]}", text)
    for number, label in enumerate(kept):
        text = text.replace(f"\0{number}\0", label)
    return text


def _docstrings(source: str) -> set[int]:
    """Return the lines on which docstrings begin: they are for developers and mostly English."""
    found: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found.add(node.lineno)
    return found


def widen_python(source: str) -> str:
    """Return a module with the punctuation of its Chinese string literals full width."""
    skip = _docstrings(source)
    lines = source.splitlines(keepends=True)
    edits: list[tuple[tuple[int, int], tuple[int, int], str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        spoken = token.type == tokenize.STRING or token.type == getattr(tokenize, "FSTRING_MIDDLE", -1)
        if spoken and token.start[0] not in skip and re.search("[\u4e00-\u9fff]", token.string):
            wide = _outside_code(token.string)
            if wide != token.string:
                edits.append((token.start, token.end, wide))
    for (first, left), (last, right), text in reversed(edits):
        lines[first - 1 : last] = [lines[first - 1][:left] + text + lines[last - 1][right:]]
    return "".join(lines)


def _outside_code(literal: str) -> str:
    """Widen a literal; raw ones are patterns and stay, as do the expressions of an f-string."""
    prefix = literal.split('"')[0].split("'")[0].lower()
    if "r" in prefix or "b" in prefix:
        return literal
    if "f" not in prefix:
        return widen(literal)
    return "".join(part if part.startswith("{") else widen(part) for part in _parts(literal))


def _parts(literal: str) -> list[str]:
    """Split an f-string literal into text and ``{expressions}``."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(literal):
        if sign == "{" and depth == 0:
            parts.append(literal[start:place])
            start = place
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if sign == "}" and depth == 0:
            parts.append(literal[start : place + 1])
            start = place + 1
    return [*parts, literal[start:]]


def main(arguments: list[str]) -> int:
    """Mend, or with ``--check`` name, the files that need it; return how many there were (at most 1)."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    changed: list[str] = []
    for name in listed.splitlines():
        python = name.endswith(".py") and name.startswith(
            ("jsrs_portal/", "tests/", "scripts/environment", "scripts/pro")
        )
        python = python and name not in NOT_PROSE
        shipped = name.startswith("jsrs_portal/catalog/") and name.endswith((".txt", ".yaml"))
        if not (python or shipped) or not (ROOT / name).exists():
            continue
        before = (ROOT / name).read_text(encoding="utf-8")
        after = widen_python(before) if python else widen(before)
        if after != before:
            changed.append(name)
            if "--check" not in arguments:
                (ROOT / name).write_text(after, encoding="utf-8")
    for name in changed:
        sys.stdout.write(f"{name}: Chinese punctuation {'is not' if '--check' in arguments else 'now'} full width\n")
    return 1 if changed and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
