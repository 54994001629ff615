"""Many agents at once from an Excel file: read, shown row by row, then given one by one (R-2.6.5.4).

A row that cannot be given stops no other. Nothing personal is kept between the preview and the confirmation.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.catalog.shipped import taxonomy
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain import masking
from jsrs_portal.domain.authority import MOST_GRANTS, NO_SCOPE, Actor, Role, Scope
from jsrs_portal.domain.dates import read_day
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.catalog import ContentStatus, Matter
from jsrs_portal.services import agents, limits, workbooks
from jsrs_portal.services.agents import Proposal
from jsrs_portal.services.grant_terms import Holder, Terms
from jsrs_portal.services.grants import counted, held_in

COLUMNS = ("姓名", "移动电话", "证件号码", "开始日期", "结束日期", "业务授权")
"""The first row of the file; the order may differ, further columns are ignored."""
LARGEST = 40 * 1024
"""Bytes of a file: a filled template takes a third of it."""
MOST_ROWS = 20
SHAPE = workbooks.Shape(
    largest=LARGEST,
    unpacked=1024 * 1024,
    elements=40_000,  # a filled template has some two thousand
    most_rows=MOST_ROWS,
    widest=20,
    no_rows="文件中没有可以导入的内容，请从第二行起每行填写一人。",
    too_large=f"文件不能超过 {LARGEST // 1024} KB，请只保留模板中的工作表。",
)
_SPLIT = re.compile(r"[、，,;；\s]+")


@dataclass(frozen=True)
class ImportRow:
    """A row of the file as typed; ``number`` is its row in the sheet."""

    number: int
    holder: Holder
    valid_from: str
    valid_until: str
    business: str


@dataclass(frozen=True)
class PreviewRow:
    """What would become of a row: the sentence to confirm, or why not. The name is masked."""

    number: int
    name: str
    sentence: str
    problem: str


@dataclass(frozen=True)
class ResultRow:
    """What became of a row."""

    number: int
    name: str
    done: bool
    text: str


async def read_file(*, actor: Actor, content: bytes) -> list[ImportRow] | Refusal:
    """Return the rows of a file that ``actor`` has picked; counted, and read beside the event loop, one at a time."""
    async with db.unit_of_work() as session:
        exceeded = await limits.take(session, frequency.IMPORT_FILE, actor.person_id, now=clock.now())
    if exceeded:
        return exceeded.refusal
    return await workbooks.beside(read_workbook, content)


def read_workbook(content: bytes) -> list[ImportRow] | Refusal:
    """Return the rows of an ``.xlsx`` file, at most :data:`MOST_ROWS`; works in memory, call it in a thread.

    Errors: a file that is too large, packed or not, is no workbook, lacks columns, has no or too many rows.
    """
    lines = workbooks.read_sheet(content, SHAPE, COLUMNS)
    if isinstance(lines, Refusal):
        return lines
    return [_row(line.number, [workbooks.text_of(value) for value in line.cells]) for line in lines]


def _row(number: int, values: Sequence[str]) -> ImportRow:
    name, mobile, id_number, start, end, business = values
    return ImportRow(number, Holder(name=name, mobile=mobile, id_number=id_number), start, end, business)


async def preview(
    *, actor: Actor, rows: Sequence[ImportRow], today: date
) -> tuple[list[PreviewRow], dict[int, Proposal]]:
    """Return what would become of every row, and the proposals of those that may be given, by row number."""
    async with db.reading() as session:
        scopes = await _scopes(session, rows)
        held = await held_in(session, actor.unit_id, today=today) if actor.unit_id else []
    free = MOST_GRANTS[Role.AGENT] - counted(held, Role.AGENT)
    shown: list[PreviewRow] = []
    proposals: dict[int, Proposal] = {}
    for row in rows:
        outcome = await _proposed(actor, row, scopes[row.number], today)
        problem = outcome.sentence if isinstance(outcome, Refusal) else ""
        if isinstance(outcome, Proposal):
            if any(known.person_id == outcome.person_id for known in proposals.values()):
                problem = "与前面的行是同一个人。"
            elif len(proposals) >= free:
                problem = f"经办人最多 {MOST_GRANTS[Role.AGENT]} 名，该行超出名额。"
            else:
                proposals[row.number] = outcome
        sentence = "" if problem or isinstance(outcome, Refusal) else outcome.sentence
        shown.append(PreviewRow(row.number, masking.mask_name(row.holder.name), sentence, problem))
    return shown, proposals


async def give_all(
    *, actor: Actor, proposals: dict[int, Proposal], names: dict[int, str], today: date
) -> list[ResultRow]:
    """Give every proposal in a transaction of its own; return what became of each."""
    results: list[ResultRow] = []
    for number, proposal in proposals.items():
        async with db.unit_of_work() as session:
            outcome = await agents.grant_agent(
                session,
                actor=actor,
                person_id=proposal.person_id,
                role=proposal.role,
                terms=proposal.terms,
                today=today,
            )
        done = not isinstance(outcome, Refusal)
        text = outcome.sentence if isinstance(outcome, Refusal) else "已开通，并已通知对方。"
        results.append(ResultRow(number, names.get(number, ""), done, text))
    return results


async def _proposed(actor: Actor, row: ImportRow, scope: Scope | str, today: date) -> Proposal | Refusal:
    days: list[date | None] = []
    for label, text in (("开始日期", row.valid_from), ("结束日期", row.valid_until)):
        try:
            days.append(read_day(text))
        except ValueError:
            return Refusal(f"{label}不正确，请按 2026-03-02 的格式填写。")
    if isinstance(scope, str):
        return Refusal(scope)
    terms = Terms(valid_from=days[0], valid_until=days[1], scope=scope)
    outcome = await agents.propose(actor=actor, role=Role.AGENT, holder=row.holder, terms=terms, today=today)
    return outcome if isinstance(outcome, Proposal) else outcome[0]


async def _scopes(session: AsyncSession, rows: Sequence[ImportRow]) -> dict[int, Scope | str]:
    """Return what each row's 业务授权 means, or in words what is unknown in it. One statement."""
    said = {row.number: [word for word in _SPLIT.split(row.business) if word] for row in rows}
    categories = {group.name: group.key for group in taxonomy().categories}
    wanted = {word for words in said.values() for word in words} - set(categories)
    query = select(col(Matter.name), col(Matter.key)).where(
        col(Matter.name).in_(wanted), col(Matter.status) == ContentStatus.PUBLISHED
    )
    matters = {name: key for name, key in await session.execute(query)}
    found: dict[int, Scope | str] = {}
    for number, words in said.items():
        unknown = [word for word in words if word not in categories and word not in matters]
        if unknown:
            found[number] = f"业务授权中没有「{unknown[0][:30]}」这一类别或事项。"
        else:
            keys = (matters[word] for word in words if word not in categories)
            found[number] = Scope.of((categories[w] for w in words if w in categories), keys) if words else NO_SCOPE
    return found
