"""The frame of every page in one statement, composed once for all of a kind and each with their own (R-2.1.3)."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import NO_SCOPE, Actor, Role, Scope
from jsrs_portal.models.cases import Case
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.services import composed as composing
from jsrs_portal.services import frame_views, notice_views, review_lists, sessions, units
from jsrs_portal.services.composed import TODAY, composed
from jsrs_portal.services.frame_views import Counts, FrameView
from tests.services.applying import RENEWAL, serve, shipped
from tests.services.casework import lay
from tests.services.granting import acting, given
from tests.services.numbers import employer, human
from tests.services.test_notices import tell
from tests.services.world import statements

pytestmark = [pytest.mark.req("R-2.1.3", "R-2.4.8"), pytest.mark.usefixtures("time")]


async def frame(actor: Actor) -> FrameView:
    async with db.reading() as session:
        return await frame_views.view_frame(session, actor=actor)


async def in_parts(actor: Actor) -> FrameView:
    """Return the same, each part asked for by itself."""
    async with db.reading() as session:
        return FrameView(
            await units.view_viewer(session, actor=actor),
            await sessions.view_deadline(session, actor=actor),
            Counts(
                await notice_views.count_unread(session, actor=actor),
                await review_lists.count_waiting(session, actor=actor),
            ),
        )


async def opened(actor: Actor, number: int) -> Actor:
    """Give the actor a session that lives."""
    now = clock.now()
    async with db.unit_of_work() as session:
        row = UserSession(
            token_hash=f"{number:064x}",
            person_id=actor.person_id,
            grant_id=actor.grant_id or None,
            last_active_at=now,
            expires_at=now + sessions.idle_time() * 3,
        )
        session.add(row)
    return replace(actor, session_id=row.id)


async def test_everybody_has_their_own_frame_in_one_statement(world):
    await serve(shipped(RENEWAL))
    boss = await opened(await acting((await world.registered_unit(employer(3))).grant_id), 1)
    other = await opened(await acting((await world.registered_unit(employer(4))).grant_id), 2)
    alone = await opened(replace(boss, unit_id="", grant_id="", role=None, personal=True, session_id=""), 3)
    for _ in range(2):
        await tell(other.person_id, unit_id=other.unit_id)
    await lay(replace(boss, person_id=await world.registered_person(human(60)), role=Role.AGENT))
    found: list[FrameView] = []
    for actor in (boss, other, alone, boss):
        with statements() as asked:
            found.append(await frame(actor))
        assert len(asked) == 1
        assert found[-1] == await in_parts(actor)
    assert found[0] == found[3]
    assert found[0].counts.waiting == 1
    assert (found[0].counts.unread, found[1].counts) == (0, Counts(2, 0))
    assert found[0].viewer.unit_name != found[1].viewer.unit_name
    assert [one.deadline is not None for one in found] == [True, True, True, True]
    assert found[2].viewer.unit_name == ""


async def test_an_agent_has_what_their_scope_covers_and_a_visitor_nothing(world):
    await serve(shipped(RENEWAL))
    boss = await acting((await world.registered_unit(employer(3))).grant_id)
    agent = await acting((await given(boss, await world.registered_person(human(71)))).id)
    assert agent.role is Role.AGENT
    with statements() as asked:
        found = await frame(agent)
    assert len(asked) <= 3
    assert found == await in_parts(agent)
    with statements() as asked:
        assert await frame(Actor(session_key="v")) == FrameView()
    assert asked == []
    async with db.reading() as session:
        assert await frame_views.view_counts(session, actor=agent) == found.counts
        gone = replace(boss, session_id="f" * 32, must_change=True)
        assert (await frame_views.view_frame(session, actor=gone)).deadline is None


async def test_a_statement_is_composed_once_for_a_kind_and_knows_no_scope():
    built: list[Actor] = []

    def build(actor: Actor, most: int):
        built.append(actor)
        return select(col(Case.id)).where(col(Case.house_id) == actor.unit_id).limit(most)

    one = Actor(session_key="a", person_id="p1", unit_id="u1", role=Role.AGENT, scope=Scope.of((), ("m",)))
    two = Actor(session_key="b", person_id="p2", unit_id="u2", role=Role.AGENT, address="10.0.0.1")
    first, whose = composed(build, one, 5)
    second, others = composed(build, two, 5)
    assert first is second
    assert (whose["unit_id"], others["unit_id"]) == ("u1", "u2")
    assert whose[TODAY.key] == clock.today(), "a statement lives longer than a day"
    (seen,) = built
    assert seen.scope == NO_SCOPE
    assert (seen.session_key, seen.address) == ("", "")
    text = str(first)
    assert ":unit_id" in text
    assert "u1" not in str(first.compile().params)
    composed(build, replace(one, role=Role.ADMIN), 5)
    composed(build, one, 6)
    composed(build, replace(one, unit_id=""), 5)
    assert len(built) == 4, "another role, another number, or nobody's unit is another statement"
    assert composing._composed.cache_info().maxsize == 256, "kinds are few; what is not is forgotten"
