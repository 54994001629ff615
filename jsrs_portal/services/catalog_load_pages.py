"""The part of a load that concerns announcements and city fronts; see :mod:`.catalog_load`."""

import hashlib
import json
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.catalog.loader import AttachedFile, Catalogue
from jsrs_portal.domain.hall_content import AnnouncementDefinition
from jsrs_portal.domain.matter_parts import Part
from jsrs_portal.domain.matters import FileStatus
from jsrs_portal.models.catalog import Announcement, AnnouncementFile, CityFrontRow, ContentStatus
from jsrs_portal.services.search.documents import ANNOUNCEMENT, Entry, announcement_entry, drop_entries


class Report(Protocol):
    """What a load notes; see :class:`.catalog_load.LoadReport`."""

    added: list[str]
    changed: dict[str, list[str]]
    retired: list[str]
    drafts: list[str]
    unchanged: int


def _text(part: Part, *digests: str) -> tuple[str, str]:
    """Return a definition as text, and its hash together with those of its files."""
    text = json.dumps(part.model_dump(mode="json", by_alias=True), ensure_ascii=False, sort_keys=True)
    return text, hashlib.sha256("\x1f".join((text, *digests)).encode()).hexdigest()


async def load_announcements(
    session: AsyncSession, *, catalogue: Catalogue, now: datetime, report: Report, anew: bool
) -> list[Entry]:
    """Bring the announcements to what the files say; return the search entries to put, all of them if ``anew``."""
    known = {row.key: row for row in (await session.execute(select(Announcement))).scalars()}
    entries: list[Entry] = []
    hidden: list[str] = []
    for key, news in catalogue.announcements.items():
        name = f"announcements/{key}"
        attached = catalogue.attached.get(key, ())
        text, digest = _text(news, *(file.digest for file in attached))
        row = known.get(key)
        if row is not None and row.digest == digest and row.status != ContentStatus.RETIRED:
            report.unchanged += 1
            if anew and row.status == ContentStatus.PUBLISHED:
                entries.append(announcement_entry(news))
            continue
        values = _columns(news, text, digest)
        is_new = row is None
        if row is None:
            row = Announcement(**values, changed_at=now)
            session.add(row)
        else:
            for column, value in values.items():
                setattr(row, column, value)
            row.changed_at = now
        await _put_files(session, row, attached)
        if news.status is FileStatus.DRAFT:
            report.drafts.append(name)
            hidden.append(key)
            continue
        if is_new:
            report.added.append(name)
        else:
            report.changed[name] = []
        entries.append(announcement_entry(news))
    gone = [
        r for k, r in known.items() if k not in catalogue.present["announcements"] and r.status != ContentStatus.RETIRED
    ]
    for row in gone:
        row.status, row.changed_at = ContentStatus.RETIRED, now
        report.retired.append(f"announcements/{row.key}")
    await drop_entries(session, ANNOUNCEMENT, [*hidden, *(row.key for row in gone)])
    return entries


async def _put_files(session: AsyncSession, row: Announcement, attached: tuple[AttachedFile, ...]) -> None:
    """Put the files of one announcement in place of those it had."""
    await session.flush()
    await session.execute(delete(AnnouncementFile).where(col(AnnouncementFile.announcement_id) == row.id))
    for file in attached:
        session.add(
            AnnouncementFile(
                announcement_id=row.id,
                number=file.number,
                file_name=file.path.name,
                digest=file.digest,
                size=file.size,
                content=file.path.read_bytes(),
            )
        )


def _columns(news: AnnouncementDefinition, text: str, digest: str) -> dict[str, Any]:
    status = ContentStatus.DRAFT if news.status is FileStatus.DRAFT else ContentStatus.PUBLISHED
    return {
        "key": news.key,
        "title": news.title,
        "kind": news.kind.value,
        "region": news.region,
        "issued_by": news.issued_by,
        "issued_on": news.issued_on,
        "pinned_until": news.pinned_until,
        "summary": news.summary,
        "status": status,
        "digest": digest,
        "definition": text,
    }


async def load_cities(session: AsyncSession, *, catalogue: Catalogue, report: Report) -> None:
    """Bring the cities' fronts to what the files say."""
    known = {row.region: row for row in (await session.execute(select(CityFrontRow))).scalars()}
    for region, front in catalogue.cities.items():
        text, digest = _text(front)
        row = known.get(region)
        if row is None:
            session.add(CityFrontRow(region=region, bureau=front.bureau, digest=digest, definition=text))
            report.added.append(f"cities/{region}")
        elif row.digest == digest:
            report.unchanged += 1
        else:
            row.bureau, row.digest, row.definition = front.bureau, digest, text
            report.changed[f"cities/{region}"] = []
    for region in set(known) - catalogue.present["cities"]:
        await session.execute(delete(CityFrontRow).where(col(CityFrontRow.region) == region))
        report.retired.append(f"cities/{region}")
