"""One case at the desk: what was handed in, its way, and the decision (R-2.6.3.2)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog, focus_when, ticker
from jsrs_portal.components.case_views import answer_sections, handed_files, limit_lines, timeline_view
from jsrs_portal.components.choices import select_field
from jsrs_portal.components.controls import actions, button, button_link
from jsrs_portal.components.feedback import badge, card, definition_list, empty_state, notice, skeleton, tag
from jsrs_portal.components.fields import form, textarea_field
from jsrs_portal.components.kept import again
from jsrs_portal.components.navigation import crumbs
from jsrs_portal.domain.cases import DECIDED, ENDED
from jsrs_portal.pages.numbers import case_number, handed_in_again
from jsrs_portal.pages.result import result_card, withdraw_dialog
from jsrs_portal.pages.staff_cases import STATUS_TONES
from jsrs_portal.pages.staff_courier import staff_courier_card
from jsrs_portal.pages.staff_decision import confirm_dialog, decision_card
from jsrs_portal.pages.staff_frame import staff_frame, wrong_above
from jsrs_portal.pages.wizards import said
from jsrs_portal.settings import get_settings
from jsrs_portal.state.staff_case import StaffCaseState as State

_QUEUE = "/staff/cases"
_DECIDED = rx.Var.create([one.value for one in DECIDED])


def staff_case() -> rx.Component:
    """Return the page."""
    missing = card(
        empty_state(
            "没有这个办件",
            "它不存在，或不在您负责的区域。",
            button_link("返回办件处理", _QUEUE, kind="secondary"),
        )
    )
    return staff_frame(
        crumbs([("办件处理", _QUEUE)], rx.cond(State.case.number != "", State.case.number, "办件")),
        rx.cond(
            State.loaded, rx.cond(State.missing, missing, _case()), card(skeleton("block"), skeleton("row", rows=4))
        ),
        _give_dialog(),
        _put_back_dialog(),
        _unmask_dialog(),
        confirm_dialog(),
        withdraw_dialog(),
        ticker(
            State.look_again,
            int(get_settings().progress_every_seconds * 1000),
            (State.case.id != "") & ~rx.Var.create([one.value for one in ENDED]).contains(State.case.status),
        ),
        title=rx.cond(State.case.matter != "", State.case.matter, "办件处理"),
        current="cases",
    )


def _case() -> rx.Component:
    case = State.case
    way = card(
        limit_lines(case.limits),
        rx.el.div(timeline_view(case.timeline), class_name="mt-4"),
        title="办理进度",
    )
    files = rx.cond(
        case.files.length() > 0,
        handed_files(case.files),
        rx.el.p("没有随件材料。", class_name="text-base text-ink-700"),
    )
    return rx.el.div(
        focus_when(State.done, "case"),
        rx.cond(State.dialog == "", wrong_above(State)),
        rx.el.div(rx.cond(State.newer, _newer()), role="status", class_name="empty:hidden"),
        _head(),
        rx.cond(case.acts.length() > 0, decision_card()),
        result_card(_DECIDED.contains(case.status), staff=True),
        staff_courier_card(),
        rx.el.div(
            rx.el.div(way, class_name="min-w-0 @4xl:w-1/3"),
            rx.el.div(
                rx.cond(case.changes.length() > 0, _changes()),
                card(_answers(), title="申报内容"),
                card(
                    rx.el.p("查看和下载都会记入审计日志。", class_name="mb-4 text-sm text-ink-500"),
                    files,
                    title="申报材料",
                ),
                class_name="flex min-w-0 flex-1 flex-col gap-6",
            ),
            class_name="flex flex-col gap-6 @4xl:flex-row @4xl:items-start",
        ),
        role="group",
        aria_label="办件",
        tab_index=-1,
        custom_attrs={"id": "case"},
        class_name="flex flex-col gap-6",
    )


def _newer() -> rx.Component:
    return notice(
        "warn",
        rx.el.p("为保留您正在填写的内容，页面没有自动更新；按现在的内容提交将不会成功。"),
        rx.el.div(button("查看最新情况", kind="secondary", on_click=State.load), class_name="mt-3"),
        title="该办件刚刚有了变化",
    )


def _head() -> rx.Component:
    case, full = State.case, State.full
    shown = full.person != ""
    again = rx.cond(case.handed_in != case.submitted, handed_in_again(case.handed_in))
    facts = definition_list(
        [
            ("办件编号", case_number(case.number)),
            (
                "申报单位或个人",
                rx.el.span(case.applicant, rx.cond(case.unit_code != "", "　" + case.unit_code.to(str), "")),
            ),
            ("经办", rx.cond(shown, full.person, case.person)),
            (case.document_kind, rx.cond(shown, full.document, case.document)),
            ("移动电话", rx.cond(shown, full.mobile, case.mobile)),
            ("区域", case.region),
            ("提交时间", rx.el.span(case.submitted, again)),
            ("当前环节", rx.cond(case.step != "", case.step, case.status_label)),
            ("办理人", rx.cond(case.holder != "", case.holder, "尚未认领")),
        ]
    )
    does = actions(
        rx.cond(case.free, button("认领", on_click=State.take, icon_name="clipboard_check")),
        rx.cond(
            case.give != "",
            button(case.give, kind="secondary", on_click=State.open_give, icon_name="arrow_right_left"),
        ),
        rx.cond(
            case.put_back,
            button("放回待认领", kind="secondary", on_click=State.open_put_back, icon_name="undo_2"),
        ),
        rx.cond(
            shown,
            button("隐藏完整信息", kind="secondary", on_click=State.hide, icon_name="eye_off"),
            button("查看完整信息", kind="secondary", on_click=State.open_unmask, icon_name="eye"),
        ),
    )
    return card(
        facts,
        rx.cond(shown, notice("warn", "正在显示完整信息，请勿截图、抄录或转告他人；离开本页后不再显示。")),
        rx.el.div(does, class_name="mt-4"),
        title="办件信息",
        action=badge(rx.match(case.status, *STATUS_TONES, "neutral"), case.status_label),
    )


def _answers() -> rx.Component:
    full = State.full
    return rx.cond(full.person != "", answer_sections(full.sections), answer_sections(State.case.sections))


def _changes() -> rx.Component:
    """Return what the last correction changed, and what was asked for and did not change."""

    def side(label: str, lines: Any) -> rx.Component:
        return rx.el.div(
            rx.el.dt(label, class_name="text-sm text-ink-500"),
            rx.foreach(lines, lambda line: rx.el.dd(line, class_name="break-words text-base text-ink-900")),
            class_name="min-w-0 rounded-control bg-canvas p-3",
        )

    def one(row: Any) -> rx.Component:
        sides = rx.el.dl(
            side("补正前", row.before),
            side("补正后", row.after),
            class_name="grid grid-cols-1 gap-2 @md:grid-cols-2",
        )
        return rx.el.li(
            rx.el.p(
                rx.el.strong(row.label),
                rx.cond(row.asked != "", tag("要求补正"), tag("其他改动")),
                rx.cond(row.changed, rx.fragment(), badge("warn", "没有改动")),
                class_name="flex flex-wrap items-center gap-2 text-base",
            ),
            rx.cond(row.asked != "", rx.el.p("补正要求：", row.asked, class_name="text-base text-ink-700 break-words")),
            rx.cond(row.changed, sides),
            key=row.key,
            class_name="flex flex-col gap-2 border-b border-line py-3 last:border-b-0",
        )

    full = State.full
    rows = rx.cond(
        full.person != "", rx.el.ul(rx.foreach(full.changes, one)), rx.el.ul(rx.foreach(State.case.changes, one))
    )
    return card(rows, title="补正前后对照")


def _give_dialog() -> rx.Component:
    case = State.case
    fields = form(
        select_field(
            "交给",
            "to",
            case.colleagues.to(list[dict[str, str]]),
            blank="请选择",
            error=said(State.error, "to"),
            hint="只列出负责该区域、账号正常的业务经办人员",
        ),
        rx.cond(
            case.holder != "",
            textarea_field(
                "原因",
                "reason",
                rows=3,
                max_length=200,
                hint="至少5个字；同事可以看到，不会告知申请人。",
                error=said(State.error, "reason"),
            ),
        ),
        actions(
            button(case.give, type="submit", loading=State.busy),
            button("取消", kind="secondary", on_click=State.close_dialog),
        ),
        on_submit=State.submit_give,
        id="give",
    )
    nobody = rx.el.div(
        notice("info", "目前没有其他负责该区域的业务经办人员。"),
        actions(button("关闭", kind="secondary", on_click=State.close_dialog)),
        class_name="flex flex-col gap-4",
    )
    return dialog(
        again("give", lambda _values: State.open_give()),
        wrong_above(State),
        rx.cond(case.colleagues.length() > 0, fields, nobody),
        open=State.dialog == "give",
        on_close=State.close_dialog,
        title=rx.cond(case.give != "", case.give, "转交"),
    )


def _put_back_dialog() -> rx.Component:
    ask = form(
        rx.el.p(
            "放回后该办件回到「待认领」，办理时限继续计算；本区域的工作人员都可以认领。",
            class_name="text-base text-ink-700",
        ),
        textarea_field(
            "原因",
            "reason",
            rows=3,
            max_length=200,
            hint="至少5个字；同事可以看到，不会告知申请人。",
            error=said(State.error, "reason"),
        ),
        actions(
            button("放回待认领", type="submit", loading=State.busy),
            button("取消", kind="secondary", on_click=State.close_dialog),
        ),
        on_submit=State.submit_put_back,
        id="put-back",
    )
    return dialog(
        again("put-back", lambda _values: State.open_put_back()),
        wrong_above(State),
        ask,
        open=State.dialog == "put_back",
        on_close=State.close_dialog,
        title="放回待认领",
    )


def _unmask_dialog() -> rx.Component:
    ask: Any = form(
        textarea_field(
            "原因",
            "reason",
            rows=3,
            max_length=200,
            hint="至少5个字，如核对的内容和用途；原因会记入审计日志。",
            error=said(State.error, "reason"),
        ),
        actions(
            button("查看", type="submit", loading=State.busy),
            button("取消", kind="secondary", on_click=State.close_dialog),
        ),
        on_submit=State.submit_unmask,
        id="unmask",
    )
    return dialog(
        again("unmask", lambda _values: State.open_unmask()),
        wrong_above(State),
        ask,
        open=State.dialog == "unmask",
        on_close=State.close_dialog,
        title="查看完整信息",
    )
