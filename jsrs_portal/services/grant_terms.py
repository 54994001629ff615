"""What a grant is to say: who is meant, from when to when, for which business; checked and put into a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal.catalog.shipped import taxonomy
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import NO_SCOPE, ROLE_LABELS, Role, Scope, period_problem
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.identifiers import CONTACT_LABEL, check_mobile, normalise
from jsrs_portal.domain.matters import Side
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.catalog import ContentStatus, Matter, MatterFacet, SearchDocument
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.services.grant_views import ALL_BUSINESS, in_order, period_words
from jsrs_portal.services.people import document_indexes, mobile_index
from jsrs_portal.services.search.documents import MATTER
from jsrs_portal.services.search.words import fold

NO_MATCH = Refusal(
    "没有找到姓名、移动电话、证件号码都一致的个人用户，请核对后重新填写；对方尚未注册的，请先注册为个人用户。",
    code="no_match",
)
"""R-2.6.5.7: one and the same answer, whichever of the three is wrong."""
MOST_MATTERS = 50
"""Single matters in one grant: whoever needs more is given the category."""
_FOUND = 8


@dataclass(frozen=True, kw_only=True)
class Terms:
    """For how long and for what a grant is to be good; keys of categories and matters are the catalogue's."""

    valid_from: date | None = None
    valid_until: date | None = None
    scope: Scope = NO_SCOPE


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who is to be given a grant, as typed (R-2.6.5.2)."""

    name: str
    mobile: str
    id_number: str


@dataclass(frozen=True)
class NamedMatter:
    """A matter to choose from."""

    key: str
    name: str
    category_name: str


def form_problems(role: Role, holder: Holder, terms: Terms, *, today: date) -> list[Refusal]:
    """Return what is wrong with a form by itself, in the order of its fields."""
    found: list[Refusal] = []
    if not 2 <= len(holder.name.strip()) <= 50:
        found.append(Refusal("请填写姓名，与证件一致。", "name"))
    mobile = check_mobile(holder.mobile, label=CONTACT_LABEL)
    if mobile.problem:
        found.append(Refusal(mobile.sentence, "mobile"))
    if not 5 <= len(normalise(holder.id_number)) <= 30:
        found.append(Refusal("请填写证件号码。", "id_number"))
    field, problem = period_problem(terms.valid_from, terms.valid_until, today=today)
    if problem:
        found.append(Refusal(problem, field))
    if role is Role.AGENT and not terms.scope:
        found.append(Refusal("请至少选择一项业务：经办人只能办理授权范围内的业务。", "scope"))
    return found


async def find_holder(session: AsyncSession, holder: Holder) -> Person | None:
    """Return the registered person whose name, phone and document all are as typed. One statement, right or wrong."""
    mobile = check_mobile(holder.mobile).value or ""
    query = select(Person).where(
        col(Person.id_number_index).in_(document_indexes(holder.id_number[:64])),
        col(Person.mobile_index) == mobile_index(mobile),
        col(Person.status) == PersonStatus.ACTIVE,
    )
    found = (await session.execute(query)).scalars().first()
    return found if found is not None and same_name(found.name, holder.name) else None


def same_name(known: str, typed: str) -> bool:
    """Tell whether two names are the same but for width, spaces and the kind of dot between their parts."""
    return normalise(known).replace("•", "·") == normalise(typed).replace("•", "·")


async def scope_problem(session: AsyncSession, role: Role, scope: Scope, *, had: Scope | None = None) -> Refusal | None:
    """Return why ``scope`` cannot be given; what a grant ``had`` already may stay although it is no longer offered."""
    if role is not Role.AGENT:
        return Refusal("管理员可以办理全部业务，不需要选择业务范围。", "scope") if scope else None
    if not scope:
        return Refusal("请至少选择一项业务：经办人只能办理授权范围内的业务。", "scope")
    if len(scope.matters) > MOST_MATTERS:
        return Refusal(f"单项事项最多选择 {MOST_MATTERS} 项，更多的请直接选择业务类别。", "scope")
    had = had or NO_SCOPE
    known = {group.key for group in taxonomy().categories}
    new = scope.matters - had.matters
    published, of_units = _offered()
    query = select(col(Matter.key), col(Matter.name), (published & of_units).label("offered"))
    found = (await session.execute(query.where(col(Matter.key).in_(new)))).all()
    gone = [f"「{name}」" for _, name, offered in found if not offered]
    if gone:
        return Refusal(f"{'、'.join(sorted(gone))}已经下架或不是单位事项，不能授权，请移除后再提交。", "scope")
    if scope.categories - known - had.categories or len(found) != len(new):
        return Refusal("所选业务中有已经下架的内容，请重新选择。", "scope")
    return None


async def find_matters(session: AsyncSession, *, text: str) -> tuple[NamedMatter, ...]:
    """Return up to eight matters of units whose name, pinyin or initials hold ``text``. One statement."""
    wanted = fold(text)[:40]
    if not wanted:
        return ()
    spelled = wanted.replace(" ", "").lower()
    matching = or_(
        col(SearchDocument.folded_title).contains(wanted, autoescape=True),
        col(SearchDocument.pinyin).startswith(spelled, autoescape=True),
        col(SearchDocument.initials).contains(spelled, autoescape=True),
    )
    query = (
        select(col(Matter.key), col(Matter.name), col(Matter.category))
        .join(SearchDocument, col(SearchDocument.key) == col(Matter.key))
        .where(col(SearchDocument.kind) == MATTER, matching, *_offered())
        .order_by(func.length(col(Matter.name)), col(Matter.key))
        .limit(_FOUND)
    )
    names = {group.key: group.name for group in taxonomy().categories}
    rows = (await session.execute(query)).all()
    return tuple(NamedMatter(key, name, names.get(category, "")) for key, name, category in rows)


async def meant_matters(session: AsyncSession, *, text: str) -> tuple[NamedMatter, ...] | Refusal:
    """Return what ``text`` may mean among the matters of units, one alone when it is its whole name.

    Error: nothing, and why, as far as a matter of this name exists that cannot be granted.
    """
    if not fold(text):
        return Refusal("请输入事项名称或拼音首字母。", "matter_text")
    found = await find_matters(session, text=text)
    whole = tuple(one for one in found if fold(one.name) == fold(text))
    if found:
        return whole or found
    query = select(col(Matter.name), col(Matter.status)).where(col(Matter.name).contains(text.strip(), autoescape=True))
    known = (await session.execute(query.order_by(func.length(col(Matter.name))).limit(1))).first()
    if known is None:
        return Refusal(f"没有找到「{text.strip()[:30]}」这样的单位事项，请换一个说法。", "matter_text")
    name, status = known
    if status != ContentStatus.PUBLISHED:
        return Refusal(f"「{name}」已经下架，不能授权。", "matter_text")
    return Refusal(f"「{name}」是个人事项，不能由单位授权。", "matter_text")


async def offered_matter(session: AsyncSession, *, key: str) -> NamedMatter | Refusal:
    """Return the matter with this key that a unit can grant. Error: there is none any more."""
    query = select(col(Matter.key), col(Matter.name), col(Matter.category)).where(col(Matter.key) == key, *_offered())
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return Refusal("该事项已经下架，不能授权，请重新查找。", "matter_text")
    names = {group.key: group.name for group in taxonomy().categories}
    return NamedMatter(row[0], row[1], names.get(row[2], ""))


async def named_matters(session: AsyncSession, *, keys: Iterable[str]) -> tuple[NamedMatter, ...]:
    """Return the matters with these keys, by name; what is no longer offered is among them. One statement."""
    query = select(col(Matter.key), col(Matter.name), col(Matter.category)).where(col(Matter.key).in_(list(keys)))
    names = {group.key: group.name for group in taxonomy().categories}
    rows = (await session.execute(query.order_by(col(Matter.name)))).all()
    return tuple(NamedMatter(key, name, names.get(category, "")) for key, name, category in rows)


def what_for(role: Role, terms: Terms, names: dict[str, str]) -> str:
    """Return what a grant is for: 全部业务, or the names of its scope."""
    return "、".join(in_order(terms.scope, names)) if role is Role.AGENT else ALL_BUSINESS


def sentence(person: Person, role: Role, terms: Terms, names: dict[str, str]) -> str:
    """Return a grant as a sentence, its holder masked.

    授权 王**（移动电话 1*******82，证件号码 ***************0932）长期担任经办人，办理 社会保险。
    """
    document = masking.mask_document(DocumentType(person.id_type), person.id_number)
    who = f"授权 {masking.mask_name(person.name)}（移动电话 {masking.mask_phone(person.mobile)}，证件号码 {document}）"
    if terms.valid_until is not None:
        when = f"{'在 ' if terms.valid_from else ''}{period_words(terms.valid_from, terms.valid_until)} "
    else:
        when = f"自 {in_words(terms.valid_from)} 起长期" if terms.valid_from else "长期"
    return f"{who}{when}担任{ROLE_LABELS[role]}，办理 {what_for(role, terms, names)}。"


def _offered() -> tuple[ColumnElement[bool], ...]:
    unit = select(col(MatterFacet.matter_id)).where(
        col(MatterFacet.facet) == "side", col(MatterFacet.value) == Side.UNIT
    )
    return col(Matter.status) == ContentStatus.PUBLISHED, col(Matter.id).in_(unit)
