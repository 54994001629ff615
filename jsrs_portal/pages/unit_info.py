"""「单位信息」 in the unit centre: the card, the form, what was changed, and the matters below (R-2.6.2.1-2.6.2.3)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog, focus_when
from jsrs_portal.components.controls import LINK, actions, anchor, button, text_link
from jsrs_portal.components.feedback import card, definition_list, empty_state, notice, skeleton
from jsrs_portal.components.fields import error_summary, field, form
from jsrs_portal.components.lookups import lookup_field
from jsrs_portal.components.matters import matter_line
from jsrs_portal.components.navigation import more_button
from jsrs_portal.domain.unit_info import ADDRESS, FIELDS, LONGEST_ADDRESS, ORG_CODE, UnitField
from jsrs_portal.pages.frame import centre_frame
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.unit_info import UnitInfoState as State

_HINTS = {
    ORG_CODE: "统一社会信用代码的第9至17位。",
    "industry_code": "按国民经济行业分类（GB/T 4754-2017）选择到小类。",
    "public_nature": "机关、事业单位填写，其他单位不填。",
}


def unit_info() -> rx.Component:
    """Return 「单位信息」."""
    content = rx.cond(State.loaded, rx.cond(State.editing, _form(), _facts()), skeleton("line", rows=8))
    change = rx.cond(
        State.loaded & ~State.editing,
        rx.el.div(
            button("修改记录", kind="quiet", icon_name="history", on_click=State.show_history),
            rx.cond(State.info.may_change, button("修改", kind="secondary", icon_name="pencil", on_click=State.edit)),
            class_name="flex flex-wrap gap-2",
        ),
    )
    return centre_frame(
        card(content, title=rx.cond(State.editing, "修改单位信息", "基本信息"), action=change),
        _matters(),
        _history_dialog(),
        title="单位信息",
        current="info",
    )


def _facts() -> rx.Component:
    """Return the card of R-2.6.2.1, in its order."""
    info = State.info
    shown = info.shown.to(dict[str, str])
    facts = definition_list(
        [
            ("统一社会信用代码", info.uscc),
            ("单位全称", info.name),
            ("行业类型", shown["industry_code"]),
            ("经济类型", shown["economic_type"]),
            ("隶属关系", shown["subordination"]),
            ("单位类别", shown["category"]),
            ("注册地地址", shown[ADDRESS]),
            ("登记机关", rx.cond(info.authority_name != "", info.authority_name, "未填写")),
        ]
    )
    changed = rx.el.p(
        "企业登记的法定代表人已变更的，由新法定代表人本人办理",
        text_link("法定代表人变更", "/takeover"),
        "。",
        class_name="pt-4 text-base text-ink-700",
    )
    return rx.fragment(facts, changed)


def _form() -> rx.Component:
    """Return the form of R-2.6.2.2; credit code, name and the legal representative are the registry's."""
    info = State.info
    legal = rx.el.fieldset(
        rx.el.legend("法人基础信息", class_name="text-lg"),
        rx.el.p("以企业登记为准，不在此处修改。", class_name="text-sm text-ink-500"),
        definition_list([("证件类型", info.document_kind), ("证件号码", info.document)]),
        class_name="flex max-w-field flex-col gap-2",
    )
    return rx.el.div(
        error_summary(State.errors, State.attempt),
        trouble(State.trouble),
        _clashes(),
        form(
            definition_list([("统一社会信用代码", info.uscc), ("单位全称", info.name)]),
            *[_field(one) for one in FIELDS],
            legal,
            actions(
                button("保存", type="submit", loading=State.busy, loading_label="正在保存……"),
                button("取消", kind="secondary", on_click=State.cancel),
            ),
            on_submit=State.save,
        ),
        class_name="flex flex-col gap-6",
    )


def _field(one: UnitField) -> rx.Component:
    value, error, hint = State.values[one.key], said(State.error, one.key), _HINTS.get(one.key)
    if not one.table:
        most = {"max_length": LONGEST_ADDRESS} if one.key == ADDRESS else {}
        # Made anew when somebody else's value takes the place of one that was not touched.
        typed = field(
            one.label, one.key, default_value=value, required=one.required, hint=hint, error=error, key=value, **most
        )
        return typed
    mine = State.codes_of == one.key
    return lookup_field(
        one.label,
        one.key,
        value=value,
        found=rx.cond(mine, State.codes, []),
        found_for=rx.cond(mine, State.codes_for, "\n"),
        on_ask=lambda text: State.find_codes(one.key, text),
        required=one.required,
        hint=hint,
        error=error,
    )


def _clashes() -> rx.Component:
    """Return what somebody else changed while the form was open, with both values side by side."""

    def one(clash: Any) -> rx.Component:
        return rx.el.li(
            rx.el.h3(clash.label, class_name="text-base font-semibold"),
            rx.el.p(clash.who, " ", clash.when, class_name="text-sm text-ink-700"),
            rx.el.dl(
                _side("对方改为", clash.theirs),
                _side("您填写的", rx.cond(clash.mine != "", clash.mine, "您没有改动，已换成对方填写的内容")),
                class_name="grid grid-cols-1 gap-2 @md:grid-cols-2",
            ),
            class_name="flex flex-col gap-1 border-t border-line py-3",
        )

    told = rx.el.section(
        notice(
            "warn",
            "您填写的内容没有丢失，都在下面的表单中。请核对后再次保存：您改动过的以您填写的为准，没有改动的保留对方的修改。",
            title="您填写期间，其他人修改了单位信息，本次尚未保存",
        ),
        rx.el.ul(rx.foreach(State.clashes, one)),
        focus_when(State.attempt, "clashes"),
        tab_index=-1,
        aria_label="其他人的修改",
        custom_attrs={"id": "clashes"},
        class_name="@container flex flex-col gap-2",
    )
    return rx.cond(State.clashes.length() > 0, told)


def _side(label: str, value: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(label, class_name="text-sm text-ink-500"),
        rx.el.dd(value, class_name="text-base text-ink-900"),
        class_name="rounded-control bg-canvas p-3",
    )


def _history_dialog() -> rx.Component:
    def changed(one: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(one.label, "：", class_name="text-ink-500"),
            "由「",
            one.before,
            "」改为「",
            one.after,
            "」",
            class_name="text-base",
        )

    def step(one: Any) -> rx.Component:
        return rx.el.li(
            rx.el.p(
                rx.el.strong(one.who, "（", one.role, "）"),
                rx.el.span(one.when, class_name="text-sm text-ink-500"),
                class_name="flex flex-wrap items-baseline gap-x-3",
            ),
            rx.el.ul(rx.foreach(one.fields, changed)),
            class_name="border-s border-line py-2 ps-4",
        )

    return dialog(
        rx.cond(
            State.history.length() > 0,
            rx.el.ol(rx.foreach(State.history, step)),
            empty_state("暂无修改记录", "单位信息自注册以来没有修改过。"),
        ),
        more_button("更早的记录", State.more_history, State.history_next != ""),
        open=State.history_open,
        on_close=State.close_history,
        title="修改记录",
    )


def _matters() -> rx.Component:
    """Return the matters for units by business: its parts, and its most used matters (R-2.6.2.3)."""

    def part(one: Any) -> rx.Component:
        return rx.el.li(anchor(one.name, href=one.href, class_name=LINK))

    def group(one: Any) -> rx.Component:
        return rx.el.section(
            rx.el.div(
                rx.el.h3(one.name, class_name="text-lg"),
                anchor("全部", href=one.href, class_name=LINK, aria_label="全部" + one.name.to(str) + "事项"),
                class_name="flex flex-wrap items-baseline justify-between gap-2",
            ),
            rx.el.ul(rx.foreach(one.parts, part), class_name="flex flex-wrap gap-x-4 gap-y-2 py-2 text-base"),
            rx.el.ul(rx.foreach(one.matters, matter_line), class_name="grid grid-cols-1 @2xl:grid-cols-2 @2xl:gap-x-8"),
            class_name="border-b border-line py-4 last:border-b-0",
        )

    found = rx.cond(
        State.groups.length() > 0,
        rx.el.div(rx.foreach(State.groups, group)),
        empty_state("本区域暂无单位事项", "请在页面顶部切换区域。"),
    )
    limited = rx.el.p(
        "您的授权只包括部分业务：授权以外的事项可以查看指南，需要申报的，请联系法定代表人或管理员。",
        class_name="text-base text-ink-700",
    )
    where = rx.el.p("区域：", State.region_name, class_name="text-sm text-ink-500")
    return card(
        rx.cond(State.limited, limited),
        rx.cond(State.loaded, found, skeleton("control", rows=6)),
        title="业务事项",
        action=rx.cond(State.region_name != "", where),
    )
