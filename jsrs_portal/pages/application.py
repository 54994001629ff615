"""网上申报: the pages of one application, from the form to the receipt (R-2.6.3.3)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.answer_fields import Lookup, answer_field
from jsrs_portal.components.behaviour import focus_on_change, form_watch, print_button
from jsrs_portal.components.choices import checkbox_field
from jsrs_portal.components.controls import LINK, actions, anchor, asking, button, button_class, button_link, icon
from jsrs_portal.components.feedback import (
    card,
    definition_list,
    empty_state,
    notice,
    saved_at,
    skeleton,
    success_panel,
)
from jsrs_portal.components.fields import error_of, error_summary, form, optional_mark
from jsrs_portal.components.qr import address_qr
from jsrs_portal.components.steady import steady
from jsrs_portal.components.steps import steps
from jsrs_portal.components.uploads import file_list, file_upload
from jsrs_portal.domain.case_files import ACCEPT, KINDS, MOST_BYTES, TOO_LARGE
from jsrs_portal.pages.application_import import import_dialog
from jsrs_portal.pages.application_rows import row_dialog, rows_field
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.application import TITLES
from jsrs_portal.state.application import ApplicationState as State

FORM = "application"
_HINT = f"可以上传{'、'.join(KINDS.values())}，每个文件不超过 {MOST_BYTES // 1024 // 1024} MB。"


def application() -> rx.Component:
    """Return the page of one application."""
    missing = empty_state(
        "没有这份申报",
        "它可能已被删除或过期，也可能不是以您当前的身份填写的。请切换身份后再试，或重新申报。",
        button_link("去服务清单", "/services", kind="secondary"),
    )
    forms = {"form": _form(), "materials": _materials(), "check": _check(), "receipt": _receipt()}
    work = rx.el.div(
        steps(TITLES, State.position),
        rx.el.div(
            focus_on_change(State.step, "step"),
            _outdated(),
            _lost(),
            error_summary(State.errors, State.attempt),
            trouble(State.trouble),
            steady(State.step, forms, skeleton("row", rows=8)),
            rx.cond(State.step != "receipt", _foot()),
            role="group",
            aria_label="申报",
            tab_index=-1,
            custom_attrs={"id": "step"},
            class_name="mx-auto flex w-full max-w-text flex-col gap-4 pt-6 scroll-mt-32",
        ),
    )
    return frame(
        card(rx.cond(State.missing, missing, work)),
        row_dialog(),
        import_dialog(),
        title=rx.cond(State.matter != "", State.matter, "网上申报"),
        nav_current="/services",
    )


def _outdated() -> rx.Component:
    """Return the choice that a matter leaves which was changed after the draft was begun."""
    newer = notice(
        "warn",
        "您开始填写后，该事项的填报要求有了更新，须按新要求填写后才能提交。仍然适用的内容会保留。",
        actions(button("按新要求继续", on_click=State.adopt), _drop("放弃并删除草稿")),
        title="填报要求已更新",
    )
    gone = notice(
        "warn", "该事项已停止网上申报，这份草稿不能再提交。", actions(_drop("删除草稿")), title="事项已停止申报"
    )
    return rx.cond(State.changed, newer, rx.cond(State.retired, gone))


def _lost() -> rx.Component:
    return rx.cond(
        State.lost.length() > 0,
        notice(
            "info",
            "新要求不再需要以下内容，已从草稿中去掉：",
            rx.el.ul(rx.foreach(State.lost, rx.el.li), class_name="list-disc pl-6"),
        ),
    )


def _drop(label: str) -> rx.Component:
    return asking(
        label,
        "已填写的内容和上传的材料将全部删除，且不能恢复。",
        title="要删除这份草稿吗？",
        yes="删除",
        no="保留",
        on_yes=State.drop,
    )


def _foot() -> rx.Component:
    return rx.el.div(
        saved_at(State.saved_text),
        rx.cond(State.step != "", rx.el.div(_drop("删除草稿"), class_name="text-sm")),
        class_name="flex flex-wrap items-center justify-between gap-4",
    )


def _form() -> rx.Component:
    lookup = Lookup(State.codes, State.codes_of, State.codes_for, State.find_codes)

    def question(asked: Any) -> rx.Component:
        return rx.cond(
            asked.kind == "table",
            rows_field(asked, said(State.error, asked.key)),
            answer_field(asked, lambda name: said(State.error, name), lookup),
        )

    def section(one: Any) -> rx.Component:
        return rx.el.section(
            rx.el.h2(one.title, class_name="text-xl"),
            rx.cond(one.note != "", rx.el.p(one.note, class_name="text-sm text-ink-500")),
            rx.foreach(one.fields, question),
            key=one.key,
            class_name="flex flex-col gap-4 border-b border-line pb-6 last-of-type:border-b-0",
        )

    return rx.fragment(
        form_watch(FORM, State.save),
        form(
            rx.foreach(State.sections, section),
            actions(button("下一步", type="submit", loading=State.busy)),
            on_submit=State.next_step,
            id=FORM,
        ),
    )


def _materials() -> rx.Component:
    nothing = rx.el.p("本次申报不需要上传材料。", class_name="text-base text-ink-700")
    others = rx.el.section(
        rx.el.h2("其他材料", class_name="text-lg"),
        rx.el.ul(rx.foreach(State.elsewhere, rx.el.li), class_name="list-disc pl-6 text-base text-ink-700"),
        class_name="flex flex-col gap-2",
    )
    return rx.el.div(
        rx.cond(State.materials.length() > 0, rx.foreach(State.materials, _material), nothing),
        rx.cond(State.elsewhere.length() > 0, others),
        actions(
            button("下一步", on_click=State.check),
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
        rx.el.h2(
            one.label,
            *optional_mark(one.required),
            rx.el.span("　最多 ", one.most, " 个文件", class_name="text-sm text-ink-500"),
            class_name="text-lg",
        ),
        rx.el.ul(rx.foreach(one.notes, rx.el.li), class_name="list-disc pl-6 text-sm text-ink-700 empty:hidden"),
        forms,
        file_list(one.files, State.remove_file),
        rx.cond(one.full, rx.el.p("已达到最多文件数，需要更换的请先删除。", class_name="text-sm text-ink-500"), upload),
        *error_of(one.key, said(State.error, one.key)),
        key=one.key,
        class_name="flex flex-col gap-3 border-b border-line pb-6",
    )


def _handed_in() -> rx.Component:
    """Return the files that go with the application, to be looked at once more."""

    def one(material: Any) -> rx.Component:
        return rx.cond(
            material.files.length() > 0,
            rx.el.section(
                rx.el.h3(material.label, class_name="text-base font-semibold"),
                file_list(material.files),
                class_name="flex flex-col gap-2",
            ),
        )

    return rx.cond(
        State.materials.length() > 0,
        rx.el.section(
            rx.el.h2("上传的材料", class_name="text-lg"),
            rx.foreach(State.materials, one),
            class_name="flex flex-col gap-3",
        ),
    )


def _answers(one: Any) -> rx.Component:
    def fact(row: Any) -> rx.Component:
        return rx.el.div(
            rx.el.dt(row.label, class_name="text-base text-ink-500"),
            rx.el.dd(row.value, class_name="whitespace-pre-line break-words text-base text-ink-900 @md:col-span-2"),
            class_name="grid grid-cols-1 gap-x-4 border-b border-line py-2 @md:grid-cols-3",
        )

    def table(rows: Any) -> rx.Component:
        return rx.el.div(
            rx.el.h3(rows[0], class_name="pt-2 text-base font-semibold"),
            rx.el.ol(
                rx.foreach(
                    rows[1],
                    lambda row: rx.el.li(
                        rx.el.strong(row.title),
                        rx.el.span(row.text, class_name="text-ink-700"),
                        class_name="flex flex-wrap gap-x-3 border-b border-line py-2 text-base",
                    ),
                )
            ),
        )

    return rx.el.section(
        rx.el.h2(one.title, class_name="text-lg"),
        rx.el.dl(rx.foreach(one.facts, fact)),
        rx.foreach(one.tables, table),
        key=one.key,
        class_name="@container flex flex-col gap-2",
    )


def _check() -> rx.Component:
    promise = rx.cond(
        State.promise != "",
        checkbox_field("promise", State.promise, error=said(State.error, "promise")),
    )
    return rx.el.div(
        notice("info", "请核对以下内容。提交后不能再修改，需要改动的请返回上一步。"),
        rx.foreach(State.checked, _answers),
        _handed_in(),
        form(
            promise,
            actions(
                button("提交申报", type="submit", loading=State.busy, loading_label="正在提交……"),
                button("上一步", kind="secondary", on_click=State.go_to("materials")),
                button("修改表单", kind="quiet", on_click=State.go_to("form")),
            ),
            on_submit=State.submit,
        ),
        class_name="flex flex-col gap-6",
    )


def _receipt() -> rx.Component:
    receipt = State.receipt
    return rx.el.div(
        success_panel(
            "申报已提交",
            receipt.next,
            print_button(icon("printer"), "打印", class_name=button_class("secondary")),
            button_link("返回大厅首页", "/", kind="secondary"),
            number=receipt.number,
            number_label="办件编号",
        ),
        definition_list(
            [
                ("事项", receipt.matter),
                ("申报人", receipt.whom),
                ("提交时间", receipt.submitted),
                ("当前状态", receipt.status),
            ]
        ),
        address_qr(State.qr, "扫码查看本次申报（需登录）"),
        rx.foreach(State.checked, _answers),
        _handed_in(),
        class_name="flex flex-col gap-6",
    )
