"""The rules of getting a lost password back (R-2.5)."""

from datetime import UTC, datetime, timedelta

import pytest

from jsrs_portal.domain.faces import PASS_LIFE, PURPOSE_LABELS, FacePurpose
from jsrs_portal.domain.passwords import RULE_TEXT
from jsrs_portal.domain.recovery import (
    KIND_LABELS,
    RECOVERY,
    REMEMBERED,
    REUSED,
    SMS_PROOF_LIFE,
    AccountKind,
    login_words,
    read_account,
    sms_proof,
    sms_proof_holds,
)
from jsrs_portal.domain.registration import unit_number
from jsrs_portal.domain.wizards import Progress, answer_step, current_step, go_back, may_submit

NOW = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
USCC = "91320100MA1X0TE58J"


@pytest.mark.req("R-2.5.1")
def test_the_steps_have_the_manuals_titles():
    assert [step.title for step in RECOVERY.steps] == ["填写账号", "人脸识别", "设置新密码", "完成修改"]
    assert RECOVERY.title == "法人找回密码"
    assert RECOVERY.life == timedelta(hours=1)


@pytest.mark.req("R-2.5.1", "R-2.5.3")
def test_no_step_is_reached_without_the_one_before_and_another_account_ends_the_proof():
    progress = Progress()
    assert not may_submit(RECOVERY, progress, "proof")
    progress = answer_step(RECOVERY, progress, "account", {"account": USCC})
    assert not may_submit(RECOVERY, progress, "password")
    progress = answer_step(RECOVERY, progress, "proof", sms_proof(NOW))
    assert current_step(RECOVERY, progress) == "password"
    back = go_back(RECOVERY, progress)
    assert current_step(RECOVERY, back) == "account", "a proof has nothing to change"
    assert current_step(RECOVERY, answer_step(RECOVERY, back, "account", {"account": USCC})) == "password"
    assert current_step(RECOVERY, answer_step(RECOVERY, back, "account", {"account": "other"})) == "proof"


@pytest.mark.req("R-2.5.5")
@pytest.mark.parametrize(
    ("kind", "typed", "number", "problem"),
    [
        (AccountKind.LEGAL_REP, USCC.lower(), USCC, ""),
        (AccountKind.LEGAL_REP, unit_number(1), "", "统一社会信用代码"),
        (AccountKind.LEGAL_REP, "", "", "请填写统一社会信用代码。"),
        (AccountKind.STAFF, f" {unit_number(1)} ", unit_number(1), ""),
        (AccountKind.STAFF, USCC, USCC, ""),
        (AccountKind.STAFF, "12345", "", "统一社会信用代码"),
        (AccountKind.STAFF, "", "", "请填写统一社会信用代码或单位编号。"),
        (AccountKind.INSTITUTION, "j320000001", "J320000001", ""),
        (AccountKind.INSTITUTION, "", "", "请填写机构编号。"),
        (AccountKind.PERSON, "anything", "", ""),
    ],
)
def test_the_number_of_an_account(kind, typed, number, problem):
    found, sentence = read_account(kind, typed)
    assert found == number
    assert problem in sentence
    assert bool(sentence) == bool(problem)


@pytest.mark.req("R-2.5.3")
def test_a_code_that_was_right_holds_for_ten_minutes_and_is_no_face_check():
    proof = sms_proof(NOW)
    assert sms_proof_holds(proof, NOW)
    assert sms_proof_holds(proof, NOW + SMS_PROOF_LIFE)
    assert not sms_proof_holds(proof, NOW + SMS_PROOF_LIFE + timedelta(seconds=1))
    assert not sms_proof_holds(proof, NOW - timedelta(seconds=1))
    assert not sms_proof_holds({"way": "FACE"}, NOW)
    assert not sms_proof_holds({}, NOW)


@pytest.mark.req("R-2.5.3")
def test_a_face_check_says_what_it_is_for_and_counts_for_ten_minutes():
    assert set(PURPOSE_LABELS) == set(PASS_LIFE) == set(FacePurpose)
    assert len(set(PURPOSE_LABELS.values())) == len(PURPOSE_LABELS)
    assert PASS_LIFE[FacePurpose.RECOVERY] == timedelta(minutes=10)


@pytest.mark.req("R-2.5.4")
def test_what_is_said_about_the_last_passwords():
    assert REMEMBERED == 5
    assert "5个密码" in REUSED
    assert RULE_TEXT.endswith("。")


@pytest.mark.req("R-2.5.5")
def test_the_page_says_which_login_a_password_is_for():
    assert set(KIND_LABELS) == set(AccountKind)
    own = login_words(AccountKind.STAFF, "云杉软件", personal=False)
    personal = login_words(AccountKind.STAFF, "云杉软件", personal=True)
    assert "「云杉软件」" in own
    assert "其他登录密码不变" in own
    assert "「云杉软件」" in personal
    assert "个人密码" in personal
    assert "个人登录" in login_words(AccountKind.PERSON, "", personal=True)
