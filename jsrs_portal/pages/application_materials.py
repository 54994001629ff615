"""The materials of an application: handed in, and looked at once more (R-2.6.3.3)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.controls import LINK, actions, anchor, button
from jsrs_portal.components.fields import error_of, optional_mark
from jsrs_portal.components.sent_back import remark
from jsrs_portal.components.uploads import after_uploads, file_list, file_upload
from jsrs_portal.domain.case_files import ACCEPT, KINDS, MOST_BYTES, TOO_LARGE
from jsrs_portal.pages.wizards import said
from jsrs_portal.state.application import ApplicationState as State

_HINT = f"可以上传{'、'.join(KINDS.values())}，每个文件不超过 {MOST_BYTES // 1024 // 1024} MB。"


def materials() -> rx.Component:
    """Return the step in which files are handed in."""
    nothing = rx.el.p("本次申报不需要上传材料。", class_name="text-base text-ink-700")
    others = rx.el.section(
        rx.el.h3("其他材料", class_name="text-lg"),
        rx.el.ul(rx.foreach(State.elsewhere, rx.el.li), class_name="list-disc pl-6 text-base text-ink-700"),
        class_name="flex flex-col gap-2",
    )
    return rx.el.div(
        rx.cond(State.materials.length() > 0, rx.foreach(State.materials, _material), nothing),
        rx.cond(State.elsewhere.length() > 0, others),
        actions(
            after_uploads("下一步：核对提交", State.check),
            button("上一步", kind="secondary", on_click=State.go_to("form")),
        ),
        class_name="flex flex-col gap-6",
    )


def _material(one: Any) -> rx.Component:
    """Return a place for files with what belongs there."""
    forms = rx.el.p(
        rx.cond(one.blank_href != "", anchor("下载空表", href=one.blank_href, class_name=LINK, reload=True)),
        rx.cond(one.sample_href != "", anchor("查看样表", href=one.sample_href, class_name=LINK, reload=True)),
        class_name="flex gap-4 text-base empty:hidden",
    )
    upload = file_upload(
        one.label,
        State.case_id,
        one.key,
        State.files_changed,
        accept=ACCEPT,
        most_bytes=MOST_BYTES,
        too_large=TOO_LARGE.sentence,
        hint=_HINT,
        id=one.key,
    )
    return rx.el.section(
        rx.el.h3(
            one.label,
            *optional_mark(one.required),
            rx.el.span("　最多 ", one.most, " 个文件", class_name="text-sm text-ink-500"),
            class_name="text-lg",
        ),
        rx.el.ul(rx.foreach(one.notes, rx.el.li), class_name="list-disc pl-6 text-sm text-ink-700 empty:hidden"),
        remark(said(State.remarks, one.key)),
        forms,
        file_list(one.files, State.remove_file),
        rx.cond(one.full, rx.el.p("已达到最多文件数，需要更换的请先删除。", class_name="text-sm text-ink-500"), upload),
        *error_of(one.key, said(State.error, one.key)),
        key=one.key,
        class_name="flex flex-col gap-3 border-b border-line pb-6",
    )


def handed_in() -> rx.Component:
    """Return the files that go with the application, to be looked at once more."""

    def one(material: Any) -> rx.Component:
        return rx.cond(
            material.files.length() > 0,
            rx.el.section(
                rx.el.h4(material.label, class_name="text-base font-semibold"),
                file_list(material.files),
                class_name="flex flex-col gap-2",
            ),
        )

    return rx.cond(
        State.materials.length() > 0,
        rx.el.section(
            rx.el.h3("上传的材料", class_name="text-lg"),
            rx.foreach(State.materials, one),
            class_name="flex flex-col gap-3",
        ),
    )
