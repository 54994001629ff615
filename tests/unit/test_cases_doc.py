"""docs/cases.md says what the state machine allows (R-2.6.3.2)."""

import pytest

from jsrs_portal.domain.case_workflow import ALLOWED, Party
from jsrs_portal.domain.cases import DRAFT_LIFE, ENDED, REVIEW_LIFE, STATUS_LABELS, CaseStatus
from jsrs_portal.services.case_endings import DAYS_BEFORE
from jsrs_portal.settings import ROOT

pytestmark = pytest.mark.req("R-2.6.3.2")
TEXT = (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")


def table() -> str:
    """Return the table of what may happen where, a column for each party."""
    lines = [f"| where it stands | {' | '.join(Party)} |", f"| --- |{' --- |' * len(Party)}"]
    for status in CaseStatus:
        if status not in ENDED:
            acts = [" ".join(act for (at, act), who in ALLOWED.items() if at is status and who is one) for one in Party]
            cells = " | ".join(f"`{some}`" if some else "—" for some in acts)
            lines.append(f"| {STATUS_LABELS[status]} `{status}` | {cells} |")
    return "\n".join(lines)


def test_the_table_is_what_the_code_allows():
    assert table() in TEXT


def test_every_end_and_every_number_is_as_it_is():
    for status in ENDED:
        assert f"{STATUS_LABELS[status]} `{status}`" in TEXT
    assert f"{DRAFT_LIFE.days} days" in TEXT
    assert f"{REVIEW_LIFE.days} days" in TEXT
    assert f"{DAYS_BEFORE} working days before" in TEXT
