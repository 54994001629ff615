"""One drawing of the step in which somebody scans a QR code and shows their face (R-2.2.3, R-2.5.3)."""

from typing import Any

import reflex as rx

from jsrs_portal.components.behaviour import ticker
from jsrs_portal.components.feedback import notice
from jsrs_portal.components.qr import qr_panel

_ASK_EVERY_MS = 2500


def face_step(state: Any, *, key: str, who: str, passed: str) -> rx.Component:
    """Return the QR code of the wizard's step ``key``, for ``who`` to scan; ``passed`` says what comes next."""
    return rx.fragment(
        notice("info", f"人脸识别由支付宝完成，仅用于确认{who}本人；本大厅只接收是否通过的结果，不保存人脸图像。"),
        qr_panel(
            state.qr,
            state.face_state,
            until=state.face_until,
            now=state.now_ms,
            on_refresh=state.start_face,
            on_expire=state.poll_face,
            instructions=(
                f"请{who}打开手机上的支付宝 APP",
                "用「扫一扫」扫描本页二维码",
                "按提示完成人脸识别，本页会自动进入下一步",
            ),
            reason=f"请确认由{who}本人操作，然后重新获取二维码。",
            passed=passed,
        ),
        ticker(state.poll_face, _ASK_EVERY_MS, (state.face_state == "waiting") & (state.step == key)),
    )
