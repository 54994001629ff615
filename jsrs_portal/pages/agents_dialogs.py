"""The dialogs of 经办人管理: giving, changing and taking back a grant, and what happened to one (R-2.6.5)."""

from typing import Any

import reflex as rx

from jsrs_portal.catalog.shipped import taxonomy
from jsrs_portal.components.attention import on_enter
from jsrs_portal.components.behaviour import Handler, dialog, focus_when, timed_button
from jsrs_portal.components.choices import checkboxes_field, radio_field
from jsrs_portal.components.controls import actions, button, button_class, leave_button
from jsrs_portal.components.feedback import empty_state, notice, tag
from jsrs_portal.components.fields import CONTROL, error_of, error_summary, field, form, hint_of, label_of, tied
from jsrs_portal.domain.authority import Role
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.agents import CATEGORY
from jsrs_portal.state.agents import AgentsState as State

_MATTER = "matter_text"
_ASK = "填写的内容还没有提交，关闭后不会保留。确定关闭吗？"


def dialogs() -> list[rx.Component]:
    """Return all of them; at most one is open."""
    return [_grant_dialog(), _change_dialog(), _revoke_dialog(), _history_dialog()]


def _small(word: str, name: rx.Var[str], on_click: Handler) -> rx.Component:
    """Return a small button whose spoken name says what it is about."""
    return button(word, kind="quiet", on_click=on_click, describes=word + "：" + name)


def _scope_fields() -> rx.Component:
    """Return 「业务授权」: whole categories, and single matters that are looked for."""
    found = rx.el.ul(
        rx.foreach(
            State.hits,
            lambda one: rx.el.li(
                rx.el.span(one.name, rx.el.span("（", one.category_name, "）", class_name="text-sm text-ink-500")),
                _small("添加", one.name, State.add_matter(one.key)),
                class_name="flex min-h-control items-center justify-between gap-2 border-b border-line",
            ),
        ),
        aria_label="找到的事项",
    )
    chosen = rx.el.ul(
        rx.foreach(
            State.chosen,
            lambda one: rx.el.li(
                tag(one.name),
                _small("移除", one.name, State.drop_matter(one.key)),
                class_name="flex items-center gap-1",
            ),
        ),
        class_name="flex flex-wrap gap-x-4 gap-y-1",
        aria_label="已选的单项事项",
    )
    search = rx.el.div(
        label_of(_MATTER, "单项事项", required=False),
        *hint_of(_MATTER, "输入名称后按回车键添加；有多项相符时，从列表中选择。"),
        rx.el.div(
            rx.el.input(
                name=_MATTER,
                type="text",
                placeholder="输入事项名称或拼音首字母",
                auto_complete="off",
                class_name=CONTROL + " bg-surface min-w-0 flex-1",
                **tied(_MATTER, "hint", State.unpicked, required=False),
            ),
            timed_button("查找", State.find_matters, 0, fields=(_MATTER,), class_name=button_class("secondary")),
            on_enter(_MATTER, State.pick_matter),
            class_name="flex gap-2",
        ),
        rx.el.div(
            *error_of(_MATTER, State.unpicked),
            rx.cond(State.picked != "", rx.el.p(State.picked, class_name="text-sm text-ok")),
            role="status",
        ),
        rx.cond(State.hits.length() > 0, found),
        rx.cond(State.chosen.length() > 0, chosen),
        class_name="flex flex-col gap-2",
    )
    categories = checkboxes_field(
        "业务授权",
        "scope",
        [(group.key, group.name) for group in taxonomy().categories],
        checked=State.categories,
        prefix=CATEGORY,
        hint="勾选业务类别，即授权该类的全部事项；也可以只授权单项事项。",
        error=said(State.error, "scope"),
    )
    return rx.el.div(categories, search, class_name="flex flex-col gap-4")


def _period_fields() -> rx.Component:
    """Return 「授权时间」: 开始日期 ~ 结束日期, neither of them required."""
    return rx.el.fieldset(
        rx.el.legend("授权时间", class_name="text-base"),
        rx.el.p("不填开始日期即日起生效，不填结束日期长期有效；首尾两天都算在内。", class_name="text-sm text-ink-500"),
        rx.el.div(
            field(
                "开始日期",
                "valid_from",
                type="date",
                required=False,
                default_value=State.valid_from,
                error=said(State.error, "valid_from"),
            ),
            field(
                "结束日期",
                "valid_until",
                type="date",
                required=False,
                default_value=State.valid_until,
                error=said(State.error, "valid_until"),
            ),
            class_name="grid grid-cols-1 gap-3 @sm:grid-cols-2",
        ),
        class_name="flex flex-col gap-1",
    )


def _above() -> rx.Component:
    return rx.fragment(error_summary(State.errors, State.attempt), trouble(State.trouble))


def _grant_dialog() -> rx.Component:
    fields = form(
        radio_field(
            "用户类别",
            "role",
            [(Role.ADMIN.value, "管理员"), (Role.AGENT.value, "普通经办人")],
            default_value=State.role,
            on_change=State.choose_role,
        ),
        rx.cond((State.role == Role.ADMIN) & (State.admin_why != ""), notice("warn", State.admin_why)),
        rx.cond((State.role == Role.AGENT) & (State.agent_why != ""), notice("warn", State.agent_why)),
        field(
            "姓名",
            "name",
            placeholder="请输入姓名",
            error=said(State.error, "name"),
            hint="与对方注册个人用户时一致",
        ),
        field(
            "移动电话",
            "mobile",
            type="tel",
            inputmode="tel",
            placeholder="请输入移动电话",
            error=said(State.error, "mobile"),
        ),
        field("证件号码", "id_number", placeholder="请输入证件号码", error=said(State.error, "id_number")),
        _period_fields(),
        rx.cond(State.role == Role.AGENT, _scope_fields()),
        actions(
            button("提交", type="submit", loading=State.busy, loading_label="正在核对……"),
            leave_button(),
        ),
        on_submit=State.submit_grant,
    )
    confirm = rx.el.div(
        focus_when(State.step == "confirm", "grant-sentence"),
        rx.el.div(
            notice("info", rx.el.p(State.sentence, class_name="text-lg"), title="请核对授权内容"),
            tab_index=-1,
            custom_attrs={"id": "grant-sentence"},
        ),
        rx.el.p("确认后按上述时间生效，并短信通知对方。您可以随时变更或收回。", class_name="text-base text-ink-700"),
        actions(
            button("确认授权", on_click=State.confirm_grant),
            button("返回修改", kind="secondary", on_click=State.back_to_form),
        ),
        class_name="flex flex-col gap-4",
    )
    # The form stays while its sentence is shown, so that going back finds what was typed; it is kept nowhere else.
    return dialog(
        _above(),
        rx.el.div(fields, class_name=rx.cond(State.step == "form", "", "hidden")),
        rx.cond(State.step == "confirm", confirm),
        focus_when(State.returned, "name"),
        open=State.dialog == "grant",
        on_close=State.close_dialog,
        title="开通授权",
        ask=_ASK,
        begun=State.chosen.length() > 0,
    )


def _change_dialog() -> rx.Component:
    fields = form(
        rx.el.p(
            tag(State.target.role_label),
            rx.el.strong(State.target.name),
            rx.el.span(State.target.mobile),
            class_name="flex flex-wrap items-center gap-3 text-base",
        ),
        _period_fields(),
        rx.cond(State.role == Role.AGENT, _scope_fields()),
        actions(
            button("保存变更", type="submit", loading=State.busy, loading_label="正在保存……"),
            leave_button(),
        ),
        on_submit=State.submit_change,
    )
    return dialog(
        _above(),
        fields,
        open=State.dialog == "change",
        on_close=State.close_dialog,
        title="变更授权",
        ask=_ASK,
        begun=State.picked != "",
    )


def _revoke_dialog() -> rx.Component:
    return dialog(
        _above(),
        rx.el.p(
            "收回 ",
            State.target.name,
            " 的",
            State.target.role_label,
            "授权后，对方立即不能再代表本单位办事，正在使用的登录随即结束。已提交的办件不受影响。",
            class_name="text-base",
        ),
        actions(
            button("确认收回", kind="danger", on_click=State.confirm_revoke),
            button("取消", kind="secondary", on_click=State.close_dialog),
        ),
        open=State.dialog == "revoke",
        on_close=State.close_dialog,
        title="收回授权",
    )


def _history_dialog() -> rx.Component:
    def step(one: Any) -> rx.Component:
        return rx.el.li(
            rx.el.p(
                rx.el.strong(one.what),
                rx.el.span(one.when, class_name="text-sm text-ink-500"),
                class_name="flex flex-wrap items-baseline gap-x-3",
            ),
            rx.cond(one.detail != "", rx.el.p(one.detail, class_name="text-base text-ink-700")),
            rx.el.p("经办：", one.by, class_name="text-sm text-ink-500"),
            class_name="border-s border-line py-2 ps-4",
        )

    return dialog(
        rx.el.p(State.target.role_label, " ", State.target.name, class_name="text-base text-ink-700"),
        rx.cond(
            State.history.length() > 0,
            rx.el.ol(rx.foreach(State.history, step)),
            empty_state("暂无记录", "该授权没有可以显示的记录。"),
        ),
        open=State.dialog == "history",
        on_close=State.close_dialog,
        title="授权记录",
    )
