"""Pages that are planned and not built: they say so, and where to go meanwhile."""

import reflex as rx

from jsrs_portal.components.controls import button_link
from jsrs_portal.components.feedback import card, empty_state
from jsrs_portal.pages.frame import centre_frame


def _honest(name: str, action: rx.Component) -> rx.Component:
    sentence = f"「{name}」正在建设，目前还不能使用。急需办理的，请到当地人社服务窗口或拨打 12333 咨询。"
    return empty_state("该功能尚未开通", sentence, action)


def centre_placeholder(name: str, key: str) -> rx.Component:
    """Return a page of the unit centre that is still to come."""
    content = card(_honest(name, button_link("返回单位主页", "/unit", kind="secondary")))
    return centre_frame(content, title=name, current=key)
