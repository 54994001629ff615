"""The audit log for the audit administrator: narrowed by what, when, who and which unit, and verified on demand.

Details may hold personal data and stay encrypted; shown of them is only the reason that an officer gave for looking at
somebody in full or locking them, with the numbers in it masked: it is kept for whoever reads the log.
"""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, crypto, db
from jsrs_portal.deadlines import within
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import masking
from jsrs_portal.domain.audit_words import GROUPS, RESULTS, action_words, result_words
from jsrs_portal.domain.authority import Actor, Permission
from jsrs_portal.domain.identifiers import normalise
from jsrs_portal.domain.permissions import STAFF_LABELS, StaffRole
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.people import Person
from jsrs_portal.models.staff import Staff
from jsrs_portal.models.units import Unit
from jsrs_portal.services import audit, limits
from jsrs_portal.services.keyset import Place, newest_first, older
from jsrs_portal.services.login import find_person
from jsrs_portal.services.staff import may

PAGE = 50
VERIFY_SECONDS = 12.0
"""Below the deadline of an event; a longer trail is verified at a shell."""
EARLIEST = date(2000, 1, 1)
_REASONED = frozenset({"staff.unmask", "case.unmask", "person.lock", "person.unlock"})
"""The acts that ask for a reason."""


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """How the log is narrowed; what is empty narrows nothing.

    ``identifier`` is an exact document or phone number as typed; once it has been looked up, ``person_id`` stands in
    its place. ``login`` is an officer's account: what was done by it and to it.
    """

    action: str = ""
    result: str = ""
    since: date | None = None
    until: date | None = None
    unit: str = ""
    identifier: str = ""
    person_id: str = ""
    login: str = ""


@dataclass(frozen=True)
class AuditRow:
    """One entry: when, who (masked), what, with which result, from where, and for which ``reason`` if it needs one."""

    id: str
    when: str
    who: str
    unit_name: str
    action: str
    what: str
    subject: str
    result: str
    result_label: str
    ok: bool
    address: str
    reason: str


@dataclass(frozen=True)
class AuditPage:
    """One page of entries, newest first; ``next`` is where the next begins, empty at the end.

    ``wanted`` is the filter to go on with: without anything personal.
    """

    rows: tuple[AuditRow, ...]
    next: str
    wanted: AuditFilter


@dataclass(frozen=True)
class Verification:
    """What a verification found, in sentences."""

    whole: bool
    sentence: str
    faults: tuple[str, ...]


async def list_entries(
    session: AsyncSession, *, actor: Actor, wanted: AuditFilter | None = None, after: str = ""
) -> AuditPage | list[Refusal]:
    """Return a page of the log. One query, and one more for each unit, person or officer that it is narrowed to.

    Errors: no permission, and what is wrong at a field of the filter.
    """
    if refused := may(actor, Permission.STAFF_AUDIT):
        return [refused]
    wanted = wanted or AuditFilter()
    conditions, problems = await _narrowed(session, wanted)
    if wanted.identifier.strip():
        person = await find_person(session, wanted.identifier)
        if person is None:
            problems.append(Refusal("没有这个个人用户，请填写完整的证件号码或移动电话。", "identifier"))
        wanted = replace(wanted, identifier="", person_id=person.id if person else "")
    if wanted.person_id:
        conditions.append(_about(wanted.person_id))
    if problems:
        return problems
    query = (
        select(AuditEntry, Person, Staff, col(Unit.name))
        .outerjoin(Person, col(Person.id) == col(AuditEntry.person_id))
        .outerjoin(Staff, col(Staff.id) == col(AuditEntry.person_id))
        .outerjoin(Unit, col(Unit.id) == col(AuditEntry.unit_id))
        .where(*conditions, *older(AuditEntry, Place.parse(after)))
        .order_by(*newest_first(AuditEntry))
        .limit(PAGE + 1)
    )
    found = (await session.execute(query)).all()
    shown = found[:PAGE]
    following = Place.of(shown[-1][0]).written() if len(found) > PAGE else ""
    rows = tuple(_row(entry, person, officer, unit or "") for entry, person, officer, unit in shown)
    return AuditPage(rows, following, wanted)


async def look(session: AsyncSession, *, actor: Actor, wanted: AuditFilter) -> AuditPage | list[Refusal]:
    """Return the first page of what was asked for; that somebody asked, and for what, is written down as well."""
    page = await list_entries(session, actor=actor, wanted=wanted)
    if isinstance(page, AuditPage):
        asked = {name: str(value) for name, value in vars(wanted).items() if value}
        audit.record(session, actor=actor, action="audit.look", details=asked)
    return page


async def _narrowed(session: AsyncSession, wanted: AuditFilter) -> tuple[list[ColumnElement[bool]], list[Refusal]]:
    conditions: list[ColumnElement[bool]] = []
    problems: list[Refusal] = []
    if wanted.action:
        if wanted.action not in dict(GROUPS):
            problems.append(Refusal("请从列表中选择操作。", "action"))
        conditions.append(col(AuditEntry.action).startswith(wanted.action, autoescape=True))
    if wanted.result:
        if wanted.result not in RESULTS:
            problems.append(Refusal("请从列表中选择结果。", "result"))
        conditions.append(col(AuditEntry.result) == wanted.result)
    for name, day in (("since", wanted.since), ("until", wanted.until)):
        if day and day < EARLIEST:
            problems.append(Refusal(f"日期不能早于 {EARLIEST.year} 年，请核对年份。", name))
            return conditions, problems
    if wanted.since and wanted.until and wanted.until < wanted.since:
        problems.append(Refusal("结束日期不能早于开始日期。", "until"))
    if wanted.since:
        conditions.append(col(AuditEntry.created_at) >= _midnight(wanted.since))
    if wanted.until and wanted.until < date.max:
        conditions.append(col(AuditEntry.created_at) < _midnight(wanted.until + timedelta(days=1)))
    if unit := normalise(wanted.unit)[:64]:
        known = select(col(Unit.id)).where(or_(col(Unit.uscc) == unit, col(Unit.unit_number) == unit))
        unit_id = (await session.execute(known)).scalar_one_or_none()
        if unit_id is None:
            problems.append(Refusal("没有这个单位，请核对统一社会信用代码或单位编号。", "unit"))
        conditions.append(col(AuditEntry.unit_id) == (unit_id or ""))
    if login := wanted.login.strip().lower()[:64]:
        known = select(col(Staff.id)).where(col(Staff.login) == login)
        staff_id = (await session.execute(known)).scalar_one_or_none()
        if staff_id is None:
            problems.append(Refusal("没有这个工作人员账号，请核对后填写完整的账号。", "login"))
        conditions.append(_about(staff_id or ""))
    return conditions, problems


def _about(whose: str) -> ColumnElement[bool]:
    """Return the condition that an entry says what somebody did, or what was done to them."""
    return or_(col(AuditEntry.person_id) == whose, col(AuditEntry.subject) == whose)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.BEIJING)


def _row(entry: AuditEntry, person: Person | None, officer: Staff | None, unit_name: str) -> AuditRow:
    if person is not None:
        who = f"{masking.mask_name(person.name)} {masking.mask_phone(person.mobile)}"
    elif officer is not None:
        who = f"{officer.login}（{STAFF_LABELS[StaffRole(officer.role)]}）"
    else:
        who = "已注销" if entry.person_id else "未登录" if entry.address else "系统（服务器）"
    return AuditRow(
        id=entry.id,
        when=f"{entry.created_at.astimezone(clock.BEIJING):%Y-%m-%d %H:%M:%S}",
        who=who,
        unit_name=unit_name,
        action=entry.action,
        what=action_words(entry.action),
        subject=entry.subject,
        result=entry.result,
        result_label=result_words(entry.result),
        ok=entry.result == "OK",
        address=entry.address,
        reason=_reason(entry) if entry.action in _REASONED else "",
    )


def _reason(entry: AuditEntry) -> str:
    try:
        return masking.mask_inside(str(json.loads(entry.details or "{}").get("reason", "")))
    except (crypto.CannotDecrypt, ValueError):
        return "无法读取，请校验审计日志"


async def verify(*, actor: Actor) -> Verification | Refusal:
    """Walk the whole trail and say in sentences what was found, the unsealed tail included; so many an hour.

    Errors: no permission, too often. A trail too long for the deadline is no error of the trail, and is said so.
    """
    if refused := may(actor, Permission.STAFF_AUDIT):
        return refused
    async with db.unit_of_work() as session:
        exceeded = await limits.take(session, frequency.STAFF_VERIFY, actor.staff_id, now=clock.now())
        if exceeded:
            return exceeded.refusal
    try:
        found = _said(await within(VERIFY_SECONDS, _walk()))
        result = "OK" if found.whole else "FAULTY"
    except TimeoutError:
        found = Verification(
            False, "审计记录较多，未能在限定时间内校验完。请系统运维人员在服务器上执行 jsrs audit verify。", ()
        )
        result = "TIMEOUT"
    async with db.unit_of_work() as session:
        audit.record(session, actor=actor, action="audit.verify", result=result)
    return found


async def _walk() -> audit.AuditReport:
    async with db.walking() as session:
        return await audit.verify_trail(session)


def _said(report: audit.AuditReport) -> Verification:
    counts = f"已归档 {report.archived} 条，已封存 {report.sealed} 条"
    tail = (
        f"另有 {report.unsealed} 条刚刚产生、尚未封存，不在本次校验之内，后台任务会在几秒内封存。"
        if report.unsealed
        else "没有待封存的记录。"
    )
    if report.faults:
        return Verification(False, f"发现 {len(report.faults)} 处问题：{counts}。{tail}", tuple(report.faults))
    return Verification(True, f"完整：{counts}，没有发现改动、删除、增加或移动。{tail}", ())
