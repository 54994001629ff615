"""办理结果: its card on a case's pages, and 「办理结果核验」 for everybody (R-2.6.3.2)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog, ticker
from jsrs_portal.components.controls import actions, button, button_link, leave_button
from jsrs_portal.components.feedback import badge, card, definition_list, notice, side_note, with_side
from jsrs_portal.components.fields import error_summary, field, form, textarea_field
from jsrs_portal.domain.results import CODE_LENGTH, LONGEST_REASON, SHORTEST_REASON, ResultState
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.result import CheckState as Check
from jsrs_portal.state.result import ResultState as Own
from jsrs_portal.state.result import StaffResultState as State

_LOOK_EVERY_MS = 4000


def result_card(decided: Any, *, staff: bool = False) -> rx.Component:
    """Return the card of a case's result, once there is one; ``decided`` says that there will be.

    For ``staff`` with what officers may do to it.
    """
    view = State.view if staff else Own.view
    look_again = State.look_again if staff else Own.look_again
    withdrawn = view.withdrawn != ""
    tone, word = rx.cond(withdrawn, "bad", "ok"), rx.cond(withdrawn, "已撤回", "有效")
    facts = definition_list([("文书", view.kind), ("编号", view.number), ("出具日期", view.issued)])
    why = rx.cond(
        withdrawn,
        notice(
            "warn",
            rx.el.p("该结果已于", view.withdrawn, "撤回，不再有效。"),
            rx.el.p("原因：", view.reason, class_name="whitespace-pre-line break-words"),
        ),
    )
    take_back = [
        rx.cond(
            (view.href != "") & ~withdrawn,
            button("撤回结果", kind="secondary", on_click=State.open_withdraw),
        )
    ]
    ways = actions(
        rx.cond(view.href != "", button_link("下载 PDF", view.href, icon_name="download", reload=True)),
        button_link("核验", "/verify?n=" + view.number, kind="secondary", reload=True),
        *(take_back if staff else []),
    )
    shown = card(
        rx.el.div(
            *([trouble(State.trouble)] if staff else []),
            facts,
            why,
            ways,
            class_name="flex flex-col gap-4",
        ),
        title="办理结果",
        action=badge(tone, word),
    )
    making = card(
        rx.el.p("结果文书正在生成，请稍候。", role="status", class_name="text-base text-ink-700"), title="办理结果"
    )
    return rx.el.div(
        rx.cond(view.waiting, making, rx.cond(view.kind != "", shown)),
        ticker(look_again, _LOOK_EVERY_MS, decided & ((view.kind == "") | view.waiting)),
        class_name="not-printed empty:hidden",
    )


def withdraw_dialog() -> rx.Component:
    """Return the question why a result is withdrawn."""
    return dialog(
        error_summary(State.errors, State.attempt),
        rx.el.p(
            "撤回后结果不再有效，申请人会收到通知，任何人核验时都显示已撤回；撤回不能恢复。", class_name="text-base"
        ),
        form(
            textarea_field(
                "撤回原因",
                "reason",
                rows=4,
                max_length=LONGEST_REASON,
                hint=f"至少{SHORTEST_REASON}个字；申请人可以看到。",
                error=said(State.error, "reason"),
            ),
            actions(
                button("确认撤回", type="submit", kind="danger", loading=State.busy),
                leave_button(),
            ),
            on_submit=State.submit_withdraw,
        ),
        open=State.dialog,
        on_close=State.close_withdraw,
        title="撤回办理结果",
        ask="填写的原因还没有提交，关闭后不会保留。确定关闭吗？",
    )


def check() -> rx.Component:
    """Return the page on which anybody checks a document."""
    found = Check.found
    facts = definition_list([("编号", Check.checked), ("文书", found.kind), ("出具日期", found.issued)])
    withdrawn = definition_list(
        [("编号", Check.checked), ("文书", found.kind), ("出具日期", found.issued), ("撤回日期", found.withdrawn)]
    )
    answer = rx.match(
        found.state,
        (ResultState.VALID.value, notice("ok", facts, title="该文书真实有效")),
        (
            ResultState.WITHDRAWN.value,
            notice("bad", withdrawn, title="该文书已撤回，不再有效"),
        ),
        notice(
            "warn", "请核对编号和核验码后再查；确认无误仍查不到的，该文书不是由本系统出具的。", title="没有查到该文书"
        ),
    )
    return frame(
        with_side(
            card(
                rx.el.div(
                    error_summary(Check.errors, Check.attempt),
                    trouble(Check.trouble),
                    rx.el.div(rx.cond(Check.asked, answer), role="status", class_name="empty:hidden"),
                    form(
                        field(
                            "编号",
                            "number",
                            default_value=Check.number,
                            hint="以 JG 开头，印在文书标题下方",
                            error=said(Check.error, "number"),
                        ),
                        field(
                            "核验码",
                            "code",
                            default_value=Check.code,
                            hint=f"共 {CODE_LENGTH} 位，印在文书二维码右侧",
                            error=said(Check.error, "code"),
                        ),
                        actions(button("核验", type="submit", loading=Check.busy, icon_name="search")),
                        on_submit=Check.submit,
                    ),
                    class_name="flex flex-col gap-6",
                ),
                title="核验文书",
            ),
            side=[
                side_note(
                    "核验说明",
                    [
                        "用手机扫描文书上的二维码，可以直接看到核验结果。",
                        "核验只显示文书是否有效、种类和日期，不显示申请人和办理内容。",
                        "已撤回的文书不再有效。",
                    ],
                )
            ],
        ),
        title="办理结果核验",
        nav_current="/verify",
    )
