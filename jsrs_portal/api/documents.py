"""Every page's HTML, with its session cookie and a content security policy of its own (rules 2 and 10).

The prerendered files are read once. Each has inline scripts of its own, so each has its own list of hashes.
"""

import base64
import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from jsrs_portal.access import cookie
from jsrs_portal.api.described import Described
from jsrs_portal.settings import CA_PAGES, get_settings

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)
SHARED_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""Headers of every answer of ours."""


_MOST_MADE = 500
_NAMED = re.compile(r"/(matters|announcements|cities|apply|applications|cases)/[a-z0-9-]{1,60}")


@dataclass(frozen=True)
class Document:
    """One prerendered page: its bytes, plain and compressed, its tag and its policy."""

    body: bytes
    compressed: bytes
    etag: str
    policy: str

    @classmethod
    def of(cls, body: bytes, policy: str = "") -> "Document":
        """Compute tag and policy of a page; its own policy unless another is given."""
        digest = hashlib.sha256(body).hexdigest()[:32]
        return cls(body, gzip.compress(body, 6, mtime=0), f'"{digest}"', policy or content_security_policy(body))


def content_security_policy(html: bytes, *, reached: str = "") -> str:
    """Return the policy under which exactly the inline scripts of ``html`` may run, and nothing foreign.

    ``reached`` is the one origin besides our own that its scripts may ask.
    """
    hashes = sorted(
        {base64.b64encode(hashlib.sha256(found).digest()).decode() for found in _INLINE_SCRIPT.findall(html)}
    )
    scripts = " ".join(["'self'", *(f"'sha256-{value}'" for value in hashes)])
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'" + (f" {reached}" if reached else ""),
            "manifest-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ]
    )


class Documents:
    """All pages of the built frontend, by path."""

    def __init__(self, folder: Path) -> None:
        """Read every HTML file below ``folder`` (the build's client directory)."""
        self._pages: dict[str, Document] = {}
        for file in sorted(folder.rglob("*.html")):
            name = file.relative_to(folder).with_suffix("").as_posix()
            path = ("/" + name.removesuffix("/index").removesuffix("index")).rstrip("/") or "/"
            body = file.read_bytes()
            driver = get_settings().ca_driver_origin if path in CA_PAGES else ""
            self._pages[path] = Document.of(body, content_security_policy(body, reached=driver))
        self._missing = self._pages.get("/404") or self._pages.get("/__spa-fallback")
        fallback = self._pages.get("/__spa-fallback")
        self._fallback = fallback.body if fallback else b""
        self._made: dict[Described, Document] = {}

    def find(self, path: str) -> tuple[Document | None, int]:
        """Return the page for ``path`` and its HTTP status."""
        path = path.rstrip("/") or "/"
        found = self._pages.get(path)
        return (found, 200) if found else (self._missing, 404)

    def moved(self, path: str) -> str | None:
        """Return the one address of a page that ``path`` names otherwise: ``/index/`` (R-2.1.1), ``/Services``.

        The script on the page knows only the one, and would show something else beside it.
        """
        wanted = path.lower().rstrip("/") or "/"
        wanted = "/" if wanted == "/index" else wanted
        if wanted == path or path.startswith("//"):
            return None
        return wanted if wanted in self._pages or _NAMED.fullmatch(wanted) else None

    def described(self, page: Described) -> tuple[Document, int]:
        """Return the document for an address that names something, and its status."""
        made = self._made.get(page)
        if made is None:
            body = self._fallback.replace(b"</head>", page.head.encode() + b"</head>", 1)
            body = body.replace(b"</body>", page.body.encode() + b"</body>", 1)
            # The policy is that of the empty document: nothing that is put in may run.
            made = Document.of(body, content_security_policy(self._fallback))
            if len(self._made) >= _MOST_MADE:
                self._made.clear()
            self._made[page] = made
        return made, 200 if page.found else 404

    def answer(self, request: Request, page: Described | None = None) -> Response:
        """Answer with the page, or 304 when the browser has it; both set a visitor's cookie where there is none.

        ``page`` is what is known of an address that names something, a matter's for example.
        """
        found, status = self.described(page) if page else self.find(request.url.path)
        if found is None:
            return Response("页面不存在", status_code=404, media_type="text/plain; charset=utf-8")
        headers = {
            "Content-Security-Policy": found.policy,
            "Cache-Control": "private, no-cache",
            "Vary": "Cookie, Accept-Encoding",
            "ETag": found.etag,
        }
        value = cookie.read(request.headers.get("cookie", ""))
        if not cookie.proof(value):
            headers["Set-Cookie"] = cookie.set_cookie(cookie.new_visitor())
        if status == 200 and request.headers.get("if-none-match") == found.etag:
            return Response(status_code=304, headers=headers)
        body = found.body
        if "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["Content-Encoding"] = found.compressed, "gzip"
        return Response(body, status_code=status, headers=headers, media_type="text/html; charset=utf-8")
