"""The routes of files, in the product's own app: whose cookie, from which page, what body (R-2.6.3.3)."""

import io
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from PIL import Image

from jsrs_portal import clock, gateways
from jsrs_portal.access import cookie
from jsrs_portal.api import app
from jsrs_portal.domain import case_files as rules
from jsrs_portal.domain.authority import Actor
from jsrs_portal.gateways.scanner.sandbox import EICAR, ClamdFault, ClamdSandbox
from jsrs_portal.models.cases import Case, CaseFile
from jsrs_portal.settings import get_settings
from tests.services import filing
from tests.services.filing import FIELD, begin, digest_of, draft, part_of, pdf, png, upload
from tests.services.granting import log_in
from tests.services.numbers import employer
from tests.services.world import Account, how_many, rows
from tests.support import hall

pytestmark = pytest.mark.req("R-2.6.3.3")
GONE = {"code": "not_here", "message": rules.NOT_HERE.sentence}


@pytest.fixture
async def case(boss: Actor) -> Case:
    await filing.load_matters()
    return await draft(boss)


@pytest.fixture
async def mine(world, unit) -> str:
    """The cookie of the unit's legal representative."""
    return await world.signed_in(unit)


@asynccontextmanager
async def browser(value: str = "", **headers: str):
    """Give a browser with this cookie on a page of ours, unless ``headers`` say otherwise."""
    said = {"origin": get_settings().origin, "sec-fetch-site": "same-origin"} | headers
    if value:
        said["cookie"] = f"{cookie.cookie_name()}={value}"
    async with hall.browser() as client:
        client.headers.update({name.replace("_", "-"): one for name, one in said.items() if one})
        yield client


def said(case: Case, content: bytes, **other: Any) -> dict[str, Any]:
    return {
        "case": case.id,
        "field": FIELD,
        "name": "安排.pdf",
        "size": len(content),
        "digest": digest_of(content),
    } | other


async def sent(client: httpx.AsyncClient, case: Case, content: bytes, **other: Any) -> httpx.Response:
    begun = (await client.post("/files", json=said(case, content, **other))).json()
    for number in range(begun["parts"]):
        answer = await client.put(f"/files/{begun['id']}/parts/{number}", content=part_of(content, number))
        assert (answer.status_code, answer.content) == (204, b"")
    return await client.post(f"/files/{begun['id']}/complete")


async def test_a_file_goes_up_and_comes_down_and_is_looked_at(mine, case):
    content = pdf(2, padding=600_000)
    async with browser(mine) as client:
        done = await sent(client, case, content)
        assert (done.status_code, done.json()["state"], done.json()["message"]) == (200, "STORED", "")
        address = f"/files/{done.json()['id']}"
        file = await client.get(address)
        page = await client.get(f"{address}/pages/2")
    assert file.content == content
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''%E5%AE%89%E6%8E%92.pdf"
    assert file.headers["content-type"] == "application/pdf"
    assert file.headers["content-length"] == str(len(content))
    for answer in (done, file, page):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
    for answer in (file, page):
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert page.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(page.content)) as shown:
        assert shown.format == "PNG"


async def test_an_upload_is_gone_on_with(mine, case):
    content = pdf(1, padding=600_000)
    async with browser(mine) as client:
        first = (await client.post("/files", json=said(case, content))).json()
        await client.put(f"/files/{first['id']}/parts/1", content=part_of(content, 1))
        answer = await client.post(f"/files/{first['id']}/complete")
        assert (answer.status_code, answer.json()["code"]) == (409, "incomplete")
        again = (await client.post("/files", json=said(case, content))).json()
    assert again == {"id": first["id"], "part_bytes": rules.PART_BYTES, "parts": 3, "have": [1]}


async def everything(client: httpx.AsyncClient, case: Case, stored: str, half: str) -> list[httpx.Response]:
    """Ask every route about a case and files."""
    return [
        await client.post("/files", json=said(case, b"x")),
        await client.put(f"/files/{half}/parts/0", content=pdf(3)),
        await client.post(f"/files/{half}/complete"),
        await client.delete(f"/files/{half}"),
        await client.get(f"/files/{stored}"),
        await client.get(f"/files/{stored}/pages/1"),
        await client.head(f"/files/{stored}"),
    ]


@pytest.fixture
async def files(boss, case) -> tuple[str, str]:
    """A stored file and one that is half sent."""
    return (await upload(boss, case, pdf())).id, (await begin(boss, case, pdf(3), "b.pdf")).id


@pytest.fixture
async def cookies(world, unit, agent, mine) -> dict[str, str]:
    """Browsers of everybody who is not the draft's owner."""
    other: Account = await world.registered_unit(employer(2))
    ended = await world.signed_in(unit)
    return {
        "nobody": "",
        "a visitor": cookie.new_visitor(),
        "an invented session": cookie.new_signed_in(),
        "a forged visitor": "a.x.y",
        "whoever leads another unit": await world.signed_in(other),
        "an agent of the unit": await log_in(world, unit, agent),
        "a session's value cut short": ended[:-1],
    }


async def test_to_everybody_else_there_is_no_such_file(case, files, cookies):
    for who, value in cookies.items():
        async with browser(value) as client:
            answers = await everything(client, case, *files)
        assert [answer.status_code for answer in answers] == [404] * 7, who
        assert [answer.json() for answer in answers[:4]] == [GONE] * 4, who
        assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert await how_many(CaseFile) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": ""},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:1"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
async def test_a_foreign_page_changes_and_sees_nothing(mine, case, files, headers):
    async with browser(mine, **headers) as client:
        answers = await everything(client, case, *files)
    assert [answer.status_code for answer in answers[:4]] == [404] * 4
    if "sec_fetch_site" in headers:
        assert [answer.status_code for answer in answers] == [404] * 7
    assert await how_many(CaseFile) == 2


async def test_identifiers_that_are_none(mine, case):
    other = clock.new_id()
    async with browser(mine) as client:
        for name in ("x", other.upper(), other + "0", "%2e%2e", f"{other}%00", "0" * 5000):
            assert (await client.get(f"/files/{name}")).status_code == 404
            assert (await client.put(f"/files/{name}/parts/0", content=b"x")).status_code == 404
            assert (await client.post(f"/files/{name}/complete")).status_code == 404
        assert (await client.get(f"/files/{other}")).status_code == 404
        answer = await client.post("/files", json=said(case, b"x") | {"case": other})
        assert (answer.status_code, answer.json()) == (404, GONE)


async def test_pages_that_are_none(mine, boss, case):
    stored = (await upload(boss, case, pdf(2))).id
    sheet = (await upload(boss, case, filing.archive("xl/workbook.xml"), "a.xlsx")).id
    async with browser(mine) as client:
        for number in ("0", "3", "-1", "1.0", "01", "x", "99999999999"):
            assert (await client.get(f"/files/{stored}/pages/{number}")).status_code == 404
        assert (await client.get(f"/files/{sheet}/pages/1")).status_code == 404
        assert (await client.get(f"/files/{sheet}")).status_code == 200


async def test_a_part_too_long_is_not_read_to_its_end(mine, case, files):
    taken = 0

    async def endless():
        nonlocal taken
        for _ in range(1_000):
            taken += 1
            yield b"x" * 65_536

    async with browser(mine) as client:
        answer = await client.put(f"/files/{files[1]}/parts/0", content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert taken < 20


@pytest.mark.parametrize(("number", "status"), [("1", 422), ("999999", 422), ("1000000", 404), ("-1", 404), ("x", 404)])
async def test_a_part_out_of_range(mine, files, number, status):
    async with browser(mine) as client:
        answer = await client.put(f"/files/{files[1]}/parts/{number}", content=b"x")
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"[]", 422),
        (b"{", 422),
        (b'{"case": 1}', 422),
        (b"\xff", 422),
        (b"x" * 5000, 413),
        ({"size": "12"}, 422),
        ({"size": -1}, 422),
        ({"size": 1.5}, 422),
        ({"more": 1}, 422),
        ({"field": "x" * 61}, 422),
        ({"size": rules.MOST_BYTES + 1}, 413),
        ({"digest": "x"}, 422),
    ],
)
async def test_what_is_no_request_of_ours_is_refused(mine, case, body, status):
    async with browser(mine) as client:
        if isinstance(body, dict):
            answer = await client.post("/files", json=said(case, b"x", **body))
        else:
            answer = await client.post("/files", content=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "message"}
    assert await how_many(CaseFile) == 0


async def test_after_submission_it_can_be_read_and_no_more(mine, case, files):
    await filing.submit(case)
    async with browser(mine) as client:
        answers = await everything(client, case, *files)
    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 200, 200, 200]


async def test_a_head_is_told_what_a_get_would_be(mine, case, files):
    async with browser(mine) as client:
        answer = await client.head(f"/files/{files[0]}")
    assert (answer.content, answer.headers["content-length"]) == (b"", str(len(pdf())))


async def test_a_full_disk_is_told_as_that(mine, files, monkeypatch):
    monkeypatch.setattr("jsrs_portal.file_store._free", lambda: 0)
    async with browser(mine) as client:
        answer = await client.put(f"/files/{files[1]}/parts/0", content=pdf(3))
    assert (answer.status_code, answer.json()["code"]) == (507, "no_room")


async def test_so_many_pages_in_a_quarter(mine, files, monkeypatch):
    async def drawn(*_args: Any) -> bytes:
        return b"x"

    monkeypatch.setattr("jsrs_portal.previews.draw_page", drawn)
    async with browser(mine) as client:
        answers = [(await client.get(f"/files/{files[0]}/pages/1")).status_code for _ in range(601)]
    assert answers[-2:] == [200, 429]


async def test_clamd_decides_over_its_socket(mine, case, monkeypatch):
    async with ClamdSandbox() as clamd:
        monkeypatch.setenv("JSRS_CLAMD_HOST", "127.0.0.1")
        monkeypatch.setenv("JSRS_CLAMD_PORT", str(clamd.port))
        get_settings.cache_clear()
        gateways.gateways_here.cache_clear()
        async with browser(mine) as client:
            virus = (await sent(client, case, pdf() + EICAR)).json()
            clean = (await sent(client, case, pdf(), name="b.pdf")).json()
            clamd.fault = ClamdFault.CUT_OFF
            waits = (await sent(client, case, png(), name="c.png")).json()
            assert (await client.get(f"/files/{waits['id']}")).status_code == 404
    gateways.gateways_here.cache_clear()
    assert (virus["state"], virus["message"]) == ("REFUSED", rules.REASONS["virus"])
    assert (clean["state"], waits["state"]) == ("STORED", "UNCHECKED")


async def test_a_request_that_writes_prolongs_the_session(mine, case, time, monkeypatch):
    time.pass_by(minutes=25)
    async with browser(mine) as client:
        await client.post("/files", json=said(case, b"x"))
        time.pass_by(minutes=20)
        assert (await client.post("/files", json=said(case, b"y", name="b.pdf"))).status_code == 200


def test_slow_lines_and_long_looks_have_time():
    assert app._LONGER["/files/{id:str}"] >= 120
    assert app._LONGER["/files/{id:str}/complete"] > 10 + 8


async def test_nothing_of_a_file_is_told_in_the_log(mine, case, capsys):
    async with browser(mine) as client:
        await sent(client, case, b"%PDF- a secret", name="秘密.pdf")
    assert "秘密" not in capsys.readouterr().out
    assert len(await rows(CaseFile)) == 1


async def test_an_upload_that_is_cancelled_makes_room(mine, case):
    async with browser(mine) as client:
        begun = (await client.post("/files", json=said(case, pdf(), field=filing.OTHER))).json()
        other = said(case, pdf(3), field=filing.OTHER)
        assert (await client.post("/files", json=other)).json()["code"] == "too_many"
        assert (await client.delete(f"/files/{begun['id']}")).status_code == 204
        assert (await client.delete(f"/files/{begun['id']}")).status_code == 404
        assert (await client.post("/files", json=other)).status_code == 200


async def test_a_file_whose_content_is_missing_is_no_failure(mine, files):
    place = get_settings().files_folder / files[0][:2] / files[0] / "0"
    place.unlink()
    async with browser(mine) as client:
        for path in (f"/files/{files[0]}", f"/files/{files[0]}/pages/1"):
            assert (await client.get(path)).status_code == 404
