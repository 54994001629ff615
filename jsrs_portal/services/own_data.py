"""What the portal keeps of a person, as the files of an export say it (R-2.6.8.5)."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain import security_history
from jsrs_portal.domain.addresses import describe_place
from jsrs_portal.domain.audit_words import action_words, result_words
from jsrs_portal.domain.authority import ROLE_LABELS, STATE_LABELS, Role
from jsrs_portal.domain.cases import STATUS_LABELS, CaseStatus
from jsrs_portal.domain.dates import to_the_minute
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.masking import mask_name, mask_phone
from jsrs_portal.domain.matter_workflow import Direction
from jsrs_portal.domain.notices import KINDS, NoticeKind
from jsrs_portal.domain.own_data import MOST_ROWS, Section
from jsrs_portal.domain.ratings import LEVEL_LABELS, Level, reason_texts
from jsrs_portal.domain.sessions import WAY_LABELS, LoginWay
from jsrs_portal.domain.shipments import DIRECTION_LABELS, company_name
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.cases import Case
from jsrs_portal.models.catalog import Favourite, Matter
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.people import Person
from jsrs_portal.models.ratings import Rating
from jsrs_portal.models.sessions import UserSession
from jsrs_portal.models.shipments import CaseDelivery, Parcel, Shipment
from jsrs_portal.models.units import Consent, Grant, Institution, Unit
from jsrs_portal.services.grants import standing

Reader = Callable[[AsyncSession, str], Awaitable[Section]]


async def _person(session: AsyncSession, person_id: str) -> Section:
    one = await session.get_one(Person, person_id)
    rows = [
        ("姓名", one.name),
        ("证件类型", DocumentType(one.id_type).label),
        ("证件号码", one.id_number),
        ("移动电话", one.mobile),
        ("注册时间", to_the_minute(one.created_at)),
        ("人脸认证时间", to_the_minute(one.proven_at) if one.proven_at else ""),
    ]
    return Section("个人信息", ("项目", "内容"), rows)


async def _grants(session: AsyncSession, person_id: str) -> Section:
    query = (
        select(Grant, col(Unit.name), col(Institution.name))
        .join(Unit, col(Unit.id) == col(Grant.unit_id))
        .outerjoin(Institution, col(Institution.id) == col(Grant.institution_id))
        .where(col(Grant.person_id) == person_id)
        .order_by(col(Grant.created_at).desc())
        .limit(MOST_ROWS)
    )
    rows = [
        (
            *(unit, institution or "", ROLE_LABELS[Role(grant.role)]),
            STATE_LABELS[standing(grant, clock.now())],
            *(str(grant.valid_from or ""), str(grant.valid_until or "")),
        )
        for grant, unit, institution in await session.execute(query)
    ]
    return Section("授权", ("单位", "机构", "身份", "状态", "开始日期", "结束日期"), rows)


async def _sessions(session: AsyncSession, person_id: str) -> Section:
    query = (
        select(UserSession)
        .where(col(UserSession.person_id) == person_id)
        .order_by(col(UserSession.created_at).desc())
        .limit(MOST_ROWS)
    )
    rows = [
        (
            *(to_the_minute(one.created_at), to_the_minute(one.last_active_at), one.device, one.address),
            WAY_LABELS[LoginWay(one.way)] if one.way else "",
        )
        for one in (await session.execute(query)).scalars()
    ]
    return Section("登录", ("登录时间", "最近操作", "设备", "网络地址", "方式"), rows)


async def _events(session: AsyncSession, person_id: str) -> Section:
    query = (
        select(AuditEntry)
        .where(col(AuditEntry.person_id) == person_id, col(AuditEntry.action).in_(security_history.SHOWN))
        .order_by(col(AuditEntry.created_at).desc(), col(AuditEntry.id).desc())
        .limit(MOST_ROWS)
    )
    rows = [
        (
            *(to_the_minute(one.created_at), action_words(one.action), result_words(one.result)),
            describe_place(one.address),
        )
        for one in (await session.execute(query)).scalars()
    ]
    return Section("安全记录", ("时间", "操作", "结果", "网络"), rows)


async def _notices(session: AsyncSession, person_id: str) -> Section:
    query = (
        select(Notice)
        .where(col(Notice.person_id) == person_id)
        .order_by(col(Notice.created_at).desc(), col(Notice.id).desc())
        .limit(MOST_ROWS)
    )
    rows = [
        (to_the_minute(one.created_at), KINDS[NoticeKind(one.kind)].label, one.title, one.text)
        for one in (await session.execute(query)).scalars()
    ]
    return Section("通知", ("时间", "类别", "标题", "内容"), rows)


async def _consents(session: AsyncSession, person_id: str) -> Section:
    query = select(Consent).where(col(Consent.person_id) == person_id).order_by(col(Consent.agreed_at)).limit(MOST_ROWS)
    rows = [
        (to_the_minute(one.agreed_at), one.agreement, one.agreement_version)
        for one in (await session.execute(query)).scalars()
    ]
    return Section("同意的协议", ("时间", "协议", "版本"), rows)


async def _favourites(session: AsyncSession, person_id: str) -> Section:
    query = (
        select(col(Favourite.kept_at), col(Matter.name))
        .join(Matter, col(Matter.id) == col(Favourite.matter_id))
        .where(col(Favourite.person_id) == person_id)
        .order_by(col(Favourite.kept_at))
        .limit(MOST_ROWS)
    )
    rows = [(to_the_minute(kept_at), name) for kept_at, name in await session.execute(query)]
    return Section("收藏的事项", ("时间", "事项"), rows)


async def _cases(session: AsyncSession, person_id: str) -> Section:
    query = (
        select(Case, col(Unit.name), col(Institution.name))
        .outerjoin(Unit, col(Unit.id) == col(Case.unit_id))
        .outerjoin(Institution, col(Institution.id) == col(Case.institution_id))
        .where(col(Case.person_id) == person_id)
        .order_by(col(Case.saved_at).desc(), col(Case.id).desc())
        .limit(MOST_ROWS)
    )
    rows = [
        (
            *(case.matter_name, unit or institution or "本人", STATUS_LABELS[CaseStatus(case.status)]),
            *(case.number or "", to_the_minute(case.submitted_at) if case.submitted_at else ""),
        )
        for case, unit, institution in await session.execute(query)
    ]
    return Section("申报", ("事项", "以谁的名义", "状态", "办件编号", "提交时间"), rows)


async def _ratings(session: AsyncSession, person_id: str) -> Section:
    query = (
        select(Rating, col(Matter.name))
        .join(Matter, col(Matter.id) == col(Rating.matter_id))
        .where(col(Rating.person_id) == person_id)
        .order_by(col(Rating.created_at).desc(), col(Rating.id).desc())
        .limit(MOST_ROWS)
    )
    rows = [
        (
            *(to_the_minute(one.created_at), name, LEVEL_LABELS[Level(one.level)]),
            *("、".join(reason_texts(one.reasons.split())), one.words),
        )
        for one, name in await session.execute(query)
    ]
    return Section("评价", ("时间", "事项", "满意程度", "原因", "意见"), rows)


async def _deliveries(session: AsyncSession, person_id: str) -> Section:
    """Return where results were to be sent: whole for oneself; a unit's recipient is somebody else, and masked."""
    query = (
        select(CaseDelivery, Case)
        .join(Case, col(Case.id) == col(CaseDelivery.case_id))
        .where(col(CaseDelivery.person_id) == person_id)
        .order_by(col(CaseDelivery.created_at).desc(), col(CaseDelivery.id).desc())
        .limit(MOST_ROWS)
    )
    rows: list[tuple[str, ...]] = []
    for one, case in await session.execute(query):
        own = case.unit_id is None and case.institution_id is None
        name, mobile = (one.name, one.mobile) if own else (mask_name(one.name), mask_phone(one.mobile))
        place = divisions().full_name(one.division) + (one.detail if own else "")
        rows.append((to_the_minute(one.created_at), case.matter_name, case.number or "", name, mobile, place))
    return Section("结果寄送地址", ("时间", "事项", "办件编号", "收件人", "移动电话", "收件地址"), rows)


async def _shipments(session: AsyncSession, person_id: str) -> Section:
    query = (
        select(Shipment, col(Parcel.company), Case)
        .join(Parcel, col(Parcel.id) == col(Shipment.parcel_id))
        .join(Case, col(Case.id) == col(Shipment.case_id))
        .where(or_(col(Shipment.person_id) == person_id, col(Shipment.owner_id) == person_id))
        .order_by(col(Shipment.created_at).desc(), col(Shipment.id).desc())
        .limit(MOST_ROWS)
    )
    rows = [
        (
            *(to_the_minute(one.created_at), DIRECTION_LABELS[Direction[one.direction]], company_name(company)),
            *(one.number, case.matter_name, case.number or ""),
        )
        for one, company, case in await session.execute(query)
    ]
    return Section("快递", ("登记时间", "用途", "快递公司", "快递单号", "事项", "办件编号"), rows)


READERS: Sequence[Reader] = (
    *(_person, _grants, _sessions, _events),
    *(_notices, _consents, _favourites, _cases, _ratings, _deliveries, _shipments),
)
"""Each reads one kind of data in a transaction of its own."""
