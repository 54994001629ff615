"""Who would like to come in by a key they do not have: by an old signature, another's text or name (R-2.4.2)."""

from typing import Any

import pytest

from jsrs_portal.domain.certificates import SENTENCES, CertificateProblem
from tests.access import people
from tests.access.ca_scenarios import PAGE, STATE, answer, asked, key_of, on_the_token
from tests.access.client import at
from tests.access.conftest import Cast
from tests.access.handlers import named
from tests.access.scenarios import Walk
from tests.support.ca import Flavour, Kind

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.req("R-2.4.2")]


async def _call(tab: Any, short: str, payload: object = None) -> None:
    await tab.send(named(short), payload, at(PAGE))
    await tab.settle(PAGE)


def _sessions(cast: Cast) -> int:
    return len(cast.portal.database.rows("SELECT id FROM login_tickets WHERE way = 'CA'"))


async def test_a_signature_counts_once_and_in_its_own_browser(cast: Cast) -> None:
    walk, key = Walk(cast), await key_of(cast.portal, cast.victim)
    mine, theirs = await people.visitor(cast.portal), await people.visitor(cast.portal)
    before = _sessions(cast)
    async with await mine.tab() as tab, await theirs.tab() as foreign:
        signed = answer(key, await asked(walk, tab, key))
        await asked(walk, foreign, key)
        await _call(foreign, "CaState.signed", signed)
        assert foreign.value(STATE, "trouble") == SENTENCES[CertificateProblem.SIGNATURE]
        await _call(tab, "CaState.signed", signed)
        assert tab.departures
        left = len(tab.departures)
        await _call(tab, "CaState.signed", signed)
        await _call(tab, "CaState.signed", signed)
        assert len(tab.departures) == left
        await asked(walk, tab, key)
        await _call(tab, "CaState.signed", signed)
        assert tab.value(STATE, "trouble") == SENTENCES[CertificateProblem.SIGNATURE]
    assert _sessions(cast) == before + 1


async def test_nothing_is_judged_that_was_not_asked_for(cast: Cast) -> None:
    """Answers of a driver nobody asked, and payloads that no driver sends."""
    key = await key_of(cast.portal, cast.victim)
    browser = await people.visitor(cast.portal)
    before = people.dump(cast.portal)
    odd: list[Any] = [None, 7, "x", [], {}, [[]], {"certificate": []}, {"certificate": "A" * 28_000}]
    async with await browser.tab() as tab:
        await _call(tab, "CaState.signed", answer(key, "JSRS-CA-LOGIN|x"))
        await _call(tab, "CaState.found", on_the_token(key))
        await _call(tab, "CaState.choose", {"certificate_id": "k0"})
        for one in odd:
            await _call(tab, "CaState.begin")
            await _call(tab, "CaState.found", {"certificates": one})
            await _call(tab, "CaState.troubled", {"code": one, "left": one})
            await _call(tab, "CaState.signed", {"answer": one})
            await _call(tab, "CaState.choose", {"certificate_id": one})
        assert tab.departures == []
    assert people.dump(cast.portal) == before


@pytest.mark.parametrize("kind", [Kind.RSA, Kind.SM2])
@pytest.mark.parametrize(
    ("flavour", "problem"),
    [
        (Flavour.SELF_SIGNED, CertificateProblem.SELF_SIGNED),
        (Flavour.FOREIGN, CertificateProblem.ISSUER),
        (Flavour.ENCRYPTION, CertificateProblem.USAGE),
        (Flavour.EXPIRED, CertificateProblem.EXPIRED),
    ],
)
async def test_a_bad_certificate_is_named_and_opens_nothing(
    cast: Cast, kind: Kind, flavour: Flavour, problem: CertificateProblem
) -> None:
    key = await key_of(cast.portal, cast.victim, flavour, kind)
    browser = await people.visitor(cast.portal)
    before = _sessions(cast)
    async with await browser.tab() as tab:
        await _call(tab, "CaState.signed", answer(key, await asked(Walk(cast), tab, key)))
        assert tab.value(STATE, "trouble") == SENTENCES[problem]
        assert tab.departures == []
    assert _sessions(cast) == before


@pytest.mark.req("R-2.4.5")
async def test_a_unit_with_agents_is_confirmed_by_a_scan(cast: Cast) -> None:
    key = await key_of(cast.portal, cast.neighbour)
    browser = await people.visitor(cast.portal)
    async with await browser.tab() as tab:
        await _call(tab, "CaState.signed", answer(key, await asked(Walk(cast), tab, key)))
        assert tab.departures[-1] == "/login/confirm"


async def test_the_drivers_address_is_allowed_on_the_pages_that_need_it_and_no_other(cast: Cast) -> None:
    browser = await people.visitor(cast.portal)
    allowed = set()
    for path in ("/", "/login", "/login/confirm", "/register/unit", "/services", "/m", "/recover", "/404"):
        policy = (await browser.get(path)).headers["content-security-policy"]
        connect = next(part for part in policy.split("; ") if part.startswith("connect-src"))
        if connect != "connect-src 'self'":
            assert connect.startswith("connect-src 'self' http://127.0.0.1:"), connect
            allowed.add(path)
    assert allowed == {"/login"}
