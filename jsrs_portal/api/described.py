"""What a page whose address names something says before any script runs: title, description, text (R-2.1.9).

Reflex builds no document for such an address, only an empty one for all of them. Search engines, previews of links and
browsers without scripts read what is put into it here; it is public text, the same for everybody.
"""

import re
import time
from dataclasses import dataclass
from html import escape

import structlog
from sqlalchemy.exc import SQLAlchemyError

from jsrs_portal import clock, db
from jsrs_portal.deadlines import within
from jsrs_portal.services.catalog_announcements import view_announcement
from jsrs_portal.services.catalog_guides import view_guide
from jsrs_portal.services.catalog_hall import view_city
from jsrs_portal.settings import get_settings

log = structlog.get_logger(__name__)
_ADDRESS = re.compile(r"/(matters|announcements|cities|apply)/([a-z0-9-]{1,60})/?")
_OWN = re.compile(r"(/applications|/cases|/staff/cases|/unit/workbench)/[0-9a-f]{32}/?")
_OWN_TITLES = {
    "/applications": "网上申报",
    "/cases": "办件详情",
    "/staff/cases": "办件处理",
    "/unit/workbench": "办件审核",
}
_REMEMBERED_SECONDS = 30.0
_MOST_REMEMBERED = 1000
_remembered: dict[str, tuple[float, "Described"]] = {}


@dataclass(frozen=True)
class Described:
    """What is known of one address; ``found`` is false when nothing of that name exists: the answer is then a 404."""

    title: str
    description: str
    text: tuple[str, ...]
    found: bool = True

    @property
    def head(self) -> str:
        """The lines for the document's head; the script takes this title away once it shows its own."""
        name = f"{self.title} - {get_settings().hall_name}"
        return (
            f'<title data-served>{escape(name)}</title><meta name="description" content="{escape(self.description)}"/>'
        )

    @property
    def body(self) -> str:
        """The text for readers without scripts."""
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.text)
        return f"<noscript><h1>{escape(self.title)}</h1>{lines}</noscript>"


async def describe(path: str) -> Described | None:
    """Return what the page at ``path`` is about; ``None`` when its address names nothing. Kept for half a minute.

    Of somebody's own case it says nothing, and not whether there is one: that is asked on the page.
    """
    if own := _OWN.fullmatch(path):
        return Described(_OWN_TITLES[own[1]], "", ())
    match = _ADDRESS.fullmatch(path)
    if match is None:
        return None
    now = time.monotonic()
    known = _remembered.get(path)
    if known is not None and now - known[0] < _REMEMBERED_SECONDS:
        return known[1]
    try:
        found = await within(get_settings().request_deadline, _look_up(match[1], match[2]))
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.error("page.not_described", error=type(error).__name__)
        return Described(get_settings().hall_name, "", ())
    if len(_remembered) >= _MOST_REMEMBERED:
        _remembered.clear()
    fresh = found or Described("页面不存在", "", (), found=False)
    _remembered[path] = (now, fresh)
    return fresh


async def _look_up(kind: str, name: str) -> Described | None:
    async with db.reading() as session:
        if kind == "matters":
            guide = await view_guide(session, key=name)
            if guide is None:
                return None
            materials = tuple(f"{one.number}. {one.name}" for one in guide.materials)
            steps = tuple(f"{one.name}：{one.what}" for one in guide.steps)
            facts = tuple(f"{row.label}：{row.value}" for row in guide.basics)
            text = (guide.matter.summary, *facts, "受理条件", *guide.conditions, "申请材料", *materials)
            return Described(guide.matter.name, guide.matter.summary, (*text, "办理流程", *steps))
        if kind == "announcements":
            news = await view_announcement(session, key=name, today=clock.today())
            return Described(news.card.title, news.card.summary, news.lines) if news else None
        if kind == "cities":
            city = await view_city(session, region=name, today=clock.today())
            found = city is not None and city.code == name
            return Described(city.name, city.introduction, (city.bureau, city.introduction)) if city and found else None
        guide = await view_guide(session, key=name)
        return Described(f"网上申报：{guide.matter.name}", guide.matter.summary, ()) if guide else None
