"""What a unit sees of its institutions, and an institution of itself; everything personal masked (R-2.6.6.1)."""

from dataclasses import dataclass

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import Actor, GrantStatus, Permission, Role
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.institutions import (
    KINDS,
    LEVEL_LABELS,
    REASON_SENTENCES,
    STATUS_LABELS,
    InstitutionAction,
    InstitutionLevel,
    InstitutionStatus,
    why_not,
)
from jsrs_portal.models.people import Credential, Person, institution_realm
from jsrs_portal.models.units import Grant, Institution, Unit

PAGE = 20
_TONES = {InstitutionStatus.REGISTERED: "info", InstitutionStatus.OPEN: "ok", InstitutionStatus.DISABLED: "neutral"}


@dataclass(frozen=True)
class InstitutionRow:
    """An institution in its unit's list, with its administrator masked; each ``…_why`` is empty when one may."""

    id: str
    version: int
    number: str
    name: str
    kind: str
    level: str
    region: str
    address: str
    registered_on: str
    status: str
    status_label: str
    tone: str
    admin_name: str
    admin_document_kind: str
    admin_document: str
    admin_mobile: str
    password_note: str
    open_why: str
    reset_why: str
    replace_why: str
    disable_why: str
    enable_why: str


@dataclass(frozen=True)
class InstitutionsView:
    """A page of a unit's institutions in the order of their numbers; ``next`` asks for the following (empty: none)."""

    items: tuple[InstitutionRow, ...]
    total: int
    next: str


@dataclass(frozen=True)
class OwnInstitution:
    """An institution as its administrator sees it."""

    number: str
    name: str
    kind: str
    level: str
    region: str
    address: str
    unit_name: str


async def view_institutions(session: AsyncSession, *, actor: Actor, after: str = "") -> InstitutionsView | None:
    """Return the page of the unit's institutions behind the number ``after``; ``None`` without the right.

    Two statements.
    """
    if not actor.may(Permission.INSTITUTIONS_VIEW):
        return None
    mine = col(Institution.unit_id) == actor.unit_id
    total = (await session.execute(select(func.count()).select_from(Institution).where(mine))).scalar_one()
    holds = (
        (col(Grant.institution_id) == col(Institution.id))
        & (col(Grant.role) == Role.INSTITUTION_ADMIN)
        & (col(Grant.status) == GrantStatus.GRANTED)
    )
    sets = (col(Credential.person_id) == col(Person.id)) & (
        col(Credential.realm) == literal(institution_realm("")) + col(Institution.id)
    )
    query = (
        select(Institution, Person, Credential)
        .outerjoin(Grant, holds)
        .outerjoin(Person, col(Person.id) == col(Grant.person_id))
        .outerjoin(Credential, sets)
        .where(mine, col(Institution.number) > after)
        .order_by(col(Institution.number))
        .limit(PAGE + 1)
    )
    rows = (await session.execute(query)).all()
    items = tuple(_row(found, person, credential, actor) for found, person, credential in rows[:PAGE])
    return InstitutionsView(items, total, items[-1].number if len(rows) > PAGE else "")


async def view_own_institution(session: AsyncSession, *, actor: Actor) -> OwnInstitution | None:
    """Return the institution that the actor acts for, and no other; ``None`` without the right. One statement."""
    if not actor.may(Permission.INSTITUTION_OWN):
        return None
    query = (
        select(Institution, col(Unit.name))
        .join(Unit, col(Unit.id) == col(Institution.unit_id))
        .where(col(Institution.id) == actor.institution_id)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    found, unit_name = row
    return OwnInstitution(
        number=found.number,
        name=found.name,
        kind=KINDS.get(found.kind, found.kind),
        level=LEVEL_LABELS[InstitutionLevel(found.level)],
        region=regions().full_name(found.region),
        address=found.address,
        unit_name=unit_name,
    )


def _row(found: Institution, person: Person | None, credential: Credential | None, actor: Actor) -> InstitutionRow:
    status = InstitutionStatus(found.status)

    def why(action: InstitutionAction) -> str:
        reason = why_not(actor, action, unit_id=found.unit_id, status=status)
        return REASON_SENTENCES[reason] if reason else ""

    kind = DocumentType(person.id_type) if person else None
    return InstitutionRow(
        id=found.id,
        version=found.version,
        number=found.number,
        name=found.name,
        kind=KINDS.get(found.kind, found.kind),
        level=LEVEL_LABELS[InstitutionLevel(found.level)],
        region=regions().full_name(found.region),
        address=found.address,
        registered_on=in_words(found.created_at.astimezone(clock.BEIJING)),
        status=status,
        status_label=STATUS_LABELS[status],
        tone=_TONES[status],
        admin_name=masking.mask_name(person.name) if person else "",
        admin_document_kind=kind.label if kind else "",
        admin_document=masking.mask_document(kind, person.id_number) if person and kind else "",
        admin_mobile=masking.mask_phone(person.mobile) if person else "",
        password_note=_password_note(credential),
        open_why=why(InstitutionAction.OPEN),
        reset_why=why(InstitutionAction.RESET),
        replace_why=why(InstitutionAction.REPLACE),
        disable_why=why(InstitutionAction.DISABLE),
        enable_why=why(InstitutionAction.ENABLE),
    )


def _password_note(credential: Credential | None) -> str:
    """Return what there is to say about the administrator's password: only a first one is worth a word."""
    if credential is None or credential.void_after is None:
        return ""
    if clock.now() > credential.void_after:
        return "初始密码超过 7 天未使用，已失效，请重置。"
    return f"初始密码尚未修改，{in_words(credential.void_after.astimezone(clock.BEIJING))}前有效。"
