"""Handing in files, and what has been handed in: ``assets/files.jsx``, loaded by the pages that need it alone."""

from typing import Any, cast

import reflex as rx

from jsrs_portal.components.behaviour import DIALOG, DIALOG_HEAD, Flag, Handler, Number, Text
from jsrs_portal.components.controls import LINK, button_class
from jsrs_portal.components.feedback import badge

_ACT = "min-h-control px-3 rounded-control text-base text-brand-600 hover:bg-brand-50 disabled:text-ink-500"
_ZONE = "flex flex-wrap items-center gap-x-4 gap-y-2 rounded-card border border-dashed p-4"
_NOTE, _BAD = "text-sm text-ink-500", "text-sm text-bad"
_NAME = "min-w-0 break-words text-base"
_ITEM = "flex flex-col gap-1 rounded-card border border-line bg-surface p-3"
_ACTS = "flex flex-wrap items-center gap-2"

_UPLOAD_CLASSES = {
    "box": "flex flex-col gap-3",
    "zone": f"{_ZONE} border-edge bg-surface",
    "zoneOver": f"{_ZONE} border-brand-600 bg-brand-50",
    "button": button_class("secondary"),
    "list": "flex flex-col gap-2",
    "item": _ITEM,
    "name": _NAME,
    "bar": "w-full accent-brand-600",
    "note": _NOTE,
    "bad": _BAD,
    "acts": _ACTS,
    "act": _ACT,
}
_UPLOAD_WORDS = {
    "choose": "选择文件",
    "queued": "等待上传",
    "reading": "正在读取",
    "sending": "正在上传",
    "waiting": "连接中断，恢复后自动继续",
    "checking": "正在检查",
    "done": "上传完成",
    "cancel": "取消上传",
    "again": "继续上传",
    "dismiss": "知道了",
    "empty": "文件是空的，请检查后重新选择。",
    "unreadable": "无法读取该文件，它可能已被移动或正在使用。请重新选择。",
}
_PAGES_CLASSES = {
    "act": _ACT,
    "dialog": f"{DIALOG} max-w-page",
    "head": DIALOG_HEAD,
    "close": "absolute top-3 right-3 min-h-control px-3 rounded-control text-sm text-brand-600 hover:bg-brand-50",
    "turn": "flex flex-wrap items-center justify-center gap-4 text-base",
    "page": "mx-auto h-auto max-w-full border border-line bg-surface",
    "bad": _BAD,
}
_PAGES_WORDS = {
    "look": "查看",
    "close": "关闭",
    "before": "上一页",
    "after": "下一页",
    "page": "第 {n} 页，共 {all} 页",
    "broken": "无法显示这一页，请下载后查看。",
}


def _changed(file: rx.Var[dict[str, str]]) -> tuple[rx.Var[dict[str, str]]]:
    """Event spec: ``id``, ``field``, ``state`` (STORED, UNCHECKED, REFUSED or CANCELLED) and ``message`` of a file."""
    return (file,)


class _Files(rx.Component):
    """A component of ``assets/files.jsx``."""

    library = "$/public/files.jsx"


class _FileUpload(_Files):
    tag = "FileUpload"
    label: rx.Var[str]
    case_id: rx.Var[str]
    field: rx.Var[str]
    accept: rx.Var[str]
    most: rx.Var[int]
    disabled: rx.Var[bool]
    words: rx.Var[dict[str, str]]
    classes: rx.Var[dict[str, str]]
    on_change: rx.EventHandler[_changed]


class _AfterUploads(_Files):
    tag = "AfterUploads"
    label: rx.Var[str]
    sentence: rx.Var[str]
    said_class: rx.Var[str]
    on_go: rx.EventHandler[rx.event.no_args_event_spec]


class _Pages(_Files):
    tag = "Pages"
    href: rx.Var[str]
    pages: rx.Var[int]
    title: rx.Var[str]
    words: rx.Var[dict[str, str]]
    classes: rx.Var[dict[str, str]]


def file_upload(
    label: Text,
    case_id: Text,
    field: Text,
    on_change: Handler,
    *,
    accept: str,
    most_bytes: Number,
    too_large: str,
    hint: Text,
    id: Text,
    disabled: Flag = False,
) -> rx.Component:
    """Return a button and a place to drop files on, for one upload field of a draft; below, what is under way.

    Files are sent in the browser, one after the other, and go on by themselves after a lost connection; one that is
    chosen again later goes on where it stopped. ``on_change`` is called with a dictionary ``id``, ``field``, ``state``,
    ``message`` when a file is complete, refused or cancelled: read the list anew then. ``too_large`` is the sentence
    for a file of more than ``most_bytes``, ``hint`` says what may be handed in. ``label`` is spoken with the button; a
    visible label stands above, from the page, with ``id`` as its target.
    """
    words = {**_UPLOAD_WORDS, "tooLarge": too_large, "hint": hint}
    return _FileUpload.create(
        label=label,
        case_id=case_id,
        field=field,
        on_change=on_change,
        accept=accept,
        most=most_bytes,
        disabled=disabled,
        words=words,
        classes=_UPLOAD_CLASSES,
        custom_attrs={"id": id},
    )


def after_uploads(label: Text, on_go: Handler) -> rx.Component:
    """Return the button that leads on from a step with uploads: while one is under way it says so and stays."""
    return _AfterUploads.create(
        label=label,
        sentence="还有 {n} 个文件正在上传：{names}。请等待上传完成，或取消上传后再进入下一步。",
        on_go=on_go,
        class_name=button_class(),
        said_class="order-last basis-full text-base text-bad",
    )


def file_list(files: Any, on_remove: Handler | None = None) -> rx.Component:
    """Return the files of a case (``services.case_files.FileView``) with their state, preview, download and removal.

    ``on_remove`` is called with a file's identifier; without it nothing can be removed, as after submission.
    """

    def row(file: Any) -> rx.Component:
        look = _Pages.create(
            href=file.href, pages=file.preview, title=file.name, words=_PAGES_WORDS, classes=_PAGES_CLASSES
        )
        save = rx.el.a("下载", href=file.href, download=True, aria_label=f"下载 {file.name}", class_name=f"{LINK} px-3")
        remove = (
            []
            if on_remove is None
            else [
                rx.el.button(
                    "删除",
                    type="button",
                    on_click=on_remove(file.id),
                    aria_label=f"删除 {file.name}",
                    class_name=_ACT,
                )
            ]
        )
        tone = rx.match(file.state, ("STORED", "ok"), ("REFUSED", "bad"), "warn")
        return rx.el.li(
            rx.el.div(
                rx.el.p(file.name, class_name=_NAME),
                badge(cast("rx.Var", tone).to(str), file.words),
                class_name="flex flex-wrap items-center gap-x-4 gap-y-1",
            ),
            rx.el.p(file.kind, " ", file.size, class_name=_NOTE),
            rx.cond(file.sentence != "", rx.el.p(file.sentence, class_name=_BAD)),
            rx.el.div(
                rx.cond(file.preview > 0, look),
                rx.cond(file.href != "", save),
                *remove,
                class_name=f"not-printed {_ACTS}",
            ),
            class_name=_ITEM,
        )

    return rx.el.ul(rx.foreach(files, row), aria_label="已上传的文件", class_name="flex flex-col gap-2 empty:hidden")
