"""Why one may not apply, in a sentence that says what to do (R-2.1.9)."""

import pytest

from jsrs_portal.catalog.shipped import regions
from jsrs_portal.domain.applying import why_not_apply
from jsrs_portal.domain.authority import Actor, Role
from tests.support.matters import matter

pytestmark = pytest.mark.req("R-2.1.9")

VISITOR = Actor(session_key="v")
AGENT = Actor(session_key="a", person_id="p", unit_id="u", grant_id="g", role=Role.AGENT)
PERSON = Actor(session_key="p", person_id="p")
ONLINE = {"way": "hall"}


def why(actor=VISITOR, region="320000", **fields):
    return why_not_apply(
        matter("some-matter", "某事项", number=1, **fields), region=region, tree=regions(), actor=actor
    )


@pytest.mark.parametrize("actor", [None, VISITOR, AGENT])
def test_a_units_matter_can_be_applied_for(actor):
    assert why(actor, sides=["unit"], online=ONLINE) == ""


def test_somebody_acts_for_the_wrong_side():
    assert why(AGENT, sides=["person"], online=ONLINE) == "该事项由个人申报，单位账号不能代为申报。"
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
