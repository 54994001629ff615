"""Logging in by a CA's certificate: a text of ours, signed by the key in the person's hand (R-2.4.2, R-2.4.5).

What is verified is the text that stands here, once, for the browser that asked for it. Every judgement leaves an
entry: whose certificate by issuer, serial and a hash of its subject, and how it went.
"""

import asyncio
import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import update
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.certificates.verifying import Judgement, judge, judge_signature
from jsrs_portal.domain import certificates as rules
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.assertions import Assertion, Source
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.certificates import CertificateProblem
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.gateways.ca.directory import CaDirectory
from jsrs_portal.models.certificates import CaChallenge
from jsrs_portal.services import asserted_login, audit, limits
from jsrs_portal.services.asserted_login import SIGNED_IN, Confirm, Enter, Register
from jsrs_portal.services.ca_lists import lists_now
from jsrs_portal.settings import get_settings
from jsrs_portal.turns import Turns


@dataclass(frozen=True)
class Challenge:
    """A text to be signed, its name here, and until when that is worth anything."""

    id: str
    text: str
    expires_at: datetime


@dataclass(frozen=True)
class Signed:
    """What the key's driver gave: the certificate and the signature, base64; the signature is bare or PKCS #7."""

    certificate: str
    signature: str
    format: str = "raw"


_judging = Turns()
"""A judgement may walk a long list."""


async def open_challenge(ca: CaDirectory, *, actor: Actor) -> Challenge | Refusal:
    """Give this browser a text to be signed; the one it had before is worth nothing.

    Errors: asked too often; a browser that is signed in; no CA is configured.
    """
    if actor.signed_in or actor.staff_id:
        return SIGNED_IN
    if not ca.trust.issuers:
        return _no(CertificateProblem.CLOSED)
    now = clock.now()
    wanted = [(frequency.CA_BROWSER, actor.session_key), *frequency.by_source(frequency.CA_SOURCE, actor.address)]
    async with db.unit_of_work() as session:
        exceeded = await limits.take_all(session, wanted, now=now)
        if exceeded:
            return exceeded.refusal
        mine = col(CaChallenge.owner) == actor.session_key, col(CaChallenge.used_at).is_(None)
        await session.execute(update(CaChallenge).where(*mine).values(used_at=now))
        made = CaChallenge(owner=actor.session_key, text="", expires_at=now + rules.CHALLENGE_LIFE)
        made.text = rules.challenge_text(
            host=urlsplit(get_settings().origin).netloc,
            challenge_id=made.id,
            secret=clock.new_token(),
            at=now.isoformat(timespec="seconds"),
        )
        session.add(made)
        return Challenge(made.id, made.text, made.expires_at)


async def log_in(
    ca: CaDirectory, *, actor: Actor, challenge_id: str, signed: Signed
) -> Enter | Confirm | Register | Refusal:
    """Let this browser in as the unit whose key signed the text that was given to it; the text is spent in any case.

    Errors: each :class:`~domain.certificates.CertificateProblem`, and those of :func:`asserted_login.admit`.
    """
    if actor.signed_in or actor.staff_id:
        return SIGNED_IN
    text = await _spend(actor, challenge_id)
    if text is None:
        return await _settle(actor, "", Judgement(problem=CertificateProblem.CHALLENGE))
    certificate, signature = _decoded(signed.certificate), _decoded(signed.signature)
    lists = await lists_now(ca.trust)
    async with _judging():
        judgement = await asyncio.to_thread(
            judge_signature,
            certificate,
            message=text.encode(),
            signature=signature,
            pkcs7=signed.format == "pkcs7",
            trust=ca.trust,
            lists=lists,
            now=clock.now(),
        )
    return await _settle(actor, challenge_id, judgement)


async def examine(ca: CaDirectory, *, actor: Actor, certificate: str) -> Judgement | Refusal:
    """Judge a certificate for the check-up on the driver's page: nothing is signed, nobody enters. Error: too often."""
    now = clock.now()
    wanted = [
        (frequency.CA_EXAMINE_BROWSER, actor.session_key),
        *frequency.by_source(frequency.CA_EXAMINE_SOURCE, actor.address),
    ]
    async with db.unit_of_work() as session:
        exceeded = await limits.take_all(session, wanted, now=now)
    if exceeded:
        return exceeded.refusal
    lists = await lists_now(ca.trust)
    async with _judging():
        return await asyncio.to_thread(judge, _decoded(certificate), trust=ca.trust, lists=lists, now=now)


async def _spend(actor: Actor, challenge_id: str) -> str | None:
    """Return the text this browser was given, once and in time."""
    now = clock.now()
    async with db.unit_of_work() as session:
        spent = await session.execute(
            update(CaChallenge)
            .where(
                col(CaChallenge.id) == challenge_id,
                col(CaChallenge.owner) == actor.session_key,
                col(CaChallenge.used_at).is_(None),
                col(CaChallenge.expires_at) > now,
            )
            .values(used_at=now)
            .returning(col(CaChallenge.text))
        )
        return spent.scalar_one_or_none()


async def _settle(actor: Actor, challenge_id: str, judgement: Judgement) -> Enter | Confirm | Register | Refusal:
    """Write down how it went and, if it went well, admit the unit."""
    problem = judgement.problem
    async with db.unit_of_work() as session:
        audit.record(
            session,
            actor=actor,
            action="ca.judge",
            subject=challenge_id,
            result=problem.upper() if problem else "OK",
            details={
                "issuer": judgement.issuer,
                "serial": judgement.serial,
                "subject": judgement.subject_hash,
                "uscc": judgement.uscc,
            },
        )
        if problem:
            return _no(problem)
        assertion = Assertion(
            source=Source.CA,
            issuer=judgement.issuer,
            subject=judgement.serial,
            uscc=judgement.uscc,
            written_name="" if judgement.of_person else judgement.common_name,
            needs_person=judgement.of_person,
        )
        return await asserted_login.admit(session, actor=actor, assertion=assertion)


def _no(problem: CertificateProblem) -> Refusal:
    return Refusal(rules.SENTENCES[problem], code=problem)


def _decoded(text: str) -> bytes:
    """Return the bytes; nothing for what is no base64, which then is no certificate and no signature."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
