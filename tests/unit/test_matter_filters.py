"""The filters of a list are links: every choice is in the address and nothing else is believed (R-2.1.10)."""

import pytest

from jsrs_portal.catalog.shipped import taxonomy
from jsrs_portal.services.catalog import GroupCount, MatterFilter
from jsrs_portal.state.matter_filters import LISTINGS, filter_rows, href_of, wanted_of

pytestmark = pytest.mark.req("R-2.1.10")
EVERYWHERE = "320000"


def _counts() -> list[GroupCount]:
    groups = taxonomy()
    found = [GroupCount("category", group.key, group.name, 3) for group in groups.categories]
    found += [GroupCount("subcategory", p.key, p.name, 1) for group in groups.categories for p in group.subcategories]
    found += [GroupCount("theme", group.key, group.name, 1) for group in groups.themes]
    return found + [GroupCount("audience", group.key, group.name, 1) for group in groups.audiences]


def test_what_the_address_says_is_what_the_list_is_narrowed_to():
    query = {"category": "labour", "subcategory": "contracts", "online": "hall"}
    wanted = wanted_of(LISTINGS["/services"], query, "320500")
    assert (wanted.category, wanted.subcategory, wanted.online, wanted.region) == (
        "labour",
        "contracts",
        "hall",
        "320500",
    )
    assert href_of(LISTINGS["/services"], wanted) == (
        "/services?category=labour&subcategory=contracts&online=hall&region=320500"
    )


@pytest.mark.parametrize(
    "query",
    [
        {"category": "nonsense"},
        {"subcategory": "contracts"},
        {"category": "employment", "subcategory": "contracts"},
        {"theme": "'; DROP TABLE matters"},
        {"kind": "x" * 5000},
    ],
)
def test_unknown_choices_count_as_none(query):
    wanted = wanted_of(LISTINGS["/services"], query, EVERYWHERE)
    assert wanted.subcategory == wanted.theme == wanted.kind == ""


def test_what_a_page_is_narrowed_to_cannot_be_changed_by_its_address():
    assert wanted_of(LISTINGS["/units"], {"side": "person"}, EVERYWHERE).side == "unit"
    assert wanted_of(LISTINGS["/queries"], {"kind": "办事"}, EVERYWHERE).kind == "查询"


@pytest.mark.parametrize("path", list(LISTINGS))
def test_exactly_one_choice_of_a_row_is_in_force(path):
    listing = LISTINGS[path]
    rows = filter_rows(listing, wanted_of(listing, {"category": "labour"}, EVERYWHERE), _counts())
    assert [sum(option.current for option in row.options) for row in rows] == [1] * len(rows)
    assert rows


def test_parts_appear_with_their_category_and_go_with_it():
    listing = LISTINGS["/services"]
    assert "分类" not in {row.name for row in filter_rows(listing, MatterFilter(), _counts())}
    rows = {
        row.name: row for row in filter_rows(listing, MatterFilter(category="labour", subcategory="wages"), _counts())
    }
    assert [option.label for option in rows["分类"].options if option.current] == ["工资薪酬"]
    other = next(option for option in rows["业务"].options if option.label == "社会保险")
    assert other.href == "/services?category=insurance"


def test_a_group_without_matters_here_is_not_offered():
    counts = [count for count in _counts() if count.key != "card"]
    rows = {row.name: row for row in filter_rows(LISTINGS["/services"], MatterFilter(), counts)}
    assert "社会保障卡" not in {option.label for option in rows["业务"].options}
