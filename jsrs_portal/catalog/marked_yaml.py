"""Reads a YAML file with the line of every value, so that a mistake can be named where it stands (rule 4)."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # a PyYAML without libyaml reads the same, only slower
    from yaml import SafeLoader as _Loader

LARGEST = 400_000
"""Bytes of a file; a matter has some ten thousand."""

Place = tuple[str | int, ...]
"""Where a value stands: keys and positions from the top, e.g. ``("guide", "faqs", 0, "answer")``."""


class Unreadable(Exception):
    """The file is not YAML as we use it; ``line`` says where, the message why, in Chinese."""

    def __init__(self, line: int, reason: str) -> None:
        """Remember ``line`` beside the message."""
        super().__init__(reason)
        self.line = line


@dataclass
class Marked:
    """What a file says, and on which line each value begins."""

    value: Any
    lines: dict[Place, int] = field(default_factory=dict)

    def nearest(self, place: Place) -> tuple[Place, int]:
        """Return the innermost known part of ``place`` and its line; the top of the file when none is known."""
        while place and place not in self.lines:
            place = place[:-1]
        return place, self.lines.get(place, 1)


def read_marked(file: Path) -> Marked:
    """Read ``file``; raise :class:`Unreadable` for what is not plain YAML.

    Anchors and aliases are refused (a few of them can stand for gigabytes), and so is a key that occurs twice, of which
    YAML silently keeps the last.
    """
    raw = file.read_bytes()
    if len(raw) > LARGEST:
        raise Unreadable(1, f"文件过大，最多 {LARGEST // 1000} KB")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(raw[: error.start].count(b"\n") + 1, "文件不是 UTF-8 编码") from None
    try:
        loader = _Loader(text)
        try:
            return _marked(loader, loader.get_single_node())
        finally:
            loader.dispose()
    except yaml.reader.ReaderError as error:
        raise Unreadable(text[: error.position].count("\n") + 1, "含有不允许的控制字符") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(mark.line + 1 if mark else 1, _sentence(error)) from None
    except (ValueError, OverflowError, RecursionError):
        # A scalar that looks like a date or a number and is none, or nesting without end.
        raise Unreadable(1, "含有无法识别的日期或数字，请给它加引号") from None


def _sentence(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "tab" in problem or "'\\t'" in problem:
        return "缩进不能使用制表符，请用空格"
    if re.search(r"mapping values|could not find expected ':'|simple key", problem):
        return "格式不正确：检查冒号后的空格和缩进；文字中含有「： 」时请加引号"
    if "expected <block end>" in problem:
        return "缩进与上一行不一致"
    return "不是正确的 YAML，请检查这一行及其上一行"


def _marked(loader: Any, top: yaml.Node | None) -> Marked:
    if top is None:
        raise Unreadable(1, "文件是空的")
    found = Marked(None)
    seen: set[int] = set()

    def read(node: yaml.Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        if id(node) in seen or len(place) > 20:
            raise Unreadable(line, "不能使用锚点和别名（& 与 *），嵌套也不能过深")
        seen.add(id(node))
        found.lines.setdefault(place, line)
        if isinstance(node, yaml.SequenceNode):
            return [read(item, (*place, number)) for number, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return mapping(node, place)
        if node.tag not in loader.yaml_constructors:
            raise Unreadable(line, "不能使用标签（！）")
        try:
            return loader.construct_object(node)
        except (ValueError, OverflowError):
            raise Unreadable(line, "含有无法识别的日期或数字，请给它加引号") from None

    def mapping(node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise Unreadable(line, "字段名须是文字")
            if key in values:
                raise Unreadable(line, f"字段 {key} 出现了两次")
            found.lines[(*place, key)] = line
            values[key] = read(value_node, (*place, key))
        return values

    found.value = read(top, ())
    return found
