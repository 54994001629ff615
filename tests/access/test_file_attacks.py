"""Files of cases on the running portal: foreign drafts and files, over real connections (R-2.6.3.3)."""

import hashlib

import httpx
import pytest

from jsrs_portal import clock
from tests.access import people
from tests.access.conftest import Cast
from tests.access.people import Account, Browser
from tests.services.filing import pdf

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.3")]
MATTER, FIELD = "special-working-hours", "plan_file"


def draft_of(cast: Cast, owner: Account, status: str = "DRAFT") -> str:
    """Write a case of the unit's legal representative behind the portal's back."""
    case, now = clock.new_id(), clock.now().isoformat(" ")
    people.execute(
        cast.portal,
        "INSERT INTO cases (id, created_at, person_id, unit_id, grant_id, matter_id, version_id, matter_name, region,"
        " status, step, version, saved_at, role, stage, returned, reviewers)"
        " SELECT ?, ?, g.person_id, u.id, g.id, m.id, m.version_id, m.name, '320000',"
        " ?, 'form', 1, ?, g.role, '', 0, '' FROM units u"
        " JOIN grants g ON g.unit_id = u.id AND g.role = 'LEGAL_REP', matters m"
        " WHERE u.uscc = ? AND m.key = ?",
        *(case, now, status, now, owner.uscc, MATTER),
    )
    assert people.rows(cast.portal, "SELECT id FROM cases WHERE id = ?", case)
    return case


def said(case: str, content: bytes) -> dict[str, object]:
    digest = hashlib.sha256(content).hexdigest()
    return {"case": case, "field": FIELD, "name": "安排.pdf", "size": len(content), "digest": digest}


def on_our_page(browser: Browser, **headers: str) -> httpx.AsyncClient:
    client = browser.http()
    client.headers.update({"origin": browser.portal.origin} | headers)
    return client


async def upload(client: httpx.AsyncClient, case: str, content: bytes) -> str:
    begun = (await client.post("/files", json=said(case, content))).json()
    for number in range(begun["parts"]):
        size = begun["part_bytes"]
        part = content[number * size : (number + 1) * size]
        assert (await client.put(f"/files/{begun['id']}/parts/{number}", content=part)).status_code == 204
    done = (await client.post(f"/files/{begun['id']}/complete")).json()
    assert (done["state"], done["message"]) == ("STORED", "")
    return str(done["id"])


async def test_only_whose_draft_it_is_hands_in_and_looks(cast: Cast) -> None:
    owner = await people.log_in(cast.portal, cast.victim)
    case, content = draft_of(cast, cast.victim), pdf(2, padding=600_000)
    async with on_our_page(owner) as client:
        file = await upload(client, case, content)
        got = await client.get(f"/files/{file}")
        assert (got.content, got.headers["content-disposition"][:10]) == (content, "attachment")
        page = await client.get(f"/files/{file}/pages/1")
        assert (page.status_code, page.content[:4]) == (200, b"\x89PNG")
        half = (await client.post("/files", json=said(case, content + b"x"))).json()["id"]
    strangers = [
        Browser(cast.portal, ""),
        Browser(cast.portal, "jsrs=s." + "C" * 43),
        await people.visitor(cast.portal),
        await people.log_in(cast.portal, cast.neighbour),
        await people.log_in(cast.portal, cast.agent),
        await people.log_in(cast.portal, cast.victim, as_person=True),
    ]
    for stranger in strangers:
        async with on_our_page(stranger) as client:
            answers = [
                await client.post("/files", json=said(case, b"x")),
                await client.put(f"/files/{half}/parts/0", content=content[: 256 * 1024]),
                await client.post(f"/files/{half}/complete"),
                await client.delete(f"/files/{file}"),
                await client.get(f"/files/{file}"),
                await client.get(f"/files/{file}/pages/1"),
            ]
        assert [answer.status_code for answer in answers] == [404] * 6, stranger.cookie[:10]
    async with on_our_page(owner) as client:
        assert (await client.get(f"/files/{file}")).status_code == 200
        assert (await client.post("/files", json=said(case, content + b"x"))).json()["have"] == []


async def test_a_page_elsewhere_hands_nothing_in(cast: Cast) -> None:
    owner, case = await people.log_in(cast.portal, cast.victim), draft_of(cast, cast.victim)
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "same-site"}):
        async with on_our_page(owner, **headers) as client:
            assert (await client.post("/files", json=said(case, b"x"))).status_code == 404
    async with owner.http() as client:
        assert (await client.post("/files", json=said(case, b"x"))).status_code == 404
    assert people.rows(cast.portal, "SELECT id FROM case_files WHERE case_id = ?", case) == []


async def test_a_body_without_an_end_is_not_read(cast: Cast) -> None:
    owner, case = await people.log_in(cast.portal, cast.victim), draft_of(cast, cast.victim)

    async def endless():
        for _ in range(2_000):
            yield b"x" * 65_536

    async with on_our_page(owner) as client:
        begun = (await client.post("/files", json=said(case, pdf(padding=300_000)))).json()
        try:
            answer = await client.put(f"/files/{begun['id']}/parts/0", content=endless())
            assert answer.status_code == 413
        except httpx.TransportError:
            pass  # the server has answered and closed while we were still sending
        large = await client.put(f"/files/{begun['id']}/parts/0", content=b"x" * (256 * 1024 + 1))
        assert large.status_code == 413
        assert (await client.put(f"/files/{begun['id']}/parts/7", content=b"x")).status_code == 422


async def test_a_case_that_is_submitted_takes_no_more(cast: Cast) -> None:
    owner, case = await people.log_in(cast.portal, cast.victim), draft_of(cast, cast.victim)
    async with on_our_page(owner) as client:
        file = await upload(client, case, pdf())
        people.execute(cast.portal, "UPDATE cases SET status = 'SUBMITTED', number = ? WHERE id = ?", case, case)
        people.execute(cast.portal, "UPDATE case_files SET submission = 1 WHERE id = ?", file)
        assert (await client.post("/files", json=said(case, b"x"))).status_code == 404
        assert (await client.delete(f"/files/{file}")).status_code == 404
        assert (await client.get(f"/files/{file}")).status_code == 200
