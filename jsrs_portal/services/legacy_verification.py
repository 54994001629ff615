"""Steps 1 and 2 of 地市历史用户升级: the old system, and the proof that its password is known (R-2.3.2 to R-2.3.7).

What is typed is compared and forgotten. The draft keeps the unit's data and when the password was right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from jsrs_portal import clock, db
from jsrs_portal.domain import legacy as rules
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import wizards
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.identifiers import normalise
from jsrs_portal.domain.legacy import LEGACY_UPGRADE, LegacySystem
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.wizards import Answers
from jsrs_portal.gateways.errors import GatewayError
from jsrs_portal.gateways.legacy.port import LegacyAnswer, LegacyChecker, LegacyFacts
from jsrs_portal.services import attempts, audit, limits
from jsrs_portal.services.attempts import LONGEST
from jsrs_portal.services.drafts import SavedProgress, save_progress
from jsrs_portal.services.legacy_accounts import account_index, checker_of, offered, taken
from jsrs_portal.services.registration import STALE, save_step

log = structlog.get_logger(__name__)
Asked = Mapping[str, LegacyChecker]
WRONG = Refusal(rules.WRONG, code="wrong")
ASK_NUMBER = Refusal(rules.ASK_NUMBER, "unit_number", "several")
NO_NUMBER = Refusal(rules.NO_NUMBER, "unit_number", "no_number")
NO_UNIT = Refusal("该历史账户下没有单位信息，请到当地人社服务窗口办理，或拨打 12333 咨询。", code="no_unit")
_LOGIN = (("去登录", "/login"), ("找回密码", "/recover"))
TAKEN = {
    "upgraded": Refusal(rules.UPGRADED, code="upgraded", ways=_LOGIN),
    "registered": Refusal(rules.REGISTERED, code="registered", ways=_LOGIN),
}


@dataclass(frozen=True, kw_only=True)
class AccountTyped:
    """Step 2 as typed; ``unit_number`` only where an account has several units."""

    username: str
    password: str
    unit_number: str = ""


async def choose_system(*, asked: Asked, actor: Actor, saved: SavedProgress, key: str) -> SavedProgress | list[Refusal]:
    """Save step 1 (R-2.3.2). Error: a system that is not offered."""
    if key not in {one.key for one in offered(asked)}:
        return [Refusal("请选择原来使用的历史系统。", code="no_system")]
    async with db.unit_of_work() as session:
        return await save_step(session, actor, LEGACY_UPGRADE, saved, "system", {"key": key})


async def submit_account(
    *, asked: Asked, actor: Actor, saved: SavedProgress, typed: AccountTyped
) -> SavedProgress | list[Refusal]:
    """Check user name and password with the chosen system and save the step (R-2.3.3, R-2.3.7).

    Both left blank stand for the account that this browser proved a while ago. Errors: nothing typed; throttled,
    locked or a puzzle first (:func:`~.attempts.count_try`); one sentence for whatever is wrong; a unit number to be
    given; a unit that has been upgraded or is registered; the old system does not answer, then the try does not count.
    """
    if not wizards.may_submit(LEGACY_UPGRADE, saved.progress, "account"):
        return [STALE]
    kept = saved.progress.answers.get("account", {})
    if not typed.username.strip() and not typed.password and rules.proof_holds(kept, clock.now()):
        async with db.unit_of_work() as session:
            return await save_step(session, actor, LEGACY_UPGRADE, saved, "account", kept)
    empty = [("username", typed.username.strip(), "请输入原用户名。"), ("password", typed.password, "请输入原密码。")]
    refused = [Refusal(sentence, field) for field, value, sentence in empty if not value]
    key = saved.progress.answers["system"]["key"]
    system = next((one for one in offered(asked) if one.key == key), None)
    if refused or system is None:
        return refused or [STALE]
    answer = await _compare(checker_of(system, asked), actor, system, typed)
    if isinstance(answer, Refusal):
        return [answer]
    found = _chosen(answer, typed.unit_number)
    if isinstance(found, Refusal):
        await _settle(actor, system, typed, found)
        return [found]
    index = account_index(system.key, answer.account)
    async with db.unit_of_work() as session:
        stands = await taken(session, index=index, number=found.number, uscc=found.uscc)
    await _settle(actor, system, typed, TAKEN.get(stands))
    if stands:
        return [TAKEN[stands]]
    return await _save(actor, saved, _answers(found, index, clock.now()))


def _typed_name(system: LegacySystem, typed: AccountTyped) -> str:
    return rules.username_key(system.key, _name(typed))


def _name(typed: AccountTyped) -> str:
    """Return the user name as it is counted and compared: blanks around it must not make another one of it."""
    return typed.username.strip()[:LONGEST]


async def _compare(
    checker: LegacyChecker, actor: Actor, system: LegacySystem, typed: AccountTyped
) -> LegacyAnswer | Refusal:
    """Count the try, then compare; a right one stays counted until :func:`_settle`."""
    name, now = _typed_name(system, typed), clock.now()
    entry: dict[str, Any] = {"actor": actor, "action": "upgrade.verify", "subject": system.key}
    limit = frequency.LEGACY_TYPED
    async with db.unit_of_work() as session:
        refused = await attempts.count_try(session, actor=actor, limit=limit, typed=name, now=now, entry=entry)
    if refused:
        return refused
    try:
        number = typed.unit_number.strip()[:LONGEST]
        answer = await checker.check(username=_name(typed), password=typed.password[:LONGEST], number=number)
    except GatewayError as error:
        log.warning("legacy.not_answered", system=system.key, failure=error.failure, code=error.code)
        async with db.unit_of_work() as session:
            await attempts.give_back(session, actor=actor)
            await limits.give_back(session, limit, name)
        return Refusal(error.sentence, code="legacy")
    if answer.right:
        return answer
    async with db.unit_of_work() as session:
        audit.record(session, result="WRONG", **entry)
    return WRONG


async def _settle(actor: Actor, system: LegacySystem, typed: AccountTyped, refused: Refusal | None) -> None:
    """Forget the failures of an account whose password was right; a guessed unit number goes on counting."""
    async with db.unit_of_work() as session:
        result = refused.code.upper() if refused else "OK"
        audit.record(session, actor=actor, action="upgrade.verify", subject=system.key, result=result)
        if refused is NO_NUMBER:
            return
        await attempts.give_back(session, actor=actor)
        if refused is ASK_NUMBER:  # this try was right, which says nothing of the guesses before it
            await limits.give_back(session, frequency.LEGACY_TYPED, _typed_name(system, typed))
            return
        await limits.forget(session, [(frequency.LEGACY_TYPED, _typed_name(system, typed))])


def _chosen(answer: LegacyAnswer, number: str) -> LegacyFacts | Refusal:
    """Return the unit that is meant: the only one, or the one whose number was given (R-2.3.3)."""
    if len(answer.units) < 2 and not answer.more:
        return answer.units[0] if answer.units else NO_UNIT
    if not number.strip():
        return ASK_NUMBER
    wanted = normalise(number)
    return next((one for one in answer.units if normalise(one.number) == wanted), NO_NUMBER)


def _answers(found: LegacyFacts, index: str, now: datetime) -> Answers:
    return {
        "index": index,
        "number": normalise(found.number),
        "uscc": found.uscc,
        "unit_name": found.name,
        "id_type": found.legal_id_type,
        "id_number": found.legal_id_number,
        "legal_name": found.legal_name,
        "verified_at": now.isoformat(),
    }


async def _save(actor: Actor, saved: SavedProgress, answers: Answers) -> SavedProgress | list[Refusal]:
    """Save step 2; the same account proved again renews its proof and changes nothing else."""
    kept = saved.progress.answers.get("account", {})
    if {**kept, "verified_at": ""} != {**answers, "verified_at": ""}:
        async with db.unit_of_work() as session:
            return await save_step(session, actor, LEGACY_UPGRADE, saved, "account", answers)
    renewed = replace(saved.progress, answers={**saved.progress.answers, "account": answers}, at="")
    after = replace(saved, progress=renewed)
    async with db.unit_of_work() as session:
        if not await save_progress(session, spec=LEGACY_UPGRADE, owner=actor.session_key, saved=after):
            return [STALE]
    return replace(after, version=saved.version + 1, saved_at=clock.now())
