"""The store of files' contents: encrypted parts in a folder, out of reach of every address.

A part lies at ``<first two digits>/<file id>/<number>`` below ``JSRS_FILES_DIR``, sealed and bound to file and number,
so that one that is changed or exchanged does not open. It comes into being whole or not at all and never changes, but
for a rotation of keys, which writes the same content under another one. Everything here waits for a disk: in threads.
"""

import asyncio
import errno
import io
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from jsrs_portal import crypto
from jsrs_portal.settings import get_settings

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}", re.ASCII)
_HALF = ".half-"
_NAMES = 4
"""What a file's first part takes of a disk's names: two folders, itself, and what it is called until it is whole."""
_FULL = {errno.ENOSPC, errno.EDQUOT}


class StoreFull(Exception):
    """There is no room for more; what is stored already stays, and the upload may go on later."""


class PartMissing(Exception):
    """A part that should be there is not."""


async def write_part(file_id: str, number: int, content: bytes) -> None:
    """Store a part, whole and on the disk when this returns; one that is there already is left as it is.

    Raises :class:`StoreFull`; nothing is left of a part that found no room.
    """
    await asyncio.to_thread(_write, file_id, number, content)


async def parts_of(file_id: str) -> list[int]:
    """Return the numbers of the parts that are there, in order."""
    return await asyncio.to_thread(_numbers, _folder(file_id))


async def read_part(file_id: str, number: int) -> bytes:
    """Return a part's content. Raises :class:`PartMissing` and :class:`crypto.CannotDecrypt`."""
    return await asyncio.to_thread(_read, file_id, number)


async def contents(file_id: str, parts: int) -> AsyncIterator[bytes]:
    """Yield the first ``parts`` parts one after the other. Errors as :func:`read_part`."""
    for number in range(parts):
        yield await read_part(file_id, number)


def open_file(file_id: str, *, size: int, part_bytes: int) -> io.BufferedReader:
    """Return a file as one that can be read anywhere in it, a part at a time. Blocking: for threads."""
    return io.BufferedReader(_Reader(file_id, size, part_bytes), part_bytes)


async def remove(file_id: str) -> None:
    """Take a file's content away; one that is not there is no error."""
    await asyncio.to_thread(shutil.rmtree, _folder(file_id), ignore_errors=True)


async def old_ids(prefix: str, *, before: datetime) -> list[str]:
    """Return the files below ``prefix`` (two hex digits) to which nothing was added since ``before``."""
    return await asyncio.to_thread(lambda: list(_old_ids(prefix, before)))


async def free_bytes() -> int:
    """Return how much uploads may still use of the disk."""
    return await asyncio.to_thread(_free)


async def count_behind() -> int:
    """Return how many parts are not under the current algorithm and key."""
    return await asyncio.to_thread(lambda: sum(1 for _ in _behind()))


async def rotate(*, batch: int) -> AsyncIterator[int]:
    """Re-encrypt what is under another key; yields how many after so many. May be interrupted and run again.

    Raises :class:`crypto.CannotDecrypt` for a part whose key is no longer configured: nothing is lost by that.
    """
    found = await asyncio.to_thread(lambda: list(_behind()))
    for start in range(0, len(found), batch):
        yield await asyncio.to_thread(lambda some: sum(map(_seal_anew, some)), found[start : start + batch])


def _folder(file_id: str) -> Path:
    if not _ID.fullmatch(file_id):
        raise ValueError("no identifier of a file")
    return get_settings().files_folder / file_id[:2] / file_id


def _place(file_id: str, number: int) -> dict[str, str]:
    return {"table": "case_files", "column": "content", "row": f"{file_id}/{number}"}


def _free() -> int:
    settings = get_settings()
    settings.files_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    disk = os.statvfs(settings.files_folder)
    if disk.f_files and disk.f_favail < _NAMES:  # room for bytes, and none for another file
        return 0
    return disk.f_bavail * disk.f_frsize - settings.files_reserve_mb * 1024 * 1024


def _write(file_id: str, number: int, content: bytes) -> None:
    target = _folder(file_id) / str(number)
    if target.exists():
        return
    if _free() < len(content):
        raise StoreFull
    _put(target, crypto.seal(content, **_place(file_id, number)), anew=True)


def _put(target: Path, sealed: bytes, *, anew: bool = False) -> None:
    """Write a file beside its place, wait for the disk, and move it there; take what was begun away on any error.

    ``anew``: only where nothing is yet, so that of two at once one is kept and nothing changes afterwards.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, half = tempfile.mkstemp(prefix=_HALF, dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            if anew:
                with suppress(FileExistsError):
                    os.link(half, target)
                os.unlink(half)
            else:
                os.replace(half, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(half)
            raise
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFull from error
        raise


def _numbers(folder: Path) -> list[int]:
    try:
        return sorted(int(name) for name in os.listdir(folder) if _NUMBER.fullmatch(name))
    except FileNotFoundError:
        return []


def _read(file_id: str, number: int) -> bytes:
    try:
        sealed = (_folder(file_id) / str(number)).read_bytes()
    except FileNotFoundError:
        raise PartMissing from None
    return crypto.unseal(sealed, **_place(file_id, number))


def _old_ids(prefix: str, before: datetime) -> Iterator[str]:
    with suppress(FileNotFoundError):
        for entry in os.scandir(get_settings().files_folder / prefix):
            with suppress(FileNotFoundError):
                if _ID.fullmatch(entry.name) and entry.stat().st_mtime < before.timestamp():
                    yield entry.name


def _behind() -> Iterator[tuple[str, int]]:
    current = crypto.current_prefix()
    for folder in sorted(get_settings().files_folder.glob("??/*")):
        for number in _numbers(folder) if _ID.fullmatch(folder.name) else []:
            with suppress(FileNotFoundError), (folder / str(number)).open("rb") as part:
                if part.read(len(current)) != current:
                    yield folder.name, number


def _seal_anew(part: tuple[str, int]) -> int:
    file_id, number = part
    try:
        content = _read(file_id, number)
    except PartMissing:
        return 0
    target = _folder(file_id) / str(number)
    if not target.parent.exists():  # removed meanwhile
        return 0
    _put(target, crypto.seal(content, **_place(file_id, number)))
    return 1


class _Reader(io.RawIOBase):
    """A file's content, decrypted where it is read."""

    def __init__(self, file_id: str, size: int, part_bytes: int) -> None:
        self._file_id, self._size, self._part_bytes = file_id, size, part_bytes
        self._at = 0
        self._known = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        number, skipped = divmod(self._at, self._part_bytes)
        if self._at >= self._size:
            return 0
        if self._known[0] != number:
            self._known = (number, _read(self._file_id, number))
        some = self._known[1][skipped : skipped + len(buffer)]
        buffer[: len(some)] = some
        self._at += len(some)
        return len(some)
