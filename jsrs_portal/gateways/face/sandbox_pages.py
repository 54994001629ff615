"""「模拟支付宝刷脸」: what the person sees on the phone, the same for both face products."""

from datetime import timedelta
from html import escape
from typing import Any

from starlette.responses import Response

from jsrs_portal import clock
from jsrs_portal.gateways.simulation.pages import is_web_address, page

LIFE = timedelta(hours=23)
RESULTS = {"pass": "已通过", "fail": "未通过", "cancel": "已取消"}


def expired(check: dict[str, Any]) -> bool:
    """Tell whether nobody decided a check in time."""
    return not check["result"] and clock.now().timestamp() - check["created_at"] > LIFE.total_seconds()


def notice(title: str, sentence: str, *, status: int = 200) -> Response:
    """Return a page that says one thing."""
    return page(title, f'<p class="card">{escape(sentence)}</p>', status=status, narrow=True)


def certify_page(check: dict[str, Any]) -> Response:
    """Show what is to be decided, or what has been."""
    if expired(check):
        return notice("本次认证已过期", "请回到办事大厅重新获取二维码。", status=410)
    who = f"<dl class=card><dt>被认证人</dt><dd>{escape(check['masked_name'])}</dd></dl>"
    if check["result"]:
        back = check["return_url"]
        link = f'<p><a href="{escape(back)}">返回办事大厅</a></p>' if is_web_address(back) else ""
        outcome = f'<p class="card" role="status">本次认证{RESULTS[check["result"]]}，不能更改。</p>'
        return page("模拟支付宝刷脸", who + outcome + link, narrow=True)
    form = (
        f'<form method="post" action="/face/{escape(check["certify_id"])}" class="stack">'
        '<p class="note">真实环境由支付宝拍摄人脸并与公安人口库比对。这里不使用摄像头，请选择比对的结果。</p>'
        '<button class="primary" name="result" value="pass">通过</button>'
        '<button name="result" value="fail">不通过</button>'
        '<button name="result" value="cancel">取消</button></form>'
    )
    return page("模拟支付宝刷脸", who + form, narrow=True, submits_to=check["return_url"])
