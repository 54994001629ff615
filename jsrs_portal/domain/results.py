"""办理结果: the decision on a case as a document with a number, and what anybody may find out about one (R-2.6.3.2)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from jsrs_portal.domain.cases import DECIDED, CaseStatus
from jsrs_portal.domain.refusal import Refusal

ISSUED = DECIDED
"""Every decision of the bureau has a document."""
KINDS = {
    CaseStatus.COMPLETED: "办结通知书",
    CaseStatus.REJECTED: "不予通过决定书",
    CaseStatus.NOT_ACCEPTED: "不予受理通知书",
    CaseStatus.TRANSFERRED: "转办告知书",
}
"""What the document is called, by the decision."""
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""No letter that looks like another or like a digit."""
CODE_LENGTH = 12
SHORTEST_REASON, LONGEST_REASON = 5, 300
"""Characters of why a result is withdrawn."""
LEASE = timedelta(minutes=2)
"""How long a worker may be silent about a result before another makes it; each further try waits as much longer."""
LONGEST_WAIT = timedelta(hours=1)
_NUMBER = re.compile(r"JG[0-9]{8}[0-9]{6,10}", re.ASCII)
_CODE = re.compile(f"[{CODE_ALPHABET}]{{{CODE_LENGTH}}}", re.ASCII)


class ResultState(StrEnum):
    """Where a result stands: it is being made, it counts, it has been withdrawn."""

    WAITING = "WAITING"
    VALID = "VALID"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True)
class ResultFacts:
    """What stands in the document. ``opinion`` is the officer's, empty or not; ``remedies`` say how to object."""

    title: str
    bureau: str
    number: str
    code: str
    address: str
    applicant: str
    applicant_code: str
    matter: str
    case_number: str
    submitted: str
    decision: str
    opinion: str
    office: str
    issued: str
    remedies: Sequence[str]


def result_number(day: date, serial: int) -> str:
    """Return a result's number: ``JG``, the day in China, a serial of six digits or more."""
    return f"JG{day:%Y%m%d}{serial:06d}"


def typed_number(text: str) -> str:
    """Return the number that somebody typed or scanned, without blanks; empty when it cannot be one."""
    plain = "".join(text.split()).upper()
    return plain if _NUMBER.fullmatch(plain) else ""


def typed_code(text: str) -> str:
    """Return the code that somebody typed or scanned, without blanks and dashes; empty when it cannot be one."""
    plain = "".join(text.replace("-", " ").split()).upper()
    return plain if _CODE.fullmatch(plain) else ""


def code_parts(code: str) -> str:
    """Return a code as it is printed: in fours."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def wait_after(tries: int) -> timedelta:
    """Return how long to wait after so many tries to make a result before the next."""
    return min(LEASE * 2 ** min(tries, 10), LONGEST_WAIT)


def reason_problem(reason: str) -> Refusal | None:
    """Return what is wrong with the reason for withdrawing a result."""
    if len(reason.strip()) < SHORTEST_REASON:
        return Refusal(f"请写明撤回的原因，至少{SHORTEST_REASON}个字。", "reason", "too_short")
    if len(reason.strip()) > LONGEST_REASON:
        return Refusal(f"撤回原因最多{LONGEST_REASON}个字，请精简后再提交。", "reason", "too_long")
    return None


def decided_words(status: CaseStatus, matter: str, *, house: bool) -> str:
    """Return the decision in a sentence; to a ``house`` (a unit, an institution) or to a person."""
    whom = "你单位" if house else "您"
    return {
        CaseStatus.COMPLETED: f"经审查，{whom}申请的「{matter}」已办结，予以通过。",
        CaseStatus.REJECTED: f"经审查，{whom}申请的「{matter}」不符合规定的条件，决定不予通过。",
        CaseStatus.NOT_ACCEPTED: f"{whom}申请的「{matter}」不符合受理条件，决定不予受理。",
        CaseStatus.TRANSFERRED: f"{whom}申请的「{matter}」不属于本部门职责范围，已转有关部门办理。",
    }[status]
