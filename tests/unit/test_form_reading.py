"""A whole form read: conditions, required fields, tables, computed fields, rules, versions (R-2.6.3.3)."""

from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.form_drafts import carried_over, merged, typed_again
from jsrs_portal.domain.form_reading import Fault, Filled, read_form, read_row
from jsrs_portal.domain.form_values import Surroundings, controls_of
from jsrs_portal.domain.matter_forms import FieldType, FormField, MatterForm
from tests.support.shipped import shipped_catalogue

pytestmark = pytest.mark.req("R-2.6.3.3")
AROUND = Surroundings(date(2026, 11, 28), divisions())


@cache
def forms() -> dict[str, MatterForm]:
    return {one.key: one.form for one in shipped_catalogue().matters.values() if one.form is not None}


def form(*fields: dict[str, Any], **more: Any) -> MatterForm:
    return MatterForm.model_validate({"sections": [{"key": "only", "title": "唯一", "fields": fields}], **more})


def text(key: str, **settings: Any) -> dict[str, Any]:
    return {"key": key, "label": key, "type": "text", **settings}


def read(one: MatterForm, typed: dict[str, str] | None = None, **more: Any):
    return read_form(one, Filled(typed or {}, more.pop("rows", {})), AROUND, files=more.pop("files", {}))


# Questions that depend on others


def test_a_hidden_question_has_no_answer_and_is_not_required():
    kind = {"key": "kind", "label": "类型", "type": "yes_no"}
    one = form(kind, text("why", show_when={"field": "kind", "equals": True}))
    assert read(one, {"kind": "no", "why": "typed before"}).answers == {"kind": False}
    assert [fault.field for fault in read(one, {"kind": "yes"}).faults] == ["why"]


def test_required_when_takes_the_place_of_required():
    kind = {"key": "kind", "label": "类型", "type": "yes_no"}
    one = form(kind, text("why", required_when={"field": "kind", "equals": True}))
    assert read(one, {"kind": "no"}).faults == ()
    assert read(one, {"kind": "yes"}).faults == (Fault("why", "请填写why。", "why"),)


def test_a_hidden_section_hides_what_is_in_it():
    sections = [
        {"key": "first", "title": "一", "fields": [{"key": "kind", "label": "类型", "type": "yes_no"}]},
        {"key": "then", "title": "二", "show_when": {"field": "kind", "equals": True}, "fields": [text("why")]},
    ]
    one = MatterForm.model_validate({"sections": sections})
    assert read(one, {"kind": "no", "why": "x"}).shown == {"kind"}
    assert read(one, {"kind": "yes", "why": "x"}).answers == {"kind": True, "why": "x"}


def test_a_rule_is_judged_when_all_it_compares_was_answered():
    dates = [{"key": key, "label": key, "type": "date", "required": False} for key in ("begin", "finish")]
    rule = {"check": {"field": "finish", "above": {"field": "begin"}}, "message": "应晚于起始日。", "field": "finish"}
    one = form(*dates, rules=[rule])
    assert read(one, {"begin": "2026-01-02"}).faults == ()
    assert read(one, {"begin": "2026-01-02", "finish": "2026-01-03"}).faults == ()
    wrong = read(one, {"begin": "2026-01-02", "finish": "2026-01-02"})
    assert wrong.faults == (Fault("finish", "应晚于起始日。", "finish"),)


@pytest.mark.parametrize(
    ("check", "typed", "stands"),
    [
        ({"any": [{"field": "aa", "equals": "x"}, {"field": "bb", "equals": "y"}]}, {"aa": "x"}, True),
        ({"any": [{"field": "aa", "equals": "x"}, {"field": "bb", "equals": "y"}]}, {"aa": "z"}, True),
        ({"any": [{"field": "aa", "equals": "x"}, {"field": "bb", "equals": "y"}]}, {"aa": "z", "bb": "z"}, False),
        ({"all": [{"field": "aa", "equals": "x"}, {"field": "bb", "equals": "y"}]}, {"aa": "z"}, False),
        ({"all": [{"field": "aa", "equals": "x"}, {"field": "bb", "equals": "y"}]}, {"aa": "x"}, True),
        ({"not": {"field": "aa", "equals": "x"}}, {}, True),
        ({"not": {"field": "aa", "equals": "x"}}, {"aa": "x"}, False),
        ({"field": "bb", "filled": True}, {"aa": "x"}, False),
    ],
)
def test_what_is_not_answered_yet_decides_a_rule_only_where_it_could(check, typed, stands):
    rule = {"check": check, "message": "不符合。", "field": "aa"}
    one = form(text("aa", required=False), text("bb", required=False), rules=[rule])
    assert read(one, typed).faults == (() if stands else (Fault("aa", "不符合。", "aa"),))


# Tables and computed fields

PAY = [
    text("name"),
    {"key": "months", "label": "月数", "type": "number"},
    {"key": "monthly", "label": "月工资", "type": "money"},
    {
        "key": "total",
        "label": "合计",
        "type": "money",
        "computed": {"multiply": [{"field": "months"}, {"field": "monthly"}]},
    },
]
STAFF = {"key": "staff", "label": "职工", "type": "table", "most": 3, "columns": PAY}


def test_rows_are_read_one_by_one_and_columns_summed():
    summed = {"sum": {"table": "staff", "column": "total"}}
    heads = {"key": "heads", "label": "人数", "type": "number", "computed": {"rows": "staff"}}
    average = {"divide": [{"field": "all_pay"}, {"field": "heads"}]}
    one = form(
        STAFF,
        {"key": "all_pay", "label": "总额", "type": "money", "computed": summed},
        heads,
        {"key": "average", "label": "平均", "type": "money", "computed": average},
    )
    rows = {
        "staff": [{"name": "甲", "months": "3", "monthly": "100.10"}, {"name": "乙", "months": "1", "monthly": "0.05"}]
    }
    found = read(one, rows=rows)
    assert found.faults == ()
    assert found.answers["staff"][0]["total"] == "300.30"
    assert (found.answers["all_pay"], found.answers["heads"], found.answers["average"]) == ("300.35", "2", "150.18")
    assert "average" not in read(one).answers


def test_what_is_wrong_in_a_row_names_the_row():
    found = read(form(STAFF), rows={"staff": [{"name": "甲", "months": "3", "monthly": "1"}, {"months": "x"}]})
    assert [(fault.row, fault.sentence) for fault in found.faults] == [
        (2, "职工第 2 行：请填写name。"),
        (2, "职工第 2 行：月数应填写数字，例如 12。"),
        (2, "职工第 2 行：请填写月工资。"),
    ]


def test_how_many_rows_and_files_are_wanted():
    good = {"name": "甲", "months": "1", "monthly": "1"}
    least = form({**STAFF, "least": 2})
    assert read(least, rows={"staff": [good]}).faults[0].sentence == "职工至少填写 2 行，现有 1 行。"
    assert read(least).faults[0].sentence == "请填写职工，至少新增一行。"
    assert read(least, rows={"staff": [good] * 4}).faults[0].sentence == "职工最多填写 3 行，现有 4 行。"
    proof = form({"key": "proof", "label": "证明", "type": "file"})
    assert read(proof).faults[0].sentence == "请上传证明。"
    assert read(proof, files={"proof": 1}).faults == ()
    assert read(proof, files={"proof": 2}).faults[0].sentence == "证明最多上传 1 个文件，现有 2 个。"


@pytest.mark.parametrize(
    "computed",
    [
        {"field": "later"},
        {"sum": {"table": "staff", "column": "name"}},
        {"sum": {"table": "nothing", "column": "total"}},
        {"value": 1, "field": "months"},
        {},
    ],
)
def test_a_computation_of_something_else_is_refused_in_the_file(computed):
    asked = {"key": "total", "label": "总额", "type": "money", "computed": computed}
    with pytest.raises(ValueError, match=r"计算"):
        form(STAFF, asked, {"key": "later", "label": "其后", "type": "number"})


def test_a_computation_deeper_than_six_is_refused():
    inner: dict[str, Any] = {"value": 1}
    for _ in range(6):
        inner = {"add": [inner, {"value": 1}]}
    with pytest.raises(ValueError, match="嵌套"):
        form({"key": "total", "label": "总额", "type": "money", "computed": inner})


# What a page sends


def test_a_page_changes_only_what_it_asked_and_what_is_not_locked():
    options = [{"value": "aa", "label": "甲"}, {"value": "bb", "label": "乙"}]
    one = form(text("name"), text("other"), {"key": "many", "label": "多选", "type": "choices", "options": options})
    before = Filled({"name": "locked", "other": "kept", "many.aa": "yes"}, {}, ("name",))
    after = merged(one, before, {"name": "x", "many.bb": "yes", "unknown": "y"}, ["name", "many"])
    assert after.typed == {"name": "locked", "other": "kept", "many.bb": "yes"}
    assert after.locked == ("name",)


# A new version of the form


def test_what_a_new_version_still_asks_is_kept_and_the_rest_is_named():
    options = [{"value": "aa", "label": "甲"}, {"value": "bb", "label": "乙"}]
    old = form(
        text("name"), text("gone"), {"key": "kind", "label": "类型", "type": "choice", "options": options}, STAFF
    )
    fewer = [options[0], {"value": "cc", "label": "丙"}]
    new = form(
        text("name"),
        {"key": "kind", "label": "类型", "type": "choice", "options": fewer},
        {**STAFF, "columns": PAY[:1]},
    )
    filled = Filled({"name": "甲", "gone": "乙", "kind": "bb"}, {"staff": [{"name": "丙", "months": "1"}]})
    kept, lost = carried_over(old, new, filled)
    assert (kept.typed, kept.rows) == ({"name": "甲"}, {"staff": [{"name": "丙"}]})
    assert lost == ("gone", "类型")


# All forms that are shipped


def _typed(one: FormField) -> st.SearchStrategy[dict[str, str]]:
    likely = {
        FieldType.YES_NO: ["yes", "no"],
        FieldType.CHOICE: [option.value for option in one.options or ()],
        FieldType.DATE: ["2026-11-28", "2027-01-01"],
        FieldType.NUMBER: ["1", "0", "30"],
        FieldType.MONEY: ["1.50", "300"],
        FieldType.CHOICES: ["yes"],
    }.get(one.type, [])
    texts = st.one_of(st.sampled_from(likely), st.text(max_size=12)) if likely else st.text(max_size=12)
    return st.fixed_dictionaries({}, optional=dict.fromkeys(controls_of(one), texts))


@st.composite
def filled_forms(draw: st.DrawFn) -> tuple[MatterForm, Filled]:
    one = forms()[draw(st.sampled_from(sorted(forms())))]
    typed: dict[str, str] = {}
    rows: dict[str, list[dict[str, str]]] = {}
    for asked in one.fields:
        if asked.type is FieldType.TABLE:
            row = st.tuples(*[_typed(column) for column in asked.columns or ()])
            rows[asked.key] = [
                {name: value for part in parts for name, value in part.items()}
                for parts in draw(st.lists(row, max_size=2))
            ]
        else:
            typed |= draw(_typed(asked))
    return one, Filled(typed, rows)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(filled_forms())
def test_whatever_stands_in_a_form_is_read_and_what_was_read_reads_the_same_again(given_form):
    one, filled = given_form
    found = read(one, filled.typed, rows=filled.rows)
    by_key = {asked.key: asked for asked in one.fields}
    assert set(found.answers) <= found.shown
    assert found.needed <= found.shown
    for fault in found.faults:
        asked = by_key[fault.field]
        assert fault.field in found.shown
        assert fault.control in (controls_of(asked) or (asked.key,))
        assert fault.sentence.endswith("。")
    for key in found.needed - set(found.answers):
        assert key in {fault.field for fault in found.faults} or by_key[key].computed is not None
    again = typed_again(one, found.answers)
    assert read(one, again.typed, rows=again.rows).answers == found.answers
    assert Filled.from_json(filled.to_json()) == filled


@pytest.mark.parametrize("key", sorted(forms()))
def test_an_empty_form_names_what_it_needs(key):
    found = read(forms()[key])
    assert {fault.field for fault in found.faults} == {
        one for one in found.needed if next(asked for asked in forms()[key].fields if asked.key == one).computed is None
    }
    assert found.faults


def test_a_row_is_read_by_itself():
    table = form(STAFF).sections[0].fields[0]
    found = read_row(table, {"name": "甲", "months": "2", "monthly": "10"}, AROUND)
    assert found.answers == {"name": "甲", "months": "2", "monthly": "10.00", "total": "20.00"}


# Rules between the columns of a row

POSTS = {
    "key": "posts",
    "label": "岗位",
    "type": "table",
    "columns": [
        {"key": "kind", "label": "形式", "type": "text"},
        {"key": "low", "label": "下限", "type": "money", "required": False},
        {"key": "high", "label": "上限", "type": "money", "required": False},
    ],
    "rules": [
        {
            "check": {"field": "high", "at_least": {"field": "low"}},
            "when": {"field": "kind", "equals": "full"},
            "message": "上限不能低于下限。",
            "field": "high",
        }
    ],
}


@pytest.mark.parametrize(
    ("row", "sentences"),
    [
        ({"kind": "full", "low": "5", "high": "4"}, ["上限不能低于下限。"]),
        ({"kind": "full", "low": "5", "high": "5"}, []),
        ({"kind": "part", "low": "5", "high": "4"}, []),
        ({"kind": "full", "low": "5"}, []),
        ({"kind": "full", "low": "x", "high": "4"}, ["下限应填写数字，例如 1200.50。"]),
    ],
)
def test_a_rule_between_columns_is_judged_in_each_row_by_itself(row, sentences):
    (table,) = form(POSTS).fields
    assert [(fault.control, fault.sentence) for fault in read_row(table, row, AROUND).faults] == [
        ("low" if "数字" in sentence else "high", sentence) for sentence in sentences
    ]
    found = read(form(POSTS), rows={"posts": [{"kind": "part"}, row]}).faults
    assert [(fault.sentence, fault.row) for fault in found] == [(f"岗位第 2 行：{one}", 2) for one in sentences]


@pytest.mark.parametrize(
    "changed",
    [
        {"field": "nothing"},
        {"check": {"field": "nothing", "filled": True}},
        {"when": {"field": "nothing", "equals": 1}},
    ],
)
def test_a_rule_about_columns_that_are_not_there_is_refused_in_the_file(changed):
    rule = {**POSTS["rules"][0], **changed}
    with pytest.raises(ValueError, match="校验规则"):
        form({**POSTS, "rules": [rule]})


def test_rules_stand_in_a_table_or_the_form_and_nowhere_else():
    with pytest.raises(ValueError, match="rules"):
        form(text("name", rules=POSTS["rules"]))


def test_faults_come_in_the_order_of_their_fields_whatever_found_them():
    one = form(
        text("first", required=False),
        text("second"),
        rules=[{"check": {"field": "first", "filled": True}, "message": "请填写第一项。", "field": "first"}],
    )
    assert [fault.field for fault in read(one).faults] == ["first", "second"]


def test_several_matters_have_rules_between_columns_and_none_names_a_year_for_ever():
    fields = [field for one in forms().values() for field in one.fields]
    assert sum(field.rules is not None for field in fields) >= 5
    every = [column for field in fields for column in (field, *(field.columns or ()))]
    bounds = [
        bound for one in every if one.suffix == "年" or "出生年" in one.label for bound in (one.at_least, one.at_most)
    ]
    assert not [bound for bound in bounds if isinstance(bound, (int, float)) and 1900 <= bound <= 2200]
