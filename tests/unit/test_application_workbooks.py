"""A table as an Excel file: what is written is read back, what is wrong is told by row, nothing hostile gets in."""

import base64
import io
import random
import re
import zipfile
from datetime import date, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from jsrs_portal.api.websocket import LARGEST_MESSAGE
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.form_drafts import typed_row
from jsrs_portal.domain.form_guidance import rule_of, when_needed
from jsrs_portal.domain.form_reading import read_row
from jsrs_portal.domain.form_values import Surroundings, controls_of
from jsrs_portal.domain.matter_forms import FieldType, FormField
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import workbooks
from jsrs_portal.services.application_columns import sheet_columns
from jsrs_portal.services.application_workbooks import LARGEST, read_rows, shape_of, template_for
from jsrs_portal.settings import ROOT
from jsrs_portal.state.application_import import MOST_PIECES
from tests.services.numbers import employer, human
from tests.support.shipped import shipped_catalogue

pytestmark = pytest.mark.req("R-2.6.3.3")
AROUND = Surroundings(date(2026, 11, 28), divisions())
KINDS = [{"value": "open", "label": "无固定期限"}, {"value": "fixed", "label": "固定期限"}]
SKILLS = [
    {"value": "weld", "label": "焊接"},
    {"value": "weld-cut", "label": "焊接、切割"},
    {"value": "lift", "label": "=起重"},
]


def column(key: str, type: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "label": more.pop("label", key), "type": type, "required": False, **more}


def table(*columns: dict[str, Any], **more: Any) -> FormField:
    return FormField.model_validate(
        {"key": "staff", "label": "职工", "type": "table", "most": 500, "columns": columns, **more}
    )


EVERY = table(
    column("name", "text", required=True),
    column("id-number", "text", format="id_number", label="居民身份证号码"),
    column("account", "text", format="bank_account"),
    column("notes", "long_text", label="说明"),
    column("heads", "number", at_least=-999),
    column("pay", "money"),
    column("exact", "number", decimals=6),
    column("since", "date"),
    column("term", "date_range", label="合同期限"),
    column("kind", "choice", options=KINDS),
    column("skills", "choices", options=SKILLS),
    column("insured", "yes_no"),
    column("place", "region"),
    column("home", "address", label="住址"),
    column("teacher", "person", label="带教人"),
    column("sender", "unit", label="派遣单位"),
    column("double", "money", computed={"multiply": [{"field": "pay"}, {"value": 2}]}),
)
FULL = {
    "name": "顾一",
    "id-number": human(7).id_number,
    "account": "6222020200112233445",
    "notes": "第一行\n=SUM(A1:A9)",
    "heads": "-12",
    "pay": "1200.50",
    "exact": "123456789012345.123456",
    "since": "1900-01-01",
    "term.from": "2026-01-01",
    "term.until": "2199-12-31",
    "kind": "fixed",
    "skills.weld-cut": "yes",
    "skills.lift": "yes",
    "insured": "no",
    "place": "320102",
    "home.region": "320583",
    "home.detail": "@前进中路 1 号",
    "teacher.name": "陈二",
    "teacher.document": "03",
    "teacher.number": "E12345678",
    "sender.name": "+南京某某公司",
    "sender.uscc": employer(3).uscc,
}


def answers(row: dict[str, str]) -> dict[str, Any]:
    reading = read_row(EVERY, row, AROUND)
    assert reading.faults == ()
    return reading.answers


def rows_of(one: FormField, content: bytes):
    found = read_rows(one, content, AROUND)
    assert not isinstance(found, Refusal), found
    return found


def filled(one: FormField, *lines: dict[str, Any]) -> bytes:
    """Return the template of ``one`` with cells put in under their heads, as a spreadsheet program does."""
    book = load_workbook(io.BytesIO(template_for(one, [], AROUND)))
    sheet = book.worksheets[0]
    places = {cell.value: cell.column for cell in sheet[1]}
    for number, line in enumerate(lines, 2):
        for head, value in line.items():
            sheet.cell(number, places[head]).value = value
    return saved(book)


def saved(book: Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


# There and back


def test_every_type_of_column_is_read_back_as_it_was_written():
    """Also after another program has opened and saved the file."""
    content = template_for(EVERY, [FULL, {"name": "只有姓名"}], AROUND)
    again = saved(load_workbook(io.BytesIO(content)))
    for one in (content, again):
        found = rows_of(EVERY, one)
        assert [row.faults for row in found] == [(), ()]
        assert [row.number for row in found] == [2, 3]
        assert answers(found[0].typed) == answers(FULL)
        assert found[0].typed == FULL
        assert found[1].typed == {"name": "只有姓名"}


def test_computed_columns_are_left_out_and_compound_ones_are_several():
    heads = [one.head for one in sheet_columns(EVERY)]
    assert "double" not in heads
    assert {"合同期限（起始日期）", "合同期限（结束日期）", "住址（所在区县）", "住址（详细地址）"} < set(heads)
    assert {"带教人（姓名）", "带教人（证件类型）", "带教人（证件号码）"} < set(heads)
    assert {"派遣单位（全称）", "派遣单位（统一社会信用代码）"} < set(heads)


def test_columns_with_the_same_label_are_told_apart():
    one = table(column("first", "text", label="姓名"), column("other", "text", label="姓名"))
    assert [found.head for found in sheet_columns(one)] == ["姓名", "姓名 2"]
    (row,) = rows_of(one, template_for(one, [{"first": "甲", "other": "乙"}], AROUND))
    assert row.typed == {"first": "甲", "other": "乙"}


@cache
def shipped() -> list[FormField]:
    forms = [one.form for one in shipped_catalogue().matters.values() if one.form is not None]
    return [one for form in forms for one in form.fields if one.type is FieldType.TABLE]


def test_every_shipped_table_has_a_template_that_is_read():
    assert len(shipped()) > 20
    for one in shipped():
        content = template_for(one, [], AROUND)
        assert len(content) < LARGEST / 3
        found = read_rows(one, content, AROUND)
        assert isinstance(found, Refusal)
        assert found.code == "empty"


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=60),
    st.decimals(-(10**8), 10**8, places=2),
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    st.sets(st.sampled_from(["weld", "weld-cut", "lift"])),
    st.sampled_from(sorted(divisions().by_code)),
)
def test_what_a_page_would_keep_comes_back(text, amount, day, skills, place):
    typed = {"name": text, "pay": str(amount), "since": day.isoformat(), "place": place}
    reading = read_row(EVERY, typed | {f"skills.{one}": "yes" for one in skills}, AROUND)
    if reading.faults or not all(sign.isprintable() for sign in text) or divisions().by_code[place].group:
        return
    kept = typed_row(EVERY, reading.answers)
    (row,) = rows_of(EVERY, template_for(EVERY, [kept], AROUND))
    assert (row.faults, row.typed) == ((), kept)


# The template


@pytest.mark.parametrize(
    "text", ["=1+1", "+86", "-5", "@SUM(A1)", '=HYPERLINK("http://x")', "#REF!", "=cmd|' /C x'!A0"]
)
def test_nothing_that_somebody_typed_becomes_a_formula(text):
    one = table(column("name", "text", label="=姓名"), column("kind", "choice", options=SKILLS))
    content = template_for(one, [{"name": text, "kind": "lift"}], AROUND)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert not any(b"<f>" in packed.read(part) for part in packed.namelist() if "worksheets" in part)
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A1"].data_type) == (text, "s", "s")
    assert sheet["A2"].quotePrefix is (text[0] in "=+-@")
    (row,) = rows_of(one, content)
    assert row.typed == {"name": text, "kind": "lift"}


def test_control_characters_of_an_old_draft_do_not_spoil_the_file():
    one = table(column("name", "text"))
    (row,) = rows_of(one, template_for(one, [{"name": "a\x00\x0bb\x1f"}], AROUND))
    assert row.typed == {"name": "ab"}


def test_what_stands_wrong_in_a_draft_is_written_as_it_stands():
    one = table(column("since", "date"), column("pay", "money"), column("kind", "choice", options=KINDS))
    content = template_for(one, [{"since": "不详", "pay": "面议", "kind": "gone"}], AROUND)
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert [cell.value for cell in sheet[2]] == ["不详", "面议", "gone"]


def test_texts_are_texts_days_are_days_and_choices_are_lists():
    book = load_workbook(io.BytesIO(template_for(EVERY, [FULL], AROUND)))
    sheet = book.worksheets[0]
    place = {cell.value: cell.column_letter for cell in sheet[1]}
    formats = {head: sheet.column_dimensions[letter].number_format for head, letter in place.items()}
    assert {formats["居民身份证号码"], formats["account"], formats["name"]} == {"@"}
    assert {formats["since"], formats["合同期限（结束日期）"]} == {"yyyy-mm-dd"}
    assert (formats["pay"], formats["heads"]) == ("0.00", "General")
    assert isinstance(sheet[f"{place['since']}2"].value, datetime)
    offered = {str(one.sqref): one.formula1 for one in sheet.data_validations.dataValidation}
    assert set(offered) == {f"{place[head]}2:{place[head]}501" for head in ("kind", "insured", "带教人（证件类型）")}
    lists = book["选项"]
    assert lists.sheet_state == "hidden"
    assert [lists[f"{place['kind']}{row}"].value for row in (1, 2)] == ["无固定期限", "固定期限"]


def test_a_second_sheet_says_what_each_column_wants():
    sheet = load_workbook(io.BytesIO(template_for(EVERY, [], AROUND)))["填写说明"]
    lines = {row[0].value: (row[1].value, row[2].value) for row in sheet.iter_rows(min_row=6)}
    assert list(lines) == [one.head for one in sheet_columns(EVERY)]
    assert lines["name"] == ("必填", "最多 200 个字")
    assert lines["居民身份证号码"] == ("选填", "18 位居民身份证号码")
    assert lines["pay"][1] == "数字，最多 2 位小数，单位：元"
    assert lines["kind"][1] == "从下拉列表中选择：无固定期限、固定期限"
    assert "以“、”分隔" in lines["skills"][1]
    assert "须到区县一级" in lines["住址（所在区县）"][1]


def test_conditions_are_told_in_words_where_there_are_simple_ones():
    one = table(
        column("kind", "choice", options=KINDS, label="合同类型"),
        column("until", "date", show_when={"field": "kind", "equals": "fixed"}, required=True),
        column("why", "text", required_when={"field": "kind", "one_of": ["fixed", "open"]}),
        column("more", "text", required_when={"not": {"field": "kind", "equals": "fixed"}}),
        column("pay", "number", at_least=1, at_most=9, help="税前。"),
        column("day", "date", not_before="today-30d", not_after="2027-01-01"),
    )
    among = {found.key: found for found in one.columns or ()}
    assert when_needed(among["until"], among) == "“合同类型”为“固定期限”时必填，其他情况不填"
    assert when_needed(among["why"], among) == "“合同类型”为“固定期限”或“无固定期限”时必填"
    assert when_needed(among["more"], among) == "视其他列的填写情况必填"
    assert rule_of(among["pay"], "", AROUND) == "数字，整数，不小于 1，不大于 9；税前"
    assert rule_of(among["day"], "", AROUND) == "日期，例如 2026-03-02，不早于2026年10月29日，不晚于2027年1月1日"


# What people write


def test_cells_mean_what_somebody_would_have_typed():
    found = rows_of(
        EVERY,
        filled(
            EVERY,
            {"name": "甲", "since": datetime(2026, 3, 2), "insured": True, "place": "江苏省南京市玄武区", "heads": 3.0},  # noqa: DTZ001
            {"name": "乙", "since": "2026年3月2日", "insured": "是", "place": "320102", "heads": "１２"},
            {"name": "丙", "since": 20260302, "skills": "焊接、切割；焊接", "place": 320102, "pay": 0.1 + 0.2},
            {"name": 13912340017, "住址（所在区县）": "320583 江苏省苏州市昆山市", "住址（详细地址）": "a"},
        ),
    )
    assert [row.faults for row in found[:2]] == [(), ()]
    assert [found[n].typed["since"] for n in (0, 1, 2)] == ["2026-03-02"] * 3
    assert [found[n].typed["place"] for n in (0, 1, 2)] == ["320102"] * 3
    assert (found[0].typed["insured"], found[1].typed["insured"]) == ("yes", "yes")
    assert (found[0].typed["heads"], found[1].typed["heads"]) == ("3", "12")
    assert {name for name in found[2].typed if name.startswith("skills")} == {"skills.weld", "skills.weld-cut"}
    assert found[2].typed["pay"] == "0.30"
    assert (found[3].typed["name"], found[3].typed["home.region"]) == ("13912340017", "320583")


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({}, "请填写name。"),
        ({"name": "x" * 201}, "name最多 200 个字，现有 201 个字。"),
        ({"name": "甲", "kind": "固定"}, "kind应填写“无固定期限”、“固定期限”之一。"),
        ({"name": "甲", "skills": "焊接、做饭"}, "skills中有不在可选项中的内容，多项请用“、”分隔。"),
        ({"name": "甲", "insured": "也许"}, "insured应填写“是”、“否”之一。"),
        ({"name": "甲", "place": "玄武"}, "没有找到place，请填写行政区划的全称或代码。"),
        ({"name": "甲", "place": "320102 北京市东城区"}, "没有找到place，请填写行政区划的全称或代码。"),
        ({"name": "甲", "住址（所在区县）": "江苏省", "住址（详细地址）": "a"}, "请选择住址所在的区县。"),
        ({"name": "甲", "since": "昨天"}, "since不是有效的日期，请按 2026-03-02 的格式填写。"),
        ({"name": "甲", "合同期限（起始日期）": "2026-03-02"}, "请填写合同期限的结束日期。"),
        ({"name": "甲", "heads": 1.5}, "heads应为整数。"),
        ({"name": "甲", "heads": "=1+1"}, ""),
        (
            {"name": "甲", "居民身份证号码": 320106199003070071},
            "居民身份证号码是数字格式的单元格，末尾的数字已丢失，请改为文本格式后重新填写。",
        ),
        (
            {"name": "甲", "带教人（证件类型）": "学生证", "带教人（姓名）": "乙"},
            "带教人（证件类型）应填写“居民身份证”",
        ),
        ({"name": "甲", "派遣单位（全称）": "某公司"}, "统一社会信用代码"),
    ],
)
def test_what_is_wrong_is_told_with_the_row(cells, sentence):
    """A formula that no program has reckoned is an empty cell."""
    found = rows_of(EVERY, filled(EVERY, {"name": "好"}, {"name": "好"}, {"说明": "x"} | cells))
    assert [row.number for row in found] == [2, 3, 4]
    assert [row.faults for row in found[:2]] == [(), ()]
    if not sentence:
        assert found[2].faults == ()
        return
    assert len(found[2].faults) == 1
    assert sentence in found[2].faults[0].sentence
    assert found[2].faults[0].column in {column.head for column in sheet_columns(EVERY)}
    assert found[2].typed == {}


def test_what_is_not_asked_in_a_row_is_neither_kept_nor_wrong():
    one = table(
        column("kind", "choice", options=KINDS),
        column("skill", "choice", options=SKILLS, show_when={"field": "kind", "equals": "fixed"}),
    )
    (row,) = rows_of(one, filled(one, {"kind": "无固定期限", "skill": "没有这种"}))
    assert (row.faults, row.typed) == ((), {"kind": "open"})


def test_columns_may_stand_in_another_order_with_others_between():
    one = table(column("name", "text", label="姓名"), column("pay", "money", label="工资"))
    made = Workbook()
    for line in (("序号", "工资", None, "姓名"), (1, 12.5, "x", "甲"), (None,) * 4, (2, None, None, "乙")):
        made.worksheets[0].append(line)
    found = rows_of(one, saved(made))
    assert [(row.number, row.typed) for row in found] == [(2, {"name": "甲", "pay": "12.50"}), (4, {"name": "乙"})]


def test_a_fault_names_its_column_also_where_a_field_has_several():
    (row,) = rows_of(EVERY, filled(EVERY, {"name": "甲", "带教人（姓名）": "乙", "带教人（证件号码）": "1"}))
    assert [fault.column for fault in row.faults] == ["带教人（证件号码）"]
    (row,) = rows_of(EVERY, filled(EVERY, {"name": "甲", "合同期限（起始日期）": "2026-03-02"}))
    assert [fault.column for fault in row.faults] == ["合同期限（结束日期）"]


RULED = table(
    column("begin", "date", label="开始"),
    column("end", "date", label="结束"),
    rules=[
        {"check": {"field": "end", "at_least": {"field": "begin"}}, "message": "结束不能早于开始。", "field": "end"}
    ],
)


def test_what_must_hold_between_columns_is_told_at_its_column_and_in_the_template():
    lines = (
        {"开始": "2026-03-02", "结束": "2026-03-01"},
        {"开始": "2026-03-02", "结束": "2026-03-02"},
        {"结束": "2026-01-01"},
    )
    found = rows_of(RULED, filled(RULED, *lines))
    assert [[(one.column, one.sentence) for one in row.faults] for row in found] == [
        [("结束", "结束不能早于开始。")],
        [],
        [],
    ]
    sheet = load_workbook(io.BytesIO(template_for(RULED, [], AROUND)))["填写说明"]
    said = {row[0].value: row[2].value for row in sheet.iter_rows(min_row=6)}
    assert said["结束"].endswith("；结束不能早于开始")
    assert "不能早于开始" not in said["开始"]


def test_rows_that_must_differ_do_within_a_file():
    one = table(column("number", "text", label="工号", unique=True), column("post", "text", label="岗位"))
    found = rows_of(one, filled(one, {"工号": "1"}, {"工号": "2"}, {"工号": "1"}, {"岗位": "甲"}, {"岗位": "乙"}))
    assert [(row.number, [fault.sentence for fault in row.faults]) for row in found] == [
        (2, []),
        (3, []),
        (4, ["工号与第 2 行重复。"]),
        (5, []),
        (6, []),
    ]


def test_another_table_is_told_from_one_that_lacks_a_column():
    one = table(column("name", "text", label="姓名"), column("pay", "money", label="工资"))
    sentences = [
        found.sentence if isinstance(found := read_rows(one, book(("x",), head=head), AROUND), Refusal) else ""
        for head in (("甲", "乙"), ("姓名", "乙"))
    ]
    assert sentences == [
        "第一个工作表的第一行不是模板的列名。请使用模板填写，不要改动第一行。",
        "第一行缺少列：工资。请使用模板填写。",
    ]


# What a file may be

PLAIN = table(column("name", "text", label="姓名"), column("pay", "money", label="工资"), most=None)


def book(*lines: tuple[Any, ...], head: tuple[str, ...] = ("姓名", "工资")) -> bytes:
    made = Workbook()
    for line in (head, *lines):
        made.worksheets[0].append(line)
    return saved(made)


def remade(part: str, change: Any) -> bytes:
    """Return a good workbook with one part changed."""
    good, packed = zipfile.ZipFile(io.BytesIO(book(("甲", 1)))), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in good.infolist():
            archive.writestr(one.filename, change(good.read(one)) if one.filename == part else good.read(one))
    return packed.getvalue()


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 20_000_000)
    return packed.getvalue()


def entities(text: bytes) -> bytes:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    lol = f'<!DOCTYPE worksheet [<!ENTITY a0 "lol">{levels}]>'.encode()
    return lol + text.replace("甲".encode(), b"&a9;")


SHEET, NAMES = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
MANY_CELLS = b"<sheetData><row>" + b"<c/>" * 200_000 + b"</row>"
MANY_NAMES = b'<sheet name="a" sheetId="9" state="visible" r:id="rId1"/>' * 5_000 + b"</sheets>"
FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_excel"),
        (b"PK\x03\x04", "not_excel"),
        (b"name,pay\nx,1\n", "not_excel"),
        (b"x" * (LARGEST + 1), "too_large"),
        (bomb(), "too_large"),
        (remade(SHEET, entities), "not_excel"),
        (remade(SHEET, lambda text: text.replace(b"<sheetData>", MANY_CELLS)), "too_large"),
        (remade(NAMES, lambda text: text.replace(b"</sheets>", MANY_NAMES)), "too_large"),
        (remade(SHEET, lambda text: text[:200]), "not_excel"),
        (remade(SHEET, lambda text: text.replace(b"<v>1</v>", b"<v>" + b"9" * 5000 + b"</v>")), "not_excel"),
        (book(head=("姓名",)), "columns"),
        (book(head=("name", "pay")), "columns"),
        (book(), "empty"),
        (book(*[(None, "  ")] * 30), "empty"),
        (book(*[("甲", 1)] * 101), "rows"),
    ],
    ids=[
        *("empty", "broken", "csv", "large", "bomb", "entities", "elements", "sheets", "cut", "long number"),
        *("lacks a column", "other columns", "no rows", "blank rows", "101 rows of 100"),
    ],
)
def test_what_is_no_filled_template_is_refused_with_a_sentence(content, code):
    found = read_rows(PLAIN, content, AROUND)
    assert isinstance(found, Refusal)
    assert (found.code, found.field) == (code, "workbook")
    assert found.sentence.endswith("。")


def test_cells_far_away_cost_nothing():
    (row,) = rows_of(PLAIN, remade(SHEET, lambda text: text.replace(b"</sheetData>", FAR)))
    assert row.typed == {"name": "甲", "pay": "1.00"}


def test_huge_cells_and_control_characters_are_faults_or_cleaned():
    found = rows_of(
        PLAIN,
        remade(SHEET, lambda text: text.replace(b"<v>1</v>", b"<v>1e999</v>")),
    )
    assert [fault.sentence for fault in found[0].faults] == ["工资应填写数字，例如 1200.50。"]
    (huge,) = rows_of(PLAIN, book(("字" * 32_000, 1)))
    assert [fault.sentence for fault in huge.faults] == ["姓名最多 200 个字，现有 5001 个字。"]
    (dirty,) = rows_of(PLAIN, book(("甲\u200b\u202e\n乙\u3000丙", 1)))
    assert dirty.typed["name"] == "甲 乙 丙"


def test_a_workbook_of_too_much_is_never_given_to_the_library(monkeypatch):
    def never(*_arguments: Any, **_named: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(workbooks.openpyxl, "load_workbook", never)
    for content in (bomb(), remade(SHEET, lambda text: text.replace(b"<sheetData>", MANY_CELLS))):
        found = read_rows(PLAIN, content, AROUND)
        assert isinstance(found, Refusal)
        assert found.code == "too_large"


def test_three_hundred_rows_are_read_and_checked_and_501_are_too_many():
    people = [human(number) for number in range(501)]
    one = table(
        column("name", "text"),
        column("id-number", "text", format="id_number"),
        column("mobile", "text", format="mobile"),
        column("since", "date"),
        column("pay", "money"),
        column("kind", "choice", options=KINDS),
    )
    typed = [
        {
            "name": person.name,
            "id-number": person.id_number if number % 10 else person.id_number[:-1] + "?",
            "mobile": person.mobile,
            "since": "2026-03-02",
            "pay": f"{3000 + number}.50",
            "kind": "fixed",
        }
        for number, person in enumerate(people)
    ]
    content = template_for(one, typed[:300], AROUND)
    assert len(content) < LARGEST
    found = rows_of(one, content)
    assert len(found) == 300
    assert [row.number for row in found if row.faults] == list(range(2, 302, 10))
    names = [{"name": row["name"]} for row in typed]
    assert len(rows_of(one, template_for(one, names[:500], AROUND))) == 500
    too_many = read_rows(one, template_for(one, names, AROUND), AROUND)
    assert isinstance(too_many, Refusal)
    assert too_many.sentence == "文件中有 501 行，一次最多导入 500 行。请删去多余的行后重新选择。"


def test_a_piece_of_a_file_fits_into_one_message_of_the_page_and_all_of_them_are_taken():
    """The rest of the message: the handler's name, the table's key, the address of the page."""
    (found,) = re.findall(r"^const PIECE = (\d+);", (ROOT / "assets/kit.jsx").read_text(), re.MULTILINE)
    piece = int(found)
    assert piece + 2_000 <= LARGEST_MESSAGE
    assert piece % 4 == 0
    assert len(base64.b64encode(b"x" * LARGEST)) <= piece * MOST_PIECES


@pytest.mark.parametrize("table", shipped(), ids=lambda one: one.key)
def test_every_shipped_table_comes_back_full(table):
    """What is in the cells may be wrong: that all rows are read is what counts."""
    letters = random.Random(7)

    def text() -> str:
        return "".join(letters.choices("江苏望潮建设集团有限公司职工0123456789", k=14))

    rows = [{control: text() for one in table.columns for control in controls_of(one)} for _ in range(table.at_once)]
    content = template_for(table, rows, AROUND)
    assert len(content) < LARGEST
    assert len(rows_of(table, content)) == table.at_once


@pytest.mark.parametrize("content", [None, 7, [], "", "x" * 200_000, "no base64!", "5Lit"])
def test_what_a_page_could_not_have_sent_is_a_file_of_nothing(content):
    found = read_rows(PLAIN, workbooks.picked(content, shape_of(PLAIN)), AROUND)
    assert isinstance(found, Refusal)
    assert found.code in ("not_excel", "too_large")
