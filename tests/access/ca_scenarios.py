"""CA login as the login page calls it, with the demonstration's CA and keys in the test's own hand (R-2.4.2)."""

import asyncio
from typing import Any

from jsrs_portal.gateways.ca.demo_ca import DemoCa, Issued
from tests.access import people
from tests.access.client import Socket
from tests.access.people import Account
from tests.access.scenarios import Walk, permitted
from tests.support.ca import Flavour, Kind, text
from tests.support.portal import Portal

PAGE, STATE = "/login", "ca_state"


async def key_of(portal: Portal, account: Account, flavour: Flavour = Flavour.GOOD, kind: Kind = Kind.SM2) -> Issued:
    """Return a key of the unit of ``account``, once the portal knows the CA's lists."""
    await asyncio.to_thread(portal.with_lists)
    ca = DemoCa.open(portal.folder, portal.sandbox)
    return await asyncio.to_thread(ca.issue, uscc=account.uscc, kind=kind, flavour=flavour)


def on_the_token(*issued: Issued) -> dict[str, Any]:
    """Return what the driver says it has found."""
    keys = [
        {"id": f"k{i}", "name": "某单位", "issuer": "演示CA", "not_after": "2027-05-01T12:00:00+08:00"}
        | {"certificate": text(one.der), "exchange": "", "left": "6"}
        for i, one in enumerate(issued)
    ]
    return {"certificates": keys}


def answer(issued: Issued, challenge: str) -> dict[str, Any]:
    """Return what the driver says when it has signed ``challenge``."""
    signed = {"certificate": text(issued.der), "signature": text(issued.key.sign(challenge.encode())), "format": "raw"}
    return {"answer": signed}


async def asked(walk: Walk, tab: Socket, *issued: Issued) -> str:
    """Press 「登录」 with one key on the token; return the text it has to sign."""
    await walk.call(tab, "CaState.begin", page=PAGE)
    assert (tab.value(STATE, "stage"), tab.value(STATE, "wanted")) == ("looking", "list")
    await walk.call(tab, "CaState.found", on_the_token(*issued), PAGE)
    return str(tab.value(STATE, "challenge"))


@permitted("CaState.begin", "CaState.found", "CaState.choose", "CaState.signed", "CaState.troubled", "CaState.cancel")
async def logs_in_by_a_key(walk: Walk) -> None:
    """A PIN was wrong, a login given up, of two certificates one is chosen: its unit is entered."""
    portal, victim = walk.cast.portal, walk.cast.victim
    good, old = await key_of(portal, victim), await key_of(portal, victim, Flavour.EXPIRED)
    browser = await people.visitor(portal)
    async with await browser.tab() as tab:
        await walk.call(tab, "LoginState.choose_tab", {"tab": "ca"}, PAGE)
        assert await asked(walk, tab, old)
        await walk.call(tab, "CaState.troubled", {"code": "pin_wrong", "left": 4}, PAGE)
        assert "还可以输入 4 次" in tab.value(STATE, "trouble")
        assert await asked(walk, tab, old)
        await walk.call(tab, "CaState.cancel", page=PAGE)
        assert (tab.value(STATE, "stage"), tab.value(STATE, "challenge")) == ("idle", "")
        challenge = await asked(walk, tab, old)
        await walk.call(tab, "CaState.signed", answer(old, challenge), PAGE)
        assert "证书已过期" in tab.value(STATE, "trouble")
        assert await asked(walk, tab, old, good) == ""
        assert [one["until"] for one in tab.value(STATE, "keys")] == ["2027年5月1日"] * 2
        await walk.call(tab, "CaState.choose", {"certificate_id": "k1"}, PAGE)
        await walk.call(tab, "CaState.begin", page=PAGE)
        assert tab.value(STATE, "stage") == "signing"
        await walk.call(tab, "CaState.signed", answer(good, str(tab.value(STATE, "challenge"))), PAGE)
        assert tab.departures, tab.value(STATE, "trouble")
        assert tab.departures[-1].startswith("/session/open?ticket=")
    assert (await browser.get(tab.departures[-1])).headers["location"] == "/unit"
    assert browser.cookie.partition("=")[2].startswith("s.")
