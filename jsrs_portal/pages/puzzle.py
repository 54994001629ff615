"""The dialog with the slider puzzle, for every page that may ask for one (R-2.5.2, R-2.5.6)."""

import reflex as rx

from jsrs_portal.components.behaviour import dialog
from jsrs_portal.components.controls import actions, button, text_button
from jsrs_portal.components.fields import code_field, error_summary, field, form
from jsrs_portal.components.puzzle import retry, slider_puzzle
from jsrs_portal.domain.puzzles import FARTHEST, HEIGHT, PIECE, WIDTH
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.puzzle import PuzzleState as State


def puzzle_dialog() -> rx.Component:
    """Return the dialog and what tries again once it is solved; a page has it once."""
    return rx.fragment(
        dialog(
            trouble(State.trouble),
            rx.cond(State.by_code, _by_code(), _by_picture()),
            open=State.open,
            on_close=State.close,
            title="安全验证",
        ),
        retry(State.solved, State.retry),
    )


def _by_picture() -> rx.Component:
    return rx.fragment(
        slider_puzzle(
            State.id,
            State.y,
            State.answer,
            width=WIDTH,
            height=HEIGHT,
            piece=PIECE,
            farthest=FARTHEST,
            label="拖动下方滑块完成拼图",
            hint="也可以用键盘左右方向键移动，按回车键确认。",
            confirm="确认位置",
        ),
        rx.el.p(
            text_button("换一张", State.renew),
            text_button("看不清图片？改用短信验证", State.choose_way(True)),  # pyright: ignore
            class_name="flex flex-wrap gap-x-6 gap-y-2",
        ),
    )


def _by_code() -> rx.Component:
    return rx.fragment(
        error_summary(State.errors, State.attempt, id="puzzle-errors"),
        form(
            field(
                "接收验证码的手机号",
                "puzzle_mobile",
                type="tel",
                inputmode="tel",
                autocomplete="tel",
                hint="任何一个您能收到短信的手机号，只用于确认是您本人在操作，不会保存。",
                error=said(State.error, "puzzle_mobile"),
            ),
            code_field(
                "puzzle_code",
                State.send_code,
                until=State.resend_at,
                now=State.now_ms,
                send_fields=("puzzle_mobile",),
                error=said(State.error, "puzzle_code"),
            ),
            actions(button("确定", type="submit")),
            on_submit=State.submit_code,
        ),
        rx.el.p(text_button("改用拼图验证", State.choose_way(False))),  # pyright: ignore
    )
