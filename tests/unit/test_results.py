"""Rules of results: numbers, codes, what the document says, and that it can be read and checked (R-2.6.3.2)."""

from dataclasses import replace
from datetime import date, timedelta

import pypdfium2
import pytest
import zxingcpp

from jsrs_portal.catalog.shipped import FOLDER
from jsrs_portal.domain import results as rules
from jsrs_portal.domain.cases import DECIDED, STATUS_LABELS
from jsrs_portal.domain.results import ResultFacts
from jsrs_portal.result_pdf import make_pdf

pytestmark = pytest.mark.req("R-2.6.3.2")
FACTS = ResultFacts(
    title="不予通过决定书",
    bureau="江苏省人力资源和社会保障厅",
    number="JG20261129000001",
    code="ABCDEFGHJKMN",
    address="https://hall.example/verify?n=JG20261129000001&c=ABCDEFGHJKMN",
    applicant="南京云帆软件有限公司",
    applicant_code="91320000134791231T",
    matter="劳动合同续签",
    case_number="11320000466007120A0A0A0A0A0A0A0120261129001",
    submitted="2026年11月29日 10:20",
    decision="经审查，不符合规定的条件，决定不予通过。",
    opinion="材料 <b>不</b> 齐 & 不实\n第二行",
    office="劳动关系处",
    issued="2026年11月29日",
    remedies=("如不服本决定，可以申请行政复议。",),
)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "".join("".join(page.get_textpage().get_text_bounded().split()) for page in document)


def test_every_decision_has_a_document_and_a_sentence():
    assert set(rules.KINDS) == set(rules.ISSUED) == set(DECIDED)
    for house, whom in ((True, "你单位申请的「续签」"), (False, "您申请的「续签」")):
        assert all(whom in rules.decided_words(one, "续签", house=house) for one in rules.ISSUED)
    assert len(set(rules.KINDS.values())) == len(DECIDED)
    assert STATUS_LABELS


def test_numbers_and_codes_are_read_as_people_type_them():
    number = rules.result_number(date(2026, 11, 29), 42)
    assert number == "JG20261129000042"
    assert rules.typed_number(" jg20261129 000042\n") == number
    assert rules.result_number(date(2026, 11, 29), 12_345_678) == "JG2026112912345678"
    code = "ABCDEFGH2345"
    assert rules.code_parts(code) == "ABCD-EFGH-2345"
    assert rules.typed_code("abcd-efgh 2345") == code


@pytest.mark.parametrize(
    "text", ["", "JG", "JG2026112900004", "XX20261129000042", "ＪＧ20261129000042", "%", "JG" * 50]
)
def test_what_is_no_number_is_none(text):
    assert rules.typed_number(text) == ""


@pytest.mark.parametrize("text", ["", "ABCD", "ABCDEFGH234I", "ABCDEFGH2340", "ABCDEFGH23456", "ÄBCDEFGH2345"])
def test_what_is_no_code_is_none(text):
    assert rules.typed_code(text) == ""


def test_a_code_has_no_look_alikes_and_is_not_guessed():
    assert not set("IOLU01") & set(rules.CODE_ALPHABET)
    assert len(rules.CODE_ALPHABET) ** rules.CODE_LENGTH > 2**58


def test_a_result_that_fails_is_tried_again_ever_later():
    waits = [rules.wait_after(tries) for tries in range(1, 40)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(minutes=4), rules.LONGEST_WAIT)


def test_a_withdrawal_says_why():
    assert rules.reason_problem(" 错误 ")
    assert rules.reason_problem("长" * (rules.LONGEST_REASON + 1))
    assert rules.reason_problem("适用依据有误") is None


def test_the_document_says_everything_in_text_that_can_be_searched():
    found = text_of(make_pdf(FACTS))
    for said in (
        *(FACTS.title, FACTS.bureau, FACTS.number, FACTS.applicant, FACTS.applicant_code, FACTS.case_number),
        *(FACTS.decision, "材料<b>不</b>齐&不实", "第二行", FACTS.office, *FACTS.remedies, "ABCD-EFGH-JKMN"),
    ):
        assert said in found, said


def test_the_qr_code_leads_to_the_check():
    page = pypdfium2.PdfDocument(make_pdf(FACTS))[0].render(scale=2).to_pil()
    assert [one.text for one in zxingcpp.read_barcodes(page)] == [FACTS.address]


def test_the_same_facts_give_the_same_bytes_with_the_font_inside():
    pdf = make_pdf(FACTS)
    assert pdf == make_pdf(FACTS)
    assert b"/FontFile2" in pdf
    assert b"NotoSansSC" in pdf
    assert len(pdf) < 250_000


def test_rare_signs_of_a_name_are_what_they_are_and_one_without_a_glyph_is_named():
    found = text_of(
        make_pdf(replace(FACTS, applicant="𬱖䶮㛃有限公司", opinion="𠮷田\u202e\x00\u200b通\ufe00过\ud800。"))
    )
    assert "申请人𬱖䶮㛃有限公司（" in found
    assert "办理意见：〔U+20BB7〕田通过。" in found


def test_a_long_opinion_goes_on_on_the_next_page():
    pdf = make_pdf(replace(FACTS, opinion="不符合规定的条件，须重新提交。" * 80))
    assert len(pypdfium2.PdfDocument(pdf)) == 2
    assert FACTS.code[:4] in text_of(pdf)


def test_the_font_comes_with_its_licence():
    licence = (FOLDER / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
