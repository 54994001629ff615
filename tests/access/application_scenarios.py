"""网上申报 as its people use it: begun, filled in, gone back over, submitted, thrown away (R-2.6.3.3)."""

import base64
import io
import zipfile
from typing import Any

from openpyxl import Workbook

from jsrs_portal import clock, crypto
from jsrs_portal.domain.cases import FileState
from jsrs_portal.services.application_workbooks import LARGEST
from tests.access import people
from tests.access.client import Socket
from tests.access.conftest import Cast
from tests.access.people import execute, rows
from tests.access.scenarios import Walk, permitted

MATTER = "labour-contract-renewal"
PAGE = f"/apply/{MATTER}"
STATE = "application_state"
ROWS = "application_row_state"
IMPORT = "application_import_state"
HEADS = ("姓名", "居民身份证号码", "岗位", "月工资")
WORKER = {"name": "程安", "id_number": "11010519491231002X", "post": "木工", "monthly_pay": "6500"}
GOOD = {
    "term_kind": "open",
    "contact_name": "孙立",
    "contact_mobile": "13800000001",
    "terms_changed": "no",
    "worksite": "320106",
    "signed_by_agent": "no",
}


def newest(cast: Cast) -> str:
    """Return the identifier of the last draft that was begun."""
    return rows(cast.portal, "SELECT id FROM cases ORDER BY created_at DESC, id LIMIT 1")[0]["id"]


async def begin(walk: Walk, tab: Socket, cast: Cast) -> str:
    """Begin a draft and return its identifier."""
    await walk.call(tab, "GuideState.load", None, PAGE)
    await walk.call(tab, "ApplyState.load", None, PAGE)
    await walk.call(tab, "ApplyState.begin", {"form": {}}, PAGE)
    assert tab.value("apply_state", "errors")[0]["field"] == "guide_read"
    await walk.call(tab, "ApplyState.begin", {"form": {"guide_read": "yes"}}, PAGE)
    case_id = newest(cast)
    assert f"/applications/{case_id}" in tab.departures
    return case_id


def put_file(cast: Cast, case_id: str) -> None:
    """Put a stored file there, as if it had been uploaded."""
    person = rows(cast.portal, f"SELECT person_id FROM cases WHERE id = '{case_id}'")[0]["person_id"]
    file_id = clock.new_id()
    name = crypto.encrypt("续签.pdf", table="case_files", column="name_cipher", row=file_id)
    execute(
        cast.portal,
        "INSERT INTO case_files"
        " (id, created_at, case_id, field, person_id, name_cipher, media_type, size, digest, state, reason, pages,"
        " submission) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 1, 0)",
        *(file_id, clock.now(), case_id, "renewal_text", person, name, "application/pdf", 1, "", FileState.STORED),
    )


@permitted(
    "ApplyState.load",
    "ApplyState.begin",
    "ApplyState.drop",
    "ApplicationState.load",
    "ApplicationState.save",
    "ApplicationState.resume",
    "ApplicationState.next_step",
    "ApplicationState.go_to",
    "ApplicationState.turn",
    "ApplicationState.find_codes",
    "ApplicationState.adopt",
    "ApplicationState.files_changed",
    "ApplicationState.remove_file",
    "ApplicationState.check",
    "ApplicationState.submit",
    "ApplicationState.drop",
    "ApplicationRowState.load",
    "ApplicationRowState.edit",
    "ApplicationRowState.change",
    "ApplicationRowState.resume",
    "ApplicationRowState.save",
    "ApplicationRowState.drop",
    "ApplicationRowState.close",
)
async def applies_from_the_guide_to_the_receipt(walk: Walk) -> None:
    """One draft is submitted, one is thrown away on its own page and one from the list."""
    cast = walk.cast
    browser = await people.log_in(cast.portal, cast.neighbour)
    async with await browser.tab() as tab:
        case_id = await begin(walk, tab, cast)
        page = f"/applications/{case_id}"

        async def call(method: str, payload: object = None) -> None:
            await walk.call(tab, f"ApplicationState.{method}", payload, page)

        async def row(method: str, payload: object = None) -> None:
            await walk.call(tab, f"ApplicationRowState.{method}", payload, page)

        def shown(name: str, state: str = STATE) -> Any:
            return tab.value(state, name)

        await call("load")
        await row("load")
        assert (shown("step"), shown("missing"), shown("matter")) == ("form", False, "劳动合同续签")
        assert cast.neighbour.uscc in tab.received
        await call("find_codes", {"field": "worksite", "text": "320106"})
        assert shown("codes")[0]["label"].endswith("（320106）")
        await call("find_codes", {"field": "home.region", "text": "320102"})
        assert (shown("codes")[0]["label"][-8:], shown("codes_of")) == ("（320102）", "home.region")
        await call("save", {"values": {"term_kind": "fixed"}})
        assert "end_date" in [one["key"] for section in shown("sections") for one in section["fields"]]
        kept = {"values": {"term_kind": "fixed"}, "before": {"term_kind": "open"}, "answered": 7, "revision": 2}
        await call("resume", kept)
        assert (shown("answered"), shown("unsaved")) == (8, False)
        await call("next_step", {"form": GOOD | {"start_date": "no day"}})
        assert {"start_date", "workers"} <= {one["field"] for one in shown("errors")}
        await row("edit", {"table": "workers", "number": 0})
        assert shown("open", ROWS)
        await row("change", {"values": WORKER | {"name": ""}})
        await row("save", {"form": WORKER | {"id_number": "1"}})
        assert [one["field"] for one in shown("errors", ROWS)] == ["id_number"]
        for _ in range(2):
            await row("edit", {"table": "workers", "number": 0})
            await row("save", {"form": WORKER})
            assert not shown("open", ROWS)
        await row("drop", {"table": "workers", "number": 2})
        await row("edit", {"table": "workers", "number": 1})
        await row("close")
        assert not shown("open", ROWS)
        kept = {"table": "workers", "number": 1, "values": WORKER | {"post": "瓦工"}, "before": WORKER}
        await row("resume", kept)
        assert shown("open", ROWS)
        await row("resume", kept | {"before": WORKER | {"post": "电工"}})  # another row by now
        assert not shown("open", ROWS)
        assert "另一个窗口" in shown("trouble")
        await call("turn", {"table": "workers", "page": 2})
        await call("adopt")
        await call("next_step", {"form": GOOD | {"start_date": f"{clock.today():%Y-%m-%d}"}})
        assert shown("step") == "materials", shown("errors")
        await call("check")
        assert shown("errors")[0]["field"] == "renewal_text"
        put_file(cast, case_id)
        await call("files_changed", {"file": {}})
        assert shown("materials")[0]["files"][0]["name"] == "续签.pdf"
        await call("remove_file", {"file_id": shown("materials")[0]["files"][0]["id"]})
        assert shown("materials")[0]["files"] == []
        put_file(cast, case_id)
        await call("go_to", {"step": "form"})
        await call("go_to", {"step": "materials"})
        await call("check")
        assert shown("step") == "check"
        await call("submit", {"form": {}})
        assert shown("errors")[0]["field"] == "promise"
        for _ in range(2):  # the second click of two
            await call("submit", {"form": {"promise": "yes"}})
        assert shown("step") == "receipt", (shown("errors"), shown("trouble"))
        assert shown("receipt")["number"].endswith("0001")
        assert len(rows(cast.portal, f"SELECT id FROM cases WHERE id = '{case_id}' AND number IS NOT NULL")) == 1
        second = await begin(walk, tab, cast)
        await walk.call(tab, "ApplicationState.load", None, f"/applications/{second}")
        await walk.call(tab, "ApplicationState.drop", None, f"/applications/{second}")
        third = await begin(walk, tab, cast)
        await walk.call(tab, "ApplyState.drop", {"case_id": third}, PAGE)
        left = rows(cast.portal, f"SELECT id FROM cases WHERE id IN ('{second}', '{third}')")
        assert left == []


def workbook(*lines: tuple[str, ...], size: int = 0) -> str:
    """Return a filled template as the page sends it, with something else in it up to about ``size`` bytes."""
    made, written = Workbook(), io.BytesIO()
    for line in (HEADS, *lines):
        made.worksheets[0].append(line)
    made.save(written)
    if size:
        with zipfile.ZipFile(written, "a") as packed:
            packed.writestr("docProps/more.bin", b"x" * (size - len(written.getvalue()) - 1000))
    return base64.b64encode(written.getvalue()).decode()


@permitted(
    "ApplicationImportState.load",
    "ApplicationImportState.read_file",
    "ApplicationImportState.add",
    "ApplicationImportState.replace",
    "ApplicationImportState.close",
    "ApplicationImportState.put_away",
)
async def fills_a_table_from_a_file(walk: Walk) -> None:
    """A file with two good rows and a bad one; added, then in place of what is there; then the table's own file."""
    cast = walk.cast
    good, bad = tuple(WORKER.values()), ("程安", "1", "木工", "6500")
    browser = await people.log_in(cast.portal, cast.neighbour)
    async with await browser.tab() as tab:
        case_id = await begin(walk, tab, cast)
        page = f"/applications/{case_id}"

        async def call(method: str, payload: object = None) -> None:
            await walk.call(tab, f"ApplicationImportState.{method}", payload, page)

        async def pick(content: str) -> None:
            pieces = [content[start : start + 60_000] for start in range(0, len(content), 60_000)]
            for number, piece in enumerate(pieces):
                said = {"table": "workers", "content": piece, "number": number, "of": len(pieces)}
                await call("read_file", said)

        def count() -> int:
            sections: Any = tab.value(STATE, "sections")
            return next(one["count"] for part in sections for one in part["fields"] if one["key"] == "workers")

        await walk.call(tab, "ApplicationState.load", None, page)
        await call("load")
        assert tab.value(IMPORT, "case_id") == case_id
        await pick("no base64!")
        await call("close")
        await call("load")  # as after a lost connection: what was told stays at its table
        assert "无法读取" in str(tab.value(IMPORT, "trouble"))
        assert (tab.value(IMPORT, "table"), tab.value(IMPORT, "open")) == ("workers", False)
        await call("put_away")
        assert (tab.value(IMPORT, "table"), tab.value(IMPORT, "trouble")) == ("", "")
        content = workbook(good, bad, ("程宁", "320104198709123027", "木工", "6500"))
        await pick(content)
        assert (tab.value(IMPORT, "ready"), tab.value(IMPORT, "wrong")) == (2, 1)
        shown: Any = tab.value(IMPORT, "rows")
        assert [(row["number"], row["title"]) for row in shown] == [(2, "程安"), (4, "程宁")]
        assert good[1] in shown[0]["text"]  # whole, as on the page that checks
        faulty: Any = tab.value(IMPORT, "faulty")
        assert [(row["number"], row["faults"][0]["column"]) for row in faulty] == [(3, "居民身份证号码")]
        for _ in range(2):  # the second click of two
            await call("add")
        assert (tab.value(IMPORT, "open"), count()) == (False, 2)
        assert tab.value(IMPORT, "wrong") == 1  # it stays at the table
        await pick(content)
        await call("add")
        assert count() == 4
        await pick(workbook(good, size=LARGEST))
        assert tab.value(IMPORT, "ready") == 1
        await call("replace")
        assert count() == 1
        assert "已导入续签职工 1 行" in tab.received
        assert (await browser.get(f"{page}/tables/workers.xlsx")).status_code == 200
        await walk.call(tab, "ApplicationState.drop", None, page)
        assert (await browser.get(f"{page}/tables/workers.xlsx")).status_code == 404
