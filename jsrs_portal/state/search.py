"""Search: the page of results, and suggestions while somebody types (R-2.1.8)."""

import time
from urllib.parse import urlencode

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain.regions import Region
from jsrs_portal.services.search import pace
from jsrs_portal.services.search.queries import CANDIDATES, SearchHit, Suggestion, WayOn, search, suggest
from jsrs_portal.state.matter_filters import FilterOption
from jsrs_portal.state.region import chosen_region

PAGE = 20
LONGEST = 60
_KINDS = (("", "全部"), ("matter", "事项与指南"), ("announcement", "公示公告"))


def _address(text: str, region: str, kind: str = "", begins: int = 0) -> str:
    query = {"q": text, "kind": kind, "region": region}
    query["from"] = str(begins) if begins else ""
    return f"/search?{urlencode({name: value for name, value in query.items() if value})}"


def _typed(text: str) -> str:
    """Return what a field can hold of ``text``: half a character, sent back, would end the connection."""
    return "".join(sign for sign in text[:LONGEST] if sign.isprintable())


def _region_in(text: str) -> tuple[str, Region | None]:
    """Take the name of a region out of several words: 「昆山 退工」 is 退工, looked for in 昆山."""
    words = text.split()
    names = {name: one for one in regions().by_code.values() for name in (one.name, one.short, one.name[:-1])}
    named = next((word for word in words if word in names and len(words) > 1), "")
    return (" ".join(word for word in words if word != named), names[named]) if named else (text, None)


class SearchState(rx.State):
    """What the address asks for, and what was found; the box itself suggests by :meth:`suggest`."""

    loaded: bool = False
    text: str = ""
    kinds: list[FilterOption] = []
    hits: list[SearchHit] = []
    mistyped: bool = False
    found: str = ""
    next: str = ""
    first: str = ""
    popular: list[WayOn] = []
    categories: list[WayOn] = []
    region_name: str = ""
    suggestions: list[Suggestion] = []
    suggested_for: str = ""

    @rx.event
    @public(passive=True)
    async def load(self):
        """Search for what the address says: two statements at most."""
        query = self.router.url.query_parameters
        text, kind, begins = _typed(str(query.get("q", ""))), str(query.get("kind", "")), str(query.get("from", ""))
        kind = kind if kind in dict(_KINDS) else ""
        offset = int(begins) if begins.isascii() and begins.isdigit() and len(begins) < 4 else 0
        region = await chosen_region(self)
        text, named = _region_in(text)
        region = named or region
        async with db.reading() as session:
            found = await search(session, text=text, region=region.code, kind=kind, limit=PAGE, offset=offset)
        self.text, self.hits, self.mistyped = text.strip(), list(found.hits), found.mistyped
        self.kinds = [FilterOption(label, _address(text, region.code, key), key == kind) for key, label in _KINDS]
        self.popular, self.categories = list(found.popular), list(found.categories)
        self.found = f"找到 {found.total} 条" + ("以上" if found.total >= CANDIDATES else "") if found.total else ""
        self.next = _address(text, region.code, kind, offset + PAGE) if found.more else ""
        self.first = _address(text, region.code, kind) if offset else ""
        self.region_name, self.loaded = region.short, True

    @rx.event
    @public(passive=True)
    async def suggest(self, text: str):
        """Suggest names for what is typed; the page asks after a pause, and whoever asks too often is not answered."""
        if not isinstance(text, str) or not pace.may_suggest(current_actor().session_key, now=time.monotonic()):  # pyright: ignore
            return
        asked = _typed(text)
        async with db.reading() as session:
            self.suggestions = list(await suggest(session, text=asked, region=(await chosen_region(self)).code))
        self.suggested_for = asked
