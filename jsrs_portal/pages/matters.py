"""The lists of matters: 个人办事, 单位办事, 查询服务, 服务清单 (R-2.1.2, R-2.1.10)."""

import reflex as rx

from jsrs_portal.components.controls import button_link
from jsrs_portal.components.feedback import card, empty_state, skeleton
from jsrs_portal.components.matters import filter_row, matter_row, pager
from jsrs_portal.pages.frame import frame
from jsrs_portal.state.matter_filters import LISTINGS, every_row
from jsrs_portal.state.matters import MatterListState

_LINES = {
    "/persons": "为您本人办理的事项。需要登录的，用个人账号登录后申报。",
    "/units": "用人单位和机构办理的事项。法定代表人、管理员和获得授权的经办人可以申报。",
    "/queries": "查询参保、证书、进度等信息。涉及单位和个人信息的，登录后才能查看。",
    "/services": "本大厅的全部事项，可按业务、人群、主题和办理方式筛选。",
}


def matter_list(name: str, path: str) -> rx.Component:
    """Return one of the lists; its filters and its beginning are in the address."""
    nothing = empty_state(
        "没有符合条件的事项",
        "请减少筛选条件，或切换到其他区域查看。",
        button_link("清除筛选", MatterListState.clear, kind="secondary"),
    )
    found = rx.el.div(
        rx.el.p(
            MatterListState.region_name,
            "共 ",
            rx.el.strong(MatterListState.total),
            " 个事项",
            role="status",
            class_name="text-base text-ink-700",
        ),
        rx.cond(MatterListState.items.length() > 0, rx.el.ul(rx.foreach(MatterListState.items, matter_row)), nothing),
        pager(MatterListState.next, MatterListState.first),
        class_name="flex flex-col gap-3",
    )
    filters = rx.el.div(rx.foreach(MatterListState.rows, filter_row), role="group", aria_label="筛选")
    # What can be chosen is known before anybody asks: the list below does not move when the answer comes.
    known = rx.Var.create(every_row(LISTINGS[path]))
    waiting = rx.el.div(rx.foreach(known, filter_row), aria_busy="true", aria_label="筛选", role="group")
    return frame(
        rx.el.p(_LINES[path], class_name="max-w-text text-base text-ink-700"),
        card(rx.cond(MatterListState.loaded, filters, waiting)),
        card(rx.cond(MatterListState.loaded, found, skeleton("row", rows=8))),
        title=name,
        nav_current=path,
    )
