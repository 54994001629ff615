"""The kit's rules: one place for colours and sizes, no Radix Themes, no inline styles, everything labelled."""

import ast
import importlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import reflex as rx
from reflex_components_radix.themes.base import RadixThemesComponent

from jsrs_portal.access.departure import DepartureState
from jsrs_portal.catalog.loader import FOLDER, read_catalogue
from jsrs_portal.components import (
    behaviour,
    choices,
    controls,
    feedback,
    fields,
    footer,
    kit,
    navigation,
    qr,
    shell,
    side_menu,
    steps,
    tokens,
    uploads,
)
from jsrs_portal.components.kept import kept_page
from jsrs_portal.services.case_files import FileView

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "jsrs_portal" / "components").glob("*.py"))
TOKENS = (ROOT / "assets" / "tokens.css").read_text()
SCRIPT = (ROOT / "assets" / "kit.jsx").read_text()


class Shown:
    """What a page would hold. Plain Vars: a state class here would add handlers to the product's registry."""

    text = rx.Var("shownText", _var_type=str)
    kind = rx.Var("shownKind", _var_type=str)
    flag = rx.Var("shownFlag", _var_type=bool)
    keys = rx.Var("shownKeys", _var_type=list[str]).to(list[str])
    number = rx.Var("shownNumber", _var_type=int)
    files = rx.Var("shownFiles", _var_type=list[FileView]).to(list[FileView])
    errors = rx.Var("shownErrors", _var_type=list[dict[str, str]])
    act = rx.noop()

    @staticmethod
    def choose(key: str) -> rx.event.EventSpec:
        """Answer to a choice."""
        return rx.console_log(key)


def everything() -> rx.Component:
    """Return a page with each component of the kit in it."""
    form = fields.form(
        fields.error_summary(Shown.errors, Shown.number),
        fields.field("单位全称", "name", default_value=Shown.text, error=Shown.text, hint="与营业执照一致"),
        fields.password_field("密码", "password", error=Shown.text),
        fields.textarea_field("意见", "opinion", required=False),
        fields.code_field("code", lambda data: rx.console_log(data), until=Shown.number, pending=Shown.flag),
        choices.select_field("证件类型", "id_type", [("a", "居民身份证")], blank="请选择", default_value=Shown.text),
        choices.checkbox_field("agree", "我已阅读并同意", controls.text_link("协议", "/agreement"), error=Shown.text),
        choices.checkboxes_field("业务授权", "scope", [("labour", "劳动关系")], checked=Shown.keys, error=Shown.text),
        choices.radio_field("用户类别", "role", [("admin", "管理员"), ("agent", "普通经办人")], hint="二选一"),
        controls.actions(
            controls.button("提交", type="submit", loading=Shown.flag),
            controls.button("删除", kind="danger", icon_name="trash_2", on_click=Shown.act, id="remove"),
            controls.button_link("返回", "/", kind="quiet", icon_name="arrow_left"),
            controls.text_button("重新发送", Shown.act),
        ),
        on_submit=lambda data: rx.console_log(data),
    )
    unit = side_menu.unit_centre(
        feedback.card(feedback.definition_list([("单位全称", Shown.text)]), title="基本信息"),
        feedback.card(feedback.empty_state("暂无快递信息"), feedback.skeleton(), feedback.saved_at(Shown.text)),
        current="workbench",
        person=side_menu.person_card(initial="王", role="管理员", phone="1*******82", unit_name=Shown.text),
        counts={"workbench": Shown.number},
    )
    return shell.page(
        feedback.with_side(form, side=[feedback.side_note("注册说明", ["请填写真实信息。"])]),
        unit,
        steps.steps(["填写单位信息", "完成注册"], Shown.number),
        navigation.tabs([("a", "推荐")], Shown.text, Shown.choose, label="事项"),
        qr.qr_panel(Shown.text, Shown.kind, until=Shown.number, on_refresh=Shown.act, instructions=["打开支付宝。"]),
        qr.address_qr(Shown.text, "手机扫码查看"),
        behaviour.file_pick("选择文件", Shown.choose, accept=".xlsx", most=100, id="file", class_name="p-1"),
        uploads.file_upload(
            "工作安排",
            Shown.text,
            "plan",
            Shown.choose,
            accept=".pdf",
            most_bytes=100,
            too_large="文件过大。",
            hint="请上传 PDF。",
            id="plan",
        ),
        uploads.file_list(Shown.files, Shown.choose),
        behaviour.print_button("打印", class_name=controls.button_class("secondary")),
        feedback.success_panel("注册成功", "账号已开通。", number="3200", number_label="单位编号"),
        feedback.notice("warn", "即将到期"),
        feedback.badge(Shown.kind, Shown.text),
        behaviour.dialog(open=Shown.flag, on_close=Shown.act, title="升级说明"),
        behaviour.ticker(Shown.act, 1000),
        title="全部组件",
        nav_current="/units",
        account=shell.account_menu("江", Shown.text, Shown.act, unread=Shown.number),
        messages=feedback.live_messages(Shown.kind, Shown.text, Shown.act),
        trail=[("大厅首页", "/")],
    )


def walk(component: object) -> Iterator[rx.Component]:
    """Yield a component and all below it, those in props included."""
    if isinstance(component, rx.Component):
        yield component
        for child in [*component.children, *component._get_components_in_props()]:
            yield from walk(child)


def drawn(component: rx.Component) -> str:
    """Return everything a component will render, as text."""
    text = " ".join(str(part.render()) for part in walk(component))
    return re.sub(r"\\+u([0-9a-f]{4})", lambda escaped: chr(int(escaped[1], 16)), text)


PAGE = list(walk(rx.fragment(everything(), kept_page(DepartureState))))


def test_no_component_comes_from_radix_themes() -> None:
    assert [part for part in PAGE if isinstance(part, RadixThemesComponent)] == []


def test_no_component_has_a_style_of_its_own() -> None:
    assert [(part.tag, part.style) for part in PAGE if part.style] == []


def test_every_icon_exists(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        everything()
        list(walk(feedback.notice(Shown.kind, "")))
    assert "Invalid icon tag" not in caplog.text


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_components_import_no_services_models_or_state(module: Path) -> None:
    imported = [
        node.module or ""
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("jsrs_portal.")
    ]
    allowed = ("jsrs_portal.components", "jsrs_portal.settings")
    assert [name for name in imported if not name.startswith(allowed)] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_component_defines_a_colour_or_a_size(module: Path) -> None:
    source = module.read_text()
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgb\(|-\[[^\]]+\]", source) == []
    assert re.findall(r"\b(?:text|bg|border)-(?:gray|slate|blue|red|green|white|black)\b", source) == []


def test_every_token_of_the_theme_is_defined() -> None:
    used = set(re.findall(r"var\((--[\w-]+)\)", str(tokens.TAILWIND)))
    defined = set(re.findall(r"^\s*(--[\w-]+):", TOKENS, re.M))
    assert used - defined == set()


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        ("ink-900", "surface", 7),
        ("ink-700", "canvas", 7),
        ("ink-500", "surface", 4.5),
        ("ink-500", "canvas", 4.5),
        ("surface", "brand-700", 7),
        ("surface", "brand-600", 4.5),
        ("brand-600", "surface", 4.5),
        ("brand-600", "brand-50", 4.5),
        ("brand-600", "bad-50", 4.5),
        ("brand-600", "warn-50", 4.5),
        ("ok", "ok-50", 4.5),
        ("warn", "warn-50", 4.5),
        ("bad", "bad-50", 4.5),
        ("edge", "surface", 3),
        ("edge", "canvas", 3),
    ],
)
def test_contrast_is_enough(text: str, ground: str, least: float) -> None:
    colours = dict(re.findall(r"^\s*--([\w-]+): (#[0-9a-f]{6})", TOKENS.split("html[")[0], re.M))
    light, dark = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least


def test_only_the_emblem_is_red() -> None:
    assert "C8161D" in (ROOT / "assets" / "emblem.svg").read_text()
    assert "emblem" not in str(tokens.TAILWIND)
    assert "C8161D" not in (ROOT / "assets" / "login.svg").read_text()


def test_the_script_needs_only_react_and_has_every_component() -> None:
    assert re.findall(r'from "([^"]+)"', SCRIPT) == ["react"]
    for module in MODULES:
        importlib.import_module(f"jsrs_portal.components.{module.stem}")
    wrapped = {cls.tag for cls in kit.Kit.__subclasses__()}
    assert wrapped == set(re.findall(r"^export function (\w+)", SCRIPT, re.M))


@pytest.mark.req("R-2.1.2")
def test_navigation_has_the_manuals_items_and_marks_the_current_one() -> None:
    labels = ["大厅首页", "个人办事", "单位办事", "查询服务", "服务清单", "公示公告", "地市频道"]
    assert [label for label, _ in navigation.HALL_NAVIGATION] == labels
    assert drawn(navigation.hall_navigation("/units").children[0].children[2]).count("aria-current") > 0
    assert "aria-current" not in drawn(navigation.hall_navigation(""))


def test_side_menu_has_the_manuals_items() -> None:
    labels = ["单位主页", "单位信息", "单位办件", "单位快递", "经办人管理", "机构管理", "我的工作台", "账号设置"]
    assert [item.label for item in side_menu.UNIT_MENU] == labels
    parts = [part.label for item in side_menu.UNIT_MENU for part in item.parts]
    assert parts[:3] == ["单位信息与密码", "收件地址", "登录设备"]


def test_parts_of_a_menu_item_show_only_while_it_is_current() -> None:
    items = (side_menu.MenuItem("s", "账号设置", "/s", parts=(side_menu.MenuItem("p", "密码设置", "/p"),)),)
    person = rx.el.div()
    assert "密码设置" in drawn(side_menu.side_menu("p", person, items=items))
    assert "密码设置" not in drawn(side_menu.side_menu("other", person, items=items))


@pytest.mark.req("R-2.1.7")
def test_footer_names_all_cities() -> None:
    fronts = sorted(read_catalogue(FOLDER).cities.items())
    assert len(fronts) == 13
    assert tuple((front.bureau, front.site) for _, front in fronts) == footer.CITY_SITES
    assert all(href.startswith("https://") for _, href in footer.OTHER_SITES)


def test_a_page_has_one_title_and_a_way_past_the_header() -> None:
    tags = [part.tag for part in PAGE]
    assert tags.count("h1") == tags.count("main") == 1
    assert "跳到主要内容" in drawn(shell.page(title="页"))


def test_a_field_is_tied_to_its_label_hint_and_error() -> None:
    text = drawn(fields.field("单位全称", "name", hint="与营业执照一致", error="请填写单位全称"))
    for part in ('"name-hint name-error"', '"name-hint"', '"name-error"', 'htmlFor:"name"', '"aria-invalid":"true"'):
        assert part in text
    assert '"aria-required":"true"' in text


def test_a_field_without_error_is_not_invalid() -> None:
    text = drawn(fields.field("单位全称", "name", required=False))
    assert '"aria-invalid":' not in text
    assert '"aria-required":' not in text


def test_an_outside_link_opens_a_new_window_and_says_so() -> None:
    link = controls.anchor("人社部", href="https://www.mohrss.gov.cn")
    assert "noopener" in drawn(link)
    assert "在新窗口打开" in drawn(link)
    assert link.tag == "a"
    assert controls.anchor("首页", href="/").tag == "Link"
    assert controls.anchor("退出", href="/session/close", reload=True).tag == "a"


@pytest.mark.parametrize("kind", ["primary", "secondary", "quiet", "danger"])
def test_buttons_are_as_high_as_a_control(kind: controls.Kind) -> None:
    assert "min-h-control" in controls.button_class(kind)
