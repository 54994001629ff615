"""我的数据: export of one's own data, and closing one's account (R-2.6.8.5)."""

import reflex as rx

from jsrs_portal.components.behaviour import dialog, ticker
from jsrs_portal.components.controls import actions, button, button_link
from jsrs_portal.components.feedback import badge, card, notice, skeleton
from jsrs_portal.components.fields import error_summary, form, password_field
from jsrs_portal.domain.account_closing import CONSEQUENCES
from jsrs_portal.domain.account_closing import NOT_HERE as CLOSE_ELSEWHERE
from jsrs_portal.domain.own_data import NOT_HERE, ExportState
from jsrs_portal.pages.frame import Centre, settings_frame
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.own_data import OwnDataState as State

_LOOK_EVERY_MS = 2000
_VIEW = State.view


def own_data(centre: Centre) -> rx.Component:
    """Return the page."""
    content = rx.cond(State.allowed, _export(), notice("info", NOT_HERE))
    return settings_frame(
        trouble(State.trouble),
        card(rx.cond(State.loaded, content, skeleton("row", rows=2)), title="导出我的数据"),
        card(
            rx.cond(State.loaded, rx.cond(State.allowed, _closing(), notice("info", CLOSE_ELSEWHERE)), skeleton("row")),
            title="注销账户",
        ),
        _closing_dialog(),
        ticker(State.poll, _LOOK_EVERY_MS, State.working),
        centre=centre,
        title="我的数据",
        current="data",
    )


def _closing() -> rx.Component:
    """Return where the closing stands: under way with the way back, not possible with the reasons, or possible."""
    under_way = rx.el.div(
        notice("warn", "您的账户将于 ", State.closing.at, " 注销。在此之前可以撤销，账户和授权保持不变。"),
        actions(button("撤销注销", on_click=State.keep_account)),
        class_name="flex flex-col gap-4",
    )
    hindered = rx.el.div(
        rx.el.p("您目前不能注销账户，请先办理：", class_name="text-base"),
        rx.el.ul(rx.foreach(State.closing.why_not, rx.el.li), class_name="list-disc pl-6 text-base text-ink-700"),
        class_name="flex flex-col gap-2",
    )
    possible = rx.el.div(
        rx.el.p(
            "不再使用本大厅的，可以注销账户。申请后有 7 天时间可以撤销，到期由系统自动注销。",
            class_name="max-w-text text-base text-ink-700",
        ),
        actions(button("申请注销", kind="danger", on_click=State.ask)),
        class_name="flex flex-col gap-4",
    )
    may = rx.cond(State.closing.why_not.length() > 0, hindered, possible)
    return rx.cond(State.closing.at != "", under_way, may)


def _closing_dialog() -> rx.Component:
    return dialog(
        error_summary(State.errors, State.attempt),
        rx.el.p("账户注销后：", class_name="text-base"),
        rx.el.ul(*map(rx.el.li, CONSEQUENCES), class_name="list-disc pl-6 text-base text-ink-700"),
        form(
            password_field(
                "个人登录密码",
                "closing_password",
                autocomplete="current-password",
                error=said(State.error, "closing_password"),
            ),
            actions(
                button("确认注销", type="submit", kind="danger", loading=State.busy),
                button("取消", kind="secondary", on_click=State.close_dialog),
            ),
            on_submit=State.close_account,
        ),
        open=State.asking,
        on_close=State.close_dialog,
        title="注销账户",
    )


def _export() -> rx.Component:
    under_way = (_VIEW.state == ExportState.WAITING) | (_VIEW.state == ExportState.WORKING)
    ready = _VIEW.state == ExportState.READY
    tone = rx.cond(ready, "ok", rx.cond(_VIEW.state == ExportState.FAILED, "bad", "neutral"))
    where = rx.el.div(
        rx.el.p(
            badge(tone, _VIEW.words),
            rx.el.span("申请时间：", _VIEW.asked),
            rx.cond(ready, rx.el.span("请于 ", _VIEW.until, " 前下载，只能下载一次")),
            role="status",
            class_name="flex flex-wrap items-center gap-3 text-base",
        ),
        rx.cond(
            under_way,
            rx.el.progress(value=_VIEW.progress, max=100, aria_label="生成进度", class_name="h-2 w-full max-w-side"),
        ),
        class_name="flex flex-col gap-3",
    )
    return rx.el.div(
        rx.el.p(
            "导出文件为 ZIP 压缩包，包含您的个人信息、授权、登录、安全记录、通知、同意的协议和收藏。"
            "文件由系统在后台生成，24 小时内有效；生成后会短信告知您。",
            class_name="max-w-text text-base text-ink-700",
        ),
        rx.cond(_VIEW.state != "", where),
        actions(
            rx.cond(
                ready,
                button_link("下载", _VIEW.href, icon_name="download", reload=True),
                button("申请导出", on_click=State.request, disabled=under_way),
            )
        ),
        class_name="flex flex-col gap-4",
    )
