"""机构: who may do what in which state and why not, kinds, levels, numbers, the first password (R-2.6.6)."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.institutions import (
    ACTION_LABELS,
    FIRST_PASSWORD_LIFE,
    KINDS,
    LEVEL_LABELS,
    REASON_SENTENCES,
    STATUS_LABELS,
    TABLE,
    InstitutionAction,
    InstitutionLevel,
    InstitutionReason,
    InstitutionStatus,
    first_password,
    institution_number,
    why_not,
)
from jsrs_portal.domain.permissions import ROLE_PERMISSIONS, Permission, Role

# Who may do what to an institution of their unit, in which state. Written out from the requirements, cell by cell.
# The columns are the states REGISTERED, OPEN, DISABLED.

EXPECTED = """
LEGAL_REP         VIEW    yes            yes            yes
LEGAL_REP         OPEN    yes            OPEN_ALREADY   DISABLED
LEGAL_REP         RESET   NOT_OPEN       yes            DISABLED
LEGAL_REP         REPLACE NOT_OPEN       yes            DISABLED
LEGAL_REP         DISABLE NOT_OPEN       yes            DISABLED
LEGAL_REP         ENABLE  NOT_OPEN       NOT_DISABLED   yes
ADMIN             VIEW    yes            yes            yes
ADMIN             OPEN    yes            OPEN_ALREADY   DISABLED
ADMIN             RESET   NOT_OPEN       yes            DISABLED
ADMIN             REPLACE NOT_OPEN       yes            DISABLED
ADMIN             DISABLE NOT_OPEN       yes            DISABLED
ADMIN             ENABLE  NOT_OPEN       NOT_DISABLED   yes
AGENT             VIEW    yes            yes            yes
AGENT             OPEN    NOT_FOR_AGENTS NOT_FOR_AGENTS NOT_FOR_AGENTS
AGENT             RESET   NOT_FOR_AGENTS NOT_FOR_AGENTS NOT_FOR_AGENTS
AGENT             REPLACE NOT_FOR_AGENTS NOT_FOR_AGENTS NOT_FOR_AGENTS
AGENT             DISABLE NOT_FOR_AGENTS NOT_FOR_AGENTS NOT_FOR_AGENTS
AGENT             ENABLE  NOT_FOR_AGENTS NOT_FOR_AGENTS NOT_FOR_AGENTS
INSTITUTION_ADMIN VIEW    NOT_YOURS      NOT_YOURS      NOT_YOURS
INSTITUTION_ADMIN OPEN    NOT_YOURS      NOT_YOURS      NOT_YOURS
INSTITUTION_ADMIN RESET   NOT_YOURS      NOT_YOURS      NOT_YOURS
INSTITUTION_ADMIN REPLACE NOT_YOURS      NOT_YOURS      NOT_YOURS
INSTITUTION_ADMIN DISABLE NOT_YOURS      NOT_YOURS      NOT_YOURS
INSTITUTION_ADMIN ENABLE  NOT_YOURS      NOT_YOURS      NOT_YOURS
"""
CELLS = [
    (role, action, status, answer)
    for role, action, *answers in (line.split() for line in EXPECTED.strip().splitlines())
    for status, answer in zip(("REGISTERED", "OPEN", "DISABLED"), answers, strict=True)
]


def acting(role: Role | None, **other: str) -> Actor:
    return replace(Actor(session_key="k", person_id="p", unit_id="u", grant_id="g", role=role), **other)


@pytest.mark.req("R-2.6.6.2", "R-2.6.6.4")
@pytest.mark.parametrize(("role", "action", "status", "answer"), CELLS, ids=lambda word: word.lower())
def test_every_cell_of_the_table(role, action, status, answer):
    expected = None if answer == "yes" else InstitutionReason(answer)
    found = why_not(acting(Role(role)), InstitutionAction(action), unit_id="u", status=InstitutionStatus(status))
    assert found is expected


@pytest.mark.req("R-2.6.6.2")
def test_the_table_says_something_about_every_combination_and_nothing_else():
    assert set(TABLE) == set(product(Role, InstitutionAction))
    said = {(Role(role), InstitutionAction(action), InstitutionStatus(status)) for role, action, status, _ in CELLS}
    assert said == set(product(Role, InstitutionAction, InstitutionStatus))


@pytest.mark.req("R-2.6.6.2", "R-2.6.6.5")
@pytest.mark.parametrize("status", list(InstitutionStatus))
@pytest.mark.parametrize("action", list(InstitutionAction))
def test_whoever_does_not_act_for_the_unit_may_do_nothing_to_its_institutions(action, status):
    strangers = [Actor(session_key="k"), Actor(session_key="k", person_id="p"), acting(None)]
    strangers += [acting(role, unit_id="another") for role in Role]
    strangers += [acting(role, unit_id="", institution_id="i") for role in Role]
    for stranger in strangers:
        for unit in ("u", ""):
            assert why_not(stranger, action, unit_id=unit, status=status) is InstitutionReason.NOT_YOURS


@pytest.mark.req("R-2.6.6.2", "R-2.6.6.5")
def test_permissions_say_the_same_as_the_table():
    """A handler lets nobody through whom the table refuses, and nobody is stopped whom it admits."""
    holders = {permission: {role for role in Role if acting(role).may(permission)} for permission in Permission}
    viewers = {role for role in Role if TABLE[role, InstitutionAction.VIEW] is None}
    managers = {role for role in Role if TABLE[role, InstitutionAction.OPEN] is None}
    assert holders[Permission.INSTITUTIONS_VIEW] == viewers == {Role.LEGAL_REP, Role.ADMIN, Role.AGENT}
    assert holders[Permission.INSTITUTIONS_MANAGE] == managers == {Role.LEGAL_REP, Role.ADMIN}
    assert holders[Permission.INSTITUTION_OWN] == {Role.INSTITUTION_ADMIN}
    assert ROLE_PERMISSIONS[Role.INSTITUTION_ADMIN] == {Permission.APPLY, Permission.INSTITUTION_OWN}


@pytest.mark.req("R-2.6.6.3")
@pytest.mark.parametrize("role", list(Role))
def test_with_a_first_password_there_is_nothing_but_its_change(role):
    fresh = replace(acting(role), must_change=True)
    assert [permission for permission in Permission if fresh.may(permission)] == [Permission.FIRST_PASSWORD]
    assert not acting(role).may(Permission.FIRST_PASSWORD)
    assert not Actor(session_key="k").may(Permission.FIRST_PASSWORD)


# Words


@pytest.mark.parametrize("reason", list(InstitutionReason))
def test_every_reason_has_a_sentence_of_its_own(reason):
    sentence = REASON_SENTENCES[reason]
    assert len(sentence) > 5
    assert sentence.endswith("。")
    assert not set(sentence) & set(",.;:!?()")
    assert len(set(REASON_SENTENCES.values())) == len(REASON_SENTENCES) == len(InstitutionReason)


def test_every_action_state_and_level_has_a_name_of_its_own():
    for labels, members in (
        (ACTION_LABELS, InstitutionAction),
        (STATUS_LABELS, InstitutionStatus),
        (LEVEL_LABELS, InstitutionLevel),
    ):
        assert set(labels) == set(members)
        assert len(set(labels.values())) == len(labels)


@pytest.mark.req("R-2.6.6.4")
def test_the_two_buttons_of_an_administrator_are_called_as_in_the_manual():
    assert ACTION_LABELS[InstitutionAction.OPEN] == "开通"
    assert ACTION_LABELS[InstitutionAction.RESET] == "管理员密码重置"
    assert ACTION_LABELS[InstitutionAction.REPLACE] == "管理员变更"


@pytest.mark.req("R-2.6.6.6")
def test_the_kinds_are_the_manuals_fourteen_in_its_order():
    assert list(KINDS.values()) == [
        "人力资源服务机构",
        "博士后工作流动站",
        "专业人员继续教育基地",
        "就业见习示范基地",
        "技工院校",
        "民办职业培训学校",
        "高技能人才培训基地",
        "大师工作室",
        "中外职业技能培训机构",
        "外商独资经营性职业培训机构",
        "职业技能考核鉴定机构",
        "职业技能等级认定机构",
        "工伤康复协议医疗机构",
        "其他",
    ]
    assert all(key.isascii() and len(key) <= 40 for key in KINDS)


@pytest.mark.req("R-2.6.6.6")
def test_there_are_three_levels():
    assert list(LEVEL_LABELS.values()) == ["省级", "市级", "县（市、区）级"]


@pytest.mark.req("R-2.6.6.3")
@pytest.mark.parametrize(
    ("count", "number"), [(1, "J320000001"), (42, "J320000042"), (9_999_999, "J329999999"), (10_000_000, "J3210000000")]
)
def test_an_institutions_number_is_j_and_nine_digits(count, number):
    assert institution_number(count) == number
    assert len(number) <= 16


# The first password


@pytest.mark.req("R-2.6.6.3")
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("320106199003070013", "Js070013"),
        ("32010619900307502X", "Js07502X"),
        ("32010619900307502x", "Js07502X"),
        ("H12345678", "Js345678"),
        ("m87654321", "Js654321"),
        ("12345678", "Js345678"),
        ("1234567890(A)", "Js890(A)"),
        ("e1234abcd", "Js34ABCD"),
        ("CHN123456789012", "Js789012"),
        ("abc123", "JsABC123"),
        ("a1b2c", "JsA1B2C"),
        (" g7654321 ", "Js654321"),
        ("7", "Js7"),
    ],
)
def test_the_first_password_is_js_and_the_last_six_characters_in_upper_case(document, expected):
    assert first_password(document) == expected


@pytest.mark.req("R-2.6.6.3")
def test_a_first_password_is_good_for_seven_days():
    assert timedelta(days=7) == FIRST_PASSWORD_LIFE
