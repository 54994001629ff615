"""What was typed outlasts the server: the page stays as it was until it has its data again (R-2.2.8).

The scripts are in ``assets/kept.jsx``. A state that is gone with its server comes back empty; until the page's load
events have filled it, and its forms have told it what they hold, the page shows what it showed before.
"""

import reflex as rx

from jsrs_portal.components.behaviour import Handler
from jsrs_portal.components.controls import LINK


def _values(values: rx.Var[dict[str, str]]) -> tuple[rx.Var[dict[str, str]]]:
    """Event spec: what stands in a form."""
    return (values,)


class _Kept(rx.Component):
    library = "$/public/kept.jsx"


class Held(_Kept):
    """Shows the state as it was while the server is away; ``live`` are states shown as they are all the same."""

    tag = "Held"
    alias = "KeptHeld"
    live: rx.Var[list[str]]
    banner: rx.Var[rx.Component]
    banner_class: rx.Var[str]
    stopped: rx.Var[str]
    unfinished: rx.Var[str]
    gone: rx.Var[str]
    close: rx.Var[str]
    button_class: rx.Var[str]


class Again(_Kept):
    """Tells the server once more what stands in a form."""

    tag = "Again"
    alias = "KeptAgain"
    target: rx.Var[str]
    on_again: rx.EventHandler[_values]


def again(form: str, on_again: Handler) -> rx.Component:
    """After a reconnection call ``on_again`` with what stands in ``form``, before the page shows the state again.

    For what the state alone knows of a form: which part of it is open, what was chosen.
    """
    return Again.create(target=form, on_again=on_again)


def kept_page(live: type[rx.State]) -> rx.Component:
    """Return what holds the whole page, and says when the connection is down; for ``App.app_wraps``.

    It stands in place of Reflex's overlay and shows after a second without connection, so that leaving a page does not
    flash it. ``live`` is the state that sends a browser elsewhere. What is pressed meanwhile is not done later, when
    the page may show something else: that is said.
    """
    said = rx.el.p(
        "网络连接已断开，正在重新连接……已填写的内容仍保留在页面上。",
        class_name="late mx-auto max-w-field rounded-card bg-warn-50 text-warn border border-warn px-4 py-2 "
        "text-base text-center shadow-float",
    )
    # An app wrap becomes the parent of the whole page.
    return Held.create(
        banner=said,
        banner_class="not-printed fixed inset-x-0 top-0 z-50 p-2 pointer-events-none",
        live=[live.get_full_name()],
        stopped="连接中断时提交的操作没有执行，请在连接恢复后重新提交。",
        unfinished="连接中断前提交的操作可能没有完成，请核对页面内容，需要时重新提交。",
        gone="连接恢复后，这一页的内容已有变化，以下填写没有保留，请核对后重新填写：",
        close="知道了",
        class_name="not-printed fixed inset-x-0 bottom-0 z-50 mx-auto mt-auto mb-4 flex max-w-field flex-col gap-2 "
        "rounded-card border border-warn bg-warn-50 px-4 py-2 text-base text-warn shadow-float",
        button_class=f"{LINK} w-fit min-h-control",
    )
