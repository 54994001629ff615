"""地市历史用户升级 (R-2.3)."""

import reflex as rx

from jsrs_portal.catalog.demo import DEMO_ADMIN
from jsrs_portal.catalog.demo_legacy import DEMO_LEGACY, DEMO_LEGACY_PASSWORD
from jsrs_portal.catalog.shipped import legacy_systems
from jsrs_portal.components.behaviour import dialog, focus_when
from jsrs_portal.components.choices import select_field
from jsrs_portal.components.controls import actions, button, button_link, text_button, text_link
from jsrs_portal.components.feedback import card, definition_list, notice, side_note, success_panel
from jsrs_portal.components.fields import field, form, password_again, password_field
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.legacy import ASK_NUMBER, LEGACY_UPGRADE
from jsrs_portal.domain.passwords import RULE_TEXT
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.outside_links import shortcuts
from jsrs_portal.pages.puzzle import puzzle_dialog
from jsrs_portal.pages.wizards import said, wizard
from jsrs_portal.settings import get_settings
from jsrs_portal.state.upgrade import ACCOUNT_FORM
from jsrs_portal.state.upgrade import UpgradeState as State

_POINTS = (
    "适用范围：单位在历史系统中以账户和密码登录的，可以升级；使用 CA 登录历史系统的，不适用。",
    "信息核验：升级时要核验单位在历史系统中的密码，核验通过后再设置单位管理员。",
    "设置单位管理员：管理员须先在本大厅完成个人用户注册；升级时填写的身份信息和移动电话须与注册时一致，密码自行设置。",
    "登录大厅：升级后在登录页用统一社会信用代码、管理员的证件号码或移动电话，以及密码登录。",
)
DOCUMENT_OPTIONS = [(kind.value, kind.label) for kind in DocumentType]


def _explanation() -> rx.Component:
    return dialog(
        rx.el.ol(
            *[rx.el.li(point, class_name="pl-1") for point in _POINTS],
            class_name="list-decimal pl-6 flex flex-col gap-3 text-base text-ink-700",
        ),
        actions(button("我已知晓", on_click=State.understood)),
        open=State.explaining,
        on_close=State.understood,
        title="升级说明",
    )


def _card(system: rx.Var[dict[str, str]]) -> rx.Component:
    here = State.system == system["key"]
    return rx.el.li(
        rx.el.button(
            rx.el.img(src=system["picture"], alt="", class_name="w-full aspect-video object-cover"),
            rx.el.span(system["name"], class_name="block p-4 text-base font-semibold"),
            type="button",
            on_click=State.choose_system(system["key"]),
            aria_pressed=rx.cond(here, "true", "false"),
            class_name=[
                "flex flex-col h-full w-full overflow-hidden rounded-card border bg-surface text-left text-ink-900",
                "transition-colors hover:border-brand-600 hover:bg-brand-50",
                rx.cond(here, "border-brand-600", "border-line"),
            ],
        ),
    )


def _systems() -> rx.Component:
    return rx.el.div(
        rx.el.p("请选择单位原来使用的网上办事系统。", class_name="text-base text-ink-700"),
        rx.el.ul(
            rx.foreach(State.systems, _card),
            class_name="grid grid-cols-1 @md:grid-cols-2 gap-4",
        ),
        class_name="@container flex flex-col gap-4",
    )


def _account() -> rx.Component:
    hint = rx.cond(State.proved != "", State.proved, State.system_hint)
    return form(
        rx.el.p("历史系统：", rx.el.strong(State.system_name), class_name="text-base"),
        field(
            "原用户名",
            "username",
            placeholder="请输入原用户名",
            default_value=State.username,
            hint=hint,
            error=said(State.error, "username"),
        ),
        password_field(
            "原密码", "password", autocomplete="off", placeholder="请输入原密码", error=said(State.error, "password")
        ),
        rx.cond(
            State.several,
            rx.fragment(
                rx.el.div(notice("info", ASK_NUMBER), role="status"),
                field(
                    "单位编号",
                    "unit_number",
                    placeholder="请输入单位编号",
                    hint="填写该单位在原系统中的编号。",
                    error=said(State.error, "unit_number"),
                ),
                focus_when(State.several, "unit_number"),
            ),
        ),
        _buttons("下一步"),
        on_submit=State.submit_account,
        id=ACCOUNT_FORM,
    )


def _buttons(label: str) -> rx.Component:
    return actions(
        button(label, type="submit", loading=State.busy), button("上一步", kind="secondary", on_click=State.back)
    )


def _legal() -> rx.Component:
    known = [
        ("单位名称", said(State.legal, "unit_name")),
        ("统一社会信用代码", said(State.legal, "uscc")),
        ("法人证件类型", said(State.legal, "document_kind")),
        ("法人证件号码", said(State.legal, "document")),
        ("法人姓名", said(State.legal, "name")),
    ]
    return form(
        rx.el.p("历史系统中登记的法人信息如下，请核对。", class_name="text-base text-ink-700"),
        definition_list(known),
        field(
            "法人联系电话",
            "mobile",
            type="tel",
            inputmode="tel",
            placeholder="请输入法定代表人的移动电话",
            hint=State.mobile,
            error=said(State.error, "mobile"),
        ),
        notice(
            "info",
            "确认后，以上信息将与企业登记库和实名信息核对。信息有误的，请先到当地人社服务窗口更正；"
            "单位已更名或法定代表人已变更的，请办理单位注册。",
        ),
        _buttons("确认，下一步"),
        on_submit=State.submit_legal,
    )


def _admin() -> rx.Component:
    before = rx.el.span("管理员须先完成", text_link("个人用户注册", "/register/person"), "，以下信息须与注册时一致。")
    return form(
        notice("info", before),
        select_field(
            "管理员证件类型", "id_type", DOCUMENT_OPTIONS, default_value="01", error=said(State.error, "id_type")
        ),
        field(
            "管理员证件号码",
            "id_number",
            placeholder="请输入管理员证件号码",
            error=said(State.error, "id_number"),
        ),
        field("管理员姓名", "name", placeholder="请输入管理员姓名", error=said(State.error, "name")),
        field(
            "管理员移动电话",
            "mobile",
            type="tel",
            inputmode="tel",
            placeholder="请输入管理员移动电话",
            error=said(State.error, "mobile"),
        ),
        password_field(
            "管理员密码",
            "password",
            autocomplete="new-password",
            placeholder="请输入管理员密码",
            hint=RULE_TEXT,
            error=said(State.error, "password"),
        ),
        password_again(said(State.error, "confirmation")),
        _buttons("下一步"),
        on_submit=State.submit_admin,
    )


def _done() -> rx.Component:
    number = said(State.result, "unit_number")
    done = success_panel(
        "升级完成",
        rx.el.span("历史用户升级成功，请使用新单位编号 ", rx.el.strong(number), " 前往登录。"),
        button_link("去登录", "/login?account=" + number),
        button("升级其他单位", kind="secondary", on_click=State.start_again),
        number=number,
        number_label="新单位编号",
    )
    first_check = rx.el.span(
        "法定代表人首次登录前须完成人脸认证：在",
        text_link("忘记密码?", "/recover"),
        "中选择「法定代表人」，由本人刷脸并设置密码。",
    )
    following = side_note(
        "接下来",
        [
            "管理员用新单位编号或统一社会信用代码、本人的证件号码或移动电话，以及刚才设置的密码登录。",
            first_check,
            "法人联系电话用于联系法定代表人，不能用来登录。",
        ],
    )
    return rx.el.div(done, following, class_name="flex flex-col gap-4")


def _demo() -> rx.Component:
    names = {one.key: one.name for one in legacy_systems().systems}
    rows = [
        (
            names.get(account.system, account.system),
            account.username
            + (f"，单位编号 {'、'.join(unit.number for unit in account.units)}" if len(account.units) > 1 else ""),
        )
        for account in DEMO_LEGACY
    ]
    admin = f"{DEMO_ADMIN.name}，{DEMO_ADMIN.id_number}，{DEMO_ADMIN.mobile}"
    return card(definition_list([*rows, ("原密码", DEMO_LEGACY_PASSWORD), ("管理员", admin)]), title="演示账户")


def upgrade() -> rx.Component:
    """Return the upgrade of an old system's user."""
    links = rx.el.p(
        text_link("已有帐号,去登录", "/login"),
        text_button("查看升级说明", State.explain),
        class_name="flex flex-wrap gap-x-6 gap-y-2",
    )
    forms = {"system": _systems(), "account": _account(), "legal": _legal(), "admin": _admin(), "done": _done()}
    side = [
        side_note(
            "快捷方式登录",
            [
                *shortcuts(),
                rx.el.span("不升级的单位也可以用以上方式登录，或直接", text_link("注册单位", "/register/unit"), "。"),
                rx.el.span("没有 CA 的，请看", text_link("如何申领 CA", "/login/ca-driver"), "。"),
            ],
        ),
        side_note(
            "升级说明",
            [
                "请输入单位的统一社会信用代码（原用户名）和历史系统的密码，校验通过后才能升级为本大厅用户。",
                "升级时要设置单位管理员。管理员可以管理单位的经办人员、分配办事权限，须先完成个人用户注册；"
                "填写的信息须与注册时一致。",
                RULE_TEXT,
            ],
        ),
        *([_demo()] if get_settings().demo else []),
    ]
    return frame(
        links,
        wizard(LEGACY_UPGRADE, State, forms, side=side),
        _explanation(),
        puzzle_dialog(),
        title=LEGACY_UPGRADE.title,
    )
