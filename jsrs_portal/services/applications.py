"""An application from its beginning to its submission: a draft that is saved while it is filled in (R-2.6.3.3).

Every change names the version it was made on, so of two windows one is told; the row is held meanwhile. Submitting is
the same: it happens once, and whoever asks again gets the same receipt.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.applying import no_form, why_not_apply
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.cases import DRAFT_LIFE, EDITABLE, MOST_DRAFTS, CaseStatus
from jsrs_portal.domain.form_drafts import beside_another, carried_over, changed_elsewhere, merged
from jsrs_portal.domain.form_reading import Filled
from jsrs_portal.domain.form_values import Typed
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.cases import Case, CaseForm
from jsrs_portal.models.catalog import ContentStatus, Matter, MatterVersion
from jsrs_portal.models.people import Person
from jsrs_portal.models.shipments import CaseDelivery
from jsrs_portal.models.units import Institution
from jsrs_portal.services import audit, limits
from jsrs_portal.services.case_files import drop_files_of
from jsrs_portal.services.definitions import parsed
from jsrs_portal.services.opened_cases import Opened, open_case, surroundings
from jsrs_portal.services.prefill import first_values, locked_anew

GONE = Refusal("没有这份草稿：它可能已经提交、删除或过期。", code="gone")
STALE = Refusal("这份草稿刚刚在另一个窗口中保存过，本窗口的内容没有保存。请刷新页面后继续填写。", code="stale")
CHANGED = Refusal("该事项的填报要求已更新，请先按新要求核对已填写的内容。", code="changed")
RETIRED = Refusal("该事项已停止网上申报，草稿不能继续提交。", code="retired")
TOO_MANY = Refusal(f"同一事项最多保留 {MOST_DRAFTS} 份草稿，请先继续或删除已有的草稿。", code="too_many")


async def begin_application(session: AsyncSession, *, actor: Actor, key: str, region: str) -> str | Refusal:
    """Begin a draft for the matter ``key`` from ``region`` (a code) and return its identifier.

    The person's row is held, so their drafts are counted one after the other. Errors: why the actor may not apply, a
    matter without a form here, too many drafts of it.
    """
    if not actor.may(Permission.APPLY):
        return GONE
    query = (
        select(Matter, MatterVersion)
        .join(MatterVersion, col(MatterVersion.id) == col(Matter.version_id))
        .where(col(Matter.key) == key, col(Matter.status) == ContentStatus.PUBLISHED)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return RETIRED
    matter, version = found
    definition = parsed(version.id, version.definition)
    if why := why_not_apply(definition, region=region, tree=regions(), actor=actor):
        return Refusal(why, code="not_here")
    if definition.form is None:
        return Refusal(no_form(definition) or RETIRED.sentence, code="no_form")
    await session.get_one(Person, actor.person_id, with_for_update={"key_share": True})
    exceeded = await limits.take(session, frequency.APPLICATION, actor.person_id, now=clock.now())
    if exceeded:
        return exceeded.refusal
    if await _count_drafts(session, actor, matter.id) >= MOST_DRAFTS:
        return TOO_MANY
    now = clock.now()
    case = Case(
        person_id=actor.person_id,
        unit_id=actor.unit_id or None,
        institution_id=actor.institution_id or None,
        grant_id=actor.grant_id or None,
        role=actor.role or "",
        house_id=await _house(session, actor),
        matter_id=matter.id,
        version_id=version.id,
        matter_name=matter.name,
        step="form",
        region=regions().chosen(region).code,
        saved_at=now,
        expires_at=now + DRAFT_LIFE,
    )
    kept = CaseForm(id=case.id)
    filled = await first_values(session, actor=actor, form=definition.form, matter_id=matter.id, today=clock.today())
    kept.typed, kept.answers = filled.to_json(), "{}"
    session.add(case)
    await session.flush()
    session.add(kept)
    audit.record(session, actor=actor, action="case.begin", subject=case.id)
    return case.id


async def _house(session: AsyncSession, actor: Actor) -> str | None:
    """Return the unit that sees the actor's cases: their own, or their institution's."""
    if not actor.institution_id:
        return actor.unit_id or None
    return (await session.get_one(Institution, actor.institution_id)).unit_id


async def open_draft(session: AsyncSession, *, actor: Actor, case_id: str, seen: int) -> Opened | Refusal:
    """Return a draft of the actor's own, held, as it was ``seen``. Errors: none of theirs; changed since."""
    opened = await open_case(session, actor=actor, case_id=case_id, lock=True)
    if opened is None or opened.case.status not in EDITABLE:
        return GONE
    return STALE if opened.case.version != seen else opened


@dataclass(frozen=True)
class Saved:
    """A draft that was saved; ``others`` when another window had changed it meanwhile, ``beside`` as in ``Kept``."""

    opened: Opened
    others: bool = False
    beside: tuple[tuple[str, str], ...] = ()


async def save_typed(
    session: AsyncSession,
    *,
    actor: Actor,
    case_id: str,
    seen: int | None,
    typed: Typed,
    asked: Sequence[str],
    before: Typed | None = None,
) -> Saved | Refusal:
    """Save what stands in the fields ``asked``, right or wrong (autosave).

    When another window changed the draft since it was ``seen``, what both did is kept side by side; ``before`` is what
    this window began from. A window that does not know any more what it has seen (None) is told of others by what they
    changed, and where it changed nothing itself the draft stays. Errors: none of theirs; changed since and no
    ``before``, or the matter too.
    """
    opened = await open_case(session, actor=actor, case_id=case_id, lock=True)
    if opened is None or opened.case.status not in EDITABLE:
        return GONE
    if opened.case.version == seen:
        return Saved(write(opened, merged(opened.form, opened.filled, typed, asked)))
    if before is None:
        return STALE
    others = seen is not None or changed_elsewhere(opened.form, opened.filled, typed, before, asked, surroundings())
    if others and opened.case.version_id != opened.newest:
        return STALE
    kept = beside_another(opened.form, opened.filled, typed, before, asked)
    same = seen is None and kept.filled.typed == opened.filled.typed
    return Saved(opened if same else write(opened, kept.filled), others=others, beside=kept.beside)


async def go_to(session: AsyncSession, *, actor: Actor, case_id: str, seen: int, step: str) -> Opened | Refusal:
    """Remember the step somebody is at, for another computer. Errors: none of theirs; changed since."""
    opened = await open_draft(session, actor=actor, case_id=case_id, seen=seen)
    if isinstance(opened, Refusal):
        return opened
    opened.case.step = step
    return write(opened, opened.filled)


async def adopt_newest(
    session: AsyncSession, *, actor: Actor, case_id: str, seen: int
) -> tuple[Opened, tuple[str, ...]] | Refusal:
    """Go on with the version that is served now; return the labels of answers that it does not ask any more.

    Errors: none of theirs; changed since; the matter is not applied for here any more.
    """
    opened = await open_draft(session, actor=actor, case_id=case_id, seen=seen)
    if isinstance(opened, Refusal):
        return opened
    if opened.case.status != CaseStatus.DRAFT:
        return GONE
    version = await session.get(MatterVersion, opened.newest) if opened.newest else None
    definition = parsed(version.id, version.definition) if version else None
    if version is None or definition is None or definition.form is None or not definition.can_apply:
        return RETIRED
    kept, lost = carried_over(opened.form, definition.form, opened.filled)
    filled = await locked_anew(
        session,
        actor=actor,
        form=definition.form,
        filled=kept,
        matter_id=opened.case.matter_id,
        today=clock.today(),
    )
    opened.case.version_id, opened.case.matter_name, opened.case.step = version.id, definition.name, "form"
    written = write(opened, filled)
    audit.record(session, actor=actor, action="case.adopt", subject=case_id)
    return Opened(written.case, written.kept, definition, filled, opened.files, version.id), lost


async def drop_draft(session: AsyncSession, *, actor: Actor, case_id: str) -> str:
    """Throw a draft of the actor's own away with its files; return its matter's key, empty for any other case."""
    opened = await open_case(session, actor=actor, case_id=case_id, lock=True)
    if opened is None or opened.case.status != CaseStatus.DRAFT:
        return ""
    await drop_files_of(session, case_id)
    await session.execute(delete(CaseDelivery).where(col(CaseDelivery.case_id) == case_id))
    await session.delete(opened.kept)
    await session.delete(opened.case)
    audit.record(session, actor=actor, action="case.drop", subject=case_id)
    return opened.definition.key


def write(opened: Opened, filled: Filled) -> Opened:
    """Put ``filled`` into the held draft: one version more, kept for as long again."""
    now = clock.now()
    opened.kept.typed = filled.to_json()
    opened.case.version += 1
    opened.case.saved_at = now
    if opened.case.status == CaseStatus.DRAFT:
        opened.case.expires_at = now + DRAFT_LIFE
    return Opened(opened.case, opened.kept, opened.definition, filled, opened.files, opened.newest)


async def _count_drafts(session: AsyncSession, actor: Actor, matter_id: str) -> int:
    query = (
        select(func.count())
        .select_from(Case)
        .where(
            col(Case.person_id) == actor.person_id,
            col(Case.unit_id).is_not_distinct_from(actor.unit_id or None),
            col(Case.institution_id).is_not_distinct_from(actor.institution_id or None),
            col(Case.matter_id) == matter_id,
            col(Case.status) == CaseStatus.DRAFT,
            col(Case.expires_at) > clock.now(),
        )
    )
    return (await session.execute(query)).scalar_one()
