"""What the lists of cases read on PostgreSQL: by indexes, a page's worth, in as many statements at any size."""

import pytest

from jsrs_portal import db
from jsrs_portal.domain.case_groups import MOST_COUNTED
from jsrs_portal.services.case_lists import PAGE_ROWS
from jsrs_portal.services.case_matters import MOST_STREAMS
from tests.services.plans import explained, openings, read_definitions, statements_of
from tests.support.many_cases import Filled, fill

pytestmark = [pytest.mark.req("R-2.6.3.1", "R-2.6.7.1")]
FEW, MANY = 100, 30_000
A_PAGE = 20 * PAGE_ROWS
STREAMS = 2 * (PAGE_ROWS + 1) * MOST_STREAMS
"""What a page that is merged from many streams reads besides: each of them gives up a page, or few rows sorted."""


async def numbers(filled: Filled) -> dict[str, int]:
    """Return how many statements opening each list takes."""
    await read_definitions()
    return {name: len(await statements_of(opening)) for name, opening in openings(filled)}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_lists_read_a_pages_worth_by_indexes_in_as_many_statements_as_with_few(database, postgresql_database):
    few = await numbers(await fill(FEW))
    postgresql_database.empty()
    await db.close_engine()
    filled = await fill(MANY)
    await read_definitions()
    many, seen, wrong = dict[str, int](), set[tuple[str, str]](), []
    for name, opening in openings(filled):
        statements = await statements_of(opening)
        many[name] = len(statements)
        for statement, values in statements:
            if " cases" not in statement or (statement, str(values)) in seen:
                continue
            seen.add((statement, str(values)))
            read = await explained(statement, values)
            counts = statement.count("count(") * (MOST_COUNTED + 1)
            merged = STREAMS if statement.count("UNION ALL") > PAGE_ROWS else 0
            if "Seq Scan" in read.scans or read.rows > A_PAGE + counts + merged:
                wrong.append((name, read.rows, sorted(read.scans), statement))
    assert not wrong, wrong
    begun = [name for name in few if not name.endswith(("after", "before"))]  # few cases end where many go on
    other = [name for name in begun if many[name] != few[name]]
    # A matter that hardly occurs (the agent's is one) may not be among a hundred: then no statement reads its cases.
    assert all(abs(many[name] - few[name]) == 1 and ("/rare" in name or "/agent/" in name) for name in other), other
    assert len(seen) > 100
