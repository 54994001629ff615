"""What officers find out about units and persons, at which price, and locking persons out."""

import json
from dataclasses import replace

import pytest

from jsrs_portal import db
from jsrs_portal.access import cookie
from jsrs_portal.access.actor import Ended, resolve
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.masking import mask_name, mask_phone, mask_resident_id
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.people import Person
from jsrs_portal.models.work import OutboxMessage
from jsrs_portal.services import login, staff, staff_locks, staff_search
from jsrs_portal.services.staff_search import FullPerson, PersonHit, UnitHit
from tests.services.numbers import employer, human, human_ending_in_x
from tests.services.officers import officer
from tests.services.world import ADDRESS, PASSWORD, at_once, everything_stored, rows, statements, visitor, warm_up

UNIT = employer(1)
BOSS = UNIT.legal_rep
REASON = "核对办件 2026-118"


@pytest.fixture
async def unit(world):
    """A registered unit."""
    return await world.registered_unit(UNIT)


async def person_by(actor: Actor, identifier: str) -> PersonHit | Refusal:
    async with db.unit_of_work() as session:
        return await staff_search.find_one_person(session, actor=actor, identifier=identifier)


async def units_by(actor: Actor, text: str) -> tuple[UnitHit, ...] | Refusal:
    async with db.reading() as session:
        return await staff_search.find_units(session, actor=actor, text=text)


async def unmask(actor: Actor, person_id: str, reason: str = REASON) -> FullPerson | Refusal:
    async with db.unit_of_work() as session:
        return await staff_search.unmask(session, actor=actor, person_id=person_id, reason=reason)


async def lock(actor: Actor, person_id: str, *, version: int = 1, locked: bool = True, reason: str = REASON):
    async with db.unit_of_work() as session:
        return await staff_locks.set_person_locked(
            session, actor=actor, person_id=person_id, version=version, locked=locked, reason=reason
        )


def entries(found: list[AuditEntry], action: str) -> list[AuditEntry]:
    return [one for one in found if one.action == action]


# Units


@pytest.mark.parametrize("by", ["USCC", "number", "name"])
async def test_a_unit_is_found_by_what_is_public(unit, by):
    who = await officer()
    text = {"USCC": UNIT.uscc.lower(), "number": unit.unit_number, "name": "第1测试"}[by]
    found = await units_by(who.acting, text)
    assert isinstance(found, tuple)
    assert [(one.uscc, one.unit_number, one.name) for one in found] == [(UNIT.uscc, unit.unit_number, UNIT.name)]


@pytest.mark.parametrize("text", ["", " ", "测", "%%", "__", "没有这样的单位"])
async def test_what_is_no_name_finds_nothing(unit, text):
    found = await units_by((await officer()).acting, text)
    assert found == () if len(text.strip()) > 1 else isinstance(found, Refusal)


async def test_many_units_cost_one_statement_and_show_twenty(world):
    who = await officer()
    for n in range(1, 24):
        await world.registered_unit(employer(n))
    await warm_up()
    with statements() as seen:
        found = await units_by(who.acting, "测试有限公司")
    assert isinstance(found, tuple)
    assert (len(found), len(seen)) == (staff_search.MOST_UNITS, 1)


# Persons


@pytest.mark.parametrize("by", ["document", "phone"])
async def test_a_person_is_found_by_an_exact_number_and_masked(unit, by):
    who = await officer()
    found = await person_by(who.acting, BOSS.id_number if by == "document" else BOSS.mobile)
    assert isinstance(found, PersonHit)
    assert (found.name, found.mobile, found.document) == (
        mask_name(BOSS.name),
        mask_phone(BOSS.mobile),
        mask_resident_id(BOSS.id_number),
    )
    assert found.roles == (f"{UNIT.name} · 法定代表人 · 有效",)
    assert not any(secret in repr(found) for secret in (BOSS.name, BOSS.id_number, BOSS.mobile))
    (entry,) = entries(await rows(AuditEntry), "staff.search")
    assert (entry.person_id, entry.subject, entry.result) == (who.id, unit.person_id, "OK")


@pytest.mark.parametrize("typed", [BOSS.name, BOSS.id_number[:-1], BOSS.mobile[:-1], f"{BOSS.mobile}%", "%", ""])
async def test_anything_less_than_the_exact_number_finds_nobody(unit, typed):
    assert isinstance(await person_by((await officer()).acting, typed), Refusal)


async def test_who_was_looked_for_in_vain_is_kept_encrypted(unit):
    stranger = human(77)
    await person_by((await officer()).acting, stranger.mobile)
    (entry,) = entries(await rows(AuditEntry), "staff.search")
    assert (entry.result, json.loads(entry.details)) == ("NONE", {"asked": stranger.mobile})
    assert stranger.mobile not in await everything_stored()


async def test_looking_persons_up_is_limited(unit, monkeypatch, time):
    monkeypatch.setattr(frequency, "STAFF_LOOKUP", replace(frequency.STAFF_LOOKUP, most=3))
    who, other = await officer(), await officer("li.si")
    found = [await person_by(who.acting, BOSS.mobile) for _ in range(5)]
    assert [isinstance(one, PersonHit) for one in found] == [True] * 3 + [False] * 2
    results = [one.result for one in entries(await rows(AuditEntry), "staff.search")]
    assert sorted(results) == ["LIMIT", *["OK"] * 3]
    assert isinstance(await person_by(other.acting, BOSS.mobile), PersonHit)


async def test_a_person_with_many_roles_costs_no_more_statements(world):
    who = await officer()
    counts = []
    for n in range(1, 4):
        await world.registered_unit(employer(n, legal_rep=BOSS))
        await warm_up()
        with statements() as seen:
            await person_by(who.acting, BOSS.mobile)
        counts.append(len(seen))
    assert counts[0] == counts[1] == counts[2]


async def test_only_officers_and_security_look_people_up(unit):
    for role in (StaffRole.SYSTEM, StaffRole.AUDIT):
        other = await officer(f"other.{role.lower()}", role)
        assert await person_by(other.acting, BOSS.mobile) == staff.FORBIDDEN
        assert await units_by(other.acting, UNIT.uscc) == staff.FORBIDDEN
    boss = Actor(session_key="x", person_id=unit.person_id, unit_id=unit.unit_id)
    assert await person_by(boss, BOSS.mobile) == staff.FORBIDDEN
    assert await person_by(visitor(), BOSS.mobile) == staff.FORBIDDEN
    security = await officer("security", StaffRole.SECURITY)
    assert isinstance(await person_by(security.acting, BOSS.mobile), PersonHit)


# In full


async def test_a_person_is_shown_in_full_for_a_reason_that_is_kept(unit):
    who = await officer()
    found = await unmask(who.acting, unit.person_id)
    assert found == FullPerson(BOSS.name, "居民身份证", BOSS.id_number, BOSS.mobile)
    (entry,) = entries(await rows(AuditEntry), "staff.unmask")
    assert (entry.person_id, entry.subject, json.loads(entry.details)) == (who.id, unit.person_id, {"reason": REASON})


@pytest.mark.parametrize("reason", ["", "    ", "看看", "1234", "字" * 201])
async def test_without_a_reason_nothing_is_shown(unit, reason):
    found = await unmask((await officer()).acting, unit.person_id, reason)
    assert isinstance(found, Refusal)
    assert found.field == "reason"
    assert entries(await rows(AuditEntry), "staff.unmask") == []


async def test_a_day_has_so_many_and_no_more_also_at_once(unit, monkeypatch, time):
    monkeypatch.setattr(frequency, "STAFF_UNMASK", replace(frequency.STAFF_UNMASK, most=4))
    who, other = await officer(), await officer("li.si")
    found = await at_once(*(unmask(who.acting, unit.person_id) for _ in range(10)))
    assert sum(isinstance(one, FullPerson) for one in found) == 4
    assert sorted(one.result for one in entries(await rows(AuditEntry), "staff.unmask")) == ["LIMIT"] + ["OK"] * 4
    assert isinstance(await unmask(other.acting, unit.person_id), FullPerson)
    time.pass_by(days=1, seconds=1)
    assert isinstance(await unmask(who.acting, unit.person_id), FullPerson)


async def test_only_officers_see_anybody_in_full(unit):
    for role in (StaffRole.SYSTEM, StaffRole.AUDIT, StaffRole.SECURITY):
        other = await officer(f"other.{role.lower()}", role)
        assert await unmask(other.acting, unit.person_id) == staff.FORBIDDEN
    assert await unmask((await officer()).acting, "nobody") == staff_search.GONE
    assert await unmask((await officer("li.si")).acting, "") == staff_search.GONE


# Locking


async def test_a_locked_person_is_out_at_once_is_told_and_cannot_log_in(unit, world, time):
    who = await officer("security", StaffRole.SECURITY)
    value = await world.signed_in(unit)
    assert await lock(who.acting, unit.person_id) is None
    time.pass_by(seconds=6)
    assert await resolve(cookie.proof(value), address=ADDRESS) == Ended(SessionEnd.REPLACED)
    refused = await login.login_unit(actor=visitor(), account=UNIT.uscc, identifier=BOSS.mobile, password=PASSWORD)
    assert isinstance(refused, Refusal)
    assert await lock(who.acting, unit.person_id, version=2, locked=False, reason="本人已核验") is None
    assert await resolve(cookie.proof(value), address=ADDRESS) == Ended(SessionEnd.REPLACED)
    assert isinstance(
        await login.login_unit(actor=visitor(), account=UNIT.uscc, identifier=BOSS.mobile, password=PASSWORD),
        login.Ticket,
    )
    told = [json.loads(one.body) for one in await rows(OutboxMessage)]
    assert [one["mobile"] for one in told] == [BOSS.mobile] * 2
    assert "已被锁定" in told[0]["text"]
    assert REASON not in told[0]["text"]
    assert "已恢复" in told[1]["text"]
    kept = await rows(AuditEntry)
    for action, reason in (("person.lock", REASON), ("person.unlock", "本人已核验")):
        (entry,) = entries(kept, action)
        assert (entry.person_id, entry.subject, json.loads(entry.details)) == (
            who.id,
            unit.person_id,
            {"reason": reason},
        )


async def test_of_several_at_once_one_locks(unit):
    who = await officer("security", StaffRole.SECURITY)
    outcomes = await at_once(*(lock(who.acting, unit.person_id) for _ in range(6)))
    assert outcomes.count(None) == 1
    assert outcomes.count(staff_locks.STALE) == 5
    assert len(await rows(OutboxMessage)) == 1


async def test_what_cannot_be_locked_is_not(unit, world):
    who = await officer("security", StaffRole.SECURITY)
    other = await world.registered_person(human_ending_in_x())
    assert await lock(who.acting, unit.person_id, version=7) == staff_locks.STALE
    assert await lock(who.acting, unit.person_id, locked=False) == staff_locks.STALE
    assert await lock(who.acting, "nobody") == staff_search.GONE
    refused = await lock(who.acting, unit.person_id, reason="嗯")
    assert refused is not None
    assert refused.field == "reason"
    for role in (StaffRole.SYSTEM, StaffRole.AUDIT, StaffRole.OFFICER):
        assert await lock((await officer(f"o.{role.lower()}", role)).acting, other) == staff.FORBIDDEN
    assert {one.status for one in await rows(Person)} == {"ACTIVE"}
