"""网上申报: the pages of one application, from the form to the receipt (R-2.6.3.3)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.answer_fields import Lookup, answer_field
from jsrs_portal.components.behaviour import focus_on_change, form_watch, print_button
from jsrs_portal.components.choices import checkbox_field
from jsrs_portal.components.controls import actions, asking, button, button_class, button_link, icon
from jsrs_portal.components.feedback import (
    card,
    definition_list,
    empty_state,
    notice,
    saved_at,
    skeleton,
    success_panel,
)
from jsrs_portal.components.fields import error_summary, form
from jsrs_portal.components.qr import address_qr
from jsrs_portal.components.steady import once_loaded, steady
from jsrs_portal.components.steps import steps
from jsrs_portal.pages.application_import import import_dialog
from jsrs_portal.pages.application_materials import handed_in, materials
from jsrs_portal.pages.application_rows import row_dialog, rows_field
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.application import TITLES
from jsrs_portal.state.application import ApplicationState as State

FORM = "application"


def application() -> rx.Component:
    """Return the page of one application."""
    missing = empty_state(
        "没有这份申报",
        "它可能已被删除或过期，也可能不是以您当前的身份填写的。请切换身份后再试，或重新申报。",
        button_link("去服务清单", "/services", kind="secondary"),
    )
    forms = {"form": _form(), "materials": materials(), "check": _check(), "receipt": _receipt()}
    work = rx.el.div(
        rx.cond(State.step != "receipt", steps(TITLES, State.position)),
        rx.el.div(
            focus_on_change(State.step, "step"),
            _outdated(),
            _lost(),
            _merged(),
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
        key=State.case_id,  # another application's fields are others, whatever they are called
    )
    return frame(
        card(once_loaded(rx.cond(State.missing, missing, work), waiting=skeleton("row", rows=8))),
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


def _merged() -> rx.Component:
    """Return what became of the work of two windows."""
    told = notice(
        "warn",
        "两处填写的内容已合并到这份草稿中，请核对下面的表单。",
        rx.cond(
            State.beside.length() > 0,
            rx.fragment(
                rx.el.p("两处都改动过的，以先保存的为准："),
                rx.el.ul(rx.foreach(State.beside, rx.el.li), class_name="list-disc pl-6"),
            ),
        ),
        title="这份草稿刚刚在另一个窗口中保存过",
    )
    return rx.el.div(rx.cond(State.merged, told), role="status", class_name="empty:hidden")


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
            rx.el.div(rx.foreach(State.sections, section), key=State.revision, class_name="flex flex-col gap-6"),
            actions(button("下一步：上传材料", type="submit", loading=State.busy)),
            on_submit=State.next_step,
            id=FORM,
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
            rx.el.h3(rows.label, class_name="pt-2 text-base font-semibold"),
            rx.el.ol(
                rx.foreach(
                    rows.rows,
                    lambda row: rx.el.li(
                        rx.el.strong(row.title),
                        rx.el.span(row.text, class_name="text-ink-700"),
                        class_name="flex flex-wrap gap-x-3 border-b border-line py-2 text-base",
                    ),
                )
            ),
            rx.cond(rows.more != "", rx.el.p(rows.more, class_name="text-sm text-ink-500")),
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
        handed_in(),
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
            rx.cond(receipt.home != "", button_link(receipt.home_name, receipt.home, kind="secondary")),
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
        handed_in(),
        class_name="flex flex-col gap-6",
    )
