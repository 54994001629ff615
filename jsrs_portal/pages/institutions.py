"""机构管理 (R-2.6.6) in the unit centre, the institution's own centre, and the change of a first password."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import dialog
from jsrs_portal.components.case_figures import case_figures, steps_card
from jsrs_portal.components.choices import select_field
from jsrs_portal.components.controls import LINK, actions, anchor, button, button_link, leave_button
from jsrs_portal.components.feedback import badge, card, definition_list, empty_state, notice, skeleton
from jsrs_portal.components.fields import error_summary, field, form, password_field
from jsrs_portal.components.matters import matter_line, pager
from jsrs_portal.components.tables import cell, table, table_row
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.passwords import RULE_TEXT
from jsrs_portal.pages.apply import drafts_card
from jsrs_portal.pages.frame import Centre, centre_frame, frame, settings_frame
from jsrs_portal.pages.wizards import said, trouble
from jsrs_portal.state.institutions import FirstPasswordState as First
from jsrs_portal.state.institutions import InstitutionsState as State
from jsrs_portal.state.institutions import OwnInstitutionState as Own

HEADS = ("机构编号", "机构名称", "机构类型", "操作")
"""R-2.6.6.1."""
_DOCUMENTS = [(kind.value, kind.label) for kind in DocumentType]


def institutions() -> rx.Component:
    """Return 「机构管理」."""
    nothing = empty_state(
        "暂无机构",
        "机构由人社部门经办人员登记在单位名下。取得许可或备案后，请到窗口办理机构登记。",
    )
    found = rx.el.div(
        rx.el.p("共 ", rx.el.strong(State.total), " 个机构", role="status", class_name="text-base text-ink-700"),
        rx.cond(State.items.length() > 0, table("机构", HEADS, rx.foreach(State.items, _row)), nothing),
        pager(State.next, State.first),
        class_name="flex flex-col gap-3",
    )
    return centre_frame(
        card(rx.cond(State.loaded, found, skeleton("row", rows=3))),
        _view_dialog(),
        _administrator_dialog(),
        _question_dialog(
            "reset",
            "管理员密码重置",
            "密码将重置为初始密码（Js 加管理员证件号码后六位），7 天内有效，首次登录须修改；正在使用的登录随即结束。",
            "确认重置",
            State.reset_password,
        ),
        _question_dialog(
            "disable",
            "停用机构",
            "停用后该机构不能登录办事，正在使用的登录随即结束。您可以随时恢复使用。",
            "确认停用",
            State.disable,
        ),
        _question_dialog(
            "enable", "恢复使用", "恢复后该机构的管理员可以用原来的密码登录办事。", "确认恢复", State.enable
        ),
        title="机构管理",
        current="institutions",
    )


def _row(row: Any) -> rx.Component:
    """Return one institution: 机构编号, 机构名称, 机构类型, 操作 (R-2.6.6.1)."""

    def act(key: str, label: str, why: Any, kind: Any = "quiet") -> rx.Component:
        press = button(label, kind=kind, on_click=State.show(key, row.id), describes=label + "：" + row.name)
        return press if why is None else rx.cond(why == "", press)

    number, name, kind, acts = HEADS
    return table_row(
        cell(number, row.number, whole=True),
        cell(
            name,
            rx.el.p(
                rx.el.strong(row.name),
                badge(row.tone, row.status_label),
                class_name="flex flex-wrap items-center gap-2",
            ),
            rx.cond(row.password_note != "", rx.el.p(row.password_note, class_name="text-sm text-warn")),
        ),
        cell(kind, rx.el.p(row.kind), rx.el.p(row.level, class_name="text-sm text-ink-700")),
        cell(
            acts,
            rx.el.div(
                act("open", "开通", row.open_why, "primary"),
                act("view", "查看", None, "secondary"),
                act("reset", "管理员密码重置", row.reset_why),
                act("replace", "管理员变更", row.replace_why),
                act("disable", "停用", row.disable_why),
                act("enable", "恢复使用", row.enable_why, "secondary"),
                class_name="flex flex-wrap gap-2",
            ),
        ),
        key=row.id,
    )


def _administrator() -> rx.Component:
    """Return who administers the institution now, masked."""
    target = State.target
    return definition_list(
        [
            ("管理员姓名", target.admin_name),
            ("证件类型", target.admin_document_kind),
            ("证件号码", target.admin_document),
            ("移动电话", target.admin_mobile),
        ]
    )


def _view_dialog() -> rx.Component:
    target = State.target
    rows = definition_list(
        [
            ("机构编号", target.number),
            ("机构名称", target.name),
            ("机构类型", target.kind),
            ("机构层级", target.level),
            ("所在地区", target.region),
            ("地址", rx.cond(target.address != "", target.address, "—")),
            ("登记日期", target.registered_on),
            ("状态", target.status_label),
        ]
    )
    return dialog(
        rows,
        rx.cond(target.admin_name != "", _administrator(), notice("info", "该机构尚未开通，还没有管理员。")),
        open=State.dialog == "view",
        on_close=State.close_dialog,
        title="查看机构",
    )


def _administrator_dialog() -> rx.Component:
    """Return 「添加管理员信息」, or 「更改管理员信息」 with 「原管理员信息」 above it."""
    replacing = State.dialog == "replace"
    fields = form(
        field("管理员姓名", "name", placeholder="请输入管理员姓名", error=said(State.error, "name")),
        select_field(
            "管理员证件类型",
            "id_type",
            _DOCUMENTS,
            default_value=DocumentType.RESIDENT_ID.value,
            error=said(State.error, "id_type"),
        ),
        field("管理员证件号码", "id_number", placeholder="请输入管理员证件号码", error=said(State.error, "id_number")),
        field(
            "管理员移动电话",
            "mobile",
            type="tel",
            inputmode="tel",
            placeholder="请输入管理员移动电话",
            error=said(State.error, "mobile"),
        ),
        rx.el.p(
            "管理员须先注册为个人用户。初始密码为 Js 加证件号码后六位，7 天内有效，首次登录须修改。",
            class_name="text-base text-ink-700",
        ),
        actions(
            button("保存", type="submit", loading=State.busy, loading_label="正在保存……"),
            leave_button(),
        ),
        on_submit=State.submit_administrator,
    )
    return dialog(
        error_summary(State.errors, State.attempt),
        trouble(State.trouble),
        rx.el.p(State.target.name, "（", State.target.number, "）", class_name="text-base text-ink-700"),
        rx.cond(replacing, rx.el.section(rx.el.h3("原管理员信息", class_name="text-lg"), _administrator())),
        rx.cond(replacing, rx.el.h3("新管理员信息", class_name="text-lg")),
        fields,
        open=(State.dialog == "open") | replacing,
        on_close=State.close_dialog,
        title=rx.cond(replacing, "更改管理员信息", "添加管理员信息"),
        ask="填写的内容还没有保存，关闭后不会保留。确定关闭吗？",
    )


def _question_dialog(key: str, title: str, sentence: str, verb: str, on_confirm: Any) -> rx.Component:
    return dialog(
        trouble(State.trouble),
        rx.el.p(State.target.name, "（", State.target.number, "）", class_name="text-base font-semibold"),
        rx.el.p(sentence, class_name="text-base"),
        actions(
            button(verb, kind="danger" if key == "disable" else "primary", on_click=on_confirm),
            button("取消", kind="secondary", on_click=State.close_dialog),
        ),
        open=State.dialog == key,
        on_close=State.close_dialog,
        title=title,
    )


def institution_home() -> rx.Component:
    """Return 「机构主页」, all that an institution's administrator sees of the house."""
    own = Own.own
    rows = definition_list(
        [
            ("机构编号", own.number),
            ("机构名称", own.name),
            ("机构类型", own.kind),
            ("机构层级", own.level),
            ("所在地区", own.region),
            ("所属单位", own.unit_name),
        ]
    )
    nothing = empty_state(
        "所选地区没有机构办理的事项",
        "请在页面上方切换地区，或从服务清单中查找。",
        button_link("去服务清单", "/services", kind="secondary"),
    )
    lines = rx.el.ul(rx.foreach(Own.matters, matter_line))
    return settings_frame(
        case_figures(Own.figures, "/institution/cases"),
        steps_card(Own.steps),
        drafts_card(Own.drafts),
        card(
            rx.cond(Own.loaded, rx.cond(Own.matters.length() > 0, lines, nothing), skeleton("row", rows=6)),
            title="机构办事",
            action=anchor("全部机构事项", href="/services?side=institution", class_name=LINK),
        ),
        card(rx.cond(Own.loaded, rows, skeleton("line", rows=6)), title="机构信息"),
        centre=Centre.INSTITUTION,
        title="机构主页",
        current="home",
    )


def first_password() -> rx.Component:
    """Return the page on which a first password must be changed."""
    fields = form(
        password_field(
            "新密码", "password", autocomplete="new-password", hint=RULE_TEXT, error=said(First.error, "password")
        ),
        password_field(
            "确认新密码", "confirmation", autocomplete="new-password", error=said(First.error, "confirmation")
        ),
        actions(button("修改密码并继续", type="submit", loading=First.busy, loading_label="正在修改……")),
        on_submit=First.submit,
    )
    return frame(
        card(
            rx.el.div(
                notice("warn", "您正在使用初始密码登录。为了机构账户安全，请先修改密码，再办理业务。"),
                error_summary(First.errors, First.attempt),
                trouble(First.trouble),
                fields,
                class_name="flex flex-col gap-4 max-w-field",
            )
        ),
        title="修改初始密码",
    )
