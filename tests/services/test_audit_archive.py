"""Old audit entries move to a file; file and trail stay verifiable, together and apart (S11, retention)."""

import base64
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, text

from jsrs_portal import clock, db, worker
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.retention import AUDIT_LEAST
from jsrs_portal.models.audit import AuditEntry, AuditHead
from jsrs_portal.services import audit, audit_archive
from jsrs_portal.settings import get_settings
from tests.services.operator import jsrs
from tests.services.world import change, rows, statements, warm_up

ACTOR = Actor(session_key="k" * 64, address="203.0.113.7", person_id="p" * 32, unit_id="u" * 32, role=Role.ADMIN)
NAME = "赵测试"


async def written(count: int) -> None:
    """Seal ``count`` entries; every second one has details."""
    async with db.unit_of_work() as session:
        for n in range(count):
            audit.record(session, actor=ACTOR, action=f"test.act-{n}", details={"name": NAME} if n % 2 else None)
    await worker.seal_audit()


@pytest.fixture
async def old(time):
    """Ten entries from years ago, and two of today."""
    await written(10)
    time.pass_by(days=1500)
    await written_at(time.now, 2)


async def written_at(instant, count: int) -> None:
    """Seal entries as they would have been written at ``instant``."""
    async with db.unit_of_work() as session:
        for _ in range(count):
            entry = AuditEntry(action="test.young", created_at=instant)
            entry.mac = audit._mac_of(entry)
            session.add(entry)
    await worker.seal_audit()


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "audit-1.jsonl"


async def archived(target: Path, **how) -> audit_archive.Archived:
    return await audit_archive.archive(target, before=clock.now() - timedelta(days=1000), **how)


async def faults(*files: Path) -> list[str]:
    """Return every fault of the trail and of the files."""
    async with db.walking() as session:
        found = (await audit.verify_trail(session)).faults
    async with db.walking() as session:
        return found + ((await audit_archive.verify_archives(session, files)).faults if files else [])


async def positions() -> list[int | None]:
    return sorted(entry.position for entry in await rows(AuditEntry) if entry.position)


@pytest.mark.usefixtures("old")
async def test_old_entries_leave_the_table_and_both_parts_hold(target):
    done = await archived(target)
    assert (done.first, done.last, done.count) == (1, 10, 10)
    assert await positions() == [11, 12]
    assert await faults() == []
    assert await faults(target) == []


@pytest.mark.usefixtures("old")
async def test_the_trail_goes_on_behind_an_archive(target):
    await archived(target)
    await worker.seal_audit()
    await written(3)
    assert await faults(target) == []
    async with db.walking() as session:
        report = await audit.verify_trail(session)
    assert (report.archived, report.sealed) == (10, 6)  # two young ones, the archiving's own, three new ones


@pytest.mark.usefixtures("old")
async def test_an_archive_of_everything_leaves_a_trail_that_can_go_on(target, time):
    time.pass_by(days=2000)
    await archived(target)
    assert await positions() == []
    await worker.seal_audit()
    assert await positions() == [13]
    assert await faults(target) == []


@pytest.mark.usefixtures("old")
async def test_archives_follow_one_another(target, time):
    await archived(target)
    await worker.seal_audit()
    time.pass_by(days=2000)
    second = target.with_name("audit-2.jsonl")
    done = await archived(second)
    assert done.first == 11
    assert await faults(second, target) == []
    assert any("第 1 至 10 条" in fault for fault in await faults(second)), "the first file is missing"
    assert any("不衔接" in fault for fault in await faults(target)), "the second file is missing"


@pytest.mark.usefixtures("old")
async def test_archiving_leaves_an_entry(target):
    await archived(target)
    (entry,) = [entry for entry in await rows(AuditEntry) if entry.action == "audit.archive"]
    assert entry.subject == "1-10"
    assert json.loads(entry.details)["file"] == str(target)


@pytest.mark.usefixtures("old")
async def test_the_file_is_ours_alone_and_holds_details_as_ciphertext(target):
    await archived(target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert NAME not in target.read_text()
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    cipher = next(line["details_cipher"] for line in lines if line.get("details_cipher"))
    assert NAME.encode() not in base64.b64decode(cipher)
    assert list(target.parent.glob("*.partial")) == []


@pytest.mark.usefixtures("old")
async def test_an_archive_can_be_read_while_its_key_is_configured(target):
    await archived(target)
    entries = [json.loads(line) for line in target.read_text().splitlines()[1:-1]]
    told = [audit_archive._read(line).details for line in entries if line["details_cipher"]]
    assert told == [json.dumps({"name": NAME}, ensure_ascii=False)] * 5


def _line(file: Path, number: int, **changed) -> None:
    lines = file.read_text().splitlines()
    lines[number] = json.dumps(json.loads(lines[number]) | changed, ensure_ascii=False)
    file.write_text("\n".join(lines) + "\n")


def _without(file: Path, *numbers: int) -> None:
    lines = file.read_text().splitlines()
    kept = [line for number, line in enumerate(lines) if number not in numbers]
    file.write_text("\n".join(kept) + "\n")


def _swapped(file: Path) -> None:
    lines = file.read_text().splitlines()
    lines[3], lines[4] = lines[4], lines[3]
    file.write_text("\n".join(lines) + "\n")


TAMPERING = {
    "an action": lambda file: _line(file, 3, action="test.other"),
    "a person": lambda file: _line(file, 3, person_id="x" * 32),
    "an instant": lambda file: _line(file, 3, created_at="2020-01-01T00:00:00+00:00"),
    "a result": lambda file: _line(file, 10, result="WRONG"),
    "details": lambda file: _line(file, 2, details_cipher=base64.b64encode(b"x" * 40).decode()),
    "details away": lambda file: _line(file, 2, details_cipher=None, details_digest=""),
    "a mac": lambda file: _line(file, 3, mac="0" * 64),
    "a seal": lambda file: _line(file, 3, seal="0" * 64),
    "the last seal": lambda file: _line(file, 10, seal="0" * 64),
    "the beginning": lambda file: _without(file, 1),
    "an entry": lambda file: _without(file, 5),
    "the last entry": lambda file: _without(file, 10),
    "the end": lambda file: _without(file, 11),
    "the last entry and the end": lambda file: _without(file, 10, 11),
    "the order": _swapped,
    "the head": lambda file: _line(file, 0, first=2),
    "the seal before": lambda file: _line(file, 0, before_seal="0" * 64),
    "all": lambda file: file.write_text(""),
    "the format": lambda file: file.write_text("这不是归档\n"),
    "a line more": lambda file: file.write_text(file.read_text() + file.read_text().splitlines()[5] + "\n"),
    "the file": lambda file: file.unlink(),
}


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize("what", TAMPERING)
async def test_whatever_is_done_to_an_archive_is_found(target, what):
    await archived(target)
    assert await faults(target) == []
    TAMPERING[what](target)
    assert await faults(target)
    assert await faults() == [], "the trail itself is whole"


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM audit_entries WHERE position = 11",
        "UPDATE audit_head SET archived_position = 11",
        "UPDATE audit_head SET archived_position = 0, archived_seal = '', archived_proof = ''",
        "UPDATE audit_head SET archived_seal = 'x'",
        "UPDATE audit_head SET archived_proof = 'x'",
        "DELETE FROM audit_head",
    ],
)
async def test_whatever_is_done_to_the_beginning_of_the_trail_is_found(target, tampering):
    await archived(target)
    async with db.unit_of_work() as session:
        await session.execute(text(tampering))
    assert await faults()


@pytest.mark.usefixtures("old")
async def test_hiding_an_entry_behind_the_archive_is_found(target):
    """Who can write the database removes one entry more and moves the beginning along: the proof is missing."""
    await archived(target)
    (first,) = [entry for entry in await rows(AuditEntry) if entry.position == 11]
    async with db.unit_of_work() as session:
        await session.execute(delete(AuditEntry).where(AuditEntry.position == 11))
    await change(AuditHead, archived_position=11, archived_seal=first.seal)
    assert any("归档位置" in fault for fault in await faults())


# What is not archived


@pytest.mark.parametrize("days", [0, 1, 182])
async def test_nothing_younger_than_half_a_year_is_archived(target, time, days):
    await written(3)
    with pytest.raises(audit_archive.ArchiveRefused, match="183"):
        await audit_archive.archive(target, before=time.now - timedelta(days=days))
    assert timedelta(days=183) == AUDIT_LEAST
    assert not target.exists()
    assert len(await rows(AuditEntry)) == 3


def test_settings_refuse_to_keep_less_than_half_a_year(monkeypatch):
    monkeypatch.setenv("JSRS_AUDIT_KEPT_DAYS", "182")
    get_settings.cache_clear()
    with pytest.raises(ValueError, match="183"):
        get_settings()
    monkeypatch.setenv("JSRS_AUDIT_KEPT_DAYS", "183")
    assert get_settings().audit_kept_days == 183


async def test_by_default_three_years_are_kept(target, time):
    await written(2)
    time.pass_by(days=1090)
    said = await jsrs("audit", "archive", target)
    assert (said.code, said.text.strip()) == (0, "没有需要归档的记录")
    assert not target.exists()
    time.pass_by(days=10)
    said = await jsrs("audit", "archive", target)
    assert said.code == 0, said.text
    assert "共 2 条" in said.text


async def test_entries_that_are_not_sealed_yet_stay(target, time):
    async with db.unit_of_work() as session:
        audit.record(session, actor=ACTOR, action="test.act")
    time.pass_by(days=2000)
    assert (await archived(target)).count == 0
    assert not target.exists()
    assert len(await rows(AuditEntry)) == 1


@pytest.mark.usefixtures("old")
async def test_a_trail_that_does_not_hold_is_not_archived(target):
    """An archive would make a forgery look like history."""
    async with db.unit_of_work() as session:
        await session.execute(text("UPDATE audit_entries SET action = 'test.other' WHERE position = 4"))
    with pytest.raises(audit_archive.ArchiveRefused, match="第 4 条"):
        await archived(target)
    assert not target.exists()
    assert len(await positions()) == 12


@pytest.mark.usefixtures("old")
async def test_an_existing_file_is_never_overwritten(target):
    target.write_text("precious")
    with pytest.raises(audit_archive.ArchiveRefused, match="已存在"):
        await archived(target)
    assert target.read_text() == "precious"
    assert len(await positions()) == 12


@pytest.mark.usefixtures("old")
async def test_an_interruption_loses_nothing_and_a_second_run_goes_on(target, monkeypatch):
    """Killed between two batches: the file has all, the table the rest, and the next file overlaps."""
    original, calls = db.unit_of_work, []

    def dying():
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original()

    monkeypatch.setattr(audit_archive.db, "unit_of_work", dying)
    with pytest.raises(KeyboardInterrupt):
        await archived(target, batch=3)
    monkeypatch.setattr(audit_archive.db, "unit_of_work", original)
    assert await positions() == [7, 8, 9, 10, 11, 12]
    assert await faults(target) == []
    second = target.with_name("audit-2.jsonl")
    done = await archived(second, batch=3)
    assert (done.first, done.last) == (7, 10)
    assert await faults(target, second) == []


# How much at once


@pytest.mark.parametrize("count", [6, 12, 24])
async def test_entries_are_removed_in_batches_of_a_fixed_cost(target, time, count):
    await written(count)
    time.pass_by(days=2000)
    await warm_up()
    with statements() as seen:
        await archived(target, batch=3)
    deletes = [statement for statement in seen if statement.startswith("DELETE")]
    batches = count // 3
    assert len(deletes) == batches
    assert len(seen) <= 3 + batches * 5
    assert await positions() == []


# At the shell


@pytest.mark.usefixtures("old")
async def test_an_auditor_verifies_trail_and_archive_at_a_shell(target):
    await archived(target)
    said = await jsrs("audit", "verify", "--archive", target)
    assert said.code == 0, said.text
    assert "已归档 10 条" in said.text
    _line(target, 3, action="test.other")
    said = await jsrs("audit", "verify", "--archive", target)
    assert said.code == 1
    assert "✗" in said.text


@pytest.mark.usefixtures("old")
async def test_a_date_too_young_is_refused_at_the_shell(target):
    said = await jsrs("audit", "archive", target, "--before", f"{clock.now():%Y-%m-%d}")
    assert said.code == 1
    assert "183" in said.text
