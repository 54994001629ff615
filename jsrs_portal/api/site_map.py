"""What search engines are told: which pages are worth reading, where each public page is (sitemaps.org, RFC 9309)."""

from html import escape

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from jsrs_portal import clock, db
from jsrs_portal.access.policies import public
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.services.catalog_hall import site_map
from jsrs_portal.settings import get_settings

_LISTS = ("/", "/services", "/units", "/persons", "/queries", "/announcements", "/cities")
_NOT_FOR_ENGINES = (
    "/unit",
    "/institution",
    "/staff",
    "/password/",
    "/choose",
    "/login",
    "/register/",
    "/apply/",
    "/applications/",
    "/cases/",
    "/phone/",
    "/session/",
    "/v/",
    "/search",
    "/region",
)
_AN_HOUR = {"Cache-Control": "public, max-age=3600"}


@public()
async def robots(request: Request) -> Response:
    """``GET /robots.txt``: public pages only; a demonstration is not to be found at all, its data is invented."""
    if get_settings().demo:
        lines = ["User-agent: *", "Disallow: /"]
    else:
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_ENGINES)]
        lines.append("Allow: /units")  # the longer rule wins over /unit
        lines.append(f"Sitemap: {get_settings().origin}/sitemap.xml")
    return PlainTextResponse("\n".join(lines) + "\n", headers=_AN_HOUR)


@public()
async def pages(request: Request) -> Response:
    """``GET /sitemap.xml``: the lists, the cities' fronts, every published guide and announcement."""
    async with db.reading() as session:
        found = await site_map(session)
    tree, origin = regions(), get_settings().origin
    lines = [f"<url><loc>{origin}{path}</loc></url>" for path in _LISTS]
    lines += [f"<url><loc>{origin}/cities/{city.code}</loc></url>" for city in tree.children(tree.code)]
    for entry in found:
        day = f"{entry.changed_at.astimezone(clock.BEIJING):%Y-%m-%d}"
        lines.append(f"<url><loc>{origin}{escape(entry.path)}</loc><lastmod>{day}</lastmod></url>")
    text = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return Response(text + "\n".join(lines) + "\n</urlset>\n", media_type="application/xml", headers=_AN_HOUR)
