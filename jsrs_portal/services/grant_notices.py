"""What the holder of a grant is told when it is given, changed or taken back (R-2.6.5.7).

Before the sessions by it end: a notice refers to its person, whose row somebody else may hold who waits for one of
their sessions.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal.domain.authority import ROLE_LABELS, Role
from jsrs_portal.domain.notices import NoticeKind
from jsrs_portal.models.people import Person
from jsrs_portal.models.units import Grant, Unit
from jsrs_portal.services import notices
from jsrs_portal.services.grant_terms import Terms, what_for
from jsrs_portal.services.grant_views import period_words, scope_names


async def tell_given(session: AsyncSession, *, person: Person, unit: Unit, role: Role, terms: Terms) -> None:
    """Tell ``person`` for which unit they may act, in which role, for what and until when."""
    names = await scope_names(session, [terms.scope])
    await notices.tell(
        session,
        person=person,
        kind=NoticeKind.GRANT,
        title=f"您已被授权为{ROLE_LABELS[role]}",
        href="/choose",
        text=f"{unit.name}授权您担任{ROLE_LABELS[role]}，{period_words(terms.valid_from, terms.valid_until)}，"
        f"可办理{what_for(role, terms, names)}。请登录网上办事服务大厅办理；如有疑问，请联系该单位。",
    )


async def tell_changed(session: AsyncSession, *, person: Person, unit: Unit, role: Role, terms: Terms) -> None:
    """Tell ``person`` what their grant says from now on."""
    names = await scope_names(session, [terms.scope])
    await notices.tell(
        session,
        person=person,
        kind=NoticeKind.GRANT,
        title=f"您的{ROLE_LABELS[role]}授权已变更",
        href="/unit/agents",
        unit_id=unit.id,
        text=f"{unit.name}变更了您的{ROLE_LABELS[role]}授权：{period_words(terms.valid_from, terms.valid_until)}，"
        f"可办理{what_for(role, terms, names)}。",
    )


async def tell_revoked(session: AsyncSession, *, person: Person, unit: Unit, grant: Grant) -> None:
    """Tell ``person`` that they may not act for the unit any more."""
    label = ROLE_LABELS[Role(grant.role)]
    await notices.tell(
        session,
        person=person,
        kind=NoticeKind.GRANT,
        title=f"您的{label}授权已收回",
        href="/choose",
        text=f"{unit.name}已收回您的{label}授权，您不能再代表该单位办事。",
    )
