"""「撤回」: whoever applied takes a case back while the bureau has not accepted it (R-2.6.3.3)."""

from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal import clock
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.case_workflow import Act, Party
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services.case_access import own_case
from jsrs_portal.services.case_moves import act_on
from jsrs_portal.services.grants import held_in, lock_unit
from jsrs_portal.services.opened_cases import opened_from
from jsrs_portal.services.submission import as_of_now

GONE = Refusal("没有这个办件，或不能以您当前的身份撤回。请切换身份后再试。", code="gone")


async def withdraw_case(session: AsyncSession, *, actor: Actor, case_id: str, seen: int) -> Refusal | None:
    """Take back a case of the actor's own that was ``seen`` in this version; twice is refused as stale.

    The unit's row and the case's are held, and the grant counts as it is now. Errors: none of theirs; changed since;
    accepted already, or over.
    """
    unit = await lock_unit(session, actor.unit_id) if actor.unit_id else None
    held = await held_in(session, unit.id, today=clock.today(), of=actor.person_id) if unit else []
    now = await as_of_now(session, actor, held)
    case = await own_case(session, now, case_id, lock=True) if now else None
    if now is None or case is None or case.number is None:
        return GONE
    opened = await opened_from(session, case)
    outcome = await act_on(session, opened, Act.WITHDRAW, Party.APPLICANT, actor=now, seen=seen)
    return outcome if isinstance(outcome, Refusal) else None
