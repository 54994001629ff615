"""「请先下载驱动」: the driver, a check-up that names what is wrong, and how to get a CA (R-2.4.2, R-2.3.8)."""

import reflex as rx

from jsrs_portal.ca_driver import PACKAGE, VERSION
from jsrs_portal.components.behaviour import copy_button
from jsrs_portal.components.ca_driver import ca_driver
from jsrs_portal.components.controls import actions, button, button_link, text_link
from jsrs_portal.components.feedback import card, notice
from jsrs_portal.domain.ca_checkup import Examined, Finding
from jsrs_portal.pages.ca_panel import NEEDS_COMPUTER
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.wizards import trouble
from jsrs_portal.settings import get_settings
from jsrs_portal.state.ca_driver import CaDriverState as State

_STEPS = "list-decimal pl-6 max-w-text flex flex-col gap-4 text-base"
_PARAGRAPH = "max-w-text text-base"


def ca_driver_page() -> rx.Component:
    """Return the page at ``/login/ca-driver``."""
    return frame(
        ca_driver(wanted=State.wanted, on_found=State.found, on_trouble=State.failed),
        _download(),
        _check_up(),
        rx.el.div(_getting_one(), id="apply"),
        title="CA 驱动和申领",
        trail=[("登录", "/login")],
    )


def _command(text: str) -> rx.Component:
    """Return a command line with a button that copies it."""
    return rx.el.div(
        rx.el.code(text, class_name="min-w-0 break-all rounded-control bg-canvas px-2 py-1 text-sm"),
        copy_button(text),
        class_name="flex items-start gap-2",
    )


def _download() -> rx.Component:
    address = f"{get_settings().origin}/downloads/{PACKAGE}"
    steps = rx.el.ol(
        rx.el.li("安装 USB Key 厂商提供的程序，从中找到 PKCS#11 模块（Windows 上是一个 .dll 文件）。"),
        rx.el.li("安装 Python 3.11 或更高版本，在命令行中执行：", _command(f'pip install "{address}"')),
        rx.el.li(
            "启动驱动，把引号中的内容换成模块的完整路径：",
            _command('jsrs-ca-driver --module "C:\\Windows\\System32\\厂商模块.dll"'),
        ),
        rx.el.li(
            f"驱动使用本机的端口 {get_settings().ca_driver_port}；被其他程序占用的，请先关闭该程序。"
            "软件包中已写明本大厅的地址和端口，不必另外设置。"
        ),
        rx.el.li("保持驱动运行，回到本页点击「检测」。登录时由驱动询问 PIN 码，网页和本大厅都不会得到它。"),
        class_name=_STEPS,
    )
    return card(
        rx.el.div(
            rx.el.p(
                f"用 CA 登录，电脑上要运行一个驱动，由它请 USB Key 签名。本大厅提供的驱动为 {VERSION} 版，"
                "是一个 Python 软件包，支持提供 PKCS#11 模块的 RSA 证书 USB Key，适用于 Windows、macOS 和 Linux；"
                "目前没有一键安装程序，请由单位的电脑管理员安装。只有国密 SM2 证书的 USB Key 一般不提供 PKCS#11 模块，"
                "本驱动暂不支持，请换一种方式登录。",
                class_name=_PARAGRAPH,
            ),
            rx.el.p(NEEDS_COMPUTER, class_name="text-base text-ink-700 sm:hidden"),
            steps,
            rx.el.p(
                "电脑不能访问上面地址的，可先下载软件包（.whl 文件），再把第 2 步命令中的地址换成该文件的完整路径；"
                "两种方式任选其一，不需要双击打开该文件。",
                class_name=_PARAGRAPH,
            ),
            actions(
                button_link("下载驱动", f"/downloads/{PACKAGE}", kind="secondary", icon_name="download", reload=True)
            ),
            class_name="flex flex-col gap-6",
        ),
        title="下载和安装驱动",
    )


def _check_up() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.p(
                "插入 USB Key、启动驱动后点击「检测」，逐项检查驱动、USB Key 和证书，并说明问题怎样解决。"
                "检测只读取证书，不需要 PIN 码，也不会登录。",
                class_name=_PARAGRAPH,
            ),
            actions(
                button(
                    "检测",
                    on_click=State.check,
                    loading=State.wanted != "",
                    loading_label="正在检测……",
                    icon_name="stethoscope",
                )
            ),
            trouble(State.trouble),
            rx.el.div(
                rx.cond(
                    State.checked,
                    rx.el.div(
                        rx.foreach(State.findings, _finding),
                        rx.foreach(State.keys, _key),
                        class_name="flex flex-col gap-4",
                    ),
                ),
                role="status",
            ),
            class_name="flex flex-col gap-6",
        ),
        title="检测",
    )


def _finding(finding: rx.Var[Finding]) -> rx.Component:
    more = rx.cond(finding.href != "", text_link(finding.link, finding.href))
    return notice(finding.tone, rx.el.p(finding.sentence), more, title=finding.title)


def _key(key: rx.Var[Examined]) -> rx.Component:
    return rx.el.section(
        rx.el.h3("证书：", key.name, class_name="text-lg break-words"),
        rx.cond(key.until != "", rx.el.p("有效期至", key.until, class_name="text-base text-ink-700")),
        *[
            rx.cond(value != "", rx.el.p(label, value, class_name="text-base text-ink-700 break-words"))
            for label, value in (
                ("统一社会信用代码：", key.uscc),
                ("登录后进入的单位：", key.unit),
                ("发证机构：", key.issuer),
                ("证书序列号：", key.serial),
            )
        ],
        rx.foreach(key.findings, _finding),
        class_name="flex flex-col gap-3",
    )


def _getting_one() -> rx.Component:
    steps = rx.el.ol(
        rx.el.li("准备营业执照（或其他法人证书）、法定代表人和经办人的身份证件，以及单位授权书。"),
        rx.el.li(
            "向本大厅支持的电子认证服务机构（CA 机构）申请单位证书，"
            "证书中须写有本单位的统一社会信用代码；办理方式和收费以该机构的规定为准。",
            rx.cond(
                State.supported.length() > 0,
                rx.el.span("目前支持的机构：", State.supported.join("、"), "。"),
                rx.el.span("目前尚未开通 CA 登录。"),
            ),
        ),
        rx.el.li("领取 USB Key，修改初始 PIN 码，妥善保管。不要把 USB Key 和 PIN 码交给他人。"),
        rx.el.li("回到本页安装驱动，检测通过后即可登录。证书到期前请到原机构办理续期。"),
        class_name=_STEPS,
    )
    return card(
        rx.el.div(
            rx.el.p("已有其他业务使用的单位 CA 证书的，不必重新申领：插入后点击「检测」，看能否使用。"),
            steps,
            notice("info", _other_ways(), title="没有 CA 也可以办理"),
            class_name="flex flex-col gap-6 text-base",
        ),
        title="申领 CA",
    )


def _other_ways() -> rx.Component:
    return rx.el.p(
        "可以",
        text_link("注册单位账号", "/register/unit"),
        "，或在",
        text_link("登录页", "/login"),
        "选择扫码登录、省政务登录、电子营业执照登录。",
    )
