"""办事指南: one matter's guide from the chosen region, and whether the viewer keeps it (R-2.1.9)."""

from functools import lru_cache

import reflex as rx
import segno

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain.addresses import source_of
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import catalog_stats, favourites
from jsrs_portal.services.catalog import MatterCard
from jsrs_portal.services.catalog_guides import GuideView, view_guide
from jsrs_portal.settings import get_settings
from jsrs_portal.state.region import chosen_region

_NO_MATTER = MatterCard(
    key="",
    name="",
    summary="",
    kind="",
    category="",
    category_name="",
    subcategory="",
    subcategory_name="",
    sides=(),
    guide_href="",
    apply_href="",
    elsewhere="",
    offline=False,
)
_BLANK = GuideView(
    matter=_NO_MATTER,
    version=0,
    updated_on="",
    online_note="",
    apply_why="",
    basics=(),
    conditions=(),
    refusals=(),
    materials=(),
    no_materials="",
    steps=(),
    limits=(),
    special=(),
    fee="",
    fees=(),
    results=(),
    basis=(),
    offices=(),
    contacts=(),
    faqs=(),
    remedies=(),
    remedy_note="",
)


@lru_cache(maxsize=4096)
def _qr(path: str) -> str:
    return segno.make(get_settings().origin + path, error="m").svg_data_uri(scale=4, border=0, omitsize=True)


class GuideState(rx.State):
    """The guide on the screen; ``missing`` when there is none under this address."""

    loaded: bool = False
    missing: bool = False
    guide: GuideView = _BLANK
    region: str = ""
    """The region one looks from: whose offices would deal with an application that is begun here."""
    qr: str = ""
    kept: bool = False
    said: str = ""

    @rx.event
    @public(passive=True)
    async def load(self):
        """Show the guide that the address names; one statement for a visitor, two for somebody signed in."""
        key, actor = self.router.url.path.rstrip("/").rpartition("/")[2], current_actor()
        region = (await chosen_region(self)).code
        async with db.reading() as session:
            view = await view_guide(session, key=key, region=region, actor=actor)
            self.kept = view is not None and await favourites.is_kept(session, actor=actor, key=key)
        self.said, self.missing, self.loaded = "", view is None, True
        self.guide = view or _BLANK
        self.region = regions().full_name(region)
        self.qr = _qr(view.matter.guide_href) if view else ""
        if view is not None:
            catalog_stats.record_view(key=key, viewer=source_of(actor.address))

    @rx.event
    @public()
    async def keep(self):
        """「收藏」 or 「取消收藏」; a visitor logs in first and comes back."""
        actor, key = current_actor(), self.guide.matter.key
        if not actor.signed_in:
            await depart(f"/login?next=/matters/{key}&reason=keep")
            return
        async with db.unit_of_work() as session:
            outcome = await favourites.set_kept(session, actor=actor, key=key, kept=not self.kept)
        if isinstance(outcome, Refusal):
            self.said = outcome.sentence
            return
        self.kept = outcome
        self.said = "已收藏，可在用户中心的「收藏」中找到。" if outcome else "已取消收藏。"
