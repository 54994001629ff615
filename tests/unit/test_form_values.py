"""One field of a form: what is typed and what it is read as (R-2.6.3.3)."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.form_texts import Wrong
from jsrs_portal.domain.form_values import Surroundings, controls_of, read_value, typed_of
from jsrs_portal.domain.form_words import masked_words_of, words_of
from jsrs_portal.domain.matter_forms import FieldType, FormField

pytestmark = pytest.mark.req("R-2.6.3.3")
AROUND = Surroundings(date(2026, 11, 28), divisions())
OPTIONS = ({"value": "aa", "label": "甲"}, {"value": "bb", "label": "乙"}, {"value": "cc", "label": "丙"})
SETTINGS: dict[FieldType, dict[str, Any]] = {
    FieldType.CHOICE: {"options": OPTIONS},
    FieldType.CHOICES: {"options": OPTIONS},
    FieldType.TABLE: {"columns": [{"key": "name", "label": "姓名", "type": "text"}]},
    FieldType.FILE: {},
}


def field(type: str, **settings: Any) -> FormField:
    kind = FieldType(type)
    return FormField.model_validate(
        {"key": "asked", "label": "所问", "type": kind, **SETTINGS.get(kind, {}), **settings}
    )


def read(one: FormField, *texts: str, **typed: str) -> Any:
    names = dict(zip(controls_of(one), texts, strict=False))
    return read_value(one, names | {f"asked.{end}": text for end, text in typed.items()}, AROUND)


@pytest.mark.parametrize(
    ("one", "texts", "answer", "words"),
    [
        (field("text"), ["  张  三 "], "张 三", "张 三"),
        (field("long_text"), ["一\r\n二"], "一\n二", "一\n二"),
        (field("number"), ["１，２００"], "1200", "1,200"),
        (field("number", decimals=2), ["3.5"], "3.50", "3.50"),
        (field("number"), ["-0"], "0", "0"),
        (field("money"), ["¥1,234.5"], "1234.50", "1,234.50 元"),
        (field("money", suffix="万元"), ["12"], "12.00", "12.00 万元"),
        (field("date"), ["2026/3/2"], "2026-03-02", "2026年3月2日"),
        (
            field("date_range"),
            ["2026-01-01", "20261231"],
            {"from": "2026-01-01", "until": "2026-12-31"},
            "2026年1月1日至2026年12月31日",
        ),
        (field("choice"), ["bb"], "bb", "乙"),
        (field("choices"), ["yes", "", "yes"], ["aa", "cc"], "甲、丙"),
        (field("yes_no"), ["no"], False, "否"),
        (field("region"), ["320106 江苏省南京市鼓楼区"], "320106", "江苏省南京市鼓楼区（320106）"),
        (field("region"), ["江苏省南京市鼓楼区（320106）"], "320106", "江苏省南京市鼓楼区（320106）"),
        (field("number", at_most="this_year", suffix="年"), ["2026"], "2026", "2026 年"),
        (
            field("address"),
            ["320106", "中山北路 1 号"],
            {"region": "320106", "detail": "中山北路 1 号"},
            "江苏省南京市鼓楼区（320106）中山北路 1 号",
        ),
        (
            field("person"),
            ["李雷", "01", "11010519491231002x"],
            {"name": "李雷", "document": "01", "number": "11010519491231002X"},
            "李雷，居民身份证 11010519491231002X",
        ),
        (
            field("unit"),
            ["江苏某某公司", "91320000608912345Y"],
            None,
            "",
        ),
        (field("text", format="phone"), ["025-83276000"], "025-83276000", "025-83276000"),
        (field("text", format="email"), ["hr@example.com"], "hr@example.com", "hr@example.com"),
        (field("text", format="postcode"), ["２１０００８"], "210008", "210008"),
        (field("text", format="bank_account"), ["6222 0211 0211 0211"], "6222021102110211", "6222021102110211"),
        (field("text", pattern="[A-Z]{2}[0-9]+", pattern_message="应为两位字母加数字。"), ["AB12"], "AB12", "AB12"),
    ],
)
def test_what_is_typed_is_read_kept_and_shown(one, texts, answer, words):
    found = read(one, *texts)
    if answer is None:
        assert isinstance(found, Wrong)
        return
    assert found == answer
    assert words_of(one, found, AROUND.divisions) == words
    assert read_value(one, typed_of(one, found), AROUND) == found


@pytest.mark.parametrize(
    ("one", "texts", "sentence", "control"),
    [
        (field("text", max_length=3), ["一二三四"], "所问最多 3 个字，现有 4 个字。", ""),
        (field("text", min_length=3), ["一二"], "所问至少 3 个字，现有 2 个字。", ""),
        (field("text", pattern="[0-9]+", pattern_message="只能填写数字。"), ["甲1"], "只能填写数字。", ""),
        (field("number"), ["1.5"], "所问应为整数。", ""),
        (field("money"), ["1.005"], "所问最多 2 位小数。", ""),
        (field("number"), ["1e9"], "所问应填写数字，例如 12。", ""),
        (field("number"), ["9" * 16], "所问过大，请核对。", ""),
        (field("number", at_least=1, suffix="人"), ["0"], "所问不能小于 1 人。", ""),
        (field("number", at_most=10), ["11"], "所问不能大于 10。", ""),
        (field("date"), ["2026-02-30"], "所问不是有效的日期，请按 2026-03-02 的格式填写。", ""),
        (field("date", not_before="today-30d"), ["2026-10-28"], "所问不能早于2026年10月29日。", ""),
        (field("date", not_after="today"), ["2026-11-29"], "所问不能晚于2026年11月28日。", ""),
        (field("number", at_least="this_year-1", suffix="年"), ["2024"], "所问不能小于 2025 年。", ""),
        (field("number", at_most="this_year"), ["2027"], "所问不能大于 2026。", ""),
        (field("date", not_before="this_year"), ["2025-12-31"], "所问不能早于2026年1月1日。", ""),
        (field("date", not_after="this_year-1"), ["2026-01-01"], "所问不能晚于2025年12月31日。", ""),
        (field("date_range"), ["2026-01-02", ""], "请填写所问的结束日期。", "asked.until"),
        (field("date_range"), ["2026-01-02", "2026-01-01"], "所问的结束日期不能早于起始日期。", "asked.until"),
        (field("choice"), ["zz"], "请选择所问。", ""),
        (field("choices", most=1), ["yes", "yes"], "所问最多选择 1 项。", ""),
        (field("choices", least=2), ["yes"], "所问至少选择 2 项。", ""),
        (field("yes_no"), ["maybe"], "请选择所问。", ""),
        (field("region"), ["南京"], "没有找到所问，请从列出的选项中选择一项。", ""),
        (field("address"), ["320100", "中山北路"], "请选择所问所在的区县。", "asked.region"),
        (field("address"), ["320106", ""], "请填写所问的详细地址。", "asked.detail"),
        (field("person"), ["", "01", "11010519491231002X"], "请填写所问的姓名。", "asked.name"),
        (field("person"), ["李雷", "99", "1"], "请选择所问的证件类型。", "asked.document"),
        (field("unit"), ["", "91320000608912345Y"], "请填写所问的全称。", "asked.name"),
    ],
)
def test_what_is_wrong_is_said_at_its_control(one, texts, sentence, control):
    assert read(one, *texts) == Wrong(sentence, control)


@pytest.mark.parametrize("type", [one for one in FieldType if one not in (FieldType.FILE, FieldType.TABLE)])
@given(texts=st.lists(st.text(max_size=80), min_size=3, max_size=3))
def test_whatever_is_typed_is_an_answer_or_a_sentence_and_an_answer_can_be_typed_again(type, texts):
    one = field(type)
    found = read(one, *texts)
    if found is None or isinstance(found, Wrong):
        assert found is None or (found.sentence.endswith("。") and found.control in ("", *controls_of(one)))
        return
    assert read_value(one, typed_of(one, found), AROUND) == found
    assert words_of(one, found, AROUND.divisions)


@pytest.mark.req("R-2.6.3.2")
@pytest.mark.parametrize(
    ("settings", "answer", "masked"),
    [
        ({"type": "text", "max_length": 30}, "程安", "程**"),
        ({"type": "text", "max_length": 100}, "尘肺病", "****"),
        ({"type": "text"}, "尘肺病", "****"),
        ({"type": "long_text", "max_length": 50}, "配偶患病", "配**"),
        ({"type": "long_text", "max_length": 600}, "配偶患病", "****"),
        ({"type": "yes_no"}, True, "****"),
        ({"type": "choice"}, "aa", "****"),
    ],
)
def test_of_what_is_sensitive_and_no_name_nothing_is_shown(settings, answer, masked):
    assert masked_words_of(field(sensitive=True, **settings), answer, AROUND.divisions) == masked


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_an_amount_is_kept_to_the_last_digit(amount):
    assert read(field("money"), f"{amount:,f}") == (f"{amount:f}" if amount else "0.00")


def test_a_year_moves_with_the_calendar():
    """What was too late last year is right in this one; a case is read as on its own day."""
    one = field("number", at_least="this_year-1", at_most="this_year+1")
    found = {
        year: [
            isinstance(read_value(one, {"asked": str(said)}, Surroundings(date(year, 1, 1), divisions())), str)
            for said in range(2024, 2030)
        ]
        for year in (2026, 2028)
    }
    assert found[2026] == [False, True, True, True, False, False]
    assert found[2028] == [False, False, False, True, True, True]


@pytest.mark.parametrize(
    "settings",
    [
        {"at_least": "this_year", "at_most": "this_year-1"},
        {"at_least": "last_year"},
        {"at_least": "this_year", "decimals": 2},
    ],
)
def test_a_year_that_cannot_be_is_refused_in_the_file(settings):
    with pytest.raises(ValueError, match=r"asked|pattern"):
        field("number", **settings)


def test_a_pattern_that_would_take_for_ever_elsewhere_is_answered_at_once():
    one = field("text", pattern="(a+)+b", pattern_message="不符合。")
    assert read(one, "a" * 200) == Wrong("不符合。")


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?=a)", "(", "a{100000}"])
def test_a_pattern_that_cannot_be_used_is_refused_in_the_file(pattern):
    with pytest.raises(ValueError, match="RE2"):
        field("text", pattern=pattern, pattern_message="不符合。")
