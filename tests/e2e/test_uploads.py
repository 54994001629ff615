"""Handing in files in the browser: the component against the running portal, on a page that has nothing else.

The wizard's pages use it as it is; here are its words, its keyboard, and what it does when the network fails.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import FileChooser, Route, expect

from jsrs_portal import clock
from jsrs_portal.catalog.demo import DEMO_UNIT
from jsrs_portal.components import uploads
from jsrs_portal.domain.case_files import NO_ROOM
from tests.e2e.browser import Visitor
from tests.services.filing import pdf, png
from tests.support.portal import WEB

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.6.3.3")]
PAGE = "/uploads-test"
_ENTRY = """
import { createElement as h } from "react";
import { createRoot } from "react-dom/client";
import { FileUpload, Pages } from "./public/files.jsx";
window.changes = [];
const onChange = (file) => window.changes.push(file);
window.show = (props) => createRoot(document.getElementById("below")).render(h(Pages, props));
createRoot(document.getElementById("root")).render(h(FileUpload, { ...window.props, onChange }));
"""
_WORDS = {**uploads._UPLOAD_WORDS, "tooLarge": "文件不能超过 1 MB。", "hint": "可以上传 PDF。"}


@pytest.fixture(scope="module")
def script() -> str:
    """The component with React, as one script."""
    entry, made = WEB / "uploads-test.jsx", WEB / "uploads-test.js"
    entry.write_text(_ENTRY, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("bun")), "build", entry.name, f"--outfile={made.name}", "--minify"]
    subprocess.run(command, cwd=WEB, check=True, capture_output=True)
    found = made.read_text(encoding="utf-8")
    for file in (entry, made):
        file.unlink()
    return found


def draft(visitor: Visitor) -> str:
    """Write a draft of the demonstration's unit behind the portal's back."""
    case, now = clock.new_id(), clock.now().isoformat(" ")
    visitor.database.execute(
        "INSERT INTO cases (id, created_at, person_id, unit_id, grant_id, matter_id, version_id, matter_name, region,"
        " status, step, version, saved_at, role, stage, returned, reviewers)"
        " SELECT ?, ?, g.person_id, u.id, g.id, m.id, m.version_id, m.name, '320000',"
        " 'DRAFT', 'form', 1, ?, g.role, '', 0, '' FROM units u"
        " JOIN grants g ON g.unit_id = u.id AND g.role = 'LEGAL_REP', matters m"
        " WHERE u.uscc = ? AND m.key = 'special-working-hours'",
        *(case, now, now, DEMO_UNIT.uscc),
    )
    return case


async def at_the_upload(visitor: Visitor, script: str, case: str = "") -> str:
    """Open a page with the component for the field of a draft."""
    case = case or draft(visitor)
    props = {
        "id": "plan",
        "label": "工作安排",
        "caseId": case,
        "field": "plan_file",
        "accept": ".pdf,.png",
        "most": 1024 * 1024,
        "words": _WORDS,
        "classes": uploads._UPLOAD_CLASSES,
    }
    document = (
        f"<!doctype html><html lang=zh><title>上传</title><div id=root></div><div id=below></div>"
        f"<script>window.props={json.dumps(props)}</script><script src='{PAGE}.js'></script></html>"
    )

    async def answer(route: Route) -> None:
        if route.request.url.endswith(".js"):
            await route.fulfill(body=script, content_type="text/javascript; charset=utf-8")
        else:
            await route.fulfill(body=document, content_type="text/html; charset=utf-8")

    await visitor.page.unroute_all()
    await visitor.page.route(f"**{PAGE}*", answer)
    await visitor.visit(PAGE)
    await expect(visitor.button("选择文件 工作安排")).to_be_visible()
    return case


async def choose(visitor: Visitor, *files: tuple[str, bytes]) -> None:
    given: Any = [{"name": name, "mimeType": "application/pdf", "buffer": content} for name, content in files]
    await visitor.page.locator("input[type=file]").set_input_files(given)


async def changes(visitor: Visitor, count: int = 1) -> list[dict[str, str]]:
    await visitor.page.wait_for_function(f"window.changes.length >= {count}")
    return list(await visitor.page.evaluate("window.changes"))


def stored(visitor: Visitor, case: str) -> list[tuple[str, int]]:
    return visitor.database.rows("SELECT state, size FROM case_files WHERE case_id = ? ORDER BY size", case)


async def test_several_files_go_up_one_after_the_other(member: Visitor, script: str) -> None:
    case = await at_the_upload(member, script)
    await choose(member, ("a.pdf", pdf(2, padding=700_000)), ("b.png", png()))
    told = await changes(member, 2)
    assert [(one["field"], one["state"], one["message"]) for one in told] == [("plan_file", "STORED", "")] * 2
    assert {state for state, _ in stored(member, case)} == {"STORED"}
    await expect(member.page.get_by_role("listitem")).to_have_count(0)
    await expect(member.page.get_by_role("status")).to_have_text("b.png 上传完成")


async def test_a_lost_connection_is_waited_for_and_only_what_is_missing_goes_up_again(
    member: Visitor, script: str
) -> None:
    case = await at_the_upload(member, script)
    sent: list[str] = []
    member.expects("ERR_FAILED", "requestfailed", "/files/", "Failed to load resource")

    async def fail(route: Route) -> None:
        sent.append(route.request.url.rpartition("/")[2])
        await (route.abort() if len(sent) in (2, 3) else route.continue_())

    await member.page.route("**/parts/*", fail)
    await choose(member, ("a.pdf", pdf(1, padding=700_000)))
    await expect(member.page.get_by_text("连接中断，恢复后自动继续").first).to_be_visible()
    assert [one["state"] for one in await changes(member)] == ["STORED"]
    assert sent == ["0", "1", "1", "1", "2"]
    assert len(stored(member, case)) == 1


async def test_a_disk_without_room_is_said_and_the_upload_goes_on_when_there_is(member: Visitor, script: str) -> None:
    """What the server answers on a disk that is really full: ``faults/test_disk.py``."""
    case = await at_the_upload(member, script)
    sent: list[str] = []
    member.expects("507", "Failed to load resource")

    async def full(route: Route) -> None:
        sent.append(route.request.url.rpartition("/")[2])
        if len(sent) == 2:
            await route.fulfill(status=507, json={"code": NO_ROOM.code, "message": NO_ROOM.sentence})
        else:
            await route.continue_()

    await member.page.route("**/parts/*", full)
    await choose(member, ("a.pdf", pdf(1, padding=700_000)))
    await expect(member.page.get_by_role("listitem")).to_contain_text(NO_ROOM.sentence)
    await member.button("继续上传 a.pdf").click()
    assert (await changes(member))[-1]["state"] == "STORED"
    assert sent == ["0", "1", "1", "2"]
    assert len(stored(member, case)) == 1


async def test_after_a_reload_the_same_file_goes_on(member: Visitor, script: str) -> None:
    case = await at_the_upload(member, script)
    reached = asyncio.Event()
    member.expects("ERR_", "requestfailed", "/files/")

    async def hang(route: Route) -> None:
        if route.request.url.endswith("/2"):
            reached.set()
        else:
            await route.continue_()

    await member.page.route("**/parts/*", hang)
    content = pdf(3, padding=700_000)
    await choose(member, ("a.pdf", content))
    await asyncio.wait_for(reached.wait(), 15)
    bar = member.page.get_by_role("progressbar", name="a.pdf")
    assert await bar.get_attribute("value") == str(2 * 256 * 1024)
    await expect(member.page.get_by_text("正在上传 512 KB / ")).to_be_visible()
    await member.page.goto("about:blank")  # or what hangs would be let go once nobody holds it
    await at_the_upload(member, script, case)
    sent: list[str] = []
    member.page.on("request", lambda request: "/parts/" in request.url and sent.append(request.url[-1]))
    await choose(member, ("a.pdf", content))
    assert [one["state"] for one in await changes(member)] == ["STORED"]
    assert sent == ["2"]
    assert stored(member, case) == [("STORED", len(content))]


async def test_an_upload_that_is_cancelled_is_gone_and_the_focus_stays(member: Visitor, script: str) -> None:
    case = await at_the_upload(member, script)
    reached = asyncio.Event()
    member.expects("ERR_ABORTED", "requestfailed", "/files/")

    async def hang(_route: Route) -> None:
        reached.set()

    await member.page.route("**/parts/*", hang)
    await choose(member, ("a.pdf", pdf()))
    await asyncio.wait_for(reached.wait(), 15)
    await member.button("取消上传 a.pdf").click()
    assert [one["state"] for one in await changes(member)] == ["CANCELLED"]
    assert stored(member, case) == []
    await expect(member.button("选择文件 工作安排")).to_be_focused()


async def test_what_is_refused_is_said_in_words(member: Visitor, script: str) -> None:
    case = await at_the_upload(member, script)
    await choose(member, ("a.pdf", b"MZ a program"))
    assert [one["state"] for one in await changes(member)] == ["REFUSED"]
    await expect(member.page.get_by_role("status")).to_contain_text("文件内容不是可以接受的类型")
    await choose(member, ("large.pdf", pdf(1, padding=1_100_000)), ("empty.pdf", b""))
    await expect(member.page.get_by_role("listitem").first).to_contain_text("文件不能超过 1 MB。")
    await member.button("知道了 large.pdf").click()
    await member.button("知道了 empty.pdf").click()
    await expect(member.page.get_by_role("listitem")).to_have_count(0)
    member.expects("Failed to load resource", "404")
    member.database.execute("UPDATE cases SET status = 'SUBMITTED' WHERE id = ?", case)
    await choose(member, ("late.pdf", pdf()))
    await expect(member.page.get_by_role("listitem")).to_contain_text("没有这份申报草稿或文件")


async def test_by_keyboard_and_by_dropping(member: Visitor, script: str) -> None:
    opened: list[FileChooser] = []
    member.page.on(
        "filechooser", lambda found: opened.append(found)
    )  # asked for so early that it is listened for when Enter comes
    await at_the_upload(member, script)
    await member.page.keyboard.press("Tab")
    await expect(member.button("选择文件 工作安排")).to_be_focused()
    await expect(member.button("选择文件 工作安排")).to_have_accessible_description("可以上传 PDF。")
    await member.page.keyboard.press("Enter")
    await member.until(lambda: opened, "the browser's own window")
    assert opened[0].is_multiple()
    dropped = await member.page.evaluate_handle(
        "(bytes) => { const moved = new DataTransfer();"
        " moved.items.add(new File([new Uint8Array(bytes)], 'dropped.png')); return moved; }",
        list(png()),
    )
    zone = member.page.locator("#root div div").first
    await zone.dispatch_event("dragover", {"dataTransfer": dropped})
    await zone.dispatch_event("drop", {"dataTransfer": dropped})
    assert [one["state"] for one in await changes(member)] == ["STORED"]


async def test_pages_are_looked_at_one_at_a_time(member: Visitor, script: str) -> None:
    await at_the_upload(member, script)
    await choose(member, ("a.pdf", pdf(2)))
    (file,) = await changes(member)
    looks = {"words": uploads._PAGES_WORDS, "classes": uploads._PAGES_CLASSES}
    await member.page.evaluate("show", {"href": f"/files/{file['id']}", "pages": 2, "title": "a.pdf", **looks})
    await member.button("查看 a.pdf").click()
    for number in (1, 2):
        picture = member.page.get_by_role("img", name=f"a.pdf 第 {number} 页，共 2 页")
        assert await picture.evaluate("async (one) => (await one.decode(), one.naturalWidth)") > 500
        if number == 1:
            await expect(member.button("上一页")).to_be_disabled()
            await member.button("下一页").click()
    await expect(member.button("下一页")).to_be_disabled()
    await member.page.keyboard.press("Escape")
    await expect(member.page.get_by_role("dialog")).to_have_count(0)
    await expect(member.button("查看 a.pdf")).to_be_focused()
