"""我的数据: export of one's own data (R-2.6.8.5)."""

import reflex as rx

from jsrs_portal.components.behaviour import ticker
from jsrs_portal.components.controls import actions, button, button_link
from jsrs_portal.components.feedback import badge, card, notice, skeleton
from jsrs_portal.domain.own_data import NOT_HERE, ExportState
from jsrs_portal.pages.frame import Centre, settings_frame
from jsrs_portal.pages.wizards import trouble
from jsrs_portal.state.own_data import OwnDataState as State

_LOOK_EVERY_MS = 2000
_VIEW = State.view


def own_data(centre: Centre) -> rx.Component:
    """Return the page."""
    content = rx.cond(State.allowed, _export(), notice("info", NOT_HERE))
    return settings_frame(
        trouble(State.trouble),
        card(rx.cond(State.loaded, content, skeleton("row", rows=2)), title="导出我的数据"),
        ticker(State.poll, _LOOK_EVERY_MS, State.working),
        centre=centre,
        title="我的数据",
        current="data",
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
            "导出文件为 ZIP 压缩包，包含您的个人信息、授权、登录、安全记录、通知、同意的协议和收藏，"
            "以及您所代表单位的收件地址。文件由系统在后台生成，24 小时内有效。",
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
