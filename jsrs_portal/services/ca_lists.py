"""The CAs' revocation lists: fetched from the configuration's addresses, verified, kept, never replaced by older ones.

Whoever logs in waits for nobody outside: what was fetched last is what counts, as long as it says so itself (R-2.4.2).
"""

import asyncio
import hashlib
from datetime import datetime, timedelta

import structlog
from sqlalchemy import and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.certificates.crls import Refused, RevocationList, read_list
from jsrs_portal.certificates.trust import Issuer, Trust
from jsrs_portal.gateways.ca.directory import CaDirectory
from jsrs_portal.gateways.errors import GatewayError
from jsrs_portal.models.certificates import CaList
from jsrs_portal.turns import Turns

FETCH_EVERY = timedelta(minutes=10)
"""A list that is at hand and counts is asked for again after so long; one that does not, each time."""

log = structlog.get_logger(__name__)
_read: dict[str, tuple[str, RevocationList]] = {}
"""Lists of this process by address, with their digest: reading one of some megabytes takes seconds."""


_refused: dict[str, str] = {}
"""Digests of lists that this process could not use, by address: its configuration does not change."""


_reading = Turns()


async def refresh_lists(ca: CaDirectory) -> int:
    """Fetch the lists that are due and keep those that are newer; return how many. What fails is logged and left."""
    now = clock.now()
    async with db.reading() as session:
        found = await session.execute(select(col(CaList.url), col(CaList.fetched_at), col(CaList.next_at)))
        rested = {url for url, fetched, until in found.all() if now < fetched + FETCH_EVERY and now < until}
    due = [url for issuer in ca.trust.issuers for url in issuer.crls if url not in rested]
    return sum(await asyncio.gather(*(_refresh(ca, url) for url in due)))


async def lists_now(trust: Trust) -> dict[str, RevocationList]:
    """Return the lists at hand by their address, those that no longer count too. One statement, two after news."""
    wanted = {url: issuer for issuer in trust.issuers for url in issuer.crls}
    async with db.reading() as session:
        known = (
            await session.execute(select(col(CaList.url), col(CaList.digest)).where(col(CaList.url).in_(list(wanted))))
        ).all()
        news = [url for url, digest in known if digest not in (_read.get(url, ("",))[0], _refused.get(url))]
        rows = (await session.execute(select(CaList).where(col(CaList.url).in_(news)))).scalars() if news else ()
        fresh = [(row.url, row.digest, row.content) for row in rows]
    for url, digest, content in fresh:
        await _take_in(trust, wanted[url], url, digest, content)
    return {url: _read[url][1] for url, digest in known if _read.get(url, ("",))[0] == digest}


async def _take_in(trust: Trust, issuer: Issuer, url: str, digest: str, content: bytes) -> None:
    """Read a list once, however many wait for it; one that is refused is not looked at again."""
    async with _reading():
        if digest in (_read.get(url, ("",))[0], _refused.get(url)):
            return
        try:
            _read[url] = digest, await asyncio.to_thread(_verified, content, trust, url)
        except Refused as refused:
            _refused[url] = digest
            log.warning("ca.list_refused", ca=issuer.policy.name, url=url, reason=str(refused))


async def _refresh(ca: CaDirectory, url: str) -> int:
    try:
        content = await ca.fetch(url)
        made = await asyncio.to_thread(_verified, content, ca.trust, url)
    except (GatewayError, Refused) as error:
        log.warning("ca.list_failed", url=url, reason=str(error))
        return 0
    kept = await _keep(url, content, made, clock.now())
    if kept:
        log.info("ca.list_kept", url=url, made_at=made.made_at.isoformat(), revoked=len(made.revoked))
    return int(kept)


def _verified(content: bytes, trust: Trust, url: str) -> RevocationList:
    issuer = trust.address(url)
    if issuer is None:
        raise Refused("an unknown address")
    return read_list(content, issuer.authorities, allow_sha1=issuer.policy.allow_sha1)


async def _keep(url: str, content: bytes, made: RevocationList, now: datetime) -> bool:
    """Keep a list unless one that is as new is there; return whether it was kept."""
    async with db.unit_of_work() as session:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        row = insert(CaList).values(
            url=url,
            digest=hashlib.sha256(content).hexdigest(),
            number=f"{made.number:060d}"[-60:],
            made_at=made.made_at,
            next_at=made.next_at,
            fetched_at=now,
            content=content,
        )
        newer = or_(
            row.excluded.made_at > col(CaList.made_at),
            and_(row.excluded.made_at == col(CaList.made_at), row.excluded.number > col(CaList.number)),
        )
        values = {name: row.excluded[name] for name in ("digest", "number", "made_at", "next_at", "content")}
        stored = await session.execute(
            row.on_conflict_do_update(index_elements=["url"], set_=values, where=newer).returning(col(CaList.url))
        )
        kept = stored.first() is not None
        await session.execute(update(CaList).where(col(CaList.url) == url).values(fetched_at=now))
        return kept
