"""The guide of one matter as it is shown: the national elements in words (R-2.1.9; GB/T 39554.2-2020)."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import regions, taxonomy
from jsrs_portal.domain.applying import no_form, why_not_apply
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.matter_guides import Contact, Guide, Material, Office, RemedyBody
from jsrs_portal.domain.matters import SIDE_LABELS, MatterDefinition, OnlineWay
from jsrs_portal.models.catalog import ContentStatus, Matter, MatterVersion
from jsrs_portal.services.catalog import MatterCard, card


@dataclass(frozen=True)
class Labelled:
    """A row of a list of facts."""

    label: str
    value: str


@dataclass(frozen=True)
class MaterialView:
    """One of the 申请材料; ``needed`` is 必要 · 非必要 · 容缺后补, ``exempt`` the sentence of a 免提交 (empty: not)."""

    number: int
    name: str
    type: str
    form: str
    copies: str
    source: str
    source_note: str
    needed: str
    needed_note: str
    notes: str
    standard: str
    exempt: str
    blank_href: str
    sample_href: str


@dataclass(frozen=True)
class StepView:
    """One step of the 办理流程."""

    number: int
    name: str
    who: str
    limit: str
    what: str
    result: str


@dataclass(frozen=True)
class OfficeView:
    """Where it is handled in one region; ``here``: of the region chosen, ``nearest``: the one above if it has none."""

    region_name: str
    name: str
    address: str
    hours: str
    phone: str
    note: str
    here: bool
    nearest: bool


@dataclass(frozen=True)
class BasisView:
    """A 设定依据."""

    law: str
    article: str
    summary: str


@dataclass(frozen=True)
class TitledText:
    """A heading with a text: a question with its answer, a special procedure, a fee."""

    title: str
    text: str


@dataclass(frozen=True)
class ContactView:
    """A telephone number with what belongs to it."""

    name: str
    phone: str
    online: str
    address: str
    note: str


@dataclass(frozen=True)
class ResultView:
    """A 办理结果."""

    name: str
    type: str
    delivery: str
    valid: str
    sample_href: str


@dataclass(frozen=True)
class GuideView:
    """Everything on a guide page, in the order of the national elements."""

    matter: MatterCard
    version: int
    updated_on: str
    online_note: str
    apply_why: str
    basics: tuple[Labelled, ...]
    conditions: tuple[str, ...]
    refusals: tuple[str, ...]
    materials: tuple[MaterialView, ...]
    no_materials: str
    steps: tuple[StepView, ...]
    limits: tuple[Labelled, ...]
    special: tuple[TitledText, ...]
    fee: str
    fees: tuple[TitledText, ...]
    results: tuple[ResultView, ...]
    basis: tuple[BasisView, ...]
    offices: tuple[OfficeView, ...]
    contacts: tuple[ContactView, ...]
    faqs: tuple[TitledText, ...]
    remedies: tuple[ContactView, ...]
    remedy_note: str


async def view_guide(
    session: AsyncSession, *, key: str, region: str = "", actor: Actor | None = None
) -> GuideView | None:
    """Return the published guide of the matter ``key`` as it looks from ``region``; ``None`` when there is none.

    One statement. ``apply_why`` says why ``actor`` cannot apply; empty: they may. A matter is shown from every region,
    also from one where it does not exist: somebody may have been sent the address.
    """
    query = (
        select(Matter, MatterVersion)
        .join(MatterVersion, col(MatterVersion.id) == col(Matter.version_id))
        .where(col(Matter.key) == key, col(Matter.status) == ContentStatus.PUBLISHED)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    matter, version = found
    definition = MatterDefinition.model_validate_json(version.definition)
    guide = definition.guide
    published = version.published_at or matter.changed_at
    return GuideView(
        matter=card(matter, region),
        version=version.number,
        updated_on=in_words(published.astimezone(clock.BEIJING)),
        online_note="" if definition.online.way is OnlineWay.OFFLINE else definition.online.note,
        apply_why=why_not_apply(definition, region=region, tree=regions(), actor=actor) or no_form(definition),
        basics=_basics(definition),
        conditions=guide.conditions,
        refusals=guide.refusals,
        materials=tuple(_material(number, part) for number, part in enumerate(guide.materials, start=1)),
        no_materials=guide.no_materials,
        steps=tuple(
            StepView(number, step.name, step.who, step.limit, step.what, step.result)
            for number, step in enumerate(guide.steps, start=1)
        ),
        limits=_limits(guide),
        special=tuple(TitledText(f"{part.name}（{part.limit}）", part.note) for part in guide.special),
        fee="收费" if guide.fee.charged else "不收费",
        fees=_fees(guide),
        results=tuple(
            ResultView(part.name, part.type.value, "、".join(part.delivery), part.valid, part.sample or "")
            for part in guide.results
        ),
        basis=tuple(
            BasisView(f"《{part.law}》{part.number and f'（{part.number}）'}", part.article, part.summary)
            for part in guide.basis
        ),
        offices=_offices(guide.offices, region),
        contacts=(_contact("咨询方式", guide.consultation), _contact("监督投诉", guide.complaint)),
        faqs=tuple(TitledText(part.question, part.answer) for part in guide.faqs),
        remedies=_remedies(guide.remedy.review, guide.remedy.lawsuit),
        remedy_note=guide.remedy.note,
    )


def _basics(definition: MatterDefinition) -> tuple[Labelled, ...]:
    """Return 基本信息, without what a matter does not have."""
    guide = definition.guide
    groups = taxonomy()
    rows = (
        ("事项名称", definition.name),
        ("事项类型", definition.type.value),
        ("基本编码", definition.codes.basic),
        ("实施编码", definition.implementation_code),
        ("业务办理项编码", definition.codes.item),
        ("实施主体", definition.implementer.name),
        ("实施主体性质", definition.implementer.nature.value),
        ("委托部门", definition.entrusted_by),
        ("行使层级", "、".join(definition.levels)),
        ("服务对象", "、".join(definition.served)),
        ("面向", "、".join(SIDE_LABELS[side] for side in definition.sides)),
        ("业务分类", groups.subcategory_name(definition.category, definition.subcategory)),
        ("主题", "、".join(group.name for group in groups.themes if group.key in definition.themes)),
        ("办件类型", definition.handling.value),
        ("办理形式", "、".join(guide.ways)),
        ("网上办理深度", definition.online.depth),
        ("通办范围", guide.reach.value),
        ("到办事现场次数", f"{guide.visits}次" + (f"（{guide.visit_reason}）" if guide.visit_reason else "")),
        ("预约办理", "支持" if guide.appointment else "不支持"),
        ("物流快递", "支持" if guide.courier else "不支持"),
        ("网上支付", "支持" if guide.online_payment else ""),
        ("自助终端办理", "支持" if guide.terminals else ""),
        ("联办机构", "、".join(guide.partners)),
        ("中介服务", guide.intermediary),
        ("数量限制", guide.quantity_limit or "无"),
    )
    return tuple(Labelled(label, value) for label, value in rows if value)


def _material(number: int, part: Material) -> MaterialView:
    return MaterialView(
        number=number,
        name=part.name,
        type=part.type.value,
        form=part.form.value,
        copies=f"{part.copies}份",
        source=part.source.value,
        source_note=part.source_note,
        needed=part.necessity.value,
        needed_note=part.necessity_note,
        notes=part.notes,
        standard=part.standard,
        exempt=part.exempt_note if part.exempt else "",
        blank_href=part.blank or "",
        sample_href=part.sample or "",
    )


def _limits(guide: Guide) -> tuple[Labelled, ...]:
    limits = (("法定办结时限", guide.legal_limit), ("承诺办结时限", guide.promised_limit))
    return tuple(
        Labelled(label, limit.words + (f"（{limit.note.rstrip('。')}）" if limit.note else ""))
        for label, limit in limits
    )


def _fees(guide: Guide) -> tuple[TitledText, ...]:
    items = [
        TitledText(
            f"{item.name}：{item.standard}",
            f"依据：{item.basis}" + (f" 减免：{item.reduction}" if item.reduction else ""),
        )
        for item in guide.fee.items
    ]
    return (*items, *((TitledText("说明", guide.fee.note),) if guide.fee.note else ()))


def _offices(offices: tuple[Office, ...], region: str) -> tuple[OfficeView, ...]:
    """Return the offices with the one nearest to ``region`` first: its own, its city's, else the province's."""
    tree = regions()
    known = {office.region for office in offices}
    here = next((r.code for r in tree.lineage(tree.chosen(region).code) if r.code in known), "")
    chosen = tree.chosen(region)
    own = {chosen.code, *(r.code for r in tree.lineage(chosen.code) if r.code != tree.code)}
    ordered = sorted(offices, key=lambda office: office.region != here)
    return tuple(
        OfficeView(
            region_name=tree.full_name(office.region),
            name=office.name,
            address=office.address,
            hours=office.hours,
            phone=office.phone,
            note=office.note,
            here=office.region == here and here in own,
            nearest=office.region == here and here not in own,
        )
        for office in ordered
    )


def _contact(name: str, part: Contact) -> ContactView:
    return ContactView(name, part.phone, part.online or "", part.address, part.note)


def _remedies(review: RemedyBody | None, lawsuit: RemedyBody | None) -> tuple[ContactView, ...]:
    bodies = (("行政复议", review), ("行政诉讼", lawsuit))
    return tuple(ContactView(f"{name}：{one.name}", one.phone, "", one.address, "") for name, one in bodies if one)
