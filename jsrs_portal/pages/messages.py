"""Pages that only say something: on the phone after a face check, after a refusal, where nothing is."""

import reflex as rx

from jsrs_portal.components.controls import actions, button_link
from jsrs_portal.components.feedback import card, empty_state
from jsrs_portal.pages.frame import frame
from jsrs_portal.pages.staff_frame import staff_plain
from jsrs_portal.state.staff_shell import StaffShellState


def _message(title: str, sentence: str, *ways: rx.Component, home: bool = True, sign: str = "inbox") -> rx.Component:
    back = [button_link("返回大厅首页", "/", kind="secondary")] if home else []
    action = actions(*ways, *back) if ways or back else None
    return frame(card(empty_state(title, sentence, action, sign=sign)), title=title)


def phone_done() -> rx.Component:
    """The phone has come back from Alipay."""
    sentence = "人脸识别的结果会自动显示在电脑页面上，您可以关闭本页。"
    return _message("请回到电脑继续", sentence, home=False, sign="monitor_check")


def phone_denied() -> rx.Component:
    """Somebody said on the phone that the check was not theirs."""
    return _message(
        "已取消认证",
        "本次认证已作废，电脑上不能继续。如果您怀疑有人冒用单位名义，请拨打 12333。",
        home=False,
        sign="circle_minus",
    )


def phone_over() -> rx.Component:
    """The QR code is no longer valid."""
    sentence = "请在电脑页面上重新获取二维码，再用支付宝扫描。"
    return _message("二维码已失效", sentence, home=False, sign="clock_alert")


def way_not_here() -> rx.Component:
    """This installation has no province's login, or no electronic licence: nobody has set it up."""
    sentence = "本大厅尚未接入该登录方式，请返回登录页，使用 CA、扫码或账号密码登录。"
    return frame(
        card(empty_state("该登录方式未接入", sentence, button_link("返回登录", "/login", kind="secondary"))),
        title="其他登录方式",
    )


def refused() -> rx.Component:
    """Somebody signed in asked for what they may not do; an officer is led back to the officers' platform."""
    title = "没有权限"
    of_an_officer = empty_state(
        title,
        "您的岗位没有该操作的权限，本次尝试已记入审计日志。确需办理的，请联系系统管理员。",
        button_link("返回我的首页", "/staff", kind="secondary"),
    )
    return rx.cond(
        StaffShellState.loaded,
        staff_plain(card(of_an_officer), title=title),
        _message(
            title,
            "您当前的身份不能进行该操作。属于个人账户的，请切换到个人身份；属于单位的，请联系本单位法定代表人或管理员授权。",
            button_link("切换身份", "/choose", icon_name="repeat"),
        ),
    )


def not_found() -> rx.Component:
    """There is no such page."""
    return _message("页面不存在", "您访问的地址不存在或已变更，请检查地址或从首页进入。")
