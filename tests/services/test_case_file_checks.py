"""Files are scanned before they count, wait where nobody answers, and what nobody needs is removed (R-2.6.3.3)."""

import asyncio
import os
from collections.abc import AsyncIterable
from datetime import timedelta

import pytest

from jsrs_portal import clock, crypto, db, file_store, previews, worker
from jsrs_portal.domain import case_files as rules
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.cases import CaseStatus, FileState
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.scanner.port import Verdict
from jsrs_portal.gateways.scanner.sandbox import EICAR
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.cases import Case, CaseFile
from jsrs_portal.services import case_files
from jsrs_portal.services.case_file_checks import complete_upload, look_again, remove_orphans, sweep
from jsrs_portal.settings import get_settings
from tests.services import filing
from tests.services.filing import FIELD, OTHER, begin, draft, listed, pdf, send, upload
from tests.services.world import at_once, change, how_many, rows
from tests.support import hall

pytestmark = pytest.mark.req("R-2.6.3.3")
AWAY = GatewayError(System.SCANNER, GatewayFailure.UNREACHABLE, "ConnectionRefusedError")


class Scanner:
    """Knows one virus; ``error`` is raised instead while it is set."""

    def __init__(self, error: GatewayError | None = None) -> None:
        self.error = error
        self.seen: list[bytes] = []

    async def scan(self, content: AsyncIterable[bytes], *, seconds: float | None = None) -> Verdict:
        """Look."""
        if self.error:
            raise self.error
        self.seen.append(b"".join([part async for part in content]))
        return Verdict("Eicar" if EICAR in self.seen[-1] else "")


@pytest.fixture
async def case(boss: Actor) -> Case:
    await filing.load_matters()
    return await draft(boss)


def on_disk() -> set[str]:
    return {folder.name for folder in get_settings().files_folder.glob("??/*")}


async def only() -> CaseFile:
    (found,) = await rows(CaseFile)
    return found


async def why_not(case: Case) -> str:
    async with db.reading() as session:
        return await case_files.why_not_submit(session, case_id=case.id, fields={FIELD, OTHER})


async def test_a_file_is_scanned_whole_before_it_is_kept(boss, case):
    scanner, content = Scanner(), pdf(1, padding=600_000)
    assert (await upload(boss, case, content, scanner=scanner)).state == FileState.STORED
    assert scanner.seen == [content]


async def test_a_virus_is_refused_and_not_kept(boss, case):
    done = await upload(boss, case, pdf() + EICAR, scanner=Scanner())
    assert (done.state, done.sentence) == (FileState.REFUSED, rules.REASONS["virus"])
    assert on_disk() == set()
    assert [(one.action, one.result) for one in await rows(AuditEntry)][-1] == ("file.refuse", "FILE_VIRUS")


async def test_where_nobody_scans_a_file_waits_and_cannot_be_submitted(boss, case):
    done = await upload(boss, case, pdf(), scanner=Scanner(AWAY))
    assert (done.state, done.words, done.ready, done.href) == (FileState.UNCHECKED, "等待安全检查", False, "")
    assert await filing.opened(boss, done.id) is None
    assert "正在等待安全检查" in await why_not(case)
    assert await look_again(Scanner(AWAY)) == 0
    assert await look_again(Scanner()) == 1
    assert await why_not(case) == ""
    assert (await listed(boss, case))[0].preview == 2
    assert await look_again(Scanner()) == 0


async def test_what_turns_out_to_be_a_virus_later_is_refused_then(boss, case):
    await upload(boss, case, pdf() + EICAR, scanner=Scanner(AWAY))
    assert await look_again(Scanner()) == 1
    assert (await only()).state == FileState.REFUSED
    assert on_disk() == set()


async def test_where_there_is_no_scanner_any_more_nothing_waits_for_ever(boss, case):
    await upload(boss, case, pdf(), scanner=Scanner(AWAY))
    assert await look_again(None) == 1
    assert (await only()).state == FileState.STORED


async def test_a_file_removed_while_it_is_scanned_stays_removed(boss, case):
    begun = await begin(boss, case, pdf())
    await send(boss, begun.id, 0, pdf())

    class Slow(Scanner):
        async def scan(self, content: AsyncIterable[bytes], *, seconds: float | None = None) -> Verdict:
            await filing.remove(boss, begun.id)
            return Verdict()

    assert await complete_upload(Slow(), actor=boss, file_id=begun.id) == rules.NOT_HERE
    assert await how_many(CaseFile) == 0


async def test_completed_fifty_times_at_once_it_is_one_file(boss, case):
    begun = await begin(boss, case, filing.archive("OFD.xml"), "a.ofd")
    await send(boss, begun.id, 0, filing.archive("OFD.xml"))
    outcomes = await at_once(*[complete_upload(None, actor=boss, file_id=begun.id) for _ in range(50)])
    assert {one.state for one in outcomes} == {FileState.STORED}
    assert [one.action for one in await rows(AuditEntry)].count("file.store") == 1


async def test_a_look_that_takes_too_long_loses_nothing(boss, case, monkeypatch):
    begun = await begin(boss, case, pdf())
    await send(boss, begun.id, 0, pdf())

    async def late(_kind: str, _content: bytes) -> int:
        raise TimeoutError

    with monkeypatch.context() as patched:
        patched.setattr(previews, "count_pages", late)
        assert await complete_upload(None, actor=boss, file_id=begun.id) == rules.BUSY
    assert (await complete_upload(None, actor=boss, file_id=begun.id)).state == FileState.STORED


async def test_content_that_does_not_open_is_no_file(boss, case):
    begun = await begin(boss, case, pdf())
    await send(boss, begun.id, 0, pdf())
    place = get_settings().files_folder / begun.id[:2] / begun.id / "0"
    place.write_bytes(place.read_bytes()[:-1] + b"x")
    with pytest.raises(crypto.CannotDecrypt):
        await file_store.read_part(begun.id, 0)
    assert await complete_upload(None, actor=boss, file_id=begun.id) == rules.BUSY


# What nobody needs


async def test_uploads_and_refusals_that_are_over_are_removed(boss, case):
    begun = await begin(boss, case, pdf())
    await send(boss, begun.id, 0, pdf())
    await upload(boss, case, b"nothing", "b.pdf", field=filing.OTHER)
    kept = await upload(boss, case, pdf(3), "c.pdf")
    assert await sweep() == 0
    await change(CaseFile, expires_at=clock.now() - timedelta(seconds=1))
    assert await sweep() == 2
    assert [one.id for one in await rows(CaseFile)] == [kept.id]
    assert on_disk() == {kept.id}


async def test_files_of_a_draft_that_is_over_go_those_of_a_case_stay(boss, case):
    await upload(boss, case, pdf())
    second = await draft(boss)
    kept = await upload(boss, second, pdf())
    await change(Case, expires_at=clock.now() - timedelta(seconds=1))
    await filing.submit(second)
    assert await sweep() == 1
    assert on_disk() == {kept.id}


@pytest.mark.parametrize(
    ("status", "stage", "days", "left"),
    [
        (CaseStatus.WITHDRAWN, "", 31, 0),
        (CaseStatus.WITHDRAWN, "", 29, 1),
        (CaseStatus.WITHDRAWN, "accept", 400, 1),
        (CaseStatus.UNIT_REJECTED, "", 400, 1),
        (CaseStatus.COMPLETED, "finish", 400, 1),
    ],
)
async def test_files_of_what_was_withdrawn_before_the_bureau_had_it_go_after_a_month(
    boss, case, status, stage, days, left
):
    await upload(boss, case, pdf())
    await filing.submit(case)
    await change(Case, status=status, stage=stage, finished_at=clock.now() - timedelta(days=days))
    await worker.clear_away()
    assert await how_many(CaseFile) == left
    assert await how_many(Case) == 1
    _age(*on_disk())
    await asyncio.gather(*[remove_orphans(f"{number:02x}") for number in range(256)])
    assert len(on_disk()) == left


async def test_content_without_a_row_is_removed_after_a_day(boss, case):
    kept = await upload(boss, case, pdf())
    lost = [clock.new_id() for _ in range(3)]
    for file_id in lost:
        await file_store.write_part(file_id, 0, b"lost")
    _age(kept.id, lost[0], lost[1])
    removed = sum([await remove_orphans(f"{number:02x}") for number in range(256)])
    assert removed == 2
    assert on_disk() == {kept.id, lost[2]}


def _age(*files: str) -> None:
    then = (clock.now() - timedelta(days=1, minutes=5)).timestamp()
    for file_id in files:
        os.utime(get_settings().files_folder / file_id[:2] / file_id, (then, then))


async def test_the_worker_does_all_that(boss, case, monkeypatch):
    await upload(boss, case, pdf(), scanner=Scanner(AWAY))
    gateways = hall.gateways()
    await worker.tend_files(gateways)
    assert (await only()).state == FileState.STORED
