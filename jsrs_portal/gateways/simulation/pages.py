"""The simulators' pages: plain, self-contained, without a script; everything variable is escaped.

They must be readable on a phone (the face check is) and pass the same accessibility checks as the portal.
"""

import base64
import hashlib
import re
from html import escape
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse

_STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;background:#F4F6F9;color:#16202E;font:16px/1.7 "PingFang SC","Hiragino Sans GB","Microsoft YaHei",
"Noto Sans CJK SC",system-ui,sans-serif}
header{background:#FFF5E0;color:#8A5200;border-bottom:1px solid #DDE3EA}
header p,nav,main{max-width:960px;margin:0 auto;padding:8px 16px}
nav ul{display:flex;flex-wrap:wrap;gap:4px 24px;margin:0;padding:0;list-style:none}
nav a,td a{display:inline-block;padding:8px 0}
main{padding:24px 16px 64px}main.narrow{max-width:440px}
h1{font-size:24px;line-height:1.35;margin:0 0 16px}h2{font-size:18px;line-height:1.35;margin:24px 0 8px}
a{color:#1559B7}.card{background:#FFF;border:1px solid #DDE3EA;border-radius:10px;padding:16px;margin:0 0 16px}
.note{color:#566577;margin:0}.wide{overflow-x:auto}.wide:focus-visible{outline:3px solid #1559B7;outline-offset:2px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;color:#566577;padding-bottom:8px}
th,td{border-bottom:1px solid #DDE3EA;padding:8px 12px 8px 0;text-align:left;vertical-align:top}
th{font-weight:600;white-space:nowrap}
ol.plain{list-style:none;margin:0;padding:0}dl{display:grid;grid-template-columns:auto 1fr;gap:4px 16px;margin:0}
dt{color:#566577}dd{margin:0;overflow-wrap:anywhere}label{display:block}
input,select{font:inherit;min-height:44px;padding:8px 12px;border:1px solid #566577;border-radius:6px;max-width:100%}
button{font:inherit;min-height:48px;padding:8px 24px;border:1px solid #1559B7;border-radius:6px;background:#FFF;
color:#1559B7;cursor:pointer}
button.primary{background:#1559B7;color:#FFF;font-weight:600}
.stack button{display:block;width:100%;margin-top:12px}
a:focus-visible,button:focus-visible,input:focus-visible,
select:focus-visible{outline:3px solid #1559B7;outline-offset:2px}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_ORIGIN = re.compile(r"https?://[A-Za-z0-9._\[\]:-]{1,255}")
LINKS = (
    ("/", "首页"),
    ("/sms/outbox", "模拟手机短信"),
    ("/app", "模拟江苏智慧人社APP"),
    ("/registry", "模拟企业登记库"),
    ("/identity", "模拟实名核验"),
    ("/ca", "模拟CA"),
    ("/courier", "模拟快递"),
)


def page(title: str, body: str, *, status: int = 200, narrow: bool = False, submits_to: str = "") -> HTMLResponse:
    """Return a page; ``body`` is HTML whose variable parts are escaped already.

    ``submits_to`` is an address a form's answer may redirect to: browsers apply ``form-action`` to that as well.
    """
    links = "".join(f'<li><a href="{path}">{name}</a></li>' for path, name in LINKS)
    menu = "" if narrow else f'<nav aria-label="模拟系统"><ul>{links}</ul></nav>'
    document = (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)} · 演示环境</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex"><style>{_STYLE}</style></head><body>'
        "<header><p>演示环境：这里模拟的是外部系统，人员、单位和短信都是虚构的。</p></header>"
        f"{menu}<main{' class=narrow' if narrow else ''}><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self' {_origin(submits_to)}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(
        document,
        status,
        headers={
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        },
    )


def table(caption: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table that scrolls inside itself on a narrow screen; all cells are escaped here."""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def is_web_address(text: str) -> bool:
    """Tell whether ``text`` is an absolute http(s) address that is safe to send a browser to."""
    if not text.isprintable() or "\\" in text or " " in text or len(text) > 2048:
        return False
    try:
        parts = urlsplit(text)
        port_is_sane = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and port_is_sane
        and bool(_origin(text))
    )


def _origin(address: str) -> str:
    """Return an address's origin for the policy, ``""`` if it has none that may stand in a header."""
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin if _ORIGIN.fullmatch(origin) else ""
