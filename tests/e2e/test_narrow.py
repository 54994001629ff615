"""What breaks first where there is little room: names, numbers and short words in large print and on a phone."""

from datetime import UTC

import pytest
from playwright.async_api import Locator, expect

from jsrs_portal import clock, crypto
from jsrs_portal.catalog.demo import DEMO_PERSON, DEMO_UNIT
from jsrs_portal.services.people import mobile_index
from tests.e2e.browser import Visitor
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import log_in_unit
from tests.e2e.test_pages import examine
from tests.e2e.test_workbench import put_reviews
from tests.support.cases import forget_cases
from tests.support.database import Database
from tests.support.portal import Portal

pytestmark = pytest.mark.asyncio(loop_scope="session")
_LINES = """(e) => {
    const range = document.createRange(), middles = [];
    const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const unseen = walker.currentNode.parentElement.closest('.sr-only');
        if (unseen && getComputedStyle(unseen).position === 'absolute') continue;
        range.selectNodeContents(walker.currentNode);
        for (const box of range.getClientRects()) if (box.width > 1) middles.push(box.top + box.height / 2);
    }
    middles.sort((a, b) => a - b);
    return middles.filter((one, at) => at === 0 || one - middles[at - 1] > 12).length;
}"""
_ROOM = """(e) => {
    const style = getComputedStyle(e), pen = document.createElement('canvas').getContext('2d');
    pen.font = style.font;
    return e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
        - pen.measureText(e.placeholder).width;
}"""


async def large(arrive: Arrive) -> Visitor:
    """Return somebody with 长者版, logged in for the demonstration's unit."""
    visitor = await arrive()
    await visitor.page.add_init_script("localStorage.setItem('print', 'large')")
    await log_in_unit(visitor, identifier=DEMO_PERSON.mobile)
    return visitor


async def lines(place: Locator) -> int:
    """Return how many lines the text of ``place`` takes."""
    return int(await place.evaluate(_LINES))


def put_unread(database: Database, count: int) -> None:
    """Put so many unread notices of the demonstration's legal representative there, for their unit."""
    ((unit,),) = database.rows("SELECT id FROM units WHERE uscc = ?", DEMO_UNIT.uscc)
    ((person,),) = database.rows("SELECT id FROM persons WHERE mobile_index = ?", mobile_index(DEMO_PERSON.mobile))
    for _ in range(count):
        notice, at = clock.new_id(), clock.now().astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        text = crypto.encrypt("办件有了进展。", table="notices", column="text_cipher", row=notice)
        database.execute(
            "INSERT INTO notices (id, created_at, person_id, unit_id, kind, title, text_cipher, href)"
            " VALUES (?, ?, ?, ?, 'CASE', '办件进展', ?, '')",
            *(notice, at, person, unit, text),
        )


@pytest.mark.req("R-2.6.7.1")
async def test_the_workbench_is_read_in_large_print(arrive: Arrive, portal: Portal) -> None:
    put_reviews(portal, 2)
    visitor = await large(arrive)
    page = visitor.page
    for place in ("", "?tab=merged&matter=labour-contract-renewal"):
        await visitor.open(f"/unit/workbench{place}")
        row = page.locator("main tbody tr").first
        await examine(visitor, "workbench-large")
        await page.set_viewport_size({"width": 360, "height": 900})
        assert await lines(row.get_by_text("劳动合同续签", exact=True)) == 1
        assert await lines(row.get_by_text("申请日期").locator("xpath=../div")) == 1
        label = await row.get_by_text("申请日期").bounding_box()
        value = await row.get_by_text("申请日期").locator("xpath=../div").bounding_box()
        assert label
        assert value
        assert label["y"] + label["height"] <= value["y"] + 1
        await page.set_viewport_size({"width": 1440, "height": 900})
        for head in await page.get_by_role("columnheader").all():
            assert await lines(head) == 1
        assert await lines(row.get_by_role("link").first) == 1
        assert await lines(row.get_by_text("（经办人）").last) == 1
    forget_cases(portal.database)


@pytest.mark.req("R-2.1.3")
async def test_a_number_of_two_digits_leaves_the_header_whole(arrive: Arrive, portal: Portal) -> None:
    portal.database.change("DELETE FROM notices")
    put_unread(portal.database, 120)
    visitor = await large(arrive)
    page = visitor.page
    header = page.locator("header")
    bell = header.get_by_role("link", name="通知").filter(visible=True)
    for size in ("large", "normal"):
        if size == "normal":
            await page.add_init_script("localStorage.removeItem('print')")
            await visitor.reload()
        await expect(bell).to_contain_text("99+")
        for width in (360, 768, 1024, 1280, 1440):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await lines(bell) == 1, (size, width)
            assert await lines(header.get_by_role("button", name="省本级").filter(visible=True)) == 1, (size, width)
            search = header.get_by_placeholder("请输入您要搜索的内容").filter(visible=True)
            if await search.count():
                assert await search.evaluate(_ROOM) >= 0, (size, width)
        await examine(visitor, f"header-{size}")
    await expect(header.get_by_placeholder("请输入您要搜索的内容").filter(visible=True)).to_have_count(1)
    portal.database.change("DELETE FROM notices")
