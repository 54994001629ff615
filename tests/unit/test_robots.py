"""A hall that is not a demonstration lets search engines read its public pages only (RFC 9309)."""

from types import SimpleNamespace
from urllib.robotparser import RobotFileParser

import pytest

from jsrs_portal.api import site_map

ORIGIN = "https://hall.example.gov.cn"


@pytest.mark.req("R-2.1.10")
async def test_public_pages_are_read_and_nobodys_own(monkeypatch):
    monkeypatch.setattr(site_map, "get_settings", lambda: SimpleNamespace(demo=False, origin=ORIGIN))
    text = bytes((await site_map.robots(SimpleNamespace())).body).decode()  # pyright: ignore[reportArgumentType]
    rules = RobotFileParser()
    rules.parse(text.splitlines())
    assert rules.site_maps() == [f"{ORIGIN}/sitemap.xml"]
    for path in ("/", "/services", "/matters/contract-renewal", "/announcements/news", "/cities/320500"):
        assert rules.can_fetch("*", ORIGIN + path)
    for path in ("/unit", "/unit/info", "/login", "/register/unit", "/phone/face", "/v/abc", "/session/open"):
        assert not rules.can_fetch("*", ORIGIN + path)
    assert text.index("Allow: /units") > 0  # longer than 「/unit」, so it wins; Python's parser takes the first instead
