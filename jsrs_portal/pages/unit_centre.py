"""单位中心: the home of the unit (R-2.6.1.1); the rest of the menu is still to come."""

import reflex as rx

from jsrs_portal.components.feedback import card, definition_list, notice, skeleton
from jsrs_portal.pages.frame import centre_frame
from jsrs_portal.state.shell import ShellState
from jsrs_portal.state.unit import UnitState


def unit_home() -> rx.Component:
    """Return 「单位主页」."""
    unit = definition_list(
        [
            ("单位全称", UnitState.name),
            ("统一社会信用代码", UnitState.uscc),
            ("单位编号", UnitState.unit_number),
        ]
    )
    person = definition_list(
        [
            ("身份", ShellState.viewer_role),
            ("姓名", ShellState.viewer_name),
            ("移动电话", ShellState.viewer_mobile),
        ]
    )
    return centre_frame(
        card(rx.cond(UnitState.loaded, unit, skeleton("line", rows=3)), title="当前单位"),
        card(rx.cond(ShellState.loaded, person, skeleton("line", rows=3)), title="当前登录人"),
        notice("info", "办件、推荐事项等内容正在建设，开通后会显示在这里。"),
        title="单位主页",
        current="home",
    )
