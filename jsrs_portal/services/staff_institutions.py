"""机构登记: officers register institutions under units and keep their data right, each in their region (R-2.6.6)."""

from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain import staff as rules
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.identifiers import normalise
from jsrs_portal.domain.institutions import (
    KINDS,
    LEVEL_LABELS,
    STATUS_LABELS,
    InstitutionLevel,
    InstitutionStatus,
    institution_number,
)
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.units import Institution, Unit
from jsrs_portal.services import audit
from jsrs_portal.services.grants import lock_unit
from jsrs_portal.services.keyset import Place, newest_first, older
from jsrs_portal.services.sequences import next_number
from jsrs_portal.services.staff import may

PAGE = 20
STALE = Refusal("该机构刚刚被他人变更，请核对最新内容后再操作。", code="stale")
GONE = Refusal("没有这个机构，或它不在您负责的区域。", code="gone")
_NO_UNIT = Refusal("没有这个单位：请填写已注册单位的统一社会信用代码或单位编号。", "unit", "no_unit")


@dataclass(frozen=True, kw_only=True)
class InstitutionData:
    """What is registered of an institution, as typed; all of it is public."""

    name: str
    kind: str
    level: str
    address: str


@dataclass(frozen=True)
class InstitutionRow:
    """An institution in the list. ``change_why`` says why it is not this officer's to change; empty: it is."""

    id: str
    version: int
    number: str
    name: str
    kind: str
    kind_label: str
    level: str
    level_label: str
    region: str
    region_name: str
    address: str
    status: str
    status_label: str
    unit_name: str
    change_why: str


@dataclass(frozen=True)
class InstitutionPage:
    """One page of institutions, newest first; ``next`` is where the next begins, empty at the end."""

    rows: tuple[InstitutionRow, ...]
    next: str


async def list_institutions(
    session: AsyncSession, *, actor: Actor, text: str = "", after: str = ""
) -> InstitutionPage | Refusal:
    """Return institutions of the officer's region whose name or number contains ``text``. One query."""
    if refused := may(actor, Permission.STAFF_INSTITUTIONS):
        return refused
    conditions = [*_within(actor), *older(Institution, Place.parse(after))]
    wanted = text.strip()[:100]
    if wanted:
        number = normalise(wanted)
        conditions.append(
            or_(
                col(Institution.name).contains(wanted, autoescape=True),
                col(Institution.number).contains(number, autoescape=True),
            )
        )
    query = (
        select(Institution, col(Unit.name))
        .join(Unit, col(Unit.id) == col(Institution.unit_id))
        .where(*conditions)
        .order_by(*newest_first(Institution))
        .limit(PAGE + 1)
    )
    found = (await session.execute(query)).all()
    shown = found[:PAGE]
    following = Place.of(shown[-1][0]).written() if len(found) > PAGE else ""
    return InstitutionPage(tuple(_row(one, name, actor) for one, name in shown), following)


def _within(actor: Actor) -> list[ColumnElement[bool]]:
    prefix = rules.region_prefix(actor.staff_region)
    return [col(Institution.region).startswith(prefix, autoescape=True)] if prefix else []


def _row(one: Institution, unit_name: str, actor: Actor) -> InstitutionRow:
    level = InstitutionLevel(one.level)
    return InstitutionRow(
        id=one.id,
        version=one.version,
        number=one.number,
        name=one.name,
        kind=one.kind,
        kind_label=KINDS.get(one.kind, one.kind),
        level=level,
        level_label=LEVEL_LABELS[level],
        region=one.region,
        region_name=regions().full_name(one.region),
        address=one.address,
        status=one.status,
        status_label=STATUS_LABELS[InstitutionStatus(one.status)],
        unit_name=unit_name,
        change_why="" if level in rules.levels_within(actor.staff_region) else _HIGHER,
    )


_HIGHER = "该层级的机构由上级经办人员维护。"


def offered_regions(actor: Actor) -> list[tuple[str, str]]:
    """Return the regions an officer may register institutions in: code and name."""
    return [(code, regions().full_name(code)) for code in regions().by_code if rules.covers(actor.staff_region, code)]


def _problems(actor: Actor, typed: InstitutionData) -> list[Refusal]:
    name, address = typed.name.strip(), typed.address.strip()
    found: list[Refusal] = []
    if not 2 <= len(name) <= 100:
        found.append(Refusal("请填写机构名称，2至100个字。", "name"))
    if typed.kind not in KINDS:
        found.append(Refusal("请选择机构类型。", "kind"))
    if typed.level not in rules.levels_within(actor.staff_region):
        found.append(Refusal("请选择机构层级；您只能登记本级及以下的机构。", "level"))
    if not 2 <= len(address) <= 150:
        found.append(Refusal("请填写机构地址，2至150个字。", "address"))
    return found


async def register_institution(
    session: AsyncSession, *, actor: Actor, unit: str, region: str, typed: InstitutionData
) -> Institution | list[Refusal]:
    """Register an institution under the unit with this USCC or 单位编号; the unit opens it itself (R-2.6.6.2).

    Errors: no permission, what is wrong at a field, a region that is not the officer's, a name the unit has already.
    """
    if refused := may(actor, Permission.STAFF_INSTITUTIONS):
        return [refused]
    problems = [] if unit.strip() else [Refusal("请填写统一社会信用代码或单位编号。", "unit")]
    problems += _problems(actor, typed)
    if region not in regions().by_code or not rules.covers(actor.staff_region, region):
        problems.append(Refusal("请选择所在区域；您只能登记本区域及以下的机构。", "region"))
    if problems:
        return problems
    text = normalise(unit)[:64]
    query = select(col(Unit.id)).where(or_(col(Unit.uscc) == text, col(Unit.unit_number) == text))
    unit_id = (await session.execute(query)).scalar_one_or_none()
    held = await lock_unit(session, unit_id) if unit_id else None
    if held is None:
        return [_NO_UNIT]
    if await _named(session, held.id, typed.name.strip()):
        return [Refusal("该单位已有同名机构，请核对。", "name", "taken")]
    kept = _kept(typed)
    made = Institution(
        unit_id=held.id,
        number=institution_number(await next_number(session, "institution")),
        name=kept["name"],
        kind=kept["kind"],
        level=kept["level"],
        address=kept["address"],
        region=region,
        status=InstitutionStatus.REGISTERED,
        registered_by=actor.staff_id,
    )
    session.add(made)
    await session.flush()
    details = {"after": {**kept, "region": region, "number": made.number}}
    audit.record(session, actor=actor, action="institution.register", subject=made.id, unit_id=held.id, details=details)
    return made


def _kept(typed: InstitutionData) -> dict[str, str]:
    return {name: value.strip() for name, value in asdict(typed).items()}


async def _named(session: AsyncSession, unit_id: str, name: str, but: str = "") -> bool:
    query = select(col(Institution.id)).where(
        col(Institution.unit_id) == unit_id, col(Institution.name) == name, col(Institution.id) != but
    )
    return (await session.execute(query)).first() is not None


async def change_institution(
    session: AsyncSession, *, actor: Actor, institution_id: str, version: int, typed: InstitutionData
) -> list[Refusal]:
    """Change name, kind, level and address of an institution in the officer's region; nothing is returned when done.

    Errors: no permission, none of this id in the region, a level above the officer's, what is wrong at a field, or
    changed meanwhile.
    """
    if refused := may(actor, Permission.STAFF_INSTITUTIONS):
        return [refused]
    query = select(Institution).where(col(Institution.id) == institution_id, *_within(actor))
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None:
        return [GONE]
    if found.level not in rules.levels_within(actor.staff_region):
        return [Refusal(_HIGHER, code="forbidden")]
    if problems := _problems(actor, typed):
        return problems
    await lock_unit(session, found.unit_id)
    if await _named(session, found.unit_id, typed.name.strip(), but=found.id):
        return [Refusal("该单位已有同名机构，请核对。", "name", "taken")]
    after = _kept(typed)
    before = {name: getattr(found, name) for name in after}
    changed = await session.execute(
        update(Institution)
        .where(col(Institution.id) == found.id, col(Institution.version) == version)
        .values(**after, version=version + 1)
        .returning(col(Institution.id))
    )
    if changed.scalar_one_or_none() is None:
        return [STALE]
    audit.record(
        session,
        actor=actor,
        action="institution.amend",
        subject=found.id,
        unit_id=found.unit_id,
        details={"before": before, "after": after},
    )
    return []
