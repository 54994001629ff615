"""Drafts and files in the words of the tests: a draft of a matter, a file sent part by part (R-2.6.3.3)."""

import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

from PIL import Image
from sqlalchemy import select, update
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.domain import case_files as rules
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.cases import CaseStatus
from jsrs_portal.domain.matters import MatterDefinition
from jsrs_portal.models.cases import Case, CaseFile
from jsrs_portal.models.catalog import Matter
from jsrs_portal.services import case_files, catalog_load
from jsrs_portal.services.case_file_checks import complete_upload
from tests.services.world import ADDRESS
from tests.support.matters import catalogue, example, matter

FIELD, OTHER = "plan", "proof"
_FORM = {
    "sections": [
        {
            "key": "files",
            "title": "材料",
            "fields": [
                {"key": FIELD, "label": "工作安排", "type": "file", "most": 3},
                {"key": OTHER, "label": "证明", "type": "file"},
                {"key": "words", "label": "说明", "type": "text"},
            ],
        }
    ]
}


def _with_files(key: str, name: str, number: int, side: str, **more: Any) -> MatterDefinition:
    workflow = {name: part for name, part in example()["workflow"].items() if side == "unit" or name != "unit_review"}
    return matter(key, name, number=number, sides=[side], form=_FORM, workflow=workflow, **more)


async def load_matters() -> None:
    """Serve two matters of labour business with uploads in their forms: one of units, one of persons."""
    both = (_with_files("hours", "特殊工时审批", 7, "unit"), _with_files("dispute", "劳动争议申请", 8, "person"))
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(session, catalogue=catalogue(*both), files_digest="files", now=clock.now())


async def draft(actor: Actor, key: str = "hours", **changes: Any) -> Case:
    """Write a draft of the actor's for a matter."""
    async with db.unit_of_work() as session:
        found = (await session.execute(select(Matter).where(Matter.key == key))).scalar_one()
        made = Case(
            person_id=actor.person_id,
            unit_id=actor.unit_id or None,
            institution_id=actor.institution_id or None,
            grant_id=actor.grant_id or None,
            matter_id=found.id,
            version_id=found.version_id or "",
            matter_name=found.name,
            region="320000",
            saved_at=clock.now(),
            expires_at=clock.now() + timedelta(days=90),
        )
        for name, value in changes.items():
            setattr(made, name, value)
        session.add(made)
        return made


async def submit(case: Case) -> None:
    """Let a draft be one no longer."""
    async with db.unit_of_work() as session:
        found = await session.get_one(Case, case.id)
        found.status, found.number, found.expires_at = CaseStatus.SUBMITTED, case.id, None
        await session.execute(update(CaseFile).where(col(CaseFile.case_id) == case.id).values(submission=1))


def person(person_id: str) -> Actor:
    """Return somebody who acts for themselves."""
    return Actor(session_key=crypto.fingerprint(person_id), address=ADDRESS, person_id=person_id, personal=True)


def elsewhere(actor: Actor, **others: Any) -> Actor:
    """Return the actor in another role or name."""
    return replace(actor, **others)


# Files


@lru_cache
def png(width: int = 300, height: int = 200) -> bytes:
    """Return a picture."""
    file = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(file, "PNG")
    return file.getvalue()


@lru_cache
def pdf(pages: int = 2, padding: int = 0) -> bytes:
    """Return a document of so many pages; ``padding`` makes it longer."""
    file = io.BytesIO()
    sheets = [Image.new("RGB", (200, 280), (250, 250, 250 - number)) for number in range(pages)]
    sheets[0].save(file, "PDF", save_all=True, append_images=sheets[1:])
    return file.getvalue() + b"%" + b"x" * padding


@lru_cache
def archive(*names: str) -> bytes:
    """Return a ZIP with these names in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return file.getvalue()


def digest_of(content: bytes) -> str:
    """Return what a browser says of a file."""
    return hashlib.sha256(content).hexdigest()


async def begin(actor: Actor, case: Case, content: bytes, name: str = "plan.pdf", **other: Any) -> Any:
    """Say that a file is coming; ``other`` are things said otherwise."""
    said = {"field": FIELD, "name": name, "size": len(content), "digest": digest_of(content)} | other
    async with db.unit_of_work() as session:
        return await case_files.begin_upload(session, actor=actor, case_id=case.id, **said)


def part_of(content: bytes, number: int) -> bytes:
    """Return one part of a file."""
    return content[number * rules.PART_BYTES : (number + 1) * rules.PART_BYTES]


async def send(actor: Actor, file_id: str, number: int, content: bytes) -> Any:
    """Send one part."""
    return await case_files.receive_part(actor=actor, file_id=file_id, number=number, content=content)


async def upload(
    actor: Actor, case: Case, content: bytes, name: str = "plan.pdf", *, scanner: Any = None, **other: Any
) -> Any:
    """Send a whole file and return what became of it."""
    begun = await begin(actor, case, content, name, **other)
    if not isinstance(begun, case_files.Upload):
        return begun
    for number in range(begun.parts):
        assert await send(actor, begun.id, number, part_of(content, number)) is None
    return await complete_upload(scanner, actor=actor, file_id=begun.id)


async def remove(actor: Actor, file_id: str) -> Any:
    """Take a file away."""
    async with db.unit_of_work() as session:
        return await case_files.remove_file(session, actor=actor, file_id=file_id)


async def listed(actor: Actor, case: Case) -> tuple[case_files.FileView, ...]:
    """Return the files as the page shows them."""
    async with db.reading() as session:
        return await case_files.view_files(session, actor=actor, case_id=case.id)


async def opened(actor: Actor, file_id: str) -> case_files.StoredFile | None:
    """Return a file to be read."""
    async with db.reading() as session:
        return await case_files.open_file(session, actor=actor, file_id=file_id)


async def drained(content: AsyncIterator[bytes]) -> bytes:
    """Return everything that comes."""
    return b"".join([part async for part in content])
