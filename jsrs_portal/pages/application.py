"""网上申报: the pages of one application, from the form to the receipt (R-2.6.3.3)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.answer_fields import Lookup, answer_field
from jsrs_portal.components.behaviour import focus_on_change, form_watch
from jsrs_portal.components.controls import actions, asking, button, button_link
from jsrs_portal.components.feedback import card, empty_state, notice, saved_state, skeleton
from jsrs_portal.components.fields import error_summary, form
from jsrs_portal.components.sent_back import remark, sent_back_notice
from jsrs_portal.components.steady import once_loaded, steady
from jsrs_portal.components.steps import steps
from jsrs_portal.pages.application_checks import HEADING, check, receipt
from jsrs_portal.pages.application_import import import_dialog
from jsrs_portal.pages.application_materials import materials
from jsrs_portal.pages.application_rows import row_dialog, rows_field
from jsrs_portal.pages.courier import delivery_card
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
    forms = {"form": _form(), "materials": materials(), "check": check(), "receipt": receipt()}
    work = rx.el.div(
        rx.cond(State.step != "receipt", rx.el.div(steps(TITLES, State.position), class_name="not-printed")),
        rx.el.div(
            focus_on_change(State.step, HEADING),
            rx.cond(State.step != "receipt", _heading()),
            sent_back_notice(State.sent_back),
            _outdated(),
            _lost(),
            _merged(),
            error_summary(State.errors, State.attempt),
            trouble(State.trouble),
            steady(State.step, forms, skeleton("row", rows=8)),
            rx.cond(State.step != "receipt", _foot()),
            role="group",
            aria_label="申报",
            class_name="mx-auto flex w-full max-w-text flex-col gap-4 pt-6 scroll-mt-32",
        ),
        key=State.case_id,  # another application's fields are others, whatever they are called
    )
    return frame(
        card(once_loaded(rx.cond(State.missing, missing, work), waiting=skeleton("row", rows=8))),
        rx.cond((State.step == "check") | (State.step == "receipt"), delivery_card()),
        row_dialog(),
        import_dialog(),
        title=rx.cond(State.matter != "", State.matter, "网上申报"),
        nav_current="/services",
    )


def _heading() -> rx.Component:
    """Return the step's own heading, where the keyboard is when the step has changed."""
    name = rx.match(State.position, *enumerate(TITLES, 1), "")
    return rx.el.h2(
        name,
        tab_index=-1,
        custom_attrs={"id": HEADING},
        class_name="sr-only scroll-mt-32 text-xl @xl:not-sr-only",  # on a phone the steps have its words
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
        saved_state(FORM, State.saved_text, State.answered, State.unsaved),
        rx.cond((State.step != "") & (State.sent_back.title == ""), rx.el.div(_drop("删除草稿"), class_name="text-sm")),
        class_name="not-printed flex flex-wrap items-center justify-between gap-4",
    )


def _form() -> rx.Component:
    lookup = Lookup(State.codes, State.codes_of, State.codes_for, State.find_codes)

    def question(asked: Any) -> rx.Component:
        drawn = rx.cond(
            asked.kind == "table",
            rows_field(asked, said(State.error, asked.key)),
            answer_field(asked, lambda name: said(State.error, name), lookup),
        )
        return rx.el.div(
            remark(said(State.remarks, asked.key)), drawn, key=asked.key.to(str)
        )  # one that comes in before it leaves the others alone

    def section(one: Any) -> rx.Component:
        return rx.el.section(
            rx.el.h3(one.title, class_name="text-lg"),
            rx.cond(one.note != "", rx.el.p(one.note, class_name="text-sm text-ink-500")),
            rx.foreach(one.fields, question),
            key=one.key,
            class_name="flex flex-col gap-4 border-b border-line pb-6 last-of-type:border-b-0",
        )

    return rx.fragment(
        form_watch(
            FORM,
            State.save,
            on_again=lambda now, before: State.resume(now, before, State.answered, State.revision),
            answered=State.answered,
            failed=State.unsaved,
            anew=State.revision,
        ),
        form(
            rx.el.div(rx.foreach(State.sections, section), key=State.revision, class_name="flex flex-col gap-6"),
            actions(button("下一步：上传材料", type="submit", loading=State.busy)),
            on_submit=State.next_step,
            id=FORM,
        ),
    )
