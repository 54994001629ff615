"""``/metrics``: only with the token, the right numbers, a fixed number of queries, nothing about anybody."""

import json
import re
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from jsrs_portal import clock, crypto, db, worker
from jsrs_portal.api import metrics
from jsrs_portal.models.work import MessageState, OutboxMessage
from jsrs_portal.services import notices
from jsrs_portal.settings import get_settings
from tests.services.numbers import employer, human
from tests.services.world import change, statements, visitor, warm_up
from tests.support import hall

TOKEN = "metrics-token-of-this-test"


@pytest.fixture(autouse=True)
def outside(monkeypatch):
    """Outside systems that a test can let fail."""
    made = hall.gateways()
    monkeypatch.setattr(metrics, "gateways_here", lambda: made)
    return made


@pytest.fixture
def token(monkeypatch) -> str:
    monkeypatch.setenv("JSRS_METRICS_TOKEN", TOKEN)
    get_settings.cache_clear()
    crypto.keyring.cache_clear()
    return TOKEN


async def scrape(authorization: str | None = f"Bearer {TOKEN}"):
    headers = {} if authorization is None else {"Authorization": authorization}
    async with hall.browser() as client:
        return await client.get("/metrics", headers=headers)


async def numbers() -> dict[tuple[str, ...], float]:
    """Return every sample by its name and its labels' values."""
    text = (await scrape()).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


# Who may read them


@pytest.mark.parametrize("authorization", [None, "", "Bearer ", "Bearer x", f"Bearer {TOKEN}", "Basic eDp5"])
async def test_without_a_token_in_the_settings_there_is_no_such_page(authorization):
    answer = await scrape(authorization)
    assert (answer.status_code, answer.text) == (404, "Not Found")


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Basic eDp5", "é"]
)
async def test_a_wrong_token_gets_what_a_missing_page_gets(authorization):
    if authorization == "é":
        async with hall.browser() as client:
            answer = await client.get("/metrics", headers=[(b"Authorization", "Bearer é".encode())])
    else:
        answer = await scrape(authorization)
    assert (answer.status_code, answer.text) == (404, "Not Found")


@pytest.mark.usefixtures("token")
async def test_the_right_token_gets_the_numbers():
    answer = await scrape()
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
    assert "jsrs_outbox" in answer.text


# What they say


@pytest.mark.usefixtures("token")
async def test_messages_are_counted_by_their_state_the_dead_ones_too():
    for state in (MessageState.DEAD, MessageState.DEAD, MessageState.SENT):
        async with db.unit_of_work() as session:
            notices.enqueue_sms(session, mobile=human(1).mobile, text="x")
        async with db.unit_of_work() as session:
            message = OutboxMessage(kind="sms-notice", state=state)
            message.body = json.dumps({"mobile": human(1).mobile, "text": "x"})
            session.add(message)
    found = await numbers()
    assert [found["jsrs_outbox", state] for state in ("PENDING", "SENDING", "SENT", "DEAD")] == [3, 0, 1, 2]
    await change(OutboxMessage, state=MessageState.SENT)
    assert (await numbers())["jsrs_outbox", "DEAD"] == 0


@pytest.mark.usefixtures("token")
async def test_sessions_drafts_and_entries_are_counted(world):
    account = await world.registered_unit(employer(1))
    await world.signed_in(account)
    await world.signed_in(account, visitor("other"))
    world.outside.know(employer(2))
    await world.fill_unit(visitor("third"), employer(2))
    found = await numbers()
    assert (found["jsrs_sessions",], found["jsrs_drafts",]) == (2, 1)
    assert found["jsrs_audit_unsealed",] > 0
    await worker.seal_audit()
    assert (await numbers())["jsrs_audit_unsealed",] == 0


@pytest.mark.usefixtures("token")
async def test_the_age_of_the_trail_of_the_worker_and_of_its_duties_is_told(world, time):
    assert (await numbers())["jsrs_worker_silent_seconds",] == -1
    await world.registered_unit(employer(1))
    await worker.seal_audit()
    await worker.beat({"deliver": time.now - timedelta(seconds=90)})
    time.pass_by(seconds=10)
    found = await numbers()
    assert found["jsrs_worker_silent_seconds",] == pytest.approx(10, abs=1)
    assert found["jsrs_duty_silent_seconds", "deliver"] == pytest.approx(100, abs=1)
    assert found["jsrs_audit_oldest_seconds",] == pytest.approx(70, abs=5)


@pytest.mark.usefixtures("token")
async def test_breakers_and_failures_of_outside_systems_are_told(outside):
    await hall.fail(outside, "registry")
    await hall.fail(outside, "face", times=2)
    found = await numbers()
    assert (found["jsrs_outside_breaker", "registry"], found["jsrs_outside_breaker", "face"]) == (2, 0)
    assert found["jsrs_outside_failures_in_a_row", "face"] == 2


@pytest.mark.usefixtures("token")
async def test_requests_are_counted_by_pattern_and_status_and_timed():
    before = await numbers()
    async with hall.browser() as client:
        await client.get("/v/sQ0n7xKq3", headers={"Cookie": "jsrs=x"})
    found = await numbers()
    label = ("jsrs_requests_total", "/v/{token:str}", "303")
    assert found[label] == before.get(label, 0) + 1
    assert found["jsrs_answer_seconds_count",] > before["jsrs_answer_seconds_count",]


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("size", [1, 25])
async def test_however_much_there_is_it_takes_the_same_queries(world, size):
    for n in range(size):
        await world.registered_person(human(n + 1))
        async with db.unit_of_work() as session:
            notices.enqueue_sms(session, mobile=human(1).mobile, text="x")
    await warm_up()
    with statements() as seen:
        await scrape()
    assert len(seen) == 8


@pytest.mark.usefixtures("token")
async def test_no_label_holds_personal_data(world, outside):
    me, unit = visitor(), employer(1)
    await world.register(me, await world.ready_to_register(me, unit))
    await hall.fail(outside, "face")
    async with hall.browser() as client:
        await client.get(f"/v/{unit.legal_rep.mobile}")
        await client.get("/session/open", params={"ticket": "T" * 43, "next": "/unit"})
    await worker.beat({"deliver": clock.now()})
    text = (await scrape()).text
    labels = set(re.findall(r'="([^"]*)"', text))
    assert all(re.fullmatch(r"[A-Za-z0-9_./{}:+-]*", label) for label in labels)
    boss = unit.legal_rep
    for secret in (boss.name, boss.id_number, boss.mobile, unit.uscc, unit.name, "T" * 43, TOKEN):
        assert secret not in text
