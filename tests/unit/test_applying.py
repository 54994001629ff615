"""Why one may not apply, in a sentence that says what to do (R-2.1.9)."""

from dataclasses import replace

import pytest

from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain.applying import why_not_apply
from jsrs_portal.domain.authority import Actor, Role, Scope
from tests.support.matters import matter

pytestmark = pytest.mark.req("R-2.1.9")

VISITOR = Actor(session_key="v")
BOSS = Actor(session_key="b", person_id="p", unit_id="u", grant_id="g", role=Role.LEGAL_REP)
ADMIN = replace(BOSS, role=Role.ADMIN)
AGENT = replace(BOSS, role=Role.AGENT, scope=Scope.of(["labour"]))
PERSON = Actor(session_key="p", person_id="p")
ONLINE = {"way": "hall"}


def why(actor=VISITOR, region="320000", **fields):
    return why_not_apply(
        matter("some-matter", "某事项", number=1, **fields), region=region, tree=regions(), actor=actor
    )


@pytest.mark.parametrize("actor", [None, VISITOR, BOSS, ADMIN, AGENT])
def test_a_units_matter_can_be_applied_for(actor):
    assert why(actor, sides=["unit"], online=ONLINE) == ""


def test_somebody_acts_for_the_wrong_side():
    assert why(AGENT, sides=["person"], online=ONLINE) == "该事项由个人申报，单位账号不能代为申报。"
    assert why(AGENT, sides=["institution"], online=ONLINE) == "该事项由机构申报，单位账号不能代为申报。"
    assert why(BOSS, sides=["person", "institution"], online=ONLINE) == "该事项由个人申报，单位账号不能代为申报。"
    assert "请先在用户中心选择单位" in why(PERSON, sides=["unit"], online=ONLINE)
    assert why(AGENT, sides=["person", "unit"], online=ONLINE) == why(PERSON, sides=["person"], online=ONLINE) == ""
    assert why(VISITOR, sides=["person"], online=ONLINE) == ""  # nobody is known yet


def test_a_matter_of_another_region_says_where():
    said = why(regions=["320500", "320100"], online=ONLINE)
    assert said == "该事项不在省本级办理。如需在苏州、南京办理，请先切换区域。"
    assert why(region="320583", regions=["320500"], online=ONLINE) == ""
    many = [city.code for city in regions().children("320000")]
    assert "等地办理" in why(regions=many, online=ONLINE)


def test_what_is_done_at_the_window_says_how():
    assert why(online={"way": "offline", "note": "请带材料到窗口。"}) == "该事项不能网上申报。请带材料到窗口。"


def test_another_site_decides_for_itself_and_looking_up_is_not_applying():
    away = {"way": "elsewhere", "url": "https://www.jszwfw.gov.cn", "name": "江苏政务服务网"}
    assert why(AGENT, sides=["person"], online=away) == ""
    assert why(AGENT, sides=["person"], kind="查询", online=ONLINE) == ""


@pytest.mark.req("R-2.6.5.5")
@pytest.mark.parametrize(
    ("scope", "may"),
    [
        (Scope.of(["labour"]), True),
        (Scope.of([], ["some-matter"]), True),
        (Scope.of(["insurance"], ["some-matter"]), True),
        (Scope.of(["insurance"]), False),
        (Scope.of([], ["another-matter"]), False),
        (Scope(), False),
    ],
)
def test_an_agent_applies_for_what_was_granted_and_hears_who_can_grant_more(scope, may):
    said = why(replace(AGENT, scope=scope), sides=["unit"], online=ONLINE)
    assert (said == "") is may
    if not may:
        assert said.startswith("您的授权不包含该业务。")
        assert "法定代表人或管理员" in said


@pytest.mark.req("R-2.6.5.5")
def test_only_agents_are_asked_for_a_scope():
    """Neither whoever may do anything for the unit, nor a person for themself, nor a visitor who has yet to log in."""
    outside = replace(AGENT, scope=Scope.of(["insurance"]))
    assert why(outside, sides=["person", "unit"], online=ONLINE) != ""
    for actor in (BOSS, ADMIN, PERSON, VISITOR, None):
        assert why(actor, sides=["person", "unit"], online=ONLINE) == ""
    assert why(outside, sides=["unit"], kind="查询", online=ONLINE) == ""


def test_an_institution_applies_for_what_institutions_may():
    institution = Actor(session_key="i", person_id="p", institution_id="i", role=Role.INSTITUTION_ADMIN)
    assert why(institution, sides=["unit", "institution"], online=ONLINE) == ""
    assert why(institution, sides=["unit"], online=ONLINE) == "该事项不由机构申报，请以单位或个人身份办理。"
    assert "不由机构申报" in why(institution, sides=["person"], online=ONLINE)
