"""What a receipt says: where its number may break, and whose turn it is (R-2.6.3.3)."""

from datetime import date
from itertools import accumulate

import pytest
import reflex as rx

from jsrs_portal.catalog.loader import read_catalogue
from jsrs_portal.domain.cases import CaseStatus, case_number
from jsrs_portal.domain.matter_workflow import MatterWorkflow
from jsrs_portal.domain.receipts import NUMBER_PARTS, whose_turn
from jsrs_portal.pages import numbers

pytestmark = pytest.mark.req("R-2.6.3.3")


def test_a_number_breaks_between_its_parts_alone():
    for matter in read_catalogue().matters.values():
        for serial in (1, 12345):
            number = case_number(matter.implementation_code, date(2026, 11, 28), serial)
            ends = list(accumulate(NUMBER_PARTS))
            assert number[: ends[0]] == matter.implementer.uscc
            assert (number[: ends[1]], number[ends[1] : ends[2]]) == (matter.implementation_code, "20261128")
            assert number[ends[2] :] == f"{serial:04d}"


def test_its_line_breaks_there_on_the_screen_and_it_is_copied_without_blanks():
    tags = [type(piece).__name__ for piece in numbers.case_number(rx.Var.create("1")).children]
    assert tags == ["Bare", "Wbr"] * len(NUMBER_PARTS) + ["Bare"]


def workflow(key: str) -> MatterWorkflow:
    found = read_catalogue().matters[key].workflow
    assert found is not None
    return found


def test_a_receipt_says_whose_turn_it_is():
    renewal = workflow("labour-contract-renewal")
    first = renewal.steps[0]
    turn, follows = whose_turn(CaseStatus.SUBMITTED, renewal, first.key, date(2026, 12, 1))
    assert turn == first.office
    assert follows.endswith(f"由{turn}{first.name}，2026年12月1日前（含当日）答复。")
    turn, follows = whose_turn(CaseStatus.UNIT_REVIEW, renewal, "", None)
    assert turn.startswith("本单位")
    assert follows == f"由{turn}审核，审核通过后送交{first.office}。"
    assert whose_turn(CaseStatus.CORRECTION, renewal, first.key, None)[0] == "申请人"
    for over in (CaseStatus.COMPLETED, CaseStatus.WITHDRAWN):
        turn, follows = whose_turn(over, renewal, first.key, None)
        assert turn == ""
        assert follows.startswith("该办件")
