"""What somebody was told, read at the bell and in the list, and what of it they want on their phone (R-2.1.3)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.notices import CHOSEN, KINDS, MOST_COUNTED, NoticeKind, goes_to_phone, sees_all
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.notices import Notice, NoticeChoice
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Institution, Unit
from jsrs_portal.services import audit, notices
from jsrs_portal.services.composed import composed
from jsrs_portal.services.keyset import Place, newest_first, older

PAGE_ROWS = 20
NOT_YOURS = Refusal("短信提醒属于个人账户，请从右上角切换到个人身份后再设置。", code="not_oneself")


@dataclass(frozen=True)
class NoticeRow:
    """One notice; ``whom`` is in whose name it concerns its person, ``href`` where to see it, empty for nowhere."""

    id: str
    kind: str
    title: str
    text: str
    whom: str
    when: str
    href: str
    unread: bool


@dataclass(frozen=True)
class NoticePage:
    """One page of notices, newest first; ``after`` begins the next one, empty at the end."""

    rows: tuple[NoticeRow, ...]
    after: str


@dataclass(frozen=True)
class ChoiceRow:
    """One kind of notice and whether it goes to the phone."""

    kind: str
    label: str
    about: str
    sms: bool


def unread_query(actor: Actor) -> Any:
    """Return the statement of :func:`count_unread`; ``None`` where nothing is counted."""
    if not actor.signed_in or actor.must_change:
        return None
    some = select(col(Notice.id)).where(*_seen(actor), col(Notice.read_at).is_(None)).limit(MOST_COUNTED + 1)
    return select(func.count()).select_from(some.subquery())


async def count_unread(session: AsyncSession, *, actor: Actor) -> int:
    """Return how many notices the actor has not read, at most one more than is shown. One query; a visitor none."""
    query, whose = composed(unread_query, actor)
    return 0 if query is None else (await session.execute(query, whose)).scalar_one()


async def list_notices(
    session: AsyncSession, *, actor: Actor, unread_only: bool = False, after: str = ""
) -> NoticePage:
    """Return a page of what the actor may see of their notices, from ``after`` on (its former page's). One query."""
    if not actor.signed_in or actor.must_change:
        return NoticePage((), "")
    query = (
        select(Notice, func.coalesce(col(Unit.name), col(Institution.name), ""))
        .outerjoin(Unit, col(Unit.id) == col(Notice.unit_id))
        .outerjoin(Institution, col(Institution.id) == col(Notice.institution_id))
        .where(*_seen(actor), *older(Notice, Place.parse(after)))
        .order_by(*newest_first(Notice))
        .limit(PAGE_ROWS + 1)
    )
    if unread_only:
        query = query.where(col(Notice.read_at).is_(None))
    found = list(await session.execute(query))
    rows = tuple(_row(notice, whom, actor) for notice, whom in found[:PAGE_ROWS])
    return NoticePage(rows, Place.of(found[PAGE_ROWS - 1][0]).written() if len(found) > PAGE_ROWS else "")


async def mark_read(session: AsyncSession, *, actor: Actor, notice_id: str = "") -> int:
    """Note that the actor has read one notice, or all they see; return how many were unread. Twice does no harm."""
    if not actor.signed_in or actor.must_change:
        return 0
    which = [*_seen(actor), col(Notice.read_at).is_(None)]
    if notice_id:
        which.append(col(Notice.id) == notice_id)
    done = await session.execute(update(Notice).where(*which).values(read_at=clock.now()).returning(col(Notice.id)))
    return len(done.all())


async def list_choices(session: AsyncSession, *, actor: Actor) -> tuple[ChoiceRow, ...]:
    """Return which notices go to the actor's phone; none for whoever did not prove to be themselves. One query."""
    if not actor.may(Permission.OWN_ACCOUNT):
        return ()
    query = select(col(NoticeChoice.kind)).where(col(NoticeChoice.person_id) == actor.person_id)
    changed = list((await session.execute(query)).scalars())
    return tuple(ChoiceRow(kind, KINDS[kind].label, KINDS[kind].about, goes_to_phone(kind, changed)) for kind in CHOSEN)


async def choose_phone(session: AsyncSession, *, actor: Actor, kinds: frozenset[str]) -> Refusal | None:
    """Have these kinds of notices, of those one may choose about, go to the actor's phone, and the others not."""
    if not actor.may(Permission.OWN_ACCOUNT):
        return NOT_YOURS
    changed = {kind for kind in CHOSEN if (kind in kinds) != KINDS[kind].sms}
    await session.get(Person, actor.person_id, with_for_update={"key_share": True})  # two tabs, one after the other
    before = {row.kind for row in await list_choices(session, actor=actor) if row.sms}
    await session.execute(delete(NoticeChoice).where(col(NoticeChoice.person_id) == actor.person_id))
    session.add_all(NoticeChoice(person_id=actor.person_id, kind=kind) for kind in changed)
    after = {kind for kind in CHOSEN if kind in kinds}
    if before != after:
        details = {"before": sorted(before), "after": sorted(after)}
        audit.record(session, actor=actor, action="notice.choose", subject=actor.person_id, details=details)
    if silenced := before - after:
        labels = "、".join(KINDS[kind].label for kind in CHOSEN if kind in silenced)
        text = f"您已关闭「{labels}」通知的短信提醒，这些通知仍显示在大厅中。如非本人操作，请立即修改密码。"
        person = await session.get_one(Person, actor.person_id)
        await notices.tell(
            session, person=person, kind=NoticeKind.SECURITY, title="短信提醒已关闭", text=text, href="/notices"
        )
    return None


def _seen(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return :func:`~jsrs_portal.domain.notices.sees_all` as conditions on rows."""
    if sees_all(actor):
        acts_for = true()
    elif actor.institution_id:
        acts_for = col(Notice.institution_id) == actor.institution_id
    else:
        acts_for = col(Notice.unit_id) == actor.unit_id
    return col(Notice.person_id) == actor.person_id, acts_for


def _row(notice: Notice, whom: str, actor: Actor) -> NoticeRow:
    elsewhere = (notice.unit_id or "", notice.institution_id or "") not in (
        ("", ""),
        (actor.unit_id, actor.institution_id),
    )
    return NoticeRow(
        id=notice.id,
        kind=KINDS[NoticeKind(notice.kind)].label,
        title=notice.title,
        text=notice.text,
        whom=whom or "本人",
        when=to_the_minute(notice.created_at),
        href="/choose" if elsewhere and notice.href else notice.href,
        unread=notice.read_at is None,
    )
