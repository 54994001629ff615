"""Files of cases: which kinds, how large, how many, and the sentence for each no (R-2.6.3.3)."""

import math
import re
from collections.abc import Iterable
from datetime import timedelta

from jsrs_portal.domain import file_types
from jsrs_portal.domain.cases import FileState
from jsrs_portal.domain.refusal import Refusal

PART_BYTES = 256 * 1024
"""What is sent at a time. A request has fifteen seconds: a whole MiB would never get through at 500 kbit/s."""
_MIB = 1024 * 1024
MOST_BYTES = 20 * _MIB
MOST_BYTES_OF_CASE = 200 * _MIB
MOST_BYTES_OF_DRAFTS = 2048 * _MIB
"""Of all that is filled in in one name (a unit's, an institution's, one's own): drafts, and what was sent back."""
MOST_BYTES_OF_PERSON = 512 * _MIB
"""Of what one person is filling in in one name: no agent uses up what the whole unit has."""
A_DAY = timedelta(days=1)
MOST_BYTES_OF_DAY = 2048 * _MIB
"""Of one person in a day, in all names. What has been submitted is nobody's draft any more: without this, one person
could submit and withdraw until the disk is full for everybody. It is a hundred files of the largest size."""
MOST_PAGES = 200
"""Pages of a document that are shown; there may be more in it."""
UPLOAD_LIFE = timedelta(days=1)
"""How long an upload that stopped may go on, and how long a refusal is shown."""
ORPHAN_AFTER = timedelta(days=1)
"""Content without a row is left alone so long: its row may be about to be written, or a backup be put back."""

KINDS: dict[str, str] = {
    "pdf": "PDF",
    "jpg": "JPG 图片",
    "png": "PNG 图片",
    "docx": "Word 文档（docx）",
    "xlsx": "Excel 表格（xlsx）",
    "ofd": "OFD 版式文件",
}
"""What may be handed in, by what the content is; archives and what holds programs may not."""
SHOWN = ("pdf", "jpg", "png")
"""What can be looked at page by page; the others are downloaded."""
ACCEPT = ",".join((".pdf", ".jpg", ".jpeg", ".png", ".docx", ".xlsx", ".ofd"))
"""What the browser offers to choose from; the content decides."""
_ENDINGS = {kind: (kind,) for kind in KINDS} | {"jpg": ("jpg", "jpeg")}

COUNTED = (FileState.UPLOADING, FileState.UNCHECKED, FileState.STORED)
"""The states in which a file is one of its question's and its case's."""
KEPT = (*COUNTED, FileState.REPLACED)
"""The states in which a file takes up room: one that others have replaced is kept, as it was handed in."""
STATE_WORDS = {
    FileState.UPLOADING: "上传未完成",
    FileState.UNCHECKED: "等待安全检查",
    FileState.STORED: "已上传",
    FileState.REFUSED: "未接受",
    FileState.REPLACED: "已由补正替换",
}
GO_ON = "重新选择同一个文件，会从中断处继续上传。"
_CHOOSE = "请上传" + "、".join(KINDS.values()) + "。"
REASONS: dict[str, str] = {
    "kind": f"文件内容不是可以接受的类型。{_CHOOSE}",
    "ending": "文件的扩展名与内容不符。请用原来的软件另存后再上传。",
    "active": "文件中含有宏、脚本、嵌入的对象或从外部读取的内容。请打印或另存为不含这些内容的 PDF 后再上传。",
    "damaged": "文件已损坏，无法打开。请检查后重新上传。",
    "locked": "文件设有打开密码，办理人员无法查看。请取消密码后再上传。",
    "pixels": "图片尺寸过大。请缩小到 8000 万像素以内后再上传。",
    "digest": "文件在传输中发生了变化，没有保存。请重新选择文件上传。",
    "virus": "文件未通过安全检查，没有保存。请用杀毒软件检查您的电脑，并更换文件。",
}
"""Why a file was refused after it had arrived."""

NOT_HERE = Refusal("没有这份申报草稿或文件，它可能已经提交、删除或过期。", code="not_here")
NO_FIELD = Refusal("这份申报没有该上传项，请刷新页面后再试。", code="no_field")
EMPTY = Refusal("文件是空的，请检查后重新选择。", code="empty")
TOO_LARGE = Refusal(f"文件不能超过 {MOST_BYTES // _MIB} MB，请压缩或拆分后再上传。", code="too_large")
CASE_FULL = Refusal(
    f"一次申报的文件合计不能超过 {MOST_BYTES_OF_CASE // _MIB} MB，请删除不需要的文件后再上传。", code="case_full"
)
PERSON_FULL = Refusal(
    f"您未提交和待修改、补正的申报中文件合计不能超过 {MOST_BYTES_OF_PERSON // _MIB} MB，"
    "请先提交其中一些，或删除不再需要的草稿。",
    code="person_full",
)
DRAFTS_FULL = Refusal(
    "未提交和待修改、补正的申报中文件合计不能超过 2 GB，请先提交其中一些，或删除不再需要的草稿。", code="drafts_full"
)
DAY_FULL = Refusal(
    "您 24 小时内上传的文件合计不能超过 2 GB，请明天再继续上传；急需办理的，请到经办窗口办理。", code="day_full"
)
BAD_PART = Refusal("上传的内容与约定不符，请重新选择文件上传。", code="bad_part")
INCOMPLETE = Refusal("文件还没有传完，请继续上传。", code="incomplete")
OVER = Refusal("这次上传已经结束，请重新选择文件上传。", code="over")
NO_ROOM = Refusal("服务器存储空间不足，已上传的部分仍然保留，请稍后继续上传。", code="no_room")
BUSY = Refusal("文件暂时无法检查，已上传的内容仍然保留，请稍后再试。", code="busy")

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LONGEST_NAME = 120


def too_many(label: str, most: int) -> Refusal:
    """Return what is said when a field has all the files it may have."""
    return Refusal(f"「{label}」最多上传 {most} 个文件。如需更换，请先删除已上传的文件。", code="too_many")


def still_coming(name: str, field: str) -> Refusal:
    """Return what is said at ``field`` to whoever goes on while a file is still on its way."""
    return Refusal(f"文件「{name}」还没有传完。请等待上传完成，或删除该文件后再进入下一步。", field, "coming")


def why_refused(reason: str) -> str:
    """Return the sentence for a stored reason."""
    return REASONS.get(reason, REASONS["damaged"])


def read_name(typed: str) -> str:
    """Return a file's name as it is kept: its last part, without signs that could mislead; "" when nothing is left."""
    last = re.split(r"[/\\]", typed)[-1]
    shown = "".join(sign if sign.isprintable() else " " * sign.isspace() for sign in last)
    shown = " ".join(shown.split()).strip(". ")
    if len(shown) <= _LONGEST_NAME:
        return shown
    stem, dot, ending = shown.rpartition(".")
    if not dot or len(ending) > 8:
        return shown[:_LONGEST_NAME].strip(". ")
    return f"{stem[: _LONGEST_NAME - len(ending) - 1]}.{ending}"


def read_digest(said: str) -> str | None:
    """Return a SHA-256 as it is kept, "" for a browser that cannot compute one, ``None`` for what is none."""
    return said if said == "" or _DIGEST.fullmatch(said) else None


def size_problem(size: int, *, of_case: int, of_person: int, of_drafts: int, of_day: int) -> Refusal | None:
    """Return why a file of ``size`` bytes is too much beside those of its case, of what its person and all in its name
    are filling in, and of what whoever uploads it has handed in in a day."""
    if size <= 0:
        return EMPTY
    if size > MOST_BYTES:
        return TOO_LARGE
    if of_case + size > MOST_BYTES_OF_CASE:
        return CASE_FULL
    if of_person + size > MOST_BYTES_OF_PERSON:
        return PERSON_FULL
    if of_drafts + size > MOST_BYTES_OF_DRAFTS:
        return DRAFTS_FULL
    return DAY_FULL if of_day + size > MOST_BYTES_OF_DAY else None


def parts(size: int) -> int:
    """Return in how many parts a file of ``size`` bytes is sent."""
    return math.ceil(size / PART_BYTES)


def part_size(size: int, number: int) -> int | None:
    """Return how long part ``number`` (from 0) of a file must be; ``None`` when it has no such part."""
    if not 0 <= number < parts(size):
        return None
    return min(PART_BYTES, size - number * PART_BYTES)


def kind_problem(kind: str, name: str) -> str:
    """Return the reason (a key of :data:`REASONS`) why content of ``kind`` is not taken under ``name``, or ""."""
    if kind not in KINDS:
        return "kind"
    stem, _, ending = name.rpartition(".")
    return "" if not stem or ending.lower() in _ENDINGS[kind] else "ending"


def kind_of_media(media_type: str) -> str:
    """Return the kind that a media type stands for, or ""."""
    return next((kind for kind in KINDS if file_types.MEDIA_TYPES[kind] == media_type), "")


def size_in_words(size: int) -> str:
    """Return a size as people say it."""
    if size >= _MIB:
        return f"{size / _MIB:.1f} MB"
    return f"{math.ceil(size / 1024)} KB"


def why_not_submit(states: Iterable[tuple[str, str]]) -> str:
    """Return why a case cannot be submitted with files in these ``(state, name)``; empty: nothing against it.

    A refused file is no file: whether one is missing, the form says.
    """
    found = list(states)
    for state, sentence in (
        (FileState.UPLOADING, "文件「{}」还没有传完，请继续上传或删除后再提交。"),
        (FileState.UNCHECKED, "文件「{}」正在等待安全检查，请稍后再提交。"),
    ):
        waiting = next((name for known, name in found if known == state), None)
        if waiting is not None:
            return sentence.format(waiting)
    return ""
