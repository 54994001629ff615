"""行政区划 of the whole country: what is where, and which choices of three lists are one place (R-2.6.8.4)."""

import pytest

from jsrs_portal.catalog.shipped import divisions, regions
from jsrs_portal.domain.divisions import Divisions
from jsrs_portal.domain.refusal import Refusal


@pytest.mark.req("R-2.6.8.4")
def test_the_whole_country_is_there():
    known = divisions()
    assert len(known.children()) == 34
    assert {one.code[:2] for one in known.children()} >= {"11", "32", "65", "71", "81", "82"}
    counties = [one for one in known.by_code.values() if not one.code.endswith("00")]
    assert 2840 <= len(counties) <= 2870
    assert all(known.children(one.code) == () for one in counties)


@pytest.mark.req("R-2.6.8.4")
def test_the_province_s_own_tree_says_the_same():
    own = {code: one.name for code, one in divisions().by_code.items() if code.startswith("32")}
    assert own == {code: one.name for code, one in regions().by_code.items()}


@pytest.mark.req("R-2.6.8.4")
@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("320583", "江苏省苏州市昆山市"),
        ("110101", "北京市东城区"),
        ("310151", "上海市崇明区"),
        ("500229", "重庆市城口县"),
        ("500157", "重庆市两江新区"),
        ("500105", ""),  # 江北区, abolished in 2025
        ("429004", "湖北省仙桃市"),
        ("419001", "河南省济源市"),
        ("469028", "海南省陵水黎族自治县"),
        ("659001", "新疆维吾尔自治区石河子市"),
        ("441900", "广东省东莞市"),
        ("810000", "香港特别行政区"),
        ("653229", "新疆维吾尔自治区和田地区和安县"),
        ("999999", ""),
        ("", ""),
    ],
)
def test_names_are_joined_as_an_address_has_them(code, name):
    assert divisions().full_name(code) == name


@pytest.mark.req("R-2.6.8.4")
@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (("320000", "320500", "320583"), "320583"),
        (("110000", "110100", "110101"), "110101"),
        (("420000", "429000", "429004"), "429004"),
        (("440000", "441900", ""), "441900"),  # a city without counties
        (("810000", "", ""), "810000"),
        (("", "", ""), "province"),
        (("32", "", ""), "province"),
        (("320500", "", ""), "province"),
        (("320000", "", ""), "city"),
        (("320000", "330100", ""), "city"),  # a city of another province
        (("320000", "320500", ""), "county"),
        (("320000", "320500", "320102"), "county"),  # a county of another city
        (("320000", "320500", "320500"), "county"),
    ],
)
def test_three_lists_name_one_place_or_say_which_of_them_does_not(chosen, expected):
    found = divisions().choose(*chosen)
    assert (found.field if isinstance(found, Refusal) else found) == expected


@pytest.mark.req("R-2.6.8.4")
def test_only_what_has_nothing_below_it_is_a_whole_place():
    known = divisions()
    assert [known.is_whole(code) for code in ("320583", "442000", "820000")] == [True] * 3
    assert [known.is_whole(code) for code in ("320000", "320500", "110100", "000000", "")] == [False] * 5


@pytest.mark.parametrize(
    "rows",
    [
        [("320000", "江苏省"), ("320102", "玄武区")],
        [("330000", "浙江省"), ("320000", "江苏省")],
        [("32000", "江苏省")],
        [("320000", "")],
        [("三二〇〇〇〇", "江苏省")],
    ],
)
def test_a_list_that_does_not_nest_is_not_taken(rows):
    with pytest.raises(ValueError, match="行政区划代码"):
        Divisions(rows)
