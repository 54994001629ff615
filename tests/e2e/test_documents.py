"""What comes over the wire: policy, cookie, health, weight, and the page for an address that is none."""

import re

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.e2e.browser import Visitor, closed
from tests.e2e.conftest import Arrive
from tests.e2e.journeys import PASSWORD
from tests.support.portal import Portal
from tests.traceability import record_quality

pytestmark = pytest.mark.asyncio(loop_scope="session")
HEAVIEST_KB = 227
"""What the hall's first load may weigh, compressed."""
MOST_SHIFT = 0.05
"""How far content may move by itself while a page is filled, as cumulative layout shift."""
_worst_shift = [0.0]


@pytest.mark.req("R-2.1.1")
@pytest.mark.parametrize("path", ["/", "/login", "/register/unit", "/unit", "/no/such/page"])
async def test_every_document_brings_its_policy_and_its_cookie(visitor: Visitor, path: str) -> None:
    visitor.expects("status of 404")
    answer = await visitor.page.goto(path)
    assert answer
    headers = await answer.all_headers()
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'self'( 'sha256-[A-Za-z0-9+/=]+')+;", policy)
    assert "unsafe" not in policy
    assert "*" not in policy
    assert re.fullmatch(r"jsrs=a\.[^;]+; HttpOnly; Path=/; SameSite=Lax", headers["set-cookie"])
    assert headers["cache-control"] == "private, no-cache"
    assert headers["x-content-type-options"] == "nosniff"
    await visitor.arrived("/login" if path == "/unit" else path.split("?")[0])
    await visitor.sees("网上办事服务大厅")


async def test_a_document_that_has_not_changed_is_not_sent_again(visitor: Visitor, portal: Portal) -> None:
    async with httpx.AsyncClient(base_url=portal.origin) as client:
        first = await client.get("/")
        again = await client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert "set-cookie" in first.headers
    assert "set-cookie" not in again.headers


async def test_a_policy_that_is_broken_is_noticed(visitor: Visitor) -> None:
    """Proves that every other test here would see a violation."""
    await visitor.open("/")
    await visitor.page.evaluate(
        "document.head.append(Object.assign(document.createElement('style'), {textContent: 'p{}'}))"
    )
    await visitor.until(lambda: any("policy violated: style-src" in text for text in visitor.problems), "the violation")
    visitor.expects("policy violated: style-src", "Content Security Policy")


async def test_health_names_what_works(portal: Portal) -> None:
    async with httpx.AsyncClient(base_url=portal.origin) as client:
        answer = await client.get("/_health")
    assert answer.status_code == 200
    said = answer.json()
    assert {name: said[name] for name in ("status", "database", "migrations", "worker")} == {
        "status": "ok",
        "database": "ok",
        "migrations": "ok",
        "worker": "ok",
    }


@pytest.mark.req("R-2.1.1")
async def test_an_unknown_address_says_so(visitor: Visitor) -> None:
    visitor.expects("status of 404")
    answer = await visitor.page.goto("/no/such/page")
    assert answer
    assert answer.status == 404
    await visitor.arrived("/no/such/page")
    await visitor.heading("页面不存在")
    await visitor.follow("返回大厅首页", "/")
    await visitor.sees("单位办事")


async def test_the_first_load_is_light(browser: Browser, portal: Portal) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    wire = await context.new_cdp_session(page)
    weights: list[float] = []
    await wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    await page.goto(portal.origin, wait_until="networkidle")
    await page.get_by_role("link", name="单位办事").first.wait_for()
    kilobytes = round(sum(weights) / 1024, 1)
    await closed(context)
    record_quality("first_load_kb", kilobytes)
    assert len(weights) > 5
    assert kilobytes < HEAVIEST_KB


_SHIFTS = """new Promise(done => {
    const seen = [];
    new PerformanceObserver(list => seen.push(...list.getEntries())).observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(seen.filter(s => !s.hadRecentInput).map(s => [s.value, s.sources.map(o =>
        o.node?.outerHTML?.slice(0, 120) || o.node?.nodeName)])), 500);
})"""


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize(
    "path", ["/", "/services", "/matters/labour-contract-renewal", "/announcements", "/cities/320500"]
)
async def test_what_arrives_later_moves_nothing(arrive: Arrive, path: str, width: int) -> None:
    """Cumulative layout shift (web.dev/cls), on a line that is slow enough to see the page being filled."""
    visitor = await arrive(viewport={"width": width, "height": 900})
    wire = await visitor.page.context.new_cdp_session(visitor.page)
    slow = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000}
    await wire.send("Network.enable")
    await wire.send("Network.emulateNetworkConditions", slow)
    await visitor.open(path)
    await expect(visitor.page.locator("[aria-busy=true]")).to_have_count(0)
    shifts = await visitor.page.evaluate(_SHIFTS)
    moved = sum(value for value, _ in shifts)
    record_quality("cls_worst", max(moved, _worst_shift[0]))
    _worst_shift[0] = max(moved, _worst_shift[0])
    assert moved < MOST_SHIFT, shifts


@pytest.mark.req("R-2.4.4")
@pytest.mark.parametrize("path", ["/login", "/register/unit", "/register/person"])
async def test_a_form_sent_before_the_script_is_there_reveals_nothing(visitor: Visitor, path: str) -> None:
    """On a slow line somebody presses the button before the page works: nothing may end up in an address."""
    visitor.expects("ERR_FAILED", "Failed to load", "status of 405", "Content Security Policy", "policy violated")
    await visitor.page.route("**/assets/*.js", lambda route: route.abort())
    await visitor.visit(path)
    addresses: list[str] = []
    visitor.page.on("request", lambda request: addresses.append(request.url))
    for form in await visitor.page.locator("main form").all():
        await form.locator("input:not([type=checkbox])").last.fill(PASSWORD)
        submit = form.locator("button[type=submit]")
        if await submit.is_enabled():
            await submit.click()
            await visitor.page.wait_for_load_state()
    assert not [address for address in addresses if "password=" in address or "id_number=" in address]
    await visitor.sees("网上办事服务大厅")
