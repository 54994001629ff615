"""The store of files' contents: a part is there whole or not at all, whatever happens while it is written."""

import errno
import os
import stat
from pathlib import Path

import pytest

from jsrs_portal import crypto, file_store
from jsrs_portal.settings import get_settings

pytestmark = pytest.mark.req("R-2.6.3.3")
ONE, TWO = "0a" * 16, "0b" * 16


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("JSRS_FILES_DIR", str(tmp_path / "files"))
    monkeypatch.setenv("JSRS_FILES_RESERVE_MB", "0")
    get_settings.cache_clear()
    crypto.keyring.cache_clear()
    yield tmp_path / "files"
    get_settings.cache_clear()
    crypto.keyring.cache_clear()


def files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


async def test_parts_lie_under_their_file_readable_by_nobody_else(folder):
    await file_store.write_part(ONE, 1, b"second")
    await file_store.write_part(ONE, 0, b"first ")
    assert files(folder) == [f"0a/{ONE}/0", f"0a/{ONE}/1"]
    assert await file_store.parts_of(ONE) == [0, 1]
    assert b"".join([part async for part in file_store.contents(ONE, 2)]) == b"first second"
    assert stat.S_IMODE((folder / "0a" / ONE).stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "0a" / ONE / "0").stat().st_mode) == 0o600


@pytest.mark.parametrize("step", ["fsync", "link"])
async def test_killed_at_any_step_there_is_no_part_and_the_next_try_writes_it(folder, monkeypatch, step):
    """A process that is killed cleans nothing up: what is left is no part, and in nobody's way."""

    class Killed(BaseException):
        """The end of the process."""

    def die(*_args: object, **_named: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(os, step, die)
        patched.setattr(os, "unlink", lambda _path: None)
        with pytest.raises(Killed):
            file_store._write(ONE, 0, b"content")
    assert await file_store.parts_of(ONE) == []
    await file_store.write_part(ONE, 0, b"content")
    assert await file_store.read_part(ONE, 0) == b"content"
    await file_store.remove(ONE)
    assert files(folder) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
async def test_a_full_disk_is_told_and_leaves_no_half_part(folder, monkeypatch, number):
    def full(_handle: int) -> None:
        raise OSError(number, "no room")

    await file_store.write_part(ONE, 0, b"there")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(file_store.StoreFull):
            await file_store.write_part(ONE, 1, b"more")
    assert files(folder) == [f"0a/{ONE}/0"]


async def test_another_failure_of_the_disk_is_not_called_full(monkeypatch):
    def broken(_handle: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="broken"):
        await file_store.write_part(ONE, 0, b"x")


async def test_uploads_leave_room_for_everything_else(monkeypatch):
    monkeypatch.setenv("JSRS_FILES_RESERVE_MB", str(1 << 40))
    get_settings.cache_clear()
    with pytest.raises(file_store.StoreFull):
        await file_store.write_part(ONE, 0, b"x")
    assert await file_store.free_bytes() < 0


async def test_a_part_never_changes():
    await file_store.write_part(ONE, 0, b"first")
    await file_store.write_part(ONE, 0, b"other")
    assert await file_store.read_part(ONE, 0) == b"first"


async def test_a_part_opens_in_its_place_alone(folder):
    await file_store.write_part(ONE, 0, b"x" * 50)
    await file_store.write_part(ONE, 1, b"y" * 50)
    sealed = (folder / "0a" / ONE / "0").read_bytes()
    (folder / "0a" / ONE / "1").write_bytes(sealed)
    for changed in (sealed, sealed[:-1], b"", sealed[:10]):
        (folder / "0a" / ONE / "1").write_bytes(changed)
        with pytest.raises(crypto.CannotDecrypt):
            await file_store.read_part(ONE, 1)


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "0A" * 16, "0a" * 15, "0a" * 16 + "\n", "/" * 32])
async def test_only_an_identifier_names_a_file(name):
    for act in (file_store.parts_of(name), file_store.read_part(name, 0), file_store.remove(name)):
        with pytest.raises(ValueError, match="no identifier"):
            await act
    with pytest.raises(ValueError, match="no identifier"):
        await file_store.write_part(name, 0, b"x")


async def test_what_is_not_there_is_told():
    assert await file_store.parts_of(TWO) == []
    await file_store.remove(TWO)
    with pytest.raises(file_store.PartMissing):
        await file_store.read_part(TWO, 0)


async def test_a_file_can_be_read_anywhere_in_it():
    content = bytes(range(256)) * 5
    for number in range(13):
        await file_store.write_part(ONE, number, content[number * 100 : number * 100 + 100])
    with file_store.open_file(ONE, size=len(content), part_bytes=100) as file:
        assert file.read() == content
        for place, length in ((0, 10), (95, 10), (1270, 100), (1280, 5), (5000, 5)):
            file.seek(place)
            assert file.read(length) == content[place : place + length]
        assert file.seek(-3, os.SEEK_END) == 1277
        assert file.read() == content[-3:]
