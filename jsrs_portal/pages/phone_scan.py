"""The phone's page of the scan login (R-2.4.3): an installable page that a phone's camera leads to."""

import reflex as rx

from jsrs_portal.components.behaviour import countdown
from jsrs_portal.components.controls import actions, button, button_link
from jsrs_portal.components.device_key import device_key, sign_button
from jsrs_portal.components.feedback import card, definition_list, empty_state, notice, skeleton
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.wizards import trouble
from jsrs_portal.state.phone_scan import PhoneScanState as State

_BY_LINK = "为防止他人诱骗登录，不能通过链接打开登录二维码。请用手机相机扫描您本人电脑屏幕上的二维码。"


def phone_scan() -> rx.Component:
    """Return the page at ``/m``."""
    stages = rx.match(
        State.stage,
        ("unknown", _unknown()),
        ("known", _known()),
        ("asked", _asked()),
        ("confirmed", empty_state("已确认登录", "请回到电脑，选择要进入的单位或机构。您可以关闭本页。")),
        ("cancelled", empty_state("已取消登录", "电脑上不会登录。如果二维码不是您打开的，请提高警惕，勿再扫描。")),
        ("refused", empty_state("未能登录", State.trouble)),
        skeleton("row", rows=4),
    )
    return frame(
        rx.el.link(rel="manifest", href="/m.webmanifest"),
        device_key(State.knock, State.opened),
        card(
            rx.el.div(
                rx.cond(State.by_link, notice("bad", _BY_LINK)),
                rx.el.div(stages, role="status", class_name="flex flex-col gap-6"),
                class_name="mx-auto flex max-w-field flex-col gap-6",
            )
        ),
        title="扫码登录",
    )


def _unknown() -> rx.Component:
    able = rx.fragment(
        rx.el.p("将本机设为可信手机后，用它扫描登录页上的二维码即可登录，不必再输入密码。", class_name="text-base"),
        notice("warn", "请只在您本人使用、设有锁屏密码的手机上设置。可信手机可以随时移除，90 天未使用自动失效。"),
        trouble(State.trouble),
        sign_button("将本机设为可信手机", State.challenge, State.trust, fresh=True),
    )
    login = rx.fragment(
        rx.el.p(
            "本机还不是您的可信手机。请先用个人账号登录一次，再将本机设为可信手机，然后重新扫描电脑上的二维码。",
            class_name="text-base",
        ),
        actions(button_link("个人登录", "/login?side=person&next=/m", reload=True)),
    )
    return rx.cond(State.can_trust, able, login)


def _known() -> rx.Component:
    return rx.fragment(
        rx.el.p("本机是可信手机，可以扫码登录。", class_name="text-lg font-semibold"),
        definition_list([("使用人", State.person), ("本机", State.phone_name)]),
        rx.el.ol(
            rx.el.li("在电脑上打开登录页，选择「单位登录」中的「扫码登录」。"),
            rx.el.li("用手机相机扫描二维码，打开出现的链接。"),
            rx.el.li("核对本页显示的信息，确认登录。"),
            class_name="list-decimal pl-6 text-base flex flex-col gap-2",
        ),
        actions(button("移除本机", kind="danger", on_click=State.remove)),
    )


def _asked() -> rx.Component:
    rows = [
        ("网站", State.site),
        ("操作", State.action),
        ("设备", State.device),
        ("登录网络", State.place),
        ("二维码打开时间", State.started),
        ("登录人", State.person),
    ]
    return rx.fragment(
        rx.cond(State.unit != "", definition_list([("单位", State.unit), *rows]), definition_list(rows)),
        rx.cond(
            State.same_network,
            notice("warn", "请确认这是您本人正在操作的电脑。如果二维码是别人发给您的，请勿确认。"),
            notice(
                "bad",
                "电脑与本机不在同一网络。只有您本人正在该电脑前时才可以确认；别人发来的二维码，一律不要确认。",
            ),
        ),
        rx.el.p(countdown(State.until, before="请在 ", after=" 内确认", ended="已超时", now_epoch_ms=State.now_ms)),
        sign_button("确认登录", State.challenge, State.confirm),
        button("取消", kind="secondary", on_click=State.cancel, full=True),
    )
