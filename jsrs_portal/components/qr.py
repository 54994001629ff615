"""The step in which somebody scans a QR code with another device."""

from collections.abc import Sequence

import reflex as rx

from jsrs_portal.components.behaviour import Handler, Number, Text, countdown
from jsrs_portal.components.controls import button


def qr_image(svg_data_uri: Text, description: Text) -> rx.Component:
    """Return a QR code, 240 px with its quiet zone of 16 px, from a ``data:image/svg+xml`` address."""
    return rx.el.img(src=svg_data_uri, alt=description, class_name="size-qr max-w-full bg-surface p-4 rounded-card")


def address_qr(svg_data_uri: Text, caption: Text, *, of: Text = "本页地址") -> rx.Component:
    """Return the code ``of`` an address, 160 px wide, with what it is for below."""
    return rx.el.figure(
        rx.el.img(src=svg_data_uri, alt=f"{of}的二维码", class_name="w-label max-w-full bg-surface p-2"),
        rx.el.figcaption(caption, class_name="text-sm text-ink-500"),
        class_name="flex flex-col items-center",
    )


def _state(sign: str, tone: str, title: Text, sentence: Text, *more: rx.Component) -> rx.Component:
    """Return what replaces the code in one of the other states."""
    return rx.el.div(
        rx.icon(sign, class_name=f"size-12 {tone}", aria_hidden="true"),
        rx.el.p(title, class_name="text-lg font-semibold"),
        rx.el.p(sentence, class_name="text-base text-ink-700"),
        *more,
        class_name="flex min-h-full flex-col items-center justify-center gap-3 p-4 text-center",
    )


def qr_panel(
    svg_data_uri: rx.Var[str],
    state: rx.Var[str],
    *,
    until: Number,
    on_refresh: Handler,
    instructions: Sequence[str],
    on_expire: Handler | None = None,
    description: Text = "二维码，请用手机扫描",
    reason: Text = "请确认由本人操作，然后重试。",
    passed: Text = "正在进入下一步……",
    now: Number = 0,
    narrow: bool = False,
    retry_label: str = "重新认证",
) -> rx.Component:
    """Return the code, the time left in words and what to do in numbered lines.

    ``state`` is ``preparing``, ``waiting``, ``scanned``, ``passed``, ``failed``, ``cancelled``, ``expired``,
    ``unmade`` (there is no code), ``barred`` (scanning again is of no use), ``elsewhere`` (another page of this browser
    has a newer one); every state but waiting replaces the code, and every change is read out.
    ``reason`` says why it failed, ``passed`` what comes next; ``narrow`` keeps the lines below the code.
    ``until`` and ``now`` are epoch milliseconds (:func:`~.behaviour.countdown`).
    """
    waiting = rx.el.div(
        qr_image(svg_data_uri, description),
        rx.el.p("等待扫码", class_name="font-semibold"),
        class_name="flex flex-col items-center gap-1",
    )
    again = button("刷新二维码", kind="primary", on_click=on_refresh, icon_name="refresh_cw")
    retry = button(retry_label, kind="primary", on_click=on_refresh, icon_name="refresh_cw")
    anew = button("重新获取二维码", kind="secondary", on_click=on_refresh, icon_name="refresh_cw")
    other = button("刷新二维码", kind="secondary", on_click=on_refresh, icon_name="refresh_cw")
    stage = rx.match(
        state,
        ("waiting", waiting),
        ("scanned", _state("smartphone", "text-brand-600", "已扫码", "请在手机上确认。", anew)),
        ("passed", _state("circle_check_big", "text-ok", "已通过", passed)),
        ("failed", _state("circle_x", "text-bad", "未通过", reason, retry)),
        ("cancelled", _state("circle_minus", "text-warn", "已取消", "您在手机上取消了本次操作。", retry)),
        (
            "expired",
            _state("clock_alert", "text-warn", "二维码已过期", "为了安全，二维码只在短时间内有效。", again),
        ),
        ("unmade", _state("circle_x", "text-bad", "二维码未能生成", "请稍后重试，或换一种方式。", again)),
        ("barred", _state("circle_x", "text-bad", "不能登录", "原因见上方说明，请换一种方式登录。", other)),
        (
            "elsewhere",
            _state("app_window", "text-warn", "已在另一个页面打开", "请在那个页面继续，或在本页重新获取。", anew),
        ),
        _state("loader_circle", "text-ink-500 turning", "正在生成二维码", "请稍候。"),
    )
    counting = rx.cond(
        (state == "waiting") | (state == "scanned"),
        countdown(until, on_expire, before="二维码有效时间还剩 ", ended="二维码已过期", now_epoch_ms=now),
    )
    return rx.el.div(
        rx.el.div(
            rx.el.div(
                stage,
                role="status",
                class_name="flex min-h-note w-full flex-col items-stretch justify-center",
            ),
            rx.el.p(counting, class_name="min-h-8 px-4 pb-4 text-center text-base text-ink-700"),
            class_name="w-full max-w-xs shrink-0 rounded-card border border-line bg-surface",
        ),
        rx.el.ol(
            *[
                rx.el.li(
                    rx.el.span(
                        i,
                        aria_hidden="true",
                        class_name="flex size-8 shrink-0 items-center justify-center rounded-full bg-brand-50 "
                        "text-brand-700 font-semibold",
                    ),
                    rx.el.span(line, class_name="pt-1"),
                    class_name="flex gap-3 text-base",
                )
                for i, line in enumerate(instructions, 1)
            ],
            class_name="flex flex-col gap-4 max-w-text",
        ),
        class_name="flex flex-col items-center gap-8" + ("" if narrow else " @2xl:flex-row"),
    )
