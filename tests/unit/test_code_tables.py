"""The national code tables: complete, without a code twice, and found by code, words and pinyin (R-2.6.2.2)."""

from collections import Counter

import pytest

from jsrs_portal.catalog.shipped import code_table
from jsrs_portal.domain import identifiers
from jsrs_portal.domain.code_tables import TABLES, CodeTable, problems
from jsrs_portal.domain.identifiers import check_uscc
from jsrs_portal.gateways.business_registry.sandbox_units import UNITS
from jsrs_portal.services.code_search import MOST, choice_of, find_codes, resolve

pytestmark = pytest.mark.req("R-2.6.2.2")


def test_industries_are_complete_down_to_the_class():
    """GB/T 4754-2017 with amendment 1: 20 门类, 97 大类, 473 中类, 1382 小类."""
    table = code_table("industries")
    assert Counter(map(len, table.names)) == {1: 20, 3: 97, 4: 473, 5: 1382}
    assert all(code[:width] in table.names for code in table.names for width in (1, 3, 4) if width < len(code))
    assert len(table.offered) == 1382
    assert table.by_code["I6513"].path == ("信息传输、软件和信息技术服务业", "软件和信息技术服务业", "软件开发")


def test_what_the_first_amendment_changed_is_there():
    names = code_table("industries").names
    assert names["S9231"] == "监察委员会"
    assert (names["S9232"], names["S9233"]) == ("人民法院", "人民检察院")


@pytest.mark.parametrize(
    ("key", "size"), [("economic_types", 34), ("subordinations", 12), ("unit_categories", 36), ("public_natures", 8)]
)
def test_the_smaller_tables(key, size):
    table = code_table(key)
    assert len(table.rows) == size
    assert len({name for _, name in table.rows}) == size


def test_every_credit_code_begins_with_a_unit_category():
    """单位类别 is what GB 32100-2015 writes into the code: each first pair that is accepted has a name."""
    table = code_table("unit_categories")
    accepted = {authority + kind for authority, kinds in identifiers._CATEGORIES.items() for kind in kinds}
    assert set(table.names) == accepted
    for unit in UNITS:
        assert unit.uscc[:2] in table.names
        assert check_uscc(unit.uscc).ok


def test_the_registry_names_codes_that_exist():
    for unit in UNITS:
        assert unit.facts.industry_code in code_table("industries").by_code
        assert unit.facts.economic_type in code_table("economic_types").by_code


@pytest.mark.parametrize("key", TABLES)
def test_a_table_has_no_code_twice_and_says_by_which_standard(key):
    table = code_table(key)
    assert problems(table.rows) == []
    assert "《" in table.spec.standard
    assert table.words("nothing") == "nothing"
    assert table.words("") == ""


def test_a_faulty_table_is_refused():
    assert problems((("1", "甲"), ("1", "乙"))) == ["代码 1 重复"]
    assert problems((("2", ""),)) == ["代码「2」或其名称为空"]
    assert CodeTable(TABLES["subordinations"], (("1", "甲"),)).offered[0].path == ()


@pytest.mark.parametrize("text", ["I6513", "i6513", "6513", "应用软件开发", "yyrjkf", "yingyongruanjian", "应用 651"])
def test_an_industry_is_found_by_code_words_and_pinyin(text):
    assert find_codes("industries", text)[0].label == "I6513 应用软件开发"


@pytest.mark.parametrize("text", ["320583", "昆山", "江苏 昆山", "kss", "江苏省苏州市昆山市"])
def test_a_division_is_found_by_code_place_and_initials(text):
    assert "江苏省苏州市昆山市（320583）" in [one.label for one in find_codes("divisions", text)]


@pytest.mark.parametrize(
    "text", ["320583", "320583 江苏省苏州市昆山市", "江苏省苏州市昆山市（320583）", "江苏省苏州市昆山市"]
)
def test_a_division_is_told_by_its_code_its_name_or_both(text):
    assert resolve("divisions", text) == "320583"
    assert resolve("divisions", "江苏省苏州市太仓市（320583）") == ""


def test_no_division_is_a_mere_group():
    table = code_table("divisions")
    assert "110100" not in table.names
    assert table.names["110101"] == "北京市东城区"
    assert len(table.offered) > 3_000


def test_what_is_nearest_comes_first():
    assert [one.code for one in find_codes("economic_types", "17")][:1] == ["170"]
    assert find_codes("economic_types", "有限责任")[0].code == "150"
    assert find_codes("subordinations", "s")[0].code == "20"


def test_what_it_is_a_part_of_is_said_and_looked_in():
    assert [one.label for one in find_codes("industries", "软件和信息技术 支撑软件")] == ["I6512 支撑软件开发"]
    (one,) = find_codes("industries", "P8310")
    assert one.note == "教育 · 教育 · 学前教育"


def test_answers_are_few_whatever_is_asked():
    assert len(find_codes("industries", "")) == MOST
    assert len(find_codes("industries", "制造")) == MOST
    assert find_codes("industries", "没有这样的行业") == ()
    assert find_codes("nonsense", "1") == ()
    assert find_codes("industries", "业" * 10_000) == ()


def test_only_classes_may_be_chosen():
    assert all(len(one.code) == 5 for one in find_codes("industries", "I65"))


def test_a_kept_code_stands_in_its_field():
    assert choice_of("economic_types", "159").label == "159 其他有限责任（公司）"
    assert choice_of("economic_types", "999").label == "999"
    assert choice_of("economic_types", "").label == ""
