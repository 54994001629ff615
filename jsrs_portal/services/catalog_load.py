"""``jsrs catalog load``: puts the files' content into the database, from which it is served (rule 4).

Loading again changes nothing. What a file gets wrong leaves its row as it was; what has no file any more is retired,
with all its versions kept for the cases that were made with them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import delete, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.catalog.loader import Catalogue
from jsrs_portal.domain.matter_parts import Part
from jsrs_portal.domain.matters import FileStatus, MatterDefinition
from jsrs_portal.models.catalog import (
    LAST,
    CatalogLoad,
    ContentStatus,
    Matter,
    MatterFacet,
    MatterVersion,
    hot_order,
)
from jsrs_portal.services import catalog_load_pages
from jsrs_portal.services.search.documents import INDEX_VERSION, MATTER, Entry, drop_entries, matter_entry, put_entries

SCHEMA_VERSION = "2"
"""Changes when rows are made differently from the same files; everything is loaded anew then."""

_NAME = "catalog"


@dataclass
class LoadReport:
    """What a load did, by key; ``changed`` says which fields differ. What was refused is in the catalogue's faults."""

    added: list[str] = field(default_factory=lambda: [])
    changed: dict[str, list[str]] = field(default_factory=lambda: {})
    retired: list[str] = field(default_factory=lambda: [])
    drafts: list[str] = field(default_factory=lambda: [])
    unchanged: int = 0

    @property
    def quiet(self) -> bool:
        """Whether nothing is different from before."""
        return not (self.added or self.changed or self.retired or self.drafts)


async def last_load(session: AsyncSession) -> str:
    """Return the mark of what was loaded last, empty before the first load. One query."""
    found = await session.execute(select(col(CatalogLoad.digest)).where(col(CatalogLoad.name) == _NAME))
    return found.scalar_one_or_none() or ""


def load_mark(files_digest: str) -> str:
    """Return what :func:`last_load` gives once files with this hash were loaded by this version of the product."""
    return hashlib.sha256(f"{files_digest}\x1f{SCHEMA_VERSION}\x1f{INDEX_VERSION}".encode()).hexdigest()


async def load_catalogue(
    session: AsyncSession, *, catalogue: Catalogue, files_digest: str, now: datetime, most_fields: int = 12
) -> LoadReport:
    """Bring the database to what ``catalogue`` says, in the caller's transaction; return what changed.

    Raises ``ValueError`` without a taxonomy or regions: then nothing can be judged and nothing is touched. A catalogue
    with faults is loaded without the faulty files, and its mark is not kept, so that the next load looks again.
    """
    if not catalogue.usable or catalogue.taxonomy is None:
        raise ValueError("a catalogue without taxonomy or regions cannot be loaded")
    stamp = await _locked_stamp(session)
    anew = not stamp.digest
    report = LoadReport()
    known = {matter.key: matter for matter in (await session.execute(select(Matter))).scalars()}
    latest = await _latest_versions(session)
    entries: list[Entry] = []
    facets: list[dict[str, str]] = []
    for key, definition in catalogue.matters.items():
        matter = known.get(key) or Matter(**_columns(definition, catalogue))
        work = _MatterWork(session, matter, definition, latest.get(matter.id, []), now)
        if key not in known:
            session.add(matter)
        fresh = work.draft(report) if definition.status is FileStatus.DRAFT else work.publish(report, most_fields)
        if fresh or (anew and matter.status == ContentStatus.PUBLISHED):
            served = work.served_definition()
            for name, value in _columns(served, catalogue).items():
                setattr(matter, name, value)
            matter.hot_order = hot_order(matter.heat, matter.featured)
            entries.append(matter_entry(served))
            facets += _facets(matter.id, served)
    await _retire(session, known, catalogue.present["matters"], now, report)
    await session.flush()
    await _replace_facets(session, facets)
    entries += await catalog_load_pages.load_announcements(
        session, catalogue=catalogue, now=now, report=report, anew=anew
    )
    await catalog_load_pages.load_cities(session, catalogue=catalogue, report=report)
    await put_entries(session, entries)
    await _measure(session, changed=bool(entries))
    stamp.digest = "" if catalogue.faults else load_mark(files_digest)
    stamp.loaded_at = now
    return report


async def _locked_stamp(session: AsyncSession) -> CatalogLoad:
    """Return the row that says what was loaded last, locked, so that two loads follow each other."""
    dialect = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    await session.execute(dialect(CatalogLoad).values(name=_NAME).on_conflict_do_nothing())
    query = select(CatalogLoad).where(col(CatalogLoad.name) == _NAME).with_for_update()
    return (await session.execute(query)).scalar_one()


async def _measure(session: AsyncSession, *, changed: bool) -> None:
    """Tell PostgreSQL how much there is now; until it looks by itself it would plan as if the tables were empty."""
    if changed and session.get_bind().dialect.name == "postgresql":
        await session.flush()
        await session.execute(text("ANALYZE matters, matter_facets, announcements, search_documents, search_index"))


async def _latest_versions(session: AsyncSession) -> dict[str, list[MatterVersion]]:
    """Return the versions that count of every matter: the served one, the draft, and the newest of all."""
    found: dict[str, list[MatterVersion]] = {}
    query = select(MatterVersion).order_by(col(MatterVersion.matter_id), col(MatterVersion.number).desc())
    for version in (await session.execute(query)).scalars():
        kept = found.setdefault(version.matter_id, [])
        if not kept or version.status != ContentStatus.RETIRED:
            kept.append(version)
    return found


def canonical(definition: Part) -> str:
    """Return a definition as the text that is stored and hashed; whether it is a draft is no part of it."""
    values = definition.model_dump(mode="json", by_alias=True, exclude={"status"}, exclude_defaults=True)
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """Return the hash by which a version is known to be the same."""
    return hashlib.sha256(text.encode()).hexdigest()


class _MatterWork:
    """One matter during a load: its row, what its file says, and the versions there are, newest first."""

    def __init__(
        self,
        session: AsyncSession,
        matter: Matter,
        definition: MatterDefinition,
        versions: list[MatterVersion],
        now: datetime,
    ) -> None:
        self.session, self.matter, self.definition, self.now = session, matter, definition, now
        self.key = definition.key
        self.text = canonical(definition)
        self.digest = digest_of(self.text)
        self.served = next((v for v in versions if v.status == ContentStatus.PUBLISHED), None)
        self.waiting = next((v for v in versions if v.status == ContentStatus.DRAFT), None)
        self.last = versions[0].number if versions else 0

    def publish(self, report: LoadReport, most_fields: int) -> bool:
        """Serve the file's version; return whether it was not served before."""
        if self.served is not None and self.served.digest == self.digest:
            report.unchanged += 1
            return False
        if self.served is None:
            report.added.append(self.key)
        else:
            report.changed[self.key] = differences(json.loads(self.served.definition), json.loads(self.text))[
                :most_fields
            ]
            self.served.status, self.served.retired_at = ContentStatus.RETIRED, self.now
        version = self.waiting or self._new_version()
        version.status, version.published_at = ContentStatus.PUBLISHED, self.now
        version.digest, version.definition = self.digest, self.text
        self.matter.status, self.matter.changed_at = ContentStatus.PUBLISHED, self.now
        self.matter.version_id, self.matter.version_number = version.id, version.number
        return True

    def draft(self, report: LoadReport) -> bool:
        """Keep the file's version as a draft; what is served stays, so this never counts as fresh."""
        version = self.waiting or self._new_version()
        if version.digest == self.digest:
            report.unchanged += 1
            return False
        version.digest, version.definition = self.digest, self.text
        report.drafts.append(self.key)
        return False

    def served_definition(self) -> MatterDefinition:
        """Return what is served now: the file's, or while that is a draft the one before."""
        if self.definition.status is FileStatus.PUBLISHED or self.served is None:
            return self.definition
        return MatterDefinition.model_validate_json(self.served.definition)

    def _new_version(self) -> MatterVersion:
        version = MatterVersion(matter_id=self.matter.id, number=self.last + 1, digest="", definition="")
        self.session.add(version)
        return version


def differences(before: Any, after: Any, at: str = "") -> list[str]:
    """Return the fields in which two definitions differ, at most two levels deep: ``guide.faqs``, ``name``."""
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)) or at.count(".") > 1:
        return [] if before == after else [at.rstrip(".")]
    old, new = cast("Mapping[str, Any]", before), cast("Mapping[str, Any]", after)
    found: list[str] = []
    for name in sorted(set(old) | set(new)):
        found += differences(old.get(name), new.get(name), f"{at}{name}.")
    return found


def _columns(definition: MatterDefinition, catalogue: Catalogue) -> dict[str, Any]:
    """Return what lists need of a definition."""
    featured = definition.featured or LAST
    order = catalogue.taxonomy.place(definition.category, definition.subcategory) if catalogue.taxonomy else ""
    return {
        "key": definition.key,
        "name": definition.name,
        "summary": definition.summary,
        "kind": definition.kind.value,
        "category": definition.category,
        "subcategory": definition.subcategory,
        "sides": ",".join(definition.sides),
        "online": definition.online.way.value,
        "online_url": definition.online.url or "",
        "online_name": definition.online.name,
        "can_apply": definition.can_apply,
        "place": f"{order}{featured:04d}{definition.key}",
        "featured": featured,
    }


def _facets(matter_id: str, definition: MatterDefinition) -> list[dict[str, str]]:
    groups = {
        "side": definition.sides,
        "audience": definition.audiences,
        "theme": definition.themes,
        "region": definition.regions,
    }
    return [
        {"facet": facet, "value": str(value), "matter_id": matter_id}
        for facet, values in groups.items()
        for value in values
    ]


async def _replace_facets(session: AsyncSession, facets: list[dict[str, str]]) -> None:
    matters = sorted({facet["matter_id"] for facet in facets})
    for start in range(0, len(matters), 500):
        of_these = col(MatterFacet.matter_id).in_(matters[start : start + 500])
        await session.execute(delete(MatterFacet).where(of_these))
    for start in range(0, len(facets), 1000):
        await session.execute(insert(MatterFacet), facets[start : start + 1000])


async def _retire(
    session: AsyncSession, known: dict[str, Matter], present: set[str], now: datetime, report: LoadReport
) -> None:
    """Stop serving matters whose file is gone; a file that is there and wrong retires nothing."""
    gone = [m for key, m in known.items() if key not in present and m.status != ContentStatus.RETIRED]
    for matter in gone:
        matter.status, matter.changed_at = ContentStatus.RETIRED, now
        versions = select(MatterVersion).where(
            col(MatterVersion.matter_id) == matter.id, col(MatterVersion.status) != ContentStatus.RETIRED
        )
        for version in (await session.execute(versions)).scalars():
            version.status, version.retired_at = ContentStatus.RETIRED, now
        await session.execute(delete(MatterFacet).where(col(MatterFacet.matter_id) == matter.id))
    report.retired += [matter.key for matter in gone]
    await drop_entries(session, MATTER, [matter.key for matter in gone])
