"""What registering a person and registering a unit share: the account step, identity checks, saving a step."""

from dataclasses import dataclass, replace

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from jsrs_portal import clock, db
from jsrs_portal.domain import limits as rules
from jsrs_portal.domain import wizards
from jsrs_portal.domain.addresses import source_of
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.documents import DocumentType, check_document
from jsrs_portal.domain.identifiers import check_mobile
from jsrs_portal.domain.passwords import check_password, explain
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.wizards import WizardSpec
from jsrs_portal.services import audit, limits
from jsrs_portal.services.drafts import SavedProgress, save_progress

log = structlog.get_logger(__name__)
NO_CODE = Refusal("请输入短信中的 6 位数字验证码。", "code")
STALE = Refusal("该页面已在其他窗口更新，请刷新后继续。", code="stale")


@dataclass(frozen=True, kw_only=True)
class AccountStep:
    """The last step of both: phone, code and password as typed."""

    mobile: str
    code: str
    password: str
    confirmation: str


def check_account(typed: AccountStep, forbidden: list[str]) -> list[Refusal]:
    """Return what is wrong with phone, code and password by form alone (R-2.2.4, R-2.2.5)."""
    refused: list[Refusal] = []
    mobile = check_mobile(typed.mobile)
    if mobile.problem:
        refused.append(Refusal(mobile.sentence, "mobile"))
    if not is_code(typed.code):
        refused.append(NO_CODE)
    return refused + check_new_password(typed.password, typed.confirmation, forbidden, label="密码")


def is_code(typed: str) -> bool:
    """Tell whether somebody typed what could be a code."""
    return typed.isascii() and typed.isdigit() and len(typed) == 6


def check_new_password(
    password: str, confirmation: str, forbidden: list[str], *, label: str = "新密码"
) -> list[Refusal]:
    """Return what is wrong with a chosen password and with its second typing, both at once (R-2.2.5).

    ``label`` is what its field is called.
    """
    refused: list[Refusal] = []
    if not password:
        refused.append(Refusal(f"请输入{label}。", "password"))
    elif problems := check_password(password, forbidden=forbidden):
        refused.append(Refusal(explain(problems[0]), "password"))
    if not confirmation:
        refused.append(Refusal("请再次输入密码。", "confirmation"))
    elif password and password != confirmation:
        refused.append(Refusal("两次输入的密码不一致，请重新输入。", "confirmation"))
    return refused


def check_identity(id_type: str, id_number: str, name: str, name_field: str) -> list[Refusal]:
    refused: list[Refusal] = []
    if id_type not in set(DocumentType):
        refused.append(Refusal("请选择证件类型。", "id_type"))
    else:
        today = clock.today()
        checked = check_document(DocumentType(id_type), id_number, today)
        if checked.problem:
            refused.append(Refusal(checked.sentence, "id_number"))
    if not 2 <= len(name.strip()) <= 50:
        refused.append(Refusal("请填写姓名，与证件一致。", name_field))
    return refused


def document_value(id_type: str, id_number: str) -> str:
    today = clock.today()
    return check_document(DocumentType(id_type), id_number, today).value or ""


async def count_lookup(actor: Actor, register: str, *asked_about: str) -> Refusal | None:
    """Count a check against an outside ``register`` by source, by browser and by what is asked about; leave an entry.

    The answer says which field does not match, so whoever could ask for ever could guess.
    """
    subjects = [f"{register}-{n}\x1f{subject}" for n, subject in enumerate(asked_about)]
    source, now = source_of(actor.address), clock.now()
    wanted = [*rules.by_source(rules.LOOKUP_SOURCE, actor.address), (rules.LOOKUP_BROWSER, actor.session_key)]
    wanted += [(rules.LOOKUP_SUBJECT, f"{subject}\x1f{source}") for subject in subjects]
    async with db.unit_of_work() as session:
        exceeded = await limits.take_all(session, wanted, now=now)
        if exceeded is None:
            audit.record(session, actor=actor, action=f"{register}.check", details={"about": list(asked_about)})
            for subject in subjects:
                flood = await limits.take(session, rules.LOOKUP_FLOOD, subject, now=now)
                if flood and flood.first:
                    log.error("lookup.flood", register=register)
        elif exceeded.first:  # a flood must not fill the trail
            audit.record(session, actor=actor, action=f"{register}.check", result=exceeded.limit.name.upper())
    return exceeded.refusal if exceeded else None


async def save_step(
    session: AsyncSession,
    actor: Actor,
    spec: WizardSpec,
    saved: SavedProgress,
    key: str,
    answers: wizards.Answers,
) -> SavedProgress | list[Refusal]:
    if not wizards.may_submit(spec, saved.progress, key):
        return [STALE]
    after = replace(saved, progress=wizards.answer_step(spec, saved.progress, key, answers))
    if not await save_progress(session, spec=spec, owner=actor.session_key, saved=after):
        return [STALE]
    return replace(after, version=saved.version + 1, saved_at=clock.now())
