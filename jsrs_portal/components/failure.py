"""What stands where a page could not be drawn."""

from typing import Any

import reflex as rx
from reflex_base.vars.base import Var
from reflex_base.vars.function import ArgsFunctionOperation
from reflex_components_core.base.error_boundary import ErrorBoundary

from jsrs_portal.components.behaviour import Handler


def failure_boundary(on_failure: Handler) -> rx.Component:
    """Return the boundary around every page; ``on_failure`` is told that one failed, never with what it said.

    Its words are its own: Reflex's shows the browser's error text, in English.
    """
    words: Any = rx.el.div(
        rx.el.h1("页面显示出现问题", class_name="text-2xl"),
        rx.el.p("您已提交的内容没有丢失。请刷新页面后继续；仍有问题的，请拨打 12333。", class_name="text-base"),
        rx.el.p(
            rx.el.a("返回大厅首页", href="/", class_name="text-brand-600 underline"),
        ),
        role="alert",
        class_name="mx-auto max-w-field p-6 flex flex-col gap-4",
    )
    return ErrorBoundary.create(
        on_error=on_failure, fallback_render=ArgsFunctionOperation.create(("failure",), Var.create(words))
    )
