"""经办人管理 (R-2.6.5): how many may act for the unit, who they are, and what can be done about each."""

from typing import Any

import reflex as rx

from jsrs_portal.components.controls import button, button_class, icon
from jsrs_portal.components.feedback import badge, card, empty_state, skeleton, tag
from jsrs_portal.components.navigation import tabs
from jsrs_portal.domain.authority import ROLE_LABELS, Role
from jsrs_portal.pages.agents_dialogs import dialogs
from jsrs_portal.pages.agents_import import import_dialog, import_entry
from jsrs_portal.pages.frame import centre_frame
from jsrs_portal.state.agents import AgentsState as State


def agents() -> rx.Component:
    """Return the page."""
    content = rx.cond(State.tab == "granted", _granted(), _open())
    return centre_frame(
        card(rx.cond(State.loaded, _figures(), skeleton("row")), title="账号授权管理"),
        card(
            tabs([("granted", "已授权管理"), ("open", "开通授权")], State.tab, State.choose_tab, label="账号授权管理"),
            rx.el.div(rx.cond(State.loaded, content, skeleton("row", rows=3)), class_name="pt-4"),
        ),
        *dialogs(),
        import_dialog(),
        title="经办人管理",
        current="agents",
    )


def _figures() -> rx.Component:
    """Return 「法定代表人 授权账号 1个」 and the two others."""

    def figure(sign: str, role: Role, number: rx.Var[int]) -> rx.Component:
        return rx.el.li(
            rx.el.span(icon(sign), class_name="rounded-full bg-surface p-2 text-brand-600"),
            rx.el.div(
                rx.el.p(ROLE_LABELS[role], class_name="text-base text-ink-700"),
                rx.el.p(
                    "授权账号 ", rx.el.strong(number, class_name="text-2xl"), "个", class_name="text-base text-ink-900"
                ),
            ),
            class_name="flex flex-1 items-center gap-3 rounded-card bg-brand-50 p-4",
        )

    expired = rx.el.p(
        "以上为未生效和有效的授权。另有 ",
        State.expired,
        " 项已到期，不计入账号数，对方已不能办事；需要继续的，请变更授权时间或重新开通。",
        class_name="text-sm text-ink-700",
    )
    figures = rx.el.ul(
        figure("stamp", Role.LEGAL_REP, State.legal_reps),
        figure("shield_user", Role.ADMIN, State.admins),
        figure("users", Role.AGENT, State.agents),
        class_name="flex flex-col gap-3 @xl:flex-row",
        aria_label="授权账号数量",
    )
    return rx.el.div(figures, rx.cond(State.expired > 0, expired), class_name="flex flex-col gap-3")


def _granted() -> rx.Component:
    revoked = rx.el.details(
        rx.el.summary("已收回的授权（", State.revoked.length(), "）", class_name="min-h-control py-2 text-base"),
        rx.el.ul(rx.foreach(State.revoked, _row)),
        class_name="mt-4",
    )
    nobody = empty_state("暂无授权", "开通授权后，管理员和经办人会显示在这里。")
    return rx.el.div(
        rx.cond(State.rows.length() > 0, rx.el.ul(rx.foreach(State.rows, _row)), nobody),
        rx.cond(State.revoked.length() > 0, revoked),
    )


def _row(row: Any) -> rx.Component:
    """Return one grant: who, in which role, for what, how long, and what can be done about it."""
    who = rx.el.div(
        rx.el.p(
            rx.el.strong(row.name, class_name="text-lg"),
            tag(row.role_label),
            rx.cond(row.own, rx.el.span("（本人）", class_name="text-sm text-ink-500")),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p(row.mobile, rx.el.span(row.document), class_name="flex flex-wrap gap-x-4 text-sm text-ink-700"),
        class_name="min-w-0 @3xl:w-side @3xl:shrink-0",
    )
    what = rx.el.div(
        rx.el.ul(
            rx.foreach(row.scope, lambda name: rx.el.li(tag(name))),
            class_name="flex flex-wrap gap-1",
            aria_label="业务",
        ),
        rx.el.p(
            badge(row.tone, row.state_label),
            rx.el.span(row.period),
            rx.el.span(row.hint, class_name="text-ink-500"),
            class_name="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-ink-700",
        ),
        rx.cond(
            row.elapsed >= 0,
            rx.el.progress(
                value=row.elapsed,
                max=100,
                aria_label="授权期限已过的部分",
                class_name="h-2 w-full max-w-side",
            ),
        ),
        class_name="flex min-w-0 flex-1 flex-col gap-2",
    )
    named = row.role_label + " " + row.name
    does = rx.el.div(
        rx.cond(
            row.change_why == "",
            button("变更", kind="secondary", on_click=State.open_change(row.id), describes="变更：" + named),
        ),
        rx.cond(
            row.revoke_why == "",
            button("收回", kind="danger", on_click=State.open_revoke(row.id), describes="收回：" + named),
        ),
        button("记录", kind="quiet", on_click=State.open_history(row.id), describes="记录：" + named),
        class_name="flex flex-wrap gap-2 @3xl:justify-end",
    )
    why = rx.cond(
        (row.change_why != "") & (row.state != "REVOKED"),
        rx.el.p(row.change_why, class_name="text-sm text-ink-500"),
    )
    return rx.el.li(
        rx.el.div(who, what, does, class_name="flex flex-col gap-3 @3xl:flex-row @3xl:items-start @3xl:gap-6"),
        why,
        class_name="flex flex-col gap-2 border-b border-line py-4 last:border-b-0",
    )


def _open() -> rx.Component:
    """Return what can be opened, each with what it means, and why not where it cannot."""

    def choice(role: Role, label: str, sentence: str, why: rx.Var[str]) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.h3(label, class_name="text-lg"),
                rx.el.p(sentence, class_name="max-w-text text-base text-ink-700"),
                rx.cond(why != "", rx.el.p(why, id=f"why-{role.lower()}", class_name="text-base text-warn")),
                class_name="flex min-w-0 flex-1 flex-col gap-1",
            ),
            rx.el.button(
                icon("user_plus"),
                f"开通{label}",
                type="button",
                disabled=why != "",
                aria_describedby=rx.cond(why != "", f"why-{role.lower()}", ""),
                on_click=State.open_grant(role.value),
                class_name=button_class(),
            ),
            class_name="flex flex-col gap-3 border-b border-line py-4 last:border-b-0 @xl:flex-row @xl:items-center",
        )

    return rx.el.ul(
        choice(
            Role.ADMIN,
            "管理员",
            "最多 1 名，由法定代表人开通。管理员在授权有效期内可以办理任何业务，并管理经办人。",
            State.admin_why,
        ),
        choice(
            Role.AGENT,
            "经办人",
            "最多 10 名，由法定代表人或管理员开通。经办人只能办理授权范围内的业务，不能再授权他人。",
            State.agent_why,
        ),
        import_entry(State.agent_why),
    )
