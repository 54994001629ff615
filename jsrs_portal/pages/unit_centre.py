"""单位信息: basic information of the unit (R-2.6.2.1)."""

import reflex as rx

from jsrs_portal.components.feedback import card, definition_list, notice, skeleton
from jsrs_portal.pages.frame import centre_frame
from jsrs_portal.state.unit import UnitState


def _dash(value: rx.Var[str]) -> rx.Component:
    return rx.cond(value != "", value, "—")


def unit_info() -> rx.Component:
    """Return 「单位信息」: what the business registry said at registration."""
    rows = definition_list(
        [
            ("统一社会信用代码", UnitState.uscc),
            ("单位全称", UnitState.name),
            ("经济类型", _dash(UnitState.economic_type)),
            ("注册地地址", _dash(UnitState.registered_address)),
            ("登记机关", _dash(UnitState.authority_name)),
            ("注册日期", UnitState.registered_on),
        ]
    )
    return centre_frame(
        card(rx.cond(UnitState.loaded, rows, skeleton("line", rows=6)), title="基本信息"),
        notice("info", "修改单位信息的功能正在建设。"),
        title="单位信息",
        current="info",
    )
