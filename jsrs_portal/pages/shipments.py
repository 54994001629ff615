"""单位快递: the shipments of the cases in the list of whoever looks, at an address in each centre (R-2.6.4.1)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.controls import anchor, button_class, button_link
from jsrs_portal.components.feedback import card, empty_state, skeleton
from jsrs_portal.components.navigation import list_search, more_button
from jsrs_portal.pages.frame import Centre, settings_frame
from jsrs_portal.pages.shipment_parts import shipment_head, shipment_news
from jsrs_portal.state.shipments import ShipmentsState as State

NAMES = {Centre.UNIT: "单位快递", Centre.PERSON: "我的快递", Centre.INSTITUTION: "机构快递"}
"""What the page is called in each centre."""


def shipments(centre: Centre) -> rx.Component:
    """Return the list in ``centre``."""
    nothing = empty_state(
        "暂无快递信息",
        "办件寄送结果或邮寄材料后，可以在这里查看物流信息。",
        button_link("查看办件", f"{centre}/cases", kind="secondary"),
    )
    not_found = empty_state(
        "暂无快递信息",
        "没有这个单号的快递，请检查寄件单号是否正确。",
        button_link("查看全部快递", State.home, kind="secondary", reload=True),
    )
    found = rx.el.div(
        rx.el.ul(rx.foreach(State.items, _row), class_name="flex flex-col gap-4"),
        more_button("查看更早的快递", State.more, State.after != ""),
        class_name="flex flex-col gap-4",
    )
    search = list_search(
        "shipment-search",
        action=f"{centre}/shipments",
        label="按寄件单号查找",
        placeholder="请输入快递的寄件单号",
        value=State.text,
        kept={},
    )
    return settings_frame(
        card(
            rx.el.div(search, class_name="flex min-w-0 pb-4 @lg:max-w-field"),
            rx.cond(
                State.loaded,
                rx.cond(State.items.length() > 0, found, rx.cond(State.text != "", not_found, nothing)),
                skeleton("block", rows=3),
            ),
            title="我的快递",
        ),
        centre=centre,
        title=NAMES[centre],
        current="shipments",
    )


def _row(one: Any) -> rx.Component:
    facts = rx.el.dl(
        *[
            rx.el.div(
                rx.el.dt(label, class_name="shrink-0 text-ink-500 @md:w-label"),
                rx.el.dd(value, class_name="min-w-0 break-words"),
                class_name="flex flex-col @md:flex-row @md:gap-4",
            )
            for label, value in (
                ("办理事项", one.matter),
                ("办件编号", one.case_number),
                ("登记时间", one.registered),
                ("最新物流", shipment_news(one)),
            )
        ],
        class_name="flex min-w-0 flex-1 flex-col gap-1 text-base",
    )
    way = anchor(
        "查看",
        href=one.href,
        aria_label="查看：" + one.company + " " + one.number,
        class_name=button_class("secondary"),
    )
    return rx.el.li(
        shipment_head(one),
        rx.el.div(facts, way, class_name="flex flex-col gap-3 @2xl:flex-row @2xl:items-end"),
        key=one.id,
        class_name="flex flex-col gap-2 rounded-card border border-line p-4",
    )
