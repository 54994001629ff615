"""Files of cases: begun, sent in parts, looked into, kept encrypted, seen by their owner alone (R-2.6.3.3).

The row says what a file is, the store (:mod:`jsrs_portal.file_store`) has its content. A part needs no write to the
database: what the folder holds is how far an upload is, so it goes on after any interruption.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db, file_store
from jsrs_portal.db import after_commit
from jsrs_portal.domain import case_files as rules
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.cases import FileState
from jsrs_portal.domain.matter_forms import FieldType, FormField
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case, CaseFile
from jsrs_portal.models.catalog import MatterVersion
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Institution, Unit
from jsrs_portal.services import audit, limits
from jsrs_portal.services.case_access import desk_case, editable_case, own_case, review_case, seen_case
from jsrs_portal.services.case_file_space import space_of_drafts
from jsrs_portal.services.definitions import parsed


@dataclass(frozen=True)
class Upload:
    """An upload that goes on: its file, the size of a part, and the parts that are there."""

    id: str
    part_bytes: int
    parts: int
    have: tuple[int, ...]


@dataclass(frozen=True)
class FileView:
    """A file as its owner's page shows it.

    ``progress`` is how much of it is there, of 100; ``preview`` how many pages can be looked at, at ``<href>/pages/1``
    and on; ``ready`` whether it counts as handed in. ``words`` say the state, ``sentence`` why it was refused or how it
    goes on.
    """

    id: str
    field: str
    name: str
    kind: str
    size: str
    state: str
    words: str
    sentence: str
    progress: int
    href: str
    preview: int
    ready: bool


@dataclass(frozen=True)
class StoredFile:
    """A file to be read: its content is in the store under ``id``."""

    id: str
    name: str
    kind: str
    media_type: str
    size: int
    pages: int


async def begin_upload(
    session: AsyncSession, *, actor: Actor, case_id: str, field: str, name: str, size: int, digest: str = ""
) -> Upload | Refusal:
    """Begin an upload for ``field`` of a draft, or go on with the one of the same name, size and digest.

    ``digest`` is the content's SHA-256 as the browser computed it; without one nothing can be gone on with from
    another page. Errors: a case that is not the actor's or no draft, no such field, the caps per file, case and name,
    the number of files of the field, too often.
    """
    case = await editable_case(session, actor, case_id)
    if case is None:
        return rules.NOT_HERE
    exceeded = await limits.take(session, frequency.FILE_UPLOAD, actor.person_id, now=clock.now())
    if exceeded:
        return exceeded.refusal
    await _lock_name(session, case)  # whoever counts next counts this one too
    if await editable_case(session, actor, case_id, lock=True) is None:
        return rules.NOT_HERE
    asked = await _field(session, case, field)
    if asked is None:
        return rules.NO_FIELD
    kept, said = rules.read_name(name) or asked.label, rules.read_digest(digest)
    if said is None:
        return rules.BAD_PART
    others = await _counted(session, case)
    same = next((one for one in others if _goes_on(one, field, kept, size, said)), None)
    if same is not None:
        same.expires_at = clock.now() + rules.UPLOAD_LIFE
        return Upload(same.id, rules.PART_BYTES, rules.parts(size), tuple(await file_store.parts_of(same.id)))
    of_case = sum(one.size for one in others)
    of_person, of_drafts = await space_of_drafts(session, case)
    problem = rules.size_problem(size, of_case=of_case, of_person=of_person, of_drafts=of_drafts)
    if problem is not None:
        return problem
    most = asked.most or 1
    if sum(one.field == field for one in others) >= most:
        return rules.too_many(asked.label, most)
    await _drop_refused(session, case, field)
    made = CaseFile(case_id=case.id, field=field, person_id=actor.person_id, size=size, digest=said)
    made.name, made.created_at, made.expires_at = kept, clock.now(), clock.now() + rules.UPLOAD_LIFE
    session.add(made)
    return Upload(made.id, rules.PART_BYTES, rules.parts(size), ())


async def receive_part(*, actor: Actor, file_id: str, number: int, content: bytes) -> Refusal | None:
    """Store part ``number`` of an upload of the actor's own; the same part again changes nothing.

    No connection of the database is held while it is written. Errors: no such upload, one that is over, not as long as
    it must be; a full disk, and what is there stays.
    """
    async with db.reading() as session:
        found = await editable_file(session, actor=actor, file_id=file_id)
    if found is None:
        return rules.NOT_HERE
    if found.state != FileState.UPLOADING:
        return rules.OVER
    if len(content) != rules.part_size(found.size, number):
        return rules.BAD_PART
    try:
        await file_store.write_part(file_id, number, content)
    except file_store.StoreFull:
        return rules.NO_ROOM
    return None


async def remove_file(session: AsyncSession, *, actor: Actor, file_id: str) -> Refusal | None:
    """Take a file away from a draft of the actor's own, with its content; an upload under way ends with that."""
    found = await editable_file(session, actor=actor, file_id=file_id, lock=True)
    if found is None:
        return rules.NOT_HERE
    was = found.state
    await _put_away(session, [found])
    if was in (FileState.STORED, FileState.UNCHECKED):
        audit.record(session, actor=actor, action="file.remove", subject=file_id)
    return None


async def drop_files(session: AsyncSession, files: list[CaseFile]) -> None:
    """Delete rows of files, and their content once that is committed; for drafts that are thrown away too."""
    for one in files:
        await session.delete(one)
        after_commit(session, lambda file_id=one.id: file_store.remove(file_id))
    await session.flush()


async def drop_files_of(session: AsyncSession, case_id: str) -> None:
    """Delete all files of a case that is thrown away, as :func:`drop_files` does; before the case's own row."""
    await drop_files(session, list((await session.execute(_of_case(case_id))).scalars()))


async def view_files(session: AsyncSession, *, actor: Actor, case_id: str) -> tuple[FileView, ...]:
    """Return the files of a case of the actor's own, in the order they were begun; none for any other case."""
    if await own_case(session, actor, case_id) is None:
        return ()
    here = _of_case(case_id).where(col(CaseFile.state) != FileState.REPLACED)
    found = list((await session.execute(here)).scalars())
    return tuple([view_of(one, progress=await _progress(one)) for one in found])


async def why_not_submit(session: AsyncSession, *, case_id: str, fields: Collection[str]) -> str:
    """Return why a case cannot be submitted for the sake of the files at ``fields``; empty: nothing against it."""
    found = (await session.execute(_of_case(case_id))).scalars()
    return rules.why_not_submit((one.state, one.name) for one in found if one.field in fields)


async def drop_unasked(session: AsyncSession, *, case_id: str, fields: Collection[str]) -> None:
    """Delete the files of questions that are not among ``fields``, and those that were refused.

    Nobody is asked for the first in the end; the others are no files, only what was said of them.
    """
    found = (await session.execute(_of_case(case_id))).scalars()
    await _put_away(session, [one for one in found if one.field not in fields or one.state == FileState.REFUSED])


async def _put_away(session: AsyncSession, files: list[CaseFile]) -> None:
    """Delete what was never handed in; what was is kept, as the officers saw it then."""
    for one in files:
        if one.submission:
            one.state = FileState.REPLACED
    await drop_files(session, [one for one in files if not one.submission])


async def open_file(session: AsyncSession, *, actor: Actor, file_id: str) -> StoredFile | None:
    """Return a file of a case that the actor sees, or an officer handles, if its content is there; else ``None``.

    One that waits to be looked into is not given out, not even to who handed it in; one that has not been handed in
    yet only to those who are filling in the case.
    """
    found = await session.get(CaseFile, file_id)
    if found is None or found.state not in (FileState.STORED, FileState.REPLACED):
        return None
    case_id = found.case_id
    if not found.submission:
        case = await editable_case(session, actor, case_id)
    elif actor.staff_id:
        case = await desk_case(session, actor, case_id)
        if case is not None and case.received and found.submission > case.received:
            return None  # the unit has not approved of it yet
    else:
        case = await seen_case(session, actor, case_id) or await review_case(session, actor, case_id)
    if case is None:
        return None
    kind = rules.kind_of_media(found.media_type)
    return StoredFile(found.id, found.name, kind, found.media_type, found.size, found.pages)


async def editable_file(session: AsyncSession, *, actor: Actor, file_id: str, lock: bool = False) -> CaseFile | None:
    """Return a file of a draft of the actor's own; ``None`` for any other."""
    query = select(CaseFile).where(col(CaseFile.id) == file_id)
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None or await editable_case(session, actor, found.case_id, lock=lock) is None:
        return None
    if not lock:
        return found
    # Whoever changes a case's files holds the case: what was read before that may be old.
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


def _of_case(case_id: str):
    return select(CaseFile).where(col(CaseFile.case_id) == case_id).order_by(col(CaseFile.created_at), col(CaseFile.id))


def _goes_on(one: CaseFile, field: str, name: str, size: int, digest: str) -> bool:
    same = one.state == FileState.UPLOADING and (one.field, one.size, one.digest) == (field, size, digest)
    return same and digest != "" and one.name == name


async def _drop_refused(session: AsyncSession, case: Case, field: str) -> None:
    """What was refused is no longer told once another file is handed in there."""
    refused = _of_case(case.id).where(col(CaseFile.field) == field, col(CaseFile.state) == FileState.REFUSED)
    await drop_files(session, list((await session.execute(refused)).scalars()))


async def _lock_name(session: AsyncSession, case: Case) -> None:
    """Hold the row of whoever the case is for: uploads in one name count one after the other."""
    model, key = (
        (Unit, case.unit_id)
        if case.unit_id
        else (Institution, case.institution_id)
        if case.institution_id
        else (Person, case.person_id)
    )
    await session.get_one(model, key, with_for_update={"key_share": True})


async def _counted(session: AsyncSession, case: Case) -> list[CaseFile]:
    counted = _of_case(case.id).where(col(CaseFile.state).in_(rules.COUNTED))
    return list((await session.execute(counted)).scalars())


async def _field(session: AsyncSession, case: Case, key: str) -> FormField | None:
    """Return the upload field of this name in the version of the form that the case is made with."""
    version = await session.get(MatterVersion, case.version_id)
    form = parsed(version.id, version.definition).form if version else None
    found = next((one for one in form.fields if one.key == key), None) if form else None
    return found if found is not None and found.type is FieldType.FILE else None


async def _progress(file: CaseFile) -> int:
    if file.state != FileState.UPLOADING:
        return 100
    return len(await file_store.parts_of(file.id)) * 100 // rules.parts(file.size)


def view_of(file: CaseFile, *, progress: int = 100) -> FileView:
    """Return a file as its owner's page shows it."""
    state = FileState(file.state)
    there = state in (FileState.STORED, FileState.REPLACED)
    kind = rules.kind_of_media(file.media_type)
    return FileView(
        id=file.id,
        field=file.field,
        name=file.name,
        kind=rules.KINDS.get(kind, ""),
        size=rules.size_in_words(file.size),
        state=state,
        words=rules.STATE_WORDS[state],
        sentence=_sentence(file),
        progress=progress,
        href=f"/files/{file.id}" if there else "",
        preview=min(file.pages, rules.MOST_PAGES) if there else 0,
        ready=state is FileState.STORED,
    )


def _sentence(file: CaseFile) -> str:
    if file.state == FileState.REFUSED:
        return rules.why_refused(file.reason)
    return rules.GO_ON if file.state == FileState.UPLOADING else ""
