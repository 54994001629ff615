"""The check-up of a CA's key: what the server says of the certificates that a page has read (R-2.4.2).

Nothing is signed here, nobody enters, nothing is stored: a certificate is public, and proves nothing by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.certificates.verifying import Judgement
from jsrs_portal.domain import ca_checkup as rules
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.ca_checkup import Examined
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.gateways.ca.directory import CaDirectory
from jsrs_portal.models.units import Unit
from jsrs_portal.services import ca_login


@dataclass(frozen=True)
class Shown:
    """A key as the page read it: base64 DER, empty where there is no such certificate; -1: tries are not said."""

    name: str
    certificate: str
    exchange: str
    tries_left: int


async def check_up(ca: CaDirectory, *, actor: Actor, shown: Sequence[Shown]) -> list[Examined] | Refusal:
    """Examine the keys of ``shown``, the first :data:`~domain.ca_checkup.MOST_CERTIFICATES`. Error: asked too often."""
    judged = list[tuple[Shown, Judgement]]()
    for key in shown[: rules.MOST_CERTIFICATES]:
        judgement = await ca_login.examine(ca, actor=actor, certificate=key.certificate or key.exchange)
        if isinstance(judgement, Refusal):
            return judgement
        judged.append((key, judgement))
    registered = await _registered({judgement.uscc for _, judgement in judged if judgement.uscc})
    now, found = clock.now(), list[Examined]()
    for key, judgement in judged:
        said = rules.findings(
            problem=judgement.problem,
            only_encrypts=not key.certificate,
            not_after=judgement.not_after,
            registered=judgement.uscc in registered,
            tries_left=key.tries_left,
            now=now,
        )
        until = in_words(judgement.not_after.astimezone(clock.BEIJING).date()) if judgement.not_after else ""
        unit = registered.get(judgement.uscc, "")
        found.append(Examined(key.name, until, judgement.uscc, unit, judgement.issuer, judgement.serial, said))
    return found


async def _registered(codes: set[str]) -> dict[str, str]:
    """Return those of ``codes`` whose unit has an account here, with its name. One query."""
    if not codes:
        return {}
    async with db.reading() as session:
        query = select(col(Unit.uscc), col(Unit.name)).where(col(Unit.uscc).in_(codes))
        return {uscc: name for uscc, name in (await session.execute(query)).all()}
