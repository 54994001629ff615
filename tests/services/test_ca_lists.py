"""Revocation lists: verified before they are kept, never replaced by older ones, asked for when it is time."""

from datetime import timedelta

import pytest

from jsrs_portal import clock
from jsrs_portal.gateways.ca import issuing
from jsrs_portal.gateways.errors import GatewayFailure
from jsrs_portal.models.certificates import CaList
from jsrs_portal.services import ca_lists
from tests.services.world import at_once, rows, statements
from tests.support.ca import NAMES, USCC, Flavour, Kind, make_ca, near

pytestmark = pytest.mark.req("R-2.4.2")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return make_ca(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def ca(demo, database):
    ca_lists._read.clear()
    ca_lists._refused.clear()
    return near(demo)


async def kept() -> dict[str, CaList]:
    return {one.url: one for one in await rows(CaList)}


async def test_every_address_of_the_configuration_is_fetched_and_no_other(ca, demo, time):
    assert await ca_lists.refresh_lists(ca) == 4
    assert sorted(ca.asked) == sorted(demo.crl_url(name) for name in NAMES)
    assert set(await kept()) == set(ca.asked)
    found = await ca_lists.lists_now(ca.trust)
    assert set(found) == set(ca.asked)
    assert all(one.is_fresh(clock.now()) for one in found.values())


async def test_what_was_fetched_rests_for_a_while(ca, time):
    await ca_lists.refresh_lists(ca)
    ca.asked.clear()
    time.pass_by(minutes=9)
    assert await ca_lists.refresh_lists(ca) == 0
    assert ca.asked == []
    time.pass_by(minutes=2)
    assert await ca_lists.refresh_lists(ca) == 4


async def test_a_new_list_brings_who_was_revoked(ca, demo, time):
    await ca_lists.refresh_lists(ca)
    url = demo.crl_url("sm2-issuing")
    issued = demo.issue(uscc=USCC, kind=Kind.SM2, flavour=Flavour.REVOKED)
    serial = issued.certificate.serial_number
    assert serial not in (await ca_lists.lists_now(ca.trust))[url].revoked
    time.pass_by(minutes=11)
    await ca_lists.refresh_lists(ca)
    assert serial in (await ca_lists.lists_now(ca.trust))[url].revoked


async def test_an_older_list_never_replaces_a_newer_one(ca, demo, time):
    url = demo.crl_url("rsa-issuing")
    await ca_lists.refresh_lists(ca)
    before = (await kept())[url]
    older = clock.now() - timedelta(hours=3)
    time.pass_by(minutes=11)
    ca.instead[url] = issuing.revocation_list(demo.authorities["rsa-issuing"], [], at=older)
    assert await ca_lists.refresh_lists(ca) == 3
    after = (await kept())[url]
    assert (after.digest, after.made_at) == (before.digest, before.made_at)
    assert after.fetched_at > before.fetched_at, "it is not asked for at each round"


async def test_of_two_lists_of_one_instant_the_higher_number_counts(ca, demo, time):
    url, at = demo.crl_url("rsa-issuing"), clock.now()
    for number, serials in ((7, [1]), (8, [2]), (6, [3])):
        ca.instead[url] = issuing.revocation_list(demo.authorities["rsa-issuing"], serials, at=at, number=number)
        await ca_lists.refresh_lists(ca)
        time.pass_by(minutes=11)
    assert (await ca_lists.lists_now(ca.trust))[url].revoked == {2}


@pytest.mark.parametrize(
    "fault", ["signature", "another ca", "garbage", "empty", GatewayFailure.TIMEOUT, GatewayFailure.BAD_ANSWER]
)
async def test_what_is_no_list_of_this_ca_is_not_kept(ca, demo, time, fault):
    url = demo.crl_url("sm2-issuing")
    good = demo.list_of("sm2-issuing")
    wrong = {
        "signature": good[:-1] + bytes([good[-1] ^ 1]),
        "another ca": demo.list_of("rsa-issuing"),
        "garbage": b"<html>404</html>",
        "empty": b"",
    }
    ca.instead[url] = wrong.get(fault, fault)
    assert await ca_lists.refresh_lists(ca) == 3, "the others are kept"
    assert url not in await kept()
    assert url not in await ca_lists.lists_now(ca.trust)
    del ca.instead[url]
    ca.asked.clear()
    assert await ca_lists.refresh_lists(ca) == 1, "and it is asked for again at once"
    assert ca.asked == [url]


async def test_a_list_that_has_run_out_is_asked_for_at_once(ca, demo, time):
    url = demo.crl_url("sm2-root")
    ca.instead[url] = demo.list_of("sm2-root", lasts=timedelta(minutes=5))
    await ca_lists.refresh_lists(ca)
    time.pass_by(minutes=6)
    del ca.instead[url]
    ca.asked.clear()
    assert await ca_lists.refresh_lists(ca) == 1
    assert ca.asked == [url]


async def test_lists_at_hand_cost_one_statement(ca, time):
    await ca_lists.refresh_lists(ca)
    await ca_lists.lists_now(ca.trust)
    with statements() as seen:
        await ca_lists.lists_now(ca.trust)
    assert len(seen) == 1


async def test_two_workers_at_once_keep_one_list(ca, time):
    await at_once(*(ca_lists.refresh_lists(ca) for _ in range(5)))
    assert len(await kept()) == 4


async def test_a_list_is_read_once_however_many_wait_and_a_refused_one_never_again(ca, time, monkeypatch):
    """Reading one of some megabytes takes seconds, and anybody may ask."""
    await ca_lists.refresh_lists(ca)
    read: list[str] = []
    original = ca_lists._verified

    def counted(content, trust, url):
        read.append(url)
        if url.endswith("rsa-issuing.crl"):
            raise ca_lists.Refused("the signature")
        return original(content, trust, url)

    monkeypatch.setattr(ca_lists, "_verified", counted)
    found = await at_once(*(ca_lists.lists_now(ca.trust) for _ in range(20)))
    await ca_lists.lists_now(ca.trust)
    assert sorted(read) == sorted(set(read))
    assert len(read) == 4
    assert {len(one) for one in found} == {3}
