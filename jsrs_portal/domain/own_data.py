"""Export of one's own data: how it goes, how long it stays, and what its files look like (R-2.6.8.5)."""

import csv
import html
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ExportState(StrEnum):
    """Where an export is; its file exists only while it is ``READY``."""

    WAITING = "WAITING"
    WORKING = "WORKING"
    READY = "READY"
    FETCHED = "FETCHED"
    FAILED = "FAILED"


STATE_WORDS = {
    ExportState.WAITING: "正在排队",
    ExportState.WORKING: "正在生成",
    ExportState.READY: "可以下载",
    ExportState.FETCHED: "已下载",
    ExportState.FAILED: "未能生成",
}
NOT_HERE = "为保护您的个人信息，请使用个人密码登录后再导出。"
LIFE = timedelta(hours=24)
"""How long a file that nobody fetches stays."""
LEASE = timedelta(minutes=2)
"""How long a worker may be silent about an export before another takes it over."""
MOST_TRIES = 3
MOST_ROWS = 5000
"""Rows of one kind in a file: more than half a year brings anybody."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Section:
    """One kind of data: its title, the names of its columns, and its rows."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def pack(sections: Sequence[Section], *, made_at: str, stamp: datetime) -> bytes:
    """Return the ZIP: one page to read, one table for each kind of data, and everything as JSON for programs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:

        def put(name: str, content: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, stamp.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)

        put("我的数据.html", _page(sections, made_at).encode())
        for number, section in enumerate(sections, 1):
            put(f"{number}-{section.title}.csv", _table(section).encode("utf-8-sig"))
        told = {one.title: [dict(zip(one.columns, row, strict=True)) for row in one.rows] for one in sections}
        put("我的数据.json", json.dumps(told, ensure_ascii=False, indent=1).encode())
    return buffer.getvalue()


def _table(section: Section) -> str:
    """Return a table that a spreadsheet opens; what it would take for a formula is text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(section.columns)
    writer.writerows([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row] for row in section.rows)
    return text.getvalue()


def _page(sections: Sequence[Section], made_at: str) -> str:
    parts: list[str] = []
    for one in sections:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in one.columns)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in one.rows)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if one.rows else "<p>无</p>"
        parts.append(f"<h2>{html.escape(one.title)}（{len(one.rows)} 条）</h2>{table}")
    style = "body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid;padding:4px}"
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>我的数据</title>'
        f"<style>{style}</style><h1>我的数据</h1><p>生成时间：{html.escape(made_at)}。本文件含有您的个人信息，请妥善保管。</p>"
        + "".join(parts)
        + "</html>"
    )
