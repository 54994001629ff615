"""A parcel as pages show it: where it is, what couriers said of it, what may be done with it (R-2.6.4.1)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import Handler, dialog, unfold
from jsrs_portal.components.choices import select_field
from jsrs_portal.components.controls import actions, button, button_class
from jsrs_portal.components.feedback import badge, tag
from jsrs_portal.components.fields import field
from jsrs_portal.domain.shipments import COMPANIES, NUMBER_LONGEST

_CHOICES = [(one.code, one.name) for one in COMPANIES]
_WITH_PHONE = "、".join(one.name for one in COMPANIES if one.phone)


def shipment_list(shipments: Any, *, refresh: Any, remove: Any) -> rx.Component:
    """Return the parcels of a case; ``refresh`` and ``remove`` are handlers that take a shipment's identifier."""
    return rx.el.ul(
        rx.foreach(shipments, lambda one: _shipment(one, refresh, remove)), class_name="flex flex-col gap-4"
    )


def shipment_head(one: Any) -> rx.Component:
    """Return which way it goes, by whom, and where it is."""
    return rx.el.div(
        rx.el.h3(one.company, " ", rx.el.span(one.number, class_name="break-all"), class_name="min-w-0 text-lg"),
        badge(one.tone, one.state),
        tag(one.way),
        class_name="flex flex-wrap items-center gap-3",
    )


def shipment_news(one: Any) -> rx.Component:
    """Return the newest report."""
    return rx.el.p(
        rx.el.span(one.news, class_name="break-words"),
        rx.cond(
            one.news_at != "",
            rx.el.span("　", one.news_at, class_name="text-sm whitespace-nowrap text-ink-500 tabular-nums"),
        ),
        class_name="text-base text-ink-700",
    )


def _shipment(one: Any, refresh: Any, remove: Any) -> rx.Component:
    who = one.company + " " + one.number
    does = actions(
        rx.cond(
            ~one.over & (one.again == ""),
            button("查询最新物流", kind="quiet", on_click=refresh(one.id), describes="查询最新物流：" + who),
        ),
        rx.cond(
            one.removable,
            button("删除登记", kind="danger", on_click=remove(one.id), describes="删除登记：" + who),
        ),
    )
    way = unfold(
        _reports(one.reports),
        label="全部物流信息（" + one.reports.length().to(str) + " 条）",
        button_class=button_class("secondary"),
    )
    return rx.el.li(
        shipment_head(one),
        shipment_news(one),
        rx.el.p(
            rx.el.span("登记时间：", one.registered),
            rx.cond(
                ~one.over & (one.again != ""),
                rx.el.span("有新的物流信息时自动更新，", one.again, " 后可以再次查询"),
            ),
            class_name="flex flex-wrap gap-x-4 text-sm text-ink-500",
        ),
        rx.cond(one.reports.length() > 1, rx.el.div(way)),
        rx.el.div(does, class_name="not-printed"),
        key=one.id,
        class_name="flex flex-col gap-2 rounded-card border border-line p-4",
    )


def _reports(reports: Any) -> rx.Component:
    def report(one: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(one.when, class_name="shrink-0 text-sm text-ink-500 tabular-nums @md:w-label"),
            rx.el.span(one.text, class_name="min-w-0 break-words"),
            class_name="flex flex-col gap-x-4 border-b border-line py-2 text-base last:border-b-0 @md:flex-row",
        )

    return rx.el.ol(rx.foreach(reports, report), aria_label="物流信息")


def parcel_fields(error: Any, *, phone: str) -> list[rx.Component]:
    """Return the fields of a company, a number and the end of a phone; ``phone`` says when and whose."""

    def wrong(name: str) -> Any:
        return rx.cond(error.contains(name), error[name], "")

    return [
        select_field("快递公司", "company", _CHOICES, blank="请选择", error=wrong("company")),
        field(
            "快递单号",
            "number",
            placeholder="请输入快递单号",
            hint="见快递面单，可以带空格",
            max_length=2 * NUMBER_LONGEST,
            error=wrong("number"),
        ),
        field(
            "手机号后四位",
            "phone",
            inputmode="numeric",
            max_length=4,
            required=False,
            hint=f"{_WITH_PHONE}{phone}",
            error=wrong("phone"),
        ),
    ]


def send_buttons(busy: Any, on_close: Handler) -> rx.Component:
    """Return 「登记」 and the way back."""
    return actions(
        button("登记", type="submit", loading=busy, loading_label="正在登记……"),
        button("取消", kind="secondary", on_click=on_close),
    )


def remove_dialog(state: Any) -> rx.Component:
    """Return the question before a registration is taken off; ``state`` is that of either side's page."""
    return dialog(
        rx.el.p("删除后不再跟踪该快递的物流信息。单号填写有误的，删除后请重新登记。", class_name="text-base"),
        actions(
            button("确认删除", kind="danger", on_click=state.confirm_remove),
            button("取消", kind="secondary", on_click=state.close_dialog),
        ),
        open=state.dialog == "remove",
        on_close=state.close_dialog,
        title="删除快递登记",
    )
