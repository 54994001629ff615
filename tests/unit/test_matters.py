"""A matter's file: what is refused and why, conditions as a tree, regions and groups (rule 4, R-2.1.5, R-2.1.9)."""

import json

import pytest
from pydantic import ValidationError

from jsrs_portal.catalog.shipped import regions, taxonomy
from jsrs_portal.domain.matter_conditions import Condition, fields_of, holds
from jsrs_portal.domain.matters import MatterDefinition
from jsrs_portal.domain.regions import RegionTree
from tests.support.matters import example, matter

pytestmark = pytest.mark.req("R-2.1.9")


def refused(values):
    """Return what is said about a matter that is refused."""
    with pytest.raises(ValidationError) as caught:
        MatterDefinition.model_validate(values)
    return str(caught.value)


def changed(path, value):
    """Return the example with the value at ``path`` replaced, or removed for ``...``."""
    values = example()
    place = values
    for part in path[:-1]:
        place = place[part]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return values


def test_the_example_is_complete_and_outlasts_being_stored():
    made = MatterDefinition.model_validate(example())
    assert MatterDefinition.model_validate_json(made.model_dump_json(by_alias=True)) == made


def test_implementation_code_is_body_highest_level_and_basic_code():
    made = MatterDefinition.model_validate(example())
    assert made.implementation_code == made.implementer.uscc + "2" + made.codes.basic
    assert len(made.implementation_code) == 31


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("codes", "basic"), "32203901400", "String should match"),
        (("codes", "basic"), "432039014002", "基本编码前两位"),
        (("codes", "basic"), "320139014002", "「公共服务」的代码 20"),
        (("codes", "implementation"), "11320000014000183A3322039014002", "实施编码须为"),
        (("codes", "item"), "11320000014000183A332203901400201", "业务办理项编码"),
        (("implementer", "uscc"), "11320000014000183B", "校验码不符"),
        (("regions",), ["all", "320100"], "写了 all"),
        (("sides",), ["unit", "unit"], "重复"),
        (("handling",), "即办件", "即办件的承诺时限"),
        (("online", "url"), "https://example.org", "elsewhere"),
        (("guide", "materials"), [], "no_materials"),
        (("guide", "visits"), 1, "visit_reason"),
        (("guide", "fee", "charged"), True, "items"),
        (("guide", "promised_limit", "days"), 30, "长于法定"),
        (("guide", "materials", 2, "exempt_note"), "", "免提交"),
        (("guide", "basis"), ..., "Field required"),
        (("workflow",), ..., "同时提供"),
        (("workflow", "steps", 1, "days"), 9, "超过承诺时限"),
        (("form", "sections", 2, "fields", 1, "material"), "nothing", "不存在的材料"),
        (("name",), "两\n行", "String should match"),
        (("surprise",), "x", "Extra inputs"),
    ],
)
def test_what_does_not_agree_is_refused_with_its_reason(path, value, said):
    assert said in refused(changed(path, value))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a b", "ftp://x.y"]
)
def test_no_address_that_a_browser_would_execute(url):
    assert "url" in refused(changed(("online",), {"way": "elsewhere", "name": "别处", "url": url}))


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ({"type": "choice"}, "须列出 options"),
        ({"type": "table"}, "须列出 columns"),
        ({"type": "text", "at_least": 1}, "at_least 不能用于"),
        ({"type": "text", "locked": True}, "prefill"),
        ({"type": "text", "min_length": 5, "max_length": 3}, "下限大于上限"),
        ({"type": "text", "show_when": {"field": "later", "equals": 1}}, "不存在或排在其后"),
        ({"type": "table", "columns": [{"key": "aa", "label": "列", "type": "file"}]}, "不能是表格或附件"),
    ],
)
def test_a_field_that_cannot_be_asked_is_refused(field, said):
    values = example()
    values["form"]["sections"][0]["fields"].append({"key": "extra", "label": "附加", **field})
    assert said in refused(values)


def test_a_question_cannot_depend_on_itself():
    values = example()
    asked = {"key": "loop", "label": "环", "type": "text", "show_when": {"field": "loop", "filled": True}}
    values["form"]["sections"][0]["fields"].append(asked)
    assert "loop" in refused(values)


@pytest.mark.parametrize(
    ("condition", "answers", "true"),
    [
        ({"field": "aa", "equals": 3}, {"aa": "3.0"}, True),
        ({"field": "aa", "equals": True}, {"aa": "是"}, True),
        ({"field": "aa", "equals": False}, {"aa": "是"}, False),
        ({"field": "aa", "one_of": ["x", "y"]}, {"aa": "y"}, True),
        ({"field": "aa", "includes": "x"}, {"aa": ["w", "x"]}, True),
        ({"field": "aa", "filled": False}, {}, True),
        ({"field": "aa", "filled": True}, {"aa": " "}, False),
        ({"field": "aa", "at_least": 10}, {"aa": "9"}, False),
        ({"field": "aa", "above": {"field": "bb"}}, {"aa": "2026-03-02", "bb": "2026-02-28"}, True),
        ({"field": "aa", "above": {"field": "bb"}}, {"aa": "2026-03-02"}, False),
        ({"all": [{"field": "aa", "at_most": 1}, {"field": "bb", "below": 1}]}, {"aa": 1, "bb": 1}, False),
        ({"any": [{"field": "aa", "at_most": 1}, {"field": "bb", "below": 1}]}, {"aa": 1, "bb": 1}, True),
        ({"not": {"field": "aa", "equals": "x"}}, {}, True),
    ],
)
def test_conditions_say_what_they_say(condition, answers, true):
    assert holds(Condition.model_validate(condition), answers) is true


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "aa"},
        {"equals": 1},
        {"field": "aa", "equals": 1, "above": 2},
        {"all": [{"field": "aa", "filled": True}], "field": "aa"},
        {"all": []},
        {"any": [{"field": "aa", "filled": True}], "not": {"field": "aa", "filled": True}},
    ],
)
def test_a_condition_is_exactly_one_thing(condition):
    with pytest.raises(ValidationError):
        Condition.model_validate(condition)


def test_a_condition_knows_every_field_it_looks_at():
    condition = Condition.model_validate(
        {"all": [{"field": "aa", "above": {"field": "bb"}}, {"not": {"field": "cc", "filled": True}}]}
    )
    assert list(fields_of(condition)) == ["aa", "bb", "cc"]


@pytest.mark.req("R-2.1.3")
def test_the_province_has_thirteen_cities_and_ninety_five_counties():
    found = list(regions().by_code.values())
    assert [sum(region.level == level for region in found) for level in ("省级", "市级", "县级")] == [1, 13, 95]


@pytest.mark.req("R-2.1.8", "R-2.1.10")
def test_what_exists_in_a_city_exists_in_its_counties_and_what_is_the_provinces_alone_does_not():
    tree = regions()
    assert tree.matter_scopes("320583") == ("all", "320583", "320500")
    assert tree.matter_scopes("320500") == ("all", "320500")
    assert tree.matter_scopes("320000") == tree.matter_scopes("nonsense") == ("all", "320000")
    assert tree.news_scopes("320583") == ("320583", "320500", "320000")
    assert tree.full_name("320583") == "苏州市 昆山市"
    assert tree.full_name("320500") == "苏州市"
    assert tree.full_name("320000") == tree.by_code["320000"].short == "省本级"
    assert tree.full_name("330000") == ""


def test_codes_that_do_not_nest_are_refused():
    values = json.loads(regions().model_dump_json())
    values["cities"][0]["counties"][0]["code"] = "320299"
    with pytest.raises(ValidationError, match="不属于 南京市"):
        RegionTree.model_validate(values)


@pytest.mark.req("R-2.1.4", "R-2.1.5", "R-2.1.6")
def test_the_groups_are_the_manuals_in_its_order():
    groups = taxonomy()
    assert [g.name for g in groups.audiences] == ["高校毕业生", "失业人员", "创业人员", "工伤人员", "其他人员"]
    assert [g.name for g in groups.categories] == ["就业创业", "社会保险", "人才人事", "劳动关系", "社会保障卡"]
    themes = "参保登记 招聘推荐 失业 人才人事 退工停保 个人创业 高校毕业 就业补贴 创业补贴"
    assert [g.name for g in groups.themes] == themes.split()
    jobs = groups.category("employment")
    assert jobs is not None
    assert [part.name for part in jobs.subcategories] == ["就业", "创业", "补贴", "培训", "小额贷款"]


def test_an_unknown_group_is_named_with_those_there_are():
    wrong = matter("some-key", "某事项", subcategory="nothing", themes=["never"], audiences=["nobody"])
    found = dict(taxonomy().problems(wrong))
    assert set(found) == {"subcategory", "themes", "audiences"}
    assert "contracts（劳动合同）" in found["subcategory"]
