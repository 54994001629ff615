"""单位主页: what comes next for whoever acts for the unit, and what they are likely to need (R-2.6.1.2, R-2.6.1.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import recommendations
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import ROLE_LABELS, Actor, GrantState, Permission, Role
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.institutions import InstitutionStatus
from jsrs_portal.domain.matters import Side
from jsrs_portal.domain.recommendations import HOT_REASON, KEPT_REASON, MOST, UnitFacts, recommend, unit_kind
from jsrs_portal.models.catalog import ContentStatus, Favourite, Matter, MatterFacet
from jsrs_portal.models.units import Institution, Unit
from jsrs_portal.services.application_lists import view_drafts
from jsrs_portal.services.catalog import MatterCard, card, in_region
from jsrs_portal.services.favourites import whom_for
from jsrs_portal.services.grants import Held, held_in
from jsrs_portal.services.next_steps import NextStep, view_corrections, view_reviews

MOST_DRAFTS_SHOWN = 5
SOON = timedelta(days=30)
"""So long before its end a grant stands in what comes next."""


@dataclass(frozen=True)
class Recommended:
    """A matter and why it is recommended."""

    matter: MatterCard
    reason: str


async def view_next(session: AsyncSession, *, actor: Actor, today: date) -> tuple[NextStep, ...]:
    """Return what the actor has to do for the unit, the most pressing first. Five statements.

    An agent is told of the own grant alone; who may appoint an administrator, that there is none.
    """
    if not actor.may(Permission.UNIT_VIEW):
        return ()
    held = await held_in(session, actor.unit_id, today=today)
    manages = actor.may(Permission.GRANTS_MANAGE)
    ending = [
        one
        for one in held
        if one.state is GrantState.ACTIVE
        and one.grant.valid_until is not None
        and one.grant.valid_until - today <= SOON
        and (manages or one.grant.id == actor.grant_id)
    ]
    ending.sort(key=lambda one: (one.grant.valid_until or date.max, one.grant.id))
    steps = await view_corrections(session, actor=actor, today=today)
    steps += await view_reviews(session, actor=actor)
    steps += [_ending(one, actor, today) for one in ending]
    if actor.role is Role.LEGAL_REP and not any(one.role is Role.ADMIN for one in held):
        what = "尚未设置管理员：管理员可以代您管理经办人、办理业务"
        steps.append(NextStep(what, "随时", "/unit/agents", "去设置", urgent=False))
    for draft in await view_drafts(session, actor=actor, most=MOST_DRAFTS_SHOWN):
        what = f"「{draft.matter}」的申报草稿尚未提交"
        steps.append(NextStep(what, f"保留至{draft.until}", f"/applications/{draft.id}", "继续填写", urgent=False))
    return tuple(steps)


def _ending(one: Held, actor: Actor, today: date) -> NextStep:
    until = one.grant.valid_until or today
    left = (until - today).days
    own = one.grant.id == actor.grant_id
    whose = "您" if own else f"{ROLE_LABELS[one.role]} {masking.mask_name(one.person.name)} "
    manages = actor.may(Permission.GRANTS_MANAGE) and not (own and one.role is Role.ADMIN)
    return NextStep(
        what=f"{whose}的授权即将到期" if manages else f"{whose}的授权即将到期，如需继续，请联系法定代表人或管理员",
        when=f"{in_words(until)}（{f'还剩 {left} 天' if left else '今天'}）",
        href="/unit/agents",
        action="去续期" if manages else "查看",
        urgent=left <= 7,
    )


async def list_recommended(session: AsyncSession, *, actor: Actor, region: str, today: date) -> tuple[Recommended, ...]:
    """Return what the actor's unit is likely to need now, each with the reason (R-2.6.1.2). Four statements at most.

    First what ``catalog/recommendations.yaml`` says of such a unit at this time of the year, then what is like the
    matters the actor keeps, then what is used most. Only what exists in ``region`` and the actor may do.
    """
    if not actor.may(Permission.UNIT_VIEW):
        return ()
    query = (
        select(Unit, col(Institution.kind))
        .outerjoin(
            Institution,
            (col(Institution.unit_id) == col(Unit.id)) & (col(Institution.status) != InstitutionStatus.DISABLED),
        )
        .where(col(Unit.id) == actor.unit_id)
        .distinct()
    )
    found = (await session.execute(query)).all()
    if not found:
        return ()
    unit = found[0][0]
    facts = UnitFacts(
        kind=unit_kind(unit.uscc),
        registered_on=unit.created_at.astimezone(clock.BEIJING).date(),
        institutions=frozenset(kind for _, kind in found if kind),
    )
    reasons = recommend(recommendations(), facts, today=today)
    named = await _matters(session, region, col(Matter.key).in_(reasons), sides=(Side.UNIT, Side.INSTITUTION))
    chosen = {row.key: (row, reasons[row.key]) for row in sorted(named, key=lambda row: list(reasons).index(row.key))}
    if len(_able(chosen, actor)) < MOST:
        kept = (
            select(col(Matter.subcategory))
            .join(Favourite, col(Favourite.matter_id) == col(Matter.id))
            .where(col(Favourite.person_id) == actor.person_id, col(Favourite.whom) == whom_for(actor))
        )
        _add(chosen, await _matters(session, region, col(Matter.subcategory).in_(kept)), KEPT_REASON)
    if len(_able(chosen, actor)) < MOST:
        _add(chosen, await _matters(session, region), HOT_REASON)
    return tuple(Recommended(card(row, region), reason) for row, reason in _able(chosen, actor)[:MOST])


def _able(chosen: dict[str, tuple[Matter, str]], actor: Actor) -> list[tuple[Matter, str]]:
    return [pair for pair in chosen.values() if actor.may_do(matter=pair[0].key, category=pair[0].category)]


def _add(chosen: dict[str, tuple[Matter, str]], more: Iterable[Matter], reason: str) -> None:
    for row in more:
        chosen.setdefault(row.key, (row, reason))


async def _matters(
    session: AsyncSession, region: str, *conditions: ColumnElement[bool], sides: Iterable[Side] = (Side.UNIT,)
) -> list[Matter]:
    """Return matters of these ``sides`` in ``region``, the most used first, so many that an agent finds theirs."""
    side = select(col(MatterFacet.matter_id)).where(
        col(MatterFacet.matter_id) == col(Matter.id),
        col(MatterFacet.facet) == "side",
        col(MatterFacet.value).in_([one.value for one in sides]),
    )
    query = (
        select(Matter)
        .where(
            col(Matter.status) == ContentStatus.PUBLISHED,
            in_region(region),
            side.exists(),
            *conditions,
        )
        .order_by(col(Matter.hot_order), col(Matter.place))
        .limit(MOST * 8)
    )
    return list((await session.execute(query)).scalars())
