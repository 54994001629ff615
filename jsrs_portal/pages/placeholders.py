"""Pages that are planned and not built: they say so, and where to go meanwhile."""

import reflex as rx

from jsrs_portal.components.controls import button_link
from jsrs_portal.components.feedback import card, empty_state, skeleton
from jsrs_portal.pages.frame import centre_frame, frame
from jsrs_portal.state.guide import GuideState


def _honest(name: str, action: rx.Component) -> rx.Component:
    sentence = f"「{name}」正在建设，目前还不能使用。急需办理的，请到当地人社服务窗口或拨打 12333 咨询。"
    return empty_state("该功能尚未开通", sentence, action)


def hall_placeholder(name: str, path: str) -> rx.Component:
    """Return a page of the hall that is still to come."""
    return frame(card(_honest(name, button_link("返回大厅首页", "/", kind="secondary"))), title=name, nav_current=path)


def apply_placeholder() -> rx.Component:
    """Return the page of an application that is still to come: which matter it is, and what can be done meanwhile."""
    matter = GuideState.guide.matter
    missing = empty_state(
        "没有这个事项",
        "该事项可能已经下架或更名，请从服务清单中查找，或直接搜索。",
        button_link("去服务清单", "/services", kind="secondary"),
    )
    coming = empty_state(
        "网上申报尚未开通",
        "「" + matter.name + "」的网上申报正在建设。请先查看指南中的材料和窗口，到当地窗口办理或拨打 12333 咨询。",
        button_link("查看办事指南", matter.guide_href, kind="secondary"),
    )
    refused = empty_state(
        "现在不能申报",
        GuideState.guide.apply_why,
        button_link("查看办事指南", matter.guide_href, kind="secondary"),
    )
    return frame(
        card(
            rx.cond(
                GuideState.loaded,
                rx.cond(GuideState.missing, missing, rx.cond(GuideState.guide.apply_why != "", refused, coming)),
                skeleton("block"),
            )
        ),
        title="网上申报",
        nav_current="/services",
    )


def centre_placeholder(name: str, key: str) -> rx.Component:
    """Return a page of the unit centre that is still to come."""
    content = card(_honest(name, button_link("返回单位主页", "/unit", kind="secondary")))
    return centre_frame(content, title=name, current=key)
