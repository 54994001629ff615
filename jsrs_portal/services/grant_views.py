"""What a unit's people see of its grants: counts, rows, history; every name, phone and number masked (R-2.6.5.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import taxonomy
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import (
    REASON_SENTENCES,
    ROLE_LABELS,
    STATE_LABELS,
    Action,
    Actor,
    GrantState,
    GrantStatus,
    Permission,
    Reason,
    Role,
    Scope,
    why_not,
)
from jsrs_portal.domain.dates import in_words, to_the_minute
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.models.catalog import Matter
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Grant, GrantEvent, GrantEventKind
from jsrs_portal.services.grants import Held, counted, held_in, read_scope

REVOKED_SHOWN = 20
ALL_BUSINESS = "全部业务"
_TONES = {
    GrantState.ACTIVE: "ok",
    GrantState.SCHEDULED: "info",
    GrantState.EXPIRED: "warn",
    GrantState.REVOKED: "neutral",
    GrantState.UNPROVEN: "warn",
}


@dataclass(frozen=True)
class GrantRow:
    """A grant in the list. ``elapsed`` is how much of its time has gone, in percent, -1 without both dates.

    ``change_why`` and ``revoke_why`` say why the buttons are not to be pressed; empty: they may be.
    """

    id: str
    version: int
    name: str
    mobile: str
    document: str
    role: str
    role_label: str
    scope: tuple[str, ...]
    period: str
    elapsed: int
    state: str
    state_label: str
    tone: str
    hint: str
    own: bool
    change_why: str
    revoke_why: str


@dataclass(frozen=True)
class GrantsView:
    """The page 「经办人管理」 for one actor: how many of each role count today, how many have expired
    and do not, the rows, and what may be opened."""

    legal_reps: int
    admins: int
    agents: int
    expired: int
    rows: tuple[GrantRow, ...]
    revoked: tuple[GrantRow, ...]
    admin_why: str
    agent_why: str


@dataclass(frozen=True)
class GrantStep:
    """One step in the history of a grant."""

    when: str
    what: str
    by: str
    detail: str


async def view_grants(session: AsyncSession, *, actor: Actor, today: date) -> GrantsView | None:
    """Return the grants of the actor's unit, an agent's own alone; ``None`` without the right. Three statements."""
    if not actor.may(Permission.GRANTS_VIEW):
        return None
    held = await held_in(session, actor.unit_id, today=today)
    query = (
        select(Grant, Person)
        .join(Person, col(Person.id) == col(Grant.person_id))
        .where(
            col(Grant.unit_id) == actor.unit_id,
            col(Grant.status) == GrantStatus.REVOKED,
            col(Grant.institution_id).is_(None),
        )
        .order_by(col(Grant.created_at).desc(), col(Grant.id).desc())
        .limit(REVOKED_SHOWN)
    )
    ended = [Held(grant, person, GrantState.REVOKED) for grant, person in await session.execute(query)]
    names = await scope_names(session, [read_scope(one.grant.scope) for one in (*held, *ended)])

    def seen(some: Sequence[Held]) -> tuple[GrantRow, ...]:
        return tuple(_row(one, held, names, actor, today) for one in some if _may_view(actor, one))

    return GrantsView(
        legal_reps=counted(held, Role.LEGAL_REP),
        admins=counted(held, Role.ADMIN),
        agents=counted(held, Role.AGENT),
        expired=sum(one.state is GrantState.EXPIRED for one in held),
        rows=seen(held),
        revoked=seen(ended),
        admin_why=_why_grant(actor, Role.ADMIN, held),
        agent_why=_why_grant(actor, Role.AGENT, held),
    )


async def view_history(session: AsyncSession, *, actor: Actor, grant_id: str) -> tuple[GrantStep, ...]:
    """Return what happened to a grant of the actor's unit, newest first; empty when there is none to be seen."""
    found = await session.get(Grant, grant_id)
    own = found is not None and found.id == actor.grant_id
    if (
        found is None
        or found.institution_id
        or why_not(actor, Action.VIEW, Role(found.role), unit_id=found.unit_id, own=own)
    ):
        return ()
    query = (
        select(GrantEvent, Person)
        .outerjoin(Person, col(Person.id) == col(GrantEvent.by_person_id))
        .where(col(GrantEvent.grant_id) == grant_id)
        .order_by(col(GrantEvent.created_at).desc(), col(GrantEvent.id).desc())
        .limit(100)
    )
    rows = (await session.execute(query)).all()
    names = await scope_names(session, [read_scope(event.scope) for event, _ in rows])
    return tuple(_step(event, person, Role(found.role), names) for event, person in rows)


async def scope_names(session: AsyncSession, scopes: Iterable[Scope]) -> dict[str, str]:
    """Return the names of everything in ``scopes`` by key; one statement, also for none."""
    keys = {key for scope in scopes for key in scope.matters}
    query = select(col(Matter.key), col(Matter.name)).where(col(Matter.key).in_(keys))
    names = {key: name for key, name in await session.execute(query)}
    return names | {group.key: group.name for group in taxonomy().categories}


def in_order(scope: Scope, names: dict[str, str]) -> tuple[str, ...]:
    """Return the names in ``scope``: categories as the taxonomy orders them, then matters by name."""
    order = [group.key for group in taxonomy().categories]
    known = sorted(scope.categories, key=lambda key: (order.index(key) if key in order else len(order), key))
    return (
        *(names.get(key, "已停用的业务") for key in known),
        *sorted(names.get(key, "已下架的事项") for key in scope.matters),
    )


def period_words(valid_from: date | None, valid_until: date | None) -> str:
    """Return a period as people read it; a missing day is open."""
    if valid_until is None:
        return f"{in_words(valid_from)}起长期有效" if valid_from else "长期有效"
    return f"{in_words(valid_from) if valid_from else '即日起'}至{in_words(valid_until)}"


def sentence_of(refused: Reason | None) -> str:
    """Return the sentence of a refusal; empty for none."""
    return REASON_SENTENCES[refused] if refused else ""


def _may_view(actor: Actor, held: Held) -> bool:
    own = held.grant.id == actor.grant_id
    return why_not(actor, Action.VIEW, held.role, unit_id=held.grant.unit_id, own=own) is None


def _why_grant(actor: Actor, role: Role, held: Sequence[Held]) -> str:
    return sentence_of(why_not(actor, Action.GRANT, role, unit_id=actor.unit_id, counted=counted(held, role)))


def _row(one: Held, held: Sequence[Held], names: dict[str, str], actor: Actor, today: date) -> GrantRow:
    grant, person = one.grant, one.person
    others = counted(held, one.role, but=grant.id)

    def why(action: Action) -> str:
        return sentence_of(why_not(actor, action, one.role, unit_id=grant.unit_id, state=one.state, counted=others))

    return GrantRow(
        id=grant.id,
        version=grant.version,
        name=masking.mask_name(person.name),
        mobile=masking.mask_phone(person.mobile),
        document=masking.mask_document(DocumentType(person.id_type), person.id_number),
        role=one.role,
        role_label=ROLE_LABELS[one.role],
        scope=in_order(read_scope(grant.scope), names) if one.role is Role.AGENT else (ALL_BUSINESS,),
        period=period_words(_began(grant) if grant.valid_until else grant.valid_from, grant.valid_until),
        elapsed=_elapsed(grant, today),
        state=one.state,
        state_label=STATE_LABELS[one.state],
        tone=_TONES[one.state],
        hint=_hint(grant, one.state, today),
        own=grant.id == actor.grant_id,
        change_why=why(Action.CHANGE),
        revoke_why=why(Action.REVOKE),
    )


def _began(grant: Grant) -> date:
    """Return the first day of a grant: the one it was given when none is named."""
    return grant.valid_from or grant.created_at.astimezone(clock.BEIJING).date()


def _elapsed(grant: Grant, today: date) -> int:
    if grant.valid_until is None:
        return -1
    start = _began(grant)
    whole = (grant.valid_until - start).days + 1
    gone = (today - start).days + (0 if today < start else 1)
    return max(0, min(100, round(100 * gone / whole))) if whole > 0 else 100


def _hint(grant: Grant, state: GrantState, today: date) -> str:
    if state is GrantState.UNPROVEN:
        return "尚未通过人脸认证，本人在「忘记密码?」中刷脸后方可办事。"
    if state is GrantState.SCHEDULED and grant.valid_from is not None:
        return f"{(grant.valid_from - today).days} 天后生效"
    if state is GrantState.ACTIVE and grant.valid_until is not None:
        left = (grant.valid_until - today).days
        return f"还剩 {left} 天" if left else "今天到期"
    return ""


_STEPS = {
    GrantEventKind.GRANTED: "开通授权",
    GrantEventKind.CHANGED: "变更授权",
    GrantEventKind.REVOKED: "收回授权",
    GrantEventKind.REPLACED: "由新的授权取代",
    GrantEventKind.PROVEN: "本人通过人脸认证",
}


def _step(event: GrantEvent, person: Person | None, role: Role, names: dict[str, str]) -> GrantStep:
    by = f"{masking.mask_name(person.name)}（{ROLE_LABELS[Role(event.by_role)]}）" if person and event.by_role else ""
    detail = ""
    if event.kind in (GrantEventKind.GRANTED, GrantEventKind.CHANGED):
        what = "、".join(in_order(read_scope(event.scope), names)) if role is Role.AGENT else ALL_BUSINESS
        detail = f"{period_words(event.valid_from, event.valid_until)}；{what}"
    return GrantStep(to_the_minute(event.created_at), _STEPS[GrantEventKind(event.kind)], by or "系统", detail)
