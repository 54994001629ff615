"""What the hall ships with: enough matters, every group filled, every guide complete and written for its own matter."""

import json
import re
from functools import lru_cache
from itertools import combinations

import pytest

from jsrs_portal.catalog.loader import Catalogue
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.form_words import masked_words_of, words_of
from jsrs_portal.domain.matter_forms import FieldType, FormField
from jsrs_portal.domain.matters import MatterDefinition, OnlineWay, Side
from tests.support.shipped import shipped_catalogue

MANUAL = {
    "劳动关系": (
        "劳务派遣情况报告",
        "案件中止",
        "合同信息管理",
        "劳动合同续签",
        "企业外网填报",
        "企业薪酬调查统计报表",
        "企业职工工资情况调查",
        "劳动合同拟定",
        "劳动合同变更",
        "劳动合同终止",
    ),
    "单位主页": (
        "企业经济性裁减人员备案",
        "工勤人员非关键信息修改",
        "职业年金转出",
        "劳动保障监察书面审查",
        "紧缺型高技能人才培训学员成绩管理",
        "设立技工学校审批",
        "岗位技能提升培训补贴差价补申报",
        "紧缺型高技能人才培训证书生成及打印",
        "民办职业培训学校变更",
        "转岗转业培训机构维护",
        "事业单位离休人员补贴核定情况查询",
        "单位网络招聘",
        "省博士后创新实践基地申报",
        "国家级技能大师工作室建设项目申报",
        "岗位技能提升培训补贴",
        "劳动人事争议仲裁申请",
        "劳动人事争议调解申请",
        "调解登记",
    ),
}
"""The matters that the operation manual shows (R-2.1.5, R-2.6.1.2)."""
SHINGLE = 8
MOST_SHARED = 0.25
_BOILERPLATE = ("basis", "remedy")
"""Parts that quote the law: who may be appealed to and which articles apply is the same for many matters."""


ABOUT_PEOPLE = re.compile(
    "姓名|名单|病|伤|残|孕|健康|诊断|死亡|家庭|亲属|婚|子女|民族|政治面貌|人员及|捐赠人|与.*职工的关系"
)
"""What a question's label says when its answer names people, or tells of their health or family."""
NOT_OF_ONE = {
    "hiring-expansion-subsidy.pushed": "whether there is a list at all",
    "hiring-expansion-subsidy.confirmation": "what the unit thinks of the whole list",
    "employee-withdrawal.has_special": "whether the list has any such people; who they are is masked there",
    "labour-inspection-written-review.contract_gap": "how many, and by when: the inspection is of the unit",
    "special-working-hours.pregnant": "whether there are any; nobody is named",
    "internship-base.insurance_amount": "what everybody there is insured for",
    "work-injury-recognition.insured": "whether the unit paid",
    "work-injury-recognition.injury_kind": "which article is applied: a road, a workplace, an illness by work",
    "work-injury-recognition.deceased": "which way the case goes",
    "work-injury-recognition.happened_on": "the day from which the limit of the law counts",
    "work-injury-recognition.died_on": "as above",
}
"""Answers that an officer reads without a reason all the same, and why."""
_SAMPLES = {FieldType.YES_NO: True, FieldType.DATE: "2026-11-02", FieldType.NUMBER: "12", FieldType.MONEY: "12"}


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    """Everything under ``catalog/``, read as a load reads it."""
    return shipped_catalogue()


@lru_cache
def _definitions() -> tuple[MatterDefinition, ...]:
    return tuple(shipped_catalogue().matters.values())


def test_no_file_has_a_fault(shipped):
    assert [str(fault) for fault in shipped.faults] == []


@pytest.mark.req("R-2.1.5")
def test_there_are_sixty_matters_and_eight_in_every_category(shipped):
    categories = [matter.category for matter in shipped.matters.values()]
    assert len(categories) >= 60
    few = {c.name: categories.count(c.key) for c in shipped.taxonomy.categories if categories.count(c.key) < 8}
    assert few == {}


@pytest.mark.req("R-2.1.4", "R-2.1.6")
def test_nothing_that_can_be_chosen_is_empty(shipped):
    matters = shipped.matters.values()
    themes = {theme for matter in matters for theme in matter.themes}
    audiences = {audience for matter in matters for audience in matter.audiences}
    parts = {(matter.category, matter.subcategory) for matter in matters}
    groups = shipped.taxonomy
    assert {group.key for group in groups.themes} == themes
    assert {group.key for group in groups.audiences} == audiences
    assert {(group.key, part.key) for group in groups.categories for part in group.subcategories} == parts
    assert {side for matter in matters for side in matter.sides} == set(Side)
    assert {matter.online.way for matter in matters} >= {OnlineWay.HALL, OnlineWay.ELSEWHERE}


@pytest.mark.req("R-2.1.5")
@pytest.mark.parametrize("where", list(MANUAL))
def test_the_matters_that_the_manual_shows_are_there(shipped, where):
    names = {matter.name for matter in shipped.matters.values()}
    assert set(MANUAL[where]) - names == set()


@pytest.mark.req("R-2.1.10")
def test_there_are_announcements_of_every_kind_and_thirteen_fronts(shipped):
    news = shipped.announcements.values()
    assert len(news) >= 12
    assert {one.kind for one in news} == {"公示", "公告", "通知"}
    assert len(shipped.cities) == 13


@pytest.mark.req("R-2.1.10")
def test_what_announcements_link_to_in_the_hall_is_there(shipped):
    lists = {"/services", "/units", "/persons", "/queries", "/register/person", "/register/unit", "/login"}
    pages = lists | {f"/matters/{key}" for key in shipped.matters}
    links = [link for one in shipped.announcements.values() for link in re.findall(r"\]\((/[^)?#]*)", one.body)]
    assert links
    assert set(links) - pages == set()


@pytest.mark.req("R-2.1.9")
@pytest.mark.parametrize("matter", _definitions(), ids=lambda matter: matter.key)
def test_a_guide_is_complete(matter):
    guide = matter.guide
    assert len(guide.conditions) >= 2
    assert len(guide.materials) >= 1 or guide.no_materials
    assert len(guide.steps) >= 2
    assert len(guide.faqs) >= 3
    assert guide.basis
    assert guide.offices
    assert guide.results


def _questions(matter: MatterDefinition) -> list[tuple[str, FormField]]:
    """Return all questions and columns that are answered by themselves, under the names of :data:`NOT_OF_ONE`."""
    asked = [one for field in (matter.form.fields if matter.form else ()) for one in (field, *(field.columns or ()))]
    return [(f"{matter.key}.{one.key}", one) for one in asked if one.type not in (FieldType.FILE, FieldType.TABLE)]


def _shown_at_the_desk(one: FormField) -> bool:
    """Tell whether officers read an answer as it is; addresses, persons and units are masked by what they are."""
    if one.type in (FieldType.ADDRESS, FieldType.PERSON):
        return False
    answer = one.options[0].value if one.options else _SAMPLES.get(one.type, "陈旧性骨折")
    return masked_words_of(one, answer, divisions()) == words_of(one, answer, divisions())


@pytest.mark.req("R-2.6.3.2")
def test_what_names_people_or_tells_of_their_health_and_family_is_masked_at_the_desk():
    about = {
        name: one for matter in _definitions() for name, one in _questions(matter) if ABOUT_PEOPLE.search(one.label)
    }
    shown = {name for name, one in about.items() if _shown_at_the_desk(one)}
    assert shown == set(NOT_OF_ONE)


def _shingles(matter: MatterDefinition) -> frozenset[str]:
    """Return every run of eight characters of what the guide says itself, law and remedies aside."""
    guide = json.loads(matter.guide.model_dump_json(exclude=set(_BOILERPLATE)))
    texts = " ".join(_texts(guide))
    plain = re.sub(r"[^\u4e00-\u9fffA-Za-z0-9]", "", texts)
    return frozenset(plain[place : place + SHINGLE] for place in range(len(plain) - SHINGLE + 1))


def _texts(found: object) -> list[str]:
    if isinstance(found, str):
        return [found]
    if isinstance(found, dict):
        return [text for value in found.values() for text in _texts(value)]
    return [text for value in found for text in _texts(value)] if isinstance(found, list) else []


@pytest.mark.req("R-2.1.9")
def test_no_two_guides_share_more_than_a_quarter():
    """Containment of the smaller in the larger; the worst pairs are named."""
    written = [(matter.key, _shingles(matter)) for matter in _definitions()]
    shared = [
        (len(mine & others) / min(len(mine), len(others)), one, other)
        for (one, mine), (other, others) in combinations(written, 2)
    ]
    worst = sorted(shared, reverse=True)[:5]
    assert worst[0][0] < MOST_SHARED, worst
