"""The disk for files is full: the person hears so, health says so, nothing half is left and the upload goes on."""

import asyncio
import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from jsrs_portal.domain.case_files import PART_BYTES
from tests.faults.conftest import SERVERS, Applicant, Hall
from tests.services.filing import pdf

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.3")]
CONTENT = pdf(2, padding=4 * PART_BYTES - len(pdf(2)) - 1)
PARTS = 4
SIZES = {"bytes": f"size={2 * PART_BYTES + 96 * 1024}", "names": "size=8m,nr_inodes=8"}
"""Room for two parts and a bit, or for names of two parts and their folders."""


@pytest.fixture(params=list(SIZES))
def disk(request: pytest.FixtureRequest, afresh: Hall) -> Iterator[Path]:
    """A small file system where the portal keeps its files."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    folder = Path(afresh.extra["JSRS_FILES_DIR"])
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", SIZES[request.param], "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


async def test_a_full_disk_is_said_and_the_upload_goes_on(applicant: Applicant, disk: Path) -> None:
    hall = applicant.hall
    (case_id,) = hall.put_drafts(1)
    hall.database.change("DELETE FROM case_files")
    begun = {"case": case_id, "field": "renewal_text", "name": "续签.pdf", "size": len(CONTENT), "digest": ""}
    begun["digest"] = hashlib.sha256(CONTENT).hexdigest()
    headers = {"Cookie": applicant.browser.cookie, "Origin": hall.origin}
    async with httpx.AsyncClient(base_url=hall.origin, headers=headers, trust_env=False, timeout=60) as page:
        upload = (await page.post("/files", json=begun)).json()
        assert upload["parts"] == PARTS
        address = f"/files/{upload['id']}"

        async def send(number: int) -> httpx.Response:
            part = CONTENT[number * PART_BYTES : (number + 1) * PART_BYTES]
            return await page.put(f"{address}/parts/{number}", content=part)

        answers = [await send(number) for number in range(PARTS)]
        assert [answer.status_code for answer in answers] == [204, 204, 507, 507]
        assert "存储空间不足，已上传的部分仍然保留，请稍后继续上传" in answers[2].text
        assert not list(disk.glob("**/.half-*")), "a half part is left"  # noqa: ASYNC240
        assert (await page.post("/files", json=begun)).json()["have"] == [0, 1]
        assert (await page.post(f"{address}/complete")).status_code == 409
        for server in SERVERS:
            status, said = await asyncio.to_thread(hall.health, server)
            assert (status, said["status"], said["files"]) == (200, "degraded", "full")
            assert (said["database"], said["redis"], said["worker"]) == ("ok", "ok", "ok")

        subprocess.run(["mount", "-o", "remount,size=16m,nr_inodes=1000", disk], check=True)  # noqa: ASYNC221
        assert [(await send(number)).status_code for number in (2, 3)] == [204, 204]
        done = await page.post(f"{address}/complete")
        assert (done.status_code, done.json()["state"]) == (200, "STORED")
        assert (await page.get(address)).content == CONTENT
    assert hall.database.rows("SELECT count(*) FROM case_files WHERE state = 'STORED'") == [(1,)]
    await asyncio.to_thread(hall.until_health, status="ok", files="ok")
    await applicant.submit(case_id)
    hall.assert_submitted_once([case_id])
